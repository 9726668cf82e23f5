/* SPDX-License-Identifier: Apache-2.0
 *
 * A small payload lies in the same allocation as the message; a large one stays in the buffer that
 * it arrived in. So a received delta costs one allocation and a received state transfer no copy.
 */
#include "tribes/wire/tribes-message-private.h"

#include <string.h>

/* A payload up to this size is copied sooner than shared. */
#define MAX_COPIED 4096

typedef struct
{
  gint64 keeps_us;
  TribesMessageRemakeFunc remake;
  gpointer data;
  GDestroyNotify destroy;
} Perishable;

struct _TribesMessage
{
  guint32 options;
  gint64 timestamp_ms;
  TribesMember *address;  /* owned */
  GBytes *backing;        /* owned; (nullable): the payload is in @bytes */
  Perishable *perishable; /* owned; (nullable) */
  const guint8 *payload;
  gsize payload_size;
  gsize unique_id_size;
  guint8 bytes[]; /* unique id, then the payload if it has no backing */
};

G_DEFINE_BOXED_TYPE (TribesMessage, tribes_message, tribes_message_ref, tribes_message_unref)

static gboolean
parse_sender (TribesReader *package,
              TribesMember *known,
              TribesMessageFields *fields,
              GError **error)
{
  TribesMemberFields member;

  fields->address = package->start;
  fields->known = NULL;
  if (!known || !tribes_member_is_package (known, fields->address, fields->address_size))
    return tribes_member_parse (package, &member, error);
  fields->known = known;
  return TRUE;
}

gboolean
tribes_message_parse (TribesReader *reader,
                      const TribesLimits *limits,
                      TribesMember *known,
                      TribesMessageFields *fields,
                      GError **error)
{
  TribesReader address;

  if (!tribes_reader_u32 (reader, "message options", &fields->options, error)
      || !tribes_reader_i64 (reader, "message time stamp", &fields->timestamp_ms, error)
      || !tribes_reader_length (reader, "message unique id", limits->unique_id_bytes,
                                &fields->unique_id_size, error)
      || !tribes_reader_bytes (reader, "message unique id", fields->unique_id_size,
                               &fields->unique_id, error)
      || !tribes_reader_length (reader, "message sender", limits->member_bytes,
                                &fields->address_size, error)
      || !tribes_reader_child (reader, "message sender", fields->address_size, &address, error))
    return FALSE;
  return parse_sender (&address, known, fields, error)
         && tribes_reader_length (reader, "message payload", limits->frame_bytes,
                                  &fields->payload_size, error)
         && tribes_reader_bytes (reader, "message payload", fields->payload_size, &fields->payload,
                                 error)
         && tribes_reader_finish (reader, "message", error);
}

static TribesMember *
member_from_checked_package (const guint8 *package, gsize size)
{
  TribesMemberFields fields;
  TribesReader reader;
  gboolean valid;

  tribes_reader_init (&reader, package, size);
  valid = tribes_member_parse (&reader, &fields, NULL);
  g_assert (valid);
  return tribes_member_new_from_fields (&fields);
}

static TribesMessage *
message_alloc (const guint8 *unique_id, gsize unique_id_size, gsize inline_payload_size)
{
  TribesMessage *message
      = g_atomic_rc_box_alloc (sizeof (TribesMessage) + unique_id_size + inline_payload_size);

  message->unique_id_size = unique_id_size;
  message->backing = NULL;
  message->perishable = NULL;
  if (unique_id_size > 0)
    memcpy (message->bytes, unique_id, unique_id_size);
  return message;
}

TribesMessage *
tribes_message_new_from_fields (const TribesMessageFields *fields, GBytes *backing)
{
  TribesMessage *message = message_alloc (fields->unique_id, fields->unique_id_size,
                                          backing ? 0 : fields->payload_size);

  message->options = fields->options;
  message->timestamp_ms = fields->timestamp_ms;
  message->payload_size = fields->payload_size;
  message->address = fields->known
                         ? tribes_member_ref (fields->known)
                         : member_from_checked_package (fields->address, fields->address_size);
  if (backing)
    {
      message->backing = g_bytes_ref (backing);
      message->payload = fields->payload;
    }
  else
    {
      message->payload = message->bytes + message->unique_id_size;
      if (fields->payload_size > 0)
        memcpy (message->bytes + message->unique_id_size, fields->payload, fields->payload_size);
    }
  return message;
}

static void
fill_unique_id (guint8 *id)
{
  for (gsize i = 0; i < TRIBES_MESSAGE_ID_SIZE; i += 4)
    tribes_poke_u32 (id + i, g_random_int ());
}

