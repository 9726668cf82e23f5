/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-held-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-message-private.h"
#include "tribes/base/tribes-hash-private.h"

/* What a message costs beside itself: its place here, and what is around the payload that it pins.
 */
#define OVERHEAD 512
/* The same, of the first of a session: key, array, place in a table. */
#define SESSION_OVERHEAD 128

/* A queue by age and a table by session share the messages, which belong to the table. */
struct _CatalinaHeld
{
  CatalinaBudget *budget;
  CatalinaBudgetKind kind;
  guint64 *dropped;
  GQueue by_age;          /* of CatalinaHeldMessage; unowned */
  GHashTable *by_session; /* id -> GPtrArray of CatalinaHeldMessage */
  GHashTable *by_new_id;  /* new id -> the last CatalinaHeldMessage that leads to it; unowned */
};

static void
held_message_clear (gpointer data)
{
  CatalinaHeldMessage *held = data;

  g_clear_pointer (&held->message, catalina_session_message_unref);
  g_clear_pointer (&held->from, tribes_member_unref);
  g_clear_pointer (&held->new_id, g_free);
}

void
catalina_held_message_unref (CatalinaHeldMessage *held)
{
  g_rc_box_release_full (held, held_message_clear);
}

CatalinaHeld *
catalina_held_new (CatalinaBudget *budget, CatalinaBudgetKind kind, guint64 *dropped)
{
  CatalinaHeld *self = g_new0 (CatalinaHeld, 1);

  self->budget = catalina_budget_ref (budget);
  self->kind = kind;
  self->dropped = dropped;
  g_queue_init (&self->by_age);
  self->by_session = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) g_ptr_array_unref);
  self->by_new_id = g_hash_table_new (tribes_str_hash, g_str_equal);
  return self;
}

/* It is out of the queue and the budget; the table is the caller's. */
static void
forget (CatalinaHeld *self, CatalinaHeldMessage *held)
{
  if (held->new_id && g_hash_table_lookup (self->by_new_id, held->new_id) == held)
    g_hash_table_remove (self->by_new_id, held->new_id);
  g_queue_unlink (&self->by_age, &held->by_age);
  catalina_budget_remove (self->budget, &held->charge);
}

void
catalina_held_free (CatalinaHeld *self)
{
  CatalinaHeldMessage *held;

  while ((held = g_queue_peek_head (&self->by_age)))
    forget (self, held);
  g_hash_table_unref (self->by_new_id);
  g_hash_table_unref (self->by_session);
  catalina_budget_unref (self->budget);
  g_free (self);
}

CatalinaHeldMessage *
catalina_held_take_oldest (CatalinaHeld *self)
{
  CatalinaHeldMessage *held = g_queue_peek_head (&self->by_age);
  const char *id;
  GPtrArray *of_session;

  if (!held)
    return NULL;
  id = catalina_session_message_get_session_id (held->message);
  of_session = g_hash_table_lookup (self->by_session, id);
  forget (self, held);
  /* The oldest of all is the oldest of its session. */
  held = g_ptr_array_steal_index (of_session, 0);
  if (of_session->len == 0)
    g_hash_table_remove (self->by_session, id);
  return held;
}

/* The oldest of all contexts is the oldest of its own. */
static void
drop_oldest (gpointer owner, CatalinaCharge *charge)
{
  CatalinaHeld *self = owner;

  catalina_held_message_unref (catalina_held_take_oldest (self));
  (*self->dropped)++;
}

static char *
decode_new_id (CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);

  if (catalina_session_message_get_event (message) != CATALINA_SESSION_EVENT_CHANGE_ID || !data)
    return NULL;
  return catalina_new_id_decode (data, NULL);
}

static GPtrArray *
require_session (CatalinaHeld *self, CatalinaHeldMessage *held, const char *id)
{
  GPtrArray *of_session = g_hash_table_lookup (self->by_session, id);

  if (of_session)
    return of_session;
  of_session = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_held_message_unref);
  g_hash_table_insert (self->by_session, g_strdup (id), of_session);
  held->charge.bytes += SESSION_OVERHEAD + strlen (id);
  return of_session;
}

void
catalina_held_add (CatalinaHeld *self,
                   CatalinaSessionMessage *message,
                   TribesMember *from,
                   gint64 now_ms,
                   gboolean applied)
{
  CatalinaHeldMessage *held = g_rc_box_new0 (CatalinaHeldMessage);

  held->message = catalina_session_message_ref (message);
  held->from = from ? tribes_member_ref (from) : NULL;
  held->since_ms = held->said_ms = now_ms;
  held->applied = applied;
  held->used_ms = G_MININT64;
  held->new_id = decode_new_id (message);
  held->charge = (CatalinaCharge){
    .kind = self->kind,
    .bytes = OVERHEAD + catalina_session_message_get_weight (message),
    .owner = self,
    .drop = drop_oldest,
  };
  if (held->new_id)
    {
      g_hash_table_replace (self->by_new_id, held->new_id, held);
      held->charge.bytes += strlen (held->new_id);
    }
  g_ptr_array_add (require_session (self, held, catalina_session_message_get_session_id (message)),
                   held);
  held->by_age.data = held;
  g_queue_push_tail_link (&self->by_age, &held->by_age);
  catalina_budget_add (self->budget, &held->charge);
}

GPtrArray *
catalina_held_take (CatalinaHeld *self, const char *session_id)
{
  gpointer key;
  gpointer of_session;

  if (!g_hash_table_steal_extended (self->by_session, session_id, &key, &of_session))
    return NULL;
  g_free (key);
  for (guint i = 0; i < ((GPtrArray *) of_session)->len; i++)
    forget (self, ((GPtrArray *) of_session)->pdata[i]);
  return of_session;
}

GPtrArray *
catalina_held_peek (CatalinaHeld *self, const char *session_id)
{
  return g_hash_table_lookup (self->by_session, session_id);
}

void
catalina_held_mark_done (CatalinaHeld *self, const char *new_id)
{
  CatalinaHeldMessage *held = g_hash_table_lookup (self->by_new_id, new_id);

  if (held)
    held->done = TRUE;
}

gint64
catalina_held_get_oldest (CatalinaHeld *self)
{
  CatalinaHeldMessage *held = g_queue_peek_head (&self->by_age);

  return held ? held->since_ms : G_MAXINT64;
}

guint
catalina_held_get_n (CatalinaHeld *self)
{
  return self->by_age.length;
}
