// SPDX-License-Identifier: Apache-2.0
/* Which files and directories the rules are about, which of them do not exist yet, and what kind each is of. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selinux.h"

/* More is not looked at, and counted. */
#define MOST_OBJECTS 200000
#define PATH_ROOM 4200

/* A path that rules are about. */
struct candidate {
	char *path;
	int must_be_directory;
};

struct search {
	struct selinux *self;
	struct candidate *list;
	size_t count;
	size_t room;
	char **marks; /* directories in which something named is yet to be made */
	size_t mark_count;
};

/* ---- candidates ------------------------------------------------------------------------ */

static void add(struct search *search, const char *path, int must_be_directory)
{
	char *copy;

	if (search->count >= MOST_OBJECTS) {
		atomic_fetch_add(&search->self->unlabeled, 1);
		return;
	}
	if (search->count == search->room) {
		size_t room = search->room ? 2 * search->room : 256;
		struct candidate *list = realloc(search->list, room * sizeof(*list));

		if (!list)
			return;
		search->list = list;
		search->room = room;
	}
	copy = strdup(path);
	if (copy)
		search->list[search->count++] = (struct candidate){ copy, must_be_directory };
}

/* What was found in it before it could not be read any more: outside of its domain rules are about the daemon too. */
static void add_known(struct search *search, const char *directory)
{
	const struct state *state = &search->self->state;
	size_t size = strlen(directory);

	for (size_t i = 0; i < state->object_count; i++) {
		if (!strncmp(state->objects[i].path, directory, size) && state->objects[i].path[size] == '/')
			add(search, state->objects[i].path, 0);
	}
}

static void add_below(struct search *search, const char *directory, int is_recursive)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	char path[PATH_ROOM];

	if (!stream) {
		add_known(search, directory);
		return;
	}
	while ((entry = readdir(stream))) {
		int is_directory = entry->d_type == DT_DIR;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || entry->d_type == DT_LNK ||
		    snprintf(path, sizeof(path), "%s/%s", strcmp(directory, "/") ? directory : "", entry->d_name) >=
			    (int)sizeof(path))
			continue;
		add(search, path, 0);
		if (is_directory && is_recursive)
			add_below(search, path, 1);
	}
	closedir(stream);
}

static void add_match(struct search *search, const char *root, uint16_t match, int is_recursive, const char *text)
{
	char path[PATH_ROOM];
	int size = snprintf(path, sizeof(path), "%s%s", root, text);

	if (!size || size >= (int)sizeof(path))
		return;
	if (match == KUBEARMOR_MATCH_PATH)
		add(search, path, 0);
	if (match != KUBEARMOR_MATCH_DIRECTORY)
		return;
	/* Its slash goes, but that of the root. */
	if (size > 1)
		path[size - 1] = '\0';
	add(search, path, 1);
	add_below(search, path, is_recursive);
}

/* What there is of an exception is found by the rules from which it is one; what is yet to be made is not. */
static void add_exception(struct search *search, const char *root, const struct rule *rule)
{
	char path[PATH_ROOM];
	size_t size = (size_t)snprintf(path, sizeof(path), "%s%s", root, rule->object);
	int is_directory = rule->match == KUBEARMOR_MATCH_DIRECTORY;

	if (size < 2 || size >= sizeof(path) || (rule->match != KUBEARMOR_MATCH_PATH && !is_directory))
		return;
	if (is_directory)
		path[size - 1] = '\0';
	add(search, path, is_directory);
}

static void add_rules(struct search *search, const struct workload *workload)
{
	const struct rules *rules = &workload->rules;
	uint32_t denying = rules_denying(rules);

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->list[i];

		if (!rule_counts(rule) || !(denying & 1u << rule->class_))
			continue;
		if (rule->class_ <= KUBEARMOR_CLASS_FILE && rule_denies(rule))
			add_match(search, workload->root, rule->match, rule->flags & KUBEARMOR_RULE_RECURSIVE,
				  rule->object);
		else if (rule->class_ <= KUBEARMOR_CLASS_FILE && rules_except(rules, rule))
			add_exception(search, workload->root, rule);
		add_match(search, workload->root, rule->source_match, rule->source_flags & KUBEARMOR_RULE_RECURSIVE,
			  rule->source);
	}
}

static int by_path(const void *left, const void *right)
{
	return strcmp(((const struct candidate *)left)->path, ((const struct candidate *)right)->path);
}

/* Sorted, each once. */
static void sort(struct search *search)
{
	size_t kept = 0;

	qsort(search->list, search->count, sizeof(*search->list), by_path);
	for (size_t i = 0; i < search->count; i++) {
		if (kept && !strcmp(search->list[kept - 1].path, search->list[i].path)) {
			search->list[kept - 1].must_be_directory &= search->list[i].must_be_directory;
			free(search->list[i].path);
		} else {
			search->list[kept++] = search->list[i];
		}
	}
	search->count = kept;
}

/* ---- kinds -------------------------------------------------------------------------------- */

static void add_to_vector(struct text *vector, uint32_t group, uint32_t bits)
{
	if (bits)
		text_add(vector, "%u:%u,", group, bits);
}

