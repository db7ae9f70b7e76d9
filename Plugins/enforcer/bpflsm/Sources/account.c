// SPDX-License-Identifier: Apache-2.0
/* What became of the decisions: sums over CPUs of the maps `tallies` and `counters`. */
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpflsm.h"

/* By KUBEARMOR_TALLY_…. */
static const char *const tally_names[KUBEARMOR_TALLIES] = {
	"decided", "denied", "audited", "silent", "emitted", "throttled", "dropped.ring_full", "fault",
};

static const struct {
	uint32_t number;
	const char *name;
} counters[] = {
	{ KUBEARMOR_COUNT_FAULT_PATH, "fault.path" },
	{ KUBEARMOR_COUNT_FAULT_SCRATCH, "fault.scratch" },
	{ KUBEARMOR_COUNT_FAULT_TABLE, "fault.table" },
};

static uint64_t counter(const struct bpflsm *self, uint32_t number)
{
	uint64_t values[self->cpus > 0 ? self->cpus : 1], sum = 0;

	if (bpf_map_lookup_elem(self->counters_fd, &number, values))
		return 0;
	for (int i = 0; i < self->cpus; i++)
		sum += values[i];
	return sum;
}

/* A line of `tallies`, summed; zeroes when it cannot be read. */
static struct kubearmor_kernel_tally line(const struct bpflsm *self, uint32_t slot)
{
	struct kubearmor_kernel_tally values[self->cpus > 0 ? self->cpus : 1], sum = {};

	if (bpf_map_lookup_elem(self->tallies_fd, &slot, values))
		return sum;
	for (int cpu = 0; cpu < self->cpus; cpu++) {
		for (int i = 0; i < KUBEARMOR_TALLIES; i++)
			sum.counts[i] += values[cpu].counts[i];
	}
	return sum;
}

void account_leave(struct bpflsm *self, uint32_t slot)
{
	self->left[slot] = 1;
	self->is_unsettled = 1;
}

/*
 * Whoever is gone leaves his numbers to the last line; not when he goes, since programs that began
 * before count for him yet, but when his place is taken. One wait serves all who went until then.
 */
void account_retire(struct bpflsm *self, uint32_t slot)
{
	struct kubearmor_kernel_tally gone, values[self->cpus > 0 ? self->cpus : 1];
	uint32_t last = WORKLOADS;

	if (!self->left[slot])
		return;
	if (self->is_unsettled)
		wait_for_programs();
	self->is_unsettled = 0;
	gone = line(self, slot);
	if (bpf_map_lookup_elem(self->tallies_fd, &last, values))
		return;
	for (int i = 0; i < KUBEARMOR_TALLIES; i++)
		values[0].counts[i] += gone.counts[i];
	if (bpf_map_update_elem(self->tallies_fd, &last, values, BPF_ANY))
		return;
	memset(values, 0, sizeof(values));
	bpf_map_update_elem(self->tallies_fd, &slot, values, BPF_ANY);
	self->left[slot] = 0;
}

/* Whether any processor has counted anything in a line. */
static int has_numbers(const struct kubearmor_kernel_tally *values, int cpus)
{
	static const struct kubearmor_kernel_tally none;

	for (int cpu = 0; cpu < cpus; cpu++) {
		if (memcmp(&values[cpu], &none, sizeof(none)))
			return 1;
	}
	return 0;
}

int account_adopt(struct bpflsm *self)
{
	size_t cpus = self->cpus > 0 ? self->cpus : 1;
	struct kubearmor_kernel_tally *values = calloc((WORKLOADS + 1) * cpus, sizeof(*values));
	uint32_t *keys = calloc(WORKLOADS + 1, sizeof(*keys)), count = WORKLOADS + 1, next;
	int code = values && keys ? 0 : -ENOMEM;

	/* ENOENT: the end of the map was met. */
	if (!code && bpf_map_lookup_batch(self->tallies_fd, NULL, &next, keys, values, &count, NULL) && errno != ENOENT)
		code = -errno;
	for (uint32_t i = 0; !code && i < count; i++) {
		if (keys[i] < WORKLOADS && !self->workloads[keys[i]].key)
			self->left[keys[i]] = has_numbers(values + i * cpus, (int)cpus);
	}
	self->is_unsettled = 1;
	free(values);
	free(keys);
	return code;
}

