/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Presets: what is never about a path. Programs without a file of their own, memory
 * made executable, and what procfs says of other processes.
 */
#ifndef KUBEARMOR_BPF_HOOKS_PRESET_H
#define KUBEARMOR_BPF_HOOKS_PRESET_H

#include "decide.h"
#include "hooks_process.h"

#define MAP_PRIVATE 2
#define PROC_SUPER_MAGIC 0x9fa0

static __always_inline int decide_preset_at(struct vfsmount *mnt, struct dentry *dentry, __u8 preset)
{
	struct access access = { .mnt = mnt, .dentry = dentry, .class_ = CLASS_PRESET, .operation = OPERATION_PRESET };
	struct object object = { .bytes = { KUBEARMOR_OBJECT_PRESET, preset }, .size = 2 };

	return decide_bytes(&access, &object);
}

static __always_inline int decide_preset(struct file *file, __u8 preset)
{
	if (!file)
		return decide_preset_at(NULL, NULL, preset);
	return decide_preset_at(BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry), preset);
}

struct shared_memory_search {
	struct mount *at;
	struct mount *end;
	__u32 is_found;
	__u32 is_whole; /* the end was met */
};

/* Looks for a mount on a directory whose name is shm. */
static long shared_memory_step(__u32 index, void *context)
{
	struct shared_memory_search *search = context;
	struct mount *mount = search->at;
	char name[4] = {};

	if (mount == MOUNT_LOST)
		return 1;
	if (mount == search->end) {
		search->is_whole = 1;
		return 1;
	}
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(mount, mnt_mountpoint, d_name.name));
	if (name[0] == 's' && name[1] == 'h' && name[2] == 'm' && name[3] == 0) {
		search->is_found = 1;
		return 1;
	}
	search->at = next_mount(mount);
	return 0;
}

/* On the shared memory of a host or container, /dev/shm or /run/shm, wherever else that is mounted. */
static __noinline int is_shared_memory(struct dentry *dentry)
{
	struct shared_memory_search search = {};

	search.end = end_of_mounts(dentry);
	search.at = first_mount(dentry);
	/* Bound: MOUNTS_MAX. */
	bpf_loop(MOUNTS_MAX, shared_memory_step, &search, 0);
	return search.is_found || !search.is_whole;
}

/* A file in memory that has no name: of memfd_create, a shared segment or anonymous shared memory. */
static __always_inline int is_nameless_memory(struct file *file)
{
	unsigned long magic = file->f_inode->i_sb->s_magic;

	return file->f_inode->i_nlink == 0 && (magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC);
}

static __always_inline int is_fileless(struct file *file)
{
	if (file->f_inode->i_nlink == 0)
		return 1;
	return file->f_inode->i_sb->s_magic == TMPFS_MAGIC && is_shared_memory(file->f_path.dentry);
}

/* filelessExec: a memory file, a file that was deleted or never had a name, or one in shared memory. */
SEC("lsm/bprm_check_security")
int BPF_PROG(preset_exec, struct linux_binprm *bprm)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct file *file = bprm->file;
	int denied = 0;

	if (is_fileless(file))
		denied = decide_preset(file, KUBEARMOR_PRESET_FILELESS_EXEC);
	if (!denied && is_from_outside(task, BPF_CORE_READ(task, real_parent)))
		denied = decide_preset(file, KUBEARMOR_PRESET_EXEC);
	return denied ? -EACCES : 0;
}

/*
 * anonymousMapExec: memory of no file that is executable, from the start or later; of one without a
 * name, and what is of a file by name but was, or can be, written without it. filelessExec: what
 * a loader maps is what it runs.
 */
SEC("lsm/mmap_file")
int BPF_PROG(preset_map, struct file *file, unsigned long requested, unsigned long protection, unsigned long flags)
{
	if (!(protection & PROT_EXEC))
		return 0;
	if (!maps_file(ctx))
		return decide_preset(NULL, KUBEARMOR_PRESET_ANONYMOUS_MAP_EXEC);
	if (is_fileless(file) && is_loader_running()) {
		int denied = decide_preset(file, KUBEARMOR_PRESET_FILELESS_EXEC);

		if (denied)
			return denied;
	}
	if (is_nameless_memory(file) || (protection & PROT_WRITE && flags & MAP_PRIVATE))
		return decide_preset(file, KUBEARMOR_PRESET_ANONYMOUS_MAP_EXEC);
	return 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(preset_protect, struct vm_area_struct *area, unsigned long requested, unsigned long protection)
{
	struct file *file = area->vm_file;

	if (!(protection & PROT_EXEC) || area->vm_flags & VM_EXEC)
		return 0;
	if (file && !area->anon_vma && !is_nameless_memory(file))
		return 0;
	return decide_preset(file, KUBEARMOR_PRESET_ANONYMOUS_MAP_EXEC);
}

/* Whether what procfs has there is of a process that is not the current task's. */
static __always_inline int is_of_another(struct inode *of)
{
	struct proc_inode *inode = (void *)of - bpf_core_field_offset(struct proc_inode, vfs_inode);
	struct pid *pid = BPF_CORE_READ(inode, pid);
	void *link;

	if (!pid)
		return 0;
	link = BPF_CORE_READ(pid, tasks[0].first);
	/* Nobody any more. */
	if (!link)
		return 1;
	link -= bpf_core_field_offset(struct task_struct, pid_links);
	return BPF_CORE_READ((struct task_struct *)link, tgid) != bpf_get_current_task_btf()->tgid;
}

/* protectEnv: the environment of another process; protectProc: anything that procfs has of one. */
SEC("lsm/file_open")
int BPF_PROG(preset_open, struct file *file)
{
	char name[8] = {};
	int denied = 0;

	if (file->f_inode->i_sb->s_magic != PROC_SUPER_MAGIC || !is_of_another(file->f_inode))
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (*(__u64 *)name == *(const __u64 *)"environ")
		denied = decide_preset(file, KUBEARMOR_PRESET_PROTECT_ENV);
	return denied ? denied : decide_preset(file, KUBEARMOR_PRESET_PROTECT_PROC);
}

/* Through a link of another process: to its root, its descriptors. What only reads a link does not follow it. */
SEC("lsm/inode_follow_link")
int BPF_PROG(preset_follow, struct dentry *dentry, struct inode *inode)
{
	struct mount *first;

	if (inode->i_sb->s_magic != PROC_SUPER_MAGIC || !is_of_another(inode))
		return 0;
	/* The hook knows no mount; any of procfs makes a path. */
	first = first_mount(dentry);
	return decide_preset_at(vfsmount_of(first), dentry,
				KUBEARMOR_PRESET_PROTECT_PROC);
}

#endif
