// SPDX-License-Identifier: Apache-2.0
/* The kernel's audit records: the denial that is reported is the denial that happened. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit_records.h"

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

const char *audit_next(int fd, char *buffer, _Atomic uint64_t *dropped)
{
	struct nlmsghdr header;
	ssize_t size;

	while ((size = recv(fd, buffer, AUDIT_RECORD_SIZE, 0)) >= 0 || errno == ENOBUFS || errno == EINTR) {
		if (size < 0) {
			atomic_fetch_add(dropped, errno == ENOBUFS);
			continue;
		}
		buffer[size] = '\0';
		if ((size_t)size < sizeof(header))
			continue;
		memcpy(&header, buffer, sizeof(header));
		if (header.nlmsg_type == AUDIT_AVC)
			return buffer + sizeof(header);
	}
	return NULL;
}

/* ---- the kernel's own queue ------------------------------------------------------ */

/* A burst; the kernel's default is 64, and what a security module has to say does not wait. */
#define BACKLOG 16384u

/* Sends a request and reads the status that answers it; 0 on success. */
static int ask(uint16_t type, struct audit_status *status)
{
	char buffer[NLMSG_SPACE(sizeof(*status)) + 256] __attribute__((aligned(8))) = {};
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;
	struct pollfd wait = { .events = POLLIN };
	int failed = -1;

	wait.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (wait.fd < 0)
		return -1;
	header->nlmsg_len = NLMSG_LENGTH(type == AUDIT_SET ? sizeof(*status) : 0);
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST;
	memcpy(NLMSG_DATA(header), status, sizeof(*status));
	if (send(wait.fd, buffer, header->nlmsg_len, 0) >= 0 && type == AUDIT_SET) {
		failed = 0;
	} else if (type == AUDIT_GET && poll(&wait, 1, 500) > 0) {
		ssize_t size = recv(wait.fd, buffer, sizeof(buffer), 0);

		failed = size < (ssize_t)NLMSG_LENGTH(offsetof(struct audit_status, backlog)) ||
			 header->nlmsg_type != AUDIT_GET;
		memcpy(status, NLMSG_DATA(header), sizeof(*status));
	}
	close(wait.fd);
	return failed;
}

void audit_prepare(void)
{
	struct audit_status status = {};

	/* 0 is without limit; more than ours is somebody's wish. */
	if (ask(AUDIT_GET, &status) || status.backlog_limit == 0 || status.backlog_limit >= BACKLOG)
		return;
	status = (struct audit_status){ .mask = AUDIT_STATUS_BACKLOG_LIMIT, .backlog_limit = BACKLOG };
	ask(AUDIT_SET, &status);
}

uint32_t audit_lost(void)
{
	struct audit_status status = {};

	return ask(AUDIT_GET, &status) ? 0 : status.lost;
}
