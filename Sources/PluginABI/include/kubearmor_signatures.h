/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entries of the four tables of plugin.h, described once. From this list the
 * daemon makes its call thunks, checks the mandatory entries and drives the
 * entries for `kubearmor plugins verify`. An entry that is added to a table is
 * added here and nowhere else; signatures.c asserts that none is missing.
 */
#ifndef KUBEARMOR_SIGNATURES_H
#define KUBEARMOR_SIGNATURES_H

#include "plugin.h"

/*
 * Types of arguments, one letter each:
 *   s  void *self                       H  const struct kubearmor_host *
 *   P  struct kubearmor_probe *         S  void **self
 *   R  const struct kubearmor_rule_set *
 *   B  const struct kubearmor_binding *
 *   N  struct kubearmor_snapshot *, capacity and count follow
 *   T  struct kubearmor_stat *, capacity and count follow
 *   h  struct kubearmor_holding *, capacity and count follow
 *   x  char *text, room and length follow
 *   n  uint64_t capacity of the array before it
 *   c  uint64_t *count
 *   K  const struct kubearmor_record *, number follows
 *   y  const struct kubearmor_string *, number follows
 *   m  uint64_t number of elements of the array before it
 *   q  uint64_t workload or generation  u  uint32_t
 *   i  int32_t                          w  int32_t, milliseconds it may take
 *   t  const char *, NUL-terminated
 *   E  char *error                      e  uint64_t error_size
 */
#define KUBEARMOR_SIGNATURE_MANDATORY 0x01u
#define KUBEARMOR_SIGNATURE_ALONGSIDE 0x02u /* called alongside the other entries */
#define KUBEARMOR_SIGNATURE_UNLIMITED 0x04u /* runs until it is stopped */

struct kubearmor_signature {
	uint32_t kind;
	uint32_t offset;       /* in the table, bytes */
	uint32_t limit_ms;     /* later than this, plus the argument `w`, is late */
	uint32_t flags;        /* KUBEARMOR_SIGNATURE_… */
	const char *entry;
	const char *arguments; /* a letter each */
	char result;           /* 'i': int32_t */
	char padding[7];
};

/* X(kind, table, entry, result, arguments, limit_ms, flags), in the order of the tables. */
#define KUBEARMOR_SIGNATURES(X)                                                                     \
	X(ENFORCER, enforcer, probe, 'i', "HPEe", 30000, 3)                                         \
	X(ENFORCER, enforcer, open, 'i', "HSEe", 60000, 1)                                          \
	X(ENFORCER, enforcer, apply, 'i', "sqRqEe", 30000, 1)                                       \
	X(ENFORCER, enforcer, bind, 'i', "sqBEe", KUBEARMOR_CALL_LIMIT_MS, 1)                       \
	X(ENFORCER, enforcer, unbind, 'i', "sBEe", KUBEARMOR_CALL_LIMIT_MS, 0)                      \
	X(ENFORCER, enforcer, remove, 'i', "sqEe", KUBEARMOR_CALL_LIMIT_MS, 1)                      \
	X(ENFORCER, enforcer, snapshot, 'i', "sNncEe", KUBEARMOR_CALL_LIMIT_MS, 0)                  \
	X(ENFORCER, enforcer, poll, 'i', "swEe", KUBEARMOR_CALL_LIMIT_MS, 2)                        \
	X(ENFORCER, enforcer, stats, 'i', "sTncEe", KUBEARMOR_CALL_LIMIT_MS, 2)                     \
	X(ENFORCER, enforcer, close, 'i', "suEe", KUBEARMOR_CALL_LIMIT_MS, 1)                       \
	X(ENFORCER, enforcer, examine, 'i', "RhncEe", KUBEARMOR_CALL_LIMIT_MS, 2)                   \
	X(ENFORCER, enforcer, render, 'i', "RxncEe", KUBEARMOR_CALL_LIMIT_MS, 2)                    \
	X(ENFORCER, enforcer, remarks, 'i', "sqxncEe", KUBEARMOR_CALL_LIMIT_MS, 0)                  \
	X(MONITOR, monitor, probe, 'i', "HPEe", 30000, 3)                                           \
	X(MONITOR, monitor, open, 'i', "HSEe", 60000, 1)                                            \
	X(MONITOR, monitor, watch, 'i', "squEe", KUBEARMOR_CALL_LIMIT_MS, 1)                        \
	X(MONITOR, monitor, bind, 'i', "sqBEe", KUBEARMOR_CALL_LIMIT_MS, 1)                         \
	X(MONITOR, monitor, unbind, 'i', "sBEe", KUBEARMOR_CALL_LIMIT_MS, 0)                        \
	X(MONITOR, monitor, poll, 'i', "swEe", KUBEARMOR_CALL_LIMIT_MS, 3)                          \
	X(MONITOR, monitor, stats, 'i', "sTncEe", KUBEARMOR_CALL_LIMIT_MS, 2)                       \
	X(MONITOR, monitor, close, 'i', "sEe", KUBEARMOR_CALL_LIMIT_MS, 1)                          \
	X(MONITOR, monitor, watch_syscalls, 'i', "sqymEe", KUBEARMOR_CALL_LIMIT_MS, 0)              \
	X(FEEDER, feeder, probe, 'i', "HPEe", 30000, 3)                                             \
	X(FEEDER, feeder, open, 'i', "HSEe", 60000, 1)                                              \
	X(FEEDER, feeder, publish, 'i', "sKmEe", KUBEARMOR_CALL_LIMIT_MS, 1)                        \
	X(FEEDER, feeder, flush, 'i', "swEe", KUBEARMOR_CALL_LIMIT_MS, 0)                           \
	X(FEEDER, feeder, reopen, 'i', "sEe", KUBEARMOR_CALL_LIMIT_MS, 0)                           \
	X(FEEDER, feeder, stats, 'i', "sTncEe", KUBEARMOR_CALL_LIMIT_MS, 2)                         \
	X(FEEDER, feeder, close, 'i', "sEe", KUBEARMOR_CALL_LIMIT_MS, 1)                            \
	X(SOURCE, source, probe, 'i', "HPEe", 30000, 3)                                             \
	X(SOURCE, source, open, 'i', "HSEe", 60000, 1)                                              \
	X(SOURCE, source, run, 'i', "sEe", 0, 7)                                                    \
	X(SOURCE, source, stop, 'i', "sEe", KUBEARMOR_CALL_LIMIT_MS, 3)                             \
	X(SOURCE, source, prepare, 'i', "stiwEe", KUBEARMOR_CALL_LIMIT_MS, 0)                       \
	X(SOURCE, source, stats, 'i', "sTncEe", KUBEARMOR_CALL_LIMIT_MS, 2)                         \
	X(SOURCE, source, close, 'i', "sEe", KUBEARMOR_CALL_LIMIT_MS, 1)

/* The list, constant for the life of the process; *count is its length. */
const struct kubearmor_signature *kubearmor_signature_list(uint64_t *count);

/* KUBEARMOR_HEADER_HASH of the header that the daemon was compiled with. */
uint64_t kubearmor_header_hash(void);

#endif
