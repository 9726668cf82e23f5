/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-held-private.h"

#include "catalina_ha/messages/catalina-delta-private.h"
#include "tribes/base/tribes-hash-private.h"

/* A queue by age and a table by session share the messages. What leaves through the table stays in
 * the queue, marked, until it is the oldest there. */
struct _CatalinaHeld
{
  guint max_messages;
  gsize max_bytes;
  guint n;
  gsize bytes;
  GQueue by_age;          /* of CatalinaHeldMessage */
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
catalina_held_new (guint max_messages, gsize max_bytes)
{
  CatalinaHeld *self = g_new0 (CatalinaHeld, 1);

  self->max_messages = max_messages;
  self->max_bytes = max_bytes;
  g_queue_init (&self->by_age);
  self->by_session = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) g_ptr_array_unref);
  self->by_new_id = g_hash_table_new (tribes_str_hash, g_str_equal);
  return self;
}

void
catalina_held_free (CatalinaHeld *self)
{
  g_hash_table_unref (self->by_new_id);
  g_queue_clear_full (&self->by_age, (GDestroyNotify) catalina_held_message_unref);
  g_hash_table_unref (self->by_session);
  g_free (self);
}

static gsize
message_size (CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);

  /* The rest of a message is small, and much the same for all. */
  return 512 + (data ? g_bytes_get_size (data) : 0);
}

static void
forget (CatalinaHeld *self, CatalinaHeldMessage *held)
{
  held->taken = TRUE;
  if (held->new_id && g_hash_table_lookup (self->by_new_id, held->new_id) == held)
    g_hash_table_remove (self->by_new_id, held->new_id);
  self->n--;
  self->bytes -= message_size (held->message);
}

/* Drops what left through the table from the old end of the queue. */
static void
tidy (CatalinaHeld *self)
{
  CatalinaHeldMessage *held;

  while ((held = g_queue_peek_head (&self->by_age)) && held->taken)
    catalina_held_message_unref (g_queue_pop_head (&self->by_age));
}

CatalinaHeldMessage *
catalina_held_take_oldest (CatalinaHeld *self)
{
  CatalinaHeldMessage *held;
  const char *id;
  GPtrArray *of_session;

  tidy (self);
  held = g_queue_pop_head (&self->by_age);
  if (!held)
    return NULL;
  id = catalina_session_message_get_session_id (held->message);
  of_session = g_hash_table_lookup (self->by_session, id);
  forget (self, held);
  /* The oldest of all is the oldest of its session. */
  g_ptr_array_remove_index (of_session, 0);
  if (of_session->len == 0)
    g_hash_table_remove (self->by_session, id);
  return held;
}

static char *
decode_new_id (CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);

  if (catalina_session_message_get_event (message) != CATALINA_SESSION_EVENT_CHANGE_ID || !data)
    return NULL;
  return catalina_new_id_decode (data, NULL);
}

guint
catalina_held_add (CatalinaHeld *self,
                   CatalinaSessionMessage *message,
                   TribesMember *from,
                   gint64 now_ms,
                   gboolean applied)
{
  CatalinaHeldMessage *held = g_rc_box_new0 (CatalinaHeldMessage);
  const char *session_id = catalina_session_message_get_session_id (message);
  GPtrArray *of_session = g_hash_table_lookup (self->by_session, session_id);
  guint dropped = 0;

  held->message = catalina_session_message_ref (message);
  held->from = from ? tribes_member_ref (from) : NULL;
  held->since_ms = now_ms;
  held->applied = applied;
  held->used_ms = G_MININT64;
  held->new_id = decode_new_id (message);
  if (held->new_id)
    g_hash_table_replace (self->by_new_id, held->new_id, held);
  if (!of_session)
    {
      of_session = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_held_message_unref);
      g_hash_table_insert (self->by_session, g_strdup (session_id), of_session);
    }
  g_ptr_array_add (of_session, held);
  g_queue_push_tail (&self->by_age, g_rc_box_acquire (held));
  self->n++;
  self->bytes += message_size (message);
  for (; self->n > self->max_messages || self->bytes > self->max_bytes; dropped++)
    catalina_held_message_unref (catalina_held_take_oldest (self));
  return dropped;
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
  tidy (self);
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
  CatalinaHeldMessage *held;

  tidy (self);
  held = g_queue_peek_head (&self->by_age);
  return held ? held->since_ms : G_MAXINT64;
}

guint
catalina_held_get_n (CatalinaHeld *self)
{
  return self->n;
}
