/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-waiting-room-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"

/* What an id costs beside itself: its places in a table and a queue, and its strings' heads. */
#define RENAMED_OVERHEAD 96

typedef struct
{
  char *old_id;
  char *new_id;
  gint64 until_ms;
  CatalinaCharge charge;
} CatalinaRenamed;

static void
renamed_free (gpointer data)
{
  CatalinaRenamed *renamed = data;

  g_free (renamed->old_id);
  g_free (renamed->new_id);
  g_free (renamed);
}

void
catalina_appeared_free (CatalinaAppeared *appeared)
{
  g_free (appeared->id);
  g_clear_pointer (&appeared->from, tribes_member_unref);
  g_free (appeared);
}

void
catalina_waiting_room_init (CatalinaWaitingRoom *self,
                            CatalinaOutbox *outbox,
                            const CatalinaLimits *limits,
                            CatalinaBudget *budget)
{
  self->outbox = outbox;
  self->limits = limits;
  self->budget = catalina_budget_ref (budget);
  self->early = catalina_held_new (budget, CATALINA_BUDGET_EARLY,
                                   &outbox->counters[CATALINA_COUNTER_EARLY_DROPPED]);
  self->renamed = g_hash_table_new (tribes_str_hash, g_str_equal);
  g_queue_init (&self->renamed_by_age);
  g_queue_init (&self->appeared);
}

static void
forget_oldest_renamed (CatalinaWaitingRoom *self)
{
  CatalinaRenamed *renamed = g_queue_pop_head (&self->renamed_by_age);

  if (g_hash_table_lookup (self->renamed, renamed->old_id) == renamed)
    g_hash_table_remove (self->renamed, renamed->old_id);
  catalina_budget_remove (self->budget, &renamed->charge);
  renamed_free (renamed);
}

static void
drop_renamed (gpointer owner, CatalinaCharge *charge)
{
  forget_oldest_renamed (owner);
}

void
catalina_waiting_room_clear (CatalinaWaitingRoom *self)
{
  g_clear_pointer (&self->early, catalina_held_free);
  g_clear_pointer (&self->replay, catalina_held_free);
  while (self->renamed_by_age.length > 0)
    forget_oldest_renamed (self);
  g_clear_pointer (&self->renamed, g_hash_table_unref);
  g_queue_clear_full (&self->appeared, (GDestroyNotify) catalina_appeared_free);
  g_clear_pointer (&self->budget, catalina_budget_unref);
}

void
catalina_waiting_room_begin_transfer (CatalinaWaitingRoom *self)
{
  self->transfer++;
  if (!self->replay)
    self->replay = catalina_held_new (self->budget, CATALINA_BUDGET_REPLAY,
                                      &self->outbox->counters[CATALINA_COUNTER_OVER_LIMIT]);
}

void
catalina_waiting_room_end_transfer (CatalinaWaitingRoom *self, CatalinaNow now)
{
  g_autoptr (CatalinaHeld) replay = g_steal_pointer (&self->replay);
  CatalinaHeldMessage *held;

  while (replay && (held = catalina_held_take_oldest (replay)))
    {
      CatalinaIncoming in = { .message = held->message,
                              .from = held->from,
                              .said_ms = held->said_ms,
                              .late = held->late,
                              .now = now };

      if (!held->applied && !held->done)
        catalina_waiting_room_keep_early (self, &in);
      catalina_held_message_unref (held);
    }
}

gboolean
catalina_waiting_room_is_expected (CatalinaWaitingRoom *self, CatalinaSession *here)
{
  return self->replay && (!here || here->transfer != self->transfer);
}

gint64
catalina_waiting_room_get_used (CatalinaWaitingRoom *self, CatalinaSession *here)
{
  GPtrArray *held = self->replay ? catalina_held_peek (self->replay, here->state.id) : NULL;

  return held ? ((CatalinaHeldMessage *) held->pdata[0])->used_ms
              : catalina_session_get_used (here);
}

gboolean
catalina_waiting_room_was_brought (CatalinaWaitingRoom *self, CatalinaSession *session)
{
  return session->transfer > 0 && session->transfer == self->transfer;
}

