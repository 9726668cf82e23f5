/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-asking-private.h"

#include "catalina_ha/manager/catalina-members-private.h"

/* When to ask again if nobody has answered, in milliseconds. */
#define RETRY_MS 10000

void
catalina_asking_init (CatalinaAsking *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  self->tried = catalina_members_new ();
  self->deadline_ms = G_MAXINT64;
}

void
catalina_asking_clear (CatalinaAsking *self)
{
  g_clear_pointer (&self->asked, tribes_member_unref);
  g_clear_pointer (&self->tried, g_ptr_array_unref);
}

/* Whether somebody has been asked and has not said everything. */
static gboolean
is_open (CatalinaAsking *self)
{
  switch (self->state)
    {
    case CATALINA_ASKING_ASKED:
    case CATALINA_ASKING_ASKED_AGAIN:
    case CATALINA_ASKING_ANSWERED:
      return TRUE;
    case CATALINA_ASKING_IDLE:
    case CATALINA_ASKING_SETTLING:
    case CATALINA_ASKING_EMPTY:
    case CATALINA_ASKING_COMPLETE:
    case CATALINA_ASKING_OVER:
    case CATALINA_ASKING_PAUSED:
    default:
      return FALSE;
    }
}

static gboolean
has_all (CatalinaAsking *self)
{
  return self->state == CATALINA_ASKING_EMPTY || self->state == CATALINA_ASKING_COMPLETE;
}

gboolean
catalina_asking_is_under_way (CatalinaAsking *self)
{
  return self->state == CATALINA_ASKING_SETTLING || is_open (self) || has_all (self);
}

gboolean
catalina_asking_is_answered (CatalinaAsking *self)
{
  return self->state == CATALINA_ASKING_ANSWERED || self->state == CATALINA_ASKING_COMPLETE;
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

static gint64
answer_deadline (CatalinaAsking *self, CatalinaNow now)
{
  int timeout = self->rooms->settings->state_transfer_timeout;

  return timeout < 0 ? G_MAXINT64 : now.mono_ms + (gint64) timeout * 1000;
}

static void
finish (CatalinaAsking *self, gboolean found, CatalinaNow now)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;

  g_clear_pointer (&self->asked, tribes_member_unref);
  self->state = CATALINA_ASKING_OVER;
  self->deadline_ms = G_MAXINT64;
  self->token = 0;
  catalina_waiting_room_end_transfer (&self->rooms->waiting, now);
  if (found)
    {
      self->transferred = TRUE;
      catalina_outbox_count (outbox, CATALINA_COUNTER_TRANSFERS_RECEIVED);
      outbox->counters[CATALINA_COUNTER_TRANSFER_RECEIVED_MS]
          = (guint64) (now.mono_ms - self->began_ms);
    }
  catalina_outbox_tell_transfer_ended (outbox, found);
}

static void
send_question (CatalinaAsking *self, CatalinaNow now)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;
  g_autofree char *unique_id = g_strdup_printf ("GET-ALL-%s", outbox->name);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, outbox->name, "GET-ALL",
                                      unique_id, now.wall_ms, NULL);

  self->token = catalina_outbox_new_token (outbox);
  self->deadline_ms = answer_deadline (self, now);
  /* Tomcat sends it asynchronously, and so does not hear if it could not be sent. Here one who does
   * not even acknowledge it, which takes no work of his, is passed over if there is another. */
  catalina_outbox_send (outbox, message, self->asked,
                        next_candidate (self) ? TRIBES_SEND_OPTIONS_USE_ACK
                                              : TRIBES_SEND_OPTIONS_NONE,
                        self->token);
}

/* There is nobody left to be asked. */
static void
end_round (CatalinaAsking *self, CatalinaNow now)
{
  finish (self, self->gave, now);
  if (self->transferred || !self->silent)
    return;
  /* Who did not answer may have been busy; nobody else has the sessions. Those who said that they
   * have none need not be asked again before they come back. */
  g_ptr_array_set_size (self->tried, 0);
  self->state = CATALINA_ASKING_PAUSED;
  self->deadline_ms = now.mono_ms + RETRY_MS;
}

/* Asks the next member, if there is one. */
static void
ask (CatalinaAsking *self, CatalinaNow now)
{
  TribesMember *candidate = next_candidate (self);

  g_clear_pointer (&self->asked, tribes_member_unref);
  if (!candidate)
    {
      end_round (self, now);
      return;
    }
  self->state = CATALINA_ASKING_ASKED;
  self->asked = tribes_member_ref (candidate);
  catalina_members_add (self->tried, candidate);
  catalina_waiting_room_begin_transfer (&self->rooms->waiting);
  catalina_outbox_tell_transfer (&self->rooms->outbox, CATALINA_CORE_TRANSFER_STARTED, candidate,
                                 0);
  send_question (self, now);
  if (self->rooms->settings->state_transfer_timeout == 0)
    finish (self, FALSE, now);
}

