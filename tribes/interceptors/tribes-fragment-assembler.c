/* SPDX-License-Identifier: Apache-2.0
 *
 * A sender cuts a message from its beginning to its end, so most pieces are appended where they
 * belong at once; only those that came too early are held apart. A message is known by its sender
 * and its id together: nobody can add to what another one sends, or take its room.
 */
#include "tribes/interceptors/tribes-fragment-assembler-private.h"

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/wire/tribes-member-private.h"

enum
{
  /* Senders with something unfinished at a time; whoever sends may invent more. */
  MAX_SENDERS = 256,
  /* What a message, and a piece that is held apart, take beside their bytes. */
  MESSAGE_COST = 256,
  PIECE_COST = 128,
};

typedef struct
{
  TribesMember *member;
  gsize held;
  GQueue messages; /* of Partial, the oldest first */
} Sender;

typedef struct
{
  guint64 key;
  Sender *sender;
  guint32 count;
  guint32 n_pieces;
  guint32 next;      /* number of the piece behind those in @bytes */
  GByteArray *bytes; /* the pieces up to there */
  GHashTable *early; /* (nullable): number -> GBytes */
  gsize size;        /* of all pieces */
  gsize held;
  gint64 began_us;
  GList of_sender;
  GList age;
} Partial;

struct _TribesFragmentAssembler
{
  TribesFragmentLimits limits;
  GHashTable *senders;  /* (element-type Sender), by themselves */
  GHashTable *partials; /* (element-type Partial), by their keys */
  GQueue ages;          /* of Partial, the oldest first */
  GQueue lost;          /* of TribesFragmentLost */
  gsize held;
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
sender_free (gpointer data)
{
  Sender *sender = data;

  tribes_member_unref (sender->member);
  g_free (sender);
}

static void
partial_free (gpointer data)
{
  Partial *partial = data;

  g_clear_pointer (&partial->bytes, g_byte_array_unref);
  g_clear_pointer (&partial->early, g_hash_table_unref);
  g_free (partial);
}

static void
lost_free (gpointer data)
{
  TribesFragmentLost *lost = data;

  tribes_member_unref (lost->sender);
  g_free (lost);
}

static guint
number_hash (gconstpointer number)
{
  return tribes_hash_bytes (&number, sizeof number);
}

TribesFragmentAssembler *
tribes_fragment_assembler_new (const TribesFragmentLimits *limits)
{
  TribesFragmentAssembler *self = g_new0 (TribesFragmentAssembler, 1);

  self->limits = *limits;
  self->senders = g_hash_table_new_full (sender_hash, sender_equal, sender_free, NULL);
  self->partials = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, partial_free);
  return self;
}

void
tribes_fragment_assembler_free (TribesFragmentAssembler *self)
{
  g_hash_table_unref (self->partials);
  g_hash_table_unref (self->senders);
  g_queue_clear_full (&self->lost, lost_free);
  g_free (self);
}

void
tribes_fragment_assembler_set_expire (TribesFragmentAssembler *self, gint64 expire_us)
{
  self->limits.expire_us = expire_us;
}

static void
charge (TribesFragmentAssembler *self, Partial *partial, gsize bytes)
{
  partial->held += bytes;
  partial->sender->held += bytes;
  self->held += bytes;
}

static void
forget (TribesFragmentAssembler *self, Partial *partial)
{
  Sender *sender = partial->sender;

  self->held -= partial->held;
  sender->held -= partial->held;
  g_queue_unlink (&sender->messages, &partial->of_sender);
  g_queue_unlink (&self->ages, &partial->age);
  g_hash_table_remove (self->partials, &partial->key);
  if (sender->messages.length == 0)
    g_hash_table_remove (self->senders, sender);
}

static void
lose (TribesFragmentAssembler *self, Partial *partial)
{
  /* Whoever is not asked for them need not hear of all. */
  if (self->lost.length < MAX_SENDERS)
    {
      TribesFragmentLost *lost = g_new (TribesFragmentLost, 1);

      *lost = (TribesFragmentLost){ tribes_member_ref (partial->sender->member), partial->n_pieces,
                                    partial->count };
      g_queue_push_tail (&self->lost, lost);
    }
  forget (self, partial);
}

