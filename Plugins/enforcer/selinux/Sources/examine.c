// SPDX-License-Identifier: Apache-2.0
/* How each rule is held, and what of a workload is not reached. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selinux.h"

int32_t selinux_examine(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
			uint64_t *count, char *error, uint64_t error_size)
{
	struct rules rules;
	uint32_t denying;
	uint64_t stride;
	int32_t code;

	if (!set || !count || (!holdings && capacity) || (capacity && holdings->struct_size < sizeof(*holdings)))
		return fail(error, error_size, -EINVAL, "examine needs a rule set, a count and room for the holdings");
	code = rules_check(set, error, error_size);
	if (code)
		return code;
	if (rules_copy(&rules, set)) {
		rules_free(&rules);
		return fail(error, error_size, -ENOMEM, "no memory for the rules");
	}
	*count = rules.count;
	denying = rules_denying(&rules);
	stride = capacity ? holdings->struct_size : 0;
	for (size_t i = 0; i < rules.count && i < capacity; i++) {
		struct kubearmor_holding *holding = (void *)((char *)holdings + i * stride);
		const char *reason;

		*holding = (struct kubearmor_holding){ .struct_size = sizeof(*holding), .rule = rules.list[i].id };
		holding->hold = rule_hold(&rules, denying, &rules.list[i], &reason);
		snprintf(holding->reason, sizeof(holding->reason), "%s", reason ? reason : "");
	}
	rules_free(&rules);
	return 0;
}

/* ---- remarks ------------------------------------------------------------------------------ */

/* Bytes that would end a line or garble a terminal appear as \xNN. */
static void put_path(struct text *text, const char *path)
{
	for (; *path; path++) {
		if ((unsigned char)*path >= ' ' && *path != 0x7f)
			text_bytes(text, path, 1);
		else
			text_add(text, "\\x%02x", (unsigned char)*path);
	}
}

static void remark_missing(struct text *text, const struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];
		struct stat st;

		if (!rule_denies(rule))
			continue;
		if (rule->class_ <= KUBEARMOR_CLASS_FILE && lstat(rule->object, &st)) {
			text_add(text, "path ");
			put_path(text, rule->object);
			text_add(text, " does not exist yet: it gets its label when it is made\n");
		}
	}
}

static void remark_unlabelled(struct text *text, const struct state *state)
{
	for (size_t i = 0; i < state->object_count; i++) {
		const struct object *object = &state->objects[i];
		char label[1024];
		uint32_t number;

		if (!label_get(object->path, label, sizeof(label)) && kind_of_label(label, &number) &&
		    number == object->kind)
			continue;
		text_add(text, "path ");
		put_path(text, object->path);
		text_add(text, " could not be labelled (its file system keeps no labels, or it is gone): its rules are "
			       "not held\n");
	}
}

static void remark_process(struct text *text, const struct rules *rules, const char *pid)
{
	char path[64], program[4200], domain[256] = "";
	struct text sources = {};
	ssize_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/exe", pid);
	size = readlink(path, program, sizeof(program) - 1);
	if (size <= 0)
		return;
	program[size] = '\0';
	rules_sources_of(rules, program, &sources);
	snprintf(path, sizeof(path), "/proc/%.20s/attr/current", pid);
	file = sources.size ? fopen(path, "re") : NULL;
	if (file && fgets(domain, sizeof(domain), file) && !strstr(domain, ":" TYPE_PREFIX "g")) {
		text_add(text, "process %.20s ", pid);
		put_path(text, program);
		text_add(text, " runs since before its rules: restart it\n");
	}
	if (file)
		fclose(file);
	text_free(&sources);
}

int32_t selinux_remarks(void *context, uint64_t workload, char *bytes, uint64_t size, uint64_t *length, char *error,
			uint64_t error_size)
{
	struct selinux *self = context;
	const struct rules *rules;
	struct text text = {};
	struct dirent *entry;
	DIR *stream;

	if (!self || !length || (!bytes && size))
		return fail(error, error_size, -EINVAL, "remarks need a self, a length and room for the text");
	pthread_mutex_lock(&self->lock);
	rules = state_rules(&self->state, workload);
	remark_missing(&text, rules);
	if (rules->count)
		remark_unlabelled(&text, &self->state);
	stream = opendir("/proc");
	while (stream && (entry = readdir(stream))) {
		if (*entry->d_name >= '1' && *entry->d_name <= '9')
			remark_process(&text, rules, entry->d_name);
	}
	if (stream)
		closedir(stream);
	pthread_mutex_unlock(&self->lock);
	*length = text.size;
	if (text.size && size)
		memcpy(bytes, text.bytes, text.size < size ? text.size : size);
	text_free(&text);
	return 0;
}
