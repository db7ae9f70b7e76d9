/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are opened to be executed. */
#ifndef KUBEARMOR_EXECUTIONS_H
#define KUBEARMOR_EXECUTIONS_H

#include <stdint.h>

struct executions;

/* NULL where the kernel does not tell. */
struct executions *executions_open(void);
void executions_close(struct executions *executions);
/* Readable when something was opened. */
int executions_descriptor(const struct executions *executions);
/* Exceptional (POLLPRI) when something was mounted. */
int executions_mounts(const struct executions *executions);
/* Looks at the file systems that were mounted since. */
void executions_look(struct executions *executions);
/* Takes in what was opened. */
void executions_update(struct executions *executions);
/* The program that the process has opened last to execute it, until the next update; NULL: unknown. */
const char *executions_of(const struct executions *executions, uint32_t pid);

#endif
