// SPDX-License-Identifier: Apache-2.0
/* The enforcer apparmor: the entries of struct kubearmor_enforcer over one profile, the host's. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apparmor.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_ENFORCER, "apparmor", KUBEARMOR_VERSION, "Apache-2.0", "lsm=apparmor",
		      "Refuses accesses by AppArmor profiles made from the rules");

/* The id of the root of the cgroup hierarchy: the host. */
#define ROOT_CGROUP 1

static int32_t apparmor_open(const struct kubearmor_host *host, void **result, char *error, uint64_t error_size)
{
	struct apparmor *self;

	if (!host || !result || host->struct_size < offsetof(struct kubearmor_host, apply_policy) || !host->emit)
		return fail(error, error_size, -EINVAL, "open needs a host with emit and a place for the result");
	self = calloc(1, sizeof(*self));
	if (!self)
		return fail(error, error_size, -ENOMEM, "no memory for the enforcer");
	self->host = host;
	self->audit = audit_open();
	if (self->audit < 0) {
		int32_t code = self->audit;

		free(self);
		return fail(error, error_size, code, "the kernel's audit records cannot be read: %s", strerror(-code));
	}
	if (aa_kernel_interface_new(&self->kernel, NULL, NULL)) {
		int32_t code = -errno;

		close(self->audit);
		free(self);
		return fail(error, error_size, code, "the kernel's interface for profiles cannot be used: %s",
			    strerror(-code));
	}
	*result = self;
	return 0;
}

struct note_context {
	const struct apparmor *self;
	const struct kubearmor_rule_set *set;
};

static void note(void *context, const struct kubearmor_rule *rule, const char *reason)
{
	const struct note_context *note = context;
	const struct kubearmor_host *host = note->self->host;
	const char *strings = note->set->strings;
	char line[1024];
	int size;

	size = snprintf(line, sizeof(line), "%.*s: %.*s: %s", (int)rule->policy.length, strings + rule->policy.offset,
			(int)rule->object.length, strings + rule->object.offset, reason);
	if (host->log)
		host->log(host->context, KUBEARMOR_LOG_WARNING, line,
			  (uint64_t)(size < (int)sizeof(line) ? size : (int)sizeof(line) - 1));
}

/* The set as this header knows it; what the daemon's is longer by does not matter. */
static int32_t check(const struct apparmor *self, uint64_t workload, const struct kubearmor_rule_set *set, char *error,
		     uint64_t error_size)
{
	if (!self || !set || workload == 0 || set->struct_size < sizeof(*set))
		return fail(error, error_size, -EINVAL, "apply needs a self, a workload that is not 0 and a rule set");
	if (set->rule_count && (!set->rules || set->rules->struct_size < sizeof(struct kubearmor_rule)))
		return fail(error, error_size, -EINVAL, "the rule set has no rules that this plugin can read");
	if (set->rule_count && self->host_workload != workload && self->workload != workload &&
	    (self->host_workload || self->workload))
		return fail(error, error_size, -ENOTSUP,
			    "apparmor holds rules of the host only in this version, not of workload %llu",
			    (unsigned long long)workload);
	return 0;
}

static int32_t remove_profile(struct apparmor *self, char *error, uint64_t error_size)
{
	if (aa_kernel_interface_remove_policy(self->kernel, HOST_PROFILE) && errno != ENOENT)
		return fail(error, error_size, -errno, "the profile " HOST_PROFILE " cannot be removed: %s",
			    strerror(errno));
	self->bytes = 0;
	return 0;
}

static int32_t load_profile(struct apparmor *self, const struct kubearmor_rule_set *set, char *error,
			    uint64_t error_size)
{
	struct note_context context = { self, set };
	struct text profile = {}, binary = {};
	int32_t code;

	profile_write(&profile, set, note, &context);
	code = parser_compile(&profile, &binary, error, error_size);
	/* In one step: tasks have the old profile or the new one. */
	if (!code && aa_kernel_interface_replace_policy(self->kernel, binary.bytes, binary.size))
		code = fail(error, error_size, -errno, "the kernel refused the profile: %s", strerror(errno));
	if (!code)
		self->bytes = binary.size;
	text_free(&profile);
	text_free(&binary);
	return code;
}

static int32_t apparmor_apply(void *context, uint64_t workload, const struct kubearmor_rule_set *set,
			      uint64_t generation, char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	int32_t code = check(self, workload, set, error, error_size);

	if (!code && set->rule_count)
		code = load_profile(self, set, error, error_size);
	else if (!code && (!self->workload || self->workload == workload))
		code = remove_profile(self, error, error_size);
	if (code || !set->rule_count)
		return code;
	self->workload = workload;
	self->generation = generation;
	self->digest = set->digest;
	self->classes = set->classes;
	return 0;
}

