/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The enforcer keeps what is its own: its maps and programs, the directory of its
 * pins, and the daemon's memory. Only the daemon may, and its program when it is
 * started from the same path in the host's mount namespace: the next daemon, or
 * `kubearmor daemon --release`. Attached by the setting selfGuard.
 */
#ifndef KUBEARMOR_BPF_HOOKS_GUARD_H
#define KUBEARMOR_BPF_HOOKS_GUARD_H

#include "decide.h"
#include "mount_tree.h"

#define CLASS_SYSCALL 4
#define OPERATION_MOUNT 31
#define OPERATION_UMOUNT 32
#define OPERATION_SYSCALL 80
#define RULE_GUARD 0xfffffffdu
#define PTRACE_MODE_ATTACH 2
/* From a pin up to the guarded directory: <layout>/programs/<build>/<pin> is four below it. */
#define GUARD_LEVELS 5
#define GUARD_NAME 16

/* Who guards what; filled before the first guard is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kubearmor_kernel_guard);
} guard SEC(".maps");

/* The enforcer's own maps and programs, of two builds while one replaces the other; KUBEARMOR_GUARD_… << 32 | id. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u64);
	__type(value, __u32);
} guarded SEC(".maps");

static __always_inline struct kubearmor_kernel_guard *guard_now(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&guard, &key);
}

static long compare_step(__u32 index, void *context)
{
	struct scratch *scratch = *(struct scratch **)context;
	struct kubearmor_kernel_guard *now = guard_now();
	__u32 at = scratch->guard.position + index;

	if (!now || index >= now->path_size || index >= KUBEARMOR_GUARD_PATH)
		return 1;
	if (scratch->other.bytes[at & PATH_MASK] == now->path[index & (KUBEARMOR_GUARD_PATH - 1)])
		return 0;
	scratch->guard.differs = 1;
	return 1;
}

/* 1 when the current task runs the daemon's program, in the host's mount namespace. */
static __noinline int runs_daemon(struct scratch *scratch, struct task_struct *task)
{
	struct kubearmor_kernel_guard *now = guard_now();
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	void *host = host_namespace();
	__u32 position;

	if (!now || !file || !host || BPF_CORE_READ(task, nsproxy, mnt_ns) != host)
		return 0;
	position = path_build(scratch, PATH_OTHER, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
	if (position >= KUBEARMOR_PATH_MAX || KUBEARMOR_PATH_MAX - position != now->path_size)
		return 0;
	scratch->guard.position = position;
	scratch->guard.differs = 0;
	/* Bound: KUBEARMOR_GUARD_PATH. */
	bpf_loop(KUBEARMOR_GUARD_PATH, compare_step, &scratch, 0);
	return !scratch->guard.differs;
}

/* What is about to be done to something guarded: a path, or a name. */
struct intrusion {
	struct vfsmount *mnt;
	struct dentry *dentry;
	__u64 name; /* char[GUARD_NAME] in kernel memory, as an address; 0 for a path */
	__u32 operation;
	__u32 kind; /* KUBEARMOR_GUARD_… */
	__u32 is_strict; /* 1: not even the next daemon may */
};

static __always_inline __u32 intrusion_object(struct scratch *scratch, const struct intrusion *intrusion)
{
	const __u32 position = KUBEARMOR_PATH_MAX - GUARD_NAME;

	if (!intrusion->name)
		return path_build(scratch, PATH_OBJECT, intrusion->mnt, intrusion->dentry);
	if (bpf_probe_read_kernel(scratch->object.bytes + position, GUARD_NAME, (void *)intrusion->name))
		return KUBEARMOR_PATH_MAX;
	return position;
}

/* Denies and says so, unless the current task may. */
__noinline int guard_against(struct intrusion *intrusion)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct kubearmor_kernel_workload *workload;
	struct subject subject = {};
	struct access access = { .owner_uid = ~0u };
	struct kubearmor_kernel_state *now;
	struct scratch *scratch;
	__u32 key = 0, slot, position;

	now = bpf_map_lookup_elem(&state, &key);
	if (!now || !intrusion || is_daemon(now))
		return 0;
	subject.epoch = *(volatile __u64 *)&now->epoch;
	slot = current_slot(subject.epoch) - 1;
	workload = bpf_map_lookup_elem(&workloads, &slot);
	scratch = scratch_take();
	if (!scratch) {
		count(KUBEARMOR_COUNT_FAULT_SCRATCH);
		return -EPERM;
	}
	if (!intrusion->is_strict && runs_daemon(scratch, task)) {
		scratch_give(scratch);
		return 0;
	}
	/* Of no workload at all, which the host's binding rules out: denied, but nobody to tell it of. */
	if (workload) {
		subject.slot = slot;
		subject.active = *(volatile __u64 *)&workload->active;
		subject.workload = workload->key;
		access.operation = intrusion->operation;
		access.class_ = intrusion->name ? CLASS_SYSCALL : CLASS_FILE;
		access.flags = intrusion->kind;
		scratch->query.rule = RULE_GUARD;
		scratch->query.action = ACTION_BLOCK;
		position = intrusion_object(scratch, intrusion);
		tally(slot, KUBEARMOR_TALLY_DECIDED);
		tally(slot, KUBEARMOR_TALLY_DENIED);
		report(scratch, &subject, &access, &scratch->query, position, -EPERM);
	}
	scratch_give(scratch);
	return -EPERM;
}

