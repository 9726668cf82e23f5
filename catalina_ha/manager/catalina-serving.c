/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-serving-private.h"
#include "catalina_ha/manager/catalina-attribute-filter-private.h"

#include "catalina_ha/manager/catalina-members-private.h"

#define SYNCHRONOUS (TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK)

/* A message of a state transfer holds no more than this, even if all sessions are to be sent at
 * once: Tomcat takes any number of messages, and none of ours is then so large that writing it
 * holds up anything. One of fewer sessions is one message, as Tomcat's. */
#define BATCH_BYTES (1024 * 1024)

/* How long a member that asks for sessions waits for us, in milliseconds. While nobody has answered
 * us, the one that we ask may wait for somebody who waits for this member: then only for a moment.
 * When sessions come in, there is no such circle, and a Tomcat would take half of them for all and
 * ask nobody else; by default it gives up after 60 s. */
#define ASKING_MS 2000
#define COMING_MS 20000

/* Members that wait for our sessions at a time; each is one entry, however often it asks. */
#define MAX_ASKERS 1024

/* Somebody asked for the sessions. */
typedef struct
{
  TribesMember *member;
  guint version;
  gint64 since_ms;
  gboolean waits;
} Asker;

static void
asker_free (gpointer data)
{
  Asker *asker = data;

  tribes_member_unref (asker->member);
  g_free (asker);
}

/* Done with the one that is served. */
static void
leave (CatalinaServing *self)
{
  self->state = CATALINA_SERVING_NOBODY;
  g_clear_pointer (&self->to, tribes_member_unref);
  g_clear_pointer (&self->sessions, g_ptr_array_unref);
  g_clear_pointer (&self->writer, catalina_state_writer_free);
}

void
catalina_serving_init (CatalinaServing *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  g_queue_init (&self->askers);
}

void
catalina_serving_clear (CatalinaServing *self)
{
  leave (self);
  g_queue_clear_full (&self->askers, asker_free);
}

void
catalina_serving_asked (
    CatalinaServing *self, TribesMember *from, guint version, gboolean waits, CatalinaNow now)
{
  Asker *asker;

  for (GList *l = self->askers.head; l; l = l->next)
    if (tribes_member_equal (((Asker *) l->data)->member, from))
      return;
  if (self->askers.length >= MAX_ASKERS)
    {
      catalina_outbox_count (&self->rooms->outbox, CATALINA_COUNTER_OVER_LIMIT);
      return;
    }
  asker = g_new0 (Asker, 1);
  asker->member = tribes_member_ref (from);
  asker->version = version;
  asker->since_ms = now.mono_ms;
  asker->waits = waits;
  g_queue_push_tail (&self->askers, asker);
}

static void
send_word (CatalinaServing *self,
           TribesMember *to,
           CatalinaSessionEvent event,
           const char *word,
           const char *unique_id,
           gint64 timestamp)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (event, outbox->name, word, unique_id, timestamp, NULL);

  catalina_outbox_send (outbox, message, to, CATALINA_OPTIONS_DEFAULT, 0);
}

static void
send_none (CatalinaServing *self, TribesMember *to)
{
  g_autofree char *unique_id = g_strdup_printf ("NO-CONTEXT-MANAGER-%s", self->rooms->outbox.name);

  send_word (self, to, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, "NO-CONTEXT-MANAGER", unique_id,
             0);
}

/* To a Tomcat either word is the end, and what came before it counts; but with the second it knows
 * that this was not all, and a member of our kind asks others. */
static void
send_end (CatalinaServing *self)
{
  g_autofree char *unique_id
      = g_strdup_printf ("SESSION-STATE-TRANSFERRED%s", self->rooms->outbox.name);

  if (self->lacks || self->unsure)
    send_none (self, self->to);
  else
    send_word (self, self->to, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE,
               "SESSION-STATE-TRANSFERRED", unique_id, self->timestamp);
}