/* A directory's bits: those of its path, and those that concern what is made in it. */
static uint32_t directory_bits(const struct rules *rules, const char *sources, const char *path, const char *child,
			       uint32_t bits, int is_born)
{
	uint32_t within = rules_denied(rules, sources, child);
	uint32_t all = bits & (DENY_READ | DENY_WRITE);

	/* A directory that is made gets the type of the one that it is made in, unless it is born with its own. */
	if ((is_born ? bits : within) & DENY_WRITE)
		all |= DENY_MAKE;
	if (within & DENY_WRITE && !rules_open_in(rules, sources, path))
		all |= DENY_ENTRIES;
	return all;
}

enum what { FILE_NOW, DIRECTORY_NOW, DIRECTORY_TO_BE };

/* What the groups are denied of a path. */
static void put_vector(struct selinux *self, struct text *vector, const char *path, enum what what)
{
	char child[PATH_ROOM];

	text_bytes(vector, "", 0);
	for (size_t i = 0; i < self->state.group_count; i++) {
		const struct group *group = &self->state.groups[i];
		const struct workload *workload = workload_of(&self->state, group->workload);
		const char *own = group->is_used && workload ? workload_path(workload, path) : NULL;
		const struct rules *rules;
		uint32_t bits;

		if (!own)
			continue;
		rules = &workload->rules;
		bits = rules_denied(rules, group->sources, own);
		snprintf(child, sizeof(child), "%s/\001", strcmp(own, "/") ? own : "");
		if (what != FILE_NOW)
			bits = directory_bits(rules, group->sources, own, child, bits, what == DIRECTORY_TO_BE);
		add_to_vector(vector, (uint32_t)i + 1, bits);
	}
}

static void put_children(struct selinux *self, struct text *vector, const char *directory)
{
	char child[PATH_ROOM];

	snprintf(child, sizeof(child), "%s/\001", strcmp(directory, "/") ? directory : "");
	put_vector(self, vector, child, FILE_NOW);
}

static uint32_t use_group(struct selinux *self, uint64_t workload, const char *sources)
{
	uint32_t group = state_group(&self->state, workload, sources);

	self->state.groups[group - 1].is_used = 1;
	return group;
}

/* The groups that tasks come into which run it. */
static void put_entries(struct selinux *self, struct text *entries, const char *path)
{
	text_bytes(entries, "", 0);
	for (size_t i = 0; i < self->state.workload_count; i++) {
		const struct workload *workload = &self->state.workloads[i];
		const char *own = workload_path(workload, path);
		struct text sources = {};

		if (own)
			rules_sources_of(&workload->rules, own, &sources);
		if (sources.size)
			text_add(entries, "%u,", use_group(self, workload->key, sources.bytes));
		text_free(&sources);
	}
}

static uint32_t kind_of(struct selinux *self, const char *path, const char *base, enum what what, const char *mark)
{
	struct text files = {}, directories = {}, entries = {};
	uint32_t number = 0;

	if (what != FILE_NOW) {
		put_vector(self, &directories, path, what);
		put_children(self, &files, path);
		text_bytes(&entries, "", 0);
	} else {
		put_vector(self, &files, path, FILE_NOW);
		text_bytes(&directories, "", 0);
		put_entries(self, &entries, path);
	}
	if (!files.failed && !directories.failed && !entries.failed) {
		struct kind kind = { .base = (char *)base,
				     .files = files.bytes,
				     .directories = directories.bytes,
				     .mark = (char *)mark,
				     .entries = entries.bytes };

		if (files.size || directories.size || entries.size || *mark)
			number = state_kind(&self->state, &kind);
	}
	text_free(&files);
	text_free(&directories);
	text_free(&entries);
	return number;
}

/* The type that a file has but for ours. */
static int base_of(struct selinux *self, const char *path, char *base, size_t room)
{
	char label[1024];
	uint32_t number;

	if (label_get(path, label, sizeof(label)))
		return -1;
	if (kind_of_label(label, &number)) {
		const struct kind *kind = state_kind_of(&self->state, number);

		snprintf(base, room, "%s", kind ? kind->base : "");
	} else {
		label_type(label, base, room);
	}
	return *base ? 0 : -1;
}

/* ---- what does not exist yet ----------------------------------------------------------------- */

/* The nearest directory above that exists; rest: what is missing. */
static int nearest(const char *path, char *directory, const char **rest)
{
	struct stat st;
	char *slash;

	snprintf(directory, PATH_ROOM, "%s", path);
	while ((slash = strrchr(directory, '/'))) {
		if (slash == directory)
			slash[1] = '\0';
		else
			*slash = '\0';
		if (!stat(directory, &st)) {
			*rest = path + strlen(directory) + (directory[1] != '\0');
			/* Directories of another name in the way: rules are about the real one. */
			return S_ISDIR(st.st_mode) ? 0 : -1;
		}
		if (directory[1] == '\0')
			return -1;
	}
	return -1;
}

