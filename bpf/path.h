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
/* How often a walk is begun again when what it passes is renamed under way. */
#define PATH_TRIES 4
/* What mnt_ns of a mount is that only the kernel has (MNT_NS_INTERNAL, fs/mount.h). */
#define MOUNT_INTERNAL ((__u64)-22)
/* task_struct.flags. Workers of io_uring are none. */
#define PF_KTHREAD 0x00200000

/* fs/dcache.c; its sequence is the first member. Renames make it odd, then even. */
extern const void rename_lock __ksym __weak;
/* fs/namespace.c; likewise for whatever is mounted, moved or unmounted. */
extern const void mount_lock __ksym __weak;

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
	__u64 stamp;    /* of all that was passed, and of how often it was renamed before */
	__u32 position; /* first byte of the path so far */
	__u32 root;     /* first byte of the part inside the first mount */
	__u32 done;     /* 0 climbing, 1 complete, 2 too long, unreadable or with no place */
	__u32 unused;
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

/* How often the dentry was renamed, or is being: its own sequence. */
static __always_inline __u32 dentry_sequence(struct dentry *dentry)
{
	const __u32 offset = bpf_core_field_offset(struct dentry, d_seq);
	__u32 sequence = 1;

	bpf_probe_read_kernel(&sequence, sizeof(sequence), (void *)dentry + offset);
	return sequence;
}

/* A name and a parent that were read between two equal, even sequences belong together. */
static __always_inline int read_link_careful(struct path_walk *walk, struct dentry_link *link)
{
	__u32 sequence = dentry_sequence(walk->dentry);

	if (read_link(walk->dentry, link))
		return -1;
	walk->stamp = (walk->stamp ^ (__u64)walk->dentry) * 0x9e3779b97f4a7c15ull + sequence;
	return sequence & 1 || sequence != dentry_sequence(walk->dentry);
}

/*
 * Whether what has no parent, and is no mount's root, stands nowhere: the kernel's own file
 * systems have such files. Elsewhere the kernel knows no path, as when a file is opened by its
 * number, or the mount does not show the file any more. Of what kernel threads open for other
 * machines (NFS) that is usual; it has the path that is known.
 */
