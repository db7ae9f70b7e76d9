// SPDX-License-Identifier: Apache-2.0
#include "kubearmor_signatures.h"

#define DESCRIBE(kind_, table_, entry_, result_, arguments_, limit_, flags_)                        \
	{                                                                                           \
		.kind = KUBEARMOR_KIND_##kind_,                                                     \
		.offset = offsetof(struct kubearmor_##table_, entry_),                              \
		.limit_ms = limit_,                                                                 \
		.flags = flags_,                                                                    \
		.entry = #entry_,                                                                   \
		.arguments = arguments_,                                                            \
		.result = result_,                                                                  \
	},

static const struct kubearmor_signature signatures[] = {KUBEARMOR_SIGNATURES(DESCRIBE)};

/*
 * Counts the entries a table's description has, and compares with the room after
 * struct_size: an entry that was added to the header alone does not compile.
 */
#define IS_ENFORCER(kind_, ...) +(KUBEARMOR_KIND_##kind_ == KUBEARMOR_KIND_ENFORCER)
#define IS_MONITOR(kind_, ...) +(KUBEARMOR_KIND_##kind_ == KUBEARMOR_KIND_MONITOR)
#define IS_FEEDER(kind_, ...) +(KUBEARMOR_KIND_##kind_ == KUBEARMOR_KIND_FEEDER)
#define IS_SOURCE(kind_, ...) +(KUBEARMOR_KIND_##kind_ == KUBEARMOR_KIND_SOURCE)

_Static_assert((0 KUBEARMOR_SIGNATURES(IS_ENFORCER)) == sizeof(struct kubearmor_enforcer) / 8 - 1, "enforcer");
_Static_assert((0 KUBEARMOR_SIGNATURES(IS_MONITOR)) == sizeof(struct kubearmor_monitor) / 8 - 1, "monitor");
_Static_assert((0 KUBEARMOR_SIGNATURES(IS_FEEDER)) == sizeof(struct kubearmor_feeder) / 8 - 1, "feeder");
_Static_assert((0 KUBEARMOR_SIGNATURES(IS_SOURCE)) == sizeof(struct kubearmor_source) / 8 - 1, "source");

const struct kubearmor_signature *kubearmor_signature_list(uint64_t *count)
{
	*count = sizeof(signatures) / sizeof(signatures[0]);
	return signatures;
}

uint64_t kubearmor_header_hash(void)
{
	return KUBEARMOR_HEADER_HASH;
}
