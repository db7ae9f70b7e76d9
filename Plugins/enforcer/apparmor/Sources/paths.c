// SPDX-License-Identifier: Apache-2.0
/*
 * Files and executions. Permissions are written as rules say them, or for everything where
 * there is no allow list; denials without what more specific rules permit in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

/* A class of paths in the profile of a source. */
struct section {
	struct writer *writer;
	int source;
	int is_file;
	uint32_t posture;
	struct rule_list list;
	char transition[256]; /* how programs are executed */
};

static int is_same_object(const struct section *section, const struct kubearmor_rule *one,
			  const struct kubearmor_rule *other)
{
	struct span left = rule_object(section->writer->set, one), right = rule_object(section->writer->set, other);

	return one->match == other->match && left.size == right.size && !memcmp(left.bytes, right.bytes, left.size);
}

/* ---- what is cut out of a rule --------------------------------------------------- */

/* A pattern of bytes that stand for themselves and a star, or less; -1 otherwise. */
static int cut_glob(struct cuts *cuts, const struct glob *glob)
{
	char bytes[4096];
	size_t size = 0, left;

	for (; size < glob->count && size < sizeof(bytes) && !glob->tokens[size].star; size++) {
		unsigned count = 0;

		for (unsigned byte = 1; byte < 256; byte++) {
			if (set_has(glob->tokens[size].set, (unsigned char)byte)) {
				bytes[size] = (char)byte;
				count++;
			}
		}
		if (count != 1)
			break;
	}
	left = glob->count - size;
	if (left == 0)
		return cuts_add(cuts, (struct span){ bytes, size }, "", CUT_ONE);
	/* The last token is a star; before it stands any byte but a slash, when it is a whole component. */
	if (left > 2 || !glob->tokens[glob->count - 1].star ||
	    (left == 2 && (glob->tokens[size].star || set_has(glob->tokens[size].set, '/'))))
		return -1;
	for (unsigned byte = 1; byte < 256; byte++) {
		if (byte != '/' && !(set_has(glob->tokens[size].set, (unsigned char)byte)))
			return -1;
	}
	if (!set_has(glob->tokens[glob->count - 1].set, '/'))
		return cuts_add(cuts, (struct span){ bytes, size }, "", left == 2 ? CUT_INSIDE : CUT_STARTS);
	return left == 2 ? -1 : cuts_add(cuts, (struct span){ bytes, size }, "", CUT_WHOLE);
}

static int cut_pattern(struct cuts *cuts, const struct globs *blocked, struct span pattern)
{
	struct span prefix = { pattern.bytes, pattern_prefix(pattern) };
	struct globs globs;
	int failed = 0;

	/* An escape makes the prefix longer than its bytes: then it is looked at in any case. */
	if (!memchr(pattern.bytes, '\\', pattern.size) && !globs_begin(blocked, prefix))
		return 0;
	if (globs_of(&globs, KUBEARMOR_MATCH_PATTERN, 0, pattern, 0))
		return -1;
	for (size_t i = 0; i < globs.count; i++)
		failed |= cut_glob(cuts, &globs.list[i]);
	globs_free(&globs);
	return failed;
}

/* Takes out of a blocked language what the rule permits in it; -1 when it cannot be written. */
static int cut_rule(const struct section *section, struct cuts *cuts, const struct globs *blocked,
		    const struct kubearmor_rule *rule)
{
	struct span object = rule_object(section->writer->set, rule);
	int failed = 0;

	switch (rule->match) {
	case KUBEARMOR_MATCH_PATH:
		if (globs_begin(blocked, object))
			failed = cuts_add(cuts, object, "", CUT_ONE) ||
				 (section->is_file && cuts_add(cuts, object, "/", CUT_ONE));
		return failed ? -1 : 0;
	case KUBEARMOR_MATCH_DIRECTORY:
		if (!globs_begin(blocked, (struct span){ object.bytes, object.size - 1 }))
			return 0;
		if (object.size > 1 &&
		    cuts_add(cuts, (struct span){ object.bytes, object.size - 1 }, "", CUT_ONE))
			return -1;
		return cuts_add(cuts, object, "", rule->flags & KUBEARMOR_RULE_RECURSIVE ? CUT_WHOLE : CUT_DIRECT);
	case KUBEARMOR_MATCH_PATTERN:
		return cut_pattern(cuts, blocked, object);
	default:
		return -1;
	}
}

/* ---- lines ------------------------------------------------------------------------- */

/* The letters of accesses to files. */
static const char *letters(unsigned accesses, int is_denied)
{
	int reads = (accesses & READS) != 0, writes = (accesses & WRITES) != 0;

	if (reads && writes)
		return "rwlk";
	if (reads)
		return is_denied ? "r" : "rk";
	return is_denied ? "wl" : "wlk";
}

