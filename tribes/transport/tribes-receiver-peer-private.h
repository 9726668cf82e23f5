/* SPDX-License-Identifier: Apache-2.0
 *
 * What a receiver and its connections know of each other.
 */
#pragma once

#include <gio/gio.h>
#include <sys/socket.h>

#include "tribes/transport/tribes-connection-private.h"
#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/transport/tribes-socket-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-stream-private.h"

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
  int udp_port;
  TribesSocketOptions udp_options;
  TribesLimits limits;

  TribesReceiverCallback callback;
  gpointer callback_data;
  gboolean (*knows) (TribesMember *member, gpointer data); /* (nullable): everybody */

  GMainContext *context; /* while started */
  char *host;            /* the address it listens at */
  GSource *listener;
  GSource *ticker;
  GSource *datagrams; /* (nullable): where there is no UDP port */
  GQueue connections; /* in the order of their last activity, oldest first */
  guint8 *scratch;    /* (nullable): what is read goes there, whichever connection it comes from */
  gsize read_size;    /* how much at once */
  guint max_connections; /* of the limits, and of what descriptors there are */
  TribesRateLimit complaints;
  TribesRateLimit pauses;
  TribesRateLimit datagram_complaints;
  /* (nullable): of what the callback is called for, if its sender waits until that is processed. */
  TribesHeldAck **task;
  guint64 frames_received;
  guint64 bytes_received;
  guint64 acks_sent;
  guint64 connections_refused;
  guint64 datagrams_received;
  guint64 datagrams_refused;
  guint64 datagrams_lost;
};

/* A connection; also the GSource that watches its socket. */
typedef struct
{
  GSource source;
  TribesReceiver *receiver; /* not owned: the receiver owns its connections */
  GList node;               /* in the receiver's list */
  TribesStream stream;
  GIOCondition watched;
  TribesConnection core;
  GByteArray *acks;    /* (nullable): what could not be written yet */
  TribesHeldAcks held; /* what may not be yet */
  char *peer;          /* who it is, for the log */
} TribesReceiverPeer;

/* Takes a connection over, a socket or one in memory, and who it is, for the log; it is in the
 * receiver's list until it is closed. */
void tribes_receiver_peer_new (TribesReceiver *self, int fd, TribesPipe *pipe, char *name);
void tribes_receiver_peer_close (TribesReceiverPeer *peer);

/* Reports a connection that is closed for what its peer did, unless there were many of late. */
void tribes_receiver_complain (TribesReceiver *self, const char *peer, const GError *error);

/* (transfer full): host and port, for the log. */
char *tribes_receiver_describe (const struct sockaddr *address, socklen_t size);

/* Binds the UDP port where one is set; the source is not attached yet. */
gboolean tribes_receiver_open_datagrams (TribesReceiver *self,
                                         GInetAddress *address,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* -1: there is none. */
int tribes_receiver_datagrams_fd (TribesReceiver *self);

/* Acknowledged when it has arrived, or when it has been processed. */
static inline gboolean
tribes_receiver_wants_early_ack (TribesMessage *message)
{
  TribesSendOptions options = tribes_message_get_options (message);

  return (options & TRIBES_SEND_OPTIONS_USE_ACK)
         && !(options & TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK);
}

static inline gboolean
tribes_receiver_wants_late_ack (TribesMessage *message)
{
  const guint both = TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK;

  return (tribes_message_get_options (message) & both) == both;
}

G_END_DECLS
