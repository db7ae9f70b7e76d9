// SPDX-License-Identifier: Apache-2.0
/*
 * Sockets and capabilities. Of both there are few enough to decide about each of them
 * when the profile is written, so nothing has to be cut out of anything.
 */
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define INTERNET 1u /* inet and inet6 */
#define PACKET 2u
#define NETLINK 4u
#define ELSE 8u
#define SHARED 16u /* smc: TCP by a socket of the kernel's own */
#define ANY_FAMILY (INTERNET | PACKET | NETLINK | ELSE | SHARED)

/* Those that AppArmor's compiler knows. */
static const struct {
	const char *name;
	unsigned kind;
} families[] = {
	{ "unix", ELSE }, { "inet", INTERNET }, { "ax25", ELSE }, { "ipx", ELSE }, { "appletalk", ELSE },
	{ "netrom", ELSE }, { "bridge", ELSE }, { "atmpvc", ELSE }, { "x25", ELSE }, { "inet6", INTERNET },
	{ "rose", ELSE }, { "netbeui", ELSE }, { "security", ELSE }, { "key", ELSE },
	{ "netlink", NETLINK }, { "packet", PACKET }, { "ash", ELSE }, { "econet", ELSE },
	{ "atmsvc", ELSE }, { "rds", ELSE }, { "sna", ELSE }, { "irda", ELSE }, { "pppox", ELSE },
	{ "wanpipe", ELSE }, { "llc", ELSE }, { "ib", ELSE }, { "mpls", ELSE }, { "can", ELSE },
	{ "tipc", ELSE }, { "bluetooth", ELSE }, { "iucv", ELSE }, { "rxrpc", ELSE }, { "isdn", ELSE },
	{ "phonet", ELSE }, { "ieee802154", ELSE }, { "caif", ELSE }, { "alg", ELSE }, { "nfc", ELSE },
	{ "vsock", ELSE }, { "kcm", ELSE }, { "qipcrtr", ELSE }, { "smc", SHARED }, { "xdp", ELSE },
	{ "mctp", ELSE },
};

#define STREAM 1u
#define DGRAM 2u
#define RAW 4u
#define RDM 8u
#define SEQPACKET 16u
#define PACKETS 32u

static const struct {
	const char *name;
	unsigned kind;
} types[] = {
	{ "stream", STREAM }, { "dgram", DGRAM },	  { "raw", RAW },
	{ "rdm", RDM },	      { "seqpacket", SEQPACKET }, { "packet", PACKETS },
};

/* What the names of rules mean. rank: protocols first. */
static const struct {
	const char *name;
	int rank;
	unsigned families;
	unsigned types;
} protocols[] = {
	{ "tcp", 0, INTERNET | SHARED, STREAM },
	{ "udp", 0, INTERNET, DGRAM },
	{ "raw", 1, INTERNET | PACKET, RAW },
	{ "stream", 1, ANY_FAMILY, STREAM },
	{ "dgram", 1, ANY_FAMILY, DGRAM },
	{ "rdm", 1, ANY_FAMILY, RDM },
	{ "seqpacket", 1, ANY_FAMILY, SEQPACKET },
	{ "packet", 1, PACKET, ~0u },
	{ "packet", 1, ANY_FAMILY, PACKETS },
	{ "all", 2, ANY_FAMILY, ~0u },
};

#define PROTOCOLS (sizeof(protocols) / sizeof(*protocols))
#define FAMILIES (sizeof(families) / sizeof(*families))
#define TYPES (sizeof(types) / sizeof(*types))

static int is_named(size_t index, const char *name, size_t size)
{
	return strlen(protocols[index].name) == size && !memcmp(protocols[index].name, name, size);
}

int network_knows(const char *name, size_t size)
{
	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (is_named(i, name, size))
			return 1;
	}
	return 0;
}

int network_rank(const char *name, size_t size)
{
	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (is_named(i, name, size))
			return protocols[i].rank;
	}
	return 3;
}

static int is_about(struct span name, size_t family, size_t type)
{
	for (size_t i = 0; i < PROTOCOLS; i++) {
		if (is_named(i, name.bytes, name.size) && protocols[i].families & families[family].kind &&
		    protocols[i].types & types[type].kind)
			return 1;
	}
	return 0;
}

/* The posture where no rule is about it. */
static uint32_t decide(const struct writer *writer, const struct rule_list *list, size_t family, size_t type)
{
	uint32_t posture = writer->set->posture[KUBEARMOR_CLASS_NETWORK];

	for (size_t i = 0; i < list->count; i++) {
		if (is_about(rule_object(writer->set, list->rules[i]), family, type))
			return list->rules[i]->action;
	}
	return posture == KUBEARMOR_ACTION_NONE ? KUBEARMOR_ACTION_ALLOW : posture;
}

static const char *words(uint32_t action)
{
	return action == KUBEARMOR_ACTION_BLOCK ? "audit deny " : action == KUBEARMOR_ACTION_AUDIT ? "audit " : "";
}

