/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enforcer selinux: what its files share.
 *
 * Rules become labels and constraints. A file that rules name gets a type of its own
 * that is like its former one in every respect (it is granted whatever that one is)
 * but for what constraints take away; so does the domain of a program that rules name
 * as source. The distribution's policy is read, added to in memory and loaded; nothing
 * of it is edited in its place.
 */
#ifndef SELINUX_H
#define SELINUX_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit_records.h"
#include "fail.h"
#include "plugin.h"
#include "processes.h"
#include "text.h"

#define TYPE_PREFIX "kubearmor_"
/* The id of the root of the cgroup hierarchy: the host. */
#define ROOT_CGROUP 1
#define STATE_DIRECTORY "/var/lib/kubearmor/selinux"

/* What is taken away from an object: bits of a vector. */
#define DENY_READ 1u
#define DENY_WRITE 2u
#define DENY_EXECUTE 4u
#define DENY_ENTRIES 8u /* of a directory: nothing may be added to it */
#define DENY_MAKE 16u	/* of a directory: none may be made with this type */

/* One rule, copied. */
struct rule {
	uint32_t id;
	uint16_t class_;
	uint16_t match;
	uint32_t flags;
	uint32_t action;
	uint16_t source_match;
	uint16_t source_flags;
	uint16_t arguments; /* not 0: it has some */
	char *object;
	char *source;
};

/* The rules of a workload. */
struct rules {
	struct rule *list;
	size_t count;
	uint32_t posture[KUBEARMOR_CLASS_COUNT];
};

/* A workload. */
struct workload {
	uint64_t key;
	uint64_t generation;
	uint64_t digest;
	uint64_t cgroup; /* 0: none yet, 1: the host */
	uint32_t classes;
	char *label; /* of a container's processes, a type; NULL: the host, or none */
	int is_leaving; /* only its type is left, for the processes that have it */
	char root[64]; /* where its paths begin: "" or "/proc/PID/root" */
	struct rules rules;
};

static inline int is_host(const struct workload *workload)
{
	return workload->cgroup == ROOT_CGROUP;
}

/* Without either nothing says which tasks are its own. */
static inline int is_bound(const struct workload *workload)
{
	return is_host(workload) || workload->label;
}

/* Subjects that rules look at alike: tasks of a workload whose executable matches certain sources. */
struct group {
	uint64_t workload;
	char *sources; /* of the rules that match, a newline after each; "" for all others */
	int is_used;
};


/* What some groups may not do; "group:bits," ascending. */
typedef char *vector;

/* A type of ours for objects: like `base`, but for what is denied. */
struct kind {
	uint32_t number;
	char *base;
	vector files;	    /* what is denied of files, and so of what is made in a directory with this type */
	vector directories; /* what is denied of directories */
	char *mark;	    /* the directory that it is the type of alone, for what is yet to be made in it; or "" */
	char *entries;	    /* groups that tasks come into by running it, "1,5,"; or "" */
	int is_used;
	int is_loaded;
};

/* A name that does not exist yet, in a directory of kind `parent`: it is of kind `born` from its birth. */
struct birth {
	uint32_t parent;
	uint32_t born;
	int is_directory; /* on the way to it */
	char *name;
};

/* A file that has one of our types. */
struct object {
	char *path; /* as this process sees it */
	uint64_t device;
	uint64_t inode;
	uint32_t kind;
	int is_directory;
	char *label; /* the former one */
};

/* What is known of the file system and of types; it outlives the daemon. */
struct state {
	struct group *groups;
	size_t group_count;
	struct kind *kinds;
	size_t kind_count;
	struct object *objects;
	size_t object_count;
	struct birth *births;
	size_t birth_count;
	struct workload *workloads;
	size_t workload_count;
};

/* An open enforcer (`self`). */
struct selinux {
	const struct kubearmor_host *host;
	pthread_mutex_t lock; /* poll comes alongside everything else */
	char directory[512];  /* of the state */
	char program[512];    /* that this process runs */
	struct state state;
	int audit;   /* socket with the kernel's audit records */
	struct processes *processes; /* NULL: not told */
	int changes; /* inotify: directories in which something may appear */
	char **watched; /* their paths, by watch descriptor */
	size_t watched_count;
	int is_trial;	   /* verified: nothing is loaded or labelled */
	int is_stale;	   /* something may have appeared before it was watched */
	uint64_t looked;   /* when the files were looked at last, ns */
	uint64_t journal;  /* hash of what the journal holds; 0: not known */
	uint32_t loads; /* of the policy, by this process or before it */
	uint64_t bytes; /* of the policy that is loaded */
	_Atomic uint64_t delivered;
	_Atomic uint64_t dropped;
	_Atomic uint64_t unlabeled; /* objects that could not be labelled */
};

/* rules.c: what the rules say about a path, for subjects of certain sources */

/* 0 when all that the set says is within it. */
int32_t rules_check(const struct kubearmor_rule_set *set, char *error, uint64_t error_size);
int rules_copy(struct rules *rules, const struct kubearmor_rule_set *set);
void rules_free(struct rules *rules);
/* Whether labels and constraints can say it: what it denies, or the exception that it is from what others deny. */
int rule_counts(const struct rule *rule);
/* Whether it counts and takes something away. */
int rule_denies(const struct rule *rule);
/* KUBEARMOR_HOLD_… with the `reason`; denying: of the rules. */
uint32_t rule_hold(const struct rules *rules, uint32_t denying, const struct rule *rule, const char **reason);
/* DENY_… of a path; sources: "" or those of a group. */
uint32_t rules_denied(const struct rules *rules, const char *sources, const char *path);
/* The set of classes of which something is denied. */
uint32_t rules_denying(const struct rules *rules);
/* Whether what the rule permits is in a directory of which others deny something. */
int rules_except(const struct rules *rules, const struct rule *rule);
/* Whether a rule names a path in the directory that may be written or made. */
int rules_open_in(const struct rules *rules, const char *sources, const char *directory);
/* The sources that match an executable, a newline after each. */
void rules_sources_of(const struct rules *rules, const char *path, struct text *sources);
int source_is_in(const struct rule *rule, const char *sources);
int directory_matches(const char *directory, int is_recursive, const char *path);

