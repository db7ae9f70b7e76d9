/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as a profile needs them: in the order in which they decide, with what each permits and denies. */
#ifndef APPARMOR_RULES_H
#define APPARMOR_RULES_H

#include "apparmor.h"

/*
 * AppArmor decides apart for the owner of an object and for others. A rule's effect is a
 * set of these kinds of access; an execution counts as a read.
 */
#define OWNER_READ 1u
#define OWNER_WRITE 2u
#define OTHER_READ 4u
#define OTHER_WRITE 8u
#define READS (OWNER_READ | OTHER_READ)
#define WRITES (OWNER_WRITE | OTHER_WRITE)
#define EVERY (READS | WRITES)

/* A text of the rule set. */
struct span {
	const char *bytes;
	size_t size;
};

const struct kubearmor_rule *rule_at(const struct kubearmor_rule_set *set, uint64_t index);
struct span rule_object(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule);
struct span rule_source(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule);

/* The accesses that the rule denies or permits when it decides. */
unsigned rule_denies(const struct kubearmor_rule *rule);
unsigned rule_permits(const struct kubearmor_rule *rule);

/* Why no profile can hold such a rule, whatever else is in the set; NULL when one can. */
const char *rule_gap(const struct kubearmor_rule_set *set, const struct kubearmor_rule *rule);

/* Rules of one class in the order in which they are asked. */
struct rule_list {
	const struct kubearmor_rule **rules;
	size_t count;
};

struct sources;

/*
 * The rules of the class for the programs of a source (an index into sources, -1: of none):
 * its own first, then those without source. -1 when there is no memory.
 */
int rule_list_make(struct rule_list *list, const struct kubearmor_rule_set *set, uint32_t class_,
		   const struct sources *sources, int source);
void rule_list_free(struct rule_list *list);

/* ---- sources.c ------------------------------------------------------------------- */

#define SOURCE_NAME_SIZE 32

/* Programs that rules name with fromSource: they get a profile of their own. */
struct source {
	const struct kubearmor_rule *rule; /* one that names it */
	struct span text;
	char name[SOURCE_NAME_SIZE]; /* the same for the same source, whatever else there is */
	const char *gap;	     /* why it cannot have a profile; NULL when it has one */
};

struct sources {
	struct source *list;
	size_t count;
};

/* Finds the sources of a set; -1 when there is no memory. In a container fewer kinds can be told apart. */
int sources_find(struct sources *sources, const struct kubearmor_rule_set *set, const struct target *target);
void sources_free(struct sources *sources);
/* The source that the rule names, NULL when it names none. */
const struct source *source_of(const struct sources *sources, const struct kubearmor_rule_set *set,
			       const struct kubearmor_rule *rule);
/* Whether the rule is asked for the programs of that source. */
int source_has(const struct sources *sources, const struct kubearmor_rule_set *set, int source,
	       const struct kubearmor_rule *rule);

/* ---- glob.c ---------------------------------------------------------------------- */

/* One byte of the set, or with a star any number of them. */
struct token {
	uint8_t star;
	uint8_t set[32];
};

/* A language of paths without alternatives. */
struct glob {
	struct token *tokens;
	size_t count;
};

#define GLOB_LIMIT 64

struct globs {
	struct glob list[GLOB_LIMIT];
	size_t count;
};

int set_has(const uint8_t *set, unsigned char byte);
/* Everything that the rule's object names, as AppArmor spells paths (directories end in a slash); -1: too much. */
int globs_of(struct globs *globs, uint16_t match, uint32_t flags, struct span object, int is_file);
void globs_free(struct globs *globs);
int globs_match(const struct globs *globs, struct span path);
/* Whether something of the language begins with the bytes. */
int globs_begin(const struct globs *globs, struct span path);
/* A set of places in a glob, a byte each: adds those that stars can be passed over to. */
void places_close(const struct glob *glob, uint8_t *places);
/* Where the byte leads from there; 0: nowhere. */
int places_step(const struct glob *glob, const uint8_t *places, unsigned char byte, uint8_t *next);
/* How many bytes of a pattern stand for themselves before its first special character. */
size_t pattern_prefix(struct span pattern);

/* ---- carve.c --------------------------------------------------------------------- */

/* What is taken out of a language. */
#define CUT_ONE 0    /* these bytes and nothing else */
#define CUT_WHOLE 1  /* and all that begins with them */
#define CUT_DIRECT 2 /* a directory's name: itself and what is directly in it */
#define CUT_STARTS 3 /* and all that begins with them up to the next slash */
#define CUT_INSIDE 4 /* the same, but at least one byte more */

struct cut {
	char *bytes;
	size_t size;
	int kind;
};

struct cuts {
	struct cut *list;
	size_t count;
	size_t room;
};

int cuts_add(struct cuts *cuts, struct span bytes, const char *suffix, int kind);
void cuts_free(struct cuts *cuts);

/*
 * Writes the language without the cuts: lines of `before`, a quoted expression and `after`.
 * -1 when it cannot be written: nothing is then.
 */
int carve(struct text *text, const struct globs *globs, struct cuts *cuts, const char *before, const char *after);

#endif
