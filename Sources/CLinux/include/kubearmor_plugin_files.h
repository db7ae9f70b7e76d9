/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the plugin loader needs of Linux and Swift cannot import. Each function
 * returns its result or a negative errno value.
 */
#ifndef KUBEARMOR_PLUGIN_FILES_H
#define KUBEARMOR_PLUGIN_FILES_H

#include <stdint.h>

/* openat(2), without O_CREAT. */
int kubearmor_openat(int directory, const char *name, int flags);

/* Flags of openat for a directory that is only walked through. */
int kubearmor_walk_flags(void);

/* Flags of openat for a plugin's file: no link is followed, nothing is waited for. */
int kubearmor_plugin_flags(void);

/* 1 when the process runs with more rights than its caller (set-user-id, file capabilities). */
int kubearmor_is_secure_execution(void);

/* 1 when `address` is inside the object that `inside` belongs to. */
int kubearmor_same_object(const void *address, const void *inside);

/* pipe2(2) with O_CLOEXEC. */
int kubearmor_pipe(int ends[2]);

/* For a child that runs foreign code: dies with its parent, leaves no core file, prints no trace. */
void kubearmor_become_child(void);

/* How a process ended, from waitpid's status: its exit code, or minus its signal. */
int kubearmor_exit_of(int status);

#endif
