/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Whose access it is: the workload of a task, by its cgroup, and the sources that
 * its executable is. The first is remembered by cgroup and looked up again when
 * bindings have changed; the second with the task, and looked up again when the
 * workload, the executed image or the rule set have changed.
 */
#ifndef KUBEARMOR_BPF_SUBJECT_H
#define KUBEARMOR_BPF_SUBJECT_H

#include "automaton.h"
#include "nearest.h"
#include "path.h"
#include "record.h"

/* Workloads of one node; 32 bytes each. */
#define WORKLOADS 4096

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WORKLOADS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct kubearmor_kernel_workload);
} workloads SEC(".maps");

/* What became of their decisions; 64 bytes a line and CPU, one line more for workloads that are gone. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WORKLOADS + 1);
	__type(key, __u32);
	__type(value, struct kubearmor_kernel_tally);
} tallies SEC(".maps");

static __always_inline void tally(__u32 slot, __u32 index)
{
	struct kubearmor_kernel_tally *line = bpf_map_lookup_elem(&tallies, &slot);

	if (line && index < KUBEARMOR_TALLIES)
		__sync_fetch_and_add(&line->counts[index], 1);
}

/* What holds for all tasks. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct kubearmor_kernel_state);
} state SEC(".maps");

/*
 * Slots of cgroups that were looked up, direct-mapped by the low bits of the id:
 * a bound cgroup may be many levels up. Each entry is read and written in one
 * access, so neither preemption nor another CPU can tear it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KUBEARMOR_CGROUPS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} cgroups SEC(".maps");

/* Sources of a task's executable; made for tasks under a rule set with a fromSource for files only. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct kubearmor_kernel_label);
} labels SEC(".maps");

/* The slot of the current task's workload; 0 when it has none. */
static __always_inline __u32 current_slot(__u64 epoch)
{
	struct cgroup *cgroup = bpf_get_current_task_btf()->cgroups->dfl_cgrp;
	__u64 id = cgroup->kn->id;
	__u32 key = id & (KUBEARMOR_CGROUPS - 1);
	__u64 *entry = bpf_map_lookup_elem(&cgroups, &key);
	__u64 expected = kubearmor_cgroup_tag(id, epoch), found;
	__u32 slot;

	found = entry ? *(volatile __u64 *)entry : 0;
	if (found >> KUBEARMOR_CGROUP_TAG_SHIFT == expected >> KUBEARMOR_CGROUP_TAG_SHIFT)
		return found & KUBEARMOR_CGROUP_SLOT_MASK;
	slot = nearest_slot(cgroup->level);
	if (entry)
		*(volatile __u64 *)entry = expected | slot;
	return slot;
}

/* What is in force for a task. */
struct subject {
	__u64 epoch; /* read before active */
	__u64 active;
	__u64 workload;
	__u32 slot; /* in workloads */
};

/*
 * The daemon is nobody's subject: a policy must not keep it from changing policies,
 * and an alert about how it writes alerts would never end. Its start time tells it
 * from whoever gets its number next.
 */
static __always_inline int is_daemon(const struct kubearmor_kernel_state *now)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return (__u32)task->tgid == now->daemon && task->group_leader->start_boottime == now->daemon_start;
}

/* Run by the daemon itself. */
SEC("syscall")
int introduce(void *context)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct kubearmor_kernel_state *now;
	__u32 key = 0;

	now = bpf_map_lookup_elem(&state, &key);
	if (!now)
		return -1;
	now->daemon_start = task->group_leader->start_boottime;
	now->daemon = task->tgid;
	return 0;
}

/* First look: 0 when the current task's workload has no rules of the class. */
static __always_inline int subject_of_class(struct subject *subject, __u32 class_)
{
	struct kubearmor_kernel_workload *workload;
	struct kubearmor_kernel_state *now;
	__u32 key = 0, slot;

	now = bpf_map_lookup_elem(&state, &key);
	if (!now || !(now->classes >> class_ & 1))
		return 0;
	subject->epoch = *(volatile __u64 *)&now->epoch;
	slot = current_slot(subject->epoch);
	if (slot == 0)
		return 0;
	slot--;
	workload = bpf_map_lookup_elem(&workloads, &slot);
	if (!workload)
		return 0;
	subject->slot = slot;
	subject->active = *(volatile __u64 *)&workload->active;
	subject->workload = workload->key;
	if (!(subject->active >> (KUBEARMOR_ACTIVE_CLASSES_SHIFT + class_) & 1))
		return 0;
	return !is_daemon(now);
}

static __always_inline __u32 active_generation(__u64 active)
{
	return active >> KUBEARMOR_ACTIVE_GENERATION_SHIFT & KUBEARMOR_ACTIVE_GENERATION_MASK;
}

/* Sources of a task's executable. Returns -1 when its path cannot be had. */
__noinline int image_sources(struct source_ids *sources, struct scratch *scratch, __u64 task_address, __u32 base)
{
	struct task_struct *task = (void *)task_address;
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	__u32 position;

	if (!sources || !scratch)
		return -1;
	/* A kernel thread has no executable: no source is it. */
	if (!file) {
		__builtin_memset(sources, 0, sizeof(*sources));
		return 0;
	}
	position = path_build(scratch, PATH_OTHER, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
	if (position >= KUBEARMOR_PATH_MAX)
		return -1;
	return automaton_sources(sources, &scratch->other, position, base);
}

/*
 * Fills query->sources: of the parent for process rules, of the task itself for
 * the others. Nothing is done for rule sets without a fromSource in the class.
 */
static __always_inline int subject_sources(struct subject *subject, struct scratch *scratch, struct query *query)
{
	/* As an address: functions that are not static take no kernel pointers. */
	struct task_struct *task = (void *)bpf_get_current_task();
	struct kubearmor_kernel_label *label;
	__u32 generation = active_generation(subject->active);
	__u32 image;

	if (!((__u32)cell_at(query->base + 5) >> query->class_ & 1)) {
		__builtin_memset(&query->sources, 0, sizeof(query->sources));
		return 0;
	}
	if (query->class_ == CLASS_PROCESS)
		return image_sources(&query->sources, scratch, (__u64)BPF_CORE_READ(task, real_parent), query->base);
	image = BPF_CORE_READ(task, self_exec_id);
	label = bpf_task_storage_get(&labels, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (label && label->generation == generation && label->image == image && label->workload == subject->workload) {
		__builtin_memcpy(&query->sources, label->sources, sizeof(query->sources));
		return 0;
	}
	if (image_sources(&query->sources, scratch, (__u64)task, query->base))
		return -1;
	if (label) {
		__builtin_memcpy(label->sources, &query->sources, sizeof(label->sources));
		label->image = image;
		label->workload = subject->workload;
		label->generation = generation;
	}
	return 0;
}

#endif
