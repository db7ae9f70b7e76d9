// SPDX-License-Identifier: Apache-2.0
/*
 * What AppArmor denied and audited, from its own audit records: the denial that is reported
 * is the denial that happened.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "record.h"

static void emit(struct apparmor *self, const struct record *record)
{
	self->host->emit(self->host->context, &record->event, 1);
	atomic_fetch_add(record->event.result < 0 ? &self->denied : &self->audited, 1);
}

static int32_t read_all(struct apparmor *self, char *error, uint64_t error_size)
{
	char buffer[AUDIT_RECORD_SIZE + 1];
	struct record record;
	const char *text;
	int32_t count = 0;

	while ((text = audit_next(self->audit, buffer, &self->dropped))) {
		if (!record_read(self, &record, text))
			continue;
		emit(self, &record);
		count++;
	}
	if (errno != EAGAIN)
		return fail(error, error_size, -errno, "the audit records cannot be read: %s", strerror(errno));
	return count;
}

int32_t audit_read(struct apparmor *self, char *error, uint64_t error_size)
{
	int32_t count;

	pthread_mutex_lock(&self->audit_lock);
	count = read_all(self, error, error_size);
	pthread_mutex_unlock(&self->audit_lock);
	return count;
}

int32_t audit_poll(struct apparmor *self, int32_t timeout_ms, char *error, uint64_t error_size)
{
	struct pollfd wait = { .fd = self->audit, .events = POLLIN };

	return poll(&wait, 1, timeout_ms) <= 0 ? 0 : audit_read(self, error, error_size);
}
