/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Where else a file stands: a bind mount shows it under another path, and some hooks
 * name a dentry but no mount at all. All of these paths are decided about, the
 * strictest answer counts, so that a mount is no way round a rule.
 *
 * The first mount of a file system in a mount namespace is where its files are at
 * home: what is reached through it is decided about there only. It costs nothing
 * more, then, that containers and services have mounts of the same file system.
 *
 * A mount that stands in no namespace (unmounted while in use, or made by open_tree)
 * shows nothing a place of its own: its files are where the task's namespace has them.
 */
#ifndef KUBEARMOR_BPF_MOUNTS_H
#define KUBEARMOR_BPF_MOUNTS_H

#include "homes.h"
#include "subject.h"

/* Mounts of one file system that are looked at (fs.mount-max is 100,000 a namespace). */
#define MOUNTS_MAX 131072
/* Levels between a file and the root of its file system. */
#define LEVELS_MAX 2048
/* Mounts on mounts. */
#define STACK_MAX 256
/* A directory mounted on itself, on itself … */
#define SELF_MAX 4
/* How often a list of mounts is begun again from which one was taken under way. */
#define LIST_TRIES 4

struct ancestor_walk {
	struct dentry *dentry;
	struct dentry *wanted;
	__u32 found;
};

static long ancestor_step(__u32 index, void *context)
{
	struct ancestor_walk *walk = context;
	struct dentry *dentry = walk->dentry, *parent;

	if (dentry == walk->wanted) {
		walk->found = 1;
		return 1;
	}
	parent = BPF_CORE_READ(dentry, d_parent);
	if (!parent || parent == dentry)
		return 1;
	walk->dentry = parent;
	return 0;
}

/* 1 when `dentry` is `root` or below it. */
static __noinline int is_below(struct dentry *dentry, struct dentry *root)
{
	struct ancestor_walk walk = { .dentry = dentry, .wanted = root };

	/* Bound: LEVELS_MAX. */
	bpf_loop(LEVELS_MAX, ancestor_step, &walk, 0);
	return walk.found;
}

struct twin_walk {
	struct mount *one;
	struct mount *other;
	__u32 equal;
};

/* A member at a time: the stack is short here. */
static long twin_step(__u32 index, void *context)
{
	struct twin_walk *walk = context;
	struct mount *one = walk->one, *other = walk->other;

	if (BPF_CORE_READ(one, mnt.mnt_root) != BPF_CORE_READ(other, mnt.mnt_root))
		return 1;
	walk->one = BPF_CORE_READ(one, mnt_parent);
	walk->other = BPF_CORE_READ(other, mnt_parent);
	if (walk->one == one || walk->other == other) {
		walk->equal = walk->one == one && walk->other == other;
		return 1;
	}
	return BPF_CORE_READ(one, mnt_mountpoint) != BPF_CORE_READ(other, mnt_mountpoint);
}

/* 1 when both show the same files under the same paths, each in its namespace. */
static __noinline int is_twin(struct mount *one, struct mount *other)
{
	struct twin_walk walk = { .one = one, .other = other };

	/* Bound: STACK_MAX. */
	bpf_loop(STACK_MAX, twin_step, &walk, 0);
	return walk.equal;
}

/*
 * The namespace in which paths of a workload are meant: a task may make itself another
 * one, in which everything stands elsewhere. NULL while a container's is not known.
 */
static __always_inline void *home_of(__u32 slot)
{
	__u64 root = bpf_get_current_ancestor_cgroup_id(0);
	__u32 *bound = bpf_map_lookup_elem(&bindings, &root);

	return bound && *bound == slot + 1 ? host_namespace() : container_home(slot);
}

/* Whether no process can be in the namespace: that of a mount which stands nowhere. */
static __always_inline int is_nowhere(struct mnt_namespace *mount_namespace)
{
	return !mount_namespace || BPF_CORE_READ(mount_namespace, seq) == 0;
}

/* The namespace in which is looked for what a mount shows: its own, or the task's. */
static __always_inline struct mnt_namespace *namespace_of(struct mount *mount)
{
	struct mnt_namespace *own = mount ? BPF_CORE_READ(mount, mnt_ns) : NULL;

	return is_nowhere(own) ? task_namespace() : own;
}

/* Whether a directory is mounted on itself, as services do to protect one: its paths are its parent's. */
static __always_inline int is_on_itself(struct mount *mount)
{
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	return parent != mount && BPF_CORE_READ(mount, mnt_mountpoint) == BPF_CORE_READ(mount, mnt.mnt_root);
}

/* The mount that shows the same files under the same paths, and more besides. */
static __always_inline struct mount *widest(struct mount *mount)
{
	/* Bound: SELF_MAX. */
	for (int i = 0; i < SELF_MAX && is_on_itself(mount); i++)
		mount = BPF_CORE_READ(mount, mnt_parent);
	return mount;
}

/* What stands in the list of a file system's mounts for one that was taken off it under way. */
#define MOUNT_LOST ((struct mount *)1)

static __always_inline struct mount *listed_mount(struct list_head *at)
{
	return at ? (void *)at - bpf_core_field_offset(struct mount, mnt_instance) : MOUNT_LOST;
}

static __always_inline struct mount *first_mount(struct dentry *dentry)
{
	return listed_mount(BPF_CORE_READ(dentry, d_sb, s_mounts.next));
}

static __always_inline struct mount *next_mount(struct mount *mount)
{
	return listed_mount(BPF_CORE_READ(mount, mnt_instance.next));
}