static void add_mark(struct search *search, const char *directory)
{
	char **marks;

	for (size_t i = 0; i < search->mark_count; i++) {
		if (!strcmp(search->marks[i], directory))
			return;
	}
	marks = realloc(search->marks, (search->mark_count + 1) * sizeof(*marks));
	if (!marks)
		return;
	search->marks = marks;
	search->marks[search->mark_count] = strdup(directory);
	search->mark_count += search->marks[search->mark_count] != NULL;
	add(search, directory, 1);
}

static const char *mark_of(const struct search *search, const char *path)
{
	for (size_t i = 0; i < search->mark_count; i++) {
		if (!strcmp(search->marks[i], path))
			return path;
	}
	return "";
}

/* The types that what is missing of a path is born with, one component after the other. */
static void add_births(struct search *search, const struct candidate *candidate)
{
	struct selinux *self = search->self;
	char directory[PATH_ROOM], base[256], name[256];
	uint32_t parent;
	const char *rest;

	if (nearest(candidate->path, directory, &rest) || base_of(self, directory, base, sizeof(base)))
		return;
	parent = kind_of(self, directory, base, DIRECTORY_NOW, directory);
	while (*rest) {
		size_t size = strcspn(rest, "/");
		int is_last = rest[size] == '\0';
		char path[PATH_ROOM];
		struct birth birth = { .parent = parent, .name = name };

		snprintf(name, sizeof(name), "%.*s", (int)size, rest);
		snprintf(path, sizeof(path), "%.*s", (int)(rest + size - candidate->path), candidate->path);
		birth.is_directory = !is_last || candidate->must_be_directory;
		birth.born = kind_of(self, path, base, birth.is_directory ? DIRECTORY_TO_BE : FILE_NOW,
				     is_last ? "" : path);
		if (!birth.born)
			return;
		state_add_birth(&self->state, &birth);
		parent = birth.born;
		rest += size + !is_last;
	}
}

/* ---- all of it ----------------------------------------------------------------------------------- */

static void find(struct search *search, const struct candidate *candidate, struct findings *findings)
{
	struct finding *finding;
	char base[256];
	struct stat st;
	uint32_t kind, number;
	char label[1024];

	if (lstat(candidate->path, &st) || S_ISLNK(st.st_mode) ||
	    base_of(search->self, candidate->path, base, sizeof(base)))
		return;
	kind = kind_of(search->self, candidate->path, base, S_ISDIR(st.st_mode) ? DIRECTORY_NOW : FILE_NOW,
		       mark_of(search, candidate->path));
	/* Made in a directory with a type of ours, but not what its rules are about: it gets its former label. */
	if (!kind && (label_get(candidate->path, label, sizeof(label)) || !kind_of_label(label, &number)))
		return;
	if (findings->count == findings->room) {
		size_t room = findings->room ? 2 * findings->room : 256;
		struct finding *list = realloc(findings->list, room * sizeof(*list));

		if (!list) {
			findings->failed = 1;
			return;
		}
		findings->list = list;
		findings->room = room;
	}
	finding = &findings->list[findings->count++];
	*finding = (struct finding){ strdup(candidate->path), kind, S_ISDIR(st.st_mode) };
	findings->failed |= !finding->path;
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		free(findings->list[i].path);
	free(findings->list);
	*findings = (struct findings){};
}

/* All groups first: what a file is denied of depends on which there are. */
static void find_groups(struct search *search)
{
	struct selinux *self = search->self;

	for (size_t i = 0; i < self->state.group_count; i++)
		self->state.groups[i].is_used = 0;
	for (size_t i = 0; i < self->state.workload_count; i++)
		use_group(self, self->state.workloads[i].key, "");
	for (size_t i = 0; i < search->count; i++) {
		struct text entries = {};

		put_entries(self, &entries, search->list[i].path);
		text_free(&entries);
	}
}

static void find_marks(struct search *search)
{
	char directory[PATH_ROOM];
	size_t count = search->count;
	const char *rest;
	struct stat st;

	for (size_t i = 0; i < count; i++) {
		if (lstat(search->list[i].path, &st) && !nearest(search->list[i].path, directory, &rest))
			add_mark(search, directory);
	}
	sort(search);
}

void discover(struct selinux *self, struct findings *findings)
{
	struct search search = { .self = self };
	struct stat st;

	workloads_locate(&self->state);
	for (size_t i = 0; i < self->state.workload_count; i++) {
		const struct workload *workload = &self->state.workloads[i];

		if (is_bound(workload))
			add_rules(&search, workload);
	}
	sort(&search);
	find_groups(&search);
	find_marks(&search);
	for (size_t i = 0; i < search.count; i++)
		find(&search, &search.list[i], findings);
	for (size_t i = 0; i < self->state.birth_count; i++)
		free(self->state.births[i].name);
	self->state.birth_count = 0;
	for (size_t i = 0; i < search.count; i++) {
		if (lstat(search.list[i].path, &st))
			add_births(&search, &search.list[i]);
	}
	for (size_t i = 0; i < search.count; i++)
		free(search.list[i].path);
	for (size_t i = 0; i < search.mark_count; i++)
		free(search.marks[i]);
	free(search.list);
	free(search.marks);
}
