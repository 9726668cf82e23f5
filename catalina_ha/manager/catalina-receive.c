/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-receive-private.h"

#include "catalina_ha/messages/catalina-shown-id-private.h"

static CatalinaVerdict
refuse (CatalinaRooms *rooms,
        const CatalinaIncoming *in,
        CatalinaCounter counter,
        const char *reason)
{
  CatalinaSessionEvent event = catalina_session_message_get_event (in->message);
  g_autofree char *shown = catalina_shown_id (in->id);

  catalina_outbox_count (&rooms->outbox, counter);
  catalina_outbox_tell_problem (&rooms->outbox, in->from, "%s of session %s: %s",
                                catalina_session_event_to_string (event), shown, reason);
  return CATALINA_VERDICT_REFUSED;
}

static gboolean
same_sender (TribesMember *a, TribesMember *b)
{
  return a && b ? tribes_member_equal (a, b) : a == b;
}

/* By its id, or by one that it had a moment ago. */
static CatalinaSession *
lookup (CatalinaRooms *rooms, const char *id)
{
  CatalinaSession *session = catalina_session_store_lookup (rooms->store, id);
  const char *new_id;

  if (session)
    return session;
  new_id = catalina_waiting_room_get_renamed (&rooms->waiting, id);
  return new_id ? catalina_session_store_lookup (rooms->store, new_id) : NULL;
}

/* Behind a message that a Tomcat sends while the request still runs that is its cause. */
static gint64
in_use_until (const CatalinaIncoming *in)
{
  return in->from ? in->now.mono_ms + CATALINA_IN_USE_MS : 0;
}

gboolean
catalina_receive_is_late (CatalinaRooms *rooms,
                          CatalinaSessionMessage *message,
                          TribesMember *from,
                          CatalinaNow now,
                          gint64 *said_ms)
{
  gint64 timestamp = catalina_session_message_get_timestamp (message);
  gint64 late_ms = catalina_clocks_heard (&rooms->clocks, from, timestamp, now.mono_ms);

  *said_ms = now.mono_ms - late_ms;
  return late_ms > 0;
}

/* When the session was used for what the message says. */
static gint64
get_used_ms (const CatalinaIncoming *in)
{
  return in->now.wall_ms - (in->now.mono_ms - in->said_ms);
}

/* Somebody may have used it since, which stays so: a copy that others have counts for as much. Time
 * is given from now on. */
void
catalina_receive_use (CatalinaSession *session, const CatalinaIncoming *in)
{
  gint64 used_ms = get_used_ms (in);
  gint64 known_ms = catalina_session_get_used (session);
  gboolean was_used = used_ms < known_ms && known_ms <= in->now.wall_ms;

  session->in_use_until_ms = 0;
  /* This member's own change, again, leaves the session this member's. */
  if (!in->from || !in->late || !was_used)
    session->is_primary = in->from == NULL;
  session->state.is_new = FALSE;
  if (!was_used)
    catalina_session_touch (session, used_ms);
  session->state.this_accessed_time = in->now.wall_ms;
}

/* Whether there is nothing to be made any more. */
static gboolean
is_made (CatalinaRooms *rooms, const CatalinaIncoming *in, CatalinaSession *session)
{
  CatalinaSession *later;

  /* Told twice, or known from a state transfer. */
  if (session)
    return session->state.creation_time >= in->timestamp;
  /* It became another id before this message came. */
  later = lookup (rooms, in->id);
  return later && later->state.creation_time == in->timestamp;
}

/* The message was sent again, after the session ended. */
static gboolean
is_ended (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  const CatalinaEnd *end = catalina_rooms_find_end (rooms, in->id, in->now);

  if (!end || end->creation_time != in->timestamp)
    return FALSE;
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_STALE_DROPPED);
  return TRUE;
}

