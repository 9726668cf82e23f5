/* SPDX-License-Identifier: Apache-2.0
 *
 * As Tomcat's, with ends to everything. What differs, and why no Tomcat minds: a member that only a
 * token told of is connected to before it counts, and is not handed to those above; a token of this
 * process counts only while it is the one that was sent; whoever has a wrong view and is not the
 * one to elect reminds those who are, once in a while.
 */
#include "tribes/interceptors/tribes-election-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-member-set-private.h"

/* Multicast finds all members within so long. */
#define START_US (2 * G_USEC_PER_SEC)
/* For members that a token brought along. */
#define CHECK_US (3 * G_USEC_PER_SEC)

void
tribes_election_event_clear (TribesElectionEvent *event)
{
  g_clear_pointer (&event->message, g_bytes_unref);
  g_clear_pointer (&event->members, g_ptr_array_unref);
  g_clear_pointer (&event->member, tribes_member_unref);
}

static TribesElectionEvent *
push (TribesElection *self, TribesElectionEventKind kind)
{
  TribesElectionEvent *event = g_new0 (TribesElectionEvent, 1);

  event->kind = kind;
  g_queue_push_tail (&self->events, event);
  return event;
}

gboolean
tribes_election_pop_event (TribesElection *self, TribesElectionEvent *event)
{
  g_autofree TribesElectionEvent *next = g_queue_pop_head (&self->events);

  if (!next)
    return FALSE;
  *event = *next;
  return TRUE;
}

void
tribes_election_init (TribesElection *self)
{
  memset (self, 0, sizeof *self);
  self->members = tribes_member_set_new ();
  self->strangers = tribes_member_set_new ();
  self->checking = tribes_member_set_new ();
  self->view = tribes_member_set_new ();
  self->budget = TRIBES_ELECTION_BURST;
}

static void
drop_events (TribesElection *self)
{
  TribesElectionEvent event;

  while (tribes_election_pop_event (self, &event))
    tribes_election_event_clear (&event);
}

void
tribes_election_clear (TribesElection *self)
{
  drop_events (self);
  g_clear_pointer (&self->local, tribes_member_unref);
  g_clear_pointer (&self->returned, tribes_coordination_free);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_clear_pointer (&self->strangers, g_ptr_array_unref);
  g_clear_pointer (&self->checking, g_ptr_array_unref);
  g_clear_pointer (&self->view, g_ptr_array_unref);
}

/* What is known */

/* (transfer full): everybody, this process, too */
static GPtrArray *
list_known (TribesElection *self)
{
  GPtrArray *known = tribes_member_set_union (self->members, self->strangers);

  tribes_member_set_add (known, self->local);
  return known;
}

static gboolean
is_first (TribesElection *self, GPtrArray *set)
{
  return set->len > 0 && tribes_member_equal (set->pdata[0], self->local);
}

/* Whether there is nothing to elect: who leads has in the view whom it knows, the others find there
 * whom they know. */
static gboolean
is_content (TribesElection *self, GPtrArray *known)
{
  if (is_first (self, known))
    return tribes_member_set_equal (self->view, known);
  for (guint i = 0; i < known->len; i++)
    if (!tribes_member_set_has (self->view, known->pdata[i]))
      return FALSE;
  return tribes_member_set_has (known, self->view->pdata[0]);
}

TribesMember *
tribes_election_peek_coordinator (const TribesElection *self)
{
  return self->view->len > 0 ? self->view->pdata[0] : NULL;
}

/* Whether so much may be passed on. */
static gboolean
spend (TribesElection *self, gint64 now_us)
{
  self->budget += (double) (now_us - self->budget_us) / G_USEC_PER_SEC * TRIBES_ELECTION_RATE;
  self->budget = MIN (self->budget, TRIBES_ELECTION_BURST);
  self->budget_us = now_us;
  if (self->budget < 1)
    {
      self->dropped++;
      return FALSE;
    }
  self->budget -= 1;
  return TRUE;
}

/* Views */

