/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses that a shell cannot make, one a command. Prints "ok" or the error's
 * text and exits with 0 or the errno value (EPERM 1, EACCES 13).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <spawn.h>
#include <stdint.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int failed(void)
{
	return errno ? errno : EIO;
}

static int check(long result)
{
	return result < 0 ? failed() : 0;
}

static int close_checked(int fd)
{
	int error = check(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

/* ---- opens ---------------------------------------------------------------- */

static int open_flags(const char *mode)
{
	static const struct {
		const char *name;
		int flags;
	} modes[] = {
		{ "read", O_RDONLY },	       { "write", O_WRONLY },
		{ "readwrite", O_RDWR },       { "append", O_WRONLY | O_APPEND },
		{ "create", O_WRONLY | O_CREAT | O_EXCL },
		{ "truncate", O_RDONLY | O_TRUNC }, { "path", O_PATH },
		{ "tmpfile", O_WRONLY | O_TMPFILE },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(modes[i].name, mode))
			return modes[i].flags;
	dprintf(2, "labtool: no open mode %s\n", mode);
	exit(2);
}

static int cmd_open(char **a)
{
	return close_checked(open(a[1], open_flags(a[0]) | O_CLOEXEC, 0644));
}

/* Relative to a directory's descriptor. */
static int cmd_openat(char **a)
{
	int dir = open(a[0], O_PATH | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? failed() : close_checked(openat(dir, a[1], O_RDONLY | O_CLOEXEC));
}

static int cmd_openat2(char **a)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	return close_checked((int)syscall(SYS_openat2, AT_FDCWD, a[0], &how, sizeof(how)));
}

/* O_PATH first, then the file again through /proc/self/fd. */
static int cmd_reopen(char **a)
{
	char path[64];
	int fd = open(a[0], O_PATH | O_CLOEXEC);

	if (fd < 0)
		return failed();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return close_checked(open(path, O_RDONLY | O_CLOEXEC));
}

static int cmd_handle(char **a)
{
	struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
	int mount, root = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	handle->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, a[0], handle, &mount, 0))
		return failed();
	return close_checked(open_by_handle_at(root, handle, O_RDONLY | O_CLOEXEC));
}

/* ---- changes of names and attributes ---------------------------------------- */

static int cmd_link(char **a) { return check(link(a[0], a[1])); }
static int cmd_symlink(char **a) { return check(symlink(a[0], a[1])); }
static int cmd_rename(char **a) { return check(rename(a[0], a[1])); }
static int cmd_exchange(char **a) { return check(renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], RENAME_EXCHANGE)); }
static int cmd_unlink(char **a) { return check(unlink(a[0])); }
static int cmd_rmdir(char **a) { return check(rmdir(a[0])); }
static int cmd_mkdir(char **a) { return check(mkdir(a[0], 0755)); }
static int cmd_mknod(char **a) { return check(mknod(a[0], S_IFIFO | 0644, 0)); }
static int cmd_truncate(char **a) { return check(truncate(a[0], 0)); }
static int cmd_chmod(char **a) { return check(chmod(a[0], 0600)); }
static int cmd_chown(char **a) { return check(chown(a[0], 1000, 1000)); }
static int cmd_setxattr(char **a) { return check(setxattr(a[0], "security.lab", "1", 1, 0)); }
static int cmd_removeacl(char **a) { return check(removexattr(a[0], "system.posix_acl_access")); }
static int cmd_stat(char **a) { struct stat st; return check(stat(a[0], &st)); }

/* Besides owner, group and others one user may read it: a version, then tag, permissions and id of each entry. */
static int cmd_setacl(char **a)
{
	static const struct {
		uint32_t version;
		struct { uint16_t tag, permissions; uint32_t id; } entries[5];
	} list = { 2, { { 1, 6, ~0u }, { 2, 4, 1000 }, { 4, 4, ~0u }, { 16, 4, ~0u }, { 32, 4, ~0u } } };

	return check(setxattr(a[0], "system.posix_acl_access", &list, sizeof(list), 0));
}

static int cmd_pidfd(char **a)
{
	(void)a;
	return close_checked((int)syscall(SYS_pidfd_open, getpid(), 0));
}

/* ---- execution ---------------------------------------------------------------- */

/* Exits as the program does; with errno when it was not started. */
static int run_child(int (*start)(char **), char **a)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(100 + start(a));
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) >= 100)
		return WEXITSTATUS(status) - 100;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : EIO;
}

static int start_exec(char **a) { execv(a[0], a); return failed(); }
static int start_execveat(char **a)
{
	int fd = open(a[0], O_PATH | O_CLOEXEC);

	execveat(fd, "", a, environ, AT_EMPTY_PATH);
	return failed();
}
static int start_procfd(char **a)
{
	char path[64];
	int fd = open(a[0], O_PATH);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	execv(path, a);
	return failed();
}