CatalinaVerdict
catalina_receive_created (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  CatalinaSession *session = catalina_session_store_lookup (rooms->store, in->id);

  if (is_made (rooms, in, session) || is_ended (rooms, in))
    return CATALINA_VERDICT_APPLIED;
  /* A browser that comes back with the id of a session that ended gets it again in some
   * configurations; the end of the old one is then still under way. */
  if (session)
    catalina_rooms_expire (rooms, session, in->quiet);
  session = catalina_session_new (in->id, in->timestamp, rooms->settings->session_timeout);
  catalina_session_touch (session, get_used_ms (in));
  session->state.this_accessed_time = in->now.wall_ms;
  session->in_use_until_ms = in_use_until (in);
  if (!catalina_session_store_has_room (rooms->store, session))
    {
      catalina_session_unref (session);
      return refuse (rooms, in, CATALINA_COUNTER_OVER_LIMIT, "too many sessions here");
    }
  catalina_session_store_add (rooms->store, session);
  catalina_ended_forget (rooms->ended, rooms->outbox.name, in->id);
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_SESSIONS_CREATED);
  if (!in->quiet)
    catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_CREATED, session, NULL,
                                  NULL);
  catalina_waiting_room_add_appeared (&rooms->waiting, in->id, in->from, in->timestamp);
  return CATALINA_VERDICT_APPLIED;
}

/* Taken note of, though nothing was changed: what came during a state transfer counts for the copy
 * that it brings, too. */
static CatalinaVerdict
refuse_limit (CatalinaRooms *rooms,
              const CatalinaIncoming *in,
              CatalinaSession *session,
              const char *reason)
{
  catalina_rooms_mark_stale (rooms, session);
  refuse (rooms, in, CATALINA_COUNTER_OVER_LIMIT, reason);
  return CATALINA_VERDICT_APPLIED;
}

void
catalina_receive_keep_order (CatalinaRooms *rooms,
                             const CatalinaIncoming *in,
                             const char *id,
                             CatalinaDelta *delta)
{
  CatalinaRecent *recent = &rooms->recent;

  if (catalina_recent_take_out (recent, id, in, delta))
    catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_OVERTAKEN);
  catalina_recent_add (recent, id, in->from, in->timestamp, delta, in->said_ms, in->now.mono_ms);
}

/* What belongs to the state transfer that brought the session, but has no place in it: no use of
 * the session. Somebody's request always says more. */
static gboolean
is_of_transfer (CatalinaRooms *rooms,
                const CatalinaIncoming *in,
                CatalinaSession *session,
                CatalinaDelta *delta)
{
  if (!in->from || !catalina_waiting_room_was_brought (&rooms->waiting, session)
      || in->timestamp != rooms->waiting.transfer_timestamp)
    return FALSE;
  for (guint i = 0; i < catalina_delta_get_n_actions (delta); i++)
    {
      CatalinaDeltaType type = catalina_delta_get_action_type (delta, i);

      if (type != CATALINA_DELTA_AUTH_TYPE && type != CATALINA_DELTA_NOTE)
        return FALSE;
    }
  return TRUE;
}

CatalinaVerdict
catalina_receive_applied (CatalinaRooms *rooms,
                          const CatalinaIncoming *in,
                          CatalinaSession *session,
                          CatalinaApplyResult result,
                          char **names)
{
  g_auto (GStrv) told = names;

  if (result == CATALINA_APPLY_OVER_LIMIT)
    return refuse_limit (rooms, in, session, "the session would become too large");
  if (result == CATALINA_APPLY_ODD)
    refuse (rooms, in, CATALINA_COUNTER_MALFORMED, "an action of the delta makes no sense");
  if (!in->quiet)
    catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                                  g_steal_pointer (&told));
  return CATALINA_VERDICT_APPLIED;
}

CatalinaVerdict
catalina_receive_unreadable (CatalinaRooms *rooms,
                             const CatalinaIncoming *in,
                             CatalinaSession *session,
                             const GError *error)
{
  if (session && g_error_matches (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT))
    return refuse_limit (rooms, in, session, error->message);
  return refuse (rooms, in, CATALINA_COUNTER_MALFORMED, error ? error->message : "no delta");
}

