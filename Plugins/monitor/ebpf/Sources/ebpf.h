/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor `ebpf`, inside. One struct monitor is one attached set of programs
 * with its ring buffer; poll and stats run beside the other entries and touch only
 * what is marked for them.
 */
#ifndef KUBEARMOR_MONITOR_EBPF_H
#define KUBEARMOR_MONITOR_EBPF_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "kubearmor_kernel.h"
#include "monitor_hooks.h"
#include "plugin.h"
#include "ring.h"

/* ---- errors (error.c) ---- */

/* Where the caller wants to read what failed. text may be NULL. */
struct error {
	char *text;
	uint64_t size;
};

/* Writes the sentence and returns -code. */
int32_t fail(struct error error, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "EPERM" and the like. */
const char *errno_name(int code);

/* ---- one set of programs (programs.c) ---- */

#define PROGRAMS_MAX 40

/* How events are had: an object file and its name in probe.mode. */
struct mode {
	const char *name;
	const char *limits; /* what it does not see; may be empty */
	const void *object;
	size_t size;
	const void *more; /* what is loaded when it is first needed; NULL: nothing */
	size_t more_size;
};

#define MODES 2
extern const struct mode modes[MODES]; /* best first */

/* One program; attached while anybody watches one of its classes. */
struct program {
	struct bpf_program *program;
	struct bpf_link *link;
	uint32_t classes;
};

struct programs {
	const struct mode *mode;
	struct bpf_object *object;
	struct bpf_object *more;
	struct program list[PROGRAMS_MAX];
	uint32_t count;
	int is_probe; /* only as much is loaded as shows that the mode works */
	int settings, watches, bindings, counters, events; /* maps */
	int calls;					   /* -1: its programs are not loaded yet */
};

/* Loads, attaches nothing; undoes everything when it fails. */
int32_t programs_load(struct programs *programs, const struct mode *mode, int is_probe, struct error error);
void programs_unload(struct programs *programs);
/* Loads what the mode loads when it is first needed; does nothing when it is there. */
int32_t programs_load_more(struct programs *programs, struct error error);

/* Of calls that do not return: no class, but programs are attached for them as for one. */
#define CLASS_NO_RETURN (1u << 30)
/* 1 when a program of that name is there. */
int programs_have(const struct programs *programs, const char *name);
/*
 * Attaches the programs that report one of `classes`, in a trial only those that it needs; detaches the others,
 * but for those on functions: they stay, and leave at their first look.
 */
int32_t programs_attach(struct programs *programs, uint32_t classes, int is_trial, struct error error);

/* The caller's thread group and thread, as the kernel numbers them for our programs. */
int32_t programs_identity(const struct programs *programs, uint32_t *group, uint32_t *thread, struct error error);
uint64_t programs_missed(const struct programs *programs);
uint64_t programs_counter(const struct programs *programs, uint32_t counter);
int32_t programs_settings(const struct programs *programs, const struct monitor_settings *settings,
			  struct error error);

/* ---- a monitor ---- */

#define BATCH 64
/* Texts that are not in the records: hooks, and names made plain. */
#define ARENA (256u * 1024u)
/* What one event may need of it. */
#define ARENA_EVENT (48u * 1024u)
#define IMAGES 8192

/* Executable of an image, for its end: by then the kernel has forgotten. */
struct image {
	uint64_t exec_id;
	char *path;
	uint32_t length;
};

struct slot {
	uint64_t workload; /* 0: free */
	uint32_t classes;
	uint32_t bindings;
	uint64_t calls[MONITOR_CALL_WORDS]; /* that rules name */
};

/* How one system call is reported and shown. */
struct call_row {
	const char *name;
	const char *values; /* what follows the name: label=position and kind, see text_call.c */
	struct monitor_call how;
};

struct monitor {
	const struct kubearmor_host *host;
	struct programs programs;
	struct ring ring;
	int wake; /* eventfd: ends a poll */
	struct monitor_settings settings;
	struct slot slots[MONITOR_WORKLOADS];
	const char *call_names[2 * MONITOR_CALLS]; /* constant once open, as these */
	const struct call_row *call_rows[2 * MONITOR_CALLS];

	atomic_bool closing;
	atomic_bool polling;
	atomic_uint_fast64_t delivered;
	atomic_uint_fast64_t malformed;

	/* poll's own */
	struct kubearmor_event batch[BATCH];
	char arena[ARENA];
	uint32_t arena_used;
	struct image images[IMAGES];
};

/* Tries the modes in turn; `reasons` gets why the better ones were refused. */
int32_t monitor_start(struct monitor *monitor, int is_probe, char *reasons, size_t reasons_size, struct error error);
void monitor_stop(struct monitor *monitor);

/* ---- system calls (names.c, calls.c, text_call.c) ---- */

/* As 64-bit programs call it; NULL when there is none of that index. */
const char *call_name(uint32_t index);
/* Tells the programs how calls are reported. */
int32_t calls_write(const struct monitor *monitor, struct error error);
void calls_describe(struct monitor *monitor);
/* Adds the calls of that name to a set; returns how many there are. */
uint32_t calls_named(const struct monitor *monitor, struct kubearmor_string name, uint64_t *set);

/* What a record of a call says besides its texts. */
struct call_view {
	const struct call_row *row;
	const char *name;
	struct monitor_facts facts;
	struct kubearmor_string extra; /* the text of monitor_call.text */
};

/* Each writes at most HOOK_TEXT bytes and returns their number. */
uint32_t call_hook(char *text, const struct call_view *view, const struct kubearmor_event *event);
uint32_t call_resource(char *text, const struct call_view *view, const struct kubearmor_event *event);
uint32_t capability_text(char *text, uint32_t number);

/* ---- decode.c, text.c, watch.c ---- */

/* Fills `event` from a record; 0 when the record is not well formed. */
int decode(struct monitor *monitor, const void *record, uint32_t size, struct kubearmor_event *event);
void images_free(struct monitor *monitor);

/* Writes the hook text of a record (at most HOOK_TEXT bytes); returns its length. */
#define HOOK_TEXT (10u * 1024u)
uint32_t hook_text(char *text, const struct kubearmor_kernel_event *record);
/* Appends a piece that fits; returns the new length. */
uint32_t append(char *text, uint32_t length, const char *piece);
/* Likewise the label and the number. */
uint32_t append_number(char *text, uint32_t length, const char *label, uint32_t number);

/* Removes "//", "/./" and "/../" from an absolute path, in place; returns its length. */
uint32_t path_plain(char *path, uint32_t length);

int32_t watch_set(struct monitor *monitor, uint64_t workload, uint32_t classes, struct error error);
int32_t watch_calls(struct monitor *monitor, uint64_t workload, const struct kubearmor_string *names, uint64_t count,
		    struct error error);
int32_t watch_bind(struct monitor *monitor, uint64_t workload, uint64_t cgroup, struct error error);
int32_t watch_unbind(struct monitor *monitor, uint64_t cgroup, struct error error);

int32_t monitor_poll(struct monitor *monitor, int32_t timeout_ms, struct error error);

#endif
