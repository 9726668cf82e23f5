/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/cluster/catalina-strangers-private.h"

#include "catalina_ha/messages/catalina-session-message-private.h"
#include "tribes/wire/tribes-member-private.h"

/* As long as it takes to see whether somebody listens where a new member says it does, and more
 * than once; shorter than anybody waits for an answer. */
#define WAIT_MS     2000
#define MAX_WAITING 64
#define MAX_BYTES   (1024 * 1024)

void
catalina_stranger_free (CatalinaStranger *stranger)
{
  catalina_session_message_unref (stranger->message);
  tribes_member_unref (stranger->from);
  g_free (stranger);
}

void
catalina_strangers_init (CatalinaStrangers *self)
{
  g_queue_init (&self->waiting);
  self->bytes = 0;
}

void
catalina_strangers_clear (CatalinaStrangers *self)
{
  g_queue_clear_full (&self->waiting, (GDestroyNotify) catalina_stranger_free);
  self->bytes = 0;
}

void
catalina_strangers_add (CatalinaStrangers *self,
                        CatalinaSessionMessage *message,
                        TribesMember *from,
                        gint64 now_ms)
{
  CatalinaStranger *stranger = g_new (CatalinaStranger, 1);

  stranger->message = catalina_session_message_ref (message);
  stranger->from = tribes_member_ref (from);
  stranger->until_ms = now_ms + WAIT_MS;
  stranger->bytes = catalina_session_message_get_weight (message);
  self->bytes += stranger->bytes;
  g_queue_push_tail (&self->waiting, stranger);
}

static CatalinaStranger *
take_link (CatalinaStrangers *self, GList *link)
{
  CatalinaStranger *stranger = link->data;

  g_queue_delete_link (&self->waiting, link);
  self->bytes -= stranger->bytes;
  return stranger;
}

CatalinaStranger *
catalina_strangers_take (CatalinaStrangers *self, TribesMember *member)
{
  /* With static members the id of the one that is listed may not be the one that it sends. */
  for (GList *l = self->waiting.head; l; l = l->next)
    if (tribes_member_is_at (((CatalinaStranger *) l->data)->from, member))
      return take_link (self, l);
  return NULL;
}

static gboolean
is_over (const CatalinaStrangers *self)
{
  return self->waiting.length > MAX_WAITING || self->bytes > MAX_BYTES;
}

CatalinaStranger *
catalina_strangers_pop (CatalinaStrangers *self, gint64 now_ms)
{
  return catalina_strangers_get_deadline (self) <= now_ms ? take_link (self, self->waiting.head)
                                                          : NULL;
}

gint64
catalina_strangers_get_deadline (const CatalinaStrangers *self)
{
  CatalinaStranger *oldest = g_queue_peek_head ((GQueue *) &self->waiting);

  if (!oldest)
    return G_MAXINT64;
  return is_over (self) ? G_MININT64 : oldest->until_ms;
}
