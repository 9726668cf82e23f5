/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages about single sessions. The messages of one session may travel on different connections
 * and so arrive in another order than they were sent in. Where Tomcat drops what it cannot place,
 * it waits here for a moment: a delta, an end or a new id for the session to be made, and a
 * message with an old id is led to the new one.
 */
#include "catalina_ha/manager/catalina-delta-core-internal-private.h"

typedef struct
{
  CatalinaSessionMessage *message;
  TribesMember *from;
  gint64 timestamp;
  gboolean quiet; /* it has been told before */
  CatalinaNow now;
} Incoming;

typedef enum
{
  RESULT_APPLIED,
  RESULT_UNKNOWN, /* there is no such session (yet) */
  RESULT_REFUSED,
} Result;

static Result
refuse (CatalinaDeltaCore *self,
        const Incoming *in,
        CatalinaCounter counter,
        const char *id,
        const char *reason)
{
  self->counters[counter]++;
  catalina_core_tell_problem (self, in->from,
                              g_strdup_printf ("%s: %s of session %s: %s", self->name,
                                               catalina_session_event_to_string (
                                                   catalina_session_message_get_event (
                                                       in->message)),
                                               id, reason));
  return RESULT_REFUSED;
}

static CatalinaSession *
lookup (CatalinaDeltaCore *self, const char *id)
{
  CatalinaSession *session = catalina_session_store_lookup (self->store, id);
  CatalinaRenamed *renamed;

  if (session)
    return session;
  renamed = g_hash_table_lookup (self->renamed, id);
  return renamed ? catalina_session_store_lookup (self->store, renamed->new_id) : NULL;
}

static void
forget_renamed (CatalinaDeltaCore *self, CatalinaRenamed *renamed)
{
  if (g_hash_table_lookup (self->renamed, renamed->old_id) == renamed)
    g_hash_table_remove (self->renamed, renamed->old_id);
  g_free (renamed->old_id);
  g_free (renamed->new_id);
  g_free (renamed);
}

static void
remember_renamed (CatalinaDeltaCore *self, const char *old_id, const char *new_id, CatalinaNow now)
{
  CatalinaRenamed *renamed = g_new0 (CatalinaRenamed, 1);

  renamed->old_id = g_strdup (old_id);
  renamed->new_id = g_strdup (new_id);
  renamed->until_ms = now.mono_ms + self->limits->early_ms;
  g_hash_table_replace (self->renamed, renamed->old_id, renamed);
  g_queue_push_tail (&self->renamed_by_age, renamed);
  if (self->renamed_by_age.length > self->limits->early_messages)
    forget_renamed (self, g_queue_pop_head (&self->renamed_by_age));
}

void
catalina_core_expire (CatalinaDeltaCore *self, CatalinaSession *session, gboolean quiet)
{
  g_autoptr (CatalinaSession) last = NULL;

  session = catalina_session_store_edit (self->store, session);
  session->state.is_valid = FALSE;
  catalina_session_store_edited (self->store, session);
  last = catalina_session_ref (session);
  catalina_session_store_remove (self->store, session);
  self->counters[CATALINA_COUNTER_SESSIONS_EXPIRED]++;
  if (!quiet)
    catalina_core_tell (self, CATALINA_CORE_SESSION_EXPIRED, last, NULL, NULL);
}

CatalinaSession *
catalina_core_rename (CatalinaDeltaCore *self,
                      CatalinaSession *session,
                      const char *new_id,
                      gboolean quiet,
                      CatalinaNow now)
{
  g_autofree char *old_id = g_strdup (session->state.id);
  CatalinaSession *other = catalina_session_store_lookup (self->store, new_id);

  if (other == session)
    return session;
  /* Another session of this id can only be an older copy: ids are random. */
  if (other)
    catalina_core_expire (self, other, TRUE);
  session = catalina_session_store_rename (self->store, session, new_id);
  remember_renamed (self, old_id, new_id, now);
  if (!quiet)
    catalina_core_tell (self, CATALINA_CORE_SESSION_ID_CHANGED, session, old_id, NULL);
  catalina_core_appeared (self, new_id, NULL);
  return session;
}

