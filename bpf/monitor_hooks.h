/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * What the monitor's programs and its plugin agree on besides kubearmor_kernel.h.
 * In records of the monitor `generation` is the directory descriptor of an …at
 * call, and `target` of an exec is the script that named the interpreter.
 */
#ifndef KUBEARMOR_MONITOR_HOOKS_H
#define KUBEARMOR_MONITOR_HOOKS_H

#include "kubearmor_kernel.h"

/* Where an event was seen: `hook` of a record. */
enum monitor_hook {
	MONITOR_HOOK_NONE,
	MONITOR_HOOK_OPEN,
	MONITOR_HOOK_OPENAT,
	MONITOR_HOOK_OPENAT2,
	MONITOR_HOOK_CREAT,
	MONITOR_HOOK_EXECVE,
	MONITOR_HOOK_EXECVEAT,
	MONITOR_HOOK_EXIT,
	MONITOR_HOOK_IO_URING,
	MONITOR_HOOKS,
};

/* Workloads of one node. */
#define MONITOR_WORKLOADS 4096

/* The map `settings`, one element. */
struct monitor_settings {
	uint32_t classes; /* union over all workloads: what anybody watches */
	uint32_t self;    /* thread group of the plugin, never reported */
	uint32_t trial;   /* not 0: only this thread is reported, for the trial */
	uint32_t reserved;
};

/* The map `watches`, by slot - 1. */
struct monitor_watch {
	uint64_t workload;
	uint32_t classes;
	uint32_t reserved;
};

_Static_assert(sizeof(struct monitor_settings) == 16, "shared with the plugin");
_Static_assert(sizeof(struct monitor_watch) == 16, "shared with the plugin");

#endif
