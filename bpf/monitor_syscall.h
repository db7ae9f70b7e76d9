/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * System calls that open or execute: their numbers and arguments, native and
 * 32-bit, taken from the registers that the task had when it entered the kernel.
 */
#ifndef KUBEARMOR_BPF_MONITOR_SYSCALL_H
#define KUBEARMOR_BPF_MONITOR_SYSCALL_H

#include "kernel.h"
#include "monitor_hooks.h"

#define AT_FDCWD (-100)

#if defined(__TARGET_ARCH_x86)

#define SYSCALL(name) "__x64_sys_" name
#define SYSCALL_COMPAT(name) "__ia32_compat_sys_" name

#define TS_COMPAT 0x0002u
#define X32_BIT 0x40000000u

struct pt_regs___entry {
	unsigned long bp;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long bx;
	unsigned long cx;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
} __attribute__((preserve_access_index));

static __always_inline int task_is_compat(struct task_struct *task)
{
	return (BPF_CORE_READ(task, thread_info.status) & TS_COMPAT) != 0;
}

static __always_inline __u32 syscall_hook(void *regs, int compat)
{
	struct pt_regs___entry *x86 = regs;
	__u32 number = BPF_CORE_READ(x86, orig_ax);

	if (compat) {
		switch (number) {
		case 5:
			return MONITOR_HOOK_OPEN;
		case 8:
			return MONITOR_HOOK_CREAT;
		case 11:
			return MONITOR_HOOK_EXECVE;
		case 295:
			return MONITOR_HOOK_OPENAT;
		case 358:
			return MONITOR_HOOK_EXECVEAT;
		case 437:
			return MONITOR_HOOK_OPENAT2;
		}
		return MONITOR_HOOK_NONE;
	}
	switch (number & ~X32_BIT) {
	case 2:
		return MONITOR_HOOK_OPEN;
	case 85:
		return MONITOR_HOOK_CREAT;
	case 59:
	case 520:
		return MONITOR_HOOK_EXECVE;
	case 257:
		return MONITOR_HOOK_OPENAT;
	case 322:
	case 545:
		return MONITOR_HOOK_EXECVEAT;
	case 437:
		return MONITOR_HOOK_OPENAT2;
	}
	return MONITOR_HOOK_NONE;
}

static __always_inline unsigned long syscall_argument(void *regs, int compat, __u32 index)
{
	struct pt_regs___entry *x86 = regs;

	switch (index) {
	case 0:
		return compat ? (__u32)BPF_CORE_READ(x86, bx) : BPF_CORE_READ(x86, di);
	case 1:
		return compat ? (__u32)BPF_CORE_READ(x86, cx) : BPF_CORE_READ(x86, si);
	case 2:
		return compat ? (__u32)BPF_CORE_READ(x86, dx) : BPF_CORE_READ(x86, dx);
	case 3:
		return compat ? (__u32)BPF_CORE_READ(x86, si) : BPF_CORE_READ(x86, r10);
	case 4:
		return compat ? (__u32)BPF_CORE_READ(x86, di) : BPF_CORE_READ(x86, r8);
	case 5:
		return compat ? (__u32)BPF_CORE_READ(x86, bp) : BPF_CORE_READ(x86, r9);
	}
	return 0;
}

/* Without the mark of programs with 32-bit pointers. */
static __always_inline __u32 syscall_plain(__u32 number)
{
	return number & ~X32_BIT;
}

static __always_inline __u32 syscall_number(void *regs)
{
	struct pt_regs___entry *x86 = regs;

	return syscall_plain(BPF_CORE_READ(x86, orig_ax));
}

#elif defined(__TARGET_ARCH_arm64)

#define SYSCALL(name) "__arm64_sys_" name
#define SYSCALL_COMPAT(name) "__arm64_compat_sys_" name

#define TIF_32BIT 22

struct pt_regs___entry {
	__u64 regs[31];
	__u64 orig_x0;
	int syscallno;
} __attribute__((preserve_access_index));

static __always_inline int task_is_compat(struct task_struct *task)
{
	return BPF_CORE_READ(task, thread_info.flags) >> TIF_32BIT & 1;
}

static __always_inline __u32 syscall_hook(void *regs, int compat)
{
	struct pt_regs___entry *arm64 = regs;
	__u32 number = BPF_CORE_READ(arm64, syscallno);

	if (number == 437)
		return MONITOR_HOOK_OPENAT2;
	if (compat) {
		switch (number) {
		case 5:
			return MONITOR_HOOK_OPEN;
		case 8:
			return MONITOR_HOOK_CREAT;
		case 11:
			return MONITOR_HOOK_EXECVE;
		case 322:
			return MONITOR_HOOK_OPENAT;
		case 387:
			return MONITOR_HOOK_EXECVEAT;
		}
		return MONITOR_HOOK_NONE;
	}
	switch (number) {
	case 56:
		return MONITOR_HOOK_OPENAT;
	case 221:
		return MONITOR_HOOK_EXECVE;
	case 281:
		return MONITOR_HOOK_EXECVEAT;
	}
	return MONITOR_HOOK_NONE;
}

/* The first register holds the result by now; its entry value is kept beside. */
static __always_inline unsigned long syscall_argument(void *regs, int compat, __u32 index)
{
	struct pt_regs___entry *arm64 = regs;
	__u64 value;

	switch (index) {
	case 0:
		value = BPF_CORE_READ(arm64, orig_x0);
		break;
	case 1:
		value = BPF_CORE_READ(arm64, regs[1]);
		break;
	case 2:
		value = BPF_CORE_READ(arm64, regs[2]);
		break;
	case 3:
		value = BPF_CORE_READ(arm64, regs[3]);
		break;
	case 4:
		value = BPF_CORE_READ(arm64, regs[4]);
		break;
	default:
		value = BPF_CORE_READ(arm64, regs[5]);
	}
	return compat ? (__u32)value : value;
}

static __always_inline __u32 syscall_plain(__u32 number)
{
	return number;
}

static __always_inline __u32 syscall_number(void *regs)
{
	struct pt_regs___entry *arm64 = regs;

	return BPF_CORE_READ(arm64, syscallno);
}

#else
#error "system call numbers of this architecture are missing"
#endif

/* open_how of openat2, its first member. */
static __always_inline __u32 open_how_flags(unsigned long how)
{
	__u64 flags = 0;

	bpf_probe_read_user(&flags, sizeof(flags), (void *)how);
	return flags;
}

#define O_WRONLY 00000001
#define O_CREAT 00000100

/* The open(2) flags as the caller gave them. */
static __always_inline __u32 syscall_open_flags(void *regs, int compat, __u32 hook)
{
	switch (hook) {
	case MONITOR_HOOK_OPEN:
		return syscall_argument(regs, compat, 1);
	case MONITOR_HOOK_OPENAT:
		return syscall_argument(regs, compat, 2);
	case MONITOR_HOOK_OPENAT2:
		return open_how_flags(syscall_argument(regs, compat, 2));
	case MONITOR_HOOK_CREAT:
		return O_CREAT | O_WRONLY | O_TRUNC;
	}
	return 0;
}

static __always_inline int hook_has_directory(__u32 hook)
{
	return hook == MONITOR_HOOK_OPENAT || hook == MONITOR_HOOK_OPENAT2 || hook == MONITOR_HOOK_EXECVEAT;
}

#endif
