// SPDX-License-Identifier: Apache-2.0
/*
 * Containers with the same rules differ in the names of their profiles only. Their profiles
 * are compiled once, under a name that stands for all names of the same length, and
 * renamed in what was compiled: no size and no alignment changes.
 */
#include <stdint.h>
#include <string.h>

#include "apparmor.h"

/* What a compiled profile is made of: a byte that says the kind, then its value. */
enum kind {
	KIND_U8,
	KIND_U16,
	KIND_U32,
	KIND_U64,
	KIND_NAME,
	KIND_STRING,
	KIND_BLOB,
	KIND_STRUCT,
	KIND_STRUCT_END,
	KIND_LIST,
	KIND_LIST_END,
	KIND_ARRAY,
	KIND_ARRAY_END,
};

/* How many bytes follow the kind; -1 when it is none that is known, or cut off. */
static int64_t value_size(const unsigned char *at, size_t left)
{
	uint16_t length;
	uint32_t bytes;

	switch (at[0]) {
	case KIND_U8:
		return 1;
	case KIND_U16:
	case KIND_ARRAY:
		return 2;
	case KIND_U32:
		return 4;
	case KIND_U64:
		return 8;
	case KIND_NAME:
	case KIND_STRING:
		if (left < 1 + sizeof(length))
			return -1;
		memcpy(&length, at + 1, sizeof(length));
		return (int64_t)sizeof(length) + length;
	case KIND_BLOB:
		if (left < 1 + sizeof(bytes))
			return -1;
		memcpy(&bytes, at + 1, sizeof(bytes));
		return (int64_t)sizeof(bytes) + bytes;
	case KIND_STRUCT:
	case KIND_STRUCT_END:
	case KIND_LIST:
	case KIND_LIST_END:
	case KIND_ARRAY_END:
		return 0;
	default:
		return -1;
	}
}

void stand_in_for(const char *name, char *stand_in)
{
	size_t size = strlen(name), prefix = strlen(CONTAINER_PREFIX);

	memcpy(stand_in, CONTAINER_PREFIX, prefix);
	/* No runtime gives a container such a name. */
	memset(stand_in + prefix, '-', size - prefix);
	stand_in[size] = '\0';
}

int profile_rename(struct text *binary, const char *from, const char *to)
{
	size_t size = strlen(from), at = 0;
	int renamed = 0;

	while (at < binary->size) {
		unsigned char *value = (unsigned char *)binary->bytes + at;
		int64_t length = value_size(value, binary->size - at);
		char *string = (char *)value + 1 + sizeof(uint16_t);

		if (length < 0 || (uint64_t)length >= binary->size - at)
			return -1;
		/* The profile itself, and those of its sources where executions lead to them. */
		if (value[0] == KIND_STRING && (uint64_t)length >= sizeof(uint16_t) + size &&
		    !memcmp(string, from, size)) {
			memcpy(string, to, size);
			renamed = 1;
		}
		at += 1 + (size_t)length;
	}
	return renamed ? 0 : -1;
}
