// SPDX-License-Identifier: Apache-2.0
/* The enforcer selinux: the entries of struct kubearmor_enforcer. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "selinux.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_ENFORCER, "selinux", KUBEARMOR_VERSION, "Apache-2.0", "lsm=selinux",
		      "Refuses accesses by SELinux types and constraints made from the rules");

static void say(struct selinux *self, uint32_t level, const char *text)
{
	if (self->host->log)
		self->host->log(self->host->context, level, text, strlen(text));
}

/* ---- open and close ---------------------------------------------------------------------- */

/* What an earlier daemon left is in force when the policy knows its types still; else it is loaded again. */
static int32_t adopt(struct selinux *self, char *error, uint64_t error_size)
{
	struct state *state = &self->state;
	int32_t code = 0;
	int is_loaded = 1;

	for (size_t i = 0; i < state->kind_count; i++) {
		char type[64];

		snprintf(type, sizeof(type), TYPE_PREFIX "k%u_t", state->kinds[i].number);
		state->kinds[i].is_loaded = state->kinds[i].is_used && policy_knows(type);
		is_loaded &= !state->kinds[i].is_used || state->kinds[i].is_loaded;
	}
	if (!state->workload_count)
		return 0;
	/* A node that was started anew has the labels, but not the policy that gives them a meaning: first. */
	if (!is_loaded || !policy_knows(TYPE_PREFIX "t"))
		code = policy_load(self, error, error_size);
	return code ? code : refresh(self, 0, error, error_size);
}

static int32_t open_all(struct selinux *self, char *error, uint64_t error_size)
{
	int32_t code = 0;

	self->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (self->changes < 0)
		return fail(error, error_size, -errno, "directories cannot be watched: %s", strerror(errno));
	if (!self->is_trial) {
		code = journal_read(self, error, error_size);
		if (!code)
			code = adopt(self, error, error_size);
		if (code)
			return code;
		own_label(self);
	}
	self->processes = processes_open();
	audit_prepare();
	self->audit = audit_open();
	/* The distribution's policy does not let this domain: with ours loaded it may. */
	if (self->audit == -EPERM && !(code = policy_load(self, error, error_size)))
		self->audit = audit_open();
	if (!code && self->audit < 0)
		code = fail(error, error_size, self->audit, "the kernel's audit records cannot be read: %s",
			    strerror(-self->audit));
	return code;
}

static void free_all(struct selinux *self)
{
	if (self->audit >= 0)
		close(self->audit);
	processes_close(self->processes);
	watch_close(self);
	state_free(&self->state);
	pthread_mutex_destroy(&self->lock);
	free(self);
}

static int32_t selinux_open(const struct kubearmor_host *host, void **result, char *error, uint64_t error_size)
{
	struct selinux *self;
	char trial[8];
	int32_t code;

	if (!host || !result || host->struct_size < offsetof(struct kubearmor_host, apply_policy) || !host->emit)
		return fail(error, error_size, -EINVAL, "open needs a host with emit and a place for the result");
	self = calloc(1, sizeof(*self));
	if (!self)
		return fail(error, error_size, -ENOMEM, "no memory for the enforcer");
	self->host = host;
	self->audit = self->changes = -1;
	pthread_mutex_init(&self->lock, NULL);
	if (!host->config || host->config(host->context, "selinuxStateDir", self->directory, 400) <= 0)
		snprintf(self->directory, sizeof(self->directory), "%s", STATE_DIRECTORY);
	/* `plugins verify` drives the entries on a node that is in use. */
	self->is_trial = host->config && host->config(host->context, "selinuxTrial", trial, sizeof(trial)) > 0;
	if (readlink("/proc/self/exe", self->program, sizeof(self->program) - 1) < 0)
		*self->program = '\0';
	code = open_all(self, error, error_size);
	if (code) {
		free_all(self);
		return code;
	}
	*result = self;
	return 0;
}

static int32_t selinux_close(void *context, uint32_t keep, char *error, uint64_t error_size)
{
	struct selinux *self = context;
	int32_t code = 0;

	if (!self)
		return fail(error, error_size, -EINVAL, "close needs a self");
	pthread_mutex_lock(&self->lock);
	if (!keep && (self->state.workload_count || self->state.object_count))
		code = release(self, error, error_size);
	pthread_mutex_unlock(&self->lock);
	free_all(self);
	return code;
}

