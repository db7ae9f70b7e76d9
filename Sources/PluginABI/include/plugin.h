/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugin.h - the whole contract between the KubeArmor daemon and its plugins.
 *
 * A plugin is one shared library, kubearmor-<kind>-<name>.so. It carries an ELF
 * note that says what it is (KUBEARMOR_PLUGIN_NOTE) and exports one symbol,
 * kubearmor_plugin_entry. The daemon reads the note before it runs anything.
 *
 * Rules that hold for every entry of every table below:
 *
 *  Sizes      Every struct begins with struct_size, the size its writer was
 *             compiled with. A reader uses min(its own size, struct_size) and
 *             takes what is beyond as absent (zero, NULL). An array of structs
 *             has the struct_size of its first element as its stride. Structs
 *             grow at the end only; nothing is inserted, reordered or retyped.
 *  Strings    struct kubearmor_string: bytes and a length, not terminated, data
 *             may be NULL when length is 0, UTF-8 where text is meant, any byte
 *             but NUL in paths. `const char *` parameters are NUL-terminated.
 *  Memory     Whoever passes a pointer owns what it points to and keeps it valid
 *             until the call returns; the callee copies what it wants to keep.
 *             Tables (struct kubearmor_enforcer …, struct kubearmor_host) are
 *             valid and unchanged until the process ends. A plugin is never
 *             unloaded. `self` is made by open, owned by the plugin, and not
 *             used again after close.
 *  Errors     int32_t results: 0 or more is success, a negative errno value is
 *             failure; the plugin then writes a sentence that says what failed
 *             and what to do into `error` (error_size is at least
 *             KUBEARMOR_ERROR_SIZE; the text is truncated to fit and always
 *             NUL-terminated). A NULL `self`, struct or function argument is
 *             answered with -EINVAL, never with a crash. No C++ exception and no
 *             Swift error crosses.
 *  Threads    The daemon makes one call at a time into one `self`, on any
 *             thread, except where an entry says otherwise. probe is called
 *             without a self and may run in another process.
 *  Time       An entry returns within KUBEARMOR_CALL_LIMIT_MS unless it says
 *             otherwise. Times are CLOCK_BOOTTIME nanoseconds.
 *  Process    A plugin sets no signal handler, changes no working directory,
 *             umask or environment, reads no configuration file of the daemon
 *             and starts no thread that it does not end in close.
 *  Optional   A NULL entry means that the feature is absent. Entries marked
 *             "mandatory" may not be NULL.
 *
 * The header compiles as C11 and C++17 and includes nothing but <stdint.h> and
 * <stddef.h>. Its version is KUBEARMOR_ABI_MAJOR.MINOR: another major is
 * refused; a greater minor only adds at the end of tables.
 */
#ifndef KUBEARMOR_PLUGIN_H
#define KUBEARMOR_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#define KUBEARMOR_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define KUBEARMOR_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#define KUBEARMOR_ABI_MAJOR 1
#define KUBEARMOR_ABI_MINOR 3

#define KUBEARMOR_ERROR_SIZE 1024    /* least size of an error buffer, bytes */
#define KUBEARMOR_CALL_LIMIT_MS 2000 /* an entry is reported as late beyond it */

/* Kinds of plugins. */
#define KUBEARMOR_KIND_ENFORCER 1u
#define KUBEARMOR_KIND_MONITOR 2u
#define KUBEARMOR_KIND_FEEDER 3u
#define KUBEARMOR_KIND_SOURCE 4u

/* Classes of accesses; a set of classes is (1u << class) | … */
#define KUBEARMOR_CLASS_PROCESS 0u
#define KUBEARMOR_CLASS_FILE 1u
#define KUBEARMOR_CLASS_NETWORK 2u
#define KUBEARMOR_CLASS_CAPABILITY 3u
#define KUBEARMOR_CLASS_SYSCALL 4u
#define KUBEARMOR_CLASS_DNS 5u
#define KUBEARMOR_CLASS_PRESET 6u
#define KUBEARMOR_CLASS_DEVICE 7u
#define KUBEARMOR_CLASS_COUNT 8u

/* Actions of a rule and of a decision. */
#define KUBEARMOR_ACTION_NONE 0u
#define KUBEARMOR_ACTION_ALLOW 1u
#define KUBEARMOR_ACTION_AUDIT 2u
#define KUBEARMOR_ACTION_BLOCK 3u

