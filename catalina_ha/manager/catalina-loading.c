/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-loading-private.h"

#include "catalina_ha/manager/catalina-local-private.h"
#include "catalina_ha/messages/catalina-session-message-private.h"
#include "tribes/base/tribes-hash-private.h"

typedef struct
{
  CatalinaSessionMessage *message;
  TribesMember *from;
  gint64 clock_lacks_ms;
  CatalinaBudget *budget;
  CatalinaCharge charge;
} Batch;

static void
batch_free (gpointer data)
{
  Batch *batch = data;

  catalina_budget_remove (batch->budget, &batch->charge);
  catalina_budget_unref (batch->budget);
  catalina_session_message_unref (batch->message);
  tribes_member_unref (batch->from);
  g_free (batch);
}

void
catalina_loading_init (CatalinaLoading *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  g_queue_init (&self->batches);
  g_queue_init (&self->garbage);
}

void
catalina_loading_clear (CatalinaLoading *self)
{
  g_clear_pointer (&self->reader, catalina_state_reader_free);
  g_queue_clear_full (&self->batches, batch_free);
  g_queue_clear_full (&self->garbage, (GDestroyNotify) catalina_state_reader_free);
  g_clear_pointer (&self->torn, tribes_member_unref);
  g_clear_pointer (&self->from, tribes_member_unref);
}

static void
set_torn (CatalinaLoading *self, TribesMember *from)
{
  g_clear_pointer (&self->torn, tribes_member_unref);
  self->torn = tribes_member_ref (from);
}

static void
set_from (CatalinaLoading *self, TribesMember *from)
{
  if (self->from == from)
    return;
  g_clear_pointer (&self->from, tribes_member_unref);
  self->from = tribes_member_ref (from);
}

TribesMember *
catalina_loading_take_torn (CatalinaLoading *self)
{
  return g_steal_pointer (&self->torn);
}

gboolean
catalina_loading_add (CatalinaLoading *self,
                      CatalinaSessionMessage *message,
                      TribesMember *from,
                      gint64 clock_lacks_ms)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;
  GBytes *data = catalina_session_message_get_data (message);
  g_autofree Batch *batch = g_new0 (Batch, 1);

  if (!data)
    {
      set_torn (self, from);
      catalina_outbox_count (outbox, CATALINA_COUNTER_MALFORMED);
      catalina_outbox_tell_problem (outbox, from, "a batch of sessions without content");
      return FALSE;
    }
  batch->charge.kind = CATALINA_BUDGET_LOADING;
  batch->charge.bytes = sizeof *batch + catalina_session_message_get_weight (message);
  /* What could not all be taken in anyway, at about its size, is not worth waiting. */
  if (self->bytes + g_bytes_get_size (data) > self->rooms->limits->context_bytes
      || !catalina_budget_try (self->rooms->waiting.budget, &batch->charge))
    {
      set_torn (self, from);
      catalina_outbox_count (outbox, CATALINA_COUNTER_OVER_LIMIT);
      catalina_outbox_tell_problem (outbox, from, "too many sessions to be loaded");
      return FALSE;
    }
  self->bytes += g_bytes_get_size (data);
  batch->message = catalina_session_message_ref (message);
  batch->from = tribes_member_ref (from);
  batch->clock_lacks_ms = clock_lacks_ms;
  batch->budget = catalina_budget_ref (self->rooms->waiting.budget);
  g_queue_push_tail (&self->batches, g_steal_pointer (&batch));
  return TRUE;
}

gboolean
catalina_loading_is_busy (CatalinaLoading *self)
{
  return self->batches.length > 0;
}

/* Whether the copy that is here is worth more than the one that came: it was used later, not
 * counting what was heard of it during the transfer, which it has and the other need not have. */
static gboolean
is_as_new (CatalinaRooms *rooms, CatalinaSession *here, CatalinaSession *came)
{
  return !here->is_stale
         && catalina_waiting_room_get_used (&rooms->waiting, here)
                >= catalina_session_get_used (came);
}

/* From so many on, attributes are not looked for one after the other. */
#define MANY_ATTRIBUTES 16

