/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Takes down the paths of what a call is about to change, at the kernel's security
 * hooks. What io_uring does comes through here too, and has no call of its own that
 * returns: it is reported at once.
 */
#ifndef KUBEARMOR_BPF_MONITOR_NOTE_H
#define KUBEARMOR_BPF_MONITOR_NOTE_H

#include "monitor_call.h"

#define PF_IO_WORKER 0x10u
#define CALL_IO_URING_ENTER 426

#define OPERATION_MKDIR 18
#define OPERATION_RMDIR 19
#define OPERATION_UNLINK 20
#define OPERATION_RENAME 21
#define OPERATION_LINK 22
#define OPERATION_SYMLINK 23

/* What is about to be changed; addresses, for functions that take no kernel pointers. */
struct change {
	__u64 mnt;
	__u64 dentry;
	__u64 other_mnt;
	__u64 other; /* the second name of rename and link; 0: none */
	__u32 operation;
	__u32 is_ring; /* by io_uring */
};

/* 1 when the paths of what the task is about to change are wanted, by whatever call or by io_uring. */
static __always_inline int is_change_wanted(struct task_struct *task, struct change *change)
{
	void *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	__u32 number = syscall_number(regs), index;
	struct monitor_call *how;

	if (BPF_CORE_READ(task, flags) & PF_IO_WORKER || number == CALL_IO_URING_ENTER) {
		change->is_ring = 1;
		return 1;
	}
	index = call_index(number, task_is_compat(task));
	how = bpf_map_lookup_elem(&calls, &index);
	/* open makes files too: its return is reported with the file that it opened. */
	return how && how->path && how->class_ != MONITOR_CLASS_NONE && is_asked_for(how, index);
}

static __noinline void record_ring_change(struct scratch *scratch, struct task_struct *task, struct change *change)
{
	struct kubearmor_kernel_event *event = &scratch->event;

	event->operation = change->operation;
	event->hook = MONITOR_HOOK_IO_URING;
	event->access = ACCESS_WRITE;
	record_subject(scratch, task);
	event->resource_size = record_file(scratch, (void *)change->mnt, (void *)change->dentry);
	if (change->other)
		event->target_size = record_file(scratch, (void *)change->other_mnt, (void *)change->other);
	record_cwd(scratch, task);
	observe_end(scratch, event->resource_size != 0);
}

static __noinline void note_paths(struct change *change)
{
	struct scratch *scratch = scratch_take();
	__u64 id = bpf_get_current_pid_tgid();
	struct noted *paths;

	/* Then the call is reported with the name that it was given. */
	if (!scratch)
		return;
	paths = (struct noted *)scratch->text;
	scratch->text_size = NOTED_TEXT;
	paths->sizes[0] = record_file(scratch, (void *)change->mnt, (void *)change->dentry);
	paths->sizes[1] = 0;
	if (change->other && paths->sizes[0])
		paths->sizes[1] = record_file(scratch, (void *)change->other_mnt, (void *)change->other);
	if (paths->sizes[0])
		bpf_map_update_elem(&noted, &id, paths, BPF_ANY);
	scratch_give(scratch);
}

static __always_inline int note(struct change *change)
{
	struct task_struct *task = current_task();
	struct monitor_watch *watch;
	struct scratch *scratch;

	if (!wanted(1u << CLASS_FILE | 1u << CLASS_SYSCALL) || !is_change_wanted(task, change))
		return 0;
	watch = watch_of(task);
	if (!watch || !(watch->classes & (1u << CLASS_FILE | 1u << CLASS_SYSCALL)))
		return 0;
	if (!change->is_ring) {
		note_paths(change);
		return 0;
	}
	if (!change->operation || !(watch->classes >> CLASS_FILE & 1))
		return 0;
	scratch = observe(task, watch->workload, CLASS_FILE);
	if (scratch)
		record_ring_change(scratch, task, change);
	return 0;
}

#endif
