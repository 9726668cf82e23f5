/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-serving-private.h"
#include "catalina_ha/manager/catalina-attribute-filter-private.h"

#include "catalina_ha/manager/catalina-members-private.h"
#include "tribes/base/tribes-hash-private.h"

#define SYNCHRONOUS (TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK)

/* Ids of sessions that are remembered because somebody did not take them. */
#define MAX_FAILED 4096

/* How long a member that asks for sessions waits for us, in milliseconds. While nobody has answered
 * us, the one that we ask may wait for somebody who waits for this member: then only for a moment.
 * When sessions come in, there is no such circle, and a Tomcat would take half of them for all and
 * ask nobody else; by default it gives up after 60 s. */
#define ASKING_MS 2000
#define COMING_MS 20000

/* Members that wait for our sessions at a time; each is one entry, however often it asks. */
#define MAX_ASKERS 1024

/* So much goes to an asker before it must acknowledge some: it then need not wait for us, nor we
 * for it, between small messages. */
#define MAX_UNDER_WAY       16
#define MAX_BYTES_UNDER_WAY (2 * 1024 * 1024)

/* A message that was sent. */
typedef struct
{
  guint64 token;
  gsize bytes;
  CatalinaBatch batch;
} Sent;

/* Somebody asked for the sessions. */
typedef struct
{
  TribesMember *member;
  guint version;
  gint64 since_ms;
  gboolean waits;
  GPtrArray *sessions; /* nullable: it did not ask, and is to have these */
} Asker;

static void
asker_free (gpointer data)
{
  Asker *asker = data;

  tribes_member_unref (asker->member);
  g_clear_pointer (&asker->sessions, g_ptr_array_unref);
  g_free (asker);
}

/* Done with the one that is served. */
static void
leave (CatalinaServing *self)
{
  self->state = CATALINA_SERVING_NOBODY;
  g_clear_pointer (&self->to, tribes_member_unref);
  g_clear_pointer (&self->plan, catalina_serving_plan_free);
  g_clear_pointer (&self->writer, catalina_state_writer_free);
  g_queue_clear_full (&self->under_way, g_free);
  self->bytes_under_way = 0;
}

void
catalina_serving_init (CatalinaServing *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  self->failed = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
  g_queue_init (&self->askers);
  g_queue_init (&self->under_way);
}

void
catalina_serving_clear (CatalinaServing *self)
{
  leave (self);
  g_clear_pointer (&self->failed, g_hash_table_unref);
  g_queue_clear_full (&self->askers, asker_free);
}

static Asker *
find_asker (CatalinaServing *self, TribesMember *member)
{
  for (GList *l = self->askers.head; l; l = l->next)
    if (tribes_member_equal (((Asker *) l->data)->member, member))
      return l->data;
  return NULL;
}

void
catalina_serving_asked (
    CatalinaServing *self, TribesMember *from, guint version, gboolean waits, CatalinaNow now)
{
  Asker *asker = find_asker (self, from);

  if (asker)
    {
      /* It gets all, then. */
      g_clear_pointer (&asker->sessions, g_ptr_array_unref);
      return;
    }
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

void
catalina_serving_push (
    CatalinaServing *self, TribesMember *to, guint version, GPtrArray *sessions, CatalinaNow now)
{
  Asker *asker;

  if (!catalina_serving_is_for (self, to))
    catalina_serving_asked (self, to, version, FALSE, now);
  asker = find_asker (self, to);
  if (asker && !asker->sessions)
    asker->sessions = g_ptr_array_ref (sessions);
  g_ptr_array_unref (sessions);
}

gboolean
catalina_serving_is_for (CatalinaServing *self, TribesMember *member)
{
  return (self->to && tribes_member_equal (self->to, member)) || find_asker (self, member);
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
                                     self->n_served);
    }
  leave (self);
}

