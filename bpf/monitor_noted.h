/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Paths of the objects that a system call came to, noted on the way by programs at
 * the kernel's security hooks and reported when the call returns. What a call did is
 * then named by the object that it was done to, whatever its arguments say by now.
 * Without such programs (raw tracepoints) nothing is noted.
 */
#ifndef KUBEARMOR_BPF_MONITOR_NOTED_H
#define KUBEARMOR_BPF_MONITOR_NOTED_H

#include "monitor.h"

/* The object and, of rename and link, the other name, one behind the other. */
struct noted {
	__u32 sizes[2];
	__u64 unused;
	char text[2 * KUBEARMOR_PATH_MAX];
};

#define NOTED_TEXT 16

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 256); /* calls under way: 2 MiB */
	__type(key, __u64);
	__type(value, struct noted);
} noted SEC(".maps");

/* How a call is reported, by its index. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * MONITOR_CALLS);
	__type(key, __u32);
	__type(value, struct monitor_call);
} calls SEC(".maps");

_Static_assert(__builtin_offsetof(struct noted, text) == NOTED_TEXT, "the text is behind the sizes");

/* Appends what this thread noted first (0) or second (1); 0 when that is nothing. */
__noinline __u32 record_noted(struct scratch *scratch, __u32 which)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct noted *from = bpf_map_lookup_elem(&noted, &id);
	__u32 size, skip, offset;

	if (!scratch || !from)
		return 0;
	size = from->sizes[which & 1];
	skip = which ? from->sizes[0] : 0;
	offset = scratch->text_size;
	if (size == 0 || size > KUBEARMOR_PATH_MAX || skip > PATH_MASK || offset > TEXT_MASK)
		return 0;
	if (bpf_probe_read_kernel(scratch->text + (offset & TEXT_MASK), size, from->text + (skip & PATH_MASK)))
		return 0;
	scratch->text_size = offset + size;
	return size;
}

static __always_inline int has_noted(__u64 id)
{
	return bpf_map_lookup_elem(&noted, &id) != NULL;
}

#endif
