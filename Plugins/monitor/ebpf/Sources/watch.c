// SPDX-License-Identifier: Apache-2.0
/* Who is watched: workloads in slots, cgroups bound to them. */
#include <string.h>

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

	memcpy(watch.calls, slot->calls, sizeof(watch.calls));
	if (bpf_map_update_elem(monitor->programs.watches, &index, &watch, BPF_ANY) != 0)
		return fail(error, errno, "writing the watch of workload %llu failed with %s",
			    (unsigned long long)slot->workload, errno_name(errno));
	return 0;
}

/* Frees a slot that nothing refers to and of which nothing is wanted any more. */
static void slot_settle(struct slot *slot)
{
	static const uint64_t none[MONITOR_CALL_WORDS];

	if (slot->classes == 0 && slot->bindings == 0 && memcmp(slot->calls, none, sizeof(none)) == 0)
		*slot = (struct slot){};
}

/* 1 when the set has a call that does not return. */
static int has_no_return(const struct monitor *monitor, const uint64_t *calls)
{
	for (uint32_t i = 0; i < 2 * MONITOR_CALLS; i++) {
		if (calls[i / 64] >> i % 64 & 1 && monitor->call_rows[i]->how.shape == MONITOR_SHAPE_NO_RETURN)
			return 1;
	}
	return 0;
}

/* What of the classes is not of the programs that are there from the beginning. */
#define CLASSES_OF_MORE (~(1u << KUBEARMOR_CLASS_PROCESS))

static int32_t load_more(struct monitor *monitor, uint32_t classes, struct error error)
{
	int32_t result;

	if (monitor->settings.trial || !(classes & CLASSES_OF_MORE) || monitor->programs.calls >= 0)
		return 0;
	result = programs_load_more(&monitor->programs, error);
	return result ? result : calls_write(monitor, error);
}

/* Programs of a class that nobody has watched are not attached. */
static int32_t write_union(struct monitor *monitor, struct error error)
{
	const struct monitor_settings before = monitor->settings;
	struct monitor_settings now = before;
	uint32_t attached;
	int32_t result;

	now.classes = 0;
	memset(now.calls, 0, sizeof(now.calls));
	for (uint32_t i = 0; i < MONITOR_WORKLOADS; i++) {
		const struct slot *slot = &monitor->slots[i];

		now.classes |= slot->classes;
		/* Without the class nobody is to hear of a call that rules name. */
		if (!(slot->classes >> KUBEARMOR_CLASS_SYSCALL & 1))
			continue;
		for (uint32_t word = 0; word < MONITOR_CALL_WORDS; word++)
			now.calls[word] |= slot->calls[word];
	}
	if (memcmp(&now, &monitor->settings, sizeof(now)) == 0)
		return 0;
	monitor->settings = now;
	attached = now.classes | (has_no_return(monitor, now.calls) ? CLASS_NO_RETURN : 0);
	result = load_more(monitor, attached, error);
	if (result == 0)
		result = programs_settings(&monitor->programs, &monitor->settings, error);
	if (result == 0)
		result = programs_attach(&monitor->programs, attached, monitor->settings.trial != 0, error);
	/* Asked for again, it is tried again. */
	if (result != 0)
		monitor->settings = before;
	return result;
}

/* Has what is in the slot watched; what was before stays where that fails. */
static int32_t slot_change(struct monitor *monitor, struct slot *slot, const struct slot *before, struct error error)
{
	char ignored[256];
	int32_t result = write_slot(monitor, slot, error);

	if (result == 0)
		result = write_union(monitor, error);
	if (result != 0) {
		*slot = *before;
		/* The first error is the one to tell. */
		write_slot(monitor, slot, (struct error){ ignored, sizeof(ignored) });
	}
	slot_settle(slot);
	return result;
}

static int32_t no_room(struct error error)
{
	return fail(error, ENOSPC, "all %d places for workloads are taken: %s", MONITOR_WORKLOADS, ROOM_ADVICE);
}

int32_t watch_set(struct monitor *monitor, uint64_t workload, uint32_t classes, struct error error)
{
	struct slot *slot = slot_of(monitor, workload, classes != 0);
	struct slot before;

	if (!slot)
		return classes == 0 ? 0 : no_room(error);
	before = *slot;
	slot->classes = classes;
	return slot_change(monitor, slot, &before, error);
}

int32_t watch_calls(struct monitor *monitor, uint64_t workload, const struct kubearmor_string *names, uint64_t count,
		    struct error error)
{
	struct slot *slot = slot_of(monitor, workload, 1);
	uint64_t set[MONITOR_CALL_WORDS] = {};
	int32_t result, unknown = 0;
	struct slot before;

	if (!slot)
		return no_room(error);
	for (uint64_t i = 0; i < count; i++)
		unknown += calls_named(monitor, names[i], set) == 0;
	before = *slot;
	memcpy(slot->calls, set, sizeof(set));
	result = slot_change(monitor, slot, &before, error);
	return result ? result : unknown;
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
		return no_room(error);
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
