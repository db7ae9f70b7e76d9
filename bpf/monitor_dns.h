/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * DNS queries where functions of the kernel cannot be watched: what was sent to port 53,
 * when sendto, sendmsg or sendmmsg returns, from the caller's memory.
 */
#ifndef KUBEARMOR_BPF_MONITOR_DNS_H
#define KUBEARMOR_BPF_MONITOR_DNS_H

#include "monitor_question.h"

/* Messages of one call that are looked at: a resolver sends two. */
#define MESSAGES_MAX 8

/* The beginning of a struct msghdr of 64-bit programs, in their memory. */
struct user_message {
	__u64 name;
	__u32 name_size;
	__u32 unused;
	__u64 pieces;
	__u64 piece_count;
};

/* Of a struct mmsghdr, of which they have many. */
#define MESSAGE_STEP 64

struct asked {
	__u64 bytes; /* in user memory */
	__u64 size;
	__u64 name;
	__u32 name_size;
};

struct messages {
	struct task_struct *task;
	struct call *call;
	__u64 workload;
	__u64 next;
	struct asked asked; /* the one at hand */
};

/* Where it is sent to; 0 when that is no port of DNS. */
static __always_inline int is_to_dns(struct sock *sock, struct asked *asked)
{
	__u16 port = BPF_CORE_READ(sock, __sk_common.skc_dport);

	if (asked->name && asked->name_size >= 4)
		bpf_probe_read_user(&port, sizeof(port), (void *)asked->name + 2);
	return bpf_ntohs(port) == DNS_PORT;
}

static __always_inline int record_question(struct scratch *scratch, struct messages *messages, struct sock *sock,
				      struct asked *asked)
{
	struct kubearmor_kernel_event *event = &scratch->event;
	struct monitor_facts *facts = facts_of(scratch);
	__u32 start = BPF_CORE_READ(sock, sk_protocol) == PROTOCOL_TCP ? 2 : 0, type = 0, size;

	if (given_message(scratch, asked->bytes, asked->size))
		return 0;
	size = read_question(scratch, start, &type);
	if (size == 0)
		return 0;
	event->operation = messages->call->operation;
	event->hook = MONITOR_HOOK_CALL;
	event->rule = messages->call->index;
	event->result = messages->call->result < 0 ? call_result(messages->call) : 0;
	event->flags = type;
	__builtin_memset(facts, 0, sizeof(*facts));
	record_subject(scratch, messages->task);
	event->resource_size = record_object(scratch, size);
	socket_address(&facts->address, sock, 1);
	if (asked->name)
		given_address(scratch, asked->name, asked->name_size);
	event->arguments_size = record_facts(scratch, messages->call);
	record_cwd(scratch, messages->task);
	return event->arguments_size != 0;
}

static __noinline void observe_question(struct messages *messages)
{
	struct asked *asked = &messages->asked;
	struct sock *sock = task_socket(messages->task, call_argument(messages->call, 0));
	struct scratch *scratch;

	if (!sock || !may_ask(sock) || !is_to_dns(sock, asked))
		return;
	scratch = observe(messages->task, messages->workload, CLASS_DNS);
	if (scratch)
		observe_end(scratch, record_question(scratch, messages, sock, asked));
}

static long message_step(__u32 index, void *context)
{
	struct messages *messages = context;
	struct user_message message = {};
	__u64 piece[2] = {};

	if (bpf_probe_read_user(&message, sizeof(message), (void *)messages->next) || !message.piece_count ||
	    bpf_probe_read_user(piece, sizeof(piece), (void *)message.pieces))
		return 1;
	messages->asked.bytes = piece[0];
	messages->asked.size = piece[1];
	messages->asked.name = message.name;
	messages->asked.name_size = message.name_size;
	observe_question(messages);
	messages->next += MESSAGE_STEP;
	return 0;
}

static __always_inline void observe_questions(struct task_struct *task, __u64 workload, struct call *call)
{
	struct messages messages = { .task = task, .call = call, .workload = workload };
	__u32 count = 1;

	if (call->how.shape == MONITOR_SHAPE_SENDTO) {
		messages.asked.bytes = call_argument(call, 1);
		messages.asked.size = call_argument(call, 2);
		messages.asked.name = call_argument(call, 4);
		messages.asked.name_size = call_argument(call, 5);
		observe_question(&messages);
		return;
	}
	/* The lists of messages of 32-bit programs look otherwise. */
	if (call->compat)
		return;
	if (call->how.shape == MONITOR_SHAPE_SENDMMSG)
		count = call->result < 0 ? 1 : call->result;
	messages.next = call_argument(call, 1);
	if (count > MESSAGES_MAX)
		count = MESSAGES_MAX;
	bpf_loop(count, message_step, &messages, 0);
}

/* A system call that may have sent questions. */
static __always_inline void observe_send(struct task_struct *task, void *regs, long result)
{
	struct call call = { .regs = (__u64)regs, .result = result };
	struct monitor_call *how = call_returned(&call, task);
	__u64 workload;

	if (!how || how->class_ != CLASS_DNS)
		return;
	workload = watched(task, CLASS_DNS);
	call.how = *how;
	call.class_ = CLASS_DNS;
	call.operation = how->operation;
	if (workload)
		observe_questions(task, workload, &call);
}

#endif
