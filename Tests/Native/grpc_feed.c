// SPDX-License-Identifier: Apache-2.0
/*
 * Loads the feeder grpc as the daemon does and publishes what standard input asks for:
 *   feed PLUGIN [KEY=VALUE]…
 *   publish KIND COUNT    records of KIND (alert, log, message), every field its own name
 *   bytes                 an alert with a resource that is not UTF-8
 *   flood COUNT RATE      logs as a node has them, RATE a second (0: as fast as possible)
 *   pace RATE SECONDS     alerts with the time in Data, RATE a second
 *   stats, quit
 * Each is answered with a line. Texts of fields are those of kubearmor.proto.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "plugin.h"

#define BATCH 256

static char **settings;
static uint64_t sequence;

static void host_log(void *context, uint32_t level, const char *text, uint64_t length)
{
	(void)context;
	fprintf(stderr, "%u %.*s\n", level, (int)length, text);
}

static void host_metric(void *context, const char *name, int64_t value)
{
	(void)context, (void)name, (void)value;
}

static uint64_t now(int clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t host_now(void *context)
{
	(void)context;
	return now(CLOCK_BOOTTIME);
}

static int64_t host_config(void *context, const char *key, char *value, uint64_t size)
{
	size_t length = strlen(key);

	(void)context;
	for (char **setting = settings; *setting; setting++) {
		if (strncmp(*setting, key, length) || (*setting)[length] != '=')
			continue;
		snprintf(value, size, "%s", *setting + length + 1);
		return (int64_t)strlen(*setting + length + 1);
	}
	return -ENOENT;
}

static const struct kubearmor_host host = {
	.struct_size = sizeof(host), .log = host_log, .metric = host_metric, .now = host_now, .config = host_config,
};

static struct kubearmor_string text(const char *bytes)
{
	return (struct kubearmor_string){ bytes, strlen(bytes) };
}

static const struct kubearmor_string tags[2] = { { "one", 3 }, { "two", 3 } };
static struct kubearmor_pair pairs[2];

/* Every field says its own name, numbers are those of alerts. */
static struct kubearmor_record full(uint32_t type)
{
	return (struct kubearmor_record){
		.struct_size = sizeof(struct kubearmor_record), .type = type, .timestamp = 1700000001,
		.sequence = ++sequence, .host_pid = 9, .host_ppid = 27, .pid = 11, .ppid = 10, .uid = -12,
		.max_alerts_per_sec = 34, .dropping_alerts_interval = 35, .updated_time = text("UpdatedTime"),
		.cluster_name = text("ClusterName"), .host_name = text("HostName"), .host_ip = text("HostIP"),
		.node_id = text("NodeID"), .namespace_name = text("NamespaceName"), .owner_ref = text("Ref"),
		.owner_name = text("Name"), .owner_namespace = text("Namespace"), .pod_name = text("PodName"),
		.labels = text("Labels"), .container_id = text("ContainerID"),
		.container_name = text("ContainerName"), .container_image = text("ContainerImage"),
		.parent_process_name = text("ParentProcessName"), .process_name = text("ProcessName"),
		.policy_name = text("PolicyName"), .severity = text("Severity"), .tags = text("Tags"),
		.message = text("Message"), .record_type = text("Type"), .source = text("Source"),
		.operation = text("Operation"), .resource = text("Resource"), .data = text("Data"),
		.enforcer = text("Enforcer"), .action = text("Action"), .result = text("Result"), .cwd = text("Cwd"),
		.tty = text("TTY"), .exec_id = text("ExecID"), .exec_name = text("ExecutableName"),
		.user_name = text("UserName"), .kubearmor_version = text("KubeArmorVersion"),
		.process_hash = text("ProcessHash"), .parent_hash = text("ParentHash"),
		.resource_hash = text("ResourceHash"), .hash_algo = text("HashAlgo"), .level = text("Level"),
		.atags = tags, .atag_count = 2, .event_data = pairs, .event_data_count = 2,
	};
}

/* An open in a container of a node, as the monitor reports thousands. */
static struct kubearmor_record typical(void)
{
	return (struct kubearmor_record){
		.struct_size = sizeof(struct kubearmor_record), .type = KUBEARMOR_RECORD_LOG, .timestamp = 1700000001,
		.sequence = ++sequence, .host_pid = 495877, .host_ppid = 495804, .pid = 42, .ppid = 41, .uid = 0,
		.updated_time = text("2026-06-27T12:21:47.932526Z"), .cluster_name = text("default"),
		.host_name = text("node-1"), .namespace_name = text("default"), .pod_name = text("web-0"),
		.labels = text("app=web"), .container_id = text("72de0123456789ab"), .container_name = text("web"),
		.container_image = text("docker.io/library/nginx:1.27"), .parent_process_name = text("/usr/bin/bash"),
		.process_name = text("/usr/bin/cat"), .record_type = text("ContainerLog"),
		.source = text("/usr/bin/cat /etc/passwd"), .operation = text("File"), .resource = text("/etc/passwd"),
		.data = text("syscall=SYS_OPENAT flags=O_RDONLY"), .result = text("Passed"), .cwd = text("/"),
		.exec_id = text("1234567890"), .exec_name = text("cat"),
	};
}

static int publish(const struct kubearmor_feeder *feeder, void *self, const struct kubearmor_record *records,
		   uint64_t count)
{
	char error[KUBEARMOR_ERROR_SIZE] = "";
	int32_t taken = feeder->publish(self, records, count, error, sizeof(error));

	if (taken != (int32_t)count)
		fprintf(stderr, "publish: %d %s\n", taken, error);
	return taken == (int32_t)count ? 0 : -1;
}