static void
install (TribesElection *self, GPtrArray *members, const guint8 *id)
{
  g_autoptr (GPtrArray) before = g_steal_pointer (&self->view);
  g_autoptr (GPtrArray) none = tribes_member_set_new ();

  self->view = tribes_member_set_union (members, none);
  tribes_member_set_add (self->view, self->local);
  memcpy (self->view_id, id, sizeof self->view_id);
  self->views++;
  if (!tribes_member_set_equal (before, self->view))
    push (self, TRIBES_ELECTION_VIEW);
}

static void
schedule (TribesElection *self, gint64 now_us)
{
  gint64 soon_us = now_us + TRIBES_ELECTION_DELAY_US;

  if (self->local)
    self->elect_us = self->elect_us > 0 ? MIN (self->elect_us, soon_us) : soon_us;
}

/* Whoever leads sees to it that the view is what it knows. */
static void
consider (TribesElection *self, gint64 now_us)
{
  g_autoptr (GPtrArray) known = list_known (self);

  if (!self->is_electing && is_first (self, known) && !is_content (self, known))
    schedule (self, now_us);
}

static void
new_id (guint8 *id)
{
  for (gsize i = 0; i < TRIBES_COORDINATION_ID_SIZE; i += 4)
    tribes_poke_u32 (id + i, g_random_int ());
}

static void
install_alone (TribesElection *self)
{
  guint8 id[TRIBES_COORDINATION_ID_SIZE];
  g_autoptr (GPtrArray) nobody = tribes_member_set_new ();

  new_id (id);
  install (self, nobody, id);
}

/* Tokens */

static void
push_message (TribesElection *self,
              TribesElectionEventKind kind,
              TribesMember *source,
              GPtrArray *members,
              const guint8 *id,
              GPtrArray *to)
{
  TribesElectionEvent *event = push (self, kind);
  g_autoptr (TribesCoordination) message
      = tribes_coordination_new (members->pdata[0], source, members, id,
                                 kind == TRIBES_ELECTION_TELL);

  event->message = tribes_coordination_write (message);
  event->members = g_ptr_array_ref (to);
}

static void
send_own (TribesElection *self, GPtrArray *known, gint64 now_us)
{
  /* The leader first: if it is somebody else it is to know of this process. */
  g_autoptr (GPtrArray) first_others = tribes_member_set_union (known, known);
  g_autoptr (GPtrArray) ring = tribes_member_set_ring (known, self->local);

  tribes_member_set_remove (first_others, self->local);
  self->give_up_us = now_us + TRIBES_ELECTION_TIMEOUT_US;
  push_message (self, TRIBES_ELECTION_SEND, self->local, known, self->own_id,
                self->rounds == 1 ? first_others : ring);
}

static void
begin (TribesElection *self, GPtrArray *known, gint64 now_us)
{
  new_id (self->own_id);
  self->is_electing = TRUE;
  self->led = is_first (self, known);
  self->rounds = 1;
  self->elections++;
  send_own (self, known, now_us);
}

static void
elect (TribesElection *self, gint64 now_us)
{
  g_autoptr (GPtrArray) known = list_known (self);
  gboolean is_forced = self->is_forced;

  self->elect_us = 0;
  self->is_forced = FALSE;
  if (self->is_electing || is_content (self, known))
    return;
  if (known->len == 1)
    {
      self->waiting_until_us = 0;
      install_alone (self);
    }
  else if (is_first (self, known) || is_forced)
    {
      begin (self, known, now_us);
    }
  else if (self->waiting_until_us == 0)
    {
      self->waiting_until_us = now_us + TRIBES_ELECTION_TIMEOUT_US;
    }
}

static void
end_election (TribesElection *self)
{
  self->is_electing = FALSE;
  g_clear_pointer (&self->returned, tribes_coordination_free);
}

static void
tell_view (TribesElection *self, GPtrArray *to)
{
  if (to->len > 0)
    push_message (self, TRIBES_ELECTION_TELL, self->local, self->view, self->view_id, to);
}

