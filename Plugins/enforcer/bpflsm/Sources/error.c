// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpflsm.h"

/* The end of what libbpf said: the verifier's verdict stands in the last lines. */
#define LOG_SIZE 640

static _Thread_local char log_text[LOG_SIZE];
/* Who hears what the verifier had to do; valid while an open is under way. */
static _Thread_local const struct bpflsm *log_reader;

void say(const struct bpflsm *self, uint32_t level, const char *format, ...)
{
	char text[KUBEARMOR_ERROR_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (self->host->log)
		self->host->log(self->host->context, level, text, strlen(text));
}

/* What the verifier had to do for a program (log level VERIFIER_NUMBERS), into the daemon's log. */
static void tell_effort(const char *format, va_list arguments)
{
	unsigned int instructions, states, most;
	const char *program, *numbers, *second;
	char *text = NULL, name[32];

	if (!log_reader || !strstr(format, "END PROG LOAD LOG"))
		return;
	if (vasprintf(&text, format, arguments) < 0)
		return;
	program = strstr(text, "prog '");
	numbers = strstr(text, "processed ");
	second = numbers ? strstr(numbers, "total_states ") : NULL;
	if (program && second && sscanf(program, "prog '%31[^']'", name) == 1 &&
	    sscanf(numbers, "processed %u", &instructions) == 1 &&
	    sscanf(second, "total_states %u peak_states %u", &states, &most) == 2)
		say(log_reader, KUBEARMOR_LOG_DEBUG, "verifier: %s: %u instructions, %u states, %u at once", name,
		    instructions, states, most);
	free(text);
}

static int keep_log(enum libbpf_print_level level, const char *format, va_list arguments)
{
	size_t have = strlen(log_text), room = sizeof(log_text) - 1, length;
	char *line = NULL, *tail;

	if (level == LIBBPF_DEBUG)
		tell_effort(format, arguments);
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

void kernel_log_begin(const struct bpflsm *reader)
{
	log_text[0] = '\0';
	log_reader = reader;
	libbpf_set_print(keep_log);
}

void kernel_log_end(void)
{
	log_reader = NULL;
}

const char *kernel_log(void)
{
	return log_text;
}
