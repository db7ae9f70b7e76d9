// SPDX-License-Identifier: Apache-2.0
/* The distribution's policy, read from its file, with our types, transitions and constraints, loaded. */
#include <errno.h>
#include <fcntl.h>
#include <selinux/selinux.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sepol/debug.h>
#include <sepol/handle.h>

#include "domains.h"

/* ---- the distribution's --------------------------------------------------------------------- */

struct image {
	void *bytes;
	size_t size;
};

static int read_image(const char *path, struct image *image)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t size = 0;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && st.st_size > 0 && (image->bytes = malloc((size_t)st.st_size))) {
		while (image->size < (size_t)st.st_size &&
		       (size = read(fd, (char *)image->bytes + image->size, (size_t)st.st_size - image->size)) > 0)
			image->size += (size_t)size;
	}
	close(fd);
	return image->size ? 0 : -EIO;
}

/* The file that is loaded at boot: "policy.33", the newest format that the kernel takes. */
static int32_t read_base(struct image *image, char *error, uint64_t error_size)
{
	const char *prefix = selinux_binary_policy_path();
	int newest = security_policyvers(), code = -ENOENT;
	char path[512];

	*image = (struct image){};
	for (int version = newest; version >= 15 && code == -ENOENT; version--) {
		snprintf(path, sizeof(path), "%s.%d", prefix, version);
		code = read_image(path, image);
	}
	if (code)
		return fail(error, error_size, code, "the distribution's policy %s.%d cannot be read: %s", prefix,
			    newest, strerror(-code));
	return 0;
}

int32_t policy_load_base(char *error, uint64_t error_size)
{
	struct image image;
	int32_t code = read_base(&image, error, error_size);

	if (!code && security_load_policy(image.bytes, image.size))
		code = fail(error, error_size, -errno, "the kernel refused the distribution's policy: %s",
			    strerror(errno));
	free(image.bytes);
	return code;
}

int policy_knows(const char *type)
{
	char label[512];

	snprintf(label, sizeof(label), "system_u:object_r:%s:s0", type);
	return security_check_context_raw(label) == 0;
}

/* ---- ours ------------------------------------------------------------------------------------- */

static void add_kinds(struct build *build)
{
	/* By it is seen that the policy that is loaded is ours. */
	if (edit_type(&build->edit, "unlabeled_t"))
		edit_add_type(&build->edit, TYPE_PREFIX "t", edit_type(&build->edit, "unlabeled_t"));
	for (size_t i = 0; i < build->state->kind_count; i++) {
		const struct kind *kind = &build->state->kinds[i];
		uint32_t base = kind->is_used ? edit_type(&build->edit, kind->base) : 0;
		char name[64];

		if (!kind->is_used)
			continue;
		if (!base)
			base = edit_type(&build->edit, "unlabeled_t");
		snprintf(name, sizeof(name), TYPE_PREFIX "k%u_t", kind->number);
		if (base)
			build->kinds[kind->number] = edit_add_type(&build->edit, name, base);
	}
	for (size_t i = 0; i < build->state->birth_count; i++) {
		static const char *const classes[] = { "dir",	    "file",	"lnk_file", "chr_file",
						       "blk_file", "fifo_file", "sock_file" };
		const struct birth *birth = &build->state->births[i];

		for (size_t j = 0; j < (birth->is_directory ? 1 : sizeof(classes) / sizeof(*classes)); j++)
			edit_name(&build->edit, build->kinds[birth->parent], classes[j], birth->name,
				  build->kinds[birth->born]);
	}
	for (size_t i = 0; i < build->state->kind_count; i++) {
		const struct kind *kind = &build->state->kinds[i];

		/* What is made in a directory gets its type where rules are about that, else what it got before. */
		if (kind->is_used)
			edit_copy_transitions_onto(&build->edit, edit_type(&build->edit, kind->base),
						   build->kinds[kind->number], *kind->files || !*kind->mark);
	}
}

