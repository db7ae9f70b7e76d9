// SPDX-License-Identifier: Apache-2.0
/*
 * What the rules say about sockets and capabilities. SELinux has a class for a kind of
 * socket; which rules speak of which class is the table.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "selinux.h"

static const struct {
	const char *class_;
	const char *protocols; /* names with a blank on both sides */
	const char *types;
	const char *text; /* the resource of an alert */
	uint32_t family, type, protocol;
} sockets[] = {
	{ "tcp_socket", " tcp ", " stream ", "domain=AF_INET type=SOCK_STREAM protocol=TCP", 2, 1, 0 },
	{ "udp_socket", " udp ", " dgram ", "domain=AF_INET type=SOCK_DGRAM protocol=UDP", 2, 2, 0 },
	{ "rawip_socket", " icmp icmpv6 ", " raw ", "domain=AF_INET type=SOCK_RAW protocol=0", 2, 3, 0 },
	{ "icmp_socket", " icmp icmpv6 ", " dgram ", "domain=AF_INET type=SOCK_DGRAM protocol=ICMP", 2, 2, 1 },
	{ "sctp_socket", " sctp ", " stream seqpacket ", "domain=AF_INET type=SOCK_STREAM protocol=SCTP", 2, 1, 132 },
	{ "dccp_socket", " dccp ", " ", "domain=AF_INET type=SOCK_DCCP protocol=DCCP", 2, 6, 33 },
	{ "packet_socket", " ", " packet raw ", "domain=AF_PACKET type=SOCK_RAW protocol=0", 17, 3, 0 },
	{ "unix_stream_socket", " ", " stream seqpacket ", "domain=AF_UNIX type=SOCK_STREAM protocol=0", 1, 1, 0 },
	{ "unix_dgram_socket", " ", " dgram ", "domain=AF_UNIX type=SOCK_DGRAM protocol=0", 1, 2, 0 },
	{ "vsock_socket", " ", " stream ", "domain=AF_VSOCK type=SOCK_STREAM protocol=0", 40, 1, 0 },
	{ "bluetooth_socket", " ", " ", "domain=AF_BLUETOOTH", 31, 0, 0 },
	{ "alg_socket", " ", " ", "domain=AF_ALG", 38, 5, 0 },
	{ "can_socket", " ", " ", "domain=AF_CAN", 29, 0, 0 },
	/* The kernel makes a TCP socket of its own for it; it has no other type than streams. */
	{ "smc_socket", " tcp ", " stream ", "domain=AF_SMC type=SOCK_STREAM protocol=0", 43, 1, 0 },
	{ "tipc_socket", " ", " rdm ", "domain=AF_TIPC", 30, 0, 0 },
	{ "qipcrtr_socket", " ", " ", "domain=AF_QIPCRTR", 42, 0, 0 },
	{ "xdp_socket", " ", " ", "domain=AF_XDP", 44, 3, 0 },
	{ "netlink_socket", " ", " ", "domain=AF_NETLINK", 16, 3, 0 },
	{ "netlink_route_socket", " ", " ", "domain=AF_NETLINK type=SOCK_RAW protocol=0", 16, 3, 0 },
	{ "netlink_netfilter_socket", " ", " ", "domain=AF_NETLINK type=SOCK_RAW protocol=12", 16, 3, 12 },
	{ "netlink_generic_socket", " ", " ", "domain=AF_NETLINK type=SOCK_RAW protocol=16", 16, 3, 16 },
	{ "netlink_kobject_uevent_socket", " ", " ", "domain=AF_NETLINK type=SOCK_RAW protocol=15", 16, 3, 15 },
	{ "socket", " ", " ", "domain=AF_UNSPEC", 0, 0, 0 },
};

#define SOCKETS (sizeof(sockets) / sizeof(*sockets))

/* Names that SELinux cannot tell from others. */
static const struct {
	const char *name;
	int is_stricter; /* more is denied; else a Block rule is not held */
	const char *reason;
} inexact[] = {
	{ "icmp", 1, "raw sockets of all protocols are denied" },
	{ "icmpv6", 1, "icmp and raw sockets of all protocols are denied" },
	{ "raw", 1, "all packet sockets are denied" },
	{ "stream", 1, "Unix sockets of the type seqpacket are denied too" },
	{ "dgram", 0, "SELinux does not tell netlink's sockets of this type from others" },
	{ "seqpacket", 0, "SELinux does not tell Unix sockets of this type from streams" },
	{ "rdm", 0, "SELinux does not know this type" },
};

const char *socket_permissions(void)
{
	return "create bind connect listen accept write";
}

static int is_among(const char *names, const char *name)
{
	char word[64];

	snprintf(word, sizeof(word), " %.60s ", name);
	return strstr(names, word) != NULL;
}

/* Whether a Block rule about it can be held; reason: what is denied besides, or why not. */
int protocol_is_known(const char *name, const char **reason)
{
	int known = !strcmp(name, "all");

	for (size_t i = 0; i < SOCKETS; i++)
		known |= is_among(sockets[i].protocols, name) || is_among(sockets[i].types, name);
	for (size_t i = 0; i < sizeof(inexact) / sizeof(*inexact); i++) {
		if (strcmp(inexact[i].name, name))
			continue;
		*reason = inexact[i].reason;
		return inexact[i].is_stricter;
	}
	if (!known)
		*reason = "SELinux does not know this protocol";
	return known;
}

