/* SPDX-License-Identifier: Apache-2.0
 *
 * The sessions that others have already.
 *
 * The oldest member is asked, and where it has none, is silent or goes away, the next: a Tomcat
 * asks one and then starts empty. Meanwhile the messages of all members are applied as they come,
 * and kept as well. When the transfer brings a session, what was kept for it is applied again, in
 * order: so it does not matter whether the snapshot was taken before or after. What is kept for a
 * session that the transfer did not bring then waits as any early message does.
 */
#include "catalina_ha/manager/catalina-delta-core-internal-private.h"

void
catalina_transfer_clear (CatalinaTransfer *transfer)
{
  g_clear_pointer (&transfer->asked, tribes_member_unref);
  g_clear_pointer (&transfer->reader, catalina_state_reader_free);
  g_clear_pointer (&transfer->replay, catalina_held_free);
  g_queue_clear_full (&transfer->data, (GDestroyNotify) catalina_session_message_unref);
}

static gboolean
contains (GPtrArray *members, TribesMember *member)
{
  for (guint i = 0; i < members->len; i++)
    if (tribes_member_equal (members->pdata[i], member))
      return TRUE;
  return FALSE;
}

static TribesMember *
next_candidate (CatalinaDeltaCore *self)
{
  for (guint i = 0; i < self->members->len; i++)
    if (!contains (self->transfer.tried, self->members->pdata[i]))
      return self->members->pdata[i];
  return NULL;
}

static gboolean
is_loading (CatalinaTransfer *transfer)
{
  return transfer->reader || transfer->data.length > 0;
}

static gint64
answer_deadline (CatalinaDeltaCore *self, CatalinaNow now)
{
  int timeout = self->settings->state_transfer_timeout;

  return timeout < 0 ? G_MAXINT64 : now.mono_ms + (gint64) timeout * 1000;
}

/* What was kept for sessions that did not come may still be for sessions that are being made. */
static void
release_replay (CatalinaDeltaCore *self, CatalinaNow now)
{
  g_autoptr (CatalinaHeld) replay = g_steal_pointer (&self->transfer.replay);
  CatalinaHeldMessage *held;

  while (replay && (held = catalina_held_take_oldest (replay)))
    {
      if (!held->applied)
        {
          self->counters[CATALINA_COUNTER_EARLY_KEPT]++;
          self->counters[CATALINA_COUNTER_EARLY_DROPPED]
              += catalina_held_add (self->early, held->message, held->from, now.mono_ms, FALSE);
        }
      catalina_held_message_unref (held);
    }
}

static void
finish (CatalinaDeltaCore *self, gboolean found, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  g_clear_pointer (&transfer->asked, tribes_member_unref);
  transfer->state = CATALINA_TRANSFER_DONE;
  transfer->deadline_ms = G_MAXINT64;
  transfer->token = 0;
  release_replay (self, now);
  if (found)
    {
      transfer->transferred = TRUE;
      self->counters[CATALINA_COUNTER_TRANSFERS_RECEIVED]++;
      self->counters[CATALINA_COUNTER_TRANSFER_RECEIVED_MS]
          = (guint64) (now.mono_ms - transfer->began_ms);
    }
  catalina_core_tell (self, CATALINA_CORE_TRANSFER_ENDED, NULL, NULL, NULL);
  ((CatalinaCoreEvent *) g_queue_peek_tail (&self->events))->found = found;
}

static void
send_question (CatalinaDeltaCore *self, CatalinaNow now)
{
  g_autofree char *unique_id = g_strdup_printf ("GET-ALL-%s", self->name);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, self->name, "GET-ALL",
                                      unique_id, now.wall_ms, NULL);

  self->transfer.token = catalina_delta_core_new_token (self);
  /* Tomcat sends it asynchronously, and so does not hear if it could not be sent. */
  catalina_core_send (self, message, self->transfer.asked, TRIBES_SEND_OPTIONS_NONE,
                      self->transfer.token);
}

/* Who did not answer may have been busy; nobody else has the sessions. Those who said that they
 * have none need not be asked again before they come back. */
static void
retry_later (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  if (transfer->transferred || !transfer->silence)
    return;
  g_ptr_array_set_size (transfer->tried, 0);
  transfer->deadline_ms = now.mono_ms + CATALINA_RETRY_MS;
}

