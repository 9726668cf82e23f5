/* SPDX-License-Identifier: Apache-2.0
 *
 * On top of all that a delta manager does: life, the table of events, whose turn it is, and when
 * the next is.
 */
#include "catalina_ha/manager/catalina-delta-core-private.h"

#include "catalina_ha/manager/catalina-asking-private.h"
#include "catalina_ha/manager/catalina-heal-private.h"
#include "catalina_ha/manager/catalina-loading-private.h"
#include "catalina_ha/manager/catalina-local-private.h"
#include "catalina_ha/manager/catalina-members-private.h"
#include "catalina_ha/manager/catalina-receive-private.h"
#include "catalina_ha/manager/catalina-serving-private.h"
#include "catalina_ha/manager/catalina-slices-private.h"
#include "catalina_ha/manager/catalina-writes-private.h"

/* Looking whether a session has timed out costs less than moving one. */
#define STEP_CHECKS 1024

struct _CatalinaDeltaCore
{
  CatalinaRooms rooms;
  CatalinaAsking asking;
  CatalinaLoading loading;
  CatalinaServing serving;
  CatalinaHeal heal;
  CatalinaWrites writes;
  CatalinaSlices slices;
  gboolean stopped;
  gint64 next_expire_ms;
  guint expire_left; /* sessions still to be checked in this round */
};

static void
take_session (CatalinaDeltaCore *self,
              const CatalinaEventRow *row,
              CatalinaSessionMessage *message,
              TribesMember *from,
              CatalinaNow now)
{
  catalina_receive_message (&self->rooms, row, message, from, now);
  catalina_writes_heard (&self->writes, catalina_session_message_get_session_id (message), now);
}

static gboolean
knows_another (CatalinaDeltaCore *self, TribesMember *member)
{
  GPtrArray *members = self->rooms.outbox.members;

  return members->len > (catalina_members_have (members, member) ? 1 : 0);
}

static void
take_question (CatalinaDeltaCore *self,
               const CatalinaEventRow *row,
               CatalinaSessionMessage *message,
               TribesMember *from,
               CatalinaNow now)
{
  /* Who has the sessions does not ask for them. */
  gboolean waits = catalina_asking_is_under_way (&self->asking) && !self->asking.transferred
                   && knows_another (self, from);
  guint version = catalina_session_message_get_serial_version (message);

  catalina_heal_asked_us (&self->heal, from);
  catalina_serving_asked (&self->serving, from, version, waits, now);
}

/* What could not be taken in as a whole must not be taken for one. */
static void
note_torn (CatalinaDeltaCore *self)
{
  g_autoptr (TribesMember) torn = catalina_loading_take_torn (&self->loading);

  if (torn)
    catalina_asking_heard_torn (&self->asking, torn);
}

static void
take_sessions (CatalinaDeltaCore *self,
               const CatalinaEventRow *row,
               CatalinaSessionMessage *message,
               TribesMember *from,
               CatalinaNow now)
{
  gint64 clock_lacks_ms
      = catalina_asking_heard_sessions (&self->asking, from,
                                        catalina_session_message_get_timestamp (message), now);

  /* Also from one who was asked before and is late: better than nothing. */
  if (!catalina_loading_add (&self->loading, message, from, clock_lacks_ms))
    note_torn (self);
}

static void
take_end (CatalinaDeltaCore *self,
          const CatalinaEventRow *row,
          CatalinaSessionMessage *message,
          TribesMember *from,
          CatalinaNow now)
{
  catalina_asking_heard_end (&self->asking, from, now);
}

static void
take_no (CatalinaDeltaCore *self,
         const CatalinaEventRow *row,
         CatalinaSessionMessage *message,
         TribesMember *from,
         CatalinaNow now)
{
  catalina_asking_heard_no (&self->asking, from, now);
}

#define ROW(name, ...)                                                                             \
  {                                                                                                \
    CATALINA_SESSION_EVENT_##name, CATALINA_COUNTER_RECEIVED_##name, CATALINA_COUNTER_SENT_##name, \
        __VA_ARGS__                                                                                \
  }

static const CatalinaEventRow rows[] = {
  ROW (CREATED, take_session, catalina_receive_created, FALSE),
  ROW (EXPIRED, take_session, catalina_receive_expired, FALSE),
  ROW (ACCESSED, take_session, catalina_receive_accessed, TRUE),
  ROW (DELTA, take_session, catalina_receive_delta, TRUE),
  ROW (CHANGE_ID, take_session, catalina_receive_new_id, FALSE),
  ROW (GET_ALL, take_question),
  ROW (ALL_DATA, take_sessions),
  ROW (TRANSFER_COMPLETE, take_end),
  ROW (NO_CONTEXT_MANAGER, take_no),
  { 0 },
};

