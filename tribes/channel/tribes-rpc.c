/* SPDX-License-Identifier: Apache-2.0
 *
 * Both classes write themselves: what counts are a few primitives in blocks of data behind the
 * descriptor, which is the same from every Tomcat.
 */
#include "tribes/channel/tribes-rpc-private.h"

#include <string.h>

#include "tribes/base/tribes-reader-private.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/value/tribes-java-tags-private.h"
#include "tribes/java/write/tribes-java-writer.h"

#define RPC_CLASS      "org.apache.catalina.tribes.group.RpcMessage"
#define NO_REPLY_CLASS RPC_CLASS "$NoRpcChannelReply"
/* Neither class names a serialVersionUID; these are what Java computes for them from 7.0 on. */
#define RPC_UID      8154458786660410633
#define NO_REPLY_UID 8911374288427899814

/* Data in blocks, whose borders mean nothing. */
typedef struct
{
  TribesReader in;
  gsize left; /* of the block */
} Blocks;

static gboolean
next_block (Blocks *blocks)
{
  guint8 tag, short_size;
  guint32 size;

  if (!tribes_reader_u8 (&blocks->in, "block", &tag, NULL))
    return FALSE;
  if (tag == TC_BLOCKDATALONG)
    {
      if (!tribes_reader_u32 (&blocks->in, "block", &size, NULL))
        return FALSE;
    }
  else if (tag != TC_BLOCKDATA || !tribes_reader_u8 (&blocks->in, "block", &short_size, NULL))
    {
      return FALSE;
    }
  else
    {
      size = short_size;
    }
  blocks->left = size;
  return TRUE;
}

static gboolean
take (Blocks *blocks, guint8 *out, gsize size)
{
  while (size > 0)
    {
      const guint8 *bytes;
      gsize some = MIN (size, blocks->left);

      if (some == 0)
        {
          if (!next_block (blocks))
            return FALSE;
          continue;
        }
      if (!tribes_reader_bytes (&blocks->in, "block", some, &bytes, NULL))
        return FALSE;
      memcpy (out, bytes, some);
      out += some;
      size -= some;
      blocks->left -= some;
    }
  return TRUE;
}

static gboolean
take_id (Blocks *blocks, guint8 *out, gsize cap, guint *size)
{
  guint8 length[4];

  if (!take (blocks, length, sizeof length))
    return FALSE;
  *size = tribes_peek_u32 (length);
  return *size <= cap && take (blocks, out, *size);
}

/* A descriptor without what it inherits. */
static gboolean
take_class (TribesReader *in, const char *name)
{
  static const guint8 end[]
      = { TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA, 0, 0, TC_ENDBLOCKDATA };
  const guint8 begin[] = { TC_CLASSDESC, 0, (guint8) strlen (name) };
  const guint8 *uid; /* whatever it is: the answer tells who asked whether it is his */

  return tribes_reader_expect (in, "begin", begin, sizeof begin, NULL)
         && tribes_reader_expect (in, "class", name, strlen (name), NULL)
         && tribes_reader_bytes (in, "serialVersionUID", 8, &uid, NULL)
         && tribes_reader_expect (in, "class", end, sizeof end, NULL);
}

/* From the stream's header to the begin of the data. */
static gboolean
take_head (TribesReader *in, gboolean *no_channel)
{
  static const guint8 begin[] = { 0xac, 0xed, 0, 5, TC_OBJECT };
  static const guint8 no_super[] = { TC_NULL };
  TribesReader at;

  if (!tribes_reader_expect (in, "begin", begin, sizeof begin, NULL))
    return FALSE;
  at = *in;
  *no_channel = take_class (&at, NO_REPLY_CLASS);
  if (*no_channel)
    *in = at;
  return take_class (in, RPC_CLASS)
         && tribes_reader_expect (in, "class", no_super, sizeof no_super, NULL);
}

