// SPDX-License-Identifier: Apache-2.0
/*
 * The system calls that are reported: of which class they are, where their object is
 * found, and which of their arguments are shown. All others are reported only where a
 * rule names them, by name and result.
 */
#include <string.h>

#include "ebpf.h"

#define CALL_FILE(operation_) .class_ = KUBEARMOR_CLASS_FILE, .operation = KUBEARMOR_OPERATION_##operation_
#define CALL_NETWORK(operation_) .class_ = KUBEARMOR_CLASS_NETWORK, .operation = KUBEARMOR_OPERATION_##operation_
#define CALL_DNS(operation_) .class_ = KUBEARMOR_CLASS_DNS, .operation = KUBEARMOR_OPERATION_##operation_
#define CALL_SYSCALL(operation_) .class_ = KUBEARMOR_CLASS_SYSCALL, .operation = KUBEARMOR_OPERATION_##operation_
#define CALL_BY_RULE .class_ = MONITOR_CLASS_NONE, .operation = KUBEARMOR_OPERATION_SYSCALL

/* clang-format off */
static const struct call_row rows[] = {
	{ "mkdir", "mode=1o", { CALL_FILE(MKDIR), .path = 1 } },
	{ "mkdirat", "fd=0d mode=2o", { CALL_FILE(MKDIR), .path = 2, .directory = 1 } },
	{ "rmdir", "", { CALL_FILE(RMDIR), .path = 1 } },
	{ "unlink", "", { CALL_FILE(UNLINK), .path = 1 } },
	{ "unlinkat", "fd=0d flags=2U", { CALL_FILE(UNLINK), .path = 2, .directory = 1 } },
	{ "rename", "", { CALL_FILE(RENAME), .path = 1, .target = 2 } },
	{ "renameat", "fd=0d", { CALL_FILE(RENAME), .path = 2, .directory = 1, .target = 4, .target_directory = 3 } },
	{ "renameat2",
	  "fd=0d flags=4x",
	  { CALL_FILE(RENAME), .path = 2, .directory = 1, .target = 4, .target_directory = 3 } },
	{ "link", "", { CALL_FILE(LINK), .path = 1, .target = 2 } },
	{ "linkat",
	  "fd=0d flags=4x",
	  { CALL_FILE(LINK), .path = 2, .directory = 1, .target = 4, .target_directory = 3 } },
	{ "symlink", "", { CALL_FILE(SYMLINK), .path = 2, .target = 1, .target_directory = MONITOR_PLAIN_TEXT } },
	{ "symlinkat",
	  "fd=1d",
	  { CALL_FILE(SYMLINK), .path = 3, .directory = 2, .target = 1, .target_directory = MONITOR_PLAIN_TEXT } },
	{ "mknod", "mode=1o dev=2x", { CALL_FILE(MKNOD), .path = 1 } },
	{ "mknodat", "fd=0d mode=2o dev=3x", { CALL_FILE(MKNOD), .path = 2, .directory = 1 } },
	{ "truncate", "length=1l", { CALL_FILE(TRUNCATE), .path = 1 } },
	{ "ftruncate", "fd=0d length=1l", { CALL_FILE(TRUNCATE), .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "chmod", "mode=1o", { CALL_FILE(CHMOD), .path = 1 } },
	{ "fchmod", "fd=0d mode=1o", { CALL_FILE(CHMOD), .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "fchmodat", "fd=0d mode=2o", { CALL_FILE(CHMOD), .path = 2, .directory = 1 } },
	{ "fchmodat2", "fd=0d mode=2o flags=3x", { CALL_FILE(CHMOD), .path = 2, .directory = 1 } },
	{ "chown", "userid=1d group=2d", { CALL_FILE(CHOWN), .path = 1 } },
	{ "lchown", "userid=1d group=2d", { CALL_FILE(CHOWN), .path = 1 } },
	{ "fchown", "fd=0d userid=1d group=2d", { CALL_FILE(CHOWN), .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "fchownat", "fd=0d userid=2d group=3d mode=4x", { CALL_FILE(CHOWN), .path = 2, .directory = 1 } },
	{ "setxattr", "name=F", { CALL_FILE(SETXATTR), .path = 1, .text = 2 } },
	{ "lsetxattr", "name=F", { CALL_FILE(SETXATTR), .path = 1, .text = 2 } },
	{ "removexattr", "name=F", { CALL_FILE(SETXATTR), .path = 1, .text = 2 } },
	{ "lremovexattr", "name=F", { CALL_FILE(SETXATTR), .path = 1, .text = 2 } },
	{ "fsetxattr", "fd=0d name=F", { CALL_FILE(SETXATTR), .shape = MONITOR_SHAPE_DESCRIPTOR, .text = 2 } },
	{ "fremovexattr", "fd=0d name=F", { CALL_FILE(SETXATTR), .shape = MONITOR_SHAPE_DESCRIPTOR, .text = 2 } },
	{ "socket", "", { CALL_NETWORK(SOCKET), .shape = MONITOR_SHAPE_SOCKET } },
	{ "connect", "fd=0d", { CALL_NETWORK(CONNECT), .shape = MONITOR_SHAPE_CONNECT } },
	{ "bind", "fd=0d", { CALL_NETWORK(BIND), .shape = MONITOR_SHAPE_BIND } },
	{ "listen", "fd=0d backlog=1d", { CALL_NETWORK(LISTEN), .shape = MONITOR_SHAPE_LISTEN } },
	{ "accept", "fd=0d", { CALL_NETWORK(ACCEPT), .shape = MONITOR_SHAPE_ACCEPT } },
	{ "accept4", "fd=0d", { CALL_NETWORK(ACCEPT), .shape = MONITOR_SHAPE_ACCEPT } },
	{ "sendto", "", { CALL_DNS(DNS_QUERY), .shape = MONITOR_SHAPE_SENDTO } },
	{ "sendmsg", "", { CALL_DNS(DNS_QUERY), .shape = MONITOR_SHAPE_SENDMSG } },
	{ "sendmmsg", "", { CALL_DNS(DNS_QUERY), .shape = MONITOR_SHAPE_SENDMMSG } },
	{ "mount",
	  "source=S target=T filesystem=F mountflag=3M",
	  { CALL_SYSCALL(SYSCALL), .path = 2, .target = 1, .target_directory = MONITOR_PLAIN_TEXT, .text = 3 } },
	{ "umount2", "target=T flag=1x", { CALL_SYSCALL(SYSCALL), .path = 1 } },
	{ "move_mount",
	  "fd=0d flags=4x",
	  { CALL_SYSCALL(SYSCALL), .path = 2, .directory = 1, .target = 4, .target_directory = 3 } },
	{ "pivot_root", "", { CALL_SYSCALL(SYSCALL), .path = 1, .target = 2 } },
	{ "chroot", "", { CALL_SYSCALL(SYSCALL), .path = 1 } },
	{ "setuid", "userid=0d", { CALL_SYSCALL(SYSCALL) } },
	{ "setgid", "groupid=0d", { CALL_SYSCALL(SYSCALL) } },
	{ "setreuid", "ruid=0d euid=1d", { CALL_SYSCALL(SYSCALL) } },
	{ "setregid", "rgid=0d egid=1d", { CALL_SYSCALL(SYSCALL) } },
	{ "setresuid", "ruid=0d euid=1d suid=2d", { CALL_SYSCALL(SYSCALL) } },
	{ "setresgid", "rgid=0d egid=1d sgid=2d", { CALL_SYSCALL(SYSCALL) } },
	{ "setfsuid", "userid=0d", { CALL_SYSCALL(SYSCALL) } },
	{ "setfsgid", "groupid=0d", { CALL_SYSCALL(SYSCALL) } },
	{ "setgroups", "count=0d", { CALL_SYSCALL(SYSCALL) } },
	{ "ptrace", "request=0P pid=1d", { CALL_SYSCALL(SYSCALL) } },
	{ "process_vm_readv", "pid=0d", { CALL_SYSCALL(SYSCALL) } },
	{ "process_vm_writev", "pid=0d", { CALL_SYSCALL(SYSCALL) } },
	{ "init_module", "size=1l", { CALL_SYSCALL(SYSCALL) } },
	{ "finit_module", "fd=0d flags=2x", { CALL_SYSCALL(SYSCALL), .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "delete_module", "module=F flags=1x", { CALL_SYSCALL(SYSCALL), .text = 1 } },
	{ "kexec_load", "", { CALL_SYSCALL(SYSCALL) } },
	{ "kexec_file_load", "fd=0d", { CALL_SYSCALL(SYSCALL), .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "bpf", "cmd=0B", { CALL_SYSCALL(SYSCALL) } },
	{ "setns", "fd=0d nstype=1x", { CALL_SYSCALL(SYSCALL) } },
	{ "unshare", "flags=0x", { CALL_SYSCALL(SYSCALL) } },
	{ "open", "flags=1x", { CALL_BY_RULE, .path = 1 } },
	{ "creat", "", { CALL_BY_RULE, .path = 1 } },
	{ "stat", "", { CALL_BY_RULE, .path = 1 } },
	{ "lstat", "", { CALL_BY_RULE, .path = 1 } },
	{ "access", "", { CALL_BY_RULE, .path = 1 } },
	{ "chdir", "", { CALL_BY_RULE, .path = 1 } },
	{ "readlink", "", { CALL_BY_RULE, .path = 1 } },
	{ "statfs", "", { CALL_BY_RULE, .path = 1 } },
	{ "utime", "", { CALL_BY_RULE, .path = 1 } },
	{ "utimes", "", { CALL_BY_RULE, .path = 1 } },
	{ "uselib", "", { CALL_BY_RULE, .path = 1 } },
	{ "swapon", "", { CALL_BY_RULE, .path = 1 } },
	{ "swapoff", "", { CALL_BY_RULE, .path = 1 } },
	{ "acct", "", { CALL_BY_RULE, .path = 1 } },
	{ "getxattr", "", { CALL_BY_RULE, .path = 1 } },
	{ "lgetxattr", "", { CALL_BY_RULE, .path = 1 } },
	{ "listxattr", "", { CALL_BY_RULE, .path = 1 } },
	{ "llistxattr", "", { CALL_BY_RULE, .path = 1 } },
	{ "execve", "", { CALL_BY_RULE, .path = 1 } },
	{ "quotactl", "", { CALL_BY_RULE, .path = 2 } },
	{ "openat", "fd=0d flags=2x", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "openat2", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "newfstatat", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "faccessat", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "faccessat2", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "readlinkat", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "utimensat", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "futimesat", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "name_to_handle_at", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "statx", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "execveat", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "inotify_add_watch", "fd=0d", { CALL_BY_RULE, .path = 2 } },
	{ "open_tree", "fd=0d flags=2x", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "mount_setattr", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "fspick", "fd=0d", { CALL_BY_RULE, .path = 2, .directory = 1 } },
	{ "fanotify_mark", "fd=0d", { CALL_BY_RULE, .path = 5, .directory = 4 } },
	{ "clone", "flags=0x", { CALL_BY_RULE } },
	{ "clone3", "size=1l", { CALL_BY_RULE } },
	{ "io_uring_setup", "entries=0u", { CALL_BY_RULE } },
	{ "io_uring_enter", "fd=0d submit=1u complete=2u flags=3x", { CALL_BY_RULE } },
	{ "io_uring_register", "fd=0d opcode=1u", { CALL_BY_RULE } },
	{ "kill", "pid=0d signal=1d", { CALL_BY_RULE } },
	{ "tkill", "tid=0d signal=1d", { CALL_BY_RULE } },
	{ "tgkill", "pid=0d tid=1d signal=2d", { CALL_BY_RULE } },
	{ "prctl", "option=0d", { CALL_BY_RULE } },
	{ "memfd_create", "name=F flags=1x", { CALL_BY_RULE, .text = 1 } },
	{ "read", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "write", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "close", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "fstat", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "ioctl", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "fchdir", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "fsync", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "flock", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "getdents", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "getdents64", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "fstatfs", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "pread64", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "pwrite64", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "readv", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "writev", "fd=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_DESCRIPTOR } },
	{ "exit", "status=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_NO_RETURN } },
	{ "exit_group", "status=0d", { CALL_BY_RULE, .shape = MONITOR_SHAPE_NO_RETURN } },
	{ "rt_sigreturn", "", { CALL_BY_RULE, .shape = MONITOR_SHAPE_NO_RETURN } },
};
/* clang-format on */

static const struct call_row other = { "", "", { CALL_BY_RULE } };

static const struct call_row *row_of(const char *name)
{
	for (size_t i = 0; name && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return &other;
}

int32_t calls_write(struct monitor *monitor, struct error error)
{
	for (uint32_t i = 0; i < 2 * MONITOR_CALLS; i++) {
		monitor->call_names[i] = call_name(i);
		monitor->call_rows[i] = row_of(monitor->call_names[i]);
		if (bpf_map_update_elem(monitor->programs.calls, &i, &monitor->call_rows[i]->how, BPF_ANY) != 0)
			return fail(error, errno, "writing how system call %u is reported failed with %s", i,
				    errno_name(errno));
	}
	return 0;
}

uint32_t calls_named(const struct monitor *monitor, struct kubearmor_string name, uint64_t *set)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < 2 * MONITOR_CALLS; i++) {
		const char *known = monitor->call_names[i];

		if (!known || strlen(known) != name.length || memcmp(known, name.data, name.length) != 0)
			continue;
		set[i / 64] |= 1ull << i % 64;
		found++;
	}
	return found;
}
