// SPDX-License-Identifier: Apache-2.0
/*
 * A deny of AppArmor goes before every permission, whatever is more specific. So what
 * another rule permits inside of a denied language is cut out of it: the cuts form a
 * tree of bytes, and wherever a path leaves the tree, a line denies what lies behind.
 */
#include <stdlib.h>
#include <string.h>

#include "rules.h"

/* Beyond so many lines compiling would take too long. */
#define LINE_LIMIT 20000

/* ---- cuts ------------------------------------------------------------------------ */

int cuts_add(struct cuts *cuts, struct span bytes, const char *suffix, int kind)
{
	size_t more = strlen(suffix);
	char *copy = malloc(bytes.size + more + 1);

	if (copy && cuts->count == cuts->room) {
		size_t room = cuts->room ? 2 * cuts->room : 16;
		struct cut *list = realloc(cuts->list, room * sizeof(*list));

		if (list) {
			cuts->list = list;
			cuts->room = room;
		}
	}
	if (!copy || cuts->count == cuts->room) {
		free(copy);
		return -1;
	}
	memcpy(copy, bytes.bytes, bytes.size);
	memcpy(copy + bytes.size, suffix, more);
	cuts->list[cuts->count++] = (struct cut){ copy, bytes.size + more, kind };
	return 0;
}

void cuts_free(struct cuts *cuts)
{
	for (size_t i = 0; i < cuts->count; i++)
		free(cuts->list[i].bytes);
	free(cuts->list);
	*cuts = (struct cuts){};
}

static int compare(const void *left, const void *right)
{
	const struct cut *one = left, *other = right;
	size_t size = one->size < other->size ? one->size : other->size;
	int order = memcmp(one->bytes, other->bytes, size);

	if (order || one->size != other->size)
		return order ? order : one->size < other->size ? -1 : 1;
	return one->kind - other->kind;
}

/* ---- lines ----------------------------------------------------------------------- */

struct carving {
	struct text *text;
	const struct glob *glob;
	const struct cut *list;
	size_t count;
	const char *before;
	const char *after;
	size_t lines;
	int failed;
};

/* How far below the beginning of a cut that reaches to the next slash. */
#define NOT_BELOW 0
#define BELOW_DIRECT 1 /* "name/" is still cut out, "name/x" is not */
#define BELOW_STARTS 2 /* "name/" is not */

/* Where the tree is: the cuts from `first` to `last` begin with the same `depth` bytes. */
struct node {
	size_t first;
	size_t last;
	size_t depth;
	int below;
	int is_cut; /* what ends here is cut out */
};

static void put_set(struct text *text, const uint8_t *set)
{
	unsigned count = 0;

	for (unsigned byte = 1; byte < 256; byte++)
		count += (unsigned)set_has(set, (unsigned char)byte);
	quote_set(text, set, count);
}

static void put_rest(const struct carving *carving, size_t place)
{
	const struct glob *glob = carving->glob;
	struct text *text = carving->text;

	for (; place < glob->count; place++) {
		const struct token *token = &glob->tokens[place];

		/* In braces a star has no meaning of its own behind a slash. */
		if (token->star)
			text_add(text, set_has(token->set, '/') ? "{,**}" : "{,*}");
		else
			put_set(text, token->set);
	}
}

static void begin_line(struct carving *carving, const struct node *node)
{
	if (++carving->lines > LINE_LIMIT)
		carving->failed = 1;
	text_add(carving->text, "%s\"", carving->before);
	if (carving->list)
		quote_path(carving->text, carving->list[node->first].bytes, node->depth);
}

static void end_line(struct carving *carving)
{
	text_add(carving->text, "\"%s", carving->after);
}

/* Of the bytes that a place takes, those with which no cut goes on. */
static int outside(const struct carving *carving, const struct node *node, const struct token *token, uint8_t *set)
{
	int any = 0;

	memcpy(set, token->set, sizeof(token->set));
	for (size_t i = node->first; i < node->last; i++) {
		if (carving->list[i].size > node->depth) {
			unsigned char byte = (unsigned char)carving->list[i].bytes[node->depth];

			set[byte / 8] &= (uint8_t)~(1u << byte % 8);
		}
	}
	/* No path has two slashes in a row, and the compiler makes them one. */
	if (node->below || (node->depth && carving->list[node->first].bytes[node->depth - 1] == '/'))
		set['/' / 8] &= (uint8_t)~(1u << '/' % 8);
	for (size_t i = 0; i < sizeof(token->set); i++)
		any |= set[i];
	return any;
}

/* Whether what is left of the language can hold a slash. */
static int has_slash(const struct glob *glob, const uint8_t *places)
{
	int is_left = 0;

	for (size_t i = 0; i < glob->count; i++) {
		is_left |= places[i];
		if (is_left && set_has(glob->tokens[i].set, '/'))
			return 1;
	}
	return 0;
}

/*
 * What leaves a cut that reaches to the next slash: it is denied only from that slash on.
 * Written for languages that go on with anything, or that have no slash left.
 */