static void
tell_all (TribesElection *self)
{
  g_autoptr (GPtrArray) others = tribes_member_set_union (self->view, self->view);

  tribes_member_set_remove (others, self->local);
  tell_view (self, others);
}

/* The word of two views may arrive in either order; who has this one already ignores it when it is
 * told again. */
static void
confirm (TribesElection *self, GPtrArray *known)
{
  end_election (self);
  install (self, known, self->own_id);
  self->tell_again = TRUE;
  tell_all (self);
}

/* The token is back and its members are known or were looked for. */
static void
finish_round (TribesElection *self, gint64 now_us)
{
  g_autoptr (TribesCoordination) token = g_steal_pointer (&self->returned);
  g_autoptr (GPtrArray) known = list_known (self);
  g_autoptr (GPtrArray) members = tribes_member_set_union (token->members, token->members);

  if (!is_first (self, known))
    {
      /* Who leads is to see it; unless it was known all the time and did not take it. */
      g_autoptr (GPtrArray) ring = tribes_member_set_ring (known, self->local);

      end_election (self);
      if (self->led)
        push_message (self, TRIBES_ELECTION_SEND, self->local, known, self->own_id, ring);
      if (self->waiting_until_us == 0 && !is_content (self, known))
        self->waiting_until_us = now_us + TRIBES_ELECTION_TIMEOUT_US;
    }
  else if (tribes_member_set_equal (members, known) || self->rounds >= TRIBES_ELECTION_MAX_ROUNDS)
    {
      confirm (self, known);
    }
  else
    {
      self->rounds++;
      send_own (self, known, now_us);
    }
}

/* Strangers, so that all who are known are in a message that others read. */
static guint
strangers_room (TribesElection *self)
{
  guint others = TRIBES_COORDINATION_MAX_MEMBERS - 1;

  return MIN (TRIBES_ELECTION_MAX_STRANGERS, others - MIN (others, self->members->len));
}

/* Members that nobody below has told of. */
static void
check_strangers (TribesElection *self, GPtrArray *members)
{
  for (guint i = 0; i < members->len; i++)
    {
      TribesMember *member = members->pdata[i];

      if (self->strangers->len + self->checking->len >= strangers_room (self))
        return;
      if (tribes_member_equal (member, self->local) || tribes_member_set_has (self->members, member)
          || tribes_member_set_has (self->strangers, member)
          || !tribes_member_set_add (self->checking, member))
        continue;
      push (self, TRIBES_ELECTION_CHECK)->member = tribes_member_ref (member);
    }
}

/* Received */

static TribesElectionToken *
find_token (TribesElection *self, const guint8 *id)
{
  TribesElectionToken *token;

  for (guint i = 0; i < TRIBES_ELECTION_MAX_TOKENS; i++)
    if (self->tokens[i].rounds > 0
        && memcmp (self->tokens[i].id, id, TRIBES_COORDINATION_ID_SIZE) == 0)
      return &self->tokens[i];
  token = &self->tokens[self->next_token++ % TRIBES_ELECTION_MAX_TOKENS];
  memcpy (token->id, id, sizeof token->id);
  token->rounds = 0;
  return token;
}

static void
receive_own (TribesElection *self, const TribesCoordination *message, gint64 now_us)
{
  if (!self->is_electing || self->returned
      || memcmp (message->id, self->own_id, sizeof self->own_id) != 0)
    {
      self->dropped++;
      return;
    }
  self->returned = tribes_coordination_new (message->leader, message->source, message->members,
                                            message->id, FALSE);
  check_strangers (self, message->members);
  self->give_up_us = now_us + CHECK_US;
  if (self->checking->len == 0)
    finish_round (self, now_us);
}

