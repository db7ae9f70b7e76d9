/* SPDX-License-Identifier: Apache-2.0 */
/* The enforcer bpflsm: what its files share. */
#ifndef BPFLSM_H
#define BPFLSM_H

#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

#include "fail.h"
#include "kubearmor_kernel.h"
#include "plugin.h"
#include "ring.h"

/* As in bpf/subject.h. */
#define WORKLOADS 4096

/* LSM programs of bpf/enforcer.bpf.c. */
#define PROGRAMS_MAX 64

/* A run of cells of the map `cells` that an automaton occupies. */
struct region {
	uint32_t first;
	uint32_t count;
};

/*
 * The allocator of the map `cells`: the used regions, sorted. At most one region
 * a workload and one that is being filled.
 */
struct table {
	int fd;        /* the map */
	uint32_t size; /* in cells */
	uint32_t used; /* regions */
	struct region regions[WORKLOADS + 1];
};

/* Rules that are said to be silent at a time. */
#define ANNOUNCEMENTS 256

/* The rule was said to be silent until then; 0: a free place. */
struct announcement {
	struct kubearmor_kernel_source source;
	uint64_t until;
};

/* Log level of a program's load: the verifier's numbers, and why it refuses (BPF_LOG_STATS). */
#define VERIFIER_NUMBERS 4

/* Room for the path of a pin. */
#define PIN_PATH 512

/* Descriptors of a loaded program and of its link; -1: none. */
struct program {
	int fd;
	int link;
};

/* An open enforcer (`self`). */
struct bpflsm {
	const struct kubearmor_host *host;
	struct bpf_object *object;
	struct program programs[PROGRAMS_MAX]; /* by the program's place in the object */
	char build[17]; /* digest of the object */
	uint64_t attached; /* classes whose programs are attached */
	struct ring ring;
	struct table table;
	struct kubearmor_kernel_workload *workloads; /* the map's memory */
	struct kubearmor_kernel_state *state;        /* the map's memory */
	uint64_t *cgroups;                           /* the map's memory */
	int bindings_fd;
	int counters_fd;
	int tallies_fd;
	int noises_fd;
	int homes_fd;
	int seeking_fd;
	int cpus;
	_Atomic uint64_t delivered;
	_Atomic uint64_t malformed; /* records that make no sense */
	_Atomic uint64_t changed; /* when a binding or rule set last did, CLOCK_BOOTTIME ns; 0: nothing is bound */
	int is_alone;		  /* nothing of other layouts is there any more */
	uint64_t account_seen;	/* when account_tick last looked, likewise */
	uint64_t left_out;	/* what it had to say then */
	uint8_t left[WORKLOADS]; /* 1: the slot is free and has numbers of the workload that is gone */
	int is_unsettled;	 /* 1: programs may still count for one of those */
	uint64_t throttle_seen; /* when throttle_tick last looked; CLOCK_BOOTTIME ns */
	struct announcement announcements[ANNOUNCEMENTS];
	char directory[256]; /* of the pins */
};

/* error.c */

/* Writes the sentence into the daemon's log. */
__attribute__((format(printf, 3, 4))) void say(const struct bpflsm *self, uint32_t level, const char *format, ...);
/*
 * Keeps libbpf's messages of this thread from here on; kernel_log returns the last lines. The
 * log of `reader`, if any, is told what the verifier had to do, until kernel_log_end.
 */
void kernel_log_begin(const struct bpflsm *reader);
void kernel_log_end(void);
const char *kernel_log(void);

/* probe.c */
int32_t bpflsm_examine(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
		       uint64_t *count, char *error, uint64_t error_size);
int32_t bpflsm_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		     uint64_t error_size);

/* engine.c: the programs and maps in the kernel */

/* Loads, pins and attaches; what an earlier daemon pinned is taken over. */
int32_t engine_open(struct bpflsm *self, char *error, uint64_t error_size);
/* Closes; keep = 0 also takes everything out of the kernel. */
void engine_close(struct bpflsm *self, int keep);

/* Copies a daemon setting, the fallback when there is none. */
void setting(const struct kubearmor_host *host, const char *key, const char *fallback, char *value, size_t size);

/* programs.c */

/* Maps that hold nothing between two decisions (bpf/scratch.h): not pinned, each build's programs hold theirs. */
int is_buffer(const struct bpf_map *map);
/*
 * Finds the programs that a daemon of the same build has pinned: 1, and nothing is to be loaded but the maps.
 * A negative errno value when it cannot be found out what this kernel has.
 */
