/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection of a receiver: reads, hands messages up and writes acknowledgements. What a peer
 * sends wrongly costs its own connection and a line in the log, rate-limited; what it does not
 * finish is bounded in time and in memory.
 */
#include "tribes/transport/tribes-receiver-peer-private.h"

#include <errno.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"

/* Acknowledgements kept for a peer that does not read them; then its connection is closed. */
#define MAX_ACK_BYTES (16384 * TRIBES_FRAME_ACK_SIZE)
/* How long an acknowledgement waits for others, to leave together with them. */
#define MAX_ACK_WAIT_US 1000
/* Frames taken apart before the first of them is handed up. */
#define GROUP_SIZE 16
#define TURN_US    2000

void
tribes_receiver_complain (TribesReceiver *self, const char *peer, const GError *error)
{
  guint suppressed;

  self->connections_refused++;
  if (!tribes_rate_limit_allow (&self->complaints, tribes_clock_get_us (), &suppressed))
    return;
  if (suppressed > 0)
    g_message ("%u more connections were closed for what they sent", suppressed);
  g_message ("connection from %s closed: %s", peer, error->message);
}

void
tribes_receiver_peer_close (TribesReceiverPeer *peer)
{
  if (g_source_is_destroyed (&peer->source))
    return;
  g_queue_unlink (&peer->receiver->connections, &peer->node);
  g_source_destroy (&peer->source);
  g_source_unref (&peer->source);
}

static void
peer_watch (TribesReceiverPeer *peer, GIOCondition condition)
{
  if (peer->watched == condition)
    return;
  peer->watched = condition;
  tribes_stream_watch (&peer->stream, condition);
}

