/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One plugin of each kind, by the macros that the compiler is given: KIND and
 * NAME say which, the others make it a bad one. Everything it does is to hold
 * its arguments against plugin.h.
 */
#include "plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef NOTE_KIND
#define NOTE_KIND KIND
#endif
#ifndef NEEDS
#define NEEDS ""
#endif
#ifndef MAJOR
#define MAJOR KUBEARMOR_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR KUBEARMOR_ABI_MINOR
#endif
#ifndef CAPABILITIES
#define CAPABILITIES "fixture"
#endif
#ifndef TABLE_DELTA
#define TABLE_DELTA 0
#endif

#ifndef WITHOUT_NOTE
#ifndef OWNER
#define OWNER KUBEARMOR_NOTE_OWNER
#endif
__attribute__((section(KUBEARMOR_NOTE_SECTION), used, aligned(4))) KUBEARMOR_RETAIN static const struct {
	uint32_t owner_size;
	uint32_t descriptor_size;
	uint32_t type;
	char owner[12];
	struct kubearmor_plugin_note descriptor;
} note = {
	10, sizeof(struct kubearmor_plugin_note), KUBEARMOR_NOTE_TYPE, OWNER,
	{sizeof(struct kubearmor_plugin_note), MAJOR, MINOR, NOTE_KIND, 0, NAME, "1.2.3", "Apache-2.0", NEEDS,
	 "A fixture."},
};
#endif

#ifdef LAZY
__attribute__((section(".note.dlopen"), used, aligned(4))) KUBEARMOR_RETAIN static const struct {
	uint32_t owner_size;
	uint32_t descriptor_size;
	uint32_t type;
	char owner[4];
	char text[80];
} lazy = {4, 80, 0x407c0c0a, "FDO", "[{\"soname\":[\"liblazy.so.1\",\"liblazy.so.0\"],\"priority\":\"required\"}]"};
#endif

#ifdef MISSING_SYMBOL
extern void kubearmor_no_library_defines_this(void);
#endif

static const struct kubearmor_host *services;
static struct { int opened; } instance;

static int32_t fail(int32_t code, const char *text, char *error, uint64_t error_size)
{
#ifdef WRITES_BEYOND
	if (error)
		strcpy(error, text);
	return code;
#endif
	if (error && error_size)
		snprintf(error, error_size, "%s", text);
	return code;
}