static void
pass_on (TribesElection *self, const TribesCoordination *message, GPtrArray *known, gint64 now_us)
{
  TribesElectionToken *token = find_token (self, message->id);
  g_autoptr (GPtrArray) merged = tribes_member_set_union (message->members, known);
  g_autoptr (GPtrArray) ring = NULL;

  if (token->rounds++ >= TRIBES_ELECTION_MAX_PASSES
      || merged->len > TRIBES_COORDINATION_MAX_MEMBERS)
    {
      self->dropped++;
      return;
    }
  if (!spend (self, now_us))
    return;
  self->passed_on++;
  ring = tribes_member_set_ring (merged, self->local);
  push_message (self, TRIBES_ELECTION_SEND, message->source, merged, message->id, ring);
}

static void
receive_token (TribesElection *self, const TribesCoordination *message, gint64 now_us)
{
  g_autoptr (GPtrArray) known = list_known (self);

  if (is_first (self, known))
    check_strangers (self, message->members);
  if (!tribes_member_equal (message->leader, self->local))
    {
      pass_on (self, message, known, now_us);
    }
  else if (is_first (self, self->view) && tribes_member_set_has (self->view, message->source)
           && spend (self, now_us))
    {
      /* It would not ask if it knew. */
      g_autoptr (GPtrArray) one = tribes_member_set_new ();

      tribes_member_set_add (one, message->source);
      tell_view (self, one);
    }
  consider (self, now_us);
}

/* As it is or as it was before a restart, if there is room for both. */
static gboolean
lists_local (TribesElection *self, GPtrArray *members)
{
  gboolean has_room = members->len < TRIBES_COORDINATION_MAX_MEMBERS;

  for (guint i = 0; i < members->len; i++)
    if (tribes_member_equal (members->pdata[i], self->local)
        || (has_room && tribes_member_is_at (members->pdata[i], self->local)))
      return TRUE;
  return FALSE;
}

static gboolean
receive_confirmation (TribesElection *self,
                      const TribesCoordination *message,
                      gint64 now_us,
                      GError **error)
{
  if (memcmp (message->id, self->view_id, sizeof self->view_id) == 0)
    return TRUE;
  if (!lists_local (self, message->members))
    {
      g_autofree char *name = tribes_member_to_string (message->source);

      self->dropped++;
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "%s: view: expected this process in it, found %u others", name,
                   message->members->len);
      return FALSE;
    }
  if (!spend (self, now_us))
    return TRUE;
  install (self, message->members, message->id);
  if (self->is_electing && !is_first (self, self->view))
    end_election (self);
  consider (self, now_us);
  return TRUE;
}

gboolean
tribes_election_receive (TribesElection *self,
                         const TribesCoordination *message,
                         gint64 now_us,
                         GError **error)
{
  if (!self->local)
    return TRUE;
  if (message->members->len == 0)
    {
      self->dropped++;
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "members of the view: expected at least 1, found none");
      return FALSE;
    }
  if (message->is_confirmation && !receive_confirmation (self, message, now_us, error))
    return FALSE;
  if (!message->is_confirmation && tribes_member_equal (message->source, self->local))
    receive_own (self, message, now_us);
  else if (!message->is_confirmation)
    receive_token (self, message, now_us);
  self->waiting_until_us = 0;
  return TRUE;
}

/* Members and time */

void
tribes_election_start (TribesElection *self, TribesMember *local, gint64 now_us)
{
  if (self->local)
    return;
  self->local = tribes_member_ref (local);
  self->budget_us = now_us;
  self->elect_us = now_us + (self->members->len > 0 ? TRIBES_ELECTION_DELAY_US : START_US);
}

void
tribes_election_stop (TribesElection *self)
{
  g_clear_pointer (&self->local, tribes_member_unref);
  end_election (self);
  drop_events (self);
  g_ptr_array_set_size (self->members, 0);
  g_ptr_array_set_size (self->strangers, 0);
  g_ptr_array_set_size (self->checking, 0);
  g_ptr_array_set_size (self->view, 0);
  memset (self->view_id, 0, sizeof self->view_id);
  self->elect_us = self->waiting_until_us = 0;
  self->is_forced = self->tell_again = FALSE;
}