static int32_t apparmor_bind(void *context, uint64_t workload, const struct kubearmor_binding *binding, char *error,
			     uint64_t error_size)
{
	struct apparmor *self = context;

	if (!self || !binding || workload == 0)
		return fail(error, error_size, -EINVAL, "bind needs a self, a binding and a workload that is not 0");
	if (binding->type != KUBEARMOR_BINDING_CGROUP)
		return fail(error, error_size, -ENOTSUP, "apparmor binds workloads by cgroup only, not by type %u",
			    binding->type);
	/* A container has no rules here: apply refuses them, and nothing is to be done about it. */
	if (binding->number == ROOT_CGROUP)
		self->host_workload = workload;
	return 0;
}

static int32_t apparmor_unbind(void *context, const struct kubearmor_binding *binding, char *error,
			       uint64_t error_size)
{
	if (!context || !binding)
		return fail(error, error_size, -EINVAL, "unbind needs a self and a binding");
	return 0;
}

static int32_t apparmor_remove(void *context, uint64_t workload, char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	int32_t code;

	if (!self || workload == 0)
		return fail(error, error_size, -EINVAL, "remove needs a self and a workload that is not 0");
	if (self->workload != workload)
		return 0;
	code = remove_profile(self, error, error_size);
	if (!code)
		self->workload = 0;
	return code;
}

static int32_t apparmor_snapshot(void *context, struct kubearmor_snapshot *entries, uint64_t capacity, uint64_t *count,
				 char *error, uint64_t error_size)
{
	struct apparmor *self = context;

	if (!self || !count || (!entries && capacity))
		return fail(error, error_size, -EINVAL, "snapshot needs a self, a count and room for the entries");
	*count = self->workload != 0;
	if (*count && capacity)
		entries[0] = (struct kubearmor_snapshot){
			.struct_size = sizeof(*entries),
			.classes = self->classes,
			.workload = self->workload,
			.generation = self->generation,
			.digest = self->digest,
			.bytes = self->bytes,
		};
	return 0;
}

static int32_t apparmor_poll(void *context, int32_t timeout_ms, char *error, uint64_t error_size)
{
	if (!context)
		return fail(error, error_size, -EINVAL, "poll needs a self");
	return audit_poll(context, timeout_ms < 0 ? 0 : timeout_ms, error, error_size);
}

static int32_t apparmor_stats(void *context, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count,
			      char *error, uint64_t error_size)
{
	static const char *const names[] = { "delivered", "dropped.receive_queue", "memory.rules" };
	struct apparmor *self = context;

	if (!self || !count || (!stats && capacity))
		return fail(error, error_size, -EINVAL, "stats needs a self, a count and room for the numbers");
	*count = sizeof(names) / sizeof(*names);
	for (uint64_t i = 0; i < *count && i < capacity; i++) {
		stats[i] = (struct kubearmor_stat){ .struct_size = sizeof(*stats) };
		snprintf(stats[i].name, sizeof(stats[i].name), "%s", names[i]);
		stats[i].value = i == 0 ? atomic_load(&self->delivered)
				 : i == 1 ? atomic_load(&self->dropped)
					  : self->bytes;
	}
	return 0;
}

static int32_t apparmor_close(void *context, uint32_t keep, char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	int32_t code = 0;

	if (!self)
		return fail(error, error_size, -EINVAL, "close needs a self");
	if (!keep)
		code = remove_profile(self, error, error_size);
	aa_kernel_interface_unref(self->kernel);
	close(self->audit);
	free(self);
	return code;
}

static const struct kubearmor_enforcer enforcer = {
	.struct_size = sizeof(enforcer),
	.probe = apparmor_probe,
	.open = apparmor_open,
	.apply = apparmor_apply,
	.bind = apparmor_bind,
	.unbind = apparmor_unbind,
	.remove = apparmor_remove,
	.snapshot = apparmor_snapshot,
	.poll = apparmor_poll,
	.stats = apparmor_stats,
	.close = apparmor_close,
};

int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, char *error,
			       uint64_t error_size)
{
	if (!offer || !answer || answer->struct_size < sizeof(*answer))
		return fail(error, error_size, -EINVAL, "an offer and an answer of %zu bytes are needed",
			    sizeof(*answer));
	if (offer->abi_major != KUBEARMOR_ABI_MAJOR)
		return fail(error, error_size, -EPROTO, "apparmor speaks ABI %d, the daemon offers %u",
			    KUBEARMOR_ABI_MAJOR, offer->abi_major);
	answer->kind = KUBEARMOR_KIND_ENFORCER;
	answer->abi_major = KUBEARMOR_ABI_MAJOR;
	answer->abi_minor = KUBEARMOR_ABI_MINOR;
	answer->header_hash = KUBEARMOR_HEADER_HASH;
	answer->table = &enforcer;
	return 0;
}