#define CHECK(pointer)                                                                              \
	do {                                                                                        \
		if (!(pointer))                                                                     \
			return fail(-EINVAL, #pointer " is NULL: pass one", error, error_size);      \
	} while (0)

static int32_t probe(const struct kubearmor_host *host, struct kubearmor_probe *result, char *error,
		     uint64_t error_size)
{
#ifdef CRASH_IN_PROBE
	abort();
#endif
#ifdef HANG_IN_PROBE
	for (;;)
		pause();
#endif
#ifdef EXIT_IN_PROBE
	_exit(7);
#endif
	CHECK(host);
	CHECK(result);
#ifdef FAIL_IN_PROBE
	return fail(-EIO, "the probe fails: as asked", error, error_size);
#endif
	if (result->struct_size < sizeof(*result))
		return 0;
#ifdef UNUSABLE
	snprintf(result->reason, sizeof(result->reason), "the trial load was refused: EPERM");
#else
	result->usable = 1;
#endif
	snprintf(result->mode, sizeof(result->mode), "fixture");
	snprintf(result->capabilities, sizeof(result->capabilities), "%s", CAPABILITIES);
	return 0;
}

static int32_t open_(const struct kubearmor_host *host, void **self, char *error, uint64_t error_size)
{
	CHECK(host);
	CHECK(self);
#ifdef FAIL_IN_OPEN
	return fail(-EACCES, "the fixture cannot be opened: as asked", error, error_size);
#endif
	services = host;
	instance.opened = 1;
	if (host->log)
		host->log(host->context, KUBEARMOR_LOG_INFO, "opened", 6);
	*self = &instance;
	return 0;
}

static int32_t poll_(void *self, int32_t timeout_ms, char *error, uint64_t error_size)
{
	struct kubearmor_event event = {.struct_size = sizeof(event), .operation = KUBEARMOR_OPERATION_OPEN};

	(void)timeout_ms;
	CHECK(self);
	if (services && services->emit)
		services->emit(services->context, &event, 1);
	return 1;
}

static int32_t stats(void *self, struct kubearmor_stat *stats, uint64_t capacity, uint64_t *count, char *error,
		     uint64_t error_size)
{
	CHECK(self);
	CHECK(count);
	if (!stats && capacity)
		return fail(-EINVAL, "stats is NULL: pass an array", error, error_size);
	*count = 1;
	if (capacity && stats->struct_size >= sizeof(*stats)) {
		snprintf(stats->name, sizeof(stats->name), "seen");
		stats->value = 42;
	}
	return 0;
}

static int32_t bind_(void *self, uint64_t workload, const struct kubearmor_binding *binding, char *error,
		     uint64_t error_size)
{
	(void)workload;
	CHECK(self);
	CHECK(binding);
	return 0;
}

static int32_t close_(void *self, char *error, uint64_t error_size)
{
	CHECK(self);
	return 0;
}

#if KIND == 1
static int32_t apply(void *self, uint64_t workload, const struct kubearmor_rule_set *set, uint64_t generation,
		     char *error, uint64_t error_size)
{
	(void)generation;
#ifndef CRASH_ON_NULL
	CHECK(self);
	CHECK(set);
#endif
	if (set->struct_size < sizeof(*set))
		return 0;
	if (workload == 13)
		return fail(-ENOSPC, "the table is full: remove a policy", error, error_size);
	return 0;
}

static int32_t remove_(void *self, uint64_t workload, char *error, uint64_t error_size)
{
	(void)workload;
	CHECK(self);
	return 0;
}

static int32_t close_keep(void *self, uint32_t keep, char *error, uint64_t error_size)
{
	(void)keep;
	return close_(self, error, error_size);
}

#ifdef EXAMINES
/* Each rule in another way, in the order of the constants; one more is none of them. */
static int32_t examine(const struct kubearmor_rule_set *set, struct kubearmor_holding *holdings, uint64_t capacity,
		       uint64_t *count, char *error, uint64_t error_size)
{
	CHECK(set);
	CHECK(count);
	if (!holdings && capacity)
		return fail(-EINVAL, "holdings is NULL: pass an array", error, error_size);
	*count = set->rule_count;
	for (uint64_t i = 0; i < capacity && i < set->rule_count && set->rules; i++) {
		holdings[i].rule = set->rules[i].id;
		holdings[i].hold = KUBEARMOR_HOLD_ENFORCED + (uint32_t)i;
		snprintf(holdings[i].reason, sizeof(holdings[i].reason), "%s", i ? "as asked" : "");
	}
	return 0;
}

static int32_t render(const struct kubearmor_rule_set *set, char *text, uint64_t size, uint64_t *length, char *error,
		      uint64_t error_size)
{
	CHECK(set);
	CHECK(length);
	if (!text && size)
		return fail(-EINVAL, "text is NULL: pass room for it", error, error_size);
	char line[32];

	*length = (uint64_t)snprintf(line, sizeof(line), "rules: %u\n", (unsigned)set->rule_count);
	if (text)
		memcpy(text, line, size < *length ? size : *length);
	return 0;
}

static int32_t remarks(void *self, uint64_t workload, char *text, uint64_t size, uint64_t *length, char *error,
		       uint64_t error_size)
{
	static const char lines[] = "process 7 runs since before: restart it\n"
				    "a second line that makes the text longer than the room that is offered first\n";

	(void)workload;
	CHECK(self);
	CHECK(length);
	*length = sizeof(lines) - 1;
	memcpy(text, lines, size < *length ? size : *length);
	return 0;
}
#endif

static struct {
	struct kubearmor_enforcer table;
	uint64_t more;
} table = {{
	.struct_size = sizeof(struct kubearmor_enforcer) + TABLE_DELTA, .probe = probe, .open = open_,
#ifndef WITHOUT_APPLY
	.apply = apply,
#endif
	.bind = bind_, .remove = remove_, .stats = stats, .close = close_keep,
#ifndef WITHOUT_POLL
	.poll = poll_,
#endif
#ifdef EXAMINES
	.examine = examine, .render = render, .remarks = remarks,
#endif
}, 0};
#elif KIND == 2
static int32_t watch(void *self, uint64_t workload, uint32_t classes, char *error, uint64_t error_size)
{
	(void)workload;
	(void)classes;
	CHECK(self);
	return 0;
}

static const struct { struct kubearmor_monitor table; uint64_t more; } table = {{
	.struct_size = sizeof(struct kubearmor_monitor), .probe = probe, .open = open_, .watch = watch, .bind = bind_,
	.poll = poll_, .stats = stats, .close = close_,
}, 0};
#elif KIND == 3
static int32_t publish(void *self, const struct kubearmor_record *records, uint64_t count, char *error,
		       uint64_t error_size)
{
	CHECK(self);
	if (!records && count)
		return fail(-EINVAL, "records is NULL: pass an array", error, error_size);
	return (int32_t)count;
}

static const struct { struct kubearmor_feeder table; uint64_t more; } table = {{
	.struct_size = sizeof(struct kubearmor_feeder), .probe = probe, .open = open_, .publish = publish,
	.stats = stats, .close = close_,
}, 0};
#else
#ifdef REPORTS
#define TEXT(text) {text, sizeof(text) - 1}

/* Tells of one container as the header says, and in all ways that it forbids: how many of those were taken? */
static int32_t report(void)
{
	static struct kubearmor_pair labels[] = {
		{sizeof(struct kubearmor_pair), 0, TEXT("app"), TEXT("shop")},
		{sizeof(struct kubearmor_pair), 0, TEXT("tier"), {NULL, 0}},
	};
	struct kubearmor_workload good = {
		.struct_size = sizeof(good), .id = TEXT("c1"), .name = TEXT("web"), .init_pid = 7, .state = 2,
		.labels = labels, .label_count = 2,
	};
	struct kubearmor_workload bad[6] = {good, good, good, good, good, good};
	int32_t taken = 0;

	if (services->workload_upsert(services->context, &good) != 0)
		return -1;
	bad[0].struct_size = 4;
	bad[1].id.length = 0;
	bad[2].id = (struct kubearmor_string)TEXT("two\nlines");
	bad[3].name.length = 1ull << 40;
	bad[4].label_count = 1ull << 40;
	bad[5].image.length = 3; /* and no data */
	for (int i = 0; i < 6; i++)
		taken += services->workload_upsert(services->context, &bad[i]) >= 0;
	taken += services->workload_upsert(services->context, NULL) >= 0;
	taken += services->workload_remove(services->context, NULL) >= 0;
	taken += services->workload_remove(services->context, "") >= 0;
	services->workload_remove(services->context, "c1");
	services->synced(services->context);
	return taken;
}
#endif

static int32_t run(void *self, char *error, uint64_t error_size)
{
	CHECK(self);
#ifdef REPORTS
	if (report() != 0)
		return fail(-EIO, "the daemon takes what breaks the contract", error, error_size);
#endif
	return 0;
}

static const struct { struct kubearmor_source table; uint64_t more; } table = {{
	.struct_size = sizeof(struct kubearmor_source), .probe = probe, .open = open_, .run = run, .stop = close_,
	.stats = stats, .close = close_,
}, 0};
#endif

#ifdef CRASH_IN_CONSTRUCTOR
__attribute__((constructor)) static void construct(void)
{
	abort();
}
#endif

#ifndef WITHOUT_ENTRY
int32_t kubearmor_plugin_entry(const struct kubearmor_offer *offer, struct kubearmor_answer *answer, char *error,
			       uint64_t error_size)
{
	CHECK(offer);
	CHECK(answer);
#ifdef REFUSE
	return fail(REFUSE, "the fixture refuses: as asked", error, error_size);
#endif
#ifdef MISSING_SYMBOL
	kubearmor_no_library_defines_this();
#endif
#ifdef ANSWER_BEYOND
	memset(answer, 0, sizeof(*answer) + 8);
	answer->struct_size = sizeof(*answer) + 8;
#endif
#ifdef ANSWER_SIZE
	answer->struct_size = ANSWER_SIZE;
#endif
#ifdef ANSWER_KIND
	answer->kind = ANSWER_KIND;
#else
	answer->kind = KIND;
#endif
	answer->abi_major = KUBEARMOR_ABI_MAJOR;
	answer->abi_minor = KUBEARMOR_ABI_MINOR;
	answer->header_hash = KUBEARMOR_HEADER_HASH;
	answer->table = &table;
	return 0;
}
#endif