/* Asks the next member, if there is one. */
static void
ask (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;
  TribesMember *candidate = next_candidate (self);

  g_clear_pointer (&transfer->asked, tribes_member_unref);
  if (!candidate)
    {
      finish (self, transfer->complete || transfer->heard, now);
      retry_later (self, now);
      return;
    }
  transfer->state = CATALINA_TRANSFER_ASKING;
  transfer->asked = tribes_member_ref (candidate);
  g_ptr_array_add (transfer->tried, tribes_member_ref (candidate));
  transfer->number++;
  transfer->deadline_ms = answer_deadline (self, now);
  if (!transfer->replay)
    transfer->replay
        = catalina_held_new (self->limits->replay_messages, self->limits->replay_bytes);
  catalina_core_tell_transfer (self, CATALINA_CORE_TRANSFER_STARTED, candidate, 0);
  send_question (self, now);
  if (self->settings->state_transfer_timeout == 0)
    finish (self, FALSE, now);
}

/* The one that was asked has none, or was not heard of. */
static void
give_up (CatalinaDeltaCore *self, gboolean silent, CatalinaNow now)
{
  self->transfer.silence |= silent;
  self->counters[CATALINA_COUNTER_TRANSFERS_FAILED]++;
  ask (self, now);
}

static void
begin (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  transfer->began_ms = now.mono_ms;
  transfer->heard = FALSE;
  transfer->complete = FALSE;
  transfer->got_data = FALSE;
  transfer->doubted = FALSE;
  transfer->silence = FALSE;
  ask (self, now);
}

static void
settle (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  if (!next_candidate (self))
    {
      /* Alone. Somebody may come. */
      if (transfer->state == CATALINA_TRANSFER_SETTLING)
        finish (self, FALSE, now);
      return;
    }
  if (transfer->settle_ms == 0)
    {
      begin (self, now);
      return;
    }
  transfer->state = CATALINA_TRANSFER_SETTLING;
  transfer->deadline_ms = now.mono_ms + transfer->settle_ms;
}

void
catalina_delta_core_start (CatalinaDeltaCore *self,
                           guint settle_ms,
                           TribesMember *named_by,
                           CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  self->stopped = FALSE;
  self->next_expire_ms = now.mono_ms + self->settings->expire_interval_ms;
  transfer->settle_ms = settle_ms;
  transfer->named_by_asker = named_by != NULL;
  if (named_by)
    g_ptr_array_add (transfer->tried, tribes_member_ref (catalina_core_resolve (self, named_by)));
  transfer->state = CATALINA_TRANSFER_SETTLING;
  transfer->deadline_ms = now.mono_ms + settle_ms;
  if (settle_ms == 0)
    settle (self, now);
}

void
catalina_transfer_members_changed (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  /* A member that comes back may have what it did not have before. */
  for (guint i = transfer->tried->len; i > 0; i--)
    if (!contains (self->members, transfer->tried->pdata[i - 1]))
      g_ptr_array_remove_index (transfer->tried, i - 1);
  if (self->stopped)
    return;
  if (transfer->state == CATALINA_TRANSFER_DONE && !transfer->transferred)
    settle (self, now);
  else if (transfer->state == CATALINA_TRANSFER_ASKING && transfer->asked
           && !contains (self->members, transfer->asked) && !is_loading (transfer)
           && !transfer->complete)
    give_up (self, TRUE, now);
}

void
catalina_transfer_sent (CatalinaDeltaCore *self, gboolean success, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  transfer->token = 0;
  if (!success && transfer->state == CATALINA_TRANSFER_ASKING && !transfer->heard)
    give_up (self, TRUE, now);
}

gboolean
catalina_transfer_wants (CatalinaDeltaCore *self, const char *id)
{
  CatalinaSession *session;

  if (!self->transfer.replay)
    return FALSE;
  session = catalina_session_store_lookup (self->store, id);
  return !session || session->transfer != self->transfer.number;
}

void
catalina_transfer_keep (CatalinaDeltaCore *self,
                        CatalinaSessionMessage *message,
                        TribesMember *from,
                        gboolean applied,
                        CatalinaNow now)
{
  guint dropped = catalina_held_add (self->transfer.replay, message, from, now.mono_ms, applied);

  self->counters[CATALINA_COUNTER_OVER_LIMIT] += dropped;
}

