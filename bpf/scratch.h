/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Buffers for paths and records. BPF programs stay on their CPU but may be
 * preempted there by another task that runs the same program, so a plain per-CPU
 * buffer could be overwritten while in use. Each CPU therefore has several, taken
 * and given back by an atomic mark, and there are spare ones for all CPUs together.
 * When all are taken the caller fails closed.
 */
#ifndef KUBEARMOR_BPF_SCRATCH_H
#define KUBEARMOR_BPF_SCRATCH_H

#include "kernel.h"
#include "kubearmor_kernel.h"

/* A decision takes one, two where a file shows at several places; a task that preempts another in one takes its own. */
#define SCRATCH_SLOTS 4
/* With preempt=full each of many tasks may have been preempted in a decision: 64 × 31 KiB, once a node. */
#ifndef SCRATCH_SPARES
#define SCRATCH_SPARES 64
#endif

#define PATH_MASK (KUBEARMOR_PATH_MAX - 1)
#define NAME_MASK 255u
/* A path ends at KUBEARMOR_PATH_MAX; the tail is for the verifier's view of masks. */
#define PATH_BUFFER (KUBEARMOR_PATH_MAX + NAME_MASK + 1)

/* Texts of a record: up to four full paths before the last one. */
#define TEXT_MASK 0x3fffu
#define TEXT_BUFFER (TEXT_MASK + 1 + KUBEARMOR_PATH_MAX)

/*
 * A path, right-aligned: it ends at bytes[KUBEARMOR_PATH_MAX]. Where it has a zero,
 * the rest of that aligned eight bytes means nothing and the path goes on behind
 * them, so that components can be written by whole words.
 */
struct path_text {
	char bytes[PATH_BUFFER];
} __attribute__((aligned(8)));

/* Longest path of a mount that is remembered. */
#define PLACE_WORDS 8

/* Where a mount is, while neither a rename nor a mount was made (path.h). */
struct place {
	__u64 mount;
	__u32 renames;
	__u32 mounts;
	__u32 size;
	__u32 sole_slot;   /* the workload that sole is about */
	__u64 sole;	   /* the mount when nothing else shows its files, + 1 when something does (mounts.h) */
	__u32 sole_mounts; /* while no mount was made */
	__u32 unused;
	__u64 words[PLACE_WORDS]; /* the last `size` bytes are the path */
};

#define PLACE_BITS 3

/* Mounts besides the one accessed where a file is decided about; with more, a denial. */
#define PLACES_MAX 16

/* Words of a path whose states are remembered. */
#define MEMO_WORDS 16

/* A walk through an automaton; `key` names the automaton, 0 none. */
struct memo {
	__u64 key;
	__u32 count;
	__u32 unused;
	__u64 words[MEMO_WORDS];
	__u32 states[MEMO_WORDS]; /* behind each word */
};

#define MEMO_BITS 3

/* The sources that an executable is. */
struct source_ids {
	__u32 ids[KUBEARMOR_SOURCES];
};

/* One question to a rule set, and its answer. */
struct query {
	__u64 epoch; /* as base was read; then a base means one automaton only */
	__u32 base; /* first cell of the automaton */
	__u32 class_;
	__u32 access;
	__u32 owner; /* 1: the subject owns the object */
	__u32 terminal; /* 1: the subject has a controlling terminal */
	struct source_ids sources;
	__u32 candidate; /* cell of the next candidate */
	__u32 arguments_size; /* 0: not known */
	__u32 action; /* ACTION_NONE: nothing matched */
	__u32 rule;
	__u32 marks; /* of the candidate that decided */
};

/*
 * How far a DNS message is read. Not on the stack: until 6.7 verifiers look at the body of
 * a loop once, with what is on the stack before the first turn, and remove what it would
 * not come to then.
 */
struct dns_reading {
	__u64 skip;	/* bytes of the next piece of memory that are not sent */
	__u32 gathered; /* bytes of the message that are in `other` */
	__u32 failed;	/* 1: some could not be read */
	__u32 at;	/* the next one to look at */
	__u32 left;	/* bytes left of a label */
	__u32 size;	/* of the object so far */
	__u32 is_whole; /* 1: the name has ended */
};

/* What is looked for among the mounts of a file system, and what has been met; neither. */
struct mounts_reading {
	__u64 mount_namespace;
	__u64 home;
	__u32 is_nowhere; /* the mount is in no namespace */
	__u32 is_later;	  /* another mount of the namespace came before */
	__u32 is_passed;  /* the mount itself was met */
	__u32 home_seen;  /* the first mount of home that shows some of the same was met */
	__u32 result;	  /* 0 searching, 1 sole, 2 others */
	__u32 unused;
};

/* How far a path is compared; not on the stack either. */
struct guard_reading {
	__u32 position;
	__u32 differs;
};

struct scratch {
	__u64 stamp; /* of the walk before (path.h) */
	__u32 busy;
	__u32 text_size; /* bytes used of text */
	__u64 number; /* makes a number of a pointer */
	__u32 memo; /* which of memos */
	__u32 mounts; /* sequence of mounts when the path was built */
	__u32 tries;  /* of a search for mounts; here, where no verifier follows it */
	struct place places[1 << PLACE_BITS];
	struct memo memos[1 << MEMO_BITS];
	__u64 program;	 /* struct linux_binprm of an exec; an address for functions that take no kernel pointers */
	__u64 elsewhere[PLACES_MAX]; /* struct vfsmount, as addresses */
	struct path_text object;
	struct path_text other;
	struct query query;
	struct dns_reading dns;
	struct mounts_reading sole;
	struct guard_reading guard;
	struct kubearmor_kernel_event event;
	char text[TEXT_BUFFER];
};

/* 4 × 31 KiB a CPU. Value at most PCPU_MIN_UNIT_SIZE (32 KiB). */
_Static_assert(sizeof(struct scratch) <= 32768, "a per-CPU map's value");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCRATCH_SPARES);
	__type(key, __u32);
	__type(value, struct scratch);
} spares SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KUBEARMOR_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		__sync_fetch_and_add(value, 1);
}

static long spare_step(__u32 index, void *context)
{
	__u32 *found = context;
	struct scratch *scratch = bpf_map_lookup_elem(&spares, &index);

	if (!scratch || __sync_val_compare_and_swap(&scratch->busy, 0, 1) != 0)
		return 0;
	*found = index + 1;
	return 1;
}

static __noinline struct scratch *spare_take(void)
{
	__u32 found = 0, slot;

	/* Bound: SCRATCH_SPARES. */
	bpf_loop(SCRATCH_SPARES, spare_step, &found, 0);
	if (!found)
		return NULL;
	slot = found - 1;
	return bpf_map_lookup_elem(&spares, &slot);
}

static __always_inline struct scratch *scratch_take(void)
{
	/* Bound: SCRATCH_SLOTS. */
#pragma unroll
	for (__u32 i = 0; i < SCRATCH_SLOTS; i++) {
		__u32 slot = i;
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &slot);

		if (scratch && __sync_val_compare_and_swap(&scratch->busy, 0, 1) == 0)
			return scratch;
	}
	return spare_take();
}

static __always_inline void scratch_give(struct scratch *scratch)
{
	__sync_lock_test_and_set(&scratch->busy, 0);
}

#endif
