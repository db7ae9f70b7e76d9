// SPDX-License-Identifier: Apache-2.0
/* Loading and attaching the programs of one mode. */
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ebpf.h"

/* The objects hold the BPF programs, Dual BSD/GPL; see bpf/. */
_Alignas(8) static const unsigned char fentry_object[] = {
#embed "monitor_fentry.bpf.o"
};
_Alignas(8) static const unsigned char more_object[] = {
#embed "monitor_fentry_more.bpf.o"
};
_Alignas(8) static const unsigned char raw_object[] = {
#embed "monitor_raw.bpf.o"
};

const struct mode modes[MODES] = {
	{ "fentry", "", fentry_object, sizeof(fentry_object), more_object, sizeof(more_object) },
	{ "raw-tracepoint",
	  "what io_uring does is not seen; changes of files have the names that the caller gave; "
	  "capabilities are seen from 6.14 on, once an image",
	  raw_object, sizeof(raw_object), NULL, 0 },
};

/* What libbpf said while this thread was loading: the line that names the failure. */
static _Thread_local char loader_line[256];

static int keep_line(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char text[1024];
	char *line, *rest = text;

	if (level > LIBBPF_WARN)
		return 0;
	vsnprintf(text, sizeof(text), format, arguments);
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "libbpf: ", 8) == 0)
			line += 8;
		if (loader_line[0] == 0 && strstr(line, "failed"))
			snprintf(loader_line, sizeof(loader_line), "%s", line);
	}
	return 0;
}

static const char *advice(int code)
{
	switch (code) {
	case EPERM:
	case EACCES:
		return "run as root with CAP_BPF and CAP_PERFMON; if that is so, this kernel or sandbox does not "
		       "permit "
		       "this program type";
	case ESRCH:
	case ENOENT:
		return "the kernel lacks BTF or a function that is attached to; boot one with CONFIG_DEBUG_INFO_BTF=y";
	case EINVAL:
		return "the kernel's verifier refused it; Linux 5.17 or later is needed";
	case ENOMEM:
		return "raise the memory limit (RLIMIT_MEMLOCK, cgroup) of the daemon";
	}
	return "see the kernel's log";
}

static int is_optional(const struct bpf_program *program)
{
	return strstr(bpf_program__name(program), "_optional") != NULL;
}

/* The classes that a program reports; 0: it is not attached to anything. */
static uint32_t classes_of(const struct bpf_program *program)
{
	static const struct {
		const char *begin;
		uint32_t classes;
	} names[] = {
		{ "on_who", 0 },
		{ "on_which", 0 },
		{ "on_open", 1u << KUBEARMOR_CLASS_FILE },
		{ "on_sys_exit", 1u << KUBEARMOR_CLASS_FILE | 1u << KUBEARMOR_CLASS_PROCESS },
		{ "on_call",
		  1u << KUBEARMOR_CLASS_FILE | 1u << KUBEARMOR_CLASS_NETWORK | 1u << KUBEARMOR_CLASS_SYSCALL },
		{ "on_send", 1u << KUBEARMOR_CLASS_DNS },
		{ "on_change", 1u << KUBEARMOR_CLASS_FILE | 1u << KUBEARMOR_CLASS_SYSCALL },
		{ "on_capable", 1u << KUBEARMOR_CLASS_CAPABILITY },
		{ "on_entry", CLASS_NO_RETURN },
	};
	const char *name = bpf_program__name(program);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(name, names[i].begin, strlen(names[i].begin)) == 0)
			return names[i].classes;
	}
	return 1u << KUBEARMOR_CLASS_PROCESS;
}

/* Whether the kernel has what an optional program is attached to: a function, or a tracepoint. */
static int is_there(const struct btf *kernel, const char *section)
{
	const char *name = strchr(section, '/') + 1;
	char type[128];

	if (strncmp(section, "raw_tracepoint/", strlen("raw_tracepoint/")) != 0)
		return btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC) >= 0;
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(kernel, type, BTF_KIND_TYPEDEF) >= 0;
}

/* To see whether programs load, one of those that are alike is enough; the verifier takes its time for each. */
static int is_like_another(const struct bpf_program *program)
{
	static const char *const alike[] = {
		"on_change_", "on_send_udp6", "on_send_tcp", "on_execveat", "on_execve32",
	};
	const char *name = bpf_program__name(program);

	if (strncmp(name, "on_change_unlink", strlen("on_change_unlink")) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		if (strncmp(name, alike[i], strlen(alike[i])) == 0)
			return 1;
	}
	return 0;
}

