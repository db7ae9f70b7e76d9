// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "edit.h"

void edit_failed(struct edit *edit, const char *what)
{
	if (!edit->failure)
		edit->failure = what;
}

int edit_begin(struct edit *edit, policydb_t *policy)
{
	const avtab_t *table = &policy->te_avtab;
	size_t count = 0;

	*edit = (struct edit){ .policy = policy };
	edit->transitions = calloc(table->nel + 1, sizeof(*edit->transitions));
	edit->heard = calloc(policy->p_classes.nprim + 1, sizeof(*edit->heard));
	edit->heard_there = calloc(policy->p_classes.nprim + 1, sizeof(*edit->heard_there));
	if (!edit->transitions || !edit->heard || !edit->heard_there)
		return -1;
	for (uint32_t i = 0; i < table->nslot; i++) {
		for (avtab_ptr_t node = table->htable[i]; node; node = node->next) {
			if (node->key.specified & AVTAB_TRANSITION)
				edit->transitions[count++] = node;
		}
	}
	edit->transition_count = count;
	return 0;
}

void edit_end(struct edit *edit)
{
	free(edit->transitions);
	free(edit->heard);
	free(edit->heard_there);
}

/* ---- names -------------------------------------------------------------------------------- */

uint32_t edit_type(const struct edit *edit, const char *name)
{
	const type_datum_t *type = hashtab_search(edit->policy->p_types.table, name);

	return type ? type->s.value : 0;
}

const char *edit_type_name(const struct edit *edit, uint32_t type)
{
	return edit->policy->p_type_val_to_name[type - 1];
}

const ebitmap_t *edit_members(const struct edit *edit, const char *attribute)
{
	uint32_t value = edit_type(edit, attribute);

	return value ? &edit->policy->attr_type_map[value - 1] : NULL;
}

class_datum_t *edit_class(const struct edit *edit, const char *name)
{
	return hashtab_search(edit->policy->p_classes.table, name);
}

static uint32_t permission_of(const class_datum_t *class_, const char *name)
{
	const perm_datum_t *permission = hashtab_search(class_->permissions.table, name);

	if (!permission && class_->comdatum)
		permission = hashtab_search(class_->comdatum->permissions.table, name);
	return permission ? 1u << (permission->s.value - 1) : 0;
}

/* Names that this policy does not know are of accesses that it does not check. */
uint32_t edit_permissions(const class_datum_t *class_, const char *names)
{
	uint32_t permissions = 0;
	char name[64];

	while (*names) {
		size_t size = strcspn(names, " ");

		if (size < sizeof(name)) {
			memcpy(name, names, size);
			name[size] = '\0';
			permissions |= permission_of(class_, name);
		}
		names += size + strspn(names + size, " ");
	}
	return permissions;
}

/* ---- types ---------------------------------------------------------------------------------- */

/* The array with room for one more element, which is zero. */
static int grow(void **array, size_t count, size_t size)
{
	char *now = realloc(*array, (count + 1) * size);

	if (!now)
		return -1;
	memset(now + count * size, 0, size);
	*array = now;
	return 0;
}

static int grow_tables(policydb_t *policy)
{
	size_t count = policy->p_types.nprim;

	return grow((void **)&policy->p_type_val_to_name, count, sizeof(char *)) ||
	       grow((void **)&policy->type_val_to_struct, count, sizeof(type_datum_t *)) ||
	       grow((void **)&policy->type_attr_map, count, sizeof(ebitmap_t)) ||
	       grow((void **)&policy->attr_type_map, count, sizeof(ebitmap_t));
}

/* Where constraints of the policy speak of `like`, they speak of the new type. */
static int join_constraints(policydb_t *policy, constraint_node_t *list, uint32_t like, uint32_t type)
{
	for (constraint_node_t *node = list; node; node = node->next) {
		for (constraint_expr_t *part = node->expr; part; part = part->next) {
			if (part->expr_type == CEXPR_NAMES && part->attr & CEXPR_TYPE &&
			    ebitmap_get_bit(&part->names, like - 1) && ebitmap_set_bit(&part->names, type - 1, 1))
				return -1;
		}
	}
	(void)policy;
	return 0;
}

