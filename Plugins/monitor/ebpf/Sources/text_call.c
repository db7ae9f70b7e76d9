// SPDX-License-Identifier: Apache-2.0
/*
 * System calls as KubeArmor shows them: "syscall=SYS_CHOWN userid=0 group=0", and the
 * addresses of sockets. What follows a name is described by words of a label, the
 * position of an argument from 0, and a kind: d and l signed (32, 64 bits), u unsigned,
 * x hexadecimal, o octal, U flags of unlinkat, M of mount, P a ptrace request, B a
 * bpf command; without position T the object, S the second text, F the last one.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "ebpf.h"

#define AT_REMOVEDIR_FLAG 0x200u

struct named {
	uint32_t value;
	const char *name;
};

static const struct named mount_flags[] = {
	{ MS_RDONLY, "MS_RDONLY" },	  { MS_NOSUID, "MS_NOSUID" },	{ MS_NODEV, "MS_NODEV" },
	{ MS_NOEXEC, "MS_NOEXEC" },	  { MS_REMOUNT, "MS_REMOUNT" }, { MS_NOATIME, "MS_NOATIME" },
	{ MS_BIND, "MS_BIND" },		  { MS_MOVE, "MS_MOVE" },	{ MS_REC, "MS_REC" },
	{ MS_UNBINDABLE, "MS_UNBINDABLE" }, { MS_PRIVATE, "MS_PRIVATE" }, { MS_SLAVE, "MS_SLAVE" },
	{ MS_SHARED, "MS_SHARED" },	  { MS_RELATIME, "MS_RELATIME" }, { 0, NULL },
};

static const struct named ptrace_requests[] = {
	{ PTRACE_TRACEME, "PTRACE_TRACEME" },	{ PTRACE_PEEKTEXT, "PTRACE_PEEKTEXT" },
	{ PTRACE_PEEKDATA, "PTRACE_PEEKDATA" }, { PTRACE_PEEKUSER, "PTRACE_PEEKUSER" },
	{ PTRACE_POKETEXT, "PTRACE_POKETEXT" }, { PTRACE_POKEDATA, "PTRACE_POKEDATA" },
	{ PTRACE_POKEUSER, "PTRACE_POKEUSER" }, { PTRACE_CONT, "PTRACE_CONT" },
	{ PTRACE_KILL, "PTRACE_KILL" },		{ PTRACE_SINGLESTEP, "PTRACE_SINGLESTEP" },
	{ PTRACE_ATTACH, "PTRACE_ATTACH" },	{ PTRACE_DETACH, "PTRACE_DETACH" },
	{ PTRACE_SYSCALL, "PTRACE_SYSCALL" },	{ PTRACE_SETOPTIONS, "PTRACE_SETOPTIONS" },
	{ PTRACE_GETREGSET, "PTRACE_GETREGSET" }, { PTRACE_SETREGSET, "PTRACE_SETREGSET" },
	{ PTRACE_SEIZE, "PTRACE_SEIZE" },	{ PTRACE_INTERRUPT, "PTRACE_INTERRUPT" },
	{ 0, NULL },
};

static const struct named bpf_commands[] = {
	{ BPF_MAP_CREATE, "BPF_MAP_CREATE" },	{ BPF_MAP_LOOKUP_ELEM, "BPF_MAP_LOOKUP_ELEM" },
	{ BPF_MAP_UPDATE_ELEM, "BPF_MAP_UPDATE_ELEM" }, { BPF_MAP_DELETE_ELEM, "BPF_MAP_DELETE_ELEM" },
	{ BPF_PROG_LOAD, "BPF_PROG_LOAD" },	{ BPF_OBJ_PIN, "BPF_OBJ_PIN" },
	{ BPF_OBJ_GET, "BPF_OBJ_GET" },		{ BPF_PROG_ATTACH, "BPF_PROG_ATTACH" },
	{ BPF_PROG_DETACH, "BPF_PROG_DETACH" }, { BPF_RAW_TRACEPOINT_OPEN, "BPF_RAW_TRACEPOINT_OPEN" },
	{ BPF_BTF_LOAD, "BPF_BTF_LOAD" },	{ BPF_LINK_CREATE, "BPF_LINK_CREATE" },
	{ 0, NULL },
};

static const struct named query_types[] = {
	{ 1, "A" },    { 2, "NS" },   { 5, "CNAME" }, { 6, "SOA" },    { 12, "PTR" },	 { 15, "MX" },
	{ 16, "TXT" }, { 28, "AAAA" }, { 33, "SRV" },  { 64, "SVCB" }, { 65, "HTTPS" }, { 255, "ANY" }, { 0, NULL },
};

static const struct named families[] = {
	{ AF_UNSPEC, "AF_UNSPEC" }, { AF_UNIX, "AF_UNIX" },	{ AF_INET, "AF_INET" },
	{ AF_INET6, "AF_INET6" },   { AF_NETLINK, "AF_NETLINK" }, { AF_PACKET, "AF_PACKET" },
	{ AF_ALG, "AF_ALG" },	    { AF_VSOCK, "AF_VSOCK" },	{ AF_BLUETOOTH, "AF_BLUETOOTH" },
	{ AF_CAN, "AF_CAN" },	    { AF_TIPC, "AF_TIPC" },	{ AF_XDP, "AF_XDP" },
	{ 0, NULL },
};

static const struct named socket_types[] = {
	{ SOCK_STREAM, "SOCK_STREAM" }, { SOCK_DGRAM, "SOCK_DGRAM" },	      { SOCK_RAW, "SOCK_RAW" },
	{ SOCK_RDM, "SOCK_RDM" },	{ SOCK_SEQPACKET, "SOCK_SEQPACKET" }, { SOCK_PACKET, "SOCK_PACKET" },
	{ 0, NULL },
};

static const struct named protocols[] = {
	{ 1, "ICMP" }, { 6, "TCP" }, { 17, "UDP" }, { 58, "ICMPv6" }, { 132, "SCTP" }, { 136, "UDPLITE" },
	{ 262, "MPTCP" }, { 0, NULL },
};

static const char *const capabilities[] = {
	"CHOWN",	 "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER",	       "FSETID",       "KILL",
	"SETGID",	 "SETUID",	 "SETPCAP",	    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST",
	"NET_ADMIN",	 "NET_RAW",	 "IPC_LOCK",	    "IPC_OWNER",       "SYS_MODULE",   "SYS_RAWIO",
	"SYS_CHROOT",	 "SYS_PTRACE",	 "SYS_PACCT",	    "SYS_ADMIN",       "SYS_BOOT",     "SYS_NICE",
	"SYS_RESOURCE",	 "SYS_TIME",	 "SYS_TTY_CONFIG",  "MKNOD",	       "LEASE",	       "AUDIT_WRITE",
	"AUDIT_CONTROL", "SETFCAP",	 "MAC_OVERRIDE",    "MAC_ADMIN",       "SYSLOG",       "WAKE_ALARM",
	"BLOCK_SUSPEND", "AUDIT_READ",	 "PERFMON",	    "BPF",	       "CHECKPOINT_RESTORE",
};

static uint32_t append_name(char *text, uint32_t length, const struct named *list, uint32_t value)
{
	char number[16];

	for (; list->name; list++) {
		if (list->value == value)
			return append(text, length, list->name);
	}
	snprintf(number, sizeof(number), "%u", value);
	return append(text, length, number);
}

static uint32_t append_bits(char *text, uint32_t length, const struct named *list, uint32_t value)
{
	uint32_t begin = length;

	for (; list->name; list++) {
		if ((value & list->value) != list->value)
			continue;
		length = append(text, length, length == begin ? "" : "|");
		length = append(text, length, list->name);
	}
	return length == begin ? append(text, length, "0") : length;
}

static uint32_t append_string(char *text, uint32_t length, struct kubearmor_string string)
{
	if (string.length > HOOK_TEXT - length)
		string.length = HOOK_TEXT - length;
	if (string.length > 0)
		memcpy(text + length, string.data, string.length);
	return length + string.length;
}

static uint32_t append_value(char *text, uint32_t length, char kind, uint64_t value)
{
	char number[32];

	switch (kind) {
	case 'M':
		return append_bits(text, length, mount_flags, value);
	case 'P':
		return append_name(text, length, ptrace_requests, value);
	case 'B':
		return append_name(text, length, bpf_commands, value);
	case 'U':
		return append(text, length, value & AT_REMOVEDIR_FLAG ? "AT_REMOVEDIR" : "0");
	case 'x':
		snprintf(number, sizeof(number), "0x%llx", (unsigned long long)value);
		break;
	case 'o':
		snprintf(number, sizeof(number), "0%o", (uint32_t)value & 07777);
		break;
	case 'l':
		snprintf(number, sizeof(number), "%lld", (long long)value);
		break;
	case 'u':
		snprintf(number, sizeof(number), "%u", (uint32_t)value);
		break;
	default:
		snprintf(number, sizeof(number), "%d", (int32_t)value);
	}
	return append(text, length, number);
}

/* The words of a row's values. */
static uint32_t append_values(char *text, uint32_t length, const struct call_view *view,
			      const struct kubearmor_event *event)
{
	const char *word = view->row->values;

	while (*word) {
		const char *equals = strchr(word, '=');
		const char *kind = equals + 1;
		uint32_t position = 0;

		length = append(text, length, " ");
		length = append_string(text, length, (struct kubearmor_string){ word, equals + 1 - word });
		if (isdigit(*kind))
			position = *kind++ - '0';
		if (*kind == 'T')
			length = append_string(text, length, event->resource);
		else if (*kind == 'S')
			length = append_string(text, length, event->target);
		else if (*kind == 'F')
			length = append_string(text, length, view->extra);
		else
			length = append_value(text, length, *kind, view->facts.arguments[position]);
		word = kind[1] ? kind + 2 : kind + 1;
	}
	return length;
}

