// SPDX-License-Identifier: Apache-2.0
/* Workloads and their profiles. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define SWEEP_SECONDS 2

struct workload *workload_find(struct apparmor *self, uint64_t key)
{
	for (size_t i = 0; key && i < self->workload_count; i++) {
		if (self->workloads[i].key == key)
			return &self->workloads[i];
	}
	return NULL;
}

struct workload *workload_get(struct apparmor *self, uint64_t key)
{
	struct workload *workload = workload_find(self, key);

	if (workload)
		return workload;
	if (self->workload_count == self->workload_room) {
		size_t room = self->workload_room ? 2 * self->workload_room : 16;
		struct workload *list = realloc(self->workloads, room * sizeof(*list));

		if (!list)
			return NULL;
		self->workloads = list;
		self->workload_room = room;
	}
	workload = &self->workloads[self->workload_count++];
	*workload = (struct workload){ .key = key };
	return workload;
}

static void free_sources(struct workload *workload)
{
	for (size_t i = 0; i < workload->source_count; i++) {
		free(workload->sources[i].profile);
		free(workload->sources[i].path);
	}
	free(workload->sources);
	workload->sources = NULL;
	workload->source_count = 0;
	text_free(&workload->gaps);
}

void workload_forget(struct apparmor *self, struct workload *workload)
{
	free_sources(workload);
	*workload = self->workloads[--self->workload_count];
}

const struct workload *workload_of_profile(const struct apparmor *self, const char *profile, const char **path)
{
	*path = NULL;
	for (size_t i = 0; i < self->workload_count; i++) {
		const struct workload *workload = &self->workloads[i];
		const char *mark = strcmp(workload->name, HOST_PROFILE) ? "//" : ".";
		size_t size = strlen(workload->name);

		if (!size || strncmp(profile, workload->name, size) ||
		    (profile[size] && strncmp(profile + size, mark, strlen(mark))))
			continue;
		for (size_t j = 0; j < workload->source_count && profile[size]; j++) {
			if (!strcmp(workload->sources[j].profile, profile))
				*path = workload->sources[j].path;
		}
		return workload;
	}
	return NULL;
}

/* ---- loading ------------------------------------------------------------------------ */

/* Why the rules in AppArmor's own language cannot be taken; NULL: they can, or there are none. */
static int32_t check_native(const struct kubearmor_rule_set *set, char *error, uint64_t error_size)
{
	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule = rule_at(set, i);
		const char *fault = rule->match == KUBEARMOR_MATCH_NATIVE ? native_fault(rule_object(set, rule)) : NULL;

		if (fault)
			return fail(error, error_size, -EINVAL, "the section apparmor of policy %.*s: %s",
				    (int)rule->policy.length, set->strings + rule->policy.offset, fault);
	}
	return 0;
}

/* Names the policies whose own AppArmor rules are why the compiler refuses, if they are. */
static int32_t blame_native(struct apparmor *self, const struct kubearmor_rule_set *set, struct target target,
			    int32_t code, char *error, uint64_t error_size)
{
	char said[KUBEARMOR_ERROR_SIZE], ignored[KUBEARMOR_ERROR_SIZE];
	struct text profile = {}, binary = {}, names = {};

	for (uint64_t i = 0; i < set->rule_count; i++) {
		const struct kubearmor_rule *rule = rule_at(set, i);

		if (rule->match != KUBEARMOR_MATCH_NATIVE)
			continue;
		text_bytes(&names, names.size ? ", " : "", names.size ? 2 : 0);
		text_bytes(&names, set->strings + rule->policy.offset, rule->policy.length);
	}
	target.has_no_native = 1;
	if (names.size && !names.failed && !profile_write(&profile, set, &target, NULL) &&
	    !cache_compile(self, &profile, &binary, ignored, sizeof(ignored))) {
		snprintf(said, sizeof(said), "%s", error);
		code = fail(error, error_size, code, "the section apparmor of policy %s: %s", names.bytes, said);
	}
	text_free(&profile);
	text_free(&binary);
	text_free(&names);
	return code;
}

static void put_gap(struct text *text, const struct source *source)
{
	text_add(text, "rules with fromSource ");
	for (size_t i = 0; i < source->text.size; i++)
		text_bytes(text, source->text.bytes[i] == '\n' ? "?" : source->text.bytes + i, 1);
	text_add(text, " are not in force: %s\n", source->gap);
}

