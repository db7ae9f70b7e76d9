/* SPDX-License-Identifier: Apache-2.0 */
/* labgrab PID FD: takes a descriptor of another process by pidfd_getfd. Exits with 0 or the errno value. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int process, taken;

	if (argc != 3)
		return 2;
	process = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	taken = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, atoi(argv[2]), 0);
	printf("labgrab: %s\n", taken < 0 ? strerror(errno) : "ok");
	return taken < 0 ? errno : 0;
}