/* How a rule's object is matched. */
#define KUBEARMOR_MATCH_PATH 1u       /* object is an absolute path */
#define KUBEARMOR_MATCH_EXECNAME 2u   /* object is the last component of a path */
#define KUBEARMOR_MATCH_DIRECTORY 3u  /* object ends in '/' */
#define KUBEARMOR_MATCH_PATTERN 4u    /* object is a glob, see docs/policies.md */
#define KUBEARMOR_MATCH_PROTOCOL 5u   /* object is a protocol or socket type name */
#define KUBEARMOR_MATCH_CAPABILITY 6u /* object is a name such as net_raw */
#define KUBEARMOR_MATCH_SYSCALL 7u    /* object is a system call's name */
#define KUBEARMOR_MATCH_DOMAIN 8u     /* object is a DNS name */
#define KUBEARMOR_MATCH_PRESET 9u     /* object is a preset's name */
#define KUBEARMOR_MATCH_NATIVE 10u    /* object is text in the enforcer's own language */
#define KUBEARMOR_MATCH_ANY 11u       /* object is empty: everything of the class */

/* Flags of a rule. */
#define KUBEARMOR_RULE_RECURSIVE 0x01u  /* a directory with all that is below it */
#define KUBEARMOR_RULE_OWNER_ONLY 0x02u /* ownerOnly */
#define KUBEARMOR_RULE_READ_ONLY 0x04u  /* readOnly */
#define KUBEARMOR_RULE_TTY_ONLY 0x08u   /* pts: false - bites with a controlling terminal only */

/* Bits of an access. */
#define KUBEARMOR_ACCESS_READ 0x01u
#define KUBEARMOR_ACCESS_WRITE 0x02u
#define KUBEARMOR_ACCESS_EXECUTE 0x04u

/* Rule ids with a meaning of their own; a rule set's rules are numbered from 1. */
#define KUBEARMOR_RULE_ID_NONE 0u             /* nothing was decided: an observation */
#define KUBEARMOR_RULE_ID_GUARD 0xfffffffdu   /* the enforcer kept what is its own (setting selfGuard) */
#define KUBEARMOR_RULE_ID_POSTURE 0xfffffffeu /* the default posture decided */
#define KUBEARMOR_RULE_ID_FAULT 0xffffffffu   /* could not be decided: failed closed */

/* What happened. The numbers are those of an event, not of any kernel. */
#define KUBEARMOR_OPERATION_EXEC 1u
#define KUBEARMOR_OPERATION_EXIT 2u
#define KUBEARMOR_OPERATION_FORK 3u
#define KUBEARMOR_OPERATION_OPEN 16u
#define KUBEARMOR_OPERATION_CREATE 17u
#define KUBEARMOR_OPERATION_MKDIR 18u
#define KUBEARMOR_OPERATION_RMDIR 19u
#define KUBEARMOR_OPERATION_UNLINK 20u
#define KUBEARMOR_OPERATION_RENAME 21u
#define KUBEARMOR_OPERATION_LINK 22u
#define KUBEARMOR_OPERATION_SYMLINK 23u
#define KUBEARMOR_OPERATION_MKNOD 24u
#define KUBEARMOR_OPERATION_TRUNCATE 25u
#define KUBEARMOR_OPERATION_CHMOD 26u
#define KUBEARMOR_OPERATION_CHOWN 27u
#define KUBEARMOR_OPERATION_SETXATTR 28u
#define KUBEARMOR_OPERATION_MMAP_EXEC 29u
#define KUBEARMOR_OPERATION_RECEIVE 30u
#define KUBEARMOR_OPERATION_MOUNT 31u
#define KUBEARMOR_OPERATION_UMOUNT 32u
#define KUBEARMOR_OPERATION_SOCKET 48u
#define KUBEARMOR_OPERATION_BIND 49u
#define KUBEARMOR_OPERATION_LISTEN 50u
#define KUBEARMOR_OPERATION_CONNECT 51u
#define KUBEARMOR_OPERATION_ACCEPT 52u
#define KUBEARMOR_OPERATION_SENDMSG 53u
#define KUBEARMOR_OPERATION_CAPABLE 64u
#define KUBEARMOR_OPERATION_SYSCALL 80u
#define KUBEARMOR_OPERATION_DNS_QUERY 96u
#define KUBEARMOR_OPERATION_PRESET 112u
/*
 * No access: alerts of a rule are suppressed from now on or, with a value
 * "Suppressed", were. Values: MaxAlertsPerSec, DroppingAlertsInterval (seconds).
 */
#define KUBEARMOR_OPERATION_THROTTLE 128u

/* Levels of the log service. */
#define KUBEARMOR_LOG_DEBUG 0u
#define KUBEARMOR_LOG_INFO 1u
#define KUBEARMOR_LOG_WARNING 2u
#define KUBEARMOR_LOG_ERROR 3u

struct kubearmor_string {
	const char *data;
	uint64_t length; /* bytes */
};

/* One key with its value, as in EventData, labels and daemon settings. */
struct kubearmor_pair {
	uint32_t struct_size;
	uint32_t reserved;
	struct kubearmor_string key;
	struct kubearmor_string value;
};

/* ---- identity ---------------------------------------------------------- */

