/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions that others ask for: a snapshot, written piece by piece into one message or several,
 * sent one after the other, and a last message that says that this was all.
 */
#include "catalina_ha/manager/catalina-delta-core-internal-private.h"

#define SYNCHRONOUS (TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK)

void
catalina_serving_free (CatalinaServing *serving)
{
  tribes_member_unref (serving->to);
  g_ptr_array_unref (serving->sessions);
  g_clear_pointer (&serving->writer, catalina_state_writer_free);
  g_free (serving);
}

void
catalina_asker_free (CatalinaAsker *asker)
{
  tribes_member_unref (asker->member);
  g_free (asker);
}

static gboolean
is_member (CatalinaDeltaCore *self, TribesMember *member)
{
  for (guint i = 0; i < self->members->len; i++)
    if (tribes_member_equal (self->members->pdata[i], member))
      return TRUE;
  return FALSE;
}

void
catalina_serve_asked (CatalinaDeltaCore *self, TribesMember *from, CatalinaNow now)
{
  CatalinaTransfer *transfer = &self->transfer;
  /* Two that start at the same time ask each other: who waited for the other's answer would wait
   * for ever. */
  gboolean mutual = transfer->asked && tribes_member_equal (transfer->asked, from);
  gboolean waits = catalina_delta_core_is_transferring (self) && !mutual;
  CatalinaAsker *asker;

  for (GList *l = self->askers.head; l; l = l->next)
    if (tribes_member_equal (((CatalinaAsker *) l->data)->member, from))
      return;
  if (self->askers.length >= CATALINA_MAX_ASKERS)
    {
      self->counters[CATALINA_COUNTER_OVER_LIMIT]++;
      return;
    }
  asker = g_new0 (CatalinaAsker, 1);
  asker->member = tribes_member_ref (from);
  asker->deadline_ms = now.mono_ms + (waits ? CATALINA_DEFER_MS : 0);
  g_queue_push_tail (&self->askers, asker);
}

static void
send_word (CatalinaDeltaCore *self,
           TribesMember *to,
           CatalinaSessionEvent event,
           const char *word,
           const char *unique_id,
           gint64 timestamp)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, self->name, word, unique_id, timestamp, NULL);

  catalina_core_send (self, message, to, CATALINA_OPTIONS_DEFAULT, 0);
}

static void
send_none (CatalinaDeltaCore *self, TribesMember *to)
{
  g_autofree char *unique_id = g_strdup_printf ("NO-CONTEXT-MANAGER-%s", self->name);

  send_word (self, to, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, "NO-CONTEXT-MANAGER", unique_id,
             0);
}

static void
end (CatalinaDeltaCore *self, CatalinaNow now)
{
  g_autofree char *unique_id = g_strdup_printf ("SESSION-STATE-TRANSFERRED%s", self->name);
  CatalinaServing *serving = self->serving;

  send_word (self, serving->to, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE,
             "SESSION-STATE-TRANSFERRED", unique_id, serving->timestamp);
  self->counters[CATALINA_COUNTER_TRANSFERS_SERVED]++;
  self->counters[CATALINA_COUNTER_TRANSFER_SERVED_MS] = (guint64) (now.mono_ms - serving->began_ms);
  catalina_core_tell_transfer (self, CATALINA_CORE_TRANSFER_SERVED, serving->to,
                               serving->sessions->len);
  g_clear_pointer (&self->serving, catalina_serving_free);
}

static void
begin (CatalinaDeltaCore *self, TribesMember *to, CatalinaNow now)
{
  CatalinaServing *serving = g_new0 (CatalinaServing, 1);

  serving->to = tribes_member_ref (to);
  serving->sessions = catalina_session_store_snapshot (self->store);
  serving->timestamp = now.wall_ms;
  serving->began_ms = now.mono_ms;
  serving->resume_ms = G_MAXINT64;
  self->serving = serving;
  /* Tomcat, too, sends no empty batch, but an empty whole. */
  if (serving->sessions->len == 0 && !self->settings->send_all_sessions)
    end (self, now);
}

/* Takes up the next question whose time has come. */
static void
next (CatalinaDeltaCore *self, CatalinaNow now)
{
  gboolean transferring = catalina_delta_core_is_transferring (self);

  for (GList *l = self->askers.head; l; l = l->next)
    {
      CatalinaAsker *asker = l->data;

      if (transferring && asker->deadline_ms > now.mono_ms)
        continue;
      g_queue_delete_link (&self->askers, l);
      /* Known only because somebody asked: then others may know better. */
      if (self->transfer.named_by_asker && !self->transfer.transferred
          && catalina_session_store_get_n (self->store) == 0)
        send_none (self, asker->member);
      else
        begin (self, asker->member, now);
      catalina_asker_free (asker);
      return;
    }
}

