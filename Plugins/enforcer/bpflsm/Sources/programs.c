// SPDX-License-Identifier: Apache-2.0
/*
 * The programs and their links, pinned both. A daemon of the same build takes the
 * programs over by the digest of their object, so that the kernel need not verify
 * them again; another build loads its own, and each link is replaced by attaching
 * the new program before the old one is let go: there is no moment without one.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpflsm.h"

/* The classes that a program decides about, by the beginning of its name (bpf/enforcer.bpf.c). */
static uint64_t classes_of(const struct bpf_program *program)
{
	static const struct {
		const char *begin;
		uint64_t classes;
	} names[] = {
		{ "file_program_", 1u << KUBEARMOR_CLASS_FILE | 1u << KUBEARMOR_CLASS_PROCESS },
		{ "file_", 1u << KUBEARMOR_CLASS_FILE },
		{ "program_", 1u << KUBEARMOR_CLASS_PROCESS },
		{ "socket_", 1u << KUBEARMOR_CLASS_NETWORK },
		{ "capable_", 1u << KUBEARMOR_CLASS_CAPABILITY },
		{ "dns_", 1u << KUBEARMOR_CLASS_DNS },
		{ "preset_", 1u << KUBEARMOR_CLASS_PRESET },
		{ "guard_", 0 },
		{ "introduce", 0 },
		{ "home_", 0 },
	};
	const char *name = bpf_program__name(program);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(name, names[i].begin, strlen(names[i].begin)) == 0)
			return names[i].classes;
	}
	return ~0ull;
}

/*
 * Leaves out the programs of hooks that this kernel does not have: lists of access control have theirs
 * since 6.2, before that they were extended attributes like others.
 */
static int32_t leave_out_missing(struct bpflsm *self)
{
	static const char *const optional[] = { "file_set_acl", "file_remove_acl" };
	static const char *const hooks[] = { "bpf_lsm_inode_set_acl", "bpf_lsm_inode_remove_acl" };
	struct btf *types = btf__load_vmlinux_btf();

	if (!types)
		return -errno;
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		struct bpf_program *program = bpf_object__find_program_by_name(self->object, optional[i]);

		if (program && btf__find_by_name_kind(types, hooks[i], BTF_KIND_FUNC) < 0)
			bpf_program__set_autoload(program, false);
	}
	btf__free(types);
	return 0;
}

/* FNV-1a. */
static uint64_t digest_of(const unsigned char *bytes, size_t size)
{
	uint64_t digest = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		digest = (digest ^ bytes[i]) * 0x100000001b3;
	return digest;
}

/* Unlinks what is in the folder `path`, but for names that `keep` wants. */
static void clear_folder(const struct bpflsm *self, const char *path,
			 int (*keep)(const struct bpflsm *self, const char *name))
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char file[sizeof(self->directory) + 600];

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || (keep && keep(self, entry->d_name)))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		unlink(file);
	}
	if (folder)
		closedir(folder);
}

/* Programs of other builds: nothing holds them any more but links that are replaced. */
static void remove_other_programs(const struct bpflsm *self, const char *own)
{
	char all[sizeof(self->directory) + 16], path[sizeof(all) + 300];
	struct dirent *entry;
	DIR *folder;

	snprintf(all, sizeof(all), "%s/programs", self->directory);
	folder = opendir(all);
	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || (own && strcmp(entry->d_name, own) == 0))
			continue;
		snprintf(path, sizeof(path), "%s/%s", all, entry->d_name);
		clear_folder(self, path, NULL);
		rmdir(path);
	}
	if (folder)
		closedir(folder);
}

static void program_path(const struct bpflsm *self, const struct bpf_program *program, char *path, size_t size)
{
	snprintf(path, size, "%s/programs/%s/%s", self->directory, self->build, bpf_program__name(program));
}

static void link_path(const struct bpflsm *self, const struct bpf_program *program, char *path, size_t size)
{
	snprintf(path, size, "%s/links/%s", self->directory, bpf_program__name(program));
}

/* Whether the programs of this build are all there; their descriptors are then open. */
static int find_pinned(struct bpflsm *self)
{
	struct bpf_program *program;
	uint32_t number = 0;
	char path[PIN_PATH];

	bpf_object__for_each_program(program, self->object) {
		program_path(self, program, path, sizeof(path));
		if (number < PROGRAMS_MAX && bpf_program__autoload(program))
			self->programs[number].fd = pinned_program(self, program, path);
		if (number >= PROGRAMS_MAX || (self->programs[number].fd < 0 && bpf_program__autoload(program)))
			break;
		number++;
	}
	if (!program)
		return 1;
	while (number-- > 0) {
		if (self->programs[number].fd >= 0)
			close(self->programs[number].fd);
		self->programs[number].fd = -1;
	}
	return 0;
}

int is_buffer(const struct bpf_map *map)
{
	return strcmp(bpf_map__name(map), "scratches") == 0 || strcmp(bpf_map__name(map), "spares") == 0;
}

int programs_prepare(struct bpflsm *self, const unsigned char *object, size_t size)
{
	struct bpf_program *program;
	struct bpf_map *map;
	int32_t code = leave_out_missing(self);

	if (code)
		return code;
	snprintf(self->build, sizeof(self->build), "%016" PRIx64, digest_of(object, size));
	if (!find_pinned(self)) {
		bpf_object__for_each_program(program, self->object)
			bpf_program__set_log_level(program, VERIFIER_NUMBERS);
		return 0;
	}
	bpf_object__for_each_program(program, self->object)
		bpf_program__set_autoload(program, false);
	bpf_object__for_each_map(map, self->object) {
		if (is_buffer(map))
			bpf_map__set_autocreate(map, false);
	}
	return 1;
}

