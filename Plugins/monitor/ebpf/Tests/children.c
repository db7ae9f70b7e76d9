// SPDX-License-Identifier: Apache-2.0
/* Known deeds in a cgroup of their own, and the files they are done to. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drive.h"

char folder[64]; /* scratch folder, absolute */
char program[4096];

void in_folder(char *path, const char *name)
{
	snprintf(path, 4096, "%s/%s", folder, name);
}

void child_opens(void)
{
	char path[4096];
	struct {
		uint64_t flags, mode, resolve;
	} how = { O_RDONLY | O_CLOEXEC, 0, 0 };

	if (chdir(folder) != 0)
		_exit(9);
	in_folder(path, "link");
	close(open(path, O_RDONLY | O_CLOEXEC));
	close(creat("made", 0600));
	close(syscall(SYS_openat2, AT_FDCWD, "./sub/../second", &how, sizeof(how)));
	close(open("absent/../nothing", O_WRONLY | O_APPEND));
	close(openat(open(folder, O_RDONLY | O_DIRECTORY), "missing", O_RDWR));
	_exit(3);
}

void child_execs(void)
{
	char *const arguments[] = { "driven", "first argument", "second", NULL };
	char path[4096];

	if (chdir(folder) != 0)
		_exit(9);
	execv("no-such-program", arguments);
	in_folder(path, "not-executable");
	execv(path, arguments);
	execv(program, arguments);
	_exit(9);
}

void child_script(void)
{
	char *const arguments[] = { "script", NULL };

	if (chdir(folder) == 0)
		execv("./script", arguments);
	_exit(9);
}

void child_floods(void)
{
	for (int i = 0; i < FLOOD; i++)
		close(open(program, O_RDONLY));
	_exit(0);
}

char group[4096]; /* cgroup of the children */

/* Runs in a child, which goes into the cgroup first. */
static void enter_group(void)
{
	char path[4200];
	int file;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, "0", 1) != 1)
		_exit(8);
	close(file);
}

pid_t run(void (*body)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	event_count = 0;
	pid = fork();
	if (pid == 0) {
		enter_group();
		body();
	}
	waitpid(pid, &status, 0);
	return pid;
}

/* Opens a file below LEVELS directories, then takes all away again. */
void child_goes_deep(void)
{
	int broken = chdir(folder);

	for (int i = 0; i < LEVELS && !broken; i++)
		broken = mkdir(LEVEL_NAME, 0700) | chdir(LEVEL_NAME);
	close(open("leaf", O_WRONLY | O_CREAT, 0600));
	unlink("leaf");
	for (int i = 0; i < LEVELS && !broken; i++)
		broken = chdir("..") | rmdir(LEVEL_NAME);
	_exit(broken ? 9 : 0);
}

static void *end_at_once(void *argument)
{
	return argument;
}

/* Many threads, and the first ends before the others. */
void child_with_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 16; i++)
		pthread_create(&thread, NULL, end_at_once, NULL);
	pthread_exit(NULL);
}

void child_io_uring(void)
{
	struct io_uring_params parameters = {};
	int ring = syscall(SYS_io_uring_setup, 4, &parameters);
	struct io_uring_sqe *entries;
	uint8_t *queue;
	uint32_t *tail;

	if (ring < 0 || chdir(folder) != 0)
		_exit(7);
	queue = mmap(NULL, parameters.sq_off.array + 16, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	entries = mmap(NULL, 4 * sizeof(*entries), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	if (queue == MAP_FAILED || entries == MAP_FAILED)
		_exit(7);
	memset(entries, 0, sizeof(*entries));
	entries[0].opcode = IORING_OP_OPENAT;
	entries[0].fd = AT_FDCWD;
	entries[0].addr = (uintptr_t) "target";
	entries[0].open_flags = O_RDWR;
	((uint32_t *)(queue + parameters.sq_off.array))[0] = 0;
	tail = (uint32_t *)(queue + parameters.sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	_exit(syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1 ? 0 : 7);
}

/* Makes a cgroup for the children; 0 and a message when there is no cgroup v2. */
uint64_t make_group(void)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char line[4096], place[2048] = "";
	struct stat status;

	while (mounts && !place[0] && fgets(line, sizeof(line), mounts)) {
		char where[2048], type[64];

		if (sscanf(line, "%*s %2047s %63s", where, type) == 2 && strcmp(type, "cgroup2") == 0)
			strcpy(place, where);
	}
	if (mounts)
		fclose(mounts);
	snprintf(group, sizeof(group), "%s/drive-%d", place, getpid());
	if (!place[0] || mkdir(group, 0700) != 0 || stat(group, &status) != 0) {
		fprintf(stderr, "drive: no cgroup could be made at \"%s\": mount cgroup2, run as root\n", group);
		return 0;
	}
	return status.st_ino;
}

static void put(const char *name, const char *text, mode_t mode)
{
	char path[4096];
	int file;

	in_folder(path, name);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0 || write(file, text, strlen(text)) < 0 || fchmod(file, mode) != 0)
		perror(path);
	close(file);
}

void set_up(void)
{
	char path[4096], script[4200];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	program[length > 0 ? length : 0] = 0;
	strcpy(folder, "/tmp/drive-XXXXXX");
	if (!mkdtemp(folder))
		perror("mkdtemp");
	events = calloc(EVENTS_MAX, sizeof(*events));
	put("target", "", 0600);
	put("second", "", 0600);
	put("not-executable", "", 0600);
	snprintf(script, sizeof(script), "#!%s\n", program);
	put("script", script, 0700);
	in_folder(path, "sub");
	mkdir(path, 0700);
	in_folder(path, "link");
	if (symlink("target", path) != 0)
		perror(path);
}

void tear_down(void)
{
	const char *const names[] = { "target", "second", "not-executable", "script", "link", "made" };
	char path[4096];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		in_folder(path, names[i]);
		unlink(path);
	}
	in_folder(path, "sub");
	rmdir(path);
	rmdir(folder);
	free(events);
}
