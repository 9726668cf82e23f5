/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tribes/transport/tribes-connection-private.h"
#include "tribes/base/tribes-error.h"

#define SECOND G_USEC_PER_SEC

static GBytes *
frames (guint n, gsize payload_size)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GBytes) payload = g_bytes_new_take (g_strnfill (payload_size, 'p'), payload_size);
      g_autoptr (TribesMessage) message
          = tribes_message_new (member, payload, TRIBES_SEND_OPTIONS_USE_ACK, i);

      tribes_frame_write_message (&writer, message);
    }
  return tribes_writer_steal_bytes (&writer);
}

/* Gives @size bytes at a time to the connection, by whichever way it wants them. */
static guint
feed (TribesConnection *connection, GBytes *bytes, gsize step, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint n = 0;

  while (size > 0)
    {
      gsize piece = MIN (size, step);
      gsize room;
      guint8 *into = tribes_connection_room (connection, piece, &room);
      g_autofree guint8 *copy = NULL;
      const guint8 *at;
      gsize left = 0;

      if (into)
        {
          g_assert_cmpuint (room, <=, piece);
          piece = room;
          memcpy (into, data, piece);
          tribes_connection_filled (connection, piece);
          at = NULL;
        }
      else
        {
          /* An exact copy, so that reading beyond it is seen. */
          at = copy = g_memdup2 (data, piece);
          left = piece;
        }
      data += piece;
      size -= piece;
      for (;;)
        {
          g_autoptr (TribesMessage) message = NULL;
          TribesConnectionResult result
              = tribes_connection_next (connection, &at, &left, 0, &message, error);

          if (result == TRIBES_CONNECTION_BAD)
            return n;
          if (result == TRIBES_CONNECTION_WANTS_MORE)
            break;
          g_assert_cmpint (tribes_message_get_timestamp (message), ==, n);
          n++;
        }
    }
  return n;
}

static void
test_any_step (void)
{
  static const gsize steps[] = { 1, 2, 7, 11, 12, 100, 1000, 65536, 1 << 20 };
  static const gsize sizes[] = { 0, 1, 900, 70000 };

  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (GBytes) bytes = frames (5, sizes[s]);

      for (gsize i = 0; i < G_N_ELEMENTS (steps); i++)
        {
          TribesConnection connection;
          g_autoptr (GError) error = NULL;

          tribes_connection_init (&connection, tribes_limits_get_default ());
          g_assert_cmpuint (feed (&connection, bytes, steps[i], &error), ==, 5);
          g_assert_no_error (error);
          /* An idle connection keeps no memory and has no deadline. */
          g_assert_cmpuint (connection.partial_allocated, ==, 0);
          g_assert_cmpint (connection.deadline_us, ==, -1);
          g_assert_cmpuint (connection.offset, ==, g_bytes_get_size (bytes));
          tribes_connection_clear (&connection);
        }
    }
}

/* Frames share the member that sent them. */
static void
test_shared_sender (void)
{
  g_autoptr (GBytes) bytes = frames (2, 10);
  g_autoptr (TribesMessage) first = NULL;
  g_autoptr (TribesMessage) second = NULL;
  TribesConnection connection;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  tribes_connection_init (&connection, tribes_limits_get_default ());
  tribes_connection_next (&connection, &data, &size, 0, &first, NULL);
  tribes_connection_next (&connection, &data, &size, 0, &second, NULL);
  g_assert_true (tribes_message_peek_address (first) == tribes_message_peek_address (second));
  tribes_connection_clear (&connection);
}

