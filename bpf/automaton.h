/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The verdict: one walk of the object's path through the automaton of the
 * workload's rule set, then the first candidate that matches. The format is that
 * of kubearmor_automaton.h; the cost depends on the path, not on the rules.
 */
#ifndef KUBEARMOR_BPF_AUTOMATON_H
#define KUBEARMOR_BPF_AUTOMATON_H

#include "kernel.h"
#include "scratch.h"

/* A map value: an automaton lies in one of them, so that one look into the map finds all its cells. */
struct chunk {
	__u64 cells[KUBEARMOR_CHUNK_CELLS];
};

#define CHUNK_MASK (KUBEARMOR_CHUNK_CELLS - 1)

/*
 * All automata of the node side by side. User space fills a free region through
 * mmap, then points a workload at it. The loader sets the size (setting
 * bpflsmTableMiB, 16 MiB by default: two million cells).
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct chunk);
} cells SEC(".maps");

#define ACTION_NONE 0
#define ACTION_ALLOW 1
#define ACTION_AUDIT 2
#define ACTION_BLOCK 3

#define CLASS_PROCESS 0
#define CLASS_FILE 1
#define CLASS_NETWORK 2
#define CLASS_CAPABILITY 3
#define CLASS_DNS 5
#define CLASS_PRESET 6

#define ACCESS_READ 1
#define ACCESS_WRITE 2
#define ACCESS_EXECUTE 4

#define CONDITION_OWNER_ONLY 2
#define CONDITION_READ_ONLY 4
#define CONDITION_TTY_ONLY 8

#define RULE_NONE 0
#define RULE_POSTURE 0xfffffffeu
#define RULE_FAULT 0xffffffffu

static __always_inline const struct chunk *chunk_of(__u32 index)
{
	__u32 number = index / KUBEARMOR_CHUNK_CELLS;

	return bpf_map_lookup_elem(&cells, &number);
}

static __always_inline __u64 cell_at(__u32 index)
{
	const struct chunk *chunk = chunk_of(index);

	/* Out of the map: an impossible cell that every reader treats as dead. */
	return chunk ? chunk->cells[index & CHUNK_MASK] : 0;
}

/* On a state: the walk ends here. In a state that loops to itself on every byte, or, with no state, in the dead one. */
#define WALK_END 0x80000000u

/* Walks the bytes of a word, up to a zero; states are indexes in the chunk. */
static __always_inline __u32 automaton_word(const struct chunk *chunk, __u32 base, __u32 state, __u64 word)
{
	__u64 cell = 0;

	/* Bound: the bytes of a word. */
#pragma unroll
	for (int i = 0; i < 8; i++) {
		__u32 byte = word & 0xff;

		if (!byte)
			break;
		word >>= 8;
		cell = chunk->cells[(state + byte) & CHUNK_MASK];
		if ((__u8)(cell >> KUBEARMOR_CELL_CHECK_SHIFT) != byte)
			cell = chunk->cells[state & CHUNK_MASK];
		state = cell & KUBEARMOR_CELL_NEXT_MASK;
		if (!state)
			return WALK_END;
		state += base;
	}
	return cell >> KUBEARMOR_CELL_FLAGS_SHIFT & KUBEARMOR_CELL_SINK ? state | WALK_END : state;
}

/* The eight bytes of a path buffer that `position` is in, those before it taken away. */
static __always_inline __u64 path_word(const char *bytes, __u32 position)
{
	return *(__u64 *)(bytes + (position & PATH_MASK & ~7u)) >> 8 * (position & 7);
}

struct automaton_walk {
	const char *bytes;
	const struct chunk *chunk;
	__u32 position;
	__u32 base;
	__u32 state;
};

static long automaton_step(__u32 index, void *context)
{
	struct automaton_walk *walk = context;
	__u32 position = walk->position;

	if (walk->state & WALK_END || position >= KUBEARMOR_PATH_MAX)
		return 1;
	walk->state = automaton_word(walk->chunk, walk->base, walk->state, path_word(walk->bytes, position));
	walk->position = (position | 7) + 1;
	return 0;
}

static __always_inline __u32 accept_of_walk(const struct automaton_walk *walk)
{
	__u32 state = walk->state & ~WALK_END;

	if (!state)
		return 0;
	return walk->chunk->cells[state & CHUNK_MASK] >> KUBEARMOR_CELL_ACCEPT_SHIFT & KUBEARMOR_CELL_ACCEPT_MASK;
}

/*
 * Walks the bytes of a path buffer from `position` to its end; returns
 * the accept number of the state they end in, 0 for none.
 */
__noinline __u32 automaton_accept(struct path_text *text, __u32 position, __u32 base, __u32 start)
{
	struct automaton_walk walk = { .position = position, .base = base & CHUNK_MASK };

	walk.chunk = chunk_of(base);
	if (!text || !walk.chunk)
		return 0;
	walk.bytes = text->bytes;
	walk.state = walk.base + start;
	/* Bound: the words of a path buffer. */
	bpf_loop(KUBEARMOR_PATH_MAX / 8, automaton_step, &walk, 0);
	return accept_of_walk(&walk);
}

