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

SEC("fexit/security_capable")
int BPF_PROG(on_capable, const struct cred *cred, void *user_namespace, int capability, unsigned int options,
	     int result)
{
	if (!(options & CAP_OPT_NOAUDIT))
		observe_capable(current_task(), capability, result);
	return 0;
}

/* Attached only while somebody watches DNS queries. */
SEC("fentry/udp_sendmsg")
int BPF_PROG(on_send_udp, struct sock *sock, struct msghdr *header)
{
	return observe_message(sock, header, 0, 0);
}

SEC("fentry/udpv6_sendmsg")
int BPF_PROG(on_send_udp6_optional, struct sock *sock, struct msghdr *header)
{
	return observe_message(sock, header, 0, 1);
}

SEC("fentry/tcp_sendmsg")
int BPF_PROG(on_send_tcp, struct sock *sock, struct msghdr *header)
{
	return observe_message(sock, header, 2, 0);
}