static GHashTable *
index_attributes (CatalinaSession *session)
{
  GHashTable *index = g_hash_table_new (tribes_str_hash, g_str_equal);

  for (guint i = 0; i < catalina_session_get_n_attributes (session); i++)
    {
      CatalinaNamedValue *named = &g_array_index (session->state.attributes, CatalinaNamedValue, i);

      g_hash_table_insert (index, named->name, named->value);
    }
  return index;
}

/* Who listens need not hear of a copy that says the same. */
static gboolean
says_the_same (CatalinaSession *a, CatalinaSession *b)
{
  guint n = catalina_session_get_n_attributes (a);
  g_autoptr (GHashTable) index = n > MANY_ATTRIBUTES ? index_attributes (b) : NULL;

  if (n != catalina_session_get_n_attributes (b)
      || a->state.max_inactive_interval != b->state.max_inactive_interval
      || (a->state.principal == NULL) != (b->state.principal == NULL))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      CatalinaNamedValue *named = &g_array_index (a->state.attributes, CatalinaNamedValue, i);
      TribesJavaValue *other = index ? g_hash_table_lookup (index, named->name)
                                     : catalina_session_get_attribute (b, named->name);

      if (!other || !tribes_java_value_equal (named->value, other))
        return FALSE;
    }
  return TRUE;
}

static void
tell_taken_in (CatalinaOutbox *outbox, CatalinaSession *session, CatalinaSession *before)
{
  gboolean same = before && says_the_same (session, before);

  /* The others have this member's own use from this member, and a later time of it. */
  session->is_primary = same && before->is_primary;
  if (!before)
    {
      catalina_outbox_count (outbox, CATALINA_COUNTER_SESSIONS_CREATED);
      catalina_outbox_tell_session (outbox, CATALINA_CORE_SESSION_CREATED, session, NULL, NULL);
      return;
    }
  catalina_outbox_count (outbox, CATALINA_COUNTER_SESSIONS_REPLACED);
  if (!same)
    catalina_outbox_tell_session (outbox, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                                  catalina_session_list_attributes (session));
}

/* Whether the copy is of a session that ended, which whoever gave it has not heard. */
static gboolean
has_ended (CatalinaRooms *rooms, CatalinaSession *copy, CatalinaNow now)
{
  const char *id = copy->state.id;
  CatalinaHeld *replay = rooms->waiting.replay;
  const CatalinaEnd *end = catalina_rooms_find_end (rooms, id, now);
  /* A copy under its old id that is to be led to the new one brings what happened meanwhile. */
  gboolean leads
      = end && end->kind == CATALINA_ENDED_RENAMED && replay && catalina_held_peek (replay, id);

  if (!end || leads
      || !catalina_end_refuses (end, copy, rooms->waiting.transfer_timestamp, now.wall_ms))
    return FALSE;
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_ENDED_REFUSED);
  /* A logout counts where it was not heard, too. */
  if (end->kind == CATALINA_ENDED_BY_WILL)
    catalina_local_send_expired (rooms, id, 0, now);
  return TRUE;
}

/* Whether nobody has told of what made the copy that came other than the one that is here, nor is
 * about to. */
static void
note_missed (CatalinaRooms *rooms, CatalinaSession *here, CatalinaSession *came, CatalinaNow now)
{
  CatalinaHeld *replay = rooms->waiting.replay;
  gint64 changed_ms = here ? came->state.last_accessed_time : came->state.creation_time;

  if (!rooms->neighbours.asked || (replay && catalina_held_peek (replay, came->state.id))
      || !catalina_neighbours_was_missed (&rooms->neighbours, changed_ms,
                                          rooms->waiting.transfer_timestamp, now)
      || (here && says_the_same (came, here)))
    return;
  catalina_neighbours_count_missed (&rooms->neighbours);
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_CHANGES_MISSED);
}