void
tribes_election_add (TribesElection *self, TribesMember *member, gint64 now_us)
{
  tribes_member_set_remove (self->strangers, member);
  if (!tribes_member_set_add (self->members, member))
    return;
  if (self->strangers->len > strangers_room (self))
    g_ptr_array_set_size (self->strangers, (gint) strangers_room (self));
  schedule (self, now_us);
}

void
tribes_election_remove (TribesElection *self, TribesMember *member, gint64 now_us)
{
  TribesMember *coordinator = tribes_election_peek_coordinator (self);

  tribes_member_set_remove (self->strangers, member);
  if (!tribes_member_set_remove (self->members, member) || !self->local)
    return;
  self->is_forced |= coordinator && tribes_member_equal (coordinator, self->local);
  schedule (self, now_us);
}

void
tribes_election_checked (TribesElection *self,
                         TribesMember *member,
                         gboolean is_there,
                         gint64 now_us)
{
  if (!self->local)
    return;
  tribes_member_set_remove (self->checking, member);
  if (!is_there)
    tribes_member_set_remove (self->strangers, member);
  else if (!tribes_member_set_has (self->members, member)
           && self->strangers->len < strangers_room (self))
    tribes_member_set_add (self->strangers, member);
  if (self->returned && self->checking->len == 0)
    finish_round (self, now_us);
  consider (self, now_us);
}

static void
give_up (TribesElection *self, gint64 now_us)
{
  if (self->returned)
    {
      /* Who has not answered is not there. */
      g_ptr_array_set_size (self->checking, 0);
      finish_round (self, now_us);
      return;
    }
  self->elections_lost++;
  end_election (self);
  if (self->view->len == 0)
    install_alone (self);
  schedule (self, now_us);
}

void
tribes_election_not_sent (TribesElection *self, GBytes *message, gint64 now_us)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (message, &size);
  g_autoptr (TribesCoordination) sent = tribes_coordination_parse (bytes, size, NULL, NULL);

  /* Everybody was tried; it is known at once that it will not come back. The next attempt is when
   * this one would have been given up. */
  if (!sent || !self->is_electing || self->returned
      || memcmp (sent->id, self->own_id, sizeof self->own_id) != 0)
    return;
  give_up (self, now_us);
  self->elect_us = now_us + TRIBES_ELECTION_TIMEOUT_US;
}

void
tribes_election_heartbeat (TribesElection *self, gint64 now_us)
{
  g_autoptr (GPtrArray) known = NULL;

  if (!self->local)
    return;
  known = list_known (self);
  for (guint i = 0; i < self->strangers->len; i++)
    if (tribes_member_set_add (self->checking, self->strangers->pdata[i]))
      push (self, TRIBES_ELECTION_CHECK)->member = tribes_member_ref (self->strangers->pdata[i]);
  if (self->tell_again && is_first (self, self->view))
    tell_all (self);
  self->tell_again = FALSE;
  if (!self->is_electing && self->waiting_until_us == 0 && !is_content (self, known))
    schedule (self, now_us);
}

gint64
tribes_election_next_deadline (const TribesElection *self)
{
  gint64 deadline = G_MAXINT64;

  if (self->elect_us > 0)
    deadline = MIN (deadline, self->elect_us);
  if (self->waiting_until_us > 0)
    deadline = MIN (deadline, self->waiting_until_us);
  if (self->is_electing)
    deadline = MIN (deadline, self->give_up_us);
  return deadline;
}

void
tribes_election_tick (TribesElection *self, gint64 now_us)
{
  if (!self->local)
    return;
  if (self->is_electing && now_us >= self->give_up_us)
    give_up (self, now_us);
  if (self->waiting_until_us > 0 && now_us >= self->waiting_until_us)
    {
      /* Nobody has said who leads: until somebody does, nobody but this process can. */
      self->waiting_until_us = 0;
      if (self->view->len == 0)
        install_alone (self);
      self->is_forced = TRUE;
      self->elect_us = now_us;
    }
  if (self->elect_us > 0 && now_us >= self->elect_us)
    elect (self, now_us);
}