static uint32_t append_address(char *text, uint32_t length, const struct monitor_address *address)
{
	char number[INET6_ADDRSTRLEN] = "";

	inet_ntop(address->family, address->bytes, number, sizeof(number));
	return append(text, length, number);
}

uint32_t append_number(char *text, uint32_t length, const char *label, uint32_t number)
{
	char piece[48];

	snprintf(piece, sizeof(piece), "%s%u", label, number);
	return append(text, length, piece);
}

static int is_inet(const struct monitor_address *address)
{
	return address->family == AF_INET || address->family == AF_INET6;
}

static int is_tcp_accept(const struct call_view *view, const struct kubearmor_event *event)
{
	return event->operation == KUBEARMOR_OPERATION_ACCEPT && event->result >= 0 && is_inet(&view->facts.address);
}

uint32_t call_hook(char *text, const struct call_view *view, const struct kubearmor_event *event)
{
	uint32_t length;

	if (event->operation == KUBEARMOR_OPERATION_DNS_QUERY) {
		length = append(text, 0, "kfunc=UDP_SENDSKB domain=");
		length = append_string(text, length, event->resource);
		length = append(text, length, " daddr=");
		length = append_address(text, length, &view->facts.address);
		length = append(text, length, " qtype=");
		return append_name(text, length, query_types, event->flags);
	}
	if (is_tcp_accept(view, event)) {
		length = append(text, 0, "kprobe=tcp_accept domain=");
		return append_name(text, length, families, view->facts.address.family);
	}
	length = append(text, 0, "syscall=SYS_");
	for (const char *letter = view->name; *letter && length < HOOK_TEXT; letter++)
		text[length++] = toupper(*letter);
	return append_values(text, length, view, event);
}

