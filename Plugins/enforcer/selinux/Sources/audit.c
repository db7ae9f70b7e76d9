// SPDX-License-Identifier: Apache-2.0
/* The kernel's audit records: the denial that is reported is the denial that happened. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "selinux.h"

int32_t audit_read(struct selinux *self, char *error, uint64_t error_size)
{
	struct record *record = malloc(sizeof(*record));
	char *buffer = malloc(AUDIT_RECORD_SIZE + 1);
	const char *text;
	int32_t count = 0;

	if (!record || !buffer) {
		free(record);
		free(buffer);
		return fail(error, error_size, -ENOMEM, "no memory for audit records");
	}
	while ((text = audit_next(self->audit, buffer, &self->dropped))) {
		if (!event_read(self, record, text))
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
