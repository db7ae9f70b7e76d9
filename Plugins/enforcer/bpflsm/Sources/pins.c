// SPDX-License-Identifier: Apache-2.0
/* Programs that are found pinned: what has the name of one may be somebody else's. */
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpflsm.h"

/* The id of the pinned map `state`, which every program uses; 0 when there is none. */
static uint32_t state_id(const struct bpflsm *self)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	char path[PIN_PATH];
	int fd;

	snprintf(path, sizeof(path), "%s/state", self->directory);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		info.id = 0;
	close(fd);
	return info.id;
}

/* Whether it has the name, is of the kind and decides by the pinned state. */
static int is_ours(const struct bpf_program *program, int fd, uint32_t state)
{
	uint32_t maps[64] = {};
	struct bpf_prog_info info = { .nr_map_ids = 64, .map_ids = (uintptr_t)maps };
	uint32_t size = sizeof(info);

	if (!state || bpf_obj_get_info_by_fd(fd, &info, &size))
		return 0;
	if (info.type != (uint32_t)bpf_program__type(program) ||
	    strncmp(info.name, bpf_program__name(program), sizeof(info.name) - 1))
		return 0;
	for (uint32_t i = 0; i < info.nr_map_ids && i < 64; i++) {
		if (maps[i] == state)
			return 1;
	}
	return 0;
}

int pinned_program(const struct bpflsm *self, const struct bpf_program *program, const char *path)
{
	int fd = bpf_obj_get(path);

	if (fd < 0 || is_ours(program, fd, state_id(self)))
		return fd;
	close(fd);
	say(self, KUBEARMOR_LOG_WARNING, "%s is no program of this enforcer: all are loaded anew", path);
	return -1;
}
