// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_FEEDER, "grpc", "0.1.0", "Apache-2.0", "",
		      "Serves alerts, logs and policies to KubeArmor's gRPC clients.");
