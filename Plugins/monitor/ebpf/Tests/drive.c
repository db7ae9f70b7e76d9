// SPDX-License-Identifier: Apache-2.0
/*
 * Drives the built plugin as the daemon would: `drive PLUGIN [MODE]`. Lets children
 * in a cgroup of their own do known things and compares every event with what they
 * did. Needs root; says "0 passed, 0 failed, 1 skipped" where no mode works.
 * MODE, when given, is what the plugin must have chosen.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drive.h"

#define HOST 76u

const struct kubearmor_monitor *table;
void *self;
char error[KUBEARMOR_ERROR_SIZE];
static int passed, failed;
static int fentry; /* the better mode was chosen */
static int capabilities;

void check(int condition, const char *what)
{
	printf("%s %s\n", condition ? "ok    " : "FAILED", what);
	condition ? passed++ : failed++;
}

static void test_opens(void)
{
	const struct kubearmor_event *event;
	char path[4096];
	uint32_t pid = run(child_opens);

	drain();
	in_folder(path, "target");
	event = find(pid, KUBEARMOR_OPERATION_OPEN, path);
	check(event && event->result >= 0 && event->access == KUBEARMOR_ACCESS_READ,
	      "an open by a symbolic link is reported with the path of the file itself");
	check(event && event->workload == WORKLOAD && event->class_ == KUBEARMOR_CLASS_FILE && event->rule == 0 &&
		      event->host_ppid == (uint32_t)getpid() && event->uid == getuid() && event->cgroup != 0 &&
		      event->time_ns != 0 && event->exec_id != 0 && event->object_uid == 0,
	      "it carries workload, class, parent, user, cgroup, time, image and the owner of the file");
	check(event && is(event->process, program) && is(event->parent, program) && is(event->cwd, folder) &&
		      strncmp(event->comm.data, basename(program), event->comm.length) == 0 && event->comm.length > 0,
	      "it carries executable, parent's executable, directory and command name");
	check(event && has(event->hook, "syscall=SYS_OPENAT fd=-100 flags=O_RDONLY|O_CLOEXEC"),
	      "its hook names the call, the descriptor and the flags");
	in_folder(path, "made");
	event = find(pid, KUBEARMOR_OPERATION_OPEN, path);
	check(event && event->result >= 0 && event->access == KUBEARMOR_ACCESS_WRITE &&
		      is(event->hook, "syscall=SYS_CREAT flags=O_WRONLY|O_CREAT|O_TRUNC"),
	      "creat is reported as a write");
	in_folder(path, "second");
	event = find(pid, KUBEARMOR_OPERATION_OPEN, path);
	check(event && has(event->hook, "syscall=SYS_OPENAT2 fd=-100 flags=O_RDONLY"), "openat2 is reported");
	in_folder(path, "nothing");
	event = find(pid, KUBEARMOR_OPERATION_OPEN, path);
	check(event && event->result == -ENOENT && event->access == KUBEARMOR_ACCESS_WRITE &&
		      has(event->hook, "O_APPEND"),
	      "a failed open has its errno and the name made absolute and plain");
	in_folder(path, "missing");
	event = find(pid, KUBEARMOR_OPERATION_OPEN, path);
	check(event && event->result == -ENOENT && !has(event->hook, "fd=-100"),
	      "a failed open below a descriptor has that directory in its path");
	event = find(pid, KUBEARMOR_OPERATION_EXIT, program);
	check(event && WEXITSTATUS(event->flags) == 3 && is(event->process, program),
	      "the exit has its code and executable");
	if (failed)
		print_events(pid);
}

static void test_execs(void)
{
	const struct kubearmor_event *event;
	char path[4096];
	uint32_t pid = run(child_execs);

	drain();
	in_folder(path, "no-such-program");
	event = find(pid, KUBEARMOR_OPERATION_EXEC, path);
	check(event && event->result == -ENOENT && is(event->process, program) &&
		      has(event->arguments, "first argument"),
	      "a failed exec has its errno, the name and the arguments");
	in_folder(path, "not-executable");
	event = find(pid, KUBEARMOR_OPERATION_EXEC, path);
	check(event && event->result == -EACCES, "an exec that is not permitted says so");
	event = find(pid, KUBEARMOR_OPERATION_EXEC, program);
	check(event && event->result == 0 && event->class_ == KUBEARMOR_CLASS_PROCESS &&
		      event->access == KUBEARMOR_ACCESS_EXECUTE && is(event->parent, program) &&
		      is(event->hook, "syscall=SYS_EXECVE") && is(event->cwd, folder),
	      "an exec is reported with executable, parent and directory");
	check(event && event->arguments.length == 29 &&
		      memcmp(event->arguments.data, "driven\0first argument\0second", 29) == 0,
	      "its arguments are argv with a NUL behind each");
	event = find(pid, KUBEARMOR_OPERATION_EXIT, program);
	check(event && WIFEXITED(event->flags) && WEXITSTATUS(event->flags) == 5, "the new image's exit has its code");
	pid = run(child_script);
	drain();
	in_folder(path, "script");
	event = find(pid, KUBEARMOR_OPERATION_EXEC, program);
	check(event && is(event->target, path) && has(event->arguments, "./script"),
	      "the exec of a script names interpreter and script");
	if (failed)
		print_events(pid);
}

