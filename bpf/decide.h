/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * One decision, the same for every hook: whose access is it, what is the object,
 * what does the rule set say. Whatever cannot be found out is denied and counted.
 */
#ifndef KUBEARMOR_BPF_DECIDE_H
#define KUBEARMOR_BPF_DECIDE_H

#include "arguments.h"
#include "loader.h"
#include "mounts.h"
#include "subject.h"
#include "throttle.h"

/* KUBEARMOR_OPERATION_… of plugin.h. */
#define OPERATION_EXEC 1
#define OPERATION_OPEN 16
#define OPERATION_CREATE 17
#define OPERATION_MKDIR 18
#define OPERATION_RMDIR 19
#define OPERATION_UNLINK 20
#define OPERATION_RENAME 21
#define OPERATION_LINK 22
#define OPERATION_SYMLINK 23
#define OPERATION_MKNOD 24
#define OPERATION_TRUNCATE 25
#define OPERATION_CHMOD 26
#define OPERATION_CHOWN 27
#define OPERATION_SETXATTR 28
#define OPERATION_MMAP_EXEC 29
#define OPERATION_RECEIVE 30
#define OPERATION_SOCKET 48
#define OPERATION_BIND 49
#define OPERATION_LISTEN 50
#define OPERATION_CONNECT 51
#define OPERATION_ACCEPT 52
#define OPERATION_SENDMSG 53
#define OPERATION_CAPABLE 64
#define OPERATION_DNS_QUERY 96
#define OPERATION_PRESET 112

/* Not decided, only looked for: more than an explicit Block rule is not wanted. */
enum access_scope {
	SCOPE_ALL,
	/* Another name for the object is being made. */
	SCOPE_BLOCK_RULES,
	/* It is mapped as code: a library in a blocked directory is not its programs, unless a loader maps it. */
	SCOPE_MAPPED,
};

/* One access of the current task, to (mnt, dentry) or to what `object` says. Small: it is on every hook's stack. */
struct access {
	struct vfsmount *mnt;
	struct dentry *dentry;
	__u64 program; /* struct linux_binprm of an exec, as an address */
	__u32 flags;
	__u32 owner_uid;
	__u16 operation;
	__u8 class_;
	__u8 bits;
	__u8 scope;	/* enum access_scope */
	__u8 is_silent; /* 1: the kernel only asks itself; no record */
	__u8 is_place;	/* 1: a directory is meant with all below it (KUBEARMOR_OBJECT_PLACE) */
	__u8 unused;
};

static __always_inline void send_decision(struct scratch *scratch, struct subject *subject, struct access *access,
					  struct query *query, __u32 position, int result)
{
	struct kubearmor_kernel_event *event = &scratch->event;
	struct task_struct *task = (void *)bpf_get_current_task();

	record_begin(scratch, task);
	event->workload = subject->workload;
	event->generation = active_generation(subject->active);
	event->rule = query->rule;
	event->action = query->action;
	event->result = result;
	event->class_ = access->class_;
	event->access = access->bits;
	event->operation = access->operation;
	event->flags = access->flags;
	event->object_uid = access->owner_uid;
	record_subject(scratch, task);
	/* Of a preset the rule says which; the object is the file, if there is one. */
	if (access->class_ == CLASS_PRESET)
		event->resource_size = record_file(scratch, access->mnt, access->dentry);
	else
		event->resource_size = record_path(scratch, PATH_OBJECT, position);
	if (access->program) {
		/* Read again: the buffer has held paths since. */
		__u32 size = arguments_read(scratch);

		event->arguments_size = record_other(scratch, size);
	}
	record_cwd(scratch, task);
	tally(subject->slot, record_send(scratch) ? KUBEARMOR_TALLY_RING_FULL : KUBEARMOR_TALLY_EMITTED);
}

/* An alert about a decision, unless nobody is to hear of it. */
static __always_inline void report(struct scratch *scratch, struct subject *subject, struct access *access,
				   struct query *query, __u32 position, int result)
{
	if (access->is_silent)
		tally(subject->slot, KUBEARMOR_TALLY_SILENT);
	else if (is_throttled(subject->workload, query->rule,
			      active_generation(subject->active) << 8 | (access->class_ & 0xff)))
		tally(subject->slot, KUBEARMOR_TALLY_THROTTLED);
	else
		send_decision(scratch, subject, access, query, position, result);
}

