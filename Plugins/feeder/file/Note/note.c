// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_FEEDER, "file", "0.1.0", "Apache-2.0", "",
		      "Writes alerts and logs to stdout or a file, one JSON object a line.");
