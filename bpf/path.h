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

struct path_walk {
	char *buffer;
	struct dentry *dentry;
	struct mount *mount;
	struct dentry *mount_root;
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

static __always_inline int cross_mount(struct path_walk *walk)
{
	struct mount *mount = walk->mount;
	struct mount *parent = BPF_CORE_READ(mount, mnt_parent);

	if (parent == mount)
		return 0;
	walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	walk->mount = parent;
	walk->mount_root = BPF_CORE_READ(parent, mnt.mnt_root);
	return 1;
}

/* One component or one mount point. */
static long path_step(__u32 index, void *context)
{
	struct path_walk *walk = context;
	struct dentry_link link = {};
	__u32 length, position;

	if (walk->dentry == walk->mount_root) {
		if (cross_mount(walk))
			return 0;
		walk->done = 1;
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
 * Writes the path of (mnt, dentry), kernel addresses, to the end of a buffer of
 * `scratch` and returns the index of its first byte; it ends at
 * KUBEARMOR_PATH_MAX. Returns KUBEARMOR_PATH_MAX when the path is too long or
 * would not hold still. Not static: the verifier then looks at it once a program
 * instead of once a call.
 */
__noinline __u32 path_of(struct scratch *scratch, __u32 which, __u64 mnt_address, __u64 dentry_address)
{
	struct vfsmount *mnt = (void *)mnt_address;
	char *buffer;

	if (!scratch)
		return KUBEARMOR_PATH_MAX;
	buffer = which == PATH_OBJECT ? scratch->object.bytes : scratch->other.bytes;
	/* Bound: PATH_TRIES. */
	for (int i = 0; i < PATH_TRIES; i++) {
		struct path_walk walk = {
			.buffer = buffer,
			.dentry = (void *)dentry_address,
			.position = KUBEARMOR_PATH_MAX,
		};
		__u32 sequence = rename_sequence();

		walk.mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
		walk.mount_root = BPF_CORE_READ(mnt, mnt_root);
		/* Bound: PATH_STEPS; a longer path is refused by its callers. */
		bpf_loop(PATH_STEPS, path_step, &walk, 0);
		if (walk.done == 1 && !(sequence & 1) && sequence == rename_sequence()) {
			if (walk.position >= KUBEARMOR_PATH_MAX) {
				buffer[PATH_MASK] = '/';
				return PATH_MASK;
			}
			return walk.position;
		}
		if (walk.done == 2)
			break;
	}
	return KUBEARMOR_PATH_MAX;
}

static __always_inline __u32 path_build(struct scratch *scratch, __u32 which, struct vfsmount *mnt,
					struct dentry *dentry)
{
	return path_of(scratch, which, (__u64)mnt, (__u64)dentry);
}

#endif
