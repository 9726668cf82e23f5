/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-slices-private.h"

#include "catalina_ha/manager/catalina-receive-private.h"
#include "tribes/base/tribes-hash-private.h"

/* What has fewer bytes takes ten milliseconds at most. */
#define LONG_BYTES (512 * 1024)

/* A piece: some ten milliseconds, too. The second bound is for large values. */
#define PIECE_ACTIONS 8192
#define PIECE_BYTES   (1024 * 1024)

/* What waits behind one that takes two seconds, in a busy cluster. */
#define MAX_WAITING       16384
#define MAX_WAITING_BYTES (64 * 1024 * 1024)

void
catalina_slices_init (CatalinaSlices *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  g_queue_init (&self->waiting);
  g_queue_init (&self->garbage);
}

void
catalina_slices_message_free (CatalinaSlicesMessage *message)
{
  catalina_session_message_unref (message->message);
  tribes_member_unref (message->from);
  g_free (message);
}

static CatalinaSlicesMessage *
message_new (CatalinaSessionMessage *message, TribesMember *from)
{
  CatalinaSlicesMessage *self = g_new0 (CatalinaSlicesMessage, 1);

  self->message = catalina_session_message_ref (message);
  self->from = tribes_member_ref (from);
  return self;
}

static void
leave (CatalinaSlices *self)
{
  if (self->reader)
    g_queue_push_tail (&self->garbage, g_steal_pointer (&self->reader));
  g_clear_pointer (&self->current, catalina_slices_message_free);
  g_clear_pointer (&self->copy, catalina_session_unref);
  g_clear_pointer (&self->names, g_hash_table_unref);
  self->odd = FALSE;
}

void
catalina_slices_clear (CatalinaSlices *self)
{
  leave (self);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) catalina_slices_message_free);
  g_queue_clear_full (&self->garbage, (GDestroyNotify) catalina_delta_reader_free);
}

gboolean
catalina_slices_is_busy (CatalinaSlices *self)
{
  return self->current || self->waiting.length > 0;
}

guint
catalina_slices_get_left (CatalinaSlices *self)
{
  return self->current ? catalina_delta_reader_get_left (self->reader) : 0;
}

gboolean
catalina_slices_is_full (CatalinaSlices *self)
{
  return self->waiting.length >= MAX_WAITING || self->bytes >= MAX_WAITING_BYTES;
}

static gsize
size_of (CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);

  return data ? g_bytes_get_size (data) : 0;
}

void
catalina_slices_push (CatalinaSlices *self, CatalinaSessionMessage *message, TribesMember *from)
{
  g_queue_push_tail (&self->waiting, message_new (message, from));
  self->bytes += size_of (message);
}

CatalinaSlicesMessage *
catalina_slices_pop (CatalinaSlices *self)
{
  CatalinaSlicesMessage *message = self->current ? NULL : g_queue_pop_head (&self->waiting);

  if (message)
    self->bytes -= size_of (message->message);
  return message;
}

gboolean
catalina_slices_begin (CatalinaSlices *self,
                       const CatalinaEventRow *row,
                       CatalinaSessionMessage *message,
                       TribesMember *from,
                       CatalinaNow now)
{
  CatalinaRooms *rooms = self->rooms;
  const char *id = catalina_session_message_get_session_id (message);
  CatalinaSession *session;
  g_autoptr (CatalinaDeltaReader) reader = NULL;

  /* What comes during a state transfer has to be there when the transfer brings the session. */
  if (row->apply != catalina_receive_delta || size_of (message) < LONG_BYTES || !id
      || rooms->waiting.replay)
    return FALSE;
  session = catalina_session_store_lookup (rooms->store, id);
  reader = session ? catalina_delta_reader_new (catalina_session_message_get_data (message), NULL)
                   : NULL;
  /* What makes no sense is refused as any other. */
  if (!reader || strcmp (catalina_delta_reader_get_session_id (reader), id) != 0)
    return FALSE;
  self->current = message_new (message, from);
  self->late = catalina_receive_is_late (rooms, message, from, now, &self->said_ms);
  self->reader = g_steal_pointer (&reader);
  self->copy = catalina_session_copy (session);
  self->names = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
  return TRUE;
}