static Sender *
find_sender (TribesFragmentAssembler *self, TribesMember *member)
{
  const Sender wanted = { .member = member };
  Sender *sender = g_hash_table_lookup (self->senders, &wanted);

  if (sender)
    return sender;
  while (g_hash_table_size (self->senders) >= MAX_SENDERS)
    lose (self, g_queue_peek_head (&self->ages));
  sender = g_new0 (Sender, 1);
  sender->member = tribes_member_ref (member);
  g_hash_table_add (self->senders, sender);
  return sender;
}

/* Ids are random, but not for somebody who means harm: 64 bits of a keyed hash nobody can make the
 * same on purpose. */
static guint64
key_of (const TribesMessagePiece *piece)
{
  return tribes_hash_bytes64 (piece->unique_id, piece->unique_id_size,
                              tribes_member_hash (piece->sender));
}

static Partial *
add_partial (TribesFragmentAssembler *self,
             const TribesMessagePiece *piece,
             guint64 key,
             gint64 now_us)
{
  Partial *partial = g_new0 (Partial, 1);

  partial->key = key;
  partial->sender = find_sender (self, piece->sender);
  partial->count = piece->count;
  partial->began_us = now_us;
  partial->bytes = g_byte_array_new ();
  partial->of_sender.data = partial->age.data = partial;
  g_queue_push_tail_link (&partial->sender->messages, &partial->of_sender);
  g_queue_push_tail_link (&self->ages, &partial->age);
  g_hash_table_insert (self->partials, &partial->key, partial);
  charge (self, partial, MESSAGE_COST);
  return partial;
}

/* Where there is no room for @more bytes of @partial, older ones go: of the same sender where it
 * has too much, else of the sender who has most. FALSE: @partial itself is all there is to go. */
static gboolean
make_room (TribesFragmentAssembler *self, Partial *partial, gsize more)
{
  while (partial->sender->held + more > self->limits.sender_bytes)
    {
      Partial *oldest = g_queue_peek_head (&partial->sender->messages);

      if (oldest == partial)
        return FALSE;
      lose (self, oldest);
    }
  while (self->held + more > self->limits.all_bytes)
    {
      Sender *worst = NULL, *sender;
      GHashTableIter iter;

      g_hash_table_iter_init (&iter, self->senders);
      while (g_hash_table_iter_next (&iter, (gpointer *) &sender, NULL))
        if (!worst || sender->held > worst->held)
          worst = sender;
      if (g_queue_peek_head (&worst->messages) == partial)
        return FALSE;
      lose (self, g_queue_peek_head (&worst->messages));
    }
  return TRUE;
}

static TribesFragmentResult
refuse (GError **error, TribesError code, const char *what, guint64 expected, guint64 found)
{
  g_set_error (error, TRIBES_ERROR, (gint) code,
               "%s: expected at most %" G_GUINT64_FORMAT ", found %" G_GUINT64_FORMAT, what,
               expected, found);
  return TRIBES_FRAGMENT_REFUSED;
}

static void
append (Partial *partial, const guint8 *data, gsize size)
{
  if (size > 0)
    g_byte_array_append (partial->bytes, data, (guint) size);
  partial->next++;
}

