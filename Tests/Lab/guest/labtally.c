/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labtally DIRECTORY: what the kernel has counted, from the enforcer's pinned maps `workloads` and `tallies`. A
 * line for each workload and one, "gone", for those that are no more. Ends with 1 when a line does not add up:
 * denied + audited = silent + emitted + throttled + ring_full.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kubearmor_kernel.h"

#define CPUS 256

static const char *const names[KUBEARMOR_TALLIES] = {
	"decided", "denied", "audited", "silent", "emitted", "throttled", "ring_full", "fault",
};

static int open_pin(const char *directory, const char *name)
{
	char path[512];
	union bpf_attr get = { .pathname = (uintptr_t)path };
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = (int)syscall(SYS_bpf, BPF_OBJ_GET, &get, sizeof(get));
	if (fd < 0) {
		dprintf(2, "labtally: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	return fd;
}

static int look_up(int map, uint32_t key, void *value)
{
	union bpf_attr look = { .map_fd = (uint32_t)map, .key = (uintptr_t)&key, .value = (uintptr_t)value };

	return (int)syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &look, sizeof(look));
}

/* Prints a line unless it is empty; 1 when it does not add up. */
static int print(int tallies, uint32_t slot, const char *name)
{
	static struct kubearmor_kernel_tally values[CPUS];
	uint64_t sum[KUBEARMOR_TALLIES] = { 0 }, any = 0;

	memset(values, 0, sizeof(values));
	if (look_up(tallies, slot, values))
		return 0;
	for (int cpu = 0; cpu < CPUS; cpu++) {
		for (int i = 0; i < KUBEARMOR_TALLIES; i++)
			sum[i] += values[cpu].counts[i];
	}
	for (int i = 0; i < KUBEARMOR_TALLIES; i++)
		any |= sum[i];
	if (!any)
		return 0;
	printf("%s", name);
	for (int i = 0; i < KUBEARMOR_TALLIES; i++)
		printf(" %s=%llu", names[i], (unsigned long long)sum[i]);
	printf("\n");
	return sum[KUBEARMOR_TALLY_DENIED] + sum[KUBEARMOR_TALLY_AUDITED] !=
	       sum[KUBEARMOR_TALLY_SILENT] + sum[KUBEARMOR_TALLY_EMITTED] + sum[KUBEARMOR_TALLY_THROTTLED] +
		       sum[KUBEARMOR_TALLY_RING_FULL];
}

int main(int argc, char **argv)
{
	struct kubearmor_kernel_workload workload;
	int workloads, tallies, wrong = 0;
	uint32_t slot;
	char name[32];

	if (argc != 2)
		return 2;
	workloads = open_pin(argv[1], "workloads");
	tallies = open_pin(argv[1], "tallies");
	for (slot = 0; look_up(workloads, slot, &workload) == 0; slot++) {
		snprintf(name, sizeof(name), "%016llx", (unsigned long long)workload.key);
		wrong |= workload.key ? print(tallies, slot, name) : 0;
	}
	/* One line more than there are workloads. */
	wrong |= print(tallies, slot, "gone");
	return wrong;
}
