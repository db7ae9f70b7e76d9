// SPDX-License-Identifier: Apache-2.0
/*
 * The ring buffer, read in place: records stay the plugin's until a whole batch
 * has been delivered, which libbpf's own reader (a record at a time) cannot do.
 */
#include <linux/bpf.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ebpf.h"

int32_t ring_open(struct ring *ring, int map, struct error error)
{
	struct bpf_map_info info = {};
	uint32_t info_size = sizeof(info);

	memset(ring, 0, sizeof(*ring));
	if (bpf_obj_get_info_by_fd(map, &info, &info_size) != 0)
		return fail(error, errno, "asking for the ring buffer's size failed with %s", errno_name(errno));
	ring->size = info.max_entries;
	ring->page = sysconf(_SC_PAGESIZE);
	ring->consumer_page = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	/* The data are mapped twice in a row, so that no record is ever split. */
	ring->producer_pages = mmap(NULL, ring->page + 2 * ring->size, PROT_READ, MAP_SHARED, map, ring->page);
	if (ring->consumer_page == MAP_FAILED || ring->producer_pages == MAP_FAILED) {
		int code = errno;

		ring_close(ring);
		return fail(error, code, "mapping the ring buffer failed with %s: free memory", errno_name(code));
	}
	ring->data = (const uint8_t *)ring->producer_pages + ring->page;
	return 0;
}

void ring_close(struct ring *ring)
{
	if (ring->consumer_page && ring->consumer_page != MAP_FAILED)
		munmap(ring->consumer_page, ring->page);
	if (ring->producer_pages && ring->producer_pages != MAP_FAILED)
		munmap(ring->producer_pages, ring->page + 2 * ring->size);
	memset(ring, 0, sizeof(*ring));
}

uint64_t ring_begin(const struct ring *ring)
{
	return atomic_load_explicit((_Atomic uint64_t *)ring->consumer_page, memory_order_relaxed);
}

const void *ring_next(const struct ring *ring, uint64_t *position, uint32_t *size)
{
	uint64_t end = atomic_load_explicit((_Atomic uint64_t *)ring->producer_pages, memory_order_acquire);

	while (*position < end) {
		const uint8_t *header = ring->data + (*position & (ring->size - 1));
		uint32_t length = atomic_load_explicit((_Atomic uint32_t *)header, memory_order_acquire);

		if (length & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		*size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		*position += (*size + BPF_RINGBUF_HDR_SZ + 7) & ~7ull;
		if (!(length & BPF_RINGBUF_DISCARD_BIT))
			return header + BPF_RINGBUF_HDR_SZ;
	}
	return NULL;
}

void ring_release(struct ring *ring, uint64_t position)
{
	atomic_store_explicit((_Atomic uint64_t *)ring->consumer_page, position, memory_order_release);
}
