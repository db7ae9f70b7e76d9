// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The trial: "bpf" in the LSM list proves nothing, so the plugin loads this,
 * attaches it, opens a file and looks whether the program was called.
 */
#include "kernel.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* [0]: the thread group that tries; [1]: how often its opens were seen. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} trial SEC(".maps");

SEC("lsm/file_open")
int BPF_PROG(on_trial_open, struct file *file)
{
	__u32 key = 0;
	__u64 *tgid = bpf_map_lookup_elem(&trial, &key);
	__u64 *seen;

	key = 1;
	seen = bpf_map_lookup_elem(&trial, &key);
	if (tgid && seen && *tgid == bpf_get_current_pid_tgid() >> 32)
		__sync_fetch_and_add(seen, 1);
	return 0;
}
