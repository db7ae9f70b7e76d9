/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows. */
#ifndef KUBEARMOR_SHARED_TEXT_H
#define KUBEARMOR_SHARED_TEXT_H

#include <stddef.h>

/* `failed` once there was no memory. */
struct text {
	char *bytes;
	size_t size;
	size_t room;
	int failed;
};

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);
void text_bytes(struct text *text, const char *bytes, size_t size);
void text_free(struct text *text);

#endif
