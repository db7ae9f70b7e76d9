// SPDX-License-Identifier: Apache-2.0
/*
 * Which mode works here. A program that loads and attaches may still never be
 * called, so each mode has to show an open that this thread makes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "ebpf.h"

/* Opened to see whether it is seen. */
#define TRIAL_PATH "/dev/null"
#define TRIAL_TRIES 100
#define TRIAL_PAUSE_NS 10000000
/* The cgroup v2 root: every task is below it. */
#define ROOT_CGROUP 1

/* 1 when the ring has a record of the trial's open. */
static int trial_seen(struct monitor *monitor, uint32_t group)
{
	uint64_t position = ring_begin(&monitor->ring);
	const struct kubearmor_kernel_event *record;
	uint32_t size;
	int seen = 0;

	while ((record = ring_next(&monitor->ring, &position, &size))) {
		const char *path = (const char *)(record + 1) + record->process_size + record->parent_size;

		if (record->operation == KUBEARMOR_OPERATION_OPEN && record->host_pid == group &&
		    record->resource_size >= 5 && memcmp(path + record->resource_size - 5, "/null", 5) == 0)
			seen = 1;
	}
	ring_release(&monitor->ring, position);
	return seen;
}

static int32_t trial_open(struct monitor *monitor, struct error error)
{
	const struct timespec pause = { .tv_nsec = TRIAL_PAUSE_NS };

	for (int i = 0; i < TRIAL_TRIES; i++) {
		int file = open(TRIAL_PATH, O_RDONLY | O_CLOEXEC);

		if (file < 0)
			return fail(error, errno, "%s: the trial could not open %s (%s): make it readable",
				    monitor->programs.mode->name, TRIAL_PATH, errno_name(errno));
		close(file);
		if (trial_seen(monitor, monitor->settings.self))
			return 0;
		nanosleep(&pause, NULL);
	}
	return fail(error, ENODATA,
		    "%s: attached, but an open of %s was never reported: the kernel or a sandbox keeps "
		    "events away from the programs",
		    monitor->programs.mode->name, TRIAL_PATH);
}

static int32_t counters_clear(struct monitor *monitor, struct error error)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *zeros = cpus > 0 ? calloc(cpus, sizeof(*zeros)) : NULL;

	if (!zeros)
		return fail(error, ENOMEM, "no memory for counters: free memory");
	for (uint32_t i = 0; i < KUBEARMOR_COUNTERS; i++)
		bpf_map_update_elem(monitor->programs.counters, &i, zeros, BPF_ANY);
	free(zeros);
	return 0;
}

/* Watches this thread alone, opens a file, looks for it; leaves nothing watched. */
static int32_t trial(struct monitor *monitor, struct error error)
{
	struct monitor_settings *settings = &monitor->settings;
	uint32_t thread = 0;
	int32_t result = programs_identity(&monitor->programs, &settings->self, &thread, error);

	settings->trial = thread;
	settings->classes = 0;
	if (result == 0)
		result = watch_bind(monitor, 1, ROOT_CGROUP, error);
	if (result == 0)
		result = watch_set(monitor, 1, 1u << KUBEARMOR_CLASS_PROCESS | 1u << KUBEARMOR_CLASS_FILE, error);
	if (result == 0)
		result = trial_open(monitor, error);
	if (result != 0)
		return result;
	result = watch_set(monitor, 1, 0, error);
	if (result == 0)
		result = watch_unbind(monitor, ROOT_CGROUP, error);
	settings->trial = 0;
	if (result == 0)
		result = programs_settings(&monitor->programs, settings, error);
	return result ? result : counters_clear(monitor, error);
}

static int32_t start_mode(struct monitor *monitor, const struct mode *mode, int is_probe, struct error error)
{
	int32_t result = programs_load(&monitor->programs, mode, is_probe, error);

	if (result != 0)
		return result;
	result = ring_open(&monitor->ring, monitor->programs.events);
	if (result != 0)
		fail(error, -result, "mapping the ring buffer failed with %s: free memory", errno_name(-result));
	/* The trial makes no call that needs them. */
	if (result == 0 && !is_probe && monitor->programs.calls >= 0)
		result = calls_write(monitor, error);
	if (result == 0)
		result = trial(monitor, error);
	if (result != 0) {
		ring_close(&monitor->ring);
		programs_unload(&monitor->programs);
		memset(monitor->slots, 0, sizeof(monitor->slots));
		memset(&monitor->settings, 0, sizeof(monitor->settings));
	}
	return result;
}

/* Appends `text`, parted by a semicolon, as far as there is room. */
static void join(char *reasons, size_t size, const char *text)
{
	size_t used = strlen(reasons);

	snprintf(reasons + used, size - used, "%s%s", used ? "; " : "", text);
}

int32_t monitor_start(struct monitor *monitor, int is_probe, char *reasons, size_t reasons_size, struct error error)
{
	int32_t result = 0;

	reasons[0] = 0;
	calls_describe(monitor);
	monitor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (monitor->wake < 0)
		return fail(error, errno, "making an eventfd failed with %s: raise the limit of open files",
			    errno_name(errno));
	for (int i = 0; i < MODES; i++) {
		char text[KUBEARMOR_ERROR_SIZE];

		result = start_mode(monitor, &modes[i], is_probe, (struct error){ text, sizeof(text) });
		if (result == 0) {
			if (modes[i].limits[0])
				join(reasons, reasons_size, modes[i].limits);
			return 0;
		}
		join(reasons, reasons_size, text);
	}
	close(monitor->wake);
	return fail(error, -result, "no mode works here. %s", reasons);
}

void monitor_stop(struct monitor *monitor)
{
	programs_unload(&monitor->programs);
	ring_close(&monitor->ring);
	close(monitor->wake);
}