static Result
handle_created (CatalinaDeltaCore *self, const Incoming *in, const char *id)
{
  CatalinaSession *session = catalina_session_store_lookup (self->store, id);
  CatalinaRenamed *renamed = g_hash_table_lookup (self->renamed, id);

  /* Told twice, or known from a state transfer. */
  if (session && session->state.creation_time >= in->timestamp)
    return RESULT_APPLIED;
  /* It became another id before this message came. */
  if (!session && renamed && lookup (self, id)
      && lookup (self, id)->state.creation_time == in->timestamp)
    return RESULT_APPLIED;
  /* A browser that comes back with the id of a session that ended gets it again in some
   * configurations; the end of the old one is then still under way. */
  if (session)
    catalina_core_expire (self, session, in->quiet);
  session = catalina_session_new (id, in->timestamp, self->settings->session_timeout);
  catalina_session_touch (session, in->now.wall_ms);
  if (!catalina_session_store_has_room (self->store, session))
    {
      catalina_session_unref (session);
      return refuse (self, in, CATALINA_COUNTER_OVER_LIMIT, id, "too many sessions here");
    }
  catalina_session_store_add (self->store, session);
  self->counters[CATALINA_COUNTER_SESSIONS_CREATED]++;
  if (!in->quiet)
    catalina_core_tell (self, CATALINA_CORE_SESSION_CREATED, session, NULL, NULL);
  catalina_core_appeared (self, id, in->from);
  return RESULT_APPLIED;
}

static Result
handle_delta (CatalinaDeltaCore *self, const Incoming *in, const char *id)
{
  CatalinaSession *session = lookup (self, id);
  GBytes *data = catalina_session_message_get_data (in->message);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) delta = data ? catalina_delta_decode (data, &error) : NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaApplyResult result;

  if (!delta)
    return refuse (self, in, CATALINA_COUNTER_MALFORMED, id, error ? error->message : "no delta");
  if (strcmp (delta->session_id, id) != 0)
    return refuse (self, in, CATALINA_COUNTER_MALFORMED, id, "the delta is another session's");
  if (!session)
    return RESULT_UNKNOWN;
  session = catalina_session_store_edit (self->store, session);
  result = catalina_session_apply (session, delta, self->limits, names);
  /* This member's own change, again, leaves the session this member's. */
  session->is_primary = in->from == NULL;
  catalina_session_touch (session, in->now.wall_ms);
  catalina_session_store_edited (self->store, session);
  if (result == CATALINA_APPLY_OVER_LIMIT)
    return refuse (self, in, CATALINA_COUNTER_OVER_LIMIT, id, "the session would become too large");
  if (result == CATALINA_APPLY_ODD)
    refuse (self, in, CATALINA_COUNTER_MALFORMED, id, "an action of the delta makes no sense");
  if (!in->quiet)
    catalina_core_tell (self, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                        g_strv_builder_end (names));
  return RESULT_APPLIED;
}

static Result
handle_accessed (CatalinaDeltaCore *self, const Incoming *in, const char *id)
{
  CatalinaSession *session = lookup (self, id);

  /* Not worth waiting for the session: one that is made is as recently used. */
  if (!session)
    return RESULT_APPLIED;
  session = catalina_session_store_edit (self->store, session);
  session->is_primary = in->from == NULL;
  catalina_session_touch (session, in->now.wall_ms);
  catalina_session_store_edited (self->store, session);
  return RESULT_APPLIED;
}

static Result
handle_expired (CatalinaDeltaCore *self, const Incoming *in, const char *id)
{
  CatalinaSession *session = lookup (self, id);

  if (!session)
    return RESULT_UNKNOWN;
  catalina_core_expire (self, session, in->quiet);
  return RESULT_APPLIED;
}

