// SPDX-License-Identifier: Apache-2.0
/* The words for objects that are no paths, as KubeArmor's consumers know them. */
#include <stdio.h>
#include <string.h>

#include "bpflsm.h"

#define NAME(table, number) \
	((number) < sizeof(table) / sizeof((table)[0]) && (table)[number] ? (table)[number] : NULL)

static const char *const families[] = {
	[0] = "AF_UNSPEC",   [1] = "AF_UNIX",	 [2] = "AF_INET",     [3] = "AF_AX25",	    [10] = "AF_INET6",
	[15] = "AF_KEY",     [16] = "AF_NETLINK", [17] = "AF_PACKET", [21] = "AF_RDS",	    [29] = "AF_CAN",
	[30] = "AF_TIPC",    [31] = "AF_BLUETOOTH", [38] = "AF_ALG",  [40] = "AF_VSOCK",    [43] = "AF_SMC",
	[44] = "AF_XDP",
};

static const char *const types[] = {
	[1] = "SOCK_STREAM", [2] = "SOCK_DGRAM",     [3] = "SOCK_RAW",	 [4] = "SOCK_RDM",
	[5] = "SOCK_SEQPACKET", [6] = "SOCK_DCCP",   [10] = "SOCK_PACKET",
};

static const char *const protocols[] = {
	[1] = "ICMP", [2] = "IGMP",  [6] = "TCP",   [17] = "UDP",     [33] = "DCCP",	   [41] = "IPV6",
	[47] = "GRE", [50] = "ESP",  [51] = "AH",   [58] = "ICMPV6",  [132] = "SCTP",	   [136] = "UDPLITE",
};

static const char *const capabilities[] = {
	"CHOWN",	  "DAC_OVERRIDE", "DAC_READ_SEARCH",  "FOWNER",	      "FSETID",	       "KILL",
	"SETGID",	  "SETUID",	  "SETPCAP",	      "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
	"NET_ADMIN",	  "NET_RAW",	  "IPC_LOCK",	      "IPC_OWNER",	 "SYS_MODULE",	 "SYS_RAWIO",
	"SYS_CHROOT",	  "SYS_PTRACE",	  "SYS_PACCT",	      "SYS_ADMIN",	 "SYS_BOOT",	 "SYS_NICE",
	"SYS_RESOURCE",	  "SYS_TIME",	  "SYS_TTY_CONFIG",   "MKNOD",		 "LEASE",	 "AUDIT_WRITE",
	"AUDIT_CONTROL",  "SETFCAP",	  "MAC_OVERRIDE",     "MAC_ADMIN",	 "SYSLOG",	 "WAKE_ALARM",
	"BLOCK_SUSPEND",  "AUDIT_READ",	  "PERFMON",	      "BPF",		 "CHECKPOINT_RESTORE",
};

static size_t put(char *text, size_t at, const char *key, const char *name, unsigned number)
{
	int length = name ? snprintf(text + at, OBJECT_TEXT - at, "%s%s", key, name)
			  : snprintf(text + at, OBJECT_TEXT - at, "%s%u", key, number);

	return at + (length > 0 ? (size_t)length : 0);
}

static size_t network_text(unsigned family, unsigned type, unsigned protocol, char *text)
{
	const char *name = NAME(protocols, protocol);
	size_t at = put(text, 0, "domain=", NAME(families, family), family);

	at = put(text, at, " type=", NAME(types, type), type);
	/* 0: what the type says, for the internet families. */
	if (protocol == 0 && (family == 2 || family == 10))
		name = type == 1 ? "TCP" : type == 2 ? "UDP" : NULL;
	return put(text, at, " protocol=", name, protocol);
}

size_t object_text(const unsigned char *bytes, size_t size, char *text)
{
	if (size == 4 && bytes[0] == KUBEARMOR_OBJECT_NETWORK)
		return network_text(bytes[1] - 1u, bytes[2] - 1u, bytes[3] - 1u, text);
	if (size == 2 && bytes[0] == KUBEARMOR_OBJECT_CAPABILITY)
		return put(text, 0, "CAP_", NAME(capabilities, bytes[1] - 1u), bytes[1] - 1u);
	return 0;
}
