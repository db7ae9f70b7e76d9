// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The enforcer: LSM programs that decide about execution and about everything
 * that opens, creates, changes or renames a file by path. Each does the same:
 * whose access is it, what is the object's path, what does the rule set say.
 * Whatever cannot be found out is denied and counted.
 */
#include "subject.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

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

#define S_IFMT 0170000
#define S_IFREG 0100000

/* One access of the current task to (mnt, dentry). */
struct access {
	struct vfsmount *mnt;
	struct dentry *dentry;
	__u32 class_;
	__u32 bits;
	__u32 operation;
	__u32 flags;
	__u32 owner_uid;
	/* 1: another name for the object is being made; only a Block rule of the class counts. */
	__u32 alias;
};

static __always_inline void send_decision(struct scratch *scratch, struct subject *subject, struct access *access,
					  struct query *query, __u32 position, int result)
{
	struct kubearmor_kernel_event *event = &scratch->event;

	record_begin(scratch, subject->task);
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
	record_subject(scratch, subject->task);
	event->resource_size = record_path(scratch, PATH_OBJECT, position);
	record_cwd(scratch, subject->task);
	record_send(scratch);
}

/* Decides about the path at `position` of the object buffer; 0 or -EACCES. */
static __always_inline int decide_path(struct scratch *scratch, struct subject *subject, struct access *access,
				       __u32 position)
{
	struct query query = { .base = (__u32)subject->active, .class_ = access->class_, .access = access->bits };
	struct task_struct *task = bpf_get_current_task_btf();

	query.owner = task->cred->fsuid.val == access->owner_uid;
	query.terminal = task->signal->tty != NULL;
	if (position >= KUBEARMOR_PATH_MAX || subject_sources(subject, scratch, &query)) {
		count(KUBEARMOR_COUNT_FAULT_PATH);
		query.action = ACTION_BLOCK;
		query.rule = RULE_FAULT;
	} else {
		automaton_decide(&query, &scratch->object, position);
	}
	if (access->alias && (query.action != ACTION_BLOCK || query.rule == RULE_POSTURE))
		return 0;
	count(KUBEARMOR_COUNT_DECIDED);
	if (query.action == ACTION_NONE || query.action == ACTION_ALLOW)
		return 0;
	if (query.action == ACTION_AUDIT) {
		count(KUBEARMOR_COUNT_AUDITED);
		send_decision(scratch, subject, access, &query, position, 0);
		return 0;
	}
	count(KUBEARMOR_COUNT_DENIED);
	send_decision(scratch, subject, access, &query, position, -EACCES);
	return -EACCES;
}

static __always_inline int deny_for_want_of_scratch(void)
{
	count(KUBEARMOR_COUNT_DECIDED);
	count(KUBEARMOR_COUNT_DENIED);
	count(KUBEARMOR_COUNT_FAULT_SCRATCH);
	return -EACCES;
}

/* Not static: looked at once a program, however many of its paths are decided about. */
__noinline int decide(struct access *access)
{
	struct subject subject = {};
	struct scratch *scratch;
	int result;

	if (!access)
		return -EACCES;
	if (!subject_of_class(&subject, access->class_))
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return deny_for_want_of_scratch();
	result = decide_path(scratch, &subject, access,
			     path_build(scratch, PATH_OBJECT, access->mnt, access->dentry));
	scratch_give(scratch);
	return result;
}

/* The same for a file, in the two hooks that are called most. */
static __always_inline int decide_file(struct file *file, struct access *access)
{
	struct subject subject = {};
	struct scratch *scratch;
	int result;

	if (!subject_of_class(&subject, access->class_))
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return deny_for_want_of_scratch();
	access->owner_uid = file->f_inode->i_uid.val;
	result = decide_path(scratch, &subject, access,
			     path_build_typed(scratch, file->f_path.mnt, file->f_path.dentry));
	scratch_give(scratch);
	return result;
}

static __always_inline __u32 owner_of(struct dentry *dentry)
{
	struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	return inode ? BPF_CORE_READ(inode, i_uid.val) : ~0u;
}

