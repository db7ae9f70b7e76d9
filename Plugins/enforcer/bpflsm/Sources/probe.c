// SPDX-License-Identifier: Apache-2.0
/* Does BPF LSM work here? Only a program that was loaded, attached and called says so. */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpflsm.h"

_Alignas(8) static const unsigned char probe_object[] = {
#embed "probe.bpf.o"
};

/* Features as plugin.h names them. */
static const char capabilities[] = "process.path process.directory process.execname process.pattern process.source "
				   "process.owner process.tty file.path file.directory file.pattern file.source "
				   "file.readonly file.owner file.tty network.protocol network.source network.tty "
				   "capability.name capability.source dns.domain dns.source preset.filelessExec "
				   "preset.anonymousMapExec preset.protectEnv preset.protectProc preset.exec "
#ifdef __x86_64__
				   "process.arguments "
#endif
				   "process.interpreter process.rename process.library file.attributes file.acl "
				   "file.socket network.type network.posture path.binds path.mounts path.limit "
				   "path.descriptor path.place path.overlay bind.cgroup pinned guard throttle "
				   "account posture audit automaton events adopt";

/* Reads `lsm` of a securityfs that is mounted nowhere; needs Linux 5.2. */
static int open_unmounted_list(void)
{
	int context = syscall(SYS_fsopen, "securityfs", FSOPEN_CLOEXEC);
	int mount, file;

	if (context < 0)
		return -1;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		close(context);
		return -1;
	}
	mount = syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	close(context);
	if (mount < 0)
		return -1;
	file = openat(mount, "lsm", O_RDONLY | O_CLOEXEC);
	close(mount);
	return file;
}

/* Says whether "bpf" is in the LSM list: 1, 0, or -1 when the list cannot be read. */
static int bpf_in_list(void)
{
	char list[256] = "";
	int file = open("/sys/kernel/security/lsm", O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (file < 0)
		file = open_unmounted_list();
	if (file < 0)
		return -1;
	size = read(file, list, sizeof(list) - 1);
	close(file);
	if (size <= 0)
		return -1;
	for (char *rest = list, *name; (name = strsep(&rest, ",\n"));) {
		if (strcmp(name, "bpf") == 0)
			return 1;
	}
	return 0;
}

static const char *list_words(int in_list)
{
	if (in_list < 0)
		return "the LSM list cannot be read";
	return in_list ? "bpf is in the LSM list" : "bpf is not in the LSM list (add it to lsm= on the boot line)";
}

/* Loads, attaches, opens a file, looks. 0 when the program was called. */
static int try_program(const char **step)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "kubearmor_try");
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_link *link = NULL;
	uint32_t key = 0;
	uint64_t value = getpid();
	int map, file, result;

	*step = "could not be read";
	object = bpf_object__open_mem(probe_object, sizeof(probe_object), &options);
	if (!object)
		return -errno;
	*step = "was refused";
	result = bpf_object__load(object);
	if (result)
		goto out;
	*step = "could not be attached";
	map = bpf_object__find_map_fd_by_name(object, "trial");
	program = bpf_object__find_program_by_name(object, "on_trial_open");
	bpf_map_update_elem(map, &key, &value, BPF_ANY);
	link = bpf_program__attach_lsm(program);
	if (!link) {
		result = -errno;
		goto out;
	}
	*step = "was attached but never called";
	file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (file >= 0)
		close(file);
	key = 1;
	result = bpf_map_lookup_elem(map, &key, &value);
	if (result == 0 && value == 0)
		result = -ENOSYS;
out:
	bpf_link__destroy(link);
	bpf_object__close(object);
	return result;
}

int32_t bpflsm_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		     uint64_t error_size)
{
	const char *step;
	int code, in_list;

	if (!host || !result || result->struct_size < sizeof(*result))
		return fail(error, error_size, -EINVAL, "probe needs a host and a struct kubearmor_probe of %zu bytes",
			    sizeof(*result));
	snprintf(result->capabilities, sizeof(result->capabilities), "%s", capabilities);
	snprintf(result->mode, sizeof(result->mode), "lsm");
	in_list = bpf_in_list();
	if (in_list == 0) {
		snprintf(result->reason, sizeof(result->reason), "%s", list_words(in_list));
		return 0;
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		snprintf(result->reason, sizeof(result->reason),
			 "the kernel has no type information: /sys/kernel/btf/vmlinux is missing "
			 "(CONFIG_DEBUG_INFO_BTF)");
		return 0;
	}
	kernel_log_begin(NULL);
	code = try_program(&step);
	if (code) {
		snprintf(result->reason, sizeof(result->reason), "%s, but the trial program %s: %s (%s)",
			 list_words(in_list), step, strerrorname_np(-code) ? strerrorname_np(-code) : "?",
			 strerror(-code));
		return 0;
	}
	result->usable = 1;
	return 0;
}
