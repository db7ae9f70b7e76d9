// SPDX-License-Identifier: Apache-2.0
/*
 * The daemon is nobody's subject: rules except tasks of its type that have more than one
 * level, which other services have not. It is a level that every policy knows, so that the
 * daemon is what it is also when somebody loads another policy. A service is started with
 * one level, and has to become the same program once more, before it has done anything else.
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
#define MARK "KUBEARMOR_SELINUX_LABEL"
#define LEVELS "-s0:c0.c1023"

void own_type(char *type, size_t room)
{
	char *label = NULL;

	*type = '\0';
	if (getcon_raw(&label))
		return;
	label_type(label, type, room);
	freecon(label);
}

/* The label to have; 0 when it is this process's, or it is no service, or levels mean nothing here. */
static int wanted_label(char *wanted, size_t room)
{
	char *label = NULL, type[256];
	int is_wanted = 0, parts = 0;

	own_type(type, sizeof(type));
	if (getcon_raw(&label))
		return 0;
	for (const char *at = label; *at; at++)
		parts += *at == ':';
	if (parts == 3 && !strchr(label, '-') &&
	    (!strcmp(type, "initrc_t") || !strcmp(type, "init_t") || !strcmp(type, "unconfined_service_t")))
		is_wanted = snprintf(wanted, room, "%s" LEVELS, label) < (int)room &&
			    security_check_context_raw(wanted) == 0;
	freecon(label);
	return is_wanted;
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
	now[count] = MARK "=1";
	return now;
}

void own_label(struct selinux *self)
{
	static char bytes[65536];
	char wanted[1024], text[KUBEARMOR_ERROR_SIZE];
	char **arguments = NULL, **environment = NULL;
	int size;

	if (getenv(MARK) || !wanted_label(wanted, sizeof(wanted)))
		return;
	/* The distribution's policy may not let it choose a label. */
	if (!policy_load(self, text, sizeof(text)) && !setexeccon_raw(wanted)) {
		arguments = read_arguments(bytes, sizeof(bytes));
		environment = marked_environment();
		if (arguments && environment)
			execve(self->program, arguments, environment);
		setexeccon_raw(NULL);
	}
	size = snprintf(text, sizeof(text), "the daemon cannot have the label %s: rules are about it too (%s)", wanted,
			strerror(errno));
	if (self->host->log)
		self->host->log(self->host->context, KUBEARMOR_LOG_WARNING, text, (uint64_t)size);
	free(arguments);
	free(environment);
}
