/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The workload of the current task: that of the nearest bound cgroup at or above
 * its own. Each object (enforcer, monitor) has bindings of its own.
 */
#ifndef KUBEARMOR_BPF_NEAREST_H
#define KUBEARMOR_BPF_NEAREST_H

#include "kernel.h"

/* Bound cgroups: two a workload. */
#define BINDINGS 8192
/* Levels that a cgroup is looked for above the task's own (cgroup.max.depth is rarely set; systemd uses < 12). */
#define CGROUP_LEVELS 64

/* cgroup v2 id → slot: the workload's index + 1. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BINDINGS);
	__type(key, __u64);
	__type(value, __u32);
} bindings SEC(".maps");

struct nearest {
	__u32 level;
	__u32 slot;
};

static long nearest_step(__u32 index, void *context)
{
	struct nearest *nearest = context;
	__u64 cgroup;
	__u32 *slot;

	if (index > nearest->level)
		return 1;
	cgroup = bpf_get_current_ancestor_cgroup_id(nearest->level - index);
	slot = bpf_map_lookup_elem(&bindings, &cgroup);
	if (!slot)
		return 0;
	nearest->slot = *slot;
	return 1;
}

/* The slot of the nearest bound cgroup of the current task, 0 when none is bound. */
static __noinline __u32 nearest_slot(__u32 level)
{
	struct nearest nearest = { .level = level };

	/* Bound: CGROUP_LEVELS. */
	bpf_loop(CGROUP_LEVELS, nearest_step, &nearest, 0);
	return nearest.slot;
}

#endif
