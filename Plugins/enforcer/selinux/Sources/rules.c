// SPDX-License-Identifier: Apache-2.0
/* What the rules of a workload say about a path: the meaning of docs/policies.md, for what labels can hold of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selinux.h"

/* ---- copies ------------------------------------------------------------------------ */

static int is_within(const struct kubearmor_rule_set *set, struct kubearmor_span span)
{
	return span.length == 0 ||
	       (set->strings && span.offset <= set->strings_size && span.length <= set->strings_size - span.offset);
}

static char *copy(const struct kubearmor_rule_set *set, struct kubearmor_span span)
{
	return span.length ? strndup(set->strings + span.offset, span.length) : strdup("");
}

int32_t rules_check(const struct kubearmor_rule_set *set, char *error, uint64_t error_size)
{
	if (set->struct_size < sizeof(*set))
		return fail(error, error_size, -EINVAL, "a rule set of %zu bytes is needed", sizeof(*set));
	if (set->rule_count && (!set->rules || set->rules->struct_size < sizeof(struct kubearmor_rule)))
		return fail(error, error_size, -EINVAL, "the rule set has no rules that this plugin can read");
	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule =
			(const void *)((const char *)set->rules + i * set->rules->struct_size);

		if (!is_within(set, rule->object) || !is_within(set, rule->source) ||
		    rule->class_ >= KUBEARMOR_CLASS_COUNT)
			return fail(error, error_size, -EINVAL, "rule %u speaks of what the rule set does not have",
				    rule->id);
	}
	return 0;
}

int rules_copy(struct rules *rules, const struct kubearmor_rule_set *set)
{
	*rules = (struct rules){ .list = calloc(set->rule_count + 1, sizeof(*rules->list)) };
	if (!rules->list)
		return -1;
	for (size_t i = 0; i < KUBEARMOR_CLASS_COUNT; i++)
		rules->posture[i] = set->posture[i];
	for (uint64_t i = 0; i < set->rule_count; i++) {
		/* The stride is the size that the writer was compiled with. */
		const struct kubearmor_rule *from =
			(const void *)((const char *)set->rules + i * set->rules->struct_size);
		struct rule *to = &rules->list[rules->count++];

		*to = (struct rule){
			.id = from->id,
			.class_ = from->class_,
			.match = from->match,
			.flags = from->flags,
			.action = from->action,
			.source_match = from->source_match,
			.source_flags = from->source_flags,
			.arguments = from->arguments.length != 0,
			.object = copy(set, from->object),
			.source = copy(set, from->source),
		};
		if (!to->object || !to->source)
			return -1;
	}
	return 0;
}

void rules_free(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		free(rules->list[i].object);
		free(rules->list[i].source);
	}
	free(rules->list);
	*rules = (struct rules){};
}

/* ---- what is held ------------------------------------------------------------------- */

/* Opening a program to execute it needs the permission to read; mapping a library is what executing is. */
static uint32_t hold_block(const struct rule *rule, const char **reason)
{
	if (rule->class_ == KUBEARMOR_CLASS_FILE && !(rule->flags & KUBEARMOR_RULE_READ_ONLY))
		*reason = "what may not be read cannot be executed";
	else if (rule->class_ == KUBEARMOR_CLASS_PROCESS && rule->match == KUBEARMOR_MATCH_DIRECTORY)
		*reason = "libraries in it cannot be mapped either";
	return *reason ? KUBEARMOR_HOLD_STRICTER : KUBEARMOR_HOLD_ENFORCED;
}

static uint32_t hold_path(const struct rule *rule, const char **reason)
{
	if (!strncmp(rule->object, "/proc/", 6))
		*reason = "files of /proc have no labels of their own";
	else if (rule->match == KUBEARMOR_MATCH_EXECNAME && rule->action == KUBEARMOR_ACTION_BLOCK)
		*reason = "a name in any directory is no label";
	else if (rule->match == KUBEARMOR_MATCH_PATTERN)
		*reason = "a pattern is no label";
	else if (rule->match == KUBEARMOR_MATCH_DIRECTORY && !strcmp(rule->object, "/") &&
		 rule->flags & KUBEARMOR_RULE_RECURSIVE && rule->action == KUBEARMOR_ACTION_BLOCK)
		*reason = "the whole tree is not labelled anew";
	else
		return rule->action == KUBEARMOR_ACTION_BLOCK ? hold_block(rule, reason) : KUBEARMOR_HOLD_ENFORCED;
	return KUBEARMOR_HOLD_AUDITED;
}

static uint32_t hold_name(const struct rule *rule, const char **reason)
{
	if (rule->class_ == KUBEARMOR_CLASS_NETWORK)
		return protocol_is_known(rule->object, reason) ? *reason ? KUBEARMOR_HOLD_STRICTER
									 : KUBEARMOR_HOLD_ENFORCED
							       : KUBEARMOR_HOLD_AUDITED;
	if (capability_is_known(rule->object))
		return KUBEARMOR_HOLD_ENFORCED;
	*reason = "SELinux knows no such capability";
	return KUBEARMOR_HOLD_AUDITED;
}

