// SPDX-License-Identifier: Apache-2.0
/*
 * What the enforcer keeps from others (bpf/hooks_guard.h): told which maps,
 * programs and pins are its own, and by which program they may be used.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bpflsm.h"

/* Paths are compared in the host's mount namespace: a daemon in a container could not be told from others. */
static int is_on_host(void)
{
	char own[64] = "", first[64] = "";

	return readlink("/proc/self/ns/mnt", own, sizeof(own) - 1) > 0 &&
	       readlink("/proc/1/ns/mnt", first, sizeof(first) - 1) > 0 && strcmp(own, first) == 0;
}

static int describe(const struct bpflsm *self, struct kubearmor_kernel_guard *guard)
{
	char directory[sizeof(self->directory)];
	struct stat status;
	ssize_t size = readlink("/proc/self/exe", guard->path, sizeof(guard->path));

	/* <bpffs>/kubearmor, above the layouts. */
	snprintf(directory, sizeof(directory), "%s", self->directory);
	*strrchr(directory, '/') = 0;
	if (stat(directory, &status))
		return -errno;
	if (size <= 0 || size >= (ssize_t)sizeof(guard->path))
		return -ENAMETOOLONG;
	guard->path_size = size;
	guard->directory = status.st_ino;
	/* As the kernel writes it: not what stat says. */
	guard->device = major(status.st_dev) << 20 | minor(status.st_dev);
	return 0;
}

static int add(int guarded, uint64_t kind, uint32_t id)
{
	uint64_t key = kind << 32 | id;
	uint32_t value = 1;

	return bpf_map_update_elem(guarded, &key, &value, BPF_ANY);
}

static int add_all(const struct bpflsm *self, int guarded)
{
	struct bpf_map *map;
	int code = 0;

	bpf_object__for_each_map(map, self->object) {
		struct bpf_map_info info = {};
		uint32_t size = sizeof(info);

		/* Of an adopted build the scratch buffers are not open here: they hold nothing worth taking. */
		if (bpf_map__fd(map) >= 0 && bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &size) == 0)
			code |= add(guarded, KUBEARMOR_GUARD_MAP, info.id);
	}
	for (uint32_t i = 0; i < PROGRAMS_MAX; i++) {
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);

		if (self->programs[i].fd >= 0 && bpf_obj_get_info_by_fd(self->programs[i].fd, &info, &size) == 0)
			code |= add(guarded, KUBEARMOR_GUARD_PROGRAM, info.id);
	}
	return code;
}

/* Ids are not given twice: what is no more only takes room. */
static void forget_all(int guarded)
{
	uint64_t key;

	/* Bound: the map's size. */
	for (int i = 0; i < 256 && bpf_map_get_next_key(guarded, NULL, &key) == 0; i++)
		bpf_map_delete_elem(guarded, &key);
}

int32_t guard_begin(struct bpflsm *self, char *error, uint64_t error_size)
{
	int guard_fd = bpf_object__find_map_fd_by_name(self->object, "guard");
	int guarded = bpf_object__find_map_fd_by_name(self->object, "guarded");
	struct kubearmor_kernel_guard guard = {};
	uint32_t key = 0;
	char flag[16];
	int code;

	setting(self->host, "selfGuard", "true", flag, sizeof(flag));
	if (strcmp(flag, "true")) {
		forget_all(guarded);
		return 0;
	}
	if (!is_on_host()) {
		say(self, KUBEARMOR_LOG_WARNING,
		    "selfGuard has no effect: the daemon is not in the host's mount namespace");
		return 0;
	}
	code = describe(self, &guard);
	if (!code && bpf_map_update_elem(guard_fd, &key, &guard, BPF_ANY))
		code = -errno;
	if (!code && add_all(self, guarded)) {
		/* Full of what earlier builds had. */
		forget_all(guarded);
		code = add_all(self, guarded) ? -ENOSPC : 0;
	}
	if (code)
		return fail(error, error_size, code,
			    "cannot guard what is pinned in %s: %s; set selfGuard: false to start without",
			    self->directory, strerror(-code));
	return programs_guard(self, error, error_size);
}

void guard_end(struct bpflsm *self)
{
	int guard_fd = bpf_object__find_map_fd_by_name(self->object, "guard");
	struct kubearmor_kernel_guard nothing = {};
	uint32_t key = 0;

	forget_all(bpf_object__find_map_fd_by_name(self->object, "guarded"));
	/* No file system has the device 0. */
	bpf_map_update_elem(guard_fd, &key, &nothing, BPF_ANY);
}
