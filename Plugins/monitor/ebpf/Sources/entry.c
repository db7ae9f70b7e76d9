// SPDX-License-Identifier: Apache-2.0
/* The contract's side: the note, the table, and the checks of what callers pass. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "ebpf.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_MONITOR, "ebpf", "0.1.0", "Apache-2.0 AND BSD-2-Clause", "btf kernel>=5.17",
		      "Reports processes, files, sockets, DNS queries, capabilities and system calls by BPF programs.");

#define CAPABILITIES                                                                                               \
	"observe.exec observe.exit observe.fork observe.open observe.change observe.network observe.dns "         \
	"observe.syscall syscall.name"
/* What not every kernel and mode has. */
#define CAPABILITY_OBJECTS " observe.objects observe.io_uring"
#define CAPABILITY_CAPABLE " observe.capability"
#define ALL_CLASSES ((1u << KUBEARMOR_CLASS_COUNT) - 1)
/* A longer wait is cut: the daemon calls again, and an entry must return in time. */
#define POLL_LIMIT_MS 1000
#define CLOSE_PAUSE_NS 1000000
#define CLOSE_TRIES 1500

/* 1 when `member` lies within what the struct's writer knew. */
#define HAS(pointer, member) \
	((pointer)->struct_size >= offsetof(__typeof__(*(pointer)), member) + sizeof((pointer)->member))

static void say(const struct kubearmor_host *host, uint32_t level, const char *text)
{
	if (host && HAS(host, log) && host->log)
		host->log(host->context, level, text, strlen(text));
}

static int32_t monitor_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *text,
			     uint64_t size)
{
	struct error error = { text, size };
	struct monitor *monitor;

	if (!host)
		return fail(error, EINVAL, "probe: no host: pass struct kubearmor_host");
	if (!result || !HAS(result, capabilities))
		return fail(error, EINVAL,
			    "probe: no result to fill, or one of a smaller size: pass struct kubearmor_probe");
	monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return fail(error, ENOMEM, "probe: no memory: free some");
	snprintf(result->capabilities, sizeof(result->capabilities), "%s", CAPABILITIES);
	result->usable = monitor_start(monitor, 1, result->reason, sizeof(result->reason), error) == 0;
	if (result->usable) {
		snprintf(result->mode, sizeof(result->mode), "%s", monitor->programs.mode->name);
		if (programs_have(&monitor->programs, "on_change"))
			strcat(result->capabilities, CAPABILITY_OBJECTS);
		if (programs_have(&monitor->programs, "on_capable"))
			strcat(result->capabilities, CAPABILITY_CAPABLE);
		monitor_stop(monitor);
	}
	free(monitor);
	return 0;
}

static int32_t monitor_open(const struct kubearmor_host *host, void **self, char *text, uint64_t size)
{
	struct error error = { text, size };
	char reasons[512], line[640];
	struct monitor *monitor;
	int32_t result;

	if (!host || !self || !HAS(host, emit) || !host->emit)
		return fail(error, EINVAL, "open: host services with emit, and a place for self, are needed");
	monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return fail(error, ENOMEM, "open: no memory: free some");
	monitor->host = host;
	result = monitor_start(monitor, 0, reasons, sizeof(reasons), error);
	if (result != 0) {
		free(monitor);
		return result;
	}
	snprintf(line, sizeof(line), "events by %s%s%s", monitor->programs.mode->name, reasons[0] ? "; " : "", reasons);
	say(host, KUBEARMOR_LOG_INFO, line);
	*self = monitor;
	return 0;
}

static int32_t monitor_watch(void *self, uint64_t workload, uint32_t classes, char *text, uint64_t size)
{
	struct error error = { text, size };

	if (!self || workload == 0)
		return fail(error, EINVAL, "watch: a monitor and a workload's key (not 0) are needed");
	if (classes & ~ALL_CLASSES)
		return fail(error, EINVAL, "watch: classes 0x%x has bits beyond class %u: use KUBEARMOR_CLASS_…",
			    classes, KUBEARMOR_CLASS_COUNT - 1);
	return watch_set(self, workload, classes, error);
}

#define NAMES_MAX 4096

static int32_t monitor_watch_syscalls(void *self, uint64_t workload, const struct kubearmor_string *names,
				      uint64_t count, char *text, uint64_t size)
{
	struct error error = { text, size };

	if (!self || workload == 0 || (!names && count > 0))
		return fail(error, EINVAL, "watch_syscalls: a monitor, a workload's key (not 0) and names are needed");
	if (count > NAMES_MAX)
		return fail(error, E2BIG, "watch_syscalls: %llu names: pass each of %d at most once",
			    (unsigned long long)count, NAMES_MAX);
	for (uint64_t i = 0; i < count; i++) {
		if (!names[i].data && names[i].length > 0)
			return fail(error, EINVAL, "watch_syscalls: name %llu has a length but no text",
				    (unsigned long long)i);
	}
	return watch_calls(self, workload, names, count, error);
}

/* The cgroup of a binding; 0 with *result set when it is not one. */
static uint64_t binding_cgroup(const struct kubearmor_binding *binding, int32_t *result, struct error error)
{
	if (!binding || !HAS(binding, number)) {
		*result = fail(error, EINVAL, "no binding, or one of a smaller size: pass struct kubearmor_binding");
		return 0;
	}
	if (binding->type != KUBEARMOR_BINDING_CGROUP) {
		*result = fail(error, ENOTSUP,
			       "bindings of type %u are not known here: bind by KUBEARMOR_BINDING_CGROUP",
			       binding->type);
		return 0;
	}
	if (binding->number == 0)
		*result = fail(error, EINVAL, "0 is no cgroup: pass the id of a cgroup v2 directory");
	return binding->number;
}

