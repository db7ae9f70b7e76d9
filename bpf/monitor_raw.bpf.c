// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The monitor by raw tracepoints, for kernels that permit no more. What an open
 * gave is read from the task's table of descriptors when the call returns, so a
 * success is the kernel's object and never the caller's string. Opens by io_uring
 * pass no system call and are not seen here.
 */
#include "monitor_capability.h"
#include "monitor_dns.h"
#include "monitor_process.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("raw_tracepoint/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *context)
{
	observe_exec((struct task_struct *)context->args[0], (struct linux_binprm *)context->args[2]);
	return 0;
}

SEC("raw_tracepoint/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *context)
{
	observe_exit((struct task_struct *)context->args[0]);
	return 0;
}

SEC("raw_tracepoint/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *context)
{
	observe_fork((struct task_struct *)context->args[0], (struct task_struct *)context->args[1]);
	return 0;
}

struct answered {
	__u64 image;
	__u32 capability;
	__u32 is_denied;
};

/* Answers that were reported already. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct answered);
	__type(value, __u32);
} answers SEC(".maps");

/* Who asked without consequence is not said, so each answer is reported only once an executed image. */
static __always_inline void observe_capable_once(struct task_struct *task, __u32 capability, int result)
{
	__u64 workload = watched(task, CLASS_CAPABILITY);
	struct answered answered = { .capability = capability, .is_denied = result != 0 };
	__u32 mark = 1;

	if (!workload)
		return;
	answered.image = BPF_CORE_READ(task, group_leader, start_boottime) + BPF_CORE_READ(task, self_exec_id);
	if (bpf_map_update_elem(&answers, &answered, &mark, BPF_NOEXIST) == 0)
		record_capable(task, workload, capability, result);
}

/* Since 6.14. */
SEC("raw_tracepoint/cap_capable")
int on_capable_optional(struct bpf_raw_tracepoint_args *context)
{
	observe_capable_once(current_task(), context->args[3], context->args[4]);
	return 0;
}

/* Attached only while somebody watches DNS queries. */
SEC("raw_tracepoint/sys_exit")
int on_send(struct bpf_raw_tracepoint_args *context)
{
	if (wanted(1u << CLASS_DNS))
		observe_send(current_task(), (void *)context->args[0], context->args[1]);
	return 0;
}

/* What an open was called with. */
struct opened {
	void *regs;
	long result;
	__u32 hook;
	int compat;
};

/* The path of what was opened; 0 when it cannot be had. */
static __always_inline __u32 record_opened(struct scratch *scratch, struct task_struct *task, __u32 descriptor)
{
	struct kubearmor_kernel_event *event = &scratch->event;
	struct file *file = task_file(task, descriptor);
	__u32 mode;

	if (!file)
		return 0;
	mode = BPF_CORE_READ(file, f_mode);
	event->access = (mode & FMODE_READ ? ACCESS_READ : 0) |
			(mode & FMODE_WRITE || event->flags & O_TRUNC ? ACCESS_WRITE : 0);
	event->object_uid = BPF_CORE_READ(file, f_inode, i_uid.val);
	return record_file(scratch, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
}

static __noinline int record_open(struct scratch *scratch, struct task_struct *task, struct opened *opened)
{
	struct kubearmor_kernel_event *event = &scratch->event;
	__u32 first = hook_has_directory(opened->hook) ? 1 : 0;
	int directory = first ? (int)syscall_argument(opened->regs, opened->compat, 0) : AT_FDCWD;
	unsigned long name = syscall_argument(opened->regs, opened->compat, first);

	event->operation = OPERATION_OPEN;
	event->hook = opened->hook;
	event->generation = directory;
	event->flags = syscall_open_flags(opened->regs, opened->compat, opened->hook);
	event->result = result_of(opened->result);
	record_subject(scratch, task);
	if (opened->result >= 0) {
		event->resource_size = record_opened(scratch, task, opened->result);
		if (event->resource_size == 0)
			return 0;
	} else {
		event->access = access_of_flags(event->flags);
		event->resource_size = record_name(
			scratch, task, directory,
			bpf_probe_read_user_str(scratch->object.bytes, KUBEARMOR_PATH_MAX, (void *)name));
	}
	record_cwd(scratch, task);
	return 1;
}

static __always_inline void observe_open(struct task_struct *task, struct opened *opened)
{
	__u64 workload = watched(task, CLASS_FILE);
	struct scratch *scratch;

	if (!workload)
		return;
	scratch = observe(task, workload, CLASS_FILE);
	if (scratch)
		observe_end(scratch, record_open(scratch, task, opened));
}

SEC("raw_tracepoint/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *context)
{
	struct task_struct *task;
	struct opened opened;

	if (!wanted(1u << CLASS_PROCESS | 1u << CLASS_FILE))
		return 0;
	task = current_task();
	opened.regs = (void *)context->args[0];
	opened.result = context->args[1];
	opened.compat = task_is_compat(task);
	opened.hook = syscall_hook(opened.regs, opened.compat);
	switch (opened.hook) {
	case MONITOR_HOOK_OPEN:
	case MONITOR_HOOK_OPENAT:
	case MONITOR_HOOK_OPENAT2:
	case MONITOR_HOOK_CREAT:
		observe_open(task, &opened);
		break;
	case MONITOR_HOOK_EXECVE:
	case MONITOR_HOOK_EXECVEAT:
		if (opened.result < 0) {
			struct failed_exec failed = {
				.regs = opened.regs,
				.result = opened.result,
				.hook = opened.hook,
				.compat = opened.compat,
			};

			observe_failed_exec(task, &failed);
		}
		break;
	}
	return 0;
}
