/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that stand at no path, or that are carried to another one, and files that are
 * opened by their numbers. Prints "ok" or the error's text, exits with 0 or the errno value.
 *
 * labmounts clone DIRECTORY NAME       a copy of the mount that is attached nowhere; opens NAME in it
 * labmounts dissolved DIRECTORY NAME   the same, when nothing holds the copy but the current directory
 * labmounts move FROM TO               move_mount(2)
 * labmounts old-move FROM TO           mount(2) with MS_MOVE, from FROM as it is written
 * labmounts pivot NEW OLD              pivot_root(2)
 * labmounts handle DIRECTORY PATH      opens PATH by its number, through the file system of DIRECTORY
 * labmounts forgotten DIRECTORY PATH   the same, when the kernel has forgotten its name
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What was just used is only marked as unused by the first one. */
#define FORGETTING_PASSES 40

static int open_at(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int clone_open(char **a)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, a[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return tree < 0 ? errno : open_at(tree, a[1]);
}

static int dissolved_open(char **a)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, a[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0 || fchdir(tree) || close(tree))
		return errno;
	return open_at(AT_FDCWD, a[1]);
}

static int move(char **a)
{
	return syscall(SYS_move_mount, AT_FDCWD, a[0], AT_FDCWD, a[1], 0) ? errno : 0;
}

static int old_move(char **a)
{
	return mount(a[0], a[1], NULL, MS_MOVE, NULL) ? errno : 0;
}

static int pivot(char **a)
{
	return syscall(SYS_pivot_root, a[0], a[1]) ? errno : 0;
}

/* Whether the kernel has a name for it. O_PATH: nothing decides about it. */
static int has_name(int root, struct file_handle *handle)
{
	int fd = open_by_handle_at(root, handle, O_PATH | O_CLOEXEC);
	char link[64], path[4096];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path));
	/* Not closed when it has none: what the kernel made for it now is what is opened then. */
	if (size == 1)
		return 0;
	close(fd);
	return 1;
}

/* Gives up where somebody holds the name. */
static int forget(int root, struct file_handle *handle)
{
	for (int i = 0; i < FORGETTING_PASSES; i++) {
		int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "2", 1) != 1)
			return errno;
		close(fd);
		/* To look is to use it. */
		if (i % 4 == 3 && !has_name(root, handle))
			break;
	}
	return 0;
}

static int open_handle(char **a, int is_forgotten)
{
	struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	int id, fd, root = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!handle || root < 0)
		return errno;
	handle->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, a[1], handle, &id, 0))
		return errno;
	if (is_forgotten && forget(root, handle))
		return errno;
	fd = open_by_handle_at(root, handle, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

static int handle_open(char **a)
{
	return open_handle(a, 0);
}

static int forgotten_open(char **a)
{
	return open_handle(a, 1);
}

static const struct {
	const char *name;
	int (*run)(char **);
} commands[] = {
	{ "clone", clone_open },   { "dissolved", dissolved_open }, { "move", move },
	{ "old-move", old_move },  { "pivot", pivot },		    { "handle", handle_open },
	{ "forgotten", forgotten_open },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < sizeof(commands) / sizeof(*commands); i++) {
		int error;

		if (strcmp(commands[i].name, argv[1]))
			continue;
		error = commands[i].run(argv + 2);
		printf("%s\n", error ? strerror(error) : "ok");
		return error;
	}
	dprintf(2, "labmounts: a command and two paths are needed\n");
	return 2;
}
