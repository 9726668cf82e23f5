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
} TribesSocketOptions;

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
