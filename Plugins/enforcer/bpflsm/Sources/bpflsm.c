// SPDX-License-Identifier: Apache-2.0
/*
 * The enforcer bpflsm: the entries of struct kubearmor_enforcer over the engine.
 * A rule set goes into a free region of the map `cells`; one 64-bit store then
 * points the workload at it.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "answer.h"
#include "bpflsm.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_ENFORCER, "bpflsm", KUBEARMOR_VERSION, "Apache-2.0 AND BSD-2-Clause",
		      "lsm=bpf btf kernel>=6.0", "Refuses accesses by BPF programs on LSM hooks");

#define NO_SLOT UINT32_MAX

static uint32_t find_slot(const struct bpflsm *self, uint64_t workload)
{
	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		if (self->workloads[slot].key == workload)
			return slot;
	}
	return NO_SLOT;
}

/* The workload's slot, a free one when it has none yet. */
static uint32_t take_slot(struct bpflsm *self, uint64_t workload)
{
	uint32_t slot = find_slot(self, workload);

	if (slot != NO_SLOT)
		return slot;
	slot = find_slot(self, 0);
	if (slot == NO_SLOT)
		return slot;
	account_retire(self, slot);
	home_forget(self, slot);
	self->workloads[slot].key = workload;
	return slot;
}

