/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * A dynamic loader that was started by name runs a program by mapping it. It is known by its
 * own name or by how it was started: an image that asked for no interpreter. So is a static
 * program, and what that maps as code is no less run by it.
 */
#ifndef KUBEARMOR_BPF_LOADER_H
#define KUBEARMOR_BPF_LOADER_H

#include "kernel.h"

/* Entries of the auxiliary vector: its end, and where the interpreter is (0: there is none). */
#define AT_NULL 0
#define AT_BASE 7
/* Of which so many are looked at; AT_BASE is among the first ten. */
#define AUXILIARY_MAX 24

struct auxiliary {
	__u64 type;
	__u64 value;
};

/* 0 also while execve still maps the image: then the vector is empty. */
static __always_inline int has_no_interpreter(struct mm_struct *mm)
{
	const void *vector = (void *)mm + bpf_core_field_offset(struct mm_struct, saved_auxv);
	struct auxiliary entry;

	/* Bound: AUXILIARY_MAX. */
	for (int i = 0; i < AUXILIARY_MAX; i++) {
		if (bpf_probe_read_kernel(&entry, sizeof(entry), vector + i * sizeof(entry)))
			return 1;
		if (entry.type == AT_BASE)
			return entry.value == 0;
		if (entry.type == AT_NULL)
			return i != 0;
	}
	return 1;
}

/* 1 when what the current task maps as code is what is run. */
static __noinline int is_loader_running(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	char name[4] = {};

	if (!mm)
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(mm, exe_file, f_path.dentry, d_name.name));
	if (name[0] == 'l' && name[1] == 'd' && (name[2] == '-' || name[2] == '.'))
		return 1;
	return has_no_interpreter(mm);
}

#endif
