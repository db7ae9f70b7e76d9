// SPDX-License-Identifier: Apache-2.0
/* Sentences for the caller. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ebpf.h"

int32_t fail(struct error error, int code, const char *format, ...)
{
	va_list arguments;

	if (error.text && error.size > 0) {
		va_start(arguments, format);
		vsnprintf(error.text, error.size, format, arguments);
		va_end(arguments);
	}
	return -code;
}

const char *errno_name(int code)
{
	const char *name = strerrorname_np(code < 0 ? -code : code);

	return name ? name : "unknown error";
}
