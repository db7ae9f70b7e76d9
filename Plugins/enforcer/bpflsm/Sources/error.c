// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpflsm.h"

/* The end of what libbpf said: the verifier's verdict stands in the last lines. */
#define LOG_SIZE 640

static _Thread_local char log_text[LOG_SIZE];

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

static int keep_log(enum libbpf_print_level level, const char *format, va_list arguments)
{
	size_t have = strlen(log_text), room = sizeof(log_text) - 1, length;
	char *line = NULL, *tail;

	if (level == LIBBPF_DEBUG || vasprintf(&line, format, arguments) < 0)
		return 0;
	length = strlen(line);
	while (length > 0 && line[length - 1] == '\n')
		line[--length] = '\0';
	tail = length > room ? line + length - room : line;
	length = strlen(tail);
	/* Make room by forgetting the oldest. */
	if (have + length > room) {
		size_t drop = have + length - room;

		memmove(log_text, log_text + drop, have - drop + 1);
		have -= drop;
	}
	memcpy(log_text + have, tail, length + 1);
	free(line);
	return 0;
}

void kernel_log_begin(void)
{
	log_text[0] = '\0';
	libbpf_set_print(keep_log);
}

const char *kernel_log(void)
{
	return log_text;
}
