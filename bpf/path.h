/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Whole paths of kernel objects: from the dentry up to the root of the mount
 * namespace, over mount points, any depth, up to KUBEARMOR_PATH_MAX bytes. The
 * kernel's own bpf_d_path stops at the task's chroot and is not allowed in all
 * hooks; this one gives the same path in every program type.
 */
#ifndef KUBEARMOR_BPF_PATH_H
#define KUBEARMOR_BPF_PATH_H

#include "kernel.h"
#include "scratch.h"

/* A path of 4,096 bytes has at most 2,048 components; the rest are mount points. */
#define PATH_STEPS 2304
/* How often a walk that met a concurrent rename is begun again. */
#define PATH_TRIES 4

/* fs/dcache.c; its sequence is the first member. Renames make it odd, then even. */
extern const void rename_lock __ksym __weak;

/* mnt_parent, mnt_mountpoint and mnt.mnt_root lie side by side likewise. */
struct mount_link {
	struct mount *parent;
	struct dentry *mountpoint;
	struct dentry *root;
};

struct path_walk {
	char *buffer;
	struct dentry *dentry;
	struct mount *mount;
	struct mount_link link; /* of mount */
	__u32 position; /* first byte of the path so far */
	__u32 done;     /* 0 climbing, 1 complete, 2 too long or unreadable */
};

/* d_parent and d_name lie side by side in every kernel so far: one read for both. */
struct dentry_link {
	struct dentry *parent;
	__u64 hash_len;
	const unsigned char *name;
};

static __always_inline int read_link(struct dentry *dentry, struct dentry_link *link)
{
	const __u32 parent = bpf_core_field_offset(struct dentry, d_parent);
	const __u32 name = bpf_core_field_offset(struct dentry, d_name);

	if (name == parent + 8)
		return bpf_probe_read_kernel(link, sizeof(*link), (void *)dentry + parent);
	if (bpf_probe_read_kernel(&link->parent, 8, (void *)dentry + parent))
		return -1;
	return bpf_probe_read_kernel(&link->hash_len, 16, (void *)dentry + name);
}

static __always_inline int read_mount(struct mount *mount, struct mount_link *link)
{
	const __u32 parent = bpf_core_field_offset(struct mount, mnt_parent);
	const __u32 mountpoint = bpf_core_field_offset(struct mount, mnt_mountpoint);
	const __u32 root = bpf_core_field_offset(struct mount, mnt.mnt_root);

	if (mountpoint == parent + 8 && root == parent + 16)
		return bpf_probe_read_kernel(link, sizeof(*link), (void *)mount + parent);
	if (bpf_probe_read_kernel(&link->parent, 8, (void *)mount + parent) ||
	    bpf_probe_read_kernel(&link->mountpoint, 8, (void *)mount + mountpoint))
		return -1;
	return bpf_probe_read_kernel(&link->root, 8, (void *)mount + root);
}

/* Steps from a mount's root to where it is mounted; 0 when it is the topmost. */
static __always_inline int cross_mount(struct path_walk *walk)
{
	struct mount *parent = walk->link.parent;

	if (parent == walk->mount)
		return 0;
	walk->dentry = walk->link.mountpoint;
	walk->mount = parent;
	return read_mount(parent, &walk->link) ? -1 : 1;
}

/* One component or one mount point. */
static long path_step(__u32 index, void *context)
{
	struct path_walk *walk = context;
	struct dentry_link link = {};
	__u32 length, position;

	if (walk->dentry == walk->link.root) {
		int crossed = cross_mount(walk);

		if (crossed > 0)
			return 0;
		walk->done = crossed == 0 ? 1 : 2;
		return 1;
	}
	walk->done = 2;
	if (read_link(walk->dentry, &link))
		return 1;
	length = link.hash_len >> 32;
	position = walk->position;
	if (length == 0 || length > NAME_MASK || length + 1 > position)
		return 1;
	position -= length;
	if (bpf_probe_read_kernel(walk->buffer + (position & PATH_MASK), length & NAME_MASK, link.name))
		return 1;
	position--;
	walk->buffer[position & PATH_MASK] = '/';
	walk->position = position;
	/* A root that is no mount's root: memfd, pipe, or a file system with no place. */
	if (link.parent == walk->dentry) {
		walk->done = 1;
		return 1;
	}
	walk->done = 0;
	walk->dentry = link.parent;
	return 0;
}