int32_t programs_pin(struct bpflsm *self, char *error, uint64_t error_size)
{
	struct bpf_program *program;
	uint32_t number = 0;
	char path[PIN_PATH];

	snprintf(path, sizeof(path), "%s/programs/%s", self->directory, self->build);
	if (mkdir(path, 0700) && errno != EEXIST)
		return fail(error, error_size, -errno, "cannot create %s: %s", path, strerror(errno));
	/* Of a start that was cut. */
	clear_folder(self, path, NULL);
	bpf_object__for_each_program(program, self->object) {
		if (number >= PROGRAMS_MAX)
			return fail(error, error_size, -E2BIG, "more than %d programs", PROGRAMS_MAX);
		if (!bpf_program__autoload(program)) {
			number++;
			continue;
		}
		program_path(self, program, path, sizeof(path));
		self->programs[number].fd = dup(bpf_program__fd(program));
		if (self->programs[number].fd < 0 || bpf_obj_pin(self->programs[number].fd, path))
			return fail(error, error_size, -errno, "cannot pin %s: %s", path, strerror(errno));
		number++;
	}
	return 0;
}

static uint32_t program_id(int fd)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

/* The pinned link when it is of this very program; -1 otherwise. */
static int adopt_link(const char *path, int program)
{
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	int link = bpf_obj_get(path);

	if (link < 0)
		return -1;
	if (bpf_obj_get_info_by_fd(link, &info, &size) == 0 && info.prog_id && info.prog_id == program_id(program))
		return link;
	close(link);
	return -1;
}

/* Attaches one program and puts its link in the place of the pinned one. */
static int attach_one(const struct bpflsm *self, const struct bpf_program *program, struct program *place)
{
	char path[PIN_PATH], fresh[PIN_PATH + 8];
	int link, code = 0;

	link_path(self, program, path, sizeof(path));
	link = adopt_link(path, place->fd);
	if (link < 0) {
		link = bpf_raw_tracepoint_open(NULL, place->fd);
		if (link < 0)
			return -errno;
		/* No dot: bpffs reserves names with one. */
		snprintf(fresh, sizeof(fresh), "%s_new", path);
		unlink(fresh);
		if (bpf_obj_pin(link, fresh) || rename(fresh, path))
			code = -errno;
	}
	if (code)
		close(link);
	else
		place->link = link;
	return code;
}

/* Attaches those that are wanted and are not attached yet. */
static int32_t attach_where(struct bpflsm *self, int (*is_wanted)(const struct bpf_program *program, uint64_t classes),
			    uint64_t classes, char *error, uint64_t error_size)
{
	struct bpf_program *program;
	uint32_t number = 0;

	bpf_object__for_each_program(program, self->object) {
		struct program *place = &self->programs[number++];
		int code = 0;

		if (is_wanted(program, classes) && place->link < 0 && place->fd >= 0)
			code = attach_one(self, program, place);
		if (code)
			return fail(error, error_size, code, "cannot attach %s: %s", bpf_program__name(program),
				    strerror(-code));
	}
	return 0;
}

static int is_of_class(const struct bpf_program *program, uint64_t classes)
{
	return (classes_of(program) & classes) != 0;
}

int32_t programs_attach(struct bpflsm *self, uint64_t classes, char *error, uint64_t error_size)
{
	int32_t code;

	if ((classes & ~self->attached) == 0)
		return 0;
	code = attach_where(self, is_of_class, classes, error, error_size);
	if (!code)
		self->attached |= classes;
	return code;
}

static int is_guard(const struct bpf_program *program, uint64_t classes)
{
	(void)classes;
	return strncmp(bpf_program__name(program), "guard_", 6) == 0;
}

int32_t programs_guard(struct bpflsm *self, char *error, uint64_t error_size)
{
	return attach_where(self, is_guard, 0, error, error_size);
}

static int is_attached(const struct bpflsm *self, const char *name)
{
	struct bpf_program *program;
	uint32_t number = 0;

	bpf_object__for_each_program(program, self->object) {
		if (self->programs[number++].link >= 0 && strcmp(bpf_program__name(program), name) == 0)
			return 1;
	}
	return 0;
}

void programs_tidy(struct bpflsm *self)
{
	char path[PIN_PATH];

	snprintf(path, sizeof(path), "%s/links", self->directory);
	clear_folder(self, path, is_attached);
	remove_other_programs(self, self->build);
}

int program_descriptor(const struct bpflsm *self, const char *name)
{
	struct bpf_program *program;
	uint32_t number = 0;

	bpf_object__for_each_program(program, self->object) {
		if (strcmp(bpf_program__name(program), name) == 0)
			return self->programs[number].fd;
		number++;
	}
	return -1;
}

int32_t programs_introduce(struct bpflsm *self, char *error, uint64_t error_size)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int code = bpf_prog_test_run_opts(program_descriptor(self, "introduce"), &options);

	if (code || options.retval)
		return fail(error, error_size, code ? code : -EIO, "the daemon could not introduce itself: %s",
			    strerror(code ? -code : EIO));
	return 0;
}

void programs_close(struct bpflsm *self, int keep)
{
	char path[PIN_PATH];

	for (uint32_t i = 0; i < PROGRAMS_MAX; i++) {
		if (self->programs[i].link >= 0)
			close(self->programs[i].link);
		if (self->programs[i].fd >= 0)
			close(self->programs[i].fd);
	}
	if (keep)
		return;
	snprintf(path, sizeof(path), "%s/links", self->directory);
	clear_folder(self, path, NULL);
	rmdir(path);
	remove_other_programs(self, NULL);
	snprintf(path, sizeof(path), "%s/programs", self->directory);
	rmdir(path);
}
