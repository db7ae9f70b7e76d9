// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_MONITOR, "replay", "0.1.0", "Apache-2.0", "",
		      "Plays back what kubearmor record has recorded.");
