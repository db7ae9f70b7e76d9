// SPDX-License-Identifier: Apache-2.0
/* The words of AppArmor's audit records as events. The daemon finds the rule. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"

/* ---- the words of a record -------------------------------------------------------- */

/* The value behind " key=", or at the beginning; NULL when there is none. */
static const char *value_of(const char *record, const char *key)
{
	size_t size = strlen(key);

	for (const char *at = record; (at = strstr(at, key)); at += size) {
		if ((at == record || at[-1] == ' ') && at[size] == '=')
			return at + size + 1;
	}
	return NULL;
}

static int digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Copies a value: what is in quotes, or what is written in hexadecimal because it may not stand in quotes. */
static size_t text_of(const char *record, const char *key, char *text, size_t room)
{
	const char *value = value_of(record, key);
	size_t size = 0;

	if (value && *value == '"') {
		for (value++; *value && *value != '"' && size + 1 < room; value++)
			text[size++] = *value;
	} else {
		for (; value && digit(value[0]) >= 0 && digit(value[1]) >= 0 && size + 1 < room; value += 2)
			text[size++] = (char)(digit(value[0]) << 4 | digit(value[1]));
	}
	text[size] = '\0';
	return size;
}

static uint32_t number_of(const char *record, const char *key, uint32_t fallback)
{
	const char *value = value_of(record, key);

	return value ? (uint32_t)strtoul(value, NULL, 10) : fallback;
}

/* ---- events ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	uint16_t operation;
	const char *hook;
} operations[] = {
	{ "exec", KUBEARMOR_OPERATION_EXEC, "lsm=SECURITY_BPRM_CHECK" },
	{ "open", KUBEARMOR_OPERATION_OPEN, "lsm=FILE_OPEN" },
	{ "mknod", KUBEARMOR_OPERATION_CREATE, "lsm=FILE_MKNOD" },
	{ "mkdir", KUBEARMOR_OPERATION_MKDIR, "lsm=FILE_MKDIR" },
	{ "rmdir", KUBEARMOR_OPERATION_RMDIR, "lsm=FILE_RMDIR" },
	{ "unlink", KUBEARMOR_OPERATION_UNLINK, "lsm=FILE_UNLINK" },
	/* Of each path of its own, so each is an access of its own. */
	{ "rename_src", KUBEARMOR_OPERATION_RENAME, "lsm=FILE_RENAME" },
	{ "rename_dest", KUBEARMOR_OPERATION_UNLINK, "lsm=FILE_RENAME" },
	{ "link", KUBEARMOR_OPERATION_LINK, "lsm=FILE_LINK" },
	{ "symlink", KUBEARMOR_OPERATION_SYMLINK, "lsm=FILE_SYMLINK" },
	{ "truncate", KUBEARMOR_OPERATION_TRUNCATE, "lsm=FILE_TRUNCATE" },
	{ "chmod", KUBEARMOR_OPERATION_CHMOD, "lsm=FILE_CHMOD" },
	{ "chown", KUBEARMOR_OPERATION_CHOWN, "lsm=FILE_CHOWN" },
	{ "file_perm", KUBEARMOR_OPERATION_OPEN, "lsm=FILE_PERMISSION" },
	{ "file_inherit", KUBEARMOR_OPERATION_RECEIVE, "lsm=FILE_INHERIT" },
	{ "file_receive", KUBEARMOR_OPERATION_RECEIVE, "lsm=FILE_RECEIVE" },
	{ "file_mmap", KUBEARMOR_OPERATION_MMAP_EXEC, "lsm=MMAP_FILE" },
	{ "file_mprotect", KUBEARMOR_OPERATION_MMAP_EXEC, "lsm=FILE_MPROTECT" },
	{ "mount", KUBEARMOR_OPERATION_MOUNT, "lsm=SB_MOUNT" },
	{ "umount", KUBEARMOR_OPERATION_UMOUNT, "lsm=SB_UMOUNT" },
	{ "pivotroot", KUBEARMOR_OPERATION_MOUNT, "lsm=SB_PIVOTROOT" },
	{ "create", KUBEARMOR_OPERATION_SOCKET, "lsm=SOCKET_CREATE" },
	{ "bind", KUBEARMOR_OPERATION_BIND, "lsm=SOCKET_BIND" },
	{ "listen", KUBEARMOR_OPERATION_LISTEN, "lsm=SOCKET_LISTEN" },
	{ "connect", KUBEARMOR_OPERATION_CONNECT, "lsm=SOCKET_CONNECT" },
	{ "accept", KUBEARMOR_OPERATION_ACCEPT, "lsm=SOCKET_ACCEPT" },
	{ "sendmsg", KUBEARMOR_OPERATION_SENDMSG, "lsm=SOCKET_SENDMSG" },
	{ "capable", KUBEARMOR_OPERATION_CAPABLE, "lsm=CAPABLE" },
};

