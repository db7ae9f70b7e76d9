// SPDX-License-Identifier: Apache-2.0
#include "note.h"
#include "plugin.h"

KUBEARMOR_PLUGIN_NOTE(KUBEARMOR_KIND_FEEDER, "http", "0.1.0", "Apache-2.0", "",
		      "Serves metrics, health and a live page over HTTP.");

static const unsigned char page[] = {
#embed "page.html"
};

const unsigned char *kubearmor_page(uint64_t *size)
{
	*size = sizeof(page);
	return page;
}