static uint32_t bits_of(const char *vector, uint32_t group)
{
	uint32_t number, bits;

	for (const char *at = vector; *at; at = strchr(at, ',') + 1) {
		if (sscanf(at, "%u:%u", &number, &bits) == 2 && number == group)
			return bits;
	}
	return 0;
}

static void constrain(struct build *build, uint32_t group, const ebitmap_t *domains, int all_but, uint32_t bit,
		      int of_directories, const char *classes, const char *permissions)
{
	ebitmap_t targets;
	char name[32];

	ebitmap_init(&targets);
	for (size_t i = 0; i < build->state->kind_count; i++) {
		const struct kind *kind = &build->state->kinds[i];

		if (kind->is_used && build->kinds[kind->number] &&
		    bits_of(of_directories ? kind->directories : kind->files, group) & bit &&
		    ebitmap_set_bit(&targets, build->kinds[kind->number] - 1, 1))
			build->edit.failure = "no memory for a set of types";
	}
	while (*classes) {
		size_t size = strcspn(classes, " ");

		snprintf(name, sizeof(name), "%.*s", (int)size, classes);
		edit_constrain(&build->edit, name, permissions,
			       &(struct edit_subjects){ domains, all_but, all_but ? build->daemon : 0 }, &targets);
		classes += size + (classes[size] == ' ');
	}
	ebitmap_destroy(&targets);
}

struct taking {
	struct build *build;
	const ebitmap_t *domains;
	int all_but;
};

static void take(void *context, const char *class_, const char *permissions)
{
	const struct taking *taking = context;

	struct edit_subjects subjects = { taking->domains, taking->all_but,
					  taking->all_but ? taking->build->daemon : 0 };

	edit_constrain(&taking->build->edit, class_, permissions, &subjects, NULL);
	edit_hear(&taking->build->edit, class_, permissions, 0);
}

/* One of these for each group: what it may not do with which types. */
static const struct {
	uint32_t bit;
	int of_directories;
	const char *classes;
	const char *permissions;
} denials[] = {
	{ DENY_READ, 0, "file chr_file blk_file fifo_file sock_file", "read" },
	{ DENY_WRITE, 0, "file lnk_file chr_file blk_file fifo_file sock_file",
	  "write append create setattr unlink rename link" },
	{ DENY_EXECUTE, 0, "file", "execute" },
	{ DENY_READ, 1, "dir", "read" },
	{ DENY_WRITE, 1, "dir", "setattr rmdir rename reparent" },
	{ DENY_ENTRIES, 1, "dir", "add_name" },
	{ DENY_MAKE, 1, "dir", "create" },
};

/* What the distribution denies silently for a file's former type is not silent for ours: who else would tell? */
static void hear_denials(struct build *build)
{
	static const char *const classes[] = { "file",	   "lnk_file", "chr_file",  "blk_file",
					       "fifo_file", "sock_file", "dir" };
	ebitmap_t kinds;

	ebitmap_init(&kinds);
	for (size_t i = 0; i < build->state->kind_count; i++) {
		uint32_t type = build->kinds[build->state->kinds[i].number];

		if (type && ebitmap_set_bit(&kinds, type - 1, 1))
			build->edit.failure = "no memory for a set of types";
	}
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		edit_hear(&build->edit, classes[i],
			  "read write append create setattr unlink rename link execute rmdir reparent add_name", 1);
	edit_end_silence(&build->edit, &kinds);
	ebitmap_destroy(&kinds);
}

static void add_constraints(struct build *build)
{
	for (uint32_t group = 1; group <= build->state->group_count; group++) {
		struct taking taking = { .build = build };
		const struct group *of = &build->state->groups[group - 1];
		ebitmap_t domains;

		if (!of->is_used)
			continue;
		domains_of(build, group, &domains, &taking.all_but);
		taking.domains = &domains;
		if (taking.all_but || !ebitmap_is_empty(&domains)) {
			for (size_t i = 0; i < sizeof(denials) / sizeof(*denials); i++)
				constrain(build, group, &domains, taking.all_but, denials[i].bit,
					  denials[i].of_directories, denials[i].classes, denials[i].permissions);
			sockets_denied(state_rules(build->state, of->workload), of->sources, take, &taking);
		}
		ebitmap_destroy(&domains);
	}
}

