/* SPDX-License-Identifier: Apache-2.0
 *
 * RPC messages and what members of a StaticMembershipService ask each other, read and applied: what
 * is understood is written again as it was, and nobody becomes a member who did not say so himself.
 */
#include "tests/fuzz/fuzz-target.h"
#include "tribes/channel/tribes-member-message-private.h"
#include "tribes/channel/tribes-rpc-core-private.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

#include <string.h>

static TribesMember *
other (void)
{
  static TribesMember *member;

  if (!member)
    member = tribes_member_new ("10.1.2.3", 4000, NULL, NULL);
  return member;
}

/* It was asked one question, with this very id, and another member, too. */
static void
answer (const TribesRpcIds *ids, TribesJavaValue *value)
{
  g_autoptr (GPtrArray) asked = g_ptr_array_new ();
  g_autoptr (GPtrArray) responses = NULL;
  TribesRpcCore core;
  gpointer data;

  if (ids->uuid_size != TRIBES_RPC_UUID_SIZE)
    return;
  g_ptr_array_add (asked, other ());
  tribes_rpc_core_init (&core);
  tribes_rpc_core_ask (&core, ids->uuid, asked, TRIBES_RPC_OPTIONS_ALL_REPLY, 1, NULL);
  g_assert_cmpint (tribes_rpc_core_expects (&core, ids->uuid, ids->uuid_size, other ()), ==,
                   TRIBES_RPC_EXPECTED);
  tribes_rpc_core_answer (&core, ids->uuid, other (), value);
  g_assert_true (tribes_rpc_core_pop_ended (&core, &data, &responses));
  g_assert_cmpuint (responses->len, ==, value ? 1 : 0);
  tribes_rpc_core_clear (&core);
}

static void
apply (const TribesMemberMessage *message)
{
  g_autoptr (GError) error = NULL;
  TribesStaticCore core;
  TribesStaticEvent event;

  tribes_static_core_init (&core);
  tribes_static_core_start (&core, 1000);
  if (tribes_static_core_hear (&core, message->kind, message->member, other (), 1, &error))
    {
      while (tribes_static_core_pop_event (&core, &event))
        {
          g_assert_cmpint (tribes_member_get_port (event.member), ==,
                           tribes_member_get_port (other ()));
          tribes_member_unref (event.member);
        }
    }
  else
    g_assert_nonnull (error);
  tribes_static_core_clear (&core);
}

static void
read_member_message (TribesJavaValue *value)
{
  g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;
  g_auto (TribesMemberMessage) again = TRIBES_MEMBER_MESSAGE_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) written = NULL;

  if (!tribes_member_message_read (value, &message, &error))
    {
      g_assert_nonnull (error);
      return;
    }
  apply (&message);
  written = tribes_member_message_write (message.kind, message.id, message.member);
  g_assert_true (tribes_member_message_read (written, &again, NULL));
  g_assert_cmpint (message.kind, ==, again.kind);
  g_assert_true (g_bytes_equal (message.id, again.id));
  g_assert_true (tribes_member_equal (message.member, again.member));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  g_autofree TribesRpcIds *same = g_new (TribesRpcIds, 1);
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GBytes) again = NULL;
  g_autoptr (TribesJavaValue) value = NULL;
  TribesRpcKind kind = tribes_rpc_parse (data, size, ids);

  if (kind == TRIBES_RPC_NONE)
    value = tribes_java_value_deserialize (bytes, NULL);
  else if (kind != TRIBES_RPC_NO_CHANNEL)
    value = tribes_rpc_read (bytes, NULL);
  if (kind != TRIBES_RPC_NONE)
    {
      answer (ids, value);
      again = kind == TRIBES_RPC_NO_CHANNEL ? tribes_rpc_no_channel_reply (ids)
                                            : tribes_rpc_write (ids, kind, value, NULL);
      if (again)
        {
          const guint8 *at = g_bytes_get_data (again, &size);

          g_assert_cmpint (tribes_rpc_parse (at, size, same), ==, kind);
          g_assert_cmpmem (ids->uuid, ids->uuid_size, same->uuid, same->uuid_size);
          g_assert_cmpmem (ids->id, ids->id_size, same->id, same->id_size);
        }
    }
  if (value)
    read_member_message (value);
  return 0;
}
