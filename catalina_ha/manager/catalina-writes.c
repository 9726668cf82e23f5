/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-writes-private.h"

#include "catalina_ha/manager/catalina-local-private.h"
#include "catalina_ha/manager/catalina-receive-private.h"
#include "tribes/base/tribes-hash-private.h"

/* Our own application asks for them, so this is no defence: more than so many would only make a
 * heap of what is to be sent. Further writes do not wait. */
#define MAX_WRITES 4096

typedef struct
{
  CatalinaDelta *delta;
  guint64 token;
} Write;

/* Those of one session, oldest first. */
typedef struct
{
  GQueue writes;
  gint64 until_ms;
} Waiting;

static void
write_free (gpointer data)
{
  Write *write = data;

  catalina_delta_unref (write->delta);
  g_free (write);
}

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_queue_clear_full (&waiting->writes, write_free);
  g_free (waiting);
}

void
catalina_writes_init (CatalinaWrites *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  self->waiting = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, waiting_free);
  self->next_ms = G_MAXINT64;
}

void
catalina_writes_clear (CatalinaWrites *self)
{
  g_clear_pointer (&self->waiting, g_hash_table_unref);
}

/* Takes @waiting. */
static void
do_all (CatalinaWrites *self, const char *id, Waiting *waiting, CatalinaNow now)
{
  Write *write;

  while ((write = g_queue_pop_head (&waiting->writes)))
    {
      g_autoptr (GError) error = NULL;

      if (!catalina_local_change (self->rooms, id, write->delta, write->token, now, &error))
        g_debug ("%s: a change that waited: %s", self->rooms->outbox.name, error->message);
      catalina_outbox_done (&self->rooms->outbox, write->token, error);
      write_free (write);
      self->n_writes--;
    }
  waiting_free (waiting);
}

static void
do_those_of (CatalinaWrites *self, const char *id, CatalinaNow now)
{
  gpointer key, waiting;

  if (!g_hash_table_steal_extended (self->waiting, id, &key, &waiting))
    return;
  do_all (self, key, waiting, now);
  g_free (key);
}

/* A request that made the session or gave it its id is still running elsewhere. */
static gboolean
is_in_use (CatalinaWrites *self, const char *id, CatalinaNow now)
{
  CatalinaSession *session = catalina_session_store_lookup (self->rooms->store, id);

  return session && session->in_use_until_ms > now.mono_ms;
}

/* Takes @key and @waiting, which are not in the table. */
static void
judge (CatalinaWrites *self, char *key, Waiting *waiting, CatalinaNow now)
{
  g_autofree char *id = key;

  if (waiting->until_ms <= now.mono_ms || !is_in_use (self, id, now))
    {
      do_all (self, id, waiting, now);
      return;
    }
  self->next_ms = MIN (self->next_ms, waiting->until_ms);
  g_hash_table_insert (self->waiting, g_steal_pointer (&id), waiting);
}

void
catalina_writes_heard (CatalinaWrites *self, const char *id, CatalinaNow now)
{
  CatalinaRooms *rooms = self->rooms;
  const char *new_id;
  gpointer key, waiting;

  if (self->n_writes == 0 || !id
      || !g_hash_table_steal_extended (self->waiting, id, &key, &waiting))
    return;
  new_id = catalina_session_store_lookup (rooms->store, id)
               ? NULL
               : catalina_waiting_room_get_renamed (&rooms->waiting, id);
  /* Two may have become one, but ids are random: whoever waits for the other goes first. */
  if (new_id)
    catalina_writes_heard (self, new_id, now);
  if (new_id && !g_hash_table_contains (self->waiting, new_id))
    {
      g_free (key);
      key = g_strdup (new_id);
    }
  judge (self, key, waiting, now);
}

/* Does what need not wait, or, with @all, everything. */
static void
do_due (CatalinaWrites *self, gboolean all, CatalinaNow now)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key, value;

  self->next_ms = G_MAXINT64;
  g_hash_table_iter_init (&iter, self->waiting);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      Waiting *waiting = value;

      if (all || waiting->until_ms <= now.mono_ms || !is_in_use (self, key, now))
        g_ptr_array_add (ids, g_strdup (key));
      else
        self->next_ms = MIN (self->next_ms, waiting->until_ms);
    }
  for (guint i = 0; i < ids->len; i++)
    do_those_of (self, ids->pdata[i], now);
}

void
catalina_writes_step (CatalinaWrites *self, CatalinaNow now)
{
  /* Also where a state transfer has brought what the request did. */
  if (self->n_writes > 0)
    do_due (self, FALSE, now);
}