/* Of what is denied, or excepted from that: whether labels and constraints say it. */
static uint32_t hold(const struct rule *rule, const char **reason)
{
	*reason = NULL;
	if (rule->class_ > KUBEARMOR_CLASS_CAPABILITY)
		*reason = "SELinux has nothing for this class";
	else if (rule->flags & KUBEARMOR_RULE_OWNER_ONLY)
		*reason = "SELinux does not compare a task's user with a file's owner";
	else if (rule->flags & KUBEARMOR_RULE_TTY_ONLY)
		*reason = "SELinux does not look at terminals";
	else if (rule->arguments)
		*reason = "SELinux does not look at arguments";
	else if (rule->source_match == KUBEARMOR_MATCH_PATTERN)
		*reason = "a pattern is no label";
	if (*reason)
		return KUBEARMOR_HOLD_AUDITED;
	return rule->class_ <= KUBEARMOR_CLASS_FILE ? hold_path(rule, reason) : hold_name(rule, reason);
}

int rule_counts(const struct rule *rule)
{
	const char *reason;

	/* A list of what is allowed may permit more than it says, a Block rule may not deny what it does not say. */
	if (rule->action != KUBEARMOR_ACTION_BLOCK &&
	    (rule->class_ == KUBEARMOR_CLASS_NETWORK || rule->class_ == KUBEARMOR_CLASS_CAPABILITY))
		return !(rule->flags & KUBEARMOR_RULE_TTY_ONLY) && rule->source_match != KUBEARMOR_MATCH_PATTERN;
	return hold(rule, &reason) <= KUBEARMOR_HOLD_STRICTER;
}

int rule_denies(const struct rule *rule)
{
	return rule_counts(rule) &&
	       (rule->action == KUBEARMOR_ACTION_BLOCK ||
		(rule->action == KUBEARMOR_ACTION_ALLOW && rule->flags & KUBEARMOR_RULE_READ_ONLY));
}

uint32_t rules_denying(const struct rules *rules)
{
	uint32_t classes = 0;

	/* The posture of files and programs is not held. */
	for (uint16_t i = KUBEARMOR_CLASS_NETWORK; i <= KUBEARMOR_CLASS_CAPABILITY; i++)
		classes |= rules->posture[i] == KUBEARMOR_ACTION_BLOCK ? 1u << i : 0;
	for (size_t i = 0; i < rules->count; i++)
		classes |= rule_denies(&rules->list[i]) ? 1u << rules->list[i].class_ : 0;
	return classes;
}

int rules_except(const struct rules *rules, const struct rule *rule)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *other = &rules->list[i];

		if (other->class_ == rule->class_ && other->match == KUBEARMOR_MATCH_DIRECTORY && rule_denies(other) &&
		    !strncmp(rule->object, other->object, strlen(other->object)))
			return 1;
	}
	return 0;
}

uint32_t rule_hold(const struct rules *rules, uint32_t denying, const struct rule *rule, const char **reason)
{
	uint32_t held = hold(rule, reason);

	if (rule->class_ == KUBEARMOR_CLASS_SYSCALL || rule->class_ == KUBEARMOR_CLASS_DNS) {
		*reason = rule->class_ == KUBEARMOR_CLASS_DNS ? "questions are audited, by what monitors see" :
								 "system calls are audited, by what monitors see";
		return KUBEARMOR_HOLD_AUDITED;
	}
	if (rule->class_ > KUBEARMOR_CLASS_CAPABILITY)
		return KUBEARMOR_HOLD_UNSUPPORTED;
	if (rule->action == KUBEARMOR_ACTION_BLOCK)
		return held;
	if (held > KUBEARMOR_HOLD_STRICTER && rule->class_ <= KUBEARMOR_CLASS_FILE && denying & 1u << rule->class_) {
		*reason = "it permits nothing that others deny: labels cannot say it";
		return KUBEARMOR_HOLD_STRICTER;
	}
	if (rule->action == KUBEARMOR_ACTION_AUDIT) {
		*reason = "what is permitted is seen by the monitor";
		return KUBEARMOR_HOLD_AUDITED;
	}
	if (rule->class_ <= KUBEARMOR_CLASS_FILE && rules->posture[rule->class_] == KUBEARMOR_ACTION_BLOCK) {
		*reason = "a list of what is allowed would need a label on everything else";
		return KUBEARMOR_HOLD_AUDITED;
	}
	return held;
}

/* ---- sources ------------------------------------------------------------------------- */

int directory_matches(const char *directory, int is_recursive, const char *path)
{
	size_t size = strlen(directory);

	/* The directory itself, or what begins with it. */
	if (!strcmp(path, "/") && size == 1)
		return 1;
	if (strlen(path) + 1 == size)
		return !strncmp(directory, path, size - 1);
	if (strncmp(directory, path, size) != 0)
		return 0;
	return is_recursive || !strchr(path + size, '/');
}

