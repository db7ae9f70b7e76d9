/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unix sockets that have a path, and who is at their other end. Each function
 * returns its result or a negative errno value; descriptors are non-blocking
 * and closed on exec.
 */
#ifndef KUBEARMOR_LOCAL_SOCKET_H
#define KUBEARMOR_LOCAL_SOCKET_H

#include <stddef.h>
#include <stdint.h>

/* Listens at `path` with mode 0600, in place of what a process that ended has left there. */
int kubearmor_local_listen(const char *path);

/* The next connection; -EAGAIN when there is none. */
int kubearmor_local_accept(int fd);

/* A connection to `path`; -EAGAIN when the listener's queue is full. */
int kubearmor_local_connect(const char *path);

/* The same for a socket that takes datagrams; -EPROTOTYPE when it takes a stream. */
int kubearmor_local_connect_datagram(const char *path);

/*
 * 1 when who connected, or who listens, at the other end is root or whom this process is run by; 0 for others, and when
 * it cannot be told: uid is then UINT32_MAX. pid is 0 for a process that this pid namespace does not show.
 */
int kubearmor_local_is_trusted(int fd, uint32_t *pid, uint32_t *uid);

/* Sends without waiting and without SIGPIPE; the number of bytes taken. */
int kubearmor_local_send(int fd, const void *bytes, size_t size);

/* Receives without waiting; 0 at the end, -EAGAIN when there is nothing yet. */
int kubearmor_local_receive(int fd, void *bytes, size_t size);

/* 1 while the other end has not gone away. */
int kubearmor_local_is_connected(int fd);

/* 1 when the descriptor is ready for reading (or, with `writing`, for that), 0 after timeout_ms or a signal. */
int kubearmor_local_wait(int fd, int writing, int timeout_ms);

/* One line for the system's log, as a warning of the daemon facility. */
void kubearmor_system_log(const char *text);

#endif
