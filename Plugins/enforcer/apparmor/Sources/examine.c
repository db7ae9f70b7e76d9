// SPDX-License-Identifier: Apache-2.0
/* What can be said of a rule set without a kernel: how each rule is held, and the text that would be loaded. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apparmor.h"

int32_t check_set(const struct kubearmor_rule_set *set, char *error, uint64_t error_size)
{
	if (set->struct_size < sizeof(*set) || (set->rule_count && !set->rules) ||
	    (set->strings_size && !set->strings) ||
	    (set->rule_count && set->rules->struct_size < sizeof(struct kubearmor_rule)))
		return fail(error, error_size, -EINVAL, "the rule set is none that this plugin can read");
	return 0;
}

int32_t apparmor_examine(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
			 uint64_t *count, char *error, uint64_t error_size)
{
	const struct target target = { .name = HOST_PROFILE };
	struct kubearmor_holding *all;
	struct text text = {};
	uint64_t stride;
	int32_t code;

	if (!set || !count || (!holdings && capacity))
		return fail(error, error_size, -EINVAL, "examine needs a rule set, a count and room for the answers");
	code = check_set(set, error, error_size);
	if (code)
		return code;
	*count = set->rule_count;
	if (!capacity || !set->rule_count)
		return 0;
	stride = holdings->struct_size >= sizeof(*holdings) ? holdings->struct_size : sizeof(*holdings);
	all = calloc(set->rule_count, sizeof(*all));
	if (!all || profile_write(&text, set, &target, all))
		code = fail(error, error_size, -ENOMEM, "no memory for so many rules");
	for (uint64_t i = 0; !code && i < set->rule_count && i < capacity; i++)
		memcpy((char *)holdings + i * stride, &all[i], sizeof(*all));
	free(all);
	text_free(&text);
	return code;
}

int32_t apparmor_render(const struct kubearmor_rule_set *set, char *text, uint64_t size, uint64_t *length, char *error,
			uint64_t error_size)
{
	const struct target target = { .name = HOST_PROFILE };
	struct text profile = {};
	int32_t code;

	if (!set || !length || (!text && size))
		return fail(error, error_size, -EINVAL, "render needs a rule set, a length and room for the text");
	code = check_set(set, error, error_size);
	if (!code && profile_write(&profile, set, &target, NULL))
		code = fail(error, error_size, -ENOMEM, "no memory for the text");
	*length = code ? 0 : profile.size;
	if (!code && size)
		memcpy(text, profile.bytes, profile.size < size ? profile.size : size);
	text_free(&profile);
	return code;
}
