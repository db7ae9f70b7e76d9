// SPDX-License-Identifier: Apache-2.0
/*
 * What processes have executed. An audit record names a process that may be gone by the time
 * it is read; the kernel's process events come earlier, with the execution itself.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apparmor.h"

/* The last one of all whose number has the same low bits is known. */
#define SLOTS 8192u
#define RECEIVE_BYTES (1 << 20)

struct process {
	uint32_t pid; /* 0: none */
	uint32_t parent;
	char *executable; /* NULL: unknown */
};

struct processes {
	int fd;
	struct process slots[SLOTS];
};

struct processes *processes_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	enum proc_cn_mcast_op operation = PROC_CN_MCAST_LISTEN;
	struct cn_msg message = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(operation) };
	char request[NLMSG_SPACE(sizeof(message) + sizeof(operation))] = {};
	struct nlmsghdr header = { .nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE };
	struct processes *processes = calloc(1, sizeof(*processes));
	int size = RECEIVE_BYTES;

	if (!processes)
		return NULL;
	memcpy(request, &header, sizeof(header));
	memcpy(request + NLMSG_HDRLEN, &message, sizeof(message));
	memcpy(request + NLMSG_HDRLEN + sizeof(message), &operation, sizeof(operation));
	processes->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (processes->fd >= 0) {
		setsockopt(processes->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
		if (bind(processes->fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		    send(processes->fd, request, sizeof(request), 0) == (ssize_t)sizeof(request))
			return processes;
		close(processes->fd);
	}
	free(processes);
	return NULL;
}

void processes_close(struct processes *processes)
{
	if (!processes)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(processes->slots[i].executable);
	close(processes->fd);
	free(processes);
}

int processes_descriptor(const struct processes *processes)
{
	return processes ? processes->fd : -1;
}

static size_t read_executable(uint32_t pid, char *path, size_t room)
{
	char link[64];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/%u/exe", pid);
	size = readlink(link, path, room - 1);
	path[size < 0 ? 0 : size] = '\0';
	return size < 0 ? 0 : (size_t)size;
}

static struct process *slot_of(struct processes *processes, uint32_t pid)
{
	return &processes->slots[pid % SLOTS];
}

static void set(struct processes *processes, uint32_t pid, uint32_t parent, const char *executable)
{
	struct process *process = slot_of(processes, pid);
	char *copy = executable ? strdup(executable) : NULL;

	free(process->executable);
	*process = (struct process){ .pid = pid, .parent = parent, .executable = copy };
}

static void take(struct processes *processes, const struct proc_event *event)
{
	const struct process *known;
	char path[4096];
	uint32_t pid;

	if (event->what == PROC_EVENT_EXEC) {
		pid = (uint32_t)event->event_data.exec.process_tgid;
		known = slot_of(processes, pid);
		if (read_executable(pid, path, sizeof(path)))
			set(processes, pid, known->pid == pid ? known->parent : 0, path);
		else
			set(processes, pid, known->pid == pid ? known->parent : 0, NULL);
	} else if (event->what == PROC_EVENT_FORK &&
		   event->event_data.fork.child_pid == event->event_data.fork.child_tgid) {
		pid = (uint32_t)event->event_data.fork.parent_tgid;
		known = slot_of(processes, pid);
		set(processes, (uint32_t)event->event_data.fork.child_tgid, pid,
		    known->pid == pid ? known->executable : NULL);
	}
}

void processes_update(struct processes *processes)
{
	char buffer[4096] __attribute__((aligned(8)));
	const struct nlmsghdr *header = (const void *)buffer;
	ssize_t size;

	/* What was too much is not known: procfs is asked instead. */
	while (processes && ((size = recv(processes->fd, buffer, sizeof(buffer), 0)) > 0 || errno == ENOBUFS)) {
		const struct cn_msg *message = NLMSG_DATA(header);

		if (size >= (ssize_t)(NLMSG_HDRLEN + sizeof(*message) + sizeof(struct proc_event)) &&
		    message->id.idx == CN_IDX_PROC)
			take(processes, (const void *)message->data);
	}
}

size_t processes_executable(struct processes *processes, uint32_t pid, char *path, size_t room)
{
	const struct process *process = processes ? slot_of(processes, pid) : NULL;
	size_t size = read_executable(pid, path, room);

	if (size || !process || process->pid != pid || !process->executable)
		return size;
	return (size_t)snprintf(path, room, "%s", process->executable);
}

/* Of a process whose number the kernel has told when it began, else procfs' answer. */
uint32_t processes_parent(struct processes *processes, uint32_t pid)
{
	const struct process *process = processes ? slot_of(processes, pid) : NULL;
	char path[64], text[512], *end;
	uint32_t parent = 0;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	file = fopen(path, "re");
	if (file) {
		size = fread(text, 1, sizeof(text) - 1, file);
		text[size] = '\0';
		fclose(file);
		end = strrchr(text, ')');
		if (end)
			sscanf(end + 1, " %*c %u", &parent);
	}
	if (!parent && process && process->pid == pid)
		parent = process->parent;
	return parent;
}
