// SPDX-License-Identifier: Apache-2.0
/*
 * The state's file: what was labelled, what it was labelled before, and for which rules.
 * It is on the disk before the first label is changed, so that any later daemon can put
 * all of them back. One line an element, words parted by blanks, other bytes as %XX.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selinux.h"

#define HEADER "kubearmor-selinux 1\n"
#define WORD_ROOM 8200

/* ---- writing ------------------------------------------------------------------------------- */

static void put_word(struct text *text, const char *word)
{
	text_add(text, " ");
	/* An empty one. */
	if (!word || !*word)
		text_add(text, "%%");
	for (const char *at = word ? word : ""; *at; at++) {
		if (*at > ' ' && *at < 0x7f && *at != '%')
			text_bytes(text, at, 1);
		else
			text_add(text, "%%%02X", (unsigned char)*at);
	}
}

static void put_workload(struct text *text, const struct workload *workload)
{
	text_add(text, "workload %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %u", workload->key,
		 workload->generation, workload->digest, workload->cgroup, workload->classes);
	put_word(text, workload->label);
	for (size_t i = 0; i < KUBEARMOR_CLASS_COUNT; i++)
		text_add(text, " %u", workload->rules.posture[i]);
	text_add(text, "\n");
	for (size_t i = 0; i < workload->rules.count; i++) {
		const struct rule *rule = &workload->rules.list[i];

		text_add(text, "rule %u %u %u %u %u %u %u %u", rule->id, rule->class_, rule->match, rule->flags,
			 rule->action, rule->source_match, rule->source_flags, rule->arguments);
		put_word(text, rule->object);
		put_word(text, rule->source);
		text_add(text, "\n");
	}
}

static void put_types(struct text *text, const struct state *state)
{
	for (size_t i = 0; i < state->group_count; i++) {
		text_add(text, "group %" PRIu64 " %d", state->groups[i].workload, state->groups[i].is_used);
		put_word(text, state->groups[i].sources);
		text_add(text, "\n");
	}
	for (size_t i = 0; i < state->kind_count; i++) {
		const struct kind *kind = &state->kinds[i];

		text_add(text, "kind %d", kind->is_used);
		put_word(text, kind->base);
		put_word(text, kind->files);
		put_word(text, kind->directories);
		put_word(text, kind->mark);
		put_word(text, kind->entries);
		text_add(text, "\n");
	}
	for (size_t i = 0; i < state->birth_count; i++) {
		const struct birth *birth = &state->births[i];

		text_add(text, "birth %u %u %d", birth->parent, birth->born, birth->is_directory);
		put_word(text, birth->name);
		text_add(text, "\n");
	}
}

static void put_objects(struct text *text, const struct state *state)
{
	for (size_t i = 0; i < state->object_count; i++) {
		const struct object *object = &state->objects[i];

		text_add(text, "object %" PRIu64 " %" PRIu64 " %u %d", object->device, object->inode, object->kind,
			 object->is_directory);
		put_word(text, object->path);
		put_word(text, object->label);
		text_add(text, "\n");
	}
}

static int make_directory(const char *path)
{
	char part[512];

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		size_t size = slash ? (size_t)(slash - path) : strlen(path);

		snprintf(part, sizeof(part), "%.*s", (int)size, path);
		if (mkdir(part, 0700) && errno != EEXIST)
			return -errno;
		if (!slash)
			return 0;
	}
}

/* Written whole and on the disk before it has its name. */
static int write_file(const char *directory, const struct text *text)
{
	char now[600], next[600];
	int fd, code = make_directory(directory);
	size_t done = 0;

	if (code)
		return code;
	snprintf(now, sizeof(now), "%s/journal", directory);
	snprintf(next, sizeof(next), "%s/journal.new", directory);
	fd = open(next, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	while (done < text->size && !code) {
		ssize_t size = write(fd, text->bytes + done, text->size - done);

		if (size < 0 && errno != EINTR)
			code = -errno;
		done += size > 0 ? (size_t)size : 0;
	}
	if (!code && fsync(fd))
		code = -errno;
	close(fd);
	if (!code && rename(next, now))
		code = -errno;
	fd = code ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		code = fsync(fd) ? -errno : 0;
		close(fd);
	}
	return code;
}

/* FNV-1a; never 0. */
static uint64_t hash_of(const struct text *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < text->size; i++)
		hash = (hash ^ (unsigned char)text->bytes[i]) * 0x100000001b3;
	return hash ? hash : 1;
}

int32_t journal_write(struct selinux *self, char *error, uint64_t error_size)
{
	struct text text = {};
	int code = 0;

	text_add(&text, HEADER);
	put_types(&text, &self->state);
	for (size_t i = 0; i < self->state.workload_count; i++)
		put_workload(&text, &self->state.workloads[i]);
	put_objects(&text, &self->state);
	text_add(&text, "end %u %" PRIu64 "\n", self->loads, self->bytes);
	if (text.failed)
		code = -ENOMEM;
	else if (hash_of(&text) != self->journal && !(code = write_file(self->directory, &text)))
		self->journal = hash_of(&text);
	text_free(&text);
	if (code)
		return fail(error, error_size, code, "the journal of labels in %s cannot be written: %s",
			    self->directory, strerror(-code));
	return 0;
}

void journal_remove(struct selinux *self)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/journal", self->directory);
	unlink(path);
	self->journal = 0;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The next word of the line as it was; 0 at the line's end. */
