/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue of one destination. Each frame that was taken ends in exactly one event, done or
 * failed, and is sent anew only over a new connection and as often as the settings allow.
 */
#include "tribes/transport/tribes-link-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"

/* Bytes of a frame that the other side takes before that counts as progress: it could take one at a
 * time. */
#define PROGRESS_STEP 16384
/* How long the other side may work at a frame while it is done with all others, in microseconds, as
 * far as anybody who waits for that one goes by it. */
#define UNSURE_US (1000 * 1000)
/* Behind that no other frame leaves until all are acknowledged, so that where something is always
 * under way nobody waits for long. */
#define HOLD_US (5 * 1000)

typedef struct
{
  GList node; /* in @unsent, @unacked or @unsure; its data is the entry */
  TribesOutgoing *frame;
  TribesOutgoingBytes *bytes; /* (nullable): as which it was last handed out */
  gboolean was_written;       /* some of @bytes, over an earlier connection */
  gsize size;
  gsize written;
  TribesAck ack;
  guint attempts;
  gint64 queued_us;
  gint64 written_us; /* whole */
  gint64 ack_us;     /* what the acknowledgement took; -1: there is none */
  gint64 sure_us;    /* when it can hardly have been another's */
  GError *refusal;   /* (nullable): what it said */
  gpointer token;
} Entry;

typedef struct
{
  GList node;
  TribesLinkEvent event;
} QueuedEvent;

struct _TribesLink
{
  TribesLinkSettings settings;
  gboolean connecting;
  gboolean connected;
  gboolean wrote_any; /* on this connection */
  gint64 frames_on_connection;
  gint64 progress_us;  /* when a frame last left, a part of one, or an acknowledgement came */
  gsize progress_mark; /* bytes of the frame being written from which there is progress again */
  gsize queued_bytes;
  GQueue unsent;  /* in order; only the first may be partly written */
  GQueue unacked; /* in order, all older than the unsent ones */
  GQueue unsure;  /* in order: acknowledged, if that was not for one of the unacked */
  GQueue events;
  guint8 input[TRIBES_FRAME_ACK_SIZE];
  gsize input_size;
};

TribesLink *
tribes_link_new (const TribesLinkSettings *settings)
{
  TribesLink *link = g_new0 (TribesLink, 1);

  link->settings = *settings;
  g_queue_init (&link->unsent);
  g_queue_init (&link->unacked);
  g_queue_init (&link->unsure);
  g_queue_init (&link->events);
  return link;
}

static void
entry_finish (TribesLink *link, Entry *entry, GError *error)
{
  QueuedEvent *queued = g_new0 (QueuedEvent, 1);

  link->queued_bytes -= entry->size;
  queued->event.token = entry->token;
  queued->event.error = error;
  queued->event.ack_us = entry->ack_us;
  queued->node.data = queued;
  g_queue_push_tail_link (&link->events, &queued->node);
  g_clear_pointer (&entry->bytes, tribes_outgoing_bytes_unref);
  tribes_outgoing_unref (entry->frame);
  g_free (entry);
}

static Entry *
pop_entry (GQueue *queue)
{
  GList *node = g_queue_pop_head_link (queue);

  return node ? node->data : NULL;
}

/* Those that are so at @now_us; G_MAXINT64: all of them. */
static void
finish_sure (TribesLink *link, gint64 now_us)
{
  Entry *entry;

  while ((entry = g_queue_peek_head (&link->unsure)) && entry->sure_us <= now_us)
    {
      g_queue_pop_head_link (&link->unsure);
      entry_finish (link, entry, g_steal_pointer (&entry->refusal));
    }
}

void
tribes_link_fail_all (TribesLink *link, const GError *error)
{
  Entry *entry;

  finish_sure (link, G_MAXINT64);
  while ((entry = pop_entry (&link->unacked)))
    entry_finish (link, entry, g_error_copy (error));
  while ((entry = pop_entry (&link->unsent)))
    entry_finish (link, entry, g_error_copy (error));
}

