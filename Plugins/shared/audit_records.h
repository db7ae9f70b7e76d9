/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's audit records, as its multicast group of readers gets them (Linux 3.16). */
#ifndef KUBEARMOR_SHARED_AUDIT_RECORDS_H
#define KUBEARMOR_SHARED_AUDIT_RECORDS_H

#include <stdatomic.h>
#include <stdint.h>

/* Most bytes of one record. */
#define AUDIT_RECORD_SIZE 16384

/* A socket for the records that come from now on, which does not block; or a negative errno value. */
int audit_open(void);
/*
 * The text of the next record of a security module, in `buffer`, which has AUDIT_RECORD_SIZE + 1
 * bytes; NULL with errno, which is EAGAIN when nothing waits. Records that were lost because too
 * many waited are counted in `dropped`, once a time.
 */
const char *audit_next(int fd, char *buffer, _Atomic uint64_t *dropped);
/* Makes room in the kernel's queue for a burst of records. */
void audit_prepare(void);
/* How many records the kernel has lost since it was booted; 0 when it does not tell. */
uint32_t audit_lost(void);

#endif
