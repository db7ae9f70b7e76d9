// SPDX-License-Identifier: Apache-2.0
/* What the enforcer takes of the kernel's memory, from the descriptors' fdinfo. */
#include <stdio.h>
#include <string.h>

#include "bpflsm.h"

static uint64_t memory_of_fd(int fd)
{
	char path[64], line[128];
	unsigned long long bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	}
	if (file)
		fclose(file);
	return bytes;
}

void memory_of(const struct bpflsm *self, uint64_t *maps, uint64_t *programs)
{
	struct bpf_map *map;

	*maps = 0;
	*programs = 0;
	bpf_object__for_each_map(map, self->object) {
		if (bpf_map__fd(map) >= 0)
			*maps += memory_of_fd(bpf_map__fd(map));
	}
	for (uint32_t i = 0; i < PROGRAMS_MAX; i++) {
		if (self->programs[i].fd >= 0)
			*programs += memory_of_fd(self->programs[i].fd);
	}
}