static CatalinaVerdict
apply_delta (CatalinaRooms *rooms,
             const CatalinaIncoming *in,
             CatalinaSession *session,
             CatalinaDelta *delta)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaApplyResult result;

  if ((in->from || in->late) && !in->as_it_came)
    catalina_receive_keep_order (rooms, in, session->state.id, delta);
  session = catalina_session_store_edit (rooms->store, session);
  /* What was held up was said before what has not been sent here. */
  result = in->from && !in->late
               ? catalina_session_apply_told (session, delta, rooms->limits, names)
               : catalina_session_apply_again (session, delta, rooms->limits, names);
  if (is_of_transfer (rooms, in, session, delta))
    {
      session->in_use_until_ms = 0;
      session->is_primary = FALSE;
      rooms->outbox.cause_is_transfer = TRUE;
    }
  else
    catalina_receive_use (session, in);
  catalina_session_store_edited (rooms->store, session);
  return catalina_receive_applied (rooms, in, session, result, g_strv_builder_end (names));
}

/* Said by the one who then ended the session: nothing that waits for another of this id. */
static gboolean
is_before_end (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  const CatalinaEnd *end = catalina_rooms_find_end (rooms, in->id, in->now);

  if (!end || end->kind == CATALINA_ENDED_RENAMED || !same_sender (end->from, in->from)
      || in->timestamp > end->timestamp)
    return FALSE;
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_STALE_DROPPED);
  return TRUE;
}

CatalinaVerdict
catalina_receive_delta (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  CatalinaSession *session = lookup (rooms, in->id);
  GBytes *data = catalina_session_message_get_data (in->message);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = data ? catalina_delta_decode (data, &error) : NULL;

  if (!delta)
    return catalina_receive_unreadable (rooms, in, session, error);
  if (strcmp (delta->session_id, in->id) != 0)
    return refuse (rooms, in, CATALINA_COUNTER_MALFORMED, "the delta is another session's");
  if (!session && is_before_end (rooms, in))
    return CATALINA_VERDICT_APPLIED;
  return session ? apply_delta (rooms, in, session, delta) : CATALINA_VERDICT_UNKNOWN;
}

CatalinaVerdict
catalina_receive_accessed (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  CatalinaSession *session = lookup (rooms, in->id);

  /* Not worth waiting for the session: one that is made is as recently used. */
  if (!session)
    return CATALINA_VERDICT_APPLIED;
  session = catalina_session_store_edit (rooms->store, session);
  catalina_receive_use (session, in);
  catalina_session_store_edited (rooms->store, session);
  return CATALINA_VERDICT_APPLIED;
}

/* A Tomcat says the same of a session that nobody used and of one whose user has logged out. */
static CatalinaEndKind
kind_of_end (CatalinaSession *session, CatalinaNow now)
{
  gint64 allowed_ms = session->state.max_inactive_interval * (gint64) 1000;
  gint64 unused_ms = now.wall_ms - catalina_session_get_used (session);
  /* Its last use is known as of when it was told here, or by another's clock. */
  gint64 slack_ms = MIN (allowed_ms / 10, 60000);

  return allowed_ms > 0 && unused_ms >= allowed_ms - slack_ms ? CATALINA_ENDED_IN_TIME
                                                              : CATALINA_ENDED_BY_WILL;
}

CatalinaVerdict
catalina_receive_expired (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  CatalinaSession *session = lookup (rooms, in->id);

  if (!session)
    {
      catalina_rooms_heard_end (rooms, in->id, in->from, in->timestamp, in->now);
      return CATALINA_VERDICT_UNKNOWN;
    }
  catalina_rooms_end (rooms, session, kind_of_end (session, in->now), in->from, in->timestamp,
                      in->quiet, in->now);
  return CATALINA_VERDICT_APPLIED;
}

CatalinaVerdict
catalina_receive_new_id (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  CatalinaSession *session = lookup (rooms, in->id);
  GBytes *data = catalina_session_message_get_data (in->message);
  g_autoptr (GError) error = NULL;
  g_autofree char *new_id = data ? catalina_new_id_decode (data, &error) : NULL;

  if (!new_id || !*new_id)
    return refuse (rooms, in, CATALINA_COUNTER_MALFORMED, error ? error->message : "no new id");
  if (!session)
    return CATALINA_VERDICT_UNKNOWN;
  session = catalina_session_store_edit (rooms->store, session);
  session->is_primary = in->from == NULL;
  session->in_use_until_ms = in_use_until (in);
  catalina_session_store_edited (rooms->store, session);
  catalina_rooms_rename (rooms, session, new_id, in->from, in->timestamp, in->quiet, in->now);
  return CATALINA_VERDICT_APPLIED;
}

