// SPDX-License-Identifier: Apache-2.0
/* The enforcer apparmor: the entries of struct kubearmor_enforcer over profiles. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "answer.h"
#include "apparmor.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_ENFORCER, "apparmor", KUBEARMOR_VERSION, "Apache-2.0", "lsm=apparmor",
		      "Refuses accesses by AppArmor profiles made from the rules");

/* While the plugin is verified its profiles are in a namespace of their own, in which no task is. */
static void open_namespace(struct apparmor *self)
{
	const struct kubearmor_host *host = self->host;
	char name[64];

	if (!host->config || host->config(host->context, "appArmorNamespace", name, sizeof(name)) <= 0)
		return;
	snprintf(self->space, sizeof(self->space), SECURITYFS "policy/namespaces/%s", name);
	mkdir(self->space, 0700);
}

static int32_t open_kernel(struct apparmor *self, char *error, uint64_t error_size)
{
	self->audit = audit_open();
	if (self->audit < 0)
		return fail(error, error_size, self->audit, "the kernel's audit records cannot be read: %s",
			    strerror(-self->audit));
	audit_prepare();
	self->lost = audit_lost();
	open_namespace(self);
	if (aa_kernel_interface_new(&self->kernel, NULL, self->space[0] ? self->space : NULL)) {
		int32_t code = -errno;

		close(self->audit);
		return fail(error, error_size, code, "the kernel's interface for profiles cannot be used: %s",
			    strerror(-code));
	}
	return 0;
}

static int32_t apparmor_open(const struct kubearmor_host *host, void **result, char *error, uint64_t error_size)
{
	struct apparmor *self;
	ssize_t size;
	int32_t code;

	if (!host || !result || host->struct_size < offsetof(struct kubearmor_host, apply_policy) || !host->emit)
		return fail(error, error_size, -EINVAL, "open needs a host with emit and a place for the result");
	self = calloc(1, sizeof(*self));
	if (!self)
		return fail(error, error_size, -ENOMEM, "no memory for the enforcer");
	self->host = host;
	code = open_kernel(self, error, error_size);
	if (code) {
		free(self);
		return code;
	}
	pthread_mutex_init(&self->lock, NULL);
	pthread_mutex_init(&self->audit_lock, NULL);
	size = readlink("/proc/self/exe", self->executable, sizeof(self->executable) - 1);
	self->executable[size < 0 ? 0 : size] = '\0';
	self->processes = processes_open();
	if (!self->space[0]) {
		cache_open(self);
		loaded_adopt(self);
	}
	*result = self;
	return 0;
}

/* The host gets its rules before its cgroup: tasks are in its profile, not in its cgroup. */
static void bind_host(struct apparmor *self)
{
	struct workload *workload;

	pthread_mutex_lock(&self->lock);
	workload = workload_get(self, HOST_WORKLOAD);
	if (workload) {
		snprintf(workload->name, sizeof(workload->name), "%s", HOST_PROFILE);
		workload->cgroup = ROOT_CGROUP;
		workload->is_loaded |= kernel_has(HOST_PROFILE);
	}
	pthread_mutex_unlock(&self->lock);
}

static int32_t apparmor_apply(void *context, uint64_t key, const struct kubearmor_rule_set *set, uint64_t generation,
			      char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	struct workload *workload;
	int32_t code;

	if (!self || !set || key == 0)
		return fail(error, error_size, -EINVAL, "apply needs a self, a workload that is not 0 and a rule set");
	code = check_set(set, error, error_size);
	if (code)
		return code;
	if (key == HOST_WORKLOAD)
		bind_host(self);
	workload = workload_find(self, key);
	if (!workload || !workload->name[0]) {
		if (!set->rule_count)
			return 0;
		return fail(error, error_size, -ENOTSUP,
			    "workload %llu is neither the host nor bound to a profile: AppArmor has no place for rules",
			    (unsigned long long)key);
	}
	/* Without rules too, so that rules that come later reach the programs that have been started until then. */
	code = workload_load(self, workload, set, error, error_size);
	if (code) {
		char ignored[KUBEARMOR_ERROR_SIZE];

		/* A container can only start in a profile that is there: without rules one that permits everything. */
		if (!workload->is_loaded && strcmp(workload->name, HOST_PROFILE) &&
		    !workload_load(self, workload, NULL, ignored, sizeof(ignored)))
			loaded_save(self);
		return code;
	}
	workload->has_rules = 1;
	workload->generation = generation;
	workload->digest = set->digest;
	workload->classes = set->classes;
	loaded_save(self);
	return 0;
}

