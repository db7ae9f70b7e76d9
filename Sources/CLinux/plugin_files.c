// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "kubearmor_plugin_files.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int kubearmor_openat(int directory, const char *name, int flags)
{
	int fd = openat(directory, name, flags);

	return fd < 0 ? -errno : fd;
}

int kubearmor_walk_flags(void)
{
	return O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
}

int kubearmor_plugin_flags(void)
{
	return O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
}

int kubearmor_is_secure_execution(void)
{
	return getauxval(AT_SECURE) != 0;
}

int kubearmor_same_object(const void *address, const void *inside)
{
	Dl_info one, other;

	if (!dladdr(address, &one) || !dladdr(inside, &other))
		return 0;
	return one.dli_fbase == other.dli_fbase;
}

int kubearmor_pipe(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
}

void kubearmor_become_child(void)
{
	const struct rlimit none = {0, 0};
	const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

	for (unsigned int i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
}

int kubearmor_exit_of(int status)
{
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}
