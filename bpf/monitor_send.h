/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * DNS queries where they are sent, however the caller came there: send, write, io_uring.
 * The answer of the function that sends is not waited for.
 */
#ifndef KUBEARMOR_BPF_MONITOR_SEND_H
#define KUBEARMOR_BPF_MONITOR_SEND_H

#include "monitor_question.h"

/* A message on its way; addresses, for functions that take no kernel pointers. */
struct sent {
	__u64 sock;
	__u64 header;
	__u32 start; /* of the message in what is sent */
	__u32 is_six; /* 1: only to addresses of IPv6, the others come by again */
};

/* Where it goes, into the facts; returns the port. */
static __always_inline __u32 sent_address(struct scratch *scratch, struct sent *sent)
{
	struct monitor_address *address = &facts_of(scratch)->address;
	struct msghdr *header = (void *)sent->header;
	const void *name = BPF_CORE_READ(header, msg_name);
	__u16 family = 0, port = 0;

	socket_address(address, (struct sock *)sent->sock, 1);
	if (!name || bpf_probe_read_kernel(&family, sizeof(family), name) ||
	    (family != AF_INET && family != AF_INET6))
		return address->port;
	address->family = family;
	bpf_probe_read_kernel(&port, sizeof(port), name + 2);
	if (family == AF_INET)
		bpf_probe_read_kernel(address->bytes, 4, name + 4);
	else
		bpf_probe_read_kernel(address->bytes, 16, name + 8);
	address->port = bpf_ntohs(port);
	return address->port;
}

/* ::ffff:0:0/96, that the kernel sends by IPv4. */
static __always_inline int is_mapped(const struct monitor_address *address)
{
	const __u32 *words = (const void *)address->bytes;

	return address->family == AF_INET || (!words[0] && !words[1] && words[2] == bpf_htonl(0xffff));
}

static __always_inline int record_sent(struct scratch *scratch, struct task_struct *task, struct sent *sent)
{
	struct kubearmor_kernel_event *event = &scratch->event;
	struct call none = {};
	__u32 type = 0, size;

	if (dns_gather(scratch, (void *)sent->header) == 0)
		return 0;
	size = read_question(scratch, sent->start, &type);
	if (size == 0)
		return 0;
	event->operation = OPERATION_DNS_QUERY;
	event->hook = MONITOR_HOOK_CALL;
	event->flags = type;
	record_subject(scratch, task);
	event->resource_size = record_object(scratch, size);
	event->arguments_size = record_facts(scratch, &none);
	record_cwd(scratch, task);
	return event->arguments_size != 0;
}

static __noinline void observe_sent(struct task_struct *task, __u64 workload, struct sent *sent)
{
	struct scratch *scratch = scratch_take();
	__u32 port;

	if (!scratch) {
		count(KUBEARMOR_COUNT_SEEN);
		count(KUBEARMOR_COUNT_FAULT_OBSERVE);
		return;
	}
	__builtin_memset(facts_of(scratch), 0, sizeof(struct monitor_facts));
	port = sent_address(scratch, sent);
	if (port != DNS_PORT || (sent->is_six && is_mapped(&facts_of(scratch)->address))) {
		scratch_give(scratch);
		return;
	}
	count(KUBEARMOR_COUNT_SEEN);
	record_begin(scratch, task);
	scratch->event.workload = workload;
	scratch->event.class_ = CLASS_DNS;
	observe_end(scratch, record_sent(scratch, task, sent));
}

static __always_inline int observe_message(struct sock *sock, struct msghdr *header, __u32 start, __u32 is_six)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct sent sent = { .sock = (__u64)sock, .header = (__u64)header, .start = start, .is_six = is_six };
	__u64 workload = watched(task, CLASS_DNS);

	/* The kernel's own. */
	if (BPF_CORE_READ(header, msg_iter.iter_type) == bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return 0;
	/* A piece of TCP that is sent by itself has no question to be read; its length is before a message. */
	if (workload)
		observe_sent(task, workload, &sent);
	return 0;
}

#endif