#define KUBEARMOR_NOTE_SECTION ".note.kubearmor.plugin"
#define KUBEARMOR_NOTE_OWNER "KubeArmor" /* 10 bytes with its NUL, padded to 12 */
#define KUBEARMOR_NOTE_TYPE 1u

/*
 * The descriptor of the ELF note. Texts are NUL-terminated and NUL-padded.
 * needs: words separated by blanks, of the forms lsm=<name>, btf, kernel>=<a.b>;
 * the daemon checks them before it loads the library.
 */
struct kubearmor_plugin_note {
	uint32_t struct_size;
	uint16_t abi_major;
	uint16_t abi_minor;
	uint32_t kind;
	uint32_t reserved;
	char name[32];    /* [a-z][a-z0-9-]* */
	char version[32]; /* of the plugin, free form */
	char license[32]; /* SPDX expression */
	char needs[128];
	char summary[128]; /* one sentence */
};

#if defined(__has_attribute)
#if __has_attribute(retain)
#define KUBEARMOR_RETAIN __attribute__((retain))
#endif
#endif
#ifndef KUBEARMOR_RETAIN
#define KUBEARMOR_RETAIN
#endif

/* Place once, at file scope, in one C file of the plugin. */
#define KUBEARMOR_PLUGIN_NOTE(kind_, name_, version_, license_, needs_, summary_)                     \
	__attribute__((section(KUBEARMOR_NOTE_SECTION), used, aligned(4))) KUBEARMOR_RETAIN           \
	static const struct {                                                                         \
		uint32_t owner_size;                                                                  \
		uint32_t descriptor_size;                                                             \
		uint32_t type;                                                                        \
		char owner[12];                                                                       \
		struct kubearmor_plugin_note descriptor;                                              \
	} kubearmor_plugin_note_ = {                                                                  \
		10, sizeof(struct kubearmor_plugin_note), KUBEARMOR_NOTE_TYPE, KUBEARMOR_NOTE_OWNER,  \
		{ sizeof(struct kubearmor_plugin_note), KUBEARMOR_ABI_MAJOR, KUBEARMOR_ABI_MINOR,     \
		  kind_, 0, name_, version_, license_, needs_, summary_ },                            \
	}

/* ---- events: enforcer decisions and monitor observations ---------------- */

/*
 * One access, decided (rule != KUBEARMOR_RULE_ID_NONE) or only seen.
 * Who fills it: the plugin; valid until emit returns.
 */
struct kubearmor_event {
	uint32_t struct_size;
	uint16_t operation;  /* KUBEARMOR_OPERATION_… */
	uint16_t class_;     /* KUBEARMOR_CLASS_… */
	uint64_t time_ns;    /* CLOCK_BOOTTIME */
	uint64_t workload;   /* the key given to apply or watch; 0 = none */
	uint64_t generation; /* of the rule set that decided; 0 for observations */
	uint64_t cgroup;     /* cgroup v2 id of the task */
	uint64_t exec_id;    /* same for all events of one executed image; 0 unknown */
	uint32_t rule;       /* id in that rule set, or KUBEARMOR_RULE_ID_… */
	uint32_t action;     /* what was decided, KUBEARMOR_ACTION_… */
	int32_t result;      /* 0 (or a file descriptor) or a negative errno value */
	uint32_t access;     /* KUBEARMOR_ACCESS_… */
	/*
	 * open(2) flags of an OPEN, exit status of an EXIT, number of a CAPABLE's capability, process
	 * id of a FORK's child, type of a DNS_QUERY; of observations from SOCKET to SENDMSG
	 * family | type << 8 | protocol << 16.
	 */
	uint32_t flags;
	uint32_t object_uid; /* owner of the object, 0xffffffff unknown */
	uint32_t host_pid;   /* thread group ids in the first pid namespace */
	uint32_t host_ppid;
	uint32_t pid; /* the same in the task's own pid namespace */
	uint32_t ppid;
	uint32_t uid; /* in the first user namespace */
	uint32_t reserved;
	struct kubearmor_string comm;
	struct kubearmor_string process;  /* executable of the task, absolute */
	struct kubearmor_string parent;   /* executable of its parent */
	struct kubearmor_string resource; /* object: a path, or what the class says */
	struct kubearmor_string target;   /* second path of rename and link */
	struct kubearmor_string arguments; /* argv, NUL between arguments */
	struct kubearmor_string cwd;
	struct kubearmor_string tty;  /* "pts0", empty without a terminal */
	struct kubearmor_string hook; /* where it was seen: "lsm=FILE_OPEN", "syscall=SYS_OPENAT" */
	const struct kubearmor_pair *values; /* further facts for EventData */
	uint64_t value_count;
	/*
	 * Since 1.3. Same for all events of what was started in a container from outside of it
	 * (kubectl exec, docker exec, nsenter) and of its descendants; 0: none, or unknown.
	 */
	uint64_t session;
};

