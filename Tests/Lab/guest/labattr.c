/* SPDX-License-Identifier: Apache-2.0 */
/* labattr FILE: removes the extended attribute that `labtool setxattr` sets. Exits with 0 or the errno value. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

int main(int argc, char **argv)
{
	int error;

	if (argc != 2)
		return 2;
	error = removexattr(argv[1], "security.lab") ? errno : 0;
	printf("labattr: %s\n", error ? strerror(error) : "ok");
	return error;
}
