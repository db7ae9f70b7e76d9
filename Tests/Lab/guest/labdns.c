/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labdns WAY NAME [PORT]: sends a question about NAME to port 53 (or PORT) of this
 * host, where it listens itself. Prints "sent", or the error, and exits with 0 or the
 * errno value; what arrived must be what was sent, or it exits with EBADMSG.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEADER 12

/* What is sent; for TCP with its length before it. */
static unsigned char text[1024];
static size_t size;

/* Writes a question with the id, flags "recursion desired", one question of type A. */
static void put_question(const char *name)
{
	static const unsigned char header[HEADER] = { 0x12, 0x34, 1, 0, 0, 1 };
	static const unsigned char ending[] = { 0, 0, 1, 0, 1 };

	memcpy(text + size, header, HEADER);
	size += HEADER;
	while (*name) {
		size_t label = strcspn(name, ".");

		text[size++] = label;
		memcpy(text + size, name, label);
		size += label;
		name += label + (name[label] == '.');
	}
	memcpy(text + size, ending, sizeof(ending));
	size += sizeof(ending);
}

static void put_length(void)
{
	memmove(text + 2, text, size);
	text[0] = size >> 8;
	text[1] = size;
	size += 2;
}

static int failed(void)
{
	return errno ? errno : EIO;
}

/* What came is what was sent. */
static int compare(int from, size_t expected)
{
	unsigned char got[sizeof(text)];
	size_t have = 0;

	while (have < expected) {
		ssize_t part = recv(from, got + have, sizeof(got) - have, 0);

		if (part <= 0)
			return failed();
		have += part;
	}
	return have == expected && memcmp(got, text, expected) == 0 ? 0 : EBADMSG;
}

static struct msghdr message_of(struct iovec *pieces, size_t each, struct sockaddr_in *to)
{
	size_t count = 0;

	for (size_t at = 0; at < size; at += each)
		pieces[count++] = (struct iovec){ text + at, at + each > size ? size - at : each };
	return (struct msghdr){
		.msg_name = to, .msg_namelen = to ? sizeof(*to) : 0, .msg_iov = pieces, .msg_iovlen = count
	};
}

/* Over UDP: the datagram, and nothing after it. */
static int send_datagram(const char *way, struct sockaddr_in *to, int from)
{
	struct iovec pieces[sizeof(text)];
	struct msghdr message = message_of(pieces, strcmp(way, "udp-split") ? size : 1, to);
	struct mmsghdr many = { .msg_hdr = message };
	int out = socket(AF_INET, SOCK_DGRAM, 0), segment = size;
	ssize_t sent;

	if (out < 0)
		return failed();
	if (!strcmp(way, "udp") || !strcmp(way, "udp-write") || !strcmp(way, "udp-elsewhere")) {
		struct sockaddr_in other = *to;

		/* Connected to another port, sent to this one. */
		if (!strcmp(way, "udp-elsewhere"))
			other.sin_port = htons(9);
		if (connect(out, (struct sockaddr *)&other, sizeof(other)))
			return failed();
	}
	if (!strcmp(way, "udp"))
		sent = send(out, text, size, 0);
	else if (!strcmp(way, "udp-write"))
		sent = write(out, text, size);
	else if (!strcmp(way, "udp-many"))
		sent = sendmmsg(out, &many, 1, 0) == 1 ? (ssize_t)size : -1;
	else if (!strcmp(way, "udp-pieces")) {
		if (sendto(out, text, HEADER, MSG_MORE, (struct sockaddr *)to, sizeof(*to)) < 0)
			return failed();
		sent = send(out, text + HEADER, size - HEADER, 0);
	} else if (!strcmp(way, "udp-segments")) {
		unsigned char twice[2 * sizeof(text)];

		/* The second of two datagrams of the same length, in one call. */
		memcpy(twice, text, size);
		memcpy(twice + size, text, size);
		memset(twice + HEADER + 1, 'x', text[HEADER]);
		if (setsockopt(out, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
			return failed();
		sent = sendto(out, twice, 2 * size, 0, (struct sockaddr *)to, sizeof(*to));
		if (sent < 0)
			return failed();
		if (recv(from, twice, sizeof(twice), 0) != (ssize_t)size)
			return EBADMSG;
	} else
		sent = sendmsg(out, &message, 0);
	return sent < 0 ? failed() : compare(from, size);
}

static int send_stream(const char *way, struct sockaddr_in *to, int listener)
{
	struct iovec pieces[sizeof(text)];
	struct msghdr message = message_of(pieces, strcmp(way, "tcp-split") ? 2 : 1, NULL);
	int out = socket(AF_INET, SOCK_STREAM, 0), from;
	ssize_t sent = 0;

	if (out < 0)
		return failed();
	if (!strcmp(way, "tcp-fast")) {
		/* The message with the connection. */
		sent = sendto(out, text, size, MSG_FASTOPEN, (struct sockaddr *)to, sizeof(*to));
		if (sent < 0)
			return failed();
	} else if (connect(out, (struct sockaddr *)to, sizeof(*to)))
		return failed();
	from = accept(listener, NULL, NULL);
	if (from < 0)
		return failed();
	if (!strcmp(way, "tcp"))
		sent = send(out, text, size, 0);
	else if (!strcmp(way, "tcp-pieces")) {
		for (size_t at = 0; at < size && sent >= 0; at += 2)
			sent = send(out, text + at, at + 2 > size ? size - at : 2, 0);
	} else if (strcmp(way, "tcp-fast"))
		sent = sendmsg(out, &message, 0);
	return sent < 0 ? failed() : compare(from, size);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = 5 };
	int listener, is_stream, yes = 1, queue = 5, error;

	if (argc < 3) {
		dprintf(2, "labdns WAY NAME [PORT]\n");
		return 2;
	}
	here.sin_port = htons(argc > 3 ? atoi(argv[3]) : 53);
	is_stream = !strncmp(argv[1], "tcp", 3);
	put_question(argv[2]);
	if (!strcmp(argv[1], "udp-two"))
		text[5] = 2;
	if (!strcmp(argv[1], "udp-none"))
		text[5] = 0;
	if (!strcmp(argv[1], "udp-pointer"))
		text[HEADER] = 0xc0;
	if (is_stream)
		put_length();
	listener = socket(AF_INET, is_stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)))
		return failed();
	if (is_stream && listen(listener, 1))
		return failed();
	if (is_stream && setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)))
		return failed();
	error = is_stream ? send_stream(argv[1], &here, listener) : send_datagram(argv[1], &here, listener);
	printf("%s\n", error ? strerror(error) : "sent");
	return error;
}
