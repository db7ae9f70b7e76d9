/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * DNS names, when they are asked for: messages to port 53, over UDP, connected or
 * not, and TCP, however the caller has cut them into pieces of memory. A message
 * without one readable question is denied and counted, and so is a piece of a
 * message that is sent over TCP by itself. The first piece of a datagram has a whole
 * question, so that what is added to it asks for no other name.
 */
#ifndef KUBEARMOR_BPF_HOOKS_DNS_H
#define KUBEARMOR_BPF_HOOKS_DNS_H

#include <bpf/bpf_endian.h>

#include "decide.h"
#include "dns_name.h"

#define AF_UNSPEC 0
#define AF_INET 2
#define AF_INET6 10
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_UDPLITE 136
#define PROTOCOL_MPTCP 262

/* Control messages of one call that are looked at. */
#define CONTROLS_MAX 16
#define SOL_UDP 17

/* System calls by which several messages are sent: of 64-bit programs and of 32-bit ones. */
#ifdef __TARGET_ARCH_x86
#define CALL_SENDMMSG 307
#define CALL_SENDMMSG_32 345
/* Of programs with 32-bit pointers; and the call that has many in it. */
#define CALL_SENDMMSG_X32 538
#define X32_BIT 0x40000000u
#define CALL_SOCKETCALL 102
#define SOCKETCALL_SENDMMSG 20
#else
#define CALL_SENDMMSG 269
#define CALL_SENDMMSG_32 374
#endif

/* Result of dns_question: there is no question in the message. */
#define DNS_NO_QUESTION (KUBEARMOR_PATH_MAX + 1)

/* A message that is about to be sent. */
struct dns_message {
	__u64 header; /* struct msghdr, as an address: functions that are not static take no kernel pointers */
	__u32 size;
	__u32 is_stream;
};

/*
 * Writes the object of the message's question, right-aligned as paths are; returns its
 * position, KUBEARMOR_PATH_MAX for a message that cannot be read, or DNS_NO_QUESTION.
 */
__noinline __u32 dns_question(struct scratch *scratch, struct dns_message *message)
{
	__u32 start = 0, gathered, questions, size, position;

	if (!scratch || !message)
		return KUBEARMOR_PATH_MAX;
	gathered = dns_gather(scratch, (void *)message->header);
	if (message->is_stream) {
		start = 2;
		/* One whole message at a time, or the name could be sent in pieces. */
		if (gathered < 2 || number_at(scratch, 0) + 2 != message->size)
			return KUBEARMOR_PATH_MAX;
	}
	if (gathered < start + DNS_HEADER)
		return KUBEARMOR_PATH_MAX;
	questions = number_at(scratch, start + 4);
	if (questions == 0)
		return DNS_NO_QUESTION;
	if (questions > 1)
		return KUBEARMOR_PATH_MAX;
	scratch->dns.at = start + DNS_HEADER;
	scratch->dns.left = 0;
	scratch->dns.is_whole = 0;
	scratch->dns.size = 1;
	scratch->text[0] = KUBEARMOR_OBJECT_DNS;
	/* Bound: DNS_NAME_MAX. */
	bpf_loop(DNS_NAME_MAX, name_step, &scratch, 0);
	size = scratch->dns.size;
	if (!scratch->dns.is_whole || size == 0 || size > DNS_NAME_MAX)
		return KUBEARMOR_PATH_MAX;
	position = KUBEARMOR_PATH_MAX - size;
	/* The verifier has lost the bounds of the lower halves. */
	asm volatile("%0 &= 255" : "+r"(size));
	asm volatile("%0 &= 4095" : "+r"(position));
	if (bpf_probe_read_kernel(scratch->object.bytes + position, size, scratch->text))
		return KUBEARMOR_PATH_MAX;
	return position;
}

/* 1 when one call sends several datagrams: the names of all but the first would not be seen. */
static __noinline int is_segmented(struct msghdr *header, struct sock *sock, __u32 size)
{
	__u16 segment = BPF_CORE_READ((struct udp_sock *)sock, gso_size);
	__u64 left = BPF_CORE_READ(header, msg_controllen);
	void *at = BPF_CORE_READ(header, msg_control);

	if (segment && size > segment)
		return 1;
	/* Bound: CONTROLS_MAX. */
	for (int i = 0; i < CONTROLS_MAX; i++) {
		struct cmsghdr control = {};
		__u64 step;

		if (left < sizeof(control))
			return 0;
		if (bpf_probe_read_kernel(&control, sizeof(control), at) || control.cmsg_len < sizeof(control))
			return 1;
		if (control.cmsg_level == SOL_UDP)
			return 1;
		step = (control.cmsg_len + 7) & ~7ull;
		if (step >= left)
			return 0;
		left -= step;
		at += step;
	}
	return 1;
}

