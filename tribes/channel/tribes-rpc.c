/* SPDX-License-Identifier: Apache-2.0
 *
 * Both classes write themselves: what counts are a few primitives in blocks of data behind the
 * descriptor, which is the same from every Tomcat.
 */
#include "tribes/channel/tribes-rpc-private.h"

#include <string.h>

#include "tribes/base/tribes-reader-private.h"
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

/* The descriptor, from the stream's header to the begin of the data. */
static gboolean
take_head (TribesReader *in)
{
  static const guint8 begin[]
      = { 0xac, 0xed, 0, 5, TC_OBJECT, TC_CLASSDESC, 0, strlen (RPC_CLASS) };
  static const guint8 end[] = { TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA, 0,
                                0, TC_ENDBLOCKDATA, TC_NULL };
  const guint8 *uid; /* whatever it is: the answer tells who asked whether it is his */

  return tribes_reader_expect (in, "begin", begin, sizeof begin, NULL)
         && tribes_reader_expect (in, "class", RPC_CLASS, strlen (RPC_CLASS), NULL)
         && tribes_reader_bytes (in, "serialVersionUID", 8, &uid, NULL)
         && tribes_reader_expect (in, "class", end, sizeof end, NULL);
}

gboolean
tribes_rpc_parse_question (const guint8 *data, gsize size, TribesRpcQuestion *question)
{
  Blocks blocks = { .left = 0 };
  guint8 is_reply;

  tribes_reader_init (&blocks.in, data, size);
  return take_head (&blocks.in) && take (&blocks, &is_reply, 1) && is_reply == 0
         && take_id (&blocks, question->uuid, sizeof question->uuid, &question->uuid_size)
         && take_id (&blocks, question->id, sizeof question->id, &question->id_size);
}

static void
write_ids (TribesJavaWriter *writer, const TribesRpcQuestion *question)
{
  tribes_java_writer_int (writer, (gint32) question->uuid_size);
  tribes_java_writer_bytes (writer, question->uuid, question->uuid_size);
  tribes_java_writer_int (writer, (gint32) question->id_size);
  tribes_java_writer_bytes (writer, question->id, question->id_size);
}

static TribesJavaClass *
make_message_class (void)
{
  return tribes_java_class_new (RPC_CLASS, RPC_UID,
                                TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                                NULL, 0, NULL);
}

GBytes *
tribes_rpc_question_encode (const TribesRpcQuestion *question,
                            TribesJavaValue *asked,
                            GError **error)
{
  g_autoptr (TribesJavaClass) message = make_message_class ();
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  tribes_java_writer_begin_external (writer, message);
  tribes_java_writer_boolean (writer, FALSE);
  write_ids (writer, question);
  if (!tribes_java_writer_object (writer, asked, error))
    return NULL;
  tribes_java_writer_end_external (writer);
  return tribes_java_writer_finish (writer);
}

GBytes *
tribes_rpc_no_channel_reply (const TribesRpcQuestion *question)
{
  g_autoptr (TribesJavaClass) message = make_message_class ();
  g_autoptr (TribesJavaClass) reply
      = tribes_java_class_new (NO_REPLY_CLASS, NO_REPLY_UID,
                               TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                               NULL, 0, message);
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  tribes_java_writer_begin_external (writer, reply);
  write_ids (writer, question);
  tribes_java_writer_end_external (writer);
  return tribes_java_writer_finish (writer);
}
