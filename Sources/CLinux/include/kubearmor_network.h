/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets to and from other machines. Each function returns its result or a
 * negative errno value; descriptors are non-blocking and closed on exec.
 * kubearmor_local_send and _receive of kubearmor_local_socket.h work on them
 * too.
 */
#ifndef KUBEARMOR_NETWORK_H
#define KUBEARMOR_NETWORK_H

#include <stddef.h>
#include <stdint.h>

/*
 * A connection to host and port, each address of the host tried in turn for
 * timeout_ms. A name is looked up, which takes as long as the resolver does;
 * -ENXIO when there is no such name.
 */
int kubearmor_network_connect(const char *host, const char *port, int datagram, int timeout_ms);

/* Listens at a numeric address. */
int kubearmor_network_listen(const char *address, const char *port);

/* The port that a listener has, for one that asked for port 0. */
int kubearmor_network_port(int fd);

/* Asks the kernel to take more before a datagram's or a stream's sender must wait; a wish. */
void kubearmor_network_buffer(int fd, int bytes);

/* Bytes that this process has in memory; 0 when that cannot be read. */
uint64_t kubearmor_resident_bytes(void);

#endif