/* ---- records: what feeders publish -------------------------------------- */

#define KUBEARMOR_RECORD_ALERT 1u
#define KUBEARMOR_RECORD_LOG 2u
#define KUBEARMOR_RECORD_MESSAGE 3u

/*
 * An alert, a log or a message with KubeArmor's fields (protobuf feeder.Alert,
 * feeder.Log, feeder.Message). A feeder encodes as it likes; an empty string is
 * an absent field.
 */
struct kubearmor_record {
	uint32_t struct_size;
	uint32_t type; /* KUBEARMOR_RECORD_… */
	int64_t timestamp; /* seconds since 1970, UTC */
	uint64_t sequence; /* one number a record, ascending from 1 */
	int32_t host_pid;
	int32_t host_ppid;
	int32_t pid;
	int32_t ppid;
	int32_t uid;
	int32_t max_alerts_per_sec;
	int32_t dropping_alerts_interval;
	uint32_t reserved;
	struct kubearmor_string updated_time; /* 2006-01-02T15:04:05.000000Z */
	struct kubearmor_string cluster_name;
	struct kubearmor_string host_name;
	struct kubearmor_string host_ip; /* messages */
	struct kubearmor_string node_id;
	struct kubearmor_string namespace_name;
	struct kubearmor_string owner_ref;
	struct kubearmor_string owner_name;
	struct kubearmor_string owner_namespace;
	struct kubearmor_string pod_name;
	struct kubearmor_string labels; /* k=v,k=v sorted by key */
	struct kubearmor_string container_id;
	struct kubearmor_string container_name;
	struct kubearmor_string container_image;
	struct kubearmor_string parent_process_name;
	struct kubearmor_string process_name;
	struct kubearmor_string policy_name;
	struct kubearmor_string severity;
	struct kubearmor_string tags; /* comma-joined */
	struct kubearmor_string message;
	struct kubearmor_string record_type; /* MatchedHostPolicy, HostLog, … (field Type) */
	struct kubearmor_string source;
	struct kubearmor_string operation;
	struct kubearmor_string resource;
	struct kubearmor_string data;
	struct kubearmor_string enforcer;
	struct kubearmor_string action;
	struct kubearmor_string result;
	struct kubearmor_string cwd;
	struct kubearmor_string tty;
	struct kubearmor_string exec_id;   /* ExecEvent.ExecID: of the session, decimal */
	struct kubearmor_string exec_name; /* ExecEvent.ExecutableName */
	struct kubearmor_string user_name;
	struct kubearmor_string kubearmor_version;
	struct kubearmor_string process_hash;
	struct kubearmor_string parent_hash;
	struct kubearmor_string resource_hash;
	struct kubearmor_string hash_algo;
	struct kubearmor_string level; /* messages */
	const struct kubearmor_string *atags;
	uint64_t atag_count;
	const struct kubearmor_pair *event_data;
	uint64_t event_data_count;
};

/* ---- host services ------------------------------------------------------ */

struct kubearmor_workload; /* below, with sources */

/*
 * What the daemon offers to a plugin, one table a plugin. All entries may be
 * called from any thread and return at once (emit and log never block; what
 * cannot be queued is counted). `context` is passed back unchanged.
 */
struct kubearmor_host {
	uint32_t struct_size;
	uint32_t reserved;
	void *context;
	void (*log)(void *context, uint32_t level, const char *text, uint64_t length);
	/* Enforcers and monitors. events has count elements. */
	void (*emit)(void *context, const struct kubearmor_event *events, uint64_t count);
	/* Sets the gauge or counter `name` ([a-z0-9_]+) of this plugin. */
	void (*metric)(void *context, const char *name, int64_t value);
	/* CLOCK_BOOTTIME, ns. */
	uint64_t (*now)(void *context);
	/*
	 * Reads the setting `key`: copies its text with a NUL into value (truncated
	 * to size) and returns its whole length, or -ENOENT when there is none.
	 */
	int64_t (*config)(void *context, const char *key, char *value, uint64_t size);
	/*
	 * Feeders that serve KubeArmor's gRPC API; NULL for the others. apply_policy
	 * takes {"type","object"} JSON and returns PolicyStatus (0…6) or a negative
	 * errno (-EACCES: that caller may not); it waits for the enforcer, as apply
	 * does. peer_uid is the local caller's uid, -1 that of one known otherwise.
	 * describe fills text with JSON about `what` ("probe", "state", "plugins",
	 * "workloads", "metrics") as config does; -ENOENT while the daemon starts.
	 */
	int32_t (*apply_policy)(void *context, const char *json, uint64_t length, int64_t peer_uid, char *error,
				uint64_t error_size);
	int64_t (*describe)(void *context, const char *what, char *text, uint64_t size);
	/* Sources; NULL for the others. */
	int32_t (*workload_upsert)(void *context, const struct kubearmor_workload *workload);
	int32_t (*workload_remove)(void *context, const char *id);
	/* kind "pod", "namespace", "node"; name "namespace/name" or "name". */
	int32_t (*fact_upsert)(void *context, const char *kind, const char *name, const struct kubearmor_pair *facts,
			       uint64_t count);
	int32_t (*fact_remove)(void *context, const char *kind, const char *name);
	/* text is YAML or JSON, origin is shown in diagnostics. */
	int32_t (*policy_upsert)(void *context, const char *origin, const char *text, uint64_t length, char *error,
				 uint64_t error_size);
	int32_t (*policy_remove)(void *context, const char *kind, const char *namespace_, const char *name);
	/* All that existed when `run` began has been reported. */
	void (*synced)(void *context);
};