static int join(policydb_t *policy, uint32_t like, uint32_t type)
{
	ebitmap_node_t *node;
	uint32_t bit;

	/* The kernel looks up the rules of every bit: that of `like` brings what is said of that type alone. */
	ebitmap_destroy(&policy->type_attr_map[type - 1]);
	if (ebitmap_cpy(&policy->type_attr_map[type - 1], &policy->type_attr_map[like - 1]) ||
	    ebitmap_set_bit(&policy->type_attr_map[type - 1], like - 1, 1) ||
	    ebitmap_set_bit(&policy->type_attr_map[type - 1], type - 1, 1))
		return -1;
	ebitmap_for_each_positive_bit(&policy->type_attr_map[like - 1], node, bit)
	{
		if (bit != like - 1 && ebitmap_set_bit(&policy->attr_type_map[bit], type - 1, 1))
			return -1;
	}
	for (uint32_t i = 0; i < policy->p_classes.nprim; i++) {
		if (join_constraints(policy, policy->class_val_to_struct[i]->constraints, like, type) ||
		    join_constraints(policy, policy->class_val_to_struct[i]->validatetrans, like, type))
			return -1;
	}
	for (uint32_t i = 0; i < policy->p_roles.nprim; i++) {
		role_datum_t *role = policy->role_val_to_struct[i];

		if (ebitmap_get_bit(&role->types.types, like - 1) &&
		    ebitmap_set_bit(&role->types.types, type - 1, 1))
			return -1;
	}
	return ebitmap_get_bit(&policy->permissive_map, like) ? ebitmap_set_bit(&policy->permissive_map, type, 1) : 0;
}

/* A new symbol, a type or an attribute. */
static uint32_t add_symbol(struct edit *edit, const char *name, uint32_t flavor)
{
	policydb_t *policy = edit->policy;
	type_datum_t *type = calloc(1, sizeof(*type));
	char *key = strdup(name);

	if (!type || !key || grow_tables(policy)) {
		free(type);
		free(key);
		edit_failed(edit, "no memory for a type");
		return 0;
	}
	type->s.value = policy->p_types.nprim + 1;
	type->primary = 1;
	type->flavor = flavor;
	if (type->s.value > UINT16_MAX || hashtab_insert(policy->p_types.table, key, type)) {
		free(type);
		free(key);
		edit_failed(edit, "there is no place for another type in the policy");
		return 0;
	}
	policy->p_type_val_to_name[policy->p_types.nprim] = key;
	policy->type_val_to_struct[policy->p_types.nprim] = type;
	policy->p_types.nprim++;
	/* The kernel adds it otherwise, and has then no room to write the policy out again. */
	if (ebitmap_set_bit(&policy->type_attr_map[type->s.value - 1], type->s.value - 1, 1))
		edit_failed(edit, "no memory for a type");
	return type->s.value;
}

uint32_t edit_add_type(struct edit *edit, const char *name, uint32_t like)
{
	uint32_t type = add_symbol(edit, name, TYPE_TYPE);

	if (type && join(edit->policy, like, type))
		edit_failed(edit, "no memory for a type");
	if (type)
		edit_copy_ranges(edit, like, type);
	return type;
}

uint32_t edit_add_attribute(struct edit *edit, const char *name, uint32_t like, const ebitmap_t *all_but)
{
	policydb_t *policy = edit->policy;
	uint32_t attribute = add_symbol(edit, name, TYPE_ATTRIB);

	for (uint32_t type = 1; attribute && type < attribute; type++) {
		if (policy->type_val_to_struct[type - 1]->flavor != TYPE_TYPE ||
		    ebitmap_get_bit(all_but, type - 1) ||
		    (type != like && !ebitmap_get_bit(&policy->type_attr_map[type - 1], like - 1)))
			continue;
		if (ebitmap_set_bit(&policy->type_attr_map[type - 1], attribute - 1, 1) ||
		    ebitmap_set_bit(&policy->attr_type_map[attribute - 1], type - 1, 1))
			edit_failed(edit, "no memory for an attribute");
	}
	return attribute;
}

/* ---- rules ------------------------------------------------------------------------------------ */

static void insert(struct edit *edit, avtab_key_t *key, uint32_t data)
{
	avtab_datum_t datum = { .data = data };
	int code = avtab_insert(&edit->policy->te_avtab, key, &datum);

	if (code && code != SEPOL_EEXIST)
		edit_failed(edit, "no memory for a rule");
}

void edit_allow(struct edit *edit, uint32_t source, uint32_t target, const char *class_, const char *permissions)
{
	const class_datum_t *datum = edit_class(edit, class_);
	avtab_key_t key = { (uint16_t)source, (uint16_t)target, 0, AVTAB_ALLOWED };
	avtab_datum_t *known;

	if (!datum || !source || !target)
		return;
	key.target_class = (uint16_t)datum->s.value;
	known = avtab_search(&edit->policy->te_avtab, &key);
	if (known)
		known->data |= edit_permissions(datum, permissions);
	else
		insert(edit, &key, edit_permissions(datum, permissions));
}

