/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-recent-private.h"

#include "tribes/base/tribes-hash-private.h"

#include <stdlib.h>
#include <string.h>

/* Deltas of one session that are remembered: more in a few seconds are of one request each, and
 * what overtakes does so by milliseconds. */
#define MAX_OF_SESSION 16

typedef struct
{
  GQueue said;    /* of Said, oldest first */
  gint64 last_ms; /* not before the latest time stamp of these */
  char id[];
} OfSession;

/* A delta, without its values. */
typedef struct
{
  CatalinaCharge charge;
  GList of_session_link;
  GList age_link;
  OfSession *of_session;
  TribesMember *from; /* NULL for this member */
  gint64 timestamp;
  gint64 said_ms;
  gint64 since_ms;
  gboolean sorted;
  guint n;
  guint64 keys[]; /* of what it sets or removes */
} Said;

void
catalina_recent_init (CatalinaRecent *self, CatalinaBudget *budget, guint order_ms, guint keep_ms)
{
  self->order_ms = order_ms;
  self->budget = catalina_budget_ref (budget);
  self->keep_ms = keep_ms;
  self->by_session = g_hash_table_new_full (tribes_str_hash, g_str_equal, NULL, g_free);
  g_queue_init (&self->by_age);
}

static void
said_free (CatalinaRecent *self, Said *said)
{
  OfSession *of_session = said->of_session;

  catalina_budget_remove (self->budget, &said->charge);
  g_queue_unlink (&self->by_age, &said->age_link);
  g_queue_unlink (&of_session->said, &said->of_session_link);
  if (of_session->said.length == 0)
    g_hash_table_remove (self->by_session, of_session->id);
  g_clear_pointer (&said->from, tribes_member_unref);
  g_free (said);
}

static void
drop (gpointer owner, CatalinaCharge *charge)
{
  said_free (owner, (Said *) charge);
}

void
catalina_recent_clear (CatalinaRecent *self)
{
  while (self->by_age.length > 0)
    said_free (self, g_queue_peek_head (&self->by_age));
  g_clear_pointer (&self->by_session, g_hash_table_unref);
  g_clear_pointer (&self->budget, catalina_budget_unref);
}

static guint64
key_of (const CatalinaDeltaAction *action)
{
  return tribes_hash_bytes64 (action->name, strlen (action->name), (guint64) action->type);
}

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  guint64 x = *(const guint64 *) a, y = *(const guint64 *) b;

  return (x > y) - (x < y);
}

static gboolean
says (Said *said, guint64 key)
{
  /* Asked of few: most deltas come in order. */
  if (!said->sorted)
    qsort (said->keys, said->n, sizeof *said->keys, compare_keys);
  said->sorted = TRUE;
  return bsearch (&key, said->keys, said->n, sizeof *said->keys, compare_keys) != NULL;
}

typedef struct
{
  CatalinaRecent *recent;
  OfSession *of_session;
  const CatalinaIncoming *in;
} Late;

static gboolean
is_of_sender (const Said *said, const CatalinaIncoming *in)
{
  return said->from && in->from && tribes_member_equal (said->from, in->from);
}

static gboolean
is_later (const Late *late, const Said *said)
{
  const CatalinaIncoming *in = late->in;
  guint order_ms = late->recent->order_ms;

  if (in->late && said->since_ms + late->recent->keep_ms > in->now.mono_ms)
    return is_of_sender (said, in) ? said->timestamp > in->timestamp : said->said_ms > in->said_ms;
  return said->timestamp > in->timestamp
         && (guint64) said->timestamp - (guint64) in->timestamp <= order_ms
         && said->since_ms + order_ms > in->now.mono_ms && is_of_sender (said, in);
}

/* Each listener is one of its own, though all have one name. */
static gboolean
is_left (const CatalinaDeltaAction *action, gpointer data)
{
  const Late *late = data;

  if (action->type == CATALINA_DELTA_LISTENER)
    return TRUE;
  for (GList *l = late->of_session->said.head; l; l = l->next)
    if (is_later (late, l->data) && says (l->data, key_of (action)))
      return FALSE;
  return TRUE;
}

