// SPDX-License-Identifier: Apache-2.0
/* Records into events, without copying what can stay where it is. */
#include <stdlib.h>
#include <string.h>

#include "ebpf.h"

#if defined(__aarch64__)
#define KERNEL_LARGEFILE 00400000u
#else
#define KERNEL_LARGEFILE 00100000u
#endif

/* A directory, a slash and a name: what ARENA_EVENT has room for, twice. */
#define NAME_LIMIT (2 * KUBEARMOR_PATH_MAX + 1)

static struct kubearmor_string fixed_text(const char *text, size_t capacity)
{
	return (struct kubearmor_string){ text, strnlen(text, capacity) };
}

/* The next text behind the header. */
static struct kubearmor_string take(const char **text, uint16_t size)
{
	struct kubearmor_string string = { *text, size };

	*text += size;
	return string;
}

static char *arena_copy(struct monitor *monitor, const char *data, uint64_t length)
{
	char *copy = monitor->arena + monitor->arena_used;

	memcpy(copy, data, length);
	monitor->arena_used += length;
	return copy;
}

static struct image *image_place(struct monitor *monitor, uint64_t exec_id)
{
	return &monitor->images[exec_id * 0x9e3779b97f4a7c15ull >> 51];
}

static void image_remember(struct monitor *monitor, uint64_t exec_id, struct kubearmor_string path)
{
	struct image *image = image_place(monitor, exec_id);
	char *copy;

	if (image->exec_id == exec_id || path.length == 0)
		return;
	copy = realloc(image->path, path.length);
	if (!copy)
		return;
	memcpy(copy, path.data, path.length);
	*image = (struct image){ exec_id, copy, path.length };
}

void images_free(struct monitor *monitor)
{
	for (uint32_t i = 0; i < IMAGES; i++)
		free(monitor->images[i].path);
}

static void fill_numbers(const struct kubearmor_kernel_event *record, struct kubearmor_event *event)
{
	event->struct_size = sizeof(*event);
	event->operation = record->operation;
	event->class_ = record->class_;
	event->time_ns = record->time_ns;
	event->workload = record->workload;
	event->cgroup = record->cgroup;
	event->exec_id = record->exec_id;
	event->session = record->session;
	event->rule = KUBEARMOR_RULE_ID_NONE;
	event->action = KUBEARMOR_ACTION_NONE;
	event->result = (int32_t)record->result;
	event->access = record->access;
	event->flags = record->flags;
	if (record->operation == KUBEARMOR_OPERATION_OPEN)
		event->flags &= ~KERNEL_LARGEFILE;
	/* The size of argv, of which the hook's text tells. */
	if (record->operation == KUBEARMOR_OPERATION_EXEC)
		event->flags = 0;
	event->object_uid = record->object_uid;
	event->host_pid = record->host_pid;
	event->host_ppid = record->host_ppid;
	event->pid = record->pid;
	event->ppid = record->ppid;
	event->uid = record->uid;
}

/* A copy in which names that were given as text are plain. */
static struct kubearmor_string plain(struct monitor *monitor, struct kubearmor_string path)
{
	char *copy;

	if (path.length == 0 || path.data[0] != '/')
		return path;
	copy = arena_copy(monitor, path.data, path.length);
	return (struct kubearmor_string){ copy, path_plain(copy, path.length) };
}

/* What the kernel does not say of this event, or says less plainly. */
static void complete(struct monitor *monitor, const struct kubearmor_kernel_event *record,
		     struct kubearmor_event *event)
{
	struct image *image = image_place(monitor, event->exec_id);

	if (event->process.length == 0 && image->exec_id == event->exec_id && image->path) {
		event->process.data = arena_copy(monitor, image->path, image->length);
		event->process.length = image->length;
	}
	/* The old image is still at work when an exec has failed. */
	if (event->operation == KUBEARMOR_OPERATION_EXIT || event->operation == KUBEARMOR_OPERATION_FORK ||
	    (event->operation == KUBEARMOR_OPERATION_EXEC && event->result == 0))
		event->resource = event->process;
	/* Of calls it is made plain as their rows have it. */
	if (record->hook == MONITOR_HOOK_CALL)
		return;
	if (event->result < 0)
		event->resource = plain(monitor, event->resource);
	event->target = plain(monitor, event->target);
}

