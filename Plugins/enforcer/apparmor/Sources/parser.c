// SPDX-License-Identifier: Apache-2.0
/* Compiles profiles with AppArmor's own compiler, in a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apparmor.h"

extern char **environ;

#define LONG_LINE 400

const char *const parser_paths[] = { "/usr/sbin/apparmor_parser", "/sbin/apparmor_parser", NULL };

static const char *parser_path(void)
{
	for (size_t i = 0; parser_paths[i]; i++) {
		if (access(parser_paths[i], X_OK) == 0)
			return parser_paths[i];
	}
	return NULL;
}

void parser_identity(struct text *text)
{
	const char *path = parser_path();
	struct stat status;

	if (path && stat(path, &status) == 0)
		text_add(text, "%s %lld %lld.%09ld ", path, (long long)status.st_size,
			 (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/* A memory file with the bytes, read from its beginning. */
static int memory_file(const char *name, const char *bytes, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	while (fd >= 0 && size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0) {
			close(fd);
			return -1;
		}
		bytes += written;
		size -= (size_t)written;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static void read_all(int fd, struct text *text)
{
	char block[65536];
	ssize_t size;

	lseek(fd, 0, SEEK_SET);
	while ((size = read(fd, block, sizeof(block))) > 0)
		text_bytes(text, block, (size_t)size);
}

/*
 * The compiler simplifies expressions before it makes automata of them. With names of hundreds of
 * bytes that takes minutes, with many short ones it saves half of the time.
 */
static int has_long_line(const struct text *profile)
{
	for (const char *at = profile->bytes, *end; at && (end = strchr(at, '\n')); at = end + 1) {
		if (end - at > LONG_LINE)
			return 1;
	}
	return 0;
}

/* Runs the parser; its exit status, or a negative errno value. */
static int run(const char *path, int is_long, int input, int output, int errors)
{
	/* -Q: the kernel is left alone; -K: no cache; -S: the binary goes to standard output. */
	char *arguments[] = { (char *)path, "-Q", "-K", "-S", "-q", NULL, NULL, NULL };
	posix_spawn_file_actions_t actions;
	int status, code;
	pid_t pid;

	if (is_long) {
		arguments[5] = "-O";
		arguments[6] = "no-expr-simplify";
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, input, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, errors, 2);
	code = posix_spawn(&pid, path, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (code)
		return -code;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* What it said, on one line. */
static const char *on_one_line(struct text *text)
{
	while (text->size && text->bytes[text->size - 1] == '\n')
		text->bytes[--text->size] = '\0';
	if (!text->size)
		return "it says nothing";
	for (char *at = text->bytes; *at; at++) {
		if (*at == '\n')
			*at = ' ';
	}
	return text->bytes;
}

int32_t parser_compile(const struct text *profile, struct text *binary, char *error, uint64_t error_size)
{
	const char *path = parser_path();
	struct text said = {};
	int input, output, errors, status;
	int32_t code = 0;

	if (!path)
		return fail(error, error_size, -ENOENT, "there is no apparmor_parser: install the package apparmor");
	if (profile->failed)
		return fail(error, error_size, -ENOMEM, "no memory for the profile");
	input = memory_file("profile", profile->bytes, profile->size);
	output = memory_file("policy", "", 0);
	errors = memory_file("errors", "", 0);
	status = input < 0 || output < 0 || errors < 0
			 ? -errno
			 : run(path, has_long_line(profile), input, output, errors);
	if (status < 0) {
		code = fail(error, error_size, status, "%s cannot be run: %s", path, strerror(-status));
	} else if (status > 0) {
		read_all(errors, &said);
		code = fail(error, error_size, -EBADMSG, "%s refuses the profile: %s", path, on_one_line(&said));
	} else {
		read_all(output, binary);
	}
	text_free(&said);
	close(input);
	close(output);
	close(errors);
	return code;
}
