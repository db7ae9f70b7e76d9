// SPDX-License-Identifier: Apache-2.0
/* Texts made of numbers: open flags, hooks; and plain forms of paths. */
#include <stdio.h>
#include <string.h>

#include "ebpf.h"

/* The kernel's values: glibc hides O_LARGEFILE on 64-bit machines. */
static const struct {
	uint32_t bits;
	const char *name;
} flag_names[] = {
	{ 00000100, "O_CREAT" },
	{ 00000200, "O_EXCL" },
	{ 00000400, "O_NOCTTY" },
	{ 00001000, "O_TRUNC" },
	{ 00002000, "O_APPEND" },
	{ 00004000, "O_NONBLOCK" },
	{ 04010000, "O_SYNC" },
	{ 00010000, "O_DSYNC" },
	{ 00020000, "O_ASYNC" },
#if defined(__aarch64__)
	{ 020040000, "O_TMPFILE" },
	{ 00040000, "O_DIRECTORY" },
	{ 00100000, "O_NOFOLLOW" },
	{ 00200000, "O_DIRECT" },
#else
	{ 020200000, "O_TMPFILE" },
	{ 00200000, "O_DIRECTORY" },
	{ 00400000, "O_NOFOLLOW" },
	{ 00040000, "O_DIRECT" },
#endif
	{ 01000000, "O_NOATIME" },
	{ 02000000, "O_CLOEXEC" },
	{ 010000000, "O_PATH" },
};

static const char *const access_modes[4] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE" };

static const char *const hook_names[MONITOR_HOOKS] = {
	[MONITOR_HOOK_NONE] = "syscall=UNKNOWN",
	[MONITOR_HOOK_OPEN] = "syscall=SYS_OPEN",
	[MONITOR_HOOK_OPENAT] = "syscall=SYS_OPENAT",
	[MONITOR_HOOK_OPENAT2] = "syscall=SYS_OPENAT2",
	[MONITOR_HOOK_CREAT] = "syscall=SYS_CREAT",
	[MONITOR_HOOK_EXECVE] = "syscall=SYS_EXECVE",
	[MONITOR_HOOK_EXECVEAT] = "syscall=SYS_EXECVEAT",
	[MONITOR_HOOK_EXIT] = "tracepoint=SCHED_PROCESS_EXIT",
	[MONITOR_HOOK_IO_URING] = "syscall=SYS_IO_URING_ENTER",
	[MONITOR_HOOK_CALL] = "syscall=UNKNOWN",
	[MONITOR_HOOK_FORK] = "tracepoint=SCHED_PROCESS_FORK",
	[MONITOR_HOOK_CAPABLE] = "lsm=CAPABLE",
};

uint32_t append(char *text, uint32_t length, const char *piece)
{
	uint32_t size = strlen(piece);

	if (length + size > HOOK_TEXT)
		return length;
	memcpy(text + length, piece, size);
	return length + size;
}

static uint32_t append_flags(char *text, uint32_t length, uint32_t flags)
{
	length = append(text, length, " flags=");
	length = append(text, length, access_modes[flags & 3]);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++) {
		if ((flags & flag_names[i].bits) != flag_names[i].bits)
			continue;
		flags &= ~flag_names[i].bits;
		length = append(text, length, "|");
		length = append(text, length, flag_names[i].name);
	}
	return length;
}

static int has_directory(uint32_t hook)
{
	return hook == MONITOR_HOOK_OPENAT || hook == MONITOR_HOOK_OPENAT2 || hook == MONITOR_HOOK_EXECVEAT;
}

/* How a process ended: `flags` is what wait(2) gives. */
static uint32_t append_end(char *text, uint32_t length, uint32_t flags)
{
	return flags & 0x7f ? append_number(text, length, " signal=", flags & 0x7f)
			    : append_number(text, length, " code=", flags >> 8 & 0xff);
}

static uint32_t append_operation(char *text, uint32_t length, const struct kubearmor_kernel_event *record)
{
	char piece[64];

	switch (record->operation) {
	case KUBEARMOR_OPERATION_OPEN:
		return append_flags(text, length, record->flags);
	case KUBEARMOR_OPERATION_EXIT:
		return append_end(text, length, record->flags);
	case KUBEARMOR_OPERATION_FORK:
		return append_number(text, length, " child=", record->flags);
	case KUBEARMOR_OPERATION_EXEC:
		if (record->flags <= KUBEARMOR_TEXT_MAX)
			return length;
		/* Bytes of argv that are here, of how many. */
		snprintf(piece, sizeof(piece), " argv=%u/%u", KUBEARMOR_TEXT_MAX, record->flags);
		return append(text, length, piece);
	}
	return length;
}

uint32_t hook_text(char *text, const struct kubearmor_kernel_event *record)
{
	uint32_t hook = record->hook < MONITOR_HOOKS ? record->hook : MONITOR_HOOK_NONE;
	uint32_t length = append(text, 0, hook_names[hook]);

	if (has_directory(hook)) {
		char number[24];

		snprintf(number, sizeof(number), " fd=%d", (int32_t)record->generation);
		length = append(text, length, number);
	}
	return append_operation(text, length, record);
}

uint32_t path_plain(char *path, uint32_t length)
{
	uint32_t from = 0, to = 0;

	if (length == 0 || path[0] != '/')
		return length;
	while (from < length) {
		uint32_t end = from + 1;

		while (end < length && path[end] != '/')
			end++;
		if (end - from == 3 && path[from + 1] == '.' && path[from + 2] == '.') {
			while (to > 0 && path[--to] != '/')
				;
		} else if (end - from > 1 && !(end - from == 2 && path[from + 1] == '.')) {
			memmove(path + to, path + from, end - from);
			to += end - from;
		}
		from = end;
	}
	if (to == 0)
		path[to++] = '/';
	return to;
}