static __always_inline int guard_object(__u64 kind, __u32 id, const void *name)
{
	struct intrusion intrusion = { .name = (__u64)name, .operation = OPERATION_SYSCALL, .kind = kind };
	__u64 key = kind << 32 | id;

	if (!bpf_map_lookup_elem(&guarded, &key))
		return 0;
	return guard_against(&intrusion) ? -EPERM : 0;
}

/* Whenever somebody is about to have a descriptor of a map: by its id, by a pin. */
SEC("lsm/bpf_map")
int BPF_PROG(guard_map, struct bpf_map *map)
{
	return guard_object(KUBEARMOR_GUARD_MAP, map->id, map->name);
}

SEC("lsm/bpf_prog")
int BPF_PROG(guard_prog, struct bpf_prog *prog)
{
	struct bpf_prog_aux *aux = prog->aux;

	return guard_object(KUBEARMOR_GUARD_PROGRAM, aux->id, aux->name);
}

/* 1 for the guarded directory, and for what is in it. */
static __always_inline int is_guarded(struct dentry *dentry)
{
	struct kubearmor_kernel_guard *now = guard_now();

	if (!now || BPF_CORE_READ(dentry, d_sb, s_dev) != now->device)
		return 0;
	/* Bound: GUARD_LEVELS. */
	for (int i = 0; i < GUARD_LEVELS; i++) {
		if (BPF_CORE_READ(dentry, d_inode, i_ino) == now->directory)
			return 1;
		dentry = BPF_CORE_READ(dentry, d_parent);
	}
	return 0;
}

static __always_inline int guard_path(const struct path *dir, struct dentry *dentry, __u32 operation)
{
	struct intrusion intrusion = { .mnt = dir->mnt, .dentry = dentry, .operation = operation };

	if (!is_guarded(dentry))
		return 0;
	return guard_against(&intrusion) ? -EPERM : 0;
}

SEC("lsm/path_unlink")
int BPF_PROG(guard_unlink, const struct path *dir, struct dentry *dentry)
{
	return guard_path(dir, dentry, OPERATION_UNLINK);
}

SEC("lsm/path_rmdir")
int BPF_PROG(guard_rmdir, const struct path *dir, struct dentry *dentry)
{
	return guard_path(dir, dentry, OPERATION_RMDIR);
}

/* What is not there yet has no inode: its directory says. */
static __always_inline int guard_new(const struct path *dir, struct dentry *dentry, __u32 operation)
{
	struct intrusion intrusion = { .mnt = dir->mnt, .dentry = dentry, .operation = operation };

	if (!is_guarded(dir->dentry))
		return 0;
	return guard_against(&intrusion) ? -EPERM : 0;
}

SEC("lsm/path_rename")
int BPF_PROG(guard_rename, const struct path *from, struct dentry *old_dentry, const struct path *to,
	     struct dentry *new_dentry)
{
	int result = guard_path(from, old_dentry, OPERATION_RENAME);

	if (!result)
		result = guard_new(to, new_dentry, OPERATION_RENAME);
	return result ? -EPERM : 0;
}

/* A pin of one's own among the enforcer's could be taken for one of its own: BPF_OBJ_PIN comes here too. */
SEC("lsm/path_mknod")
int BPF_PROG(guard_mknod, const struct path *dir, struct dentry *dentry)
{
	return guard_new(dir, dentry, OPERATION_MKNOD);
}

SEC("lsm/path_mkdir")
int BPF_PROG(guard_mkdir, const struct path *dir, struct dentry *dentry)
{
	return guard_new(dir, dentry, OPERATION_MKDIR);
}

SEC("lsm/path_symlink")
int BPF_PROG(guard_symlink, const struct path *dir, struct dentry *dentry)
{
	return guard_new(dir, dentry, OPERATION_SYMLINK);
}

