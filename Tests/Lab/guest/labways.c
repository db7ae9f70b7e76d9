/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways round a rule that one might try: rings, namespaces, memory files, kept
 * descriptors. Prints "ok" or the error's text, exits with 0 or the errno value.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int check(long result)
{
	return result < 0 ? errno : 0;
}

static int open_and_close(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = check(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

/* ---- io_uring, without liburing --------------------------------------------- */

/* Submits one request and waits for it; 0 or the errno value. */
static int ring_once(const struct io_uring_sqe *request)
{
	struct io_uring_params p = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	uint32_t *tail, *array;
	char *sq, *cq;

	if (ring < 0)
		return errno;
	sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, p.sq_entries * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
		   IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || (void *)sqe == MAP_FAILED)
		return errno;
	*sqe = *request;
	tail = (uint32_t *)(sq + p.sq_off.tail);
	array = (uint32_t *)(sq + p.sq_off.array);
	array[*tail & *(uint32_t *)(sq + p.sq_off.ring_mask)] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return errno;
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes) +
	      (*(uint32_t *)(cq + p.cq_off.head) & *(uint32_t *)(cq + p.cq_off.ring_mask));
	return cqe->res < 0 ? -cqe->res : 0;
}

static int ring_open(char **a)
{
	return ring_once(&(struct io_uring_sqe){ .opcode = IORING_OP_OPENAT,
						 .fd = AT_FDCWD,
						 .addr = (uintptr_t)a[0],
						 .open_flags = O_RDONLY | O_CLOEXEC });
}

static int ring_unlink(char **a)
{
	return ring_once(&(struct io_uring_sqe){
		.opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)a[0] });
}

static int ring_rename(char **a)
{
	return ring_once(&(struct io_uring_sqe){ .opcode = IORING_OP_RENAMEAT,
						 .fd = AT_FDCWD,
						 .addr = (uintptr_t)a[0],
						 .len = (uint32_t)AT_FDCWD,
						 .addr2 = (uintptr_t)a[1] });
}

/* From a socket that was made before: whatever is refused is the connection. */
static int ring_connect(char **a)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(a[0])),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno;
	while (a[1] && access(a[1], F_OK))
		usleep(10000);
	return ring_once(&(struct io_uring_sqe){
		.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&address, .off = sizeof(address) });
}

/* ---- paths that are resolved otherwise ---------------------------------------- */

/* resolve in-root|beneath DIR PATH */
static int resolve(char **a)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC,
				.resolve = strcmp(a[0], "in-root") ? RESOLVE_BENEATH : RESOLVE_IN_ROOT };
	int dir = open(a[1], O_PATH | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? errno : check(syscall(SYS_openat2, dir, a[2], &how, sizeof(how)));
}

static int chroot_open(char **a)
{
	return chroot(a[0]) || chdir("/") ? errno : open_and_close(a[1]);
}

/* In a mount and a pid namespace of its own. */
static int unshare_open(char **a)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID))
		return errno;
	pid = fork();
	if (pid == 0)
		_exit(open_and_close(a[0]));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* In the mount namespace of another process that this one makes. */
