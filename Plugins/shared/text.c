// SPDX-License-Identifier: Apache-2.0
/* A text that grows. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static int reserve(struct text *text, size_t more)
{
	size_t room = text->room ? text->room : 4096;
	char *bytes;

	if (text->failed)
		return -1;
	if (text->size + more + 1 <= text->room)
		return 0;
	while (room < text->size + more + 1)
		room *= 2;
	bytes = realloc(text->bytes, room);
	if (!bytes) {
		text->failed = 1;
		return -1;
	}
	text->bytes = bytes;
	text->room = room;
	return 0;
}

void text_bytes(struct text *text, const char *bytes, size_t size)
{
	/* Nothing makes an empty text, which is a text all the same. */
	if (reserve(text, size))
		return;
	if (size)
		memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
	text->bytes[text->size] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	va_list arguments;
	char line[512];
	int size;

	va_start(arguments, format);
	size = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof(line))
		text->failed = 1;
	else
		text_bytes(text, line, (size_t)size);
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){};
}