/* What is met behind the last one. */
static __always_inline struct mount *end_of_mounts(struct dentry *dentry)
{
	struct super_block *super = BPF_CORE_READ(dentry, d_sb);

	return listed_mount((void *)super + bpf_core_field_offset(struct super_block, s_mounts));
}

struct sole_search {
	struct scratch *scratch;
	struct mount *at;
	struct mount *end;
	struct mount *mount;
	struct dentry *root;
};

/* The mount itself: at home, unless others say otherwise. */
static __always_inline long sole_itself(struct sole_search *search)
{
	struct mounts_reading *met = &search->scratch->sole;

	met->is_passed = 1;
	if (met->is_nowhere || met->is_later || (met->home && met->home != met->mount_namespace))
		return 0;
	met->result = 1;
	return 1;
}

static long sole_step(__u32 index, void *context)
{
	struct sole_search *search = context;
	struct mounts_reading *met = &search->scratch->sole;
	struct mount *mount = search->at;
	struct dentry *root;
	__u64 mount_namespace;
	int is_own;

	/* Others are taken for granted then; find_places() begins again. */
	if (mount == MOUNT_LOST)
		return 1;
	if (mount == search->end) {
		met->result = 1;
		return 1;
	}
	search->at = next_mount(mount);
	if (mount == search->mount)
		return sole_itself(search);
	mount_namespace = (__u64)BPF_CORE_READ(mount, mnt_ns);
	if (!mount_namespace || is_on_itself(mount))
		return 0;
	is_own = mount_namespace == met->mount_namespace;
	if (is_own) {
		met->is_later |= !met->is_passed;
		if (!met->is_later && !met->is_nowhere)
			return 0;
	} else if (mount_namespace != met->home || met->home_seen) {
		return 0;
	}
	root = BPF_CORE_READ(mount, mnt.mnt_root);
	if (!is_below(root, search->root) && !is_below(search->root, root))
		return 0;
	if (!is_own) {
		met->home_seen = 1;
		if (is_twin(mount, search->mount))
			return 0;
	}
	met->result = 2;
	return 1;
}

/* 1 when files are to be decided about where the mount scratch->number shows them, and nowhere else. */
__noinline int is_sole_mount(struct scratch *scratch, __u32 slot)
{
	struct sole_search search = {};
	struct mnt_namespace *own;
	struct dentry *root;
	struct mount *mount;

	if (!scratch)
		return 0;
	mount = widest(mount_of((void *)scratch->number));
	root = BPF_CORE_READ(mount, mnt.mnt_root);
	own = BPF_CORE_READ(mount, mnt_ns);
	/* The kernel's own: pipes, memory files. */
	if ((__u64)own == MOUNT_INTERNAL || !root)
		return 1;
	search.scratch = scratch;
	search.mount = mount;
	search.root = root;
	search.end = end_of_mounts(root);
	search.at = first_mount(root);
	__builtin_memset(&scratch->sole, 0, sizeof(scratch->sole));
	scratch->sole.is_nowhere = is_nowhere(own);
	scratch->sole.mount_namespace = (__u64)namespace_of(mount);
	scratch->sole.home = (__u64)home_of(slot);
	/* Bound: MOUNTS_MAX; with more of them others are taken for granted. */
	bpf_loop(MOUNTS_MAX, sole_step, &search, 0);
	return scratch->sole.result == 1;
}

/* The same, remembered while nothing is mounted. scratch->mounts is of when the path was built. */
static __always_inline int is_sole(struct scratch *scratch, struct vfsmount *mnt, __u32 slot)
{
	struct place *place = place_of(scratch, mnt);
	__u64 number;

	scratch->number = (__u64)mnt;
	number = *(volatile __u64 *)&scratch->number;
	if (place->sole_mounts == scratch->mounts && place->sole_slot == slot && (place->sole & ~1ull) == number)
		return !(place->sole & 1);
	place->sole = number | !is_sole_mount(scratch, slot);
	place->sole_slot = slot;
	/* An odd sequence is one in between; 1 means unknown. Nothing is remembered then. */
	place->sole_mounts = scratch->mounts & 1 ? 0 : scratch->mounts;
	return !(place->sole & 1);
}

struct mount_search {
	struct mount *at;
	struct mount *end;
	struct dentry *dentry;
	struct mount *except;
	void *mount_namespace;
	void *home;
	struct scratch *scratch; /* its `elsewhere` takes what is found */
	__u32 count;
	__u32 is_whole; /* the end was met */
};

static __always_inline void begin_places(struct mount_search *search)
{
	search->count = 0;
	search->at = first_mount(search->dentry);
}

/* Notes a mount that shows the file. */
static long mount_step(__u32 index, void *context)
{
	struct mount_search *search = context;
	struct mount *mount = search->at;
	__u32 count = search->count;
	void *mount_namespace;

	if (mount == MOUNT_LOST) {
		begin_places(search);
		search->scratch->tries++;
		return search->scratch->tries >= LIST_TRIES;
	}
	if (mount == search->end) {
		search->is_whole = 1;
		return 1;
	}
	search->at = next_mount(mount);
	mount_namespace = BPF_CORE_READ(mount, mnt_ns);
	if (mount == search->except || !mount_namespace || is_on_itself(mount) ||
	    (mount_namespace != search->mount_namespace && mount_namespace != search->home))
		return 0;
	if (!is_below(search->dentry, BPF_CORE_READ(mount, mnt.mnt_root)))
		return 0;
	search->count = count + 1;
	if (count >= PLACES_MAX)
		return 1;
	search->scratch->elsewhere[count] = (__u64)vfsmount_of(mount);
	return 0;
}

#endif
