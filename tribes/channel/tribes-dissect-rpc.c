/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/channel/tribes-dissect-rpc-private.h"

#include <string.h>

#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/java/write/tribes-java-writer.h"

static void
add_ids (TribesDissection *dissection, const guint8 *data, gsize size, const TribesRpcIds *ids)
{
  /* In one piece, unless it is across the border of a block of data. */
  const guint8 *uuid = ids->uuid_size > 0 ? memmem (data, size, ids->uuid, ids->uuid_size) : NULL;
  g_autofree char *channel = g_convert ((const char *) ids->id, (gssize) ids->id_size, "UTF-8",
                                        "ISO-8859-1", NULL, NULL, NULL);

  if (uuid)
    tribes_dissection_add_bytes (dissection, "uuid", (gsize) (uuid - data), ids->uuid_size, NULL);
  if (channel)
    tribes_dissection_add_text (dissection, "channel", 0, size, channel, -1, NULL);
}

/* What is asked or answered is in the middle of the stream, and may refer to what stands before
 * it: it is written anew, alone. */
static void
add_carried (TribesDissection *dissection, GBytes *bytes)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) carried = tribes_rpc_read (bytes, &error);
  g_autoptr (GBytes) alone = carried ? tribes_java_value_serialize (carried, &error) : NULL;

  if (alone)
    tribes_dissection_add_derived (dissection, "message", alone, TRIBES_SEND_OPTIONS_NONE);
  else
    tribes_dissection_add_problem (dissection, 0, size, error->message);
}

void
tribes_dissect_rpc (TribesDissection *dissection,
                    GBytes *bytes,
                    TribesSendOptions options,
                    gpointer user_data)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  TribesRpcIds ids;
  TribesRpcKind kind = tribes_rpc_parse (data, size, &ids);
  const char *meaning = kind == TRIBES_RPC_QUESTION ? "question" : "reply";

  tribes_dissection_begin (dissection, user_data, 0, size);
  if (kind == TRIBES_RPC_NONE)
    {
      tribes_dissection_add_problem (dissection, 0, size,
                                     "RPC message: expected who asks and what for, found less");
      tribes_dissection_end (dissection, NULL);
      return;
    }
  tribes_dissection_add_boolean (dissection, "reply", 0, size, kind != TRIBES_RPC_QUESTION, NULL);
  add_ids (dissection, data, size, &ids);
  if (kind != TRIBES_RPC_NO_CHANNEL)
    add_carried (dissection, bytes);
  tribes_dissection_end (dissection, kind == TRIBES_RPC_NO_CHANNEL ? "nobody" : meaning);
}
