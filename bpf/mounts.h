/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Where a file stands when a hook names its dentry but no mount: at every mount of
 * its file system in the task's mount namespace that shows it. All of these paths
 * are decided about, so that a bind mount is no way round a rule.
 */
#ifndef KUBEARMOR_BPF_MOUNTS_H
#define KUBEARMOR_BPF_MOUNTS_H

#include "decide.h"

/* Mounts of one file system that are looked at, and places where it shows the file; with more, a denial. */
#define MOUNTS_MAX 4096
#define PLACES_MAX 16
/* Levels between a file and the root of its file system. */
#define LEVELS_MAX 2048

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

struct mount_search {
	struct list_head *at;
	struct list_head *end;
	struct dentry *dentry;
	void *mount_namespace;
	struct mount *found;
};

/* Looks for the next mount that shows the file. */
static long mount_step(__u32 index, void *context)
{
	struct mount_search *search = context;
	struct list_head *at = search->at;
	struct mount *mount;

	if (!at || at == search->end)
		return 1;
	mount = (void *)at - bpf_core_field_offset(struct mount, mnt_instance);
	search->at = BPF_CORE_READ(at, next);
	if ((void *)BPF_CORE_READ(mount, mnt_ns) != search->mount_namespace)
		return 0;
	if (!is_below(search->dentry, BPF_CORE_READ(mount, mnt.mnt_root)))
		return 0;
	search->found = mount;
	return 1;
}

/* Decides about a change of the file at `dentry` wherever it is mounted. */
static __noinline int change_where_mounted(struct dentry *dentry)
{
	struct subject subject = {};
	struct task_struct *task = (void *)bpf_get_current_task();
	struct super_block *super = BPF_CORE_READ(dentry, d_sb);
	struct list_head *list = (void *)super + bpf_core_field_offset(struct super_block, s_mounts);
	struct mount_search search = { .dentry = dentry, .end = list };
	struct access access = {
		.dentry = dentry,
		.class_ = CLASS_FILE,
		.bits = ACCESS_WRITE,
		.operation = OPERATION_SETXATTR,
	};

	search.at = BPF_CORE_READ(list, next);
	search.mount_namespace = BPF_CORE_READ(task, nsproxy, mnt_ns);
	access.owner_uid = BPF_CORE_READ(dentry, d_inode, i_uid.val);
	/* Bound: PLACES_MAX. */
	for (int i = 0; i < PLACES_MAX; i++) {
		int denied;

		search.found = NULL;
		/* Bound: MOUNTS_MAX. */
		bpf_loop(MOUNTS_MAX, mount_step, &search, 0);
		if (!search.found) {
			if (search.at == search.end)
				return 0;
			break;
		}
		access.mnt = (void *)search.found + bpf_core_field_offset(struct mount, mnt);
		denied = decide(&access);
		if (denied)
			return denied;
	}
	return subject_of_class(&subject, CLASS_FILE) ? deny_silently(&subject, KUBEARMOR_COUNT_FAULT_PATH) : 0;
}

/* Whether the current task has file rules at all. */
static __noinline int has_file_rules(void)
{
	struct subject subject = {};

	return subject_of_class(&subject, CLASS_FILE);
}

static __always_inline int change_anywhere(struct dentry *dentry)
{
	return has_file_rules() ? change_where_mounted(dentry) : 0;
}

#endif
