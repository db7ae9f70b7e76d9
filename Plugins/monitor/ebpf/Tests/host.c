// SPDX-License-Identifier: Apache-2.0
/* The daemon's side of the contract: takes events, keeps copies, finds them again. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "drive.h"

struct seen *events;
uint32_t event_count;
uint64_t emitted;
int keep = 1;

static void copy_text(struct seen *seen, int index, struct kubearmor_string *string)
{
	uint64_t length = string->length < sizeof(seen->texts[0]) ? string->length : sizeof(seen->texts[0]);

	if (length > 0)
		memcpy(seen->texts[index], string->data, length);
	string->data = seen->texts[index];
}

static void on_emit(void *context, const struct kubearmor_event *batch, uint64_t count)
{
	(void)context;
	emitted += count;
	for (uint64_t i = 0; keep && i < count && event_count < EVENTS_MAX; i++) {
		struct seen *seen = &events[event_count++];

		seen->event = batch[i];
		copy_text(seen, 0, &seen->event.comm);
		copy_text(seen, 1, &seen->event.process);
		copy_text(seen, 2, &seen->event.parent);
		copy_text(seen, 3, &seen->event.resource);
		copy_text(seen, 4, &seen->event.target);
		copy_text(seen, 5, &seen->event.arguments);
		copy_text(seen, 6, &seen->event.cwd);
		copy_text(seen, 7, &seen->event.tty);
		copy_text(seen, 8, &seen->event.hook);
	}
}

static void on_log(void *context, uint32_t level, const char *text, uint64_t length)
{
	(void)context;
	printf("log %u: %.*s\n", level, (int)length, text);
}

const struct kubearmor_host host = { .struct_size = sizeof(host), .log = on_log, .emit = on_emit };

/* Takes in what has happened so far. */
void drain(void)
{
	while (table->poll(self, 50, error, sizeof(error)) > 0)
		;
}

int is(struct kubearmor_string string, const char *text)
{
	return string.length == strlen(text) && memcmp(string.data, text, string.length) == 0;
}

int has(struct kubearmor_string string, const char *text)
{
	return memmem(string.data, string.length, text, strlen(text)) != NULL;
}

/* The one event of `pid` (0: any) with this operation and resource; NULL when there is none, or more. */
const struct kubearmor_event *find(uint32_t pid, uint16_t operation, const char *resource)
{
	const struct kubearmor_event *found = NULL;

	for (uint32_t i = 0; i < event_count; i++) {
		const struct kubearmor_event *event = &events[i].event;

		if ((pid && event->host_pid != pid) || event->operation != operation || !is(event->resource, resource))
			continue;
		if (found)
			return NULL;
		found = event;
	}
	return found;
}

const struct kubearmor_event *find_hook(uint32_t pid, uint16_t operation, const char *hook)
{
	for (uint32_t i = 0; i < event_count; i++) {
		const struct kubearmor_event *event = &events[i].event;

		if ((!pid || event->host_pid == pid) && event->operation == operation && has(event->hook, hook))
			return event;
	}
	return NULL;
}

uint32_t ends_of(uint32_t pid)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < event_count; i++)
		count += events[i].event.host_pid == pid && events[i].event.operation == KUBEARMOR_OPERATION_EXIT;
	return count;
}

void print_events(uint32_t pid)
{
	for (uint32_t i = 0; i < event_count; i++) {
		const struct kubearmor_event *e = &events[i].event;

		if (e->host_pid == pid)
			printf("  op %u result %d access %u flags %o process %.*s resource %.*s hook %.*s\n",
			       e->operation, e->result, e->access, e->flags, (int)e->process.length, e->process.data,
			       (int)e->resource.length, e->resource.data, (int)e->hook.length, e->hook.data);
	}
}
