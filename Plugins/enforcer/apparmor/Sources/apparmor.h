/* SPDX-License-Identifier: Apache-2.0 */
/* The enforcer apparmor: what its files share. */
#ifndef APPARMOR_H
#define APPARMOR_H

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/apparmor.h>
#include <time.h>

#include "audit_records.h"
#include "fail.h"
#include "plugin.h"
#include "processes.h"
#include "text.h"

/* The host's profiles are this one and those with a dot and a source's name behind it. */
#define HOST_PROFILE "kubearmor.host"
/* Of the daemon, which is nobody's subject. */
#define DAEMON_PROFILE "kubearmor.daemon"
/* Of containers; their sources' have two slashes and a name behind it. */
#define CONTAINER_PREFIX "kubearmor_"

#define PROFILE_SIZE 128

#define SECURITYFS "/sys/kernel/security/apparmor/"

/* The id of the root of the cgroup hierarchy: the host. */
#define ROOT_CGROUP 1
/* The daemon's key of the host. */
#define HOST_WORKLOAD 1u

/* A source that has a profile, and its program if it is only one. */
struct source_profile {
	char *profile;
	char *path;
};

/* What a workload has in the kernel. */
struct workload {
	uint64_t key; /* 0: the workload is gone, its profile is still used */
	char name[PROFILE_SIZE]; /* of its profile; empty: none is known yet */
	uint64_t cgroup;
	uint64_t generation;
	uint64_t digest;
	uint32_t classes;
	int is_loaded;
	int is_leaving; /* its profile goes as soon as nobody is in it */
	int has_rules; /* a rule set of the daemon is in it, not only everything permitted */
	uint64_t bytes; /* of the compiled profiles */
	char hash[80]; /* by which the kernel knows the profile; empty where it keeps none */
	struct source_profile *sources;
	size_t source_count;
	struct text gaps; /* sources without a profile, a line each */
};

/* A process that no profile of its workload reaches. */
struct task {
	uint64_t workload;
	int pid;
	char *executable;
	char *label;
};

/* An open enforcer (`self`). */
struct apparmor {
	const struct kubearmor_host *host;
	aa_kernel_interface *kernel;
	pthread_mutex_t lock; /* of the workloads: poll runs beside all other entries */
	pthread_mutex_t audit_lock; /* held while records are read and told; before the other one */
	struct workload *workloads;
	size_t workload_count;
	size_t workload_room;
	char directory[4096]; /* with the compiled profiles; empty: none */
	char executable[4096]; /* of the daemon */
	char space[160]; /* the folder of the profiles' namespace; empty: the tasks' own */
	int has_daemon_profile;
	struct processes *processes; /* NULL: what processes execute is not known */
	int audit;		     /* socket with the kernel's audit records */
	struct task *tasks; /* as they were a moment ago */
	size_t task_count;
	time_t tasks_time;
	time_t sweep_time; /* poll's own */
	_Atomic uint64_t denied;
	_Atomic uint64_t audited;
	_Atomic uint64_t compiled; /* runs of the compiler */
	_Atomic uint64_t cached;   /* runs that the cache has saved */
	_Atomic uint64_t unknown;  /* records of our profiles about what this plugin does not know */
	uint32_t lost;		   /* records that the kernel had lost before */
	_Atomic uint64_t dropped;  /* times that records were lost because too many waited */
};

/* quote.c: paths and patterns as AppArmor writes them, never pasted */

/* Appends the path so that it stands for itself, whatever bytes it has; without the quotes around it. */
void quote_path(struct text *text, const char *path, size_t size);
/* Appends one of our patterns in AppArmor's language, without the quotes around it. */
void quote_pattern(struct text *text, const char *pattern, size_t size);

/* Appends one byte of a set of `count` bytes (a bit each). */
void quote_set(struct text *text, const uint8_t *set, unsigned count);

/* sockets.c */

/* Whether AppArmor can tell the sockets of that name. */
int network_knows(const char *name, size_t size);
/* Names of protocols go before those of types, those before `all`. */
int network_rank(const char *name, size_t size);

/* profile.c */

struct target {
	const char *name;
	int is_container; /* nothing attaches to its profile: the runtime names it */
	const char *exempt; /* a program that is nobody's subject, or NULL */
	const struct names *others; /* profiles that are there, or NULL: those named by a path attach to it */
	int has_no_native; /* leaves out the rules in AppArmor's own language */
	/* Profiles of sources that were: programs that still run in them get the other rules. */
	char *const *retired;
	size_t retired_count;
};

/*
 * Writes the profiles of a rule set and says how each rule is held (one holding a rule, in
 * their order; NULL: nobody asks). -1 when there is no memory.
 */
int profile_write(struct text *text, const struct kubearmor_rule_set *set, const struct target *target,
		  struct kubearmor_holding *holdings);

