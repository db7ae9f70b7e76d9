// SPDX-License-Identifier: Apache-2.0
/*
 * Brings labels and policy to what the rules say. The journal is written first, then
 * the policy is loaded with the old types beside the new ones, then objects are labelled
 * one by one: each has the old decision or the new one at any moment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "selinux.h"

static int by_path(const void *left, const void *right)
{
	return strcmp(((const struct finding *)left)->path, ((const struct finding *)right)->path);
}

static void former_label(struct selinux *self, const char *path, char *label, size_t room)
{
	char now[1024];
	uint32_t number;

	*label = '\0';
	if (label_get(path, now, sizeof(now)))
		return;
	/* Born with our type: there never was another one. */
	if (kind_of_label(now, &number) && state_kind_of(&self->state, number))
		label_with_type(now, state_kind_of(&self->state, number)->base, label, room);
	else
		snprintf(label, room, "%s", now);
}

/* Takes over what was found; what is not found any more gets kind 0. */
static void take_findings(struct selinux *self, const struct findings *findings)
{
	struct state *state = &self->state;
	char *is_known = calloc(findings->count + 1, 1);

	for (size_t i = 0; is_known && i < state->object_count; i++) {
		struct object *object = &state->objects[i];
		struct finding key = { .path = object->path };
		struct finding *found =
			findings->count
				? bsearch(&key, findings->list, findings->count, sizeof(*findings->list), by_path)
				: NULL;

		object->kind = found ? found->kind : 0;
		if (found)
			is_known[found - findings->list] = 1;
	}
	for (size_t i = 0; is_known && i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		char label[1024];
		struct object object = { .path = finding->path,
					 .kind = finding->kind,
					 .is_directory = finding->is_directory,
					 .label = label };

		if (is_known[i])
			continue;
		former_label(self, finding->path, label, sizeof(label));
		if (*label)
			state_add_object(state, &object);
	}
	free(is_known);
}

static void note_inodes(struct state *state)
{
	struct stat st;

	for (size_t i = 0; i < state->object_count; i++) {
		if (lstat(state->objects[i].path, &st))
			continue;
		state->objects[i].device = st.st_dev;
		state->objects[i].inode = st.st_ino;
	}
}

/* Which kinds the policy must have: those of objects as they are and as they shall be, and what is yet to be made. */
static int mark_used(struct selinux *self)
{
	struct state *state = &self->state;
	int is_missing = 0;

	for (size_t i = 0; i < state->kind_count; i++)
		state->kinds[i].is_used = 0;
	for (size_t i = 0; i < state->object_count; i++) {
		struct kind *kind = state_kind_of(state, state->objects[i].kind);
		char label[1024];
		uint32_t now;

		if (kind)
			kind->is_used = 1;
		if (!label_get(state->objects[i].path, label, sizeof(label)) && kind_of_label(label, &now) &&
		    state_kind_of(state, now))
			state_kind_of(state, now)->is_used = 1;
	}
	for (size_t i = 0; i < state->birth_count; i++) {
		state->kinds[state->births[i].parent - 1].is_used = 1;
		state->kinds[state->births[i].born - 1].is_used = 1;
	}
	for (size_t i = 0; i < state->kind_count; i++)
		is_missing |= state->kinds[i].is_used && !state->kinds[i].is_loaded;
	return is_missing;
}

static void restore(struct selinux *self, const struct object *object)
{
	char label[1024];
	uint32_t number;

	/* Labelled by somebody else meanwhile: theirs stays. */
	if (label_get(object->path, label, sizeof(label)) || !kind_of_label(label, &number))
		return;
	/* The directory first: then it may be read. */
	if (label_set(object->path, object->label))
		atomic_fetch_add(&self->unlabeled, 1);
	if (object->is_directory)
		label_restore_below(self, object->path);
}

static void label_all(struct selinux *self)
{
	struct state *state = &self->state;

	for (size_t i = 0; i < state->object_count; i++) {
		struct object *object = &state->objects[i];
		char type[64], now[1024], label[1024];

		if (!object->kind || label_get(object->path, now, sizeof(now)))
			continue;
		snprintf(type, sizeof(type), TYPE_PREFIX "k%u_t", object->kind);
		label_with_type(object->label, type, label, sizeof(label));
		if (strcmp(now, label) && label_set(object->path, label))
			atomic_fetch_add(&self->unlabeled, 1);
	}
}

/* What is no object any more gets its former label; what is below it and still one is labelled after. */
static void restore_all(struct selinux *self)
{
	struct state *state = &self->state;

	for (size_t i = state->object_count; i-- > 0;) {
		if (state->objects[i].kind)
			continue;
		restore(self, &state->objects[i]);
		state_drop_object(state, i);
	}
}

static int births_differ(const struct birth *before, size_t count, const struct state *state)
{
	if (count != state->birth_count)
		return 1;
	for (size_t i = 0; i < count; i++) {
		if (before[i].parent != state->births[i].parent || before[i].born != state->births[i].born ||
		    before[i].is_directory != state->births[i].is_directory)
			return 1;
	}
	return 0;
}

int32_t refresh(struct selinux *self, int must_load, char *error, uint64_t error_size)
{
	struct state *state = &self->state;
	struct findings findings = {};
	struct birth *before = calloc(state->birth_count + 1, sizeof(*before));
	size_t count = state->birth_count;
	int32_t code = 0;

	if (before && count)
		memcpy(before, state->births, count * sizeof(*before));
	discover(self, &findings);
	if (findings.failed || !before)
		code = fail(error, error_size, -ENOMEM, "no memory for the files that rules are about");
	if (!code) {
		take_findings(self, &findings);
		must_load |= mark_used(self) || births_differ(before, count, state);
		note_inodes(state);
		code = self->is_trial ? 0 : journal_write(self, error, error_size);
	}
	if (!code && must_load)
		code = policy_load(self, error, error_size);
	if (!code && !self->is_trial) {
		restore_all(self);
		label_all(self);
		code = journal_write(self, error, error_size);
	}
	watch_directories(self);
	findings_free(&findings);
	free(before);
	return code;
}

int32_t release(struct selinux *self, char *error, uint64_t error_size)
{
	struct state *state = &self->state;
	int32_t code;

	if (self->is_trial)
		return 0;
	for (size_t i = 0; i < state->object_count; i++)
		state->objects[i].kind = 0;
	restore_all(self);
	code = policy_load_base(error, error_size);
	if (code)
		return code;
	state_free(state);
	journal_remove(self);
	return 0;
}
