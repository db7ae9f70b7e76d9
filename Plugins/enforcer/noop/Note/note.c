// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_ENFORCER, "noop", "0.1.0", "Apache-2.0", "",
		      "Blocks nothing; takes rule sets so that audit rules work through monitors.");
