/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* Everything that opens, creates, changes or renames a file by path. */
#ifndef KUBEARMOR_BPF_HOOKS_FILE_H
#define KUBEARMOR_BPF_HOOKS_FILE_H

#include "decide.h"

#define RENAME_EXCHANGE 2
#define S_IFMT 0170000
#define S_IFDIR 0040000
#define S_IFREG 0100000

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
		.scope = SCOPE_BLOCK_RULES,
	};

	access.owner_uid = owner_of(dentry);
	return decide(&access);
}

/*
 * A directory must not get another name when a Block rule names something below it:
 * that would be out of the rule's reach.
 */
static __always_inline int rename_place(const struct path *dir, struct dentry *dentry, __u32 class_, __u32 bits)
{
	struct access access = {
		.mnt = dir->mnt,
		.dentry = dentry,
		.class_ = class_,
		.bits = bits,
		.operation = OPERATION_RENAME,
		.scope = SCOPE_BLOCK_RULES,
		.is_place = 1,
	};

	access.owner_uid = owner_of(dentry);
	return decide(&access);
}

static __always_inline int is_directory(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return inode && (inode->i_mode & S_IFMT) == S_IFDIR;
}

static __always_inline __u32 access_of_file(struct file *file, __u32 flags)
{
	__u32 bits = 0;

	if (file->f_mode & FMODE_READ)
		bits |= ACCESS_READ;
	if (file->f_mode & FMODE_WRITE || flags & O_TRUNC)
		bits |= ACCESS_WRITE;
	return bits;
}

SEC("lsm/file_open")
int BPF_PROG(file_open, struct file *file)
{
	__u32 flags = file->f_flags;
	struct access access = { .class_ = CLASS_FILE, .operation = OPERATION_OPEN, .flags = flags };

	/* The kernel opens what execve names itself; process rules speak of that. */
	if (flags & FMODE_EXEC_FLAG) {
		struct subject subject = {};

		/* A container's first act is one, in the namespace in which its paths are meant. */
		if (subject_of_class(&subject, CLASS_FILE))
			home_of(subject.slot);
		return 0;
	}
	/* The file below an overlay's: the same path has been decided about. */
	if (file->f_mode & FMODE_NOACCOUNT)
		return 0;
	access.bits = access_of_file(file, flags);
	return decide_file(file, &access);
}

/* A descriptor that comes from another process counts as an open. */
SEC("lsm/file_receive")
int BPF_PROG(file_receive, struct file *file)
{
	struct access access = { .class_ = CLASS_FILE, .operation = OPERATION_RECEIVE, .flags = file->f_flags };

	access.bits = access_of_file(file, 0);
	return decide_file(file, &access);
}

SEC("lsm/path_mknod")
int BPF_PROG(file_mknod, const struct path *dir, struct dentry *dentry, unsigned short mode)
{
	return change(dir, dentry, (mode & S_IFMT) == S_IFREG ? OPERATION_CREATE : OPERATION_MKNOD);
}

SEC("lsm/path_mkdir")
int BPF_PROG(file_mkdir, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_MKDIR);
}

SEC("lsm/path_rmdir")
int BPF_PROG(file_rmdir, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_RMDIR);
}

SEC("lsm/path_unlink")
int BPF_PROG(file_unlink, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_UNLINK);
}

SEC("lsm/path_symlink")
int BPF_PROG(file_symlink, const struct path *dir, struct dentry *dentry)
{
	return change(dir, dentry, OPERATION_SYMLINK);
}

/* Old and new name are on one mount: linkat refuses others with EXDEV. */
SEC("lsm/path_link")
int BPF_PROG(file_program_link, struct dentry *old, const struct path *dir, struct dentry *dentry)
{
	int denied = change(dir, old, OPERATION_LINK);

	if (!denied)
		denied = rename_executable(dir, old, OPERATION_LINK);
	return denied ? denied : change(dir, dentry, OPERATION_LINK);
}

/* What gets another name: neither a blocked executable nor a directory with something blocked in it. */
static __always_inline int rename_object(const struct path *dir, struct dentry *dentry)
{
	int denied = rename_executable(dir, dentry, OPERATION_RENAME);

	if (denied || !is_directory(dentry))
		return denied;
	denied = rename_place(dir, dentry, CLASS_FILE, ACCESS_WRITE);
	return denied ? denied : rename_place(dir, dentry, CLASS_PROCESS, ACCESS_EXECUTE);
}

/* Kernels from 6.0 on call it once for an exchange and give the flags of renameat2. */
SEC("lsm/path_rename")
int BPF_PROG(file_program_rename, const struct path *old_dir, struct dentry *old, const struct path *dir,
	     struct dentry *dentry, unsigned int flags)
{
	int denied = change(old_dir, old, OPERATION_RENAME);

	if (!denied)
		denied = rename_object(old_dir, old);
	if (!denied && flags & RENAME_EXCHANGE)
		denied = rename_object(dir, dentry);
	return denied ? denied : change(dir, dentry, OPERATION_RENAME);
}

SEC("lsm/path_truncate")
int BPF_PROG(file_truncate, const struct path *path)
{
	return change(path, path->dentry, OPERATION_TRUNCATE);
}

SEC("lsm/path_chmod")
int BPF_PROG(file_chmod, const struct path *path)
{
	return change(path, path->dentry, OPERATION_CHMOD);
}

SEC("lsm/path_chown")
int BPF_PROG(file_chown, const struct path *path)
{
	return change(path, path->dentry, OPERATION_CHOWN);
}

/* Extended attributes and access control lists: the hooks know no mount. */
static __always_inline int change_anywhere(struct dentry *dentry)
{
	struct access access = {
		.dentry = dentry,
		.class_ = CLASS_FILE,
		.bits = ACCESS_WRITE,
		.operation = OPERATION_SETXATTR,
	};

	access.owner_uid = owner_of(dentry);
	return decide_elsewhere(&access) ? -EACCES : 0;
}

SEC("lsm/inode_setxattr")
int BPF_PROG(file_setxattr, void *idmap, struct dentry *dentry)
{
	return change_anywhere(dentry);
}

SEC("lsm/inode_removexattr")
int BPF_PROG(file_removexattr, void *idmap, struct dentry *dentry)
{
	return change_anywhere(dentry);
}

/* Since 6.2; before that, access control lists were extended attributes to the hooks too. */
SEC("lsm/inode_set_acl")
int BPF_PROG(file_set_acl, void *idmap, struct dentry *dentry)
{
	return change_anywhere(dentry);
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(file_remove_acl, void *idmap, struct dentry *dentry)
{
	return change_anywhere(dentry);
}

#endif