static void leave_below(struct carving *carving, const struct node *node, const uint8_t *places)
{
	const struct glob *glob = carving->glob;
	const char *tail = node->below == BELOW_DIRECT ? "/?{,**}" : "/{,**}";
	struct token any = { .star = 1 };
	uint8_t set[32];
	int is_slash_next = 0;

	memset(any.set, 0xff, sizeof(any.set));
	if (!has_slash(glob, places))
		return;
	if (!places[glob->count - 1] || !glob->tokens[glob->count - 1].star ||
	    !set_has(glob->tokens[glob->count - 1].set, '/')) {
		carving->failed = 1;
		return;
	}
	outside(carving, node, &any, set);
	set[0] &= (uint8_t)~1u;
	begin_line(carving, node);
	put_set(carving->text, set);
	text_add(carving->text, "{,*}%s", tail);
	end_line(carving);
	for (size_t i = node->first; i < node->last; i++)
		is_slash_next |= carving->list[i].size > node->depth && carving->list[i].bytes[node->depth] == '/';
	if (is_slash_next || carving->list[node->first].bytes[node->depth - 1] == '/')
		return;
	begin_line(carving, node);
	text_add(carving->text, "%s", tail);
	end_line(carving);
}

static void leave(struct carving *carving, const struct node *node, const uint8_t *places)
{
	const struct glob *glob = carving->glob;
	uint8_t set[32];

	if (node->below) {
		leave_below(carving, node, places);
		return;
	}
	for (size_t i = 0; i < glob->count; i++) {
		if (!places[i] || !outside(carving, node, &glob->tokens[i], set))
			continue;
		begin_line(carving, node);
		put_set(carving->text, set);
		put_rest(carving, glob->tokens[i].star ? i : i + 1);
		end_line(carving);
	}
}

static void walk(struct carving *carving, struct node node, const uint8_t *places);

/* Along each byte with which cuts go on. */
static void descend(struct carving *carving, const struct node *node, const uint8_t *places)
{
	const struct cut *list = carving->list;
	uint8_t *next = malloc(carving->glob->count + 1);

	if (!next)
		carving->failed = 1;
	for (size_t at = node->first; at < node->last && !carving->failed;) {
		struct node child = { .first = at, .depth = node->depth + 1, .below = node->below };
		unsigned char byte = (unsigned char)list[at].bytes[node->depth];

		for (child.last = at; child.last < node->last; child.last++) {
			if ((unsigned char)list[child.last].bytes[node->depth] != byte)
				break;
		}
		if (node->below && byte == '/') {
			child.is_cut = node->below == BELOW_DIRECT;
			child.below = NOT_BELOW;
		} else if (node->below) {
			child.is_cut = 1;
		}
		if (places_step(carving->glob, places, byte, next))
			walk(carving, child, next);
		at = child.last;
	}
	free(next);
}

static void walk(struct carving *carving, struct node node, const uint8_t *places)
{
	size_t first = node.first;

	/* The shortest come first. */
	while (node.first < node.last && carving->list[node.first].size == node.depth) {
		int kind = carving->list[node.first++].kind;

		if (kind == CUT_WHOLE)
			return;
		node.is_cut |= kind != CUT_INSIDE;
		if (kind != CUT_ONE && node.below != BELOW_DIRECT)
			node.below = kind == CUT_DIRECT ? BELOW_DIRECT : BELOW_STARTS;
	}
	if (places[carving->glob->count] && !node.is_cut) {
		begin_line(carving, &(struct node){ .first = first, .depth = node.depth });
		end_line(carving);
	}
	/* The bytes up to here are those of any of them. */
	if (node.first == node.last) {
		struct node end = { .first = first, .last = first, .depth = node.depth, .below = node.below };

		leave(carving, &end, places);
		return;
	}
	leave(carving, &node, places);
	descend(carving, &node, places);
}

static int carve_one(struct carving *carving)
{
	uint8_t *places = calloc(1, carving->glob->count + 1);

	if (!places)
		return -1;
	places[0] = 1;
	places_close(carving->glob, places);
	if (carving->list) {
		walk(carving, (struct node){ .last = carving->count }, places);
	} else {
		begin_line(carving, &(struct node){});
		put_rest(carving, 0);
		end_line(carving);
	}
	free(places);
	return carving->failed ? -1 : 0;
}

int carve(struct text *text, const struct globs *globs, struct cuts *cuts, const char *before, const char *after)
{
	size_t size = text->size;
	int failed = 0;

	if (cuts->count)
		qsort(cuts->list, cuts->count, sizeof(*cuts->list), compare);
	for (size_t i = 0; i < globs->count && !failed; i++) {
		struct carving carving = {
			.text = text,
			.glob = &globs->list[i],
			.list = cuts->count ? cuts->list : NULL,
			.count = cuts->count,
			.before = before,
			.after = after,
		};

		failed = carve_one(&carving);
	}
	if (failed && !text->failed) {
		text->size = size;
		text->bytes[size] = '\0';
	}
	return failed;
}
