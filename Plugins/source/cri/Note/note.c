// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_SOURCE, "cri", "0.1.0", "Apache-2.0", "",
		      "Tells of the containers of a runtime with the Container Runtime Interface, such as CRI-O.");