static Result
handle_change_id (CatalinaDeltaCore *self, const Incoming *in, const char *id)
{
  CatalinaSession *session = lookup (self, id);
  GBytes *data = catalina_session_message_get_data (in->message);
  g_autoptr (GError) error = NULL;
  g_autofree char *new_id = data ? catalina_new_id_decode (data, &error) : NULL;

  if (!new_id || !*new_id)
    return refuse (self, in, CATALINA_COUNTER_MALFORMED, id, error ? error->message : "no new id");
  if (!session)
    return RESULT_UNKNOWN;
  session = catalina_session_store_edit (self->store, session);
  session->is_primary = in->from == NULL;
  catalina_session_store_edited (self->store, session);
  catalina_core_rename (self, session, new_id, in->quiet, in->now);
  return RESULT_APPLIED;
}

static Result
handle (CatalinaDeltaCore *self, const Incoming *in)
{
  const char *id = catalina_session_message_get_session_id (in->message);

  switch (catalina_session_message_get_event (in->message))
    {
    case CATALINA_SESSION_EVENT_CREATED:
      return handle_created (self, in, id);
    case CATALINA_SESSION_EVENT_DELTA:
      return handle_delta (self, in, id);
    case CATALINA_SESSION_EVENT_ACCESSED:
      return handle_accessed (self, in, id);
    case CATALINA_SESSION_EVENT_EXPIRED:
      return handle_expired (self, in, id);
    case CATALINA_SESSION_EVENT_CHANGE_ID:
      return handle_change_id (self, in, id);
    default:
      return RESULT_REFUSED;
    }
}

void
catalina_core_appeared (CatalinaDeltaCore *self, const char *id, TribesMember *creator)
{
  CatalinaAppeared *appeared = g_new0 (CatalinaAppeared, 1);

  appeared->id = g_strdup (id);
  appeared->creator = creator ? tribes_member_ref (creator) : NULL;
  g_queue_push_tail (&self->appeared, appeared);
}

/* Whether a message that waited is about an earlier session of the same id. Only one member's clock
 * can tell. */
static gboolean
is_of_earlier (const CatalinaHeldMessage *held, CatalinaSession *session, TribesMember *creator)
{
  return creator && held->from && tribes_member_equal (creator, held->from)
         && catalina_session_message_get_timestamp (held->message) < session->state.creation_time;
}

/* Whether a state transfer has brought what a message says. Tomcat takes that for granted of
 * everything older than the transfer. But what was under way to the sender of the transfer when it
 * took its snapshot is older, too, and not in it: then the session was not used there since.
 * @used_ms: when it was; G_MININT64 for a session that no transfer brought. */
static gboolean
is_stale (CatalinaDeltaCore *self, const CatalinaHeldMessage *held, gint64 used_ms)
{
  gint64 timestamp = catalina_session_message_get_timestamp (held->message);

  switch (catalina_session_message_get_event (held->message))
    {
    case CATALINA_SESSION_EVENT_DELTA:
    case CATALINA_SESSION_EVENT_ACCESSED:
      return self->settings->state_timestamp_drop && held->from
             && timestamp < self->transfer.timestamp && timestamp <= used_ms;
    default:
      return FALSE;
    }
}

static void
apply_early (CatalinaDeltaCore *self,
             const CatalinaAppeared *appeared,
             gint64 used_ms,
             CatalinaNow now)
{
  g_autoptr (GPtrArray) waiting = catalina_held_take (self->early, appeared->id);

  for (guint i = 0; waiting && i < waiting->len; i++)
    {
      CatalinaHeldMessage *held = waiting->pdata[i];
      Incoming in = { held->message, held->from,
                      catalina_session_message_get_timestamp (held->message), FALSE, now };
      CatalinaSession *session = lookup (self, appeared->id);
      gboolean fits = session && !is_of_earlier (held, session, appeared->creator);

      if (is_stale (self, held, used_ms))
        self->counters[CATALINA_COUNTER_STALE_DROPPED]++;
      else if (fits && handle (self, &in) == RESULT_APPLIED)
        self->counters[CATALINA_COUNTER_EARLY_APPLIED]++;
      else
        self->counters[CATALINA_COUNTER_EARLY_DROPPED]++;
    }
}

/* What came during a state transfer, for a session that the transfer brought: in the order in which
 * it came, including what was applied to the copy that was there before. */
