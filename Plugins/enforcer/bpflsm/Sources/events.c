// SPDX-License-Identifier: Apache-2.0
/* Records of the ring buffer, decoded in place and handed to the daemon. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "bpflsm.h"

/* Records of one poll at most, so that what goes by time is done in a flood, too. */
#define POLL_RECORDS 16384

static struct kubearmor_string text(const char *data)
{
	return (struct kubearmor_string){ data, strlen(data) };
}

static struct kubearmor_string bounded(const char *data, size_t size)
{
	return (struct kubearmor_string){ data, strnlen(data, size) };
}

/* Of what the enforcer guards; `kind` is one of KUBEARMOR_GUARD_…. */
static const char *guard_name(uint32_t kind)
{
	switch (kind) {
	case KUBEARMOR_GUARD_MAP:
		return "lsm=BPF_MAP";
	case KUBEARMOR_GUARD_PROGRAM:
		return "lsm=BPF_PROG";
	default:
		return "lsm=PTRACE_ACCESS_CHECK";
	}
}

/* Names as KubeArmor's consumers know them (field Data). */
static const char *hook_name(const struct kubearmor_kernel_event *record)
{
	switch (record->operation) {
	case KUBEARMOR_OPERATION_EXEC:
		return "lsm=SECURITY_BPRM_CHECK";
	case KUBEARMOR_OPERATION_OPEN:
		return "lsm=FILE_OPEN";
	case KUBEARMOR_OPERATION_CREATE:
	case KUBEARMOR_OPERATION_MKNOD:
		return "lsm=FILE_MKNOD";
	case KUBEARMOR_OPERATION_MKDIR:
		return "lsm=FILE_MKDIR";
	case KUBEARMOR_OPERATION_RMDIR:
		return "lsm=FILE_RMDIR";
	case KUBEARMOR_OPERATION_UNLINK:
		return "lsm=FILE_UNLINK";
	case KUBEARMOR_OPERATION_RENAME:
		return "lsm=FILE_RENAME";
	case KUBEARMOR_OPERATION_LINK:
		return "lsm=FILE_LINK";
	case KUBEARMOR_OPERATION_SYMLINK:
		return "lsm=FILE_SYMLINK";
	case KUBEARMOR_OPERATION_TRUNCATE:
		return "lsm=FILE_TRUNCATE";
	case KUBEARMOR_OPERATION_CHMOD:
		return "lsm=FILE_CHMOD";
	case KUBEARMOR_OPERATION_CHOWN:
		return "lsm=FILE_CHOWN";
	case KUBEARMOR_OPERATION_SETXATTR:
		return "lsm=FILE_SETXATTR";
	case KUBEARMOR_OPERATION_RECEIVE:
		return "lsm=FILE_RECEIVE";
	case KUBEARMOR_OPERATION_MMAP_EXEC:
		return "lsm=MMAP_FILE";
	case KUBEARMOR_OPERATION_SOCKET:
		return "lsm=SOCKET_CREATE";
	case KUBEARMOR_OPERATION_BIND:
		return "lsm=SOCKET_BIND";
	case KUBEARMOR_OPERATION_LISTEN:
		return "lsm=SOCKET_LISTEN";
	case KUBEARMOR_OPERATION_CONNECT:
		return record->class_ == KUBEARMOR_CLASS_FILE ? "lsm=UNIX_STREAM_CONNECT" : "lsm=SOCKET_CONNECT";
	case KUBEARMOR_OPERATION_ACCEPT:
		return "lsm=SOCKET_ACCEPT";
	case KUBEARMOR_OPERATION_SENDMSG:
		return record->class_ == KUBEARMOR_CLASS_FILE ? "lsm=UNIX_MAY_SEND" : "lsm=SOCKET_SENDMSG";
	case KUBEARMOR_OPERATION_CAPABLE:
		return "lsm=CAPABLE";
	case KUBEARMOR_OPERATION_DNS_QUERY:
		return "lsm=SOCKET_SENDMSG";
	case KUBEARMOR_OPERATION_MOUNT:
		return "lsm=SB_MOUNT";
	case KUBEARMOR_OPERATION_UMOUNT:
		return "lsm=SB_UMOUNT";
	case KUBEARMOR_OPERATION_SYSCALL:
		return guard_name(record->flags);
	case KUBEARMOR_OPERATION_PRESET:
		return "";
	default:
		return "lsm=UNKNOWN";
	}
}

/*
 * The kernel carries the low 24 bits of a generation. The whole number is that of
 * the workload now, or the latest before it with these bits.
 */