static int take_word(char **at, char *word, size_t room)
{
	size_t size = 0;
	unsigned int byte;

	*at += strspn(*at, " ");
	if (!**at)
		return 0;
	for (; **at && **at != ' '; (*at)++) {
		byte = (unsigned char)**at;
		if (byte == '%') {
			/* Alone it is an empty word. */
			if (strspn(*at + 1, "0123456789ABCDEF") < 2 || sscanf(*at + 1, "%2X", &byte) != 1)
				continue;
			*at += 2;
		}
		if (size + 1 < room)
			word[size++] = (char)byte;
	}
	word[size] = '\0';
	return 1;
}

static uint64_t take_number(char **at)
{
	char word[32] = "";

	take_word(at, word, sizeof(word));
	return strtoull(word, NULL, 10);
}

static void read_kind(struct state *state, char *at)
{
	static char words[5][WORD_ROOM];
	struct kind kind = { .base = words[0],
			     .files = words[1],
			     .directories = words[2],
			     .mark = words[3],
			     .entries = words[4] };
	uint64_t is_used = take_number(&at);

	for (size_t i = 0; i < 5; i++)
		take_word(&at, words[i], WORD_ROOM);
	/* All get their numbers again; those that are free are given up when all are read. */
	state_kind_of(state, state_kind(state, &kind))->is_loaded = is_used != 0;
}

static void read_birth(struct state *state, char *at)
{
	char name[WORD_ROOM] = "";
	struct birth birth = { .name = name };

	birth.parent = (uint32_t)take_number(&at);
	birth.born = (uint32_t)take_number(&at);
	birth.is_directory = take_number(&at) != 0;
	take_word(&at, name, sizeof(name));
	if (state_kind_of(state, birth.parent) && state_kind_of(state, birth.born))
		state_add_birth(state, &birth);
}

static void read_object(struct state *state, char *at)
{
	static char path[WORD_ROOM], label[WORD_ROOM];
	struct object object = { .path = path, .label = label };

	object.device = take_number(&at);
	object.inode = take_number(&at);
	object.kind = (uint32_t)take_number(&at);
	object.is_directory = take_number(&at) != 0;
	if (take_word(&at, path, sizeof(path)) && take_word(&at, label, sizeof(label)) &&
	    state_kind_of(state, object.kind))
		state_add_object(state, &object);
}

static void read_workload(struct state *state, char *at)
{
	struct workload *workload = state_workload(state, take_number(&at));
	char label[WORD_ROOM] = "";

	workload->generation = take_number(&at);
	workload->digest = take_number(&at);
	workload->cgroup = take_number(&at);
	workload->classes = (uint32_t)take_number(&at);
	take_word(&at, label, sizeof(label));
	if (*label)
		workload->label = strdup(label);
	for (size_t i = 0; i < KUBEARMOR_CLASS_COUNT; i++)
		workload->rules.posture[i] = (uint32_t)take_number(&at);
}

static void read_rule(struct state *state, char *at)
{
	static char object[WORD_ROOM], source[WORD_ROOM];
	struct rules *rules;
	struct rule *list;

	if (!state->workload_count)
		return;
	rules = &state->workloads[state->workload_count - 1].rules;
	list = realloc(rules->list, (rules->count + 1) * sizeof(*list));
	if (!list)
		return;
	rules->list = list;
	list += rules->count++;
	list->id = (uint32_t)take_number(&at);
	list->class_ = (uint16_t)take_number(&at);
	list->match = (uint16_t)take_number(&at);
	list->flags = (uint32_t)take_number(&at);
	list->action = (uint32_t)take_number(&at);
	list->source_match = (uint16_t)take_number(&at);
	list->source_flags = (uint16_t)take_number(&at);
	list->arguments = (uint16_t)take_number(&at);
	*object = *source = '\0';
	take_word(&at, object, sizeof(object));
	take_word(&at, source, sizeof(source));
	list->object = strdup(object);
	list->source = strdup(source);
}

static void read_line(struct selinux *self, char *line)
{
	char word[16] = "", sources[WORD_ROOM];
	uint64_t number;
	int is_used;

	take_word(&line, word, sizeof(word));
	if (!strcmp(word, "group")) {
		number = take_number(&line);
		is_used = take_number(&line) != 0;
		*sources = '\0';
		take_word(&line, sources, sizeof(sources));
		number = state_group(&self->state, number, sources);
		self->state.groups[number - 1].is_used = is_used;
	} else if (!strcmp(word, "kind")) {
		read_kind(&self->state, line);
	} else if (!strcmp(word, "birth")) {
		read_birth(&self->state, line);
	} else if (!strcmp(word, "object")) {
		read_object(&self->state, line);
	} else if (!strcmp(word, "workload")) {
		read_workload(&self->state, line);
	} else if (!strcmp(word, "rule")) {
		read_rule(&self->state, line);
	} else if (!strcmp(word, "end")) {
		self->loads = (uint32_t)take_number(&line);
		self->bytes = take_number(&line);
	}
}

int32_t journal_read(struct selinux *self, char *error, uint64_t error_size)
{
	char path[600], *line = NULL;
	size_t room = 0;
	ssize_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/journal", self->directory);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : fail(error, error_size, -errno, "%s: %s", path, strerror(errno));
	size = getline(&line, &room, file);
	if (size < 0 || strcmp(line, HEADER)) {
		free(line);
		fclose(file);
		return fail(error, error_size, -EBADMSG,
			    "%s is of another version: release with the daemon that wrote it", path);
	}
	while ((size = getline(&line, &room, file)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		read_line(self, line);
	}
	for (size_t i = 0; i < self->state.kind_count; i++)
		self->state.kinds[i].is_used = self->state.kinds[i].is_loaded;
	free(line);
	fclose(file);
	return 0;
}
