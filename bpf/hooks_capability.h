/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* Capabilities, when the kernel asks whether the task has one. */
#ifndef KUBEARMOR_BPF_HOOKS_CAPABILITY_H
#define KUBEARMOR_BPF_HOOKS_CAPABILITY_H

#include "decide.h"

/* include/linux/security.h: the answer is used for no decision that the user would see. */
#define CAP_OPT_NOAUDIT 2

SEC("lsm/capable")
int BPF_PROG(capable_check, const struct cred *cred, void *user_namespace, int capability, unsigned int options,
	     int result)
{
	struct access access = { .class_ = CLASS_CAPABILITY, .operation = OPERATION_CAPABLE };
	struct object object = { .bytes = { KUBEARMOR_OBJECT_CAPABILITY, capability + 1 }, .size = 2 };

	/* Refused already, mostly because the task does not have it: nothing to decide. */
	if (result)
		return result;
	access.flags = capability;
	access.is_silent = options & CAP_OPT_NOAUDIT ? 1 : 0;
	return decide_bytes(&access, &object) ? -EPERM : 0;
}

#endif