/* sockets.c: what the rules say about sockets and capabilities */

struct constraint {
	const char *class_;
	const char *permissions; /* separated by blanks; NULL: all that make, address and use a socket */
};

/* Calls `take` for each class with permissions that the group is denied. */
typedef void take_constraint(void *context, const char *class_, const char *permissions);
void sockets_denied(const struct rules *rules, const char *sources, take_constraint *take, void *context);
int protocol_is_known(const char *name, const char **reason);
int capability_is_known(const char *name);
const char *socket_permissions(void);
/* The socket of an audit record's tclass; NULL when it is none. */
const char *socket_text(const char *class_, uint32_t *family, uint32_t *type, uint32_t *protocol);
int capability_number(const char *name);

/* state.c: groups, kinds and objects by what they are */

uint32_t state_group(struct state *state, uint64_t workload, const char *sources);
uint32_t state_kind(struct state *state, const struct kind *like);
struct kind *state_kind_of(struct state *state, uint32_t number);
struct object *state_object(struct state *state, const char *path);
void state_add_object(struct state *state, const struct object *object);
void state_drop_object(struct state *state, size_t index);
struct workload *state_workload(struct state *state, uint64_t key);
void state_drop_workload(struct state *state, uint64_t key);
/* Of a workload that is gone: none. */
const struct rules *state_rules(const struct state *state, uint64_t workload);
void state_add_birth(struct state *state, const struct birth *birth);
void state_free(struct state *state);
int kind_of_label(const char *label, uint32_t *number);

/* journal.c: the state's file */

int32_t journal_write(struct selinux *self, char *error, uint64_t error_size);
int32_t journal_read(struct selinux *self, char *error, uint64_t error_size);
void journal_remove(struct selinux *self);

/* workload.c */

/* Finds where the paths of each workload begin. */
void workloads_locate(struct state *state);
/* The path as the workload's rules have it; NULL when it is none of its own. */
const char *workload_path(const struct workload *workload, const char *path);
const struct workload *workload_of(const struct state *state, uint64_t key);
/*
 * Only one workload has a type: that which had it before becomes this one, and its rules stay in
 * force until the first rule set of this one. 0 when none had it; else the workload may be at
 * another place of the list afterwards.
 */
int workload_take_label(struct state *state, struct workload *workload, const struct kubearmor_string *label);
/* Whether a process has this type. */
int type_is_used(const char *type);

/* discover.c: which objects the rules are about, with their kinds */

struct finding {
	char *path;
	uint32_t kind;
	int is_directory;
};

struct findings {
	struct finding *list;
	size_t count;
	size_t room;
	int failed;
};

void discover(struct selinux *self, struct findings *findings);
void findings_free(struct findings *findings);

/* label.c */

int label_get(const char *path, char *label, size_t room);
int label_set(const char *path, const char *label);
/* The label with another type. */
void label_with_type(const char *label, const char *type, char *result, size_t room);
void label_type(const char *label, char *type, size_t room);
/* Puts back the former labels of what is below a directory and of our types, except where keep says so. */
void label_restore_below(struct selinux *self, const char *directory);

/* refresh.c */

/* Finds the objects, loads what is missing of the policy, labels. */
int32_t refresh(struct selinux *self, int must_load, char *error, uint64_t error_size);
/* Puts back all labels and loads the distribution's policy. */
int32_t release(struct selinux *self, char *error, uint64_t error_size);

/* policy.c: the distribution's policy with ours added */

int32_t policy_load(struct selinux *self, char *error, uint64_t error_size);
/* Compiles without loading. */
int32_t policy_try(char *error, uint64_t error_size);
int32_t policy_load_base(char *error, uint64_t error_size);
/* Whether the policy that is loaded knows the type. */
int policy_knows(const char *type);

/* own.c */

/* Returns when this process has the daemon's label, or cannot have it. */
void own_label(struct selinux *self);
/* The type of this process; what else has it and is no daemon has the lower level alone. */
void own_type(char *type, size_t room);

/* watch.c */

void watch_directories(struct selinux *self);
/* Whether something appeared that may need a label. */
int watch_read(struct selinux *self);
void watch_close(struct selinux *self);

/* audit.c, event.c */

/* Hands denials that are ours to the daemon; returns how many. */
int32_t audit_read(struct selinux *self, char *error, uint64_t error_size);
/* Room for the texts of an event. */
struct record {
	char permissions[256];
	char class_[64];
	char source[256]; /* type of the subject */
	char target[256]; /* label of the object */
	char name[4200];
	char resource[8400];
	char comm[64];
	char hook[96];
	char process[4200];
	char parent[4200];
	struct kubearmor_event event;
};
/* Makes an event of a record's text; 0 when it is no denial of ours. */
int event_read(struct selinux *self, struct record *record, const char *text);

/* probe.c: the entries, here and below */
int32_t selinux_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		      uint64_t error_size);

/* examine.c, render.c */
int32_t selinux_examine(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
			uint64_t *count, char *error, uint64_t error_size);
int32_t selinux_render(const struct kubearmor_rule_set *set, char *text, uint64_t size, uint64_t *length, char *error,
		       uint64_t error_size);
int32_t selinux_remarks(void *self, uint64_t workload, char *text, uint64_t size, uint64_t *length, char *error,
			uint64_t error_size);

#endif