CatalinaDeltaCore *
catalina_delta_core_new (const char *name,
                         const CatalinaManagerSettings *settings,
                         const CatalinaLimits *limits,
                         CatalinaEnded *ended,
                         CatalinaBudget *budget)
{
  CatalinaDeltaCore *self = g_new0 (CatalinaDeltaCore, 1);

  catalina_rooms_init (&self->rooms, name, settings, limits, ended, budget, rows);
  catalina_asking_init (&self->asking, &self->rooms);
  catalina_loading_init (&self->loading, &self->rooms);
  catalina_serving_init (&self->serving, &self->rooms);
  catalina_heal_init (&self->heal, &self->rooms);
  catalina_writes_init (&self->writes, &self->rooms);
  catalina_slices_init (&self->slices, &self->rooms);
  return self;
}

void
catalina_delta_core_free (CatalinaDeltaCore *self)
{
  catalina_slices_clear (&self->slices);
  catalina_writes_clear (&self->writes);
  catalina_heal_clear (&self->heal);
  catalina_serving_clear (&self->serving);
  catalina_loading_clear (&self->loading);
  catalina_asking_clear (&self->asking);
  catalina_rooms_clear (&self->rooms);
  g_free (self);
}

CatalinaOutbox *
catalina_delta_core_get_outbox (CatalinaDeltaCore *self)
{
  return &self->rooms.outbox;
}

gboolean
catalina_delta_core_is_transferred (CatalinaDeltaCore *self)
{
  return self->asking.transferred;
}

gsize
catalina_delta_core_get_bytes (CatalinaDeltaCore *self)
{
  return catalina_session_store_get_bytes (self->rooms.store);
}

guint
catalina_delta_core_get_n_sessions (CatalinaDeltaCore *self)
{
  return catalina_session_store_get_n (self->rooms.store);
}

CatalinaSession *
catalina_delta_core_get_session_at (CatalinaDeltaCore *self, guint index)
{
  return catalina_session_store_get_at (self->rooms.store, index);
}

CatalinaSession *
catalina_delta_core_lookup (CatalinaDeltaCore *self, const char *id)
{
  return catalina_session_store_lookup (self->rooms.store, id);
}

void
catalina_delta_core_set_members (CatalinaDeltaCore *self, GPtrArray *members, CatalinaNow now)
{
  gboolean loading = catalina_loading_is_busy (&self->loading);
  GPtrArray *list = self->rooms.outbox.members;

  g_ptr_array_set_size (list, 0);
  for (guint i = 0; i < members->len; i++)
    catalina_members_add (list, members->pdata[i]);
  catalina_neighbours_set_members (&self->rooms.neighbours, list, now);
  catalina_heal_set_members (&self->heal, list, now);
  catalina_asking_members_changed (&self->asking, loading, now);
}

void
catalina_delta_core_member_starts (CatalinaDeltaCore *self, TribesMember *member, CatalinaNow now)
{
  catalina_heal_member_starts (&self->heal,
                               catalina_members_resolve (self->rooms.outbox.members, member), now);
}

guint
catalina_delta_core_get_lacking (CatalinaDeltaCore *self, TribesMember *member)
{
  return catalina_heal_get_lacking (&self->heal, member);
}

void
catalina_delta_core_start (CatalinaDeltaCore *self,
                           guint settle_ms,
                           TribesMember *named_by,
                           CatalinaNow now)
{
  self->stopped = FALSE;
  self->serving.hurry = FALSE;
  catalina_heal_begin (&self->heal, now);
  self->next_expire_ms = now.mono_ms + self->rooms.settings->expire_interval_ms;
  catalina_asking_start (&self->asking, settle_ms, named_by, now);
}

void
catalina_delta_core_expect (CatalinaDeltaCore *self, TribesMember *member, CatalinaNow now)
{
  if (!self->stopped)
    catalina_asking_expect (&self->asking, member, now);
}

void
catalina_delta_core_member_lives (CatalinaDeltaCore *self, TribesMember *member, CatalinaNow now)
{
  catalina_asking_member_lives (&self->asking, member, now);
}

static void
take_message (CatalinaDeltaCore *self,
              const CatalinaEventRow *row,
              CatalinaSessionMessage *message,
              TribesMember *from,
              CatalinaNow now)
{
  if (catalina_heal_take (&self->heal, message, from, now))
    return;
  if (catalina_loading_is_busy (&self->loading)
      || !catalina_slices_begin (&self->slices, row, message, from, now))
    row->take (self, row, message, from, now);
}

