// SPDX-License-Identifier: Apache-2.0
/*
 * An event of an audit record such as
 *   avc:  denied  { read } for  pid=7 comm="cat" name="a" dev="tmpfs" ino=9 scontext=… tcontext=…
 *   tclass=file permissive=0
 * It is ours when our rules take that permission away from that subject; the
 * distribution's own denials are none of ours.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "selinux.h"

/* ---- the words of a record -------------------------------------------------------- */

/* The value behind " key="; NULL when there is none. */
static const char *value_of(const char *record, const char *key)
{
	size_t size = strlen(key);

	for (const char *at = record; (at = strstr(at, key)); at += size) {
		if (at > record && at[-1] == ' ' && at[size] == '=')
			return at + size + 1;
	}
	return NULL;
}

static int digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* Copies a value: in quotes, in hexadecimal because it may not stand in quotes, or (bare) up to a blank. */
static size_t text_of(const char *record, const char *key, int is_bare, char *text, size_t room)
{
	const char *value = value_of(record, key);
	size_t size = 0;

	if (value && *value == '"') {
		for (value++; *value && *value != '"' && size + 1 < room; value++)
			text[size++] = *value;
	} else if (is_bare) {
		for (; value && *value && *value != ' ' && size + 1 < room; value++)
			text[size++] = *value;
	} else {
		for (; value && digit(value[0]) >= 0 && digit(value[1]) >= 0 && size + 1 < room; value += 2)
			text[size++] = (char)(digit(value[0]) << 4 | digit(value[1]));
	}
	text[size] = '\0';
	return size;
}

static uint64_t number_of(const char *record, const char *key)
{
	const char *value = value_of(record, key);

	return value ? strtoull(value, NULL, 10) : 0;
}

/* ---- whose denial ------------------------------------------------------------------- */

/* The group of a domain; 0: of none that rules are about. */
static uint32_t group_of(struct selinux *self, const char *domain)
{
	uint32_t group;

	if (sscanf(domain, TYPE_PREFIX "g%u_", &group) == 1)
		return group <= self->state.group_count ? group : 0;
	for (size_t i = 0; i < self->state.workload_count; i++) {
		const struct workload *workload = &self->state.workloads[i];

		if (workload->label && !strcmp(workload->label, domain))
			return state_group(&self->state, workload->key, "");
	}
	for (size_t i = 0; i < self->state.workload_count; i++) {
		if (is_host(&self->state.workloads[i]))
			return state_group(&self->state, self->state.workloads[i].key, "");
	}
	return 0;
}

static uint32_t bits_of(const char *vector, uint32_t group)
{
	uint32_t number, bits;

	for (const char *at = vector; *at; at = strchr(at, ',') + 1) {
		if (sscanf(at, "%u:%u", &number, &bits) == 2 && number == group)
			return bits;
	}
	return 0;
}

static int has_word(const char *words, const char *word)
{
	size_t size = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += size) {
		if ((at == words || at[-1] == ' ') && (at[size] == '\0' || at[size] == ' '))
			return 1;
	}
	return 0;
}

struct question {
	const struct record *record;
	const char *found; /* the first permission that is denied and ours */
};

static void answer(void *context, const char *class_, const char *permissions)
{
	struct question *question = context;
	static __thread char word[64];
	const char *at = question->record->permissions;

	if (strcmp(class_, question->record->class_))
		return;
	while (*at && !question->found) {
		size_t size = strcspn(at, " ");

		snprintf(word, sizeof(word), "%.*s", (int)size, at);
		if (has_word(permissions, word))
			question->found = word;
		at += size + (at[size] == ' ');
	}
}

/* ---- files ---------------------------------------------------------------------------- */

