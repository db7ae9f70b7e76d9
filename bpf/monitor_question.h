/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* The question of a DNS message, however it was had. */
#ifndef KUBEARMOR_BPF_MONITOR_QUESTION_H
#define KUBEARMOR_BPF_MONITOR_QUESTION_H

#include "dns_name.h"
#include "monitor_call.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

/* 1 for a socket over which questions are sent. */
static __always_inline int may_ask(struct sock *sock)
{
	__u32 family = BPF_CORE_READ(sock, __sk_common.skc_family), protocol = BPF_CORE_READ(sock, sk_protocol);

	return (family == AF_INET || family == AF_INET6) && (protocol == PROTOCOL_UDP || protocol == PROTOCOL_TCP);
}

/* Copies the beginning of a message in one piece of user memory to scratch->other; not 0 when that fails. */
static __always_inline long given_message(struct scratch *scratch, __u64 from, __u64 length)
{
	__u32 size = DNS_BUFFER;

	if (length < size)
		size = length;
	scratch->dns.gathered = size;
	asm volatile("%0 &= 1023" : "+r"(size));
	return bpf_probe_read_user(scratch->other.bytes, size, (void *)from);
}

/* Reads the question of what was gathered into scratch->object; returns the size of its name, 0: there is none. */
static __noinline __u32 read_question(struct scratch *scratch, __u32 start, __u32 *type)
{
	__u32 size;

	if (scratch->dns.gathered < start + DNS_HEADER || number_at(scratch, start + 4) == 0)
		return 0;
	scratch->dns.at = start + DNS_HEADER;
	scratch->dns.left = 0;
	scratch->dns.is_whole = 0;
	scratch->dns.size = 1;
	/* Bound: DNS_NAME_MAX. */
	bpf_loop(DNS_NAME_MAX, name_step, &scratch, 0);
	*type = number_at(scratch, scratch->dns.at);
	size = scratch->dns.size;
	if (!scratch->dns.is_whole || size < 2 || size > DNS_NAME_MAX)
		return 0;
	asm volatile("%0 &= 255" : "+r"(size));
	/* The first byte says in rules that it is a name; here the class does. */
	if (bpf_probe_read_kernel(scratch->object.bytes, size, scratch->text + 1))
		return 0;
	return size - 1;
}

#endif
