/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the accesses of a table and compares what the kernel decides with what the
 * reference evaluator has decided (kubearmor-cases lab):
 *   labdiff make TABLE   creates the table's files, copies of /lab/bin/nop
 *   NAME TABLE           a copy of this program: makes the accesses of NAME
 * Lines of a table: "P path owner", then "Q name uid kind number deny|permit" about the
 * path or socket of that number. Prints what differs and a line of sums; exits with 0
 * when nothing does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATHS_MAX 256
#define REPORTED 20

static struct {
	char path[128];
	unsigned int owner;
} paths[PATHS_MAX];
static unsigned int path_count;
static off_t program_size; /* of every file */

/* As in LabCases.swift. */
static const int sockets[][3] = {
	{ AF_INET, SOCK_STREAM, 0 }, { AF_INET, SOCK_DGRAM, 0 },   { AF_INET6, SOCK_STREAM, 0 },
	{ AF_UNIX, SOCK_STREAM, 0 }, { AF_UNIX, SOCK_DGRAM, 0 },   { AF_NETLINK, SOCK_RAW, 0 },
};

static char *const argument_lists[][4] = {
	{ "nop", NULL }, { "nop", "-a", NULL }, { "nop", "-b", NULL }, { "nop", "-a", "value", NULL },
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void make_file(const char *path, unsigned int owner)
{
	char folder[sizeof(paths[0].path)];
	struct stat status;
	int from, to;

	snprintf(folder, sizeof(folder), "%s", path);
	for (char *c = folder + 1; *c; c++)
		if (*c == '/') {
			*c = 0;
			if (mkdir(folder, 0755) && errno != EEXIST)
				die(folder);
			*c = '/';
		}
	from = open("/lab/bin/nop", O_RDONLY | O_CLOEXEC);
	to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0777);
	if (from < 0 || to < 0 || fstat(from, &status) || sendfile(to, from, NULL, status.st_size) != status.st_size ||
	    fchmod(to, 0777) || fchown(to, owner, owner))
		die(path);
	close(from);
	close(to);
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int start(const char *path, char *const *arguments)
{
	char *none[] = { NULL };
	volatile int error = 0;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		execve(path, arguments, none);
		error = errno;
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("vfork");
	return error;
}

static int make_socket(const int *kind)
{
	int fd = socket(kind[0], kind[1] | SOCK_CLOEXEC, kind[2]);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* The errno value of one access, 0 when it was permitted. */
static int make_access(char kind, unsigned int number)
{
	const char *path = paths[number % PATHS_MAX].path;

	switch (kind) {
	case 'R':
		return open_file(path, O_RDONLY);
	case 'W':
		return open_file(path, O_WRONLY);
	case 'B':
		return open_file(path, O_RDWR);
	/* Of somebody else's file: the kernel asks its modules first. */
	case 'M':
		return chmod(path, 0777) && errno != EPERM ? errno : 0;
	case 'T':
		return truncate(path, program_size) ? errno : 0;
	case 'S':
		return make_socket(sockets[number % (sizeof(sockets) / sizeof(*sockets))]);
	default:
		return start(path, argument_lists[(kind - '0') & 3]);
	}
}

static unsigned int decisions, denied, differing;

static void ask(unsigned int uid, char kind, unsigned int number, int denial)
{
	int error;

	if (seteuid(uid))
		die("seteuid");
	error = make_access(kind, number);
	if (seteuid(0))
		die("seteuid");
	decisions++;
	denied += error == EACCES;
	if (denial ? error == EACCES : error == 0)
		return;
	if (differing++ < REPORTED)
		printf("%c of number %u (%s) by %u: %s, expected %s\n", kind, number,
		       kind == 'S' ? "socket" : paths[number % PATHS_MAX].path, uid,
		       error ? strerror(error) : "permitted", denial ? "denied" : "permitted");
}

int main(int argc, char **argv)
{
	const char *self = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	int is_making = argc > 2 && strcmp(argv[1], "make") == 0;
	FILE *table = argc > 1 ? fopen(argv[argc - 1], "re") : NULL;
	char line[256], name[16], word[16], path[128], kind;
	unsigned int owner, uid, number;
	struct stat status;

	if (!table)
		die("the table");
	setsid();
	if (stat("/lab/bin/nop", &status))
		die("/lab/bin/nop");
	program_size = status.st_size;
	while (fgets(line, sizeof(line), table)) {
		if (path_count < PATHS_MAX && sscanf(line, "P %127s %u", path, &owner) == 2) {
			snprintf(paths[path_count].path, sizeof(paths[0].path), "%s", path);
			paths[path_count++].owner = owner;
			if (is_making)
				make_file(path, owner);
		} else if (!is_making && sscanf(line, "Q %15s %u %c %u %15s", name, &uid, &kind, &number, word) == 5 &&
			   strcmp(name, self) == 0) {
			ask(uid, kind, number, strcmp(word, "deny") == 0);
		}
	}
	fclose(table);
	printf("%s: %u decisions, %u denied, %u differ\n", self, decisions, denied, differing);
	return differing || (!is_making && decisions == 0);
}
