// SPDX-License-Identifier: Apache-2.0
/*
 * A quoted name is an expression (AARE, apparmor.d(5)) in which a backslash takes the
 * next character as it is. Bytes that a line of text should not hold, and quotes, are
 * written in octal, which the compiler takes for the byte itself.
 */
#include <string.h>

#include "apparmor.h"

/* A byte that means itself in the expression. */
static void put_byte(struct text *text, unsigned char byte)
{
	if (byte < 0x20 || byte == 0x7f || byte == '"' || byte == '#')
		text_add(text, "\\%03o", byte);
	else
		text_bytes(text, (const char *)&byte, 1);
}

static void put_literal(struct text *text, unsigned char byte)
{
	if (strchr("*?[]{}^,@", byte) && byte)
		text_add(text, "\\%c", byte);
	else if (byte == '\\')
		text_add(text, "\\\\");
	else
		put_byte(text, byte);
}

/* A backslash before the closing quotation mark would be read as one of that. */
static void put_alone(struct text *text, unsigned char byte)
{
	if (byte == '\\')
		text_add(text, "[\\\\]");
	else
		put_literal(text, byte);
}

void quote_path(struct text *text, const char *path, size_t size)
{
	for (size_t i = 0; i < size; i++)
		put_alone(text, (unsigned char)path[i]);
}

/* A class is read badly when its first member is a caret, or when a hyphen is none. */
static void put_members(struct text *text, const uint8_t *set, int is_negated)
{
	int hyphen = (set['-' / 8] >> '-' % 8 & 1) != is_negated, caret = (set['^' / 8] >> '^' % 8 & 1) != is_negated;

	text_add(text, is_negated ? "[^" : "[");
	if (hyphen)
		text_bytes(text, "-", 1);
	for (unsigned byte = 1; byte < 256; byte++) {
		if (byte != '-' && byte != '^' && (set[byte / 8] >> byte % 8 & 1) != is_negated)
			put_literal(text, (unsigned char)byte);
	}
	if (caret)
		put_literal(text, '^');
	text_bytes(text, "]", 1);
}

void quote_set(struct text *text, const uint8_t *set, unsigned count)
{
	unsigned char only = 0;

	for (unsigned byte = 1; count == 1 && byte < 256; byte++) {
		if (set[byte / 8] >> byte % 8 & 1)
			only = (unsigned char)byte;
	}
	if (count == 1)
		put_alone(text, only);
	else if (count == 255)
		text_add(text, "{?,/}");
	else if (count == 254 && !(set['/' / 8] >> '/' % 8 & 1))
		text_add(text, "?");
	else
		put_members(text, set, count > 128);
}

/* A member of a class: a byte, or the range up to `last`. */
struct member {
	unsigned char first;
	unsigned char last;
};

static void put_range(struct text *text, unsigned char first, unsigned char last)
{
	if (first > last)
		return;
	put_literal(text, first);
	if (last == first)
		return;
	text_bytes(text, "-", 1);
	put_literal(text, last);
}

/* Without the slash, unless the class says what is not matched. */
static void put_member(struct text *text, struct member member, int negated)
{
	if (negated || member.first > '/' || member.last < '/') {
		put_range(text, member.first, member.last);
		return;
	}
	put_range(text, member.first, '/' - 1);
	put_range(text, '/' + 1, member.last);
}

/*
 * A class, from behind its bracket; returns how many bytes it has with its end. Ours never
 * match a slash. AppArmor has no way to write a caret in the first place of a class, nor
 * a hyphen anywhere else, so members are put in another order.
 */
static size_t put_class(struct text *text, const char *pattern, size_t size)
{
	int negated = size && (pattern[0] == '^' || pattern[0] == '!'), caret = 0, hyphen = 0, count = 0;
	struct member members[256];
	size_t i = negated ? 1 : 0;

	for (size_t first = i; i < size && (pattern[i] != ']' || i == first) && count < 256; i++) {
		unsigned char byte, last;

		if (pattern[i] == '\\' && i + 1 < size)
			i++;
		byte = last = (unsigned char)pattern[i];
		if (i + 2 < size && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
			i += 2;
			if (pattern[i] == '\\' && i + 1 < size)
				i++;
			last = (unsigned char)pattern[i];
		}
		if (byte == last && byte == '^')
			caret = 1;
		else if (byte == last && byte == '-')
			hyphen = 1;
		else
			members[count++] = (struct member){ byte, last };
	}
	if (!negated && caret && !hyphen && !count) {
		put_literal(text, '^');
		return i < size ? i + 1 : i;
	}
	text_add(text, negated ? "[^" : "[");
	if (hyphen)
		text_bytes(text, "-", 1);
	if (negated)
		text_bytes(text, "/", 1);
	for (int j = 0; j < count; j++)
		put_member(text, members[j], negated);
	if (caret)
		put_literal(text, '^');
	text_bytes(text, "]", 1);
	return i < size ? i + 1 : i;
}

void quote_pattern(struct text *text, const char *pattern, size_t size)
{
	int depth = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)pattern[i];

		switch (byte) {
		case '\\':
			if (i + 1 < size)
				put_alone(text, (unsigned char)pattern[++i]);
			break;
		case '*':
		case '?':
			text_bytes(text, pattern + i, 1);
			break;
		case '[':
			i += put_class(text, pattern + i + 1, size - i - 1);
			break;
		case '{':
		case '}':
			depth += byte == '{' ? 1 : -1;
			text_bytes(text, pattern + i, 1);
			break;
		case ',':
			if (depth > 0) {
				text_bytes(text, ",", 1);
				break;
			}
			/* fallthrough */
		default:
			put_literal(text, byte);
		}
	}
}
