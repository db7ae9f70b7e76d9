/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments that are not what they seem, for rules with allowedArgs. The program that is started is a
 * copy of this one, as `PROGRAM check ARGUMENT…`: it ends with 0 when every argument is "good", else with 3.
 *
 * labargs race PROGRAM COUNT    a second thread turns the argument from "good" into "evil" and back, byte by
 *                               byte, while execve runs
 * labargs pages PROGRAM STEP    the arguments lie at every STEP-th place of a page, across its end too: "good"
 *                               must be permitted and "evil" refused
 * Prints what happened; ends with 1 when "evil" ran.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static volatile char word[] = "good";
static atomic_int is_over;

/* What became of the attempts. */
static int ran, refused, breached, failed;

/* A moment between two bytes: emulators interrupt between blocks of instructions only. */
static void write_word(const char *text)
{
	for (int i = 0; i < 4; i++) {
		word[i] = text[i];
		for (volatile int pause = 0; pause < 20; pause++)
			;
	}
}

static void *flip(void *unused)
{
	(void)unused;
	while (!is_over) {
		write_word("evil");
		write_word("good");
	}
	return NULL;
}

/* The caller's memory is shared until the program has begun: posix_spawn does not copy it. */
static int try(char **arguments, char **environment)
{
	int status, error;
	pid_t pid;

	error = posix_spawn(&pid, arguments[0], NULL, NULL, arguments, environment);
	if (error)
		return error;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void note(int result)
{
	ran += result == 0;
	refused += result == EACCES;
	breached += result < 0;
	failed += result > 0 && result != EACCES;
}

static int report(void)
{
	printf("ran=%d refused=%d breached=%d failed=%d\n", ran, refused, breached, failed);
	return breached || failed;
}

static int race(const char *program, int count)
{
	char *arguments[] = { (char *)program, "check", (char *)word, NULL }, *none[] = { NULL };
	pthread_t thread;

	pthread_create(&thread, NULL, flip, NULL);
	for (int i = 0; i < count; i++)
		note(try(arguments, none));
	is_over = 1;
	pthread_join(thread, NULL);
	return report();
}

/* The environment lies above the arguments: its length says where those are. */
static int pages(const char *program, int step)
{
	static char filler[PAGE + 8];
	char *environment[] = { filler, NULL };
	int wrong = 0;

	memset(filler, 'x', sizeof(filler) - 1);
	for (int length = PAGE; length > 0; length -= step) {
		char *good[] = { (char *)program, "check", "good", "good", NULL };
		char *evil[] = { (char *)program, "check", "good", "evil", NULL };
		int result;

		filler[length] = '\0';
		result = try(good, environment);
		note(result);
		wrong += result != 0;
		result = try(evil, environment);
		note(result);
		wrong += result != EACCES;
	}
	printf("wrong=%d ", wrong);
	return report();
}

static int check(char **arguments)
{
	for (; *arguments; arguments++) {
		if (strcmp(*arguments, "good"))
			return 3;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "check"))
		return check(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "race"))
		return race(argv[2], atoi(argv[3]));
	if (argc == 4 && !strcmp(argv[1], "pages"))
		return pages(argv[2], atoi(argv[3]));
	dprintf(2, "labargs: no such command, or arguments are missing\n");
	return 2;
}
