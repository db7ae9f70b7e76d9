// SPDX-License-Identifier: Apache-2.0
/* The ring buffer, read in place. */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kubearmor_kernel.h"
#include "ring.h"

int32_t ring_open(struct ring *ring, int map)
{
	struct bpf_map_info info = {};
	uint32_t info_size = sizeof(info);

	memset(ring, 0, sizeof(*ring));
	if (bpf_obj_get_info_by_fd(map, &info, &info_size))
		return -errno;
	ring->map = map;
	ring->size = info.max_entries;
	ring->page = sysconf(_SC_PAGESIZE);
	ring->split = malloc(KUBEARMOR_RECORD_MAX);
	ring->consumer_page = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	ring->producer_pages = mmap(NULL, ring->page + ring->size, PROT_READ, MAP_SHARED, map, ring->page);
	if (!ring->split || ring->consumer_page == MAP_FAILED || ring->producer_pages == MAP_FAILED) {
		int code = ring->split ? errno : ENOMEM;

		ring_close(ring);
		return -code;
	}
	ring->data = (const uint8_t *)ring->producer_pages + ring->page;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->consumer_page && ring->consumer_page != MAP_FAILED)
		munmap(ring->consumer_page, ring->page);
	if (ring->producer_pages && ring->producer_pages != MAP_FAILED)
		munmap(ring->producer_pages, ring->page + ring->size);
	free(ring->split);
	memset(ring, 0, sizeof(*ring));
}

uint64_t ring_begin(const struct ring *ring)
{
	return atomic_load_explicit((_Atomic uint64_t *)ring->consumer_page, memory_order_relaxed);
}

/*
 * `size` bytes at `offset`; what goes over the end begins anew at the start. The
 * programs hand on no record that is larger than KUBEARMOR_RECORD_MAX.
 */
static const void *whole(struct ring *ring, uint64_t offset, uint32_t size)
{
	uint64_t rest = ring->size - offset;

	if (size <= rest)
		return ring->data + offset;
	memcpy(ring->split, ring->data + offset, rest);
	memcpy(ring->split + rest, ring->data, size - rest);
	return ring->split;
}

const void *ring_next(struct ring *ring, uint64_t *position, uint32_t *size)
{
	uint64_t end = atomic_load_explicit((_Atomic uint64_t *)ring->producer_pages, memory_order_acquire);

	while (*position < end) {
		/* Headers have 8 bytes and lie at multiples of 8: they are never split. */
		const uint8_t *header = ring->data + (*position & (ring->size - 1));
		uint32_t length = atomic_load_explicit((_Atomic uint32_t *)header, memory_order_acquire);
		uint64_t offset = (*position + BPF_RINGBUF_HDR_SZ) & (ring->size - 1);

		if (length & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		*size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		*position += (*size + BPF_RINGBUF_HDR_SZ + 7) & ~7ull;
		if (!(length & BPF_RINGBUF_DISCARD_BIT))
			return whole(ring, offset, *size);
	}
	return NULL;
}

void ring_release(struct ring *ring, uint64_t position)
{
	atomic_store_explicit((_Atomic uint64_t *)ring->consumer_page, position, memory_order_release);
}
