// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domains.h"

/* Domains from which programs are started that have none of their own. */
static const char *const callers[] = { "unconfined_t", "initrc_t", "init_t", "sysadm_t", "staff_t", "user_t" };

/* Beyond so many domains only programs that the policy knows as such lead out of one. */
#define MOST_DOMAINS 24

static const struct group *group_of(const struct build *build, uint32_t number)
{
	return &build->state->groups[number - 1];
}

static uint32_t domain_for(struct build *build, uint32_t group, uint32_t base)
{
	struct domain *list;
	char name[512];
	uint32_t type;

	for (size_t i = 0; i < build->domain_count; i++) {
		if (build->domains[i].group == group && build->domains[i].base == base)
			return build->domains[i].type;
	}
	snprintf(name, sizeof(name), TYPE_PREFIX "g%u_%.200s", group, edit_type_name(&build->edit, base));
	type = edit_add_type(&build->edit, name, base);
	list = realloc(build->domains, (build->domain_count + 1) * sizeof(*list));
	if (!list || !type)
		return 0;
	build->domains = list;
	build->domains[build->domain_count++] = (struct domain){ group, base, type };
	edit_copy_transitions_of(&build->edit, base, type);
	return type;
}

/* Tasks of `source` that run `program` are in `domain` then, as if that had always been theirs. */
static void lead(struct build *build, uint32_t source, uint32_t program, uint32_t domain)
{
	struct edit *edit = &build->edit;

	edit_transition(edit, source, program, "process", domain);
	edit_allow(edit, source, domain, "process", "transition siginh rlimitinh noatsecure");
	edit_allow(edit, domain, source, "process", "sigchld");
	edit_allow(edit, source, domain, "process2", "nnp_transition nosuid_transition");
	edit_allow(edit, domain, program, "file", "entrypoint read execute getattr map open ioctl lock");
}

/* The group of the workload that running a kind leads into; 0: none. */
static uint32_t entry_of(const struct build *build, const struct kind *kind, uint64_t workload)
{
	for (const char *at = kind->entries; *at; at = strchr(at, ',') + 1) {
		uint32_t group = (uint32_t)strtoul(at, NULL, 10);

		if (group_of(build, group)->workload == workload)
			return group;
	}
	return 0;
}

/* What tasks of `source` (which are in the base domain, or in a group's that is like it) run. */
static void lead_into(struct build *build, uint64_t workload, uint32_t source, uint32_t base)
{
	for (size_t i = 0; i < build->state->kind_count; i++) {
		const struct kind *kind = &build->state->kinds[i];
		uint32_t group = kind->is_used ? entry_of(build, kind, workload) : 0, program, result, domain;

		if (!group)
			continue;
		program = edit_type(&build->edit, kind->base);
		result = edit_result(&build->edit, base, program, "process");
		domain = domain_for(build, group, result ? result : base);
		if (domain)
			lead(build, source, build->kinds[kind->number], domain);
	}
}

/* A program that is no source leaves the group. */
static void lead_out(struct build *build, const struct domain *domain, const ebitmap_t *programs)
{
	const struct group *group = group_of(build, domain->group);
	ebitmap_node_t *node;
	uint32_t bit;

	ebitmap_for_each_positive_bit(programs, node, bit)
	{
		uint32_t result = edit_result(&build->edit, domain->base, bit + 1, "process");

		edit_transition(&build->edit, domain->type, bit + 1, "process", result ? result : domain->base);
	}
	for (size_t i = 0; i < build->state->kind_count; i++) {
		const struct kind *kind = &build->state->kinds[i];
		uint32_t result;

		if (!kind->is_used || entry_of(build, kind, group->workload))
			continue;
		result = edit_result(&build->edit, domain->base, edit_type(&build->edit, kind->base), "process");
		edit_transition(&build->edit, domain->type, build->kinds[kind->number], "process",
				result ? result : domain->base);
	}
}