static void
receive_data (CatalinaDeltaCore *self, CatalinaSessionMessage *message, TribesMember *from)
{
  CatalinaTransfer *transfer = &self->transfer;
  GBytes *data = catalina_session_message_get_data (message);

  if (!data)
    {
      self->counters[CATALINA_COUNTER_MALFORMED]++;
      catalina_core_tell_problem (self, from,
                                  g_strdup_printf ("%s: a batch of sessions without content",
                                                   self->name));
      return;
    }
  /* What could not all be taken in anyway, at about its size, is not worth waiting. */
  if (transfer->data_bytes + g_bytes_get_size (data) > self->limits->context_bytes)
    {
      self->counters[CATALINA_COUNTER_OVER_LIMIT]++;
      catalina_core_tell_problem (self, from,
                                  g_strdup_printf ("%s: too many sessions to be loaded",
                                                   self->name));
      return;
    }
  transfer->got_data = TRUE;
  transfer->data_bytes += g_bytes_get_size (data);
  g_queue_push_tail (&transfer->data, catalina_session_message_ref (message));
}

void
catalina_transfer_receive (CatalinaDeltaCore *self,
                           CatalinaSessionMessage *message,
                           TribesMember *from,
                           CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;
  gboolean is_asked = transfer->asked && tribes_member_equal (transfer->asked, from);

  switch (catalina_session_message_get_event (message))
    {
    case CATALINA_SESSION_EVENT_ALL_DATA:
      /* Also from one who was asked before and is late: better than nothing. */
      receive_data (self, message, from);
      break;
    case CATALINA_SESSION_EVENT_TRANSFER_COMPLETE:
      if (transfer->state == CATALINA_TRANSFER_ASKING)
        transfer->complete = TRUE;
      break;
    case CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER:
    default:
      if (is_asked && !transfer->heard && !transfer->complete)
        give_up (self, FALSE, now);
      return;
    }
  transfer->heard = TRUE;
  if (transfer->state == CATALINA_TRANSFER_ASKING)
    transfer->deadline_ms = answer_deadline (self, now);
}

/* Whether the copy that is here is worth more than the one that came: nothing was heard of it
 * during the transfer, and it was used later. */
static gboolean
is_as_new (CatalinaDeltaCore *self, CatalinaSession *here, CatalinaSession *came)
{
  return here->state.last_accessed_time >= came->state.last_accessed_time
         && !(self->transfer.replay && catalina_held_peek (self->transfer.replay, came->state.id));
}

/* Who listens need not hear of a copy that says the same. */
static gboolean
says_the_same (CatalinaSession *a, CatalinaSession *b)
{
  guint n = catalina_session_get_n_attributes (a);

  if (n != catalina_session_get_n_attributes (b)
      || a->state.max_inactive_interval != b->state.max_inactive_interval
      || (a->state.principal == NULL) != (b->state.principal == NULL))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      CatalinaNamedValue *named = &g_array_index (a->state.attributes, CatalinaNamedValue, i);
      TribesJavaValue *other = catalina_session_get_attribute (b, named->name);

      if (!other || !tribes_java_value_equal (named->value, other))
        return FALSE;
    }
  return TRUE;
}

static void
tell_taken_in (CatalinaDeltaCore *self, CatalinaSession *session, CatalinaSession *before)
{
  if (!before)
    {
      self->counters[CATALINA_COUNTER_SESSIONS_CREATED]++;
      catalina_core_tell (self, CATALINA_CORE_SESSION_CREATED, session, NULL, NULL);
      return;
    }
  self->counters[CATALINA_COUNTER_SESSIONS_REPLACED]++;
  if (!says_the_same (session, before))
    catalina_core_tell (self, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                        catalina_session_list_attributes (session));
}

/* Takes @session. */
static void
take_in (CatalinaDeltaCore *self, CatalinaSession *session, CatalinaNow now)
{
  g_autoptr (CatalinaSession) taken = session;
  CatalinaSession *here = catalina_session_store_lookup (self->store, session->state.id);
  g_autoptr (CatalinaSession) before = here ? catalina_session_ref (here) : NULL;

  if (here && is_as_new (self, here, session))
    return;
  session->state.is_valid = TRUE;
  session->state.this_accessed_time = now.wall_ms;
  session->transfer = self->transfer.number;
  if (!catalina_session_store_has_room (self->store, session))
    {
      self->counters[CATALINA_COUNTER_OVER_LIMIT]++;
      return;
    }
  if (here && !session->auth_type && here->auth_type)
    session->auth_type = g_strdup (here->auth_type);
  catalina_session_store_add (self->store, g_steal_pointer (&taken));
  tell_taken_in (self, session, before);
  catalina_core_appeared (self, session->state.id, NULL);
  catalina_core_settle (self, now);
}

