/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-asking-private.h"

#include "catalina_ha/manager/catalina-members-private.h"

/* How many are to give all they have, where there are so many. */
#define WANTED 2

/* After how long without an acknowledgement, which takes no work, without an answer, or without
 * more of it the next one is asked, in milliseconds. Shorter, and three that start together, each
 * of which puts off the next for two seconds, would take one another for hung. */
#define ACKNOWLEDGE_MS 2000
#define ANSWER_MS      2500

/* What a Tomcat writes of its sessions in a millisecond, about, in bytes. */
#define BYTES_A_MS 5000

/* When to ask again if nobody has answered, in milliseconds. Where something came and could not be
 * taken in, the next time may well be the same, and costs the other all its sessions: then each
 * pause is twice the one before. */
#define RETRY_MS     10000
#define MAX_RETRY_MS 3600000

typedef enum
{
  DONOR_ASKED, /* nothing was heard */
  DONOR_GIVES, /* it has begun */
  DONOR_ENDED, /* it said that this was all, which may still have to be taken in */
  DONOR_GAVE,  /* all it has */
  DONOR_FAILED,
} DonorState;

/* Somebody who is asked for his sessions. */
typedef struct
{
  TribesMember *member;
  DonorState state;
  guint64 token;         /* of the question; 0 if it is not under way */
  gint64 heard_ms;       /* or asked */
  gint64 asked_ms;       /* by the clock on the wall */
  gint64 clock_lacks_ms; /* see catalina_asking_heard_sessions() */
  gboolean again;        /* asked twice, after an end with nothing before it */
  gboolean gave;         /* something, be it that there are no sessions */
  gboolean some;         /* sessions that were taken in */
  gboolean torn;         /* which could not be taken in as a whole */
  gboolean none;         /* it said itself that it has none, or not all */
  gboolean late;         /* not waited for any more */
  gboolean taken;        /* the question, if it names no context */
  gboolean doubted;      /* said nothing to such a question, and was asked by name */
  gboolean unnamed;      /* asked for this by a question that names no context */
} CatalinaDonor;

static void
donor_free (gpointer data)
{
  CatalinaDonor *donor = data;

  tribes_member_unref (donor->member);
  g_free (donor);
}

void
catalina_asking_init (CatalinaAsking *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  self->tried = catalina_members_new ();
  self->donors = g_ptr_array_new_with_free_func (donor_free);
  self->owing = catalina_members_new ();
  self->deadline_ms = G_MAXINT64;
  self->retry_ms = RETRY_MS;
}

void
catalina_asking_clear (CatalinaAsking *self)
{
  g_clear_pointer (&self->donors, g_ptr_array_unref);
  g_clear_pointer (&self->owing, g_ptr_array_unref);
  g_clear_pointer (&self->tried, g_ptr_array_unref);
}

static CatalinaDonor *
donor_at (CatalinaAsking *self, guint index)
{
  return self->donors->pdata[index];
}

static CatalinaDonor *
find_donor (CatalinaAsking *self, TribesMember *member)
{
  for (guint i = 0; i < self->donors->len; i++)
    if (tribes_member_equal (donor_at (self, i)->member, member))
      return donor_at (self, i);
  return NULL;
}

/* Whether there may come more. */
static gboolean
is_open (const CatalinaDonor *donor)
{
  return donor->state == DONOR_ASKED || donor->state == DONOR_GIVES || donor->state == DONOR_ENDED;
}

/* When it is not worth waiting for any more, if there is somebody else. */
static gint64
patience (CatalinaAsking *self, const CatalinaDonor *donor)
{
  switch (donor->state)
    {
    case DONOR_ASKED:
      return donor->heard_ms
             + (donor->token || (donor->unnamed && !donor->taken) ? ACKNOWLEDGE_MS : ANSWER_MS);
    case DONOR_GIVES:
      /* It may pause between two batches, presumably as long as this member would. */
      return donor->heard_ms + ANSWER_MS + self->rooms->settings->send_all_sessions_wait_ms;
    case DONOR_ENDED:
    case DONOR_GAVE:
    case DONOR_FAILED:
    default:
      return G_MAXINT64;
    }
}

/* When it is taken for dead. */
static gint64
end_of_waiting (CatalinaAsking *self, const CatalinaDonor *donor)
{
  int timeout = self->rooms->settings->state_transfer_timeout;

  return timeout < 0 ? G_MAXINT64 : donor->heard_ms + (gint64) timeout * 1000;
}