static void test_corners(void)
{
	const struct kubearmor_event *event;
	char path[4200];
	uint32_t pid = run(child_goes_deep);

	drain();
	in_folder(path, "");
	for (int i = 0; i < LEVELS; i++)
		strcat(path, LEVEL_NAME "/");
	strcat(path, "leaf");
	event = find(pid, KUBEARMOR_OPERATION_OPEN, path);
	check(event && event->cwd.length == strlen(path) - strlen("/leaf"),
	      "a path of 60 levels and 3,000 bytes is whole");
	pid = run(child_with_threads);
	drain();
	check(ends_of(pid) == 1, "a process of many threads ends once");
}

static void test_io_uring(void)
{
	const struct kubearmor_event *event;
	char path[4096];
	uint32_t pid = run(child_io_uring);

	drain();
	in_folder(path, "target");
	event = find(pid, KUBEARMOR_OPERATION_OPEN, path);
	check(event && event->result == 0 && event->access == (KUBEARMOR_ACCESS_READ | KUBEARMOR_ACCESS_WRITE) &&
		      has(event->hook, "syscall=SYS_IO_URING_ENTER flags=O_RDWR"),
	      "an open by io_uring is reported");
	if (!event)
		print_events(pid);
}

static uint64_t stat_of(const char *name)
{
	struct kubearmor_stat stats[16] = { { .struct_size = sizeof(stats[0]) } };
	uint64_t count = 0;

	table->stats(self, stats, 16, &count, error, sizeof(error));
	for (uint64_t i = 0; i < count && i < 16; i++) {
		if (strcmp(stats[i].name, name) == 0)
			return stats[i].value;
	}
	return 0;
}

static uint64_t dropped(void)
{
	return stat_of("dropped.ring_full") + stat_of("dropped.unresolved") + stat_of("dropped.recursion") +
	       stat_of("dropped.malformed");
}

static void test_accounting(void)
{
	uint64_t before = stat_of("seen"), lost = dropped();

	keep = 0;
	run(child_floods);
	drain();
	keep = 1;
	printf("seen %llu delivered %llu ring_full %llu unresolved %llu\n", (unsigned long long)stat_of("seen"),
	       (unsigned long long)stat_of("delivered"), (unsigned long long)stat_of("dropped.ring_full"),
	       (unsigned long long)stat_of("dropped.unresolved"));
	check(stat_of("seen") - before >= FLOOD, "a flood that nobody reads is counted in full");
	check(dropped() > lost, "what the ring buffer could not hold is counted");
	check(stat_of("seen") == stat_of("delivered") + dropped(), "seen is delivered and dropped, to the last event");
	check(emitted == stat_of("delivered"), "delivered is what the host was given");
}

static void test_watch(struct kubearmor_binding *binding)
{
	struct kubearmor_binding pid = { .struct_size = sizeof(pid), .type = KUBEARMOR_BINDING_PID, .number = 1 };
	uint32_t child;

	check(find(getpid(), KUBEARMOR_OPERATION_OPEN, program) == NULL, "the plugin's own process is not reported");
	table->watch(self, WORKLOAD, 1u << KUBEARMOR_CLASS_PROCESS, error, sizeof(error));
	child = run(child_opens);
	drain();
	check(ends_of(child) == 1 && event_count == 1, "of a class that is watched alone, nothing else is reported");
	event_count = 0;
	table->watch(self, WORKLOAD, 0, error, sizeof(error));
	run(child_opens);
	drain();
	check(event_count == 0, "nothing is reported once nothing is watched");
	check(table->bind(self, WORKLOAD, &pid, error, sizeof(error)) == -ENOTSUP && error[0],
	      "binding by pid: not supported");
	table->watch(self, WORKLOAD, 3, error, sizeof(error));
	check(table->unbind(self, binding, error, sizeof(error)) == 0, "a cgroup can be unbound");
	run(child_opens);
	drain();
	check(event_count == 0, "nothing is reported of a cgroup that is not bound");
	check(table->unbind(self, binding, error, sizeof(error)) == 0, "unbinding twice is no error");
}

static void test_hostile(void)
{
	struct kubearmor_probe probe = { .struct_size = 8 };
	uint64_t count;

	check(table->probe(&host, NULL, error, sizeof(error)) == -EINVAL &&
		      table->probe(&host, &probe, error, sizeof(error)) == -EINVAL,
	      "probe refuses no result and a short one");
	check(table->open(NULL, &self, error, sizeof(error)) == -EINVAL && table->open(&host, NULL, NULL, 0) == -EINVAL,
	      "open refuses no host and no place");
	check(table->watch(NULL, 1, 1, NULL, 0) == -EINVAL &&
		      table->watch(self, 0, 1, error, sizeof(error)) == -EINVAL &&
		      table->watch(self, 1, ~0u, error, sizeof(error)) == -EINVAL,
	      "watch refuses no self, key 0 and unknown classes");
	check(table->bind(self, 1, NULL, error, sizeof(error)) == -EINVAL &&
		      table->unbind(self, NULL, NULL, 0) == -EINVAL,
	      "bind and unbind refuse no binding");
	check(table->poll(NULL, 1, NULL, 0) == -EINVAL && table->close(NULL, NULL, 0) == -EINVAL &&
		      table->stats(NULL, NULL, 0, &count, NULL, 0) == -EINVAL &&
		      table->stats(self, NULL, 4, &count, NULL, 0) == -EINVAL,
	      "poll, close and stats refuse what is missing");
	check(table->poll(self, -1, error, sizeof(error)) >= 0, "a negative wait is none");
}

