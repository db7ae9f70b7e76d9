// SPDX-License-Identifier: Apache-2.0
/* Does AppArmor work here? Only a profile that was compiled, loaded and removed says so. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apparmor.h"

/* Features as plugin.h names them. */
static const char capabilities[] = "process.path process.directory process.execname process.pattern process.source "
				   "process.owner file.path file.directory file.pattern file.source file.readonly "
				   "file.owner network.protocol network.type network.source capability.name "
				   "capability.source path.descriptor path.place path.overlay native.apparmor "
				   "bind.profile network.posture posture audit events adopt";

#define TRIAL "kubearmor.trial"

static int is_enabled(void)
{
	int enabled = 0, fd = open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC);
	char answer = 'N';

	if (fd >= 0 && read(fd, &answer, 1) == 1)
		enabled = answer == 'Y';
	if (fd >= 0)
		close(fd);
	return enabled;
}

static int32_t try_audit(char *reason, size_t size)
{
	int fd = audit_open();

	if (fd < 0)
		return fail(reason, size, fd,
			    "the kernel's audit records, which say what was denied, cannot be read: %s", strerror(-fd));
	close(fd);
	return 0;
}

static int32_t try_profile(char *reason, size_t size)
{
	struct text profile = {}, binary = {};
	aa_kernel_interface *kernel = NULL;
	int32_t code;

	text_add(&profile, "profile " TRIAL " { }\n");
	code = parser_compile(&profile, &binary, reason, size);
	if (!code && aa_kernel_interface_new(&kernel, NULL, NULL))
		code = fail(reason, size, -errno,
			    "the kernel's interface for profiles cannot be used: %s (is securityfs mounted at "
			    "/sys/kernel/security?)",
			    strerror(errno));
	if (!code && aa_kernel_interface_replace_policy(kernel, binary.bytes, binary.size))
		code = fail(reason, size, -errno, "the kernel refused a trial profile: %s", strerror(errno));
	if (!code && aa_kernel_interface_remove_policy(kernel, TRIAL))
		code = fail(reason, size, -errno, "the trial profile cannot be removed: %s", strerror(errno));
	if (kernel)
		aa_kernel_interface_unref(kernel);
	text_free(&profile);
	text_free(&binary);
	return code;
}

int32_t apparmor_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		       uint64_t error_size)
{
	if (!host || !result || result->struct_size < sizeof(*result))
		return fail(error, error_size, -EINVAL, "probe needs a host and a struct kubearmor_probe of %zu bytes",
			    sizeof(*result));
	snprintf(result->capabilities, sizeof(result->capabilities), "%s", capabilities);
	snprintf(result->mode, sizeof(result->mode), "profiles");
	if (!is_enabled()) {
		snprintf(result->reason, sizeof(result->reason),
			 "AppArmor is not enabled in this kernel (add it to lsm= on the boot line)");
		return 0;
	}
	result->usable = try_audit(result->reason, sizeof(result->reason)) == 0 &&
			 try_profile(result->reason, sizeof(result->reason)) == 0;
	return 0;
}