static TribesMessage *
message_with_backing (const guint8 *unique_id,
                      gsize unique_id_size,
                      TribesMember *address,
                      GBytes *payload,
                      guint32 options,
                      gint64 timestamp_ms)
{
  TribesMessage *message = message_alloc (unique_id, unique_id_size, 0);

  message->options = options;
  message->timestamp_ms = timestamp_ms;
  message->address = tribes_member_ref (address);
  message->backing = g_bytes_ref (payload);
  message->payload = g_bytes_get_data (payload, &message->payload_size);
  return message;
}

/**
 * tribes_message_new:
 * @address: the member that sends it
 * @payload: what it carries
 * @options: how it travels
 * @timestamp_ms: when it was made, in milliseconds since 1970
 *
 * Makes a message with a new random id.
 *
 * Tomcat counterpart: `new ChannelData(true)`.
 *
 * Returns: (transfer full): the message
 *
 * Since: 0.1
 */
TribesMessage *
tribes_message_new (TribesMember *address,
                    GBytes *payload,
                    TribesSendOptions options,
                    gint64 timestamp_ms)
{
  guint8 id[TRIBES_MESSAGE_ID_SIZE];

  fill_unique_id (id);
  return message_with_backing (id, sizeof id, address, payload, options, timestamp_ms);
}

/**
 * tribes_message_with_payload:
 * @message: a message
 * @payload: another payload
 * @options: other options
 *
 * What an interceptor makes of a message that it changes: same sender, id and time stamp.
 *
 * Returns: (transfer full): the new message
 *
 * Since: 0.1
 */
TribesMessage *
tribes_message_with_payload (TribesMessage *message, GBytes *payload, TribesSendOptions options)
{
  return message_with_backing (message->bytes, message->unique_id_size, message->address, payload,
                               options, message->timestamp_ms);
}

/* The same sender, options, id and time stamp, with room for @payload_size bytes. */
static TribesMessage *
message_like (TribesMessage *message, gsize payload_size)
{
  TribesMessage *other = message_alloc (message->bytes, message->unique_id_size, payload_size);

  other->options = message->options;
  other->timestamp_ms = message->timestamp_ms;
  other->address = tribes_member_ref (message->address);
  other->payload = other->bytes + other->unique_id_size;
  other->payload_size = payload_size;
  return other;
}

TribesMessage *
tribes_message_with_trailer (TribesMessage *message,
                             const guint8 *data,
                             gsize size,
                             const guint8 *trailer,
                             gsize trailer_size)
{
  TribesMessage *other = message_like (message, size + trailer_size);
  guint8 *payload = other->bytes + other->unique_id_size;

  if (size > 0)
    memcpy (payload, data, size);
  memcpy (payload + size, trailer, trailer_size);
  return other;
}

TribesMessage *
tribes_message_with_head (TribesMessage *message, gsize size)
{
  TribesMessage *other;

  g_assert (size <= message->payload_size);
  if (!message->backing && size <= MAX_COPIED)
    {
      other = message_like (message, size);
      if (size > 0)
        memcpy (other->bytes + other->unique_id_size, message->payload, size);
      return other;
    }
  other = message_like (message, 0);
  other->backing
      = message->backing ? g_bytes_ref (message->backing) : tribes_message_dup_payload (message);
  other->payload = message->payload;
  other->payload_size = size;
  return other;
}

TribesMessage *
tribes_message_with_remake (TribesMessage *message,
                            gint64 keeps_us,
                            TribesMessageRemakeFunc remake,
                            gpointer data,
                            GDestroyNotify destroy)
{
  g_autoptr (GBytes) payload = tribes_message_dup_payload (message);
  TribesMessage *other
      = tribes_message_with_payload (message, payload, tribes_message_get_options (message));

  other->perishable = g_new (Perishable, 1);
  *other->perishable = (Perishable){ keeps_us, remake, data, destroy };
  return other;
}

gint64
tribes_message_get_keeps (TribesMessage *message)
{
  return message->perishable ? message->perishable->keeps_us : -1;
}

TribesMessage *
tribes_message_remake (TribesMessage *message)
{
  return message->perishable->remake (message->perishable->data);
}

/**
 * tribes_message_ref:
 * @message: a message
 *
 * Takes a reference. May be called from any thread.
 *
 * Returns: (transfer full): @message
 *
 * Since: 0.1
 */
TribesMessage *
tribes_message_ref (TribesMessage *message)
{
  return g_atomic_rc_box_acquire (message);
}

static void
message_clear (gpointer data)
{
  TribesMessage *message = data;

  tribes_member_unref (message->address);
  g_clear_pointer (&message->backing, g_bytes_unref);
  if (message->perishable)
    message->perishable->destroy (message->perishable->data);
  g_free (message->perishable);
}

