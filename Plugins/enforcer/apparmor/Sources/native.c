// SPDX-License-Identifier: Apache-2.0
/* Rules in AppArmor's own language: taken as they are, as long as they stay inside of the profile. */
#include <string.h>

#include "profile.h"

/* Behind what begins at `at` and has no braces of its own: a comment, a quoted name, an escaped byte. */
static size_t skip(struct span text, size_t at, const char **reason)
{
	const char *end;

	switch (text.bytes[at]) {
	case '\\':
		return at + 2;
	case '#':
		end = memchr(text.bytes + at, '\n', text.size - at);
		return end ? (size_t)(end - text.bytes) : text.size;
	case '"':
		for (at++; at < text.size && text.bytes[at] != '"'; at++)
			at += text.bytes[at] == '\\';
		if (at >= text.size)
			*reason = "a quotation mark is not closed";
		return at + 1;
	default:
		return at + 1;
	}
}

const char *native_fault(struct span text)
{
	const char *reason = NULL;
	int depth = 0;

	if (memchr(text.bytes, 0, text.size))
		return "it holds a NUL byte";
	for (size_t at = 0; at < text.size && !reason; at = skip(text, at, &reason)) {
		depth += text.bytes[at] == '{' ? 1 : text.bytes[at] == '}' ? -1 : 0;
		if (depth < 0)
			return "it closes a brace that it does not open";
	}
	return reason || !depth ? reason : "a brace is not closed";
}

/* What may stand in a comment. */
static void put_policy(struct text *text, struct span name)
{
	for (size_t i = 0; i < name.size; i++)
		text_bytes(text, name.bytes[i] < 0x20 ? "?" : name.bytes + i, 1);
}

void write_native(struct writer *writer, int source)
{
	const struct kubearmor_rule_set *set = writer->set;

	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule = rule_at(set, i);
		struct span policy = { set->strings + rule->policy.offset, rule->policy.length };
		struct span object = rule_object(set, rule);

		if (rule->match != KUBEARMOR_MATCH_NATIVE || !source_has(&writer->sources, set, source, rule) ||
		    writer->has_no_native)
			continue;
		text_add(writer->text, "  # as they stand in policy ");
		put_policy(writer->text, policy);
		text_add(writer->text, ":\n");
		text_bytes(writer->text, object.bytes, object.size);
		text_add(writer->text, "\n  # so far\n");
	}
}