/* What is the arena's from here on. */
static struct kubearmor_string keep(struct monitor *monitor, uint32_t length)
{
	struct kubearmor_string string = { monitor->arena + monitor->arena_used, length };

	monitor->arena_used += length;
	return string;
}

static char *room(struct monitor *monitor)
{
	return monitor->arena + monitor->arena_used;
}

/* A system call: its facts are before the texts that it has besides. */
static int decode_call(struct monitor *monitor, const struct kubearmor_kernel_event *record,
		       struct kubearmor_event *event)
{
	struct call_view view;

	if (record->rule >= 2 * MONITOR_CALLS || event->arguments.length < sizeof(view.facts))
		return 0;
	view.row = monitor->call_rows[record->rule];
	view.name = monitor->call_names[record->rule] ? monitor->call_names[record->rule] : "UNKNOWN";
	memcpy(&view.facts, event->arguments.data, sizeof(view.facts));
	view.extra.data = event->arguments.data + sizeof(view.facts);
	view.extra.length = event->arguments.length - sizeof(view.facts);
	event->arguments = (struct kubearmor_string){};
	event->resource = plain(monitor, event->resource);
	if (view.row->how.target_directory != MONITOR_PLAIN_TEXT)
		event->target = plain(monitor, event->target);
	if (record->operation == KUBEARMOR_OPERATION_UNLINK && strcmp(view.name, "unlinkat") == 0 &&
	    view.facts.arguments[2] & 0x200)
		event->operation = KUBEARMOR_OPERATION_RMDIR;
	/* The new image no longer has what its exec was called with. */
	if (strncmp(view.name, "execve", 6) == 0 && event->result == 0)
		event->resource = event->process;
	event->hook = keep(monitor, call_hook(room(monitor), &view, event));
	if (record->class_ == KUBEARMOR_CLASS_NETWORK)
		event->resource = keep(monitor, call_resource(room(monitor), &view, event));
	/* Shown as the source of a mount already. */
	if (strstr(view.row->values, "=S"))
		event->target = (struct kubearmor_string){};
	return 1;
}

/* Where it was seen, and what it is about where that is a number. */
static int describe(struct monitor *monitor, const struct kubearmor_kernel_event *record,
		    struct kubearmor_event *event)
{
	uint32_t length;

	if (record->hook == MONITOR_HOOK_CALL)
		return decode_call(monitor, record, event);
	length = hook_text(room(monitor), record);
	event->hook = keep(monitor, length);
	if (record->operation == KUBEARMOR_OPERATION_CAPABLE) {
		char *text = room(monitor);

		event->resource = keep(monitor, capability_text(text, record->flags));
		/* "lsm=CAPABLE CAP_NET_RAW" */
		memcpy(room(monitor), event->hook.data, length);
		room(monitor)[length] = ' ';
		memcpy(room(monitor) + length + 1, text, event->resource.length);
		event->hook = keep(monitor, length + 1 + event->resource.length);
	}
	return 1;
}

int decode(struct monitor *monitor, const void *data, uint32_t size, struct kubearmor_event *event)
{
	const struct kubearmor_kernel_event *record = data;
	const char *text = (const char *)(record + 1);
	uint64_t texts;

	if (size < sizeof(*record))
		return 0;
	texts = (uint64_t)record->process_size + record->parent_size + record->resource_size + record->target_size +
		record->arguments_size + record->cwd_size;
	if (texts != size - sizeof(*record) || record->resource_size > NAME_LIMIT || record->target_size > NAME_LIMIT)
		return 0;
	memset(event, 0, sizeof(*event));
	fill_numbers(record, event);
	event->comm = fixed_text(record->comm, sizeof(record->comm));
	event->tty = fixed_text(record->tty, sizeof(record->tty));
	event->process = take(&text, record->process_size);
	event->parent = take(&text, record->parent_size);
	event->resource = take(&text, record->resource_size);
	event->target = take(&text, record->target_size);
	event->arguments = take(&text, record->arguments_size);
	event->cwd = take(&text, record->cwd_size);
	image_remember(monitor, event->exec_id, event->process);
	complete(monitor, record, event);
	return describe(monitor, record, event);
}
