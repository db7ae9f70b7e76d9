/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the test driver share. */
#ifndef DRIVE_H
#define DRIVE_H

#include <stdint.h>
#include <sys/types.h>

#include "plugin.h"

#define EVENTS_MAX 4096
#define FLOOD 60000
#define LEVELS 60
#define LEVEL_NAME "a-directory-with-a-name-of-some-fifty-characters--"

/* ---- drive.c ---- */

#define WORKLOAD 77u
#define ALL_CLASSES ((1u << KUBEARMOR_CLASS_COUNT) - 1)

extern const struct kubearmor_monitor *table;
extern void *self;
extern char error[KUBEARMOR_ERROR_SIZE];

/* ---- host.c ---- */

/* A copy of an event: what it points to is the plugin's. */
struct seen {
	struct kubearmor_event event;
	char texts[9][4200];
};

extern struct seen *events;
extern uint32_t event_count;
extern uint64_t emitted;
extern int keep; /* 0: events are counted only */
extern const struct kubearmor_host host;

void drain(void);
int is(struct kubearmor_string string, const char *text);
int has(struct kubearmor_string string, const char *text);
const struct kubearmor_event *find(uint32_t pid, uint16_t operation, const char *resource);
/* The first event of `pid` whose hook has the text; NULL when there is none. */
const struct kubearmor_event *find_hook(uint32_t pid, uint16_t operation, const char *hook);
uint32_t ends_of(uint32_t pid);
void print_events(uint32_t pid);

/* ---- children.c ---- */

extern char folder[64];	   /* scratch folder, absolute */
extern char program[4096]; /* this executable */
extern char group[4096];   /* cgroup of the children */

uint64_t make_group(void);
void set_up(void);
void tear_down(void);
void in_folder(char *path, const char *name);
/* Lets a child do it in the cgroup, after all earlier events were forgotten; returns its process id. */
pid_t run(void (*body)(void));

/* ---- deeds.c ---- */

#define LONG_ARGUMENT 6000
#define QUERY_PORT 53

void child_changes(void);
void child_mounts(void);
void child_connects(void);
void child_asks(void);
void child_forks(void);
void child_execs_long(void);
void child_calls(void);
void child_is_capable(void);

/* ---- more.c ---- */

/* Tests of what deeds.c does; `objects`: paths are the kernel's own. */
void test_more(int objects, int capabilities);
void check(int condition, const char *what);

void child_opens(void);
void child_execs(void);
void child_script(void);
void child_floods(void);
void child_goes_deep(void);
void child_with_threads(void);
void child_io_uring(void);

#endif