/* Which profiles the sources have now. */
static void name_sources(struct workload *workload, const struct kubearmor_rule_set *set, const struct target *target)
{
	struct sources sources;

	free_sources(workload);
	if (sources_find(&sources, set, target))
		return;
	workload->sources = calloc(sources.count + 1, sizeof(*workload->sources));
	for (size_t i = 0; workload->sources && i < sources.count; i++) {
		const struct source *source = &sources.list[i];
		struct source_profile *named = &workload->sources[workload->source_count];
		int is_one = source->rule->source_match == KUBEARMOR_MATCH_PATH;

		if (source->gap)
			put_gap(&workload->gaps, source);
		if (source->gap || asprintf(&named->profile, "%s%s%s", workload->name,
					    target->is_container ? "//" : ".", source->name) < 0)
			continue;
		/* A list of lines cannot hold the end of one. */
		is_one &= !memchr(source->text.bytes, '\n', source->text.size);
		named->path = is_one ? strndup(source->text.bytes, source->text.size) : NULL;
		workload->source_count++;
	}
	sources_free(&sources);
}

static int is_host(const struct workload *workload)
{
	return !strcmp(workload->name, HOST_PROFILE);
}

/*
 * Of sources that are named no more programs may still run in their profiles: these stay, with
 * the rules of all others and attached to nothing, until nobody is in them.
 */
static void find_sources(const struct workload *workload, struct names *names)
{
	char prefix[PROFILE_SIZE + 4];

	snprintf(prefix, sizeof(prefix), "%s%s", workload->name, is_host(workload) ? "." : "//");
	kernel_names(names, prefix);
}

/* The daemon is nobody's subject: it is in a profile of its own from its next start on. */
static int32_t load_daemon(struct apparmor *self, char *error, uint64_t error_size)
{
	struct text profile = {}, binary = {};
	int32_t code;

	if (self->has_daemon_profile || !self->executable[0])
		return 0;
	profile_write_daemon(&profile, self->executable);
	code = cache_compile(self, &profile, &binary, error, error_size);
	if (!code)
		code = kernel_load(self, &binary, error, error_size);
	self->has_daemon_profile = !code;
	text_free(&profile);
	text_free(&binary);
	return code;
}

static int is_source(const struct workload *workload, const char *profile)
{
	for (size_t i = 0; i < workload->source_count; i++) {
		if (!strcmp(workload->sources[i].profile, profile))
			return 1;
	}
	return 0;
}

/*
 * Those of before that nobody is in go now and cost no compiling. Of a workload whose sources are
 * not known the kernel says which of the host's nothing attaches to; a container's may be in use.
 */
static void drop_idle(struct apparmor *self, const struct workload *workload, struct names *names)
{
	char error[KUBEARMOR_ERROR_SIZE];

	for (size_t i = names->count; i-- > 0;) {
		char *name = names->list[i];
		int is_known = workload->has_rules || (is_host(workload) && !kernel_attaches(name));

		if (is_source(workload, name) || !is_known || tasks_use(name) ||
		    kernel_remove(self, name, error, sizeof(error)))
			continue;
		free(name);
		names->list[i] = names->list[--names->count];
	}
}

/* Since nothing attaches to them any more, nobody comes into them. */
static void remove_retired(struct apparmor *self, const struct workload *workload, const struct names *names)
{
	char error[KUBEARMOR_ERROR_SIZE];

	for (size_t i = 0; i < names->count; i++) {
		if (!is_source(workload, names->list[i]) && !tasks_use(names->list[i]))
			kernel_remove(self, names->list[i], error, sizeof(error));
	}
}

static int32_t compile(struct apparmor *self, const struct kubearmor_rule_set *set, struct target target,
		       struct text *binary, char *error, uint64_t error_size)
{
	struct text profile = {};
	int32_t code = 0;

	if (profile_write(&profile, set, &target, NULL))
		code = fail(error, error_size, -ENOMEM, "no memory for the profile");
	if (!code) {
		code = cache_compile(self, &profile, binary, error, error_size);
		if (code)
			code = blame_native(self, set, target, code, error, error_size);
	}
	text_free(&profile);
	return code;
}

