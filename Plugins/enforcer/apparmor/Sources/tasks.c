// SPDX-License-Identifier: Apache-2.0
/* Which profile tasks are in. A profile counts for a program from its execution on. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apparmor.h"

/* So many are named, the others counted. */
#define NAMED 20

static ssize_t read_file(const char *pid, const char *name, char *text, size_t size)
{
	char path[320];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return length;
}

/* The task's profile without its mode: "unconfined" or a name; -1 when it is gone. */
static int label_of(const char *pid, char *label, size_t size)
{
	char *mode;

	/* attr/current is that of whichever security module comes first. */
	if (read_file(pid, "attr/apparmor/current", label, size) <= 0 &&
	    read_file(pid, "attr/current", label, size) <= 0)
		return -1;
	label[strcspn(label, "\n")] = '\0';
	mode = strrchr(label, '(');
	if (mode && mode > label && mode[-1] == ' ')
		mode[-1] = '\0';
	return 0;
}

/* The profile itself or one of its sources'. */
static int is_of(const char *label, const char *name)
{
	const char *mark = strcmp(name, HOST_PROFILE) ? "//" : ".";
	size_t size = strlen(name);

	return !strncmp(label, name, size) && (!label[size] || !strncmp(label + size, mark, strlen(mark)));
}

int tasks_use(const char *name)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	char label[512];
	int found = 0;

	while (directory && !found && (entry = readdir(directory)))
		found = isdigit((unsigned char)entry->d_name[0]) &&
			label_of(entry->d_name, label, sizeof(label)) == 0 && is_of(label, name);
	if (directory)
		closedir(directory);
	/* What cannot be looked at may be used. */
	return found || !directory;
}

/* ---- the workload of a task ----------------------------------------------------------- */

/* Which workload has this cgroup; NULL: none. */
static const struct workload *workload_of_cgroup(const struct apparmor *self, uint64_t cgroup)
{
	for (size_t i = 0; i < self->workload_count; i++) {
		if (self->workloads[i].cgroup == cgroup && self->workloads[i].key)
			return &self->workloads[i];
	}
	return NULL;
}

/* The nearest one above the task's cgroup: a cgroup's id is the inode of its folder. */
static const struct workload *workload_of_task(const struct apparmor *self, const char *pid)
{
	static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	char text[4096], path[4400], *line;

	if (read_file(pid, "cgroup", text, sizeof(text)) <= 0)
		return NULL;
	line = !strncmp(text, "0::", 3) ? text : strstr(text, "\n0::");
	if (!line)
		return NULL;
	line += line == text ? 3 : 4;
	line[strcspn(line, "\n")] = '\0';
	for (char *end = line + strlen(line); end > line; end = strrchr(line, '/')) {
		*end = '\0';
		for (size_t i = 0; i < 2; i++) {
			const struct workload *found;
			struct stat status;

			snprintf(path, sizeof(path), "%s%s", roots[i], line);
			found = stat(path, &status) ? NULL : workload_of_cgroup(self, status.st_ino);
			if (found)
				return found;
		}
		if (!strchr(line, '/'))
			break;
	}
	return workload_of_cgroup(self, ROOT_CGROUP);
}

/* ---- remarks ---------------------------------------------------------------------------- */

static void put_executable(struct text *text, const char *executable)
{
	for (; *executable; executable++)
		text_bytes(text, *executable == '\n' ? "?" : executable, 1);
}

static void remark(struct text *text, const char *pid, const char *executable, const char *label,
		   const struct workload *workload)
{
	text_add(text, "process %.16s ", pid);
	put_executable(text, executable);
	if (strcmp(label, "unconfined")) {
		text_add(text, " is in the profile ");
		put_executable(text, label);
		text_add(text, ", which is not ours: the rules do not reach it\n");
	} else if (strcmp(workload->name, HOST_PROFILE)) {
		text_add(text, " is not in the profile %s: start the container with it (--security-opt apparmor=%s)\n",
			 workload->name, workload->name);
	} else {
		text_add(text, " runs since before the profile: restart it\n");
	}
}

void tasks_remark(struct apparmor *self, const struct workload *workload, struct text *text)
{
	DIR *directory = opendir("/proc");
	char label[512], link[300], executable[4096];
	struct dirent *entry;
	size_t count = 0;

	text_bytes(text, workload->gaps.bytes, workload->gaps.size);
	while (directory && (entry = readdir(directory))) {
		ssize_t size;

		if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid())
			continue;
		/* A kernel thread executes nothing. */
		snprintf(link, sizeof(link), "/proc/%s/exe", entry->d_name);
		size = readlink(link, executable, sizeof(executable) - 1);
		if (size < 0 || label_of(entry->d_name, label, sizeof(label)) || is_of(label, workload->name) ||
		    !strcmp(label, DAEMON_PROFILE) || workload_of_task(self, entry->d_name) != workload)
			continue;
		executable[size] = '\0';
		if (count++ < NAMED)
			remark(text, entry->d_name, executable, label, workload);
	}
	if (directory)
		closedir(directory);
	if (count > NAMED)
		text_add(text, "and %zu other processes\n", count - NAMED);
}