/* Programs on what not every kernel has are left out where it is missing. */
static void leave_out_missing(struct bpf_object *object, int is_probe)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		const char *section = bpf_program__section_name(program);

		if (is_probe && is_like_another(program)) {
			bpf_program__set_autoload(program, false);
			continue;
		}
		if (!is_optional(program) || !strchr(section, '/'))
			continue;
		if (!kernel || !is_there(kernel, section))
			bpf_program__set_autoload(program, false);
	}
	btf__free(kernel);
}

static int32_t list_programs(struct programs *programs, struct bpf_object *object, struct error error)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		uint32_t classes = classes_of(program);

		if (classes == 0 || !bpf_program__autoload(program))
			continue;
		if (programs->count == PROGRAMS_MAX)
			return fail(error, E2BIG, "%s: more than %d programs: build the plugin anew",
				    programs->mode->name, PROGRAMS_MAX);
		programs->list[programs->count++] = (struct program){ .program = program, .classes = classes };
	}
	return 0;
}

static int32_t attach_one(const struct programs *programs, struct program *one, struct error error)
{
	int code;

	one->link = bpf_program__attach(one->program);
	if (one->link || is_optional(one->program))
		return 0;
	code = errno;
	return fail(error, code, "%s: attaching %s (%s) failed with %s: %s", programs->mode->name,
		    bpf_program__name(one->program), bpf_program__section_name(one->program), errno_name(code),
		    advice(code));
}

/* Taking a program off a function waits until no task can be in it: of each, a while. */
static int is_costly(const struct bpf_program *program)
{
	return bpf_program__type(program) == BPF_PROG_TYPE_TRACING;
}

/* The trial makes an open, so what shows opens is enough. */
static int is_for_trial(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);

	return strcmp(name, "on_open") == 0 || strcmp(name, "on_sys_exit") == 0;
}

int32_t programs_attach(struct programs *programs, uint32_t classes, int is_trial, struct error error)
{
	libbpf_print_fn_t before = libbpf_set_print(keep_line);
	int32_t result = 0;

	for (uint32_t i = 0; i < programs->count && result == 0; i++) {
		struct program *one = &programs->list[i];

		if (one->classes & classes && !one->link && (!is_trial || is_for_trial(one->program))) {
			result = attach_one(programs, one, error);
		} else if (!(one->classes & classes) && one->link &&
			   (is_trial || !is_costly(one->program))) {
			bpf_link__destroy(one->link);
			one->link = NULL;
		}
	}
	libbpf_set_print(before);
	return result;
}

int programs_have(const struct programs *programs, const char *name)
{
	for (uint32_t i = 0; i < programs->count; i++) {
		if (strncmp(bpf_program__name(programs->list[i].program), name, strlen(name)) == 0)
			return 1;
	}
	return 0;
}

static int32_t find_maps(struct programs *programs, struct error error)
{
	const struct {
		const char *name;
		int *fd;
	} maps[] = {
		{ "settings", &programs->settings }, { "watches", &programs->watches },
		{ "bindings", &programs->bindings }, { "counters", &programs->counters },
		{ "events", &programs->events },
	};

	programs->calls = bpf_object__find_map_fd_by_name(programs->object, "calls");

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		*maps[i].fd = bpf_object__find_map_fd_by_name(programs->object, maps[i].name);
		if (*maps[i].fd < 0)
			return fail(error, ENOENT, "%s: the object has no map %s: build the plugin anew",
				    programs->mode->name, maps[i].name);
	}
	return 0;
}

static struct bpf_object *open_object(const struct programs *programs, const void *bytes, size_t size,
				      struct error error, int32_t *result)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "kubearmor_monitor");
	struct bpf_object *object = bpf_object__open_mem(bytes, size, &options);

	*result = 0;
	/* libbpf has numbers of its own beyond those of errno. */
	if (!object) {
		int code = errno < 4000 ? errno : EINVAL;

		*result = fail(error, code, "%s: the embedded BPF object cannot be read (%s): build the plugin anew",
			       programs->mode->name, errno_name(code));
	}
	return object;
}

static int32_t load_object(const struct programs *programs, struct bpf_object *object, struct error error)
{
	int code;

	leave_out_missing(object, programs->is_probe);
	code = -bpf_object__load(object);
	if (code != 0)
		return fail(error, code, "%s: load refused with %s (%s): %s", programs->mode->name, errno_name(code),
			    loader_line[0] ? loader_line : "no further word", advice(code));
	return 0;
}

