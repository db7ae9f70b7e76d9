// SPDX-License-Identifier: Apache-2.0
/* Labels of files: "user:role:type:level". */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "selinux.h"

#define ATTRIBUTE "security.selinux"

int label_get(const char *path, char *label, size_t room)
{
	ssize_t size = lgetxattr(path, ATTRIBUTE, label, room - 1);

	if (size < 0)
		return -errno;
	label[size] = '\0';
	return 0;
}

static int open_in(int root, const char *path)
{
	struct open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

/*
 * No symbolic link is followed on the way: somebody may have put one there meanwhile. That
 * to a container's root is one, of the kernel's.
 */
static int open_object(const char *path)
{
	int root, fd, size = 0;
	char part[64];

	if (strncmp(path, "/proc/", 6))
		return open_in(AT_FDCWD, path);
	sscanf(path, "/proc/%*u/root/%n", &size);
	if (!size || size >= (int)sizeof(part))
		return -1;
	snprintf(part, sizeof(part), "%.*s", size, path);
	root = open(part, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = open_in(root, path + size);
	close(root);
	return fd;
}

int label_set(const char *path, const char *label)
{
	int fd = open_object(path), code = 0;
	char link[64];

	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (setxattr(link, ATTRIBUTE, label, strlen(label) + 1, 0))
		code = -errno;
	close(fd);
	return code;
}

/* From the second colon to the third. */
static const char *type_in(const char *label, size_t *size)
{
	const char *at = strchr(label, ':');

	at = at ? strchr(at + 1, ':') : NULL;
	if (!at)
		return NULL;
	*size = strcspn(at + 1, ":");
	return at + 1;
}

void label_type(const char *label, char *type, size_t room)
{
	size_t size = 0;
	const char *at = type_in(label, &size);

	snprintf(type, room, "%.*s", (int)size, at ? at : "");
}

void label_with_type(const char *label, const char *type, char *result, size_t room)
{
	size_t size = 0;
	const char *at = type_in(label, &size);

	if (at)
		snprintf(result, room, "%.*s%s%s", (int)(at - label), label, type, at + size);
	else
		snprintf(result, room, "system_u:object_r:%s:s0", type);
}

static void restore(struct selinux *self, const char *path)
{
	char label[1024], former[1024];
	struct kind *kind;
	uint32_t number;

	if (label_get(path, label, sizeof(label)) || !kind_of_label(label, &number))
		return;
	kind = state_kind_of(&self->state, number);
	if (!kind)
		return;
	label_with_type(label, kind->base, former, sizeof(former));
	if (label_set(path, former))
		atomic_fetch_add(&self->unlabeled, 1);
}

/* Rules are about it still: it keeps its label. */
static int is_object(struct selinux *self, const char *path)
{
	const struct object *object = state_object(&self->state, path);

	return object && object->kind;
}

void label_restore_below(struct selinux *self, const char *directory)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	char path[4200];

	if (!is_object(self, directory))
		restore(self, directory);
	while (stream && (entry = readdir(stream))) {
		char label[1024];
		uint32_t number;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    snprintf(path, sizeof(path), "%s/%s", strcmp(directory, "/") ? directory : "", entry->d_name) >=
			    (int)sizeof(path) ||
		    label_get(path, label, sizeof(label)) || !kind_of_label(label, &number) || is_object(self, path))
			continue;
		if (entry->d_type == DT_DIR)
			label_restore_below(self, path);
		else
			restore(self, path);
	}
	if (stream)
		closedir(stream);
}
