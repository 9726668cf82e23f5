/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers of messages to and from each member, and the messages that came before their turn. Knows
 * no clock: whoever calls says what time it is. A message that never comes holds others up for no
 * longer than `expire`, and what waits is bounded for all members together.
 */
#pragma once

#include "tribes/wire/tribes-message.h"

G_BEGIN_DECLS

/* Behind a message. */
#define TRIBES_ORDER_TRAILER_SIZE 4

typedef struct
{
  gint64 expire_us;         /* how long a message waits for those before it */
  guint max_queue;          /* with so many of one member waiting, none waits any longer */
  gboolean forward_expired; /* hand them on then, instead of dropping them */
  gsize max_bytes;          /* of all that wait */
} TribesOrderSettings;

typedef struct
{
  guint64 early;    /* came before their turn, and waited */
  guint64 late;     /* came when their turn was over, and were handed on */
  guint64 expired;  /* waited too long */
  guint64 dropped;  /* of these, as the settings say */
  guint64 repeated; /* the same message again, while the first one waited */
  guint64 restarts; /* of the numbers of a member that did not go */
  guint waiting;    /* right now */
} TribesOrderCounts;

typedef enum
{
  TRIBES_ORDER_NOW,   /* hand it on, then those that pop */
  TRIBES_ORDER_LATER, /* it waits, or is among those that pop */
  TRIBES_ORDER_NEVER, /* it waits already */
} TribesOrderTurn;

typedef struct _TribesOrderQueue TribesOrderQueue;

/* @counts: what is counted; the caller's. */
TribesOrderQueue *tribes_order_queue_new (TribesOrderCounts *counts);
void tribes_order_queue_free (TribesOrderQueue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesOrderQueue, tribes_order_queue_free)
/* To be changed at any time. */
TribesOrderSettings *tribes_order_queue_get_settings (TribesOrderQueue *self);

/* The number of the next message to @member. */
guint32 tribes_order_queue_next_number (TribesOrderQueue *self, TribesMember *member);

/* A message without its @number. */
TribesOrderTurn tribes_order_queue_take (TribesOrderQueue *self,
                                         TribesMessage *message,
                                         guint32 number,
                                         gint64 now_us);
/* (transfer full) (nullable): the next message whose turn it is */
TribesMessage *tribes_order_queue_pop (TribesOrderQueue *self);

/* Lets pop what has waited long enough, and what waited only for that. */
void tribes_order_queue_expire (TribesOrderQueue *self, gint64 now_us);
/* When that is to be called next; G_MAXINT64: nothing waits. */
gint64 tribes_order_queue_get_deadline (const TribesOrderQueue *self);

/* A member is there; one that was at the same place under another id is not. */
void tribes_order_queue_add_member (TribesOrderQueue *self, TribesMember *member);
/* Lets pop what waits of it, and counts from 1 should it come again. */
void tribes_order_queue_remove_member (TribesOrderQueue *self, TribesMember *member);

/* That wait, what they take beside their payloads included. */
gsize tribes_order_queue_get_bytes (const TribesOrderQueue *self);

G_END_DECLS