static int is_profile_name(struct kubearmor_string text)
{
	if (!text.data || text.length <= strlen(CONTAINER_PREFIX) || text.length > 80 + strlen(CONTAINER_PREFIX) ||
	    memcmp(text.data, CONTAINER_PREFIX, strlen(CONTAINER_PREFIX)))
		return 0;
	for (uint64_t i = 0; i < text.length; i++) {
		if (!isalnum((unsigned char)text.data[i]) && !strchr("_-.", text.data[i]))
			return 0;
	}
	return memchr(text.data, 0, text.length) == NULL;
}

/*
 * Only one workload has a profile: that which had it becomes this one, and what is in the profile
 * stays there until the first rule set of this one. NULL: none has it, or there is no memory.
 */
static struct workload *take_profile(struct apparmor *self, const char *name, uint64_t key)
{
	for (size_t i = 0; i < self->workload_count; i++) {
		struct workload *workload = &self->workloads[i], *known;

		if (strcmp(workload->name, name) || !workload->is_loaded)
			continue;
		known = workload_find(self, key);
		workload->key = key;
		workload->cgroup = known ? known->cgroup : 0;
		workload->is_leaving = 0;
		/* Not this one's, even if it is the same. */
		workload->digest = workload->generation = 0;
		if (known && known != workload)
			known->key = 0;
		return workload;
	}
	return NULL;
}

/* Gone by now, or of another name. */
static void forget_unused(struct apparmor *self)
{
	for (size_t i = self->workload_count; i-- > 0;) {
		if (!self->workloads[i].key && !self->workloads[i].is_loaded)
			workload_forget(self, &self->workloads[i]);
	}
}

static int32_t bind_profile(struct apparmor *self, uint64_t key, struct kubearmor_string text, char *error,
			    uint64_t error_size)
{
	char name[PROFILE_SIZE];
	struct workload *workload;
	int is_there;

	if (!is_profile_name(text))
		return fail(error, error_size, -EINVAL,
			    "a profile's name is " CONTAINER_PREFIX " and up to 80 letters, digits, _, - and .");
	snprintf(name, sizeof(name), "%.*s", (int)text.length, text.data);
	workload = workload_find(self, key);
	if (workload && !strcmp(workload->name, name))
		return 0;
	audit_read(self, NULL, 0);
	pthread_mutex_lock(&self->lock);
	forget_unused(self);
	workload = take_profile(self, name, key);
	is_there = kernel_has(name);
	if (!workload)
		workload = workload_get(self, key);
	if (workload) {
		snprintf(workload->name, sizeof(workload->name), "%s", name);
		workload->is_loaded = is_there;
		workload->has_rules = 0;
	}
	pthread_mutex_unlock(&self->lock);
	if (!workload)
		return fail(error, error_size, -ENOMEM, "no memory for the workload");
	/* The rule set comes at once, be it empty: the profile is made then. */
	return 0;
}

