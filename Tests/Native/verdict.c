// SPDX-License-Identifier: Apache-2.0
/*
 * Runs the kernel's own verdict code (bpf/verdict.bpf.c, bpf_prog_test_run) over
 * cases that the reference evaluator has decided, and compares. With --time it
 * prints how long one verdict takes instead.
 *
 * A file of cases (little endian): blocks of "KCAS", cells u32, the automaton's
 * cells, cases u32, then per case eight u32 (class, access, owner, terminal,
 * action, rule, subject's size, object's size) and the two texts.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kubearmor_kernel.h"

/* As in bpf/verdict.bpf.c. */
struct verdict_input {
	uint32_t base, class_, access, owner, terminal, subject_size, object_size, arguments_size, epoch, rounds,
		action, rule;
	uint64_t elapsed_ns;
};

#define PATH_BUFFER (KUBEARMOR_PATH_MAX + 256)

struct test_case {
	uint32_t class_, access, owner, terminal, action, rule, subject_size, object_size, arguments_size;
};

_Alignas(8) static const unsigned char object_bytes[] = {
#embed "verdict.bpf.o"
};

static uint64_t *cells;
static char *paths;
static int program;
static uint32_t placed; /* how often an automaton was put into the table */

/* An automaton as the file has it. */
struct automaton {
	uint64_t *cells;
	uint32_t count;
};

static void die(const char *what)
{
	fprintf(stderr, "verdict: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void *map_memory(struct bpf_object *object, const char *name, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_object__find_map_fd_by_name(object, name), 0);

	if (memory == MAP_FAILED)
		die(name);
	return memory;
}

static void load(void)
{
	struct bpf_object *object = bpf_object__open_mem(object_bytes, sizeof(object_bytes), NULL);

	if (!object || bpf_object__load(object))
		die("the kernel refused verdict.bpf.o");
	cells = map_memory(object, "cells", 16u << 20);
	paths = map_memory(object, "paths", (3 * PATH_BUFFER + 4095) & ~4095u);
	program = bpf_program__fd(bpf_object__find_program_by_name(object, "verdict"));
}

static void place(const struct automaton *automaton)
{
	memcpy(cells + 8, automaton->cells, (size_t)automaton->count * 8);
	placed++;
}

static struct verdict_input run(const struct test_case *test, uint32_t rounds)
{
	struct verdict_input input = {
		.base = 8,
		.class_ = test->class_,
		.access = test->access,
		.owner = test->owner,
		.terminal = test->terminal,
		.subject_size = test->subject_size,
		.object_size = test->object_size,
		.arguments_size = test->arguments_size,
		.epoch = placed,
		.rounds = rounds,
	};
	/* A syscall program's context is copied back into ctx_in. */
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &input, .ctx_size_in = sizeof(input));

	if (bpf_prog_test_run_opts(program, &options) || options.retval)
		die("the verdict program did not run");
	return input;
}

static void get(FILE *file, void *data, size_t size)
{
	if (size && fread(data, size, 1, file) != 1)
		die("the file of cases ends too early");
}

static void read_case(FILE *file, struct test_case *test)
{
	get(file, test, sizeof(*test));
	if (test->object_size > KUBEARMOR_PATH_MAX || test->subject_size > KUBEARMOR_PATH_MAX ||
	    test->arguments_size >= KUBEARMOR_PATH_MAX)
		die("a path in the file is too long");
	get(file, paths + PATH_BUFFER + KUBEARMOR_PATH_MAX - test->subject_size, test->subject_size);
	get(file, paths + KUBEARMOR_PATH_MAX - test->object_size, test->object_size);
	get(file, paths + 2 * PATH_BUFFER, test->arguments_size);
}

/*
 * Rewrites the object as the programs write paths that they climb by plain loads:
 * every component at a multiple of eight, zero and garbage behind it. Returns its
 * size; 0 when it has no room.
 */
static uint32_t pad_object(uint32_t size)
{
	static char padded[KUBEARMOR_PATH_MAX];
	uint32_t used = 0;

	/* Other objects are never written so. */
	if (paths[KUBEARMOR_PATH_MAX - size] != '/')
		return 0;
	for (const char *at = paths + KUBEARMOR_PATH_MAX - size, *end = paths + KUBEARMOR_PATH_MAX; at < end;) {
		const char *slash = memchr(at + 1, '/', end - at - 1);
		uint32_t length = (slash ? slash : end) - at, room = (length + 7) & ~7u;

		if (used + room > sizeof(padded))
			return 0;
		memset(padded + used, 'g', room);
		memcpy(padded + used, at, length);
		if (length < room)
			padded[used + length] = 0;
		used += room;
		at += length;
	}
	memcpy(paths + KUBEARMOR_PATH_MAX - used, padded, used);
	return used;
}

static uint64_t passed, failed;

static void compare(const struct test_case *test, int timing, const struct automaton *automaton)
{
	struct verdict_input answer = run(test, timing ? 200000 : 1);

	if (timing)
		printf("%8u cells  %4u bytes of path  %7.1f ns a verdict\n", automaton->count, test->object_size,
		       answer.elapsed_ns / 200000.0);
	if (answer.action == test->action && answer.rule == test->rule) {
		passed++;
		return;
	}
	if (failed++ < 20)
		printf("object %.*s subject %.*s class %u access %u owner %u terminal %u: kernel %u by "
		       "rule %#x, evaluator %u by rule %#x\n",
		       (int)test->object_size, paths + KUBEARMOR_PATH_MAX - test->object_size, (int)test->subject_size,
		       paths + PATH_BUFFER + KUBEARMOR_PATH_MAX - test->subject_size, test->class_, test->access,
		       test->owner, test->terminal, answer.action, answer.rule, test->action, test->rule);
}

int main(int argc, char **argv)
{
	int timing = argc > 1 && strcmp(argv[1], "--time") == 0;
	FILE *file = argc > 1 + timing ? fopen(argv[1 + timing], "rb") : NULL;
	struct automaton now = {}, before = {};
	uint32_t head[2], count;

	if (!file)
		die("usage: verdict [--time] FILE");
	load();
	while (fread(head, sizeof(head), 1, file) == 1) {
		if (memcmp(head, "KCAS", 4) || head[1] > KUBEARMOR_CHUNK_CELLS - 8)
			die("not a file of cases");
		free(before.cells);
		before = now;
		now = (struct automaton){ .cells = calloc(head[1], 8), .count = head[1] };
		if (!now.cells)
			die("memory");
		get(file, now.cells, (size_t)now.count * 8);
		place(&now);
		get(file, &count, sizeof(count));
		for (uint32_t i = 0; i < count; i++) {
			struct test_case test;

			read_case(file, &test);
			compare(&test, timing, &now);
			if (timing)
				continue;
			test.object_size = pad_object(test.object_size);
			if (test.object_size == 0)
				continue;
			/* What is remembered of one automaton says nothing about the next in its place. */
			if (before.cells) {
				place(&before);
				run(&test, 1);
				place(&now);
			}
			compare(&test, timing, &now);
		}
	}
	if (!timing)
		printf("%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)failed);
	return failed || !passed;
}