void
tribes_link_free (TribesLink *link)
{
  g_autoptr (GError) error
      = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED, "the sender was freed");
  TribesLinkEvent event;

  tribes_link_fail_all (link, error);
  while (tribes_link_pop_event (link, &event))
    g_clear_error (&event.error);
  g_free (link);
}

gboolean
tribes_link_enqueue (TribesLink *link,
                     TribesOutgoing *frame,
                     TribesAck ack,
                     gpointer token,
                     gint64 now_us,
                     GError **error)
{
  gsize size = tribes_outgoing_get_size (frame);
  Entry *entry;

  /* A frame over the limit may still travel alone: the limit is on what piles up. */
  if (link->queued_bytes > 0 && link->queued_bytes + size > link->settings.max_queued_bytes)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_BUSY,
                   "%u frames with %" G_GSIZE_FORMAT " bytes are queued already, %" G_GSIZE_FORMAT
                   " more are over the limit of %" G_GSIZE_FORMAT,
                   tribes_link_get_queued_frames (link), link->queued_bytes, size,
                   link->settings.max_queued_bytes);
      return FALSE;
    }
  entry = g_new0 (Entry, 1);
  entry->node.data = entry;
  entry->frame = tribes_outgoing_ref (frame);
  entry->size = size;
  entry->ack = ack;
  entry->queued_us = now_us;
  entry->ack_us = -1;
  entry->token = token;
  link->queued_bytes += size;
  g_queue_push_tail_link (&link->unsent, &entry->node);
  return TRUE;
}

TribesLinkState
tribes_link_get_state (TribesLink *link)
{
  if (link->connected)
    return TRIBES_LINK_CONNECTED;
  if (link->connecting)
    return TRIBES_LINK_CONNECTING;
  return g_queue_is_empty (&link->unsent) ? TRIBES_LINK_IDLE : TRIBES_LINK_WANTED;
}

void
tribes_link_connecting (TribesLink *link, gint64 now_us)
{
  link->connecting = TRUE;
}

void
tribes_link_connected (TribesLink *link, gint64 now_us)
{
  link->connecting = FALSE;
  link->connected = TRUE;
  link->wrote_any = FALSE;
  link->frames_on_connection = 0;
  link->input_size = 0;
  link->progress_us = now_us;
  link->progress_mark = PROGRESS_STEP;
}

/* What is under way goes over another one. What was acknowledged does not: it was read, or as many
 * others were. */
static void
forget_connection (TribesLink *link)
{
  finish_sure (link, G_MAXINT64);
  link->connecting = link->connected = FALSE;
  link->input_size = 0;
}

/* Frames waiting for an acknowledgement go back in front of the unsent ones, in their order. */
static void
requeue_unacked (TribesLink *link)
{
  GList *node;

  while ((node = g_queue_pop_tail_link (&link->unacked)))
    g_queue_push_head_link (&link->unsent, node);
}

/* From its beginning over another connection. */
static void
entry_rewind (Entry *entry)
{
  entry->was_written |= entry->written > 0;
  entry->written = 0;
}

void
tribes_link_failed (TribesLink *link, const GError *error, gint64 now_us)
{
  /* A connection that took nothing was an attempt for everything that waited for it; one that took
   * something only for what it took. Otherwise a peer that accepts and closes would be tried
   * forever. */
  gboolean all = !link->connected || !link->wrote_any;
  guint n_unacked = g_queue_get_length (&link->unacked);
  GQueue again = G_QUEUE_INIT;
  Entry *entry;

  forget_connection (link);
  requeue_unacked (link);
  for (guint i = 0; (entry = pop_entry (&link->unsent)); i++)
    {
      if (all || i < n_unacked || entry->written > 0)
        entry->attempts++;
      entry_rewind (entry);
      if (entry->attempts > link->settings.max_retries)
        entry_finish (link, entry, g_error_copy (error));
      else
        g_queue_push_tail_link (&again, &entry->node);
    }
  link->unsent = again;
}

void
tribes_link_closed (TribesLink *link, gint64 now_us)
{
  g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                                                  "the other side closed the connection");

  if (g_queue_is_empty (&link->unacked) && g_queue_is_empty (&link->unsent))
    forget_connection (link);
  else
    tribes_link_failed (link, error, now_us);
}