static void
begin (CatalinaServing *self, Asker *asker, gboolean lacks, CatalinaNow now)
{
  GPtrArray *sessions = asker->sessions ? g_steal_pointer (&asker->sessions)
                                        : catalina_session_store_snapshot (self->rooms->store);

  self->state = CATALINA_SERVING_PLAN;
  self->to = tribes_member_ref (asker->member);
  self->lacks = lacks;
  self->unsure = FALSE;
  self->form = asker->version == 1 ? CATALINA_STATE_7_0 : CATALINA_STATE_WITHOUT_NOTES;
  self->plan = catalina_serving_plan_new (sessions, self->failed);
  self->batch = (CatalinaBatch){ 0 };
  self->next = 0;
  self->unpaused = 0;
  self->n_served = 0;
  self->n_extras = 0;
  self->timestamp = now.wall_ms;
  self->began_ms = now.mono_ms;
  self->resume_ms = G_MAXINT64;
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
  if (offer->standing == CATALINA_STANDING_EMPTY && !asker->sessions)
    send_none (self, asker->member);
  else
    begin (self, asker, lacks, now);
  asker_free (asker);
}

/* What to do next: a pause between messages, if the configuration wants one; otherwise on, unless
 * too much is under way. */
static void
go_on (CatalinaServing *self, CatalinaNow now)
{
  const CatalinaManagerSettings *settings = self->rooms->settings;
  gboolean is_full
      = self->under_way.length >= MAX_UNDER_WAY || self->bytes_under_way >= MAX_BYTES_UNDER_WAY;
  gboolean more = catalina_serving_plan_has_more (self->plan);
  gboolean pauses
      = more && !settings->send_all_sessions && self->unpaused >= settings->send_all_sessions_size;
  gboolean all_sent = !more && self->n_extras == catalina_serving_plan_get_extras (self->plan)->len;

  if (all_sent && self->under_way.length == 0)
    {
      end (self, now);
      return;
    }
  self->state = CATALINA_SERVING_BUILD;
  /* Who does not keep what follows needs the sessions first. */
  if (!more && self->n_extras == 0)
    is_full |= self->under_way.length > 0;
  if (all_sent || is_full || (pauses && self->under_way.length > 0))
    self->state = CATALINA_SERVING_SEND;
  else if (pauses)
    {
      self->unpaused = 0;
      if (settings->send_all_sessions_wait_ms == 0 || self->hurry)
        return;
      self->state = CATALINA_SERVING_WAIT;
      self->resume_ms = now.mono_ms + settings->send_all_sessions_wait_ms;
    }
}

/* With an acknowledgement that is heard of. @batch: what it carries. */
static void
send_token (CatalinaServing *self,
            CatalinaSessionMessage *message,
            const CatalinaBatch *batch,
            int options)
{
  Sent *sent = g_new0 (Sent, 1);

  sent->token = catalina_outbox_new_token (&self->rooms->outbox);
  sent->bytes = g_bytes_get_size (catalina_session_message_get_data (message));
  sent->batch = *batch;
  g_queue_push_tail (&self->under_way, sent);
  self->bytes_under_way += sent->bytes;
  catalina_outbox_send (&self->rooms->outbox, message, self->to, options, sent->token);
}

/* Before the word that this was all: a Tomcat keeps them until then. */
static void
send_extras (CatalinaServing *self, CatalinaNow now)
{
  GPtrArray *extras = catalina_serving_plan_get_extras (self->plan);
  CatalinaSession *session = extras->pdata[self->n_extras++];
  static const CatalinaBatch none = { 0 };

  for (guint part = 0; part < CATALINA_N_EXTRAS; part++)
    {
      g_autoptr (CatalinaSessionMessage) message
          = catalina_extras_message (self->rooms, session->state.id, part,
                                     self->form != CATALINA_STATE_7_0, self->timestamp);

      if (message)
        send_token (self, message, &none, TRIBES_SEND_OPTIONS_USE_ACK);
    }
  go_on (self, now);
}

static void
send_batch (CatalinaServing *self, CatalinaNow now)
{
  g_autoptr (GBytes) data = catalina_state_writer_finish (self->writer);
  g_autofree char *unique_id = g_strdup_printf ("SESSION-STATE-%s", self->rooms->outbox.name);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_ALL_DATA, self->rooms->outbox.name,
                                      "SESSION-STATE", unique_id, self->timestamp, data);

  self->n_served += self->batch.n;
  self->unpaused += self->batch.n;
  g_clear_pointer (&self->writer, catalina_state_writer_free);
  send_token (self, message, &self->batch, SYNCHRONOUS);
  go_on (self, now);
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