void edit_transition(struct edit *edit, uint32_t source, uint32_t target, const char *class_, uint32_t result)
{
	const class_datum_t *datum = edit_class(edit, class_);
	avtab_key_t key = { (uint16_t)source, (uint16_t)target, 0, AVTAB_TRANSITION };
	avtab_datum_t *known;

	if (!datum || !source || !target || !result)
		return;
	key.target_class = (uint16_t)datum->s.value;
	known = avtab_search(&edit->policy->te_avtab, &key);
	if (known)
		known->data = result;
	else
		insert(edit, &key, result);
}

uint32_t edit_result(const struct edit *edit, uint32_t source, uint32_t target, const char *class_)
{
	const class_datum_t *datum = edit_class(edit, class_);
	avtab_key_t key = { (uint16_t)source, (uint16_t)target, 0, AVTAB_TRANSITION };
	const avtab_datum_t *known;

	if (!datum)
		return 0;
	key.target_class = (uint16_t)datum->s.value;
	known = avtab_search(&edit->policy->te_avtab, &key);
	return known ? known->data : 0;
}

void edit_copy_transitions_of(struct edit *edit, uint32_t like, uint32_t type)
{
	for (size_t i = 0; i < edit->transition_count; i++) {
		avtab_key_t key = edit->transitions[i]->key;

		if (key.source_type != like || key.target_class == edit->policy->process_class)
			continue;
		key.source_type = (uint16_t)type;
		insert(edit, &key, edit->transitions[i]->datum.data);
	}
}

/* ---- names of files ---------------------------------------------------------------------------------- */

static void insert_name(struct edit *edit, uint32_t target, uint32_t class_, const char *name,
			const ebitmap_t *sources, uint32_t result)
{
	filename_trans_key_t *key = calloc(1, sizeof(*key));
	filename_trans_datum_t *datum = calloc(1, sizeof(*datum));

	if (key)
		*key = (filename_trans_key_t){ target, class_, strdup(name) };
	if (key && datum && key->name && !ebitmap_cpy(&datum->stypes, sources)) {
		datum->otype = result;
		datum->next = hashtab_search(edit->policy->filename_trans, (hashtab_key_t)key);
		if (!datum->next && !hashtab_insert(edit->policy->filename_trans, (hashtab_key_t)key, datum)) {
			edit->policy->filename_trans_count += ebitmap_cardinality(sources);
			return;
		}
	}
	edit_failed(edit, "no memory for a name, or it is named twice");
	free(datum);
	free(key);
}

void edit_name(struct edit *edit, uint32_t target, const char *class_, const char *name, uint32_t result)
{
	const class_datum_t *datum = edit_class(edit, class_);
	const ebitmap_t *domains = edit_members(edit, "domain");

	if (!datum || !target || !result)
		return;
	if (!domains)
		edit_failed(edit, "the policy has no attribute domain");
	else
		insert_name(edit, target, datum->s.value, name, domains, result);
}

struct copying {
	struct edit *edit;
	uint32_t like;
	struct {
		filename_trans_key_t key;
		filename_trans_datum_t *datum;
	} *list;
	size_t count;
};

static int count_name(hashtab_key_t key, hashtab_datum_t datum, void *context)
{
	struct copying *copying = context;
	const filename_trans_key_t *name = (const void *)key;
	void *list;

	if (name->ttype != copying->like)
		return 0;
	list = realloc(copying->list, (copying->count + 1) * sizeof(*copying->list));
	if (!list)
		return -1;
	copying->list = list;
	copying->list[copying->count].key = *name;
	copying->list[copying->count++].datum = datum;
	return 0;
}

static void copy_names(struct edit *edit, uint32_t like, uint32_t type)
{
	struct copying copying = { .edit = edit, .like = like };

	if (hashtab_map(edit->policy->filename_trans, count_name, &copying))
		edit_failed(edit, "no memory for a name");
	for (size_t i = 0; i < copying.count; i++) {
		filename_trans_key_t key = copying.list[i].key;

		key.ttype = type;
		/* A name that is ours already goes before. */
		if (!hashtab_search(edit->policy->filename_trans, (hashtab_key_t)&key))
			insert_name(edit, type, key.tclass, key.name, &copying.list[i].datum->stypes,
				    copying.list[i].datum->otype);
	}
	free(copying.list);
}

void edit_copy_transitions_onto(struct edit *edit, uint32_t like, uint32_t type, int of_processes)
{
	for (size_t i = 0; i < edit->transition_count; i++) {
		avtab_key_t key = edit->transitions[i]->key;

		if (key.target_type != like || (of_processes && key.target_class != edit->policy->process_class))
			continue;
		key.target_type = (uint16_t)type;
		insert(edit, &key, edit->transitions[i]->datum.data);
	}
	if (!of_processes)
		copy_names(edit, like, type);
}
