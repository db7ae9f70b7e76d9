/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Too many alerts of one rule: after throttle_limit in a second it is silent for
 * throttle_ns. Other rules are heard all the same, and decisions are never touched.
 * The daemon clears the map and says what was suppressed (Plugins/enforcer/bpflsm).
 */
#ifndef KUBEARMOR_BPF_THROTTLE_H
#define KUBEARMOR_BPF_THROTTLE_H

#include "subject.h"

#define SECOND 1000000000ull

/* Rules that caused alerts in the last seconds. When it is full, what is not in it is not throttled. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct kubearmor_kernel_source);
	__type(value, struct kubearmor_kernel_noise);
} noises SEC(".maps");

/*
 * 1 when an alert of the rule is one too many. Two CPUs that begin a window at once
 * may let a few more through; each alert is either sent or counted as suppressed.
 */
__noinline int is_throttled(__u64 workload, __u32 rule, __u32 part)
{
	struct kubearmor_kernel_source source = { .workload = workload, .rule = rule, .part = part };
	struct kubearmor_kernel_noise fresh = {}, *noise;
	struct kubearmor_kernel_state *settings;
	__u64 now = bpf_ktime_get_boot_ns();
	__u32 key = 0;

	settings = bpf_map_lookup_elem(&state, &key);
	if (!settings || settings->throttle_limit == 0)
		return 0;
	noise = bpf_map_lookup_elem(&noises, &source);
	if (!noise) {
		fresh.window = now;
		fresh.count = 1;
		bpf_map_update_elem(&noises, &source, &fresh, BPF_NOEXIST);
		return 0;
	}
	if (now >= noise->until) {
		if (now - noise->window >= SECOND) {
			noise->window = now;
			noise->count = 1;
			return 0;
		}
		if (__sync_fetch_and_add(&noise->count, 1) < settings->throttle_limit)
			return 0;
		noise->until = now + settings->throttle_ns;
	}
	__sync_fetch_and_add(&noise->suppressed, 1);
	return 1;
}

#endif
