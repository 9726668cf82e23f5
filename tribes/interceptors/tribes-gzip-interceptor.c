/* SPDX-License-Identifier: Apache-2.0
 *
 * A message is compressed once, however many destinations it has. What cannot be expanded is told
 * of and goes no further; what expands beyond belief is such a message, too.
 */
#include "tribes/interceptors/tribes-gzip-interceptor.h"

#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-limits.h"
#include "tribes/interceptors/tribes-complaint-private.h"
#include "tribes/wire/tribes-gzip-private.h"

/* The bit of Tomcat 9 and later. */
#define COMPRESSED 0x100

struct _TribesGzipInterceptor
{
  TribesInterceptor parent_instance;

  guint compression_min_size;
  gboolean stats_enabled;
  guint interval;
  TribesGzip *gzip;
  TribesRateLimit complaints;

  guint64 count;
  guint64 count_compressed_tx, count_uncompressed_tx;
  guint64 count_compressed_rx, count_uncompressed_rx;
  guint64 size_tx, compressed_size_tx, uncompressed_size_tx;
  guint64 size_rx, compressed_size_rx, uncompressed_size_rx;
  guint64 count_unmarked_rx;
  guint64 count_refused_rx;
};

G_DEFINE_FINAL_TYPE (TribesGzipInterceptor, tribes_gzip_interceptor, TRIBES_TYPE_INTERCEPTOR)

#define PARENT TRIBES_INTERCEPTOR_CLASS (tribes_gzip_interceptor_parent_class)

static void
count_one (TribesGzipInterceptor *self)
{
  self->count++;
  if (self->stats_enabled && self->interval > 0 && self->count % self->interval == 0)
    tribes_gzip_interceptor_report (self);
}

static void
gzip_send_message (TribesInterceptor *interceptor, TribesDelivery *delivery)
{
  TribesGzipInterceptor *self = TRIBES_GZIP_INTERCEPTOR (interceptor);
  TribesMessage *message = tribes_delivery_get_message (delivery);
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  self->size_tx += size;
  if (size > self->compression_min_size)
    {
      g_autoptr (GBytes) compressed = tribes_gzip_compress (self->gzip, data, size);
      guint options = (guint) tribes_message_get_options (message)
                      | tribes_interceptor_get_option_flag (interceptor);
      g_autoptr (TribesMessage) other
          = tribes_message_with_payload (message, compressed, (TribesSendOptions) options);

      self->count_compressed_tx++;
      self->compressed_size_tx += g_bytes_get_size (compressed);
      tribes_delivery_set_message (delivery, other);
    }
  else
    {
      self->count_uncompressed_tx++;
      self->uncompressed_size_tx += size;
    }
  count_one (self);
  PARENT->send_message (interceptor, delivery);
}

/* A Java object does not begin as a compressed one. Bytes of an application may: those that nobody
 * here would have compressed are taken as they are. */
static gboolean
is_compressed (TribesGzipInterceptor *self, TribesMessage *message, const guint8 *data, gsize size)
{
  guint options = (guint) tribes_message_get_options (message);

  if (options & tribes_interceptor_get_option_flag (TRIBES_INTERCEPTOR (self)))
    return TRUE;
  if (!tribes_gzip_is_compressed (data, size)
      || ((options & TRIBES_SEND_OPTIONS_BYTE_MESSAGE) && size <= self->compression_min_size))
    return FALSE;
  self->count_unmarked_rx++;
  return TRUE;
}

/* (transfer full) (nullable) */
static TribesMessage *
expand (TribesGzipInterceptor *self,
        TribesMessage *message,
        const guint8 *data,
        gsize size,
        GError **error)
{
  gsize max_size = tribes_gzip_get_max_size (size, tribes_limits_get_default ()->frame_bytes);
  gsize used;
  g_autoptr (GBytes) expanded = tribes_gzip_expand (self->gzip, data, size, max_size, &used, error);

  if (!expanded)
    return NULL;
  self->size_rx += g_bytes_get_size (expanded);
  return tribes_message_with_payload (message, expanded, tribes_message_get_options (message));
}

