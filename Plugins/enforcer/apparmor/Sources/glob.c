// SPDX-License-Identifier: Apache-2.0
/*
 * The names of rules as languages of paths: sequences of sets of bytes, some of them
 * repeated. Alternatives are written out. docs/policies.md says what a pattern means.
 */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

int set_has(const uint8_t *set, unsigned char byte)
{
	return set[byte / 8] >> byte % 8 & 1;
}

static void set_add(uint8_t *set, unsigned first, unsigned last)
{
	for (unsigned byte = first; byte <= last; byte++)
		set[byte / 8] |= (uint8_t)(1u << byte % 8);
}

static void set_remove(uint8_t *set, unsigned char byte)
{
	set[byte / 8] &= (uint8_t)~(1u << byte % 8);
}

/* ---- building -------------------------------------------------------------------- */

static struct token *add_token(struct glob *glob)
{
	struct token *tokens;

	/* Doubled whenever a power of two is reached. */
	if ((glob->count & (glob->count - 1)) == 0) {
		tokens = realloc(glob->tokens, (glob->count ? 2 * glob->count : 1) * sizeof(*tokens));
		if (!tokens)
			return NULL;
		glob->tokens = tokens;
	}
	memset(&glob->tokens[glob->count], 0, sizeof(*glob->tokens));
	return &glob->tokens[glob->count++];
}

static int add_bytes(struct glob *glob, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		struct token *token = add_token(glob);

		if (!token)
			return -1;
		set_add(token->set, (unsigned char)bytes[i], (unsigned char)bytes[i]);
	}
	return 0;
}

/* Any byte but a slash, or any byte at all. */
static int add_any(struct glob *glob, int crosses, int star)
{
	struct token *token = add_token(glob);

	if (!token)
		return -1;
	token->star = (uint8_t)star;
	set_add(token->set, 1, 255);
	if (!crosses)
		set_remove(token->set, '/');
	return 0;
}

static unsigned char take(struct span pattern, size_t *at)
{
	if (pattern.bytes[*at] == '\\' && *at + 1 < pattern.size)
		++*at;
	return (unsigned char)pattern.bytes[(*at)++];
}

/* A class, from behind its bracket; it never holds a slash. */
static int add_class(struct glob *glob, struct span pattern, size_t *at)
{
	struct token *token = add_token(glob);
	int negated, first = 1;

	if (!token)
		return -1;
	negated = *at < pattern.size && (pattern.bytes[*at] == '^' || pattern.bytes[*at] == '!');
	*at += (size_t)negated;
	for (; *at < pattern.size && (pattern.bytes[*at] != ']' || first); first = 0) {
		unsigned char low = take(pattern, at), high = low;

		if (*at + 1 < pattern.size && pattern.bytes[*at] == '-' && pattern.bytes[*at + 1] != ']') {
			++*at;
			high = take(pattern, at);
		}
		if (low <= high)
			set_add(token->set, low, high);
	}
	*at += *at < pattern.size;
	for (unsigned i = 0; negated && i < sizeof(token->set); i++)
		token->set[i] = (uint8_t)~token->set[i];
	set_remove(token->set, 0);
	set_remove(token->set, '/');
	return 0;
}

/* A star, from behind it: as a whole component it is at least one byte. */
static int add_star(struct glob *glob, struct span pattern, size_t *at)
{
	size_t first = *at - 1;
	int crosses = 0;

	for (; *at < pattern.size && pattern.bytes[*at] == '*'; ++*at)
		crosses = 1;
	if (first > 0 && pattern.bytes[first - 1] == '/' && (*at == pattern.size || pattern.bytes[*at] == '/') &&
	    add_any(glob, 0, 0))
		return -1;
	return add_any(glob, crosses, 1);
}

/* A pattern without alternatives. */
static int parse(struct glob *glob, struct span pattern)
{
	int failed = 0;

	for (size_t at = 0; at < pattern.size && !failed;) {
		char byte = pattern.bytes[at];

		if (byte == '*') {
			at++;
			failed = add_star(glob, pattern, &at);
		} else if (byte == '?') {
			at++;
			failed = add_any(glob, 0, 0);
		} else if (byte == '[') {
			at++;
			failed = add_class(glob, pattern, &at);
		} else {
			char literal = (char)take(pattern, &at);

			failed = add_bytes(glob, &literal, 1);
		}
	}
	return failed;
}

/* ---- alternatives ---------------------------------------------------------------- */

/* Behind what begins at `at`: an escaped byte, a class or a single byte. */
static size_t step(struct span pattern, size_t at)
{
	if (pattern.bytes[at] == '\\')
		return at + 2 < pattern.size ? at + 2 : pattern.size;
	if (pattern.bytes[at] != '[')
		return at + 1;
	at++;
	if (at < pattern.size && (pattern.bytes[at] == '^' || pattern.bytes[at] == '!'))
		at++;
	for (int first = 1; at < pattern.size && (pattern.bytes[at] != ']' || first); first = 0)
		at += pattern.bytes[at] == '\\' ? 2 : 1;
	return at < pattern.size ? at + 1 : pattern.size;
}

/* The bracket or comma that ends what begins at `at`. */
static size_t end_of_branch(struct span pattern, size_t at)
{
	int depth = 0;

	while (at < pattern.size) {
		char byte = pattern.bytes[at];

		if (depth == 0 && (byte == ',' || byte == '}'))
			return at;
		depth += byte == '{' ? 1 : byte == '}' ? -1 : 0;
		at = step(pattern, at);
	}
	return at;
}

static int expand(struct globs *globs, struct span pattern);

