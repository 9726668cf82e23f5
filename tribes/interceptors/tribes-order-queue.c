/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers begin at 1 and go round. What is behind its turn is handed on at once, as Tomcat does it:
 * nobody waits for what has been. What is before its turn waits until the others have come, until
 * it has waited for `expire`, or until there is no room.
 *
 * Two sides do not always agree on when counting began. A Tomcat begins anew when it thinks that
 * the other one was gone, which that one may not have noticed; and one that is killed and back at
 * the same place, with the same configured id, before anybody misses it counts from 1, too. Such a
 * one is known by small numbers of messages that were made well after the last one, and is told
 * small numbers, too, which it takes in any case. The other way round, the first number of a member
 * of whom nothing was heard yet is taken as it is, unless it is so small that those before it may
 * be under way.
 */
#include "tribes/interceptors/tribes-order-queue-private.h"

#include <string.h>

#include "tribes/wire/tribes-message-private.h"

enum
{
  /* Members and whoever else sends; of the others those go that said nothing longest. */
  MAX_SENDERS = 1024,
  /* A Tomcat sends on 25 connections, so not many more can overtake a message. */
  FIRST_NUMBERS = 64,
  /* Nobody stops and starts faster. */
  RESTART_MS = 500,
  /* Of a message that waits, beside its payload. */
  WAITING_COST = 256,
};

typedef struct
{
  TribesMember *member;
  guint32 sent;      /* number of the last message to it */
  guint32 expected;  /* number of the next message from it */
  gint64 newest_ms;  /* when the newest of those was made whose turn it was, by its clock */
  gboolean is_heard; /* there was one */
  gboolean is_member;
  GSequence *waiting; /* of Waiting, by number */
  gsize bytes;
  GList used; /* if it is no member */
} Sender;

typedef struct
{
  Sender *sender;
  guint32 number;
  TribesMessage *message;
  gint64 since_us;
  gsize bytes;
  GSequenceIter *place;
  GList age;
} Waiting;

struct _TribesOrderQueue
{
  TribesOrderSettings settings;
  GHashTable *senders; /* (element-type Sender), by themselves */
  Sender *last;        /* (nullable): that was looked for */
  GQueue strangers;    /* of Sender, the one used last in front */
  GQueue ages;         /* of Waiting, the oldest in front */
  GQueue ready;        /* of TribesMessage */
  gsize bytes;
  TribesOrderCounts *counts; /* not owned */
};

static guint
sender_hash (gconstpointer sender)
{
  return tribes_member_hash (((const Sender *) sender)->member);
}

static gboolean
sender_equal (gconstpointer a, gconstpointer b)
{
  return tribes_member_equal (((const Sender *) a)->member, ((const Sender *) b)->member);
}

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_clear_pointer (&waiting->message, tribes_message_unref);
  g_free (waiting);
}

static void
sender_free (gpointer data)
{
  Sender *sender = data;

  g_sequence_free (sender->waiting);
  tribes_member_unref (sender->member);
  g_free (sender);
}

TribesOrderQueue *
tribes_order_queue_new (TribesOrderCounts *counts)
{
  TribesOrderQueue *self = g_new0 (TribesOrderQueue, 1);

  self->counts = counts;
  self->settings = (TribesOrderSettings){ 3 * G_USEC_PER_SEC, G_MAXINT32, TRUE, G_MAXSIZE };
  self->senders = g_hash_table_new_full (sender_hash, sender_equal, sender_free, NULL);
  return self;
}

void
tribes_order_queue_free (TribesOrderQueue *self)
{
  g_hash_table_unref (self->senders);
  g_queue_clear_full (&self->ready, (GDestroyNotify) tribes_message_unref);
  g_free (self);
}

TribesOrderSettings *
tribes_order_queue_get_settings (TribesOrderQueue *self)
{
  return &self->settings;
}

/* Who of two numbers is before the other, all the way round. */
static gint
compare_numbers (guint32 a, guint32 b)
{
  gint32 difference = (gint32) (a - b);

  return difference < 0 ? -1 : difference > 0;
}

static gint
compare_waiting (gconstpointer a, gconstpointer b, gpointer data)
{
  return compare_numbers (((const Waiting *) a)->number, ((const Waiting *) b)->number);
}