/* Writes the profile of the daemon, which permits everything. */
void profile_write_daemon(struct text *text, const char *executable);

/* examine.c */
int32_t apparmor_examine(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
			 uint64_t *count, char *error, uint64_t error_size);
int32_t apparmor_render(const struct kubearmor_rule_set *set, char *text, uint64_t size, uint64_t *length, char *error,
			uint64_t error_size);
/* Whether this plugin can read the set. */
int32_t check_set(const struct kubearmor_rule_set *set, char *error, uint64_t error_size);

/* parser.c */

/* Where the compiler may be; ends with NULL. */
extern const char *const parser_paths[];
/* Compiles a profile's text with apparmor_parser into `binary`. */
int32_t parser_compile(const struct text *profile, struct text *binary, char *error, uint64_t error_size);
/* What a compiled profile depends on besides its text: which compiler. */
void parser_identity(struct text *text);

/* rename.c */

/* A name of the same length that no container has; room for PROFILE_SIZE bytes. */
void stand_in_for(const char *name, char *stand_in);
/* Gives compiled profiles another name of the same length; -1: they are made in a way that is not known. */
int profile_rename(struct text *binary, const char *from, const char *to);

/* cache.c */

/* Finds the directory of compiled profiles and makes it; says in the log when there will be none. */
void cache_open(struct apparmor *self);
/* As parser_compile, but asks the cache first. */
int32_t cache_compile(struct apparmor *self, const struct text *profile, struct text *binary, char *error,
		      uint64_t error_size);
/* Replaces a file of the directory in one step; 0 on success. */
int cache_write(const struct apparmor *self, const char *name, const struct text *text);
/* Reads a file of the directory; 0 on success. */
int cache_read(const struct apparmor *self, const char *name, struct text *text);

/* loaded.c: what this and earlier daemons have loaded */

/* Takes over what an earlier daemon has left; what nobody uses any more is removed. */
void loaded_adopt(struct apparmor *self);
void loaded_save(struct apparmor *self);

/* kernel.c */

/* Names of profiles in the kernel that begin so; the caller frees all of it. */
struct names {
	char **list;
	size_t count;
};

void kernel_names(struct names *names, const char *prefix);
void names_free(struct names *names);
int names_have(const struct names *names, const char *name);
int kernel_has(const char *name);
/* Whether programs come into the profile by its own name for them. */
int kernel_attaches(const char *name);
/* The kernel's hash of a profile, empty when it keeps none. */
void kernel_hash(const char *name, char *hash, size_t size);
int32_t kernel_load(struct apparmor *self, const struct text *binary, char *error, uint64_t error_size);
int32_t kernel_remove(struct apparmor *self, const char *name, char *error, uint64_t error_size);

/* workloads.c */

struct workload *workload_find(struct apparmor *self, uint64_t key);
/* The workload, made when there is none; NULL when there is no memory. */
struct workload *workload_get(struct apparmor *self, uint64_t key);
void workload_forget(struct apparmor *self, struct workload *workload);
/* That whose profile it is; *path is the program when only one can be in it, else NULL. Under the lock. */
const struct workload *workload_of_profile(const struct apparmor *self, const char *profile, const char **path);
/* Puts a rule set into force (NULL: everything is permitted). */
int32_t workload_load(struct apparmor *self, struct workload *workload, const struct kubearmor_rule_set *set,
		      char *error, uint64_t error_size);
/* Removes profiles that were to go once nobody is in them; looks every few seconds. Beside all other entries. */
void workloads_sweep(struct apparmor *self);
/* Takes the workload's profiles out of the kernel. */
int32_t workload_unload(struct apparmor *self, struct workload *workload, char *error, uint64_t error_size);
/* Takes the daemon's own profile out: the last one, since without it the daemon may be confined by others. */
int32_t daemon_unload(struct apparmor *self, char *error, uint64_t error_size);

/* tasks.c */

/* Whether a task is in one of the profiles of that name. */
int tasks_use(const char *name);
void tasks_forget(struct apparmor *self);
/* Tasks of the workload that its profile does not reach, a line each. */
void tasks_remark(struct apparmor *self, const struct workload *workload, struct text *text);

/* record.c */

struct record;
/* Makes an event of the words of an audit record; 0 when it is none of ours. */
int record_read(struct apparmor *self, struct record *record, const char *text);

/* audit.c */

/*
 * Hands what our profiles denied or audited to the daemon; returns how many. Before a profile
 * becomes another workload's, or nobody's, what waits is read: it is told by whose it was.
 */
int32_t audit_read(struct apparmor *self, char *error, uint64_t error_size);
/* The same, after waiting for records. */
int32_t audit_poll(struct apparmor *self, int32_t timeout_ms, char *error, uint64_t error_size);

/* probe.c */
int32_t apparmor_probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		       uint64_t error_size);

#endif
