// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_FEEDER, "otlp", "0.1.0", "Apache-2.0", "",
		      "Sends logs and metrics to an OpenTelemetry collector (OTLP over HTTP).");
