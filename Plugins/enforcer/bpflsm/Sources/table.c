// SPDX-License-Identifier: Apache-2.0
/* Room in the map `cells`: first fit over the sorted list of used regions. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bpflsm.h"

/* Index 0 means "none" in `active`, so nothing is placed there. */
#define FIRST_CELL KUBEARMOR_AUTOMATON_HEADER_CELLS

static struct region *insert_at(struct table *table, uint32_t index, struct region region)
{
	memmove(&table->regions[index + 1], &table->regions[index], (table->used - index) * sizeof(region));
	table->regions[index] = region;
	table->used++;
	return &table->regions[index];
}

/* The first place at or behind `first` where `count` cells are in one chunk. */
static uint32_t in_one_chunk(uint32_t first, uint32_t count)
{
	uint32_t left = KUBEARMOR_CHUNK_CELLS - first % KUBEARMOR_CHUNK_CELLS;

	return count <= left ? first : first + left;
}

struct region *table_take(struct table *table, uint32_t count)
{
	uint32_t first = FIRST_CELL;

	if (count > KUBEARMOR_CHUNK_CELLS || table->used >= sizeof(table->regions) / sizeof(table->regions[0]))
		return NULL;
	for (uint32_t i = 0; i <= table->used; i++) {
		uint32_t limit = i < table->used ? table->regions[i].first : table->size;

		first = in_one_chunk(first, count);
		if (limit >= first && limit - first >= count)
			return insert_at(table, i, (struct region){ first, count });
		if (i < table->used)
			first = table->regions[i].first + table->regions[i].count;
	}
	return NULL;
}

int table_adopt(struct table *table, struct region region)
{
	uint32_t index = 0;

	if (region.first < FIRST_CELL || region.count == 0 || region.first >= table->size ||
	    region.count > table->size - region.first || in_one_chunk(region.first, region.count) != region.first ||
	    table->used >= sizeof(table->regions) / sizeof(table->regions[0]))
		return -1;
	while (index < table->used && table->regions[index].first < region.first)
		index++;
	if (index < table->used && region.first + region.count > table->regions[index].first)
		return -1;
	if (index > 0 && table->regions[index - 1].first + table->regions[index - 1].count > region.first)
		return -1;
	insert_at(table, index, region);
	return 0;
}

void table_give(struct table *table, uint32_t first)
{
	for (uint32_t i = 0; i < table->used; i++) {
		if (table->regions[i].first != first)
			continue;
		table->used--;
		memmove(&table->regions[i], &table->regions[i + 1], (table->used - i) * sizeof(table->regions[0]));
		return;
	}
}

uint64_t table_count(const struct table *table, uint32_t first)
{
	for (uint32_t i = 0; i < table->used; i++) {
		if (table->regions[i].first == first)
			return table->regions[i].count;
	}
	return 0;
}

int cells_map(const struct table *table, uint32_t first, uint32_t count, struct cells *cells)
{
	uint64_t page = sysconf(_SC_PAGESIZE), begin = first * sizeof(uint64_t), start = begin / page * page;

	if (first >= table->size || count > table->size - first) {
		errno = EINVAL;
		return -1;
	}
	cells->size = begin + count * sizeof(uint64_t) - start;
	cells->memory = mmap(NULL, cells->size, PROT_READ | PROT_WRITE, MAP_SHARED, table->fd, start);
	if (cells->memory == MAP_FAILED)
		return -1;
	cells->first = (uint64_t *)((char *)cells->memory + (begin - start));
	return 0;
}

void cells_unmap(struct cells *cells)
{
	munmap(cells->memory, cells->size);
}