static uint16_t class_of(const struct record *record)
{
	switch (record->event.operation) {
	case KUBEARMOR_OPERATION_CAPABLE:
		return KUBEARMOR_CLASS_CAPABILITY;
	case KUBEARMOR_OPERATION_EXEC:
	case KUBEARMOR_OPERATION_MMAP_EXEC:
		return KUBEARMOR_CLASS_PROCESS;
	default:
		return record->event.operation >= KUBEARMOR_OPERATION_SOCKET ? KUBEARMOR_CLASS_NETWORK
									     : KUBEARMOR_CLASS_FILE;
	}
}

static uint32_t access_of(const char *mask)
{
	uint32_t access = 0;

	if (strpbrk(mask, "r"))
		access |= KUBEARMOR_ACCESS_READ;
	if (strpbrk(mask, "wacdl"))
		access |= KUBEARMOR_ACCESS_WRITE;
	if (strpbrk(mask, "xm"))
		access |= KUBEARMOR_ACCESS_EXECUTE;
	return access;
}

/* Who did it; a profile's only program is known even when the process is gone. */
static void fill_task(struct apparmor *self, struct record *record, const char *text, const char *only)
{
	struct kubearmor_event *event = &record->event;
	int is_exec = event->operation == KUBEARMOR_OPERATION_EXEC;
	struct timespec now;
	size_t size;

	clock_gettime(CLOCK_BOOTTIME, &now);
	event->time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	size = text_of(text, "comm", record->comm, sizeof(record->comm));
	event->comm = (struct kubearmor_string){ record->comm, size };
	event->host_pid = number_of(text, "pid", 0);
	event->host_ppid = processes_parent(self->processes, event->host_pid);
	event->uid = number_of(text, "fsuid", 0);
	event->object_uid = number_of(text, "ouid", ~0u);
	if (only)
		size = (size_t)snprintf(record->process, sizeof(record->process), "%s", only);
	else
		size = processes_executable(self->processes, event->host_pid, record->process, sizeof(record->process));
	event->process = (struct kubearmor_string){ record->process, size };
	/* What executes is the source of an execution; once it was permitted it may be another program already. */
	if (is_exec && (only || event->result < 0))
		event->parent = event->process;
	if (!event->parent.length) {
		size = processes_executable(self->processes, event->host_ppid, record->parent, sizeof(record->parent));
		event->parent = (struct kubearmor_string){ record->parent, size };
	}
	if (event->result < 0)
		event->result = event->class_ == KUBEARMOR_CLASS_CAPABILITY ? -EPERM : -EACCES;
}

struct word {
	const char *name;
	uint32_t number;
};

/* The number of a word of the record; 0 when it is none of the list. */
static uint32_t number_in(const struct word *words, size_t count, const char *text, const char *key, char *name,
			  size_t room)
{
	text_of(text, key, name, room);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i].name, name) == 0)
			return words[i].number;
	}
	return 0;
}

static const char *protocol_name(uint32_t family, uint32_t type, uint32_t protocol)
{
	int is_internet = family == 2 || family == 10;

	if (protocol == 6 || (protocol == 0 && is_internet && type == 1))
		return "TCP";
	if (protocol == 17 || (protocol == 0 && is_internet && type == 2))
		return "UDP";
	return protocol == 1 ? "ICMP" : protocol == 58 ? "ICMPV6" : protocol == 132 ? "SCTP" : NULL;
}

static void upper(char *text)
{
	for (; *text; text++)
		*text = (char)toupper((unsigned char)*text);
}

