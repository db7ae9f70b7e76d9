// SPDX-License-Identifier: Apache-2.0
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_FEEDER, "syslog", "0.1.0", "Apache-2.0", "",
		      "Sends alerts, logs and messages to a syslog server (RFC 5424).");
