// SPDX-License-Identifier: Apache-2.0
/*
 * Rules with too many alerts: the programs keep them silent (bpf/throttle.h), this
 * says when that begins, and how many were suppressed when it is over.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpflsm.h"

#define SECOND ((uint64_t)1000000000)

static uint64_t number_setting(const struct kubearmor_host *host, const char *key, uint64_t fallback)
{
	char text[32];

	setting(host, key, "", text, sizeof(text));
	return text[0] ? strtoull(text, NULL, 10) : fallback;
}

/* As the daemon's configuration says now. */
static void read_settings(struct bpflsm *self)
{
	char flag[16];

	setting(self->host, "alertThrottling", "true", flag, sizeof(flag));
	__atomic_store_n(&self->state->throttle_ns, number_setting(self->host, "throttleSec", 30) * SECOND,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&self->state->throttle_limit,
			 strcmp(flag, "true") == 0 ? number_setting(self->host, "maxAlertPerSec", 10) : 0,
			 __ATOMIC_RELAXED);
}

static struct kubearmor_pair pair(const char *key, const char *value)
{
	return (struct kubearmor_pair){ .struct_size = sizeof(struct kubearmor_pair),
					.key = { key, strlen(key) },
					.value = { value, strlen(value) } };
}

/* suppressed = 0: it begins. */
static void notify(struct bpflsm *self, const struct kubearmor_kernel_source *source, uint64_t suppressed, uint64_t now)
{
	char limit[24], interval[24], number[24];
	struct kubearmor_pair values[3];
	struct kubearmor_event event = {
		.struct_size = sizeof(event),
		.operation = KUBEARMOR_OPERATION_THROTTLE,
		.class_ = source->part & 0xff,
		.time_ns = now,
		.workload = source->workload,
		.generation = whole_generation(self, source->workload, source->part >> 8),
		.rule = source->rule,
		.object_uid = ~0u,
		.values = values,
		.value_count = suppressed ? 3 : 2,
	};

	snprintf(limit, sizeof(limit), "%" PRIu64, self->state->throttle_limit);
	snprintf(interval, sizeof(interval), "%" PRIu64, self->state->throttle_ns / SECOND);
	snprintf(number, sizeof(number), "%" PRIu64, suppressed);
	values[0] = pair("MaxAlertsPerSec", limit);
	values[1] = pair("DroppingAlertsInterval", interval);
	values[2] = pair("Suppressed", number);
	self->host->emit(self->host->context, &event, 1);
}

static struct announcement *announced(struct bpflsm *self,
				     const struct kubearmor_kernel_source *source)
{
	for (int i = 0; i < ANNOUNCEMENTS; i++) {
		if (self->announcements[i].until &&
		    memcmp(&self->announcements[i].source, source, sizeof(*source)) == 0)
			return &self->announcements[i];
	}
	return NULL;
}

/* Says that the rule is silent, once; when very many are at a time, their sums have to do. */
static void announce(struct bpflsm *self, const struct kubearmor_kernel_source *source, uint64_t until, uint64_t now)
{
	if (announced(self, source))
		return;
	for (int i = 0; i < ANNOUNCEMENTS; i++) {
		if (self->announcements[i].until == 0) {
			self->announcements[i] = (struct announcement){ *source, until };
			notify(self, source, 0, now);
			return;
		}
	}
}

static void look_at(struct bpflsm *self, const struct kubearmor_kernel_source *source, uint64_t now)
{
	struct kubearmor_kernel_noise noise;
	struct announcement *announcement;

	if (bpf_map_lookup_elem(self->noises_fd, source, &noise))
		return;
	if (noise.suppressed && now < noise.until) {
		announce(self, source, noise.until, now);
		return;
	}
	if (now < noise.until || now - noise.window < 2 * SECOND)
		return;
	if (bpf_map_lookup_and_delete_elem(self->noises_fd, source, &noise))
		return;
	announcement = announced(self, source);
	if (announcement)
		announcement->until = 0;
	if (noise.suppressed)
		notify(self, source, noise.suppressed, now);
}

void throttle_tick(struct bpflsm *self)
{
	uint64_t now = self->host->now(self->host->context);
	struct kubearmor_kernel_source source, next;
	int end;

	if (now - self->throttle_seen < SECOND)
		return;
	self->throttle_seen = now;
	read_settings(self);
	end = bpf_map_get_next_key(self->noises_fd, NULL, &next);
	while (!end) {
		source = next;
		/* Before it is looked at: that may delete it. */
		end = bpf_map_get_next_key(self->noises_fd, &source, &next);
		look_at(self, &source, now);
	}
}

void throttle_open(struct bpflsm *self)
{
	read_settings(self);
}
