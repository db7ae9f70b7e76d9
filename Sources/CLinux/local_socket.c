// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "kubearmor_local_socket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

/* Connections that wait to be accepted; the kernel takes net.core.somaxconn if that is less. */
#define BACKLOG 1024

/* A socket, and the address of `path` for it. */
static int local_socket(const char *path, int type, struct sockaddr_un *address)
{
	size_t size = strlen(path);
	int fd;

	if (!size || size >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, path, size);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fd < 0 ? -errno : fd;
}

static int close_with(int fd, int error)
{
	close(fd);
	return -error;
}

int kubearmor_local_listen(const char *path)
{
	struct sockaddr_un address;
	int fd = local_socket(path, SOCK_STREAM, &address);

	if (fd < 0)
		return fd;
	/* The file that bind makes has the socket's mode: at no moment has it another. */
	if (fchmod(fd, 0600))
		return close_with(fd, errno);
	if (unlink(path) && errno != ENOENT)
		return close_with(fd, errno);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, BACKLOG))
		return close_with(fd, errno);
	return fd;
}

int kubearmor_local_accept(int fd)
{
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return connection < 0 ? -errno : connection;
}

static int connect_local(const char *path, int type)
{
	struct sockaddr_un address;
	int fd = local_socket(path, type, &address);

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return close_with(fd, errno);
	return fd;
}

int kubearmor_local_connect(const char *path)
{
	return connect_local(path, SOCK_STREAM);
}

int kubearmor_local_connect_datagram(const char *path)
{
	return connect_local(path, SOCK_DGRAM);
}

int kubearmor_local_is_trusted(int fd, uint32_t *pid, uint32_t *uid)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	*pid = 0;
	*uid = UINT32_MAX;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size))
		return 0;
	*pid = (uint32_t)credentials.pid;
	*uid = credentials.uid;
	return *uid == 0 || *uid == geteuid();
}

int kubearmor_local_send(int fd, const void *bytes, size_t size)
{
	ssize_t count = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);

	return count < 0 ? -errno : (int)count;
}

int kubearmor_local_receive(int fd, void *bytes, size_t size)
{
	ssize_t count = recv(fd, bytes, size, MSG_DONTWAIT);

	return count < 0 ? -errno : (int)count;
}

int kubearmor_local_is_connected(int fd)
{
	struct pollfd entry = { .fd = fd, .events = POLLRDHUP };

	return poll(&entry, 1, 0) == 0;
}

int kubearmor_local_wait(int fd, int writing, int timeout_ms)
{
	struct pollfd entry = { .fd = fd, .events = writing ? POLLOUT : POLLIN };
	int count = poll(&entry, 1, timeout_ms);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	return count;
}

void kubearmor_system_log(const char *text)
{
	openlog("kubearmor", LOG_PID, LOG_DAEMON);
	syslog(LOG_WARNING, "%s", text);
	closelog();
}
