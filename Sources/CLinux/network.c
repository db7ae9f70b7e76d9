// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "kubearmor_network.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

static int lookup(const char *host, const char *port, int type, int flags, struct addrinfo **list)
{
	struct addrinfo hints = { .ai_socktype = type, .ai_flags = flags | AI_NUMERICSERV };
	int status = getaddrinfo(host, port, &hints, list);

	if (!status)
		return 0;
	return status == EAI_SYSTEM && errno ? -errno : status == EAI_MEMORY ? -ENOMEM : -ENXIO;
}

/* Waits for a connection that is under way. */
static int connected(int fd, int timeout_ms)
{
	struct pollfd entry = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);
	int count = poll(&entry, 1, timeout_ms);

	if (count < 0)
		return -errno;
	if (!count)
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		return -errno;
	return -error;
}

static int connect_one(const struct addrinfo *address, int timeout_ms)
{
	int fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen))
		error = errno == EINPROGRESS ? connected(fd, timeout_ms) : -errno;
	if (!error)
		return fd;
	close(fd);
	return error;
}

int kubearmor_network_connect(const char *host, const char *port, int datagram, int timeout_ms)
{
	struct addrinfo *list = NULL;
	int result = lookup(host, port, datagram ? SOCK_DGRAM : SOCK_STREAM, 0, &list);

	if (result)
		return result;
	result = -ENXIO;
	for (struct addrinfo *address = list; address && result < 0; address = address->ai_next)
		result = connect_one(address, timeout_ms);
	freeaddrinfo(list);
	if (result >= 0 && !datagram) {
		const int on = 1;

		/* Batches are written whole: nothing is won by waiting for more. */
		setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(result, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	return result;
}

int kubearmor_network_listen(const char *address, const char *port)
{
	struct addrinfo *list = NULL;
	const int on = 1;
	int error = lookup(address, port, SOCK_STREAM, AI_NUMERICHOST | AI_PASSIVE, &list);
	int fd;

	if (error)
		return error;
	fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		error = errno;
		freeaddrinfo(list);
		return -error;
	}
	/* A daemon that is started again finds connections of the one before. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, list->ai_addr, list->ai_addrlen) || listen(fd, BACKLOG)) {
		error = errno;
		close(fd);
		fd = -error;
	}
	freeaddrinfo(list);
	return fd;
}

int kubearmor_network_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size))
		return -errno;
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

void kubearmor_network_buffer(int fd, int bytes)
{
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

uint64_t kubearmor_resident_bytes(void)
{
	unsigned long long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file)
		return 0;
	if (fscanf(file, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
