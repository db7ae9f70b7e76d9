// SPDX-License-Identifier: Apache-2.0
/*
 * The programs that rules name with fromSource. Each source gets a profile; a program
 * that several sources name is in the profile of the narrowest one, which has the
 * rules of all that include it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules.h"

/* The kernel has so many names of profiles for the executions of one profile; one is the container's own. */
#define CONTAINER_SOURCES 11

static int is_same(struct span one, struct span other)
{
	return one.size == other.size && !memcmp(one.bytes, other.bytes, one.size);
}

static int begins(struct span text, struct span prefix)
{
	return text.size >= prefix.size && !memcmp(text.bytes, prefix.bytes, prefix.size);
}

static int is_recursive(const struct source *source)
{
	return source->rule->source_match == KUBEARMOR_MATCH_DIRECTORY &&
	       source->rule->source_flags & KUBEARMOR_RULE_RECURSIVE;
}

static int is_the(const struct source *source, const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule)
{
	uint16_t recursive = rule->source_flags & KUBEARMOR_RULE_RECURSIVE;

	return rule->source_match == source->rule->source_match && is_same(rule_source(set, rule), source->text) &&
	       (rule->source_match != KUBEARMOR_MATCH_DIRECTORY ||
		recursive == (source->rule->source_flags & KUBEARMOR_RULE_RECURSIVE));
}

const struct source *source_of(const struct sources *sources, const struct kubearmor_rule_set *set,
			       const struct kubearmor_rule *rule)
{
	for (size_t i = 0; rule->source_match && i < sources->count; i++) {
		if (is_the(&sources->list[i], set, rule))
			return &sources->list[i];
	}
	return NULL;
}

static int names_path(const struct source *source, struct span path)
{
	struct globs globs;
	int found;

	if (source->rule->source_match == KUBEARMOR_MATCH_PATH)
		return is_same(source->text, path);
	if (globs_of(&globs, source->rule->source_match, source->rule->source_flags, source->text, 0))
		return 0;
	found = globs_match(&globs, path);
	globs_free(&globs);
	return found;
}

/* Whether every program of `inner` is one of `outer`. */
static int covers(const struct source *outer, const struct source *inner)
{
	if (outer == inner)
		return 1;
	if (inner->rule->source_match == KUBEARMOR_MATCH_PATH)
		return names_path(outer, inner->text);
	if (!is_recursive(outer))
		return 0;
	if (inner->rule->source_match == KUBEARMOR_MATCH_DIRECTORY)
		return begins(inner->text, outer->text);
	return begins((struct span){ inner->text.bytes, pattern_prefix(inner->text) }, outer->text);
}

int source_has(const struct sources *sources, const struct kubearmor_rule_set *set, int source,
	       const struct kubearmor_rule *rule)
{
	const struct source *named;

	if (!rule->source_match)
		return 1;
	named = source < 0 ? NULL : source_of(sources, set, rule);
	return named && !named->gap && covers(named, &sources->list[source]);
}

/* "cat-1f2e3d4c": readable, and the same whatever other sources there are. */
static void name_source(struct source *source)
{
	uint32_t hash = 2166136261u ^ source->rule->source_match ^ (uint32_t)is_recursive(source) << 8;
	size_t size = 0, from = source->text.size;

	for (size_t i = 0; i < source->text.size; i++)
		hash = (hash ^ (unsigned char)source->text.bytes[i]) * 16777619u;
	while (from > 0 && (source->text.bytes[from - 1] != '/' || from == source->text.size))
		from--;
	for (size_t i = from; i < source->text.size && size < SOURCE_NAME_SIZE - 10; i++) {
		if (isalnum((unsigned char)source->text.bytes[i]))
			source->name[size++] = source->text.bytes[i];
	}
	snprintf(source->name + size, SOURCE_NAME_SIZE - size, "-%08x", hash);
}

/*
 * Of two patterns that may name the same program, or a pattern and a directory, the kernel
 * would take either profile, or none: only the first of them is held.
 */
static int is_unclear(const struct sources *sources, size_t index)
{
	const struct source *source = &sources->list[index];
	struct span prefix = { source->text.bytes, pattern_prefix(source->text) };

	for (size_t i = 0; i < sources->count; i++) {
		const struct source *other = &sources->list[i];
		int is_pattern = other->rule->source_match == KUBEARMOR_MATCH_PATTERN;
		struct span text = { other->text.bytes, is_pattern ? pattern_prefix(other->text) : other->text.size };

		if (i == index || other->gap || other->rule->source_match == KUBEARMOR_MATCH_PATH ||
		    covers(other, source) || (is_pattern && i > index))
			continue;
		if (begins(prefix, text) || begins(text, prefix))
			return 1;
	}
	return 0;
}

/* Of two profiles that attach to the same path the kernel takes neither. */
static int has_profile(const struct target *target, const struct source *source)
{
	const struct names *others = target->others;

	for (size_t i = 0; others && source->rule->source_match == KUBEARMOR_MATCH_PATH && i < others->count; i++) {
		if (is_same(source->text, (struct span){ others->list[i], strlen(others->list[i]) }))
			return 1;
	}
	return 0;
}

static void find_gaps(struct sources *sources, const struct target *target)
{
	int is_container = target->is_container;
	size_t held = 0;

	for (size_t i = 0; i < sources->count; i++) {
		struct source *source = &sources->list[i];

		if (is_container && source->rule->source_match != KUBEARMOR_MATCH_PATH)
			source->gap = "in a container AppArmor can tell programs by a whole path only (fromSource)";
		else if (is_container && held == CONTAINER_SOURCES)
			source->gap = "a container's profile can tell 11 programs (fromSource)";
		else if (target->exempt && source->rule->source_match == KUBEARMOR_MATCH_PATH &&
			 is_same(source->text, (struct span){ target->exempt, strlen(target->exempt) }))
			source->gap = "the daemon is nobody's subject (fromSource)";
		else if (has_profile(target, source))
			source->gap = "the program has a profile of its own, which is not ours (fromSource)";
		else if (source->rule->source_match == KUBEARMOR_MATCH_PATTERN && is_unclear(sources, i))
			source->gap = "which profile its programs would get is unclear: "
				      "another fromSource may name them";
		held += source->gap == NULL;
	}
}

int sources_find(struct sources *sources, const struct kubearmor_rule_set *set, const struct target *target)
{
	sources->count = 0;
	sources->list = calloc(set->rule_count + 1, sizeof(*sources->list));
	if (!sources->list)
		return -1;
	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule = rule_at(set, i);
		struct source *source = &sources->list[sources->count];

		if (!rule->source_match || rule_gap(set, rule) || source_of(sources, set, rule))
			continue;
		source->rule = rule;
		source->text = rule_source(set, rule);
		name_source(source);
		sources->count++;
	}
	find_gaps(sources, target);
	return 0;
}

void sources_free(struct sources *sources)
{
	free(sources->list);
	*sources = (struct sources){};
}
