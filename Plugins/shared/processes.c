// SPDX-License-Identifier: Apache-2.0
/*
 * What processes have executed. An audit record names a process that may be gone by the time
 * it is read; the kernel's process events come earlier, with the execution itself.
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executions.h"
#include "processes.h"

/* The last one of all whose number has the same low bits is known. */
#define SLOTS 8192u
#define RECEIVE_BYTES (1 << 20)

struct process {
	uint32_t pid; /* 0: none */
	uint32_t parent;
	uint32_t user;
	char *executable; /* NULL: unknown */
};

struct processes {
	int fd;
	struct executions *executions; /* NULL: not told */
	int end; /* becomes readable when the thread is to end */
	pthread_t thread;
	pthread_mutex_t lock; /* of the slots */
	struct process slots[SLOTS];
};

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

/* Its effective user; that of files is the same but in programs that say otherwise. */
static uint32_t read_user(uint32_t pid, uint32_t otherwise)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u", pid);
	return stat(path, &st) ? otherwise : st.st_uid;
}

static void set(struct processes *processes, uint32_t pid, uint32_t parent, uint32_t user, const char *executable)
{
	struct process *process = slot_of(processes, pid);
	char *copy = executable ? strdup(executable) : NULL;

	free(process->executable);
	*process = (struct process){ .pid = pid, .parent = parent, .user = user, .executable = copy };
}

static void take(struct processes *processes, const struct proc_event *event)
{
	const struct process *known;
	char path[4096];
	uint32_t pid;

	if (event->what == PROC_EVENT_EXEC) {
		const char *executable = path;

		pid = (uint32_t)event->event_data.exec.process_tgid;
		/* It may be over already: what it had opened is known all the same. */
		if (!read_executable(pid, path, sizeof(path)))
			executable = executions_of(processes->executions, pid);
		pthread_mutex_lock(&processes->lock);
		known = slot_of(processes, pid);
		set(processes, pid, known->pid == pid ? known->parent : 0,
		    read_user(pid, known->pid == pid ? known->user : 0), executable);
		pthread_mutex_unlock(&processes->lock);
	} else if (event->what == PROC_EVENT_UID) {
		pid = (uint32_t)event->event_data.id.process_tgid;
		pthread_mutex_lock(&processes->lock);
		if (slot_of(processes, pid)->pid == pid)
			slot_of(processes, pid)->user = event->event_data.id.e.euid;
		pthread_mutex_unlock(&processes->lock);
	} else if (event->what == PROC_EVENT_FORK &&
		   event->event_data.fork.child_pid == event->event_data.fork.child_tgid) {
		pid = (uint32_t)event->event_data.fork.parent_tgid;
		pthread_mutex_lock(&processes->lock);
		known = slot_of(processes, pid);
		set(processes, (uint32_t)event->event_data.fork.child_tgid, pid,
		    known->pid == pid ? known->user : read_user(pid, 0),
		    known->pid == pid ? known->executable : NULL);
		pthread_mutex_unlock(&processes->lock);
	}
}

static void take_all(struct processes *processes)
{
	char buffer[4096] __attribute__((aligned(8)));
	const struct nlmsghdr *header = (const void *)buffer;
	ssize_t size;

	/* What was too much is not known: procfs is asked instead. */
	while ((size = recv(processes->fd, buffer, sizeof(buffer), 0)) > 0 || errno == ENOBUFS) {
		const struct cn_msg *message = NLMSG_DATA(header);

		/* What is opened goes before what is executed. */
		executions_update(processes->executions);
		if (size >= (ssize_t)(NLMSG_HDRLEN + sizeof(*message) + sizeof(struct proc_event)) &&
		    message->id.idx == CN_IDX_PROC)
			take(processes, (const void *)message->data);
	}
}

/* Ahead of what it looks at, which may be over in a millisecond. */
static void *run(void *context)
{
	struct processes *processes = context;
	struct pollfd wait[] = {
		{ .fd = processes->fd, .events = POLLIN },
		{ .fd = processes->end, .events = POLLIN },
		{ .fd = executions_descriptor(processes->executions), .events = POLLIN },
		{ .fd = executions_mounts(processes->executions), .events = POLLPRI },
	};
	struct sched_param parameter = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameter))
		setpriority(PRIO_PROCESS, 0, -20);
	while (poll(wait, sizeof(wait) / sizeof(*wait), -1) >= 0 || errno == EINTR) {
		if (wait[1].revents)
			break;
		if (wait[3].revents)
			executions_look(processes->executions);
		executions_update(processes->executions);
		take_all(processes);
	}
	return NULL;
}

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
		processes->end = eventfd(0, EFD_CLOEXEC);
		processes->executions = executions_open();
		pthread_mutex_init(&processes->lock, NULL);
		if (processes->end >= 0 && bind(processes->fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		    send(processes->fd, request, sizeof(request), 0) == (ssize_t)sizeof(request) &&
		    pthread_create(&processes->thread, NULL, run, processes) == 0)
			return processes;
		executions_close(processes->executions);
		close(processes->end);
		close(processes->fd);
	}
	free(processes);
	return NULL;
}

void processes_close(struct processes *processes)
{
	if (!processes)
		return;
	eventfd_write(processes->end, 1);
	pthread_join(processes->thread, NULL);
	for (size_t i = 0; i < SLOTS; i++)
		free(processes->slots[i].executable);
	executions_close(processes->executions);
	close(processes->end);
	close(processes->fd);
	free(processes);
}

size_t processes_executable(struct processes *processes, uint32_t pid, char *path, size_t room)
{
	size_t size = read_executable(pid, path, room);
	const struct process *process;

	if (size || !processes)
		return size;
	pthread_mutex_lock(&processes->lock);
	process = slot_of(processes, pid);
	if (process->pid == pid && process->executable)
		size = (size_t)snprintf(path, room, "%s", process->executable);
	pthread_mutex_unlock(&processes->lock);
	return size;
}

static uint32_t read_parent(uint32_t pid)
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

uint32_t processes_parent(struct processes *processes, uint32_t pid)
{
	uint32_t parent = read_parent(pid);
	const struct process *process;

	if (parent || !processes)
		return parent;
	pthread_mutex_lock(&processes->lock);
	process = slot_of(processes, pid);
	if (process->pid == pid)
		parent = process->parent;
	pthread_mutex_unlock(&processes->lock);
	return parent;
}

uint32_t processes_user(struct processes *processes, uint32_t pid)
{
	const struct process *process;
	uint32_t user = 0;

	if (processes) {
		pthread_mutex_lock(&processes->lock);
		process = slot_of(processes, pid);
		if (process->pid == pid)
			user = process->user;
		pthread_mutex_unlock(&processes->lock);
	}
	return read_user(pid, user);
}