/* The next message, or the end. */
static void
begin_batch (CatalinaServing *self, CatalinaNow now)
{
  const CatalinaManagerSettings *settings = self->rooms->settings;
  guint max = settings->send_all_sessions
                  ? G_MAXUINT
                  : MAX (1, settings->send_all_sessions_size) - self->unpaused;

  self->next = 0;
  if (!catalina_serving_plan_next (self->plan, max, &self->batch)
      /* Tomcat, too, sends no empty batch, but an empty whole. */
      && (!settings->send_all_sessions || catalina_serving_plan_get_n (self->plan) > 0))
    {
      if (self->n_extras < catalina_serving_plan_get_extras (self->plan)->len)
        send_extras (self, now);
      else
        go_on (self, now);
      return;
    }
  self->writer = catalina_state_writer_new (self->batch.n, self->form);
}

/* One session that cannot be written must not cost the others: those before it are written again,
 * without it, and those behind it are the next message's. */
static void
leave_out (CatalinaServing *self, const GError *error)
{
  catalina_outbox_tell_problem (&self->rooms->outbox, self->to, "cannot write a session: %s",
                                error->message);
  self->lacks = TRUE;
  catalina_serving_plan_put_back (self->plan, self->batch.n - self->next - 1);
  g_clear_pointer (&self->writer, catalina_state_writer_free);
  self->batch.n = self->next;
  self->next = 0;
  if (self->batch.n > 0)
    self->writer = catalina_state_writer_new (self->batch.n, self->form);
}

static void
build_piece (CatalinaServing *self, CatalinaNow now)
{
  g_autoptr (GError) error = NULL;
  gsize bytes = 0;

  if (!self->writer)
    begin_batch (self, now);
  if (!self->writer)
    return;
  for (guint i = 0;
       i < CATALINA_STEP_SESSIONS && bytes < CATALINA_STEP_BYTES && self->next < self->batch.n; i++)
    {
      CatalinaSession *session = self->batch.sessions[self->next];

      if (!add_session (self, session, &error))
        {
          leave_out (self, error);
          return;
        }
      self->next++;
      bytes += session->size;
    }
  if (self->next == self->batch.n)
    send_batch (self, now);
}

/* They stand alone the next time. */
static void
remember_failed (CatalinaServing *self, const CatalinaBatch *batch)
{
  for (guint i = 0; i < batch->n && g_hash_table_size (self->failed) < MAX_FAILED; i++)
    g_hash_table_add (self->failed, g_strdup (batch->sessions[i]->state.id));
}

static Sent *
take_sent (CatalinaServing *self, guint64 token)
{
  for (GList *l = self->under_way.head; l; l = l->next)
    {
      Sent *sent = l->data;

      if (sent->token != token)
        continue;
      g_queue_delete_link (&self->under_way, l);
      self->bytes_under_way -= sent->bytes;
      return sent;
    }
  return NULL;
}

void
catalina_serving_sent (CatalinaServing *self, guint64 token, gboolean success, CatalinaNow now)
{
  g_autofree Sent *sent = take_sent (self, token);

  if (!sent)
    return;
  /* One that does not acknowledge in time may have it all the same. */
  self->unsure |= !success && sent->batch.n > 0;
  if (!success && !catalina_members_have (self->rooms->outbox.members, self->to))
    {
      leave (self);
      return;
    }
  if (!success)
    remember_failed (self, &sent->batch);
  if (self->state == CATALINA_SERVING_SEND)
    go_on (self, now);
}

gboolean
catalina_serving_step (CatalinaServing *self, const CatalinaOffer *offer, CatalinaNow now)
{
  if (self->state == CATALINA_SERVING_NOBODY)
    next (self, offer, now);
  if (self->state == CATALINA_SERVING_PLAN && !catalina_serving_plan_step (self->plan))
    self->state = CATALINA_SERVING_BUILD;
  if (self->state == CATALINA_SERVING_WAIT && now.mono_ms >= self->resume_ms)
    self->state = CATALINA_SERVING_BUILD;
  if (self->state == CATALINA_SERVING_BUILD)
    build_piece (self, now);
  return self->state == CATALINA_SERVING_PLAN || self->state == CATALINA_SERVING_BUILD;
}

gint64
catalina_serving_get_deadline (CatalinaServing *self, const CatalinaOffer *offer)
{
  gint64 deadline = G_MAXINT64;

  switch (self->state)
    {
    case CATALINA_SERVING_PLAN:
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