static Waiting *
first_waiting (const Sender *sender)
{
  GSequenceIter *first = g_sequence_get_begin_iter (sender->waiting);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

/* The first one that waits goes on. */
static void
release_first (TribesOrderQueue *self, Sender *sender, gboolean forward)
{
  Waiting *waiting = first_waiting (sender);

  if (forward)
    g_queue_push_tail (&self->ready, g_steal_pointer (&waiting->message));
  else
    self->counts->dropped++;
  sender->expected = waiting->number + 1;
  sender->bytes -= waiting->bytes;
  self->bytes -= waiting->bytes;
  self->counts->waiting--;
  g_queue_unlink (&self->ages, &waiting->age);
  g_sequence_remove (waiting->place);
}

static void
release_next (TribesOrderQueue *self, Sender *sender)
{
  Waiting *waiting;

  while ((waiting = first_waiting (sender)) && waiting->number == sender->expected)
    release_first (self, sender, TRUE);
}

static void
release_all (TribesOrderQueue *self, Sender *sender, gboolean forward)
{
  while (first_waiting (sender))
    release_first (self, sender, forward);
}

static void
remove_sender (TribesOrderQueue *self, Sender *sender)
{
  release_all (self, sender, TRUE);
  if (!sender->is_member)
    g_queue_unlink (&self->strangers, &sender->used);
  if (self->last == sender)
    self->last = NULL;
  g_hash_table_remove (self->senders, sender);
}

/* NULL: there is no room for another one. */
static Sender *
add_sender (TribesOrderQueue *self, TribesMember *member)
{
  Sender *sender;

  if (g_hash_table_size (self->senders) >= MAX_SENDERS)
    {
      if (self->strangers.length == 0)
        return NULL;
      remove_sender (self, g_queue_peek_tail (&self->strangers));
    }
  sender = g_new0 (Sender, 1);
  sender->member = tribes_member_ref (member);
  sender->expected = 1;
  sender->waiting = g_sequence_new (waiting_free);
  sender->used.data = sender;
  g_queue_push_head_link (&self->strangers, &sender->used);
  g_hash_table_add (self->senders, sender);
  return sender;
}

static Sender *
find_sender (TribesOrderQueue *self, TribesMember *member)
{
  const Sender wanted = { .member = member };
  Sender *sender = self->last;

  if (!sender || !sender_equal (sender, &wanted))
    sender = g_hash_table_lookup (self->senders, &wanted);
  if (!sender)
    sender = add_sender (self, member);
  else if (!sender->is_member && self->strangers.head != &sender->used)
    {
      g_queue_unlink (&self->strangers, &sender->used);
      g_queue_push_head_link (&self->strangers, &sender->used);
    }
  self->last = sender;
  return sender;
}

guint32
tribes_order_queue_next_number (TribesOrderQueue *self, TribesMember *member)
{
  Sender *sender = find_sender (self, member);

  return sender ? ++sender->sent : 1;
}

/* Whether it counts from 1 again. */
static gboolean
has_restarted (const Sender *sender, TribesMessage *message, guint32 number)
{
  return sender->is_heard && number > 0 && number <= FIRST_NUMBERS
         && tribes_message_get_timestamp (message) - sender->newest_ms > RESTART_MS;
}

/* What it said before comes first. */
static void
restart (TribesOrderQueue *self, Sender *sender)
{
  GHashTableIter iter;
  Sender *other;

  self->counts->restarts++;
  release_all (self, sender, TRUE);
  sender->expected = 1;
  /* Where its messages go may be known without an id. */
  g_hash_table_iter_init (&iter, self->senders);
  while (g_hash_table_iter_next (&iter, (gpointer *) &other, NULL))
    if (tribes_member_is_at (other->member, sender->member))
      other->sent = 0;
}

static gboolean
is_same_message (TribesMessage *a, TribesMessage *b)
{
  gsize a_size, b_size;
  const guint8 *a_id = tribes_message_peek_unique_id (a, &a_size);
  const guint8 *b_id = tribes_message_peek_unique_id (b, &b_size);

  return a_size == b_size && memcmp (a_id, b_id, a_size) == 0;
}

/* Members come last: anybody may invent others. */
static gboolean
is_worse (const Sender *a, const Sender *b)
{
  if (a->bytes == 0 || b->bytes == 0 || a->is_member == b->is_member)
    return a->bytes > b->bytes;
  return !a->is_member;
}

static void
relieve (TribesOrderQueue *self)
{
  GHashTableIter iter;
  Sender *worst = NULL, *sender;

  g_hash_table_iter_init (&iter, self->senders);
  while (g_hash_table_iter_next (&iter, (gpointer *) &sender, NULL))
    if (!worst || is_worse (sender, worst))
      worst = sender;
  self->counts->expired += (guint64) g_sequence_get_length (worst->waiting);
  release_all (self, worst, self->settings.forward_expired);
}

static TribesOrderTurn
wait_for_turn (
    TribesOrderQueue *self, Sender *sender, TribesMessage *message, guint32 number, gint64 now_us)
{
  Waiting key = { .number = number };
  GSequenceIter *found = g_sequence_lookup (sender->waiting, &key, compare_waiting, NULL);
  Waiting *waiting;
  gsize size;

  if (found && is_same_message (((Waiting *) g_sequence_get (found))->message, message))
    {
      self->counts->repeated++;
      return TRIBES_ORDER_NEVER;
    }
  /* One of both has no right to its number, and nobody knows which. */
  if (found)
    return TRIBES_ORDER_NOW;
  tribes_message_peek_payload (message, &size);
  waiting = g_new0 (Waiting, 1);
  *waiting = (Waiting){ .sender = sender,
                        .number = number,
                        .message = tribes_message_ref (message),
                        .since_us = now_us,
                        .bytes = size + WAITING_COST };
  waiting->age.data = waiting;
  waiting->place = g_sequence_insert_sorted (sender->waiting, waiting, compare_waiting, NULL);
  g_queue_push_tail_link (&self->ages, &waiting->age);
  sender->bytes += waiting->bytes;
  self->bytes += waiting->bytes;
  self->counts->early++;
  self->counts->waiting++;
  if ((guint) g_sequence_get_length (sender->waiting) >= self->settings.max_queue)
    {
      self->counts->expired += (guint64) g_sequence_get_length (sender->waiting);
      release_all (self, sender, self->settings.forward_expired);
    }
  while (self->bytes > self->settings.max_bytes)
    relieve (self);
  return TRIBES_ORDER_LATER;
}

TribesOrderTurn
tribes_order_queue_take (TribesOrderQueue *self,
                         TribesMessage *message,
                         guint32 number,
                         gint64 now_us)
{
  Sender *sender = find_sender (self, tribes_message_peek_address (message));

  if (!sender)
    return TRIBES_ORDER_NOW;
  if (compare_numbers (number, sender->expected) < 0 && has_restarted (sender, message, number))
    restart (self, sender);
  else if (!sender->is_heard && number > FIRST_NUMBERS)
    sender->expected = number;
  sender->is_heard = TRUE;
  if (compare_numbers (number, sender->expected) < 0)
    {
      self->counts->late++;
      return TRIBES_ORDER_NOW;
    }
  sender->newest_ms = MAX (sender->newest_ms, tribes_message_get_timestamp (message));
  if (number != sender->expected)
    return wait_for_turn (self, sender, message, number, now_us);
  sender->expected++;
  release_next (self, sender);
  return TRIBES_ORDER_NOW;
}

TribesMessage *
tribes_order_queue_pop (TribesOrderQueue *self)
{
  return g_queue_pop_head (&self->ready);
}

void
tribes_order_queue_expire (TribesOrderQueue *self, gint64 now_us)
{
  Waiting *oldest;

  while ((oldest = g_queue_peek_head (&self->ages))
         && now_us - oldest->since_us >= self->settings.expire_us)
    {
      Sender *sender = oldest->sender;
      gboolean is_last = FALSE;

      /* It waits for those before it no longer; of these some may have come later. */
      while (!is_last)
        {
          Waiting *first = first_waiting (sender);
          gboolean is_old = now_us - first->since_us >= self->settings.expire_us;

          is_last = first == oldest;
          self->counts->expired += is_old;
          release_first (self, sender, !is_old || self->settings.forward_expired);
        }
      release_next (self, sender);
    }
}

gint64
tribes_order_queue_get_deadline (const TribesOrderQueue *self)
{
  Waiting *oldest = g_queue_peek_head ((GQueue *) &self->ages);

  if (!oldest || oldest->since_us > G_MAXINT64 - self->settings.expire_us)
    return G_MAXINT64;
  return oldest->since_us + self->settings.expire_us;
}

/* Removes who is at @member's place, and either is it as far as that is known, or is not. */
static void
remove_at (TribesOrderQueue *self, TribesMember *member, gboolean same)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  GHashTableIter iter;
  Sender *sender;

  g_hash_table_iter_init (&iter, self->senders);
  while (g_hash_table_iter_next (&iter, (gpointer *) &sender, NULL))
    if (tribes_member_is_at (sender->member, member)
        && same
               == (!tribes_member_has_id (sender->member) || !tribes_member_has_id (member)
                   || tribes_member_equal (sender->member, member)))
      g_ptr_array_add (found, sender);
  for (guint i = 0; i < found->len; i++)
    remove_sender (self, found->pdata[i]);
}

void
tribes_order_queue_add_member (TribesOrderQueue *self, TribesMember *member)
{
  Sender *sender;

  remove_at (self, member, FALSE);
  sender = find_sender (self, member);
  if (!sender || sender->is_member)
    return;
  sender->is_member = TRUE;
  g_queue_unlink (&self->strangers, &sender->used);
}

void
tribes_order_queue_remove_member (TribesOrderQueue *self, TribesMember *member)
{
  remove_at (self, member, TRUE);
}

gsize
tribes_order_queue_get_bytes (const TribesOrderQueue *self)
{
  return self->bytes;
}
