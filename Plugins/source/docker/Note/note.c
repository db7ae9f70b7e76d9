// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_SOURCE, "docker", "0.1.0", "Apache-2.0", "",
		      "Tells of the containers of the Docker Engine, by its HTTP API.");
