// SPDX-License-Identifier: Apache-2.0
/*
 * Which profiles are ours: a file beside the compiled ones lists what was loaded for whom.
 * Only what it names is ever removed, so a profile of somebody else stays whatever
 * its name is. An entry counts when the kernel still has that very profile.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apparmor.h"

#define LIST "loaded"
/* To be raised with every change of what is written for a rule set. */
#define TEXT_VERSION 2
#define NOTHING "-"

void loaded_save(struct apparmor *self)
{
	struct text text = {};

	text_add(&text, "kubearmor " KUBEARMOR_VERSION " %d\n", TEXT_VERSION);
	pthread_mutex_lock(&self->lock);
	for (size_t i = 0; i < self->workload_count; i++) {
		const struct workload *workload = &self->workloads[i];

		if (!workload->is_loaded)
			continue;
		text_add(&text, "%llu %llu %llu %u %llu %d %s %s\n", (unsigned long long)workload->key,
			 (unsigned long long)workload->generation, (unsigned long long)workload->digest,
			 workload->classes, (unsigned long long)workload->bytes, workload->has_rules,
			 workload->hash[0] ? workload->hash : NOTHING, workload->name);
		for (size_t j = 0; j < workload->source_count; j++) {
			const struct source_profile *source = &workload->sources[j];

			text_add(&text, "source %s ", source->profile);
			text_bytes(&text, source->path ? source->path : "", source->path ? strlen(source->path) : 0);
			text_bytes(&text, "\n", 1);
		}
	}
	pthread_mutex_unlock(&self->lock);
	cache_write(self, LIST, &text);
	text_free(&text);
}

/* "source PROFILE PATH" */
static void adopt_source(struct workload *workload, const char *line)
{
	const char *name = line + strlen("source "), *path = strchr(name, ' ');
	struct source_profile *list;

	if (!path)
		return;
	list = realloc(workload->sources, (workload->source_count + 1) * sizeof(*list));
	if (!list)
		return;
	workload->sources = list;
	list[workload->source_count].profile = strndup(name, (size_t)(path - name));
	list[workload->source_count].path = path[1] ? strdup(path + 1) : NULL;
	workload->source_count += list[workload->source_count].profile != NULL;
}

static struct workload *adopt_entry(struct apparmor *self, const char *line, const struct names *names)
{
	unsigned long long key, generation, digest, bytes;
	char hash[80], name[PROFILE_SIZE], now[80];
	struct workload *workload;
	unsigned classes;
	int has_rules;

	if (sscanf(line, "%llu %llu %llu %u %llu %d %79s %127s", &key, &generation, &digest, &classes, &bytes,
		   &has_rules, hash, name) != 8 || !names_have(names, name))
		return NULL;
	workload = workload_get(self, key);
	if (!workload)
		return NULL;
	snprintf(workload->name, sizeof(workload->name), "%s", name);
	workload->is_loaded = 1;
	workload->is_leaving = key == 0;
	kernel_hash(name, now, sizeof(now));
	if (!now[0] || strcmp(now, hash))
		return workload;
	workload->generation = generation;
	workload->digest = digest;
	workload->classes = classes;
	workload->bytes = bytes;
	workload->has_rules = has_rules;
	snprintf(workload->hash, sizeof(workload->hash), "%s", hash);
	return workload;
}

/* What nobody is in and no workload has any more. */
static void remove_unused(struct apparmor *self)
{
	char error[KUBEARMOR_ERROR_SIZE];

	for (size_t i = self->workload_count; i-- > 0;) {
		struct workload *workload = &self->workloads[i];

		if (workload->key == 0 && !tasks_use(workload->name) &&
		    workload_unload(self, workload, error, sizeof(error)) == 0)
			workload_forget(self, workload);
	}
}

void loaded_adopt(struct apparmor *self)
{
	struct workload *workload = NULL;
	struct names names;
	struct text file = {};
	char *rest, *line;
	int is_current;

	if (cache_read(self, LIST, &file) || !file.size) {
		text_free(&file);
		return;
	}
	kernel_names(&names, "kubearmor");
	rest = file.bytes;
	line = strsep(&rest, "\n");
	{
		char version[64];

		snprintf(version, sizeof(version), "kubearmor " KUBEARMOR_VERSION " %d", TEXT_VERSION);
		is_current = !strcmp(line, version);
	}
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "source ", 7))
			workload = adopt_entry(self, line, &names);
		else if (workload)
			adopt_source(workload, line);
		/* Ours, but made in another way: it is replaced by what is made now. */
		if (workload && !is_current)
			workload->has_rules = 0;
	}
	names_free(&names);
	text_free(&file);
	remove_unused(self);
	loaded_save(self);
}