static int32_t monitor_bind(void *self, uint64_t workload, const struct kubearmor_binding *binding, char *text,
			    uint64_t size)
{
	struct error error = { text, size };
	int32_t result = 0;
	uint64_t cgroup;

	if (!self || workload == 0)
		return fail(error, EINVAL, "bind: a monitor and a workload's key (not 0) are needed");
	cgroup = binding_cgroup(binding, &result, error);
	return cgroup == 0 ? result : watch_bind(self, workload, cgroup, error);
}

static int32_t monitor_unbind(void *self, const struct kubearmor_binding *binding, char *text, uint64_t size)
{
	struct error error = { text, size };
	int32_t result = 0;
	uint64_t cgroup;

	if (!self)
		return fail(error, EINVAL, "unbind: a monitor is needed");
	cgroup = binding_cgroup(binding, &result, error);
	return cgroup == 0 ? result : watch_unbind(self, cgroup, error);
}

static int32_t entry_poll(void *self, int32_t timeout_ms, char *text, uint64_t size)
{
	struct error error = { text, size };
	struct monitor *monitor = self;
	int32_t result;

	if (!monitor)
		return fail(error, EINVAL, "poll: a monitor is needed");
	if (atomic_exchange(&monitor->polling, true))
		return fail(error, EBUSY, "poll: another thread is in poll: call it from one thread");
	if (timeout_ms < 0)
		timeout_ms = 0;
	result = monitor_poll(monitor, timeout_ms < POLL_LIMIT_MS ? timeout_ms : POLL_LIMIT_MS, error);
	atomic_store(&monitor->polling, false);
	return result;
}

#define STATS 6

static void collect(struct monitor *monitor, struct kubearmor_stat *stats)
{
	/* What the kernel would not run again inside itself: perhaps wanted, so it counts as seen and lost. */
	uint64_t missed = programs_missed(&monitor->programs);
	const struct {
		const char *name;
		uint64_t value;
	} values[STATS] = {
		{ "seen", programs_counter(&monitor->programs, KUBEARMOR_COUNT_SEEN) + missed },
		{ "delivered", atomic_load(&monitor->delivered) },
		{ "dropped.ring_full", programs_counter(&monitor->programs, KUBEARMOR_COUNT_RING_FULL) },
		{ "dropped.unresolved", programs_counter(&monitor->programs, KUBEARMOR_COUNT_FAULT_OBSERVE) },
		{ "dropped.recursion", missed },
		{ "dropped.malformed", atomic_load(&monitor->malformed) },
	};

	for (int i = 0; i < STATS; i++) {
		stats[i] = (struct kubearmor_stat){ .struct_size = sizeof(*stats), .value = values[i].value };
		snprintf(stats[i].name, sizeof(stats[i].name), "%s", values[i].name);
	}
}

static int32_t monitor_stats(void *self, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count, char *text,
			     uint64_t size)
{
	struct error error = { text, size };
	struct kubearmor_stat all[STATS];
	uint32_t stride;

	if (!self || !count || (!stats && capacity > 0))
		return fail(error, EINVAL, "stats: a monitor, room for the numbers and for their count are needed");
	*count = STATS;
	if (capacity == 0)
		return 0;
	stride = stats->struct_size;
	if (stride < sizeof(*stats) || stride % 8 != 0)
		return fail(error, EINVAL, "stats: struct_size of the first element is %u: set it to the struct's size",
			    stride);
	collect(self, all);
	for (uint64_t i = 0; i < capacity && i < STATS; i++) {
		struct kubearmor_stat *stat = (void *)((char *)stats + i * stride);

		*stat = all[i];
		stat->struct_size = stride;
	}
	return 0;
}

static int32_t monitor_close(void *self, char *text, uint64_t size)
{
	const struct timespec pause = { .tv_nsec = CLOSE_PAUSE_NS };
	struct error error = { text, size };
	struct monitor *monitor = self;
	uint64_t one = 1;

	if (!monitor)
		return fail(error, EINVAL, "close: a monitor is needed");
	atomic_store(&monitor->closing, true);
	if (write(monitor->wake, &one, sizeof(one)) < 0)
		say(monitor->host, KUBEARMOR_LOG_WARNING, "close: poll could not be woken; it ends with its time");
	for (int i = 0; atomic_load(&monitor->polling); i++) {
		if (i == CLOSE_TRIES)
			return fail(error, EBUSY, "close: poll has not returned: end its thread and close again");
		nanosleep(&pause, NULL);
	}
	monitor_stop(monitor);
	images_free(monitor);
	free(monitor);
	return 0;
}

static const struct kubearmor_monitor table = {
	.struct_size = sizeof(table),
	.probe = monitor_probe,
	.open = monitor_open,
	.watch = monitor_watch,
	.bind = monitor_bind,
	.unbind = monitor_unbind,
	.poll = entry_poll,
	.stats = monitor_stats,
	.close = monitor_close,
	.watch_syscalls = monitor_watch_syscalls,
};

int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, char *error,
			       uint64_t error_size)
{
	return answer_offer(offer, answer, KUBEARMOR_KIND_MONITOR, &table, error, error_size);
}
