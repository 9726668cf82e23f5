/* SPDX-License-Identifier: Apache-2.0
 *
 * A TCP connection that a GSource watches: a socket, or, in a thread with a network in memory, an
 * end of a stream there. Nothing blocks; what goes wrong is in errno.
 */
#pragma once

#include <glib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tribes/base/tribes-network-private.h"

G_BEGIN_DECLS

/* Private to the functions, but for @fd: options are set on it, which does nothing to one that is
 * no socket. */
typedef struct
{
  GSource *source;      /* not owned: it owns the stream */
  int fd;               /* -1: closed, or in memory */
  gpointer tag;         /* of @fd in the source */
  GIOCondition watched; /* of @fd: to say the same again costs a system call */
  TribesPipe *pipe;     /* (nullable) */
} TribesStream;

#define TRIBES_STREAM_INIT                                                                         \
  {                                                                                                \
    NULL, -1, NULL, 0, NULL                                                                        \
  }

static inline gboolean
tribes_stream_is_open (const TribesStream *self)
{
  return self->fd >= 0 || self->pipe;
}

/* All: 0, or as errno has it. tribes_stream_connect() gives EINPROGRESS, too: it may be written to
 * when it is known how that ended, which tribes_stream_get_error() then tells. @source runs in
 * @context. */
int tribes_stream_open (TribesStream *self, GSource *source, int family);
int tribes_stream_connect (TribesStream *self,
                           GMainContext *context,
                           const struct sockaddr *address,
                           socklen_t size);
int tribes_stream_get_error (TribesStream *self);
/* Takes what was accepted: a socket, or, where there is one, @pipe. */
void tribes_stream_accepted (TribesStream *self, GSource *source, int fd, TribesPipe *pipe);
/* @source may be destroyed. */
void tribes_stream_close (TribesStream *self);

/* As sendmsg() and recv(). */
gssize tribes_stream_send (TribesStream *self, struct iovec *vectors, guint n_vectors);
gssize tribes_stream_recv (TribesStream *self, guint8 *into, gsize room);

void tribes_stream_watch (TribesStream *self, GIOCondition condition);
/* In its dispatch. */
GIOCondition tribes_stream_query (TribesStream *self);

G_END_DECLS
