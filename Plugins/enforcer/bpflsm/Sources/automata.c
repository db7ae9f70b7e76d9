// SPDX-License-Identifier: Apache-2.0
/* Automata in the map `cells`: workloads with equal rule sets share one. */
#include <errno.h>
#include <string.h>

#include "bpflsm.h"

/* The automaton's header when the rule set carries a well-formed one. */
static const struct kubearmor_automaton *automaton_of(const struct kubearmor_rule_set *set)
{
	const struct kubearmor_automaton *header = (const void *)set->automaton;

	if (!header || set->automaton_cells < KUBEARMOR_AUTOMATON_HEADER_CELLS || set->automaton_cells > UINT32_MAX)
		return NULL;
	if (header->magic != KUBEARMOR_AUTOMATON_MAGIC || header->version != KUBEARMOR_AUTOMATON_VERSION ||
	    header->cells != set->automaton_cells || header->object_start >= header->cells ||
	    header->subject_start >= header->cells || header->object_accept_base > header->cells ||
	    header->subject_accept_base > header->cells)
		return NULL;
	return header;
}

int automaton_is_used(const struct bpflsm *self, uint32_t first)
{
	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		uint64_t active = self->workloads[slot].active;

		if (active && (uint32_t)active == first)
			return 1;
	}
	return 0;
}

/* Where the same automaton lies already. */
static int find_equal(const struct bpflsm *self, const struct kubearmor_rule_set *set, uint32_t *first)
{
	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		const struct kubearmor_kernel_workload *workload = &self->workloads[slot];
		uint32_t at = (uint32_t)workload->active;

		if (workload->active == 0 || workload->digest != set->digest ||
		    set->automaton_cells > self->table.size - at)
			continue;
		/* A digest alone is no proof. */
		if (memcmp(self->table.cells + at, set->automaton, set->automaton_cells * sizeof(uint64_t)) == 0) {
			*first = at;
			return 1;
		}
	}
	return 0;
}

int32_t automaton_place(struct bpflsm *self, const struct kubearmor_rule_set *set, uint32_t *first, char *error,
			uint64_t error_size)
{
	const struct kubearmor_automaton *header = automaton_of(set);
	struct region *region;

	if (!header)
		return fail(error, error_size, -EINVAL, "the rule set has rules but no well-formed automaton");
	if (header->cells > KUBEARMOR_CHUNK_CELLS - KUBEARMOR_AUTOMATON_HEADER_CELLS)
		return fail(error, error_size, -E2BIG,
			    "the rule set has %u cells, bpflsm takes up to %u (4 MiB): use fewer rules or fewer globs; "
			    "the previous rule set stays in force",
			    header->cells, KUBEARMOR_CHUNK_CELLS - KUBEARMOR_AUTOMATON_HEADER_CELLS);
	if (find_equal(self, set, first))
		return 0;
	region = table_take(&self->table, header->cells);
	if (!region)
		return fail(error, error_size, -ENOSPC,
			    "no room for %u cells in the table of %u: raise bpflsmTableMiB, or use fewer rules; the "
			    "previous rule set stays in force",
			    header->cells, self->table.size);
	memcpy(self->table.cells + region->first, set->automaton, set->automaton_cells * sizeof(uint64_t));
	*first = region->first;
	return 0;
}
