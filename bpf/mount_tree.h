/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* What hangs below a mount: whether something of one file system does, at a directory or anywhere. */
#ifndef KUBEARMOR_BPF_MOUNT_TREE_H
#define KUBEARMOR_BPF_MOUNT_TREE_H

#include "mounts.h"

/* Twice: each is entered and left. */
#define TREE_STEPS (2 * MOUNTS_MAX)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mount___tree {
	struct list_head mnt_mounts; /* of the mounts on it */
	struct list_head mnt_child;  /* among those of its parent */
};

#pragma clang attribute pop

struct tree_walk {
	struct mount *root;
	struct mount *at;
	struct mount *top; /* on the way to `at`: the mount that stands on the root */
	struct dentry *place;
	__u32 device;
	__u32 is_leaving;
	__u32 found;
	__u32 has_ended;
};

static __always_inline void *children_of(struct mount *mount)
{
	return (void *)mount + bpf_core_field_offset(struct mount___tree, mnt_mounts);
}

static __always_inline struct mount *listed_child(void *at)
{
	return at - bpf_core_field_offset(struct mount___tree, mnt_child);
}

/* Stops at a mount of the device below the place. */
static __always_inline int tree_visit(struct tree_walk *walk, struct mount *at)
{
	struct mount *top;

	if (at == walk->root)
		return 0;
	if (BPF_CORE_READ(at, mnt_parent) == walk->root)
		walk->top = at;
	if (BPF_CORE_READ(at, mnt.mnt_root, d_sb, s_dev) != walk->device)
		return 0;
	top = walk->top;
	walk->found = is_below(BPF_CORE_READ(top, mnt_mountpoint), walk->place);
	return walk->found;
}

/* One mount down, aside or up. */
static long tree_step(__u32 index, void *context)
{
	struct tree_walk *walk = context;
	struct mount *at = walk->at, *parent;
	struct mount___tree *links = (void *)at;
	void *next;

	if (!walk->is_leaving) {
		if (tree_visit(walk, at))
			return 1;
		next = BPF_CORE_READ(links, mnt_mounts.next);
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
	next = BPF_CORE_READ(links, mnt_child.next);
	if (next && next != children_of(parent)) {
		walk->at = listed_child(next);
		walk->is_leaving = 0;
	} else {
		walk->at = parent;
	}
	return 0;
}

/* 1 when a mount of the device hangs below the directory `place` of the mount, or that could not be found out. */
static __noinline int holds_device(struct mount *root, struct dentry *place, __u32 device)
{
	struct tree_walk walk = { .root = root, .at = root, .place = place, .device = device };

	/* A kernel that keeps its tree otherwise: its guard is as strict as it can be told. */
	if (!bpf_core_field_exists(struct mount___tree, mnt_mounts) ||
	    !bpf_core_field_exists(struct mount___tree, mnt_child))
		return 0;
	/* Bound: TREE_STEPS. */
	bpf_loop(TREE_STEPS, tree_step, &walk, 0);
	return walk.found || !walk.has_ended;
}

#endif
