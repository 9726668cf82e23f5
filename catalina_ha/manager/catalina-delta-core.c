/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-delta-core-internal-private.h"

#include "tribes/base/tribes-hash-private.h"

void
catalina_manager_settings_init (CatalinaManagerSettings *settings)
{
  *settings = (CatalinaManagerSettings){
    .session_timeout = 1800,
    .state_transfer_timeout = 60,
    .state_timestamp_drop = TRUE,
    .send_all_sessions = TRUE,
    .send_all_sessions_size = 1000,
    .send_all_sessions_wait_ms = 2000,
    .expire_interval_ms = 10000,
    .session_id_bytes = 16,
  };
}

CatalinaManagerSettings *
catalina_manager_settings_copy (const CatalinaManagerSettings *settings)
{
  CatalinaManagerSettings *copy = g_memdup2 (settings, sizeof *settings);

  copy->jvm_route = g_strdup (settings->jvm_route);
  return copy;
}

void
catalina_manager_settings_free (CatalinaManagerSettings *settings)
{
  g_free (settings->jvm_route);
  g_free (settings);
}

void
catalina_outgoing_free (CatalinaOutgoing *outgoing)
{
  catalina_session_message_unref (outgoing->message);
  g_clear_pointer (&outgoing->destination, tribes_member_unref);
  g_free (outgoing);
}

void
catalina_core_event_free (CatalinaCoreEvent *event)
{
  g_clear_pointer (&event->session, catalina_session_unref);
  g_clear_pointer (&event->from, tribes_member_unref);
  g_free (event->old_id);
  g_free (event->problem);
  g_strfreev (event->names);
  g_free (event);
}

static void
renamed_free (gpointer data)
{
  CatalinaRenamed *renamed = data;

  g_free (renamed->old_id);
  g_free (renamed->new_id);
  g_free (renamed);
}

static void
appeared_free (gpointer data)
{
  CatalinaAppeared *appeared = data;

  g_free (appeared->id);
  g_clear_pointer (&appeared->creator, tribes_member_unref);
  g_free (appeared);
}

CatalinaDeltaCore *
catalina_delta_core_new (const char *name,
                         const CatalinaManagerSettings *settings,
                         const CatalinaLimits *limits)
{
  CatalinaDeltaCore *self = g_new0 (CatalinaDeltaCore, 1);

  self->name = g_strdup (name);
  self->settings = catalina_manager_settings_copy (settings);
  self->limits = limits;
  self->store = catalina_session_store_new (limits);
  self->members = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->early = catalina_held_new (limits->early_messages, limits->early_bytes);
  self->renamed = g_hash_table_new (tribes_str_hash, g_str_equal);
  self->transfer.tried = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  self->transfer.deadline_ms = G_MAXINT64;
  return self;
}

void
catalina_delta_core_free (CatalinaDeltaCore *self)
{
  catalina_transfer_clear (&self->transfer);
  g_clear_pointer (&self->transfer.tried, g_ptr_array_unref);
  g_clear_pointer (&self->serving, catalina_serving_free);
  g_queue_clear_full (&self->askers, (GDestroyNotify) catalina_asker_free);
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) catalina_outgoing_free);
  g_queue_clear_full (&self->events, (GDestroyNotify) catalina_core_event_free);
  g_queue_clear_full (&self->appeared, appeared_free);
  g_queue_clear_full (&self->garbage, (GDestroyNotify) catalina_state_reader_free);
  g_hash_table_unref (self->renamed);
  g_queue_clear_full (&self->renamed_by_age, renamed_free);
  catalina_held_free (self->early);
  g_ptr_array_unref (self->members);
  catalina_session_store_free (self->store);
  catalina_manager_settings_free (self->settings);
  g_free (self->name);
  g_free (self);
}

const char *
catalina_delta_core_get_name (CatalinaDeltaCore *self)
{
  return self->name;
}

guint64
catalina_delta_core_get_counter (CatalinaDeltaCore *self, CatalinaCounter counter)
{
  return self->counters[counter];
}

void
catalina_delta_core_count (CatalinaDeltaCore *self, CatalinaCounter counter, guint64 by)
{
  self->counters[counter] += by;
}

gboolean
catalina_delta_core_is_transferring (CatalinaDeltaCore *self)
{
  return self->transfer.state == CATALINA_TRANSFER_ASKING
         || self->transfer.state == CATALINA_TRANSFER_SETTLING;
}

gboolean
catalina_delta_core_is_transferred (CatalinaDeltaCore *self)
{
  return self->transfer.transferred;
}

gsize
catalina_delta_core_get_bytes (CatalinaDeltaCore *self)
{
  return catalina_session_store_get_bytes (self->store);
}