/*
 * The same for the object automaton. Remembers the words it took and the states
 * that they led to: of the next path in the same directory only the rest is walked.
 */
__noinline __u32 automaton_accept_object(struct query *query, struct path_text *text, __u32 position, struct memo *memo)
{
	struct automaton_walk walk = {};
	__u32 base, state, count;
	__u64 key, word;

	if (!query || !text || !memo)
		return 0;
	walk.chunk = chunk_of(query->base);
	if (!walk.chunk || position >= KUBEARMOR_PATH_MAX)
		return 0;
	base = query->base & CHUNK_MASK;
	/* object_start is the high half of cell 1. */
	state = walk.chunk->cells[(base + 1) & CHUNK_MASK] >> 32;
	if (!state)
		return 0;
	state += base;
	key = query->epoch << 32 | query->base;
	count = memo->key == key ? memo->count : 0;
	word = path_word(text->bytes, position);
	/* Bound: MEMO_WORDS. */
	for (__u32 i = 0; i < MEMO_WORDS; i++) {
		if (i < count && memo->words[i] == word) {
			state = memo->states[i];
		} else {
			state = automaton_word(walk.chunk, base, state, word);
			memo->words[i] = word;
			memo->states[i] = state;
			count = i + 1;
		}
		position = (position | 7) + 1;
		if (state & WALK_END || position >= KUBEARMOR_PATH_MAX)
			break;
		/* The compiler would drop the mask; the verifier has lost the bound. */
		asm volatile("" : "+r"(position));
		word = *(__u64 *)(text->bytes + (position & PATH_MASK & ~7u));
	}
	memo->key = key;
	memo->count = count;
	walk.state = state;
	if (!(state & WALK_END) && position < KUBEARMOR_PATH_MAX) {
		walk.bytes = text->bytes;
		walk.position = position;
		walk.base = base;
		/* Bound: the words of a path buffer. */
		bpf_loop(KUBEARMOR_PATH_MAX / 8, automaton_step, &walk, 0);
	}
	return accept_of_walk(&walk);
}

struct argument_walk {
	const char *bytes;
	__u32 position;
	__u32 size;
	__u32 base;
	__u32 start;
	__u32 state;
	__u32 is_name; /* in argv[0] */
	__u32 refused;
};

/* The state that a byte leads to; 0 dead. */
static __always_inline __u32 automaton_next(__u32 base, __u32 state, __u8 byte)
{
	__u64 cell = cell_at(base + state + byte);

	if ((__u8)(cell >> KUBEARMOR_CELL_CHECK_SHIFT) != byte)
		cell = cell_at(base + state);
	return cell & KUBEARMOR_CELL_NEXT_MASK;
}

static __always_inline __u32 accept_of(__u32 base, __u32 state)
{
	return state ? cell_at(base + state) >> KUBEARMOR_CELL_ACCEPT_SHIFT & KUBEARMOR_CELL_ACCEPT_MASK : 0;
}

static long argument_step(__u32 index, void *context)
{
	struct argument_walk *walk = context;
	__u8 byte;

	if (walk->position >= walk->size)
		return 1;
	byte = walk->bytes[walk->position & PATH_MASK];
	walk->position++;
	if (byte) {
		if (walk->state && !walk->is_name)
			walk->state = automaton_next(walk->base, walk->state, byte);
		return 0;
	}
	if (!walk->is_name && !accept_of(walk->base, walk->state)) {
		walk->refused = 1;
		return 1;
	}
	walk->is_name = 0;
	walk->state = walk->start;
	return 0;
}

/* 1 when one of the arguments is not in the list that begins at `start`, or they are not known. */
static __always_inline int arguments_refused(const struct query *query, const char *bytes, __u32 start)
{
	struct argument_walk walk = {
		.bytes = bytes,
		.size = query->arguments_size,
		.base = query->base,
		.start = start,
		.state = start,
		.is_name = 1,
		.refused = query->arguments_size == 0,
	};

	/* Bound: KUBEARMOR_PATH_MAX bytes; longer argument vectors are not known. */
	bpf_loop(KUBEARMOR_PATH_MAX, argument_step, &walk, 0);
	return walk.refused;
}

static __always_inline int has_source(const struct query *query, __u32 source)
{
	/* Bound: KUBEARMOR_SOURCES. */
#pragma unroll
	for (int i = 0; i < KUBEARMOR_SOURCES; i++) {
		if (query->sources.ids[i] == source)
			return 1;
	}
	return 0;
}

/*
 * What a candidate makes of the access: ACTION_NONE when it does not match. Block
 * and Audit bite on what the conditions do not permit; Allow permits what they do.
 */
static __always_inline __u32 candidate_action(const struct query *query, __u32 action, __u32 flags)
{
	__u32 write = query->access & ACCESS_WRITE;

	if (flags & CONDITION_TTY_ONLY && !query->terminal)
		return ACTION_NONE;
	if (action == ACTION_ALLOW) {
		if (flags & CONDITION_OWNER_ONLY && !query->owner)
			return ACTION_NONE;
		return flags & CONDITION_READ_ONLY && write ? ACTION_BLOCK : ACTION_ALLOW;
	}
	if (!(flags & (CONDITION_OWNER_ONLY | CONDITION_READ_ONLY)))
		return action;
	if (flags & CONDITION_OWNER_ONLY && !query->owner)
		return action;
	if (flags & CONDITION_READ_ONLY && write)
		return action;
	return ACTION_NONE;
}