/* "domain=AF_INET type=SOCK_STREAM protocol=TCP" */
static size_t socket_text(struct record *record, const char *text)
{
	static const struct word families[] = {
		{ "unix", 1 }, { "inet", 2 }, { "inet6", 10 }, { "netlink", 16 }, { "packet", 17 }, { "vsock", 40 },
		{ "smc", 43 },
	};
	static const struct word types[] = {
		{ "stream", 1 }, { "dgram", 2 }, { "raw", 3 }, { "rdm", 4 }, { "seqpacket", 5 }, { "packet", 10 },
	};
	uint32_t protocol = number_of(text, "protocol", 0), family, type;
	char domain[32], kind[32], number[16];
	const char *name;
	int size;

	family = number_in(families, sizeof(families) / sizeof(*families), text, "family", domain, sizeof(domain));
	type = number_in(types, sizeof(types) / sizeof(*types), text, "sock_type", kind, sizeof(kind));
	record->event.flags = family | type << 8 | protocol << 16;
	upper(domain);
	upper(kind);
	snprintf(number, sizeof(number), "%u", protocol);
	name = protocol_name(family, type, protocol);
	size = snprintf(record->resource, sizeof(record->resource), "domain=AF_%s type=SOCK_%s protocol=%s", domain,
			kind, name ? name : number);
	return size > 0 ? (size_t)size : 0;
}

/* A path; a directory's name ends in a slash there. */
static size_t path_of(const char *text, const char *key, char *path, size_t room)
{
	size_t size = text_of(text, key, path, room);

	return size > 1 && path[size - 1] == '/' ? size - 1 : size;
}

static void fill_object(struct record *record, const char *text)
{
	struct kubearmor_event *event = &record->event;
	size_t size, length;

	if (event->class_ == KUBEARMOR_CLASS_CAPABILITY) {
		event->flags = number_of(text, "capability", 0);
		/* "CAP_NET_RAW", in the field Data too. */
		memcpy(record->resource, "CAP_", 4);
		size = 4 + text_of(text, "capname", record->resource + 4, sizeof(record->resource) - 4);
		upper(record->resource);
		length = (size_t)snprintf(record->hook, sizeof(record->hook), "lsm=CAPABLE %.64s",
					  record->resource);
		event->hook = (struct kubearmor_string){ record->hook, length };
	} else if (event->class_ == KUBEARMOR_CLASS_NETWORK) {
		size = socket_text(record, text);
	} else {
		size = path_of(text, "name", record->resource, sizeof(record->resource));
	}
	event->resource = (struct kubearmor_string){ record->resource, size };
	if (event->operation == KUBEARMOR_OPERATION_LINK) {
		/* It names the new name first; an event the old one. */
		event->target = event->resource;
		size = path_of(text, "target", record->target, sizeof(record->target));
		event->resource = (struct kubearmor_string){ record->target, size };
	}
	text_of(text, event->result < 0 ? "denied_mask" : "requested_mask", record->mask, sizeof(record->mask));
	event->access = access_of(record->mask);
}

static int fill(struct apparmor *self, struct record *record, const char *text, const char *only)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		if (strcmp(record->operation, operations[i].name))
			continue;
		record->event.operation = operations[i].operation;
		record->event.hook = (struct kubearmor_string){ operations[i].hook, strlen(operations[i].hook) };
		record->event.class_ = class_of(record);
		fill_object(record, text);
		fill_task(self, record, text, only);
		return 1;
	}
	/* Of what permits everything but files, executions, sockets and capabilities: by rules of others' writing. */
	atomic_fetch_add(&self->unknown, 1);
	if (self->host->log) {
		char line[128];
		int size = snprintf(line, sizeof(line), "a record of the unknown operation %s", record->operation);

		self->host->log(self->host->context, KUBEARMOR_LOG_DEBUG, line, (uint64_t)size);
	}
	return 0;
}

int record_read(struct apparmor *self, struct record *record, const char *text)
{
	char profile[512], verdict[16];
	const struct workload *workload;
	const char *only;
	int result = 0;

	text_of(text, "apparmor", verdict, sizeof(verdict));
	if (strcmp(verdict, "DENIED") && strcmp(verdict, "AUDIT"))
		return 0;
	text_of(text, "profile", profile, sizeof(profile));
	text_of(text, "operation", record->operation, sizeof(record->operation));
	pthread_mutex_lock(&self->lock);
	workload = workload_of_profile(self, profile, &only);
	if (workload && workload->key) {
		record->event = (struct kubearmor_event){ .struct_size = sizeof(record->event) };
		record->event.workload = workload->key;
		record->event.result = verdict[0] == 'D' ? -EACCES : 0;
		result = fill(self, record, text, only);
	}
	pthread_mutex_unlock(&self->lock);
	return result;
}
