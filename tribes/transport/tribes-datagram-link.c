/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/transport/tribes-datagram-link-private.h"

#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-datagram-private.h"

typedef struct
{
  GBytes *frame;
  gboolean wants_ack;
  gpointer token;
  gint64 deadline_us;
  gint64 sent_us;
} Item;

struct _TribesDatagramLink
{
  TribesDatagramLinkSettings settings;
  GQueue waiting; /* of Item, in the order of their deadlines */
  Item *awaited;  /* (nullable): has left, its acknowledgement has not come */
  GQueue events;  /* of TribesLinkEvent */
  gsize queued_bytes;
  gint64 used_us;
};

TribesDatagramLink *
tribes_datagram_link_new (const TribesDatagramLinkSettings *settings, gint64 now_us)
{
  TribesDatagramLink *link = g_new0 (TribesDatagramLink, 1);

  link->settings = *settings;
  link->used_us = now_us;
  g_queue_init (&link->waiting);
  g_queue_init (&link->events);
  return link;
}

void
tribes_datagram_link_free (TribesDatagramLink *link)
{
  g_assert (g_queue_is_empty (&link->waiting) && !link->awaited);
  g_assert (g_queue_is_empty (&link->events));
  g_free (link);
}

gboolean
tribes_datagram_link_enqueue (TribesDatagramLink *link,
                              GBytes *frame,
                              gboolean wants_ack,
                              gpointer token,
                              gint64 now_us,
                              GError **error)
{
  gsize size = g_bytes_get_size (frame);
  Item *item;

  if (!tribes_datagram_fits (size, link->settings.max_size, error))
    return FALSE;
  if (size > link->settings.max_queued_bytes - link->queued_bytes)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "expected at most %" G_GSIZE_FORMAT " bytes that wait to leave by UDP, found "
                   "%" G_GSIZE_FORMAT " and %" G_GSIZE_FORMAT " more",
                   link->settings.max_queued_bytes, link->queued_bytes, size);
      return FALSE;
    }
  item = g_new0 (Item, 1);
  item->frame = g_bytes_ref (frame);
  item->wants_ack = wants_ack;
  item->token = token;
  item->deadline_us = now_us + link->settings.timeout_us;
  link->queued_bytes += size;
  link->used_us = now_us;
  g_queue_push_tail (&link->waiting, item);
  return TRUE;
}

/* Takes @item. @error: (nullable) */
static void
finish (TribesDatagramLink *link, Item *item, const GError *error, gint64 ack_us)
{
  TribesLinkEvent *event = g_new0 (TribesLinkEvent, 1);

  event->token = item->token;
  event->error = error ? g_error_copy (error) : NULL;
  event->ack_us = ack_us;
  g_queue_push_tail (&link->events, event);
  link->queued_bytes -= g_bytes_get_size (item->frame);
  g_bytes_unref (item->frame);
  g_free (item);
}

GBytes *
tribes_datagram_link_peek (TribesDatagramLink *link)
{
  Item *item = link->awaited ? NULL : g_queue_peek_head (&link->waiting);

  return item ? item->frame : NULL;
}

void
tribes_datagram_link_sent (TribesDatagramLink *link, gint64 now_us)
{
  Item *item = g_queue_pop_head (&link->waiting);

  link->used_us = now_us;
  if (!item->wants_ack)
    {
      finish (link, item, NULL, -1);
      return;
    }
  item->sent_us = now_us;
  link->awaited = item;
}

void
tribes_datagram_link_not_sent (TribesDatagramLink *link, const GError *error)
{
  finish (link, g_queue_pop_head (&link->waiting), error, -1);
}

gboolean
tribes_datagram_link_refused (TribesDatagramLink *link, const GError *error)
{
  if (!link->awaited)
    return FALSE;
  finish (link, g_steal_pointer (&link->awaited), error, -1);
  return TRUE;
}

gboolean
tribes_datagram_link_input (TribesDatagramLink *link,
                            const guint8 *data,
                            gsize size,
                            gint64 now_us)
{
  TribesFrame frame;
  g_autoptr (GError) error = NULL;
  Item *item;

  if (!link->awaited || size != TRIBES_FRAME_ACK_SIZE
      || tribes_frame_parse (data, size, 0, size, &frame, NULL) != TRIBES_FRAME_COMPLETE
      || frame.kind == TRIBES_FRAME_MESSAGE)
    return FALSE;
  if (frame.kind == TRIBES_FRAME_FAIL_ACK && link->settings.fail_on_fail_ack)
    error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_FAILED,
                                 "the member could not process the message");
  item = g_steal_pointer (&link->awaited);
  finish (link, item, error, now_us - item->sent_us);
  return TRUE;
}

gint64
tribes_datagram_link_deadline (TribesDatagramLink *link)
{
  Item *item = link->awaited ? link->awaited : g_queue_peek_head (&link->waiting);

  return item ? item->deadline_us : link->used_us + link->settings.idle_us;
}

gboolean
tribes_datagram_link_expire (TribesDatagramLink *link, gint64 now_us)
{
  gboolean overdue = link->awaited && now_us >= link->awaited->deadline_us;
  g_autoptr (GError) error = NULL;
  Item *item;

  if (overdue)
    {
      error = g_error_new (TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT,
                           "no acknowledgement by UDP within %" G_GINT64_FORMAT " ms: the message "
                           "or its acknowledgement was lost",
                           link->settings.timeout_us / 1000);
      finish (link, g_steal_pointer (&link->awaited), error, -1);
      g_clear_error (&error);
    }
  while ((item = g_queue_peek_head (&link->waiting)) && now_us >= item->deadline_us)
    {
      if (!error)
        error = g_error_new (TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT,
                             "not sent by UDP within %" G_GINT64_FORMAT " ms",
                             link->settings.timeout_us / 1000);
      finish (link, g_queue_pop_head (&link->waiting), error, -1);
    }
  return overdue;
}

gboolean
tribes_datagram_link_is_idle (TribesDatagramLink *link, gint64 now_us)
{
  return !link->awaited && g_queue_is_empty (&link->waiting) && g_queue_is_empty (&link->events)
         && now_us >= link->used_us + link->settings.idle_us;
}

void
tribes_datagram_link_fail_all (TribesDatagramLink *link, const GError *error)
{
  Item *item;

  if (link->awaited)
    finish (link, g_steal_pointer (&link->awaited), error, -1);
  while ((item = g_queue_pop_head (&link->waiting)))
    finish (link, item, error, -1);
}

gboolean
tribes_datagram_link_has_events (TribesDatagramLink *link)
{
  return !g_queue_is_empty (&link->events);
}

gboolean
tribes_datagram_link_pop_event (TribesDatagramLink *link, TribesLinkEvent *event)
{
  g_autofree TribesLinkEvent *head = g_queue_pop_head (&link->events);

  if (!head)
    return FALSE;
  *event = *head;
  return TRUE;
}

gsize
tribes_datagram_link_get_queued_bytes (TribesDatagramLink *link)
{
  return link->queued_bytes;
}
