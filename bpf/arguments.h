/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The arguments of a program that is about to run, from the pages that execve has
 * copied them to: what the caller's threads write afterwards changes nothing. The
 * new image is not the current one yet, so its page table is walked here.
 */
#ifndef KUBEARMOR_BPF_ARGUMENTS_H
#define KUBEARMOR_BPF_ARGUMENTS_H

#include "kernel.h"
#include "scratch.h"

#ifdef __TARGET_ARCH_x86

#define PAGE_SIZE 4096u
#define ENTRY_PRESENT 1u
#define ENTRY_HUGE 0x80u
#define ENTRY_ADDRESS 0x000ffffffffff000ull
/* Bits of an address above the topmost table of four; five-level paging has nine more. */
#define FOUR_LEVELS 39
#define FIVE_LEVELS 48

/* arch/x86: where all memory is mapped, the bit of encrypted pages, the depth of the tables. */
extern const void page_offset_base __ksym __weak;
extern const void sme_me_mask __ksym __weak;
extern const void pgdir_shift __ksym __weak;

/* The kernel's address of the page of `mm` at `address`; 0 when it is not there. */
static __always_inline __u64 page_of(struct mm_struct *mm, __u64 address)
{
	__u64 table = (__u64)BPF_CORE_READ(mm, pgd), offset = 0, encrypted = 0, entry;
	__u32 shift = FOUR_LEVELS;

	if (!&page_offset_base || bpf_probe_read_kernel(&offset, sizeof(offset), &page_offset_base))
		return 0;
	if (&sme_me_mask)
		bpf_probe_read_kernel(&encrypted, sizeof(encrypted), &sme_me_mask);
	if (&pgdir_shift)
		bpf_probe_read_kernel(&shift, sizeof(shift), &pgdir_shift);
	/* Bound: five levels of tables. */
	for (int level = 0; level < 5; level++) {
		if (shift > FIVE_LEVELS)
			return 0;
		if (bpf_probe_read_kernel(&entry, sizeof(entry), (void *)(table + (address >> shift & 511) * 8)))
			return 0;
		if (!(entry & ENTRY_PRESENT))
			return 0;
		table = offset + (entry & ENTRY_ADDRESS & ~encrypted);
		if (shift == 12)
			return table;
		if (entry & ENTRY_HUGE)
			return 0;
		shift -= 9;
	}
	return 0;
}

struct argument_count {
	const char *bytes;
	__u32 position;
	__u32 left; /* arguments whose end has not been seen */
};

static long argument_end(__u32 index, void *context)
{
	struct argument_count *count = context;

	if (count->bytes[count->position & PATH_MASK] == 0)
		count->left--;
	count->position++;
	return count->left == 0;
}

/*
 * Writes argv of scratch->program, a NUL after each, to the beginning of scratch->other. Returns its
 * size; 0 when that is KUBEARMOR_PATH_MAX or more, or they cannot be read.
 */
__noinline __u32 arguments_read(struct scratch *scratch)
{
	struct argument_count count = {};
	struct linux_binprm *program;
	struct mm_struct *mm;
	__u64 address, page;
	__u32 first;

	if (!scratch)
		return 0;
	program = (void *)scratch->program;
	mm = BPF_CORE_READ(program, mm);
	address = BPF_CORE_READ(program, p);
	count.left = BPF_CORE_READ(program, argc);
	if (count.left == 0)
		return 0;
	page = page_of(mm, address);
	if (!page)
		return 0;
	first = PAGE_SIZE - (address & (PAGE_SIZE - 1));
	if (first > PAGE_SIZE || first == 0)
		return 0;
	if (bpf_probe_read_kernel(scratch->other.bytes, first, (void *)(page + (address & (PAGE_SIZE - 1)))))
		return 0;
	page = first < PAGE_SIZE ? page_of(mm, address + first) : 0;
	/* The strings of the environment follow: the next page is there, or the end was in the first. */
	if (page) {
		__u32 second = PAGE_SIZE - first;

		asm volatile("%0 &= 4095" : "+r"(second));
		if (bpf_probe_read_kernel(scratch->other.bytes + (first & PATH_MASK), second, (void *)page))
			return 0;
	}
	count.bytes = scratch->other.bytes;
	/* Bound: KUBEARMOR_PATH_MAX bytes. */
	bpf_loop(page ? KUBEARMOR_PATH_MAX : first, argument_end, &count, 0);
	return count.left == 0 && count.position < KUBEARMOR_PATH_MAX ? count.position : 0;
}

#else

/* Not known for this machine: what depends on arguments fails closed. */
static __always_inline __u32 arguments_read(struct scratch *scratch)
{
	return 0;
}

#endif

#endif