static int expand_branches(struct globs *globs, struct span pattern, size_t open)
{
	size_t close = open + 1, from = open + 1;
	char *bytes = malloc(pattern.size + 1);
	int failed = !bytes;

	while ((close = end_of_branch(pattern, close)) < pattern.size && pattern.bytes[close] == ',')
		close++;
	while (!failed && from <= close && close < pattern.size) {
		size_t end = end_of_branch(pattern, from), size = open;

		memcpy(bytes, pattern.bytes, open);
		memcpy(bytes + size, pattern.bytes + from, end - from);
		size += end - from;
		memcpy(bytes + size, pattern.bytes + close + 1, pattern.size - close - 1);
		size += pattern.size - close - 1;
		failed = expand(globs, (struct span){ bytes, size });
		from = end + 1;
	}
	free(bytes);
	return failed ? -1 : 0;
}

static int expand(struct globs *globs, struct span pattern)
{
	for (size_t at = 0; at < pattern.size; at = step(pattern, at)) {
		if (pattern.bytes[at] == '{')
			return expand_branches(globs, pattern, at);
	}
	if (globs->count == GLOB_LIMIT)
		return -1;
	globs->list[globs->count] = (struct glob){};
	return parse(&globs->list[globs->count++], pattern);
}

/* ---- objects of rules ------------------------------------------------------------ */

static int add_glob(struct globs *globs, struct span bytes, const char *suffix)
{
	struct glob *glob = &globs->list[globs->count++];

	*glob = (struct glob){};
	return add_bytes(glob, bytes.bytes, bytes.size) || add_bytes(glob, suffix, strlen(suffix)) ? -1 : 0;
}

static int add_execname(struct globs *globs, struct span name)
{
	struct glob *glob;

	if (add_glob(globs, (struct span){ "/", 1 }, "") || add_bytes(&globs->list[0], name.bytes, name.size))
		return -1;
	if (add_glob(globs, (struct span){ "/", 1 }, ""))
		return -1;
	glob = &globs->list[1];
	return add_any(glob, 1, 1) || add_bytes(glob, "/", 1) || add_bytes(glob, name.bytes, name.size) ? -1 : 0;
}

/* The name without its slash, and what is in it. */
static int add_directory(struct globs *globs, struct span name, int is_recursive)
{
	struct glob *glob;

	if (name.size > 1 && add_glob(globs, (struct span){ name.bytes, name.size - 1 }, ""))
		return -1;
	if (add_glob(globs, name, ""))
		return -1;
	glob = &globs->list[globs->count - 1];
	if (is_recursive)
		return add_any(glob, 1, 1);
	if (add_any(glob, 0, 1) || add_glob(globs, name, ""))
		return -1;
	/* A directory in it. */
	glob = &globs->list[globs->count - 1];
	return add_any(glob, 0, 0) || add_any(glob, 0, 1) || add_bytes(glob, "/", 1) ? -1 : 0;
}

int globs_of(struct globs *globs, uint16_t match, uint32_t flags, struct span object, int is_file)
{
	int failed;

	globs->count = 0;
	switch (match) {
	case KUBEARMOR_MATCH_PATH:
		failed = add_glob(globs, object, "") ||
			 (is_file && object.size > 1 && add_glob(globs, object, "/"));
		break;
	case KUBEARMOR_MATCH_EXECNAME:
		failed = add_execname(globs, object);
		break;
	case KUBEARMOR_MATCH_DIRECTORY:
		failed = add_directory(globs, object, flags & KUBEARMOR_RULE_RECURSIVE);
		break;
	case KUBEARMOR_MATCH_PATTERN:
		failed = expand(globs, object);
		break;
	default:
		failed = 1;
	}
	if (failed)
		globs_free(globs);
	return failed ? -1 : 0;
}

void globs_free(struct globs *globs)
{
	for (size_t i = 0; i < globs->count; i++)
		free(globs->list[i].tokens);
	globs->count = 0;
}

/* ---- matching -------------------------------------------------------------------- */

void places_close(const struct glob *glob, uint8_t *places)
{
	for (size_t i = 0; i < glob->count; i++) {
		if (places[i] && glob->tokens[i].star)
			places[i + 1] = 1;
	}
}

int places_step(const struct glob *glob, const uint8_t *places, unsigned char byte, uint8_t *next)
{
	int any = 0;

	memset(next, 0, glob->count + 1);
	for (size_t i = 0; i < glob->count; i++) {
		if (places[i] && set_has(glob->tokens[i].set, byte))
			any = next[glob->tokens[i].star ? i : i + 1] = 1;
	}
	places_close(glob, next);
	return any;
}

/* 1: matches whole, 0: might with more behind it, -1: never, or no memory. */
static int match(const struct glob *glob, struct span path)
{
	uint8_t *places = calloc(2, glob->count + 1), *next = places ? places + glob->count + 1 : NULL;
	int result = -1, alive = places != NULL;

	if (alive) {
		places[0] = 1;
		places_close(glob, places);
	}
	for (size_t i = 0; i < path.size && alive; i++) {
		alive = places_step(glob, places, (unsigned char)path.bytes[i], next);
		memcpy(places, next, glob->count + 1);
	}
	if (alive)
		result = places[glob->count];
	free(places);
	return result;
}

int globs_match(const struct globs *globs, struct span path)
{
	for (size_t i = 0; i < globs->count; i++) {
		if (match(&globs->list[i], path) == 1)
			return 1;
	}
	return 0;
}

int globs_begin(const struct globs *globs, struct span path)
{
	for (size_t i = 0; i < globs->count; i++) {
		if (match(&globs->list[i], path) >= 0)
			return 1;
	}
	return 0;
}

size_t pattern_prefix(struct span pattern)
{
	size_t at = 0, count = 0;

	for (; at < pattern.size && !strchr("*?[{", pattern.bytes[at]); count++)
		take(pattern, &at);
	return count;
}
