/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* The name that a DNS message asks for, read from scratch->other. */
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
