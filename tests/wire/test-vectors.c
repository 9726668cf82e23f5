/* SPDX-License-Identifier: Apache-2.0
 *
 * What Tomcat wrote: each recorded vector decodes to what Tomcat says it means, and what is built
 * from that meaning encodes to the very bytes Tomcat wrote.
 */
#include "tests/wire/vector-member.h"
#include "tribes/wire/tribes-frame-private.h"

#include <string.h>

static void
check_member (Vector *vector)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMember) decoded = tribes_member_decode (vector->bytes, &error);
  g_autoptr (TribesMember) built = vector_build_member (vector, "");
  g_autoptr (GBytes) encoded = tribes_member_encode (built);

  g_assert_no_error (error);
  vector_assert_member (vector, "", decoded);
  g_assert_true (tribes_member_equal (decoded, built));
  g_assert_true (g_bytes_equal (encoded, vector->bytes));
}

static void
assert_message (Vector *vector, TribesMessage *message)
{
  g_autoptr (TribesMember) address = tribes_message_dup_address (message);

  g_assert_cmpint (tribes_message_get_options (message), ==,
                   vector_get_number (vector, "", "options"));
  g_assert_cmpint (tribes_message_get_timestamp (message), ==,
                   vector_get_number (vector, "", "timestamp"));
  vector_assert_bytes (vector, "", "unique-id", tribes_message_dup_unique_id (message));
  vector_assert_bytes (vector, "", "content", tribes_message_dup_payload (message));
  vector_assert_member (vector, "member-", address);
}

static TribesMessage *
build_message (Vector *vector)
{
  g_autoptr (TribesMember) address = vector_build_member (vector, "member-");
  g_autoptr (GBytes) content = vector_get_bytes (vector, "", "content");
  g_autoptr (GBytes) id = vector_get_bytes (vector, "", "unique-id");
  TribesMessageFields fields = { .options = (guint32) vector_get_number (vector, "", "options"),
                                 .timestamp_ms = vector_get_number (vector, "", "timestamp") };

  fields.unique_id = g_bytes_get_data (id, &fields.unique_id_size);
  fields.address = tribes_member_peek_package (address, &fields.address_size);
  fields.payload = g_bytes_get_data (content, &fields.payload_size);
  fields.known = address;
  return tribes_message_new_from_fields (&fields, NULL);
}

static void
check_message (Vector *vector)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMessage) decoded = tribes_message_decode (vector->bytes, &error);
  g_autoptr (TribesMessage) built = build_message (vector);
  g_autoptr (GBytes) encoded = tribes_message_encode (built);

  g_assert_no_error (error);
  assert_message (vector, decoded);
  g_assert_true (g_bytes_equal (encoded, vector->bytes));
}

static TribesFrame
parse_frame (Vector *vector)
{
  g_autoptr (GError) error = NULL;
  TribesFrame frame;
  gsize size;
  const guint8 *data = g_bytes_get_data (vector->bytes, &size);

  g_assert_cmpint (tribes_frame_parse (data, size, 0, G_MAXINT32, &frame, &error), ==,
                   TRIBES_FRAME_COMPLETE);
  g_assert_no_error (error);
  g_assert_cmpuint (frame.size, ==, size);
  return frame;
}

static void
check_frame (Vector *vector)
{
  TribesFrame frame = parse_frame (vector);
  g_autoptr (GBytes) body = g_bytes_new (frame.body, frame.body_size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMessage) decoded = tribes_message_decode (body, &error);
  g_autoptr (TribesMessage) built = build_message (vector);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  g_assert_no_error (error);
  g_assert_cmpint (frame.kind, ==, TRIBES_FRAME_MESSAGE);
  assert_message (vector, decoded);
  tribes_frame_write_message (&writer, built);
  g_assert_cmpmem (writer.data, writer.size, g_bytes_get_data (vector->bytes, NULL),
                   g_bytes_get_size (vector->bytes));
}

static void
check_ack (Vector *vector)
{
  g_assert_cmpint (parse_frame (vector).kind, ==, TRIBES_FRAME_ACK);
  g_assert_cmpmem (g_bytes_get_data (vector->bytes, NULL), g_bytes_get_size (vector->bytes),
                   tribes_frame_ack, TRIBES_FRAME_ACK_SIZE);
}

static void
check_fail_ack (Vector *vector)
{
  g_assert_cmpint (parse_frame (vector).kind, ==, TRIBES_FRAME_FAIL_ACK);
  g_assert_cmpmem (g_bytes_get_data (vector->bytes, NULL), g_bytes_get_size (vector->bytes),
                   tribes_frame_fail_ack, TRIBES_FRAME_ACK_SIZE);
}

/* Other kinds are the business of the layers that know them. */
static const struct
{
  const char *kind;
  void (*check) (Vector *vector);
} checks[] = {
  { "ack", check_ack },       { "fail-ack", check_fail_ack }, { "frame", check_frame },
  { "member", check_member }, { "message", check_message },
};

static void
test_vector (gconstpointer path)
{
  g_autoptr (Vector) vector = vector_load (path);

  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    if (strcmp (vector_get_text (vector, "", "kind"), checks[i].kind) == 0)
      checks[i].check (vector);
}

static gboolean
is_ours (const char *path)
{
  g_autoptr (Vector) vector = vector_load (path);

  for (gsize i = 0; i < G_N_ELEMENTS (checks); i++)
    if (strcmp (vector_get_text (vector, "", "kind"), checks[i].kind) == 0)
      return TRUE;
  return FALSE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = NULL;
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  folder = g_test_build_filename (G_TEST_DIST, "vectors", NULL);
  dir = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *test = g_strdup_printf ("/wire/vectors/%s", name);

      if (!g_str_has_suffix (name, ".bin") || !is_ours (path))
        continue;
      g_test_add_data_func (test, path, test_vector);
      g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  /* As many as were recorded when this was written; more are welcome. */
  g_assert_cmpuint (paths->len, >=, 22);
  return g_test_run ();
}
