// SPDX-License-Identifier: Apache-2.0
/* Sentences for the caller of an entry. */
#include <stdarg.h>
#include <stdio.h>

#include "fail.h"

int32_t fail(char *error, uint64_t error_size, int32_t code, const char *format, ...)
{
	va_list arguments;

	if (error && error_size > 0) {
		va_start(arguments, format);
		vsnprintf(error, error_size, format, arguments);
		va_end(arguments);
	}
	return code;
}