static void
apply_replay (CatalinaDeltaCore *self, const char *id, gint64 used_ms, CatalinaNow now)
{
  g_autoptr (GPtrArray) waiting = catalina_held_take (self->transfer.replay, id);

  for (guint i = 0; waiting && i < waiting->len; i++)
    {
      CatalinaHeldMessage *held = waiting->pdata[i];
      Incoming in = { held->message, held->from,
                      catalina_session_message_get_timestamp (held->message), held->applied, now };

      if (is_stale (self, held, used_ms))
        self->counters[CATALINA_COUNTER_STALE_DROPPED]++;
      else
        handle (self, &in);
    }
}

/* What waited for a session that is made during a state transfer stays to be applied again if the
 * transfer brings the session, too. */
static void
apply_unapplied (CatalinaDeltaCore *self, const char *id, CatalinaNow now)
{
  GPtrArray *waiting = catalina_held_peek (self->transfer.replay, id);

  for (guint i = 0; waiting && i < waiting->len; i++)
    {
      CatalinaHeldMessage *held = waiting->pdata[i];
      Incoming in = { held->message, held->from,
                      catalina_session_message_get_timestamp (held->message), FALSE, now };

      if (!held->applied)
        held->applied = handle (self, &in) == RESULT_APPLIED;
    }
}

/* Not recursive: one message may make the next session appear, as often as a peer likes. */
void
catalina_core_settle (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaAppeared *appeared;

  while ((appeared = g_queue_pop_head (&self->appeared)))
    {
      CatalinaSession *session = catalina_session_store_lookup (self->store, appeared->id);
      gboolean brought
          = session && session->transfer > 0 && session->transfer == self->transfer.number;
      gint64 used_ms = brought ? session->state.last_accessed_time : G_MININT64;

      if (session)
        apply_early (self, appeared, used_ms, now);
      if (session && self->transfer.replay)
        {
          if (brought)
            apply_replay (self, appeared->id, used_ms, now);
          else
            apply_unapplied (self, appeared->id, now);
        }
      g_free (appeared->id);
      g_clear_pointer (&appeared->creator, tribes_member_unref);
      g_free (appeared);
    }
}

void
catalina_core_receive (CatalinaDeltaCore *self,
                       CatalinaSessionMessage *message,
                       TribesMember *from,
                       CatalinaNow now)
{
  const char *id = catalina_session_message_get_session_id (message);
  Incoming in = { message, from, catalina_session_message_get_timestamp (message), FALSE, now };
  gboolean wanted;
  Result result;

  if (!id || !*id)
    {
      refuse (self, &in, CATALINA_COUNTER_MALFORMED, "", "no session id");
      return;
    }
  /* Before the message changes anything. */
  wanted = catalina_transfer_wants (self, id);
  result = handle (self, &in);
  if (result == RESULT_REFUSED)
    return;
  if (wanted)
    catalina_transfer_keep (self, message, from, result == RESULT_APPLIED, now);
  else if (result == RESULT_UNKNOWN)
    {
      self->counters[CATALINA_COUNTER_EARLY_KEPT]++;
      self->counters[CATALINA_COUNTER_EARLY_DROPPED]
          += catalina_held_add (self->early, message, from, now.mono_ms, FALSE);
    }
  catalina_core_settle (self, now);
}

gint64
catalina_core_get_oldest (CatalinaDeltaCore *self)
{
  CatalinaRenamed *renamed = g_queue_peek_head (&self->renamed_by_age);
  gint64 oldest = catalina_held_get_oldest (self->early);

  if (oldest != G_MAXINT64)
    oldest += self->limits->early_ms;
  return renamed ? MIN (oldest, renamed->until_ms) : oldest;
}

void
catalina_core_drop_old (CatalinaDeltaCore *self, CatalinaNow now)
{
  CatalinaRenamed *renamed;

  while (catalina_held_get_oldest (self->early) <= now.mono_ms - self->limits->early_ms)
    {
      catalina_held_message_unref (catalina_held_take_oldest (self->early));
      self->counters[CATALINA_COUNTER_EARLY_DROPPED]++;
    }
  while ((renamed = g_queue_peek_head (&self->renamed_by_age)) && renamed->until_ms <= now.mono_ms)
    forget_renamed (self, g_queue_pop_head (&self->renamed_by_age));
}
