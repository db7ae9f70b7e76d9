// SPDX-License-Identifier: Apache-2.0
/* What deeds.c did, event by event. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "drive.h"

static uint32_t shown;

/* Prints the events of a test that failed, once a test. */
static void show(uint32_t pid, uint32_t before)
{
	if (shown != before)
		print_events(pid);
}

static void expect(int condition, const char *what)
{
	shown += !condition;
	check(condition, what);
}

/* The directory `new` in the scratch folder, or, where names are the caller's, the link to it. */
static const char *changed(int objects, const char *name)
{
	static char path[2][4200];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s/%s", folder, objects ? "new" : "way", name);
	return path[turn];
}

static void expect_change(uint32_t pid, uint16_t operation, const char *path, const char *hook, const char *what)
{
	const struct kubearmor_event *event = NULL;

	for (uint32_t i = 0; i < event_count && !event; i++) {
		const struct kubearmor_event *one = &events[i].event;

		if (one->host_pid == pid && one->operation == operation && is(one->resource, path) &&
		    has(one->hook, hook))
			event = one;
	}
	expect(event && event->class_ == KUBEARMOR_CLASS_FILE && event->result == 0 &&
		       event->access == KUBEARMOR_ACCESS_WRITE && is(event->process, program) &&
		       is(event->parent, program) && is(event->cwd, folder),
	       what);
}

static void test_names(uint32_t pid, int objects)
{
	const struct kubearmor_event *event;
	char path[4200];

	event = find(pid, KUBEARMOR_OPERATION_RENAME, changed(objects, "a"));
	expect(event && is(event->target, changed(objects, "b")) && is(event->hook, "syscall=SYS_RENAME"),
	       "a rename has both names");
	event = find(pid, KUBEARMOR_OPERATION_RENAME, changed(objects, "c"));
	expect(event && is(event->target, changed(objects, "d")) && has(event->hook, "syscall=SYS_RENAMEAT fd=-100"),
	       "so has one below descriptors");
	event = find(pid, KUBEARMOR_OPERATION_LINK, changed(objects, "b"));
	expect(event && is(event->target, changed(objects, "c")), "a hard link has the file and its new name");
	event = find(pid, KUBEARMOR_OPERATION_SYMLINK, changed(objects, "s"));
	expect(event && is(event->target, "/some/where"), "a symbolic link has its name and what it says");
	snprintf(path, sizeof(path), "%s/no/such", folder);
	event = find(pid, KUBEARMOR_OPERATION_UNLINK, path);
	expect(event && event->result == -ENOENT, "an unlink that failed has the name and the error");
	snprintf(path, sizeof(path), "%s/gone", folder);
	event = find(pid, KUBEARMOR_OPERATION_RENAME, path);
	expect(event && event->result == -ENOENT && has(event->target, "/else"), "so has a rename that failed");
}

