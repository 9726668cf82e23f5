/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-frame-private.h"

#include <string.h>

static TribesMessage *
sample (void)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("payload", 7);

  return tribes_message_new (member, payload, TRIBES_SEND_OPTIONS_USE_ACK, 1700000000000);
}

static void
test_round_trip (void)
{
  g_autoptr (TribesMessage) message = sample ();
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  g_autoptr (GBytes) encoded = tribes_message_encode (message);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (TribesMessage) decoded = NULL;
  g_autoptr (GError) error = NULL;
  TribesFrame frame;
  const guint8 *payload;
  gsize size;

  tribes_frame_write_message (&writer, message);
  g_assert_cmpint (tribes_frame_parse (writer.data, writer.size, 0, G_MAXINT32, &frame, &error), ==,
                   TRIBES_FRAME_COMPLETE);
  g_assert_cmpint (frame.kind, ==, TRIBES_FRAME_MESSAGE);
  g_assert_cmpuint (frame.size, ==, writer.size);
  g_assert_cmpmem (frame.body, frame.body_size, g_bytes_get_data (encoded, NULL),
                   g_bytes_get_size (encoded));
  body = g_bytes_new (frame.body, frame.body_size);
  decoded = tribes_message_decode (body, &error);
  g_assert_no_error (error);
  g_assert_cmpint (tribes_message_get_options (decoded), ==, TRIBES_SEND_OPTIONS_USE_ACK);
  g_assert_cmpint (tribes_message_get_timestamp (decoded), ==, 1700000000000);
  payload = tribes_message_peek_payload (decoded, &size);
  g_assert_cmpmem (payload, size, "payload", 7);
}

/* Every prefix wants more, and knows how much once it has the length. */
static void
test_every_prefix_wants_more (void)
{
  g_autoptr (TribesMessage) message = sample ();
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  TribesFrame frame;

  tribes_frame_write_message (&writer, message);
  for (gsize size = 0; size < writer.size; size++)
    {
      g_autofree guint8 *exact = g_memdup2 (writer.data, size);

      g_assert_cmpint (tribes_frame_parse (exact, size, 0, G_MAXINT32, &frame, NULL), ==,
                       TRIBES_FRAME_WANTS_MORE);
      g_assert_cmpuint (frame.size, ==,
                        size < TRIBES_FRAME_HEAD_SIZE ? TRIBES_FRAME_HEAD_SIZE : writer.size);
    }
}

