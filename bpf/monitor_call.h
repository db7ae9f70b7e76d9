/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * System calls when they return: which of them are reported, and what their objects
 * are, the plugin says by the map `calls`. A call of which no workload watches the
 * class, and that no rule names, costs two look-ups.
 */
#ifndef KUBEARMOR_BPF_MONITOR_CALL_H
#define KUBEARMOR_BPF_MONITOR_CALL_H

#include "monitor_noted.h"
#include "monitor_socket.h"

/* The classes of calls that are seen when they return. */
#define CALL_CLASSES (1u << CLASS_FILE | 1u << CLASS_NETWORK | 1u << CLASS_SYSCALL)

#define EAGAIN 11
#define EINPROGRESS 115
#define MAX_ERRNO 4095

struct call {
	__u64 regs;
	long result;
	__u32 index;
	__u32 is_noted; /* paths of the kernel's objects are */
	__u32 compat;
	__u32 class_;
	__u32 operation;
	struct monitor_call how;
};

__noinline __u64 call_argument(struct call *call, __u32 index)
{
	return call ? syscall_argument((void *)call->regs, call->compat, index) : 0;
}

/* Appends the path of the file behind a descriptor; 0 when there is none. */
__noinline __u32 record_descriptor(struct scratch *scratch, __u64 task, __u32 descriptor)
{
	struct file *file = task_file((void *)task, descriptor);

	if (!scratch || !file)
		return 0;
	scratch->event.object_uid = BPF_CORE_READ(file, f_inode, i_uid.val);
	return record_file(scratch, BPF_CORE_READ(file, f_path.mnt), BPF_CORE_READ(file, f_path.dentry));
}

/* Appends the text that argument `position` points to, from 1, as it is. */
__noinline __u32 record_plain(struct scratch *scratch, struct call *call, __u32 position)
{
	long size;

	if (!scratch || !call)
		return 0;
	size = bpf_probe_read_user_str(scratch->object.bytes, KUBEARMOR_PATH_MAX,
				       (void *)call_argument(call, position - 1));
	return size > 1 ? record_object(scratch, size - 1) : 0;
}

/* Appends the name that argument `position` points to, from 1; `directory` as in struct monitor_call. */
__noinline __u32 record_argument(struct scratch *scratch, __u64 task, struct call *call, __u32 position,
				 __u32 directory)
{
	int base = AT_FDCWD;
	__u64 name;
	long size;

	if (!scratch || !call)
		return 0;
	name = call_argument(call, position - 1);
	size = bpf_probe_read_user_str(scratch->object.bytes, KUBEARMOR_PATH_MAX, (void *)name);
	if (directory)
		base = (int)call_argument(call, directory - 1);
	/* Without a name it is about the descriptor itself (AT_EMPTY_PATH). */
	if (size <= 1)
		return base == AT_FDCWD ? 0 : record_descriptor(scratch, task, base);
	return record_name(scratch, (void *)task, base, size);
}

/* A Unix socket's own name where it is connected or bound, else the one that was given. */
static __always_inline __u32 record_unix_call(struct scratch *scratch, __u64 task, struct call *call, struct sock *sock)
{
	struct sock *named = sock;
	__u32 size;

	if (call->how.shape == MONITOR_SHAPE_LISTEN || call->how.shape == MONITOR_SHAPE_ACCEPT)
		return record_unix(scratch, (__u64)sock);
	if (call->result >= 0 && call->how.shape == MONITOR_SHAPE_CONNECT)
		named = BPF_CORE_READ((struct unix_sock *)sock, peer);
	size = call->result >= 0 && named ? record_unix(scratch, (__u64)named) : 0;
	return size ? size : record_given_unix(scratch, task, call_argument(call, 1), call_argument(call, 2));
}

static __always_inline void socket_arguments(struct scratch *scratch, struct call *call)
{
	scratch->event.flags = (call_argument(call, 0) & 0xff) | (call_argument(call, 1) & SOCKET_TYPE_MASK) << 8 |
			       call_argument(call, 2) << 16;
}