static void test_changes(int objects)
{
	uint32_t pid = run(child_changes), before = shown;
	char path[4200];

	drain();
	snprintf(path, sizeof(path), "%s/new", folder);
	expect(find(pid, KUBEARMOR_OPERATION_EXIT, program) &&
		       find(pid, KUBEARMOR_OPERATION_EXIT, program)->flags == 0,
	       "all changes were made");
	expect_change(pid, KUBEARMOR_OPERATION_MKDIR, path, "SYS_MKDIR mode=0700", "mkdir is reported");
	expect_change(pid, KUBEARMOR_OPERATION_RMDIR, path, "SYS_RMDIR", "rmdir is reported");
	expect_change(pid, KUBEARMOR_OPERATION_RMDIR, path, "SYS_UNLINKAT fd=-100 flags=AT_REMOVEDIR",
		      "unlinkat of a directory is one too");
	test_names(pid, objects);
	expect_change(pid, KUBEARMOR_OPERATION_CHMOD, changed(objects, "b"), "SYS_CHMOD mode=0640",
		      "chmod is reported");
	expect_change(pid, KUBEARMOR_OPERATION_CHOWN, changed(objects, "b"), "SYS_CHOWN userid=1 group=2",
		      "chown is reported");
	expect_change(pid, KUBEARMOR_OPERATION_TRUNCATE, changed(objects, "b"), "SYS_TRUNCATE length=7",
		      "truncate is reported");
	/* A descriptor's file is the kernel's in any mode. */
	expect_change(pid, KUBEARMOR_OPERATION_CHMOD, changed(1, "c"), "SYS_FCHMOD fd=",
		      "fchmod is reported by its file");
	expect_change(pid, KUBEARMOR_OPERATION_CHOWN, changed(1, "c"), "userid=3 group=4", "so is fchown");
	expect_change(pid, KUBEARMOR_OPERATION_TRUNCATE, changed(1, "c"), "length=9", "so is ftruncate");
	expect_change(pid, KUBEARMOR_OPERATION_MKNOD, changed(objects, "p"), "SYS_MKNOD", "mknod is reported");
	expect_change(pid, KUBEARMOR_OPERATION_UNLINK, changed(objects, "b"), "SYS_UNLINK", "unlink is reported");
	expect_change(pid, KUBEARMOR_OPERATION_UNLINK, changed(objects, "d"), "SYS_UNLINKAT fd=-100 flags=0",
		      "unlinkat is reported");
	show(pid, before);
}

static void test_mounts(void)
{
	uint32_t pid = run(child_mounts), before = shown;
	const struct kubearmor_event *event;
	char hook[4400], path[4200];

	drain();
	snprintf(path, sizeof(path), "%s/sub", folder);
	snprintf(hook, sizeof(hook),
		 "syscall=SYS_MOUNT source=drive target=%s filesystem=tmpfs mountflag=MS_NOSUID|MS_NODEV", path);
	event = find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, hook);
	expect(event && is(event->resource, path) && event->class_ == KUBEARMOR_CLASS_SYSCALL && event->result == 0,
	       "a mount has source, target, type and flags");
	event = find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_UMOUNT2 target=");
	expect(event && is(event->resource, path) && has(event->hook, "flag=0x2"), "umount is reported");
	show(pid, before);
}

static const struct kubearmor_event *find_resource(uint32_t pid, uint16_t operation, const char *text)
{
	for (uint32_t i = 0; i < event_count; i++) {
		const struct kubearmor_event *event = &events[i].event;

		if (event->host_pid == pid && event->operation == operation && has(event->resource, text))
			return event;
	}
	return NULL;
}

