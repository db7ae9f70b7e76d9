/* SPDX-License-Identifier: (Apache-2.0 OR BSD-2-Clause OR GPL-2.0) */
/*
 * What the BPF programs and their loaders share: ring buffer records and map
 * values. One definition, asserted; bpf/ includes it as it is, plugins too.
 */
#ifndef KUBEARMOR_KERNEL_H
#define KUBEARMOR_KERNEL_H

#include "kubearmor_automaton.h"

#define KUBEARMOR_PATH_MAX 4096u /* bytes of a path, as PATH_MAX of the kernel */
#define KUBEARMOR_TEXT_MAX 4096u /* bytes of argv in a record */
#define KUBEARMOR_RECORD_MAX 65536u /* bytes of a record with its texts; bpf/record.h asserts it */

/*
 * A record of the ring buffer: this header, then the texts in the order of
 * their lengths, without terminators. The sum of the lengths and the header is
 * the record's size.
 */
struct kubearmor_kernel_event {
	uint64_t time_ns;
	uint64_t workload;
	uint64_t cgroup;
	uint64_t exec_id;
	uint64_t session; /* as in plugin.h */
	uint32_t generation;
	uint32_t rule;
	uint32_t result; /* int32_t: 0, a descriptor or a negative errno value */
	uint32_t access;
	uint32_t flags;
	uint32_t object_uid;
	uint32_t host_pid;
	uint32_t host_ppid;
	uint32_t pid;
	uint32_t ppid;
	uint32_t uid;
	uint16_t operation;
	uint16_t hook; /* index of a name table that the plugin has */
	uint8_t class_;
	uint8_t action;
	uint16_t process_size;
	uint16_t parent_size;
	uint16_t resource_size;
	uint16_t target_size;
	uint16_t arguments_size;
	uint16_t cwd_size;
	uint16_t reserved;
	char comm[16];
	char tty[16];
};

/*
 * A value of the map `cells`; an automaton lies in one value. 4 MiB: the largest
 * that kernels before 6.12 take.
 */
#define KUBEARMOR_CHUNK_CELLS 0x80000u

/*
 * A workload's line in the map `workloads`. `active` is written in one 64-bit
 * store: base 32 | generation 24 | classes 8, where base is the first cell of
 * its automaton in the map `cells`; 0: no rules.
 */
struct kubearmor_kernel_workload {
	uint64_t active;
	uint64_t key;
	uint64_t digest;
	uint64_t generation;
};

#define KUBEARMOR_ACTIVE_GENERATION_SHIFT 32
#define KUBEARMOR_ACTIVE_CLASSES_SHIFT 56
#define KUBEARMOR_ACTIVE_GENERATION_MASK 0xffffffu

/*
 * The one value of the map `state`. classes: the union over all workloads of the
 * classes that have rules; an access of another class is not looked at further.
 * epoch: grows by one whenever a binding changes. daemon, daemon_start: who is not
 * decided about. throttle_limit: alerts that one rule may cause in a second, 0: any
 * number; throttle_ns: for how long it is silent when it caused more.
 */
struct kubearmor_kernel_state {
	uint64_t classes;
	uint64_t epoch;
	uint64_t daemon_start; /* start_boottime of the daemon's first thread */
	uint64_t daemon;       /* its thread group id in the first pid namespace; 0: none yet */
	uint64_t throttle_ns;
	uint64_t throttle_limit;
};

/* Whose alerts are throttled together. A value of the map `noises`. */
struct kubearmor_kernel_source {
	uint64_t workload;
	uint32_t rule;
	uint32_t part; /* generation 24 | class 8: of the rule set, and so that postures differ */
};

struct kubearmor_kernel_noise {
	uint64_t window; /* when the second began in which `count` alerts were caused, CLOCK_BOOTTIME ns */
	uint64_t until;  /* silent until then, likewise; 0: never was */
	uint32_t count;
	uint32_t unused;
	uint64_t suppressed; /* alerts that were not made; counted as KUBEARMOR_TALLY_THROTTLED too */
};

/*
 * What became of a workload's decisions, a line of the map `tallies` a slot of
 * `workloads`; the last line holds those of workloads that are gone. Always
 * denied + audited = silent + emitted + throttled + ring_full.
 */