/* ---- rule sets ------------------------------------------------------------------------------ */

/*
 * Before rules and labels change: what was denied until now is told by those that it was denied
 * by. poll may have waited for the lock meanwhile. What cannot be read it will meet again.
 */
static void settle(struct selinux *self)
{
	audit_read(self, NULL, 0);
}

/* Of a workload that nothing binds, or without rules before and now, nothing is to be loaded. */
static int32_t put_into_force(struct selinux *self, struct workload *workload, const struct rules *before, char *error,
			      uint64_t error_size)
{
	if (workload->rules.count && workload->cgroup && !is_bound(workload))
		return fail(error, error_size, -ENOTSUP, "its processes have no SELinux label of their own");
	if (!is_bound(workload) || (!before->count && !workload->rules.count && !workload->label))
		return 0;
	return refresh(self, 1, error, error_size);
}

static int32_t apply(struct selinux *self, uint64_t key, const struct kubearmor_rule_set *set, uint64_t generation,
		     char *error, uint64_t error_size)
{
	struct workload *workload = state_workload(&self->state, key);
	struct workload before = *workload;
	int32_t code;

	if (rules_copy(&workload->rules, set)) {
		rules_free(&workload->rules);
		workload->rules = before.rules;
		return fail(error, error_size, -ENOMEM, "no memory for the rules");
	}
	workload->generation = generation;
	workload->digest = set->digest;
	workload->classes = set->classes;
	code = put_into_force(self, workload, &before.rules, error, error_size);
	if (code) {
		/* The old ones are in force: the next look at the files goes by them. */
		rules_free(&workload->rules);
		*workload = before;
		refresh(self, 0, NULL, 0);
	} else {
		rules_free(&before.rules);
	}
	return code;
}

static int32_t selinux_apply(void *context, uint64_t workload, const struct kubearmor_rule_set *set,
			     uint64_t generation, char *error, uint64_t error_size)
{
	struct selinux *self = context;
	int32_t code;

	if (!self || !set || workload == 0)
		return fail(error, error_size, -EINVAL, "apply needs a self, a workload that is not 0 and a rule set");
	code = rules_check(set, error, error_size);
	if (code)
		return code;
	pthread_mutex_lock(&self->lock);
	settle(self);
	code = apply(self, workload, set, generation, error, error_size);
	pthread_mutex_unlock(&self->lock);
	return code;
}

/*
 * A container's type without processes goes at once; while it has some it stays, without rules: the
 * kernel would not know them any more.
 */
static void retire(struct state *state, uint64_t key)
{
	struct workload *workload = state_workload(state, key);

	if (!workload->label || !type_is_used(workload->label)) {
		state_drop_workload(state, key);
		return;
	}
	rules_free(&workload->rules);
	workload->generation = workload->digest = workload->cgroup = 0;
	workload->classes = 0;
	workload->is_leaving = 1;
}

/* Those that stayed for their processes only; looks at all processes, if there are such. */
static void remove_left(struct selinux *self)
{
	int was_removed = 0;

	for (size_t i = self->state.workload_count; i-- > 0;) {
		struct workload *workload = &self->state.workloads[i];

		if (!workload->is_leaving || type_is_used(workload->label))
			continue;
		state_drop_workload(&self->state, workload->key);
		was_removed = 1;
	}
	if (was_removed)
		refresh(self, 1, NULL, 0);
}

static int32_t selinux_remove(void *context, uint64_t key, char *error, uint64_t error_size)
{
	struct selinux *self = context;
	int32_t code = 0;

	if (!self || key == 0)
		return fail(error, error_size, -EINVAL, "remove needs a self and a workload that is not 0");
	pthread_mutex_lock(&self->lock);
	settle(self);
	if (state_rules(&self->state, key)->list || self->state.workload_count) {
		const struct workload *workload = workload_of(&self->state, key);
		int was_in_force = workload && workload->rules.count;

		if (workload)
			retire(&self->state, key);
		if (was_in_force)
			code = refresh(self, 1, error, error_size);
	}
	pthread_mutex_unlock(&self->lock);
	return code;
}