/* A piece of a long delta, or some of what waits behind it. */
static gboolean
slices_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaSlices *slices = &self->slices;

  if (slices->current)
    {
      catalina_slices_step (slices, catalina_event_table_find (rows, CATALINA_SESSION_EVENT_DELTA),
                            now);
      return catalina_slices_is_busy (slices);
    }
  for (guint i = 0; i < CATALINA_STEP_SESSIONS; i++)
    {
      g_autoptr (CatalinaSlicesMessage) next = catalina_slices_pop (slices);
      CatalinaSessionEvent event;

      if (!next)
        break;
      event = catalina_session_message_get_event (next->message);
      take_message (self, catalina_event_table_find (rows, event), next->message, next->from, now);
    }
  return catalina_slices_is_busy (slices);
}

/* At once, for who must not go by what was before. */
static void
finish_slices (CatalinaDeltaCore *self, CatalinaNow now)
{
  while (catalina_slices_is_busy (&self->slices))
    slices_step (self, now);
}

/* What requests have changed without an end, or with one after which nothing is told, waits for
 * the next request here; there will be none. */
static void
tell_unsent (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaSessionStore *store = self->rooms.store;
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();

  for (guint i = 0; i < catalina_session_store_get_n (store); i++)
    {
      CatalinaSession *session = catalina_session_store_get_at (store, i);
      g_autofree char *id = session->unsent ? g_strdup (session->state.id) : NULL;
      g_autoptr (GError) error = NULL;

      if (id && !catalina_local_change (&self->rooms, id, nothing, 0, now, &error))
        g_debug ("%s: what was not sent: %s", self->rooms.outbox.name, error->message);
    }
}

void
catalina_delta_core_stop (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaSessionStore *store = self->rooms.store;

  finish_slices (self, now);
  catalina_writes_flush (&self->writes, now);
  tell_unsent (self, now);
  /* Otherwise the others keep the sessions: that is what replication is for. */
  for (guint i = 0; self->rooms.settings->expire_sessions_on_shutdown
                    && i < catalina_session_store_get_n (store);
       i++)
    catalina_local_send_expired (&self->rooms, catalina_session_store_get_at (store, i)->state.id,
                                 0, now);
  catalina_asking_stop (&self->asking);
  catalina_serving_hurry (&self->serving);
  self->stopped = TRUE;
}

gboolean
catalina_delta_core_is_serving (CatalinaDeltaCore *self)
{
  return catalina_serving_is_busy (&self->serving);
}

void
catalina_delta_core_break_off (CatalinaDeltaCore *self)
{
  catalina_serving_break_off (&self->serving);
}

void
catalina_delta_core_receive (CatalinaDeltaCore *self,
                             CatalinaSessionMessage *message,
                             TribesMember *sender,
                             CatalinaNow now)
{
  CatalinaOutbox *outbox = &self->rooms.outbox;
  CatalinaSessionEvent event = catalina_session_message_get_event (message);
  const CatalinaEventRow *row = catalina_event_table_find (rows, event);
  TribesMember *from;

  /* Who asks now must not wait for an answer that never comes. */
  if (self->stopped && event != CATALINA_SESSION_EVENT_GET_ALL)
    return;
  catalina_outbox_count_received (outbox, row, message);
  if (!row)
    {
      g_debug ("%s: ignoring a session message of type %d", outbox->name, (int) event);
      return;
    }
  from = catalina_members_resolve (outbox->members, sender);
  catalina_neighbours_heard (&self->rooms.neighbours, event, from, now);
  if (!row->apply)
    catalina_clocks_told (&self->rooms.clocks, from,
                           catalina_session_message_get_timestamp (message), now.mono_ms);
  if (catalina_slices_is_full (&self->slices))
    finish_slices (self, now);
  if (catalina_slices_is_busy (&self->slices))
    catalina_slices_push (&self->slices, message, from);
  else
    take_message (self, row, message, from, now);
  if (catalina_neighbours_tell_nobody (&self->rooms.neighbours))
    catalina_outbox_tell_missing (outbox);
}

const CatalinaNeighbours *
catalina_delta_core_get_neighbours (CatalinaDeltaCore *self)
{
  return &self->rooms.neighbours;
}

void
catalina_delta_core_sent (CatalinaDeltaCore *self, guint64 token, gboolean success, CatalinaNow now)
{
  if (!catalina_asking_sent (&self->asking, token, success, now))
    catalina_serving_sent (&self->serving, token, success, now);
}