static void publish_full(const struct kubearmor_feeder *feeder, void *self, const char *kind, uint64_t count)
{
	uint32_t type = !strcmp(kind, "alert") ? KUBEARMOR_RECORD_ALERT :
			!strcmp(kind, "log")   ? KUBEARMOR_RECORD_LOG :
						 KUBEARMOR_RECORD_MESSAGE;

	for (uint64_t i = 0; i < count; i++) {
		struct kubearmor_record record = full(type);

		publish(feeder, self, &record, 1);
	}
	printf("published %llu\n", (unsigned long long)count);
}

static void publish_bytes(const struct kubearmor_feeder *feeder, void *self)
{
	struct kubearmor_record record = full(KUBEARMOR_RECORD_ALERT);
	static char cwd[300];

	record.resource = text("/a\xff\xc3\xa4\\x\\y");
	memset(cwd, 0xfe, sizeof(cwd) - 1);
	record.cwd = text(cwd);
	publish(feeder, self, &record, 1);
	printf("published 1\n");
}

static void wait_until(uint64_t due)
{
	uint64_t at = now(CLOCK_MONOTONIC);

	if (at < due) {
		struct timespec pause = { (time_t)((due - at) / 1000000000u), (long)((due - at) % 1000000000u) };

		nanosleep(&pause, NULL);
	}
}

static void flood(const struct kubearmor_feeder *feeder, void *self, uint64_t count, uint64_t rate)
{
	static struct kubearmor_record records[BATCH];
	uint64_t start = now(CLOCK_MONOTONIC), longest = 0;

	for (size_t i = 0; i < BATCH; i++)
		records[i] = typical();
	for (uint64_t done = 0; done < count; done += BATCH) {
		uint64_t before, took;

		if (rate)
			wait_until(start + done * 1000000000u / rate);
		before = now(CLOCK_MONOTONIC);
		publish(feeder, self, records, count - done < BATCH ? count - done : BATCH);
		took = now(CLOCK_MONOTONIC) - before;
		longest = took > longest ? took : longest;
	}
	printf("published %llu in %llu ns, a call at most %llu ns\n", (unsigned long long)count,
	       (unsigned long long)(now(CLOCK_MONOTONIC) - start), (unsigned long long)longest);
}

static void pace(const struct kubearmor_feeder *feeder, void *self, uint64_t rate, uint64_t seconds)
{
	uint64_t start = now(CLOCK_MONOTONIC), count = rate * seconds;

	for (uint64_t i = 0; i < count; i++) {
		struct kubearmor_record record = full(KUBEARMOR_RECORD_ALERT);
		char stamp[32];

		wait_until(start + i * 1000000000u / rate);
		snprintf(stamp, sizeof(stamp), "@%llu@", (unsigned long long)now(CLOCK_MONOTONIC));
		record.data = text(stamp);
		publish(feeder, self, &record, 1);
	}
	printf("published %llu\n", (unsigned long long)count);
}

static void print_stats(const struct kubearmor_feeder *feeder, void *self)
{
	struct kubearmor_stat stats[32] = { { .struct_size = sizeof(stats[0]) } };
	char error[KUBEARMOR_ERROR_SIZE] = "";
	uint64_t count = 0;

	feeder->stats(self, stats, 32, &count, error, sizeof(error));
	for (uint64_t i = 0; i < count && i < 32; i++)
		printf("%s%s=%llu", i ? " " : "", stats[i].name, (unsigned long long)stats[i].value);
	printf("\n");
}

static void serve(const struct kubearmor_feeder *feeder, void *self)
{
	char line[256], kind[16];
	unsigned long long first, second;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "publish %15s %llu", kind, &first) == 2)
			publish_full(feeder, self, kind, first);
		else if (!strncmp(line, "bytes", 5))
			publish_bytes(feeder, self);
		else if (sscanf(line, "flood %llu %llu", &first, &second) == 2)
			flood(feeder, self, first, second);
		else if (sscanf(line, "pace %llu %llu", &first, &second) == 2)
			pace(feeder, self, first, second);
		else if (!strncmp(line, "stats", 5))
			print_stats(feeder, self);
		else
			break;
		fflush(stdout);
	}
}

int main(int count, char **arguments)
{
	struct kubearmor_offer offer = { sizeof(offer), KUBEARMOR_ABI_MAJOR, KUBEARMOR_ABI_MINOR,
					 KUBEARMOR_HEADER_HASH, &host };
	struct kubearmor_answer answer = { .struct_size = sizeof(answer) };
	char error[KUBEARMOR_ERROR_SIZE] = "";
	const struct kubearmor_feeder *feeder;
	int32_t (*entry)(const struct kubearmor_offer *, struct kubearmor_answer *, char *, uint64_t);
	void *self = NULL, *library;

	if (count < 2)
		return 2;
	settings = arguments + 2;
	for (int i = 0; i < 2; i++)
		pairs[i] = (struct kubearmor_pair){ sizeof(pairs[0]), 0, text(i ? "Flags" : "Syscall"),
						    text(i ? "O_RDONLY" : "SYS_OPENAT") };
	library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
	entry = library ? (__typeof__(entry))dlsym(library, KUBEARMOR_ENTRY_SYMBOL) : NULL;
	if (!entry || entry(&offer, &answer, error, sizeof(error))) {
		fprintf(stderr, "%s: %s\n", arguments[1], library ? error : dlerror());
		return 1;
	}
	feeder = answer.table;
	if (feeder->open(&host, &self, error, sizeof(error))) {
		printf("refused: %s\n", error);
		return 3;
	}
	printf("open\n");
	fflush(stdout);
	serve(feeder, self);
	return feeder->close(self, error, sizeof(error)) ? 4 : 0;
}
