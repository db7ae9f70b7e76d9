// SPDX-License-Identifier: Apache-2.0
/*
 * A monitor for tests of feeders: reports the opens that it is told of through
 * the FIFO that the environment's DRIP_FIFO names. A line is a number of times
 * and a path, in which %NN is a byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"

#define HOST 1 /* the daemon's key of the host */
#define BATCH 256

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_MONITOR, "drip", "0.1.0", "Apache-2.0", "", "Reports what a test wants.");

static const struct kubearmor_host *host;
static int fifo = -1;
static char line[8192];
static size_t held;

static int32_t fail(int32_t code, const char *text, char *error, uint64_t error_size)
{
	if (error && error_size)
		snprintf(error, error_size, "%s", text);
	return code;
}

static int32_t probe(const struct kubearmor_host *services, struct kubearmor_probe *result, char *error,
		     uint64_t error_size)
{
	if (!services || !result)
		return fail(-EINVAL, "host or result is NULL: pass both", error, error_size);
	if (result->struct_size < sizeof(*result))
		return fail(-EINVAL, "the result is too small: install matching versions", error, error_size);
	result->usable = getenv("DRIP_FIFO") != NULL;
	return 0;
}

static int32_t open_(const struct kubearmor_host *services, void **self, char *error, uint64_t error_size)
{
	const char *path = getenv("DRIP_FIFO");

	if (!services || !self || !path)
		return fail(-EINVAL, "host, self or DRIP_FIFO is missing: set it", error, error_size);
	host = services;
	/* For writing too: then the end of a writer is not the end of what is read. */
	fifo = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fifo < 0)
		return fail(-errno, "DRIP_FIFO cannot be opened: make it", error, error_size);
	*self = &fifo;
	return 0;
}

static int32_t watch(void *self, uint64_t workload, uint32_t classes, char *error, uint64_t error_size)
{
	(void)workload;
	(void)classes;
	return self ? 0 : fail(-EINVAL, "self is NULL: pass it", error, error_size);
}

static int32_t bind_(void *self, uint64_t workload, const struct kubearmor_binding *binding, char *error,
		     uint64_t error_size)
{
	(void)workload;
	return self && binding ? 0 : fail(-EINVAL, "self or binding is NULL: pass both", error, error_size);
}

static int32_t unbind(void *self, const struct kubearmor_binding *binding, char *error, uint64_t error_size)
{
	return self && binding ? 0 : fail(-EINVAL, "self or binding is NULL: pass both", error, error_size);
}

static struct kubearmor_string text(const char *bytes, size_t length)
{
	return (struct kubearmor_string){ .data = bytes, .length = length };
}

static size_t decode(char *path)
{
	size_t length = 0;

	for (const char *at = path; *at; at++) {
		char digits[3] = { 0 };

		if (*at == '%' && at[1] && at[2]) {
			memcpy(digits, at + 1, 2);
			path[length++] = (char)strtoul(digits, NULL, 16);
			at += 2;
		} else {
			path[length++] = *at;
		}
	}
	return length;
}

static void drip(char *command)
{
	struct kubearmor_event events[BATCH];
	char *path;
	unsigned long count = strtoul(command, &path, 10);
	size_t length;
	struct timespec now;

	path += *path == ' ';
	length = decode(path);
	memset(events, 0, sizeof(events));
	clock_gettime(CLOCK_BOOTTIME, &now);
	for (int i = 0; i < BATCH; i++) {
		events[i] = (struct kubearmor_event){
			.struct_size = sizeof(events[i]),
			.operation = KUBEARMOR_OPERATION_OPEN,
			.class_ = KUBEARMOR_CLASS_FILE,
			.time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
			.workload = HOST,
			.access = KUBEARMOR_ACCESS_READ,
			.object_uid = 0xffffffffu,
			.host_pid = 4242,
			.host_ppid = 4241,
			.pid = 42,
			.ppid = 41,
			.comm = text("cat", 3),
			.process = text("/usr/bin/cat", 12),
			.parent = text("/usr/bin/bash", 13),
			.resource = text(path, length),
			.cwd = text("/root", 5),
			.hook = text("syscall=SYS_OPENAT", 18),
		};
	}
	for (; count; count -= count < BATCH ? count : BATCH)
		host->emit(host->context, events, count < BATCH ? count : BATCH);
}

static int32_t poll_(void *self, int32_t timeout_ms, char *error, uint64_t error_size)
{
	struct pollfd entry = { .fd = fifo, .events = POLLIN };
	ssize_t size;
	char *end;

	if (!self)
		return fail(-EINVAL, "self is NULL: pass it", error, error_size);
	if (poll(&entry, 1, timeout_ms) <= 0)
		return 0;
	size = read(fifo, line + held, sizeof(line) - 1 - held);
	if (size <= 0)
		return 0;
	held += (size_t)size;
	while ((end = memchr(line, '\n', held))) {
		*end = 0;
		drip(line);
		held -= (size_t)(end + 1 - line);
		memmove(line, end + 1, held);
	}
	return 1;
}

static int32_t close_(void *self, char *error, uint64_t error_size)
{
	return self ? close(fifo) : fail(-EINVAL, "self is NULL: pass it", error, error_size);
}

static const struct kubearmor_monitor table = {
	.struct_size = sizeof(table),
	.probe = probe,
	.open = open_,
	.watch = watch,
	.bind = bind_,
	.unbind = unbind,
	.poll = poll_,
	.close = close_,
};

int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, char *error,
			       uint64_t error_size)
{
	return answer_offer(offer, answer, KUBEARMOR_KIND_MONITOR, &table, error, error_size);
}