gint64
catalina_writes_get_deadline (CatalinaWrites *self)
{
  return self->n_writes > 0 ? self->next_ms : G_MAXINT64;
}

void
catalina_writes_flush (CatalinaWrites *self, CatalinaNow now)
{
  do_due (self, TRUE, now);
}

static void
hold (CatalinaWrites *self, const char *id, CatalinaDelta *delta, guint64 token, CatalinaNow now)
{
  CatalinaSession *session = catalina_session_store_lookup (self->rooms->store, id);
  Waiting *waiting = g_hash_table_lookup (self->waiting, id);
  Write *write = g_new0 (Write, 1);

  if (!waiting)
    {
      waiting = g_new0 (Waiting, 1);
      g_queue_init (&waiting->writes);
      waiting->until_ms = session->in_use_until_ms;
      g_hash_table_insert (self->waiting, g_strdup (id), waiting);
      self->next_ms = MIN (self->next_ms, waiting->until_ms);
    }
  /* The caller may go on with his. */
  write->delta = catalina_delta_new ();
  catalina_delta_append (write->delta, delta);
  write->token = token;
  g_queue_push_tail (&waiting->writes, write);
  self->n_writes++;
  catalina_outbox_count (&self->rooms->outbox, CATALINA_COUNTER_WRITES_HELD);
}

/* Whether there is something to tell that could put what a running request has changed out of its
 * place. A use alone takes nothing away from anybody. */
static gboolean
tells (CatalinaWrites *self, const char *id, CatalinaDelta *delta)
{
  CatalinaSession *session = catalina_session_store_lookup (self->rooms->store, id);

  return delta->actions->len > 0 || (session && session->unsent);
}

/* What waits was asked for before what is done here now, and goes on waiting to be told. What is
 * refused is so when its turn comes. */
static void
apply_those_of (CatalinaWrites *self, const char *id, CatalinaNow now)
{
  Waiting *waiting = g_hash_table_lookup (self->waiting, id);

  for (GList *l = waiting ? waiting->writes.head : NULL; l; l = l->next)
    {
      Write *write = l->data;

      if (!catalina_local_apply (self->rooms, id, write->delta, now, NULL))
        continue;
      catalina_delta_unref (write->delta);
      write->delta = catalina_delta_new ();
    }
}

/* Says that it is over, if it was done. */
static gboolean
over (CatalinaWrites *self, guint64 token, gboolean done)
{
  if (done)
    catalina_outbox_done (&self->rooms->outbox, token, NULL);
  return done;
}

gboolean
catalina_writes_create (CatalinaWrites *self,
                        const char *id,
                        CatalinaDelta *initial,
                        guint64 token,
                        CatalinaNow now,
                        GError **error)
{
  return over (self, token, catalina_local_create (self->rooms, id, initial, token, now, error));
}

gboolean
catalina_writes_change (CatalinaWrites *self,
                        const char *id,
                        CatalinaDelta *delta,
                        guint64 token,
                        CatalinaNow now,
                        GError **error)
{
  gboolean tells_more = tells (self, id, delta);
  gboolean waits = tells_more && self->rooms->outbox.members->len > 0 && is_in_use (self, id, now);

  if (waits && self->n_writes < MAX_WRITES)
    {
      hold (self, id, delta, token, now);
      return TRUE;
    }
  if (tells_more)
    do_those_of (self, id, now);
  return over (self, token, catalina_local_change (self->rooms, id, delta, token, now, error));
}

gboolean
catalina_writes_apply (
    CatalinaWrites *self, const char *id, CatalinaDelta *delta, CatalinaNow now, GError **error)
{
  if (delta->actions->len > 0)
    apply_those_of (self, id, now);
  return catalina_local_apply (self->rooms, id, delta, now, error);
}

/* Neither of the next two waits: a running request does not put them in the place of what it has
 * not sent, and who was given another id or was logged out in the meantime is so at once. */

gboolean
catalina_writes_change_id (CatalinaWrites *self,
                           const char *id,
                           const char *new_id,
                           guint64 token,
                           CatalinaNow now,
                           GError **error)
{
  do_those_of (self, id, now);
  if (!over (self, token, catalina_local_change_id (self->rooms, id, new_id, token, now, error)))
    return FALSE;
  catalina_receive_settle (self->rooms, now);
  return TRUE;
}

gboolean
catalina_writes_invalidate (
    CatalinaWrites *self, const char *id, guint64 token, CatalinaNow now, GError **error)
{
  do_those_of (self, id, now);
  return over (self, token, catalina_local_invalidate (self->rooms, id, token, now, error));
}