/* ---- the entry ---------------------------------------------------------- */

struct kubearmor_offer {
	uint32_t struct_size;
	uint16_t abi_major;
	uint16_t abi_minor;
	uint64_t header_hash; /* KUBEARMOR_HEADER_HASH of the daemon */
	const struct kubearmor_host *host;
};

struct kubearmor_answer {
	uint32_t struct_size; /* set by the daemon; the plugin writes no further */
	uint32_t kind;
	uint16_t abi_major;
	uint16_t abi_minor;
	uint32_t reserved;
	uint64_t header_hash; /* KUBEARMOR_HEADER_HASH of the plugin */
	const void *table;    /* struct kubearmor_enforcer, …_monitor, …_feeder or …_source */
};

/*
 * The one exported symbol. Accepts the offer by filling answer and returning 0,
 * or refuses it: -EPROTO for another major, any other negative errno with text.
 * Called once, before anything else, on the daemon's main thread; does no I/O.
 */
#define KUBEARMOR_ENTRY_SYMBOL "kubearmor_plugin_entry"
__attribute__((visibility("default"))) int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer,
								       struct kubearmor_answer *answer, char *error,
								       uint64_t error_size);

/* What probe found. The daemon zeroes it and sets struct_size. */
struct kubearmor_probe {
	uint32_t struct_size;
	uint32_t usable;         /* 1: works on this node, 0: see reason */
	char reason[512];        /* why not, or with what restriction */
	char mode[64];           /* how it works here, e.g. "fentry"; may be empty */
	char capabilities[1024]; /* words separated by blanks, e.g. "process.path file.directory" */
};

/*
 * One number of stats. name: [a-z0-9_.]+; "dropped.<reason>" counts losses. For the
 * arrays of stats and snapshot the daemon sets struct_size of the first element,
 * which is the stride; the plugin sets it in each element that it fills.
 */
struct kubearmor_stat {
	uint32_t struct_size;
	uint32_t reserved;
	char name[64];
	uint64_t value;
};

/* ---- enforcers ---------------------------------------------------------- */

/* A part of the string table. */
struct kubearmor_span {
	uint32_t offset;
	uint32_t length;
};

struct kubearmor_rule {
	uint32_t struct_size;
	uint32_t id;    /* 1 … count, unique in the set */
	uint16_t class_;
	uint16_t match; /* KUBEARMOR_MATCH_… */
	uint32_t flags; /* KUBEARMOR_RULE_… */
	uint32_t action;
	uint16_t source_match; /* 0: no fromSource; else PATH, DIRECTORY or PATTERN */
	uint16_t source_flags; /* KUBEARMOR_RULE_RECURSIVE */
	struct kubearmor_span object;
	struct kubearmor_span source;
	struct kubearmor_span arguments; /* allowedArgs, a NUL after each; length 0 = any */
	struct kubearmor_span policy;    /* policy's name, for listings */
};

/*
 * All rules of one workload, resolved: no text to parse, order carries no meaning.
 * posture[class]: what an access gets that no rule matched, NONE where the class
 * has no Allow rule. automaton: the same process and file rules as tables
 * (kubearmor_automaton.h), present for enforcers with the capability "automaton".
 */
struct kubearmor_rule_set {
	uint32_t struct_size;
	uint32_t classes; /* set of classes that have rules */
	uint64_t digest;  /* equal for equal sets */
	uint32_t posture[KUBEARMOR_CLASS_COUNT]; /* KUBEARMOR_ACTION_… */
	const struct kubearmor_rule *rules;
	uint64_t rule_count;
	const char *strings;
	uint64_t strings_size;
	const uint64_t *automaton;
	uint64_t automaton_cells;
};

/* Ways to say which tasks belong to a workload. */
#define KUBEARMOR_BINDING_CGROUP 1u  /* number: cgroup v2 id, with its descendants; the root is the host */
#define KUBEARMOR_BINDING_PID 2u     /* number: thread group id in the first pid namespace, and its children */
#define KUBEARMOR_BINDING_PROFILE 3u /* text: AppArmor profile */
#define KUBEARMOR_BINDING_LABEL 4u   /* text: SELinux process label */