static guint
count_gave (CatalinaAsking *self)
{
  guint n = 0;

  for (guint i = 0; i < self->donors->len; i++)
    n += donor_at (self, i)->state == DONOR_GAVE ? 1 : 0;
  return n;
}

/* @late: also those that are not waited for. */
static gboolean
has_open (CatalinaAsking *self, gboolean late)
{
  for (guint i = 0; i < self->donors->len; i++)
    if (is_open (donor_at (self, i)) && (late || !donor_at (self, i)->late))
      return TRUE;
  return FALSE;
}

/* It has, or may have, what it did not give. */
static gboolean
owes (const CatalinaDonor *donor)
{
  if (donor->state == DONOR_FAILED)
    return donor->some || !donor->none;
  return donor->late || (donor->doubted && donor->state == DONOR_ASKED);
}

gboolean
catalina_asking_is_under_way (CatalinaAsking *self)
{
  return self->state == CATALINA_ASKING_SETTLING || self->state == CATALINA_ASKING_ROUND;
}

gboolean
catalina_asking_is_answered (CatalinaAsking *self, gint64 *until_ms)
{
  gboolean answered = FALSE;

  *until_ms = G_MININT64;
  for (guint i = 0; i < self->donors->len; i++)
    {
      CatalinaDonor *donor = donor_at (self, i);

      if (donor->state != DONOR_GIVES && donor->state != DONOR_ENDED)
        continue;
      answered = TRUE;
      *until_ms = MAX (*until_ms, patience (self, donor));
    }
  return answered;
}

TribesMember *
catalina_asking_get_sole (CatalinaAsking *self)
{
  TribesMember *sole = NULL;

  for (guint i = 0; i < self->donors->len; i++)
    {
      CatalinaDonor *donor = donor_at (self, i);

      if (!is_open (donor) || donor->late)
        continue;
      if (sole)
        return NULL;
      sole = donor->member;
    }
  return sole;
}

gboolean
catalina_asking_is_lacking (CatalinaAsking *self)
{
  if (self->transferred)
    return FALSE;
  for (guint i = 0; i < self->donors->len; i++)
    if (owes (donor_at (self, i)))
      return TRUE;
  return self->part || self->owing->len > 0;
}

static TribesMember *
next_candidate (CatalinaAsking *self)
{
  GPtrArray *members = self->rooms->outbox.members;

  for (guint i = 0; i < members->len; i++)
    if (!catalina_members_have (self->tried, members->pdata[i]))
      return members->pdata[i];
  return NULL;
}

/* Whether somebody does not tell this member of what it changes. */
static void
compare (CatalinaAsking *self, gboolean found, CatalinaNow now)
{
  CatalinaNeighbours *neighbours = &self->rooms->neighbours;
  CatalinaOutbox *outbox = &self->rooms->outbox;
  guint n_missed = neighbours->n_missed;
  gsize bytes = catalina_session_store_get_bytes (self->rooms->store);
  g_autoptr (TribesMember) from
      = catalina_neighbours_end (neighbours, found, (gint64) (bytes / BYTES_A_MS), now);

  if (!from)
    return;
  catalina_outbox_tell_transfer (outbox, CATALINA_CORE_CHANGES_MISSED, from, n_missed);
  catalina_outbox_tell_problem (outbox, from,
                                "%u sessions changed a while ago, and no member told this one of "
                                "it: does every member list this one, and hear its heartbeats?",
                                n_missed);
}

static void
finish (CatalinaAsking *self, gboolean found, CatalinaNow now)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;

  self->state = CATALINA_ASKING_OVER;
  self->deadline_ms = G_MAXINT64;
  g_ptr_array_set_size (self->donors, 0);
  catalina_waiting_room_end_transfer (&self->rooms->waiting, now);
  compare (self, found, now);
  if (found)
    {
      self->retry_ms = RETRY_MS;
      catalina_outbox_count (outbox, CATALINA_COUNTER_TRANSFERS_RECEIVED);
      outbox->counters[CATALINA_COUNTER_TRANSFER_RECEIVED_MS]
          = (guint64) (now.mono_ms - self->began_ms);
    }
  if (!self->quiet && !self->again)
    catalina_outbox_tell_transfer_ended (outbox, found);
  self->quiet = FALSE;
  self->extra = FALSE;
  self->again = FALSE;
}

