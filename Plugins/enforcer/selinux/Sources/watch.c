// SPDX-License-Identifier: Apache-2.0
/* Directories in which something may appear that needs a label: what is moved there brings its old one. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "selinux.h"

#define MOST_WATCHES 4096

static void watch(struct selinux *self, const char *path)
{
	int number = inotify_add_watch(self->changes, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	size_t room = self->watched_count;

	if (number <= 0)
		return;
	if ((size_t)number >= room) {
		char **list;

		room = (size_t)number + 64;
		list = realloc(self->watched, room * sizeof(*list));
		if (!list)
			return;
		memset(list + self->watched_count, 0, (room - self->watched_count) * sizeof(*list));
		self->watched = list;
		self->watched_count = room;
	}
	if (self->watched[number] && !strcmp(self->watched[number], path))
		return;
	free(self->watched[number]);
	self->watched[number] = strdup(path);
	/* It was looked at before it was watched. */
	self->is_stale = 1;
}

static void watch_parent(struct selinux *self, const char *path)
{
	char directory[4200];
	char *slash;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	if (!slash)
		return;
	slash[slash == directory] = '\0';
	watch(self, directory);
}

void watch_directories(struct selinux *self)
{
	size_t count = self->state.object_count < MOST_WATCHES ? self->state.object_count : MOST_WATCHES;

	for (size_t i = 0; i < count; i++) {
		const struct object *object = &self->state.objects[i];

		if (object->is_directory)
			watch(self, object->path);
		watch_parent(self, object->path);
	}
}

/* A directory made in one that has a type only because of names in it must not have that: names in it are others. */
static void correct(struct selinux *self, const char *path, const struct kind *kind)
{
	char label[1024], former[1024];
	uint32_t number;

	if (label_get(path, label, sizeof(label)) || !kind_of_label(label, &number) || number != kind->number)
		return;
	label_with_type(label, kind->base, former, sizeof(former));
	if (label_set(path, former))
		atomic_fetch_add(&self->unlabeled, 1);
}

static int is_relevant(struct selinux *self, const char *directory, const struct inotify_event *event)
{
	const struct object *object = state_object(&self->state, directory);
	const struct kind *kind = object ? state_kind_of(&self->state, object->kind) : NULL;
	char path[4200];

	if (snprintf(path, sizeof(path), "%s/%s", directory[1] ? directory : "", event->name) >= (int)sizeof(path))
		return 0;
	if (state_object(&self->state, path) || (kind && *kind->files))
		return 1;
	for (size_t i = 0; kind && i < self->state.birth_count; i++) {
		if (self->state.births[i].parent == kind->number && !strcmp(self->state.births[i].name, event->name))
			return 1;
	}
	if (kind && event->mask & IN_ISDIR)
		correct(self, path, kind);
	return 0;
}

int watch_read(struct selinux *self)
{
	char buffer[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
	int is_needed = self->is_stale;
	ssize_t size;

	self->is_stale = 0;
	while ((size = read(self->changes, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *event;

		for (char *at = buffer; at < buffer + size; at += sizeof(*event) + event->len) {
			event = (const void *)at;
			if (event->mask & IN_Q_OVERFLOW)
				is_needed = 1;
			else if (event->wd > 0 && (size_t)event->wd < self->watched_count &&
				 self->watched[event->wd] && event->len)
				is_needed |= is_relevant(self, self->watched[event->wd], event);
		}
	}
	return is_needed;
}

void watch_close(struct selinux *self)
{
	for (size_t i = 0; i < self->watched_count; i++)
		free(self->watched[i]);
	free(self->watched);
	close(self->changes);
}
