/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * Presets: what is never about a path. Programs without a file of their own, memory
 * made executable, and what procfs says of other processes.
 */
#ifndef KUBEARMOR_BPF_HOOKS_PRESET_H
#define KUBEARMOR_BPF_HOOKS_PRESET_H

#include "decide.h"
#include "hooks_process.h"

#define VM_EXEC 4
#define PROC_SUPER_MAGIC 0x9fa0

static __always_inline int decide_preset(struct file *file, __u8 preset)
{
	struct access access = { .class_ = CLASS_PRESET, .operation = OPERATION_PRESET };
	struct object object = { .bytes = { KUBEARMOR_OBJECT_PRESET, preset }, .size = 2 };

	if (file) {
		access.mnt = BPF_CORE_READ(file, f_path.mnt);
		access.dentry = BPF_CORE_READ(file, f_path.dentry);
	}
	return decide_bytes(&access, &object);
}

/* On the shared memory of a host or container: /dev/shm, /run/shm. */
static __always_inline int is_shared_memory(struct file *file)
{
	struct vfsmount *mnt = file->f_path.mnt;
	struct mount *mount = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
	char name[4] = {};

	if (file->f_inode->i_sb->s_magic != TMPFS_MAGIC)
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(mount, mnt_mountpoint, d_name.name));
	return name[0] == 's' && name[1] == 'h' && name[2] == 'm' && name[3] == 0;
}

/*
 * 1 when the task was put into its container from outside: its parent is in another pid
 * namespace, and it is not the one that the namespace began with.
 */
static __always_inline int is_from_outside(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct upid own = own_pid(task), parent = own_pid(BPF_CORE_READ(task, real_parent));

	return own.nr != 1 && own.ns && parent.ns && own.ns != parent.ns;
}

/* filelessExec: a memory file, a file that was deleted or never had a name, or one in shared memory. */
SEC("lsm/bprm_check_security")
int BPF_PROG(preset_exec, struct linux_binprm *bprm)
{
	struct file *file = bprm->file;

	int denied = 0;

	if (file->f_inode->i_nlink == 0 || is_shared_memory(file))
		denied = decide_preset(file, KUBEARMOR_PRESET_FILELESS_EXEC);
	if (!denied && is_from_outside())
		denied = decide_preset(file, KUBEARMOR_PRESET_EXEC);
	return denied ? -EACCES : 0;
}

/* anonymousMapExec: memory of no file that is executable, from the start or later. */
SEC("lsm/mmap_file")
int BPF_PROG(preset_map, struct file *file, unsigned long requested, unsigned long protection)
{
	if (!(protection & PROT_EXEC) || maps_file(ctx))
		return 0;
	return decide_preset(NULL, KUBEARMOR_PRESET_ANONYMOUS_MAP_EXEC);
}

SEC("lsm/file_mprotect")
int BPF_PROG(preset_protect, struct vm_area_struct *area, unsigned long requested, unsigned long protection)
{
	if (BPF_CORE_READ(area, vm_file) || !(protection & PROT_EXEC) || area->vm_flags & VM_EXEC)
		return 0;
	return decide_preset(NULL, KUBEARMOR_PRESET_ANONYMOUS_MAP_EXEC);
}

/* Whether the procfs file is one of a process that is not the current task's. */
static __always_inline int is_of_another(struct file *file)
{
	struct proc_inode *inode = (void *)file->f_inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
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

	if (file->f_inode->i_sb->s_magic != PROC_SUPER_MAGIC || !is_of_another(file))
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (*(__u64 *)name == *(const __u64 *)"environ")
		denied = decide_preset(file, KUBEARMOR_PRESET_PROTECT_ENV);
	return denied ? denied : decide_preset(file, KUBEARMOR_PRESET_PROTECT_PROC);
}

#endif
