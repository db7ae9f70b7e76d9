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
	struct monitor_address address;
	__u32 start; /* of the message in what is sent */
};

/* Where it goes. */
static __always_inline void sent_address(struct sent *sent)
{
	struct monitor_address *address = &sent->address;
	struct msghdr *header = (void *)sent->header;
	const void *name = BPF_CORE_READ(header, msg_name);
	__u16 family = 0, port = 0;

	socket_address(address, (struct sock *)sent->sock, 1);
	if (!name || bpf_probe_read_kernel(&family, sizeof(family), name) ||
	    (family != AF_INET && family != AF_INET6))
		return;
	address->family = family;
	bpf_probe_read_kernel(&port, sizeof(port), name + 2);
	if (family == AF_INET)
		bpf_probe_read_kernel(address->bytes, 4, name + 4);
	else
		bpf_probe_read_kernel(address->bytes, 16, name + 8);
	address->port = bpf_ntohs(port);
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
	event->arguments_size = append_facts(scratch);
	record_cwd(scratch, task);
	return event->arguments_size != 0;
}

static __noinline void observe_sent(struct task_struct *task, __u64 workload, struct sent *sent)
{
	struct scratch *scratch = observe(task, workload, CLASS_DNS);

	if (!scratch)
		return;
	__builtin_memset(facts_of(scratch), 0, sizeof(struct monitor_facts));
	facts_of(scratch)->address = sent->address;
	observe_end(scratch, record_sent(scratch, task, sent));
}

/* With `is_six` only to addresses of IPv6: the others come by again. Most messages are no questions. */
static __always_inline int observe_message(struct sock *sock, struct msghdr *header, __u32 start, int is_six)
{
	struct sent sent = { .sock = (__u64)sock, .header = (__u64)header, .start = start };
	struct task_struct *task = current_task();
	struct monitor_watch *watch;

	if (!wanted(1u << CLASS_DNS))
		return 0;
	/* The kernel's own. */
	if (BPF_CORE_READ(header, msg_iter.iter_type) == bpf_core_enum_value(enum iter_type, ITER_KVEC))
		return 0;
	sent_address(&sent);
	if (sent.address.port != DNS_PORT || (is_six && is_mapped(&sent.address)))
		return 0;
	watch = watch_of(task);
	/* A piece of TCP that is sent by itself has no question to be read; its length is before a message. */
	if (watch && watch->classes >> CLASS_DNS & 1)
		observe_sent(task, watch->workload, &sent);
	return 0;
}

#endif