int programs_prepare(struct bpflsm *self, const unsigned char *object, size_t size);
/* Pins the programs that were loaded. */
int32_t programs_pin(struct bpflsm *self, char *error, uint64_t error_size);
/* Tells the programs which process this one is. */
int32_t programs_introduce(struct bpflsm *self, char *error, uint64_t error_size);
/* Attaches the programs of these classes, where they are not yet. */
int32_t programs_attach(struct bpflsm *self, uint64_t classes, char *error, uint64_t error_size);
/* Attaches the programs that guard the enforcer itself. */
int32_t programs_guard(struct bpflsm *self, char *error, uint64_t error_size);
/* Lets go of links and programs that an earlier daemon left and this one does not use. */
void programs_tidy(struct bpflsm *self);
/* Closes; keep = 0 also takes them out of the kernel. After programs_prepare only. */
void programs_close(struct bpflsm *self, int keep);
/* The descriptor of the program of that name; -1 when this kernel has no place for it. */
int program_descriptor(const struct bpflsm *self, const char *name);

/* layouts.c: what daemons whose maps have another layout left */

/* Tells their programs which process this one is: what they permit the daemon, they permit it. */
void layouts_introduce(const struct bpflsm *self);
/* Takes them out of the kernel; `wait`: returns when they decide no more, after ten seconds at most. */
void layouts_retire(const struct bpflsm *self, int wait);
/* On the thread of poll: retires them when this daemon's rules are in force. */
void layouts_tick(struct bpflsm *self);

/* pins.c */

/* A descriptor of the pinned program; -1 when there is none, or when it is not the enforcer's. */
int pinned_program(const struct bpflsm *self, const struct bpf_program *program, const char *path);

/* homes.c */

/* Looks among the tasks of the cgroup for the container's mount namespace, unless it is known. */
int32_t home_find(const struct bpflsm *self, uint32_t slot, uint64_t cgroup, char *error, uint64_t error_size);
void home_forget(const struct bpflsm *self, uint32_t slot);

/* automata.c */

/* Finds or makes the place of the rule set's automaton; `first` is its first cell. */
int32_t automaton_place(struct bpflsm *self, const struct kubearmor_rule_set *set, uint32_t *first, char *error,
			uint64_t error_size);
/* Whether any workload has the automaton that begins at that cell. */
int automaton_is_used(const struct bpflsm *self, uint32_t first);

/* memory.c */

/* Bytes of kernel memory that maps and programs take, as the kernel says. */
void memory_of(const struct bpflsm *self, uint64_t *maps, uint64_t *programs);

/* guard.c */

/* Begins to guard maps, programs and pins, if the configuration wants it. */
int32_t guard_begin(struct bpflsm *self, char *error, uint64_t error_size);

/* Nothing is guarded any more, at once. */
void guard_end(struct bpflsm *self);

/* table.c */

/* Finds room for `count` cells; NULL when there is none. */
struct region *table_take(struct table *table, uint32_t count);
/* Notes a region that is in use already. -1 when it lies outside or overlaps. */
int table_adopt(struct table *table, struct region region);
void table_give(struct table *table, uint32_t first);
/* The cells of the region that begins at `first`; 0 without one. */
uint64_t table_count(const struct table *table, uint32_t first);

/*
 * Cells of the map, shared with the kernel, for as long as they are looked at:
 * mapped for good the whole map would be resident in the daemon.
 */
struct cells {
	uint64_t *first;
	void *memory;
	size_t size;
};

/* Maps `count` cells from `first` on; -1 with errno when they are not there or memory is out. */
int cells_map(const struct table *table, uint32_t first, uint32_t count, struct cells *cells);
void cells_unmap(struct cells *cells);

/* objects.c */

/* Room for the words of an object that is no path. */
#define OBJECT_TEXT 160
/* Writes "domain=AF_INET type=…" or "CAP_NET_RAW" for the bytes of an object; returns the length. */
size_t object_text(const unsigned char *bytes, size_t size, char *text);

/* throttle.c */

/* Tells the programs how many alerts are too many. */
void throttle_open(struct bpflsm *self);
/* Once a second, whenever called: settings anew, and what is to be said. On the thread of poll. */
void throttle_tick(struct bpflsm *self);

/* account.c */

/* Fills up to `capacity` numbers, the sums first; returns how many there are. */
uint64_t account_list(const struct bpflsm *self, struct kubearmor_stat *stats, uint64_t capacity);
/* Every ten seconds, whenever called: says what the kernel left out. On the thread of poll. */
void account_tick(struct bpflsm *self);
/* Finds the numbers that an earlier daemon's workloads left in free slots; 0 or a negative errno value. */
int account_adopt(struct bpflsm *self);
/* The workload is gone; programs that began before may count for it yet. */
void account_leave(struct bpflsm *self, uint32_t slot);
/* Before the slot is given to another workload. */
void account_retire(struct bpflsm *self, uint32_t slot);
/* Returns when no program that began before still runs (they run under RCU). */
void wait_for_programs(void);

/* events.c */

/* The generation of which a record carries the low 24 bits. */
uint64_t whole_generation(const struct bpflsm *self, uint64_t workload, uint32_t bits);

/*
 * Waits up to `timeout_ms` milliseconds for records and hands those that are
 * there to the host; how many, or a negative errno value.
 */
int32_t records_poll(struct bpflsm *self, int32_t timeout_ms);

#endif
