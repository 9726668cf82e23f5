/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of halves. A message is found by its sender and its id, so that nobody commits what is
 * another's, and every half that waits is charged to its sender.
 */
#include "tribes/interceptors/tribes-two-phase-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"

/* What a half takes beside its bytes, roughly. */
#define OVERHEAD 512

static const guint8 commit_begin[TRIBES_TWO_PHASE_ID_AT]
    = { 0x71, 0x01, 0xc6, 0x02, 0xde, 0xc4, 0x4b, 0xb2,
        0x9b, 0xf4, 0x20, 0xe3, 0x20, 0x6f, 0xd8, 0x04 };
static const guint8 commit_end[] = { 0x36, 0xf3, 0x5a, 0x6e, 0x2f, 0xe1, 0x4b, 0xe8,
                                     0xaf, 0xe3, 0x24, 0x34, 0xc6, 0x4d, 0x92, 0x38 };

typedef struct
{
  TribesMember *member; /* owned */
  gsize bytes;
  guint n_entries;
} Sender;

typedef struct
{
  TribesMember *sender; /* of @half */
  const guint8 *id;     /* in @half */
  gsize id_size;
  TribesMessage *half; /* owned */
  gboolean is_commit;
  gsize size;
  gint64 at_us;
  GList link;
} Entry;

static guint
entry_hash (gconstpointer data)
{
  const Entry *entry = data;

  return (guint) tribes_hash_bytes64 (entry->id, entry->id_size,
                                      tribes_member_hash (entry->sender));
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;

  return x->id_size == y->id_size && memcmp (x->id, y->id, x->id_size) == 0
         && tribes_member_equal (x->sender, y->sender);
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  tribes_message_unref (entry->half);
  g_free (entry);
}

static void
sender_free (gpointer data)
{
  Sender *sender = data;

  tribes_member_unref (sender->member);
  g_free (sender);
}

void
tribes_two_phase_init (TribesTwoPhase *self)
{
  memset (self, 0, sizeof *self);
  self->entries = g_hash_table_new_full (entry_hash, entry_equal, entry_free, NULL);
  self->senders = g_hash_table_new_full ((GHashFunc) tribes_member_hash,
                                         (GEqualFunc) tribes_member_equal, NULL, sender_free);
  self->max_bytes = TRIBES_TWO_PHASE_MAX_BYTES;
  self->max_sender_bytes = TRIBES_TWO_PHASE_MAX_SENDER_BYTES;
}

void
tribes_two_phase_clear (TribesTwoPhase *self)
{
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_clear_pointer (&self->senders, g_hash_table_unref);
  g_queue_init (&self->ages);
  self->bytes = 0;
}

GBytes *
tribes_two_phase_commit (const guint8 *id, gsize id_size)
{
  gsize size = TRIBES_TWO_PHASE_COMMIT_SIZE (id_size);
  guint8 *bytes = g_malloc (size);

  memcpy (bytes, commit_begin, sizeof commit_begin);
  memcpy (bytes + TRIBES_TWO_PHASE_ID_AT, id, id_size);
  memcpy (bytes + TRIBES_TWO_PHASE_ID_AT + id_size, commit_end, sizeof commit_end);
  return g_bytes_new_take (bytes, size);
}

gboolean
tribes_two_phase_is_commit (const guint8 *payload, gsize size, gsize id_size)
{
  return size >= TRIBES_TWO_PHASE_COMMIT_SIZE (id_size)
         && memcmp (payload, commit_begin, sizeof commit_begin) == 0
         && memcmp (payload + TRIBES_TWO_PHASE_ID_AT + id_size, commit_end, sizeof commit_end) == 0;
}

/* What @message is about; borrows from it. As in Tomcat the id has to be as long as the message's
 * own. */
static void
entry_describe (Entry *entry, TribesMessage *message)
{
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);

  memset (entry, 0, sizeof *entry);
  entry->sender = tribes_message_peek_address (message);
  entry->id = tribes_message_peek_unique_id (message, &entry->id_size);
  entry->half = message;
  entry->size = size + entry->id_size + OVERHEAD;
  entry->is_commit = size == TRIBES_TWO_PHASE_COMMIT_SIZE (entry->id_size)
                     && tribes_two_phase_is_commit (payload, size, entry->id_size);
  if (entry->is_commit)
    entry->id = payload + TRIBES_TWO_PHASE_ID_AT;
}

static void
forget (TribesTwoPhase *self, Entry *entry)
{
  Sender *sender = g_hash_table_lookup (self->senders, entry->sender);

  self->bytes -= entry->size;
  sender->bytes -= entry->size;
  g_queue_unlink (&self->ages, &entry->link);
  if (--sender->n_entries == 0)
    g_hash_table_remove (self->senders, entry->sender);
  g_hash_table_remove (self->entries, entry);
}

static gboolean
check_sender (TribesTwoPhase *self, const Sender *sender, const Entry *entry, GError **error)
{
  g_autofree char *name = NULL;

  if (!sender || sender->bytes + entry->size <= self->max_sender_bytes)
    return TRUE;
  name = tribes_member_to_string (entry->sender);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
               "%s: expected at most %" G_GSIZE_FORMAT
               " bytes that wait for a commit, found %" G_GSIZE_FORMAT,
               name, self->max_sender_bytes, sender->bytes + entry->size);
  return FALSE;
}

static void
keep (TribesTwoPhase *self, const Entry *described, gint64 now_us)
{
  Sender *sender = g_hash_table_lookup (self->senders, described->sender);
  Entry *entry = g_memdup2 (described, sizeof *described);

  if (!sender)
    {
      sender = g_new0 (Sender, 1);
      sender->member = tribes_member_ref (entry->sender);
      g_hash_table_insert (self->senders, sender->member, sender);
    }
  tribes_message_ref (entry->half);
  entry->at_us = now_us;
  entry->link.data = entry;
  g_queue_push_tail_link (&self->ages, &entry->link);
  g_hash_table_add (self->entries, entry);
  sender->bytes += entry->size;
  sender->n_entries++;
  self->bytes += entry->size;
  while (self->bytes > self->max_bytes && self->ages.length > 1)
    {
      forget (self, g_queue_peek_head (&self->ages));
      self->dropped++;
    }
}

TribesMessage *
tribes_two_phase_receive (TribesTwoPhase *self,
                          TribesMessage *message,
                          gint64 now_us,
                          GError **error)
{
  TribesMessage *complete = NULL;
  Entry described;
  Entry *other;

  entry_describe (&described, message);
  other = g_hash_table_lookup (self->entries, &described);
  if (other && other->is_commit != described.is_commit)
    {
      complete = tribes_message_ref (other->is_commit ? message : other->half);
      forget (self, other);
      return complete;
    }
  /* One that was sent again is the same; so is the time for which it waits. */
  if (!other
      && check_sender (self, g_hash_table_lookup (self->senders, described.sender), &described,
                       error))
    keep (self, &described, now_us);
  return NULL;
}

gboolean
tribes_two_phase_pop_expired (TribesTwoPhase *self,
                              gint64 before_us,
                              TribesTwoPhaseExpired *expired)
{
  Entry *entry = g_queue_peek_head (&self->ages);

  if (!entry || entry->at_us >= before_us)
    return FALSE;
  expired->sender = tribes_member_ref (entry->sender);
  expired->is_commit = entry->is_commit;
  forget (self, entry);
  return TRUE;
}
