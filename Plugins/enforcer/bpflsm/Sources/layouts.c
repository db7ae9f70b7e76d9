// SPDX-License-Identifier: Apache-2.0
/*
 * Pins of daemons whose maps have another layout, older or newer: nothing of theirs can
 * be taken over, and their rules would be in force for ever. They stay until this
 * daemon's own rules are, so that an upgrade is no moment without rules.
 */
#include <bpf/bpf.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpflsm.h"

#define SECOND 1000000000ull
/* All workloads that exist at a start are told of without a pause of that length. */
#define SETTLED (10 * SECOND)
#define WAIT_MS 10000
#define LINKS_MAX 256

/* Ids of programs that links held. */
struct held {
	uint32_t ids[LINKS_MAX];
	uint32_t count;
};

/* "v2", but not the own one. */
static int is_other_layout(const struct bpflsm *self, const char *name)
{
	const char *digit = name + 1;

	if (*name != 'v' || !*digit || strcmp(name, strrchr(self->directory, '/') + 1) == 0)
		return 0;
	while (isdigit((unsigned char)*digit))
		digit++;
	return !*digit;
}

/* Calls `act` with the folder of each other layout. */
static void for_each_layout(const struct bpflsm *self, void (*act)(const struct bpflsm *self, const char *folder,
								    void *context),
			    void *context)
{
	char above[sizeof(self->directory)], folder[PIN_PATH];
	struct dirent *entry;
	DIR *all;

	snprintf(above, sizeof(above), "%s", self->directory);
	*strrchr(above, '/') = 0;
	all = opendir(above);
	while (all && (entry = readdir(all))) {
		snprintf(folder, sizeof(folder), "%s/%.32s", above, entry->d_name);
		if (is_other_layout(self, entry->d_name))
			act(self, folder, context);
	}
	if (all)
		closedir(all);
}

/* Runs <folder>/programs/<build>/introduce: every layout's programs know the daemon by that. */
static void introduce(const struct bpflsm *self, const char *folder, void *context)
{
	char path[PIN_PATH + 64];
	struct dirent *entry;
	DIR *builds;

	(void)self;
	(void)context;
	snprintf(path, sizeof(path), "%s/programs", folder);
	builds = opendir(path);
	while (builds && (entry = readdir(builds))) {
		LIBBPF_OPTS(bpf_test_run_opts, options);
		int fd;

		snprintf(path, sizeof(path), "%s/programs/%.32s/introduce", folder, entry->d_name);
		fd = entry->d_name[0] == '.' ? -1 : bpf_obj_get(path);
		if (fd < 0)
			continue;
		bpf_prog_test_run_opts(fd, &options);
		close(fd);
	}
	if (builds)
		closedir(builds);
}

void layouts_introduce(const struct bpflsm *self)
{
	for_each_layout(self, introduce, NULL);
}

static void note_links(const char *folder, struct held *held)
{
	char path[PIN_PATH + 320];
	struct dirent *entry;
	DIR *links;

	snprintf(path, sizeof(path), "%s/links", folder);
	links = opendir(path);
	while (links && (entry = readdir(links))) {
		struct bpf_link_info info = {};
		uint32_t size = sizeof(info);
		int fd;

		snprintf(path, sizeof(path), "%s/links/%s", folder, entry->d_name);
		fd = entry->d_name[0] == '.' ? -1 : bpf_obj_get(path);
		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && held->count < LINKS_MAX)
			held->ids[held->count++] = info.prog_id;
		close(fd);
	}
	if (links)
		closedir(links);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path) ? errno : 0;
}

static void retire(const struct bpflsm *self, const char *folder, void *context)
{
	int code;

	note_links(folder, context);
	code = nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	if (code)
		say(self, KUBEARMOR_LOG_WARNING,
		    "what another version of the daemon left in %s stays in force: %s; run its program with "
		    "`daemon --release`",
		    folder, strerror(code < 0 ? errno : code));
	else
		say(self, KUBEARMOR_LOG_INFO, "took down what another version of the daemon left in %s", folder);
}

/* The kernel lets go of programs some time after their links. */
static void wait_until_gone(const struct held *held)
{
	for (int waited = 0; waited < WAIT_MS; waited += 10) {
		int any = 0;

		for (uint32_t i = 0; i < held->count && !any; i++) {
			int fd = bpf_prog_get_fd_by_id(held->ids[i]);

			any = fd >= 0;
			if (fd >= 0)
				close(fd);
		}
		if (!any)
			return;
		usleep(10 * 1000);
	}
}

void layouts_retire(const struct bpflsm *self, int wait)
{
	struct held held = {};

	for_each_layout(self, retire, &held);
	if (wait)
		wait_until_gone(&held);
}

void layouts_tick(struct bpflsm *self)
{
	uint64_t changed = atomic_load(&self->changed);

	if (self->is_alone || !changed || self->host->now(self->host->context) - changed < SETTLED)
		return;
	layouts_retire(self, 0);
	self->is_alone = 1;
}
