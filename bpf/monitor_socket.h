/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Addresses of sockets: the kernel's own where a call succeeded, what the caller gave
 * where it failed. Unix sockets have a path, or a name behind '@', as resource.
 */
#ifndef KUBEARMOR_BPF_MONITOR_SOCKET_H
#define KUBEARMOR_BPF_MONITOR_SOCKET_H

#include <bpf/bpf_endian.h>

#include "monitor.h"

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCKFS_MAGIC 0x534f434b
#define SOCKET_TYPE_MASK 0xf

/* Longest address that a call may give: struct sockaddr_storage. */
#define ADDRESS_MAX 128
#define UNIX_NAME_MAX 108

/* The enforcer's list of mounts has no other use here. */
static __always_inline struct monitor_facts *facts_of(struct scratch *scratch)
{
	return (void *)scratch->elsewhere;
}

_Static_assert(sizeof(struct monitor_facts) <= sizeof(((struct scratch *)0)->elsewhere), "facts have room");

/* The socket behind a descriptor of the task; NULL when it is none. */
static __always_inline struct sock *task_socket(struct task_struct *task, __u32 descriptor)
{
	struct file *file = task_file(task, descriptor);
	struct socket *socket;

	if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* family | type << 8 | protocol << 16, as an event's flags have it. */
static __always_inline __u32 socket_kind(struct sock *sock)
{
	return (BPF_CORE_READ(sock, __sk_common.skc_family) & 0xff) | (BPF_CORE_READ(sock, sk_type) & 0xff) << 8 |
	       (__u32)BPF_CORE_READ(sock, sk_protocol) << 16;
}

/* The other side of a connected socket, or where a socket is bound to. */
static __always_inline void socket_address(struct monitor_address *address, struct sock *sock, int is_peer)
{
	const void *from;

	address->family = BPF_CORE_READ(sock, __sk_common.skc_family);
	if (address->family != AF_INET && address->family != AF_INET6)
		return;
	address->port = is_peer ? bpf_ntohs(BPF_CORE_READ(sock, __sk_common.skc_dport))
				: BPF_CORE_READ(sock, __sk_common.skc_num);
	if (address->family == AF_INET) {
		from = is_peer ? (void *)sock + bpf_core_field_offset(struct sock, __sk_common.skc_daddr)
			       : (void *)sock + bpf_core_field_offset(struct sock, __sk_common.skc_rcv_saddr);
		bpf_probe_read_kernel(address->bytes, 4, from);
	} else {
		from = is_peer ? (void *)sock + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr)
			       : (void *)sock + bpf_core_field_offset(struct sock, __sk_common.skc_v6_rcv_saddr);
		bpf_probe_read_kernel(address->bytes, 16, from);
	}
}

/* Appends the name of a Unix socket that is bound; 0 when it is not. */
__noinline __u32 record_unix(struct scratch *scratch, __u64 sock)
{
	struct unix_sock *socket = (void *)sock;
	struct dentry *dentry = BPF_CORE_READ(socket, path.dentry);
	struct unix_address *address;
	__u32 size;

	if (!scratch)
		return 0;
	if (dentry)
		return record_file(scratch, BPF_CORE_READ(socket, path.mnt), dentry);
	address = BPF_CORE_READ(socket, addr);
	if (!address)
		return 0;
	size = BPF_CORE_READ(address, len) - 2;
	if (size == 0 || size > UNIX_NAME_MAX)
		return 0;
	asm volatile("%0 &= 127" : "+r"(size));
	bpf_probe_read_kernel(scratch->object.bytes, size,
			      (void *)address + bpf_core_field_offset(struct unix_address, name) + 2);
	if (scratch->object.bytes[0] == 0)
		scratch->object.bytes[0] = '@';
	return record_object(scratch, size);
}

/* The name in a struct sockaddr_un of the caller's. */
__noinline __u32 record_given_unix(struct scratch *scratch, __u64 task, __u64 from, __u64 size)
{
	if (!scratch || size <= 2 || size > 2 + UNIX_NAME_MAX)
		return 0;
	size -= 2;
	/* Older verifiers lose the bound. */
	asm volatile("%0 &= 127" : "+r"(size));
	if (bpf_probe_read_user(scratch->object.bytes, size, (void *)from + 2))
		return 0;
	scratch->object.bytes[size & NAME_MASK] = 0;
	if (scratch->object.bytes[0] == 0) {
		scratch->object.bytes[0] = '@';
		return record_object(scratch, size);
	}
	return record_name(scratch, (void *)task, AT_FDCWD,
			   bpf_probe_read_user_str(scratch->object.bytes, size + 1, (void *)from + 2));
}

/* Reads an address that a call was given into the facts; returns its family. */
static __always_inline __u32 given_address(struct scratch *scratch, unsigned long from, __u32 size)
{
	struct monitor_address *address = &facts_of(scratch)->address;
	const char *bytes = scratch->object.bytes;

	if (size < 2 || size > ADDRESS_MAX)
		return 0;
	asm volatile("%0 &= 255" : "+r"(size));
	if (bpf_probe_read_user(scratch->object.bytes, size, (void *)from))
		return 0;
	address->family = *(const __u16 *)bytes;
	if (address->family == AF_INET && size >= 8) {
		address->port = bpf_ntohs(*(const __u16 *)(bytes + 2));
		__builtin_memcpy(address->bytes, bytes + 4, 4);
	} else if (address->family == AF_INET6 && size >= 24) {
		address->port = bpf_ntohs(*(const __u16 *)(bytes + 2));
		__builtin_memcpy(address->bytes, bytes + 8, 16);
		if (size >= 28)
			address->scope = *(const __u32 *)(bytes + 24);
	}
	return address->family;
}

#endif
