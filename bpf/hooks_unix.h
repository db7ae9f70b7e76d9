/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Unix sockets that have a path: to connect to one, or to send to it, is a write of that
 * path, as it is to the kernel's own check of its mode.
 */
#ifndef KUBEARMOR_BPF_HOOKS_UNIX_H
#define KUBEARMOR_BPF_HOOKS_UNIX_H

#include "hooks_file.h"

static __always_inline int use_path(struct sock *sock, __u32 operation)
{
	struct unix_sock *other = (void *)sock;
	struct access access = { .class_ = CLASS_FILE, .bits = ACCESS_WRITE, .operation = operation };
	struct mount *mount;

	access.dentry = BPF_CORE_READ(other, path.dentry);
	/* Without a name, or with one that is no path. */
	if (!access.dentry)
		return 0;
	access.owner_uid = owner_of(access.dentry);
	access.mnt = BPF_CORE_READ(other, path.mnt);
	mount = mount_of(access.mnt);
	if (BPF_CORE_READ(mount, mnt_ns) == task_namespace())
		return decide(&access);
	/* Bound in another mount namespace: here it is where this one shows it. */
	access.mnt = NULL;
	return decide_elsewhere(&access) ? -EACCES : 0;
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(file_unix_connect, struct sock *sock, struct sock *other)
{
	return use_path(other, OPERATION_CONNECT);
}

SEC("lsm/unix_may_send")
int BPF_PROG(file_unix_send, struct socket *socket, struct socket *other)
{
	struct sock *sock = other->sk;

	return sock ? use_path(sock, OPERATION_SENDMSG) : 0;
}

#endif
