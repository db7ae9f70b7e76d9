// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "bpflsm.h"

/* The end of what libbpf said: the verifier's verdict stands in the last lines. */
#define LOG_SIZE 512

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
	char line[LOG_SIZE];
	size_t have, length;

	if (level == LIBBPF_DEBUG)
		return 0;
	vsnprintf(line, sizeof(line), format, arguments);
	length = strlen(line);
	while (length > 0 && line[length - 1] == '\n')
		line[--length] = '\0';
	have = strlen(log_text);
	if (have + length + 3 > sizeof(log_text)) {
		/* Make room by forgetting the oldest. */
		size_t drop = have + length + 3 - sizeof(log_text);

		if (drop > have)
			drop = have;
		memmove(log_text, log_text + drop, have - drop + 1);
		have -= drop;
	}
	snprintf(log_text + have, sizeof(log_text) - have, "%s%s", have ? "; " : "", line);
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