static int setns_open(char **a)
{
	char path[64];
	int space, pipes[2];
	pid_t pid;

	if (pipe(pipes))
		return errno;
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) == 0 && write(pipes[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	if (read(pipes[0], path, 1) != 1)
		return EIO;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
	space = open(path, O_RDONLY | O_CLOEXEC);
	if (space < 0 || setns(space, CLONE_NEWNS))
		return errno;
	int error = open_and_close(a[0]);

	kill(pid, SIGKILL);
	return error;
}

/* hold PATH FLAG: opens, waits for the file FLAG, reads from the descriptor, opens anew. */
static int hold(char **a)
{
	char byte;
	int fd = open(a[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	while (access(a[1], F_OK))
		usleep(10000);
	printf("read=%s open=%s\n", read(fd, &byte, 1) == 1 ? "ok" : "refused",
	       open_and_close(a[0]) ? "refused" : "ok");
	return 0;
}

/* bytes make|open DIR: a file named by each byte that a name may hold. */
static int bytes(char **a)
{
	int opened = 0, refused = 0;

	for (int byte = 1; byte < 256; byte++) {
		char path[256];
		int fd;

		if (byte == '/')
			continue;
		snprintf(path, sizeof(path), "%s/%c%c", a[1], byte, byte);
		if (byte == '.')
			strcat(path, ".");
		fd = open(path, strcmp(a[0], "make") ? O_RDONLY : O_WRONLY | O_CREAT, 0644);
		opened += fd >= 0;
		refused += fd < 0 && errno == EACCES;
		if (fd >= 0)
			close(fd);
	}
	printf("opened=%d refused=%d\n", opened, refused);
	return 0;
}

/* ---- programs ------------------------------------------------------------------ */

static int copy_of(const char *path, int to)
{
	int from = open(path, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n;

	if (from < 0)
		return errno;
	while ((n = read(from, part, sizeof(part))) > 0) {
		if (write(to, part, (size_t)n) != n)
			return EIO;
	}
	close(from);
	return 0;
}

/* memfd-exec PROGRAM ARGUMENT…: a copy that has no path. */
static int memfd_exec(char **a)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);
	int error = fd < 0 ? errno : copy_of(a[0], fd);

	if (error)
		return error;
	fexecve(fd, a, environ);
	return errno;
}

/* map-exec anonymous|later: executable memory of no file, at once or by mprotect. */
static int map_exec(char **a)
{
	int later = !strcmp(a[0], "later"), access = PROT_READ | PROT_WRITE;
	void *memory = mmap(NULL, 4096, later ? access : access | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return errno;
	return later ? check(mprotect(memory, 4096, PROT_READ | PROT_EXEC)) : 0;
}

/* map-later PROGRAM: mapped to be read, then made executable. */
static int map_later(char **a)
{
	int fd = open(a[0], O_RDONLY | O_CLOEXEC);
	void *memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	if (fd < 0 || memory == MAP_FAILED)
		return errno;
	return check(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
}

/* The same with memory that is of a file by name only: written, shared, or of no path. */
static int map_written(char **a)
{
	int fd = open(a[0], O_RDONLY | O_CLOEXEC);
	char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	if (fd < 0 || memory == MAP_FAILED)
		return errno;
	memory[0] = 0;
	return check(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
}

static int map_shared(char **a)
{
	char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)a;
	return memory == MAP_FAILED ? errno : check(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
}

static int map_segment(char **a)
{
	int segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700);
	void *memory = segment < 0 ? (void *)-1 : shmat(segment, NULL, SHM_EXEC);
	int error = memory == (void *)-1 ? errno : 0;

	(void)a;
	if (segment >= 0)
		shmctl(segment, IPC_RMID, NULL);
	return error;
}

/* memfd-load LOADER PROGRAM ARGUMENT…: a copy that has no path, given to the dynamic loader. */
static int memfd_load(char **a)
{
	int fd = memfd_create("copy", 0);
	int error = fd < 0 ? errno : copy_of(a[1], fd);
	char path[64];

	if (error)
		return error;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	a[1] = path;
	execv(a[0], a);
	return errno;
}

/* unix-connect stream|dgram PATH, or listen PATH SECONDS: sockets that have a path. */
static int unix_socket(char **a, struct sockaddr_un *address)
{
	address->sun_family = AF_UNIX;
	strncpy(address->sun_path, a[1], sizeof(address->sun_path) - 1);
	return socket(AF_UNIX, strcmp(a[0], "dgram") ? SOCK_STREAM : SOCK_DGRAM, 0);
}

static int unix_connect(char **a)
{
	struct sockaddr_un address = { 0 };
	int fd = unix_socket(a, &address);

	if (strcmp(a[0], "dgram"))
		return check(connect(fd, (void *)&address, sizeof(address)));
	return check(sendto(fd, "x", 1, 0, (void *)&address, sizeof(address)));
}

static int unix_listen(char **a)
{
	struct sockaddr_un address = { 0 };
	int fd = unix_socket(a, &address);

	if (bind(fd, (void *)&address, sizeof(address)))
		return errno;
	if (strcmp(a[0], "dgram") && listen(fd, 8))
		return errno;
	sleep((unsigned int)atoi(a[2]));
	return 0;
}

/* patch FILE OLD NEW: a copy with NEW for the first OLD, of the same length, takes the file's place. */
static int patch(char **a)
{
	size_t length = strlen(a[1]);
	char copy[512], *at, *content;
	struct stat st;
	int fd = open(a[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		return errno;
	content = malloc((size_t)st.st_size);
	if (!content || strlen(a[2]) != length || read(fd, content, (size_t)st.st_size) != st.st_size)
		return EINVAL;
	at = memmem(content, (size_t)st.st_size, a[1], length);
	if (!at)
		return ENOENT;
	memcpy(at, a[2], length);
	snprintf(copy, sizeof(copy), "%s.new", a[0]);
	fd = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 07777);
	if (fd < 0 || write(fd, content, (size_t)st.st_size) != st.st_size)
		return errno;
	close(fd);
	return check(rename(copy, a[0]));
}

/* The loaded LSM and tracing programs: name, instructions, instructions that the verifier looked at. */
static int bpf_programs(char **a)
{
	union bpf_attr next = { 0 };

	(void)a;
	while (syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &next, sizeof(next)) == 0) {
		struct bpf_prog_info info = { 0 };
		union bpf_attr get = { .prog_id = next.next_id }, look = { 0 };
		int fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &get, sizeof(get));

		look.info.bpf_fd = (uint32_t)fd;
		look.info.info_len = sizeof(info);
		look.info.info = (uintptr_t)&info;
		if (fd >= 0 && syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &look, sizeof(look)) == 0)
			printf("%s %u %u\n", info.name, info.xlated_prog_len / 8, info.verified_insns);
		if (fd >= 0)
			close(fd);
		next.start_id = next.next_id;
	}
	return errno == ENOENT ? 0 : errno;
}

/* take-maps: descriptors of all maps by their ids; EPERM when one of them is refused. */
static int take_maps(char **a)
{
	union bpf_attr next = { 0 };
	int taken = 0, refused = 0;

	(void)a;
	while (syscall(SYS_bpf, BPF_MAP_GET_NEXT_ID, &next, sizeof(next)) == 0) {
		union bpf_attr get = { .map_id = next.next_id };
		int fd = (int)syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &get, sizeof(get));

		taken += fd >= 0;
		refused += fd < 0 && errno == EPERM;
		if (fd >= 0)
			close(fd);
		next.start_id = next.next_id;
	}
	printf("taken %d refused %d\n", taken, refused);
	return refused ? EPERM : 0;
}

static int take_pin(char **a)
{
	union bpf_attr get = { .pathname = (uintptr_t)a[0] };

	return check(syscall(SYS_bpf, BPF_OBJ_GET, &get, sizeof(get)));
}

/* A map of one's own, pinned. */
static int make_pin(char **a)
{
	union bpf_attr create = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	union bpf_attr pin = { .pathname = (uintptr_t)a[0] };
	int fd = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &create, sizeof(create));

	pin.bpf_fd = (uint32_t)fd;
	return fd < 0 ? errno : check(syscall(SYS_bpf, BPF_OBJ_PIN, &pin, sizeof(pin)));
}