static const struct {
	const char *permission;
	int of_directories;
	uint32_t bit;
	uint16_t class_;
	uint16_t operation;
	uint32_t access;
	const char *hook;
} permissions[] = {
	{ "execute", 0, DENY_EXECUTE, KUBEARMOR_CLASS_PROCESS, KUBEARMOR_OPERATION_EXEC, KUBEARMOR_ACCESS_EXECUTE,
	  "lsm=SECURITY_BPRM_CHECK" },
	{ "read", 0, DENY_READ, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_OPEN, KUBEARMOR_ACCESS_READ,
	  "lsm=FILE_OPEN" },
	{ "write", 0, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_OPEN, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_OPEN" },
	{ "append", 0, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_OPEN, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_OPEN" },
	{ "create", 0, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_CREATE, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_MKNOD" },
	{ "unlink", 0, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_UNLINK, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_UNLINK" },
	{ "rename", 0, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_UNLINK, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_RENAME" },
	{ "link", 0, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_CREATE, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_LINK" },
	{ "setattr", 0, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_CHMOD, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_CHMOD" },
	{ "read", 1, DENY_READ, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_OPEN, KUBEARMOR_ACCESS_READ,
	  "lsm=FILE_OPEN" },
	{ "rmdir", 1, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_RMDIR, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_RMDIR" },
	{ "rename", 1, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_UNLINK, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_RENAME" },
	{ "reparent", 1, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_UNLINK, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_RENAME" },
	{ "setattr", 1, DENY_WRITE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_CHMOD, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_CHMOD" },
	{ "create", 1, DENY_MAKE, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_MKDIR, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_MKDIR" },
	{ "add_name", 1, DENY_ENTRIES, KUBEARMOR_CLASS_FILE, KUBEARMOR_OPERATION_CREATE, KUBEARMOR_ACCESS_WRITE,
	  "lsm=FILE_RENAME" },
};

static int name_is(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return slash && !strcmp(slash + 1, name);
}

/* Whether in the directory there is, or might have been made, what the record names. */
static int is_in(struct selinux *self, const struct object *directory, const struct record *record, uint32_t number,
		 uint64_t inode, char *path, size_t room)
{
	struct stat st;

	/* The name is that of what shall be added, or of what a link shall be made to. */
	if (has_word(record->permissions, "add_name"))
		inode = 0;
	if (snprintf(path, room, "%s/%s", directory->path[1] ? directory->path : "", record->name) >= (int)room)
		return 0;
	if (inode)
		return !lstat(path, &st) && st.st_ino == inode;
	if (directory->kind == number)
		return 1;
	for (size_t i = 0; i < self->state.birth_count; i++) {
		const struct birth *birth = &self->state.births[i];

		if (birth->parent == directory->kind && birth->born == number && !strcmp(birth->name, record->name))
			return 1;
	}
	return 0;
}

/* What was refused at its birth, in a directory that was made a moment ago. */
static int find_birth(const struct state *state, struct record *record, uint32_t number)
{
	for (size_t i = 0; i < state->birth_count; i++) {
		const struct birth *birth = &state->births[i];
		const char *directory = state->kinds[birth->parent - 1].mark;

		if (birth->born != number || strcmp(birth->name, record->name) || !*directory)
			continue;
		snprintf(record->resource, sizeof(record->resource), "%s/%s", directory[1] ? directory : "",
			 birth->name);
		return 1;
	}
	return 0;
}

/* Where the kernel's number of a file is none that programs see, as in an overlay: its name and type. */
static int find_alike(const struct state *state, struct record *record, uint32_t number)
{
	for (size_t i = 0; i < state->object_count; i++) {
		if (state->objects[i].kind != number || !name_is(state->objects[i].path, record->name))
			continue;
		snprintf(record->resource, sizeof(record->resource), "%s", state->objects[i].path);
		return 1;
	}
	return 0;
}

static void find_path(struct selinux *self, struct record *record, const char *text, uint32_t number)
{
	uint64_t inode = number_of(text, "ino");
	struct state *state = &self->state;

	if (text_of(text, "path", 0, record->resource, sizeof(record->resource)) && *record->resource == '/')
		return;
	text_of(text, "name", 0, record->name, sizeof(record->name));
	for (size_t i = 0; inode && !has_word(record->permissions, "add_name") && i < state->object_count; i++) {
		if (state->objects[i].inode == inode && name_is(state->objects[i].path, record->name)) {
			snprintf(record->resource, sizeof(record->resource), "%s", state->objects[i].path);
			return;
		}
	}
	for (size_t i = 0; i < state->object_count; i++) {
		if (state->objects[i].is_directory &&
		    is_in(self, &state->objects[i], record, number, inode, record->resource, sizeof(record->resource)))
			return;
	}
	if (!find_birth(state, record, number) && !find_alike(state, record, number))
		snprintf(record->resource, sizeof(record->resource), "%s", record->name);
}

/* The record has a path of its own: a descriptor was used. One to read is none that the task may have opened. */
static void be_about_descriptor(struct kubearmor_event *event)
{
	if (event->operation == KUBEARMOR_OPERATION_OPEN) {
		event->operation = KUBEARMOR_OPERATION_RECEIVE;
		event->hook = (struct kubearmor_string){ "lsm=FILE_RECEIVE", strlen("lsm=FILE_RECEIVE") };
	} else if (event->operation == KUBEARMOR_OPERATION_EXEC) {
		event->operation = KUBEARMOR_OPERATION_MMAP_EXEC;
		event->hook = (struct kubearmor_string){ "lsm=MMAP_FILE", strlen("lsm=MMAP_FILE") };
	}
}

static int read_file_event(struct selinux *self, struct record *record, const char *text, uint32_t group)
{
	struct kubearmor_event *event = &record->event;
	int of_directories = !strcmp(record->class_, "dir");
	const struct kind *kind;
	uint32_t number, bits;
	struct stat st;

	if (!kind_of_label(record->target, &number) || !(kind = state_kind_of(&self->state, number)))
		return 0;
	bits = bits_of(of_directories ? kind->directories : kind->files, group);
	for (size_t i = 0; i < sizeof(permissions) / sizeof(*permissions); i++) {
		if (permissions[i].of_directories != of_directories || !(permissions[i].bit & bits) ||
		    !has_word(record->permissions, permissions[i].permission))
			continue;
		event->class_ = permissions[i].class_;
		event->operation = permissions[i].operation;
		event->access = permissions[i].access;
		event->hook = (struct kubearmor_string){ permissions[i].hook, strlen(permissions[i].hook) };
		find_path(self, record, text, number);
		if (!of_directories && value_of(text, "path"))
			be_about_descriptor(event);
		event->object_uid = lstat(record->resource, &st) ? ~0u : st.st_uid;
		event->result = -EACCES;
		return 1;
	}
	return 0;
}

/* ---- sockets and capabilities ------------------------------------------------------------- */

static const struct {
	const char *permission;
	uint16_t operation;
	const char *hook;
} socket_operations[] = {
	{ "create", KUBEARMOR_OPERATION_SOCKET, "lsm=SOCKET_CREATE" },
	{ "bind", KUBEARMOR_OPERATION_BIND, "lsm=SOCKET_BIND" },
	{ "listen", KUBEARMOR_OPERATION_LISTEN, "lsm=SOCKET_LISTEN" },
	{ "connect", KUBEARMOR_OPERATION_CONNECT, "lsm=SOCKET_CONNECT" },
	{ "accept", KUBEARMOR_OPERATION_ACCEPT, "lsm=SOCKET_ACCEPT" },
	{ "write", KUBEARMOR_OPERATION_SENDMSG, "lsm=SOCKET_SENDMSG" },
};

static int fill_socket(struct record *record, const char *permission)
{
	uint32_t family, type, protocol;
	const char *text = socket_text(record->class_, &family, &type, &protocol);

	if (!text)
		return 0;
	record->event.class_ = KUBEARMOR_CLASS_NETWORK;
	record->event.flags = family | type << 8 | protocol << 16;
	record->event.result = -EACCES;
	snprintf(record->resource, sizeof(record->resource), "%s", text);
	for (size_t i = 0; i < sizeof(socket_operations) / sizeof(*socket_operations); i++) {
		const char *hook = socket_operations[i].hook;

		if (strcmp(socket_operations[i].permission, permission))
			continue;
		record->event.operation = socket_operations[i].operation;
		record->event.hook = (struct kubearmor_string){ hook, strlen(hook) };
		return 1;
	}
	return 0;
}

static int fill_capability(struct record *record, const char *permission)
{
	struct kubearmor_event *event = &record->event;
	int number = capability_number(permission), size;

	if (number < 0)
		return 0;
	event->class_ = KUBEARMOR_CLASS_CAPABILITY;
	event->operation = KUBEARMOR_OPERATION_CAPABLE;
	event->flags = (uint32_t)number;
	event->result = -EPERM;
	snprintf(record->resource, sizeof(record->resource), "CAP_%s", permission);
	for (char *at = record->resource; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	size = snprintf(record->hook, sizeof(record->hook), "lsm=CAPABLE %.64s", record->resource);
	event->hook = (struct kubearmor_string){ record->hook, (uint64_t)size };
	return 1;
}

static int read_other_event(struct selinux *self, struct record *record, uint32_t group)
{
	const struct group *of = &self->state.groups[group - 1];
	struct question question = { .record = record };

	sockets_denied(state_rules(&self->state, of->workload), of->sources, answer, &question);
	if (!question.found)
		return 0;
	return strncmp(record->class_, "cap", 3) ? fill_socket(record, question.found)
						 : fill_capability(record, question.found);
}

/* ---- the task -------------------------------------------------------------------------------- */

/* The program that the sources of a domain say that its tasks run, where that is one file. */
static size_t program_of(const struct group *group, char *path, size_t room)
{
	size_t line = strcspn(group->sources, "\n");

	if (!line || group->sources[line + 1] || group->sources[line - 1] == '/')
		return 0;
	return (size_t)snprintf(path, room, "%.*s", (int)line, group->sources);
}

static void fill_task(struct selinux *self, struct record *record, const char *text, uint32_t group)
{
	struct kubearmor_event *event = &record->event;
	const struct group *of = &self->state.groups[group - 1];
	size_t size = text_of(text, "comm", 0, record->comm, sizeof(record->comm));
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	event->time_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	event->comm = (struct kubearmor_string){ record->comm, size };
	event->host_pid = (uint32_t)number_of(text, "pid");
	event->host_ppid = processes_parent(self->processes, event->host_pid);
	event->uid = processes_user(self->processes, event->host_pid);
	size = processes_executable(self->processes, event->host_pid, record->process, sizeof(record->process));
	/* It has ended; its domain says what it ran. */
	if (!size)
		size = program_of(of, record->process, sizeof(record->process));
	event->process = (struct kubearmor_string){ record->process, size };
	size = processes_executable(self->processes, event->host_ppid, record->parent, sizeof(record->parent));
	/* What runs something else in this domain was made by one that ran the same. */
	if (!size && event->class_ == KUBEARMOR_CLASS_PROCESS)
		size = program_of(of, record->parent, sizeof(record->parent));
	event->parent = (struct kubearmor_string){ record->parent, size };
	event->resource = (struct kubearmor_string){ record->resource, strlen(record->resource) };
}

int event_read(struct selinux *self, struct record *record, const char *text)
{
	const char *begin = strstr(text, " denied  { "), *end = begin ? strstr(begin, " } for ") : NULL;
	char label[512];
	uint32_t group;

	if (!end || value_of(text, "permissive") == NULL || number_of(text, "permissive"))
		return 0;
	begin += strlen(" denied  { ");
	snprintf(record->permissions, sizeof(record->permissions), "%.*s", (int)(end - begin), begin);
	text_of(text, "tclass", 1, record->class_, sizeof(record->class_));
	text_of(text, "tcontext", 1, record->target, sizeof(record->target));
	text_of(text, "scontext", 1, label, sizeof(label));
	label_type(label, record->source, sizeof(record->source));
	group = group_of(self, record->source);
	if (!group)
		return 0;
	record->event = (struct kubearmor_event){
		.struct_size = sizeof(record->event),
		.workload = self->state.groups[group - 1].workload,
		.object_uid = ~0u,
	};
	if (!read_file_event(self, record, text, group) && !read_other_event(self, record, group))
		return 0;
	fill_task(self, record, text, group);
	return 1;
}
