/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The mount namespace in which a container began: its paths are those of that one, whatever
 * its tasks make themselves later. When a cgroup is bound, the daemon has all tasks looked
 * through for the oldest one in it; where none is in it yet, the first that is decided about
 * gives it. The host's own is no container's: a runtime's tasks are in the cgroup before they
 * have made the container's.
 */
#ifndef KUBEARMOR_BPF_HOMES_H
#define KUBEARMOR_BPF_HOMES_H

#include "nearest.h"
#include "subject.h"

/* init/init_task.c: the kernel's first task, in the host's mount namespace. */
extern const void init_task __ksym __weak;

/* By the slot of the workload. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WORKLOADS);
	__type(key, __u32);
	__type(value, struct kubearmor_kernel_home);
} homes SEC(".maps");

/* The host's mount namespace; NULL where the kernel does not tell. */
static __always_inline void *host_namespace(void)
{
	struct task_struct *first = (void *)&init_task;

	return first ? BPF_CORE_READ(first, nsproxy, mnt_ns) : NULL;
}

static __always_inline struct mnt_namespace *task_namespace(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, nsproxy, mnt_ns);
}

/* The container's, as far as it is known; the current task's when it is the first. */
static __always_inline void *container_home(__u32 slot)
{
	struct kubearmor_kernel_home *home = bpf_map_lookup_elem(&homes, &slot);
	__u64 own = (__u64)task_namespace();

	if (!home)
		return NULL;
	if (!home->mount_namespace && own && own != (__u64)host_namespace())
		__sync_val_compare_and_swap(&home->mount_namespace, 0, own);
	return (void *)home->mount_namespace;
}

struct cgroup_climb {
	struct cgroup *at;
	__u64 wanted;
	__u32 is_found;
	__u32 unused;
};

static long cgroup_climb_step(__u32 index, void *context)
{
	struct cgroup_climb *climb = context;
	struct cgroup *cgroup = climb->at;
	struct cgroup_subsys_state *above;

	if (BPF_CORE_READ(cgroup, kn, id) == climb->wanted) {
		climb->is_found = 1;
		return 1;
	}
	above = BPF_CORE_READ(cgroup, self.parent);
	climb->at = above ? BPF_CORE_READ(above, cgroup) : NULL;
	return !climb->at;
}

/* Of all tasks, for the slot that the map `seeking` names: the oldest one in its cgroup. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kubearmor_kernel_seeking);
} seeking SEC(".maps");

struct bpf_iter__task {
	__u64 meta;
	struct task_struct *task;
};

/* Called for each task when the daemon reads the iterator; then for none. */
SEC("iter/task")
int home_seek(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	struct kubearmor_kernel_seeking *sought;
	struct kubearmor_kernel_state *now;
	struct kubearmor_kernel_home *home;
	struct cgroup_climb climb = {};
	__u64 own, begin;
	__u32 key = 0;

	now = bpf_map_lookup_elem(&state, &key);
	sought = bpf_map_lookup_elem(&seeking, &key);
	if (!now || !is_daemon(now) || !task || !sought || task->pid != task->tgid)
		return 0;
	home = bpf_map_lookup_elem(&homes, &sought->slot);
	if (!home)
		return 0;
	own = (__u64)BPF_CORE_READ(task, nsproxy, mnt_ns);
	begin = task->start_boottime;
	if (!own || own == (__u64)host_namespace() || (home->mount_namespace && begin >= sought->oldest))
		return 0;
	climb.wanted = sought->cgroup;
	climb.at = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	/* Bound: CGROUP_LEVELS. */
	bpf_loop(CGROUP_LEVELS, cgroup_climb_step, &climb, 0);
	if (!climb.is_found)
		return 0;
	sought->oldest = begin;
	home->mount_namespace = own;
	return 0;
}

#endif
