// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "kubearmor_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int kubearmor_lock_exclusive(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
}

int kubearmor_watch_open(void)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int kubearmor_watch_directory(int fd, const char *path)
{
	const uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ATTRIB |
			      IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
	int watch = inotify_add_watch(fd, path, mask);

	return watch < 0 ? -errno : watch;
}

int kubearmor_watch_children(int fd, const char *path)
{
	int watch = inotify_add_watch(fd, path, IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR);

	return watch < 0 ? -errno : watch;
}

int kubearmor_watch_remove(int fd, int watch)
{
	return inotify_rm_watch(fd, watch) ? -errno : 0;
}

static int watch_bits(const char *buffer, size_t size)
{
	int bits = 0;

	for (size_t at = 0; at + sizeof(struct inotify_event) <= size;) {
		struct inotify_event event;

		memcpy(&event, buffer + at, sizeof(event));
		if (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT))
			bits |= KUBEARMOR_WATCH_GONE;
		else if (!(event.mask & IN_IGNORED))
			bits |= KUBEARMOR_WATCH_CHANGED;
		at += sizeof(event) + event.len;
	}
	return bits;
}

int kubearmor_watch_drain(int fd)
{
	char buffer[8192];
	int bits = 0;

	for (;;) {
		ssize_t size = read(fd, buffer, sizeof(buffer));

		if (size > 0) {
			bits |= watch_bits(buffer, (size_t)size);
			continue;
		}
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno != EAGAIN)
			return -errno;
		return bits;
	}
}

int kubearmor_wake_open(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int kubearmor_wake_signal(int fd)
{
	return eventfd_write(fd, 1) ? -errno : 0;
}

int kubearmor_wake_clear(int fd)
{
	eventfd_t value;

	return eventfd_read(fd, &value) && errno != EAGAIN ? -errno : 0;
}

int kubearmor_wait_two(int first, int second, int timeout_ms)
{
	struct pollfd descriptors[2] = {
		{ .fd = first, .events = POLLIN },
		{ .fd = second, .events = POLLIN },
	};
	int count = poll(descriptors, 2, timeout_ms);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	return (descriptors[0].revents ? 1 : 0) | (descriptors[1].revents ? 2 : 0);
}

int kubearmor_notify(const char *address, const char *state, size_t length)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	size_t size = strlen(address);
	ssize_t sent;
	int fd, error;

	if (size < 2 || size >= sizeof(name.sun_path))
		return -EINVAL;
	memcpy(name.sun_path, address, size);
	if (name.sun_path[0] == '@')
		name.sun_path[0] = 0;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	sent = sendto(fd, state, length, MSG_NOSIGNAL, (const struct sockaddr *)&name,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
	error = sent < 0 ? -errno : 0;
	close(fd);
	return error;
}

const char *kubearmor_errno_text(int number)
{
	return strerrordesc_np(number);
}

void kubearmor_bound_memory(void)
{
	const int limit = 1 << 20;

	mallopt(M_MMAP_THRESHOLD, limit);
	mallopt(M_TRIM_THRESHOLD, limit);
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now = { 0 };

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t kubearmor_boottime_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

uint64_t kubearmor_realtime_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

size_t kubearmor_terminal_name(uint32_t device, char *text, size_t size)
{
	uint32_t major = device >> 8 & 0xfff;
	uint32_t minor = (device & 0xff) | (device >> 12 & 0xfff00);
	int length = 0;

	if (size == 0)
		return 0;
	text[0] = 0;
	/* Majors of Documentation/admin-guide/devices.txt: Unix98 pseudo-terminals, consoles, serial lines. */
	if (major >= 136 && major <= 143)
		length = snprintf(text, size, "pts%u", minor + (major - 136) * 256);
	else if (major == 4 && minor >= 64)
		length = snprintf(text, size, "ttyS%u", minor - 64);
	else if (major == 4)
		length = snprintf(text, size, "tty%u", minor);
	return length > 0 && (size_t)length < size ? (size_t)length : 0;
}

const char *kubearmor_open_flag(unsigned int index, uint32_t *bits)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} flags[] = {
		{ "O_CREAT", O_CREAT },	      { "O_EXCL", O_EXCL },	    { "O_NOCTTY", O_NOCTTY },
		{ "O_TRUNC", O_TRUNC },	      { "O_APPEND", O_APPEND },	    { "O_NONBLOCK", O_NONBLOCK },
		{ "O_SYNC", O_SYNC },	      { "O_DSYNC", O_DSYNC },	    { "O_ASYNC", O_ASYNC },
		{ "O_DIRECT", O_DIRECT },     { "O_TMPFILE", O_TMPFILE },   { "O_DIRECTORY", O_DIRECTORY },
		{ "O_NOFOLLOW", O_NOFOLLOW }, { "O_NOATIME", O_NOATIME },   { "O_CLOEXEC", O_CLOEXEC },
		{ "O_PATH", O_PATH },
	};

	if (index >= sizeof(flags) / sizeof(flags[0]))
		return NULL;
	*bits = flags[index].bits;
	return flags[index].name;
}

void kubearmor_trim_memory(void)
{
	malloc_trim(0);
}

void kubearmor_name_thread(const char *name)
{
	char kept[16];

	snprintf(kept, sizeof(kept), "%s", name);
	pthread_setname_np(pthread_self(), kept);
}
