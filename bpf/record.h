/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Records of the ring buffer: who did it (from the task), in which directory, on
 * which terminal, and the paths, packed behind a fixed header.
 */
#ifndef KUBEARMOR_BPF_RECORD_H
#define KUBEARMOR_BPF_RECORD_H

#include "path.h"
#include "scratch.h"

/* 4 MiB: about 10,000 records of usual length; what does not fit is counted. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} events SEC(".maps");

struct path_copy {
	const char *from;
	char *to;
	__u32 position;
	__u32 size;
};

/* One byte, or what a zero says is no part of the path. */
static long path_copy_step(__u32 index, void *context)
{
	struct path_copy *copy = context;
	__u32 position = copy->position, size = copy->size;
	char byte;

	if (position >= KUBEARMOR_PATH_MAX)
		return 1;
	byte = copy->from[position & PATH_MASK];
	copy->position = byte ? position + 1 : (position | 7) + 1;
	copy->to[size & PATH_MASK] = byte;
	copy->size = byte ? size + 1 : size;
	return 0;
}

/* Appends the path at `position` of a buffer (PATH_OBJECT, PATH_OTHER) to the texts; returns its size. */
__noinline __u32 record_path(struct scratch *scratch, __u32 which, __u32 position)
{
	struct path_copy copy = { .position = position };
	__u32 offset;

	if (!scratch)
		return 0;
	offset = scratch->text_size;
	if (offset > TEXT_MASK)
		return 0;
	copy.from = which == PATH_OBJECT ? scratch->object.bytes : scratch->other.bytes;
	copy.to = scratch->text + (offset & TEXT_MASK);
	/* Bound: KUBEARMOR_PATH_MAX. */
	bpf_loop(KUBEARMOR_PATH_MAX, path_copy_step, &copy, 0);
	scratch->text_size = offset + copy.size;
	return copy.size;
}

/* Appends the first `size` bytes of scratch->other, at most PATH_MASK. */
__noinline __u32 record_other(struct scratch *scratch, __u32 size)
{
	__u32 offset;

	if (!scratch)
		return 0;
	offset = scratch->text_size;
	if (size == 0 || size > PATH_MASK || offset > TEXT_MASK)
		return 0;
	/* The verifier has lost the bound of the lower half. */
	asm volatile("%0 &= 4095" : "+r"(size));
	if (bpf_probe_read_kernel(scratch->text + (offset & TEXT_MASK), size, scratch->other.bytes))
		return 0;
	scratch->text_size = offset + size;
	return size;
}

/* Appends the path of a file or directory; 0 when it cannot be built. */
static __always_inline __u32 record_file(struct scratch *scratch, struct vfsmount *mnt, struct dentry *dentry)
{
	if (!mnt || !dentry)
		return 0;
	return record_path(scratch, PATH_OTHER, path_build(scratch, PATH_OTHER, mnt, dentry));
}

/* Appends the path of the task's executable. */
static __always_inline __u32 record_executable(struct scratch *scratch, struct task_struct *task)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);

	if (!file)
		return 0;
	return record_file(scratch, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
}