static int32_t load(struct programs *programs, struct error error)
{
	int32_t result;

	programs->object = open_object(programs, programs->mode->object, programs->mode->size, error, &result);
	if (result == 0)
		result = load_object(programs, programs->object, error);
	return result ? result : find_maps(programs, error);
}

/* The maps that both objects have are those of the first. */
static int32_t share_maps(const struct programs *programs, struct bpf_object *object, struct error error)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		int first = bpf_object__find_map_fd_by_name(programs->object, bpf_map__name(map));

		if (first >= 0 && bpf_map__reuse_fd(map, first) != 0)
			return fail(error, errno, "%s: sharing the map %s failed with %s", programs->mode->name,
				    bpf_map__name(map), errno_name(errno));
	}
	return 0;
}

int32_t programs_load_more(struct programs *programs, struct error error)
{
	libbpf_print_fn_t before;
	int32_t result;

	if (!programs->mode->more || programs->more)
		return 0;
	before = libbpf_set_print(keep_line);
	loader_line[0] = 0;
	programs->more = open_object(programs, programs->mode->more, programs->mode->more_size, error, &result);
	if (result == 0)
		result = share_maps(programs, programs->more, error);
	if (result == 0)
		result = load_object(programs, programs->more, error);
	if (result == 0)
		result = list_programs(programs, programs->more, error);
	if (result == 0) {
		programs->calls = bpf_object__find_map_fd_by_name(programs->more, "calls");
	} else {
		bpf_object__close(programs->more);
		programs->more = NULL;
	}
	libbpf_set_print(before);
	return result;
}

int32_t programs_load(struct programs *programs, const struct mode *mode, int is_probe, struct error error)
{
	libbpf_print_fn_t before = libbpf_set_print(keep_line);
	int32_t result;

	memset(programs, 0, sizeof(*programs));
	programs->mode = mode;
	programs->is_probe = is_probe;
	loader_line[0] = 0;
	result = load(programs, error);
	if (result == 0)
		result = list_programs(programs, programs->object, error);
	if (result == 0 && is_probe)
		result = programs_load_more(programs, error);
	libbpf_set_print(before);
	if (result != 0)
		programs_unload(programs);
	return result;
}

void programs_unload(struct programs *programs)
{
	for (uint32_t i = 0; i < programs->count; i++)
		bpf_link__destroy(programs->list[i].link);
	bpf_object__close(programs->more);
	bpf_object__close(programs->object);
	programs->count = 0;
	programs->object = programs->more = NULL;
}

static int32_t run_here(const struct programs *programs, const char *name, uint32_t *value, struct error error)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	struct bpf_program *program = bpf_object__find_program_by_name(programs->object, name);
	int code = program ? -bpf_prog_test_run_opts(bpf_program__fd(program), &options) : ENOENT;

	if (code != 0)
		return fail(error, code, "%s: running %s failed with %s: %s", programs->mode->name, name,
			    errno_name(code), advice(code));
	*value = options.retval;
	return 0;
}

int32_t programs_identity(const struct programs *programs, uint32_t *group, uint32_t *thread, struct error error)
{
	int32_t result = run_here(programs, "on_who", group, error);

	return result ? result : run_here(programs, "on_which", thread, error);
}

uint64_t programs_missed(const struct programs *programs)
{
	uint64_t missed = 0;

	for (uint32_t i = 0; i < programs->count; i++) {
		struct bpf_prog_info info = {};
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(programs->list[i].program), &info, &size) == 0)
			missed += info.recursion_misses;
	}
	return missed;
}

uint64_t programs_counter(const struct programs *programs, uint32_t counter)
{
	int cpus = libbpf_num_possible_cpus();
	uint64_t *values, sum = 0;

	if (cpus <= 0)
		return 0;
	values = calloc(cpus, sizeof(*values));
	if (values && bpf_map_lookup_elem(programs->counters, &counter, values) == 0) {
		for (int i = 0; i < cpus; i++)
			sum += values[i];
	}
	free(values);
	return sum;
}

int32_t programs_settings(const struct programs *programs, const struct monitor_settings *settings, struct error error)
{
	uint32_t key = 0;

	if (bpf_map_update_elem(programs->settings, &key, settings, BPF_ANY) != 0) {
		int code = errno;

		return fail(error, code, "%s: writing the programs' settings failed with %s: %s", programs->mode->name,
			    errno_name(code), advice(code));
	}
	return 0;
}