/* The address of a socket call, into the facts; appends the name of a Unix socket. */
__noinline __u32 record_socket(struct scratch *scratch, __u64 task, struct call *call)
{
	struct monitor_address *address;
	__u32 shape, descriptor;
	struct sock *sock;

	if (!scratch || !call)
		return 0;
	shape = call->how.shape;
	descriptor = call_argument(call, 0);
	if (shape == MONITOR_SHAPE_SOCKET || (shape == MONITOR_SHAPE_ACCEPT && call->result >= 0))
		descriptor = call->result;
	sock = task_socket((void *)task, descriptor);
	if (!sock && shape == MONITOR_SHAPE_SOCKET)
		socket_arguments(scratch, call);
	if (!sock)
		return 0;
	scratch->event.flags = socket_kind(sock);
	if (shape == MONITOR_SHAPE_SOCKET)
		return 0;
	address = &facts_of(scratch)->address;
	socket_address(address, sock, shape == MONITOR_SHAPE_CONNECT || shape == MONITOR_SHAPE_ACCEPT);
	if (address->family == AF_UNIX)
		return record_unix_call(scratch, task, call, sock);
	if (shape == MONITOR_SHAPE_LISTEN || shape == MONITOR_SHAPE_ACCEPT)
		return 0;
	/* The kernel's own where there is one: a connection, a port that it chose. */
	if (call->result < 0 || address->port == 0)
		given_address(scratch, call_argument(call, 1), call_argument(call, 2));
	return 0;
}

static __always_inline __u32 record_call_object(struct scratch *scratch, __u64 task, struct call *call)
{
	switch (call->how.shape) {
	case MONITOR_SHAPE_DESCRIPTOR:
		return record_descriptor(scratch, task, call_argument(call, 0));
	case MONITOR_SHAPE_SOCKET:
	case MONITOR_SHAPE_CONNECT:
	case MONITOR_SHAPE_BIND:
	case MONITOR_SHAPE_LISTEN:
	case MONITOR_SHAPE_ACCEPT:
		return record_socket(scratch, task, call);
	}
	if (call->is_noted)
		return record_noted(scratch, 0);
	return call->how.path ? record_argument(scratch, task, call, call->how.path, call->how.directory) : 0;
}

static __always_inline __u32 record_call_target(struct scratch *scratch, __u64 task, struct call *call)
{
	__u32 size = 0;

	if (!call->how.target)
		return 0;
	if (call->how.target_directory == MONITOR_PLAIN_TEXT)
		return record_plain(scratch, call, call->how.target);
	if (call->is_noted)
		size = record_noted(scratch, 1);
	return size ? size : record_argument(scratch, task, call, call->how.target, call->how.target_directory);
}

/* Appends the facts as they are. */
static __always_inline __u32 append_facts(struct scratch *scratch)
{
	struct monitor_facts *facts = facts_of(scratch);
	__u32 offset = scratch->text_size;

	if (offset > TEXT_MASK)
		return 0;
	if (bpf_probe_read_kernel(scratch->text + (offset & TEXT_MASK), sizeof(*facts), facts))
		return 0;
	scratch->text_size = offset + sizeof(*facts);
	return sizeof(*facts);
}

/* Appends the facts with the call's arguments, and the text that the call has besides. */
__noinline __u32 record_facts(struct scratch *scratch, struct call *call)
{
	__u32 size;

	if (!scratch || !call)
		return 0;
	for (int i = 0; i < 6; i++)
		facts_of(scratch)->arguments[i] = call_argument(call, i);
	size = append_facts(scratch);
	if (!size || !call->how.text)
		return size;
	return size + record_plain(scratch, call, call->how.text);
}

/* What fits an event: an error, or that it was none. */
static __always_inline __u32 call_result(const struct call *call)
{
	if (call->result == -EINPROGRESS && call->how.shape == MONITOR_SHAPE_CONNECT)
		return 0;
	if (call->result < 0 && call->result >= -MAX_ERRNO)
		return result_of(call->result);
	return call->result & 0x7fffffff;
}

__noinline int record_call(struct scratch *scratch, __u64 task, struct call *call)
{
	struct kubearmor_kernel_event *event;

	if (!scratch || !call)
		return 0;
	event = &scratch->event;
	event->operation = call->operation;
	event->hook = MONITOR_HOOK_CALL;
	event->rule = call->index;
	event->result = call_result(call);
	event->access = call->class_ == CLASS_FILE ? ACCESS_WRITE : 0;
	__builtin_memset(facts_of(scratch), 0, sizeof(struct monitor_facts));
	record_subject(scratch, (void *)task);
	event->resource_size = record_call_object(scratch, task, call);
	/* What was done to a name that cannot be read any more is not known. */
	if (event->resource_size == 0 && call->how.path && call->result >= 0 && call->class_ == CLASS_FILE)
		return 0;
	event->target_size = record_call_target(scratch, task, call);
	event->arguments_size = record_facts(scratch, call);
	record_cwd(scratch, (void *)task);
	return event->arguments_size != 0;
}

