/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-outbox-private.h"

#include "catalina_ha/manager/catalina-members-private.h"
#include "catalina_ha/manager/catalina-open-requests-private.h"

void
catalina_outgoing_free (CatalinaOutgoing *outgoing)
{
  g_clear_pointer (&outgoing->message, catalina_session_message_unref);
  g_clear_error (&outgoing->error);
  g_clear_pointer (&outgoing->found, catalina_session_unref);
  g_clear_pointer (&outgoing->destination, tribes_member_unref);
  g_clear_pointer (&outgoing->line.new_id, g_free);
  g_clear_pointer (&outgoing->line.behind, g_slist_free);
  g_clear_pointer (&outgoing->line.delta, catalina_delta_unref);
  g_clear_pointer (&outgoing->line.tokens, g_array_unref);
  g_free (outgoing);
}

void
catalina_core_event_free (CatalinaCoreEvent *event)
{
  g_clear_pointer (&event->session, catalina_session_unref);
  g_clear_pointer (&event->from, tribes_member_unref);
  g_free (event->old_id);
  g_free (event->id);
  g_free (event->problem);
  g_strfreev (event->names);
  g_free (event);
}

void
catalina_outbox_init (CatalinaOutbox *self, const char *name, const CatalinaEventRow *rows)
{
  self->name = g_strdup (name);
  self->rows = rows;
  self->members = catalina_members_new ();
  g_queue_init (&self->messages);
  g_queue_init (&self->events);
}

void
catalina_outbox_clear (CatalinaOutbox *self)
{
  g_queue_clear_full (&self->messages, (GDestroyNotify) catalina_outgoing_free);
  g_queue_clear_full (&self->events, (GDestroyNotify) catalina_core_event_free);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_clear_pointer (&self->name, g_free);
}

guint64
catalina_outbox_new_token (CatalinaOutbox *self)
{
  return ++self->last_token;
}

void
catalina_outbox_count (CatalinaOutbox *self, CatalinaCounter counter)
{
  self->counters[counter]++;
}

static gsize
data_size (CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);

  return data ? g_bytes_get_size (data) : 0;
}

void
catalina_outbox_count_received (CatalinaOutbox *self,
                                const CatalinaEventRow *row,
                                CatalinaSessionMessage *message)
{
  self->counters[CATALINA_COUNTER_RECEIVED_BYTES] += data_size (message);
  if (row)
    self->counters[row->received]++;
}

void
catalina_outbox_send (CatalinaOutbox *self,
                      CatalinaSessionMessage *message,
                      TribesMember *destination,
                      int options,
                      guint64 token)
{
  CatalinaSessionEvent event = catalina_session_message_get_event (message);
  CatalinaOutgoing *outgoing;

  if (!destination && self->members->len == 0)
    return;
  outgoing = g_new0 (CatalinaOutgoing, 1);
  outgoing->message = catalina_session_message_ref (message);
  outgoing->destination = destination ? tribes_member_ref (destination) : NULL;
  outgoing->options = options;
  outgoing->token = token;
  g_queue_push_tail (&self->messages, outgoing);
  self->counters[CATALINA_COUNTER_SENT_BYTES] += data_size (message);
  self->counters[catalina_event_table_find (self->rows, event)->sent]++;
}

void
catalina_outbox_done (CatalinaOutbox *self, guint64 token, const GError *error)
{
  CatalinaOutgoing *outgoing;

  if (token == 0)
    return;
  outgoing = g_new0 (CatalinaOutgoing, 1);
  outgoing->token = token;
  outgoing->error = error ? g_error_copy (error) : NULL;
  g_queue_push_tail (&self->messages, outgoing);
}

void
catalina_outbox_found (CatalinaOutbox *self, guint64 token, CatalinaSession *session)
{
  CatalinaOutgoing *outgoing = g_new0 (CatalinaOutgoing, 1);

  outgoing->token = token;
  outgoing->found = catalina_session_ref (session);
  g_queue_push_tail (&self->messages, outgoing);
}

static CatalinaCoreEvent *
add_event (CatalinaOutbox *self, CatalinaCoreEventKind kind, TribesMember *from)
{
  CatalinaCoreEvent *event = g_new0 (CatalinaCoreEvent, 1);

  event->kind = kind;
  event->from = from ? tribes_member_ref (from) : NULL;
  g_queue_push_tail (&self->events, event);
  return event;
}

void
catalina_outbox_tell_session (CatalinaOutbox *self,
                              CatalinaCoreEventKind kind,
                              CatalinaSession *session,
                              const char *old_id,
                              char **names)
{
  CatalinaCoreEvent *event = add_event (self, kind, self->cause);

  /* Whoever is being told of something else may work with one before this is told. */
  if (kind == CATALINA_CORE_SESSION_ID_CHANGED && self->open_requests)
    catalina_open_requests_rename (self->open_requests, old_id, catalina_session_get_id (session));
  event->bytes = self->cause_bytes;
  event->transferred = self->cause_is_transfer;
  event->session = catalina_session_ref (session);
  event->old_id = g_strdup (old_id);
  event->names = names;
}

void
catalina_outbox_tell_placement (CatalinaOutbox *self, const char *id, CatalinaPlacement placement)
{
  CatalinaCoreEvent *event = add_event (self, CATALINA_CORE_SESSION_PLACED, NULL);

  event->id = g_strdup (id);
  event->placement = placement;
  self->counters[CATALINA_COUNTER_SESSIONS_MADE_PRIMARY + placement]++;
}

void
catalina_outbox_tell_transfer (CatalinaOutbox *self,
                               CatalinaCoreEventKind kind,
                               TribesMember *member,
                               guint n_sessions)
{
  add_event (self, kind, member)->n_sessions = n_sessions;
}

void
catalina_outbox_tell_transfer_ended (CatalinaOutbox *self, gboolean found)
{
  add_event (self, CATALINA_CORE_TRANSFER_ENDED, NULL)->found = found;
}

void
catalina_outbox_tell_missing (CatalinaOutbox *self)
{
  add_event (self, CATALINA_CORE_CONTEXT_MISSING, NULL);
}

void
catalina_outbox_tell_lacking (CatalinaOutbox *self, TribesMember *member, guint n_sessions)
{
  add_event (self, CATALINA_CORE_SESSIONS_MISSING, member)->n_sessions = n_sessions;
}

void
catalina_outbox_tell_problem (CatalinaOutbox *self, TribesMember *from, const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);
  add_event (self, CATALINA_CORE_PROBLEM, from)->problem
      = g_strconcat (self->name, ": ", problem, NULL);
}

CatalinaOutgoing *
catalina_outbox_pop_message (CatalinaOutbox *self)
{
  return g_queue_pop_head (&self->messages);
}

CatalinaCoreEvent *
catalina_outbox_pop_event (CatalinaOutbox *self)
{
  return g_queue_pop_head (&self->events);
}