enum kubearmor_kernel_tally_index {
	KUBEARMOR_TALLY_DECIDED, /* accesses that the rule set was asked about */
	KUBEARMOR_TALLY_DENIED,
	KUBEARMOR_TALLY_AUDITED,
	KUBEARMOR_TALLY_SILENT,    /* no alert: the kernel only asked itself */
	KUBEARMOR_TALLY_EMITTED,   /* alerts put into the ring buffer */
	KUBEARMOR_TALLY_THROTTLED, /* alerts not made: their rule caused too many */
	KUBEARMOR_TALLY_RING_FULL, /* alerts lost because the ring buffer was full */
	KUBEARMOR_TALLY_FAULT,     /* of those denied: could not be decided, the counters say why */
	KUBEARMOR_TALLIES,
};

struct kubearmor_kernel_tally {
	uint64_t counts[KUBEARMOR_TALLIES];
};

/*
 * An entry of the map `cgroups`: id 32 | epoch 18 | slot 14, where id and epoch are
 * the low bits of the cgroup's id (the low 32 are unique among living cgroups:
 * kernfs) and of the epoch; slot is an index in `workloads` + 1, 0 for none. The
 * map is cleared before an epoch whose low bits are 0 is begun.
 */
#define KUBEARMOR_CGROUPS 4096u
#define KUBEARMOR_CGROUP_TAG_SHIFT 14
#define KUBEARMOR_CGROUP_SLOT_MASK 0x3fffu
#define KUBEARMOR_CGROUP_EPOCH_MASK 0x3ffffu

static inline uint64_t kubearmor_cgroup_tag(uint64_t id, uint64_t epoch)
{
	return id << 32 | (epoch & KUBEARMOR_CGROUP_EPOCH_MASK) << KUBEARMOR_CGROUP_TAG_SHIFT;
}

/* Keys of the map `guarded`: one of these << 32 | the object's id. In a record's flags they say what it is about. */
#define KUBEARMOR_GUARD_MAP 1u
#define KUBEARMOR_GUARD_PROGRAM 2u
#define KUBEARMOR_GUARD_PTRACE 3u

#define KUBEARMOR_GUARD_PATH 256u

/* The one value of the map `guard`. */
struct kubearmor_kernel_guard {
	uint64_t directory; /* inode number of the directory above all pins */
	uint32_t device;    /* of its file system, as in s_dev */
	uint32_t path_size;
	char path[KUBEARMOR_GUARD_PATH]; /* of the program that may, in the host's mount namespace */
};

/* What is remembered of a task; valid while all members but the last still hold. */
struct kubearmor_kernel_label {
	uint64_t workload;
	uint32_t image;      /* the task's self_exec_id when sources were looked up */
	uint32_t generation; /* of the rule set, likewise */
	uint32_t sources[KUBEARMOR_SOURCES];
};

/* A value of the map `homes`: the address of a container's mount namespace; 0: not known. */
struct kubearmor_kernel_home {
	uint64_t mount_namespace;
};

/* The one value of the map `seeking`: for which slot a mount namespace is looked for, among whose tasks. */
struct kubearmor_kernel_seeking {
	uint64_t cgroup;
	uint64_t oldest; /* start_boottime of the task that it was taken from */
	uint32_t slot;
	uint32_t unused;
};

/* Counters, one value a CPU. */
enum kubearmor_kernel_counter {
	KUBEARMOR_COUNT_EMITTED,       /* monitors: records put into the ring buffer */
	KUBEARMOR_COUNT_RING_FULL,     /* monitors: records lost because it was full */
	KUBEARMOR_COUNT_FAULT_PATH,    /* denied: path longer than PATH_MAX or unstable */
	KUBEARMOR_COUNT_FAULT_SCRATCH, /* denied: no scratch buffer left on this CPU */
	KUBEARMOR_COUNT_FAULT_TABLE,   /* denied: the automaton is not well formed */
	KUBEARMOR_COUNT_SEEN,          /* monitors: events that concern a watched workload */
	KUBEARMOR_COUNT_FAULT_OBSERVE, /* monitors: events lost for want of a buffer or path */
	KUBEARMOR_COUNTERS,
};

_Static_assert(sizeof(struct kubearmor_kernel_event) == 136, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_workload) == 32, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_source) == 16, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_noise) == 32, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_tally) == 64, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_guard) == 272, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_label) == 48, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_state) == 48, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_home) == 8, "shared with bpf/");
_Static_assert(sizeof(struct kubearmor_kernel_seeking) == 24, "shared with bpf/");

#endif