/* FALSE: the connection is no use any more. */
static gboolean
peer_flush (TribesReceiverPeer *peer)
{
  gssize written = 0;

  if (!peer->acks || peer->acks->len == 0)
    return TRUE;
  do
    written = tribes_stream_send (&peer->stream,
                                  &(struct iovec){ peer->acks->data, peer->acks->len }, 1);
  while (written < 0 && errno == EINTR);
  if (written < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
    return FALSE;
  if (written > 0)
    g_byte_array_remove_range (peer->acks, 0, (guint) written);
  peer_watch (peer, peer->acks->len > 0 ? G_IO_IN | G_IO_OUT : G_IO_IN);
  return TRUE;
}

static void
take_released (TribesReceiverPeer *peer)
{
  const guint8 *ack;

  while ((ack = tribes_held_acks_pop (&peer->held)))
    {
      g_byte_array_append (peer->acks, ack, TRIBES_FRAME_ACK_SIZE);
      peer->receiver->acks_sent++;
    }
}

/* Queues an acknowledgement; peer_flush() writes it. @held: (nullable) (transfer full): until when
 * it is kept. */
static gboolean
peer_ack (TribesReceiverPeer *peer, TribesHeldAck *held, const guint8 *ack)
{
  guint n_held = tribes_held_acks_get_length (&peer->held);

  if (!peer->acks)
    peer->acks = g_byte_array_new ();
  if (peer->acks->len + n_held * TRIBES_FRAME_ACK_SIZE >= MAX_ACK_BYTES)
    {
      g_autoptr (GError) error = g_error_new (
          TRIBES_ERROR, TRIBES_ERROR_LIMIT,
          "expected it to read its acknowledgements, found %u bytes of them waiting, and %u more",
          peer->acks->len, n_held);

      tribes_receiver_complain (peer->receiver, peer->peer, error);
      tribes_held_ack_unref (held);
      return FALSE;
    }
  tribes_held_acks_add (&peer->held, held, ack);
  take_released (peer);
  return TRUE;
}

static void
on_ack_released (gpointer data)
{
  TribesReceiverPeer *peer = data;

  take_released (peer);
  if (!peer_flush (peer))
    tribes_receiver_peer_close (peer);
}

/* As the receiver's task, so that whoever is called can keep the acknowledgement. */
static gboolean
call_back (TribesReceiver *self, TribesMessage *message, TribesHeldAck **held, GError **error)
{
  TribesHeldAck **before = self->task;
  gboolean processed;

  self->task = held;
  processed = self->callback (message, self->callback_data, error);
  self->task = before;
  return processed;
}

/* FALSE: the connection is no use any more. */
static gboolean
peer_deliver (TribesReceiverPeer *peer, TribesMessage *message)
{
  TribesReceiver *self = peer->receiver;
  gboolean waits = tribes_receiver_wants_late_ack (message);
  TribesHeldAck *held = NULL;
  g_autoptr (GError) error = NULL;
  gboolean processed = TRUE;

  self->frames_received++;
  if (self->callback)
    processed = call_back (self, message, waits ? &held : NULL, &error);
  if (!processed)
    g_debug ("message from %s not processed: %s", peer->peer, error->message);
  /* The callback may have stopped the receiver. */
  if (g_source_is_destroyed (&peer->source))
    {
      tribes_held_ack_unref (held);
      return FALSE;
    }
  return !waits || peer_ack (peer, held, processed ? tribes_frame_ack : tribes_frame_fail_ack);
}

/* Hands a group of messages up, or drops it if not @good. Acknowledgements that wait for the
 * processing leave in one go behind it, but none waits long for what came after it. */
static gboolean
peer_deliver_group (TribesReceiverPeer *peer, TribesMessage **messages, guint n, gboolean good)
{
  gint64 since_us = -1; /* when the oldest one that waits was queued */

  for (guint i = 0; i < n; i++)
    {
      good = good && peer_deliver (peer, messages[i]);
      tribes_message_unref (messages[i]);
      if (!good || !peer->acks || peer->acks->len == 0)
        continue;
      if (since_us < 0)
        since_us = tribes_clock_get_us ();
      else if (tribes_clock_get_us () - since_us >= MAX_ACK_WAIT_US)
        {
          good = peer_flush (peer);
          since_us = -1;
        }
    }
  return good && peer_flush (peer);
}

/* The connection that holds most of unfinished frames. */
static TribesReceiverPeer *
find_worst (TribesReceiver *self, gsize *pending)
{
  TribesReceiverPeer *worst = NULL;

  *pending = 0;
  for (GList *node = self->connections.head; node; node = node->next)
    {
      TribesReceiverPeer *peer = node->data;

      *pending += peer->core.partial_allocated;
      if (!worst || peer->core.partial_allocated > worst->core.partial_allocated)
        worst = peer;
    }
  return worst;
}

/* What is here is worth nothing while others hold what it lacks. */
static void
relieve (TribesReceiverPeer *starved, const GError *error)
{
  gsize pending;
  TribesReceiverPeer *worst = find_worst (starved->receiver, &pending);

  if (!worst || worst == starved)
    return;
  tribes_receiver_complain (starved->receiver, worst->peer, error);
  tribes_receiver_peer_close (worst);
}

/* Takes frames apart in groups: acknowledgements that do not wait for the processing leave in one
 * go before a group is handed up, and what a group takes is soon used again. */
static gboolean
peer_process (TribesReceiverPeer *peer, const guint8 *data, gsize size, gint64 now_us)
{
  g_autoptr (GError) error = NULL;
  TribesConnectionResult result = TRIBES_CONNECTION_MESSAGE;

  while (result == TRIBES_CONNECTION_MESSAGE)
    {
      TribesMessage *messages[GROUP_SIZE];
      gboolean good = TRUE;
      guint n = 0;

      while (good && n < GROUP_SIZE
             && (result
                 = tribes_connection_next (&peer->core, &data, &size, now_us, &messages[n], &error))
                    == TRIBES_CONNECTION_MESSAGE)
        good = !tribes_receiver_wants_early_ack (messages[n++])
               || peer_ack (peer, NULL, tribes_frame_ack);
      if (!peer_deliver_group (peer, messages, n, good && peer_flush (peer)))
        return FALSE;
    }
  if (result == TRIBES_CONNECTION_WANTS_MORE)
    return TRUE;
  tribes_receiver_complain (peer->receiver, peer->peer, error);
  if (result == TRIBES_CONNECTION_STARVED)
    relieve (peer, error);
  return FALSE;
}

/* Unfinished input is charged to whoever sent it: over the limit the one with most of it goes. */
static void
enforce_pending_limit (TribesReceiver *self)
{
  gsize pending;
  TribesReceiverPeer *worst = find_worst (self, &pending);

  if (pending > self->limits.pending_bytes)
    {
      g_autoptr (GError) error
          = g_error_new (TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                         "expected at most %" G_GSIZE_FORMAT
                         " bytes of unfinished frames on all connections, "
                         "found %" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT " of them here",
                         self->limits.pending_bytes, pending, worst->core.partial_allocated);

      tribes_receiver_complain (self, worst->peer, error);
      tribes_receiver_peer_close (worst);
    }
}

/* What is read in one turn of the main loop is to be processed in TURN_US, whatever the callback
 * costs: other connections wait that long. */
static void
adapt_read_size (TribesReceiver *self, gboolean filled, gint64 took_us)
{
  if (took_us > TURN_US)
    self->read_size = MAX (self->read_size / 2, TRIBES_RECEIVER_MIN_READ);
  else if (filled && took_us < TURN_US / 4)
    self->read_size = MIN (self->read_size * 2, TRIBES_RECEIVER_MAX_READ);
}

static gssize
peer_recv (TribesReceiverPeer *peer, guint8 *into, gsize room)
{
  TribesReceiver *self = peer->receiver;
  gssize size = tribes_stream_recv (&peer->stream, into, room);

  if (size <= 0)
    return size;
  self->bytes_received += (guint64) size;
  g_queue_unlink (&self->connections, &peer->node);
  g_queue_push_tail_link (&self->connections, &peer->node);
  return size;
}

/* Whether the connection is still of use after recv() has returned nothing. */
static gboolean
is_alive (gssize size)
{
  return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

/* Into the buffer of the frame that is unfinished. */
static gboolean
peer_read_direct (TribesReceiverPeer *peer, guint8 *into, gsize room, gint64 now_us)
{
  gssize size = peer_recv (peer, into, room);

  if (size <= 0)
    return is_alive (size);
  tribes_connection_filled (&peer->core, (gsize) size);
  enforce_pending_limit (peer->receiver);
  return !g_source_is_destroyed (&peer->source) && peer_process (peer, NULL, 0, now_us);
}

static gboolean
peer_read (TribesReceiverPeer *peer)
{
  TribesReceiver *self = peer->receiver;
  gint64 now_us = tribes_clock_get_us ();
  gsize room, read_size = self->read_size;
  guint8 *into = tribes_connection_room (&peer->core, TRIBES_RECEIVER_MAX_DIRECT, &room);
  guint8 *scratch;
  gssize size;
  gboolean good;

  if (into)
    return peer_read_direct (peer, into, room, now_us);
  /* Not the receiver's meanwhile: a callback may run the main loop, and so read from others. */
  scratch = g_steal_pointer (&self->scratch);
  if (!scratch)
    scratch = g_malloc (TRIBES_RECEIVER_MAX_READ);
  size = peer_recv (peer, scratch, read_size);
  good = size > 0 ? peer_process (peer, scratch, (gsize) size, now_us) : is_alive (size);
  if (size > 0)
    adapt_read_size (self, (gsize) size == read_size, tribes_clock_get_us () - now_us);
  if (self->context && !self->scratch)
    self->scratch = g_steal_pointer (&scratch);
  g_free (scratch);
  return good;
}

static gboolean
peer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  TribesReceiverPeer *peer = (TribesReceiverPeer *) source;
  g_autoptr (TribesReceiver) receiver = g_object_ref (peer->receiver);
  GIOCondition condition = tribes_stream_query (&peer->stream);
  gboolean good = TRUE;

  if (condition & G_IO_OUT)
    good = peer_flush (peer);
  if (good && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)))
    good = peer_read (peer);
  if (!good)
    tribes_receiver_peer_close (peer);
  return g_source_is_destroyed (source) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
