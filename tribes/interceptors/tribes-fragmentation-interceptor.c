/* SPDX-License-Identifier: Apache-2.0
 *
 * The mark behind every message, and what it is for. A message that cannot be put together is
 * acknowledged, as by Tomcat, counted and told of.
 */
#include "tribes/interceptors/tribes-fragmentation-interceptor.h"

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-limits.h"
#include "tribes/base/tribes-reader-private.h"
#include "tribes/interceptors/tribes-complaint-private.h"
#include "tribes/interceptors/tribes-fragment-assembler-private.h"
#include "tribes/interceptors/tribes-fragment-send-private.h"

struct _TribesFragmentationInterceptor
{
  TribesInterceptor parent_instance;

  guint max_size;
  gint64 expire;
  TribesFragmentAssembler *assembler;
  TribesRateLimit complaints;

  guint messages_unfinished;
  guint64 messages_cut;
  guint64 messages_joined;
  guint64 messages_lost;
  guint64 pieces_received;
  guint64 pieces_refused;
};

G_DEFINE_FINAL_TYPE (TribesFragmentationInterceptor,
                     tribes_fragmentation_interceptor,
                     TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_fragmentation_interceptor_parent_class)

static void
fragmentation_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  static const guint8 whole = 0;
  TribesFragmentationInterceptor *self = TRIBES_FRAGMENTATION_INTERCEPTOR (interceptor);
  TribesMessage *message = tribes_delivery_get_message (delivery);
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  if (size > self->max_size
      && tribes_interceptor_ok_to_process (interceptor, tribes_message_get_options (message)))
    {
      self->messages_cut++;
      tribes_fragment_send (interceptor, PARENT->send_message, delivery, self->max_size);
    }
  else
    {
      g_autoptr (TribesMessage) marked
          = tribes_message_with_trailer (message, data, size, &whole, sizeof whole);

      tribes_delivery_set_message (delivery, marked);
      PARENT->send_message (interceptor, delivery);
    }
}

static void
report_lost (TribesFragmentationInterceptor *self)
{
  TribesFragmentLost lost;

  while (tribes_fragment_assembler_pop_lost (self->assembler, tribes_clock_get_us (), &lost))
    {
      g_autoptr (TribesMember) sender = lost.sender;

      self->messages_lost++;
      tribes_complain_of (&self->complaints, sender, "put together",
                          "expected %u pieces, found %u and no more in time or no room for them",
                          lost.count, lost.n_pieces);
    }
  self->messages_unfinished = tribes_fragment_assembler_get_n_messages (self->assembler);
}

static gboolean
take_piece (TribesFragmentationInterceptor *self,
            TribesMessage *message,
            const guint8 *data,
            gsize size,
            GBytes **whole,
            GError **error)
{
  TribesMessagePiece piece = { .sender = tribes_message_peek_address (message), .data = data };

  if (size < TRIBES_FRAGMENT_TRAILER_SIZE)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED,
                   "piece of a message: expected at least %d bytes, found %" G_GSIZE_FORMAT,
                   TRIBES_FRAGMENT_TRAILER_SIZE, size);
      return FALSE;
    }
  piece.size = size - TRIBES_FRAGMENT_TRAILER_SIZE;
  piece.number = tribes_peek_u32 (data + piece.size);
  piece.count = tribes_peek_u32 (data + piece.size + 4);
  piece.unique_id = tribes_message_peek_unique_id (message, &piece.unique_id_size);
  return tribes_fragment_assembler_take (self->assembler, &piece, tribes_clock_get_us (), whole,
                                         error)
         != TRIBES_FRAGMENT_REFUSED;
}

static gboolean
receive_piece (TribesFragmentationInterceptor *self,
               TribesMessage *message,
               const guint8 *data,
               gsize size,
               GError **error)
{
  g_autoptr (TribesMessage) joined = NULL;
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GError) problem = NULL;

  self->pieces_received++;
  if (!take_piece (self, message, data, size, &whole, &problem))
    {
      self->pieces_refused++;
      tribes_complain (&self->complaints, message, "put together", problem);
    }
  report_lost (self);
  if (!whole)
    return TRUE;
  self->messages_joined++;
  joined = tribes_message_with_payload (message, whole, tribes_message_get_options (message));
  return PARENT->message_received (TRIBES_INTERCEPTOR (self), joined, error);
}