/**
 * tribes_message_unref:
 * @message: (transfer full): a message
 *
 * Drops a reference; the last one frees the message.
 *
 * Since: 0.1
 */
void
tribes_message_unref (TribesMessage *message)
{
  g_atomic_rc_box_release_full (message, message_clear);
}

/**
 * tribes_message_get_options:
 * @message: a message
 *
 * Returns: its options, bits of interceptors included
 *
 * Since: 0.1
 */
TribesSendOptions
tribes_message_get_options (TribesMessage *message)
{
  return (TribesSendOptions) message->options;
}

/**
 * tribes_message_get_timestamp:
 * @message: a message
 *
 * Returns: when its sender made it, in milliseconds since 1970, by the sender's clock
 *
 * Since: 0.1
 */
gint64
tribes_message_get_timestamp (TribesMessage *message)
{
  return message->timestamp_ms;
}

/**
 * tribes_message_dup_unique_id:
 * @message: a message
 *
 * Returns: (transfer full): its id, 16 bytes from a Tomcat
 *
 * Since: 0.1
 */
GBytes *
tribes_message_dup_unique_id (TribesMessage *message)
{
  return g_bytes_new_with_free_func (message->bytes, message->unique_id_size,
                                     (GDestroyNotify) tribes_message_unref,
                                     tribes_message_ref (message));
}

const guint8 *
tribes_message_peek_unique_id (TribesMessage *message, gsize *size)
{
  *size = message->unique_id_size;
  return message->bytes;
}

/**
 * tribes_message_dup_address:
 * @message: a message
 *
 * Returns: (transfer full): the member that sent it, as it described itself
 *
 * Since: 0.1
 */
TribesMember *
tribes_message_dup_address (TribesMessage *message)
{
  return tribes_member_ref (message->address);
}

TribesMember *
tribes_message_peek_address (TribesMessage *message)
{
  return message->address;
}

/**
 * tribes_message_dup_payload:
 * @message: a message
 *
 * Returns: (transfer full): what it carries; nothing is copied
 *
 * Since: 0.1
 */
GBytes *
tribes_message_dup_payload (TribesMessage *message)
{
  return g_bytes_new_with_free_func (message->payload, message->payload_size,
                                     (GDestroyNotify) tribes_message_unref,
                                     tribes_message_ref (message));
}

/**
 * tribes_message_peek_payload: (skip)
 * @message: a message
 * @size: (out): number of bytes
 *
 * Returns: (transfer none): what it carries, valid as long as @message
 *
 * Since: 0.1
 */
const guint8 *
tribes_message_peek_payload (TribesMessage *message, gsize *size)
{
  *size = message->payload_size;
  return message->payload;
}

void
tribes_message_write_head (TribesMessage *message, TribesWriter *writer)
{
  gsize address_size;
  const guint8 *address = tribes_member_peek_package (message->address, &address_size);

  tribes_writer_u32 (writer, message->options);
  tribes_writer_u64 (writer, (guint64) message->timestamp_ms);
  tribes_writer_u32 (writer, (guint32) message->unique_id_size);
  tribes_writer_bytes (writer, message->bytes, message->unique_id_size);
  tribes_writer_u32 (writer, (guint32) address_size);
  tribes_writer_bytes (writer, address, address_size);
  tribes_writer_u32 (writer, (guint32) message->payload_size);
}

void
tribes_message_write (TribesMessage *message, TribesWriter *writer)
{
  tribes_message_write_head (message, writer);
  tribes_writer_bytes (writer, message->payload, message->payload_size);
}

/**
 * tribes_message_decode:
 * @bytes: a whole message, without the frame around it
 * @error: return location
 *
 * Errors: %TRIBES_ERROR_TRUNCATED, %TRIBES_ERROR_MALFORMED or %TRIBES_ERROR_LIMIT, with offset,
 * expected and found.
 *
 * Tomcat counterpart: `ChannelData.getDataFromPackage`.
 *
 * Returns: (transfer full): the message, or %NULL with @error set
 *
 * Since: 0.1
 */
TribesMessage *
tribes_message_decode (GBytes *bytes, GError **error)
{
  TribesMessageFields fields;
  TribesReader reader;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  tribes_reader_init (&reader, data, size);
  if (!tribes_message_parse (&reader, tribes_limits_get_default (), NULL, &fields, error))
    return NULL;
  return tribes_message_new_from_fields (&fields, bytes);
}

/**
 * tribes_message_encode:
 * @message: a message
 *
 * Tomcat counterpart: `ChannelData.getDataPackage`.
 *
 * Returns: (transfer full): the message as it stands in a frame
 *
 * Since: 0.1
 */
GBytes *
tribes_message_encode (TribesMessage *message)
{
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_message_write (message, &writer);
  return tribes_writer_steal_bytes (&writer);
}
