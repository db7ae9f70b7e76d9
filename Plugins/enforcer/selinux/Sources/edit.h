/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Additions to a compiled policy in memory. libsepol's tables are what the kernel gets;
 * linked statically, for their layout is that of one version.
 */
#ifndef SELINUX_EDIT_H
#define SELINUX_EDIT_H

#include <sepol/policydb/avtab.h>
#include <sepol/policydb/conditional.h>
#include <sepol/policydb/ebitmap.h>
#include <sepol/policydb/policydb.h>

struct edit {
	policydb_t *policy;
	avtab_ptr_t *transitions; /* type transitions of the policy as it was read */
	size_t transition_count;
	uint32_t *heard;       /* by class: permissions whose denials are told, on whatever target */
	uint32_t *heard_there; /* the same, on some targets */
	const char *failure; /* the first thing that could not be done */
};

int edit_begin(struct edit *edit, policydb_t *policy);
void edit_end(struct edit *edit);

/* The value of a type or attribute; 0: there is none. */
uint32_t edit_type(const struct edit *edit, const char *name);
const char *edit_type_name(const struct edit *edit, uint32_t type);
/* Types with the attribute; NULL when there is no such attribute. */
const ebitmap_t *edit_members(const struct edit *edit, const char *attribute);
/* A new type that is granted and refused what `like` is. */
uint32_t edit_add_type(struct edit *edit, const char *name, uint32_t like);
void edit_allow(struct edit *edit, uint32_t source, uint32_t target, const char *class_, const char *permissions);
/* Domains, or all but those and but tasks of the type `daemon` that have more than one level. */
struct edit_subjects {
	const ebitmap_t *domains;
	int all_but;
	uint32_t daemon;
};

/* Takes permissions on the targets away from the subjects; on all targets when there are none. */
void edit_constrain(struct edit *edit, const char *class_, const char *permissions,
		    const struct edit_subjects *subjects, const ebitmap_t *targets);
/* Denials of the permissions shall be told, on some targets only or on all. */
void edit_hear(struct edit *edit, const char *class_, const char *permissions, int on_targets);
/* All that was asked for so, at once: rules that silence them are excepted. */
void edit_end_silence(struct edit *edit, const ebitmap_t *targets);
void edit_transition(struct edit *edit, uint32_t source, uint32_t target, const char *class_, uint32_t result);
/* What `source` gets with the target; 0: no transition. As the policy was read. */
uint32_t edit_result(const struct edit *edit, uint32_t source, uint32_t target, const char *class_);
/* Transitions onto `like` happen on `type` too: of processes only, or of all classes with those by name. */
void edit_copy_transitions_onto(struct edit *edit, uint32_t like, uint32_t type, int of_processes);
/* Transitions of the domain `like` are those of `type` too, but for processes. */
void edit_copy_transitions_of(struct edit *edit, uint32_t like, uint32_t type);
/* Where a start by, or of, `like` changes levels, that of `type` does. */
void edit_copy_ranges(struct edit *edit, uint32_t like, uint32_t type);
/* What any source makes with this name in the target is of the type `result`. */
void edit_name(struct edit *edit, uint32_t target, const char *class_, const char *name, uint32_t result);

/* What the above is made of. */

void edit_failed(struct edit *edit, const char *what);
class_datum_t *edit_class(const struct edit *edit, const char *name);
uint32_t edit_permissions(const class_datum_t *class_, const char *names);
/* A new attribute of the types that have the attribute (or are the type) `like`, but of some. */
uint32_t edit_add_attribute(struct edit *edit, const char *name, uint32_t like, const ebitmap_t *all_but);

#endif
