/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's note, and the page that it serves. */
#ifndef KUBEARMOR_HTTP_NOTE_H
#define KUBEARMOR_HTTP_NOTE_H

#include <stdint.h>

/* The bytes of page.html, a constant of the library. */
const unsigned char *kubearmor_page(uint64_t *size);

#endif
