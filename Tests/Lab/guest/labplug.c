/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labplug PLUGIN: an enforcer's limits, through plugin.h and without a daemon, which has one binding a workload and
 * so never comes to them. Prints what the plugin says when there is room for one more, no more, and one again.
 * Linked dynamically (guest.sh), for the plugin's sake.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plugin.h"

static char error[KUBEARMOR_ERROR_SIZE];

static void ignore_events(void *context, const struct kubearmor_event *events, uint64_t count)
{
	(void)context;
	(void)events;
	(void)count;
}

static uint64_t now(void *context)
{
	struct timespec t;

	(void)context;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static const struct kubearmor_host host = {
	.struct_size = sizeof(host), .emit = ignore_events, .now = now,
};

static const struct kubearmor_enforcer *load(const char *path)
{
	struct kubearmor_offer offer = { .struct_size = sizeof(offer), .abi_major = KUBEARMOR_ABI_MAJOR,
					 .abi_minor = KUBEARMOR_ABI_MINOR, .host = &host };
	struct kubearmor_answer answer = { .struct_size = sizeof(answer) };
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	int32_t (*entry)(const struct kubearmor_offer *, struct kubearmor_answer *, char *, uint64_t) =
		library ? dlsym(library, KUBEARMOR_ENTRY_SYMBOL) : NULL;

	if (!entry || entry(&offer, &answer, error, sizeof(error))) {
		dprintf(2, "labplug: %s\n", entry ? error : dlerror());
		exit(2);
	}
	return answer.table;
}

static int32_t bind_cgroup(const struct kubearmor_enforcer *enforcer, void *self, uint64_t workload, uint64_t cgroup)
{
	struct kubearmor_binding binding = { .struct_size = sizeof(binding), .type = KUBEARMOR_BINDING_CGROUP,
					     .number = cgroup };

	return enforcer->bind(self, workload, &binding, error, sizeof(error));
}

static void say(const char *what, int32_t code)
{
	printf("%s: %d %s\n", what, code, code ? error : "ok");
}

int main(int argc, char **argv)
{
	const struct kubearmor_enforcer *enforcer;
	struct kubearmor_rule_set empty = { .struct_size = sizeof(empty) };
	/* Cgroup ids that no cgroup has. */
	uint64_t workloads = 0, bindings = 0, cgroup = 1ull << 40;
	int32_t code;
	void *self;

	if (argc != 2)
		return 2;
	enforcer = load(argv[1]);
	code = enforcer->open(&host, &self, error, sizeof(error));
	if (code) {
		say("open", code);
		return 1;
	}
	while (!(code = enforcer->apply(self, workloads + 1, &empty, 1, error, sizeof(error))))
		workloads++;
	printf("workloads %llu\n", (unsigned long long)workloads);
	say("one more", code);
	say("bound instead", bind_cgroup(enforcer, self, workloads + 1, cgroup));
	while (!(code = bind_cgroup(enforcer, self, bindings % workloads + 1, cgroup + bindings)))
		bindings++;
	printf("bindings %llu\n", (unsigned long long)bindings);
	say("one more", code);
	say("a new rule set of a known workload", enforcer->apply(self, 1, &empty, 2, error, sizeof(error)));
	say("remove one", enforcer->remove(self, workloads, error, sizeof(error)));
	say("its place", enforcer->apply(self, workloads + 1, &empty, 1, error, sizeof(error)));
	say("its binding", bind_cgroup(enforcer, self, workloads + 1, cgroup + bindings));
	say("close", enforcer->close(self, 0, error, sizeof(error)));
	return 0;
}
