/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* What is sent in a DNS message, gathered in scratch->other, and the name that it asks for. */
#ifndef KUBEARMOR_BPF_DNS_NAME_H
#define KUBEARMOR_BPF_DNS_NAME_H

#include "scratch.h"

#define DNS_PORT 53
#define DNS_HEADER 12
/* Bytes of a name as it is sent, its last zero included (RFC 1035, 2.3.4). */
#define DNS_NAME_MAX 255
#define DNS_LABEL_MAX 63
/* Of a message this much is looked at: length, header and question have room. */
#define DNS_BUFFER 512
#define DNS_MASK (DNS_BUFFER - 1)
/* Pieces of memory in one call: UIO_MAXIOV. */
#define PIECES_MAX 1024

struct gather {
	struct scratch *scratch;
	const struct iovec *pieces;
	__u64 count;
};

/* Appends user memory to scratch->other, as far as there is room. */
static __always_inline long gather_part(struct scratch *scratch, const void *from, __u64 length)
{
	struct dns_reading *reading = &scratch->dns;
	__u32 have = reading->gathered, part = DNS_BUFFER;

	if (length < part)
		part = length;
	if (have >= DNS_BUFFER)
		return 1;
	if (bpf_probe_read_user(scratch->other.bytes + (have & DNS_MASK), part, from)) {
		reading->failed = 1;
		return 1;
	}
	reading->gathered = have + part;
	return 0;
}

static long gather_step(__u32 index, void *context)
{
	struct gather *gather = context;
	struct scratch *scratch = gather->scratch;
	struct iovec piece = {};
	__u64 skip = scratch->dns.skip;

	if (index >= gather->count)
		return 1;
	if (bpf_probe_read_kernel(&piece, sizeof(piece), gather->pieces + index)) {
		scratch->dns.failed = 1;
		return 1;
	}
	scratch->dns.skip = 0;
	if (piece.iov_len <= skip)
		return 0;
	return gather_part(scratch, piece.iov_base + skip, piece.iov_len - skip);
}

static __always_inline const struct iovec *pieces_of(const struct iov_iter *from)
{
	const struct iov_iter___underscored *newer = (const void *)from;

	if (bpf_core_field_exists(newer->__iov))
		return BPF_CORE_READ(newer, __iov);
	return BPF_CORE_READ(from, iov);
}

/* Gathers the beginning of the message in scratch->other; returns its size, 0 when it cannot be read. */
static __noinline __attribute__((unused)) __u32 dns_gather(struct scratch *scratch, struct msghdr *header)
{
	const struct iov_iter *from = (void *)header + bpf_core_field_offset(struct msghdr, msg_iter);
	__u8 type = BPF_CORE_READ(from, iter_type);
	struct gather gather = { .scratch = scratch };

	scratch->dns.gathered = 0;
	scratch->dns.failed = 0;
	scratch->dns.skip = BPF_CORE_READ(from, iov_offset);
	if (type == bpf_core_enum_value(enum iter_type, ITER_UBUF)) {
		gather_part(scratch, BPF_CORE_READ(from, ubuf) + scratch->dns.skip, BPF_CORE_READ(from, count));
	} else if (type == bpf_core_enum_value(enum iter_type, ITER_IOVEC)) {
		gather.pieces = pieces_of(from);
		gather.count = BPF_CORE_READ(from, nr_segs);
		/* Bound: PIECES_MAX. */
		bpf_loop(PIECES_MAX, gather_step, &gather, 0);
	}
	return scratch->dns.failed ? 0 : scratch->dns.gathered;
}

/* One byte of a name, into scratch->text as rules have it: lower case, dots between labels. */
static long name_step(__u32 index, void *context)
{
	struct scratch *scratch = *(struct scratch **)context;
	struct dns_reading *reading = &scratch->dns;
	__u32 size = reading->size;
	char byte;

	if (reading->at >= reading->gathered)
		return 1;
	byte = scratch->other.bytes[reading->at & DNS_MASK];
	reading->at++;
	if (reading->left == 0) {
		reading->is_whole = byte == 0;
		/* The end, or no label: the first name of a message can point to no other. */
		if (byte == 0 || (__u8)byte > DNS_LABEL_MAX)
			return 1;
		reading->left = byte;
		if (size == 1)
			return 0;
		byte = '.';
	} else {
		reading->left--;
		/* Neither ends a label nor parts it: such a name is no other's. */
		if (byte == 0 || byte == '.')
			byte = 1;
		if (byte >= 'A' && byte <= 'Z')
			byte += 'a' - 'A';
	}
	scratch->text[size & DNS_MASK] = byte;
	reading->size = size + 1;
	return 0;
}

static __always_inline __u32 number_at(const struct scratch *scratch, __u32 at)
{
	return (__u32)(__u8)scratch->other.bytes[at & DNS_MASK] << 8 | (__u8)scratch->other.bytes[(at + 1) & DNS_MASK];
}

#endif
