// SPDX-License-Identifier: Apache-2.0
/*
 * Asks the plugin for the profile of a rule set, without a kernel:
 *   render PLUGIN [--examine] RULES
 * RULES has a rule a line: class action match flags object [source-match source], the words
 * parted by tabs; "\xNN" in a name is that byte. The first line may be "posture CLASS ACTION".
 * Prints the profile, or with --examine how each rule is held.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define RULES 20000
#define STRINGS (64 << 20)

static struct kubearmor_rule rules[RULES];
static struct kubearmor_holding holdings[RULES];
static struct kubearmor_rule_set set = { .struct_size = sizeof(set), .rules = rules };
static char *strings;

static uint32_t number_of(const char *word, const char *const *words)
{
	for (uint32_t i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	fprintf(stderr, "unknown word %s\n", word);
	exit(2);
}

static const char *const classes[] = { "process", "file", "network", "capability", "syscall", NULL };
static const char *const actions[] = { "none", "allow", "audit", "block", NULL };
static const char *const matches[] = { "-",	   "path",	 "execname", "directory", "pattern", "protocol",
				       "capability", "syscall", "domain",   "preset",	 "native",  NULL };

static struct kubearmor_span keep(const char *text)
{
	struct kubearmor_span span = { .offset = (uint32_t)set.strings_size };
	unsigned byte;

	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &byte) == 1) {
			strings[set.strings_size++] = (char)byte;
			text += 4;
		} else {
			strings[set.strings_size++] = *text++;
		}
	}
	span.length = (uint32_t)set.strings_size - span.offset;
	return span;
}

static uint32_t flags_of(const char *letters)
{
	return (strchr(letters, 'r') ? KUBEARMOR_RULE_RECURSIVE : 0) |
	       (strchr(letters, 'o') ? KUBEARMOR_RULE_OWNER_ONLY : 0) |
	       (strchr(letters, 'w') ? KUBEARMOR_RULE_READ_ONLY : 0) |
	       (strchr(letters, 't') ? KUBEARMOR_RULE_TTY_ONLY : 0);
}

static void read_rule(char *line)
{
	struct kubearmor_rule *rule = &rules[set.rule_count];
	char *words[7] = {};
	int count = 0;

	for (char *word; count < 7 && (word = strsep(&line, "\t"));)
		words[count++] = word;
	if (count == 3 && !strcmp(words[0], "posture")) {
		set.posture[number_of(words[1], classes)] = number_of(words[2], actions);
		return;
	}
	if (count < 5) {
		fprintf(stderr, "too few words\n");
		exit(2);
	}
	*rule = (struct kubearmor_rule){ .struct_size = sizeof(*rule), .id = (uint32_t)++set.rule_count };
	rule->class_ = (uint16_t)number_of(words[0], classes);
	rule->action = number_of(words[1], actions);
	rule->match = (uint16_t)number_of(words[2], matches);
	rule->flags = flags_of(words[3]);
	rule->object = keep(words[4]);
	rule->policy = keep("policy");
	if (count == 7) {
		rule->source_match = (uint16_t)number_of(words[5], matches);
		rule->source_flags = words[6][strlen(words[6]) - 1] == '/' ? KUBEARMOR_RULE_RECURSIVE : 0;
		rule->source = keep(words[6]);
	}
	set.classes |= 1u << rule->class_;
}

static const struct kubearmor_enforcer *load(const char *path)
{
	struct kubearmor_offer offer = { .struct_size = sizeof(offer), .abi_major = KUBEARMOR_ABI_MAJOR };
	struct kubearmor_answer answer = { .struct_size = sizeof(answer) };
	__typeof__(kubearmor_plugin_entry) *entry;
	char error[KUBEARMOR_ERROR_SIZE];
	void *library = dlopen(path, RTLD_NOW);

	entry = library ? (__typeof__(entry))dlsym(library, KUBEARMOR_ENTRY_SYMBOL) : NULL;
	if (!entry || entry(&offer, &answer, error, sizeof(error))) {
		fprintf(stderr, "%s\n", library ? error : dlerror());
		exit(1);
	}
	return answer.table;
}

static int print_holdings(const struct kubearmor_enforcer *enforcer)
{
	static const char *const words[] = { "?", "enforced", "stricter", "audited", "unsupported" };
	char error[KUBEARMOR_ERROR_SIZE];
	uint64_t count = 0;

	holdings[0].struct_size = sizeof(holdings[0]);
	if (enforcer->examine(&set, holdings, RULES, &count, error, sizeof(error)) || count != set.rule_count) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	for (uint64_t i = 0; i < count; i++)
		printf("%u\t%s\t%s\n", holdings[i].rule, words[holdings[i].hold], holdings[i].reason);
	return 0;
}

static int print_text(const struct kubearmor_enforcer *enforcer)
{
	char error[KUBEARMOR_ERROR_SIZE], *text;
	uint64_t length = 0, again = 0;

	if (enforcer->render(&set, NULL, 0, &length, error, sizeof(error))) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	text = malloc(length + 1);
	if (!text || enforcer->render(&set, text, length, &again, error, sizeof(error)) || again != length)
		return 1;
	fwrite(text, 1, length, stdout);
	free(text);
	return 0;
}

int main(int count, char **arguments)
{
	int is_examination = count == 4 && !strcmp(arguments[2], "--examine");
	const struct kubearmor_enforcer *enforcer;
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	FILE *file;

	if (count != 3 + is_examination)
		return 2;
	file = fopen(arguments[count - 1], "re");
	strings = malloc(STRINGS);
	if (!file || !strings)
		return 2;
	set.strings = strings;
	while ((size = getline(&line, &room, file)) > 0 && set.rule_count < RULES) {
		line[size - 1] = '\0';
		if (line[0])
			read_rule(line);
	}
	free(line);
	fclose(file);
	enforcer = load(arguments[1]);
	return is_examination ? print_holdings(enforcer) : print_text(enforcer);
}
