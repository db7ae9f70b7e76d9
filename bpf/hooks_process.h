/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* What is run: by execve, and by being mapped as code. */
#ifndef KUBEARMOR_BPF_HOOKS_PROCESS_H
#define KUBEARMOR_BPF_HOOKS_PROCESS_H

#include "decide.h"

#define PROT_EXEC 4

/* Called for a script and again for its interpreter. */
SEC("lsm/bprm_check_security")
int BPF_PROG(program_check, struct linux_binprm *bprm)
{
	struct access access = {
		.class_ = CLASS_PROCESS,
		.bits = ACCESS_EXECUTE,
		.operation = OPERATION_EXEC,
		.program = (__u64)bprm,
	};

	return decide_file(bprm->file, &access);
}

/* 1 when the task's own image is a dynamic loader that was started by name: what it maps is what is run. */
static __always_inline int is_loader(struct file *image)
{
	char name[4] = {};

	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(image, f_path.dentry, d_name.name));
	return name[0] == 'l' && name[1] == 'd' && (name[2] == '-' || name[2] == '.');
}

/*
 * Whether mmap_file was given a file. Until 6.13 verifiers take it for granted and drop
 * a plain comparison, so the argument is read as a number.
 */
static __always_inline int maps_file(const void *arguments)
{
	__u64 file = 0;

	bpf_probe_read_kernel(&file, sizeof(file), arguments);
	return file != 0;
}

/*
 * A blocked program given to the dynamic loader is only mapped. Libraries are
 * mapped likewise, so rules of directories count for what a loader maps itself.
 */
SEC("lsm/mmap_file")
int BPF_PROG(program_map, struct file *file, unsigned long requested, unsigned long protection)
{
	struct access access = {
		.class_ = CLASS_PROCESS,
		.bits = ACCESS_EXECUTE,
		.operation = OPERATION_MMAP_EXEC,
		.scope = SCOPE_BLOCK_RULES_BY_NAME,
	};
	struct task_struct *task;
	struct mm_struct *mm;

	if (!(protection & PROT_EXEC) || !maps_file(ctx))
		return 0;
	task = bpf_get_current_task_btf();
	mm = task->mm;
	/* The kernel maps the image that was decided about when it was executed. */
	if (mm && mm->exe_file == file)
		return 0;
	if (mm && is_loader(mm->exe_file))
		access.scope = SCOPE_BLOCK_RULES;
	return decide_file(file, &access);
}

#endif
