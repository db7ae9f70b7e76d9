// SPDX-License-Identifier: Apache-2.0
/*
 * The maps in the kernel. They are pinned below the bpffs, as the programs are
 * (programs.c), so that they outlive the daemon; the next one takes them over.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bpflsm.h"

_Alignas(8) static const unsigned char enforcer_object[] = {
#embed "enforcer.bpf.o"
};

/* Changes with every change of a map's layout: pins of another layout are not taken over but replaced (layouts.c). */
#define LAYOUT "v3"
#define DEFAULT_TABLE_MIB 16
#define OTHER_PROGRAM \
	"the pins in %s are guarded by a daemon whose program has another path: run that program with " \
	"`daemon --release`, or with selfGuard: false, first"
#define MAX_TABLE_MIB 1024
#define CHUNK_SIZE (KUBEARMOR_CHUNK_CELLS * sizeof(uint64_t))

void setting(const struct kubearmor_host *host, const char *key, const char *fallback, char *value, size_t size)
{
	if (!host->config || host->config(host->context, key, value, size) <= 0)
		snprintf(value, size, "%s", fallback);
}

static int make_directory(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

/* Mounts a bpffs at `path` unless one is there. */
static int mount_bpffs(const char *path)
{
	struct statfs status;

	make_directory(path);
	if (statfs(path, &status))
		return -errno;
	if (status.f_type == BPF_FS_MAGIC)
		return 0;
	return mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") ? -errno : 0;
}

static int32_t make_pin_directory(struct bpflsm *self, char *error, uint64_t error_size)
{
	char root[192], path[256];
	int code;

	setting(self->host, "bpfFsPath", "/sys/fs/bpf", root, sizeof(root));
	code = mount_bpffs(root);
	if (code)
		return fail(error, error_size, code, "no bpffs at %s: %s; mount one there or set bpfFsPath", root,
			    strerror(-code));
	snprintf(path, sizeof(path), "%s/kubearmor", root);
	code = make_directory(path);
	snprintf(self->directory, sizeof(self->directory), "%s/kubearmor/" LAYOUT, root);
	if (!code)
		code = make_directory(self->directory);
	snprintf(path, sizeof(path), "%s/links", self->directory);
	if (!code)
		code = make_directory(path);
	snprintf(path, sizeof(path), "%s/programs", self->directory);
	if (!code)
		code = make_directory(path);
	/* The guard of a daemon with another layout. */
	if (code == -EPERM)
		return fail(error, error_size, code, OTHER_PROGRAM, path);
	if (code)
		return fail(error, error_size, code, "cannot create %s: %s", path, strerror(-code));
	return 0;
}

/* Names the pins; an existing `cells` keeps its size, since in-force rule sets lie in it. */
static int32_t name_pins(struct bpflsm *self, char *error, uint64_t error_size)
{
	struct bpf_map *map;
	char path[320], text[32];
	long mebibytes;

	setting(self->host, "bpflsmTableMiB", "", text, sizeof(text));
	mebibytes = text[0] ? strtol(text, NULL, 10) : DEFAULT_TABLE_MIB;
	if (mebibytes < 1 || mebibytes > MAX_TABLE_MIB)
		return fail(error, error_size, -EINVAL, "bpflsmTableMiB is \"%s\": write a number from 1 to %d", text,
			    MAX_TABLE_MIB);
	bpf_object__for_each_map(map, self->object) {
		if (is_buffer(map))
			continue;
		snprintf(path, sizeof(path), "%s/%s", self->directory, bpf_map__name(map));
		bpf_map__set_pin_path(map, path);
		if (strcmp(bpf_map__name(map), "cells") == 0) {
			struct bpf_map_info info = {};
			uint32_t size = sizeof(info), chunks = (mebibytes * 1024 * 1024 + CHUNK_SIZE - 1) / CHUNK_SIZE;
			int pinned = bpf_obj_get(path);

			if (pinned >= 0 && bpf_obj_get_info_by_fd(pinned, &info, &size) == 0)
				chunks = info.max_entries;
			if (pinned >= 0)
				close(pinned);
			bpf_map__set_max_entries(map, chunks);
			self->table.size = chunks * KUBEARMOR_CHUNK_CELLS;
		}
	}
	return 0;
}

static void *map_memory(struct bpflsm *self, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(self->object, name);
	size_t page = sysconf(_SC_PAGESIZE);
	void *memory = mmap(NULL, (size + page - 1) / page * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int32_t open_maps(struct bpflsm *self, char *error, uint64_t error_size)
{
	int32_t result;

	self->workloads = map_memory(self, "workloads", WORKLOADS * sizeof(*self->workloads));
	self->state = map_memory(self, "state", sizeof(*self->state));
	self->cgroups = map_memory(self, "cgroups", KUBEARMOR_CGROUPS * sizeof(uint64_t));
	if (!self->workloads || !self->state || !self->cgroups)
		return fail(error, error_size, -errno, "cannot map the enforcer's tables: %s", strerror(errno));
	self->table.fd = bpf_object__find_map_fd_by_name(self->object, "cells");
	self->bindings_fd = bpf_object__find_map_fd_by_name(self->object, "bindings");
	self->counters_fd = bpf_object__find_map_fd_by_name(self->object, "counters");
	self->tallies_fd = bpf_object__find_map_fd_by_name(self->object, "tallies");
	self->noises_fd = bpf_object__find_map_fd_by_name(self->object, "noises");
	self->homes_fd = bpf_object__find_map_fd_by_name(self->object, "homes");
	self->seeking_fd = bpf_object__find_map_fd_by_name(self->object, "seeking");
	self->cpus = libbpf_num_possible_cpus();
	result = ring_open(&self->ring, bpf_object__find_map_fd_by_name(self->object, "events"));
	if (result != 0)
		return fail(error, error_size, result, "cannot map the ring buffer: %s", strerror(-result));
	return 0;
}

/* Notes the automaton at `first`; -1 when there is none. */
static int adopt_region(struct table *table, uint32_t first)
{
	const struct kubearmor_automaton *header;
	struct region region = { first, 0 };
	struct cells cells;

	if (cells_map(table, first, KUBEARMOR_AUTOMATON_HEADER_CELLS, &cells))
		return -1;
	header = (const void *)cells.first;
	if (header->magic == KUBEARMOR_AUTOMATON_MAGIC)
		region.count = header->cells;
	cells_unmap(&cells);
	return table_adopt(table, region);
}

/* Takes over the rule sets that are in force. */
static int32_t adopt_regions(struct bpflsm *self, char *error, uint64_t error_size)
{
	for (uint32_t slot = 0; slot < WORKLOADS; slot++) {
		uint64_t active = self->workloads[slot].active;
		uint32_t first = (uint32_t)active;

		/* Another workload may share it. */
		if (active == 0 || table_count(&self->table, first))
			continue;
		if (adopt_region(&self->table, first))
			return fail(error, error_size, -EBADMSG,
				    "the pinned tables in %s do not make sense; nothing was changed: look at them, "
				    "then run `kubearmor daemon --release`",
				    self->directory);
	}
	return 0;
}

/* Another installation's daemon may guard the pins against this one. */
static int32_t check_guard(const struct bpflsm *self, char *error, uint64_t error_size)
{
	char path[PIN_PATH];
	int fd;

	snprintf(path, sizeof(path), "%s/state", self->directory);
	fd = bpf_obj_get(path);
	if (fd >= 0)
		close(fd);
	else if (errno == EPERM)
		return fail(error, error_size, -EPERM, OTHER_PROGRAM, self->directory);
	return 0;
}

int32_t engine_open(struct bpflsm *self, char *error, uint64_t error_size)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "kubearmor");
	int32_t code;
	int adopted;

	for (uint32_t i = 0; i < PROGRAMS_MAX; i++)
		self->programs[i] = (struct program){ -1, -1 };
	kernel_log_begin(self);
	code = make_pin_directory(self, error, error_size);
	if (code)
		return code;
	layouts_introduce(self);
	self->object = bpf_object__open_mem(enforcer_object, sizeof(enforcer_object), &options);
	if (!self->object)
		return fail(error, error_size, -errno, "cannot read the embedded programs: %s", strerror(errno));
	code = name_pins(self, error, error_size);
	if (code)
		return code;
	code = check_guard(self, error, error_size);
	if (code)
		return code;
	adopted = programs_prepare(self, enforcer_object, sizeof(enforcer_object));
	if (adopted < 0)
		return fail(error, error_size, adopted, "the kernel's type information cannot be read: %s",
			    strerror(-adopted));
	code = bpf_object__load(self->object);
	kernel_log_end();
	if (code)
		return fail(error, error_size, code, "the kernel refused the enforcer's programs: %s; %s",
			    strerror(-code), kernel_log());
	code = open_maps(self, error, error_size);
	if (!code)
		code = adopt_regions(self, error, error_size);
	if (!code && !adopted)
		code = programs_pin(self, error, error_size);
	if (!code)
		code = programs_introduce(self, error, error_size);
	/* What has no rules is not attached: it costs nothing. */
	if (!code)
		code = programs_attach(self, self->state->classes, error, error_size);
	if (!code)
		code = guard_begin(self, error, error_size);
	if (!code)
		programs_tidy(self);
	return code;
}

static void remove_maps(struct bpflsm *self)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, self->object) {
		if (bpf_map__pin_path(map))
			unlink(bpf_map__pin_path(map));
	}
	rmdir(self->directory);
	/* And what is above the layouts, when no other one is there. */
	*strrchr(self->directory, '/') = 0;
	rmdir(self->directory);
}

void engine_close(struct bpflsm *self, int keep)
{
	size_t page = sysconf(_SC_PAGESIZE);

	/* The kernel lets go of links when it has time: until then the programs find nothing to do. */
	if (!keep && self->state) {
		__atomic_store_n(&self->state->classes, 0, __ATOMIC_SEQ_CST);
		guard_end(self);
	}
	if (self->object) {
		programs_close(self, keep);
		if (!keep) {
			layouts_retire(self, 1);
			remove_maps(self);
		}
	}
	ring_close(&self->ring);
	if (self->workloads)
		munmap(self->workloads, WORKLOADS * sizeof(*self->workloads));
	if (self->state)
		munmap(self->state, page);
	if (self->cgroups)
		munmap(self->cgroups, KUBEARMOR_CGROUPS * sizeof(uint64_t));
	bpf_object__close(self->object);
}
