// SPDX-License-Identifier: Apache-2.0
/*
 * The directories above what a Block rule names. Whoever renames one of them takes what is
 * below out of the rule's reach. AppArmor has one permission for all changes of a
 * directory's own entry, so it is made, removed and given another mode by nobody either.
 */
#include <stdlib.h>
#include <string.h>

#include "profile.h"

struct place {
	struct span path; /* with its slash */
	unsigned denied;  /* of the writes */
};

struct places {
	struct place *list;
	size_t count;
	size_t room;
};

static void add(struct writer *writer, struct places *places, struct span path, unsigned denied)
{
	if (places->count == places->room) {
		size_t room = places->room ? 2 * places->room : 64;
		struct place *list = realloc(places->list, room * sizeof(*list));

		if (!list) {
			writer->text->failed = 1;
			return;
		}
		places->list = list;
		places->room = room;
	}
	places->list[places->count++] = (struct place){ path, denied };
}

static void collect(struct writer *writer, struct places *places, const struct kubearmor_rule *rule)
{
	struct span object = rule_object(writer->set, rule);
	unsigned denied = rule_denies(rule) & WRITES;
	size_t size = object.size;

	/* An executable has no writes: who may not execute it may not move it. */
	if (rule->match == KUBEARMOR_MATCH_PATTERN)
		size = pattern_prefix(object);
	else if (rule->match != KUBEARMOR_MATCH_PATH && rule->match != KUBEARMOR_MATCH_DIRECTORY)
		return;
	/* Of a pattern that begins otherwise no place is known. */
	if (!size || object.bytes[0] != '/')
		return;
	for (size_t i = 1; i < size; i++) {
		if (object.bytes[i] != '/')
			continue;
		add(writer, places, (struct span){ object.bytes, i + 1 }, denied);
		note(writer, rule, KUBEARMOR_HOLD_ENFORCED,
		     "directories above it are not made or removed either, and keep owner and mode");
	}
}

static int compare(const void *left, const void *right)
{
	const struct place *one = left, *other = right;
	size_t size = one->path.size < other->path.size ? one->path.size : other->path.size;
	int order = memcmp(one->path.bytes, other->path.bytes, size);

	return order ? order : (one->path.size > other->path.size) - (one->path.size < other->path.size);
}

static void put(struct writer *writer, struct span path, unsigned denied)
{
	const char *whose = denied == OWNER_WRITE ? "owner " : denied == OTHER_WRITE ? "other " : "";

	text_add(writer->text, "  audit deny %s\"", whose);
	quote_path(writer->text, path.bytes, path.size);
	text_add(writer->text, "\" w,\n");
}

static void collect_class(struct writer *writer, struct places *places, uint32_t class_, int source)
{
	struct rule_list list;

	if (rule_list_make(&list, writer->set, class_, &writer->sources, source))
		writer->text->failed = 1;
	for (size_t i = 0; list.rules && i < list.count; i++) {
		if (list.rules[i]->action == KUBEARMOR_ACTION_BLOCK)
			collect(writer, places, list.rules[i]);
	}
	rule_list_free(&list);
}

void write_places(struct writer *writer, int source)
{
	struct places places = {};

	collect_class(writer, &places, KUBEARMOR_CLASS_PROCESS, source);
	collect_class(writer, &places, KUBEARMOR_CLASS_FILE, source);
	if (places.count)
		qsort(places.list, places.count, sizeof(*places.list), compare);
	for (size_t i = 0; i < places.count;) {
		unsigned denied = 0;
		size_t next = i;

		for (; next < places.count && !compare(&places.list[i], &places.list[next]); next++)
			denied |= places.list[next].denied;
		put(writer, places.list[i].path, denied);
		i = next;
	}
	free(places.list);
}