struct list {
	struct kubearmor_stat *stats;
	uint64_t capacity;
	uint64_t count;
};

static void add(struct list *list, const char *prefix, const char *name, uint64_t value)
{
	if (list->count < list->capacity) {
		struct kubearmor_stat *stat = &list->stats[list->count];

		*stat = (struct kubearmor_stat){ .struct_size = sizeof(*stat), .value = value };
		snprintf(stat->name, sizeof(stat->name), "%s%s", prefix, name);
	}
	list->count++;
}

/*
 * Calls that the kernel left out because the program was under way on that CPU already: kernels before 6.2
 * do that to LSM programs too when a task is preempted in one. Nothing was decided then.
 */
static uint64_t left_out(const struct bpflsm *self)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < PROGRAMS_MAX; i++) {
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);

		if (self->programs[i].fd >= 0 && bpf_obj_get_info_by_fd(self->programs[i].fd, &info, &size) == 0)
			sum += info.recursion_misses;
	}
	return sum;
}

/* Not denied and not decided: the one thing that is no way to fail closed, so it is said whenever it happens. */
void account_tick(struct bpflsm *self)
{
	uint64_t now = self->host->now(self->host->context), sum;

	if (now - self->account_seen < 10 * 1000000000ull)
		return;
	self->account_seen = now;
	sum = left_out(self);
	if (sum > self->left_out)
		say(self, KUBEARMOR_LOG_ERROR,
		    "%" PRIu64 " accesses were not decided: this kernel leaves out LSM programs that a task was "
		    "preempted in; boot it with preempt=voluntary, or Linux 6.2 or newer",
		    sum - self->left_out);
	self->left_out = sum;
}

/* What is taken, and how much there is. */
static void add_sizes(const struct bpflsm *self, struct list *list)
{
	uint64_t maps, programs, workloads = 0, cells = 0;

	for (uint32_t slot = 0; slot < WORKLOADS; slot++)
		workloads += self->workloads[slot].key != 0;
	for (uint32_t i = 0; i < self->table.used; i++)
		cells += self->table.regions[i].count;
	memory_of(self, &maps, &programs);
	add(list, "", "memory.maps", maps);
	add(list, "", "memory.programs", programs);
	add(list, "", "memory.rules", cells * sizeof(uint64_t));
	add(list, "", "memory.rules_limit", (uint64_t)self->table.size * sizeof(uint64_t));
	add(list, "", "rule_sets", self->table.used);
	add(list, "", "workloads", workloads);
	add(list, "", "workloads_limit", WORKLOADS);
}

uint64_t account_list(const struct bpflsm *self, struct kubearmor_stat *stats, uint64_t capacity)
{
	struct kubearmor_kernel_tally sum = line(self, WORKLOADS);
	struct list list = { stats, capacity, KUBEARMOR_TALLIES };
	char prefix[40];

	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		struct kubearmor_kernel_tally own;

		if (self->workloads[slot].key == 0 && !self->left[slot])
			continue;
		own = line(self, slot);
		snprintf(prefix, sizeof(prefix), "workload.%" PRIu64 ".", self->workloads[slot].key);
		for (int i = 0; i < KUBEARMOR_TALLIES; i++) {
			sum.counts[i] += own.counts[i];
			if (self->workloads[slot].key)
				add(&list, prefix, tally_names[i], own.counts[i]);
		}
	}
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		add(&list, "", counters[i].name, counter(self, counters[i].number));
	add(&list, "", "fault.recursion", left_out(self));
	add_sizes(self, &list);
	add(&list, "", "delivered", atomic_load(&self->delivered));
	add(&list, "", "dropped.malformed", atomic_load(&self->malformed));
	/* The sums come first. */
	capacity = list.count;
	list.count = 0;
	for (int i = 0; i < KUBEARMOR_TALLIES; i++)
		add(&list, "", tally_names[i], sum.counts[i]);
	return capacity;
}
