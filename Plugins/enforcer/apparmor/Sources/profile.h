/* SPDX-License-Identifier: Apache-2.0 */
/* A profile while it is written. */
#ifndef APPARMOR_PROFILE_H
#define APPARMOR_PROFILE_H

#include "rules.h"

struct writer {
	struct text *text;
	const struct kubearmor_rule_set *set;
	struct sources sources;
	const char *name;
	int is_container;
	int has_no_native;
	struct kubearmor_holding *holdings; /* one a rule in their order, or NULL */
};

/* Keeps the worst that is said about a rule. */
void note(struct writer *writer, const struct kubearmor_rule *rule, uint32_t hold, const char *reason);

/* What of the class the programs of a source (-1: of none) may do. */
void write_files(struct writer *writer, int source);	    /* paths.c */
void write_executions(struct writer *writer, int source);   /* paths.c */
void write_network(struct writer *writer, int source);	    /* sockets.c */
void write_capabilities(struct writer *writer, int source); /* sockets.c */
void write_places(struct writer *writer, int source);	    /* places.c */
void write_native(struct writer *writer, int source);	    /* native.c */

/* Why a text may not stand in a profile; NULL when it may. */
const char *native_fault(struct span text);

#endif
