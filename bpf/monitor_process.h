/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* Records of executions, those that failed too, and of the ends of processes. */
#ifndef KUBEARMOR_BPF_MONITOR_PROCESS_H
#define KUBEARMOR_BPF_MONITOR_PROCESS_H

#include "monitor.h"

#define SIGNAL_GROUP_EXIT 4u
/* Arguments of a failed exec that are recorded. */
#define ARGUMENTS_MAX 128

/* Process images whose end was reported: two threads may both look like the last. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u32);
} ended SEC(".maps");

/* ---- exec ---- */

/* The event's flags become the whole size of argv: what is beyond KUBEARMOR_TEXT_MAX is cut. */
static __noinline __u32 record_arguments(struct scratch *scratch, struct task_struct *task)
{
	unsigned long start = BPF_CORE_READ(task, mm, arg_start);
	unsigned long size = BPF_CORE_READ(task, mm, arg_end) - start;
	__u32 offset = scratch->text_size;

	scratch->event.flags = size;
	if (size > KUBEARMOR_TEXT_MAX)
		size = KUBEARMOR_TEXT_MAX;
	if (start == 0 || size == 0 || offset > TEXT_MASK)
		return 0;
	if (bpf_probe_read_user(scratch->text + (offset & TEXT_MASK), size, (void *)start))
		return 0;
	scratch->text_size = offset + size;
	return size;
}

/* Of a script: the name that was executed, when the file is its interpreter. */
static __always_inline __u32 record_script(struct scratch *scratch, struct task_struct *task, struct linux_binprm *bprm)
{
	const char *name = BPF_CORE_READ(bprm, filename);

	if (name == BPF_CORE_READ(bprm, interp))
		return 0;
	return record_name(scratch, task, AT_FDCWD,
			   bpf_probe_read_kernel_str(scratch->object.bytes, KUBEARMOR_PATH_MAX, name));
}

/* An exec that succeeded: the task is its new image already. */
static __always_inline void observe_exec(struct task_struct *task, struct linux_binprm *bprm)
{
	__u64 workload = watched(task, CLASS_PROCESS);
	struct kubearmor_kernel_event *event;
	struct scratch *scratch;

	if (!workload)
		return;
	scratch = observe(task, workload, CLASS_PROCESS);
	if (!scratch)
		return;
	event = &scratch->event;
	event->operation = OPERATION_EXEC;
	event->hook = MONITOR_HOOK_EXECVE;
	event->access = ACCESS_EXECUTE;
	event->object_uid = BPF_CORE_READ(task, mm, exe_file, f_inode, i_uid.val);
	record_subject(scratch, task);
	event->target_size = record_script(scratch, task, bprm);
	event->arguments_size = record_arguments(scratch, task);
	record_cwd(scratch, task);
	observe_end(scratch, event->process_size != 0);
}

struct arguments_walk {
	struct scratch *scratch;
	unsigned long next; /* where the pointer to the next argument is */
	__u32 size;
	__u32 compat;
};

static long argument_step(__u32 index, void *context)
{
	struct arguments_walk *walk = context;
	struct scratch *scratch = walk->scratch;
	unsigned long argument = 0;
	__u32 offset = scratch->text_size;
	__u32 width = walk->compat ? 4 : 8;
	long size;

	if (offset > TEXT_MASK || walk->size >= KUBEARMOR_TEXT_MAX)
		return 1;
	if (bpf_probe_read_user(&argument, width, (void *)walk->next) || argument == 0)
		return 1;
	size = bpf_probe_read_user_str(scratch->text + (offset & TEXT_MASK), KUBEARMOR_TEXT_MAX, (void *)argument);
	if (size <= 0 || walk->size + size > KUBEARMOR_TEXT_MAX)
		return 1;
	scratch->text_size = offset + size;
	walk->size += size;
	walk->next += width;
	return 0;
}

/* What a failed exec was called with. */
struct failed_exec {
	void *regs;
	long result;
	__u32 hook;
	int compat;
};

static __noinline void record_failed_exec(struct scratch *scratch, struct task_struct *task, struct failed_exec *failed)
{
	struct kubearmor_kernel_event *event = &scratch->event;
	__u32 first = failed->hook == MONITOR_HOOK_EXECVEAT ? 1 : 0;
	struct arguments_walk walk = { .scratch = scratch, .compat = failed->compat };
	int directory = first ? (int)syscall_argument(failed->regs, failed->compat, 0) : AT_FDCWD;
	unsigned long name = syscall_argument(failed->regs, failed->compat, first);

	walk.next = syscall_argument(failed->regs, failed->compat, first + 1);
	event->operation = OPERATION_EXEC;
	event->hook = failed->hook;
	event->generation = directory;
	event->access = ACCESS_EXECUTE;
	event->result = result_of(failed->result);
	record_subject(scratch, task);
	event->resource_size = record_name(
		scratch, task, directory,
		bpf_probe_read_user_str(scratch->object.bytes, KUBEARMOR_PATH_MAX, (void *)name));
	/* Bound: ARGUMENTS_MAX. */
	bpf_loop(ARGUMENTS_MAX, argument_step, &walk, 0);
	event->arguments_size = walk.size;
	record_cwd(scratch, task);
}

static __always_inline void observe_failed_exec(struct task_struct *task, struct failed_exec *failed)
{
	__u64 workload = watched(task, CLASS_PROCESS);
	struct scratch *scratch;

	if (!workload)
		return;
	scratch = observe(task, workload, CLASS_PROCESS);
	if (!scratch)
		return;
	record_failed_exec(scratch, task, failed);
	observe_end(scratch, 1);
}

/* ---- fork ---- */

/* A new process, not a new thread; it is its parent's deed. */
static __always_inline void observe_fork(struct task_struct *parent, struct task_struct *child)
{
	struct kubearmor_kernel_event *event;
	struct scratch *scratch;
	__u64 workload;

	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return;
	workload = watched(parent, CLASS_PROCESS);
	if (!workload)
		return;
	scratch = observe(parent, workload, CLASS_PROCESS);
	if (!scratch)
		return;
	event = &scratch->event;
	event->operation = OPERATION_FORK;
	event->hook = MONITOR_HOOK_FORK;
	event->flags = BPF_CORE_READ(child, tgid);
	record_subject(scratch, parent);
	record_cwd(scratch, parent);
	observe_end(scratch, 1);
}

/* ---- exit ---- */

/* The end of the last thread of a process. */
static __always_inline void observe_exit(struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct kubearmor_kernel_event *event;
	struct scratch *scratch;
	__u64 workload, image;
	__u32 mark = 1;

	if (BPF_CORE_READ(signal, live.counter) != 0)
		return;
	workload = watched(task, CLASS_PROCESS);
	if (!workload)
		return;
	image = BPF_CORE_READ(task, group_leader, start_boottime) ^ (__u64)BPF_CORE_READ(task, tgid) << 40;
	if (bpf_map_update_elem(&ended, &image, &mark, BPF_NOEXIST))
		return;
	scratch = observe(task, workload, CLASS_PROCESS);
	if (!scratch)
		return;
	event = &scratch->event;
	event->operation = OPERATION_EXIT;
	event->hook = MONITOR_HOOK_EXIT;
	event->flags = BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT ? BPF_CORE_READ(signal, group_exit_code)
									: BPF_CORE_READ(task, group_leader, exit_code);
	/* The image may be gone by now: the plugin remembers it by exec_id. */
	record_subject(scratch, task);
	record_cwd(scratch, task);
	observe_end(scratch, 1);
}

#endif
