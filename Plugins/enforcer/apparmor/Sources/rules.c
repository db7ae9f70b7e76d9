// SPDX-License-Identifier: Apache-2.0
/* What a rule does when it decides, and which of several decides. */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

/* The stride of the rules is the size that their writer was compiled with. */
const struct kubearmor_rule *rule_at(const struct kubearmor_rule_set *set, uint64_t index)
{
	return (const void *)((const char *)set->rules + index * set->rules->struct_size);
}

struct span rule_object(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule)
{
	return (struct span){ set->strings + rule->object.offset, rule->object.length };
}

struct span rule_source(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule)
{
	return (struct span){ set->strings + rule->source.offset, rule->source.length };
}

/* Of a Block or an Audit rule: those that its conditions are about. */
static unsigned matches(const struct kubearmor_rule *rule)
{
	int owner_only = rule->flags & KUBEARMOR_RULE_OWNER_ONLY;
	int read_only = rule->flags & KUBEARMOR_RULE_READ_ONLY && rule->class_ == KUBEARMOR_CLASS_FILE;

	if (owner_only && read_only)
		return OTHER_READ | OTHER_WRITE | OWNER_WRITE;
	if (owner_only)
		return OTHER_READ | OTHER_WRITE;
	return read_only ? WRITES : EVERY;
}

unsigned rule_denies(const struct kubearmor_rule *rule)
{
	if (rule->action == KUBEARMOR_ACTION_BLOCK)
		return matches(rule);
	if (rule->action != KUBEARMOR_ACTION_ALLOW || rule->class_ != KUBEARMOR_CLASS_FILE ||
	    !(rule->flags & KUBEARMOR_RULE_READ_ONLY))
		return 0;
	return rule->flags & KUBEARMOR_RULE_OWNER_ONLY ? OWNER_WRITE : WRITES;
}

unsigned rule_permits(const struct kubearmor_rule *rule)
{
	if (rule->action == KUBEARMOR_ACTION_AUDIT)
		return matches(rule);
	if (rule->action != KUBEARMOR_ACTION_ALLOW)
		return 0;
	return (rule->flags & KUBEARMOR_RULE_OWNER_ONLY ? OWNER_READ | OWNER_WRITE : EVERY) & ~rule_denies(rule);
}

const char *rule_gap(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule)
{
	struct span object = rule_object(set, rule);

	if (rule->flags & KUBEARMOR_RULE_TTY_ONLY)
		return "AppArmor knows no terminals";
	if (rule->arguments.length)
		return "AppArmor sees no arguments";
	if (rule->class_ == KUBEARMOR_CLASS_NETWORK && !network_knows(object.bytes, object.size))
		return "AppArmor knows families and types of sockets, not this protocol";
	if ((rule->class_ == KUBEARMOR_CLASS_PROCESS || rule->class_ == KUBEARMOR_CLASS_FILE) && object.size > 4095)
		return "the name is longer than any path";
	if (rule->match == KUBEARMOR_MATCH_PATTERN && object.size && object.bytes[0] == '{')
		return "AppArmor's names begin with a slash: write a rule for each alternative";
	return NULL;
}

/* ---- order ----------------------------------------------------------------------- */

static int kind_of(const struct kubearmor_rule *rule)
{
	switch (rule->match) {
	case KUBEARMOR_MATCH_PATH:
		return 0;
	case KUBEARMOR_MATCH_EXECNAME:
		return 1;
	case KUBEARMOR_MATCH_DIRECTORY:
		return 2;
	default:
		return 3;
	}
}

/* A rule with what its place depends on. */
struct ranked {
	const struct kubearmor_rule *rule;
	int has_no_source;
	int kind;
	size_t length; /* longer ones first */
	int is_recursive;
	int action;
};

static struct ranked rank(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule)
{
	struct span object = rule_object(set, rule);
	struct ranked ranked = { .rule = rule, .has_no_source = !rule->source_match };

	if (rule->class_ == KUBEARMOR_CLASS_NETWORK)
		ranked.kind = network_rank(object.bytes, object.size);
	else
		ranked.kind = kind_of(rule);
	if (rule->match == KUBEARMOR_MATCH_DIRECTORY) {
		ranked.length = object.size;
		ranked.is_recursive = rule->flags & KUBEARMOR_RULE_RECURSIVE;
	} else if (rule->match == KUBEARMOR_MATCH_PATTERN) {
		ranked.length = pattern_prefix(object);
	}
	/* Block before Audit before Allow. */
	ranked.action = KUBEARMOR_ACTION_BLOCK - (int)rule->action;
	return ranked;
}

static int compare(const void *left, const void *right)
{
	const struct ranked *one = left, *other = right;

	if (one->has_no_source != other->has_no_source)
		return one->has_no_source - other->has_no_source;
	if (one->kind != other->kind)
		return one->kind - other->kind;
	if (one->length != other->length)
		return one->length > other->length ? -1 : 1;
	if (one->is_recursive != other->is_recursive)
		return one->is_recursive - other->is_recursive;
	if (one->action != other->action)
		return one->action - other->action;
	return one->rule->id < other->rule->id ? -1 : 1;
}

int rule_list_make(struct rule_list *list, const struct kubearmor_rule_set *set, uint32_t class_,
		   const struct sources *sources, int source)
{
	struct ranked *ranked = calloc(set->rule_count + 1, sizeof(*ranked));

	list->rules = calloc(set->rule_count + 1, sizeof(*list->rules));
	list->count = 0;
	if (!ranked || !list->rules) {
		free(ranked);
		return -1;
	}
	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule = rule_at(set, i);

		if (rule->class_ == class_ && rule->match != KUBEARMOR_MATCH_NATIVE && !rule_gap(set, rule) &&
		    source_has(sources, set, source, rule))
			ranked[list->count++] = rank(set, rule);
	}
	qsort(ranked, list->count, sizeof(*ranked), compare);
	for (size_t i = 0; i < list->count; i++)
		list->rules[i] = ranked[i].rule;
	free(ranked);
	return 0;
}

void rule_list_free(struct rule_list *list)
{
	free(list->rules);
	*list = (struct rule_list){};
}
