// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The monitor by kernel objects: every open by name ends in do_filp_open, be it a
 * system call of any architecture or io_uring, and the file it returns is at hand.
 */
#include "monitor_process.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define LOOKUP_CACHED 0x200000u
#define PF_IO_WORKER 0x10u
#define EAGAIN 11
#define MAX_ERRNO 4095
#define O_CLOEXEC 02000000

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	observe_exec(current_task(), bprm);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	observe_exit(current_task());
	return 0;
}

/*
 * The same end a little earlier, while the task still has its image. Before 6.16
 * the tracepoint comes too late for that; whichever is first reports.
 */
SEC("fentry/exit_mm_release")
int BPF_PROG(on_exit_mm_optional)
{
	observe_exit(current_task());
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	observe_fork(current_task(), (struct task_struct *)(__u64)child);
	return 0;
}

/* What do_filp_open was called with, and how it ended. */
struct opened {
	struct filename *name;
	struct file *file; /* NULL when it failed */
	long result;
	int directory;
	__u32 flags;
	__u32 hook;
};

/* Which system call the task is in; opens of io_uring have none of their own. */
static __always_inline void open_origin(struct opened *opened, struct task_struct *task)
{
	void *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	int compat = task_is_compat(task);

	opened->hook = MONITOR_HOOK_IO_URING;
	if (BPF_CORE_READ(task, flags) & PF_IO_WORKER)
		return;
	switch (syscall_hook(regs, compat)) {
	case MONITOR_HOOK_OPEN:
		opened->hook = MONITOR_HOOK_OPEN;
		break;
	case MONITOR_HOOK_OPENAT:
		opened->hook = MONITOR_HOOK_OPENAT;
		break;
	case MONITOR_HOOK_OPENAT2:
		opened->hook = MONITOR_HOOK_OPENAT2;
		break;
	case MONITOR_HOOK_CREAT:
		opened->hook = MONITOR_HOOK_CREAT;
		break;
	default:
		return;
	}
	/* The kernel has taken O_CLOEXEC off before it looks for the file. */
	opened->flags |= syscall_open_flags(regs, compat, opened->hook) & O_CLOEXEC;
}

static __noinline int record_open(struct scratch *scratch, struct task_struct *task, struct opened *opened)
{
	struct kubearmor_kernel_event *event = &scratch->event;
	struct file *file = opened->file;
	__u32 mode;

	open_origin(opened, task);
	event->operation = OPERATION_OPEN;
	event->hook = opened->hook;
	event->generation = opened->directory;
	event->flags = opened->flags;
	event->result = result_of(opened->result);
	record_subject(scratch, task);
	if (file) {
		mode = BPF_CORE_READ(file, f_mode);
		event->access = (mode & FMODE_READ ? ACCESS_READ : 0) |
				(mode & FMODE_WRITE || event->flags & O_TRUNC ? ACCESS_WRITE : 0);
		event->object_uid = BPF_CORE_READ(file, f_inode, i_uid.val);
		event->resource_size =
			record_file(scratch, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
		if (event->resource_size == 0)
			return 0;
	} else {
		struct filename *name = opened->name;

		event->access = access_of_flags(event->flags);
		event->resource_size = record_name(
			scratch, task, opened->directory,
			bpf_probe_read_kernel_str(scratch->object.bytes, KUBEARMOR_PATH_MAX,
						  BPF_CORE_READ(name, name)));
	}
	record_cwd(scratch, task);
	return 1;
}

SEC("fexit/do_filp_open")
int BPF_PROG(on_open, int directory, struct filename *name, struct open_flags *op, struct file *file)
{
	struct task_struct *task;
	struct opened opened = { .name = name, .directory = directory };
	struct scratch *scratch;
	__u64 workload;

	if (!wanted(1u << CLASS_FILE))
		return 0;
	opened.flags = BPF_CORE_READ(op, open_flag);
	/* The kernel opens what execve names itself; the exec is reported as such. */
	if (opened.flags & FMODE_EXEC_FLAG)
		return 0;
	if ((unsigned long)file >= (unsigned long)-MAX_ERRNO)
		opened.result = (long)file;
	else
		opened.file = file;
	/* io_uring tries what is cached first, then comes again. */
	if (opened.result == -EAGAIN && BPF_CORE_READ(op, lookup_flags) & LOOKUP_CACHED)
		return 0;
	task = current_task();
	workload = watched(task, CLASS_FILE);
	if (!workload)
		return 0;
	scratch = observe(task, workload, CLASS_FILE);
	if (scratch)
		observe_end(scratch, record_open(scratch, task, &opened));
	return 0;
}

static __always_inline int exec_returned(void *regs, long result, __u32 hook, int compat)
{
	struct failed_exec failed = { .regs = regs, .result = result, .hook = hook, .compat = compat };

	if (result < 0)
		observe_failed_exec(current_task(), &failed);
	return 0;
}

SEC("fexit/" SYSCALL("execve"))
int BPF_PROG(on_execve, struct pt_regs *regs, long result)
{
	return exec_returned(regs, result, MONITOR_HOOK_EXECVE, 0);
}

SEC("fexit/" SYSCALL("execveat"))
int BPF_PROG(on_execveat, struct pt_regs *regs, long result)
{
	return exec_returned(regs, result, MONITOR_HOOK_EXECVEAT, 0);
}

/* Of 32-bit programs. Programs named _optional are left out where the function is missing. */
SEC("fexit/" SYSCALL_COMPAT("execve"))
int BPF_PROG(on_execve32_optional, struct pt_regs *regs, long result)
{
	return exec_returned(regs, result, MONITOR_HOOK_EXECVE, 1);
}

SEC("fexit/" SYSCALL_COMPAT("execveat"))
int BPF_PROG(on_execveat32_optional, struct pt_regs *regs, long result)
{
	return exec_returned(regs, result, MONITOR_HOOK_EXECVEAT, 1);
}