struct kubearmor_binding {
	uint32_t struct_size;
	uint32_t type; /* KUBEARMOR_BINDING_… */
	uint64_t number;
	struct kubearmor_string text;
};

/* One workload that is in force, for diagnostics and adoption. */
struct kubearmor_snapshot {
	uint32_t struct_size;
	uint32_t classes;
	uint64_t workload;
	uint64_t generation;
	uint64_t digest;
	uint64_t bytes; /* kernel memory of its rule set */
};

/* How a rule is held. */
#define KUBEARMOR_HOLD_ENFORCED 1u
#define KUBEARMOR_HOLD_STRICTER 2u    /* denies more than the rule says */
#define KUBEARMOR_HOLD_AUDITED 3u     /* permits; who watches may alert */
#define KUBEARMOR_HOLD_UNSUPPORTED 4u /* nothing of it is in force */

/* How one rule of a set is held. Since 1.1. */
struct kubearmor_holding {
	uint32_t struct_size;
	uint32_t rule; /* id in the set */
	uint32_t hold; /* KUBEARMOR_HOLD_… */
	uint32_t reserved;
	char reason[240]; /* a phrase; empty when it is enforced as it is written */
};

/*
 * Capabilities are "<class>.<feature>" words: process.path process.directory
 * process.execname process.pattern process.source process.owner process.arguments
 * process.tty process.interpreter process.rename process.library file.path
 * file.directory file.pattern file.source file.readonly file.owner file.tty
 * file.attributes file.acl file.socket network.protocol network.type network.source network.tty
 * network.posture capability.name capability.source dns.domain dns.source
 * preset.<name> syscall.name native.apparmor, what paths are to it (path.binds
 * path.mounts path.limit path.descriptor path.place path.overlay), and
 * posture, audit, automaton, events (needs poll), adopt (needs snapshot), throttle,
 * account, pinned, guard. bind.cgroup, bind.profile and bind.label say how containers
 * are known; the last two are bound before the first apply, and for a container that a
 * policy names also while there is none, since a runtime can start one only under a
 * profile or a label that the kernel has. The workload with the key 1 is the host. The
 * word permissive says that nothing is denied on this node although all works. With
 * process.library the libraries in a directory of blocked programs can be used; with
 * file.socket connecting or sending to the path of a socket is a write of it; with
 * path.binds a file that a bind mount shows elsewhere is decided about at its own path
 * too; network.type are protocols that name a socket type, network.posture allow lists;
 * with path.limit what has no path, or too long a one, is refused. To change attributes
 * (file.attributes) and access control lists (file.acl) is a write.
 */
struct kubearmor_enforcer {
	uint32_t struct_size;
	uint32_t reserved;
	/* Mandatory. Tries the real thing (loads, attaches, triggers) and undoes it. Up to 30 s. */
	int32_t (*probe)(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
			 uint64_t error_size);
	/* Mandatory. Attaches, or adopts what an earlier daemon left. Up to 60 s. */
	int32_t (*open)(const struct kubearmor_host *host, void **self, char *error, uint64_t error_size);
	/*
	 * Mandatory. Replaces the whole rule set of `workload` (a key, not 0) in one
	 * step: every access sees the old set or the new one. On failure the old one
	 * stays in force. Up to 30 s, since some backends compile.
	 */
	int32_t (*apply)(void *self, uint64_t workload, const struct kubearmor_rule_set *set, uint64_t generation,
			 char *error, uint64_t error_size);
	/*
	 * Mandatory. A task belongs to the nearest binding; binding again moves it. A profile
	 * or label that another workload has is this one's from then on; the rules of the other
	 * stay in force until the first apply of this one.
	 */
	int32_t (*bind)(void *self, uint64_t workload, const struct kubearmor_binding *binding, char *error,
			uint64_t error_size);
	int32_t (*unbind)(void *self, const struct kubearmor_binding *binding, char *error, uint64_t error_size);
	/* Mandatory. Removes rule set and bindings of the workload; 0 when there is none. */
	int32_t (*remove)(void *self, uint64_t workload, char *error, uint64_t error_size);
	/* Fills up to capacity elements; *count is how many there are. */
	int32_t (*snapshot)(void *self, struct kubearmor_snapshot *entries, uint64_t capacity, uint64_t *count,
			    char *error, uint64_t error_size);
	/*
	 * Waits up to timeout_ms for decisions and hands them to host->emit; returns
	 * how many. Called on a thread of its own, alongside all other entries.
	 */
	int32_t (*poll)(void *self, int32_t timeout_ms, char *error, uint64_t error_size);
	/* As snapshot. Alongside all other entries. */
	int32_t (*stats)(void *self, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count, char *error,
			 uint64_t error_size);
	/* Mandatory. keep != 0: what is in force stays in the kernel for the next process. */
	int32_t (*close)(void *self, uint32_t keep, char *error, uint64_t error_size);
	/*
	 * Since 1.1. How each rule of the set would be held where this enforcer works:
	 * fills up to capacity elements, in the order of the rules; *count is how many
	 * there are. Without a self, on any machine, with no I/O and no privileges;
	 * alongside all other entries.
	 */
	int32_t (*examine)(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
			   uint64_t *count, char *error, uint64_t error_size);
	/*
	 * Since 1.1. What it would load for the set, as text in the backend's own
	 * language, the same for equal sets: copies up to size bytes, not terminated;
	 * *length is how many there are. As examine.
	 */
	int32_t (*render)(const struct kubearmor_rule_set *set, char *text, uint64_t size, uint64_t *length,
			  char *error, uint64_t error_size);
	/*
	 * Since 1.1. What of the workload its rules do not reach, or not yet, and what to
	 * do: a line each ("process 812 /usr/sbin/sshd runs since before the profile:
	 * restart it"). As render otherwise.
	 */
	int32_t (*remarks)(void *self, uint64_t workload, char *text, uint64_t size, uint64_t *length, char *error,
			   uint64_t error_size);
};

