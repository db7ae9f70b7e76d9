/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that are older than a rule, or another program's.
 *
 * labsock later READY GO   makes IPv4 sockets of TCP and UDP for every use, makes the file READY, waits
 *                          for the file GO (60 s), then uses each once: a line "tcp bind: ok" or the error
 * labsock receive SENDER   gets a TCP and a UDP socket from the program SENDER, run as `SENDER give` with a
 *                          Unix socket as descriptor 3, and uses both
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(const char *protocol, const char *use, long result)
{
	printf("%s %s: %s\n", protocol, use, result < 0 ? strerror(errno) : "ok");
}

static int make(int type)
{
	int fd = socket(AF_INET, type, 0);

	if (fd < 0) {
		perror("socket");
		exit(1);
	}
	return fd;
}

/* Any free port of this host. */
static int bind_socket(int fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static int connect_to(int fd, int other)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	if (getsockname(other, (struct sockaddr *)&address, &size))
		return -1;
	return connect(fd, (struct sockaddr *)&address, size);
}

static void must(long result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

/* One for each use, and what that use needs. */
struct sockets {
	int bind, listen, connect, accept, send;
	int peer; /* what `connect` connects to */
};

static void prepare_tcp(struct sockets *s)
{
	int client = make(SOCK_STREAM);

	s->bind = make(SOCK_STREAM);
	s->listen = make(SOCK_STREAM);
	must(bind_socket(s->listen), "bind");
	s->peer = make(SOCK_STREAM);
	must(bind_socket(s->peer), "bind");
	must(listen(s->peer, 8), "listen");
	s->connect = make(SOCK_STREAM);
	/* Two connections wait at `accept`: one is of the sender. */
	s->accept = make(SOCK_STREAM);
	must(bind_socket(s->accept), "bind");
	must(listen(s->accept, 8), "listen");
	s->send = make(SOCK_STREAM);
	must(connect_to(s->send, s->accept), "connect");
	must(connect_to(client, s->accept), "connect");
}

static void prepare_udp(struct sockets *s)
{
	s->bind = make(SOCK_DGRAM);
	s->peer = make(SOCK_DGRAM);
	must(bind_socket(s->peer), "bind");
	s->connect = make(SOCK_DGRAM);
	s->send = make(SOCK_DGRAM);
	must(connect_to(s->send, s->peer), "connect");
}

static void use_tcp(struct sockets *s)
{
	say("tcp", "bind", bind_socket(s->bind));
	say("tcp", "listen", listen(s->listen, 8));
	say("tcp", "connect", connect_to(s->connect, s->peer));
	say("tcp", "accept", accept(s->accept, NULL, NULL));
	say("tcp", "send", send(s->send, "x", 1, 0));
	say("tcp", "write", write(s->send, "x", 1));
}

/* What a pipe holds is handed to the connection as it is: the hook of sendmsg sees that since Linux 6.5 only. */
static void splice_tcp(struct sockets *s)
{
	int pipes[2];

	must(pipe(pipes), "pipe");
	must(write(pipes[1], "x", 1), "write");
	say("splice", "tcp", splice(pipes[0], NULL, s->send, NULL, 1, 0));
}

static void use_udp(struct sockets *s)
{
	say("udp", "bind", bind_socket(s->bind));
	say("udp", "connect", connect_to(s->connect, s->peer));
	say("udp", "send", send(s->send, "x", 1, 0));
	say("udp", "write", write(s->send, "x", 1));
}

static int later(char **a)
{
	struct sockets tcp, udp;
	int ready;

	prepare_tcp(&tcp);
	prepare_udp(&udp);
	ready = open(a[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	must(ready, a[0]);
	close(ready);
	for (int i = 0; access(a[1], F_OK) && i < 6000; i++)
		usleep(10000);
	use_tcp(&tcp);
	splice_tcp(&tcp);
	use_udp(&udp);
	return 0;
}

/* A message with two descriptors, or room for them. */
struct gift {
	char byte;
	struct iovec part;
	char control[CMSG_SPACE(2 * sizeof(int))];
	struct msghdr message;
};

static struct msghdr *wrap(struct gift *gift)
{
	memset(gift, 0, sizeof(*gift));
	gift->part = (struct iovec){ &gift->byte, 1 };
	gift->message = (struct msghdr){ .msg_iov = &gift->part, .msg_iovlen = 1, .msg_control = gift->control,
					 .msg_controllen = sizeof(gift->control) };
	return &gift->message;
}

static int give(char **a)
{
	struct gift gift;
	struct msghdr *message = wrap(&gift);
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int sockets[2] = { make(SOCK_STREAM), make(SOCK_DGRAM) };

	(void)a;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(sockets));
	memcpy(CMSG_DATA(header), sockets, sizeof(sockets));
	must(sendmsg(3, message, 0), "sendmsg");
	return 0;
}

static int receive(char **a)
{
	struct gift gift;
	struct msghdr *message = wrap(&gift);
	int pair[2], sockets[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	if (fork() == 0) {
		if (dup2(pair[1], 3) == 3)
			execl(a[0], a[0], "give", NULL);
		_exit(127);
	}
	close(pair[1]);
	must(recvmsg(pair[0], message, 0), "recvmsg");
	if (message->msg_flags & MSG_CTRUNC || !CMSG_FIRSTHDR(message)) {
		printf("received: refused\n");
		return 0;
	}
	memcpy(sockets, CMSG_DATA(CMSG_FIRSTHDR(message)), sizeof(sockets));
	say("tcp", "bind", bind_socket(sockets[0]));
	say("tcp", "listen", listen(sockets[0], 1));
	say("udp", "bind", bind_socket(sockets[1]));
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4 && !strcmp(argv[1], "later"))
		return later(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "receive"))
		return receive(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "give"))
		return give(argv + 2);
	dprintf(2, "labsock: no such command, or arguments are missing\n");
	return 2;
}
