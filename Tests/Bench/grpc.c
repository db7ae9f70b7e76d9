// SPDX-License-Identifier: Apache-2.0
/*
 * Reads one stream of feeder.LogService as fast as it comes, and says how many messages and bytes there were:
 *   grpc ADDRESS PORT logs COUNT      events a second, bytes a message
 *   grpc ADDRESS PORT alerts COUNT    how long ago what Data says ("@nanoseconds@", CLOCK_MONOTONIC), percentiles
 * Clients of libraries are slower than the servers that are measured. This is HTTP/2 as far as one stream needs it.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WINDOW (1u << 30)
#define REFILL (1u << 24)

static int peer;
static uint64_t *latencies;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void put(const void *bytes, size_t count)
{
	if (write(peer, bytes, count) != (ssize_t)count)
		fail("write");
}

static void frame(uint8_t type, uint8_t flags, uint32_t stream, const void *payload, uint32_t length)
{
	uint8_t header[9] = { length >> 16, length >> 8, length, type, flags, stream >> 24, stream >> 16, stream >> 8,
			      stream };

	put(header, sizeof(header));
	put(payload, length);
}

static void refill(uint32_t stream, uint32_t count)
{
	uint32_t size = htonl(count);

	frame(8, 0, stream, &size, sizeof(size));
}

/* A header whose name and value are literal and not indexed. */
static size_t header(uint8_t *place, const char *name, const char *value)
{
	size_t names = strlen(name), values = strlen(value);

	place[0] = 0;
	place[1] = (uint8_t)names;
	memcpy(place + 2, name, names);
	place[2 + names] = (uint8_t)values;
	memcpy(place + 3 + names, value, values);
	return 3 + names + values;
}

static void ask(const char *path)
{
	/* SETTINGS_INITIAL_WINDOW_SIZE; RequestMessage{Filter: "all"} with gRPC's prefix. */
	static const uint8_t settings[6] = { 0, 4, WINDOW >> 24, 0, 0, 0 };
	static const uint8_t request[10] = { 0, 0, 0, 0, 5, 0x0a, 3, 'a', 'l', 'l' };
	uint8_t headers[256];
	size_t length = 0;

	put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	frame(4, 0, 0, settings, sizeof(settings));
	refill(0, WINDOW);
	length += header(headers + length, ":method", "POST");
	length += header(headers + length, ":scheme", "http");
	length += header(headers + length, ":path", path);
	length += header(headers + length, ":authority", "localhost");
	length += header(headers + length, "content-type", "application/grpc");
	length += header(headers + length, "te", "trailers");
	frame(1, 4, 1, headers, (uint32_t)length);
	frame(0, 1, 1, request, sizeof(request));
}

/* One message of the stream. */
static void take(const uint8_t *message, uint32_t length, uint64_t index)
{
	const uint8_t *stamp = latencies ? memchr(message, '@', length) : NULL;

	if (stamp)
		latencies[index] = now() - strtoull((const char *)stamp + 1, NULL, 10);
}

static int ascending(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* Takes whole messages from the front; returns how many bytes they had. */
static size_t messages(const uint8_t *bytes, size_t count, uint64_t *taken, uint64_t wanted)
{
	size_t at = 0;

	while (*taken < wanted && count - at >= 5) {
		uint32_t length;

		memcpy(&length, bytes + at + 1, sizeof(length));
		length = ntohl(length);

		if (count - at < 5 + (size_t)length)
			break;
		take(bytes + at + 5, length, (*taken)++);
		at += 5 + length;
	}
	return at;
}

static void report(uint64_t count, uint64_t bytes, uint64_t wire, uint64_t time)
{
	printf("%llu messages in %.3f s: %.0f a second, %.1f bytes a message, %.1f on the wire\n",
	       (unsigned long long)count, (double)time / 1e9, (double)count * 1e9 / (double)time,
	       (double)bytes / (double)count, (double)wire / (double)count);
	if (!latencies)
		return;
	qsort(latencies, count, sizeof(*latencies), ascending);
	printf("latency p50 %.3f ms, p99 %.3f ms, greatest %.3f ms\n", (double)latencies[count / 2] / 1e6,
	       (double)latencies[count * 99 / 100] / 1e6, (double)latencies[count - 1] / 1e6);
}

static void watch(uint64_t wanted)
{
	static uint8_t input[1 << 20], body[1 << 21];
	size_t have = 0, held = 0;
	uint64_t taken = 0, bytes = 0, wire = 0, first = 0, unacknowledged = 0;

	while (taken < wanted) {
		ssize_t count = read(peer, input + have, sizeof(input) - have);
		size_t at = 0;

		if (count <= 0)
			fail("the stream has ended");
		have += (size_t)count;
		while (have - at >= 9) {
			uint32_t length = (uint32_t)input[at] << 16 | input[at + 1] << 8 | input[at + 2];
			const uint8_t *payload = input + at + 9;

			if (have - at < 9 + (size_t)length)
				break;
			if (input[at + 3] == 0) {
				if (!first)
					first = now();
				wire += 9 + length;
				bytes += length;
				memcpy(body + held, payload, length);
				held += length;
				size_t used = messages(body, held, &taken, wanted);
				memmove(body, body + used, held -= used);
				unacknowledged += length;
			} else if (input[at + 3] == 6 && !(input[at + 4] & 1)) {
				frame(6, 1, 0, payload, 8);
			} else if (input[at + 3] == 4 && !(input[at + 4] & 1)) {
				frame(4, 1, 0, "", 0);
			}
			at += 9 + length;
		}
		memmove(input, input + at, have -= at);
		if (unacknowledged > REFILL) {
			refill(0, (uint32_t)unacknowledged);
			refill(1, (uint32_t)unacknowledged);
			unacknowledged = 0;
		}
	}
	report(taken, bytes, wire, now() - first);
}

int main(int count, char **arguments)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	uint64_t wanted;

	if (count != 5)
		return 2;
	inet_pton(AF_INET, arguments[1], &address.sin_addr);
	address.sin_port = htons((uint16_t)atoi(arguments[2]));
	wanted = strtoull(arguments[4], NULL, 10);
	if (!strcmp(arguments[3], "alerts"))
		latencies = calloc(wanted, sizeof(*latencies));
	peer = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(peer, (struct sockaddr *)&address, sizeof(address)))
		fail("connect");
	ask(latencies ? "/feeder.LogService/WatchAlerts" : "/feeder.LogService/WatchLogs");
	watch(wanted);
	return 0;
}