static int32_t apparmor_bind(void *context, uint64_t key, const struct kubearmor_binding *binding, char *error,
			     uint64_t error_size)
{
	struct apparmor *self = context;
	struct workload *workload;

	if (!self || !binding || key == 0)
		return fail(error, error_size, -EINVAL, "bind needs a self, a binding and a workload that is not 0");
	if (binding->type == KUBEARMOR_BINDING_PROFILE)
		return bind_profile(self, key, binding->text, error, error_size);
	if (binding->type != KUBEARMOR_BINDING_CGROUP)
		return fail(error, error_size, -ENOTSUP,
			    "apparmor binds workloads by profile and cgroup, not by type %u", binding->type);
	if (binding->number == ROOT_CGROUP && key != HOST_WORKLOAD)
		return fail(error, error_size, -EINVAL, "only workload %u is the host", HOST_WORKLOAD);
	if (key == HOST_WORKLOAD) {
		bind_host(self);
		return 0;
	}
	pthread_mutex_lock(&self->lock);
	workload = workload_get(self, key);
	if (workload)
		workload->cgroup = binding->number;
	pthread_mutex_unlock(&self->lock);
	return workload ? 0 : fail(error, error_size, -ENOMEM, "no memory for the workload");
}

static int32_t apparmor_unbind(void *context, const struct kubearmor_binding *binding, char *error,
			       uint64_t error_size)
{
	struct apparmor *self = context;

	if (!self || !binding)
		return fail(error, error_size, -EINVAL, "unbind needs a self and a binding");
	for (size_t i = 0; binding->type == KUBEARMOR_BINDING_CGROUP && i < self->workload_count; i++) {
		if (self->workloads[i].cgroup == binding->number)
			self->workloads[i].cgroup = 0;
	}
	return 0;
}

/*
 * The host's profile goes. A container's stays, permitting everything: the container may be
 * started again, and can be only where its profile is. The next daemon removes it when
 * nobody is in it. One that only waited for a container, which never was there, goes as soon
 * as nobody is in it.
 */
static int32_t apparmor_remove(void *context, uint64_t key, char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	struct workload *workload;
	int is_leaving;
	int32_t code = 0;

	if (!self || key == 0)
		return fail(error, error_size, -EINVAL, "remove needs a self and a workload that is not 0");
	workload = workload_find(self, key);
	if (!workload)
		return 0;
	is_leaving = strcmp(workload->name, HOST_PROFILE) && !workload->cgroup;
	if (!strcmp(workload->name, HOST_PROFILE) || (is_leaving && !tasks_use(workload->name)))
		code = workload_unload(self, workload, error, error_size);
	else if (workload->is_loaded)
		code = workload_load(self, workload, NULL, error, error_size);
	if (code)
		return code;
	audit_read(self, NULL, 0);
	pthread_mutex_lock(&self->lock);
	workload->key = workload->cgroup = workload->digest = workload->classes = 0;
	workload->is_leaving = is_leaving;
	forget_unused(self);
	pthread_mutex_unlock(&self->lock);
	loaded_save(self);
	return 0;
}

static int32_t apparmor_snapshot(void *context, struct kubearmor_snapshot *entries, uint64_t capacity, uint64_t *count,
				 char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	uint64_t stride;

	if (!self || !count || (!entries && capacity))
		return fail(error, error_size, -EINVAL, "snapshot needs a self, a count and room for the entries");
	*count = 0;
	stride = capacity && entries->struct_size > sizeof(*entries) ? entries->struct_size : sizeof(*entries);
	for (size_t i = 0; i < self->workload_count; i++) {
		const struct workload *workload = &self->workloads[i];
		struct kubearmor_snapshot entry = {
			.struct_size = sizeof(entry),
			.classes = workload->classes,
			.workload = workload->key,
			.generation = workload->generation,
			.digest = workload->digest,
			.bytes = workload->bytes,
		};

		if (!workload->key || !workload->is_loaded || !workload->has_rules)
			continue;
		if (*count < capacity)
			memcpy((char *)entries + *count * stride, &entry, sizeof(entry));
		++*count;
	}
	return 0;
}

static int32_t apparmor_poll(void *context, int32_t timeout_ms, char *error, uint64_t error_size)
{
	if (!context)
		return fail(error, error_size, -EINVAL, "poll needs a self");
	workloads_sweep(context);
	return audit_poll(context, timeout_ms < 0 ? 0 : timeout_ms, error, error_size);
}

