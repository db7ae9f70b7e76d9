// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_SOURCE, "nri", "0.1.0", "Apache-2.0", "",
		      "Holds containers before their first instruction, by a runtime's NRI.");
