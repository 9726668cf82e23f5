/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of TCP sockets that both sides have, as Tomcat has them for both.
 */
#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

G_BEGIN_DECLS

typedef struct
{
  gboolean tcp_no_delay;
  gboolean so_keep_alive;
  /* Bytes; 0 leaves the size to the kernel. It grants twice as much, for its own bookkeeping, but
   * no more than twice net.core.rmem_max or wmem_max, and does not say so. */
  int rx_buf_size;
  int tx_buf_size;
} TribesSocketOptions;

/* The size of the receive buffer has to be known before the handshake, which announces how large
 * the window may become: before listen() or connect(). What listen() makes inherits both. */
static inline void
tribes_socket_options_apply_buffers (const TribesSocketOptions *options, int fd)
{
  if (options->rx_buf_size > 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &options->rx_buf_size, sizeof options->rx_buf_size);
  if (options->tx_buf_size > 0)
    setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &options->tx_buf_size, sizeof options->tx_buf_size);
}

static inline void
tribes_socket_options_apply (const TribesSocketOptions *options, int fd)
{
  const int one = 1;

  if (options->tcp_no_delay)
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (options->so_keep_alive)
    setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
}

G_END_DECLS