uint32_t call_resource(char *text, const struct call_view *view, const struct kubearmor_event *event)
{
	const struct monitor_address *address = &view->facts.address;
	int is_six = address->family == AF_INET6;
	uint32_t length;

	if (event->operation == KUBEARMOR_OPERATION_SOCKET) {
		length = append_name(text, append(text, 0, "domain="), families, event->flags & 0xff);
		length = append_name(text, append(text, length, " type="), socket_types, event->flags >> 8 & 0xff);
		return append_name(text, append(text, length, " protocol="), protocols, event->flags >> 16);
	}
	if (is_tcp_accept(view, event)) {
		length = append_address(text, append(text, 0, "remoteip="), address);
		length = append_number(text, length, " port=", address->port);
		return append_name(text, append(text, length, " protocol="), protocols, event->flags >> 16);
	}
	length = append_name(text, append(text, 0, "sa_family="), families, address->family);
	if (address->family == AF_UNIX)
		return append_string(text, append(text, length, " sun_path="), event->resource);
	if (!is_inet(address))
		return length;
	length = append_number(text, length, is_six ? " sin6_port=" : " sin_port=", address->port);
	length = append_address(text, append(text, length, is_six ? " sin6_addr=" : " sin_addr="), address);
	return address->scope ? append_number(text, length, " sin6_scopeid=", address->scope) : length;
}

uint32_t capability_text(char *text, uint32_t number)
{
	char name[40];

	if (number < sizeof(capabilities) / sizeof(capabilities[0]))
		snprintf(name, sizeof(name), "CAP_%s", capabilities[number]);
	else
		snprintf(name, sizeof(name), "%u", number);
	return append(text, 0, name);
}