static __always_inline __u32 rename_sequence(void)
{
	__u32 sequence = 0;

	if (&rename_lock)
		bpf_probe_read_kernel(&sequence, sizeof(sequence), &rename_lock);
	return sequence;
}

/* Which buffer of a scratch slot. */
#define PATH_OBJECT 0
#define PATH_OTHER 1

/*
 * Where a walk begins. The components from `dentry` up to but without `at` have
 * been written already, from `position` on, since the rename sequence was
 * `sequence`.
 */
struct path_start {
	struct vfsmount *mnt;
	struct dentry *dentry;
	struct dentry *at;
	__u32 position;
	__u32 sequence;
};

/*
 * Writes the path of start->dentry on start->mnt to the end of a buffer of
 * `scratch` and returns the index of its first byte; the path ends at
 * KUBEARMOR_PATH_MAX. Returns KUBEARMOR_PATH_MAX when it is too long or would not
 * hold still. Not static: the verifier then looks at it once a program instead of
 * once a call, and sees addresses where callers have typed pointers.
 */
__noinline __u32 path_of(struct scratch *scratch, __u32 which, struct path_start *start)
{
	struct path_walk walk = {};
	__u32 sequence;

	if (!scratch || !start)
		return KUBEARMOR_PATH_MAX;
	walk.buffer = which == PATH_OBJECT ? scratch->object.bytes : scratch->other.bytes;
	walk.dentry = start->at;
	walk.position = start->position;
	sequence = start->sequence;
	/* Bound: PATH_TRIES. */
	for (int i = 0; i < PATH_TRIES; i++) {
		walk.mount = (void *)start->mnt - bpf_core_field_offset(struct mount, mnt);
		if (read_mount(walk.mount, &walk.link))
			break;
		/* Bound: PATH_STEPS; a longer path is refused by its callers. */
		bpf_loop(PATH_STEPS, path_step, &walk, 0);
		if (walk.done == 1 && !(sequence & 1) && sequence == rename_sequence()) {
			if (walk.position < KUBEARMOR_PATH_MAX)
				return walk.position;
			walk.buffer[PATH_MASK] = '/';
			return PATH_MASK;
		}
		if (walk.done == 2)
			break;
		walk.dentry = start->dentry;
		walk.position = KUBEARMOR_PATH_MAX;
		walk.done = 0;
		sequence = rename_sequence();
	}
	return KUBEARMOR_PATH_MAX;
}

static __always_inline __u32 path_build(struct scratch *scratch, __u32 which, struct vfsmount *mnt,
					struct dentry *dentry)
{
	struct path_start start = { .mnt = mnt, .dentry = dentry, .at = dentry, .position = KUBEARMOR_PATH_MAX };

	start.sequence = rename_sequence();
	return path_of(scratch, which, &start);
}

/* Components that path_build_typed takes by plain loads. */
#define PATH_FAST 16

/*
 * The same as path_build into PATH_OBJECT, for LSM and fentry programs whose
 * pointers the verifier knows: the components up to the first mount point cost a
 * few loads each instead of a helper call.
 */
static __always_inline __u32 path_build_typed(struct scratch *scratch, struct vfsmount *mnt, struct dentry *dentry)
{
	struct path_start start = { .mnt = mnt, .dentry = dentry };
	struct dentry *root = mnt->mnt_root;
	struct dentry *at = dentry;
	__u32 position = KUBEARMOR_PATH_MAX;

	start.sequence = rename_sequence();
	/* Bound: PATH_FAST. */
	for (int i = 0; i < PATH_FAST; i++) {
		struct dentry *parent = at->d_parent;
		__u32 length = at->d_name.len;
		__u32 next = position - length;

		if (at == root || at == parent || length == 0 || length > NAME_MASK || length + 1 > position)
			break;
		/* The compiler knows the bound and would drop a plain mask; the verifier has lost it. */
		asm volatile("%0 &= 255" : "+r"(length));
		if (bpf_probe_read_kernel(scratch->object.bytes + (next & PATH_MASK), length, at->d_name.name))
			break;
		position = next - 1;
		scratch->object.bytes[position & PATH_MASK] = '/';
		at = parent;
	}
	start.at = at;
	start.position = position;
	return path_of(scratch, PATH_OBJECT, &start);
}

#endif