/* ---- monitors ------------------------------------------------------------ */

/* Capabilities: observe.exec observe.exit observe.open … (operations in lower case). */
struct kubearmor_monitor {
	uint32_t struct_size;
	uint32_t reserved;
	int32_t (*probe)(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
			 uint64_t error_size); /* mandatory, as for enforcers */
	int32_t (*open)(const struct kubearmor_host *host, void **self, char *error,
			uint64_t error_size); /* mandatory */
	/* Mandatory. Sets the classes to report of this workload; 0 ends it. Up to 30 s: programs may be loaded. */
	int32_t (*watch)(void *self, uint64_t workload, uint32_t classes, char *error, uint64_t error_size);
	int32_t (*bind)(void *self, uint64_t workload, const struct kubearmor_binding *binding, char *error,
			uint64_t error_size); /* mandatory, as for enforcers */
	int32_t (*unbind)(void *self, const struct kubearmor_binding *binding, char *error, uint64_t error_size);
	/* Mandatory. As for enforcers. */
	int32_t (*poll)(void *self, int32_t timeout_ms, char *error, uint64_t error_size);
	/* seen, delivered, dropped.<reason> */
	int32_t (*stats)(void *self, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count, char *error,
			 uint64_t error_size);
	int32_t (*close)(void *self, char *error, uint64_t error_size); /* mandatory */
	/*
	 * Of the class SYSCALL, which has to be watched besides: the system calls to report of this
	 * workload whatever else they are, by name; the last list counts, none of them ends it. Returns
	 * how many of the names are none of this kernel. Up to 30 s, as watch. Since 1.2.
	 */
	int32_t (*watch_syscalls)(void *self, uint64_t workload, const struct kubearmor_string *names, uint64_t count,
				  char *error, uint64_t error_size);
};

/* ---- feeders -------------------------------------------------------------- */

/* Capabilities: publish.alert publish.log publish.message. */
struct kubearmor_feeder {
	uint32_t struct_size;
	uint32_t reserved;
	int32_t (*probe)(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
			 uint64_t error_size); /* mandatory */
	int32_t (*open)(const struct kubearmor_host *host, void **self, char *error,
			uint64_t error_size); /* mandatory */
	/*
	 * Mandatory. Returns how many of the records it has accepted; it counts the
	 * others in stats by reason. Called on the feeder's own thread; may block for
	 * as long as its sink does, up to KUBEARMOR_CALL_LIMIT_MS.
	 */
	int32_t (*publish)(void *self, const struct kubearmor_record *records, uint64_t count, char *error,
			   uint64_t error_size);
	/* Writes out what it holds, within deadline_ms. */
	int32_t (*flush)(void *self, int32_t deadline_ms, char *error, uint64_t error_size);
	/* Opens its sinks anew with the present settings (SIGHUP: logrotate). */
	int32_t (*reopen)(void *self, char *error, uint64_t error_size);
	/* accepted, delivered, dropped.<reason> */
	int32_t (*stats)(void *self, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count, char *error,
			 uint64_t error_size);
	int32_t (*close)(void *self, char *error, uint64_t error_size); /* mandatory */
};

/* ---- sources --------------------------------------------------------------- */

/*
 * Since 1.1. The runtime holds the container before its first instruction, and the
 * source answers it when the daemon has called prepare. Needs the capability
 * "prepare"; workload_upsert answers -EAGAIN when nobody will call it.
 */
#define KUBEARMOR_WORKLOAD_WAITS 0x1u