void wait_for_programs(void)
{
	/* Refused with nohz_full: then longer than any of our programs can take. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(200 * 1000);
}

/* The classes for which any workload has rules. */
static uint64_t classes_in_force(const struct bpflsm *self)
{
	uint64_t classes = 0;

	for (uint32_t slot = 0; slot < WORKLOADS; slot++)
		classes |= self->workloads[slot].active >> KUBEARMOR_ACTIVE_CLASSES_SHIFT;
	return classes;
}

/* Makes the programs forget what they remember of bindings and automata. */
static void begin_epoch(struct bpflsm *self)
{
	uint64_t next = self->state->epoch + 1;

	if ((next & KUBEARMOR_CGROUP_EPOCH_MASK) == 0) {
		for (uint32_t i = 0; i < KUBEARMOR_CGROUPS; i++)
			__atomic_store_n(&self->cgroups[i], 0, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&self->state->epoch, next, __ATOMIC_SEQ_CST);
}

static void activate(struct bpflsm *self, uint32_t slot, uint64_t active)
{
	uint64_t before;

	/* The programs look at the union first: it may say too much for a moment, never too little. */
	__atomic_fetch_or(&self->state->classes, active >> KUBEARMOR_ACTIVE_CLASSES_SHIFT, __ATOMIC_SEQ_CST);
	before = __atomic_exchange_n(&self->workloads[slot].active, active, __ATOMIC_SEQ_CST);
	if (before == 0)
		return;
	__atomic_store_n(&self->state->classes, classes_in_force(self), __ATOMIC_SEQ_CST);
	if (automaton_is_used(self, (uint32_t)before))
		return;
	/* What programs remember of the automaton that goes must not be taken for the next one in its place. */
	begin_epoch(self);
	wait_for_programs();
	table_give(&self->table, (uint32_t)before);
}

/* For layouts_tick. */
static void note_change(struct bpflsm *self)
{
	atomic_store(&self->changed, self->host->now(self->host->context));
}

static int32_t bpflsm_open(const struct kubearmor_host *host, void **result, char *error, uint64_t error_size)
{
	struct bpflsm *self;
	int32_t code;

	if (!host || !result || host->struct_size < offsetof(struct kubearmor_host, apply_policy) || !host->emit)
		return fail(error, error_size, -EINVAL, "open needs a host with emit and a place for the result");
	self = calloc(1, sizeof(*self));
	if (!self)
		return fail(error, error_size, -ENOMEM, "no memory for the enforcer");
	self->host = host;
	code = engine_open(self, error, error_size);
	if (!code && account_adopt(self))
		code = fail(error, error_size, -EIO, "the pinned counters cannot be read: %s", strerror(errno));
	if (code) {
		engine_close(self, 1);
		free(self);
		return code;
	}
	throttle_open(self);
	*result = self;
	return 0;
}

#define DECIDED_CLASSES                                                                               \
	(1u << KUBEARMOR_CLASS_PROCESS | 1u << KUBEARMOR_CLASS_FILE | 1u << KUBEARMOR_CLASS_NETWORK | \
	 1u << KUBEARMOR_CLASS_CAPABILITY | 1u << KUBEARMOR_CLASS_DNS | 1u << KUBEARMOR_CLASS_PRESET)

static int32_t bpflsm_apply(void *context, uint64_t workload, const struct kubearmor_rule_set *set,
			    uint64_t generation, char *error, uint64_t error_size)
{
	struct bpflsm *self = context;
	uint32_t slot, classes, first;
	uint64_t bits;
	int32_t code;

	if (!self || !set || workload == 0 || set->struct_size < sizeof(*set))
		return fail(error, error_size, -EINVAL, "apply needs a self, a workload that is not 0 and a rule set");
	slot = take_slot(self, workload);
	if (slot == NO_SLOT)
		return fail(error, error_size, -ENOSPC, "all %d workload places are taken", WORKLOADS);
	classes = set->classes & DECIDED_CLASSES;
	bits = generation & KUBEARMOR_ACTIVE_GENERATION_MASK;
	if (classes == 0) {
		self->workloads[slot].generation = generation;
		self->workloads[slot].digest = set->digest;
		activate(self, slot, 0);
		return 0;
	}
	code = programs_attach(self, classes, error, error_size);
	if (!code)
		code = automaton_place(self, set, &first, error, error_size);
	if (code)
		return code;
	self->workloads[slot].generation = generation;
	self->workloads[slot].digest = set->digest;
	if (atomic_load(&self->changed))
		note_change(self);
	activate(self, slot,
		 first | (bits ? bits : 1) << KUBEARMOR_ACTIVE_GENERATION_SHIFT |
			 (uint64_t)classes << KUBEARMOR_ACTIVE_CLASSES_SHIFT);
	return 0;
}

static int32_t cgroup_of(const struct kubearmor_binding *binding, uint64_t *cgroup, char *error, uint64_t error_size)
{
	if (!binding || binding->struct_size < sizeof(*binding))
		return fail(error, error_size, -EINVAL, "a binding is needed");
	if (binding->type != KUBEARMOR_BINDING_CGROUP)
		return fail(error, error_size, -ENOTSUP, "bpflsm binds workloads by cgroup only, not by type %u",
			    binding->type);
	*cgroup = binding->number;
	return 0;
}

static int32_t bpflsm_bind(void *context, uint64_t workload, const struct kubearmor_binding *binding, char *error,
			   uint64_t error_size)
{
	struct bpflsm *self = context;
	uint64_t cgroup;
	uint32_t value;
	int32_t code;

	if (!self || workload == 0)
		return fail(error, error_size, -EINVAL, "bind needs a self and a workload that is not 0");
	code = cgroup_of(binding, &cgroup, error, error_size);
	if (code)
		return code;
	value = take_slot(self, workload);
	if (value == NO_SLOT)
		return fail(error, error_size, -ENOSPC, "all %d workload places are taken", WORKLOADS);
	/* Before its tasks are decided about: none of them gives a namespace of its own for the container's. */
	code = home_find(self, value, cgroup, error, error_size);
	if (code)
		return code;
	value++;
	if (bpf_map_update_elem(self->bindings_fd, &cgroup, &value, BPF_ANY))
		return fail(error, error_size, errno == E2BIG ? -ENOSPC : -errno, "cannot bind cgroup %llu: %s",
			    (unsigned long long)cgroup,
			    errno == E2BIG ? "all 8192 places for bindings are taken" : strerror(errno));
	begin_epoch(self);
	note_change(self);
	return 0;
}

static int32_t bpflsm_unbind(void *context, const struct kubearmor_binding *binding, char *error, uint64_t error_size)
{
	struct bpflsm *self = context;
	uint64_t cgroup;
	uint32_t value;
	int32_t code;

	if (!self)
		return fail(error, error_size, -EINVAL, "unbind needs a self");
	code = cgroup_of(binding, &cgroup, error, error_size);
	if (code)
		return code;
	if (bpf_map_lookup_elem(self->bindings_fd, &cgroup, &value) == 0 && value > 0 && value <= WORKLOADS)
		home_forget(self, value - 1);
	if (bpf_map_delete_elem(self->bindings_fd, &cgroup) && errno != ENOENT)
		return fail(error, error_size, -errno, "cannot unbind cgroup %llu: %s", (unsigned long long)cgroup,
			    strerror(errno));
	begin_epoch(self);
	return 0;
}

static void drop_bindings(struct bpflsm *self, uint32_t slot)
{
	uint64_t previous, cgroup;
	void *at = NULL;
	uint32_t value;

	while (bpf_map_get_next_key(self->bindings_fd, at, &cgroup) == 0) {
		if (bpf_map_lookup_elem(self->bindings_fd, &cgroup, &value) == 0 && value == slot + 1 &&
		    bpf_map_delete_elem(self->bindings_fd, &cgroup) == 0) {
			/* The key is gone: begin again. */
			at = NULL;
			continue;
		}
		previous = cgroup;
		at = &previous;
	}
	begin_epoch(self);
}

static int32_t bpflsm_remove(void *context, uint64_t workload, char *error, uint64_t error_size)
{
	struct bpflsm *self = context;
	uint32_t slot;

	if (!self || workload == 0)
		return fail(error, error_size, -EINVAL, "remove needs a self and a workload that is not 0");
	slot = find_slot(self, workload);
	if (slot == NO_SLOT)
		return 0;
	drop_bindings(self, slot);
	activate(self, slot, 0);
	account_leave(self, slot);
	memset(&self->workloads[slot], 0, sizeof(self->workloads[slot]));
	return 0;
}

static int32_t bpflsm_snapshot(void *context, struct kubearmor_snapshot *entries, uint64_t capacity, uint64_t *count,
			       char *error, uint64_t error_size)
{
	struct bpflsm *self = context;

	if (!self || !count || (!entries && capacity))
		return fail(error, error_size, -EINVAL, "snapshot needs a self, a count and room for the entries");
	*count = 0;
	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		const struct kubearmor_kernel_workload *workload = &self->workloads[slot];

		if (workload->key == 0)
			continue;
		if (*count < capacity)
			entries[*count] = (struct kubearmor_snapshot){
				.struct_size = sizeof(*entries),
				.classes = workload->active >> KUBEARMOR_ACTIVE_CLASSES_SHIFT,
				.workload = workload->key,
				.generation = workload->generation,
				.digest = workload->digest,
				.bytes = table_count(&self->table, (uint32_t)workload->active) * sizeof(uint64_t),
			};
		(*count)++;
	}
	return 0;
}

static int32_t bpflsm_poll(void *context, int32_t timeout_ms, char *error, uint64_t error_size)
{
	struct bpflsm *self = context;
	int32_t result;

	if (!self)
		return fail(error, error_size, -EINVAL, "poll needs a self");
	throttle_tick(self);
	layouts_tick(self);
	account_tick(self);
	result = records_poll(self, timeout_ms < 0 ? 0 : timeout_ms);
	if (result < 0)
		return fail(error, error_size, result, "the ring buffer cannot be read: %s", strerror(-result));
	return result;
}

static int32_t bpflsm_stats(void *context, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count,
			    char *error, uint64_t error_size)
{
	struct bpflsm *self = context;

	if (!self || !count || (!stats && capacity))
		return fail(error, error_size, -EINVAL, "stats needs a self, a count and room for the numbers");
	*count = account_list(self, stats, capacity);
	return 0;
}

static int32_t bpflsm_close(void *context, uint32_t keep, char *error, uint64_t error_size)
{
	struct bpflsm *self = context;

	if (!self)
		return fail(error, error_size, -EINVAL, "close needs a self");
	engine_close(self, keep != 0);
	free(self);
	return 0;
}

static const struct kubearmor_enforcer enforcer = {
	.struct_size = sizeof(enforcer),
	.probe = bpflsm_probe,
	.open = bpflsm_open,
	.apply = bpflsm_apply,
	.bind = bpflsm_bind,
	.unbind = bpflsm_unbind,
	.remove = bpflsm_remove,
	.snapshot = bpflsm_snapshot,
	.poll = bpflsm_poll,
	.stats = bpflsm_stats,
	.close = bpflsm_close,
	.examine = bpflsm_examine,
};

int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, char *error,
			       uint64_t error_size)
{
	return answer_offer(offer, answer, KUBEARMOR_KIND_ENFORCER, &enforcer, error, error_size);
}
