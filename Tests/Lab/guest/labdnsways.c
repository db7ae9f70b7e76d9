/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labdnsways WAY NAME: asks port 53 of this host about NAME in a way by which the
 * question, or where it goes, might not be seen. Prints "sent" when the question has
 * arrived there, or the error, and exits with 0 or the errno value.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEADER 12

struct question {
	unsigned char bytes[512];
	size_t size;
};

/* Where the questions go, and the same host's port 9. */
struct places {
	struct sockaddr_in dns, other;
	struct sockaddr_in6 dns6, other6;
};

static struct question question_of(const char *name)
{
	static const unsigned char header[HEADER] = { 0x12, 0x34, 1, 0, 0, 1 };
	static const unsigned char ending[] = { 0, 0, 1, 0, 1 };
	struct question question = { .size = HEADER };

	memcpy(question.bytes, header, HEADER);
	while (*name) {
		size_t label = strcspn(name, ".");

		question.bytes[question.size++] = label;
		memcpy(question.bytes + question.size, name, label);
		question.size += label;
		name += label + (name[label] == '.');
	}
	memcpy(question.bytes + question.size, ending, sizeof(ending));
	question.size += sizeof(ending);
	return question;
}

/* Two questions by one call, the one that is asked about second; `to` may be NULL for a connected socket. */
static int send_many(int out, struct sockaddr_in *to, const struct question *asked)
{
	struct question first = question_of("www.example.com"), second = *asked;
	struct iovec pieces[2] = { { first.bytes, first.size }, { second.bytes, second.size } };
	struct mmsghdr many[2] = { 0 };
	int sent;

	for (int i = 0; i < 2; i++) {
		many[i].msg_hdr.msg_name = to;
		many[i].msg_hdr.msg_namelen = to ? sizeof(*to) : 0;
		many[i].msg_hdr.msg_iov = &pieces[i];
		many[i].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(out, many, 2, 0);
	if (sent == 2)
		return 0;
	errno = sent < 0 ? errno : EACCES;
	return -1;
}

/* Nothing, which is to wait for more, goes to port 53, then the question to where the first went, or so it says. */
static int send_after_nothing(int out, const struct places *places, const struct question *asked, int by_option)
{
	int yes = 1, no = 0;

	if (by_option && setsockopt(out, IPPROTO_UDP, UDP_CORK, &yes, sizeof(yes)))
		return -1;
	if (sendto(out, "", 0, by_option ? 0 : MSG_MORE, (const void *)&places->dns, sizeof(places->dns)) < 0)
		return -1;
	if (sendto(out, asked->bytes, asked->size, 0, (const void *)&places->other, sizeof(places->other)) < 0)
		return -1;
	return by_option ? setsockopt(out, IPPROTO_UDP, UDP_CORK, &no, sizeof(no)) : 0;
}

/* Connected to port 53 by IPv6; the address of the message is of no family, and not looked at. */
static int send_unspecified(int out, struct places *places, const struct question *asked)
{
	places->other6.sin6_family = AF_UNSPEC;
	if (connect(out, (void *)&places->dns6, sizeof(places->dns6)))
		return -1;
	return sendto(out, asked->bytes, asked->size, 0, (void *)&places->other6, sizeof(places->other6)) < 0 ? -1 : 0;
}

static int send_by(const char *way, int out, struct places *places, const struct question *asked)
{
	if (!strcmp(way, "many"))
		return send_many(out, &places->dns, asked);
	if (!strcmp(way, "many-connected"))
		return connect(out, (void *)&places->dns, sizeof(places->dns)) ? -1 : send_many(out, NULL, asked);
	if (!strcmp(way, "nothing-more"))
		return send_after_nothing(out, places, asked, 0);
	if (!strcmp(way, "nothing-corked"))
		return send_after_nothing(out, places, asked, 1);
	if (!strcmp(way, "unspecified"))
		return send_unspecified(out, places, asked);
	errno = EINVAL;
	return -1;
}

/* 0 when the question has come to the port. */
static int await_question(int in, const struct question *asked)
{
	unsigned char got[1024];
	ssize_t size;

	while ((size = recv(in, got, sizeof(got), 0)) >= 0) {
		if ((size_t)size == asked->size && memcmp(got, asked->bytes, asked->size) == 0)
			return 0;
	}
	return errno;
}

int main(int argc, char **argv)
{
	struct places places = {
		.dns = { .sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
		.dns6 = { .sin6_family = AF_INET6, .sin6_port = htons(53), .sin6_addr = IN6ADDR_LOOPBACK_INIT },
	};
	struct timeval patience = { .tv_sec = 2 };
	int in, out, error, is_newer;
	struct question asked;

	if (argc != 3) {
		dprintf(2, "labdnsways WAY NAME\n");
		return 2;
	}
	places.other = places.dns;
	places.other.sin_port = htons(9);
	places.other6 = places.dns6;
	places.other6.sin6_port = htons(9);
	is_newer = !strcmp(argv[1], "unspecified");
	asked = question_of(argv[2]);
	in = socket(is_newer ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	out = socket(is_newer ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);
	setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (bind(in, is_newer ? (void *)&places.dns6 : (void *)&places.dns,
		 is_newer ? sizeof(places.dns6) : sizeof(places.dns)))
		error = errno;
	else
		error = send_by(argv[1], out, &places, &asked) ? errno : await_question(in, &asked);
	printf("%s\n", error ? strerror(error) : "sent");
	return error;
}
