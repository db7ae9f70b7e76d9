/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Mounts that are carried to another place, as a directory is renamed: what a Block rule
 * names in them would be out of its reach. move_mount(2) says which mount it is; mount(2)
 * asks before it has looked at the name, so that the mount is looked for by its path.
 */
#ifndef KUBEARMOR_BPF_HOOKS_MOUNT_H
#define KUBEARMOR_BPF_HOOKS_MOUNT_H

#include "hooks_file.h"
#include "mount_tree.h"

#define MS_REMOUNT 0x20
#define MS_BIND 0x1000
#define MS_MOVE 0x2000
/* MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED: each of these and those above goes before MS_MOVE. */
#define MS_PROPAGATION 0x1e0000

static __always_inline int move_place(struct vfsmount *mnt, struct dentry *root)
{
	struct path place = { .mnt = mnt, .dentry = root };
	int denied = rename_place(&place, root, CLASS_FILE, ACCESS_WRITE);

	return denied ? denied : rename_place(&place, root, CLASS_PROCESS, ACCESS_EXECUTE);
}

/*
 * Whether paths are those of the task's own mount namespace. In another one home_of() knows where
 * its files stand, and carrying mounts about is how services begin.
 */
static __always_inline int is_at_home(const struct subject *subject)
{
	void *home = home_of(subject->slot);

	return !home || task_namespace() == home;
}

/* Whether the current task's workload has rules about paths. */
static __always_inline int is_bound_to_paths(struct subject *subject)
{
	return subject_of_class(subject, CLASS_FILE) || subject_of_class(subject, CLASS_PROCESS);
}

SEC("lsm/move_mount")
int BPF_PROG(file_program_move, const struct path *from, const struct path *to)
{
	struct mount *mount = mount_of(from->mnt);
	struct subject subject = {};

	/* Made by fsmount or open_tree: it had no place before. */
	if (is_nowhere(BPF_CORE_READ(mount, mnt_ns)) || !is_bound_to_paths(&subject) || !is_at_home(&subject))
		return 0;
	return move_place(from->mnt, from->dentry);
}

/* Looks through all mounts of a namespace for the one whose path is in scratch->text. */
struct named_search {
	struct tree_walk walk;
	struct scratch *scratch;
	struct mount *found;
	__u32 position; /* of the path that is compared */
	__u32 index;	/* of the next byte of both */
};

static long mount_name_step(__u32 index, void *context)
{
	struct named_search *search = context;
	struct scratch *scratch = search->scratch;
	__u32 at = search->position + index;

	if (at >= KUBEARMOR_PATH_MAX)
		return 1;
	if (scratch->object.bytes[at & PATH_MASK] != scratch->text[index & PATH_MASK])
		return 1;
	search->index = index + 1;
	return 0;
}

static __always_inline int has_name(struct named_search *search, struct mount *mount)
{
	struct scratch *scratch = search->scratch;
	struct vfsmount *mnt = vfsmount_of(mount);

	search->position = path_build(scratch, PATH_OBJECT, mnt, BPF_CORE_READ(mnt, mnt_root));
	search->index = 0;
	if (KUBEARMOR_PATH_MAX - search->position != scratch->text_size)
		return 0;
	/* Bound: KUBEARMOR_PATH_MAX. */
	bpf_loop(KUBEARMOR_PATH_MAX, mount_name_step, search, 0);
	return search->index == scratch->text_size;
}

static long named_step(__u32 index, void *context)
{
	struct named_search *search = context;
	struct mount *mount = search->walk.at;

	if (!search->walk.is_leaving && mount != search->walk.root && has_name(search, mount)) {
		search->found = mount;
		return 1;
	}
	return tree_advance(&search->walk);
}

/* Whether the task's root is the root of its namespace: its names are whole paths then. */
static __always_inline int is_root_whole(struct scratch *scratch, struct fs_struct *fs)
{
	return path_build(scratch, PATH_OBJECT, BPF_CORE_READ(fs, root.mnt), BPF_CORE_READ(fs, root.dentry)) ==
		       PATH_MASK &&
	       scratch->object.bytes[PATH_MASK] == '/';
}

/* Finds the mount that a name means; its struct vfsmount as an address, 0 for a name that is no mount's path. */
static __always_inline __u64 mount_named(struct scratch *scratch, const char *name)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fs_struct *fs = BPF_CORE_READ(task, fs);
	struct named_search search = { .scratch = scratch };
	struct mount *root;
	long size = bpf_probe_read_kernel_str(scratch->text, KUBEARMOR_PATH_MAX, name);

	if (size == 2 && scratch->text[0] == '.')
		return (__u64)BPF_CORE_READ(fs, pwd.mnt);
	if (size < 2 || scratch->text[0] != '/' || !is_root_whole(scratch, fs))
		return 0;
	size--;
	if (size > 1 && scratch->text[(size - 1) & PATH_MASK] == '/')
		size--;
	scratch->text_size = size;
	root = BPF_CORE_READ(task, nsproxy, mnt_ns, root);
	search.walk.root = root;
	search.walk.at = root;
	if (!root || !is_tree_known())
		return 0;
	/* Bound: TREE_STEPS. */
	bpf_loop(TREE_STEPS, named_step, &search, 0);
	return search.found ? (__u64)vfsmount_of(search.found) : 0;
}

SEC("lsm/sb_mount")
int BPF_PROG(file_program_by_name, const char *name, const struct path *path, const char *type, unsigned long flags)
{
	struct subject subject = {};
	struct scratch *scratch;
	struct vfsmount *mnt;

	if (!(flags & MS_MOVE) || flags & (MS_REMOUNT | MS_BIND | MS_PROPAGATION))
		return 0;
	if (!is_bound_to_paths(&subject) || !is_at_home(&subject))
		return 0;
	scratch = scratch_take();
	if (!scratch)
		return deny_silently(&subject, KUBEARMOR_COUNT_FAULT_SCRATCH);
	mnt = (void *)mount_named(scratch, name);
	scratch_give(scratch);
	if (!mnt)
		return deny_silently(&subject, KUBEARMOR_COUNT_FAULT_PATH);
	return move_place(mnt, BPF_CORE_READ(mnt, mnt_root));
}

/*
 * The root of the host's own mount namespace, put elsewhere with all that is in it. In another
 * namespace it is how services and containers begin, and home_of() knows where files stand.
 */
SEC("lsm/sb_pivotroot")
int BPF_PROG(file_program_pivot, const struct path *old, const struct path *new)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct subject subject = {};

	if (task_namespace() != host_namespace() || !is_bound_to_paths(&subject))
		return 0;
	return move_place(BPF_CORE_READ(task, fs, root.mnt), BPF_CORE_READ(task, fs, root.dentry));
}

#endif