/* Where the pieces go of which a datagram is made, once there is one; else 0. */
static __always_inline __u16 port_of_pieces(struct sock *sock)
{
	int family = BPF_CORE_READ((struct udp_sock *)sock, pending);
	struct inet_sock *inet = (void *)sock;

	if (family == AF_INET)
		return BPF_CORE_READ(inet, cork.fl.u.ip4.uli.ports.dport);
	return family == AF_INET6 ? BPF_CORE_READ(inet, cork.fl.u.ip6.uli.ports.dport) : 0;
}

/* The port that the message goes to, big endian. */
static __always_inline __u16 port_of(struct sock *sock, struct msghdr *header, int is_stream)
{
	__u16 port = sock->__sk_common.skc_dport, family = AF_INET, pieces;
	void *name = BPF_CORE_READ(header, msg_name);

	/* A stream is connected but for TCP_FASTOPEN. */
	if (is_stream && port)
		return port;
	pieces = is_stream ? 0 : port_of_pieces(sock);
	if (pieces)
		return pieces;
	if (!name)
		return port;
	/* IPv6 takes no notice of an address of no family. */
	bpf_probe_read_kernel(&family, sizeof(family), name);
	if (family == AF_UNSPEC && sock->__sk_common.skc_family == AF_INET6)
		return port;
	/* struct sockaddr_in and sockaddr_in6 have it at the same place. */
	bpf_probe_read_kernel(&port, sizeof(port), name + 2);
	return port;
}

/* Whether the task is in sendmmsg(2) with several messages. */
static __always_inline int is_sending_many(void)
{
	struct pt_regs *registers = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
#ifdef __TARGET_ARCH_x86
	__u32 call = registers->orig_ax & ~X32_BIT;

	if (call == CALL_SOCKETCALL)
		return registers->bx == SOCKETCALL_SENDMMSG;
	return (call == CALL_SENDMMSG || call == CALL_SENDMMSG_32 || call == CALL_SENDMMSG_X32) &&
	       (__u32)registers->dx > 1;
#else
	__u32 call = registers->syscallno;

	return (call == CALL_SENDMMSG || call == CALL_SENDMMSG_32) && (__u32)registers->regs[2] > 1;
#endif
}

/* 1 for a message that is no question by how it is sent. */
static __always_inline int is_not_whole(struct msghdr *header, struct sock *sock, int size, int is_stream)
{
	/* Of several messages to the same place the kernel asks about the first; resolvers send theirs connected. */
	if (BPF_CORE_READ(header, msg_name) && is_sending_many())
		return 1;
	/* With nothing in it: the first piece of one. */
	return !is_stream && (size <= 0 || is_segmented(header, sock, size));
}

static __always_inline int is_to_dns(struct sock *sock, struct msghdr *header, struct dns_message *message)
{
	__u32 protocol;

	if (sock->__sk_common.skc_family != AF_INET && sock->__sk_common.skc_family != AF_INET6)
		return 0;
	protocol = sock->sk_protocol;
	message->is_stream = protocol == PROTOCOL_TCP || protocol == PROTOCOL_MPTCP;
	if (!message->is_stream && protocol != PROTOCOL_UDP && protocol != PROTOCOL_UDPLITE)
		return 0;
	if (bpf_ntohs(port_of(sock, header, message->is_stream)) != DNS_PORT)
		return 0;
	/* The kernel's own. */
	return BPF_CORE_READ(header, msg_iter.iter_type) != bpf_core_enum_value(enum iter_type, ITER_KVEC);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(dns_send, struct socket *socket, struct msghdr *header, int size)
{
	struct access access = { .class_ = CLASS_DNS, .operation = OPERATION_DNS_QUERY, .owner_uid = ~0u };
	struct dns_message message = { .header = (__u64)header, .size = size };
	struct sock *sock = socket->sk;
	struct subject subject = {};
	struct scratch *scratch;
	__u32 position = KUBEARMOR_PATH_MAX;
	int result = 0, is_broken;

	if (!subject_of_class(&subject, CLASS_DNS))
		return 0;
	/* Read once: newer verifiers want to see each reading checked. */
	if (!sock || !is_to_dns(sock, header, &message))
		return 0;
	is_broken = is_not_whole(header, sock, size, message.is_stream);
	/* Nothing on a stream: it only connects. */
	if (!is_broken && size <= 0)
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return deny_silently(&subject, KUBEARMOR_COUNT_FAULT_SCRATCH);
	if (!is_broken)
		position = dns_question(scratch, &message);
	if (position != DNS_NO_QUESTION)
		result = decide_object(scratch, &subject, &access, position);
	scratch_give(scratch);
	return result ? -EACCES : 0;
}

#endif
