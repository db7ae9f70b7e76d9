/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container without a runtime: what the kernel sees of one, a cgroup with a
 * container's name and namespaces of its own.
 *
 * labbox run CGROUP PROGRAM [ARGUMENT...]    starts PROGRAM as the first process of a
 *                                            container in a new cgroup; prints its pid
 * labbox enter PID CGROUP PROGRAM [ARGUMENT...]  runs PROGRAM in it, as `exec` of a runtime does
 * labbox join CGROUP PROGRAM [ARGUMENT...]   runs PROGRAM in the cgroup, in no new namespace
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int join(const char *cgroup)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, "0", 1) != 1 ? errno : 0;
}

static int start(char **argv)
{
	execv(argv[0], argv);
	return errno;
}

/* Waits and exits as the child does, or with errno when it did not come to it. */
static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int cmd_run(char **argv)
{
	pid_t pid;
	int error;

	if (mkdir(argv[0], 0755) && errno != EEXIST)
		return errno;
	if (unshare(CLONE_NEWPID))
		return errno;
	pid = fork();
	if (pid == 0) {
		error = join(argv[0]);
		if (!error && (unshare(CLONE_NEWNS) || mount("proc", "/proc", "proc", 0, "")))
			error = errno;
		_exit(error ? error : start(argv + 1));
	}
	printf("%d\n", pid);
	fflush(stdout);
	return wait_for(pid);
}

static int enter_namespace(const char *pid, const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || setns(fd, 0) ? errno : 0;
}

static int cmd_enter(char **argv)
{
	int error = join(argv[1]);
	pid_t pid;

	if (!error)
		error = enter_namespace(argv[0], "pid");
	if (!error)
		error = enter_namespace(argv[0], "mnt");
	if (error)
		return error;
	pid = fork();
	if (pid == 0)
		_exit(start(argv + 2));
	return wait_for(pid);
}

static int cmd_join(char **argv)
{
	int error = join(argv[0]);

	return error ? error : start(argv + 1);
}

int main(int argc, char **argv)
{
	int error = EINVAL;

	if (argc > 3 && !strcmp(argv[1], "run"))
		error = cmd_run(argv + 2);
	else if (argc > 4 && !strcmp(argv[1], "enter"))
		error = cmd_enter(argv + 2);
	else if (argc > 3 && !strcmp(argv[1], "join"))
		error = cmd_join(argv + 2);
	if (error == EACCES || error == EPERM || error == EINVAL)
		dprintf(2, "labbox: %s\n", strerror(error));
	return error;
}
