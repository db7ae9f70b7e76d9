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
	event->rule = KUBEARMOR_RULE_ID_NONE;
	event->action = KUBEARMOR_ACTION_NONE;
	event->result = (int32_t)record->result;
	event->access = record->access;
	event->flags = record->flags;
	if (record->operation == KUBEARMOR_OPERATION_OPEN)
		event->flags &= ~KERNEL_LARGEFILE;
	event->object_uid = record->object_uid;
	event->host_pid = record->host_pid;
	event->host_ppid = record->host_ppid;
	event->pid = record->pid;
	event->ppid = record->ppid;
	event->uid = record->uid;
}

/* What the kernel does not say of this event, or says less plainly. */
static void complete(struct monitor *monitor, struct kubearmor_event *event)
{
	struct image *image = image_place(monitor, event->exec_id);

	if (event->process.length == 0 && image->exec_id == event->exec_id && image->path) {
		event->process.data = arena_copy(monitor, image->path, image->length);
		event->process.length = image->length;
	}
	/* The old image is still at work when an exec has failed. */
	if (event->operation == KUBEARMOR_OPERATION_EXIT ||
	    (event->operation == KUBEARMOR_OPERATION_EXEC && event->result == 0))
		event->resource = event->process;
	if (event->result < 0 && event->resource.length > 0) {
		char *name = arena_copy(monitor, event->resource.data, event->resource.length);

		event->resource.data = name;
		event->resource.length = path_plain(name, event->resource.length);
	}
	if (event->target.length > 0) {
		char *script = arena_copy(monitor, event->target.data, event->target.length);

		event->target.data = script;
		event->target.length = path_plain(script, event->target.length);
	}
}

int decode(struct monitor *monitor, const void *data, uint32_t size, struct kubearmor_event *event)
{
	const struct kubearmor_kernel_event *record = data;
	const char *text = (const char *)(record + 1);
	char *hook = monitor->arena + monitor->arena_used;
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
	event->hook = (struct kubearmor_string){ hook, hook_text(hook, record) };
	monitor->arena_used += event->hook.length;
	image_remember(monitor, event->exec_id, event->process);
	complete(monitor, event);
	return 1;
}
