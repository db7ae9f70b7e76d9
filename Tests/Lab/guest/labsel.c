/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELinux in a guest, with neither its libraries nor its tools:
 *
 * labsel load FILE               loads the compiled policy
 * labsel label FILE              labels the tree: lines "TYPE PATH", a path that ends in '/' with all below it
 * labsel enforce 0|1
 * labsel run CONTEXT PROGRAM [ARGUMENT...]
 * labsel show PATH...            prints the contexts of files
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static char context[256];

static int write_file(const char *path, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		error = errno ? errno : EIO;
	if (fd >= 0)
		close(fd);
	return error;
}

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *bytes;

	if (fd < 0 || fstat(fd, &st))
		return errno;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return errno;
	return write_file("/sys/fs/selinux/load", bytes, (size_t)st.st_size);
}

/* The file systems that the kernel makes have labels of their own. */
static int label_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	if (lsetxattr(path, "security.selinux", context, strlen(context) + 1, 0) && errno != ENOENT)
		fprintf(stderr, "labsel: %s: %s: %s\n", path, context, strerror(errno));
	return 0;
}

static int label(const char *table)
{
	FILE *file = fopen(table, "re");
	char type[128], path[512];

	if (!file)
		return errno;
	while (fscanf(file, "%127s %511s", type, path) == 2) {
		struct stat st;

		snprintf(context, sizeof(context), "system_u:object_r:%s:s0", type);
		if (path[1] && path[strlen(path) - 1] == '/')
			nftw(path, label_one, 32, FTW_PHYS | FTW_MOUNT);
		else if (!lstat(path, &st))
			label_one(path, NULL, 0, NULL);
	}
	fclose(file);
	return 0;
}

static int run(char **argv)
{
	int error = write_file("/proc/thread-self/attr/exec", argv[0], strlen(argv[0]));

	if (error)
		return error;
	execv(argv[1], argv + 1);
	return errno;
}

static int show(const char *path)
{
	char value[256];
	ssize_t size = lgetxattr(path, "security.selinux", value, sizeof(value) - 1);

	if (size < 0)
		return errno;
	printf("%.*s %s\n", (int)size, value, path);
	return 0;
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[1] : "";
	int error = EINVAL;

	if (!strcmp(command, "load"))
		error = load(argv[2]);
	else if (!strcmp(command, "label"))
		error = label(argv[2]);
	else if (!strcmp(command, "enforce"))
		error = write_file("/sys/fs/selinux/enforce", argv[2], 1);
	else if (!strcmp(command, "run") && argc > 3)
		error = run(argv + 2);
	else if (!strcmp(command, "show"))
		for (int i = 2; i < argc && !(i > 2 && error); i++)
			error = show(argv[i]);
	if (error)
		fprintf(stderr, "labsel %s: %s\n", command, strerror(error));
	return error;
}
