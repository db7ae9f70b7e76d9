/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon needs of Linux and Swift does not see as it should: macros,
 * names shared by a struct and a function, calls that end in "...". Each returns
 * its result or a negative errno value.
 */
#ifndef KUBEARMOR_DAEMON_H
#define KUBEARMOR_DAEMON_H

#include <stddef.h>
#include <stdint.h>

/* Takes the whole file for this open file description, without waiting: -EWOULDBLOCK when another has it. */
int kubearmor_lock_exclusive(int fd);

/* An inotify descriptor, non-blocking and closed on exec. */
int kubearmor_watch_open(void);

/* Watches a directory for everything that changes which policies it holds; returns the watch's number. */
int kubearmor_watch_directory(int fd, const char *path);

/* Watches a directory for names that appear in it and go; returns the watch's number. */
int kubearmor_watch_children(int fd, const char *path);

int kubearmor_watch_remove(int fd, int watch);

#define KUBEARMOR_WATCH_CHANGED 1 /* something in it changed */
#define KUBEARMOR_WATCH_GONE 2	  /* the directory itself was removed, moved or unmounted */

/* Reads all that is pending; a set of KUBEARMOR_WATCH_… bits, 0 when there was nothing. */
int kubearmor_watch_drain(int fd);

/* An eventfd for waking a thread out of poll(2): non-blocking and closed on exec. */
int kubearmor_wake_open(void);
int kubearmor_wake_signal(int fd);
int kubearmor_wake_clear(int fd);

/* Waits for input on either descriptor: bit 0 first, bit 1 second, 0 after timeout_ms (or a signal). */
int kubearmor_wait_two(int first, int second, int timeout_ms);

/*
 * Sends `state` (lines of KEY=VALUE) to the service manager at `address`, a
 * path or '@' and an abstract name.
 */
int kubearmor_notify(const char *address, const char *state, size_t length);

/* "Permission denied" for EACCES and so on; NULL for a number that is no errno. */
const char *kubearmor_errno_text(int number);

/*
 * Has malloc give memory back to the system: what is large at once, the rest when
 * a mebibyte of it lies free at the end. By itself it keeps more with every large
 * block that is freed (the kernel's types, 5 MiB at a time). Before threads start.
 */
void kubearmor_bound_memory(void);

/* Nanoseconds of the clocks; the difference of the two turns event times into dates. */
uint64_t kubearmor_boottime_ns(void);
uint64_t kubearmor_realtime_ns(void);

/* "major:minor" of a terminal as proc(5) packs it, as text such as pts0 or tty1; "" for none. Returns its length. */
size_t kubearmor_terminal_name(uint32_t device, char *text, size_t size);

/*
 * The flags of open(2) beside the access mode, one that holds another's bits
 * before it: the name and the bits of the index-th, NULL at the end.
 */
const char *kubearmor_open_flag(unsigned int index, uint32_t *bits);

/* Names the calling thread, for ps and top; 15 bytes are kept. */
void kubearmor_name_thread(const char *name);

/* Gives memory that was freed back to the system (glibc's malloc_trim, which no header shows to Swift). */
void kubearmor_trim_memory(void);

#endif