static gboolean
gzip_message_received (TribesInterceptor *interceptor, TribesMessage *message, GError **error)
{
  TribesGzipInterceptor *self = TRIBES_GZIP_INTERCEPTOR (interceptor);
  g_autoptr (TribesMessage) expanded = NULL;
  g_autoptr (GError) problem = NULL;
  gsize size;
  const guint8 *data = tribes_message_peek_payload (message, &size);

  if (!is_compressed (self, message, data, size))
    {
      self->count_uncompressed_rx++;
      self->uncompressed_size_rx += size;
      self->size_rx += size;
      count_one (self);
      return PARENT->message_received (interceptor, message, error);
    }
  self->count_compressed_rx++;
  self->compressed_size_rx += size;
  expanded = expand (self, message, data, size, &problem);
  if (!expanded)
    {
      self->count_refused_rx++;
      tribes_complain (&self->complaints, message, "decompressed", problem);
      /* Acknowledged all the same, as by Tomcat: to send it again would not help. */
      return TRUE;
    }
  count_one (self);
  return PARENT->message_received (interceptor, expanded, error);
}

/**
 * tribes_gzip_interceptor_new:
 *
 * Returns: (transfer full): an interceptor with Tomcat's defaults
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_gzip_interceptor_new (void)
{
  return g_object_new (TRIBES_TYPE_GZIP_INTERCEPTOR, NULL);
}

/**
 * tribes_gzip_interceptor_report:
 * @self: the interceptor
 *
 * Writes what was counted to the log, in one line.
 *
 * Tomcat counterpart: `report`.
 *
 * Since: 0.1
 */
void
tribes_gzip_interceptor_report (TribesGzipInterceptor *self)
{
#define N "%" G_GUINT64_FORMAT
  g_message ("compression: " N " messages; sent " N " compressed and " N " not, " N " bytes as " N
             " and " N "; received " N " compressed and " N " not, " N " bytes from " N " and " N,
             self->count, self->count_compressed_tx, self->count_uncompressed_tx, self->size_tx,
             self->compressed_size_tx, self->uncompressed_size_tx, self->count_compressed_rx,
             self->count_uncompressed_rx, self->size_rx, self->compressed_size_rx,
             self->uncompressed_size_rx);
#undef N
}

/**
 * tribes_gzip_interceptor_reset:
 * @self: the interceptor
 *
 * Begins to count anew.
 *
 * Tomcat counterpart: `reset`.
 *
 * Since: 0.1
 */
void
tribes_gzip_interceptor_reset (TribesGzipInterceptor *self)
{
  self->count = 0;
  self->count_compressed_tx = self->count_uncompressed_tx = 0;
  self->count_compressed_rx = self->count_uncompressed_rx = 0;
  self->size_tx = self->compressed_size_tx = self->uncompressed_size_tx = 0;
  self->size_rx = self->compressed_size_rx = self->uncompressed_size_rx = 0;
  self->count_unmarked_rx = self->count_refused_rx = 0;
}

static void
tribes_gzip_interceptor_finalize (GObject *object)
{
  tribes_gzip_free (TRIBES_GZIP_INTERCEPTOR (object)->gzip);
  G_OBJECT_CLASS (tribes_gzip_interceptor_parent_class)->finalize (object);
}