static gboolean
open_next (CatalinaDeltaCore *self, GError **error)
{
  CatalinaTransfer *transfer = &self->transfer;
  CatalinaSessionMessage *message = g_queue_peek_head (&transfer->data);

  transfer->timestamp = catalina_session_message_get_timestamp (message);
  transfer->reader = catalina_state_reader_new (catalina_session_message_get_data (message), error);
  return transfer->reader != NULL;
}

static void
close_current (CatalinaDeltaCore *self)
{
  CatalinaTransfer *transfer = &self->transfer;
  g_autoptr (CatalinaSessionMessage) message = g_queue_pop_head (&transfer->data);
  CatalinaStateReader *reader = g_steal_pointer (&transfer->reader);

  if (reader)
    g_queue_push_tail (&self->garbage, reader);
  transfer->data_bytes -= g_bytes_get_size (catalina_session_message_get_data (message));
}

static gboolean
load_piece (CatalinaDeltaCore *self, CatalinaNow now, GError **error)
{
  CatalinaTransfer *transfer = &self->transfer;
  gsize bytes = 0;

  if (!transfer->reader && !open_next (self, error))
    return FALSE;
  for (guint i = 0; i < CATALINA_STEP_SESSIONS && bytes < CATALINA_STEP_BYTES
                    && catalina_state_reader_get_left (transfer->reader) > 0;
       i++)
    {
      g_auto (CatalinaSessionState) state = { 0 };
      CatalinaSession *session;

      if (!catalina_state_reader_next (transfer->reader, &state, error))
        return FALSE;
      session = catalina_session_new_take_state (&state);
      bytes += session->size;
      take_in (self, session, now);
    }
  if (catalina_state_reader_get_left (transfer->reader) == 0)
    close_current (self);
  return TRUE;
}

static void
load (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;
  g_autoptr (GError) error = NULL;

  if (!load_piece (self, now, &error))
    {
      self->counters[CATALINA_COUNTER_MALFORMED]++;
      catalina_core_tell_problem (self, transfer->asked,
                                  g_strdup_printf ("%s: state transfer: %s", self->name,
                                                   error->message));
      /* What came before is kept, as by Tomcat. */
      close_current (self);
    }
  if (transfer->state == CATALINA_TRANSFER_ASKING)
    transfer->deadline_ms = answer_deadline (self, now);
}

/* An end with nothing before it: a Tomcat that sends batches has no sessions, or one whose message
 * with the sessions was not acknowledged in time has given up and tells that this was all. */
static void
doubt (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  transfer->doubted = TRUE;
  transfer->complete = FALSE;
  transfer->heard = FALSE;
  transfer->deadline_ms = answer_deadline (self, now);
  send_question (self, now);
}

gboolean
catalina_transfer_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;

  if (is_loading (transfer))
    load (self, now);
  if (is_loading (transfer))
    return TRUE;
  if (transfer->state == CATALINA_TRANSFER_ASKING)
    {
      if (transfer->complete && !transfer->got_data && !transfer->doubted && transfer->asked)
        doubt (self, now);
      else if (transfer->complete)
        finish (self, TRUE, now);
      else if (now.mono_ms >= transfer->deadline_ms
               || (transfer->asked && !contains (self->members, transfer->asked)))
        give_up (self, TRUE, now);
    }
  else if (now.mono_ms >= transfer->deadline_ms)
    {
      /* Settled, or time to ask again. */
      if (next_candidate (self))
        begin (self, now);
      else
        finish (self, FALSE, now);
    }
  return FALSE;
}

gint64
catalina_transfer_get_deadline (CatalinaDeltaCore *self)
{
  CatalinaTransfer *transfer = &self->transfer;
  gboolean ready = is_loading (transfer)
                   || (transfer->state == CATALINA_TRANSFER_ASKING && transfer->complete);

  return ready ? 0 : transfer->deadline_ms;
}
