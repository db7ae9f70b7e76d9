// SPDX-License-Identifier: Apache-2.0
/*
 * The host's profile: everything is permitted but what rules deny. In AppArmor a deny
 * goes before every permission, so a rule that permits something inside of what
 * another one blocks has to be cut out of the latter; where that cannot be
 * written the result is stricter, and said to be.
 */
#include <stdlib.h>
#include <string.h>

#include "apparmor.h"

static const char *object_of(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule)
{
	return set->strings + rule->object.offset;
}

static size_t size_of(const struct kubearmor_rule *rule)
{
	return rule->object.length;
}

/* The stride of the rules is the size that their writer was compiled with. */
static const struct kubearmor_rule *rule_at(const struct kubearmor_rule_set *set, uint64_t index)
{
	return (const void *)((const char *)set->rules + index * set->rules->struct_size);
}

/* Of the others the daemon says, from the capabilities, that they are not held. */
static int is_held(const struct kubearmor_rule *rule)
{
	if (rule->source_match || rule->arguments.length ||
	    rule->flags & (KUBEARMOR_RULE_OWNER_ONLY | KUBEARMOR_RULE_TTY_ONLY))
		return 0;
	return rule->class_ == KUBEARMOR_CLASS_PROCESS || rule->class_ == KUBEARMOR_CLASS_FILE ||
	       rule->class_ == KUBEARMOR_CLASS_NETWORK || rule->class_ == KUBEARMOR_CLASS_CAPABILITY;
}

static int is_path_class(const struct kubearmor_rule *rule)
{
	return rule->class_ == KUBEARMOR_CLASS_PROCESS || rule->class_ == KUBEARMOR_CLASS_FILE;
}

/* What a Block rule of the class takes away. */
static const char *permissions(const struct kubearmor_rule *rule)
{
	if (rule->class_ == KUBEARMOR_CLASS_PROCESS)
		return "x";
	return rule->flags & KUBEARMOR_RULE_READ_ONLY ? "wl" : "rwlk";
}

/* ---- what is permitted inside of a blocked directory --------------------------- */

/* A name or a whole subdirectory that a more specific rule permits. */
struct exception {
	const char *bytes; /* relative to the directory */
	size_t size;
	int is_whole; /* with all below it */
};

struct exceptions {
	struct exception *list;
	size_t count;
	size_t room;
};

static int add_exception(struct exceptions *all, const char *bytes, size_t size, int is_whole)
{
	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 16;
		struct exception *list = realloc(all->list, room * sizeof(*list));

		if (!list)
			return -1;
		all->list = list;
		all->room = room;
	}
	all->list[all->count++] = (struct exception){ bytes, size, is_whole };
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct exception *one = left, *other = right;
	size_t size = one->size < other->size ? one->size : other->size;
	int order = memcmp(one->bytes, other->bytes, size);

	return order ? order : (one->size > other->size) - (one->size < other->size);
}

static void put_deny(struct text *text, const char *directory, size_t directory_size, const char *prefix,
		     size_t prefix_size)
{
	text_add(text, "  audit deny \"");
	quote_path(text, directory, directory_size);
	quote_path(text, prefix, prefix_size);
}

/* A directory rule that is being written. */
struct carving {
	struct text *text;
	const char *directory;
	size_t directory_size;
	const struct exceptions *all;
	int recursive;
	const char *what; /* permissions */
};

static void put_prefix(const struct carving *carving, const char *prefix, size_t prefix_size)
{
	put_deny(carving->text, carving->directory, carving->directory_size, prefix, prefix_size);
}

/* The beginning of a class: no byte that any of the exceptions has next. A hyphen goes first, or it means a range. */
static void put_class(const struct carving *carving, size_t first, size_t last, size_t depth)
{
	const struct exception *list = carving->all->list;
	int hyphen = 0;

	for (size_t i = first; i < last; i++)
		hyphen |= list[i].bytes[depth] == '-';
	text_add(carving->text, hyphen ? "[^-" : "[^");
	if (!carving->recursive)
		text_add(carving->text, "/");
	for (size_t i = first; i < last; i++) {
		if (list[i].bytes[depth] != '-' && (i == first || list[i].bytes[depth] != list[i - 1].bytes[depth]))
			quote_path(carving->text, list[i].bytes + depth, 1);
	}
}

