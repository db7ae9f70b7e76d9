/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences for the caller of an entry. */
#ifndef KUBEARMOR_SHARED_FAIL_H
#define KUBEARMOR_SHARED_FAIL_H

#include <stdint.h>

/* Writes the sentence into error and returns `code` (a negative errno value). */
__attribute__((format(printf, 4, 5))) int32_t fail(char *error, uint64_t error_size, int32_t code, const char *format,
						    ...);

#endif