static void
end (CatalinaServing *self, CatalinaNow now)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;

  send_end (self);
  if (self->unsure)
    catalina_outbox_tell_problem (outbox, self->to,
                                  "did not acknowledge all of the sessions that it asked for");
  else
    {
      catalina_outbox_count (outbox, CATALINA_COUNTER_TRANSFERS_SERVED);
      outbox->counters[CATALINA_COUNTER_TRANSFER_SERVED_MS]
          = (guint64) (now.mono_ms - self->began_ms);
      catalina_outbox_tell_transfer (outbox, CATALINA_CORE_TRANSFER_SERVED, self->to,
                                     self->sessions->len);
    }
  leave (self);
}

static void
begin (CatalinaServing *self, const Asker *asker, gboolean lacks, CatalinaNow now)
{
  self->state = CATALINA_SERVING_BUILD;
  self->to = tribes_member_ref (asker->member);
  self->lacks = lacks;
  self->unsure = FALSE;
  self->form = asker->version == 1 ? CATALINA_STATE_7_0 : CATALINA_STATE_NOTES_IF_SET;
  self->sessions = catalina_session_store_snapshot (self->rooms->store);
  self->next = 0;
  self->batch_end = 0;
  self->timestamp = now.wall_ms;
  self->began_ms = now.mono_ms;
  self->resume_ms = G_MAXINT64;
  self->token = 0;
  /* Tomcat, too, sends no empty batch, but an empty whole. */
  if (self->sessions->len == 0 && !self->rooms->settings->send_all_sessions)
    end (self, now);
}

static gint64
due_ms (CatalinaServing *self, const Asker *asker, const CatalinaOffer *offer)
{
  if (!asker->waits || self->hurry
      || (offer->sole && tribes_member_equal (offer->sole, asker->member)))
    return 0;
  switch (offer->standing)
    {
    case CATALINA_STANDING_ASKING:
      return MIN (asker->since_ms + ASKING_MS, offer->until_ms);
    case CATALINA_STANDING_COMING:
      return MIN (asker->since_ms + COMING_MS, offer->until_ms);
    case CATALINA_STANDING_READY:
    case CATALINA_STANDING_LACKS:
    case CATALINA_STANDING_EMPTY:
    default:
      return 0;
    }
}

/* Takes up the next question whose time has come. */
static void
next (CatalinaServing *self, const CatalinaOffer *offer, CatalinaNow now)
{
  gboolean lacks
      = offer->standing == CATALINA_STANDING_LACKS || offer->standing == CATALINA_STANDING_COMING;
  GList *l = self->askers.head;
  Asker *asker;

  while (l && due_ms (self, l->data, offer) > now.mono_ms)
    l = l->next;
  if (!l)
    return;
  asker = l->data;
  g_queue_delete_link (&self->askers, l);
  if (offer->standing == CATALINA_STANDING_EMPTY)
    send_none (self, asker->member);
  else
    begin (self, asker, lacks, now);
  asker_free (asker);
}

static void
send_batch (CatalinaServing *self)
{
  g_autoptr (GBytes) data = catalina_state_writer_finish (self->writer);
  g_autofree char *unique_id = g_strdup_printf ("SESSION-STATE-%s", self->rooms->outbox.name);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_ALL_DATA, self->rooms->outbox.name,
                                      "SESSION-STATE", unique_id, self->timestamp, data);

  g_clear_pointer (&self->writer, catalina_state_writer_free);
  self->state = CATALINA_SERVING_SEND;
  self->token = catalina_outbox_new_token (&self->rooms->outbox);
  catalina_outbox_send (&self->rooms->outbox, message, self->to, SYNCHRONOUS, self->token);
}

/* How many sessions the next message has. */
static guint
plan_batch (CatalinaServing *self)
{
  guint n = self->sessions->len;
  gsize bytes = 0;

  if (!self->rooms->settings->send_all_sessions)
    return self->next + MIN (n - self->next, self->rooms->settings->send_all_sessions_size);
  for (guint i = self->next; i < n; i++)
    {
      bytes += ((CatalinaSession *) self->sessions->pdata[i])->size;
      if (bytes > BATCH_BYTES && i > self->next)
        return i;
    }
  return n;
}

