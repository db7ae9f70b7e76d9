/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * What the monitor's programs and its plugin agree on besides kubearmor_kernel.h.
 * In records of the monitor `generation` is the directory descriptor of an …at
 * call, and `target` of an exec is the script that named the interpreter. Records
 * of MONITOR_HOOK_CALL have the call's index in `rule`, and a struct monitor_facts
 * before what else is in their arguments.
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
	MONITOR_HOOK_CALL, /* any system call, by its number */
	MONITOR_HOOK_FORK,
	MONITOR_HOOK_CAPABLE,
	MONITOR_HOOKS,
};

/* Workloads of one node. */
#define MONITOR_WORKLOADS 4096

/* Numbers of system calls; an index of those of 32-bit programs is so much greater. */
#define MONITOR_CALLS 512
#define MONITOR_CALL_WORDS (2 * MONITOR_CALLS / 64)

/* How the object of a call is found. */
enum monitor_shape {
	MONITOR_SHAPE_ARGUMENTS,  /* there is none, or only a path */
	MONITOR_SHAPE_DESCRIPTOR, /* the file behind the first argument */
	MONITOR_SHAPE_SOCKET,	  /* the socket that it returns */
	MONITOR_SHAPE_CONNECT,
	MONITOR_SHAPE_BIND,
	MONITOR_SHAPE_LISTEN,
	MONITOR_SHAPE_ACCEPT,
	MONITOR_SHAPE_SENDTO, /* these three: DNS queries */
	MONITOR_SHAPE_SENDMSG,
	MONITOR_SHAPE_SENDMMSG,
	MONITOR_SHAPE_NO_RETURN, /* reported when it begins */
};

/* A class that is no class: the call is reported only where a rule names it. */
#define MONITOR_CLASS_NONE 31
/* In target_directory: the text is no path of the file system that has to be made absolute. */
#define MONITOR_PLAIN_TEXT 0xff

/* A value of the map `calls`, by index. Positions of arguments are counted from 1; 0: there is none. */
struct monitor_call {
	uint8_t class_;
	uint8_t operation;
	uint8_t shape;
	uint8_t path;
	uint8_t directory; /* 0: the path begins at the working directory */
	uint8_t target;
	uint8_t target_directory;
	uint8_t text;
};

/* An address of a socket, as the kernel has it; of Unix sockets the path is the record's resource. */
struct monitor_address {
	uint16_t family;
	uint16_t port;
	uint32_t scope;
	uint8_t bytes[16];
};

/* What a call was given, and the other side of a socket. */
struct monitor_facts {
	uint64_t arguments[6];
	struct monitor_address address;
};

/* The map `settings`, one element. */
struct monitor_settings {
	uint32_t classes; /* union over all workloads: what anybody watches */
	uint32_t self;	  /* thread group of the plugin, never reported */
	uint32_t trial;	  /* not 0: only this thread is reported, for the trial */
	uint32_t reserved;
	uint64_t calls[MONITOR_CALL_WORDS]; /* likewise a union: what rules name */
};

/* The map `watches`, by slot - 1. */
struct monitor_watch {
	uint64_t workload;
	uint32_t classes;
	uint32_t reserved;
	uint64_t calls[MONITOR_CALL_WORDS];
};

_Static_assert(sizeof(struct monitor_call) == 8, "shared with the plugin");
_Static_assert(sizeof(struct monitor_address) == 24, "shared with the plugin");
_Static_assert(sizeof(struct monitor_facts) == 72, "shared with the plugin");
_Static_assert(sizeof(struct monitor_settings) == 144, "shared with the plugin");
_Static_assert(sizeof(struct monitor_watch) == 144, "shared with the plugin");

#endif