static void
send_question (CatalinaAsking *self, CatalinaDonor *donor, CatalinaNow now)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;
  g_autofree char *unique_id = g_strdup_printf ("GET-ALL-%s", outbox->name);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, outbox->name, "GET-ALL",
                                      unique_id, now.wall_ms, NULL);

  donor->token = catalina_outbox_new_token (outbox);
  donor->heard_ms = now.mono_ms;
  donor->asked_ms = now.wall_ms;
  /* Tomcat sends it asynchronously, and so does not hear if it could not be sent. Here one who does
   * not even acknowledge it, which takes no work of his, is passed over if there is another. */
  catalina_outbox_send (outbox, message, donor->member,
                        next_candidate (self) ? TRIBES_SEND_OPTIONS_USE_ACK
                                              : TRIBES_SEND_OPTIONS_NONE,
                        donor->token);
}

static void
tell_started (CatalinaAsking *self, CatalinaDonor *donor)
{
  catalina_outbox_tell_transfer (&self->rooms->outbox, CATALINA_CORE_TRANSFER_STARTED,
                                 donor->member, 0);
}

static CatalinaDonor *
add_donor (CatalinaAsking *self, TribesMember *member)
{
  CatalinaDonor *donor = g_new0 (CatalinaDonor, 1);

  donor->member = tribes_member_ref (member);
  g_ptr_array_add (self->donors, donor);
  catalina_members_add (self->tried, member);
  catalina_waiting_room_begin_transfer (&self->rooms->waiting);
  if (!self->quiet && !self->again)
    tell_started (self, donor);
  return donor;
}

/* The one that was asked has none or not all, or was not heard of. */
static void
fail (CatalinaAsking *self, CatalinaDonor *donor)
{
  donor->state = DONOR_FAILED;
  if (!self->quiet && !self->again)
    catalina_outbox_count (&self->rooms->outbox, CATALINA_COUNTER_TRANSFERS_FAILED);
}

/* What the round has left open. */
static void
sum_up (CatalinaAsking *self)
{
  g_ptr_array_set_size (self->owing, 0);
  for (guint i = 0; i < self->donors->len; i++)
    {
      CatalinaDonor *donor = donor_at (self, i);

      if (is_open (donor))
        fail (self, donor);
      self->part |= (donor->some || donor->torn) && donor->state == DONOR_FAILED;
      if (owes (donor))
        catalina_members_add (self->owing, donor->member);
    }
  if (self->transferred)
    self->part = FALSE;
}

/* There is nobody left to be asked. */
static void
end_round (CatalinaAsking *self, CatalinaNow now)
{
  gboolean found = count_gave (self) > 0;

  sum_up (self);
  finish (self, found, now);
  if (!catalina_asking_is_lacking (self))
    return;
  /* Who did not answer may have been busy, and who had not all may have it by then. */
  g_ptr_array_set_size (self->tried, 0);
  self->state = CATALINA_ASKING_PAUSED;
  self->deadline_ms = now.mono_ms + self->retry_ms;
  if (self->part)
    self->retry_ms = MIN (self->retry_ms * 2, MAX_RETRY_MS);
}

/* Asks the next, if there is somebody to ask and nobody is worth waiting for, or ends the round. */
static void
advance (CatalinaAsking *self, CatalinaNow now)
{
  while (self->state == CATALINA_ASKING_ROUND)
    {
      guint gave = count_gave (self);
      TribesMember *candidate = gave < WANTED && !self->extra ? next_candidate (self) : NULL;

      if (gave < WANTED && has_open (self, FALSE))
        return;
      if (!candidate && gave == 0 && !self->extra && has_open (self, TRUE))
        return;
      if (!candidate)
        {
          end_round (self, now);
          return;
        }
      send_question (self, add_donor (self, candidate), now);
      /* Tomcat goes on at once then. */
      if (self->rooms->settings->state_transfer_timeout == 0)
        finish (self, FALSE, now);
    }
}

static void
begin (CatalinaAsking *self, CatalinaNow now)
{
  self->state = CATALINA_ASKING_ROUND;
  self->began_ms = now.mono_ms;
  advance (self, now);
}

static void
settle (CatalinaAsking *self, CatalinaNow now)
{
  if (!next_candidate (self))
    {
      /* Alone. Somebody may come. */
      if (self->state == CATALINA_ASKING_SETTLING)
        finish (self, FALSE, now);
      return;
    }
  if (self->settle_ms == 0)
    {
      begin (self, now);
      return;
    }
  self->state = CATALINA_ASKING_SETTLING;
  self->deadline_ms = now.mono_ms + self->settle_ms;
}

