/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to the daemon's offer. */
#ifndef KUBEARMOR_SHARED_ANSWER_H
#define KUBEARMOR_SHARED_ANSWER_H

#include "plugin.h"

/*
 * What kubearmor_plugin_entry does for a plugin of the kind (KUBEARMOR_KIND_…) whose table, which must live as
 * long as the library, begins at `table`. 0, -EINVAL for structs of other sizes, -EPROTO for another major.
 */
int32_t answer_offer(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, uint32_t kind,
		     const void *table, char *error, uint64_t error_size);

#endif