/* Whatever is longer than an exception that ends here. */
static void put_longer(const struct carving *carving, const char *prefix, size_t prefix_size)
{
	put_prefix(carving, prefix, prefix_size);
	text_add(carving->text, carving->recursive ? "?{,**}\" %s,\n" : "?*{,/}\" %s,\n", carving->what);
	if (!carving->recursive)
		return;
	put_prefix(carving, prefix, prefix_size);
	text_add(carving->text, "/?{,**}\" %s,\n", carving->what);
}

/*
 * Denies everything in the directory that begins with the first `depth` bytes that the
 * exceptions from `first` to `last` have in common, but these: at each byte what
 * leaves them is denied.
 */
static void put_rest(const struct carving *carving, size_t first, size_t last, size_t depth)
{
	const struct exception *list = carving->all->list;
	const char *prefix = list[first].bytes;
	size_t at = first;

	/* One ends here: with all below it, or alone. */
	while (at < last && list[at].size == depth) {
		if (list[at].is_whole)
			return;
		at++;
	}
	if (at == last) {
		put_longer(carving, prefix, depth);
		return;
	}
	if (depth && at == first) {
		put_prefix(carving, prefix, depth);
		text_add(carving->text, carving->recursive ? "\" %s,\n" : "{,/}\" %s,\n", carving->what);
	}
	put_prefix(carving, prefix, depth);
	put_class(carving, at, last, depth);
	text_add(carving->text, carving->recursive ? "]{,**}\" %s,\n" : "]*{,/}\" %s,\n", carving->what);
	while (at < last) {
		size_t end = at + 1;

		while (end < last && list[end].bytes[depth] == list[at].bytes[depth])
			end++;
		put_rest(carving, at, end, depth + 1);
		at = end;
	}
}

/* Whether the rule permits something inside of the directory; 2: what cannot be cut out. */
static int is_exception(const struct kubearmor_rule_set *set, const struct kubearmor_rule *block,
			const struct kubearmor_rule *rule)
{
	const char *object = object_of(set, rule);
	size_t size = size_of(block);

	if (rule->class_ != block->class_ || rule->action == KUBEARMOR_ACTION_BLOCK || rule->source_match ||
	    size_of(rule) <= size || memcmp(object, object_of(set, block), size))
		return 0;
	if (!(block->flags & KUBEARMOR_RULE_RECURSIVE) && memchr(object + size, '/', size_of(rule) - size))
		return 0;
	if (rule->arguments.length)
		return 2;
	if (rule->match == KUBEARMOR_MATCH_PATH)
		return rule->flags ? 2 : 1;
	return rule->match == KUBEARMOR_MATCH_DIRECTORY && rule->flags == KUBEARMOR_RULE_RECURSIVE ? 1 : 2;
}

/* Collects what is permitted inside of the directory rule; 1 when something cannot be cut out. */
static int collect(const struct kubearmor_rule_set *set, const struct kubearmor_rule *block, struct exceptions *all)
{
	size_t size = size_of(block);
	int stricter = 0;

	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule = rule_at(set, i);
		int kind = is_exception(set, block, rule);

		if (kind == 2 || (kind == 1 && add_exception(all, object_of(set, rule) + size, size_of(rule) - size,
							     rule->match == KUBEARMOR_MATCH_DIRECTORY)))
			stricter = 1;
	}
	return stricter;
}

static void put_directory(struct text *text, const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule,
			  note_function *note, void *context)
{
	struct exceptions all = {};
	struct carving carving = {
		.text = text,
		.directory = object_of(set, rule),
		.directory_size = size_of(rule),
		.all = &all,
		.recursive = rule->flags & KUBEARMOR_RULE_RECURSIVE,
		.what = permissions(rule),
	};

	if (collect(set, rule, &all))
		note(context, rule, "enforced stricter: not all that other rules permit inside of it can be cut out");
	put_prefix(&carving, "", 0);
	if (!all.count) {
		text_add(text, carving.recursive ? "{,**}\" %s,\n" : "{,*,*/}\" %s,\n", carving.what);
		return;
	}
	/* The directory itself, then what is in it. */
	text_add(text, "\" %s,\n", carving.what);
	qsort(all.list, all.count, sizeof(*all.list), compare);
	put_rest(&carving, 0, all.count, 0);
	free(all.list);
}

