/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Where else a file stands: a bind mount shows it under another path, and some hooks
 * name a dentry but no mount at all. All of these paths are decided about, the
 * strictest answer counts, so that a mount is no way round a rule.
 *
 * The first mount of a file system in a mount namespace is where its files are at
 * home: what is reached through it is decided about there only. It costs nothing
 * more, then, that containers and services have mounts of the same file system.
 */
#ifndef KUBEARMOR_BPF_MOUNTS_H
#define KUBEARMOR_BPF_MOUNTS_H

#include "subject.h"

/* Mounts of one file system that are looked at (fs.mount-max is 100,000 a namespace). */
#define MOUNTS_MAX 131072
/* Levels between a file and the root of its file system. */
#define LEVELS_MAX 2048
/* Mounts on mounts. */
#define STACK_MAX 256
/* A directory mounted on itself, on itself … */
#define SELF_MAX 4

/* init/init_task.c: the kernel's first task, in the host's mount namespace. */
extern const void init_task __ksym __weak;

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

/* The host's mount namespace; NULL where the kernel does not tell. */
static __always_inline void *host_namespace(void)
{
	struct task_struct *first = (void *)&init_task;

	return first ? BPF_CORE_READ(first, nsproxy, mnt_ns) : NULL;
}

/*
 * The namespace in which paths of a workload are meant, when it is known: a task of
 * the host may make itself another one, in which everything stands elsewhere. NULL
 * for containers: theirs is the one that the mount is in.
 */
static __always_inline void *home_of(__u32 slot)
{
	__u64 root = bpf_get_current_ancestor_cgroup_id(0);
	__u32 *bound = bpf_map_lookup_elem(&bindings, &root);

	return bound && *bound == slot + 1 ? host_namespace() : NULL;
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

static __always_inline struct list_head *mounts_of(struct dentry *dentry)
{
	struct super_block *super = BPF_CORE_READ(dentry, d_sb);

	return (void *)super + bpf_core_field_offset(struct super_block, s_mounts);
}

static __always_inline struct mount *listed_mount(struct list_head *at)
{
	return (void *)at - bpf_core_field_offset(struct mount, mnt_instance);
}

struct sole_search {
	struct list_head *at;
	struct list_head *end;
	struct mount *mount;
	struct dentry *root;
	void *mount_namespace;
	void *home;
	__u32 is_later;	 /* another mount of the namespace came before */
	__u32 is_passed; /* the mount itself was met */
	__u32 home_seen; /* the first mount of home was met */
	__u32 result;	 /* 0 searching, 1 sole, 2 others */
};

static long sole_step(__u32 index, void *context)
{
	struct sole_search *search = context;
	struct list_head *at = search->at;
	struct mount *mount = listed_mount(at);
	struct dentry *root;
	void *mount_namespace;

	if (at == search->end) {
		search->result = 1;
		return 1;
	}
	search->at = BPF_CORE_READ(at, next);
	if (mount == search->mount) {
		search->is_passed = 1;
		/* At home, and so are its files. */
		if (search->is_later || (search->home && search->home != search->mount_namespace))
			return 0;
		search->result = 1;
		return 1;
	}
	mount_namespace = BPF_CORE_READ(mount, mnt_ns);
	if (is_on_itself(mount))
		return 0;
	if (mount_namespace == search->mount_namespace) {
		search->is_later |= !search->is_passed;
		if (!search->is_later)
			return 0;
	} else {
		if (!mount_namespace || mount_namespace != search->home || search->home_seen)
			return 0;
		search->home_seen = 1;
		if (is_twin(mount, search->mount))
			return 0;
	}
	root = BPF_CORE_READ(mount, mnt.mnt_root);
	if (!is_below(root, search->root) && !is_below(search->root, root))
		return 0;
	search->result = 2;
	return 1;
}

/* 1 when files are to be decided about where the mount scratch->number shows them, and nowhere else. */
__noinline int is_sole_mount(struct scratch *scratch, __u32 slot)
{
	struct sole_search search = {};
	struct list_head *list;
	struct dentry *root;
	struct mount *mount;

	if (!scratch)
		return 0;
	mount = widest((void *)scratch->number - bpf_core_field_offset(struct mount, mnt));
	root = BPF_CORE_READ(mount, mnt.mnt_root);
	search.mount = mount;
	search.root = root;
	search.mount_namespace = BPF_CORE_READ(mount, mnt_ns);
	/* Of no namespace: pipes, memory files, the kernel's own. */
	if (!search.mount_namespace || !root)
		return 1;
	search.home = home_of(slot);
	list = mounts_of(root);
	search.end = list;
	search.at = BPF_CORE_READ(list, next);
	/* Bound: MOUNTS_MAX; with more of them others are taken for granted. */
	bpf_loop(MOUNTS_MAX, sole_step, &search, 0);
	return search.result == 1;
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
	struct list_head *at;
	struct list_head *end;
	struct dentry *dentry;
	struct mount *except;
	void *mount_namespace;
	void *home;
	struct mount *found;
};

/* Looks for the next mount that shows the file. */
static long mount_step(__u32 index, void *context)
{
	struct mount_search *search = context;
	struct list_head *at = search->at;
	struct mount *mount = listed_mount(at);
	void *mount_namespace;

	if (!at || at == search->end)
		return 1;
	search->at = BPF_CORE_READ(at, next);
	mount_namespace = BPF_CORE_READ(mount, mnt_ns);
	if (mount == search->except || !mount_namespace || is_on_itself(mount) ||
	    (mount_namespace != search->mount_namespace && mount_namespace != search->home))
		return 0;
	if (!is_below(search->dentry, BPF_CORE_READ(mount, mnt.mnt_root)))
		return 0;
	search->found = mount;
	return 1;
}

#endif