/* The domain that a distribution has for this process may not read audit records, nor choose its level. */
static void permit_own(struct build *build)
{
	char type[256];
	uint32_t own;

	own_type(type, sizeof(type));
	own = *type ? edit_type(&build->edit, type) : 0;
	edit_allow(&build->edit, own, own, "capability2", "audit_read");
	edit_allow(&build->edit, own, own, "netlink_audit_socket",
		   "create bind read write setopt getopt getattr nlmsg_read nlmsg_write");
	edit_allow(&build->edit, own, own, "process", "setexec transition");
	/* Logins have all levels too. */
	if (own != edit_type(&build->edit, "unconfined_t"))
		build->daemon = own;
}

static int32_t add_all(struct build *build, char *error, uint64_t error_size)
{
	build->kinds = calloc(build->state->kind_count + 1, sizeof(*build->kinds));
	if (!build->kinds)
		return fail(error, error_size, -ENOMEM, "no memory for the types");
	add_kinds(build);
	domains_add(build);
	permit_own(build);
	add_constraints(build);
	hear_denials(build);
	free(build->kinds);
	free(build->domains);
	return build->edit.failure ? fail(error, error_size, -ENOMEM, "the policy cannot be built: %s",
					  build->edit.failure)
				   : 0;
}

static int32_t compile(const struct state *state, const struct image *base, struct image *result, char *error,
		       uint64_t error_size)
{
	struct build build = { .state = state };
	sepol_handle_t *handle = sepol_handle_create();
	policydb_t policy;
	int32_t code;

	if (!handle || policydb_init(&policy))
		return fail(error, error_size, -ENOMEM, "no memory for the policy");
	sepol_msg_set_callback(handle, NULL, NULL);
	/* It cleans up after itself when it fails. */
	if (policydb_from_image(handle, base->bytes, base->size, &policy)) {
		sepol_handle_destroy(handle);
		return fail(error, error_size, -EBADMSG, 
			    "the distribution's policy is of a form that libsepol cannot read");
	}
	code = edit_begin(&build.edit, &policy) ? fail(error, error_size, -ENOMEM, "no memory for the policy")
						: add_all(&build, error, error_size);
	if (!code && policydb_to_image(handle, &policy, &result->bytes, &result->size))
		code = fail(error, error_size, -ENOMEM, "the policy cannot be written");
	edit_end(&build.edit);
	policydb_destroy(&policy);
	sepol_handle_destroy(handle);
	return code;
}

int32_t policy_load(struct selinux *self, char *error, uint64_t error_size)
{
	struct image base, result = {};
	int32_t code = read_base(&base, error, error_size);

	if (!code)
		code = compile(&self->state, &base, &result, error, error_size);
	if (!code && !self->is_trial && security_load_policy(result.bytes, result.size))
		code = fail(error, error_size, -errno, "the kernel refused the policy: %s", strerror(errno));
	if (!code) {
		self->bytes = result.size - base.size;
		self->loads++;
		for (size_t i = 0; i < self->state.kind_count; i++)
			self->state.kinds[i].is_loaded = self->state.kinds[i].is_used;
	}
	free(base.bytes);
	free(result.bytes);
	return code;
}

int32_t policy_try(char *error, uint64_t error_size)
{
	struct kind kind = { .number = 1, .base = "unlabeled_t", .files = "", .directories = "", .mark = "",
			     .entries = "", .is_used = 1 };
	struct state state = { .kinds = &kind, .kind_count = 1 };
	struct image base, result = {};
	int32_t code = read_base(&base, error, error_size);

	if (!code)
		code = compile(&state, &base, &result, error, error_size);
	free(base.bytes);
	free(result.bytes);
	return code;
}
