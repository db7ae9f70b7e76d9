/* SPDX-License-Identifier: Apache-2.0 */
/* The domains of a policy that is being built: one for each group and each domain that its tasks would have. */
#ifndef SELINUX_DOMAINS_H
#define SELINUX_DOMAINS_H

#include "edit.h"
#include "selinux.h"

struct domain {
	uint32_t group;
	uint32_t base;
	uint32_t type;
};

struct build {
	struct edit edit;
	const struct state *state;
	uint32_t *kinds; /* by their numbers: types, 0 where one is not used */
	struct domain *domains;
	size_t domain_count;
	uint32_t daemon; /* the daemon's type, 0: it is under the rules */
};

/* Makes the domains, and the transitions into them and out of them. */
void domains_add(struct build *build);
/* The domains of a group; all_but: of all tasks but those (what no source of a host's rules names). */
void domains_of(struct build *build, uint32_t group, ebitmap_t *domains, int *all_but);

#endif
