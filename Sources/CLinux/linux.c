// SPDX-License-Identifier: Apache-2.0
#include "kubearmor_linux.h"

#include <errno.h>
#include <fcntl.h>

int kubearmor_open(const char *path, int flags, uint32_t mode)
{
	int fd = open(path, flags, mode);

	return fd < 0 ? -errno : fd;
}
