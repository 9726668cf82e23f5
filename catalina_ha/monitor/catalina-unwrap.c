/* SPDX-License-Identifier: Apache-2.0
 *
 * A message that goes to several members has the same id on the way to each of them, so its pieces
 * are told apart by where they go as well.
 */
#include "catalina_ha/monitor/catalina-unwrap-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-keys-private.h"

enum
{
  /* As much as is kept of a frame. */
  MAX_MESSAGE = 32 * 1024 * 1024,
  MAX_HELD = 64 * 1024 * 1024,
  MAX_ID = 64,
};

/* Tomcat's default. */
#define EXPIRE_US (60 * G_USEC_PER_SEC)

void
catalina_unwrap_init (CatalinaUnwrap *self)
{
  const TribesFragmentLimits limits = { MAX_MESSAGE, MAX_HELD / 2, MAX_HELD, EXPIRE_US };

  self->gzip = tribes_gzip_new ();
  self->keys = catalina_get_keys () ? tribes_key_ring_ref (catalina_get_keys ()) : NULL;
  self->pieces = tribes_fragment_assembler_new (&limits);
}

void
catalina_unwrap_clear (CatalinaUnwrap *self)
{
  g_clear_pointer (&self->gzip, tribes_gzip_free);
  g_clear_pointer (&self->keys, tribes_key_ring_unref);
  g_clear_pointer (&self->pieces, tribes_fragment_assembler_free);
}

GBytes *
catalina_unwrap_expand (CatalinaUnwrap *self,
                        const TribesMessageFields *fields,
                        TribesWrapping *wrapping)
{
  gsize max_size = tribes_gzip_get_max_size (fields->payload_size, MAX_MESSAGE);
  gsize used;
  GBytes *expanded = tribes_gzip_expand (self->gzip, fields->payload, fields->payload_size,
                                         max_size, &used, NULL);

  if (expanded && used < fields->payload_size)
    (void) tribes_wrapping_read (fields->payload, fields->payload_size, used, wrapping);
  return expanded;
}

GBytes *
catalina_unwrap_open (CatalinaUnwrap *self,
                      const TribesMessageFields *fields,
                      TribesWrapping *wrapping)
{
  TribesUnlocked unlocked;
  GBytes *payload = self->keys ? tribes_key_ring_open (self->keys, fields->payload,
                                                       fields->payload_size, &unlocked)
                               : NULL;

  if (!payload)
    return NULL;
  if (unlocked.end < fields->payload_size)
    (void) tribes_wrapping_read (fields->payload, fields->payload_size, unlocked.end, wrapping);
  wrapping->generation = *tribes_generation_to_string (unlocked.generation);
  wrapping->key_line = unlocked.line;
  return payload;
}

/* Of those that were given up nobody asks here. */
static void
forget_lost (CatalinaUnwrap *self, gint64 now_us)
{
  TribesFragmentLost lost;

  while (tribes_fragment_assembler_pop_lost (self->pieces, now_us, &lost))
    tribes_member_unref (lost.sender);
}

GBytes *
catalina_unwrap_join (CatalinaUnwrap *self,
                      const TribesCapturedMessage *message,
                      const TribesMessageFields *fields,
                      const TribesWrapping *wrapping,
                      gboolean *is_kept)
{
  guint8 id[MAX_ID + sizeof (TribesEndpoint)];
  g_autoptr (TribesMember) sender = NULL;
  GBytes *whole = NULL;
  TribesMessagePiece piece;

  *is_kept = FALSE;
  if (!message->has_sender || fields->unique_id_size > MAX_ID || wrapping->n_fragments == 0)
    return NULL;
  memcpy (id, message->to, sizeof (TribesEndpoint));
  if (fields->unique_id_size > 0)
    memcpy (id + sizeof (TribesEndpoint), fields->unique_id, fields->unique_id_size);
  sender = tribes_member_new_from_fields (&message->sender);
  piece = (TribesMessagePiece){ .sender = sender,
                                .unique_id = id,
                                .unique_id_size = sizeof (TribesEndpoint) + fields->unique_id_size,
                                .data = fields->payload,
                                .size = wrapping->inner_size,
                                .number = wrapping->fragment,
                                .count = wrapping->n_fragments };
  *is_kept = tribes_fragment_assembler_take (self->pieces, &piece, message->time_us, &whole, NULL)
             != TRIBES_FRAGMENT_REFUSED;
  forget_lost (self, message->time_us);
  return whole;
}