/**
 * TribesGzipInterceptor:count:
 *
 * Messages sent and received. Tomcat counterpart: `count`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:count-compressed-tx:
 *
 * Messages sent compressed. Tomcat counterpart: `countCompressedTX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:count-uncompressed-tx:
 *
 * Messages sent as they are. Tomcat counterpart: `countUncompressedTX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:count-compressed-rx:
 *
 * Messages received compressed. Tomcat counterpart: `countCompressedRX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:count-uncompressed-rx:
 *
 * Messages received that were not compressed. Tomcat counterpart: `countUncompressedRX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:size-tx:
 *
 * Bytes of all messages sent, before they were compressed. Tomcat counterpart: `sizeTX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:compressed-size-tx:
 *
 * Bytes that were sent of those compressed. Tomcat counterpart: `compressedSizeTX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:uncompressed-size-tx:
 *
 * Bytes that were sent as they are. Tomcat counterpart: `uncompressedSizeTX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:size-rx:
 *
 * Bytes of all messages received, after they were expanded. Tomcat counterpart: `sizeRX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:compressed-size-rx:
 *
 * Bytes received of those compressed. Tomcat counterpart: `compressedSizeRX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:uncompressed-size-rx:
 *
 * Bytes received that were not compressed. Tomcat counterpart: `uncompressedSizeRX`.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:count-unmarked-rx:
 *
 * Of the compressed messages received, those without mark, as Tomcat 7 and 8.5 send them.
 *
 * Since: 0.1
 */

/**
 * TribesGzipInterceptor:count-refused-rx:
 *
 * Messages that could not be expanded, or to too much.
 *
 * Since: 0.1
 */

#define COUNTER(name, field)                                                                       \
  {                                                                                                \
    g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0,                                      \
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),                               \
        G_STRUCT_OFFSET (TribesGzipInterceptor, field)                                             \
  }

static void
install_counters (GObjectClass *object_class)
{
  const TribesField fields[] = {
    COUNTER ("count", count),
    COUNTER ("count-compressed-tx", count_compressed_tx),
    COUNTER ("count-uncompressed-tx", count_uncompressed_tx),
    COUNTER ("count-compressed-rx", count_compressed_rx),
    COUNTER ("count-uncompressed-rx", count_uncompressed_rx),
    COUNTER ("size-tx", size_tx),
    COUNTER ("compressed-size-tx", compressed_size_tx),
    COUNTER ("uncompressed-size-tx", uncompressed_size_tx),
    COUNTER ("size-rx", size_rx),
    COUNTER ("compressed-size-rx", compressed_size_rx),
    COUNTER ("uncompressed-size-rx", uncompressed_size_rx),
    COUNTER ("count-unmarked-rx", count_unmarked_rx),
    COUNTER ("count-refused-rx", count_refused_rx),
  };

  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

static void
tribes_gzip_interceptor_class_init (TribesGzipInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesGzipInterceptor:compression-min-size:
     *
     * Bytes of a message up to which it is not compressed.
     * Tomcat counterpart: `compressionMinSize`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("compression-min-size", NULL, NULL, 0, G_MAXINT32, 0, flags),
      G_STRUCT_OFFSET (TribesGzipInterceptor, compression_min_size) },
    /**
     * TribesGzipInterceptor:stats-enabled:
     *
     * Whether what is counted is written to the log. Tomcat counterpart: `statsEnabled`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("stats-enabled", NULL, NULL, FALSE, flags),
      G_STRUCT_OFFSET (TribesGzipInterceptor, stats_enabled) },
    /**
     * TribesGzipInterceptor:interval:
     *
     * Messages between two such lines; 0 for none. Tomcat counterpart: `interval`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("interval", NULL, NULL, 0, G_MAXINT32, 0, flags),
      G_STRUCT_OFFSET (TribesGzipInterceptor, interval) },
  };

  object_class->finalize = tribes_gzip_interceptor_finalize;
  TRIBES_INTERCEPTOR_CLASS (klass)->send_message = gzip_send_message;
  TRIBES_INTERCEPTOR_CLASS (klass)->message_received = gzip_message_received;
  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
  install_counters (object_class);
}

static void
tribes_gzip_interceptor_init (TribesGzipInterceptor *self)
{
  self->gzip = tribes_gzip_new ();
  g_object_set (self, "option-flag", COMPRESSED, NULL);
}