TribesRpcKind
tribes_rpc_parse (const guint8 *data, gsize size, TribesRpcIds *ids)
{
  Blocks blocks = { .left = 0 };
  gboolean no_channel;
  guint8 is_reply = TRUE;

  tribes_reader_init (&blocks.in, data, size);
  if (!take_head (&blocks.in, &no_channel) || (!no_channel && !take (&blocks, &is_reply, 1))
      || !take_id (&blocks, ids->uuid, sizeof ids->uuid, &ids->uuid_size)
      || !take_id (&blocks, ids->id, sizeof ids->id, &ids->id_size))
    return TRIBES_RPC_NONE;
  if (no_channel)
    return TRIBES_RPC_NO_CHANNEL;
  return is_reply ? TRIBES_RPC_REPLY : TRIBES_RPC_QUESTION;
}

static gboolean
skip_id (TribesJavaReader *reader, gsize cap, GError **error)
{
  guint8 skipped[TRIBES_RPC_MAX_ID];
  gint32 size;

  if (!tribes_java_reader_int (reader, &size, error))
    return FALSE;
  if (size < 0 || (gsize) size > cap)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "RPC message, offset %" G_GSIZE_FORMAT
                   ": expected an id of at most %" G_GSIZE_FORMAT " bytes, found %d",
                   tribes_java_reader_get_offset (reader), cap, size);
      return FALSE;
    }
  return tribes_java_reader_bytes (reader, skipped, (gsize) size, error);
}

TribesJavaValue *
tribes_rpc_read (GBytes *payload, GError **error)
{
  g_autoptr (TribesJavaValue) message = tribes_java_value_deserialize (payload, error);
  g_autoptr (TribesJavaReader) reader = NULL;
  gboolean is_reply;

  if (!message)
    return NULL;
  reader = tribes_java_reader_new_for_value (message, error);
  if (!reader || !tribes_java_reader_boolean (reader, &is_reply, error)
      || !skip_id (reader, TRIBES_RPC_MAX_UUID, error)
      || !skip_id (reader, TRIBES_RPC_MAX_ID, error))
    return NULL;
  return tribes_java_reader_object (reader, error);
}

static void
write_ids (TribesJavaWriter *writer, const TribesRpcIds *ids)
{
  tribes_java_writer_int (writer, (gint32) ids->uuid_size);
  tribes_java_writer_bytes (writer, ids->uuid, ids->uuid_size);
  tribes_java_writer_int (writer, (gint32) ids->id_size);
  tribes_java_writer_bytes (writer, ids->id, ids->id_size);
}

static TribesJavaClass *
make_message_class (void)
{
  return tribes_java_class_new (RPC_CLASS, RPC_UID,
                                TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                                NULL, 0, NULL);
}

GBytes *
tribes_rpc_write (const TribesRpcIds *ids,
                  TribesRpcKind kind,
                  TribesJavaValue *message,
                  GError **error)
{
  g_autoptr (TribesJavaClass) klass = make_message_class ();
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (TribesJavaValue) null = message ? NULL : tribes_java_value_new_null ();

  tribes_java_writer_begin_external (writer, klass);
  tribes_java_writer_boolean (writer, kind == TRIBES_RPC_REPLY);
  write_ids (writer, ids);
  if (!tribes_java_writer_object (writer, message ? message : null, error))
    return NULL;
  tribes_java_writer_end_external (writer);
  return tribes_java_writer_finish (writer);
}

GBytes *
tribes_rpc_no_channel_reply (const TribesRpcIds *ids)
{
  g_autoptr (TribesJavaClass) message = make_message_class ();
  g_autoptr (TribesJavaClass) reply
      = tribes_java_class_new (NO_REPLY_CLASS, NO_REPLY_UID,
                               TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                               NULL, 0, message);
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  tribes_java_writer_begin_external (writer, reply);
  write_ids (writer, ids);
  tribes_java_writer_end_external (writer);
  return tribes_java_writer_finish (writer);
}