/* trace PID: becomes its tracer. */
static int trace(char **a)
{
	return check(ptrace(PTRACE_SEIZE, atoi(a[0]), 0, 0));
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **);
} commands[] = {
	{ "io-uring-open", 1, ring_open },     { "io-uring-unlink", 1, ring_unlink },
	{ "io-uring-rename", 2, ring_rename }, { "io-uring-connect", 1, ring_connect },
	{ "resolve", 3, resolve },
	{ "chroot-open", 2, chroot_open },     { "unshare-open", 1, unshare_open },
	{ "setns-open", 1, setns_open },       { "hold", 2, hold },
	{ "bytes", 2, bytes },		       { "memfd-exec", 1, memfd_exec },
	{ "map-exec", 1, map_exec },	       { "patch", 3, patch },
	{ "bpf-programs", 0, bpf_programs },   { "take-maps", 0, take_maps },
	{ "take-pin", 1, take_pin },	       { "make-pin", 1, make_pin },
	{ "trace", 1, trace },		       { "map-later", 1, map_later },
	{ "map-written", 1, map_written },     { "map-shared", 0, map_shared },
	{ "map-segment", 0, map_segment },     { "memfd-load", 2, memfd_load },
	{ "unix-connect", 2, unix_connect },   { "unix-listen", 3, unix_listen },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
		int error;

		if (strcmp(commands[i].name, argv[1]) || argc - 2 < commands[i].arguments)
			continue;
		errno = 0;
		error = commands[i].run(argv + 2);
		if (error)
			printf("%s: %s\n", argv[1], strerror(error));
		return error;
	}
	dprintf(2, "labways: no such command, or arguments are missing\n");
	return 2;
}
