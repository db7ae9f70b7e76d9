// SPDX-License-Identifier: Apache-2.0
/*
 * Which files are opened to be executed. The kernel queues the file itself, so that its path
 * is known however short the process lives; procfs would have to be asked in time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include "executions.h"

/* Between an opening and the execution; the last process of those with the same low bits is known. */
#define SLOTS 1024u

struct execution {
	uint32_t pid;
	char *path;
};

struct executions {
	int fd;
	int mounts;
	struct execution slots[SLOTS];
};

struct executions *executions_open(void)
{
	struct executions *executions = calloc(1, sizeof(*executions));

	if (!executions)
		return NULL;
	executions->fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
				       O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME);
	executions->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (executions->fd < 0 || executions->mounts < 0) {
		executions_close(executions);
		return NULL;
	}
	executions_look(executions);
	return executions;
}

void executions_close(struct executions *executions)
{
	if (!executions)
		return;
	if (executions->fd >= 0)
		close(executions->fd);
	if (executions->mounts >= 0)
		close(executions->mounts);
	for (size_t i = 0; i < SLOTS; i++)
		free(executions->slots[i].path);
	free(executions);
}

int executions_descriptor(const struct executions *executions)
{
	return executions ? executions->fd : -1;
}

int executions_mounts(const struct executions *executions)
{
	return executions ? executions->mounts : -1;
}

/* Blanks and the like are written in octal there. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		unsigned byte;

		if (text[0] == '\\' && sscanf(text + 1, "%3o", &byte) == 1) {
			*to++ = (char)byte;
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

void executions_look(struct executions *executions)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, path[4096];
	size_t room = 0;

	while (executions && file && getline(&line, &room, file) > 0) {
		/* Some file systems cannot be watched; nothing is executed on those. */
		if (sscanf(line, "%*d %*d %*s %*s %4095s", path) != 1)
			continue;
		unescape(path);
		fanotify_mark(executions->fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC, AT_FDCWD, path);
	}
	free(line);
	if (file)
		fclose(file);
}

/* The dynamic loader is opened by the kernel after the program, and a script before its interpreter. */
static int is_program(int fd, const char *path)
{
	const char *name = strrchr(path, '/');
	char begin[2];

	if (!name || !strncmp(name, "/ld-", 4) || !strncmp(name, "/ld.so", 6) || !strncmp(name, "/ld64.so", 8))
		return 0;
	return pread(fd, begin, sizeof(begin), 0) != sizeof(begin) || memcmp(begin, "#!", sizeof(begin)) != 0;
}

static void take(struct executions *executions, const struct fanotify_event_metadata *event)
{
	struct execution *slot = &executions->slots[(uint32_t)event->pid % SLOTS];
	char link[64], path[4096];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", event->fd);
	size = readlink(link, path, sizeof(path) - 1);
	if (size <= 0)
		return;
	path[size] = '\0';
	if (!is_program(event->fd, path))
		return;
	free(slot->path);
	slot->pid = (uint32_t)event->pid;
	slot->path = strdup(path);
}

void executions_update(struct executions *executions)
{
	char buffer[8192] __attribute__((aligned(8)));
	ssize_t size;

	while (executions && (size = read(executions->fd, buffer, sizeof(buffer))) > 0) {
		const struct fanotify_event_metadata *event = (const void *)buffer;

		for (; FAN_EVENT_OK(event, size); event = FAN_EVENT_NEXT(event, size)) {
			if (event->fd < 0)
				continue;
			take(executions, event);
			close(event->fd);
		}
	}
}

const char *executions_of(const struct executions *executions, uint32_t pid)
{
	const struct execution *slot = executions ? &executions->slots[pid % SLOTS] : NULL;

	return slot && slot->pid == pid ? slot->path : NULL;
}