uint64_t whole_generation(const struct bpflsm *self, uint64_t workload, uint32_t bits)
{
	uint64_t now = 0, whole;

	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		if (self->workloads[slot].key == workload) {
			now = self->workloads[slot].generation;
			break;
		}
	}
	whole = (now & ~(uint64_t)KUBEARMOR_ACTIVE_GENERATION_MASK) | bits;
	if (whole > now && whole > KUBEARMOR_ACTIVE_GENERATION_MASK)
		whole -= (uint64_t)KUBEARMOR_ACTIVE_GENERATION_MASK + 1;
	return whole;
}

/* Room for a hook's name and a DNS name. */
#define HOOK_TEXT 320

static void deliver(struct bpflsm *self, const struct kubearmor_kernel_event *record, size_t size)
{
	const char *cursor = (const char *)(record + 1);
	struct kubearmor_event event = { .struct_size = sizeof(event) };
	char object[OBJECT_TEXT], hook[HOOK_TEXT];

	if (size < sizeof(*record) ||
	    size - sizeof(*record) < (size_t)record->process_size + record->parent_size + record->resource_size +
					     record->target_size + record->arguments_size + record->cwd_size) {
		atomic_fetch_add(&self->malformed, 1);
		return;
	}
	event.operation = record->operation;
	event.class_ = record->class_;
	event.time_ns = record->time_ns;
	event.workload = record->workload;
	event.generation = whole_generation(self, record->workload, record->generation);
	event.cgroup = record->cgroup;
	event.exec_id = record->exec_id;
	event.session = record->session;
	event.rule = record->rule;
	event.action = record->action;
	event.result = (int32_t)record->result;
	event.access = record->access;
	event.flags = record->flags;
	event.object_uid = record->object_uid;
	event.host_pid = record->host_pid;
	event.host_ppid = record->host_ppid;
	event.pid = record->pid;
	event.ppid = record->ppid;
	event.uid = record->uid;
	event.comm = bounded(record->comm, sizeof(record->comm));
	event.tty = bounded(record->tty, sizeof(record->tty));
	event.hook = text(hook_name(record));
	event.process = (struct kubearmor_string){ cursor, record->process_size };
	cursor += record->process_size;
	event.parent = (struct kubearmor_string){ cursor, record->parent_size };
	cursor += record->parent_size;
	event.resource = (struct kubearmor_string){ cursor, record->resource_size };
	/* A place is a directory's path behind a mark. */
	if (record->resource_size && *cursor == KUBEARMOR_OBJECT_PLACE)
		event.resource = (struct kubearmor_string){ cursor + 1, record->resource_size - 1u };
	if (record->class_ == KUBEARMOR_CLASS_NETWORK || record->class_ == KUBEARMOR_CLASS_CAPABILITY) {
		event.resource.length = object_text((const unsigned char *)cursor, record->resource_size, object);
		event.resource.data = object;
	}
	if (record->class_ == KUBEARMOR_CLASS_CAPABILITY) {
		snprintf(hook, sizeof(hook), "%s %.*s", hook_name(record), (int)event.resource.length,
			 object);
		event.hook = text(hook);
	}
	if (record->class_ == KUBEARMOR_CLASS_DNS && record->resource_size) {
		event.resource = (struct kubearmor_string){ cursor + 1, record->resource_size - 1u };
		snprintf(hook, sizeof(hook), "%s domain=%.*s", hook_name(record),
			 (int)event.resource.length, cursor + 1);
		event.hook = text(hook);
	}
	cursor += record->resource_size;
	event.target = (struct kubearmor_string){ cursor, record->target_size };
	cursor += record->target_size;
	event.arguments = (struct kubearmor_string){ cursor, record->arguments_size };
	cursor += record->arguments_size;
	event.cwd = (struct kubearmor_string){ cursor, record->cwd_size };
	self->host->emit(self->host->context, &event, 1);
	atomic_fetch_add(&self->delivered, 1);
}

int32_t records_poll(struct bpflsm *self, int32_t timeout_ms)
{
	struct pollfd wait = { .fd = self->ring.map, .events = POLLIN };
	uint64_t position = ring_begin(&self->ring);
	const void *record;
	int32_t count = 0;
	uint32_t size;

	if (poll(&wait, 1, timeout_ms) < 0)
		return errno == EINTR ? 0 : -errno;
	while (count < POLL_RECORDS && (record = ring_next(&self->ring, &position, &size))) {
		deliver(self, record, size);
		ring_release(&self->ring, position);
		count++;
	}
	return count;
}
