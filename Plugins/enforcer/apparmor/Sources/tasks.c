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
#include <time.h>
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

static void remark(struct text *text, const struct task *task, const struct workload *workload)
{
	text_add(text, "process %d ", task->pid);
	put_executable(text, task->executable);
	if (!strcmp(task->label, workload->name)) {
		text_add(text, "%s\n",
			 strcmp(workload->name, HOST_PROFILE)
				 ? " is what the workload began with: rules with this fromSource do not reach it"
				 : " runs since before the rules with this fromSource: restart it");
	} else if (strcmp(task->label, "unconfined")) {
		text_add(text, " is in the profile ");
		put_executable(text, task->label);
		text_add(text, ", which is not %s: the rules do not reach it\n",
			 strcmp(workload->name, HOST_PROFILE) ? workload->name : "ours");
	} else if (strcmp(workload->name, HOST_PROFILE)) {
		text_add(text, " is not in the profile %s: start the container with it (--security-opt apparmor=%s)\n",
			 workload->name, workload->name);
	} else {
		text_add(text, " runs since before the profile: restart it\n");
	}
}

void tasks_forget(struct apparmor *self)
{
	for (size_t i = 0; i < self->task_count; i++) {
		free(self->tasks[i].executable);
		free(self->tasks[i].label);
	}
	free(self->tasks);
	self->tasks = NULL;
	self->task_count = 0;
}

static void add_task(struct apparmor *self, uint64_t workload, const char *pid, const char *executable,
		     const char *label)
{
	struct task *list = realloc(self->tasks, (self->task_count + 1) * sizeof(*list));
	struct task *task;

	if (!list)
		return;
	self->tasks = list;
	task = &list[self->task_count];
	*task = (struct task){ workload, atoi(pid), strdup(executable), strdup(label) };
	if (task->executable && task->label) {
		self->task_count++;
		return;
	}
	free(task->executable);
	free(task->label);
}

/*
 * A source's program in the profile of all: it runs since before, or a container begins with it, and the runtime
 * has named its profile.
 */
static int is_first(const struct workload *workload, const char *label, const char *executable)
{
	for (size_t i = 0; !strcmp(label, workload->name) && i < workload->source_count; i++) {
		if (workload->sources[i].path && !strcmp(workload->sources[i].path, executable))
			return 1;
	}
	return 0;
}

/* Keeps the process if its workload's profile does not reach it. */
static void look_at(struct apparmor *self, const char *pid)
{
	char label[512], link[300], executable[4096];
	const struct workload *workload;
	ssize_t size;

	/* A kernel thread executes nothing. */
	snprintf(link, sizeof(link), "/proc/%s/exe", pid);
	size = readlink(link, executable, sizeof(executable) - 1);
	if (size < 0 || label_of(pid, label, sizeof(label)) || !strcmp(label, DAEMON_PROFILE))
		return;
	executable[size] = '\0';
	workload = workload_of_task(self, pid);
	if (workload && (!is_of(label, workload->name) || is_first(workload, label, executable)))
		add_task(self, workload->key, pid, executable, label);
}

/* One look at all processes answers for all workloads that are asked for within a moment. */
static void look(struct apparmor *self)
{
	struct timespec now;
	struct dirent *entry;
	DIR *directory;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (self->tasks_time && now.tv_sec - self->tasks_time < 2)
		return;
	tasks_forget(self);
	self->tasks_time = now.tv_sec;
	directory = opendir("/proc");
	while (directory && (entry = readdir(directory))) {
		if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid())
			look_at(self, entry->d_name);
	}
	if (directory)
		closedir(directory);
}

void tasks_remark(struct apparmor *self, const struct workload *workload, struct text *text)
{
	size_t count = 0;

	text_bytes(text, workload->gaps.bytes, workload->gaps.size);
	look(self);
	for (size_t i = 0; i < self->task_count; i++) {
		if (self->tasks[i].workload == workload->key && count++ < NAMED)
			remark(text, &self->tasks[i], workload);
	}
	if (count > NAMED)
		text_add(text, "and %zu other processes\n", count - NAMED);
}