/* Nor may a pin get a second name: it would outlive `kubearmor daemon --release`. */
SEC("lsm/path_link")
int BPF_PROG(guard_link, struct dentry *old, const struct path *dir, struct dentry *dentry)
{
	int result = guard_path(dir, old, OPERATION_LINK);

	if (!result)
		result = guard_new(dir, dentry, OPERATION_LINK);
	return result ? -EPERM : 0;
}

/* What is done to a mount at one of its directories. */
enum mount_change {
	MOUNT_COVERS,	/* something is mounted there */
	MOUNT_TAKES_ALL /* it goes away or elsewhere, with all that is mounted on it */
};

/*
 * In the host's mount namespace only: others have mounts of their own, and the pins outlive those. A mount that has
 * the pins' on it counts as they do.
 */
static __always_inline int guard_mount(struct vfsmount *mnt, struct dentry *dentry, __u32 operation,
				       enum mount_change change)
{
	struct intrusion intrusion = { .mnt = mnt, .dentry = dentry, .operation = operation };
	struct mount *mount = mount_of(mnt);
	struct dentry *root = BPF_CORE_READ(mount, mnt.mnt_root);
	struct kubearmor_kernel_guard *now = guard_now();
	void *host = host_namespace();

	if (!now || !now->device || !host || BPF_CORE_READ(mount, mnt_ns) != host)
		return 0;
	if (BPF_CORE_READ(root, d_sb, s_dev) != now->device &&
	    !holds_device(mount, change == MOUNT_TAKES_ALL ? root : dentry, now->device))
		return 0;
	return guard_against(&intrusion) ? -EPERM : 0;
}

/* The last mount takes the pins with it; one above them does that when it is detached (others are busy). */
SEC("lsm/sb_umount")
int BPF_PROG(guard_umount, struct vfsmount *mnt)
{
	return guard_mount(mnt, mnt->mnt_root, OPERATION_UMOUNT, MOUNT_TAKES_ALL);
}

/* Flags of mount(2). */
#define MOUNT_REMOUNT (1u << 5)
#define MOUNT_MOVE (1u << 13)
#define MOUNT_PROPAGATION (1u << 17 | 1u << 18 | 1u << 19 | 1u << 20)

/* PID 1 of the host moves all mounts when it changes the root. */
static __always_inline int is_first_process(void)
{
	return bpf_get_current_task_btf()->tgid == 1;
}

/* Something mounted over them, or over what they stand on, hides them from the next daemon. */
SEC("lsm/sb_mount")
int BPF_PROG(guard_mount_over, const char *name, const struct path *path, const char *type, unsigned long flags)
{
	struct intrusion intrusion = { .mnt = path->mnt, .dentry = path->dentry, .operation = OPERATION_MOUNT };
	struct mount *mount = mount_of(path->mnt);
	struct kubearmor_kernel_guard *now = guard_now();

	if (!now || !now->device)
		return 0;
	/* Of what is moved there is but a text; it might be the pins. */
	if (flags & MOUNT_MOVE && BPF_CORE_READ(mount, mnt_ns) == host_namespace() && !is_first_process())
		return guard_against(&intrusion) ? -EPERM : 0;
	/* Those change the mount itself, not what stands on it. */
	if (flags & (MOUNT_REMOUNT | MOUNT_PROPAGATION) && path->dentry->d_sb->s_dev != now->device)
		return 0;
	return guard_mount(path->mnt, path->dentry, OPERATION_MOUNT, MOUNT_COVERS);
}

SEC("lsm/move_mount")
int BPF_PROG(guard_move_over, const struct path *from, const struct path *to)
{
	int result = guard_mount(to->mnt, to->dentry, OPERATION_MOUNT, MOUNT_COVERS);

	if (!result && !is_first_process())
		result = guard_mount(from->mnt, from->dentry, OPERATION_UMOUNT, MOUNT_TAKES_ALL);
	return result ? -EPERM : 0;
}

/* Whoever can write to the daemon's memory, or take its descriptors, is the daemon. */
SEC("lsm/ptrace_access_check")
int BPF_PROG(guard_ptrace, struct task_struct *child, unsigned int mode)
{
	struct intrusion intrusion = {
		.name = (__u64)child->comm,
		.operation = OPERATION_SYSCALL,
		.kind = KUBEARMOR_GUARD_PTRACE,
		.is_strict = 1,
	};
	struct kubearmor_kernel_state *now;
	__u32 key = 0;

	now = bpf_map_lookup_elem(&state, &key);
	if (!(mode & PTRACE_MODE_ATTACH) || !now || (__u32)child->tgid != now->daemon ||
	    child->group_leader->start_boottime != now->daemon_start)
		return 0;
	return guard_against(&intrusion) ? -EPERM : 0;
}

#endif
