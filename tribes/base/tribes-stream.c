/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a stream is a socket it is a thin layer over the system's calls, so that nothing is lost
 * against calling them.
 */
#include "tribes/base/tribes-stream-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <unistd.h>

int
tribes_stream_open (TribesStream *self, GSource *source, int family)
{
  self->source = source;
  if (tribes_network_get_current ())
    return 0;
  self->fd = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (self->fd < 0)
    return errno;
  self->watched = G_IO_OUT;
  self->tag = g_source_add_unix_fd (source, self->fd, self->watched);
  return 0;
}

static int
connect_in_memory (TribesStream *self,
                   TribesNetwork *network,
                   GMainContext *context,
                   const struct sockaddr *address)
{
  TribesHost *host = tribes_network_find_host (network, context);
  const struct sockaddr_in *in = (const struct sockaddr_in *) address;
  int code;

  if (!host)
    return ENETDOWN;
  if (address->sa_family != AF_INET)
    return ENETUNREACH;
  code = tribes_pipe_connect (host, (const guint8 *) &in->sin_addr, ntohs (in->sin_port),
                              self->source, &self->pipe);
  if (code != 0)
    return code;
  tribes_pipe_watch (self->pipe, G_IO_OUT);
  return EINPROGRESS;
}

int
tribes_stream_connect (TribesStream *self,
                       GMainContext *context,
                       const struct sockaddr *address,
                       socklen_t size)
{
  TribesNetwork *network = tribes_network_get_current ();

  if (network)
    return connect_in_memory (self, network, context, address);
  return connect (self->fd, address, size) == 0 ? 0 : errno;
}

int
tribes_stream_get_error (TribesStream *self)
{
  int code = 0;
  socklen_t size = sizeof code;

  if (self->pipe)
    return tribes_pipe_get_error (self->pipe);
  return getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

void
tribes_stream_accepted (TribesStream *self, GSource *source, int fd, TribesPipe *pipe)
{
  self->source = source;
  self->fd = fd;
  self->watched = 0;
  self->pipe = pipe;
  if (pipe)
    tribes_pipe_attach (pipe, source);
  else
    self->tag = g_source_add_unix_fd (source, fd, 0);
}

void
tribes_stream_close (TribesStream *self)
{
  if (self->fd >= 0)
    {
      if (!g_source_is_destroyed (self->source))
        g_source_remove_unix_fd (self->source, self->tag);
      close (self->fd);
    }
  g_clear_pointer (&self->pipe, tribes_pipe_close);
  self->fd = -1;
  self->tag = NULL;
}

static gssize
send_in_memory (TribesPipe *pipe, struct iovec *vectors, guint n_vectors)
{
  gssize sent = 0;

  for (guint i = 0; i < n_vectors; i++)
    {
      gssize n = tribes_pipe_send (pipe, vectors[i].iov_base, vectors[i].iov_len);

      if (n < 0)
        return sent > 0 ? sent : n;
      sent += n;
      if ((gsize) n < vectors[i].iov_len)
        break;
    }
  return sent;
}

gssize
tribes_stream_send (TribesStream *self, struct iovec *vectors, guint n_vectors)
{
  const struct msghdr message = { .msg_iov = vectors, .msg_iovlen = n_vectors };

  if (self->pipe)
    return send_in_memory (self->pipe, vectors, n_vectors);
  return sendmsg (self->fd, &message, MSG_NOSIGNAL);
}

gssize
tribes_stream_recv (TribesStream *self, guint8 *into, gsize room)
{
  return self->pipe ? tribes_pipe_recv (self->pipe, into, room) : recv (self->fd, into, room, 0);
}

void
tribes_stream_watch (TribesStream *self, GIOCondition condition)
{
  if (self->pipe)
    {
      tribes_pipe_watch (self->pipe, condition);
      return;
    }
  if (condition == self->watched)
    return;
  self->watched = condition;
  g_source_modify_unix_fd (self->source, self->tag, condition);
}

GIOCondition
tribes_stream_query (TribesStream *self)
{
  if (self->pipe)
    return tribes_pipe_query (self->pipe);
  return self->fd >= 0 ? g_source_query_unix_fd (self->source, self->tag) : 0;
}
