/* SPDX-License-Identifier: Apache-2.0 */
/* The enforcer apparmor: what its files share. */
#ifndef APPARMOR_H
#define APPARMOR_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/apparmor.h>

#include "plugin.h"

/* The profile of the host; ours begin so, and no others are touched. */
#define PROFILE_PREFIX "kubearmor."
#define HOST_PROFILE PROFILE_PREFIX "host"

/* An open enforcer (`self`). */
struct apparmor {
	const struct kubearmor_host *host;
	aa_kernel_interface *kernel;
	uint64_t host_workload; /* the workload that the root cgroup is bound to; 0: none yet */
	uint64_t workload;	/* that which the profile is of; 0: no profile is loaded */
	uint64_t generation;
	uint64_t digest;
	uint32_t classes;
	uint64_t bytes; /* of the compiled profile */
	int audit;	/* socket with the kernel's audit records */
	_Atomic uint64_t delivered;
	_Atomic uint64_t dropped; /* times that records were lost because too many waited */
};

/* A text that grows; `failed` once there was no memory. */
struct text {
	char *bytes;
	size_t size;
	size_t room;
	int failed;
};

/* error.c */

/* Writes the sentence into error and returns `code` (a negative errno value). */
__attribute__((format(printf, 4, 5))) int32_t fail(char *error, uint64_t error_size, int32_t code, const char *format,
						    ...);

/* text.c */

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);
void text_bytes(struct text *text, const char *bytes, size_t size);
void text_free(struct text *text);

/* quote.c: paths and patterns as AppArmor writes them, never pasted */

/* Appends the path so that it stands for itself, whatever bytes it has; without the quotes around it. */
void quote_path(struct text *text, const char *path, size_t size);
/* Appends one of our patterns in AppArmor's language, without the quotes around it. */
void quote_pattern(struct text *text, const char *pattern, size_t size);

/* profile.c */

/*
 * Writes the profile of a rule set; `note` is called for rules that it holds stricter, or
 * does not hold although the capabilities say that their kind is.
 */
typedef void note_function(void *context, const struct kubearmor_rule *rule, const char *reason);
void profile_write(struct text *text, const struct kubearmor_rule_set *set, note_function *note, void *context);

/* parser.c */

/* Compiles a profile's text with apparmor_parser into `binary`. */
int32_t parser_compile(const struct text *profile, struct text *binary, char *error, uint64_t error_size);

/* audit.c */

/* A socket for the kernel's audit records, or a negative errno value. */
int audit_open(void);
/* Hands denials of our profiles to the daemon; returns how many. */
int32_t audit_poll(struct apparmor *self, int32_t timeout_ms, char *error, uint64_t error_size);

/* probe.c */
int32_t apparmor_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		       uint64_t error_size);

#endif
