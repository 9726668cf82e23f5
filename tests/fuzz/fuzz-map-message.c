/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of replicated maps. One that is accepted says the same when it was written again, and
 * what it carries is read for as far as it goes.
 */
#include "catalina_ha/messages/catalina-map-message-private.h"
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "catalina_ha/messages/catalina-skim-private.h"
#include "tests/fuzz/fuzz-target.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"

static TribesJavaValue *
write_member (TribesMember *member, gpointer user_data)
{
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new ("org.apache.catalina.tribes.membership.MemberImpl", 1,
                               TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                               NULL, 0, NULL);
  g_autoptr (GBytes) package = tribes_member_encode (member);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  guint32 size = GUINT32_TO_BE ((guint32) g_bytes_get_size (package));

  tribes_java_builder_add_data (builder, (const guint8 *) &size, sizeof size);
  tribes_java_builder_add_data (builder, g_bytes_get_data (package, NULL),
                                g_bytes_get_size (package));
  return tribes_java_builder_finish (builder);
}

static void
assert_bytes (CatalinaMapBytes a, CatalinaMapBytes b)
{
  g_assert_true ((a.data == NULL) == (b.data == NULL));
  g_assert_cmpmem (a.data, a.size, b.data, b.size);
}

static void
assert_same (const CatalinaMapMessage *a, const CatalinaMapMessage *b)
{
  g_assert_cmpint (a->type, ==, b->type);
  g_assert_cmpint (a->is_diff, ==, b->is_diff);
  assert_bytes (a->map, b->map);
  assert_bytes (a->key, b->key);
  assert_bytes (a->value, b->value);
  assert_bytes (a->diff, b->diff);
  g_assert_true ((a->primary == NULL) == (b->primary == NULL));
  g_assert_true (!a->primary || tribes_member_equal (a->primary, b->primary));
  g_assert_true ((a->nodes == NULL) == (b->nodes == NULL));
  g_assert_true (!a->nodes || a->nodes->len == b->nodes->len);
}

static void
read_list (CatalinaMapBytes list)
{
  g_autoptr (CatalinaMapReader) reader
      = catalina_map_reader_new_for_list (list.data, list.size, NULL);

  while (reader && catalina_map_reader_get_left (reader) > 0)
    {
      g_auto (CatalinaMapMessage) entry = { 0 };

      if (!catalina_map_reader_next (reader, &entry, NULL))
        return;
    }
}

static void
read_session (CatalinaMapBytes value)
{
  g_autoptr (GBytes) bytes = g_bytes_new (value.data, value.size);
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (bytes, NULL);
  g_auto (CatalinaSessionState) state = { 0 };
  g_autoptr (CatalinaStateWriter) writer = NULL;

  if (!reader || !catalina_state_reader_next (reader, &state, NULL))
    return;
  writer = catalina_state_writer_new_for_session (CATALINA_STATE_WITH_NOTES, 0);
  if (catalina_state_writer_add (writer, &state, NULL))
    g_bytes_unref (catalina_state_writer_finish (writer));
}

static void
read_inside (const CatalinaMapMessage *message)
{
  g_autofree char *key = catalina_map_message_dup_key (message);
  g_autofree char *map = catalina_map_message_dup_map (message);
  const char *plain;
  CatalinaMapState state;
  gsize size;

  /* Who reads it plainly, and who reads it whole, see the same. */
  if (catalina_map_message_peek_key (message, &plain, &size))
    g_assert_cmpmem (plain, size, key, key ? strlen (key) : 0);
  if (!message->value.data)
    return;
  (void) !catalina_map_message_get_state (message, &state, NULL);
  read_list (message->value);
  read_session (message->value);
}

static void
note_entry (const CatalinaSkim *entry, gpointer user_data)
{
  g_assert_nonnull (entry->map);
  g_assert_true (entry->session.text || entry->session.size == 0);
}

/* Who watches sees the same, whether it is alone or carried. */
static void
skim (const guint8 *data, gsize size, const CatalinaMapMessage *message)
{
  TribesRpcIds ids = { .uuid_size = 16, .id_size = 1 };
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, NULL);
  g_autoptr (GBytes) answer = value ? tribes_rpc_write (&ids, TRIBES_RPC_REPLY, value, NULL) : NULL;
  g_auto (CatalinaSkim) alone = { 0 };
  g_auto (CatalinaSkim) carried = { 0 };

  g_assert_true (catalina_skim_map (data, size, &alone));
  assert_same (&alone.map->message, message);
  if (catalina_skim_has_entries (&alone))
    (void) catalina_skim_entries (&alone, note_entry, NULL);
  if (!answer
      || !catalina_skim_rpc (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer), &carried))
    return;
  assert_same (&carried.map->message, message);
  g_assert_cmpmem (carried.session.text, carried.session.size, alone.session.text,
                   alone.session.size);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (CatalinaMapMessage) message = { 0 };
  g_auto (CatalinaMapMessage) again = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) written = NULL;

  if (!catalina_map_message_decode (data, size, &message, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  read_inside (&message);
  skim (data, size, &message);
  written = catalina_map_message_encode (&message, write_member, NULL);
  g_assert_true (catalina_map_message_decode (g_bytes_get_data (written, NULL),
                                              g_bytes_get_size (written), &again, &error));
  g_assert_no_error (error);
  assert_same (&message, &again);
  return 0;
}