/* A message that waited. */
static CatalinaIncoming
incoming (CatalinaRooms *rooms, const CatalinaHeldMessage *held, gboolean quiet, CatalinaNow now)
{
  CatalinaSessionMessage *message = held->message;
  CatalinaSessionEvent event = catalina_session_message_get_event (message);

  return (CatalinaIncoming){
    .row = catalina_event_table_find (rooms->outbox.rows, event),
    .message = message,
    .id = catalina_session_message_get_session_id (message),
    .from = held->from,
    .timestamp = catalina_session_message_get_timestamp (message),
    .said_ms = held->said_ms,
    /* What this member did is done again, but others may have done more since. */
    .late = held->late || !held->from,
    .quiet = quiet,
    .now = now,
  };
}

/* Whether a message that waited, of any kind, is about an earlier time at which the id was in use:
 * an earlier session, or this one before it had another id meanwhile. Only one member's clock can
 * tell; but a change of id is done, whoever told it, when the session has come under its new id
 * since. What a state transfer brings may be older than both. */
static gboolean
is_of_earlier (const CatalinaHeldMessage *held,
               const CatalinaIncoming *in,
               const CatalinaAppeared *appeared)
{
  if (!appeared->told)
    return FALSE;
  return held->done
         || (same_sender (appeared->from, in->from) && in->timestamp < appeared->timestamp);
}

/* Whether a state transfer has brought what a message says. Tomcat takes that for granted of
 * everything older than the transfer. But what was under way to the sender of the transfer when it
 * took its snapshot is older, too, and not in it: then the session was not used there since.
 * @used_ms: when it was; G_MININT64 for a session that no transfer brought. */
static gboolean
is_stale (CatalinaRooms *rooms, const CatalinaIncoming *in, gint64 used_ms)
{
  return in->row->superseded && rooms->settings->state_timestamp_drop && in->from
         && in->timestamp < rooms->waiting.transfer_timestamp && in->timestamp <= used_ms;
}

static CatalinaVerdict
apply (CatalinaRooms *rooms, const CatalinaIncoming *in)
{
  GBytes *data = catalina_session_message_get_data (in->message);
  CatalinaVerdict verdict;

  rooms->outbox.cause = in->from;
  rooms->outbox.cause_bytes = data && in->from ? g_bytes_get_size (data) : 0;
  verdict = in->row->apply (rooms, in);
  rooms->outbox.cause = NULL;
  rooms->outbox.cause_bytes = 0;
  rooms->outbox.cause_is_transfer = FALSE;
  return verdict;
}

static void
apply_early (CatalinaRooms *rooms,
             const CatalinaAppeared *appeared,
             gint64 used_ms,
             CatalinaNow now)
{
  g_autoptr (GPtrArray) held = catalina_held_take (rooms->waiting.early, appeared->id);

  for (guint i = 0; held && i < held->len; i++)
    {
      CatalinaIncoming in = incoming (rooms, held->pdata[i], FALSE, now);
      gboolean fits
          = lookup (rooms, appeared->id) && !is_of_earlier (held->pdata[i], &in, appeared);
      CatalinaCounter counter = CATALINA_COUNTER_EARLY_DROPPED;

      if (is_stale (rooms, &in, used_ms))
        counter = CATALINA_COUNTER_STALE_DROPPED;
      else if (fits && apply (rooms, &in) == CATALINA_VERDICT_APPLIED)
        counter = CATALINA_COUNTER_EARLY_APPLIED;
      catalina_outbox_count (&rooms->outbox, counter);
    }
}

/* What came during a state transfer, for a session that the transfer brought: in the order in which
 * it came, including what was applied to the copy that was there before. */
static void
apply_replay (CatalinaRooms *rooms,
              const CatalinaAppeared *appeared,
              gint64 used_ms,
              CatalinaNow now)
{
  g_autoptr (GPtrArray) waiting = catalina_held_take (rooms->waiting.replay, appeared->id);

  for (guint i = 0; waiting && i < waiting->len; i++)
    {
      CatalinaHeldMessage *held = waiting->pdata[i];
      CatalinaIncoming in = incoming (rooms, held, held->applied, now);

      in.as_it_came = !rooms->settings->state_timestamp_drop;
      if (is_of_earlier (held, &in, appeared) || is_stale (rooms, &in, used_ms))
        catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_STALE_DROPPED);
      else
        apply (rooms, &in);
    }
}