peer_finalize (GSource *source)
{
  TribesReceiverPeer *peer = (TribesReceiverPeer *) source;

  tribes_stream_close (&peer->stream);
  tribes_connection_clear (&peer->core);
  tribes_held_acks_clear (&peer->held);
  g_clear_pointer (&peer->acks, g_byte_array_unref);
  g_clear_pointer (&peer->peer, g_free);
}

static GSourceFuncs peer_funcs = { .dispatch = peer_dispatch, .finalize = peer_finalize };

char *
tribes_receiver_describe (const struct sockaddr *address, socklen_t size)
{
  g_autoptr (GSocketAddress) native
      = g_socket_address_new_from_native ((gpointer) address, (gsize) size);

  if (!G_IS_SOCKET_CONNECTABLE (native))
    return g_strdup ("an unknown address");
  return g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (native));
}

void
tribes_receiver_peer_new (TribesReceiver *self, int fd, TribesPipe *pipe, char *name)
{
  TribesReceiverPeer *peer
      = (TribesReceiverPeer *) g_source_new (&peer_funcs, sizeof (TribesReceiverPeer));

  peer->receiver = self;
  peer->peer = name;
  peer->node.data = peer;
  tribes_connection_init (&peer->core, &self->limits);
  tribes_held_acks_init (&peer->held, on_ack_released, peer);
  tribes_socket_options_apply (&self->socket_options, fd);
  tribes_stream_accepted (&peer->stream, &peer->source, fd, pipe);
  peer_watch (peer, G_IO_IN);
  g_source_set_static_name (&peer->source, "tribes-receiver");
  g_source_attach (&peer->source, self->context);
  g_queue_push_tail_link (&self->connections, &peer->node);
}
