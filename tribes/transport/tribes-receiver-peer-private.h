/* SPDX-License-Identifier: Apache-2.0
 *
 * What a receiver and its connections know of each other.
 */
#pragma once

#include <sys/socket.h>

#include "tribes/transport/tribes-connection-private.h"
#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/transport/tribes-socket-private.h"
#include "tribes/base/tribes-rate-limit-private.h"

G_BEGIN_DECLS

/* Read at once. More does not stay in a processor's cache until it is looked at. */
#define TRIBES_RECEIVER_MAX_READ (64 * 1024)
#define TRIBES_RECEIVER_MIN_READ (4 * 1024)
/* The same into the buffer of a large frame, where nobody looks before it is complete. */
#define TRIBES_RECEIVER_MAX_DIRECT (256 * 1024)

struct _TribesReceiver
{
  GObject parent_instance;

  char *address;
  int port;
  int auto_bind;
  int secure_port;
  TribesSocketOptions socket_options;
  gboolean so_reuse_address;
  TribesLimits limits;

  TribesReceiverCallback callback;
  gpointer callback_data;

  GMainContext *context; /* while started */
  char *host;            /* the address it listens at */
  GSource *listener;
  GSource *ticker;
  GQueue connections; /* in the order of their last activity, oldest first */
  guint8 *scratch; /* (nullable): what is read goes there, whichever connection it comes from */
  gsize read_size; /* how much at once */
  guint max_connections; /* of the limits, and of what descriptors there are */
  TribesRateLimit complaints;
  TribesRateLimit pauses;
  guint64 frames_received;
  guint64 bytes_received;
  guint64 acks_sent;
  guint64 connections_refused;
};

/* A connection; also the GSource that watches its socket. */
typedef struct
{
  GSource source;
  TribesReceiver *receiver; /* not owned: the receiver owns its connections */
  GList node;               /* in the receiver's list */
  int fd;
  gpointer tag;
  GIOCondition watched;
  TribesConnection core;
  GByteArray *acks; /* (nullable): what could not be written yet */
  char *peer;       /* who it is, for the log */
} TribesReceiverPeer;

/* Takes a connection over; it is in the receiver's list until it is closed. */
void tribes_receiver_peer_new (TribesReceiver *self,
                               int fd,
                               const struct sockaddr *address,
                               socklen_t size);
void tribes_receiver_peer_close (TribesReceiverPeer *peer);

/* Reports a connection that is closed for what its peer did, unless there were many of late. */
void tribes_receiver_complain (TribesReceiver *self, const char *peer, const GError *error);

G_END_DECLS