const char *socket_text(const char *class_, uint32_t *family, uint32_t *type, uint32_t *protocol)
{
	for (size_t i = 0; i < SOCKETS; i++) {
		if (strcmp(sockets[i].class_, class_))
			continue;
		*family = sockets[i].family;
		*type = sockets[i].type;
		*protocol = sockets[i].protocol;
		return sockets[i].text;
	}
	return NULL;
}

/* ---- capabilities ---------------------------------------------------------------------- */

/* The order is the kernel's; from mac_override on they are of the class capability2. */
static const char *const capabilities[] = {
	"chown",	"dac_override", "dac_read_search", "fowner",	       "fsetid",	 "kill",
	"setgid",	"setuid",	"setpcap",	   "linux_immutable",  "net_bind_service", "net_broadcast",
	"net_admin",	"net_raw",	"ipc_lock",	   "ipc_owner",	       "sys_module",	 "sys_rawio",
	"sys_chroot",	"sys_ptrace",	"sys_pacct",	   "sys_admin",	       "sys_boot",	 "sys_nice",
	"sys_resource", "sys_time",	"sys_tty_config",  "mknod",	       "lease",		 "audit_write",
	"audit_control", "setfcap",	"mac_override",	   "mac_admin",	       "syslog",	 "wake_alarm",
	"block_suspend", "audit_read",	"perfmon",	   "bpf",	       "checkpoint_restore",
};

#define CAPABILITIES (sizeof(capabilities) / sizeof(*capabilities))
#define FIRST_OF_SECOND 32

int capability_number(const char *name)
{
	for (size_t i = 0; i < CAPABILITIES; i++) {
		if (!strcmp(capabilities[i], name))
			return (int)i;
	}
	return -1;
}

int capability_is_known(const char *name)
{
	return capability_number(name) >= 0;
}

/* ---- which rule decides ------------------------------------------------------------------ */

/* How specific a rule's name is for a socket: a protocol before a type before all. */
static int socket_specificity(const struct rule *rule, size_t socket)
{
	if (is_among(sockets[socket].protocols, rule->object))
		return 3;
	if (is_among(sockets[socket].types, rule->object))
		return 2;
	return !strcmp(rule->object, "all");
}

static int specificity_of(const struct rule *rule, uint16_t class_, size_t index)
{
	if (class_ == KUBEARMOR_CLASS_NETWORK)
		return socket_specificity(rule, index);
	return !strcmp(rule->object, capabilities[index]);
}

static uint32_t action_on(const struct rules *rules, const char *sources, int of_source, uint16_t class_, size_t index)
{
	uint32_t action = KUBEARMOR_ACTION_NONE;
	int most = 0;

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		int now;

		if (rule->class_ != class_ || !!rule->source_match != of_source || !rule_counts(rule) ||
		    (of_source && !source_is_in(rule, sources)))
			continue;
		now = specificity_of(rule, class_, index);
		if (now && (now > most || (now == most && rule->action > action))) {
			most = now;
			action = rule->action;
		}
	}
	return action;
}

static int is_denied(const struct rules *rules, const char *sources, uint16_t class_, size_t index)
{
	uint32_t action = *sources ? action_on(rules, sources, 1, class_, index) : KUBEARMOR_ACTION_NONE;

	if (action == KUBEARMOR_ACTION_NONE)
		action = action_on(rules, sources, 0, class_, index);
	if (action == KUBEARMOR_ACTION_NONE)
		action = rules->posture[class_];
	return action == KUBEARMOR_ACTION_BLOCK;
}

static void take_capabilities(const struct rules *rules, const char *sources, const char *class_, size_t first,
			      size_t end, take_constraint *take, void *context)
{
	char permissions[1024] = "";
	size_t size = 0;

	for (size_t i = first; i < end; i++) {
		if (is_denied(rules, sources, KUBEARMOR_CLASS_CAPABILITY, i))
			size += (size_t)snprintf(permissions + size, sizeof(permissions) - size, "%s%s",
						 size ? " " : "", capabilities[i]);
	}
	if (size)
		take(context, class_, permissions);
}

void sockets_denied(const struct rules *rules, const char *sources, take_constraint *take, void *context)
{
	for (size_t i = 0; i < SOCKETS; i++) {
		if (is_denied(rules, sources, KUBEARMOR_CLASS_NETWORK, i))
			take(context, sockets[i].class_, socket_permissions());
	}
	take_capabilities(rules, sources, "capability", 0, FIRST_OF_SECOND, take, context);
	take_capabilities(rules, sources, "capability2", FIRST_OF_SECOND, CAPABILITIES, take, context);
	/* The same in user namespaces of their own. */
	take_capabilities(rules, sources, "cap_userns", 0, FIRST_OF_SECOND, take, context);
	take_capabilities(rules, sources, "cap2_userns", FIRST_OF_SECOND, CAPABILITIES, take, context);
}
