// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "answer.h"

int32_t answer_offer(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, uint32_t kind,
		     const void *table, char *error, uint64_t error_size)
{
	size_t size = error ? error_size : 0;

	if (!offer || !answer || answer->struct_size < sizeof(*answer)) {
		snprintf(error, size, "an offer and an answer of %zu bytes are needed", sizeof(*answer));
		return -EINVAL;
	}
	if (offer->abi_major != KUBEARMOR_ABI_MAJOR) {
		snprintf(error, size,
			 "the daemon speaks plugin ABI %u.%u, this plugin %u.%u: install matching versions",
			 offer->abi_major, offer->abi_minor, KUBEARMOR_ABI_MAJOR, KUBEARMOR_ABI_MINOR);
		return -EPROTO;
	}
	answer->kind = kind;
	answer->abi_major = KUBEARMOR_ABI_MAJOR;
	answer->abi_minor = KUBEARMOR_ABI_MINOR;
	answer->header_hash = KUBEARMOR_HEADER_HASH;
	answer->table = table;
	return 0;
}