static void allow_out(struct build *build, const struct domain *domain)
{
	struct edit *edit = &build->edit;

	edit_allow(edit, domain->type, domain->base, "process", "transition siginh rlimitinh noatsecure");
	edit_allow(edit, domain->base, domain->type, "process", "sigchld");
	edit_allow(edit, domain->type, domain->base, "process2", "nnp_transition nosuid_transition");
	/* Whatever it runs: only these domains lead there so. */
	edit_allow(edit, domain->base, edit_type(edit, "file_type"), "file", "entrypoint");
}

/* The domain of a container: what the policy has for containers, or what has no limits. */
static void add_container(struct build *build, const struct workload *workload)
{
	static const char *const bases[] = { "container_t", "svirt_lxc_net_t", "unconfined_t" };
	uint32_t base = 0, type;

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases) && !base; i++)
		base = edit_type(&build->edit, bases[i]);
	if (!base || edit_type(&build->edit, workload->label))
		return;
	type = edit_add_type(&build->edit, workload->label, base);
	if (!type)
		return;
	edit_copy_transitions_of(&build->edit, base, type);
	/* Its first program is whatever the image has. */
	edit_allow(&build->edit, type, edit_type(&build->edit, "file_type"), "file", "entrypoint");
	lead_into(build, workload->key, type, type);
}

static void lead_callers(struct build *build, uint64_t workload)
{
	for (size_t i = 0; i < sizeof(callers) / sizeof(*callers); i++) {
		uint32_t caller = edit_type(&build->edit, callers[i]);

		if (caller)
			lead_into(build, workload, caller, caller);
	}
}

void domains_add(struct build *build)
{
	const ebitmap_t *known, *all;

	for (size_t i = 0; i < build->state->workload_count; i++) {
		const struct workload *workload = &build->state->workloads[i];

		if (workload->label)
			add_container(build, workload);
		if (is_host(workload))
			lead_callers(build, workload->key);
	}
	/* The list grows while it is gone through: one source may start another. */
	for (size_t i = 0; i < build->domain_count; i++) {
		struct domain domain = build->domains[i];

		lead_into(build, group_of(build, domain.group)->workload, domain.type, domain.base);
	}
	/* Types that are added move the sets: these are looked up when all types are there. */
	known = edit_members(&build->edit, "exec_type");
	all = edit_members(&build->edit, "file_type");
	for (size_t i = 0; known && all && i < build->domain_count; i++) {
		const struct domain *domain = &build->domains[i];

		lead_out(build, domain, build->domain_count > MOST_DOMAINS ? known : all);
		allow_out(build, domain);
	}
}

void domains_of(struct build *build, uint32_t number, ebitmap_t *domains, int *all_but)
{
	const struct group *group = group_of(build, number);
	const struct workload *workload = workload_of(build->state, group->workload);
	int failed = 0;

	ebitmap_init(domains);
	*all_but = !*group->sources && workload && is_host(workload);
	for (size_t i = 0; i < build->domain_count; i++) {
		if (*all_but || build->domains[i].group == number)
			failed |= ebitmap_set_bit(domains, build->domains[i].type - 1, 1);
	}
	if (workload && workload->label && !*group->sources && edit_type(&build->edit, workload->label))
		failed |= ebitmap_set_bit(domains, edit_type(&build->edit, workload->label) - 1, 1);
	for (size_t i = 0; *all_but && i < build->state->workload_count; i++) {
		const char *label = build->state->workloads[i].label;

		if (label && edit_type(&build->edit, label))
			failed |= ebitmap_set_bit(domains, edit_type(&build->edit, label) - 1, 1);
	}
	/* The kernel is nobody's subject. */
	if (*all_but && edit_type(&build->edit, "kernel_t"))
		failed |= ebitmap_set_bit(domains, edit_type(&build->edit, "kernel_t") - 1, 1);
	if (failed)
		build->edit.failure = "no memory for a set of domains";
}