/* What waited for a session follows it at once, before the next is taken in. */
static void
load_piece (CatalinaDeltaCore *self, CatalinaNow now)
{
  gsize bytes = 0;

  for (guint i = 0; i < CATALINA_STEP_SESSIONS && bytes < CATALINA_STEP_BYTES
                    && catalina_loading_is_busy (&self->loading)
                    && catalina_loading_next (&self->loading, now, &bytes);
       i++)
    {
      note_torn (self);
      catalina_asking_took_in (&self->asking, self->loading.from, now);
      catalina_receive_settle (&self->rooms, now);
    }
  note_torn (self);
}

/* Whoever was silent for long is asked again, when there is nothing else to ask. */
static void
ask_again (CatalinaDeltaCore *self, CatalinaNow now)
{
  TribesMember *member = self->asking.state == CATALINA_ASKING_OVER
                             ? catalina_neighbours_begin (&self->rooms.neighbours, now)
                             : NULL;

  if (member)
    catalina_asking_ask_again (&self->asking, member, now);
}

static gboolean
transfer_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  if (catalina_loading_is_busy (&self->loading))
    load_piece (self, now);
  if (catalina_loading_is_busy (&self->loading))
    return TRUE;
  catalina_asking_step (&self->asking, now);
  ask_again (self, now);
  return FALSE;
}

/* As long as nobody has answered, others are put off for this long after the first question, in
 * milliseconds. */
#define PUT_OFF_MS 2000

/* What this member can say to whoever asks. */
static CatalinaOffer
offer (CatalinaDeltaCore *self)
{
  CatalinaAsking *asking = &self->asking;
  gint64 answered_ms;
  gboolean answered = catalina_asking_is_answered (asking, &answered_ms);
  gboolean loading = catalina_loading_is_busy (&self->loading);
  guint n = catalina_session_store_get_n (self->rooms.store);
  CatalinaOffer offer = { CATALINA_STANDING_READY, G_MAXINT64, catalina_asking_get_sole (asking) };

  /* Where one has given all, another is asked only whether it has later copies. */
  if (asking->transferred)
    return offer;
  if (loading || answered)
    {
      offer.standing = CATALINA_STANDING_COMING;
      offer.until_ms = loading ? G_MAXINT64 : answered_ms;
    }
  else if (catalina_asking_is_lacking (asking))
    offer.standing = CATALINA_STANDING_LACKS;
  else if (asking->state == CATALINA_ASKING_ROUND
           || (asking->state == CATALINA_ASKING_SETTLING && n == 0))
    {
      offer.standing = CATALINA_STANDING_ASKING;
      /* Who asks later does not wait later. */
      if (asking->state == CATALINA_ASKING_ROUND)
        offer.until_ms = asking->began_ms + PUT_OFF_MS;
    }
  /* Known only because somebody asked: then others may know better. */
  else if (asking->state != CATALINA_ASKING_SETTLING && asking->named_by_asker && n == 0)
    offer.standing = CATALINA_STANDING_EMPTY;
  return offer;
}

/* What was to be sent to who did not ask has been sent. */
static gboolean
is_pushed (CatalinaDeltaCore *self)
{
  return self->heal.state == CATALINA_HEAL_PUSHING
         && !catalina_serving_is_for (&self->serving, self->heal.member);
}

/* Who came up without sessions gets them as whoever asks does, though it did not. */
static gboolean
heal_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaHeal *heal = &self->heal;
  gboolean more = catalina_heal_step (heal, catalina_asking_is_under_way (&self->asking), now);
  CatalinaPush push;

  if (catalina_heal_pop_push (heal, &push))
    catalina_serving_push (&self->serving, push.to, push.version, push.sessions, now);
  if (is_pushed (self))
    catalina_heal_pushed (heal, now);
  return more || heal->state == CATALINA_HEAL_PUSH;
}

/* Goes through the sessions downwards: a session that ends is replaced by one already seen. */
static gboolean
expire_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaRooms *rooms = &self->rooms;

  if (self->expire_left == 0)
    {
      if (now.mono_ms < self->next_expire_ms)
        return FALSE;
      self->next_expire_ms = now.mono_ms + rooms->settings->expire_interval_ms;
      self->expire_left = catalina_session_store_get_n (rooms->store);
      catalina_ended_drop_old (rooms->ended, now.mono_ms);
    }
  self->expire_left = MIN (self->expire_left, catalina_session_store_get_n (rooms->store));
  for (guint i = 0; i < STEP_CHECKS && self->expire_left > 0; i++)
    {
      CatalinaSession *session = catalina_session_store_get_at (rooms->store, --self->expire_left);

      if (catalina_session_get_end (session) > now.wall_ms)
        continue;
      catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_SESSIONS_TIMED_OUT);
      if (session->is_primary)
        catalina_local_send_expired (rooms, session->state.id, 0, now);
      catalina_rooms_end (rooms, session, CATALINA_ENDED_IN_TIME, NULL, now.wall_ms, FALSE, now);
    }
  return self->expire_left > 0;
}

