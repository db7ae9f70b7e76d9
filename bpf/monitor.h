/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * What both forms of the monitor share: whose event it is, whether anybody wants
 * it, and what a record of it has in common. An event that nobody
 * watches costs one look into `settings`.
 */
#ifndef KUBEARMOR_BPF_MONITOR_H
#define KUBEARMOR_BPF_MONITOR_H

/* An event that finds no buffer is lost, and counted: no decision hangs on it. */
#define SCRATCH_SPARES 8

#include "monitor_hooks.h"
#include "monitor_syscall.h"
#include "nearest.h"
#include "record.h"

/* KUBEARMOR_CLASS_…, KUBEARMOR_OPERATION_…, KUBEARMOR_ACCESS_… of plugin.h. */
#define CLASS_PROCESS 0
#define CLASS_FILE 1
#define CLASS_NETWORK 2
#define CLASS_CAPABILITY 3
#define CLASS_SYSCALL 4
#define CLASS_DNS 5
#define OPERATION_EXEC 1
#define OPERATION_EXIT 2
#define OPERATION_FORK 3
#define OPERATION_OPEN 16
#define OPERATION_CAPABLE 64
#define OPERATION_SYSCALL 80
#define OPERATION_DNS_QUERY 96
#define ACCESS_READ 1
#define ACCESS_WRITE 2
#define ACCESS_EXECUTE 4

#define O_PATH 010000000
#define EINTR 4
/* Kernel-internal results from ERESTARTSYS to ERESTART_RESTARTBLOCK. */
#define RESTART_FIRST 512
#define RESTART_LAST 516

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct monitor_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MONITOR_WORKLOADS);
	__type(key, __u32);
	__type(value, struct monitor_watch);
} watches SEC(".maps");

#ifndef MONITOR_MORE
/* The thread group id of whoever runs it: in the first pid namespace, as tasks are compared. */
SEC("raw_tracepoint")
int on_who(void *context)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* Likewise the thread id. */
SEC("raw_tracepoint")
int on_which(void *context)
{
	return (__u32)bpf_get_current_pid_tgid();
}
#endif

/* An address and no typed pointer: what reads it is shared with programs that have none. */
static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/* 1 when any workload watches one of the classes and the task is not the daemon. */
static __always_inline int wanted(__u32 classes)
{
	__u32 key = 0;
	struct monitor_settings *now = bpf_map_lookup_elem(&settings, &key);
	__u64 id;

	if (!now || !(now->classes & classes))
		return 0;
	id = bpf_get_current_pid_tgid();
	if (now->trial)
		return now->trial == (__u32)id;
	return now->self != id >> 32;
}

/* What is watched of the current task's workload; NULL when it is none. */
static __always_inline struct monitor_watch *watch_of(struct task_struct *task)
{
	__u32 slot = nearest_slot(BPF_CORE_READ(task, cgroups, dfl_cgrp, level));

	if (slot == 0)
		return NULL;
	slot--;
	return bpf_map_lookup_elem(&watches, &slot);
}

/* The key of the current task's workload when that watches the class; else 0. */
static __always_inline __u64 watched(struct task_struct *task, __u32 class_)
{
	struct monitor_watch *watch;

	if (!wanted(1u << class_))
		return 0;
	watch = watch_of(task);
	if (!watch || !(watch->classes >> class_ & 1))
		return 0;
	return watch->workload;
}

/* Begins a record of an event that is wanted; NULL, counted, without a buffer. */
static __always_inline struct scratch *observe(struct task_struct *task, __u64 workload, __u32 class_)
{
	struct scratch *scratch;

	count(KUBEARMOR_COUNT_SEEN);
	scratch = scratch_take();
	if (!scratch) {
		count(KUBEARMOR_COUNT_FAULT_OBSERVE);
		return NULL;
	}
	record_begin(scratch, task);
	scratch->event.workload = workload;
	scratch->event.class_ = class_;
	return scratch;
}

static __always_inline void observe_end(struct scratch *scratch, int whole)
{
	if (whole)
		count(record_send(scratch) ? KUBEARMOR_COUNT_RING_FULL : KUBEARMOR_COUNT_EMITTED);
	else
		count(KUBEARMOR_COUNT_FAULT_OBSERVE);
	scratch_give(scratch);
}

/* The file behind a descriptor of the task. */
static __always_inline struct file *task_file(struct task_struct *task, __u32 descriptor)
{
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if (!table || !files || descriptor >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &files[descriptor]);
	return file;
}

/*
 * Functions that are not static are verified once, not once a call. They take tasks as
 * numbers, and the verifier wants to see that pointers are some.
 */

/* Appends `size` bytes of scratch->object to the texts; returns what was added. */
__noinline __u32 record_object(struct scratch *scratch, __u64 size)
{
	__u32 offset;

	if (!scratch)
		return 0;
	offset = scratch->text_size;
	if (size == 0 || size > KUBEARMOR_PATH_MAX || offset > TEXT_MASK)
		return 0;
	if (bpf_probe_read_kernel(scratch->text + (offset & TEXT_MASK), size, scratch->object.bytes))
		return 0;
	scratch->text_size = offset + size;
	return size;
}

/* Appends the directory that a relative name begins at, with a slash. */
__noinline __u32 record_base(struct scratch *scratch, __u64 task_address, int directory)
{
	struct task_struct *task = (void *)task_address;
	__u32 size, offset;

	if (!scratch)
		return 0;
	if (directory == AT_FDCWD) {
		struct fs_struct *fs = BPF_CORE_READ(task, fs);

		if (!fs)
			return 0;
		size = record_file(scratch, BPF_CORE_READ(fs, pwd.mnt), BPF_CORE_READ(fs, pwd.dentry));
	} else {
		struct file *file = task_file(task, directory);

		if (!file)
			return 0;
		size = record_file(scratch, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
	}
	offset = scratch->text_size;
	if (size == 0 || offset > TEXT_MASK)
		return 0;
	scratch->text[offset & TEXT_MASK] = '/';
	scratch->text_size = offset + 1;
	return size + 1;
}

/*
 * Appends a name that could not be, or was not, opened: `size` bytes with its NUL
 * in scratch->object (0 or less: the name could not be read), made absolute.
 */
static __always_inline __u32 record_name(struct scratch *scratch, struct task_struct *task, int directory, long size)
{
	__u32 base = 0;

	if (size <= 1 || size > KUBEARMOR_PATH_MAX)
		return 0;
	if (scratch->object.bytes[0] != '/')
		base = record_base(scratch, (__u64)task, directory);
	return base + record_object(scratch, size - 1);
}

static __always_inline int result_of(long result)
{
	if (result <= -RESTART_FIRST && result >= -RESTART_LAST)
		return -EINTR;
	return result;
}

static __always_inline __u32 access_of_flags(__u32 flags)
{
	__u32 access = 0;

	if (flags & O_PATH)
		return 0;
	if ((flags & O_ACCMODE) != O_WRONLY)
		access |= ACCESS_READ;
	if ((flags & O_ACCMODE) != 0 || flags & O_TRUNC)
		access |= ACCESS_WRITE;
	return access;
}

#endif