/* What is announced is not allocated. */
static void
test_claimed_length (void)
{
  static const guint8 head[] = { 'F', 'L', 'T', '2', '0', '0', '2', 0x0f, 0xff, 0xff, 0xff, 1, 2 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (head, sizeof head);
  g_autoptr (GError) error = NULL;
  TribesConnection connection;

  tribes_connection_init (&connection, tribes_limits_get_default ());
  g_assert_cmpuint (feed (&connection, bytes, 100, &error), ==, 0);
  g_assert_no_error (error);
  g_assert_cmpuint (connection.wanted, ==, 0x0fffffff + 18);
  g_assert_cmpuint (connection.partial_allocated, <, 1024);
  tribes_connection_clear (&connection);
}

static void
test_bad_input (void)
{
  static const struct
  {
    const char *bytes;
    gsize size;
    const char *message;
  } cases[] = {
    { "noise", 5, "offset 0: frame begin marker: expected 464c543230, found 6e6f697365" },
    { "FLT2002\0\0\0\3\6\2\3TLF2003", 21,
      "offset 11: expected a message, found an acknowledgement" },
    { "FLT2002\0\0\0\4\0\0\0\1TLF2003", 22,
      "offset 15: message time stamp: expected 8 bytes, found the end after 0" },
    { "FLT2002\x7f\xff\xff\xff", 11,
      "offset 7: frame body: expected at most 268435456, found 2147483647" },
  };

  for (gsize step = 1; step < 30; step += 28)
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
      {
        g_autoptr (GBytes) bytes = g_bytes_new_static (cases[i].bytes, cases[i].size);
        g_autoptr (GError) error = NULL;
        TribesConnection connection;

        tribes_connection_init (&connection, tribes_limits_get_default ());
        g_assert_cmpuint (feed (&connection, bytes, step, &error), ==, 0);
        g_assert_nonnull (error);
        if (i > 0 || step > 1)
          g_assert_cmpstr (error->message, ==, cases[i].message);
        tribes_connection_clear (&connection);
      }
}

/* A byte a second is too slow for any frame; a large frame may take long as long as it moves. */
static void
test_trickle (void)
{
  TribesConnection connection;
  g_autoptr (GBytes) bytes = frames (1, 900);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GError) error = NULL;
  gint64 now = 0;

  tribes_connection_init (&connection, tribes_limits_get_default ());
  for (gsize i = 0; i < 30; i++, now += SECOND)
    {
      const guint8 *at = data + i;
      gsize one = 1;
      TribesMessage *message;

      g_assert_true (tribes_connection_check_deadline (&connection, now, &error));
      g_assert_cmpint (tribes_connection_next (&connection, &at, &one, now, &message, &error), ==,
                       TRIBES_CONNECTION_WANTS_MORE);
    }
  g_assert_false (tribes_connection_check_deadline (&connection, now, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT);
  g_assert_true (g_pattern_match_simple (
      "offset 0: expected a frame of * bytes within 30000 ms, found 30 of them", error->message));
  tribes_connection_clear (&connection);
}

static void
test_slow_but_steady (void)
{
  TribesConnection connection;
  g_autoptr (GBytes) bytes = frames (1, 2000000);
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMessage) message = NULL;
  gint64 now = 0;

  tribes_connection_init (&connection, tribes_limits_get_default ());
  while (size > 0)
    {
      gsize piece = MIN (size, 70000), left = piece;
      const guint8 *at = data;

      g_assert_true (tribes_connection_check_deadline (&connection, now, &error));
      tribes_connection_next (&connection, &at, &left, now, &message, &error);
      g_assert_no_error (error);
      data += piece;
      size -= piece;
      now += 20 * SECOND;
    }
  g_assert_nonnull (message);
  tribes_connection_clear (&connection);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport/connection/any-step", test_any_step);
  g_test_add_func ("/transport/connection/shared-sender", test_shared_sender);
  g_test_add_func ("/transport/connection/claimed-length", test_claimed_length);
  g_test_add_func ("/transport/connection/bad-input", test_bad_input);
  g_test_add_func ("/transport/connection/trickle", test_trickle);
  g_test_add_func ("/transport/connection/slow-but-steady", test_slow_but_steady);
  return g_test_run ();
}
