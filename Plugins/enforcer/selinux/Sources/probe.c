// SPDX-License-Identifier: Apache-2.0
/*
 * Does SELinux work here? The kernel is asked whether this process may load a policy, and
 * the distribution's is compiled. It is not loaded: that would take out of force what
 * another daemon has loaded.
 */
#include <errno.h>
#include <selinux/selinux.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "selinux.h"

/* Features as plugin.h names them. */
static const char capabilities[] = "process.path process.directory process.source file.path file.directory file.source "
				   "file.readonly file.acl process.interpreter network.protocol network.source "
				   "network.posture capability.name capability.source path.binds bind.label events "
				   "adopt";

static int32_t try_permission(char *reason, size_t size)
{
	char *own = NULL, *security = NULL;
	struct av_decision decision = {};
	security_class_t class_ = string_to_security_class("security");
	int32_t code = 0;

	if (getcon_raw(&own) || security_get_initial_context_raw("security", &security) ||
	    security_compute_av_raw(own, security, class_, 0, &decision))
		code = fail(reason, size, -errno, "SELinux cannot be asked what this process may do: %s (is selinuxfs "
						  "mounted at /sys/fs/selinux?)",
			    strerror(errno));
	else if (security_getenforce() > 0 && !(decision.allowed & string_to_av_perm(class_, "load_policy")))
		code = fail(reason, size, -EACCES, "%s may not load a policy", own);
	freecon(own);
	freecon(security);
	return code;
}

static int32_t try_audit(char *reason, size_t size)
{
	int fd = audit_open();

	/* The policy that is loaded may permit it: ours will. */
	if (fd == -EPERM && geteuid() == 0 && !try_permission(reason, size))
		return 0;
	if (fd < 0)
		return fail(reason, size, fd,
			    "the kernel's audit records, which say what was denied, cannot be read: %s", strerror(-fd));
	close(fd);
	return 0;
}

int32_t selinux_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		      uint64_t error_size)
{
	int is_permissive;

	if (!host || !result || result->struct_size < sizeof(*result))
		return fail(error, error_size, -EINVAL, "probe needs a host and a struct kubearmor_probe of %zu bytes",
			    sizeof(*result));
	if (is_selinux_enabled() <= 0) {
		snprintf(result->reason, sizeof(result->reason),
			 "SELinux is not enabled, or no policy is loaded (lsm= on the boot line, /etc/selinux/config)");
		return 0;
	}
	is_permissive = security_getenforce() == 0;
	snprintf(result->capabilities, sizeof(result->capabilities), "%s%s", capabilities,
		 is_permissive ? " permissive" : "");
	snprintf(result->mode, sizeof(result->mode), "%s", is_permissive ? "permissive" : "enforcing");
	result->usable = try_audit(result->reason, sizeof(result->reason)) == 0 &&
			 try_permission(result->reason, sizeof(result->reason)) == 0 &&
			 policy_try(result->reason, sizeof(result->reason)) == 0;
	if (result->usable && is_permissive)
		snprintf(result->reason, sizeof(result->reason), "SELinux is permissive: nothing is denied");
	return 0;
}