/* ---- bindings --------------------------------------------------------------------------------- */

static int is_type_name(const struct kubearmor_string *text)
{
	if (!text->length || text->length > 200)
		return 0;
	for (uint64_t i = 0; i < text->length; i++) {
		char byte = text->data[i];

		if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
		      (i && byte >= '0' && byte <= '9')))
			return 0;
	}
	return 1;
}

/* The type is there before the container is: with no rules yet it may do what any container may. */
static int32_t bind_label(struct selinux *self, struct workload *workload, const struct kubearmor_binding *binding,
			  char *error, uint64_t error_size)
{
	if (!is_type_name(&binding->text) || strncmp(binding->text.data, TYPE_PREFIX, strlen(TYPE_PREFIX)))
		return fail(error, error_size, -EINVAL, "%.*s is no name of a type that begins with " TYPE_PREFIX,
			    (int)(binding->text.length < 200 ? binding->text.length : 200), binding->text.data);
	if (workload->label && strlen(workload->label) == binding->text.length &&
	    !memcmp(workload->label, binding->text.data, binding->text.length) && policy_knows(workload->label))
		return 0;
	if (workload_take_label(&self->state, workload, &binding->text))
		return refresh(self, 0, error, error_size);
	free(workload->label);
	workload->label = strndup(binding->text.data, binding->text.length);
	return refresh(self, 1, error, error_size);
}

static int32_t bind_cgroup(struct selinux *self, struct workload *workload, const struct kubearmor_binding *binding,
			   char *error, uint64_t error_size)
{
	int was_host = is_host(workload);

	workload->cgroup = binding->number;
	if (!workload->rules.count)
		return 0;
	/* Rules that came before it was known whose they are; or a container has a root now. */
	if (!was_host && is_host(workload))
		return refresh(self, 1, error, error_size);
	if (!is_bound(workload))
		return fail(error, error_size, -ENOTSUP, "its processes have no SELinux label of their own");
	return workload->label ? refresh(self, 0, error, error_size) : 0;
}

static int32_t selinux_bind(void *context, uint64_t key, const struct kubearmor_binding *binding, char *error,
			    uint64_t error_size)
{
	struct selinux *self = context;
	struct workload *workload;
	int32_t code;

	if (!self || !binding || key == 0)
		return fail(error, error_size, -EINVAL, "bind needs a self, a binding and a workload that is not 0");
	pthread_mutex_lock(&self->lock);
	settle(self);
	workload = state_workload(&self->state, key);
	workload->is_leaving = 0;
	if (binding->type == KUBEARMOR_BINDING_LABEL && binding->text.data)
		code = bind_label(self, workload, binding, error, error_size);
	else if (binding->type == KUBEARMOR_BINDING_CGROUP)
		code = bind_cgroup(self, workload, binding, error, error_size);
	else
		code = fail(error, error_size, -ENOTSUP, "selinux binds workloads by label and cgroup, not by type %u",
			    binding->type);
	pthread_mutex_unlock(&self->lock);
	return code;
}

static int32_t selinux_unbind(void *context, const struct kubearmor_binding *binding, char *error,
			      uint64_t error_size)
{
	if (!context || !binding)
		return fail(error, error_size, -EINVAL, "unbind needs a self and a binding");
	return 0;
}

/* ---- what is in force --------------------------------------------------------------------------- */

static int32_t selinux_snapshot(void *context, struct kubearmor_snapshot *entries, uint64_t capacity, uint64_t *count,
				char *error, uint64_t error_size)
{
	struct selinux *self = context;
	uint64_t stride;

	if (!self || !count || (!entries && capacity) || (capacity && entries->struct_size < sizeof(*entries)))
		return fail(error, error_size, -EINVAL, "snapshot needs a self, a count and room for the entries");
	pthread_mutex_lock(&self->lock);
	*count = self->state.workload_count;
	stride = capacity ? entries->struct_size : 0;
	for (uint64_t i = 0; i < *count && i < capacity; i++) {
		const struct workload *workload = &self->state.workloads[i];

		*(struct kubearmor_snapshot *)((char *)entries + i * stride) = (struct kubearmor_snapshot){
			.struct_size = sizeof(*entries),
			.classes = workload->classes,
			.workload = workload->key,
			.generation = workload->generation,
			.digest = workload->digest,
			.bytes = self->bytes,
		};
	}
	pthread_mutex_unlock(&self->lock);
	return 0;
}