gboolean
catalina_recent_take_out (CatalinaRecent *self,
                          const char *session_id,
                          const CatalinaIncoming *in,
                          CatalinaDelta *delta)
{
  OfSession *of_session = g_hash_table_lookup (self->by_session, session_id);
  Late late = { self, of_session, in };
  gboolean is_late = FALSE;

  /* Nearly all come in order. */
  if (!of_session || (in->timestamp >= of_session->last_ms && !in->late))
    return FALSE;
  for (GList *l = of_session->said.head; l && !is_late; l = l->next)
    is_late = is_later (&late, l->data);
  return is_late && catalina_delta_keep (delta, is_left, &late);
}

static OfSession *
require_session (CatalinaRecent *self, const char *id)
{
  OfSession *of_session = g_hash_table_lookup (self->by_session, id);
  gsize size = strlen (id) + 1;

  if (of_session)
    return of_session;
  of_session = g_malloc (sizeof *of_session + size);
  of_session->last_ms = G_MININT64;
  g_queue_init (&of_session->said);
  memcpy (of_session->id, id, size);
  g_hash_table_insert (self->by_session, of_session->id, of_session);
  return of_session;
}

void
catalina_recent_add (CatalinaRecent *self,
                     const char *session_id,
                     TribesMember *from,
                     gint64 timestamp,
                     CatalinaDelta *delta,
                     gint64 said_ms,
                     gint64 now_ms)
{
  OfSession *of_session = require_session (self, session_id);
  gsize size = sizeof (Said) + delta->actions->len * sizeof (guint64);
  Said *said = g_malloc0 (size);

  said->charge = (CatalinaCharge){
    .kind = CATALINA_BUDGET_RECENT,
    /* And what the table needs for the session. */
    .bytes = size + sizeof *of_session + strlen (session_id) + 64,
    .owner = self,
    .drop = drop,
  };
  of_session->last_ms = MAX (of_session->last_ms, timestamp);
  said->of_session = of_session;
  said->of_session_link.data = said->age_link.data = said;
  said->from = from ? tribes_member_ref (from) : NULL;
  said->timestamp = timestamp;
  said->said_ms = said_ms;
  said->since_ms = now_ms;
  for (guint i = 0; i < delta->actions->len; i++)
    said->keys[said->n++] = key_of (&g_array_index (delta->actions, CatalinaDeltaAction, i));
  g_queue_push_tail_link (&of_session->said, &said->of_session_link);
  g_queue_push_tail_link (&self->by_age, &said->age_link);
  if (of_session->said.length > MAX_OF_SESSION)
    said_free (self, g_queue_peek_head (&of_session->said));
  /* May drop this one, too. */
  catalina_budget_add (self->budget, &said->charge);
}

void
catalina_recent_rename (CatalinaRecent *self, const char *old_id, const char *new_id)
{
  OfSession *of_session = g_hash_table_lookup (self->by_session, old_id);
  OfSession *renamed;
  GList *link;

  catalina_recent_forget (self, new_id);
  if (!of_session)
    return;
  renamed = require_session (self, new_id);
  renamed->last_ms = of_session->last_ms;
  while ((link = g_queue_pop_head_link (&of_session->said)))
    {
      ((Said *) link->data)->of_session = renamed;
      g_queue_push_tail_link (&renamed->said, link);
    }
  g_hash_table_remove (self->by_session, old_id);
}

void
catalina_recent_forget (CatalinaRecent *self, const char *session_id)
{
  OfSession *of_session = g_hash_table_lookup (self->by_session, session_id);

  for (guint left = of_session ? of_session->said.length : 0; left > 0; left--)
    said_free (self, g_queue_peek_head (&of_session->said));
}

void
catalina_recent_drop_old (CatalinaRecent *self, gint64 now_ms)
{
  Said *said;

  while ((said = g_queue_peek_head (&self->by_age)) && said->since_ms + self->keep_ms <= now_ms)
    said_free (self, said);
}

/* Not for each: twice as late is often enough. */
gint64
catalina_recent_get_deadline (CatalinaRecent *self)
{
  Said *said = g_queue_peek_head (&self->by_age);

  return said ? said->since_ms + 2 * (gint64) self->keep_ms : G_MAXINT64;
}
