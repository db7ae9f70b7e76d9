/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Sockets, by family, type and protocol: when they are made and, for those that
 * existed before the rules or came from elsewhere, whenever they are used.
 */
#ifndef KUBEARMOR_BPF_HOOKS_NETWORK_H
#define KUBEARMOR_BPF_HOOKS_NETWORK_H

#include "decide.h"

/* Flags that socket(2) takes with the type. */
#define TYPE_MASK 0xf

/* A byte of an object: the number + 1, at most 255. */
static __always_inline __u8 object_byte(__u32 number)
{
	return number >= 254 ? 255 : number + 1;
}

static __always_inline int decide_socket(__u32 family, __u32 type, __u32 protocol, __u32 operation)
{
	struct access access = { .class_ = CLASS_NETWORK, .operation = operation };
	struct object object = {
		.bytes = {
			KUBEARMOR_OBJECT_NETWORK, object_byte(family), object_byte(type), object_byte(protocol),
		},
		.size = 4,
	};

	return decide_bytes(&access, &object);
}

static __always_inline int use_socket(struct socket *socket, __u32 operation)
{
	struct sock *sock = socket->sk;

	/* Made but not yet of a family: nothing can be sent with it. */
	if (!sock)
		return 0;
	return decide_socket(sock->__sk_common.skc_family, socket->type, sock->sk_protocol, operation);
}

SEC("lsm/socket_create")
int BPF_PROG(socket_create, int family, int type, int protocol, int kern)
{
	/* The kernel's own. */
	if (kern)
		return 0;
	return decide_socket(family, type & TYPE_MASK, protocol, OPERATION_SOCKET);
}

SEC("lsm/socket_bind")
int BPF_PROG(socket_bind, struct socket *socket)
{
	return use_socket(socket, OPERATION_BIND);
}

SEC("lsm/socket_listen")
int BPF_PROG(socket_listen, struct socket *socket)
{
	return use_socket(socket, OPERATION_LISTEN);
}

SEC("lsm/socket_connect")
int BPF_PROG(socket_connect, struct socket *socket)
{
	return use_socket(socket, OPERATION_CONNECT);
}

SEC("lsm/socket_accept")
int BPF_PROG(socket_accept, struct socket *socket)
{
	return use_socket(socket, OPERATION_ACCEPT);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(socket_sendmsg, struct socket *socket)
{
	return use_socket(socket, OPERATION_SENDMSG);
}

#endif