/* Those that waited for the one before them. */
static void
append_early (TribesFragmentAssembler *self, Partial *partial)
{
  GBytes *bytes;

  while (partial->early
         && (bytes = g_hash_table_lookup (partial->early, GUINT_TO_POINTER (partial->next))))
    {
      guint32 number = partial->next;

      append (partial, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_hash_table_remove (partial->early, GUINT_TO_POINTER (number));
      self->held -= PIECE_COST;
      partial->held -= PIECE_COST;
      partial->sender->held -= PIECE_COST;
    }
}

static void
keep (TribesFragmentAssembler *self, Partial *partial, const TribesMessagePiece *piece)
{
  partial->n_pieces++;
  partial->size += piece->size;
  charge (self, partial, piece->size);
  if (piece->number == partial->next)
    {
      append (partial, piece->data, piece->size);
      append_early (self, partial);
      return;
    }
  if (!partial->early)
    partial->early
        = g_hash_table_new_full (number_hash, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  charge (self, partial, PIECE_COST);
  g_hash_table_insert (partial->early, GUINT_TO_POINTER (piece->number),
                       g_bytes_new (piece->data, piece->size));
}

static gboolean
has_piece (const Partial *partial, guint32 number)
{
  return number < partial->next
         || (partial->early && g_hash_table_contains (partial->early, GUINT_TO_POINTER (number)));
}

static TribesFragmentResult
add (TribesFragmentAssembler *self,
     Partial *partial,
     const TribesMessagePiece *piece,
     GBytes **whole,
     GError **error)
{
  gsize more = piece->size + (piece->number == partial->next ? 0 : PIECE_COST);

  if (partial->size + piece->size > self->limits.message_bytes)
    {
      gsize size = partial->size + piece->size;

      forget (self, partial);
      return refuse (error, TRIBES_ERROR_LIMIT, "bytes of the pieces of a message",
                     self->limits.message_bytes, size);
    }
  if (!make_room (self, partial, more))
    {
      forget (self, partial);
      return refuse (error, TRIBES_ERROR_LIMIT, "bytes of unfinished messages",
                     MIN (self->limits.sender_bytes, self->limits.all_bytes), self->held + more);
    }
  keep (self, partial, piece);
  if (partial->next < partial->count)
    return TRIBES_FRAGMENT_KEPT;
  *whole = g_byte_array_free_to_bytes (g_steal_pointer (&partial->bytes));
  forget (self, partial);
  return TRIBES_FRAGMENT_COMPLETE;
}

TribesFragmentResult
tribes_fragment_assembler_take (TribesFragmentAssembler *self,
                                const TribesMessagePiece *piece,
                                gint64 now_us,
                                GBytes **whole,
                                GError **error)
{
  guint64 key = key_of (piece);
  Partial *partial = g_hash_table_lookup (self->partials, &key);

  *whole = NULL;
  if (piece->count == 0 || piece->count > TRIBES_FRAGMENT_MAX_PIECES)
    return refuse (error, TRIBES_ERROR_LIMIT, "pieces of a message", TRIBES_FRAGMENT_MAX_PIECES,
                   piece->count);
  if (piece->number >= piece->count)
    return refuse (error, TRIBES_ERROR_MALFORMED, "number of a piece", piece->count - 1,
                   piece->number);
  if (!partial)
    partial = add_partial (self, piece, key, now_us);
  if (partial->count != piece->count)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "pieces of a message: expected %u as before, found %u", partial->count,
                   piece->count);
      return TRIBES_FRAGMENT_REFUSED;
    }
  if (has_piece (partial, piece->number))
    return TRIBES_FRAGMENT_REPEATED;
  return add (self, partial, piece, whole, error);
}

gboolean
tribes_fragment_assembler_pop_lost (TribesFragmentAssembler *self,
                                    gint64 now_us,
                                    TribesFragmentLost *lost)
{
  Partial *oldest = g_queue_peek_head (&self->ages);
  g_autofree TribesFragmentLost *first = NULL;

  if (self->lost.length == 0 && oldest && now_us - oldest->began_us > self->limits.expire_us)
    lose (self, oldest);
  first = g_queue_pop_head (&self->lost);
  if (!first)
    return FALSE;
  *lost = *first;
  return TRUE;
}

gsize
tribes_fragment_assembler_get_held (const TribesFragmentAssembler *self)
{
  return self->held;
}

guint
tribes_fragment_assembler_get_n_messages (const TribesFragmentAssembler *self)
{
  return g_hash_table_size (self->partials);
}
