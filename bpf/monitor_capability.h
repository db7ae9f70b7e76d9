/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/* Capabilities that a task was asked for, whether it had them or not. */
#ifndef KUBEARMOR_BPF_MONITOR_CAPABILITY_H
#define KUBEARMOR_BPF_MONITOR_CAPABILITY_H

#include "monitor.h"

/* include/linux/security.h: the answer is used for no decision that the user would see. */
#define CAP_OPT_NOAUDIT 2

static __noinline void record_capable(struct task_struct *task, __u64 workload, __u32 capability, int result)
{
	struct scratch *scratch = observe(task, workload, CLASS_CAPABILITY);

	if (!scratch)
		return;
	scratch->event.operation = OPERATION_CAPABLE;
	scratch->event.hook = MONITOR_HOOK_CAPABLE;
	scratch->event.flags = capability;
	scratch->event.result = result;
	record_subject(scratch, task);
	record_cwd(scratch, task);
	observe_end(scratch, 1);
}

static __always_inline void observe_capable(struct task_struct *task, __u32 capability, int result)
{
	__u64 workload = watched(task, CLASS_CAPABILITY);

	if (workload)
		record_capable(task, workload, capability, result);
}

#endif