/* A container or another set of processes, as a source knows it. */
struct kubearmor_workload {
	uint32_t struct_size;
	uint32_t flags; /* KUBEARMOR_WORKLOAD_… */
	struct kubearmor_string id; /* container id: unique among living workloads */
	struct kubearmor_string name;
	struct kubearmor_string namespace_;
	struct kubearmor_string pod;
	struct kubearmor_string image; /* name:tag@digest */
	struct kubearmor_string runtime;
	struct kubearmor_string root; /* path of its root in the host's mount namespace */
	uint64_t cgroup; /* v2 id, 0 unknown */
	uint32_t init_pid; /* 0 unknown */
	uint32_t state; /* 1 created, 2 running, 3 paused, 4 stopped */
	const struct kubearmor_pair *labels;
	uint64_t label_count;
};

/* Capabilities: report.container report.pod report.policy prepare. */
struct kubearmor_source {
	uint32_t struct_size;
	uint32_t reserved;
	int32_t (*probe)(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
			 uint64_t error_size); /* mandatory */
	int32_t (*open)(const struct kubearmor_host *host, void **self, char *error,
			uint64_t error_size); /* mandatory */
	/*
	 * Mandatory. Reports through the host's services until stop is called; called
	 * on a thread of its own. 0 after stop; a negative errno when it gave up: the
	 * daemon calls it again after a while, and what it reported stays.
	 */
	int32_t (*run)(void *self, char *error, uint64_t error_size);
	/* Mandatory. From any thread; run returns within KUBEARMOR_CALL_LIMIT_MS. */
	int32_t (*stop)(void *self, char *error, uint64_t error_size);
	/*
	 * Tells the runtime that asked (KUBEARMOR_WORKLOAD_WAITS) that the workload's
	 * rule set is in force (status 0) or is not (negative errno). Alongside run, from
	 * any thread; returns within deadline_ms, and -ETIMEDOUT when the runtime waits
	 * no longer, which may then have started it. Needs the capability "prepare".
	 */
	int32_t (*prepare)(void *self, const char *id, int32_t status, int32_t deadline_ms, char *error,
			   uint64_t error_size);
	int32_t (*stats)(void *self, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count, char *error,
			 uint64_t error_size);
	int32_t (*close)(void *self, char *error, uint64_t error_size); /* mandatory */
};

/*
 * A fingerprint of the layout this header was compiled with: shown by
 * `kubearmor plugins info`, so that two builds can be told apart.
 */
#define KUBEARMOR_HEADER_HASH                                                                            \
	(((uint64_t)KUBEARMOR_ABI_MAJOR << 56) ^ ((uint64_t)KUBEARMOR_ABI_MINOR << 48) ^                  \
	 ((uint64_t)sizeof(struct kubearmor_event) * 0x9e3779b1u) ^                                       \
	 ((uint64_t)sizeof(struct kubearmor_record) * 0x85ebca77u) ^                                      \
	 ((uint64_t)sizeof(struct kubearmor_rule) * 0xc2b2ae3du) ^                                        \
	 ((uint64_t)sizeof(struct kubearmor_rule_set) * 0x27d4eb2fu) ^                                    \
	 ((uint64_t)sizeof(struct kubearmor_host) * 0x165667b1u) ^                                        \
	 ((uint64_t)sizeof(struct kubearmor_enforcer) * 0xd3a2646cu) ^                                    \
	 ((uint64_t)sizeof(struct kubearmor_monitor) * 0xfd7046c5u) ^                                     \
	 ((uint64_t)sizeof(struct kubearmor_feeder) * 0xb55a4f09u) ^                                      \
	 ((uint64_t)sizeof(struct kubearmor_source) * 0x94d049bbu))

KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_string) == 16, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_pair) == 40, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_plugin_note) == 368, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_event) == 264, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_event, comm) == 96, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_event, hook) == 224, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_record) == 712, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_record, updated_time) == 56, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_record, atags) == 680, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_host) == 128, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_host, apply_policy) == 56, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_offer) == 24, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_answer) == 32, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_probe) == 1608, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_stat) == 80, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_rule) == 56, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_rule, object) == 24, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_rule_set) == 96, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_rule_set, rules) == 48, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_binding) == 32, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_snapshot) == 40, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_holding) == 256, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_enforcer) == 112, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_enforcer, close) == 80, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_enforcer, remarks) == 104, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_monitor) == 80, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_monitor, close) == 64, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_monitor, watch_syscalls) == 72, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_feeder) == 64, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_feeder, close) == 56, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_source) == 64, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(offsetof(struct kubearmor_source, close) == 56, "plugin ABI");
KUBEARMOR_STATIC_ASSERT(sizeof(struct kubearmor_workload) == 152, "plugin ABI");

#ifdef __cplusplus
}
#endif

#endif
