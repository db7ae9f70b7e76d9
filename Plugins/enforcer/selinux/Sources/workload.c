// SPDX-License-Identifier: Apache-2.0
/* Whose paths are which: a container has a root of its own, which is reached through one of its processes. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selinux.h"

const struct workload *workload_of(const struct state *state, uint64_t key)
{
	for (size_t i = 0; i < state->workload_count; i++) {
		if (state->workloads[i].key == key)
			return &state->workloads[i];
	}
	return NULL;
}

const char *workload_path(const struct workload *workload, const char *path)
{
	size_t size = strlen(workload->root);

	/* What is another's is reached through /proc; the host has no rules about that. */
	if (!size)
		return strncmp(path, "/proc/", 6) ? path : NULL;
	return !strncmp(path, workload->root, size) && path[size] == '/' ? path + size : NULL;
}

/* The type of a process, or that of the container that its domain belongs to. */
static void read_type(const char *pid, char *type, size_t room)
{
	char path[64], label[512] = "";
	FILE *file;

	*type = '\0';
	snprintf(path, sizeof(path), "/proc/%.20s/attr/current", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(label, sizeof(label), file))
		label_type(label, type, room);
	fclose(file);
}

static int has_own_root(const char *pid)
{
	char path[64];
	struct stat own, host;

	snprintf(path, sizeof(path), "/proc/%.20s/root", pid);
	if (stat(path, &own) || stat("/", &host))
		return 0;
	return own.st_dev != host.st_dev || own.st_ino != host.st_ino;
}

static void locate(struct state *state, const char *pid)
{
	char type[256];

	read_type(pid, type, sizeof(type));
	for (size_t i = 0; *type && i < state->workload_count; i++) {
		struct workload *workload = &state->workloads[i];

		if (!workload->label || strcmp(workload->label, type) || *workload->root || !has_own_root(pid))
			continue;
		snprintf(workload->root, sizeof(workload->root), "/proc/%.20s/root", pid);
	}
}

void workloads_locate(struct state *state)
{
	struct dirent *entry;
	int is_needed = 0;
	DIR *stream;

	for (size_t i = 0; i < state->workload_count; i++) {
		is_needed |= state->workloads[i].label != NULL;
		*state->workloads[i].root = '\0';
	}
	stream = is_needed ? opendir("/proc") : NULL;
	while (stream && (entry = readdir(stream))) {
		if (*entry->d_name >= '1' && *entry->d_name <= '9')
			locate(state, entry->d_name);
	}
	if (stream)
		closedir(stream);
}

int workload_take_label(struct state *state, struct workload *workload, const struct kubearmor_string *label)
{
	for (size_t i = 0; i < state->workload_count; i++) {
		struct workload *other = &state->workloads[i];

		if (other == workload || !other->label || strlen(other->label) != label->length ||
		    memcmp(other->label, label->data, label->length))
			continue;
		/* Domains and types are made for groups: these have the same rules as before. */
		for (size_t j = 0; j < state->group_count; j++) {
			if (state->groups[j].workload == other->key)
				state->groups[j].workload = workload->key;
		}
		rules_free(&workload->rules);
		free(workload->label);
		workload->label = other->label;
		workload->rules = other->rules;
		workload->classes = other->classes;
		other->label = NULL;
		other->rules = (struct rules){};
		state_drop_workload(state, other->key);
		return 1;
	}
	return 0;
}

int type_is_used(const char *type)
{
	DIR *stream = opendir("/proc");
	struct dirent *entry;
	char now[256];
	int found = 0;

	while (stream && !found && (entry = readdir(stream))) {
		if (*entry->d_name < '1' || *entry->d_name > '9')
			continue;
		read_type(entry->d_name, now, sizeof(now));
		found = !strcmp(now, type);
	}
	if (stream)
		closedir(stream);
	/* What cannot be looked at may be used. */
	return found || !stream;
}
