/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* What is run: by execve, and by being mapped as code. */
#ifndef KUBEARMOR_BPF_HOOKS_PROCESS_H
#define KUBEARMOR_BPF_HOOKS_PROCESS_H

#include "decide.h"

#define PROT_WRITE 2
#define PROT_EXEC 4
#define VM_EXEC 4

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

static __always_inline int map_program(struct file *file)
{
	struct access access = {
		.class_ = CLASS_PROCESS,
		.bits = ACCESS_EXECUTE,
		.operation = OPERATION_MMAP_EXEC,
		.scope = SCOPE_MAPPED,
	};
	struct mm_struct *mm = bpf_get_current_task_btf()->mm;

	/* The kernel maps the image that was decided about when it was executed. */
	if (mm && mm->exe_file == file)
		return 0;
	return decide_file(file, &access);
}

/*
 * A blocked program given to the dynamic loader is only mapped. Libraries are
 * mapped likewise, so rules of directories count for what a loader maps itself.
 */
SEC("lsm/mmap_file")
int BPF_PROG(program_map, struct file *file, unsigned long requested, unsigned long protection)
{
	return protection & PROT_EXEC && maps_file(ctx) ? map_program(file) : 0;
}

/* The same for what was mapped to be read before. */
SEC("lsm/file_mprotect")
int BPF_PROG(program_protect, struct vm_area_struct *area, unsigned long requested, unsigned long protection)
{
	struct file *file = area->vm_file;

	if (!file || !(protection & PROT_EXEC) || area->vm_flags & VM_EXEC)
		return 0;
	return map_program(file);
}

#endif