/* The task's number in its own pid namespace, and which namespace that is. */
static __always_inline struct upid own_pid(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	unsigned int level = BPF_CORE_READ(pid, level);
	struct upid *upid;
	struct upid own = {};

	/* PID namespaces nest to MAX_PID_NS_LEVEL (32). */
	if (!pid || level > 32)
		return own;
	upid = (void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
	own.nr = BPF_CORE_READ(upid, nr);
	own.ns = BPF_CORE_READ(upid, ns);
	return own;
}

static __always_inline __u32 namespace_pid(struct task_struct *task)
{
	return own_pid(task).nr;
}

/*
 * 1 when the task was put into its container from outside: its parent is in another pid
 * namespace, and it is not the one that the namespace began with.
 */
static __always_inline int is_from_outside(struct task_struct *task, struct task_struct *parent)
{
	struct upid own = own_pid(task), above = own_pid(parent);

	return own.nr != 1 && own.ns && above.ns && own.ns != above.ns;
}

/* How many ancestors are looked at for the one that a session began with. */
#define SESSION_DEPTH 16

/*
 * The session of a task that was put into its container from outside, or that descends from such
 * a one. What began a namespace is looked at again as the process of the namespace
 * above that it is. The number is that ancestor's start, 0 for none. A process whose parent has
 * ended belongs to the namespace's first from then on, and to no session.
 */
struct session_search {
	struct task_struct *task;
	__u64 session;
};

static long session_step(__u32 index, void *context)
{
	struct session_search *search = context;
	struct task_struct *task = search->task, *parent;

	/* In the first namespace nothing is above. */
	if (BPF_CORE_READ(task, thread_pid, level) == 0)
		return 1;
	parent = BPF_CORE_READ(task, real_parent, group_leader);
	if (is_from_outside(task, parent)) {
		search->session = BPF_CORE_READ(task, start_boottime);
		return 1;
	}
	search->task = parent;
	return 0;
}

static __always_inline __u64 task_session(struct task_struct *task)
{
	struct session_search search = { .task = BPF_CORE_READ(task, group_leader) };

	/* Bound: SESSION_DEPTH. */
	bpf_loop(SESSION_DEPTH, session_step, &search, 0);
	return search.session;
}

static __always_inline __u64 task_cgroup(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

/* Fills the members of the header that come from the task; clears the others. */
__noinline int record_task(struct scratch *scratch, __u64 task_address)
{
	struct task_struct *task = (void *)task_address;
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	struct kubearmor_kernel_event *event;

	if (!scratch)
		return -1;
	event = &scratch->event;
	__builtin_memset(event, 0, sizeof(*event));
	scratch->text_size = 0;
	event->time_ns = bpf_ktime_get_boot_ns();
	event->cgroup = task_cgroup(task);
	event->host_pid = BPF_CORE_READ(task, tgid);
	event->host_ppid = BPF_CORE_READ(parent, tgid);
	event->pid = namespace_pid(task);
	event->ppid = namespace_pid(parent);
	event->uid = BPF_CORE_READ(task, cred, uid.val);
	event->object_uid = ~0u;
	event->exec_id = BPF_CORE_READ(task, group_leader, start_boottime) + BPF_CORE_READ(task, self_exec_id);
	event->session = task_session(task);
	bpf_probe_read_kernel_str(event->comm, sizeof(event->comm), &task->comm);
	if (tty)
		bpf_probe_read_kernel_str(event->tty, sizeof(event->tty), &tty->name);
	return 0;
}

static __always_inline void record_begin(struct scratch *scratch, struct task_struct *task)
{
	record_task(scratch, (__u64)task);
}

/*
 * The texts follow each other in the order of their sizes in the header: process,
 * parent, resource, target, arguments, cwd. This appends the first two.
 */
static __always_inline void record_subject(struct scratch *scratch, struct task_struct *task)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	scratch->event.process_size = record_executable(scratch, task);
	scratch->event.parent_size = record_executable(scratch, parent);
}

static __always_inline void record_cwd(struct scratch *scratch, struct task_struct *task)
{
	struct fs_struct *fs = BPF_CORE_READ(task, fs);

	if (fs)
		scratch->event.cwd_size =
			record_file(scratch, BPF_CORE_READ(fs, pwd.mnt), BPF_CORE_READ(fs, pwd.dentry));
}

_Static_assert(sizeof(struct kubearmor_kernel_event) + TEXT_BUFFER <= KUBEARMOR_RECORD_MAX, "readers have room");

/* Hands the record to user space; not 0 when the ring buffer is full. */
static __always_inline long record_send(struct scratch *scratch)
{
	__u32 size = scratch->text_size;

	if (size > TEXT_BUFFER)
		size = TEXT_BUFFER;
	return bpf_ringbuf_output(&events, &scratch->event, sizeof(scratch->event) + size, 0);
}

#endif