/* The one that was asked has none, or was not heard of. */
static void
give_up (CatalinaAsking *self, gboolean silent, CatalinaNow now)
{
  self->silent |= silent;
  catalina_outbox_count (&self->rooms->outbox, CATALINA_COUNTER_TRANSFERS_FAILED);
  ask (self, now);
}

static void
begin (CatalinaAsking *self, CatalinaNow now)
{
  self->began_ms = now.mono_ms;
  self->gave = FALSE;
  self->silent = FALSE;
  ask (self, now);
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
  if (named_by)
    catalina_members_add (self->tried,
                          catalina_members_resolve (self->rooms->outbox.members, named_by));
  self->state = CATALINA_ASKING_SETTLING;
  self->deadline_ms = now.mono_ms + settle_ms;
  if (settle_ms == 0)
    settle (self, now);
}

void
catalina_asking_stop (CatalinaAsking *self)
{
  self->state = CATALINA_ASKING_IDLE;
  self->deadline_ms = G_MAXINT64;
  self->token = 0;
}

void
catalina_asking_members_changed (CatalinaAsking *self, gboolean loading, CatalinaNow now)
{
  GPtrArray *members = self->rooms->outbox.members;
  gboolean over = self->state == CATALINA_ASKING_OVER || self->state == CATALINA_ASKING_PAUSED;

  /* A member that comes back may have what it did not have before. */
  for (guint i = self->tried->len; i > 0; i--)
    if (!catalina_members_have (members, self->tried->pdata[i - 1]))
      g_ptr_array_remove_index (self->tried, i - 1);
  if (over && !self->transferred)
    settle (self, now);
  else if (is_open (self) && !catalina_members_have (members, self->asked) && !loading)
    give_up (self, TRUE, now);
}

void
catalina_asking_sent (CatalinaAsking *self, gboolean success, CatalinaNow now)
{
  self->token = 0;
  if (!success && is_open (self) && self->state != CATALINA_ASKING_ANSWERED)
    give_up (self, TRUE, now);
}

void
catalina_asking_heard_sessions (CatalinaAsking *self, CatalinaNow now)
{
  self->gave = TRUE;
  if (is_open (self))
    self->state = CATALINA_ASKING_ANSWERED;
  else if (self->state == CATALINA_ASKING_EMPTY)
    self->state = CATALINA_ASKING_COMPLETE;
  catalina_asking_took_in (self, now);
}

void
catalina_asking_took_in (CatalinaAsking *self, CatalinaNow now)
{
  if (is_open (self))
    self->deadline_ms = answer_deadline (self, now);
}

void
catalina_asking_heard_end (CatalinaAsking *self, CatalinaNow now)
{
  if (!is_open (self))
    return;
  self->state = self->state == CATALINA_ASKING_ASKED && !self->gave ? CATALINA_ASKING_EMPTY
                                                                    : CATALINA_ASKING_COMPLETE;
}

void
catalina_asking_heard_no (CatalinaAsking *self, TribesMember *from, CatalinaNow now)
{
  gboolean nothing_heard = is_open (self) && self->state != CATALINA_ASKING_ANSWERED;

  if (nothing_heard && tribes_member_equal (self->asked, from))
    give_up (self, FALSE, now);
}

void
catalina_asking_step (CatalinaAsking *self, CatalinaNow now)
{
  switch (self->state)
    {
    case CATALINA_ASKING_EMPTY:
      /* A Tomcat that sends batches has no sessions, or one whose message with the sessions was not
       * acknowledged in time has given up and tells that this was all. */
      self->state = CATALINA_ASKING_ASKED_AGAIN;
      send_question (self, now);
      break;
    case CATALINA_ASKING_COMPLETE:
      finish (self, TRUE, now);
      break;
    case CATALINA_ASKING_ASKED:
    case CATALINA_ASKING_ASKED_AGAIN:
    case CATALINA_ASKING_ANSWERED:
      if (now.mono_ms >= self->deadline_ms
          || !catalina_members_have (self->rooms->outbox.members, self->asked))
        give_up (self, TRUE, now);
      break;
    case CATALINA_ASKING_IDLE:
    case CATALINA_ASKING_SETTLING:
    case CATALINA_ASKING_OVER:
    case CATALINA_ASKING_PAUSED:
    default:
      if (now.mono_ms < self->deadline_ms)
        break;
      /* Settled, or time to ask again. */
      if (next_candidate (self))
        begin (self, now);
      else
        finish (self, FALSE, now);
      break;
    }
}

gint64
catalina_asking_get_deadline (CatalinaAsking *self)
{
  return has_all (self) ? 0 : self->deadline_ms;
}