static int source_matches(const struct rule *rule, const char *path)
{
	if (rule->source_match == KUBEARMOR_MATCH_PATH)
		return !strcmp(rule->source, path);
	return rule->source_match == KUBEARMOR_MATCH_DIRECTORY && strcmp(rule->source, path) &&
	       directory_matches(rule->source, rule->source_flags & KUBEARMOR_RULE_RECURSIVE, path);
}

/* A source as a group has it: recursive directories begin with a second slash. */
static void source_name(const struct rule *rule, char *name, size_t room)
{
	int is_deep = rule->source_match == KUBEARMOR_MATCH_DIRECTORY && rule->source_flags & KUBEARMOR_RULE_RECURSIVE;

	snprintf(name, room, "%s%s\n", is_deep ? "/" : "", rule->source);
}

int source_is_in(const struct rule *rule, const char *sources)
{
	char name[4200];
	size_t size;

	source_name(rule, name, sizeof(name));
	size = strlen(name);
	for (const char *at = sources; *at; at = strchr(at, '\n') + 1) {
		if (!strncmp(at, name, size))
			return 1;
	}
	return 0;
}

void rules_sources_of(const struct rules *rules, const char *path, struct text *sources)
{
	uint32_t denying = 0;
	char name[4200];

	text_bytes(sources, "", 0);
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];

		if (!rule->source_match || !source_matches(rule, path) || !rule_counts(rule))
			continue;
		/* Most paths are nobody's source. */
		denying = denying ? denying : rules_denying(rules);
		if (!(denying & 1u << rule->class_) || source_is_in(rule, sources->bytes ? sources->bytes : ""))
			continue;
		source_name(rule, name, sizeof(name));
		text_bytes(sources, name, strlen(name));
	}
}

/* ---- which rule decides ---------------------------------------------------------------- */

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* How specific the rule's match with the path is; 0: it does not match. */
static size_t specificity(const struct rule *rule, const char *path)
{
	int is_recursive = !!(rule->flags & KUBEARMOR_RULE_RECURSIVE);

	switch (rule->match) {
	case KUBEARMOR_MATCH_PATH:
		return strcmp(rule->object, path) ? 0 : SIZE_MAX;
	case KUBEARMOR_MATCH_EXECNAME:
		return strcmp(rule->object, last_component(path)) ? 0 : SIZE_MAX - 1;
	case KUBEARMOR_MATCH_DIRECTORY:
		return directory_matches(rule->object, is_recursive, path) ? 2 * strlen(rule->object) + !is_recursive
									   : 0;
	default:
		return 0;
	}
}

/* A rule whose condition does not hold is passed over. */
static int applies(const struct rule *rule, uint16_t class_, int is_write)
{
	return rule->class_ == class_ && (is_write || !(rule->flags & KUBEARMOR_RULE_READ_ONLY) ||
					  rule->action == KUBEARMOR_ACTION_ALLOW);
}

/* Block before Audit before Allow: the numbers of the actions ascend so. */
static const struct rule *winner(const struct rules *rules, const char *sources, int of_source, uint16_t class_,
				 int is_write, const char *path)
{
	const struct rule *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		size_t now;

		if (!!rule->source_match != of_source || !applies(rule, class_, is_write))
			continue;
		now = specificity(rule, path);
		if (!now || now < most || (now == most && best && rule->action <= best->action))
			continue;
		if (!rule_counts(rule) || (of_source && !source_is_in(rule, sources)))
			continue;
		most = now;
		best = rule;
	}
	return best;
}

static int is_denied(const struct rules *rules, const char *sources, uint16_t class_, int is_write, const char *path)
{
	const struct rule *rule = *sources ? winner(rules, sources, 1, class_, is_write, path) : NULL;

	if (!rule)
		rule = winner(rules, sources, 0, class_, is_write, path);
	if (!rule)
		return 0;
	return rule->action == KUBEARMOR_ACTION_BLOCK ||
	       (rule->action == KUBEARMOR_ACTION_ALLOW && is_write && rule->flags & KUBEARMOR_RULE_READ_ONLY);
}

uint32_t rules_denied(const struct rules *rules, const char *sources, const char *path)
{
	uint32_t bits = 0;

	if (is_denied(rules, sources, KUBEARMOR_CLASS_FILE, 0, path))
		bits |= DENY_READ;
	if (is_denied(rules, sources, KUBEARMOR_CLASS_FILE, 1, path))
		bits |= DENY_WRITE;
	if (is_denied(rules, sources, KUBEARMOR_CLASS_PROCESS, 0, path))
		bits |= DENY_EXECUTE;
	return bits;
}

int rules_open_in(const struct rules *rules, const char *sources, const char *directory)
{
	size_t size = strlen(directory);

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];

		if (rule->class_ != KUBEARMOR_CLASS_FILE || rule->action == KUBEARMOR_ACTION_BLOCK ||
		    !rule_counts(rule))
			continue;
		if (rule->match == KUBEARMOR_MATCH_EXECNAME)
			return 1;
		if (!strncmp(rule->object, directory, size) && rule->object[size] == '/' &&
		    !(rules_denied(rules, sources, rule->object) & DENY_WRITE))
			return 1;
	}
	return 0;
}
