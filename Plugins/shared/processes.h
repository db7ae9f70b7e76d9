/* SPDX-License-Identifier: Apache-2.0 */
/* What processes have executed, also when they have ended; needs CAP_NET_ADMIN. */
#ifndef KUBEARMOR_SHARED_PROCESSES_H
#define KUBEARMOR_SHARED_PROCESSES_H

#include <stddef.h>
#include <stdint.h>

struct processes;

/* Starts a thread that processes_close ends; NULL where the kernel does not tell. */
struct processes *processes_open(void);
void processes_close(struct processes *processes);
/* The executable, looked up in procfs as long as it is there; its size, 0: unknown. `processes` may be NULL. */
size_t processes_executable(struct processes *processes, uint32_t pid, char *path, size_t room);
uint32_t processes_parent(struct processes *processes, uint32_t pid);
/* The effective user. */
uint32_t processes_user(struct processes *processes, uint32_t pid);

#endif