void
catalina_asking_start (CatalinaAsking *self,
                       guint settle_ms,
                       TribesMember *named_by,
                       CatalinaNow now)
{
  self->settle_ms = settle_ms;
  self->named_by_asker = named_by != NULL;
  /* Somebody has been asked already. */
  if (self->state == CATALINA_ASKING_ROUND)
    return;
  if (named_by)
    catalina_members_add (self->tried,
                          catalina_members_resolve (self->rooms->outbox.members, named_by));
  self->state = CATALINA_ASKING_SETTLING;
  self->deadline_ms = now.mono_ms + settle_ms;
  if (settle_ms == 0)
    settle (self, now);
}

void
catalina_asking_expect (CatalinaAsking *self, TribesMember *member, CatalinaNow now)
{
  CatalinaDonor *donor;

  if (catalina_members_have (self->tried, member))
    return;
  if (self->rooms->settings->state_transfer_timeout == 0)
    {
      catalina_members_add (self->tried, member);
      if (self->state == CATALINA_ASKING_SETTLING)
        finish (self, FALSE, now);
      return;
    }
  if (self->state != CATALINA_ASKING_ROUND)
    {
      self->state = CATALINA_ASKING_ROUND;
      self->began_ms = now.mono_ms;
      self->quiet = self->extra = self->transferred;
    }
  donor = add_donor (self, member);
  donor->unnamed = TRUE;
  donor->heard_ms = now.mono_ms;
  donor->asked_ms = now.wall_ms;
}

void
catalina_asking_member_lives (CatalinaAsking *self, TribesMember *member, CatalinaNow now)
{
  CatalinaDonor *donor = find_donor (self, member);

  if (!donor || donor->state != DONOR_ASKED || !donor->unnamed)
    return;
  donor->taken = TRUE;
  donor->heard_ms = now.mono_ms;
  donor->late = FALSE;
}

void
catalina_asking_ask_again (CatalinaAsking *self, TribesMember *member, CatalinaNow now)
{
  GPtrArray *members = self->rooms->outbox.members;

  self->again = TRUE;
  self->state = CATALINA_ASKING_ROUND;
  self->began_ms = now.mono_ms;
  g_ptr_array_set_size (self->tried, 0);
  for (guint i = 0; i < members->len; i++)
    if (!tribes_member_equal (members->pdata[i], member))
      catalina_members_add (self->tried, members->pdata[i]);
  advance (self, now);
}

void
catalina_asking_stop (CatalinaAsking *self)
{
  self->state = CATALINA_ASKING_IDLE;
  self->deadline_ms = G_MAXINT64;
  g_ptr_array_set_size (self->donors, 0);
}

static void
keep_present (GPtrArray *list, GPtrArray *members)
{
  for (guint i = list->len; i > 0; i--)
    if (!catalina_members_have (members, list->pdata[i - 1]))
      g_ptr_array_remove_index (list, i - 1);
}

void
catalina_asking_members_changed (CatalinaAsking *self, gboolean loading, CatalinaNow now)
{
  GPtrArray *members = self->rooms->outbox.members;
  gboolean over = self->state == CATALINA_ASKING_OVER || self->state == CATALINA_ASKING_PAUSED;

  /* A member that comes back may have what it did not have before. */
  keep_present (self->tried, members);
  keep_present (self->owing, members);
  if (over && !self->transferred)
    settle (self, now);
  else if (self->state == CATALINA_ASKING_ROUND && !loading)
    catalina_asking_step (self, now);
}

gboolean
catalina_asking_sent (CatalinaAsking *self, guint64 token, gboolean success, CatalinaNow now)
{
  for (guint i = 0; i < self->donors->len; i++)
    {
      CatalinaDonor *donor = donor_at (self, i);

      if (donor->token != token)
        continue;
      donor->token = 0;
      if (!success && donor->state == DONOR_ASKED)
        {
          fail (self, donor);
          advance (self, now);
        }
      return TRUE;
    }
  return FALSE;
}

/* It may have been given up: late is better than never. */
static void
hear (CatalinaDonor *donor, DonorState state, CatalinaNow now)
{
  donor->state = state;
  donor->heard_ms = now.mono_ms;
  donor->late = FALSE;
}

