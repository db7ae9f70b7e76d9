// SPDX-License-Identifier: Apache-2.0
/* How bpflsm holds each rule of a set: all that its automata and tables can say, on every kernel it works on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bpflsm.h"

/* Why the rule is not held; NULL when it is. */
static const char *refusal(const struct kubearmor_rule *rule, uint32_t *hold)
{
	*hold = KUBEARMOR_HOLD_UNSUPPORTED;
	if (rule->match == KUBEARMOR_MATCH_NATIVE)
		return "rules in another enforcer's own language are for that enforcer";
	if (rule->class_ == KUBEARMOR_CLASS_SYSCALL) {
		*hold = KUBEARMOR_HOLD_AUDITED;
		return "system calls are audited, by what monitors see";
	}
	if (rule->class_ == KUBEARMOR_CLASS_DEVICE)
		return "devices are not seen by this enforcer";
#ifndef __x86_64__
	if (rule->arguments.length) {
		*hold = KUBEARMOR_HOLD_AUDITED;
		return "arguments are read on x86-64 only";
	}
#endif
	*hold = KUBEARMOR_HOLD_ENFORCED;
	return NULL;
}

int32_t bpflsm_examine(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
		       uint64_t *count, char *error, uint64_t error_size)
{
	uint64_t stride;

	if (!set || !count || (!holdings && capacity))
		return fail(error, error_size, -EINVAL, "examine needs a rule set, a count and room for the answers");
	if (set->struct_size < sizeof(*set) ||
	    (set->rule_count && (!set->rules || set->rules->struct_size < sizeof(struct kubearmor_rule))))
		return fail(error, error_size, -EINVAL, "the rule set has no rules that this plugin can read");
	*count = set->rule_count;
	stride = capacity ? holdings->struct_size : 0;
	if (capacity && stride < sizeof(*holdings))
		return fail(error, error_size, -EINVAL, "an answer has %zu bytes, there is room for %llu",
			    sizeof(*holdings), (unsigned long long)stride);
	for (uint64_t i = 0; i < set->rule_count && i < capacity; i++) {
		const struct kubearmor_rule *rule =
			(const void *)((const char *)set->rules + i * set->rules->struct_size);
		struct kubearmor_holding *holding = (void *)((char *)holdings + i * stride);
		const char *reason = refusal(rule, &holding->hold);

		holding->struct_size = sizeof(*holding);
		holding->rule = rule->id;
		holding->reserved = 0;
		snprintf(holding->reason, sizeof(holding->reason), "%s", reason ? reason : "");
	}
	return 0;
}