guint
catalina_delta_core_get_n_sessions (CatalinaDeltaCore *self)
{
  return catalina_session_store_get_n (self->store);
}

CatalinaSession *
catalina_delta_core_get_session_at (CatalinaDeltaCore *self, guint index)
{
  return catalina_session_store_get_at (self->store, index);
}

CatalinaSession *
catalina_delta_core_lookup (CatalinaDeltaCore *self, const char *id)
{
  return catalina_session_store_lookup (self->store, id);
}

void
catalina_delta_core_set_members (CatalinaDeltaCore *self, GPtrArray *members, CatalinaNow now)
{
  g_ptr_array_set_size (self->members, 0);
  for (guint i = 0; i < members->len; i++)
    g_ptr_array_add (self->members, tribes_member_ref (members->pdata[i]));
  catalina_transfer_members_changed (self, now);
}

/* The counter of an event received or sent, @base being that of "created". */
static void
count_event (CatalinaDeltaCore *self, CatalinaCounter base, CatalinaSessionMessage *message)
{
  static const CatalinaSessionEvent events[] = {
    CATALINA_SESSION_EVENT_CREATED,
    CATALINA_SESSION_EVENT_EXPIRED,
    CATALINA_SESSION_EVENT_ACCESSED,
    CATALINA_SESSION_EVENT_GET_ALL,
    CATALINA_SESSION_EVENT_ALL_DATA,
    CATALINA_SESSION_EVENT_DELTA,
    CATALINA_SESSION_EVENT_TRANSFER_COMPLETE,
    CATALINA_SESSION_EVENT_CHANGE_ID,
    CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER,
  };
  gboolean sent = base == CATALINA_COUNTER_SENT_CREATED;
  GBytes *data = catalina_session_message_get_data (message);

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    if (catalina_session_message_get_event (message) == events[i])
      self->counters[base + i]++;
  if (data)
    self->counters[sent ? CATALINA_COUNTER_SENT_BYTES : CATALINA_COUNTER_RECEIVED_BYTES]
        += g_bytes_get_size (data);
}

void
catalina_core_send (CatalinaDeltaCore *self,
                    CatalinaSessionMessage *message,
                    TribesMember *destination,
                    int options,
                    guint64 token)
{
  CatalinaOutgoing *outgoing;

  if (!destination && self->members->len == 0)
    return;
  outgoing = g_new0 (CatalinaOutgoing, 1);
  outgoing->message = catalina_session_message_ref (message);
  outgoing->destination = destination ? tribes_member_ref (destination) : NULL;
  outgoing->options = options;
  outgoing->token = token;
  g_queue_push_tail (&self->outgoing, outgoing);
  count_event (self, CATALINA_COUNTER_SENT_CREATED, message);
}

void
catalina_core_tell (CatalinaDeltaCore *self,
                    CatalinaCoreEventKind kind,
                    CatalinaSession *session,
                    const char *old_id,
                    char **names)
{
  CatalinaCoreEvent *event = g_new0 (CatalinaCoreEvent, 1);

  event->kind = kind;
  event->session = session ? catalina_session_ref (session) : NULL;
  event->old_id = g_strdup (old_id);
  event->names = names;
  g_queue_push_tail (&self->events, event);
}

void
catalina_core_tell_transfer (CatalinaDeltaCore *self,
                             CatalinaCoreEventKind kind,
                             TribesMember *member,
                             guint n_sessions)
{
  CatalinaCoreEvent *event = g_new0 (CatalinaCoreEvent, 1);

  event->kind = kind;
  event->from = tribes_member_ref (member);
  event->n_sessions = n_sessions;
  g_queue_push_tail (&self->events, event);
}

void
catalina_core_tell_problem (CatalinaDeltaCore *self, TribesMember *from, char *problem)
{
  CatalinaCoreEvent *event = g_new0 (CatalinaCoreEvent, 1);

  event->kind = CATALINA_CORE_PROBLEM;
  event->from = from ? tribes_member_ref (from) : NULL;
  event->problem = problem;
  g_queue_push_tail (&self->events, event);
}

/* The member as the membership knows it. With static members of which nobody said the unique id, a
 * message bears another than the list of members. */
TribesMember *
catalina_core_resolve (CatalinaDeltaCore *self, TribesMember *from)
{
  g_autoptr (GBytes) host = NULL;

  for (guint i = 0; i < self->members->len; i++)
    if (tribes_member_equal (self->members->pdata[i], from))
      return self->members->pdata[i];
  host = tribes_member_dup_host_bytes (from);
  for (guint i = 0; i < self->members->len; i++)
    {
      TribesMember *member = self->members->pdata[i];
      g_autoptr (GBytes) other = tribes_member_dup_host_bytes (member);

      if (tribes_member_get_port (member) == tribes_member_get_port (from)
          && g_bytes_equal (host, other))
        return member;
    }
  return from;
}

