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

/* 1 when the automaton lies at `at`: a digest alone is no proof. */
static int lies_at(const struct table *table, uint32_t at, const struct kubearmor_rule_set *set)
{
	struct cells cells;
	int result;

	if (cells_map(table, at, set->automaton_cells, &cells))
		return 0;
	result = memcmp(cells.first, set->automaton, set->automaton_cells * sizeof(uint64_t)) == 0;
	cells_unmap(&cells);
	return result;
}

/* Where the same automaton lies already. */
static int find_equal(const struct bpflsm *self, const struct kubearmor_rule_set *set, uint32_t *first)
{
	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		const struct kubearmor_kernel_workload *workload = &self->workloads[slot];
		uint32_t at = (uint32_t)workload->active;

		if (workload->active && workload->digest == set->digest && lies_at(&self->table, at, set)) {
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
	struct cells cells;

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
	*first = region->first;
	if (cells_map(&self->table, *first, header->cells, &cells)) {
		int code = errno;

		table_give(&self->table, *first);
		return fail(error, error_size, -code,
			    "cannot map the table of rules: %s; the previous rule set stays in force", strerror(code));
	}
	memcpy(cells.first, set->automaton, set->automaton_cells * sizeof(uint64_t));
	cells_unmap(&cells);
	return 0;
}
