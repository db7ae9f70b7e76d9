// SPDX-License-Identifier: Apache-2.0
/* Profiles in the kernel: which there are, loading and removing. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apparmor.h"

void kernel_names(struct names *names, const char *prefix)
{
	FILE *file = fopen(SECURITYFS "profiles", "re");
	size_t room = 0, size = strlen(prefix);
	char *line = NULL, **list;

	*names = (struct names){};
	while (file && getline(&line, &room, file) > 0) {
		/* "name (enforce)" */
		char *end = strrchr(line, '(');

		if (!end || end == line || strncmp(line, prefix, size))
			continue;
		end[-1] = '\0';
		list = realloc(names->list, (names->count + 1) * sizeof(*list));
		if (!list)
			break;
		names->list = list;
		names->list[names->count] = strdup(line);
		names->count += names->list[names->count] != NULL;
	}
	free(line);
	if (file)
		fclose(file);
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct names){};
}

int names_have(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (!strcmp(names->list[i], name))
			return 1;
	}
	return 0;
}

int kernel_has(const char *name)
{
	struct names names;
	int found;

	kernel_names(&names, name);
	found = names_have(&names, name);
	names_free(&names);
	return found;
}

/* A small file without the end of its line. */
static int read_line(int directory, const char *path, char *text, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	if (length < 0)
		return -1;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

/* Reads a file of the profile's folder; folders are called after their profile, with a number behind it. */
static int read_file_of(const char *name, const char *const *files, char *text, size_t size)
{
	DIR *directory = opendir(SECURITYFS "policy/profiles");
	char path[512], found[256];
	struct dirent *entry;
	int result = -1;

	while (directory && result && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, name, strlen(name)))
			continue;
		snprintf(path, sizeof(path), "%s/name", entry->d_name);
		if (read_line(dirfd(directory), path, found, sizeof(found)) || strcmp(found, name))
			continue;
		for (size_t i = 0; files[i] && result; i++) {
			snprintf(path, sizeof(path), "%s/%s", entry->d_name, files[i]);
			result = read_line(dirfd(directory), path, text, size);
		}
		break;
	}
	if (directory)
		closedir(directory);
	return result;
}

void kernel_hash(const char *name, char *hash, size_t size)
{
	static const char *const files[] = { "sha1", "sha256", NULL };

	if (read_file_of(name, files, hash, size))
		hash[0] = '\0';
}

int kernel_attaches(const char *name)
{
	static const char *const files[] = { "attach", NULL };
	char text[4096];

	/* Of a profile without an expression the file has its name. What cannot be read may attach. */
	return read_file_of(name, files, text, sizeof(text)) || strcmp(text, name);
}

int32_t kernel_load(struct apparmor *self, const struct text *binary, char *error, uint64_t error_size)
{
	/* In one step: tasks have the old profiles or the new ones. */
	if (aa_kernel_interface_replace_policy(self->kernel, binary->bytes, binary->size))
		return fail(error, error_size, -errno, "the kernel refused the profile: %s", strerror(errno));
	return 0;
}

int32_t kernel_remove(struct apparmor *self, const char *name, char *error, uint64_t error_size)
{
	if (aa_kernel_interface_remove_policy(self->kernel, name) && errno != ENOENT)
		return fail(error, error_size, -errno, "the profile %s cannot be removed: %s", name, strerror(errno));
	return 0;
}
