/* SPDX-License-Identifier: Apache-2.0 */
/* An audit record as an event, with the texts that the event points to. */
#ifndef APPARMOR_RECORD_H
#define APPARMOR_RECORD_H

#include "apparmor.h"

struct record {
	char operation[32];
	char resource[8192];
	char target[8192];
	char comm[64];
	char mask[32];
	char hook[96];
	char process[4096];
	char parent[4096];
	struct kubearmor_event event;
};

#endif