/* 1 when the answer is none of the access's business. */
static __always_inline int out_of_scope(const struct access *access, const struct query *query)
{
	if (access->scope == SCOPE_ALL)
		return 0;
	if (query->action != ACTION_BLOCK || query->rule == RULE_POSTURE)
		return 1;
	return access->scope == SCOPE_MAPPED && query->marks & KUBEARMOR_CANDIDATE_DIRECTORY && !is_loader_running();
}

static __always_inline struct memo *memo_of(struct scratch *scratch)
{
	return &scratch->memos[scratch->memo & ((1 << MEMO_BITS) - 1)];
}

/* Decides about the object at `position` of the object buffer; 0 or -EACCES. */
static __always_inline int decide_object(struct scratch *scratch, struct subject *subject, struct access *access,
					 __u32 position)
{
	struct query *query = &scratch->query;
	struct task_struct *task = bpf_get_current_task_btf();

	query->epoch = subject->epoch;
	query->base = (__u32)subject->active;
	query->class_ = access->class_;
	query->access = access->bits;
	query->arguments_size = 0;
	scratch->program = access->program;
	query->owner = task->cred->fsuid.val == access->owner_uid;
	query->terminal = task->signal->tty != NULL;
	if (position >= KUBEARMOR_PATH_MAX || subject_sources(subject, scratch, query)) {
		count(KUBEARMOR_COUNT_FAULT_PATH);
		query->action = ACTION_BLOCK;
		query->rule = RULE_FAULT;
	} else {
		if (access->program && has_arguments(query))
			query->arguments_size = arguments_read(scratch);
		automaton_decide(query, &scratch->object, &scratch->other, position, memo_of(scratch));
	}
	if (out_of_scope(access, query))
		return 0;
	tally(subject->slot, KUBEARMOR_TALLY_DECIDED);
	if (query->action == ACTION_NONE || query->action == ACTION_ALLOW)
		return 0;
	if (query->rule == RULE_FAULT)
		tally(subject->slot, KUBEARMOR_TALLY_FAULT);
	if (query->action == ACTION_AUDIT) {
		tally(subject->slot, KUBEARMOR_TALLY_AUDITED);
		report(scratch, subject, access, query, position, 0);
		return 0;
	}
	tally(subject->slot, KUBEARMOR_TALLY_DENIED);
	report(scratch, subject, access, query, position, -EACCES);
	return -EACCES;
}

/* Where not even an alert can be made. */
static __always_inline int deny_silently(const struct subject *subject, __u32 reason)
{
	tally(subject->slot, KUBEARMOR_TALLY_DECIDED);
	tally(subject->slot, KUBEARMOR_TALLY_DENIED);
	tally(subject->slot, KUBEARMOR_TALLY_FAULT);
	tally(subject->slot, KUBEARMOR_TALLY_SILENT);
	count(reason);
	return -EACCES;
}

/* Writes the mark of a place before the path; no position when there is no room. */
static __always_inline __u32 mark_place(struct scratch *scratch, __u32 position)
{
	if (position == 0 || position >= KUBEARMOR_PATH_MAX)
		return KUBEARMOR_PATH_MAX;
	position--;
	scratch->object.bytes[position & PATH_MASK] = KUBEARMOR_OBJECT_PLACE;
	return position;
}

/* Result of decide_place: permitted there, but the file has other places. */
#define PLACE_OTHERS 1

/* Not static: looked at once a program, however many of its paths are decided about. */
__noinline int decide_place(struct access *access)
{
	struct subject subject = {};
	struct scratch *scratch;
	__u32 position;
	int result;

	if (!access)
		return -EACCES;
	if (!subject_of_class(&subject, access->class_))
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return deny_silently(&subject, KUBEARMOR_COUNT_FAULT_SCRATCH);
	scratch->mounts = mount_sequence();
	position = path_build(scratch, PATH_OBJECT, access->mnt, access->dentry);
	if (access->is_place)
		position = mark_place(scratch, position);
	result = decide_object(scratch, &subject, access, position);
	if (!result && !is_sole(scratch, access->mnt, subject.slot))
		result = PLACE_OTHERS;
	scratch_give(scratch);
	return result;
}

/*
 * Notes the mounts but access->mnt at which the file is to be decided about; returns
 * how many, or -EACCES when they are too many. A function of its own, as is
 * decide_elsewhere: what it has on the stack is gone when decisions are made.
 */
