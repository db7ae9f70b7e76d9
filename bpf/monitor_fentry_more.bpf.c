// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The monitor by kernel objects: all but processes and opens. Loaded when somebody first
 * watches what it reports, with the maps of monitor_fentry.bpf.c: the verifier takes its
 * time for so many programs.
 */
#define MONITOR_MORE
#include "monitor_capability.h"
#include "monitor_changes.h"
#include "monitor_send.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* An address and no typed pointer: what reads it is shared with programs that have none. */
static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

SEC("fexit/security_capable")
int BPF_PROG(on_capable, const struct cred *cred, void *user_namespace, int capability, unsigned int options,
	     int result)
{
	if (!(options & CAP_OPT_NOAUDIT))
		observe_capable(current_task(), capability, result);
	return 0;
}

/* What the other system calls did, by the objects that were noted on their way. */
SEC("raw_tracepoint/sys_exit")
int on_call(struct bpf_raw_tracepoint_args *context)
{
	if (wanted(CALL_CLASSES))
		observe_return(current_task(), (void *)context->args[0], context->args[1]);
	return 0;
}

/* Attached only while somebody watches DNS queries. */
SEC("fentry/udp_sendmsg")
int BPF_PROG(on_send_udp, struct sock *sock, struct msghdr *header)
{
	return wanted(1u << CLASS_DNS) ? observe_message(sock, header, 0, 0) : 0;
}

SEC("fentry/udpv6_sendmsg")
int BPF_PROG(on_send_udp6_optional, struct sock *sock, struct msghdr *header)
{
	return wanted(1u << CLASS_DNS) ? observe_message(sock, header, 0, 1) : 0;
}

SEC("fentry/tcp_sendmsg")
int BPF_PROG(on_send_tcp, struct sock *sock, struct msghdr *header)
{
	return wanted(1u << CLASS_DNS) ? observe_message(sock, header, 2, 0) : 0;
}

/* Attached only while a rule names a call that does not return. */
SEC("raw_tracepoint/sys_enter")
int on_entry(struct bpf_raw_tracepoint_args *context)
{
	if (wanted(1u << CLASS_SYSCALL))
		observe_entry((struct task_struct *)bpf_get_current_task(), (void *)context->args[0],
			      context->args[1]);
	return 0;
}