gboolean
catalina_delta_core_step (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaOffer what;
  gboolean more;

  if (self->stopped)
    {
      what = offer (self);
      return catalina_serving_step (&self->serving, &what, now);
    }
  /* In turns: an answer to somebody does not wait for the end of our own state transfer. */
  more = transfer_step (self, now);
  more |= slices_step (self, now);
  what = offer (self);
  /* What has come is in what is given. */
  if (!catalina_slices_is_busy (&self->slices))
    {
      more |= catalina_serving_step (&self->serving, &what, now);
      more |= heal_step (self, now);
    }
  more |= expire_step (self, now);
  catalina_writes_step (&self->writes, now);
  catalina_recent_drop_old (&self->rooms.recent, now.mono_ms);
  catalina_loading_free_garbage (&self->loading);
  catalina_slices_free_garbage (&self->slices);
  more |= catalina_loading_has_garbage (&self->loading);
  more |= catalina_slices_has_garbage (&self->slices);
  catalina_waiting_room_drop_old (&self->rooms.waiting, now);
  return more;
}

guint
catalina_delta_core_get_left (CatalinaDeltaCore *self)
{
  return catalina_slices_get_left (&self->slices);
}

gint64
catalina_delta_core_get_deadline (CatalinaDeltaCore *self)
{
  gboolean busy = self->expire_left > 0 || catalina_loading_is_busy (&self->loading)
                  || catalina_loading_has_garbage (&self->loading)
                  || catalina_slices_is_busy (&self->slices)
                  || catalina_slices_has_garbage (&self->slices) || is_pushed (self);
  gint64 deadline = self->next_expire_ms;
  CatalinaOffer what = offer (self);

  if (self->stopped)
    return catalina_serving_get_deadline (&self->serving, &what);
  if (busy)
    return 0;
  deadline = MIN (deadline, catalina_asking_get_deadline (&self->asking));
  deadline = MIN (deadline, catalina_writes_get_deadline (&self->writes));
  deadline = MIN (deadline, catalina_recent_get_deadline (&self->rooms.recent));
  if (self->asking.state == CATALINA_ASKING_OVER)
    deadline = MIN (deadline, catalina_neighbours_get_deadline (&self->rooms.neighbours));
  deadline = MIN (deadline, catalina_serving_get_deadline (&self->serving, &what));
  deadline = MIN (deadline, catalina_heal_get_deadline (&self->heal));
  return MIN (deadline, catalina_waiting_room_get_deadline (&self->rooms.waiting));
}

gboolean
catalina_delta_core_create (CatalinaDeltaCore *self,
                            const char *id,
                            CatalinaDelta *initial,
                            guint64 token,
                            CatalinaNow now,
                            GError **error)
{
  finish_slices (self, now);
  return catalina_writes_create (&self->writes, id, initial, token, now, error);
}

gboolean
catalina_delta_core_apply (CatalinaDeltaCore *self,
                           const char *id,
                           CatalinaDelta *delta,
                           CatalinaNow now,
                           GError **error)
{
  finish_slices (self, now);
  return catalina_writes_apply (&self->writes, id, delta, now, error);
}

gboolean
catalina_delta_core_change (CatalinaDeltaCore *self,
                            const char *id,
                            CatalinaDelta *delta,
                            guint64 token,
                            CatalinaNow now,
                            GError **error)
{
  finish_slices (self, now);
  return catalina_writes_change (&self->writes, id, delta, token, now, error);
}

gboolean
catalina_delta_core_change_id (CatalinaDeltaCore *self,
                               const char *id,
                               const char *new_id,
                               guint64 token,
                               CatalinaNow now,
                               GError **error)
{
  finish_slices (self, now);
  return catalina_writes_change_id (&self->writes, id, new_id, token, now, error);
}

gboolean
catalina_delta_core_invalidate (
    CatalinaDeltaCore *self, const char *id, guint64 token, CatalinaNow now, GError **error)
{
  finish_slices (self, now);
  return catalina_writes_invalidate (&self->writes, id, token, now, error);
}