struct candidate_walk {
	struct query *query;
	const char *arguments;
};

static long candidate_step(__u32 index, void *context)
{
	struct candidate_walk *walk = context;
	struct query *query = walk->query;
	__u64 first = cell_at(query->candidate);
	__u64 second = cell_at(query->candidate + 1);
	__u32 source = second, arguments = second >> KUBEARMOR_CANDIDATE_ARGUMENTS_SHIFT;
	__u32 action = (__u8)(first >> KUBEARMOR_CANDIDATE_ACTION_SHIFT);

	if ((source == 0 || has_source(query, source)) &&
	    (arguments == 0 || arguments_refused(query, walk->arguments, arguments) == (action != ACTION_ALLOW))) {
		action = candidate_action(query, action, (__u16)(first >> KUBEARMOR_CANDIDATE_FLAGS_SHIFT));
		if (action != ACTION_NONE) {
			query->action = action;
			query->rule = (__u32)first;
			query->marks = first >> KUBEARMOR_CANDIDATE_MARKS_SHIFT;
			return 1;
		}
	}
	query->candidate += KUBEARMOR_CANDIDATE_CELLS;
	return first >> KUBEARMOR_CANDIDATE_MARKS_SHIFT & KUBEARMOR_CANDIDATE_LAST;
}

/* 1 when a rule of the class has allowedArgs. */
static __always_inline int has_arguments(const struct query *query)
{
	/* argued_classes is the high half of cell 7. */
	return cell_at(query->base + 7) >> (32 + query->class_) & 1;
}

/* What an access of the class gets that no rule matched. */
static __always_inline __u32 posture_of(const struct query *query)
{
	switch (query->class_) {
	case CLASS_PROCESS:
		return cell_at(query->base + 4);
	case CLASS_FILE:
		return cell_at(query->base + 4) >> 32;
	case CLASS_NETWORK:
		return cell_at(query->base + 5) >> 32;
	case CLASS_CAPABILITY:
		return cell_at(query->base + 6);
	case CLASS_DNS:
		return cell_at(query->base + 6) >> 32;
	default:
		return ACTION_NONE;
	}
}

/*
 * Decides about the object at `position` of a buffer; the arguments of an exec, if
 * they are known, are in another. Fills query->action (allow, audit or block;
 * ACTION_NONE: no rule and no posture speaks of it), ->rule and ->marks.
 */
__noinline int automaton_decide(struct query *query, struct path_text *object, struct path_text *arguments,
			       __u32 position, struct memo *memo)
{
	__u32 accept, list, posture;
	__u64 lists = 0;

	if (!query || !object || !arguments || !memo)
		return -1;
	query->action = ACTION_NONE;
	query->rule = RULE_NONE;
	query->marks = 0;
	accept = automaton_accept_object(query, object, position, memo);
	if (accept) {
		/* object_accept_base is the high half of cell 2. */
		lists = cell_at(query->base + (__u32)(cell_at(query->base + 2) >> 32) + accept);
		list = query->class_ == CLASS_FILE ? (__u32)(lists >> 32) : (__u32)lists;
		if (list) {
			/* bpf_loop takes its context from this frame only. */
			struct candidate_walk walk = { .query = query, .arguments = arguments->bytes };

			query->candidate = query->base + list;
			/* Bound: KUBEARMOR_CANDIDATES; the compiler makes no longer lists. */
			bpf_loop(KUBEARMOR_CANDIDATES, candidate_step, &walk, 0);
		}
	}
	/* A place is no object of an allow list. */
	if (query->action == ACTION_NONE && object->bytes[position & PATH_MASK] != KUBEARMOR_OBJECT_PLACE) {
		posture = posture_of(query);
		if (posture == ACTION_AUDIT || posture == ACTION_BLOCK) {
			query->action = posture;
			query->rule = RULE_POSTURE;
		}
	}
	return 0;
}

/* Which sources the executable at `position` of a path buffer is; zeroes when none. */
__noinline int automaton_sources(struct source_ids *sources, struct path_text *text, __u32 position, __u32 base)
{
	__u32 start = cell_at(base + 2);
	__u32 accept_base = cell_at(base + 3);
	__u32 accept;

	if (!sources || !text)
		return -1;
	accept = start ? automaton_accept(text, position, base, start) : 0;
	/* Bound: KUBEARMOR_SOURCE_CELLS. */
#pragma unroll
	for (int i = 0; i < KUBEARMOR_SOURCE_CELLS; i++) {
		__u64 pair = accept ? cell_at(base + accept_base + accept + i) : 0;

		sources->ids[2 * i] = (__u32)pair;
		sources->ids[2 * i + 1] = pair >> 32;
	}
	return 0;
}

#endif