/* ---- rules ------------------------------------------------------------------------ */

static void put_path_rule(struct text *text, const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule,
			  note_function *note, void *context)
{
	switch (rule->match) {
	case KUBEARMOR_MATCH_PATH:
		put_deny(text, object_of(set, rule), size_of(rule), "", 0);
		/* A directory's name ends in a slash here. */
		text_add(text, rule->class_ == KUBEARMOR_CLASS_FILE ? "{,/}\" %s,\n" : "\" %s,\n", permissions(rule));
		break;
	case KUBEARMOR_MATCH_EXECNAME:
		text_add(text, "  audit deny \"/{,**/}");
		quote_path(text, object_of(set, rule), size_of(rule));
		text_add(text, "\" x,\n");
		break;
	case KUBEARMOR_MATCH_DIRECTORY:
		put_directory(text, set, rule, note, context);
		break;
	case KUBEARMOR_MATCH_PATTERN:
		text_add(text, "  audit deny \"");
		quote_pattern(text, object_of(set, rule), size_of(rule));
		text_add(text, "\" %s,\n", permissions(rule));
		break;
	default:
		note(context, rule, "the way it matches is not held");
	}
}

static int names(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule, const char *name)
{
	return size_of(rule) == strlen(name) && !memcmp(object_of(set, rule), name, size_of(rule));
}

static void put_network_rule(struct text *text, const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule,
			     note_function *note, void *context)
{
	static const struct {
		const char *name;
		const char *rules;
	} protocols[] = {
		{ "tcp", "  audit deny network inet stream,\n  audit deny network inet6 stream,\n" },
		{ "udp", "  audit deny network inet dgram,\n  audit deny network inet6 dgram,\n" },
		{ "raw", "  audit deny network inet raw,\n  audit deny network inet6 raw,\n"
			 "  audit deny network packet raw,\n" },
		{ "stream", "  audit deny network stream,\n" },
		{ "dgram", "  audit deny network dgram,\n" },
		{ "rdm", "  audit deny network rdm,\n" },
		{ "seqpacket", "  audit deny network seqpacket,\n" },
		{ "packet", "  audit deny network packet,\n" },
		{ "all", "  audit deny network,\n" },
	};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (names(set, rule, protocols[i].name)) {
			text_bytes(text, protocols[i].rules, strlen(protocols[i].rules));
			return;
		}
	}
	note(context, rule, "audited only: AppArmor knows families and types, not this protocol");
}

static void put_rule(struct text *text, const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule,
		     note_function *note, void *context)
{
	if (!is_held(rule))
		return;
	if (is_path_class(rule))
		put_path_rule(text, set, rule, note, context);
	else if (rule->class_ == KUBEARMOR_CLASS_NETWORK)
		put_network_rule(text, set, rule, note, context);
	else
		text_add(text, "  audit deny capability %.*s,\n", (int)size_of(rule), object_of(set, rule));
}

void profile_write(struct text *text, const struct kubearmor_rule_set *set, note_function *note, void *context)
{
	text_add(text, "# Made by KubeArmor from its policies; loaded again whenever they change.\n");
	/* Every program that is started and that no profile of its own attaches to. */
	text_add(text, "profile " HOST_PROFILE " \"/**\" flags=(attach_disconnected,mediate_deleted) {\n");
	text_add(text, "  capability,\n  network,\n  mount,\n  remount,\n  umount,\n  pivot_root,\n"
		       "  ptrace,\n  signal,\n  unix,\n  dbus,\n  change_profile,\n"
		       /* A program with a profile of its own gets that; all others stay in this one. */
		       "  \"/{,**}\" mrwlk,\n  \"/**\" pix,\n");
	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule = rule_at(set, i);

		if (rule->action == KUBEARMOR_ACTION_BLOCK)
			put_rule(text, set, rule, note, context);
	}
	text_add(text, "}\n");
}