static gboolean
fragmentation_message_received (TribesInterceptor *interceptor,
                                TribesMessage *message,
                                GError **error)
{
  TribesFragmentationInterceptor *self = TRIBES_FRAGMENTATION_INTERCEPTOR (interceptor);
  g_autoptr (TribesMessage) bare = NULL;
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  if (size == 0)
    {
      self->pieces_refused++;
      tribes_complain_of (&self->complaints, tribes_message_peek_address (message), "put together",
                          "expected a fragment mark, found nothing");
      return TRUE;
    }
  if (data[size - 1] != 0)
    return receive_piece (self, message, data, size, error);
  bare = tribes_message_with_head (message, size - 1);
  return PARENT->message_received (interceptor, bare, error);
}

static void
fragmentation_heartbeat (TribesInterceptor *interceptor)
{
  report_lost (TRIBES_FRAGMENTATION_INTERCEPTOR (interceptor));
  PARENT->heartbeat (interceptor);
}

/**
 * tribes_fragmentation_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_fragmentation_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_FRAGMENTATION_INTERCEPTOR, NULL);
}

static void
fragmentation_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  TribesFragmentationInterceptor *self = TRIBES_FRAGMENTATION_INTERCEPTOR (object);

  tribes_field_set_property (object, id, value, spec);
  if (g_str_equal (spec->name, "expire"))
    tribes_fragment_assembler_set_expire (self->assembler, tribes_expire_us (self->expire));
}

static void
tribes_fragmentation_interceptor_finalize (GObject *object)
{
  tribes_fragment_assembler_free (TRIBES_FRAGMENTATION_INTERCEPTOR (object)->assembler);
  G_OBJECT_CLASS (tribes_fragmentation_interceptor_parent_class)->finalize (object);
}

/**
 * TribesFragmentationInterceptor:messages-cut:
 *
 * Messages sent in pieces.
 *
 * Since: 0.1
 */

/**
 * TribesFragmentationInterceptor:messages-joined:
 *
 * Messages received in pieces, and put together.
 *
 * Since: 0.1
 */

/**
 * TribesFragmentationInterceptor:messages-lost:
 *
 * Messages of which pieces came, but not all in time, or more than there was room for.
 *
 * Since: 0.1
 */

/**
 * TribesFragmentationInterceptor:pieces-received:
 *
 * Pieces received.
 *
 * Since: 0.1
 */

/**
 * TribesFragmentationInterceptor:pieces-refused:
 *
 * Pieces that cannot be of any message.
 *
 * Since: 0.1
 */

/**
 * TribesFragmentationInterceptor:messages-unfinished:
 *
 * Messages that are not whole yet.
 *
 * Since: 0.1
 */

#define FIELD(name) G_STRUCT_OFFSET (TribesFragmentationInterceptor, name)
#define COUNTER(name)                                                                              \
  g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0,                                        \
                       G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)

static void
install_counters (GObjectClass *object_class)
{
  const TribesField fields[] = {
    { COUNTER ("messages-cut"), FIELD (messages_cut) },
    { COUNTER ("messages-joined"), FIELD (messages_joined) },
    { COUNTER ("messages-lost"), FIELD (messages_lost) },
    { COUNTER ("pieces-received"), FIELD (pieces_received) },
    { COUNTER ("pieces-refused"), FIELD (pieces_refused) },
    { g_param_spec_uint ("messages-unfinished", NULL, NULL, 0, G_MAXUINT, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),
      FIELD (messages_unfinished) },
  };

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

static void
tribes_fragmentation_interceptor_class_init (TribesFragmentationInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  TribesInterceptorClass *interceptor_class = TRIBES_INTERCEPTOR_CLASS (klass);
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesFragmentationInterceptor:max-size:
     *
     * Bytes of a message up to which it is sent whole, and of a piece.
     * Tomcat counterpart: `maxSize`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("max-size", NULL, NULL, 1, G_MAXINT32, 100 * 1024, flags),
      FIELD (max_size) },
    /**
     * TribesFragmentationInterceptor:expire:
     *
     * Milliseconds after which a message that is not whole is given up.
     * Tomcat counterpart: `expire`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("expire", NULL, NULL, 1, G_MAXINT64, 60000, flags), FIELD (expire) },
  };

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
  install_counters (object_class);
  object_class->finalize = tribes_fragmentation_interceptor_finalize;
  object_class->set_property = fragmentation_set_property;
  interceptor_class->send_message = fragmentation_send_message;
  interceptor_class->message_received = fragmentation_message_received;
  interceptor_class->heartbeat = fragmentation_heartbeat;
}

static void
tribes_fragmentation_interceptor_init (TribesFragmentationInterceptor *self)
{
  const TribesLimits *limits = tribes_limits_get_default ();
  const TribesFragmentLimits room = {
    .message_bytes = limits->frame_bytes,
    .sender_bytes = limits->pending_bytes / 2,
    .all_bytes = limits->pending_bytes,
    .expire_us = G_MAXINT64,
  };

  self->assembler = tribes_fragment_assembler_new (&room);
}