static void
test_hostile_heads (void)
{
  static const struct
  {
    const char *bytes;
    gsize size;
    int code;
    const char *message;
  } cases[] = {
    { "GET / HTTP/1.1", 14, TRIBES_ERROR_MALFORMED,
      "offset 70: frame begin marker: expected 464c5432303032, found 474554202f2048" },
    { "\x16", 1, TRIBES_ERROR_MALFORMED, "offset 70: frame begin marker: expected 46, found 16" },
    { "FLT2002\xff\xff\xff\xff", 11, TRIBES_ERROR_MALFORMED,
      "offset 77: frame body: expected a length, found -1" },
    { "FLT2002\x7f\xff\xff\xff", 11, TRIBES_ERROR_LIMIT,
      "offset 77: frame body: expected at most 1000, found 2147483647" },
    { "FLT2002\0\0\0\1xTLF2004", 19, TRIBES_ERROR_MALFORMED,
      "offset 82: frame end marker: expected 544c4632303033, found 544c4632303034" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      TribesFrame frame;

      g_assert_cmpint (tribes_frame_parse ((const guint8 *) cases[i].bytes, cases[i].size, 70, 1000,
                                           &frame, &error),
                       ==, TRIBES_FRAME_BAD);
      g_assert_error (error, TRIBES_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
}

static void
test_acks (void)
{
  TribesFrame frame;

  g_assert_cmpint (tribes_frame_parse (tribes_frame_ack, TRIBES_FRAME_ACK_SIZE, 0, 3, &frame, NULL),
                   ==, TRIBES_FRAME_COMPLETE);
  g_assert_cmpint (frame.kind, ==, TRIBES_FRAME_ACK);
  g_assert_cmpint (tribes_frame_parse (tribes_frame_fail_ack, TRIBES_FRAME_ACK_SIZE, 0, 3, &frame,
                                       NULL),
                   ==, TRIBES_FRAME_COMPLETE);
  g_assert_cmpint (frame.kind, ==, TRIBES_FRAME_FAIL_ACK);
  g_assert_cmpuint (frame.size, ==, TRIBES_FRAME_ACK_SIZE);
}

static void
test_message_prefixes_and_flips (void)
{
  g_autoptr (TribesMessage) message = sample ();
  g_autoptr (GBytes) encoded = tribes_message_encode (message);
  gsize size = g_bytes_get_size (encoded);

  for (gsize n = 0; n < size; n++)
    {
      g_autoptr (GBytes) prefix = g_bytes_new (g_bytes_get_data (encoded, NULL), n);
      g_autoptr (GError) error = NULL;

      g_assert_null (tribes_message_decode (prefix, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_TRUNCATED);
    }
  for (gsize at = 0; at < size; at++)
    {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (encoded, NULL), size);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (TribesMessage) decoded = NULL;

      copy[at] ^= 0xff;
      changed = g_bytes_new_take (g_steal_pointer (&copy), size);
      decoded = tribes_message_decode (changed, NULL);
      if (decoded)
        {
          g_autoptr (GBytes) again = tribes_message_encode (decoded);
          g_assert_true (g_bytes_equal (changed, again));
        }
    }
}

static void
test_to_string (void)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  TribesMessageFields fields = { .options = 0x106,
                                 .unique_id = (const guint8 *) "\x01\x02\x03\x04\x05",
                                 .unique_id_size = 5,
                                 .payload = (const guint8 *) "abc",
                                 .payload_size = 3 };
  g_autoptr (TribesMessage) message = NULL;
  g_autofree char *text = NULL;

  fields.address = tribes_member_peek_package (member, &fields.address_size);
  fields.known = member;
  message = tribes_message_new_from_fields (&fields, NULL);
  text = tribes_message_to_string (message);
  g_assert_cmpstr (
      text, ==, "message 01020304 from 127.0.0.1:4000{00000000}, options ack+sync+0x100, 3 bytes");
  g_assert_true (tribes_message_peek_address (message) == member);
}

/* What is left when a trailer is taken away again, and its maker is gone. */
static void
check_head (gsize size, gboolean is_shared)
{
  g_autofree guint8 *data = g_malloc (size);
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) empty = g_bytes_new (NULL, 0);
  g_autoptr (TribesMessage) message
      = tribes_message_new (member, empty, TRIBES_SEND_OPTIONS_USE_ACK, 5);
  g_autoptr (TribesMessage) whole = NULL;
  g_autoptr (TribesMessage) head = NULL;
  const guint8 *before, *after;
  gsize before_size, after_size;

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (i * 7);
  whole = tribes_message_with_trailer (message, data, size, (const guint8 *) "1234", 4);
  before = tribes_message_peek_payload (whole, &before_size);
  g_assert_cmpmem (before, before_size - 4, data, size);
  head = tribes_message_with_head (whole, size);
  after = tribes_message_peek_payload (head, &after_size);
  g_assert_true ((before == after) == is_shared);
  g_clear_pointer (&whole, tribes_message_unref);
  g_assert_cmpmem (after, after_size, data, size);
  g_assert_cmpint (tribes_message_get_options (head), ==, TRIBES_SEND_OPTIONS_USE_ACK);
  g_assert_cmpint (tribes_message_get_timestamp (head), ==, 5);
}

static void
test_message_head (void)
{
  check_head (925, FALSE);
  check_head (577000, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/frame/round-trip", test_round_trip);
  g_test_add_func ("/wire/frame/every-prefix-wants-more", test_every_prefix_wants_more);
  g_test_add_func ("/wire/frame/hostile-heads", test_hostile_heads);
  g_test_add_func ("/wire/frame/acks", test_acks);
  g_test_add_func ("/wire/message/prefixes-and-flips", test_message_prefixes_and_flips);
  g_test_add_func ("/wire/message/head", test_message_head);
  g_test_add_func ("/wire/message/to-string", test_to_string);
  return g_test_run ();
}
