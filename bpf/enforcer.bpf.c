// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/*
 * The enforcer: LSM programs. A program's name begins with what it decides about
 * (program_, file_, socket_, capable_, dns_, preset_); the plugin attaches it when the first
 * rule of that class comes into force. guard_ programs come with the setting selfGuard; home_ is run by the daemon.
 */
#include "hooks_file.h"
#include "hooks_mount.h"
#include "hooks_unix.h"
#include "hooks_process.h"
#include "hooks_network.h"
#include "hooks_capability.h"
#include "hooks_dns.h"
#include "hooks_preset.h"
#include "hooks_guard.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
