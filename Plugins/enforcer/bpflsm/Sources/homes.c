// SPDX-License-Identifier: Apache-2.0
/* The mount namespaces in which containers began (bpf/homes.h): found when a cgroup is bound, forgotten with it. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bpflsm.h"

/* Has the program home_seek called for every task. */
static int look_through_tasks(const struct bpflsm *self)
{
	int program = program_descriptor(self, "home_seek");
	int link, tasks, error;
	char nothing[64];
	ssize_t size;

	if (program < 0)
		return -ENOENT;
	link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
	if (link < 0)
		return link;
	tasks = bpf_iter_create(link);
	close(link);
	if (tasks < 0)
		return tasks;
	/* EAGAIN: very many tasks, it goes on where it was. */
	do {
		size = read(tasks, nothing, sizeof(nothing));
		error = errno;
	} while (size > 0 || (size < 0 && (error == EAGAIN || error == EINTR)));
	close(tasks);
	return size < 0 ? -error : 0;
}

int32_t home_find(const struct bpflsm *self, uint32_t slot, uint64_t cgroup, char *error, uint64_t error_size)
{
	struct kubearmor_kernel_seeking wanted = { .cgroup = cgroup, .oldest = UINT64_MAX, .slot = slot };
	struct kubearmor_kernel_home home = {};
	uint32_t key = 0;
	int code = 0;

	if (bpf_map_lookup_elem(self->homes_fd, &slot, &home) == 0 && home.mount_namespace)
		return 0;
	if (bpf_map_update_elem(self->seeking_fd, &key, &wanted, BPF_ANY))
		code = -errno;
	if (!code)
		code = look_through_tasks(self);
	return code ? fail(error, error_size, code, "cannot look for the mount namespace of cgroup %llu: %s",
			   (unsigned long long)cgroup, strerror(-code))
		    : 0;
}

void home_forget(const struct bpflsm *self, uint32_t slot)
{
	struct kubearmor_kernel_home none = {};

	bpf_map_update_elem(self->homes_fd, &slot, &none, BPF_ANY);
}
