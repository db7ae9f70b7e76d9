// SPDX-License-Identifier: Apache-2.0
#include "kubearmor_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

int kubearmor_open(const char *path, int flags, uint32_t mode)
{
	int fd = open(path, flags, mode);

	return fd < 0 ? -errno : fd;
}

int kubearmor_write_all(int fd, const void *bytes, size_t size)
{
	const char *rest = bytes;

	while (size) {
		ssize_t count = write(fd, rest, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? -errno : -EIO;
		rest += count;
		size -= (size_t)count;
	}
	return 0;
}

int kubearmor_terminal_size(int fd, uint16_t *rows, uint16_t *columns)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size))
		return -errno;
	*rows = size.ws_row;
	*columns = size.ws_col;
	return 0;
}
