// SPDX-License-Identifier: Apache-2.0
/* The kernel's audit records: the denial that is reported is the denial that happened. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "selinux.h"

int32_t audit_read(struct selinux *self, char *error, uint64_t error_size)
{
	struct record *record = malloc(sizeof(*record));
	char *buffer = malloc(AUDIT_RECORD_SIZE + 1);
	struct nlmsghdr header;
	int32_t count = 0;
	ssize_t size;

	if (!record || !buffer) {
		free(record);
		free(buffer);
		return fail(error, error_size, -ENOMEM, "no memory for audit records");
	}
	while ((size = recv(self->audit, buffer, AUDIT_RECORD_SIZE, 0)) >= 0 || errno == ENOBUFS || errno == EINTR) {
		if (size < 0) {
			atomic_fetch_add(&self->dropped, errno == ENOBUFS);
			continue;
		}
		buffer[size] = '\0';
		if ((size_t)size < sizeof(header))
			continue;
		memcpy(&header, buffer, sizeof(header));
		if (header.nlmsg_type != AUDIT_AVC || !event_read(self, record, buffer + sizeof(header)))
			continue;
		self->host->emit(self->host->context, &record->event, 1);
		atomic_fetch_add(&self->delivered, 1);
		count++;
	}
	free(record);
	free(buffer);
	if (errno != EAGAIN)
		return fail(error, error_size, -errno, "the audit records cannot be read: %s", strerror(errno));
	return count;
}