static void
send_batch (CatalinaDeltaCore *self)
{
  CatalinaServing *serving = self->serving;
  g_autoptr (GBytes) data = catalina_state_writer_finish (serving->writer);
  g_autofree char *unique_id = g_strdup_printf ("SESSION-STATE-%s", self->name);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_ALL_DATA, self->name, "SESSION-STATE",
                                      unique_id, serving->timestamp, data);

  g_clear_pointer (&serving->writer, catalina_state_writer_free);
  serving->state = CATALINA_SERVING_SEND;
  serving->token = catalina_delta_core_new_token (self);
  catalina_core_send (self, message, serving->to, SYNCHRONOUS, serving->token);
}

/* How many sessions the next message has. */
static guint
plan_batch (CatalinaDeltaCore *self)
{
  CatalinaServing *serving = self->serving;
  guint n = serving->sessions->len;
  gsize bytes = 0;

  if (!self->settings->send_all_sessions)
    return serving->next + MIN (n - serving->next, self->settings->send_all_sessions_size);
  for (guint i = serving->next; i < n; i++)
    {
      bytes += ((CatalinaSession *) serving->sessions->pdata[i])->size;
      if (bytes > CATALINA_BATCH_BYTES && i > serving->next)
        return i;
    }
  return n;
}

static gboolean
build_piece (CatalinaDeltaCore *self, GError **error)
{
  CatalinaServing *serving = self->serving;
  gsize bytes = 0;

  if (!serving->writer)
    {
      serving->batch_end = plan_batch (self);
      serving->writer = catalina_state_writer_new (serving->batch_end - serving->next,
                                                   CATALINA_STATE_WITH_NOTES);
    }
  for (guint i = 0; i < CATALINA_STEP_SESSIONS && bytes < CATALINA_STEP_BYTES
                    && serving->next < serving->batch_end;
       i++)
    {
      CatalinaSession *session = serving->sessions->pdata[serving->next++];

      if (!catalina_state_writer_add (serving->writer, &session->state, error))
        return FALSE;
      bytes += session->size;
    }
  if (serving->next == serving->batch_end)
    send_batch (self);
  return TRUE;
}

void
catalina_serve_sent (CatalinaDeltaCore *self, guint64 token, gboolean success, CatalinaNow now)
{
  CatalinaServing *serving = self->serving;
  guint wait_ms = self->settings->send_all_sessions ? 0 : self->settings->send_all_sessions_wait_ms;

  if (!serving || serving->state != CATALINA_SERVING_SEND || serving->token != token)
    return;
  /* One that does not acknowledge in time may have it all the same. */
  if (!success && !is_member (self, serving->to))
    g_clear_pointer (&self->serving, catalina_serving_free);
  else if (serving->next == serving->sessions->len)
    end (self, now);
  else
    {
      serving->state = wait_ms > 0 ? CATALINA_SERVING_WAIT : CATALINA_SERVING_BUILD;
      serving->resume_ms = now.mono_ms + wait_ms;
    }
}

gboolean
catalina_serve_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaServing *serving;
  g_autoptr (GError) error = NULL;

  if (!self->serving)
    next (self, now);
  serving = self->serving;
  if (!serving)
    return FALSE;
  if (serving->state == CATALINA_SERVING_WAIT && now.mono_ms >= serving->resume_ms)
    serving->state = CATALINA_SERVING_BUILD;
  if (serving->state != CATALINA_SERVING_BUILD)
    return FALSE;
  if (build_piece (self, &error))
    return serving->state == CATALINA_SERVING_BUILD;
  catalina_core_tell_problem (self, serving->to,
                              g_strdup_printf ("%s: cannot write a session: %s", self->name,
                                               error->message));
  send_none (self, serving->to);
  g_clear_pointer (&self->serving, catalina_serving_free);
  return FALSE;
}

gint64
catalina_serve_get_deadline (CatalinaDeltaCore *self)
{
  gint64 deadline = G_MAXINT64;

  if (self->serving)
    switch (self->serving->state)
      {
      case CATALINA_SERVING_BUILD:
        return 0;
      case CATALINA_SERVING_WAIT:
        return self->serving->resume_ms;
      case CATALINA_SERVING_SEND:
      default:
        return G_MAXINT64;
      }
  for (GList *l = self->askers.head; l; l = l->next)
    deadline = MIN (deadline, catalina_delta_core_is_transferring (self)
                                  ? ((CatalinaAsker *) l->data)->deadline_ms
                                  : 0);
  return deadline;
}