static void test_sockets(void)
{
	uint32_t pid = run(child_connects), before = shown, tcp = 2 | 1 << 8 | 6 << 16;
	const struct kubearmor_event *event;
	char path[4300];

	drain();
	event = find_resource(pid, KUBEARMOR_OPERATION_SOCKET, "domain=AF_INET type=SOCK_STREAM protocol=TCP");
	expect(event && event->flags == tcp && is(event->hook, "syscall=SYS_SOCKET"), "a socket has its kind");
	event = find_resource(pid, KUBEARMOR_OPERATION_BIND, "sa_family=AF_INET sin_port=");
	expect(event && has(event->resource, "sin_addr=127.0.0.1") && !has(event->resource, "sin_port=0 "),
	       "bind has the address, and the port that the kernel chose");
	event = find_resource(pid, KUBEARMOR_OPERATION_LISTEN, "sa_family=AF_INET sin_port=");
	expect(event && has(event->hook, "syscall=SYS_LISTEN fd=") && event->flags == tcp, "so has listen");
	event = find_resource(pid, KUBEARMOR_OPERATION_CONNECT, "sa_family=AF_INET sin_port=");
	expect(event && event->result == 0 && has(event->resource, "sin_addr=127.0.0.1") &&
		       has(event->hook, "syscall=SYS_CONNECT fd=") && event->flags == tcp,
	       "connect has the other side");
	event = find_resource(pid, KUBEARMOR_OPERATION_ACCEPT, "remoteip=127.0.0.1 port=");
	expect(event && has(event->resource, "protocol=TCP") && is(event->hook, "kprobe=tcp_accept domain=AF_INET"),
	       "accept has the other side");
	if (find_resource(pid, KUBEARMOR_OPERATION_BIND, "sa_family=AF_INET6 sin6_port="))
		expect(find_resource(pid, KUBEARMOR_OPERATION_CONNECT, "sin6_addr=::1") != NULL &&
			       find_resource(pid, KUBEARMOR_OPERATION_ACCEPT, "remoteip=::1") != NULL,
		       "IPv6 likewise");
	snprintf(path, sizeof(path), "sa_family=AF_UNIX sun_path=%s/socket", folder);
	expect(find(pid, KUBEARMOR_OPERATION_BIND, path) && find(pid, KUBEARMOR_OPERATION_LISTEN, path) &&
		       find(pid, KUBEARMOR_OPERATION_CONNECT, path) && find(pid, KUBEARMOR_OPERATION_ACCEPT, path),
	       "a Unix socket has its path at both ends");
	expect(find(pid, KUBEARMOR_OPERATION_CONNECT, "sa_family=AF_UNIX sun_path=@drive") != NULL,
	       "a name that is no path begins with @");
	snprintf(path, sizeof(path), "sa_family=AF_UNIX sun_path=%s/no/such/socket", folder);
	event = find(pid, KUBEARMOR_OPERATION_CONNECT, path);
	expect(event && event->result == -ENOENT, "a connect that failed has the path that was given");
	event = find(pid, KUBEARMOR_OPERATION_CONNECT, "sa_family=AF_INET sin_port=1 sin_addr=127.0.0.1");
	expect(event && event->result == -ECONNREFUSED, "and the address");
	show(pid, before);
}

static void test_questions(void)
{
	uint32_t pid = run(child_asks), before = shown, count = 0;
	const struct kubearmor_event *event;

	drain();
	event = find(pid, KUBEARMOR_OPERATION_DNS_QUERY, "one.example.com");
	expect(event && event->class_ == KUBEARMOR_CLASS_DNS &&
		       is(event->hook, "kfunc=UDP_SENDSKB domain=one.example.com daddr=127.0.0.1 qtype=A"),
	       "a question by sendto is reported in lower case");
	event = find(pid, KUBEARMOR_OPERATION_DNS_QUERY, "two.example.com");
	expect(event && has(event->hook, "qtype=TXT"), "so is one by sendmsg");
	expect(find_hook(pid, KUBEARMOR_OPERATION_DNS_QUERY, "three.example.com daddr=127.0.0.1 qtype=A") != NULL,
	       "and each of those of sendmmsg");
	for (uint32_t i = 0; i < event_count; i++)
		count += events[i].event.operation == KUBEARMOR_OPERATION_DNS_QUERY;
	expect(count == 3 || (count == 4 && find_hook(pid, KUBEARMOR_OPERATION_DNS_QUERY, "qtype=AAAA")),
	       "what goes to another port is no question");
	show(pid, before);
}

static void test_processes(void)
{
	uint32_t pid = run(child_forks), before = shown, child;
	const struct kubearmor_event *event;
	char hook[64];

	drain();
	event = find_hook(pid, KUBEARMOR_OPERATION_FORK, "tracepoint=SCHED_PROCESS_FORK child=");
	child = event ? event->flags : 0;
	expect(event && child && is(event->resource, program) && is(event->parent, program), "a fork has its child");
	snprintf(hook, sizeof(hook), "tracepoint=SCHED_PROCESS_EXIT signal=%d", SIGKILL);
	event = find_hook(child, KUBEARMOR_OPERATION_EXIT, hook);
	expect(event && event->host_ppid == pid && is(event->process, program) && is(event->parent, program),
	       "the child's end has the signal, and who its parent was");
	event = find_hook(pid, KUBEARMOR_OPERATION_EXIT, "code=0");
	expect(event && event->host_pid == pid, "the parent's end has its code");
	pid = run(child_execs_long);
	drain();
	snprintf(hook, sizeof(hook), "syscall=SYS_EXECVE argv=4096/%d", LONG_ARGUMENT + 8);
	event = find_hook(pid, KUBEARMOR_OPERATION_EXEC, hook);
	expect(event && event->arguments.length == 4096 && event->flags == 0,
	       "4,096 bytes of a longer argv are there, and it is said that it is cut");
	show(pid, before);
}

