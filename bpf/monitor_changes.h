/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* The security hooks at which paths are noted. They exist with CONFIG_SECURITY_PATH. */
#ifndef KUBEARMOR_BPF_MONITOR_CHANGES_H
#define KUBEARMOR_BPF_MONITOR_CHANGES_H

#include "monitor_note.h"

/* `dentry` in the directory `dir`. */
static __always_inline int note_in(const struct path *dir, struct dentry *dentry, __u32 operation)
{
	struct change change = {
		.mnt = (__u64)BPF_CORE_READ(dir, mnt),
		.dentry = (__u64)dentry,
		.operation = operation,
	};

	return note(&change);
}

static __always_inline int note_path(const struct path *path, __u32 operation)
{
	return note_in(path, BPF_CORE_READ(path, dentry), operation);
}

SEC("fentry/security_path_unlink")
int BPF_PROG(on_change_unlink_optional, const struct path *dir, struct dentry *dentry)
{
	return note_in(dir, dentry, OPERATION_UNLINK);
}

SEC("fentry/security_path_rmdir")
int BPF_PROG(on_change_rmdir_optional, const struct path *dir, struct dentry *dentry)
{
	return note_in(dir, dentry, OPERATION_RMDIR);
}

SEC("fentry/security_path_mkdir")
int BPF_PROG(on_change_mkdir_optional, const struct path *dir, struct dentry *dentry)
{
	return note_in(dir, dentry, OPERATION_MKDIR);
}

SEC("fentry/security_path_symlink")
int BPF_PROG(on_change_symlink_optional, const struct path *dir, struct dentry *dentry)
{
	return note_in(dir, dentry, OPERATION_SYMLINK);
}

/* open makes files by it too, and io_uring no others: what opens is reported as an open. */
SEC("fentry/security_path_mknod")
int BPF_PROG(on_change_mknod_optional, const struct path *dir, struct dentry *dentry)
{
	return note_in(dir, dentry, 0);
}

/* Both names are on the mount of the new one. */
SEC("fentry/security_path_link")
int BPF_PROG(on_change_link_optional, struct dentry *old, const struct path *dir, struct dentry *dentry)
{
	__u64 mnt = (__u64)BPF_CORE_READ(dir, mnt);
	struct change change = {
		.mnt = mnt,
		.dentry = (__u64)old,
		.other_mnt = mnt,
		.other = (__u64)dentry,
		.operation = OPERATION_LINK,
	};

	return note(&change);
}

SEC("fentry/security_path_rename")
int BPF_PROG(on_change_rename_optional, const struct path *old_dir, struct dentry *old, const struct path *dir,
	     struct dentry *dentry)
{
	struct change change = {
		.mnt = (__u64)BPF_CORE_READ(old_dir, mnt),
		.dentry = (__u64)old,
		.other_mnt = (__u64)BPF_CORE_READ(dir, mnt),
		.other = (__u64)dentry,
		.operation = OPERATION_RENAME,
	};

	return note(&change);
}

SEC("fentry/security_path_truncate")
int BPF_PROG(on_change_truncate_optional, const struct path *path)
{
	return note_path(path, 0);
}

SEC("fentry/security_path_chmod")
int BPF_PROG(on_change_chmod_optional, const struct path *path)
{
	return note_path(path, 0);
}

SEC("fentry/security_path_chown")
int BPF_PROG(on_change_chown_optional, const struct path *path)
{
	return note_path(path, 0);
}

SEC("fentry/security_sb_mount")
int BPF_PROG(on_change_mount, const char *source, const struct path *path)
{
	return note_path(path, 0);
}

SEC("fentry/security_sb_umount")
int BPF_PROG(on_change_umount, struct vfsmount *mnt)
{
	struct change change = { .mnt = (__u64)mnt, .dentry = (__u64)BPF_CORE_READ(mnt, mnt_root) };

	return note(&change);
}

#endif