/* What was begun goes on as it is; the rest as it is best now. */
static void
entry_take (Entry *entry, gint64 now_us)
{
  TribesOutgoingBytes *bytes;

  if (entry->bytes && entry->written > 0)
    return;
  bytes = tribes_outgoing_take (entry->frame, entry->was_written ? entry->bytes : NULL, now_us);
  entry->was_written = FALSE;
  g_clear_pointer (&entry->bytes, tribes_outgoing_bytes_unref);
  entry->bytes = bytes;
}

/* What of @entry is still to be written. */
static guint
entry_output (Entry *entry, struct iovec *vectors, guint n_vectors, gint64 now_us)
{
  gsize skip = entry->written;
  guint n = 0;

  entry_take (entry, now_us);
  for (guint i = 0; i < entry->bytes->n_pieces && n < n_vectors; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (entry->bytes->pieces[i], &size);
      gsize skipped = MIN (skip, size);

      skip -= skipped;
      if (size == skipped)
        continue;
      vectors[n].iov_base = (gpointer) (data + skipped);
      vectors[n].iov_len = size - skipped;
      n++;
    }
  return n;
}

static gboolean
holds_back (TribesLink *link, gint64 now_us)
{
  Entry *unsure = g_queue_peek_head (&link->unsure);

  return unsure && !g_queue_is_empty (&link->unacked)
         && now_us >= unsure->sure_us - UNSURE_US + HOLD_US;
}

guint
tribes_link_output (TribesLink *link, struct iovec *vectors, guint n_vectors, gint64 now_us)
{
  gboolean holds = holds_back (link, now_us);
  guint n = 0;

  if (!link->connected)
    return 0;
  for (GList *node = link->unsent.head; node && n < n_vectors; node = node->next)
    if (!holds || ((Entry *) node->data)->written > 0)
      n += entry_output (node->data, vectors + n, n_vectors - n, now_us);
  return n;
}

void
tribes_link_written (TribesLink *link, gsize size, gint64 now_us)
{
  link->wrote_any |= size > 0;
  while (size > 0)
    {
      Entry *entry = g_queue_peek_head (&link->unsent);
      gsize left = entry->size - entry->written;

      if (size < left)
        {
          entry->written += size;
          if (entry->written >= link->progress_mark)
            {
              link->progress_us = now_us;
              link->progress_mark = entry->written + PROGRESS_STEP;
            }
          return;
        }
      link->progress_us = now_us;
      link->progress_mark = PROGRESS_STEP;
      size -= left;
      g_queue_pop_head_link (&link->unsent);
      link->frames_on_connection++;
      entry->written += left;
      entry->written_us = now_us;
      if (entry->ack != TRIBES_ACK_NONE)
        g_queue_push_tail_link (&link->unacked, &entry->node);
      else
        entry_finish (link, entry, NULL);
    }
}

static gboolean
take_ack (TribesLink *link, TribesFrameKind kind, gint64 now_us, GError **error)
{
  Entry *entry;

  if (kind == TRIBES_FRAME_MESSAGE)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                           "expected an acknowledgement, found another frame");
      return FALSE;
    }
  entry = pop_entry (&link->unacked);
  if (!entry)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                           "expected nothing, found an acknowledgement that nobody asked for");
      return FALSE;
    }
  entry->ack_us = now_us - entry->written_us;
  entry->sure_us = now_us + UNSURE_US;
  if (kind == TRIBES_FRAME_FAIL_ACK && link->settings.fail_on_fail_ack)
    entry->refusal = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_REFUSED,
                                          "the other side could not process the message");
  if (entry->ack == TRIBES_ACK_READ)
    entry_finish (link, entry, g_steal_pointer (&entry->refusal));
  else
    g_queue_push_tail_link (&link->unsure, &entry->node);
  finish_sure (link, g_queue_is_empty (&link->unacked) ? G_MAXINT64 : now_us);
  return TRUE;
}