static int cmd_exec(char **a) { return run_child(start_exec, a); }
static int cmd_execveat(char **a) { return run_child(start_execveat, a); }
static int cmd_exec_procfd(char **a) { return run_child(start_procfd, a); }

/* ---- others ---------------------------------------------------------------------- */

static int cmd_setuid(char **a)
{
	if (setgid((gid_t)atoi(a[0])) || setuid((uid_t)atoi(a[0])))
		return failed();
	execv(a[1], a + 1);
	return failed();
}

/* Runs a program with a controlling terminal. */
static int cmd_tty(char **a)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), status;
	char text[4096];
	ssize_t n;
	pid_t pid;

	if (master < 0 || grantpt(master) || unlockpt(master))
		return failed();
	pid = fork();
	if (pid == 0) {
		setsid();
		int slave = open(ptsname(master), O_RDWR);

		ioctl(slave, TIOCSCTTY, 0);
		for (int i = 0; i < 3; i++)
			dup2(slave, i);
		execv(a[0], a);
		_exit(126);
	}
	while ((n = read(master, text, sizeof(text))) > 0)
		if (write(1, text, (size_t)n) < 0)
			break;
	waitpid(pid, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/* "5s" or a count of turns. */
static int64_t turns(const char *text, int64_t *end)
{
	size_t length = strlen(text);
	int seconds = length && text[length - 1] == 's';

	*end = seconds ? now_ms() + 1000 * atoi(text) : INT64_MAX;
	return seconds ? INT64_MAX : atoi(text);
}

static int cmd_loop_open(char **a)
{
	int64_t end, count = turns(a[1], &end), allowed = 0, denied = 0;

	for (int64_t i = 0; i < count && ((i & 15) || now_ms() < end); i++) {
		int fd = open(a[0], O_RDONLY | O_CLOEXEC);

		if (!(i & 15)) /* leaves some of an emulated processor to the daemon */
			usleep(500);
		allowed += fd >= 0;
		denied += fd < 0;
		if (fd >= 0)
			close(fd);
	}
	printf("allowed=%lld denied=%lld\n", (long long)allowed, (long long)denied);
	return 0;
}

/* There and back again. */
static int cmd_loop_rename(char **a)
{
	int64_t end, count = turns(a[2], &end), renamed = 0;

	for (int64_t i = 0; i < count && ((i & 15) || now_ms() < end); i++)
		renamed += rename(a[i & 1], a[~i & 1]) == 0;
	printf("renamed=%lld\n", (long long)renamed);
	return 0;
}

static int cmd_loop_exec(char **a)
{
	int64_t end, count = turns(a[1], &end), allowed = 0, denied = 0;
	char *arguments[] = { a[0], NULL };

	for (int64_t i = 0; i < count && now_ms() < end; i++) {
		if (run_child(start_exec, arguments))
			denied++;
		else
			allowed++;
	}
	printf("allowed=%lld denied=%lld\n", (long long)allowed, (long long)denied);
	return 0;
}

/* await allowed|denied PATH MS: prints how many milliseconds it took. */
static int cmd_await(char **a)
{
	int64_t start = now_ms();
	int want = !strcmp(a[0], "allowed");

	for (;;) {
		int fd = open(a[1], O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			close(fd);
		if ((fd >= 0) == want) {
			printf("%s after %lld ms\n", a[0], (long long)(now_ms() - start));
			return 0;
		}
		if (now_ms() - start > atoi(a[2]))
			return ETIMEDOUT;
		usleep(1000);
	}
}

/*
 * deep make|open|unlink BASE LEVELS LENGTH: a file "leaf" below LEVELS
 * directories with names of LENGTH characters, reached by parts, so that the
 * path may be longer than PATH_MAX.
 */
static int cmd_deep(char **a)
{
	int levels = atoi(a[2]), length = atoi(a[3]);
	int dir = open(a[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[256] = { 0 };

	memset(name, 'd', (size_t)(length < 255 ? length : 255));
	for (int i = 0; i < levels && dir >= 0; i++) {
		if (!strcmp(a[0], "make") && mkdirat(dir, name, 0755) && errno != EEXIST)
			return failed();
		int next = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

		close(dir);
		dir = next;
	}
	if (dir < 0)
		return failed();
	if (!strcmp(a[0], "unlink"))
		return check(unlinkat(dir, "leaf", 0));
	return close_checked(openat(dir, "leaf", !strcmp(a[0], "make") ? O_WRONLY | O_CREAT : O_RDONLY, 0644));
}

/* deep-path BASE LEVELS LENGTH: prints the path that `deep` uses. */
static int cmd_deep_path(char **a)
{
	printf("%s", a[0]);
	for (int i = 0; i < atoi(a[1]); i++) {
		putchar('/');
		for (int c = 0; c < atoi(a[2]); c++)
			putchar('d');
	}
	printf("/leaf\n");
	return 0;
}

/* socket FAMILY TYPE PROTOCOL, numbers. */
static int cmd_socket(char **a)
{
	return close_checked(socket(atoi(a[0]), atoi(a[1]), atoi(a[2])));
}

/* connect-later TYPE FILE: makes an IPv4 socket, waits until FILE is there (30 s), connects to port 9 of this host. */
static int cmd_connect_later(char **a)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
	int socket_fd = socket(AF_INET, atoi(a[0]), 0);

	if (socket_fd < 0)
		return failed();
	for (int i = 0; access(a[1], F_OK) && i < 3000; i++)
		usleep(10000);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return check(connect(socket_fd, (struct sockaddr *)&address, sizeof(address)));
}

/*
 * receive SENDER PATH: gets a descriptor of PATH over a Unix socket from the program
 * SENDER, which is run as `SENDER send PATH` with the socket as descriptor 3.
 */
static int cmd_receive(char **a)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return failed();
	if (fork() == 0) {
		if (dup2(pair[1], 3) == 3)
			execl(a[0], a[0], "send", a[1], NULL);
		_exit(127);
	}
	close(pair[1]);
	if (recvmsg(pair[0], &message, 0) < 0)
		return failed();
	/* A refused descriptor is left out, and the message is marked. */
	return message.msg_flags & MSG_CTRUNC || !CMSG_FIRSTHDR(&message) ? EACCES : 0;
}

static int cmd_send(char **a)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int file = open(a[0], O_RDONLY);

	if (file < 0)
		return failed();
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &file, sizeof(int));
	return sendmsg(3, &message, 0) < 0 ? failed() : 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **);
	int quiet;
} commands[] = {
	{ "open", 2, cmd_open, 0 },
	{ "openat", 2, cmd_openat, 0 },
	{ "openat2", 1, cmd_openat2, 0 },
	{ "reopen", 1, cmd_reopen, 0 },
	{ "open-by-handle", 1, cmd_handle, 0 },
	{ "link", 2, cmd_link, 0 },
	{ "symlink", 2, cmd_symlink, 0 },
	{ "rename", 2, cmd_rename, 0 },
	{ "exchange", 2, cmd_exchange, 0 },
	{ "unlink", 1, cmd_unlink, 0 },
	{ "rmdir", 1, cmd_rmdir, 0 },
	{ "mkdir", 1, cmd_mkdir, 0 },
	{ "mknod", 1, cmd_mknod, 0 },
	{ "truncate", 1, cmd_truncate, 0 },
	{ "chmod", 1, cmd_chmod, 0 },
	{ "chown", 1, cmd_chown, 0 },
	{ "setxattr", 1, cmd_setxattr, 0 },
	{ "setacl", 1, cmd_setacl, 0 },
	{ "removeacl", 1, cmd_removeacl, 0 },
	{ "stat", 1, cmd_stat, 0 },
	{ "exec", 1, cmd_exec, 0 },
	{ "execveat", 1, cmd_execveat, 0 },
	{ "exec-procfd", 1, cmd_exec_procfd, 0 },
	{ "setuid", 2, cmd_setuid, 0 },
	{ "tty", 1, cmd_tty, 0 },
	{ "deep", 4, cmd_deep, 0 },
	{ "loop-open", 2, cmd_loop_open, 1 },
	{ "loop-exec", 2, cmd_loop_exec, 1 },
	{ "loop-rename", 3, cmd_loop_rename, 1 },
	{ "await", 3, cmd_await, 1 },
	{ "deep-path", 3, cmd_deep_path, 1 },
	{ "pidfd", 0, cmd_pidfd, 0 },
	{ "socket", 3, cmd_socket, 0 },
	{ "connect-later", 2, cmd_connect_later, 0 },
	{ "receive", 2, cmd_receive, 0 },
	{ "send", 1, cmd_send, 0 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		int error;

		if (strcmp(commands[i].name, argv[1]) || argc - 2 < commands[i].arguments)
			continue;
		errno = 0;
		error = commands[i].run(argv + 2);
		if (error || !commands[i].quiet)
			printf("%s: %s\n", argv[1], error ? strerror(error) : "ok");
		return error;
	}
	dprintf(2, "usage: labtool COMMAND ARGUMENT…, one of:");
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		dprintf(2, " %s", commands[i].name);
	dprintf(2, "\n");
	return 2;
}