static void put_name(struct text *text, uint16_t match, uint32_t flags, struct span object, int is_file)
{
	text_add(text, "\"");
	switch (match) {
	case KUBEARMOR_MATCH_PATH:
		quote_path(text, object.bytes, object.size);
		/* A directory's name ends in a slash here. */
		text_add(text, is_file ? "{,/}" : "");
		break;
	case KUBEARMOR_MATCH_EXECNAME:
		text_add(text, "/{,**/}");
		quote_path(text, object.bytes, object.size);
		break;
	case KUBEARMOR_MATCH_DIRECTORY:
		quote_path(text, object.bytes, object.size - 1);
		text_add(text, flags & KUBEARMOR_RULE_RECURSIVE ? "%s/{,**}%s" : "%s/{,*,*/}%s",
			 object.size > 1 ? "{," : "", object.size > 1 ? "}" : "");
		break;
	default:
		/* AppArmor's names begin with a slash, and so do paths: what crosses them may go on with anything. */
		text_add(text, object.size > 1 && !memcmp(object.bytes, "**", 2) ? "/" : "");
		quote_pattern(text, object.bytes, object.size);
	}
	text_add(text, "\"");
}

/* Whether a pattern begins with what no path begins with: nothing is to be written for it. */
static int matches_nothing(const struct kubearmor_rule *rule, struct span object)
{
	return rule->match == KUBEARMOR_MATCH_PATTERN &&
	       (!object.size || (object.bytes[0] != '/' && (object.size < 2 || memcmp(object.bytes, "**", 2))));
}

/* A rule's language without the cuts. -1: it cannot be written. */
static int put_language(const struct section *section, const struct kubearmor_rule *rule, struct cuts *cuts,
			const char *before, const char *after)
{
	struct text *text = section->writer->text;
	struct span object = rule_object(section->writer->set, rule);
	struct globs globs;
	int failed;

	if (matches_nothing(rule, object))
		return 0;
	if (!cuts || !cuts->count) {
		text_add(text, "%s", before);
		put_name(text, rule->match, rule->flags, object, section->is_file);
		text_add(text, "%s", after);
		return 0;
	}
	if (globs_of(&globs, rule->match, rule->flags, object, section->is_file))
		return -1;
	failed = carve(text, &globs, cuts, before, after);
	globs_free(&globs);
	return failed;
}

/* The same for the owner and for others where they differ. */
static int put_lines(const struct section *section, const struct kubearmor_rule *rule, struct cuts *cuts,
		     unsigned accesses, const char *what, const char *execution)
{
	unsigned owner = accesses & (OWNER_READ | OWNER_WRITE), other = accesses & (OTHER_READ | OTHER_WRITE);
	int is_denied = !strcmp(what, "audit deny "), is_one = owner << 2 == other, failed = 0;
	char before[64], after[320];

	for (int i = 0; i < (is_one ? 1 : 2) && !failed; i++) {
		unsigned these = is_one ? accesses : i ? other : owner;

		if (!these || (!section->is_file && !(these & READS)))
			continue;
		snprintf(before, sizeof(before), "  %s%s", what, is_one ? "" : i ? "other " : "owner ");
		snprintf(after, sizeof(after), " %s,\n", section->is_file ? letters(these, is_denied) : execution);
		failed = put_language(section, rule, cuts, before, after);
	}
	return failed;
}

/* ---- denials ----------------------------------------------------------------------- */

/* Denies these accesses but what earlier rules permit of them. */
static void put_denial(const struct section *section, size_t index, const struct globs *globs,
		       const unsigned *permitted, unsigned accesses)
{
	const struct kubearmor_rule *rule = section->list.rules[index];
	struct cuts cuts = {};
	int is_stricter = permitted && !globs->count;

	for (size_t i = 0; i < index && permitted && globs->count; i++) {
		if (permitted[i] & accesses)
			is_stricter |= cut_rule(section, &cuts, globs, section->list.rules[i]) != 0;
	}
	if (put_lines(section, rule, &cuts, accesses, "audit deny ", "mx")) {
		is_stricter = 1;
		put_lines(section, rule, NULL, accesses, "audit deny ", "mx");
	}
	if (is_stricter)
		note(section->writer, rule, KUBEARMOR_HOLD_STRICTER,
		     "not all that more specific rules permit in it can be told apart");
	cuts_free(&cuts);
}

#define APART 0
#define PART 1 /* the other may be about some of it */
#define WHOLE 2 /* the other is about all of it */