gboolean
tribes_link_input (TribesLink *link, const guint8 *data, gsize size, gint64 now_us, GError **error)
{
  while (size > 0)
    {
      gsize taken = MIN (size, sizeof link->input - link->input_size);
      TribesFrame frame;

      memcpy (link->input + link->input_size, data, taken);
      link->input_size += taken;
      data += taken;
      size -= taken;
      switch (tribes_frame_parse (link->input, link->input_size, 0, 3, &frame, error))
        {
        case TRIBES_FRAME_BAD:
          return FALSE;
        case TRIBES_FRAME_WANTS_MORE:
          break;
        case TRIBES_FRAME_COMPLETE:
          if (!take_ack (link, frame.kind, now_us, error))
            return FALSE;
          link->progress_us = now_us;
          link->input_size = 0;
          break;
        }
    }
  return TRUE;
}

static Entry *
oldest (TribesLink *link)
{
  Entry *entry = g_queue_peek_head (&link->unacked);

  return entry ? entry : g_queue_peek_head (&link->unsent);
}

/* When what is under way has been so for too long, or nothing has for long enough. */
static gint64
get_timeout (TribesLink *link)
{
  Entry *entry = oldest (link);

  if (entry)
    return MAX (entry->queued_us, link->progress_us) + link->settings.timeout_us;
  if (link->connected && link->settings.keep_alive_us >= 0)
    return link->progress_us + link->settings.keep_alive_us;
  return -1;
}

gint64
tribes_link_deadline (TribesLink *link)
{
  Entry *unsure = g_queue_peek_head (&link->unsure);
  gint64 timeout_us = get_timeout (link);

  if (unsure && (timeout_us < 0 || unsure->sure_us < timeout_us))
    return unsure->sure_us;
  return timeout_us;
}

TribesLinkExpiry
tribes_link_expire (TribesLink *link, gint64 now_us)
{
  gboolean drop = FALSE;
  Entry *entry;

  finish_sure (link, now_us);
  if (get_timeout (link) < 0 || now_us < get_timeout (link))
    return TRIBES_LINK_NOTHING_EXPIRED;
  while ((entry = oldest (link)) && now_us >= entry->queued_us + link->settings.timeout_us)
    {
      /* What the other side has seen a part of cannot be taken back: the connection goes. */
      drop |= entry->written > 0;
      g_queue_unlink (g_queue_is_empty (&link->unacked) ? &link->unsent : &link->unacked,
                      &entry->node);
      entry_finish (link, entry,
                    g_error_new (TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT,
                                 "nothing was heard for %" G_GINT64_FORMAT " ms",
                                 link->settings.timeout_us / 1000));
    }
  drop |= link->connecting;
  if (!drop)
    return TRIBES_LINK_NOTHING_EXPIRED;
  forget_connection (link);
  requeue_unacked (link);
  for (GList *node = link->unsent.head; node; node = node->next)
    entry_rewind (node->data);
  return TRIBES_LINK_DROP_CONNECTION;
}

gboolean
tribes_link_wants_close (TribesLink *link, gint64 now_us)
{
  if (!link->connected || !g_queue_is_empty (&link->unacked) || !g_queue_is_empty (&link->unsent))
    return FALSE;
  if (link->settings.keep_alive_us >= 0
      && now_us >= link->progress_us + link->settings.keep_alive_us)
    return TRUE;
  return link->settings.keep_alive_count >= 0
         && link->frames_on_connection >= link->settings.keep_alive_count;
}

gboolean
tribes_link_has_events (TribesLink *link)
{
  return !g_queue_is_empty (&link->events);
}

gboolean
tribes_link_pop_event (TribesLink *link, TribesLinkEvent *event)
{
  GList *node = g_queue_pop_head_link (&link->events);
  QueuedEvent *queued = node ? node->data : NULL;

  if (!queued)
    return FALSE;
  *event = queued->event;
  g_free (queued);
  return TRUE;
}

gsize
tribes_link_get_queued_bytes (TribesLink *link)
{
  return link->queued_bytes;
}

guint
tribes_link_get_queued_frames (TribesLink *link)
{
  return g_queue_get_length (&link->unsent) + g_queue_get_length (&link->unacked);
}
