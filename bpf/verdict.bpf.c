// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The verdict alone, as a program that bpf_prog_test_run starts: the same code as
 * in the enforcer, on any kernel that loads `syscall` programs. Tests compare it
 * with the reference evaluator; the benchmark times it.
 */
#include "automaton.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct verdict_input {
	__u32 base;
	__u32 class_;
	__u32 access;
	__u32 owner;
	__u32 terminal;
	__u32 subject_size;
	__u32 object_size;
	__u32 arguments_size; /* 0: not known */
	__u32 epoch; /* another for each automaton */
	__u32 rounds; /* how often to decide, for the benchmark */
	__u32 action; /* out */
	__u32 rule;   /* out */
	__u64 elapsed_ns; /* out */
};

/* Object and subject, right-aligned as path_build leaves them; arguments from the first byte on. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct path_text);
} paths SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct memo);
} memos SEC(".maps");

struct rounds {
	struct query *query;
	struct path_text *object;
	struct path_text *arguments;
	struct memo *memo;
	__u32 position;
};

static long verdict_round(__u32 index, void *context)
{
	struct rounds *rounds = context;

	automaton_decide(rounds->query, rounds->object, rounds->arguments, rounds->position, rounds->memo);
	return 0;
}

SEC("syscall")
int verdict(struct verdict_input *input)
{
	struct query query = {};
	struct rounds rounds = {};
	__u32 key = 0;
	struct path_text *object = bpf_map_lookup_elem(&paths, &key);
	struct path_text *subject, *arguments;
	__u64 begin;

	rounds.memo = bpf_map_lookup_elem(&memos, &key);
	key = 1;
	subject = bpf_map_lookup_elem(&paths, &key);
	key = 2;
	arguments = bpf_map_lookup_elem(&paths, &key);
	if (!object || !subject || !arguments || !rounds.memo)
		return -1;
	if (input->object_size > KUBEARMOR_PATH_MAX || input->subject_size > KUBEARMOR_PATH_MAX)
		return -1;
	query.epoch = input->epoch;
	query.base = input->base;
	query.class_ = input->class_;
	query.access = input->access;
	query.owner = input->owner;
	query.terminal = input->terminal;
	query.arguments_size = input->arguments_size;
	automaton_sources(&query.sources, subject, KUBEARMOR_PATH_MAX - input->subject_size, input->base);
	rounds.query = &query;
	rounds.object = object;
	rounds.arguments = arguments;
	rounds.position = KUBEARMOR_PATH_MAX - input->object_size;
	begin = bpf_ktime_get_ns();
	/* Bound: the caller's rounds, at most 2^23 (bpf_loop). */
	bpf_loop(input->rounds, verdict_round, &rounds, 0);
	input->elapsed_ns = bpf_ktime_get_ns() - begin;
	input->action = query.action;
	input->rule = query.rule;
	return 0;
}
