/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* What hangs below a mount: whether something of one file system does, at a directory or anywhere. */
#ifndef KUBEARMOR_BPF_MOUNT_TREE_H
#define KUBEARMOR_BPF_MOUNT_TREE_H

#include "mounts.h"

/* Twice: each is entered and left. */
#define TREE_STEPS (2 * MOUNTS_MAX)

/* A walk over a mount and all that is mounted on it, each before those on it. */
struct tree_walk {
	struct mount *root;
	struct mount *at;
	__u32 is_leaving;
	__u32 has_ended;
};

static __always_inline int is_tree_known(void)
{
	return bpf_core_field_exists(struct mount, mnt_mounts) && bpf_core_field_exists(struct mount, mnt_child);
}

static __always_inline void *children_of(struct mount *mount)
{
	return (void *)mount + bpf_core_field_offset(struct mount, mnt_mounts);
}

static __always_inline struct mount *listed_child(void *at)
{
	return at - bpf_core_field_offset(struct mount, mnt_child);
}

/* One mount down, aside or up: `at` is to be looked at unless is_leaving. 1 at the end. */
static __always_inline long tree_advance(struct tree_walk *walk)
{
	struct mount *at = walk->at, *parent;
	void *next;

	if (!walk->is_leaving) {
		next = BPF_CORE_READ(at, mnt_mounts.next);
		if (next && next != children_of(at)) {
			walk->at = listed_child(next);
			return 0;
		}
		walk->is_leaving = 1;
	}
	if (at == walk->root) {
		walk->has_ended = 1;
		return 1;
	}
	parent = BPF_CORE_READ(at, mnt_parent);
	next = BPF_CORE_READ(at, mnt_child.next);
	if (next && next != children_of(parent)) {
		walk->at = listed_child(next);
		walk->is_leaving = 0;
	} else {
		walk->at = parent;
	}
	return 0;
}

struct device_search {
	struct tree_walk walk;
	struct mount *top; /* on the way to the walk's `at`: the mount that stands on the root */
	struct dentry *place;
	__u32 device;
	__u32 found;
};

/* Stops at a mount of the device below the place. */
static __always_inline int device_visit(struct device_search *search)
{
	struct mount *at = search->walk.at, *top;

	if (search->walk.is_leaving || at == search->walk.root)
		return 0;
	if (BPF_CORE_READ(at, mnt_parent) == search->walk.root)
		search->top = at;
	if (BPF_CORE_READ(at, mnt.mnt_root, d_sb, s_dev) != search->device)
		return 0;
	top = search->top;
	search->found = is_below(BPF_CORE_READ(top, mnt_mountpoint), search->place);
	return search->found;
}

static long device_step(__u32 index, void *context)
{
	struct device_search *search = context;

	return device_visit(search) ? 1 : tree_advance(&search->walk);
}

/* 1 when a mount of the device hangs below the directory `place` of the mount, or that could not be found out. */
static __noinline int holds_device(struct mount *root, struct dentry *place, __u32 device)
{
	struct device_search search = { .walk.root = root, .walk.at = root, .place = place, .device = device };

	/* A kernel that keeps its tree otherwise: its guard is as strict as it can be told. */
	if (!is_tree_known())
		return 0;
	/* Bound: TREE_STEPS. */
	bpf_loop(TREE_STEPS, device_step, &search, 0);
	return search.found || !search.walk.has_ended;
}

#endif
