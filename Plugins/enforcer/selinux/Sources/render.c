// SPDX-License-Identifier: Apache-2.0
/*
 * What is added to the policy, in CIL. Which types it is added to depends on the files of
 * a node; here they are attributes: of the objects that are denied alike, and of the
 * domains of the programs that rules name as sources.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selinux.h"

/* Sources and objects of the rules, sorted. */
struct names {
	char **list;
	size_t count;
};

static void add_name(struct names *names, const char *name)
{
	char **list;

	for (size_t i = 0; i < names->count; i++) {
		if (!strcmp(names->list[i], name))
			return;
	}
	list = realloc(names->list, (names->count + 1) * sizeof(*list));
	if (!list)
		return;
	names->list = list;
	names->list[names->count] = strdup(name);
	names->count += names->list[names->count] != NULL;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void sort(struct names *names)
{
	if (names->count)
		qsort(names->list, names->count, sizeof(*names->list), by_text);
}

static void free_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

/* A comment ends with its line, so a path in it must not hold a line's end. */
static void put_comment(struct text *text, const char *what, const char *path)
{
	text_add(text, "; %s", what);
	for (; *path && strcmp(path, "\n"); path++) {
		if ((unsigned char)*path >= ' ' && *path != 0x7f && *path != '\\')
			text_bytes(text, path, 1);
		else
			text_add(text, "\\x%02x", (unsigned char)*path);
	}
	text_add(text, "\n");
}

struct rendering {
	struct text *text;
	const struct rules *rules;
	struct names sources; /* each as the text of a group; the first is "" */
	struct names objects;
	size_t source; /* that which is being written */
};

/* What no source of theirs names is in no domain of ours. */
static void put_subject(const struct rendering *rendering)
{
	if (rendering->source == 0)
		text_add(rendering->text, "(eq t1 kubearmor_sources)");
	else
		text_add(rendering->text, "(neq t1 kubearmor_source_%zu)", rendering->source);
}

static void take(void *context, const char *class_, const char *permissions)
{
	const struct rendering *rendering = context;

	text_add(rendering->text, "(constrain (%s (%s)) ", class_, permissions);
	put_subject(rendering);
	text_add(rendering->text, ")\n");
}

static void put_denial(const struct rendering *rendering, size_t object, const char *class_, const char *permissions)
{
	text_add(rendering->text, "(constrain (%s (%s)) (or ", class_, permissions);
	put_subject(rendering);
	text_add(rendering->text, " (neq t2 kubearmor_object_%zu)))\n", object);
}

static void put_object(const struct rendering *rendering, size_t object)
{
	const char *name = rendering->objects.list[object];
	char path[4200];
	uint32_t bits;

	/* Of a directory: what is in it. */
	snprintf(path, sizeof(path), "%s%s", name, name[strlen(name) - 1] == '/' ? "\001" : "");
	bits = rules_denied(rendering->rules, rendering->sources.list[rendering->source], path);
	if (bits & DENY_READ)
		put_denial(rendering, object + 1, "file", "read");
	if (bits & DENY_WRITE)
		put_denial(rendering, object + 1, "file", "write append create setattr unlink rename link");
	if (bits & DENY_EXECUTE)
		put_denial(rendering, object + 1, "file", "execute");
}

static void collect(struct rendering *rendering)
{
	const struct rules *rules = rendering->rules;
	uint32_t denying = rules_denying(rules);

	add_name(&rendering->sources, "");
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		char path[4200];
		struct text sources = {};

		if (!rule_counts(rule) || !(denying & 1u << rule->class_))
			continue;
		if (rule->class_ <= KUBEARMOR_CLASS_FILE && (rule_denies(rule) || rules_except(rules, rule)))
			add_name(&rendering->objects, rule->object);
		if (!rule->source_match)
			continue;
		snprintf(path, sizeof(path), "%s%s", rule->source,
			 rule->source_match == KUBEARMOR_MATCH_DIRECTORY ? "\001" : "");
		rules_sources_of(rules, path, &sources);
		if (sources.size)
			add_name(&rendering->sources, sources.bytes);
		text_free(&sources);
	}
	sort(&rendering->sources);
	sort(&rendering->objects);
}

static void put_all(struct rendering *rendering)
{
	struct text *text = rendering->text;

	text_add(text, "; Made by KubeArmor from its policies. Its types are like those that files and domains have\n"
		       "; on the node, and are what these attributes stand for.\n(typeattribute kubearmor_sources)\n");
	for (size_t i = 1; i < rendering->sources.count; i++) {
		put_comment(text, "tasks that run ", rendering->sources.list[i]);
		text_add(text, "(typeattribute kubearmor_source_%zu)\n", i);
		text_add(text, "(typeattributeset kubearmor_sources kubearmor_source_%zu)\n", i);
	}
	for (size_t i = 0; i < rendering->objects.count; i++) {
		put_comment(text, "", rendering->objects.list[i]);
		text_add(text, "(typeattribute kubearmor_object_%zu)\n", i + 1);
	}
	for (size_t i = 0; i < rendering->sources.count; i++) {
		rendering->source = i;
		for (size_t j = 0; j < rendering->objects.count; j++)
			put_object(rendering, j);
		sockets_denied(rendering->rules, rendering->sources.list[i], take, rendering);
	}
}

int32_t selinux_render(const struct kubearmor_rule_set *set, char *bytes, uint64_t size, uint64_t *length, char *error,
		       uint64_t error_size)
{
	struct text text = {};
	struct rules rules;
	struct rendering rendering = { .text = &text, .rules = &rules };
	int32_t code;

	if (!set || !length || (!bytes && size))
		return fail(error, error_size, -EINVAL, "render needs a rule set, a length and room for the text");
	code = rules_check(set, error, error_size);
	if (code)
		return code;
	if (rules_copy(&rules, set)) {
		rules_free(&rules);
		return fail(error, error_size, -ENOMEM, "no memory for the rules");
	}
	collect(&rendering);
	put_all(&rendering);
	*length = text.size;
	if (text.failed)
		code = fail(error, error_size, -ENOMEM, "no memory for the text");
	else if (size)
		memcpy(bytes, text.bytes, text.size < size ? text.size : size);
	free_names(&rendering.sources);
	free_names(&rendering.objects);
	text_free(&text);
	rules_free(&rules);
	return code;
}
