/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux calls that Swift cannot import (variadic functions, macros, calls that
 * glibc lacks). Each returns its result or a negative errno value.
 */
#ifndef KUBEARMOR_LINUX_H
#define KUBEARMOR_LINUX_H

#include <stddef.h>
#include <stdint.h>

/* open(2); mode is used with O_CREAT. */
int kubearmor_open(const char *path, int flags, uint32_t mode);

/* All of the bytes, however many calls it takes; 0, or why the system takes no more. */
int kubearmor_write_all(int fd, const void *bytes, size_t size);

/* Rows and columns of the terminal behind a descriptor; -ENOTTY when there is none. */
int kubearmor_terminal_size(int fd, uint16_t *rows, uint16_t *columns);

#endif
