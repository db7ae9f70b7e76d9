// SPDX-License-Identifier: Apache-2.0
/*
 * What AppArmor denied, from its own audit records: the denial that is reported is the
 * denial that happened. The daemon finds the rule; here the words of a record become
 * the fields of an event.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "apparmor.h"

#define RECORD_SIZE 16384
/* Records that may wait, about 10,000. */
#define RECEIVE_BYTES (8 << 20)

int audit_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1) };
	int size = RECEIVE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_AUDIT);

	if (fd < 0)
		return -errno;
	/* Less will do when it is refused: what does not fit is counted. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		int code = -errno;

		close(fd);
		return code;
	}
	return fd;
}

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
	{ "rename_src", KUBEARMOR_OPERATION_UNLINK, "lsm=FILE_RENAME" },
	{ "rename_dest", KUBEARMOR_OPERATION_UNLINK, "lsm=FILE_RENAME" },
	{ "link", KUBEARMOR_OPERATION_CREATE, "lsm=FILE_LINK" },
	{ "symlink", KUBEARMOR_OPERATION_SYMLINK, "lsm=FILE_SYMLINK" },
	{ "truncate", KUBEARMOR_OPERATION_TRUNCATE, "lsm=FILE_TRUNCATE" },
	{ "chmod", KUBEARMOR_OPERATION_CHMOD, "lsm=FILE_CHMOD" },
	{ "chown", KUBEARMOR_OPERATION_CHOWN, "lsm=FILE_CHOWN" },
	{ "file_receive", KUBEARMOR_OPERATION_RECEIVE, "lsm=FILE_RECEIVE" },
	{ "file_mmap", KUBEARMOR_OPERATION_MMAP_EXEC, "lsm=MMAP_FILE" },
	{ "create", KUBEARMOR_OPERATION_SOCKET, "lsm=SOCKET_CREATE" },
	{ "bind", KUBEARMOR_OPERATION_BIND, "lsm=SOCKET_BIND" },
	{ "listen", KUBEARMOR_OPERATION_LISTEN, "lsm=SOCKET_LISTEN" },
	{ "connect", KUBEARMOR_OPERATION_CONNECT, "lsm=SOCKET_CONNECT" },
	{ "accept", KUBEARMOR_OPERATION_ACCEPT, "lsm=SOCKET_ACCEPT" },
	{ "sendmsg", KUBEARMOR_OPERATION_SENDMSG, "lsm=SOCKET_SENDMSG" },
	{ "capable", KUBEARMOR_OPERATION_CAPABLE, "lsm=CAPABLE" },
};

struct record {
	char operation[32];
	char resource[8192];
	char comm[64];
	char mask[32];
	char hook[96];
	char process[4096];
	char parent[4096];
	struct kubearmor_event event;
};

static uint16_t class_of(const struct record *record)
{
	switch (record->event.operation) {
	case KUBEARMOR_OPERATION_CAPABLE:
		return KUBEARMOR_CLASS_CAPABILITY;
	case KUBEARMOR_OPERATION_EXEC:
		return KUBEARMOR_CLASS_PROCESS;
	default:
		return record->event.operation >= KUBEARMOR_OPERATION_SOCKET ? KUBEARMOR_CLASS_NETWORK
									     : KUBEARMOR_CLASS_FILE;
	}
}

/* The executable of a process that may have ended by now. */
static struct kubearmor_string executable(uint32_t pid, char *path, size_t room)
{
	char link[64];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/%u/exe", pid);
	size = readlink(link, path, room);
	return (struct kubearmor_string){ path, size > 0 ? (uint64_t)size : 0 };
}

static uint32_t parent_of(uint32_t pid)
{
	char path[64], text[512], *end;
	uint32_t parent = 0;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	end = strrchr(text, ')');
	if (end)
		sscanf(end + 1, " %*c %u", &parent);
	return parent;
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

static void fill_task(struct record *record, const char *text)
{
	struct kubearmor_event *event = &record->event;
	size_t size = text_of(text, "comm", record->comm, sizeof(record->comm));
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	event->time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	event->comm = (struct kubearmor_string){ record->comm, size };
	event->host_pid = number_of(text, "pid", 0);
	event->host_ppid = parent_of(event->host_pid);
	event->uid = number_of(text, "fsuid", 0);
	event->object_uid = number_of(text, "ouid", ~0u);
	event->process = executable(event->host_pid, record->process, sizeof(record->process));
	event->parent = executable(event->host_ppid, record->parent, sizeof(record->parent));
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
		size = text_of(text, "name", record->resource, sizeof(record->resource));
		/* A directory's. */
		if (size > 1 && record->resource[size - 1] == '/')
			size--;
	}
	event->resource = (struct kubearmor_string){ record->resource, size };
	text_of(text, "denied_mask", record->mask, sizeof(record->mask));
	event->access = access_of(record->mask);
}

/* Makes an event of the words of a record; 0 when it is none of ours. */
static int read_record(struct record *record, const char *text, uint64_t workload)
{
	char profile[64], verdict[16];

	text_of(text, "apparmor", verdict, sizeof(verdict));
	text_of(text, "profile", profile, sizeof(profile));
	text_of(text, "operation", record->operation, sizeof(record->operation));
	if (strcmp(verdict, "DENIED") || strncmp(profile, PROFILE_PREFIX, strlen(PROFILE_PREFIX)))
		return 0;
	record->event = (struct kubearmor_event){ .struct_size = sizeof(record->event), .workload = workload };
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		if (strcmp(record->operation, operations[i].name))
			continue;
		record->event.operation = operations[i].operation;
		record->event.hook = (struct kubearmor_string){ operations[i].hook, strlen(operations[i].hook) };
		record->event.class_ = class_of(record);
		fill_object(record, text);
		fill_task(record, text);
		return 1;
	}
	return 0;
}

int32_t audit_poll(struct apparmor *self, int32_t timeout_ms, char *error, uint64_t error_size)
{
	struct pollfd wait = { .fd = self->audit, .events = POLLIN };
	char buffer[RECORD_SIZE + 1];
	struct nlmsghdr header;
	struct record record;
	int32_t count = 0;
	ssize_t size;

	if (poll(&wait, 1, timeout_ms) <= 0)
		return 0;
	while ((size = recv(self->audit, buffer, RECORD_SIZE, 0)) >= 0 || errno == ENOBUFS || errno == EINTR) {
		if (size < 0) {
			atomic_fetch_add(&self->dropped, errno == ENOBUFS);
			continue;
		}
		buffer[size] = '\0';
		if ((size_t)size < sizeof(header))
			continue;
		memcpy(&header, buffer, sizeof(header));
		if (header.nlmsg_type != AUDIT_AVC || !read_record(&record, buffer + sizeof(header), self->workload))
			continue;
		self->host->emit(self->host->context, &record.event, 1);
		atomic_fetch_add(&self->delivered, 1);
		count++;
	}
	if (errno != EAGAIN)
		return fail(error, error_size, -errno, "the audit records cannot be read: %s", strerror(errno));
	return count;
}
