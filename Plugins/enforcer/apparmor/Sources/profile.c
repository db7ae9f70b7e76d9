// SPDX-License-Identifier: Apache-2.0
/*
 * The profiles of a rule set: one for all programs, and one for each source that rules
 * name. Everything is permitted but what rules deny, and what they do not permit in a
 * class that is an allow list.
 */
#include <stdio.h>
#include <string.h>

#include "profile.h"

#define FLAGS "flags=(attach_disconnected,mediate_deleted)"

void note(struct writer *writer, const struct kubearmor_rule *rule, uint32_t hold, const char *reason)
{
	size_t offset = (size_t)((const char *)rule - (const char *)writer->set->rules);
	size_t index = offset / writer->set->rules->struct_size;
	struct kubearmor_holding *holding = writer->holdings ? &writer->holdings[index] : NULL;

	if (!holding || hold < holding->hold || (hold == holding->hold && holding->reason[0]))
		return;
	holding->hold = hold;
	snprintf(holding->reason, sizeof(holding->reason), "%s", reason);
}

/* ---- what is not held as it is written ---------------------------------------------- */

static int has_block(const struct kubearmor_rule_set *set, uint32_t class_)
{
	for (uint64_t i = 0; i < set->rule_count; i++) {
		if (rule_at(set, i)->class_ == class_ && rule_at(set, i)->action == KUBEARMOR_ACTION_BLOCK)
			return 1;
	}
	return 0;
}

/* Of a rule that no profile holds: who watches may say what it says; what it permits is not permitted. */
static void note_gap(struct writer *writer, const struct kubearmor_rule *rule, const char *reason)
{
	const struct kubearmor_rule_set *set = writer->set;
	char text[240];

	if (rule->action != KUBEARMOR_ACTION_ALLOW) {
		note(writer, rule, KUBEARMOR_HOLD_AUDITED, reason);
	} else if (set->posture[rule->class_] == KUBEARMOR_ACTION_BLOCK || has_block(set, rule->class_)) {
		snprintf(text, sizeof(text), "it permits nothing that others deny: %s", reason);
		note(writer, rule, KUBEARMOR_HOLD_STRICTER, text);
	}
}

static void note_rule(struct writer *writer, const struct kubearmor_rule *rule)
{
	const struct kubearmor_rule_set *set = writer->set;
	const struct source *source = source_of(&writer->sources, set, rule);
	const char *reason = rule->match == KUBEARMOR_MATCH_NATIVE ? native_fault(rule_object(set, rule)) : NULL;

	if (reason)
		note(writer, rule, KUBEARMOR_HOLD_UNSUPPORTED, reason);
	if (rule->match == KUBEARMOR_MATCH_NATIVE)
		return;
	if (rule->class_ == KUBEARMOR_CLASS_SYSCALL || rule->class_ == KUBEARMOR_CLASS_DNS) {
		note(writer, rule, KUBEARMOR_HOLD_AUDITED,
		     rule->class_ == KUBEARMOR_CLASS_DNS ? "questions are audited, by what monitors see" :
							   "system calls are audited, by what monitors see");
		return;
	}
	if (rule->class_ > KUBEARMOR_CLASS_CAPABILITY) {
		note(writer, rule, KUBEARMOR_HOLD_UNSUPPORTED, "AppArmor has nothing of this kind");
		return;
	}
	reason = rule_gap(set, rule);
	if (!reason && source)
		reason = source->gap;
	if (reason)
		note_gap(writer, rule, reason);
	else if (rule->action == KUBEARMOR_ACTION_BLOCK && rule->class_ == KUBEARMOR_CLASS_PROCESS &&
		 rule->match == KUBEARMOR_MATCH_DIRECTORY)
		note(writer, rule, KUBEARMOR_HOLD_STRICTER, "libraries in it cannot be mapped either");
}

/* ---- text --------------------------------------------------------------------------- */

static void write_body(struct writer *writer, int source)
{
	text_add(writer->text, "  mount,\n  remount,\n  umount,\n  pivot_root,\n  ptrace,\n  signal,\n  unix,\n"
			       "  dbus,\n  change_profile,\n");
	write_capabilities(writer, source);
	write_network(writer, source);
	write_files(writer, source);
	write_executions(writer, source);
	write_places(writer, source);
	write_native(writer, source);
}

