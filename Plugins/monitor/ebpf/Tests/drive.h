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

void child_opens(void);
void child_execs(void);
void child_script(void);
void child_floods(void);
void child_goes_deep(void);
void child_with_threads(void);
void child_io_uring(void);

#endif
