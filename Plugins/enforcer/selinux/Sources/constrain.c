// SPDX-License-Identifier: Apache-2.0
/* What is taken away, and that it is told when it is denied. */
#include <stdio.h>
#include <stdlib.h>

#include "edit.h"

/* ---- constraints ---------------------------------------------------------------------------- */

/* An expression in the making: parts in the order in which they are evaluated, with a stack. */
struct expression {
	constraint_expr_t *first;
	constraint_expr_t **next;
	int failed;
};

static constraint_expr_t *add_part(struct expression *expression, uint32_t type)
{
	constraint_expr_t *part = calloc(1, sizeof(*part));

	if (!part || constraint_expr_init(part)) {
		free(part);
		expression->failed = 1;
		return NULL;
	}
	part->expr_type = type;
	*expression->next = part;
	expression->next = &part->next;
	return part;
}

static void add_names(struct expression *expression, uint32_t of, uint32_t op, const ebitmap_t *types)
{
	constraint_expr_t *part = add_part(expression, CEXPR_NAMES);

	if (!part)
		return;
	part->attr = of;
	part->op = op;
	if (ebitmap_cpy(&part->names, types) || ebitmap_cpy(&part->type_names->types, types))
		expression->failed = 1;
}

/* Of the type, with a lower level that is not its higher one. */
static void add_daemon(struct expression *expression, uint32_t daemon)
{
	constraint_expr_t *part;
	ebitmap_t type;

	ebitmap_init(&type);
	if (ebitmap_set_bit(&type, daemon - 1, 1))
		expression->failed = 1;
	add_names(expression, CEXPR_TYPE, CEXPR_EQ, &type);
	ebitmap_destroy(&type);
	part = add_part(expression, CEXPR_ATTR);
	if (part) {
		part->attr = CEXPR_L1H1;
		part->op = CEXPR_NEQ;
	}
	add_part(expression, CEXPR_AND);
	add_part(expression, CEXPR_OR);
}

void edit_constrain(struct edit *edit, const char *class_, const char *permissions,
		    const struct edit_subjects *subjects, const ebitmap_t *targets)
{
	class_datum_t *datum = edit_class(edit, class_);
	struct expression expression = {};
	constraint_node_t *node;

	/* What the policy does not know the kernel does not check. */
	if (!datum || !edit_permissions(datum, permissions) || (targets && ebitmap_is_empty(targets)))
		return;
	node = calloc(1, sizeof(*node));
	if (!node) {
		edit_failed(edit, "no memory for a constraint");
		return;
	}
	expression.next = &expression.first;
	add_names(&expression, CEXPR_TYPE, subjects->all_but ? CEXPR_EQ : CEXPR_NEQ, subjects->domains);
	if (subjects->daemon)
		add_daemon(&expression, subjects->daemon);
	if (targets) {
		add_names(&expression, CEXPR_TYPE | CEXPR_TARGET, CEXPR_NEQ, targets);
		add_part(&expression, CEXPR_OR);
	}
	if (expression.failed)
		edit_failed(edit, "no memory for a constraint");
	node->permissions = edit_permissions(datum, permissions);
	node->expr = expression.first;
	node->next = datum->constraints;
	datum->constraints = node;
}

/* ---- silence ------------------------------------------------------------------------------------ */

static int is_about(const struct edit *edit, uint32_t target, const ebitmap_t *types)
{
	ebitmap_node_t *node;
	uint32_t bit;

	ebitmap_for_each_positive_bit(types, node, bit)
	{
		if (ebitmap_get_bit(&edit->policy->type_attr_map[bit], target - 1))
			return 1;
	}
	return 0;
}

/* The attribute of all that `target` stands for, but for the types. */
static uint32_t others(struct edit *edit, uint32_t target, const ebitmap_t *types)
{
	char name[64];
	uint32_t known;

	snprintf(name, sizeof(name), "kubearmor_but_%u", target);
	known = edit_type(edit, name);
	return known ? known : edit_add_attribute(edit, name, target, types);
}

/* A rule that silences: what is not in its data is not told. It goes on for the others. */
static void except(struct edit *edit, avtab_ptr_t rule, uint32_t permissions, const ebitmap_t *types)
{
	avtab_key_t key = rule->key;
	avtab_datum_t datum = rule->datum, *known;

	key.target_type = (uint16_t)others(edit, key.target_type, types);
	rule->datum.data |= permissions;
	if (!key.target_type)
		return;
	known = avtab_search(&edit->policy->te_avtab, &key);
	if (known)
		known->data &= datum.data;
	else if (avtab_insert(&edit->policy->te_avtab, &key, &datum))
		edit_failed(edit, "no memory for a rule");
}

void edit_hear(struct edit *edit, const char *class_, const char *permissions, int on_targets)
{
	const class_datum_t *datum = edit_class(edit, class_);

	if (datum)
		(on_targets ? edit->heard_there : edit->heard)[datum->s.value] |= edit_permissions(datum, permissions);
}

void edit_end_silence(struct edit *edit, const ebitmap_t *targets)
{
	avtab_t *table = &edit->policy->te_avtab;
	avtab_ptr_t *list = calloc(table->nel + 1, sizeof(*list));
	size_t count = 0;

	if (!list) {
		edit_failed(edit, "no memory for rules");
		return;
	}
	/* All first: the table changes. */
	for (uint32_t i = 0; i < table->nslot; i++) {
		for (avtab_ptr_t node = table->htable[i]; node; node = node->next) {
			if (!(node->key.specified & AVTAB_AUDITDENY))
				continue;
			node->datum.data |= edit->heard[node->key.target_class];
			if (~node->datum.data & edit->heard_there[node->key.target_class] &&
			    is_about(edit, node->key.target_type, targets))
				list[count++] = node;
		}
	}
	for (size_t i = 0; i < count; i++)
		except(edit, list[i], edit->heard_there[list[i]->key.target_class], targets);
	free(list);
}
