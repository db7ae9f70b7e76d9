/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times three operations in a guest where one instruction takes one nanosecond:
 * open and close of /tmp/file, of a file ten components deep, and vfork, exec and
 * exit of a small static program. Prints the nanoseconds of one operation each,
 * the least of several batches: what remains is the operation without timer ticks.
 * With an argument, says first whether opening that path is denied.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHALLOW "/tmp/file"
#define DEEP "/tmp/1/2/3/4/5/6/7/8/file"
#define PROGRAM "/lab/bin/nop"

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void open_close(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		fail(path);
	close(fd);
}

static void start(const char *path)
{
	char *arguments[] = { (char *)path, NULL };
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execv(path, arguments);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		fail(path);
}

static uint64_t least(void (*operation)(const char *), const char *path, int batches, int count)
{
	uint64_t best = UINT64_MAX;

	for (int batch = -1; batch < batches; batch++) { /* the first warms up */
		uint64_t begin = now(), each;

		for (int i = 0; i < count; i++)
			operation(path);
		each = (now() - begin) / (uint64_t)count;
		if (batch >= 0 && each < best)
			best = each;
	}
	return best;
}

static void make_files(void)
{
	char path[] = DEEP;

	for (char *c = path + 1; *c; c++)
		if (*c == '/') {
			*c = 0;
			mkdir(path, 0755);
			*c = '/';
		}
	close(open(SHALLOW, O_WRONLY | O_CREAT, 0644));
	close(open(DEEP, O_WRONLY | O_CREAT, 0644));
}

int main(int argc, char **argv)
{
	make_files();
	if (argc > 1) {
		int fd = open(argv[1], O_RDONLY);

		if (fd >= 0 || errno != EACCES) {
			fprintf(stderr, "%s: not denied\n", argv[1]);
			return 1;
		}
	}
	printf("%llu %llu %llu\n", (unsigned long long)least(open_close, SHALLOW, 60, 200),
	       (unsigned long long)least(open_close, DEEP, 60, 200),
	       (unsigned long long)least(start, PROGRAM, 20, 40));
	return 0;
}
