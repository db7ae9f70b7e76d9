/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring buffer of the kernel (BPF_MAP_TYPE_RINGBUF), read in place: records stay
 * the reader's until it releases them, so that a batch of them can be handed on
 * at once. libbpf's reader gives one at a time and maps the data twice in a row,
 * all of it resident; here they are mapped once, and a record that goes over the
 * end is put together. One thread.
 */
#ifndef KUBEARMOR_SHARED_RING_H
#define KUBEARMOR_SHARED_RING_H

#include <stdint.h>

struct ring {
	int map;
	void *consumer_page;
	void *producer_pages;
	const uint8_t *data;
	uint64_t size;
	uint64_t page;
	uint8_t *split; /* the record that goes over the end: one at most between begin and release */
};

/*
 * Maps the ring buffer of the descriptor `map`, which stays the caller's; poll(2)
 * tells of records by it. Returns 0 or a negative errno value; then nothing is
 * mapped.
 */
int32_t ring_open(struct ring *ring, int map);
/* What was never opened may be closed, too. */
void ring_close(struct ring *ring);
uint64_t ring_begin(const struct ring *ring);
/* The record at *position, which moves on; NULL when there is none yet. It is good until it is released. */
const void *ring_next(struct ring *ring, uint64_t *position, uint32_t *size);
/* Gives everything before `position` back to the kernel. */
void ring_release(struct ring *ring, uint64_t position);

#endif