/* Beside the permission of everything only what is not merely permitted is written. */
static int is_written(const struct writer *writer, uint32_t action)
{
	return action != KUBEARMOR_ACTION_ALLOW ||
	       writer->set->posture[KUBEARMOR_CLASS_NETWORK] == KUBEARMOR_ACTION_BLOCK;
}

/* One line for all families where they have one answer. */
static void write_type(struct writer *writer, const struct rule_list *list, size_t type)
{
	uint32_t first = decide(writer, list, 0, type);
	int is_one = 1;

	for (size_t i = 1; i < FAMILIES; i++)
		is_one &= decide(writer, list, i, type) == first;
	if (is_one && is_written(writer, first))
		text_add(writer->text, "  %snetwork %s,\n", words(first), types[type].name);
	for (size_t i = 0; i < FAMILIES && !is_one; i++) {
		uint32_t action = decide(writer, list, i, type);

		if (is_written(writer, action))
			text_add(writer->text, "  %snetwork %s %s,\n", words(action), families[i].name,
				 types[type].name);
	}
}

/* What a name of a protocol cannot tell: AppArmor sees family and type. */
static void note_protocols(struct writer *writer, const struct rule_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct kubearmor_rule *rule = list->rules[i];
		struct span name = rule_object(writer->set, rule);
		uint32_t hold = rule->action == KUBEARMOR_ACTION_BLOCK ? KUBEARMOR_HOLD_STRICTER
								       : KUBEARMOR_HOLD_ENFORCED;

		if (name.size == 3 && !memcmp(name.bytes, "tcp", 3))
			note(writer, rule, hold, "SCTP's stream sockets count as well: AppArmor sees family and type");
		else if (name.size == 3 && !memcmp(name.bytes, "udp", 3))
			note(writer, rule, hold,
			     "ping's datagram sockets count as well: AppArmor sees family and type");
	}
}

void write_network(struct writer *writer, int source)
{
	struct rule_list list;

	if (rule_list_make(&list, writer->set, KUBEARMOR_CLASS_NETWORK, &writer->sources, source)) {
		writer->text->failed = 1;
		rule_list_free(&list);
		return;
	}
	note_protocols(writer, &list);
	if (writer->set->posture[KUBEARMOR_CLASS_NETWORK] != KUBEARMOR_ACTION_BLOCK)
		text_add(writer->text, "  network,\n");
	for (size_t i = 0; i < TYPES; i++)
		write_type(writer, &list, i);
	rule_list_free(&list);
}

/* ---- capabilities ------------------------------------------------------------------ */

static const char *const capabilities[] = {
	"chown",	  "dac_override",    "dac_read_search", "fowner",	 "fsetid",
	"kill",		  "setgid",	     "setuid",		"setpcap",	 "linux_immutable",
	"net_bind_service", "net_broadcast", "net_admin",	"net_raw",	 "ipc_lock",
	"ipc_owner",	  "sys_module",	     "sys_rawio",	"sys_chroot",	 "sys_ptrace",
	"sys_pacct",	  "sys_admin",	     "sys_boot",	"sys_nice",	 "sys_resource",
	"sys_time",	  "sys_tty_config",  "mknod",		"lease",	 "audit_write",
	"audit_control",  "setfcap",	     "mac_override",	"mac_admin",	 "syslog",
	"wake_alarm",	  "block_suspend",   "audit_read",	"perfmon",	 "bpf",
	"checkpoint_restore",
};

static uint32_t decide_capability(const struct writer *writer, const struct rule_list *list, const char *name)
{
	uint32_t posture = writer->set->posture[KUBEARMOR_CLASS_CAPABILITY];

	for (size_t i = 0; i < list->count; i++) {
		struct span object = rule_object(writer->set, list->rules[i]);

		if (object.size == strlen(name) && !memcmp(object.bytes, name, object.size))
			return list->rules[i]->action;
	}
	return posture == KUBEARMOR_ACTION_NONE ? KUBEARMOR_ACTION_ALLOW : posture;
}

void write_capabilities(struct writer *writer, int source)
{
	uint32_t posture = writer->set->posture[KUBEARMOR_CLASS_CAPABILITY];
	struct rule_list list;

	if (rule_list_make(&list, writer->set, KUBEARMOR_CLASS_CAPABILITY, &writer->sources, source)) {
		writer->text->failed = 1;
		rule_list_free(&list);
		return;
	}
	/* Those that are younger than this list are permitted, unless others are not. */
	if (posture != KUBEARMOR_ACTION_BLOCK)
		text_add(writer->text, "  capability,\n");
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities); i++) {
		uint32_t action = decide_capability(writer, &list, capabilities[i]);

		if (action != KUBEARMOR_ACTION_ALLOW || posture == KUBEARMOR_ACTION_BLOCK)
			text_add(writer->text, "  %scapability %s,\n", words(action), capabilities[i]);
	}
	rule_list_free(&list);
}