static __always_inline int is_place_known(const struct path_walk *walk)
{
	struct mount *mount = walk->mount;

	return (__u64)BPF_CORE_READ(mount, mnt_ns) == MOUNT_INTERNAL ||
	       bpf_get_current_task_btf()->flags & PF_KTHREAD;
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

/* What was read before this was read before what is read behind it; x86 reads in order. */
static __always_inline void read_barrier(struct scratch *scratch)
{
#ifndef __TARGET_ARCH_x86
	__sync_lock_test_and_set(&scratch->number, 0);
#endif
}

static __always_inline __u32 rename_sequence(void)
{
	__u32 sequence = 0;

	if (&rename_lock)
		bpf_probe_read_kernel(&sequence, sizeof(sequence), &rename_lock);
	return sequence;
}

/* 1, which is never right, where the kernel does not tell. */
static __always_inline __u32 mount_sequence(void)
{
	__u32 sequence;

	if (!&mount_lock || bpf_probe_read_kernel(&sequence, sizeof(sequence), &mount_lock))
		return 1;
	return sequence;
}

/* Result of path_of: something was renamed. */
#define PATH_AGAIN (KUBEARMOR_PATH_MAX + 1)
/* Which buffer of a scratch slot. */
#define PATH_OBJECT 0
#define PATH_OTHER 1

struct path_request {
	struct vfsmount *mnt;
	struct dentry *dentry;
	__u32 sequence; /* of renames: before; then that with which the path is whole */
	__u32 root;     /* out: where the path inside mnt begins */
};

/* One component or one mount point; careful walks make the stamp. */
static __always_inline long path_climb(struct path_walk *walk, int is_careful)
{
	struct dentry_link link = {};
	__u32 length, position;
	int result;

	if (walk->dentry == walk->link.root) {
		int crossed = cross_mount(walk);

		if (!walk->root)
			walk->root = walk->position;
		if (crossed > 0)
			return 0;
		walk->done = crossed == 0 ? 1 : 2;
		return 1;
	}
	result = is_careful ? read_link_careful(walk, &link) : read_link(walk->dentry, &link);
	/* It is being renamed: to be begun again. */
	if (result > 0)
		return 1;
	walk->done = 2;
	if (result)
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
	if (link.parent == walk->dentry) {
		walk->done = is_place_known(walk) ? 1 : 2;
		return 1;
	}
	walk->done = 0;
	walk->dentry = link.parent;
	return 0;
}

static long path_step(__u32 index, void *context)
{
	return path_climb(context, 0);
}

static long path_step_careful(__u32 index, void *context)
{
	return path_climb(context, 1);
}

static __always_inline int path_begin(struct path_walk *walk, const struct path_request *request)
{
	walk->dentry = request->dentry;
	walk->mount = mount_of(request->mnt);
	walk->position = KUBEARMOR_PATH_MAX;
	walk->root = 0;
	walk->done = 0;
	walk->stamp = 0;
	return read_mount(walk->mount, &walk->link);
}

static __always_inline __u32 path_end(struct path_walk *walk, struct path_request *request)
{
	request->root = walk->root;
	if (walk->position < KUBEARMOR_PATH_MAX)
		return walk->position;
	walk->buffer[PATH_MASK] = '/';
	return PATH_MASK;
}

static __always_inline char *path_buffer(struct scratch *scratch, __u32 which)
{
	return which == PATH_OBJECT ? scratch->object.bytes : scratch->other.bytes;
}

/*
 * Where something is renamed all the time. A path holds, too, when two walks, the one behind the
 * other, passed the same and found each part renamed as often as before: between the two all of it
 * stood as it was read.
 */
__noinline __u32 path_of_steady(struct scratch *scratch, __u32 which, struct path_request *request)
{
	struct path_walk walk = {};

	if (!scratch || !request)
		return KUBEARMOR_PATH_MAX;
	walk.buffer = path_buffer(scratch, which);
	scratch->stamp = 0;
	/* Odd: not to be remembered. */
	request->sequence = 1;
	/* Bound: PATH_TRIES. */
	for (int i = 0; i < PATH_TRIES; i++) {
		if (path_begin(&walk, request))
			break;
		/* Bound: PATH_STEPS. */
		bpf_loop(PATH_STEPS, path_step_careful, &walk, 0);
		read_barrier(scratch);
		if (walk.done == 2)
			break;
		if (walk.done && walk.stamp == scratch->stamp)
			return path_end(&walk, request);
		scratch->stamp = walk.done ? walk.stamp : 0;
	}
	return KUBEARMOR_PATH_MAX;
}

/* Likewise, but PATH_AGAIN when anything was renamed meanwhile, wherever that was. */
__noinline __u32 path_of(struct scratch *scratch, __u32 which, struct path_request *request)
{
	struct path_walk walk = {};

	if (!scratch || !request)
		return KUBEARMOR_PATH_MAX;
	walk.buffer = path_buffer(scratch, which);
	if (path_begin(&walk, request))
		return KUBEARMOR_PATH_MAX;
	/* Bound: PATH_STEPS; a longer path is refused by its callers. */
	bpf_loop(PATH_STEPS, path_step, &walk, 0);
	read_barrier(scratch);
	if (walk.done == 2)
		return KUBEARMOR_PATH_MAX;
	/* Nothing at all was renamed meanwhile. */
	if (walk.done && !(request->sequence & 1) && request->sequence == rename_sequence())
		return path_end(&walk, request);
	return PATH_AGAIN;
}

/*
 * Writes the path of request->dentry on request->mnt to the end of a buffer of
 * `scratch` and returns the index of its first byte; the path ends at
 * KUBEARMOR_PATH_MAX. Returns KUBEARMOR_PATH_MAX when it is too long, has no known place or
 * would not hold still. Both ways are not static: the verifier then looks at them once a program
 * instead of once a call, and sees addresses where callers have typed pointers. Neither calls the
 * other: the stack is short.
 */
static __always_inline __u32 path_find(struct scratch *scratch, __u32 which, struct path_request *request)
{
	__u32 position = path_of(scratch, which, request);

	return position == PATH_AGAIN ? path_of_steady(scratch, which, request) : position;
}

static __always_inline __u32 path_build(struct scratch *scratch, __u32 which, struct vfsmount *mnt,
					struct dentry *dentry)
{
	struct path_request request = { .mnt = mnt, .dentry = dentry, .sequence = rename_sequence() };

	return path_find(scratch, which, &request);
}

/* Components that path_build_typed takes by plain loads. */
#define PATH_FAST 32
/* Names of so many bytes are in the dentry itself (and longer ones on some kernels). */
#define NAME_SHORT 31

/* Where a dentry keeps a short name itself. */
static __always_inline const __u64 *short_name(struct dentry *dentry)
{
	const void *name;

	if (bpf_core_field_exists(dentry->d_iname))
		name = dentry->d_iname;
	else
		name = ((struct dentry___shortname *)dentry)->d_shortname.string;
	return name;
}

/* Writes "/name" by whole words; what follows the zero behind the name does not matter. */
static __always_inline void write_short_name(__u64 *to, const __u64 *from, __u32 length)
{
	__u64 word = from[0], next;

	to[0] = word << 8 | '/';
	if (length < 8)
		return;
	next = from[1];
	to[1] = next << 8 | word >> 56;
	if (length < 16)
		return;
	word = from[2];
	to[2] = word << 8 | next >> 56;
	if (length < 24)
		return;
	next = from[3];
	to[3] = next << 8 | word >> 56;
}

/* Likewise a name of up to 255 bytes. */
static __always_inline int write_long_name(char *to, const unsigned char *name, __u32 length)
{
	*(__u64 *)(to + (length & 0xf8)) = 0;
	*to = '/';
	/* The compiler knows the bound and would drop a plain mask; the verifier has lost it. */
	asm volatile("%0 &= 255" : "+r"(length));
	return bpf_probe_read_kernel(to + 1, length, name);
}

/* Writes a mount's path before `position`; returns where it begins. */
static __always_inline __u32 write_place(struct scratch *scratch, __u32 position, const struct place *place)
{
	__u32 from = position;

	/* Bound: PLACE_WORDS. */
	for (int i = 1; i <= PLACE_WORDS && position - from < place->size; i++) {
		from -= 8;
		*(__u64 *)(scratch->object.bytes + (from & PATH_MASK & ~7)) = place->words[PLACE_WORDS - i];
	}
	return position - place->size;
}

/* The verifier lets no pointer be calculated with. */
static __always_inline __u32 pointer_hash(struct scratch *scratch, const void *pointer)
{
	scratch->number = (__u64)pointer;
	return (__u32)(*(volatile __u64 *)&scratch->number >> 6) * 0x9e3779b1u;
}

static __always_inline struct place *place_of(struct scratch *scratch, struct vfsmount *mnt)
{
	return &scratch->places[pointer_hash(scratch, mnt) >> (32 - PLACE_BITS)];
}

/* The path as path_find makes it; remembers where the mount is. */
static __always_inline __u32 path_build_whole(struct scratch *scratch, struct vfsmount *mnt, struct dentry *dentry,
					      struct place *place, __u32 renames, __u32 mounts)
{
	struct path_request request = { .mnt = mnt, .dentry = dentry, .sequence = renames };
	__u32 position = path_find(scratch, PATH_OBJECT, &request);
	__u32 size = request.root - position;

	place->mount = 0;
	if (position >= KUBEARMOR_PATH_MAX || request.root < position || size > 8 * PLACE_WORDS)
		return position;
	/* The words before the root must be in the buffer, and what makes them stale must show. */
	if (request.root < 8 * PLACE_WORDS || !&rename_lock || (request.sequence | mounts) & 1)
		return position;
	if (size && bpf_probe_read_kernel(place->words, sizeof(place->words),
					  scratch->object.bytes + ((request.root - 8 * PLACE_WORDS) & PATH_MASK)))
		return position;
	place->size = size;
	place->renames = request.sequence;
	place->mounts = mounts;
	place->mount = (__u64)mnt;
	return position;
}

/*
 * The same as path_build into PATH_OBJECT, for LSM and fentry programs whose
 * pointers the verifier knows: components cost a few loads each instead of helper
 * calls, and the mount's own path is remembered. What holds while the sequences of
 * renames and of mounts are those with which it was remembered: the path of the
 * mount, and that no rename came in between here.
 */
static __always_inline __u32 path_build_typed(struct scratch *scratch, struct vfsmount *mnt, struct dentry *dentry)
{
	struct dentry *root = mnt->mnt_root;
	struct dentry *at = dentry;
	__u32 position = KUBEARMOR_PATH_MAX;
	struct place *place = place_of(scratch, mnt);
	__u32 renames, mounts;

	scratch->memo = pointer_hash(scratch, dentry->d_parent) >> (32 - MEMO_BITS);
	/* Bound: PATH_FAST. The position stays above 0: half of the buffer is for short names. */
	for (int i = 0; i < PATH_FAST && at != root; i++) {
		struct dentry *parent = at->d_parent;
		const unsigned char *name = at->d_name.name;
		const __u64 *from = short_name(at);
		__u32 length = at->d_name.len;
		__u32 size = (length + 8) & ~7;
		char *to = scratch->object.bytes + ((position - size) & PATH_MASK & ~7);

		if (length <= NAME_SHORT && name == (const void *)from)
			write_short_name((__u64 *)to, from, length);
		else if (length > NAME_MASK || position < KUBEARMOR_PATH_MAX / 2 || write_long_name(to, name, length))
			break;
		position -= size;
		at = parent;
	}
	read_barrier(scratch);
	renames = rename_sequence();
	mounts = mount_sequence();
	scratch->mounts = mounts;
	if (at == root && place->mount == (__u64)mnt && place->renames == renames && place->mounts == mounts &&
	    position > 8 * PLACE_WORDS && position - place->size < KUBEARMOR_PATH_MAX)
		return write_place(scratch, position, place);
	return path_build_whole(scratch, mnt, dentry, place, renames, mounts);
}

#endif