/* Of all containers with the same rules only the first is compiled. -1: it is to be compiled under its own name. */
static int compile_once(struct apparmor *self, const struct kubearmor_rule_set *set, struct target target,
			struct text *binary)
{
	char stand_in[PROFILE_SIZE], ignored[KUBEARMOR_ERROR_SIZE];
	const char *name = target.name;

	/* Profiles of sources that were have their names already. */
	if (!target.is_container || target.retired_count)
		return -1;
	stand_in_for(name, stand_in);
	target.name = stand_in;
	if (!compile(self, set, target, binary, ignored, sizeof(ignored)) && !profile_rename(binary, stand_in, name))
		return 0;
	text_free(binary);
	return -1;
}

static int32_t put_in_kernel(struct apparmor *self, const struct kubearmor_rule_set *set, struct target target,
			     struct text *binary, char *error, uint64_t error_size)
{
	int32_t code = 0;

	if (compile_once(self, set, target, binary))
		code = compile(self, set, target, binary, error, error_size);
	return code ? code : kernel_load(self, binary, error, error_size);
}

int32_t workload_load(struct apparmor *self, struct workload *workload, const struct kubearmor_rule_set *set,
		      char *error, uint64_t error_size)
{
	static const struct kubearmor_rule_set nothing = { .struct_size = sizeof(nothing) };
	struct target target = { .name = workload->name, .is_container = !is_host(workload) };
	struct text binary = {};
	struct names retired = {}, others = {};
	int32_t code;

	set = set ? set : &nothing;
	if (is_host(workload)) {
		kernel_names(&others, "/");
		target.exempt = self->executable;
		target.others = &others;
	}
	code = check_native(set, error, error_size);
	if (!code && is_host(workload))
		code = load_daemon(self, error, error_size);
	if (!code && workload->is_loaded) {
		find_sources(workload, &retired);
		drop_idle(self, workload, &retired);
	}
	target.retired = retired.list;
	target.retired_count = retired.count;
	if (!code)
		code = put_in_kernel(self, set, target, &binary, error, error_size);
	if (!code) {
		pthread_mutex_lock(&self->lock);
		name_sources(workload, set, &target);
		workload->bytes = binary.size;
		workload->is_loaded = 1;
		pthread_mutex_unlock(&self->lock);
		kernel_hash(workload->name, workload->hash, sizeof(workload->hash));
		remove_retired(self, workload, &retired);
	}
	names_free(&retired);
	names_free(&others);
	text_free(&binary);
	return code;
}

int32_t workload_unload(struct apparmor *self, struct workload *workload, char *error, uint64_t error_size)
{
	struct names names = {};
	int32_t code = 0;

	if (workload->is_loaded && is_host(workload)) {
		/* A container's go with it. */
		find_sources(workload, &names);
		for (size_t i = 0; i < names.count; i++)
			kernel_remove(self, names.list[i], error, error_size);
		names_free(&names);
	}
	if (workload->is_loaded)
		code = kernel_remove(self, workload->name, error, error_size);
	workload->is_loaded = code != 0;
	workload->has_rules = 0;
	workload->bytes = 0;
	return code;
}

void workloads_sweep(struct apparmor *self)
{
	char error[KUBEARMOR_ERROR_SIZE];
	time_t now = time(NULL);

	if (now - self->sweep_time < SWEEP_SECONDS && now >= self->sweep_time)
		return;
	self->sweep_time = now;
	pthread_mutex_lock(&self->lock);
	for (size_t i = 0; i < self->workload_count; i++) {
		struct workload *workload = &self->workloads[i];

		/* Others hold pointers to workloads with a key only: these neither move nor are they freed here. */
		if (!workload->key && workload->is_leaving && workload->is_loaded && !tasks_use(workload->name))
			workload_unload(self, workload, error, sizeof(error));
	}
	pthread_mutex_unlock(&self->lock);
}

int32_t daemon_unload(struct apparmor *self, char *error, uint64_t error_size)
{
	if (!kernel_has(DAEMON_PROFILE))
		return 0;
	self->has_daemon_profile = 0;
	return kernel_remove(self, DAEMON_PROFILE, error, error_size);
}