static char **
take_names (CatalinaSlices *self)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_ptr_array_add (names, name);
      g_hash_table_iter_steal (&iter);
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* The copy takes the place of @session. */
static void
put_in_place (CatalinaSlices *self,
              const CatalinaIncoming *in,
              CatalinaSession *session,
              CatalinaApplyResult result)
{
  CatalinaRooms *rooms = self->rooms;
  gboolean expected = catalina_waiting_room_is_expected (&rooms->waiting, session);
  gint64 used_ms = catalina_session_get_used (session);
  CatalinaSession *copy = g_steal_pointer (&self->copy);

  copy->in_use_until_ms = 0;
  catalina_receive_use (copy, in);
  catalina_session_store_add (rooms->store, copy);
  catalina_receive_applied (rooms, in, copy, result, take_names (self));
  if (expected)
    catalina_waiting_room_keep (&rooms->waiting, in, TRUE, used_ms);
}

static void
finish (CatalinaSlices *self,
        const CatalinaIncoming *in,
        CatalinaApplyResult result,
        const GError *error)
{
  CatalinaRooms *rooms = self->rooms;
  CatalinaSession *session = catalina_session_store_lookup (rooms->store, in->id);

  rooms->outbox.cause = in->from;
  rooms->outbox.cause_bytes = size_of (in->message);
  /* Its time may have come meanwhile. */
  if (session && error)
    catalina_receive_unreadable (rooms, in, session, error);
  else if (session && result == CATALINA_APPLY_OVER_LIMIT)
    catalina_receive_applied (rooms, in, session, result, NULL);
  else if (session)
    put_in_place (self, in, session, result);
  rooms->outbox.cause = NULL;
  rooms->outbox.cause_bytes = 0;
  leave (self);
}

/* Adds the names to those before, each once. */
static CatalinaApplyResult
apply_piece (CatalinaSlices *self, CatalinaDelta *piece)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  CatalinaApplyResult result
      = self->late ? catalina_session_apply_again (self->copy, piece, self->rooms->limits, builder)
                   : catalina_session_apply_told (self->copy, piece, self->rooms->limits, builder);
  char **names = g_strv_builder_end (builder);

  for (guint i = 0; names[i]; i++)
    g_hash_table_add (self->names, names[i]);
  g_free (names);
  self->odd |= result == CATALINA_APPLY_ODD;
  return result;
}

void
catalina_slices_step (CatalinaSlices *self, const CatalinaEventRow *row, CatalinaNow now)
{
  CatalinaSessionMessage *message = self->current->message;
  CatalinaIncoming in = {
    .row = row,
    .message = message,
    .id = catalina_session_message_get_session_id (message),
    .from = self->current->from,
    .timestamp = catalina_session_message_get_timestamp (message),
    .said_ms = self->said_ms,
    .late = self->late,
    .now = now,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaDelta) piece
      = catalina_delta_reader_next (self->reader, PIECE_ACTIONS, PIECE_BYTES, &error);

  if (!piece)
    {
      finish (self, &in, CATALINA_APPLY_OK, error);
      return;
    }
  catalina_receive_keep_order (self->rooms, &in, in.id, piece);
  if (apply_piece (self, piece) == CATALINA_APPLY_OVER_LIMIT)
    finish (self, &in, CATALINA_APPLY_OVER_LIMIT, NULL);
  else if (catalina_delta_reader_get_left (self->reader) == 0)
    finish (self, &in, self->odd ? CATALINA_APPLY_ODD : CATALINA_APPLY_OK, NULL);
}

gboolean
catalina_slices_has_garbage (CatalinaSlices *self)
{
  return self->garbage.length > 0;
}

void
catalina_slices_free_garbage (CatalinaSlices *self)
{
  CatalinaDeltaReader *reader = g_queue_peek_head (&self->garbage);

  if (reader && !catalina_delta_reader_release (reader))
    catalina_delta_reader_free (g_queue_pop_head (&self->garbage));
}
