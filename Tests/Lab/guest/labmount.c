/* SPDX-License-Identifier: Apache-2.0 */
/* labmount move FROM TO: moves a mount by move_mount(2), as newer mount(8) does. Exits with 0 or the errno value. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int error;

	if (argc != 4 || strcmp(argv[1], "move"))
		return 2;
	error = syscall(SYS_move_mount, AT_FDCWD, argv[2], AT_FDCWD, argv[3], 0) ? errno : 0;
	printf("labmount: %s\n", error ? strerror(error) : "ok");
	return error;
}