static struct kubearmor_string name(const char *text)
{
	return (struct kubearmor_string){ text, strlen(text) };
}

static void test_calls(void)
{
	const struct kubearmor_string names[] = { name("getppid"), name("newfstatat"), name("openat2"),
						  name("io_uring_setup"), name("exit_group"), name("no_such_call") };
	const struct kubearmor_event *event;
	uint32_t pid = run(child_calls), before = shown;
	char path[4200];

	drain();
	expect(find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "SYS_GETPPID") == NULL, "nobody asked for getppid");
	event = find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_SETUID userid=0");
	expect(event && event->class_ == KUBEARMOR_CLASS_SYSCALL && event->result == 0, "setuid is reported");
	event = find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_PTRACE request=PTRACE_DETACH pid=1");
	expect(event && event->result == -ESRCH, "ptrace has its request");
	expect(find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_BPF cmd=BPF_MAP_LOOKUP_ELEM") != NULL,
	       "bpf has its command");
	expect(table->watch_syscalls(self, WORKLOAD, names, 6, error, sizeof(error)) == 1,
	       "of six names one is no system call");
	pid = run(child_calls);
	drain();
	in_folder(path, "target");
	expect(find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_GETPPID") != NULL,
	       "a call that a rule names is reported");
	event = find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_NEWFSTATAT fd=-100");
	expect(event && is(event->resource, path), "with its path");
	event = find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_OPENAT2 fd=-100");
	expect(event && is(event->resource, path) && event->result == -EINVAL, "newer ones too");
	expect(find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_IO_URING_SETUP entries=0") != NULL,
	       "and those of rings");
	expect(find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "syscall=SYS_EXIT_GROUP status=6") != NULL,
	       "a call that does not return is reported too");
	show(pid, before);
	table->watch_syscalls(self, WORKLOAD, NULL, 0, error, sizeof(error));
	pid = run(child_calls);
	drain();
	expect(find_hook(pid, KUBEARMOR_OPERATION_SYSCALL, "SYS_GETPPID") == NULL, "until no rule names it any more");
	expect(table->watch_syscalls(NULL, WORKLOAD, names, 1, NULL, 0) == -EINVAL &&
		       table->watch_syscalls(self, WORKLOAD, NULL, 3, error, sizeof(error)) == -EINVAL,
	       "watch_syscalls refuses what is missing");
}

static void test_capable(void)
{
	uint32_t pid = run(child_is_capable), before = shown;
	const struct kubearmor_event *event;

	drain();
	event = find_hook(pid, KUBEARMOR_OPERATION_CAPABLE, "lsm=CAPABLE CAP_CHOWN");
	expect(event && is(event->resource, "CAP_CHOWN") && event->class_ == KUBEARMOR_CLASS_CAPABILITY &&
		       event->result == 0 && event->flags == 0,
	       "a capability that is used is reported");
	show(pid, before);
}

void test_more(int objects, int capabilities)
{
	table->watch(self, WORKLOAD, ALL_CLASSES, error, sizeof(error));
	test_changes(objects);
	test_mounts();
	test_sockets();
	test_questions();
	test_processes();
	test_calls();
	if (capabilities)
		test_capable();
	table->watch(self, WORKLOAD, 3, error, sizeof(error));
}
