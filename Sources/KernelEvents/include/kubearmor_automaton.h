/* SPDX-License-Identifier: (Apache-2.0 OR BSD-2-Clause OR GPL-2.0) */
/*
 * The compiled form of a rule set: what Sources/Policy
 * writes, what a rule set carries (struct kubearmor_rule_set.automaton) and what
 * the programs in bpf/ walk. One definition for all of them.
 *
 * An automaton is an array of 64-bit cells (little endian, as the kernel reads
 * them). Every reference inside is the index of a cell relative to the first, so
 * that the array can be placed anywhere in a larger table. It begins with the
 * header (KUBEARMOR_AUTOMATON_HEADER_CELLS cells); index 0 means "none", "dead".
 *
 * States. A state is the index of its header cell. Byte c (1…255) leads from
 * state s to the `next` of cell s + c if that cell's `check` is c, else to the
 * `next` of the state's own header cell (its default). `next` 0 is the dead
 * state: nothing can match any more and the walk ends with no acceptance.
 * Header cells have check 0, so they are never mistaken for a transition; cells
 * of different states interleave and every cell belongs to exactly one state.
 * s + 255 is always inside the array.
 *
 *   header cell:     next 28 | check = 0 8 | accept 24 | flags 4
 *   transition cell: next 28 | check = c 8 | unused 24 | flags 4
 *
 * KUBEARMOR_CELL_SINK, on a cell, says of the state that its `next` names: it
 * loops to itself on every byte. The walk may stop there.
 *
 * Acceptance. `accept` of the state in which the input ended, when not 0, names
 * the cell at <object|subject>_accept_base + accept. In the object automaton that
 * cell holds the indexes of two candidate lists: for a path, file list << 32 |
 * process list; for the other encodings below, the class's list in the low half
 * (0 = none). In the subject automaton it is the first of KUBEARMOR_SOURCE_CELLS
 * cells with up to KUBEARMOR_SOURCES source ids (1…, two a cell, low half first,
 * 0 padded).
 *
 * Objects. All classes share the object automaton. A path begins with '/'. The
 * objects of the other classes are written as bytes from 1 to 255 that begin
 * with one that no path begins with:
 *
 *   KUBEARMOR_OBJECT_NETWORK     family + 1, type + 1, protocol + 1, each at most 255
 *   KUBEARMOR_OBJECT_CAPABILITY  number + 1
 *   KUBEARMOR_OBJECT_DNS         the name in lower case, without a last dot
 *   KUBEARMOR_OBJECT_PRESET      KUBEARMOR_PRESET_…
 *   KUBEARMOR_OBJECT_PLACE       the path of a directory: all below it gets another name;
 *                                two lists, as for a path, of Block rules about what is below
 *
 * Candidates. A list is a run of two-cell candidates, best first; the last has
 * KUBEARMOR_CANDIDATE_LAST. The first that matches decides (see
 * docs/policies.md). An access that none matches gets the class's posture.
 *
 * Arguments. A candidate with arguments_start (allowedArgs) is about argv[1…] of
 * an exec: each argument is walked from that state and is permitted when it ends
 * in a state with accept != 0. Allow: the candidate matches when all are
 * permitted. Block, Audit: it matches when one is not.
 */
#ifndef KUBEARMOR_AUTOMATON_H
#define KUBEARMOR_AUTOMATON_H

#ifdef __bpf__
#include "kernel.h"
#else
#include <stdint.h>
#endif

#define KUBEARMOR_AUTOMATON_MAGIC 0x4146444bu /* "KDFA" */
#define KUBEARMOR_AUTOMATON_VERSION 2u
#define KUBEARMOR_AUTOMATON_HEADER_CELLS 8u

#define KUBEARMOR_CELL_NEXT_BITS 28
#define KUBEARMOR_CELL_CHECK_SHIFT 28
#define KUBEARMOR_CELL_ACCEPT_SHIFT 36
#define KUBEARMOR_CELL_FLAGS_SHIFT 60
#define KUBEARMOR_CELL_NEXT_MASK 0xfffffffu
#define KUBEARMOR_CELL_ACCEPT_MASK 0xffffffu
#define KUBEARMOR_CELL_SINK 1u

#define KUBEARMOR_SOURCES 8      /* sources that one executable may match */
#define KUBEARMOR_SOURCE_CELLS 4 /* cells that hold them */
#define KUBEARMOR_CANDIDATES 256 /* longest candidate list */

/* First byte of an object that is no path. */
#define KUBEARMOR_OBJECT_NETWORK 1u
#define KUBEARMOR_OBJECT_CAPABILITY 2u
#define KUBEARMOR_OBJECT_DNS 3u
#define KUBEARMOR_OBJECT_PRESET 4u
#define KUBEARMOR_OBJECT_PLACE 5u

#define KUBEARMOR_PRESET_FILELESS_EXEC 1u      /* filelessExec */
#define KUBEARMOR_PRESET_ANONYMOUS_MAP_EXEC 2u /* anonymousMapExec */
#define KUBEARMOR_PRESET_PROTECT_ENV 3u        /* protectEnv */
#define KUBEARMOR_PRESET_PROTECT_PROC 4u       /* protectProc */
#define KUBEARMOR_PRESET_EXEC 5u               /* exec */

/*
 * First cell of a candidate: rule id 32 | flags 16 | action 8 | marks 8.
 * Second cell: source id 32 (low; 0: any subject) | arguments_start 32 (a state; 0:
 * any arguments).
 * flags are KUBEARMOR_RULE_OWNER_ONLY, _READ_ONLY, _TTY_ONLY of plugin.h; action
 * is its KUBEARMOR_ACTION_….
 */
#define KUBEARMOR_CANDIDATE_CELLS 2
#define KUBEARMOR_CANDIDATE_FLAGS_SHIFT 32
#define KUBEARMOR_CANDIDATE_ACTION_SHIFT 48
#define KUBEARMOR_CANDIDATE_MARKS_SHIFT 56
#define KUBEARMOR_CANDIDATE_ARGUMENTS_SHIFT 32 /* of the second cell */
#define KUBEARMOR_CANDIDATE_LAST 1u
#define KUBEARMOR_CANDIDATE_DIRECTORY 2u /* of a rule that names a directory, not the object */

/* The first eight cells. */
struct kubearmor_automaton {
	uint32_t magic;
	uint32_t version;
	uint32_t cells;         /* in all, header included */
	uint32_t object_start;  /* state; 0: no rules */
	uint32_t subject_start; /* state; 0: no rule has a fromSource */
	uint32_t object_accept_base;
	uint32_t subject_accept_base;
	uint32_t classes;         /* set of classes that it decides */
	uint32_t posture_process; /* KUBEARMOR_ACTION_NONE, _AUDIT, _BLOCK */
	uint32_t posture_file;
	uint32_t sourced_classes; /* classes with rules that have a fromSource */
	uint32_t posture_network; /* of network and dns */
	uint32_t posture_capability;
	uint32_t posture_dns;
	uint32_t posture_preset; /* always KUBEARMOR_ACTION_NONE */
	uint32_t argued_classes; /* classes with rules that have allowedArgs */
};

#ifdef __cplusplus
static_assert(sizeof(struct kubearmor_automaton) == 8 * KUBEARMOR_AUTOMATON_HEADER_CELLS, "automaton header");
#else
_Static_assert(sizeof(struct kubearmor_automaton) == 8 * KUBEARMOR_AUTOMATON_HEADER_CELLS, "automaton header");
#endif

#endif