static __noinline void observe_call(struct task_struct *task, __u64 workload, struct call *call)
{
	struct scratch *scratch = observe(task, workload, call->class_);

	if (scratch)
		observe_end(scratch, record_call(scratch, (__u64)task, call));
}

/* A socket that has nothing to accept says so again and again. */
static __always_inline int is_idle(const struct call *call)
{
	return call->how.shape == MONITOR_SHAPE_ACCEPT && call->result == -EAGAIN;
}

_Static_assert(MONITOR_CALL_WORDS == 16, "the mask in has_bit");

static __always_inline int has_bit(const __u64 *bits, __u32 index)
{
	__u32 word = index / 64;

	/* The compiler knows the bound, the verifier has lost it. */
	asm volatile("%0 &= 15" : "+r"(word));
	return bits[word] >> (index % 64) & 1;
}

/* Whether an event of the class, or of the call by name, is wanted by anybody. */
static __always_inline int is_asked_for(const struct monitor_call *how, __u32 index)
{
	__u32 key = 0;
	struct monitor_settings *now = bpf_map_lookup_elem(&settings, &key);

	return now && ((now->classes >> (how->class_ & 31) & 1) || has_bit(now->calls, index));
}

/* Where `calls` has a call; beyond its end for numbers that are none. */
static __always_inline __u32 call_index(__u32 number, int compat)
{
	return number < MONITOR_CALLS ? number + (compat ? MONITOR_CALLS : 0) : 2 * MONITOR_CALLS;
}

/* Which call it is that comes back, into `call`, and how it is reported; NULL for numbers that are none. */
static __always_inline struct monitor_call *call_returned(struct call *call, struct task_struct *task)
{
	__u32 index;

	call->compat = task_is_compat(task);
	call->index = index = call_index(syscall_number((void *)call->regs), call->compat);
	return bpf_map_lookup_elem(&calls, &index);
}

/* The system call that the task comes back from. */
static __always_inline void observe_return(struct task_struct *task, void *regs, long result)
{
	struct call call = { .regs = (__u64)regs, .result = result };
	struct monitor_call *how = call_returned(&call, task);
	struct monitor_watch *watch;
	__u64 id;

	if (!how || how->shape == MONITOR_SHAPE_NO_RETURN || !is_asked_for(how, call.index))
		return;
	watch = watch_of(task);
	if (!watch)
		return;
	id = bpf_get_current_pid_tgid();
	call.how = *how;
	/* Paths are noted only of calls that have one. */
	call.is_noted = how->path && has_noted(id);
	call.class_ = how->class_;
	call.operation = how->operation;
	/* Questions are seen elsewhere (monitor_dns.h). */
	if (watch->classes >> (how->class_ & 31) & 1 && how->class_ != CLASS_DNS && !is_idle(&call))
		observe_call(task, watch->workload, &call);
	if (has_bit(watch->calls, call.index) && how->class_ != CLASS_SYSCALL) {
		call.class_ = CLASS_SYSCALL;
		call.operation = OPERATION_SYSCALL;
		observe_call(task, watch->workload, &call);
	}
	if (call.is_noted)
		bpf_map_delete_elem(&noted, &id);
}

/* A call that does not return; only rules name these. */
static __always_inline void observe_entry(struct task_struct *task, void *regs, __u32 number)
{
	struct call call = { .regs = (__u64)regs, .class_ = CLASS_SYSCALL, .operation = OPERATION_SYSCALL };
	struct monitor_watch *watch;
	struct monitor_call *how;

	call.compat = task_is_compat(task);
	call.index = call_index(syscall_plain(number), call.compat);
	how = bpf_map_lookup_elem(&calls, &call.index);
	if (!how || how->shape != MONITOR_SHAPE_NO_RETURN || !is_asked_for(how, call.index))
		return;
	watch = watch_of(task);
	if (watch && has_bit(watch->calls, call.index))
		observe_call(task, watch->workload, &call);
}

/* What the system calls that are not opens and execs did. */
SEC("raw_tracepoint/sys_exit")
int on_call(struct bpf_raw_tracepoint_args *context)
{
	if (wanted(CALL_CLASSES))
		observe_return(current_task(), (void *)context->args[0], context->args[1]);
	return 0;
}

/* Attached only while a rule names a call that does not return. */
SEC("raw_tracepoint/sys_enter")
int on_entry(struct bpf_raw_tracepoint_args *context)
{
	if (wanted(1u << CLASS_SYSCALL))
		observe_entry(current_task(), (void *)context->args[0], context->args[1]);
	return 0;
}

#endif
