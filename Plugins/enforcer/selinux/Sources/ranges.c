// SPDX-License-Identifier: Apache-2.0
/* Levels that a program's start changes: a type that is like another changes them likewise. */
#include <stdlib.h>

#include "edit.h"

struct copying {
	uint32_t like;
	struct {
		range_trans_t key;
		mls_range_t *range;
	} *list;
	size_t count;
};

static int collect(hashtab_key_t key, hashtab_datum_t datum, void *context)
{
	struct copying *copying = context;
	const range_trans_t *change = (const void *)key;
	void *list;

	if (change->target_type != copying->like && change->source_type != copying->like)
		return 0;
	list = realloc(copying->list, (copying->count + 1) * sizeof(*copying->list));
	if (!list)
		return -1;
	copying->list = list;
	copying->list[copying->count].key = *change;
	copying->list[copying->count++].range = datum;
	return 0;
}

static void insert(struct edit *edit, const range_trans_t *change, const mls_range_t *range)
{
	range_trans_t *key = malloc(sizeof(*key));
	mls_range_t *copy = calloc(1, sizeof(*copy));

	if (key && copy && !mls_range_cpy(copy, range)) {
		*key = *change;
		if (!hashtab_insert(edit->policy->range_tr, (hashtab_key_t)key, (hashtab_datum_t)copy))
			return;
		/* It is there already. */
		mls_range_destroy(copy);
	} else {
		edit_failed(edit, "no memory for a level");
	}
	free(key);
	free(copy);
}

void edit_copy_ranges(struct edit *edit, uint32_t like, uint32_t type)
{
	struct copying copying = { .like = like };

	if (hashtab_map(edit->policy->range_tr, collect, &copying))
		edit_failed(edit, "no memory for a level");
	for (size_t i = 0; i < copying.count; i++) {
		range_trans_t change = copying.list[i].key;

		if (change.target_type == like)
			change.target_type = type;
		if (change.source_type == like)
			change.source_type = type;
		insert(edit, &change, copying.list[i].range);
	}
	free(copying.list);
}
