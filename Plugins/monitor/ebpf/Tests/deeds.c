// SPDX-License-Identifier: Apache-2.0
/* What children do besides opens and execs: changes of files, mounts, sockets, queries, system calls. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drive.h"

void child_changes(void)
{
	int broken = chdir(folder), file;

	broken |= mkdir("new", 0700) | symlink("new", "way");
	broken |= close(creat("way/a", 0600));
	broken |= rename("way/a", "way/b") | link("way/b", "way/c") | symlink("/some/where", "way/s");
	broken |= chmod("way/b", 0640) | chown("way/b", 1, 2) | truncate("way/b", 7);
	file = open("way/c", O_RDWR);
	broken |= fchmod(file, 0600) | fchown(file, 3, 4) | ftruncate(file, 9) | close(file);
	broken |= renameat(AT_FDCWD, "way/c", AT_FDCWD, "way/d") | mknod("way/p", S_IFIFO | 0600, 0);
	broken |= unlink("way/b") | unlinkat(AT_FDCWD, "way/d", 0) | unlink("way/s") | unlink("way/p");
	broken |= unlink("way") | rmdir("new") | mkdir("new", 0700) | unlinkat(AT_FDCWD, "new", AT_REMOVEDIR);
	if (unlink("no/such") == 0 || rename("gone", "else") == 0)
		broken = 1;
	_exit(broken ? 9 : 0);
}

void child_mounts(void)
{
	int broken = chdir(folder) | unshare(CLONE_NEWNS) | mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

	broken |= mount("drive", "sub", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k");
	broken |= umount2("sub", MNT_DETACH);
	_exit(broken ? 9 : 0);
}

static void connect_inet(int family, const struct sockaddr *any, socklen_t size)
{
	struct sockaddr_storage address;
	int server = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(family, SOCK_STREAM, 0);

	if (bind(server, any, size) != 0 || listen(server, 3) != 0 ||
	    getsockname(server, (struct sockaddr *)&address, &size) != 0)
		_exit(9);
	if (connect(client, (struct sockaddr *)&address, size) != 0 || accept4(server, NULL, NULL, 0) < 0)
		_exit(9);
	close(server);
	close(client);
}

static void connect_unix(const char *name, socklen_t length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + length;
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, name, length);
	if (bind(server, (struct sockaddr *)&address, size) != 0 || listen(server, 1) != 0 ||
	    connect(client, (struct sockaddr *)&address, size) != 0 || accept(server, NULL, NULL) < 0)
		_exit(9);
	close(server);
	close(client);
}

void child_connects(void)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un none = { .sun_family = AF_UNIX, .sun_path = "no/such/socket" };
	struct sockaddr_in closed = four;
	int probe = socket(AF_INET6, SOCK_DGRAM, 0);

	closed.sin_port = htons(1);
	if (chdir(folder) != 0)
		_exit(9);
	connect_inet(AF_INET, (struct sockaddr *)&four, sizeof(four));
	if (bind(probe, (struct sockaddr *)&six, sizeof(six)) == 0)
		connect_inet(AF_INET6, (struct sockaddr *)&six, sizeof(six));
	connect_unix("socket", sizeof("socket"));
	connect_unix("\0drive", sizeof("\0drive") - 1);
	connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&none, sizeof(none));
	connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&closed, sizeof(closed));
	_exit(unlink("socket"));
}

/* A question for the name, as a resolver asks it; returns its size. */
static size_t put_question(uint8_t *message, const char *name, uint8_t type)
{
	size_t size = 12;

	memset(message, 0, 512);
	message[0] = 7;
	message[2] = 1;
	message[5] = 1;
	while (*name) {
		size_t label = strcspn(name, ".");

		message[size++] = label;
		memcpy(message + size, name, label);
		size += label;
		name += label + (name[label] == '.');
	}
	size++;
	message[size + 1] = type;
	message[size + 3] = 1;
	return size + 4;
}

void child_asks(void)
{
	struct sockaddr_in server = { .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons(QUERY_PORT) };
	uint8_t messages[3][512];
	struct iovec pieces[2];
	struct mmsghdr both[2] = {};
	struct msghdr one = { .msg_name = &server, .msg_namelen = sizeof(server), .msg_iov = pieces, .msg_iovlen = 1 };
	int udp = socket(AF_INET, SOCK_DGRAM, 0);

	sendto(udp, messages[0], put_question(messages[0], "One.Example.COM", 1), 0, (struct sockaddr *)&server,
	       sizeof(server));
	pieces[0] = (struct iovec){ messages[0], put_question(messages[0], "two.example.com", 16) };
	sendmsg(udp, &one, 0);
	pieces[0] = (struct iovec){ messages[1], put_question(messages[1], "three.example.com", 1) };
	pieces[1] = (struct iovec){ messages[2], put_question(messages[2], "three.example.com", 28) };
	both[0].msg_hdr = (struct msghdr){ .msg_iov = &pieces[0], .msg_iovlen = 1 };
	both[1].msg_hdr = (struct msghdr){ .msg_iov = &pieces[1], .msg_iovlen = 1 };
	/* Nobody listens: what was sent before is answered to the next call, so this one has a socket of its own. */
	udp = socket(AF_INET, SOCK_DGRAM, 0);
	connect(udp, (struct sockaddr *)&server, sizeof(server));
	if (sendmmsg(udp, both, 2, 0) < 1)
		_exit(9);
	server.sin_port = htons(QUERY_PORT + 1);
	sendto(socket(AF_INET, SOCK_DGRAM, 0), messages[0], 40, 0, (struct sockaddr *)&server, sizeof(server));
	_exit(0);
}

void child_forks(void)
{
	pid_t child = fork();

	if (child == 0) {
		raise(SIGKILL);
		_exit(9);
	}
	waitpid(child, NULL, 0);
	_exit(0);
}

void child_execs_long(void)
{
	char argument[LONG_ARGUMENT + 1];
	char *const arguments[] = { "driven", argument, NULL };

	memset(argument, 'x', LONG_ARGUMENT);
	argument[LONG_ARGUMENT] = 0;
	execv(program, arguments);
	_exit(9);
}

void child_calls(void)
{
	char path[4096];
	struct stat status;

	in_folder(path, "target");
	syscall(SYS_getppid);
	if (syscall(SYS_newfstatat, AT_FDCWD, path, &status, 0) != 0)
		_exit(9);
	syscall(SYS_setuid, 0);
	syscall(SYS_ptrace, PTRACE_DETACH, 1, 0, 0);
	syscall(SYS_bpf, 1, NULL, 0);
	syscall(SYS_openat2, AT_FDCWD, path, NULL, 0);
	syscall(SYS_io_uring_setup, 0, NULL);
	_exit(6);
}

void child_is_capable(void)
{
	char path[4096];

	in_folder(path, "target");
	/* Only with CAP_CHOWN. */
	_exit(chown(path, 12, 13) | chown(path, 0, 0));
}