/* Takes @session. FALSE if there is no room for it. */
static gboolean
take_in (CatalinaRooms *rooms, CatalinaSession *session, CatalinaNow now)
{
  g_autoptr (CatalinaSession) taken = session;
  CatalinaSession *here = catalina_session_store_lookup (rooms->store, session->state.id);
  g_autoptr (CatalinaSession) before = here ? catalina_session_ref (here) : NULL;

  if (here ? is_as_new (rooms, here, session) : has_ended (rooms, session, now))
    return TRUE;
  note_missed (rooms, here, session, now);
  session->state.is_valid = TRUE;
  session->state.this_accessed_time = now.wall_ms;
  session->transfer = rooms->waiting.transfer;
  /* A Tomcat's session is new until the end of the request that made it. */
  if (here && session->state.is_new)
    session->in_use_until_ms = here->in_use_until_ms;
  if (here)
    {
      catalina_session_keep_unsaid (session, here);
      catalina_session_keep_unsent (session, here, rooms->limits);
    }
  if (!catalina_session_store_has_room (rooms->store, session))
    {
      catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_OVER_LIMIT);
      if (here)
        catalina_rooms_mark_stale (rooms, here);
      return FALSE;
    }
  catalina_session_store_add (rooms->store, g_steal_pointer (&taken));
  catalina_ended_forget (rooms->ended, rooms->outbox.name, session->state.id);
  tell_taken_in (&rooms->outbox, session, before);
  catalina_waiting_room_add_brought (&rooms->waiting, session->state.id);
  return TRUE;
}

static gboolean
open_next (CatalinaLoading *self, GError **error)
{
  CatalinaSessionMessage *message = ((Batch *) g_queue_peek_head (&self->batches))->message;

  self->rooms->waiting.transfer_timestamp = catalina_session_message_get_timestamp (message);
  self->reader = catalina_state_reader_new (catalina_session_message_get_data (message), error);
  return self->reader != NULL;
}

static void
close_current (CatalinaLoading *self)
{
  Batch *batch = g_queue_pop_head (&self->batches);
  CatalinaStateReader *reader = g_steal_pointer (&self->reader);

  if (reader)
    g_queue_push_tail (&self->garbage, reader);
  self->bytes -= g_bytes_get_size (catalina_session_message_get_data (batch->message));
  batch_free (batch);
}

/* FALSE without error at the end of a batch. */
static gboolean
read_next (CatalinaLoading *self, CatalinaSessionState *state, GError **error)
{
  if (!self->reader && !open_next (self, error))
    return FALSE;
  return catalina_state_reader_get_left (self->reader) > 0
         && catalina_state_reader_next (self->reader, state, error);
}

gboolean
catalina_loading_next (CatalinaLoading *self, CatalinaNow now, gsize *bytes)
{
  const Batch *batch = g_queue_peek_head (&self->batches);
  TribesMember *from = batch->from;
  g_auto (CatalinaSessionState) state = { 0 };
  g_autoptr (GError) error = NULL;
  CatalinaSession *session;

  if (!read_next (self, &state, &error))
    {
      if (error)
        {
          set_torn (self, from);
          catalina_outbox_count (&self->rooms->outbox, CATALINA_COUNTER_MALFORMED);
          catalina_outbox_tell_problem (&self->rooms->outbox, from, "state transfer: %s",
                                        error->message);
        }
      /* What came before is kept, as by Tomcat. */
      close_current (self);
      return FALSE;
    }
  session = catalina_session_new_take_state (&state);
  session->clock_lacks_ms = batch->clock_lacks_ms;
  *bytes += session->size;
  self->rooms->outbox.cause = from;
  self->rooms->outbox.cause_is_transfer = TRUE;
  if (!take_in (self->rooms, session, now))
    set_torn (self, from);
  set_from (self, from);
  self->rooms->outbox.cause = NULL;
  self->rooms->outbox.cause_is_transfer = FALSE;
  if (catalina_state_reader_get_left (self->reader) == 0)
    close_current (self);
  return TRUE;
}

gboolean
catalina_loading_has_garbage (CatalinaLoading *self)
{
  return self->garbage.length > 0;
}

void
catalina_loading_free_garbage (CatalinaLoading *self)
{
  CatalinaStateReader *reader = g_queue_peek_head (&self->garbage);

  if (reader && !catalina_state_reader_release (reader))
    catalina_state_reader_free (g_queue_pop_head (&self->garbage));
}