static const struct kubearmor_monitor *negotiate(const char *file)
{
	struct kubearmor_offer offer = { sizeof(offer), KUBEARMOR_ABI_MAJOR, KUBEARMOR_ABI_MINOR, KUBEARMOR_HEADER_HASH,
					 &host };
	struct kubearmor_answer answer = { .struct_size = sizeof(answer) };
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	__typeof__(&kubearmor_plugin_entry) entry = library ? dlsym(library, KUBEARMOR_ENTRY_SYMBOL) : NULL;

	if (!entry) {
		fprintf(stderr, "drive: %s\n", dlerror());
		return NULL;
	}
	offer.abi_major++;
	check(entry(&offer, &answer, error, sizeof(error)) == -EPROTO, "another major is refused");
	offer.abi_major--;
	check(entry(NULL, &answer, NULL, 0) == -EINVAL, "no offer is refused");
	if (entry(&offer, &answer, error, sizeof(error)) != 0 || answer.kind != KUBEARMOR_KIND_MONITOR)
		return NULL;
	return answer.table;
}

static int start(const char *mode)
{
	struct kubearmor_binding root = { .struct_size = sizeof(root), .type = KUBEARMOR_BINDING_CGROUP, .number = 1 };
	struct kubearmor_probe probe = { .struct_size = sizeof(probe) };
	int32_t result = table->probe(&host, &probe, error, sizeof(error));

	printf("probe: usable %u mode %s reason %s\n", probe.usable, probe.mode, probe.reason);
	if (result == 0 && !probe.usable && !mode) {
		rmdir(group);
		tear_down();
		printf("0 passed, 0 failed, 1 skipped\n");
		exit(0);
	}
	fentry = strcmp(probe.mode, "fentry") == 0;
	capabilities = strstr(probe.capabilities, "observe.capability") != NULL;
	check(fentry == (strstr(probe.capabilities, "observe.objects") != NULL),
	      "it says whether paths are those of the kernel's objects");
	check(result == 0 && probe.usable, "probe finds a mode");
	check(!mode || strcmp(probe.mode, mode) == 0, "it is the one that is expected here");
	result = table->open(&host, &self, error, sizeof(error));
	check(result == 0, "open succeeds");
	if (result != 0) {
		printf("%s\n", error);
		return 0;
	}
	check(stat_of("seen") == 0, "a new monitor has seen nothing");
	check(table->bind(self, HOST, &root, error, sizeof(error)) == 0 &&
		      table->watch(self, HOST, 3, error, sizeof(error)) == 0,
	      "the host is bound and watched");
	run(child_opens);
	drain();
	check(event_count > 0 && events[event_count - 1].event.workload == HOST, "an unbound cgroup is its ancestor's");
	table->watch(self, HOST, 0, error, sizeof(error));
	return 1;
}

static void all_tests(uint64_t cgroup)
{
	struct kubearmor_binding own = { .struct_size = sizeof(own),
					 .type = KUBEARMOR_BINDING_CGROUP,
					 .number = cgroup };
	struct timespec began, ended;

	check(table->bind(self, WORKLOAD, &own, error, sizeof(error)) == 0 &&
		      table->watch(self, WORKLOAD, 3, error, sizeof(error)) == 0,
	      "a cgroup is bound and watched");
	test_opens();
	test_execs();
	test_corners();
	test_more(fentry, capabilities);
	if (fentry)
		test_io_uring();
	test_accounting();
	test_watch(&own);
	test_hostile();
	clock_gettime(CLOCK_MONOTONIC, &began);
	check(table->close(self, error, sizeof(error)) == 0, "close succeeds");
	clock_gettime(CLOCK_MONOTONIC, &ended);
	printf("close took %ld ms\n", (ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000);
}

int main(int count, char **arguments)
{
	uint64_t cgroup;

	/* What the children execute: this program, with other arguments. */
	if (count > 0 && strcmp(arguments[0], "driven") == 0)
		return 5;
	if (count > 1 && strstr(arguments[1], "/script"))
		return 0;
	if (count < 2) {
		fprintf(stderr, "usage: drive PLUGIN [MODE]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up();
	table = negotiate(arguments[1]);
	cgroup = make_group();
	if (table && cgroup && start(count > 2 ? arguments[2] : NULL))
		all_tests(cgroup);
	else
		failed++;
	rmdir(group);
	tear_down();
	printf("%d passed, %d failed\n", passed, failed);
	return failed ? 1 : 0;
}