/* A change of what stands at (path->mnt, dentry). For new objects the directory's owner counts. */
static __always_inline int change(const struct path *dir, struct dentry *dentry, __u32 operation)
{
	struct access access = {
		.mnt = dir->mnt,
		.dentry = dentry,
		.class_ = CLASS_FILE,
		.bits = ACCESS_WRITE,
		.operation = operation,
	};

	access.owner_uid = owner_of(dentry);
	if (access.owner_uid == ~0u)
		access.owner_uid = owner_of(dir->dentry);
	return decide(&access);
}

/* A blocked executable must not get another name. */
static __always_inline int rename_executable(const struct path *dir, struct dentry *dentry, __u32 operation)
{
	struct access access = {
		.mnt = dir->mnt,
		.dentry = dentry,
		.class_ = CLASS_PROCESS,
		.bits = ACCESS_EXECUTE,
		.operation = operation,
		.alias = 1,
	};

	access.owner_uid = owner_of(dentry);
	return decide(&access);
}

SEC("lsm/bprm_check_security")
int BPF_PROG(on_exec, struct linux_binprm *bprm)
{
	struct access access = { .class_ = CLASS_PROCESS, .bits = ACCESS_EXECUTE, .operation = OPERATION_EXEC };

	return decide_file(bprm->file, &access);
}

SEC("lsm/file_open")
int BPF_PROG(on_open, struct file *file)
{
	__u32 flags = file->f_flags;
	struct access access = { .class_ = CLASS_FILE, .operation = OPERATION_OPEN, .flags = flags };

	/* The kernel opens what execve names itself; process rules speak of that. */
	if (flags & FMODE_EXEC_FLAG)
		return 0;
	if (file->f_mode & FMODE_READ)
		access.bits |= ACCESS_READ;
	if (file->f_mode & FMODE_WRITE || flags & O_TRUNC)
		access.bits |= ACCESS_WRITE;
	return decide_file(file, &access);
}

SEC("lsm/path_mknod")
int BPF_PROG(on_mknod, const struct path *dir, struct dentry *dentry, unsigned short mode)
{
	return change(dir, dentry, (mode & S_IFMT) == S_IFREG ? OPERATION_CREATE : OPERATION_MKNOD);
}

SEC("lsm/path_mkdir")
int BPF_PROG(on_mkdir, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_MKDIR);
}

SEC("lsm/path_rmdir")
int BPF_PROG(on_rmdir, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_RMDIR);
}

SEC("lsm/path_unlink")
int BPF_PROG(on_unlink, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_UNLINK);
}

SEC("lsm/path_symlink")
int BPF_PROG(on_symlink, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_SYMLINK);
}

/* Old and new name are on one mount: linkat refuses others with EXDEV. */
SEC("lsm/path_link")
int BPF_PROG(on_link, struct dentry *old, const struct path *dir, struct dentry *dentry)
{
	int denied = change(dir, old, OPERATION_LINK);

	if (!denied)
		denied = rename_executable(dir, old, OPERATION_LINK);
	return denied ? denied : change(dir, dentry, OPERATION_LINK);
}

SEC("lsm/path_rename")
int BPF_PROG(on_rename, const struct path *old_dir, struct dentry *old, const struct path *dir, struct dentry *dentry)
{
	int denied = change(old_dir, old, OPERATION_RENAME);

	if (!denied)
		denied = rename_executable(old_dir, old, OPERATION_RENAME);
	return denied ? denied : change(dir, dentry, OPERATION_RENAME);
}

SEC("lsm/path_truncate")
int BPF_PROG(on_truncate, const struct path *path)
{
	return change(path, path->dentry, OPERATION_TRUNCATE);
}

SEC("lsm/path_chmod")
int BPF_PROG(on_chmod, const struct path *path)
{
	return change(path, path->dentry, OPERATION_CHMOD);
}

SEC("lsm/path_chown")
int BPF_PROG(on_chown, const struct path *path)
{
	return change(path, path->dentry, OPERATION_CHOWN);
}