static int names(const struct section *section, const struct kubearmor_rule *rule, struct span path)
{
	struct span object = rule_object(section->writer->set, rule);
	struct globs globs;
	int found;

	if (rule->match == KUBEARMOR_MATCH_PATH)
		return object.size == path.size && !memcmp(object.bytes, path.bytes, path.size);
	if (rule->match == KUBEARMOR_MATCH_DIRECTORY &&
	    (path.size + 1 < object.size || memcmp(object.bytes, path.bytes, object.size - 1)))
		return 0;
	if (globs_of(&globs, rule->match, rule->flags, object, section->is_file))
		return 0;
	found = globs_match(&globs, path);
	globs_free(&globs);
	return found;
}

/* Whether something that a rule with this language is about may be what the other is about. */
static int may_meet(const struct section *section, const struct globs *globs, const struct kubearmor_rule *other)
{
	struct span object = rule_object(section->writer->set, other);

	switch (other->match) {
	case KUBEARMOR_MATCH_PATH:
		return globs_match(globs, object);
	case KUBEARMOR_MATCH_DIRECTORY:
		return globs_begin(globs, (struct span){ object.bytes, object.size - 1 });
	case KUBEARMOR_MATCH_PATTERN:
		/* An escape makes the prefix shorter than its bytes. */
		return memchr(object.bytes, '\\', object.size) != NULL ||
		       globs_begin(globs, (struct span){ object.bytes, pattern_prefix(object) });
	default:
		return 1;
	}
}

/* What another rule has to do with the objects of a rule. */
static int relation(const struct section *section, const struct kubearmor_rule *rule, const struct globs *globs,
		    const struct kubearmor_rule *other)
{
	if (is_same_object(section, rule, other))
		return rule->flags & ~other->flags & KUBEARMOR_RULE_RECURSIVE ? PART : WHOLE;
	if (rule->match == KUBEARMOR_MATCH_EXECNAME && other->match == KUBEARMOR_MATCH_EXECNAME)
		return APART;
	/* Of a path there is nothing to cut out: it is permitted or not. */
	if (rule->match == KUBEARMOR_MATCH_PATH)
		return names(section, other, rule_object(section->writer->set, rule)) ? WHOLE : APART;
	return may_meet(section, globs, other) ? PART : APART;
}

/*
 * What the rules before this one permit of what it denies, an element a rule; NULL when they
 * permit none of it. What is permitted of all objects is taken from `denied`.
 */
static unsigned *find_permitted(const struct section *section, size_t index, const struct globs *globs,
				unsigned *denied)
{
	const struct kubearmor_rule *rule = section->list.rules[index];
	unsigned *permitted = NULL;

	for (size_t i = 0; i < index; i++) {
		const struct kubearmor_rule *other = section->list.rules[i];
		unsigned common = rule_permits(other) & *denied;
		int about = common ? relation(section, rule, globs, other) : APART;

		if (about == WHOLE)
			*denied &= ~common;
		if (about != PART)
			continue;
		if (!permitted)
			permitted = calloc(index, sizeof(*permitted));
		if (permitted)
			permitted[i] = common;
		else
			section->writer->text->failed = 1;
	}
	return permitted;
}

/* Those accesses together for which the same is permitted. */
static void put_denials(const struct section *section, size_t index)
{
	const struct kubearmor_rule *rule = section->list.rules[index];
	unsigned denied = rule_denies(rule), *permitted;
	struct globs globs = {};

	if (!denied)
		return;
	if (index && rule->match != KUBEARMOR_MATCH_PATH)
		globs_of(&globs, rule->match, rule->flags, rule_object(section->writer->set, rule), section->is_file);
	permitted = find_permitted(section, index, &globs, &denied);
	while (denied) {
		unsigned first = denied & -denied, alike = first;

		for (unsigned access = first << 1; access <= OTHER_WRITE; access <<= 1) {
			int same = (denied & access) != 0;

			for (size_t i = 0; permitted && i < index && same; i++)
				same = !(permitted[i] & first) == !(permitted[i] & access);
			alike |= same ? access : 0;
		}
		put_denial(section, index, &globs, permitted, alike);
		denied &= ~alike;
	}
	globs_free(&globs);
	free(permitted);
}

/* ---- permissions ----------------------------------------------------------------- */

/* A program that has a profile of its own in the container is executed into that. */
static int is_source(const struct section *section, struct span path)
{
	const struct sources *sources = &section->writer->sources;

	for (size_t i = 0; section->writer->is_container && i < sources->count; i++) {
		struct span text = sources->list[i].text;

		if (!sources->list[i].gap && text.size == path.size && !memcmp(text.bytes, path.bytes, path.size))
			return 1;
	}
	return 0;
}

static void put_permission(const struct section *section, const struct kubearmor_rule *rule)
{
	int is_audit = rule->action == KUBEARMOR_ACTION_AUDIT;

	if (!is_audit && section->posture != KUBEARMOR_ACTION_BLOCK)
		return;
	if (!section->is_file && rule->match == KUBEARMOR_MATCH_PATH &&
	    is_source(section, rule_object(section->writer->set, rule)))
		return;
	put_lines(section, rule, NULL, rule_permits(rule), is_audit ? "audit " : "", section->transition);
}