/* Where files come and go all the time they are not looked at all the time. */
#define PAUSE_MS 100
#define PAUSE_NS (PAUSE_MS * 1000000ull)

static int may_look(struct selinux *self)
{
	struct timespec now;
	uint64_t time;

	clock_gettime(CLOCK_BOOTTIME, &now);
	time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (time < self->looked + PAUSE_NS)
		return 0;
	self->looked = time;
	return 1;
}

/* New files, and a policy that somebody else has loaded. */
static void look_after(struct selinux *self)
{
	int is_lost = !self->is_trial && self->state.workload_count && !policy_knows(TYPE_PREFIX "t") && self->loads;
	char text[KUBEARMOR_ERROR_SIZE];

	if (is_lost) {
		say(self, KUBEARMOR_LOG_WARNING, "another policy was loaded: ours is loaded again");
		if (policy_load(self, text, sizeof(text)))
			say(self, KUBEARMOR_LOG_ERROR, text);
	}
	if (!watch_read(self) && !is_lost)
		return;
	if (!may_look(self) && !is_lost)
		self->is_stale = 1;
	else if (refresh(self, 0, text, sizeof(text)))
		say(self, KUBEARMOR_LOG_ERROR, text);
}

static int32_t selinux_poll(void *context, int32_t timeout_ms, char *error, uint64_t error_size)
{
	struct selinux *self = context;
	struct pollfd wait[2];
	int32_t code;

	if (!self)
		return fail(error, error_size, -EINVAL, "poll needs a self");
	wait[0] = (struct pollfd){ .fd = self->audit, .events = POLLIN };
	wait[1] = (struct pollfd){ .fd = self->changes, .events = POLLIN };
	if (timeout_ms < 0 || (self->is_stale && timeout_ms > PAUSE_MS))
		timeout_ms = timeout_ms < 0 ? 0 : PAUSE_MS;
	poll(wait, 2, timeout_ms);
	pthread_mutex_lock(&self->lock);
	/* What is denied refers to the files as they are: first. */
	code = audit_read(self, error, error_size);
	look_after(self);
	remove_left(self);
	pthread_mutex_unlock(&self->lock);
	return code;
}

static int32_t selinux_stats(void *context, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count,
			     char *error, uint64_t error_size)
{
	static const char *const names[] = { "delivered", "dropped.receive_queue", "unlabeled", "policy_loads",
					     "memory.rules" };
	struct selinux *self = context;
	uint64_t stride;

	if (!self || !count || (!stats && capacity) || (capacity && stats->struct_size < sizeof(*stats)))
		return fail(error, error_size, -EINVAL, "stats needs a self, a count and room for the numbers");
	*count = sizeof(names) / sizeof(*names);
	stride = capacity ? stats->struct_size : 0;
	for (uint64_t i = 0; i < *count && i < capacity; i++) {
		uint64_t values[] = { atomic_load(&self->delivered), atomic_load(&self->dropped),
				      atomic_load(&self->unlabeled), self->loads, self->bytes };

		struct kubearmor_stat *stat = (void *)((char *)stats + i * stride);

		*stat = (struct kubearmor_stat){ .struct_size = sizeof(*stat), .value = values[i] };
		snprintf(stat->name, sizeof(stat->name), "%s", names[i]);
	}
	return 0;
}

static const struct kubearmor_enforcer enforcer = {
	.struct_size = sizeof(enforcer),
	.probe = selinux_probe,
	.open = selinux_open,
	.apply = selinux_apply,
	.bind = selinux_bind,
	.unbind = selinux_unbind,
	.remove = selinux_remove,
	.snapshot = selinux_snapshot,
	.poll = selinux_poll,
	.stats = selinux_stats,
	.close = selinux_close,
	.examine = selinux_examine,
	.render = selinux_render,
	.remarks = selinux_remarks,
};

int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, char *error,
			       uint64_t error_size)
{
	return answer_offer(offer, answer, KUBEARMOR_KIND_ENFORCER, &enforcer, error, error_size);
}
