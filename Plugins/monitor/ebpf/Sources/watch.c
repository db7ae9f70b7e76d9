// SPDX-License-Identifier: Apache-2.0
/* Who is watched: workloads in slots, cgroups bound to them. */
#include "ebpf.h"

#define ROOM_ADVICE "stop watching workloads that have ended"

/* The slot of a workload, or a free one; NULL when all are taken. */
static struct slot *slot_of(struct monitor *monitor, uint64_t workload, int make)
{
	struct slot *vacant = NULL;

	for (uint32_t i = 0; i < MONITOR_WORKLOADS; i++) {
		struct slot *slot = &monitor->slots[i];

		if (slot->workload == workload)
			return slot;
		if (slot->workload == 0 && !vacant)
			vacant = slot;
	}
	if (make && vacant)
		*vacant = (struct slot){ .workload = workload };
	return make ? vacant : NULL;
}

static int32_t write_slot(struct monitor *monitor, const struct slot *slot, struct error error)
{
	struct monitor_watch watch = { .workload = slot->workload, .classes = slot->classes };
	uint32_t index = slot - monitor->slots;

	if (bpf_map_update_elem(monitor->programs.watches, &index, &watch, BPF_ANY) != 0)
		return fail(error, errno, "writing the watch of workload %llu failed with %s",
			    (unsigned long long)slot->workload, errno_name(errno));
	return 0;
}

/* Frees a slot that nothing refers to any more. */
static void slot_settle(struct slot *slot)
{
	if (slot->classes == 0 && slot->bindings == 0)
		slot->workload = 0;
}

/* A class that nobody watches costs nothing: its programs are not attached. */
static int32_t write_union(struct monitor *monitor, struct error error)
{
	uint32_t classes = 0;
	int32_t result;

	for (uint32_t i = 0; i < MONITOR_WORKLOADS; i++)
		classes |= monitor->slots[i].classes;
	if (classes == monitor->settings.classes)
		return 0;
	monitor->settings.classes = classes;
	result = programs_settings(&monitor->programs, &monitor->settings, error);
	return result ? result : programs_attach(&monitor->programs, classes, error);
}

int32_t watch_set(struct monitor *monitor, uint64_t workload, uint32_t classes, struct error error)
{
	struct slot *slot = slot_of(monitor, workload, classes != 0);
	uint32_t before;
	int32_t result;

	if (!slot)
		return classes == 0 ? 0
				    : fail(error, ENOSPC, "all %d places for workloads are taken: %s",
					   MONITOR_WORKLOADS, ROOM_ADVICE);
	before = slot->classes;
	slot->classes = classes;
	result = write_slot(monitor, slot, error);
	if (result == 0)
		result = write_union(monitor, error);
	if (result != 0)
		slot->classes = before;
	slot_settle(slot);
	return result;
}

static void drop_binding(struct monitor *monitor, uint32_t index)
{
	struct slot *slot;

	if (index == 0 || index > MONITOR_WORKLOADS)
		return;
	slot = &monitor->slots[index - 1];
	if (slot->bindings == 0)
		return;
	slot->bindings--;
	slot_settle(slot);
}

int32_t watch_bind(struct monitor *monitor, uint64_t workload, uint64_t cgroup, struct error error)
{
	struct slot *slot = slot_of(monitor, workload, 1);
	uint32_t old = 0, index;
	int32_t result;

	if (!slot)
		return fail(error, ENOSPC, "all %d places for workloads are taken: %s", MONITOR_WORKLOADS, ROOM_ADVICE);
	index = slot - monitor->slots + 1;
	bpf_map_lookup_elem(monitor->programs.bindings, &cgroup, &old);
	if (old == index)
		return 0;
	result = write_slot(monitor, slot, error);
	if (result == 0 && bpf_map_update_elem(monitor->programs.bindings, &cgroup, &index, BPF_ANY) != 0) {
		result = fail(error, errno == E2BIG ? ENOSPC : errno, "binding cgroup %llu failed with %s: %s",
			      (unsigned long long)cgroup, errno_name(errno), ROOM_ADVICE);
	}
	if (result != 0) {
		slot_settle(slot);
		return result;
	}
	slot->bindings++;
	drop_binding(monitor, old);
	return 0;
}

int32_t watch_unbind(struct monitor *monitor, uint64_t cgroup, struct error error)
{
	uint32_t old = 0;

	if (bpf_map_lookup_elem(monitor->programs.bindings, &cgroup, &old) != 0)
		return 0;
	if (bpf_map_delete_elem(monitor->programs.bindings, &cgroup) != 0 && errno != ENOENT)
		return fail(error, errno, "unbinding cgroup %llu failed with %s", (unsigned long long)cgroup,
			    errno_name(errno));
	drop_binding(monitor, old);
	return 0;
}
