/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times four operations in a guest where one instruction takes one nanosecond:
 * open and close of /tmp/file, of a file ten components deep, vfork, exec and exit
 * of a small static program, and write and read of a byte of an open file. Prints
 * the nanoseconds of one operation each, the median of several batches.
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
#define BATCHES 31
#define WARM_UP 3

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

static int opened;

static void write_read(const char *path)
{
	char byte = 0;

	if (pwrite(opened, &byte, 1, 0) != 1 || pread(opened, &byte, 1, 0) != 1)
		fail(path);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median of the batches: of one operation, with its share of timer ticks and deferred work. */
static uint64_t cost(void (*operation)(const char *), const char *path, int count)
{
	uint64_t each[BATCHES];

	for (int batch = -WARM_UP; batch < BATCHES; batch++) {
		uint64_t begin = now();

		for (int i = 0; i < count; i++)
			operation(path);
		if (batch >= 0)
			each[batch] = (now() - begin) / (uint64_t)count;
	}
	qsort(each, BATCHES, sizeof(*each), ascending);
	return each[BATCHES / 2];
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
	opened = open(SHALLOW, O_RDWR);
	if (opened < 0)
		fail(SHALLOW);
	printf("%llu %llu %llu %llu\n", (unsigned long long)cost(open_close, SHALLOW, 1000),
	       (unsigned long long)cost(open_close, DEEP, 1000),
	       (unsigned long long)cost(start, PROGRAM, 40), (unsigned long long)cost(write_read, SHALLOW, 1000));
	return 0;
}