__noinline int find_places(struct scratch *scratch, struct access *access)
{
	struct subject subject = {};
	struct mount_search search = {};
	struct dentry *dentry;

	if (!scratch || !access)
		return -EACCES;
	if (!subject_of_class(&subject, access->class_))
		return 0;
	if (access->mnt)
		search.except = widest(mount_of(access->mnt));
	search.mount_namespace = namespace_of(search.except);
	search.home = home_of(subject.slot);
	dentry = access->dentry;
	search.dentry = dentry;
	search.scratch = scratch;
	search.end = end_of_mounts(dentry);
	scratch->tries = 0;
	begin_places(&search);
	/* Bound: MOUNTS_MAX. */
	bpf_loop(MOUNTS_MAX, mount_step, &search, 0);
	if (search.is_whole && search.count <= PLACES_MAX)
		return search.count;
	return deny_silently(&subject, KUBEARMOR_COUNT_FAULT_PATH);
}

/* Where not even a buffer can be had. */
__noinline int deny_for_want_of_scratch(struct access *access)
{
	struct subject subject = {};

	if (!access)
		return -EACCES;
	return subject_of_class(&subject, access->class_) ? deny_silently(&subject, KUBEARMOR_COUNT_FAULT_SCRATCH) : 0;
}

/* Decides about a file wherever it is mounted, but for access->mnt, where that was done. */
__noinline int decide_elsewhere(struct access *access)
{
	struct scratch *scratch;
	int places, denied = 0;

	if (!access)
		return -EACCES;
	scratch = scratch_take();
	if (!scratch)
		return deny_for_want_of_scratch(access);
	places = find_places(scratch, access);
	/* Bound: PLACES_MAX. */
	for (int i = 0; i < PLACES_MAX && i < places && !denied; i++) {
		access->mnt = (void *)scratch->elsewhere[i];
		denied = decide_place(access) < 0;
	}
	scratch_give(scratch);
	return places < 0 || denied ? -EACCES : 0;
}

/* 6.12's verifier wants to see that a hook's result is an error number or 0. */
static __always_inline int decide(struct access *access)
{
	int result = decide_place(access);

	if (result == PLACE_OTHERS)
		result = decide_elsewhere(access);
	return result ? -EACCES : 0;
}

/*
 * 1 for a file that was never at any path: a pipe, a socket, a namespace, a process (pidfd,
 * since 6.9). A memory file has contents, and /memfd:name for a path.
 */
static __always_inline int has_no_path(struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct mount *mount;
	unsigned long magic;

	if (dentry->d_parent != dentry)
		return 0;
	mount = mount_of(file->f_path.mnt);
	if ((__u64)BPF_CORE_READ(mount, mnt_ns) != MOUNT_INTERNAL)
		return 0;
	magic = file->f_inode->i_sb->s_magic;
	return magic != TMPFS_MAGIC && magic != HUGETLBFS_MAGIC;
}

/* The same for a file, in the two hooks that are called most. */
static __always_inline int decide_file(struct file *file, struct access *access)
{
	struct subject subject = {};
	struct scratch *scratch;
	int result, others;

	if (!subject_of_class(&subject, access->class_))
		return 0;
	if (access->class_ == CLASS_FILE && has_no_path(file))
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return deny_silently(&subject, KUBEARMOR_COUNT_FAULT_SCRATCH);
	access->owner_uid = file->f_inode->i_uid.val;
	result = decide_object(scratch, &subject, access,
			     path_build_typed(scratch, file->f_path.mnt, file->f_path.dentry));
	others = !result && !is_sole(scratch, file->f_path.mnt, subject.slot);
	scratch_give(scratch);
	if (!others)
		return result;
	access->mnt = file->f_path.mnt;
	access->dentry = file->f_path.dentry;
	return decide_elsewhere(access) ? -EACCES : 0;
}

/* An object that is no path, in the bytes of kubearmor_automaton.h. */
struct object {
	__u8 bytes[4];
	__u32 size; /* at most 4 */
};

/* The same for an object that is no path. */
__noinline int decide_encoded(struct access *access, struct object *object)
{
	struct subject subject = {};
	struct scratch *scratch;
	__u32 position;
	int result;

	if (!access || !object)
		return -EACCES;
	if (!subject_of_class(&subject, access->class_))
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return deny_silently(&subject, KUBEARMOR_COUNT_FAULT_SCRATCH);
	access->owner_uid = ~0u;
	/* Right-aligned, as paths are. Bound: the bytes of an object. */
	position = KUBEARMOR_PATH_MAX - (object->size & 7);
#pragma unroll
	for (__u32 i = 0; i < sizeof(object->bytes); i++)
		scratch->object.bytes[position + i] = object->bytes[i];
	result = decide_object(scratch, &subject, access, position);
	scratch_give(scratch);
	return result;
}

static __always_inline int decide_bytes(struct access *access, struct object *object)
{
	return decide_encoded(access, object) ? -EACCES : 0;
}

#endif
