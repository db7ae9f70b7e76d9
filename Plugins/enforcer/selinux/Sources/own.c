// SPDX-License-Identifier: Apache-2.0
/*
 * The daemon's own domain, which no rule is about. A service that is started comes into it by
 * the label of its program, so the daemon that gives it that label for the first time has to
 * become that program once more: the same process, before it has done anything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <selinux/selinux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "selinux.h"

extern char **environ;

/* Set in the environment of the program that was started once more: it is not again. */
#define MARK "KUBEARMOR_SELINUX_DOMAIN=1"

static int is_service(void)
{
	char *label = NULL, type[256];

	if (getcon_raw(&label))
		return 0;
	label_type(label, type, sizeof(type));
	freecon(label);
	return !strcmp(type, "initrc_t") || !strcmp(type, "init_t");
}

/* What /proc/self/cmdline holds: arguments, a NUL after each. */
static char **read_arguments(char *bytes, size_t room)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t size = fd >= 0 ? read(fd, bytes, room - 1) : -1;
	char **arguments = NULL;
	size_t count = 0;

	if (fd >= 0)
		close(fd);
	if (size <= 0 || (size_t)size == room - 1)
		return NULL;
	bytes[size] = '\0';
	arguments = calloc((size_t)size + 1, sizeof(*arguments));
	for (char *at = bytes; arguments && at < bytes + size; at += strlen(at) + 1)
		arguments[count++] = at;
	return arguments;
}

static char **marked_environment(void)
{
	size_t count = 0;
	char **now;

	while (environ[count])
		count++;
	now = calloc(count + 2, sizeof(*now));
	if (!now)
		return NULL;
	memcpy(now, environ, count * sizeof(*now));
	now[count] = (char *)MARK;
	return now;
}

int32_t own_domain(struct selinux *self, char *error, uint64_t error_size)
{
	static char bytes[65536];
	char **arguments, **environment;
	int32_t code;

	if (!is_service() || getenv("KUBEARMOR_SELINUX_DOMAIN"))
		return 0;
	code = refresh(self, 1, error, error_size);
	if (code)
		return code;
	arguments = read_arguments(bytes, sizeof(bytes));
	environment = marked_environment();
	if (arguments && environment)
		execve(self->program, arguments, environment);
	code = fail(error, error_size, -errno, "%s cannot be started in its own domain: %s", self->program,
		    strerror(errno));
	free(arguments);
	free(environment);
	return code;
}
