// SPDX-License-Identifier: Apache-2.0
/*
 * What AppArmor denied and audited, from its own audit records: the denial that is reported
 * is the denial that happened.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "record.h"

static void emit(struct apparmor *self, const struct record *record)
{
	self->host->emit(self->host->context, &record->event, 1);
	atomic_fetch_add(record->event.result < 0 ? &self->denied : &self->audited, 1);
}

int32_t audit_poll(struct apparmor *self, int32_t timeout_ms, char *error, uint64_t error_size)
{
	struct pollfd wait = { .fd = self->audit, .events = POLLIN };
	char buffer[AUDIT_RECORD_SIZE + 1];
	struct nlmsghdr header;
	struct record record;
	int32_t count = 0;
	ssize_t size;

	if (poll(&wait, 1, timeout_ms) <= 0)
		return 0;
	while ((size = recv(self->audit, buffer, AUDIT_RECORD_SIZE, 0)) >= 0 || errno == ENOBUFS || errno == EINTR) {
		if (size < 0) {
			atomic_fetch_add(&self->dropped, errno == ENOBUFS);
			continue;
		}
		buffer[size] = '\0';
		if ((size_t)size < sizeof(header))
			continue;
		memcpy(&header, buffer, sizeof(header));
		if (header.nlmsg_type != AUDIT_AVC || !record_read(self, &record, buffer + sizeof(header)))
			continue;
		emit(self, &record);
		count++;
	}
	if (errno != EAGAIN)
		return fail(error, error_size, -errno, "the audit records cannot be read: %s", strerror(errno));
	return count;
}