/* NULL if there was no room. */
static CatalinaHeldMessage *
hold (CatalinaHeld *room, const CatalinaIncoming *in, gboolean applied)
{
  const char *id = catalina_session_message_get_session_id (in->message);
  GPtrArray *of_session;
  CatalinaHeldMessage *held;

  catalina_held_add (room, in->message, in->from, in->now.mono_ms, applied);
  of_session = catalina_held_peek (room, id);
  if (!of_session)
    return NULL;
  held = of_session->pdata[of_session->len - 1];
  held->said_ms = in->said_ms;
  held->late = in->late;
  return held;
}

void
catalina_waiting_room_keep (CatalinaWaitingRoom *self,
                            const CatalinaIncoming *in,
                            gboolean applied,
                            gint64 used_ms)
{
  CatalinaHeldMessage *held = hold (self->replay, in, applied);

  if (held)
    held->used_ms = used_ms;
}

void
catalina_waiting_room_keep_early (CatalinaWaitingRoom *self, const CatalinaIncoming *in)
{
  self->outbox->counters[CATALINA_COUNTER_EARLY_KEPT]++;
  hold (self->early, in, FALSE);
}

void
catalina_waiting_room_add_renamed (CatalinaWaitingRoom *self,
                                   const char *old_id,
                                   const char *new_id,
                                   CatalinaNow now)
{
  CatalinaRenamed *renamed = g_new0 (CatalinaRenamed, 1);

  renamed->old_id = g_strdup (old_id);
  renamed->new_id = g_strdup (new_id);
  renamed->until_ms = now.mono_ms + self->limits->early_ms;
  renamed->charge = (CatalinaCharge){
    .kind = CATALINA_BUDGET_RENAMED,
    .bytes = sizeof *renamed + RENAMED_OVERHEAD + strlen (old_id) + strlen (new_id),
    .owner = self,
    .drop = drop_renamed,
  };
  g_hash_table_replace (self->renamed, renamed->old_id, renamed);
  g_queue_push_tail (&self->renamed_by_age, renamed);
  catalina_budget_add (self->budget, &renamed->charge);
}

const char *
catalina_waiting_room_get_renamed (CatalinaWaitingRoom *self, const char *old_id)
{
  CatalinaRenamed *renamed = g_hash_table_lookup (self->renamed, old_id);

  return renamed ? renamed->new_id : NULL;
}

void
catalina_waiting_room_add_appeared (CatalinaWaitingRoom *self,
                                    const char *id,
                                    TribesMember *from,
                                    gint64 timestamp)
{
  CatalinaAppeared *appeared = g_new0 (CatalinaAppeared, 1);

  appeared->id = g_strdup (id);
  appeared->told = TRUE;
  appeared->from = from ? tribes_member_ref (from) : NULL;
  appeared->timestamp = timestamp;
  g_queue_push_tail (&self->appeared, appeared);
}

void
catalina_waiting_room_add_brought (CatalinaWaitingRoom *self, const char *id)
{
  CatalinaAppeared *appeared = g_new0 (CatalinaAppeared, 1);

  appeared->id = g_strdup (id);
  g_queue_push_tail (&self->appeared, appeared);
}

void
catalina_waiting_room_mark_done (CatalinaWaitingRoom *self, const char *id)
{
  catalina_held_mark_done (self->early, id);
  if (self->replay)
    catalina_held_mark_done (self->replay, id);
}

CatalinaAppeared *
catalina_waiting_room_pop_appeared (CatalinaWaitingRoom *self)
{
  return g_queue_pop_head (&self->appeared);
}

void
catalina_waiting_room_drop_old (CatalinaWaitingRoom *self, CatalinaNow now)
{
  CatalinaRenamed *renamed;

  while (catalina_held_get_oldest (self->early) <= now.mono_ms - self->limits->early_ms)
    {
      catalina_held_message_unref (catalina_held_take_oldest (self->early));
      catalina_outbox_count (self->outbox, CATALINA_COUNTER_EARLY_DROPPED);
    }
  while ((renamed = g_queue_peek_head (&self->renamed_by_age)) && renamed->until_ms <= now.mono_ms)
    forget_oldest_renamed (self);
}

gint64
catalina_waiting_room_get_deadline (CatalinaWaitingRoom *self)
{
  CatalinaRenamed *renamed = g_queue_peek_head (&self->renamed_by_age);
  gint64 oldest = catalina_held_get_oldest (self->early);

  if (oldest != G_MAXINT64)
    oldest += self->limits->early_ms;
  return renamed ? MIN (oldest, renamed->until_ms) : oldest;
}
