// SPDX-License-Identifier: Apache-2.0
/* From the ring buffer to the host, a batch at a time. */
#include <poll.h>
#include <unistd.h>

#include "ebpf.h"

/* Events of one call at most, so that it ends in time however fast they come. */
#define POLL_EVENTS 16384

/* Delivers up to BATCH records; returns how many it took, delivered or not. */
static uint32_t deliver(struct monitor *monitor, uint32_t *delivered)
{
	uint64_t position = ring_begin(&monitor->ring);
	uint32_t taken = 0, count = 0, size;
	const void *record;

	monitor->arena_used = 0;
	while (taken < BATCH && monitor->arena_used <= ARENA - ARENA_EVENT) {
		record = ring_next(&monitor->ring, &position, &size);
		if (!record)
			break;
		taken++;
		if (decode(monitor, record, size, &monitor->batch[count]))
			count++;
		else
			atomic_fetch_add_explicit(&monitor->malformed, 1, memory_order_relaxed);
	}
	if (count > 0)
		monitor->host->emit(monitor->host->context, monitor->batch, count);
	ring_release(&monitor->ring, position);
	atomic_fetch_add_explicit(&monitor->delivered, count, memory_order_relaxed);
	*delivered += count;
	return taken;
}

static uint32_t deliver_all(struct monitor *monitor)
{
	uint32_t delivered = 0;

	while (delivered < POLL_EVENTS && !atomic_load(&monitor->closing)) {
		if (deliver(monitor, &delivered) == 0)
			break;
	}
	return delivered;
}

int32_t monitor_poll(struct monitor *monitor, int32_t timeout_ms, struct error error)
{
	struct pollfd waits[2] = {
		{ .fd = monitor->ring.map, .events = POLLIN },
		{ .fd = monitor->wake, .events = POLLIN },
	};
	int32_t delivered = deliver_all(monitor);

	if (delivered > 0 || timeout_ms == 0)
		return delivered;
	if (poll(waits, 2, timeout_ms) < 0)
		return errno == EINTR ? 0 : fail(error, errno, "waiting for events failed with %s", errno_name(errno));
	return deliver_all(monitor);
}
