// SPDX-License-Identifier: Apache-2.0
/*
 * Compiled profiles, kept in a directory that is root's alone. A file's name is a hash of
 * all that the compiled profile depends on: the text, the compiler and the kernel's features.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apparmor.h"

#define DEFAULT_DIRECTORY "/var/lib/kubearmor/apparmor"
#define FILE_LIMIT 256
#define SUFFIX ".profile"

/* Before the compiled profile: a file that was written by half is no profile. */
struct header {
	char magic[8];
	uint64_t size;
	uint64_t sum;
};

static const char magic[8] = "KAPROF1";

static uint64_t hash(uint64_t value, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		value = (value ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
	return value;
}

/* ---- the directory --------------------------------------------------------------- */

static int make_parents(const char *path)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *slash = copy + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return mkdir(copy, 0700) && errno != EEXIST ? -1 : 0;
}

static const char *fault_of(const char *path)
{
	struct stat status;

	if (path[0] != '/')
		return "it is no absolute path";
	if (make_parents(path) || lstat(path, &status))
		return strerror(errno);
	if (!S_ISDIR(status.st_mode))
		return "it is no directory";
	if (status.st_uid != geteuid())
		return "it belongs to another user";
	return status.st_mode & 077 ? "others than its owner may use it (it has to have mode 0700)" : NULL;
}

void cache_open(struct apparmor *self)
{
	const struct kubearmor_host *host = self->host;
	char line[4400];
	const char *fault;
	int64_t size = -1;
	int length;

	if (host->config)
		size = host->config(host->context, "appArmorCacheDir", self->directory, sizeof(self->directory));
	if (size <= 0)
		snprintf(self->directory, sizeof(self->directory), "%s", DEFAULT_DIRECTORY);
	fault = fault_of(self->directory);
	if (!fault)
		return;
	length = snprintf(line, sizeof(line), "profiles are compiled anew at every start: %s cannot be used: %s",
			  self->directory, fault);
	if (host->log)
		host->log(host->context, KUBEARMOR_LOG_WARNING, line, (uint64_t)length);
	self->directory[0] = '\0';
}

static void path_of(const struct apparmor *self, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", self->directory, name);
}

int cache_read(const struct apparmor *self, const char *name, struct text *text)
{
	char path[4400], block[65536];
	ssize_t size;
	int fd;

	if (!self->directory[0])
		return -1;
	path_of(self, name, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	while ((size = read(fd, block, sizeof(block))) > 0)
		text_bytes(text, block, (size_t)size);
	/* The time says when it was last of use. */
	futimens(fd, NULL);
	close(fd);
	return size < 0 || text->failed ? -1 : 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0)
			return -1;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

int cache_write(const struct apparmor *self, const char *name, const struct text *text)
{
	char path[4400], draft[4410];
	int fd, failed;

	if (!self->directory[0] || text->failed)
		return -1;
	path_of(self, name, path, sizeof(path));
	snprintf(draft, sizeof(draft), "%s.new", path);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	failed = write_all(fd, text->bytes, text->size);
	failed |= close(fd);
	if (!failed)
		failed = rename(draft, path);
	if (failed)
		unlink(draft);
	return failed ? -1 : 0;
}

/* ---- compiled profiles ------------------------------------------------------------- */

static void name_of(const struct text *profile, char *name, size_t size)
{
	aa_features *features = NULL;
	struct text all = {};
	char *id = NULL;

	if (!aa_features_new_from_kernel(&features))
		id = aa_features_id(features);
	text_add(&all, "%s ", id ? id : "no features");
	parser_identity(&all);
	text_bytes(&all, profile->bytes, profile->size);
	snprintf(name, size, "%016llx%016llx" SUFFIX,
		 (unsigned long long)hash(0xcbf29ce484222325ull, all.bytes, all.size),
		 (unsigned long long)hash(0x9e3779b97f4a7c15ull ^ all.size, all.bytes, all.size));
	if (all.failed)
		name[0] = '\0';
	free(id);
	aa_features_unref(features);
	text_free(&all);
}

static int find(const struct apparmor *self, const char *name, struct text *binary)
{
	struct header header;
	struct text file = {};
	int found;

	found = name[0] && cache_read(self, name, &file) == 0 && file.size > sizeof(header);
	if (found) {
		memcpy(&header, file.bytes, sizeof(header));
		found = !memcmp(header.magic, magic, sizeof(magic)) && header.size == file.size - sizeof(header) &&
			header.sum == hash(0, file.bytes + sizeof(header), file.size - sizeof(header));
	}
	if (found)
		text_bytes(binary, file.bytes + sizeof(header), file.size - sizeof(header));
	text_free(&file);
	return found && !binary->failed;
}

/* The file that was not used for the longest time; how many there are. */
static size_t find_oldest(const struct apparmor *self, char *name, size_t size)
{
	DIR *directory = opendir(self->directory);
	struct timespec oldest = {};
	struct dirent *entry;
	struct stat status;
	size_t count = 0;

	while (directory && (entry = readdir(directory))) {
		const char *suffix = strrchr(entry->d_name, '.');

		if (!suffix || strcmp(suffix, SUFFIX) || fstatat(dirfd(directory), entry->d_name, &status, 0))
			continue;
		if (!count++ || status.st_mtim.tv_sec < oldest.tv_sec) {
			oldest = status.st_mtim;
			snprintf(name, size, "%s", entry->d_name);
		}
	}
	if (directory)
		closedir(directory);
	return count;
}

static void keep(const struct apparmor *self, const char *name, const struct text *binary)
{
	struct header header = { .size = binary->size, .sum = hash(0, binary->bytes, binary->size) };
	char oldest[256], path[4400];
	struct text file = {};

	if (!name[0] || !self->directory[0])
		return;
	memcpy(header.magic, magic, sizeof(magic));
	text_bytes(&file, (const char *)&header, sizeof(header));
	text_bytes(&file, binary->bytes, binary->size);
	cache_write(self, name, &file);
	text_free(&file);
	if (find_oldest(self, oldest, sizeof(oldest)) > FILE_LIMIT) {
		path_of(self, oldest, path, sizeof(path));
		unlink(path);
	}
}

int32_t cache_compile(struct apparmor *self, const struct text *profile, struct text *binary, char *error,
		      uint64_t error_size)
{
	char name[64];
	int32_t code;

	name_of(profile, name, sizeof(name));
	if (find(self, name, binary)) {
		atomic_fetch_add(&self->cached, 1);
		return 0;
	}
	code = parser_compile(profile, binary, error, error_size);
	if (!code) {
		atomic_fetch_add(&self->compiled, 1);
		keep(self, name, binary);
	}
	return code;
}