/* All that no rule permits is told: the daemon sorts out what is told too much. */
static void put_posture_audit(const struct section *section)
{
	struct span root = { "/", 1 };
	struct globs globs;
	struct cuts cuts = {};
	char after[320];

	if (globs_of(&globs, KUBEARMOR_MATCH_DIRECTORY, KUBEARMOR_RULE_RECURSIVE, root, section->is_file)) {
		section->writer->text->failed = 1;
		return;
	}
	for (size_t i = 0; i < section->list.count; i++) {
		const struct kubearmor_rule *rule = section->list.rules[i];

		/* An Allow rule whose conditions leave something to others takes nothing out. */
		if (rule->action == KUBEARMOR_ACTION_ALLOW && (rule_permits(rule) | rule_denies(rule)) == EVERY)
			cut_rule(section, &cuts, &globs, rule);
	}
	snprintf(after, sizeof(after), " %s,\n", section->is_file ? "rwlk" : section->transition);
	if (carve(section->writer->text, &globs, &cuts, "  audit ", after)) {
		cuts_free(&cuts);
		carve(section->writer->text, &globs, &cuts, "  audit ", after);
	}
	globs_free(&globs);
	cuts_free(&cuts);
}

static void put_rules(const struct section *section)
{
	for (size_t i = 0; i < section->list.count; i++) {
		put_denials(section, i);
		if (rule_permits(section->list.rules[i]))
			put_permission(section, section->list.rules[i]);
	}
	if (section->posture == KUBEARMOR_ACTION_AUDIT)
		put_posture_audit(section);
}

static int open_section(struct section *section, struct writer *writer, int source, uint32_t class_)
{
	*section = (struct section){ .writer = writer, .source = source };
	section->is_file = class_ == KUBEARMOR_CLASS_FILE;
	section->posture = writer->set->posture[class_];
	if (rule_list_make(&section->list, writer->set, class_, &writer->sources, source)) {
		writer->text->failed = 1;
		rule_list_free(&section->list);
		return -1;
	}
	return 0;
}

void write_files(struct writer *writer, int source)
{
	struct section section;

	if (open_section(&section, writer, source, KUBEARMOR_CLASS_FILE))
		return;
	/* What a program consists of is mapped whatever files it may open. */
	text_add(writer->text, "  \"/{,**}\" %s,\n", section.posture == KUBEARMOR_ACTION_BLOCK ? "m" : "mrwlk");
	put_rules(&section);
	rule_list_free(&section.list);
}

/* ---- executions ------------------------------------------------------------------ */

/* What the rules say about the execution of one path: the deciding rule, NULL: the posture. */
static const struct kubearmor_rule *decider(const struct section *section, struct span path)
{
	for (size_t i = 0; i < section->list.count; i++) {
		if (names(section, section->list.rules[i], path))
			return section->list.rules[i];
	}
	return NULL;
}

/* In a container, into the profiles of its sources: a line for a whole path goes before those with patterns. */
static void put_transitions(const struct section *section)
{
	struct writer *writer = section->writer;

	for (size_t i = 0; i < writer->sources.count && writer->is_container; i++) {
		const struct source *target = &writer->sources.list[i];
		const struct kubearmor_rule *rule = target->gap ? NULL : decider(section, target->text);
		uint32_t action = rule ? rule->action : section->posture;

		if (target->gap || (action == KUBEARMOR_ACTION_BLOCK && !(rule && rule_permits(rule))))
			continue;
		text_add(writer->text, "  %s\"", action == KUBEARMOR_ACTION_AUDIT ? "audit " : "");
		quote_path(writer->text, target->text.bytes, target->text.size);
		if (section->source == (int)i)
			text_add(writer->text, "\" ix,\n");
		else
			text_add(writer->text, "\" px -> %s//%s,\n", writer->name, target->name);
	}
}

void write_executions(struct writer *writer, int source)
{
	struct section section;

	if (open_section(&section, writer, source, KUBEARMOR_CLASS_PROCESS))
		return;
	/* On the host a program with a profile of its own gets that; all others get ours. */
	if (!writer->is_container)
		snprintf(section.transition, sizeof(section.transition), "pix");
	else if (source < 0)
		snprintf(section.transition, sizeof(section.transition), "ix");
	else
		snprintf(section.transition, sizeof(section.transition), "px -> %s", writer->name);
	if (section.posture != KUBEARMOR_ACTION_BLOCK)
		text_add(writer->text, "  \"/{,**}\" %s,\n", section.transition);
	put_transitions(&section);
	put_rules(&section);
	rule_list_free(&section.list);
}