void
catalina_delta_core_receive (CatalinaDeltaCore *self,
                             CatalinaSessionMessage *message,
                             TribesMember *sender,
                             CatalinaNow now)
{
  TribesMember *from = catalina_core_resolve (self, sender);

  if (self->stopped)
    return;
  count_event (self, CATALINA_COUNTER_RECEIVED_CREATED, message);
  switch (catalina_session_message_get_event (message))
    {
    case CATALINA_SESSION_EVENT_GET_ALL:
      catalina_serve_asked (self, from, now);
      break;
    case CATALINA_SESSION_EVENT_ALL_DATA:
    case CATALINA_SESSION_EVENT_TRANSFER_COMPLETE:
    case CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER:
      catalina_transfer_receive (self, message, from, now);
      break;
    case CATALINA_SESSION_EVENT_CREATED:
    case CATALINA_SESSION_EVENT_EXPIRED:
    case CATALINA_SESSION_EVENT_ACCESSED:
    case CATALINA_SESSION_EVENT_DELTA:
    case CATALINA_SESSION_EVENT_CHANGE_ID:
      catalina_core_receive (self, message, from, now);
      break;
    default:
      g_debug ("%s: ignoring a session message of type %d", self->name,
               (int) catalina_session_message_get_event (message));
      break;
    }
}

void
catalina_delta_core_sent (CatalinaDeltaCore *self, guint64 token, gboolean success, CatalinaNow now)
{
  if (token == self->transfer.token)
    catalina_transfer_sent (self, success, now);
  else
    catalina_serve_sent (self, token, success, now);
}

/* Goes through the sessions downwards: a session that ends is replaced by one already seen. */
static gboolean
expire_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  if (self->expire_left == 0)
    {
      if (now.mono_ms < self->next_expire_ms)
        return FALSE;
      self->next_expire_ms = now.mono_ms + self->settings->expire_interval_ms;
      self->expire_left = catalina_session_store_get_n (self->store);
    }
  self->expire_left = MIN (self->expire_left, catalina_session_store_get_n (self->store));
  for (guint i = 0; i < CATALINA_STEP_CHECKS && self->expire_left > 0; i++)
    {
      CatalinaSession *session = catalina_session_store_get_at (self->store, --self->expire_left);

      if (catalina_session_get_end (session) > now.wall_ms)
        continue;
      self->counters[CATALINA_COUNTER_SESSIONS_TIMED_OUT]++;
      if (session->is_primary)
        catalina_core_send_expired (self, session->state.id, 0, now);
      catalina_core_expire (self, session, FALSE);
    }
  return self->expire_left > 0;
}

static gboolean
garbage_step (CatalinaDeltaCore *self)
{
  CatalinaStateReader *reader = g_queue_peek_head (&self->garbage);

  if (!reader)
    return FALSE;
  if (!catalina_state_reader_release (reader))
    catalina_state_reader_free (g_queue_pop_head (&self->garbage));
  /* The C library keeps small freed pieces apart until somebody asks for a large one, and joins
   * them all then: after a million of them 45 ms, for whoever asks. */
  g_free (g_malloc (4096));
  return self->garbage.length > 0;
}

gboolean
catalina_delta_core_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  gboolean more;

  if (self->stopped)
    return FALSE;
  /* In turns: an answer to somebody does not wait for the end of our own state transfer. */
  more = catalina_transfer_step (self, now);
  more |= catalina_serve_step (self, now);
  more |= expire_step (self, now);
  more |= garbage_step (self);
  catalina_core_drop_old (self, now);
  return more;
}

gint64
catalina_delta_core_get_deadline (CatalinaDeltaCore *self)
{
  gboolean busy = self->expire_left > 0 || self->garbage.length > 0;
  gint64 deadline = busy ? 0 : self->next_expire_ms;
  gint64 oldest = catalina_core_get_oldest (self);

  if (self->stopped)
    return G_MAXINT64;
  deadline = MIN (deadline, catalina_transfer_get_deadline (self));
  deadline = MIN (deadline, catalina_serve_get_deadline (self));
  return MIN (deadline, oldest);
}

CatalinaOutgoing *
catalina_delta_core_pop_outgoing (CatalinaDeltaCore *self)
{
  return g_queue_pop_head (&self->outgoing);
}

CatalinaCoreEvent *
catalina_delta_core_pop_event (CatalinaDeltaCore *self)
{
  return g_queue_pop_head (&self->events);
}

guint64
catalina_delta_core_new_token (CatalinaDeltaCore *self)
{
  return ++self->last_token;
}