/* The direct rule of the same directory has a profile of its own: what it names is left to that. */
static int has_direct_twin(const struct sources *sources, const struct source *source)
{
	for (size_t i = 0; i < sources->count; i++) {
		const struct source *other = &sources->list[i];

		if (other != source && other->rule->source_match == KUBEARMOR_MATCH_DIRECTORY &&
		    other->text.size == source->text.size &&
		    !memcmp(other->text.bytes, source->text.bytes, other->text.size))
			return 1;
	}
	return 0;
}

/* The programs that start in the profile. */
static void write_attachment(struct writer *writer, const struct source *source)
{
	struct text *text = writer->text;

	switch (source->rule->source_match) {
	case KUBEARMOR_MATCH_PATH:
		quote_path(text, source->text.bytes, source->text.size);
		break;
	case KUBEARMOR_MATCH_DIRECTORY:
		quote_path(text, source->text.bytes, source->text.size);
		if (!(source->rule->source_flags & KUBEARMOR_RULE_RECURSIVE))
			text_add(text, "*");
		else
			text_add(text, has_direct_twin(&writer->sources, source) ? "*/**" : "**");
		break;
	default:
		quote_pattern(text, source->text.bytes, source->text.size);
	}
}

static void write_source(struct writer *writer, int index)
{
	const struct source *source = &writer->sources.list[index];

	if (writer->is_container) {
		text_add(writer->text, "profile %s//%s " FLAGS " {\n", writer->name, source->name);
	} else {
		text_add(writer->text, "profile %s.%s \"", writer->name, source->name);
		write_attachment(writer, source);
		text_add(writer->text, "\" " FLAGS " {\n");
	}
	write_body(writer, index);
	text_add(writer->text, "}\n");
}

static void write_retired(struct writer *writer, const char *name)
{
	size_t size = strlen(writer->name), skip = writer->is_container ? 2 : 1;

	/* One that is a source again has its profile already. */
	for (size_t i = 0; i < writer->sources.count; i++) {
		const struct source *source = &writer->sources.list[i];

		if (!source->gap && strlen(name) > size + skip && !strcmp(name + size + skip, source->name))
			return;
	}
	text_add(writer->text, "profile %s " FLAGS " {\n", name);
	write_body(writer, -1);
	text_add(writer->text, "}\n");
}

int profile_write(struct text *text, const struct kubearmor_rule_set *set, const struct target *target,
		  struct kubearmor_holding *holdings)
{
	struct writer writer = {
		.text = text,
		.set = set,
		.name = target->name,
		.is_container = target->is_container,
		.has_no_native = target->has_no_native,
		.holdings = holdings,
	};

	if (sources_find(&writer.sources, set, target))
		return -1;
	for (uint64_t i = 0; holdings && i < set->rule_count; i++) {
		holdings[i] = (struct kubearmor_holding){
			.struct_size = sizeof(*holdings),
			.rule = rule_at(set, i)->id,
			.hold = KUBEARMOR_HOLD_ENFORCED,
		};
	}
	for (uint64_t i = 0; i < set->rule_count; i++)
		note_rule(&writer, rule_at(set, i));
	text_add(text, "# Made by KubeArmor from its policies; loaded again whenever they change.\n");
	/* The host's: every program that is started and that no profile of its own attaches to. */
	text_add(text, "profile %s %s" FLAGS " {\n", writer.name, writer.is_container ? "" : "\"/{,**}\" ");
	write_body(&writer, -1);
	text_add(text, "}\n");
	for (size_t i = 0; i < writer.sources.count; i++) {
		if (!writer.sources.list[i].gap)
			write_source(&writer, (int)i);
	}
	for (size_t i = 0; i < target->retired_count; i++)
		write_retired(&writer, target->retired[i]);
	sources_free(&writer.sources);
	return text->failed ? -1 : 0;
}

void profile_write_daemon(struct text *text, const char *executable)
{
	text_add(text, "# Made by KubeArmor: the daemon is nobody's subject, nor is the compiler that it runs.\n"
		       "profile " DAEMON_PROFILE " \"");
	quote_path(text, executable, strlen(executable));
	text_add(text, "\" " FLAGS " {\n  capability,\n  network,\n  mount,\n  remount,\n  umount,\n  pivot_root,\n"
		       "  ptrace,\n  signal,\n  unix,\n  dbus,\n  change_profile,\n  \"/{,**}\" mrwlk,\n"
		       "  \"/{,**}\" pix,\n");
	for (size_t i = 0; parser_paths[i]; i++)
		text_add(text, "  \"%s\" ix,\n", parser_paths[i]);
	text_add(text, "}\n");
}