static gboolean
add_session (CatalinaServing *self, CatalinaSession *session, GError **error)
{
  CatalinaSessionState state = session->state;
  g_autoptr (GArray) attributes
      = catalina_attribute_filter_values (self->rooms->settings, state.attributes);

  state.attributes = attributes;
  return catalina_state_writer_add (self->writer, &state, error);
}

static gboolean
build_piece (CatalinaServing *self, GError **error)
{
  gsize bytes = 0;

  if (!self->writer)
    {
      self->batch_end = plan_batch (self);
      self->writer = catalina_state_writer_new (self->batch_end - self->next, self->form);
    }
  for (guint i = 0;
       i < CATALINA_STEP_SESSIONS && bytes < CATALINA_STEP_BYTES && self->next < self->batch_end;
       i++)
    {
      CatalinaSession *session = self->sessions->pdata[self->next++];

      if (!add_session (self, session, error))
        return FALSE;
      bytes += session->size;
    }
  if (self->next == self->batch_end)
    send_batch (self);
  return TRUE;
}

void
catalina_serving_sent (CatalinaServing *self, guint64 token, gboolean success, CatalinaNow now)
{
  const CatalinaManagerSettings *settings = self->rooms->settings;
  guint wait_ms
      = settings->send_all_sessions || self->hurry ? 0 : settings->send_all_sessions_wait_ms;

  if (self->state != CATALINA_SERVING_SEND || self->token != token)
    return;
  /* One that does not acknowledge in time may have it all the same. */
  self->unsure |= !success;
  if (!success && !catalina_members_have (self->rooms->outbox.members, self->to))
    leave (self);
  else if (self->next == self->sessions->len)
    end (self, now);
  else
    {
      self->state = wait_ms > 0 ? CATALINA_SERVING_WAIT : CATALINA_SERVING_BUILD;
      self->resume_ms = now.mono_ms + wait_ms;
    }
}

gboolean
catalina_serving_step (CatalinaServing *self, const CatalinaOffer *offer, CatalinaNow now)
{
  g_autoptr (GError) error = NULL;

  if (self->state == CATALINA_SERVING_NOBODY)
    next (self, offer, now);
  if (self->state == CATALINA_SERVING_WAIT && now.mono_ms >= self->resume_ms)
    self->state = CATALINA_SERVING_BUILD;
  if (self->state != CATALINA_SERVING_BUILD)
    return FALSE;
  if (build_piece (self, &error))
    return self->state == CATALINA_SERVING_BUILD;
  catalina_outbox_tell_problem (&self->rooms->outbox, self->to, "cannot write a session: %s",
                                error->message);
  send_none (self, self->to);
  leave (self);
  return FALSE;
}

gint64
catalina_serving_get_deadline (CatalinaServing *self, const CatalinaOffer *offer)
{
  gint64 deadline = G_MAXINT64;

  switch (self->state)
    {
    case CATALINA_SERVING_BUILD:
      return 0;
    case CATALINA_SERVING_WAIT:
      return self->resume_ms;
    case CATALINA_SERVING_SEND:
      return G_MAXINT64;
    case CATALINA_SERVING_NOBODY:
    default:
      break;
    }
  for (GList *l = self->askers.head; l; l = l->next)
    deadline = MIN (deadline, due_ms (self, l->data, offer));
  return deadline;
}

void
catalina_serving_hurry (CatalinaServing *self)
{
  self->hurry = TRUE;
  if (self->state == CATALINA_SERVING_WAIT)
    self->state = CATALINA_SERVING_BUILD;
}

gboolean
catalina_serving_is_busy (CatalinaServing *self)
{
  return self->state != CATALINA_SERVING_NOBODY || self->askers.length > 0;
}

void
catalina_serving_break_off (CatalinaServing *self)
{
  Asker *asker;

  if (self->state != CATALINA_SERVING_NOBODY)
    {
      send_none (self, self->to);
      catalina_outbox_tell_problem (&self->rooms->outbox, self->to,
                                    "was not given all sessions, as this member stops");
      leave (self);
    }
  while ((asker = g_queue_pop_head (&self->askers)))
    {
      send_none (self, asker->member);
      asker_free (asker);
    }
}