static uint64_t total_bytes(struct apparmor *self)
{
	uint64_t bytes = 0;

	pthread_mutex_lock(&self->lock);
	for (size_t i = 0; i < self->workload_count; i++)
		bytes += self->workloads[i].bytes;
	pthread_mutex_unlock(&self->lock);
	return bytes;
}

static int32_t apparmor_stats(void *context, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count,
			      char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	uint64_t stride;
	uint32_t lost;

	if (!self || !count || (!stats && capacity))
		return fail(error, error_size, -EINVAL, "stats needs a self, a count and room for the numbers");
	lost = audit_lost();
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "denied", atomic_load(&self->denied) },
		{ "audited", atomic_load(&self->audited) },
		{ "dropped.kernel_queue", lost < self->lost ? 0 : lost - self->lost },
		{ "dropped.receive_queue", atomic_load(&self->dropped) },
		{ "dropped.unknown_operation", atomic_load(&self->unknown) },
		{ "profiles.compiled", atomic_load(&self->compiled) },
		{ "profiles.cached", atomic_load(&self->cached) },
		{ "memory.rules", total_bytes(self) },
	};

	*count = sizeof(numbers) / sizeof(*numbers);
	stride = capacity && stats->struct_size > sizeof(*stats) ? stats->struct_size : sizeof(*stats);
	for (uint64_t i = 0; i < *count && i < capacity; i++) {
		struct kubearmor_stat stat = { .struct_size = sizeof(stat), .value = numbers[i].value };

		snprintf(stat.name, sizeof(stat.name), "%s", numbers[i].name);
		memcpy((char *)stats + i * stride, &stat, sizeof(stat));
	}
	return 0;
}

static int32_t apparmor_remarks(void *context, uint64_t key, char *text, uint64_t size, uint64_t *length, char *error,
				uint64_t error_size)
{
	struct apparmor *self = context;
	const struct workload *workload;
	struct text remarks = {};

	if (!self || !length || (!text && size))
		return fail(error, error_size, -EINVAL, "remarks needs a self, a length and room for the text");
	*length = 0;
	workload = workload_find(self, key);
	if (workload && workload->is_loaded && workload->classes)
		tasks_remark(self, workload, &remarks);
	if (remarks.failed) {
		text_free(&remarks);
		return fail(error, error_size, -ENOMEM, "no memory for the remarks");
	}
	*length = remarks.size;
	if (remarks.size && size)
		memcpy(text, remarks.bytes, remarks.size < size ? remarks.size : size);
	text_free(&remarks);
	return 0;
}

static int32_t apparmor_close(void *context, uint32_t keep, char *error, uint64_t error_size)
{
	struct apparmor *self = context;
	int32_t code = 0;

	if (!self)
		return fail(error, error_size, -EINVAL, "close needs a self");
	for (size_t i = 0; !keep && i < self->workload_count; i++) {
		int32_t failure = workload_unload(self, &self->workloads[i], error, error_size);

		code = code ? code : failure;
	}
	if (!keep && !code)
		code = daemon_unload(self, error, error_size);
	if (!keep)
		loaded_save(self);
	while (self->workload_count)
		workload_forget(self, &self->workloads[0]);
	free(self->workloads);
	tasks_forget(self);
	aa_kernel_interface_unref(self->kernel);
	if (self->space[0])
		rmdir(self->space);
	processes_close(self->processes);
	close(self->audit);
	pthread_mutex_destroy(&self->lock);
	pthread_mutex_destroy(&self->audit_lock);
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
	.examine = apparmor_examine,
	.render = apparmor_render,
	.remarks = apparmor_remarks,
};

int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, char *error,
			       uint64_t error_size)
{
	return answer_offer(offer, answer, KUBEARMOR_KIND_ENFORCER, &enforcer, error, error_size);
}
