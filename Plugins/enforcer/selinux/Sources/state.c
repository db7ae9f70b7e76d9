// SPDX-License-Identifier: Apache-2.0
/* What is known of groups, types and objects. A number once given stays with what it was given to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selinux.h"

/* Room for one more element; there is no way on without memory for a handful of words. */
static void *more(void *list, size_t count, size_t size)
{
	void *now = list;

	if ((count & (count - 1)) == 0)
		now = realloc(list, (count ? 2 * count : 1) * size);
	if (!now)
		abort();
	return now;
}

static char *copy(const char *text)
{
	char *now = strdup(text ? text : "");

	if (!now)
		abort();
	return now;
}

uint32_t state_group(struct state *state, uint64_t workload, const char *sources)
{
	for (size_t i = 0; i < state->group_count; i++) {
		if (state->groups[i].workload == workload && !strcmp(state->groups[i].sources, sources))
			return (uint32_t)i + 1;
	}
	state->groups = more(state->groups, state->group_count, sizeof(*state->groups));
	state->groups[state->group_count++] = (struct group){ workload, copy(sources), 1 };
	return (uint32_t)state->group_count;
}

struct kind *state_kind_of(struct state *state, uint32_t number)
{
	return number && number <= state->kind_count ? &state->kinds[number - 1] : NULL;
}

/* Nothing has its type, and the policy that is loaded does not know it. */
static struct kind *free_kind(struct state *state)
{
	for (size_t i = 0; i < state->kind_count; i++) {
		struct kind *kind = &state->kinds[i];

		if (kind->is_used || kind->is_loaded)
			continue;
		free(kind->base);
		free(kind->files);
		free(kind->directories);
		free(kind->mark);
		free(kind->entries);
		return kind;
	}
	state->kinds = more(state->kinds, state->kind_count, sizeof(*state->kinds));
	state->kinds[state->kind_count].number = (uint32_t)state->kind_count + 1;
	return &state->kinds[state->kind_count++];
}

uint32_t state_kind(struct state *state, const struct kind *like)
{
	struct kind *kind;

	for (size_t i = 0; i < state->kind_count; i++) {
		kind = &state->kinds[i];
		if (!strcmp(kind->base, like->base) && !strcmp(kind->files, like->files) &&
		    !strcmp(kind->directories, like->directories) && !strcmp(kind->mark, like->mark) &&
		    !strcmp(kind->entries, like->entries)) {
			kind->is_used = 1;
			return kind->number;
		}
	}
	kind = free_kind(state);
	*kind = (struct kind){
		.number = kind->number,
		.is_used = 1,
		.base = copy(like->base),
		.files = copy(like->files),
		.directories = copy(like->directories),
		.mark = copy(like->mark),
		.entries = copy(like->entries),
	};
	return kind->number;
}

struct object *state_object(struct state *state, const char *path)
{
	for (size_t i = 0; i < state->object_count; i++) {
		if (!strcmp(state->objects[i].path, path))
			return &state->objects[i];
	}
	return NULL;
}

void state_add_object(struct state *state, const struct object *object)
{
	struct object *now;

	state->objects = more(state->objects, state->object_count, sizeof(*state->objects));
	now = &state->objects[state->object_count++];
	*now = *object;
	now->path = copy(object->path);
	now->label = copy(object->label);
}

void state_drop_object(struct state *state, size_t index)
{
	free(state->objects[index].path);
	free(state->objects[index].label);
	state->objects[index] = state->objects[--state->object_count];
}

void state_add_birth(struct state *state, const struct birth *birth)
{
	for (size_t i = 0; i < state->birth_count; i++) {
		struct birth *known = &state->births[i];

		if (known->parent == birth->parent && !strcmp(known->name, birth->name)) {
			known->born = birth->born;
			known->is_directory = birth->is_directory;
			return;
		}
	}
	state->births = more(state->births, state->birth_count, sizeof(*state->births));
	state->births[state->birth_count] = *birth;
	state->births[state->birth_count++].name = copy(birth->name);
}

struct workload *state_workload(struct state *state, uint64_t key)
{
	struct workload *workload;

	for (size_t i = 0; i < state->workload_count; i++) {
		if (state->workloads[i].key == key)
			return &state->workloads[i];
	}
	state->workloads = more(state->workloads, state->workload_count, sizeof(*state->workloads));
	workload = &state->workloads[state->workload_count++];
	*workload = (struct workload){ .key = key };
	return workload;
}

void state_drop_workload(struct state *state, uint64_t key)
{
	for (size_t i = 0; i < state->workload_count; i++) {
		if (state->workloads[i].key != key)
			continue;
		rules_free(&state->workloads[i].rules);
		free(state->workloads[i].label);
		state->workloads[i] = state->workloads[--state->workload_count];
		return;
	}
}

const struct rules *state_rules(const struct state *state, uint64_t workload)
{
	static const struct rules none;

	for (size_t i = 0; i < state->workload_count; i++) {
		if (state->workloads[i].key == workload)
			return &state->workloads[i].rules;
	}
	return &none;
}

void state_free(struct state *state)
{
	for (size_t i = 0; i < state->group_count; i++)
		free(state->groups[i].sources);
	for (size_t i = 0; i < state->kind_count; i++) {
		free(state->kinds[i].base);
		free(state->kinds[i].files);
		free(state->kinds[i].directories);
		free(state->kinds[i].mark);
		free(state->kinds[i].entries);
	}
	while (state->object_count)
		state_drop_object(state, state->object_count - 1);
	for (size_t i = 0; i < state->birth_count; i++)
		free(state->births[i].name);
	for (size_t i = 0; i < state->workload_count; i++) {
		rules_free(&state->workloads[i].rules);
		free(state->workloads[i].label);
	}
	free(state->groups);
	free(state->kinds);
	free(state->objects);
	free(state->births);
	free(state->workloads);
	*state = (struct state){};
}

int kind_of_label(const char *label, uint32_t *number)
{
	const char *at = strstr(label, ":" TYPE_PREFIX "k");
	char end;

	return at && sscanf(at + strlen(TYPE_PREFIX) + 2, "%u_t%c", number, &end) >= 1;
}
