/* SPDX-License-Identifier: Apache-2.0
 *
 * Who leads: the state machine of NonBlockingCoordinator, without sockets and without a clock. The
 * highest member in the order of all sends a token around the members it knows; each adds those it
 * knows; once the token comes back with nobody new the leader tells all that this is the view.
 *
 * Nobody waits for an election and none goes on for ever: a token that does not come back is given
 * up, one that comes by too often is dropped, and what others send makes this send no more than as
 * much again, at a bounded rate.
 */
#pragma once

#include "tribes/interceptors/tribes-coordination-private.h"

G_BEGIN_DECLS

/* As long as Tomcat waits for a message. */
#define TRIBES_ELECTION_TIMEOUT_US (15 * G_USEC_PER_SEC)
/* Members that come at the same time are one election. */
#define TRIBES_ELECTION_DELAY_US (G_USEC_PER_SEC / 10)
/* A token goes round once, and again for those found on the way. */
#define TRIBES_ELECTION_MAX_ROUNDS 6
/* A Tomcat lets its token go round until nobody knows anybody new, and elects no more if it does
 * not come back: others' are given more time. */
#define TRIBES_ELECTION_MAX_PASSES 32
/* Messages that are passed on: so many at once, and then so many a second. */
#define TRIBES_ELECTION_BURST 128
#define TRIBES_ELECTION_RATE  32
/* Members known only from tokens, of which each was connected to. */
#define TRIBES_ELECTION_MAX_STRANGERS 32
#define TRIBES_ELECTION_MAX_TOKENS    64

typedef enum
{
  TRIBES_ELECTION_SEND,  /* @message to the first of @members that takes it */
  TRIBES_ELECTION_TELL,  /* @message to all of @members */
  TRIBES_ELECTION_CHECK, /* see whether @member takes a connection */
  TRIBES_ELECTION_VIEW,  /* the view is another one */
} TribesElectionEventKind;

typedef struct
{
  TribesElectionEventKind kind;
  GBytes *message;
  GPtrArray *members;
  TribesMember *member;
} TribesElectionEvent;

void tribes_election_event_clear (TribesElectionEvent *event);

/* A token that came by. */
typedef struct
{
  guint8 id[TRIBES_COORDINATION_ID_SIZE];
  guint rounds;
} TribesElectionToken;

typedef struct
{
  TribesMember *local;  /* (nullable): while it runs */
  GPtrArray *members;   /* the others, in their order */
  GPtrArray *strangers; /* others that only tokens told of */
  GPtrArray *checking;  /* whether they are to be strangers */
  GPtrArray *view;      /* of all, in their order */
  guint8 view_id[TRIBES_COORDINATION_ID_SIZE];

  guint8 own_id[TRIBES_COORDINATION_ID_SIZE]; /* of the token under way */
  gboolean is_electing;
  gboolean led; /* this process was the first it knew when it sent it */
  guint rounds;
  TribesCoordination *returned; /* (nullable): the token, while its members are checked */
  gint64 give_up_us;            /* the token */
  gint64 waiting_until_us;      /* for somebody's message; 0: not */
  gint64 elect_us;              /* 0: no reason to */
  gboolean tell_again;          /* the view, of which this process told all */
  gboolean is_forced;           /* also if somebody else should */

  TribesElectionToken tokens[TRIBES_ELECTION_MAX_TOKENS];
  guint next_token;
  double budget;
  gint64 budget_us;
  GQueue events;

  guint64 elections;
  guint64 elections_lost; /* whose token did not come back */
  guint64 passed_on;
  guint64 dropped; /* tokens and confirmations */
  guint64 views;
} TribesElection;

void tribes_election_init (TribesElection *self);
void tribes_election_clear (TribesElection *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TribesElection, tribes_election_clear)

void tribes_election_start (TribesElection *self, TribesMember *local, gint64 now_us);
void tribes_election_stop (TribesElection *self);
void tribes_election_add (TribesElection *self, TribesMember *member, gint64 now_us);
void tribes_election_remove (TribesElection *self, TribesMember *member, gint64 now_us);
/* FALSE where @message cannot be what it says. */
gboolean tribes_election_receive (TribesElection *self,
                                  const TribesCoordination *message,
                                  gint64 now_us,
                                  GError **error);
/* What a check found. */
void tribes_election_checked (TribesElection *self,
                              TribesMember *member,
                              gboolean is_there,
                              gint64 now_us);
/* None of the members of an event took its message. */
void tribes_election_not_sent (TribesElection *self, GBytes *message, gint64 now_us);
void tribes_election_heartbeat (TribesElection *self, gint64 now_us);

/* G_MAXINT64: nothing is waited for. */
gint64 tribes_election_next_deadline (const TribesElection *self);
void tribes_election_tick (TribesElection *self, gint64 now_us);
gboolean tribes_election_pop_event (TribesElection *self, TribesElectionEvent *event);

/* (nullable): the first of the view */
TribesMember *tribes_election_peek_coordinator (const TribesElection *self);

G_END_DECLS