/* What waited for a session that is made during a state transfer stays to be applied again if the
 * transfer brings the session, too. */
static void
apply_unapplied (CatalinaRooms *rooms, const CatalinaAppeared *appeared, CatalinaNow now)
{
  GPtrArray *waiting = catalina_held_peek (rooms->waiting.replay, appeared->id);

  for (guint i = 0; waiting && i < waiting->len; i++)
    {
      CatalinaHeldMessage *held = waiting->pdata[i];
      CatalinaIncoming in = incoming (rooms, held, FALSE, now);

      if (is_of_earlier (held, &in, appeared))
        held->done = TRUE;
      else if (!held->applied)
        held->applied = apply (rooms, &in) == CATALINA_VERDICT_APPLIED;
    }
}

static void
settle_one (CatalinaRooms *rooms, const CatalinaAppeared *appeared, CatalinaNow now)
{
  CatalinaSession *session = catalina_session_store_lookup (rooms->store, appeared->id);
  gboolean brought = session && catalina_waiting_room_was_brought (&rooms->waiting, session);
  gint64 used_ms = brought ? session->state.last_accessed_time : G_MININT64;

  if (!session)
    return;
  apply_early (rooms, appeared, used_ms, now);
  if (rooms->waiting.replay && brought)
    apply_replay (rooms, appeared, used_ms, now);
  else if (rooms->waiting.replay)
    apply_unapplied (rooms, appeared, now);
  if (!appeared->told && catalina_session_store_lookup (rooms->store, appeared->id))
    catalina_waiting_room_mark_done (&rooms->waiting, appeared->id);
}

/* Not recursive: one message may make the next session appear, as often as a peer likes. */
void
catalina_receive_settle (CatalinaRooms *rooms, CatalinaNow now)
{
  CatalinaAppeared *appeared;

  while ((appeared = catalina_waiting_room_pop_appeared (&rooms->waiting)))
    {
      settle_one (rooms, appeared, now);
      catalina_appeared_free (appeared);
    }
}

/* A change of an id that is not known, to one that is: the state transfer was faster. */
static void
mark_done (CatalinaRooms *rooms, CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);
  g_autofree char *new_id
      = catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_CHANGE_ID
            ? catalina_new_id_decode (data, NULL)
            : NULL;

  if (new_id && catalina_session_store_lookup (rooms->store, new_id))
    catalina_waiting_room_mark_done (&rooms->waiting, new_id);
}

void
catalina_receive_message (CatalinaRooms *rooms,
                          const CatalinaEventRow *row,
                          CatalinaSessionMessage *message,
                          TribesMember *from,
                          CatalinaNow now)
{
  const char *id = catalina_session_message_get_session_id (message);
  gint64 timestamp = catalina_session_message_get_timestamp (message);
  CatalinaIncoming in = { .row = row,
                          .message = message,
                          .id = id ? id : "",
                          .from = from,
                          .timestamp = timestamp,
                          .now = now };
  CatalinaSession *here;
  CatalinaVerdict verdict;
  gboolean expected;
  gint64 used_ms;

  if (!*in.id)
    {
      refuse (rooms, &in, CATALINA_COUNTER_MALFORMED, "no session id");
      return;
    }
  in.late = catalina_receive_is_late (rooms, message, from, now, &in.said_ms);
  /* Before the message changes anything. */
  here = catalina_session_store_lookup (rooms->store, in.id);
  expected = catalina_waiting_room_is_expected (&rooms->waiting, here);
  used_ms = here ? catalina_session_get_used (here) : G_MININT64;
  verdict = apply (rooms, &in);
  if (verdict == CATALINA_VERDICT_REFUSED)
    return;
  if (expected)
    catalina_waiting_room_keep (&rooms->waiting, &in, verdict == CATALINA_VERDICT_APPLIED, used_ms);
  else if (verdict == CATALINA_VERDICT_UNKNOWN)
    catalina_waiting_room_keep_early (&rooms->waiting, &in);
  if (verdict == CATALINA_VERDICT_UNKNOWN)
    mark_done (rooms, message);
  catalina_receive_settle (rooms, now);
}
