// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_FEEDER, "local", "0.1.0", "Apache-2.0", "",
		      "Hands alerts, logs and messages to programs on this node, such as kubearmor logs.");