gint64
catalina_asking_heard_sessions (CatalinaAsking *self,
                                TribesMember *from,
                                gint64 timestamp,
                                CatalinaNow now)
{
  CatalinaDonor *donor = find_donor (self, from);

  if (!donor)
    return 0;
  /* The snapshot was taken between the question and the first of the answer. */
  if (!donor->gave && (timestamp < donor->asked_ms || timestamp > now.wall_ms)
      && __builtin_sub_overflow (donor->asked_ms, timestamp, &donor->clock_lacks_ms))
    donor->clock_lacks_ms = 0;
  if (donor->state == DONOR_GAVE)
    return donor->clock_lacks_ms;
  if (self->quiet)
    {
      self->quiet = FALSE;
      tell_started (self, donor);
    }
  donor->gave = TRUE;
  hear (donor, donor->state == DONOR_ENDED ? DONOR_ENDED : DONOR_GIVES, now);
  return donor->clock_lacks_ms;
}

void
catalina_asking_heard_torn (CatalinaAsking *self, TribesMember *from)
{
  CatalinaDonor *donor = find_donor (self, from);

  if (donor)
    donor->torn = TRUE;
}

void
catalina_asking_took_in (CatalinaAsking *self, TribesMember *from, CatalinaNow now)
{
  CatalinaDonor *donor = find_donor (self, from);

  if (!donor)
    return;
  donor->some = TRUE;
  donor->heard_ms = now.mono_ms;
}

void
catalina_asking_heard_end (CatalinaAsking *self, TribesMember *from, CatalinaNow now)
{
  CatalinaDonor *donor = find_donor (self, from);

  if (donor && donor->state != DONOR_GAVE && !donor->none)
    hear (donor, DONOR_ENDED, now);
}

void
catalina_asking_heard_no (CatalinaAsking *self, TribesMember *from, CatalinaNow now)
{
  CatalinaDonor *donor = find_donor (self, from);

  if (!donor || (donor->state != DONOR_ASKED && donor->state != DONOR_GIVES))
    return;
  donor->none = TRUE;
  if (donor->gave)
    {
      /* Which may still have to be taken in. */
      hear (donor, DONOR_ENDED, now);
      return;
    }
  fail (self, donor);
  advance (self, now);
}

/* Nothing that it sent is still to be taken in. */
static void
step_ended (CatalinaAsking *self, CatalinaDonor *donor, CatalinaNow now)
{
  if (donor->torn || donor->none)
    fail (self, donor);
  else if (!donor->gave && !donor->again)
    {
      /* A Tomcat that sends batches has no sessions, or one whose message with the sessions was not
       * acknowledged in time has given up and tells that this was all. */
      donor->again = TRUE;
      donor->state = DONOR_ASKED;
      send_question (self, donor, now);
    }
  else
    {
      donor->state = DONOR_GAVE;
      self->transferred = TRUE;
    }
}

static void
step_donor (CatalinaAsking *self, CatalinaDonor *donor, CatalinaNow now)
{
  if (donor->state == DONOR_ENDED)
    step_ended (self, donor, now);
  else if (!is_open (donor))
    return;
  else if (now.mono_ms >= end_of_waiting (self, donor)
           || !catalina_members_have (self->rooms->outbox.members, donor->member))
    fail (self, donor);
  else if (now.mono_ms < patience (self, donor))
    return;
  else if (donor->unnamed && donor->state == DONOR_ASKED && !self->extra)
    {
      /* Whoever does not have the context says nothing to a question that does not name it. */
      donor->unnamed = FALSE;
      donor->doubted = TRUE;
      send_question (self, donor, now);
    }
  else
    donor->late = TRUE;
}

void
catalina_asking_step (CatalinaAsking *self, CatalinaNow now)
{
  if (self->state == CATALINA_ASKING_ROUND)
    {
      for (guint i = 0; i < self->donors->len; i++)
        step_donor (self, donor_at (self, i), now);
      advance (self, now);
    }
  else if (now.mono_ms >= self->deadline_ms)
    {
      /* Settled, or time to ask again. */
      if (next_candidate (self))
        begin (self, now);
      else
        finish (self, FALSE, now);
    }
}

gint64
catalina_asking_get_deadline (CatalinaAsking *self)
{
  gint64 deadline = G_MAXINT64;

  if (self->state != CATALINA_ASKING_ROUND)
    return self->deadline_ms;
  for (guint i = 0; i < self->donors->len; i++)
    {
      const CatalinaDonor *donor = donor_at (self, i);

      if (donor->state == DONOR_ENDED)
        return 0;
      if (!is_open (donor))
        continue;
      deadline = MIN (deadline, end_of_waiting (self, donor));
      if (!donor->late)
        deadline = MIN (deadline, patience (self, donor));
    }
  return deadline;
}
