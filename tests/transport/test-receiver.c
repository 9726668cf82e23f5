/* SPDX-License-Identifier: Apache-2.0
 *
 * A receiver on loopback, and what others may do to it.
 */
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tribes/transport/tribes-receiver-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-frame-private.h"

typedef struct
{
  TribesReceiver *receiver;
  guint n_messages;
  guint n_before_ack; /* acks sent when the last message was processed */
  gboolean fail;
} Fixture;

static gboolean
on_message (TribesMessage *message, gpointer data, GError **error)
{
  Fixture *fixture = data;

  fixture->n_messages++;
  fixture->n_before_ack = (guint) tribes_receiver_get_acks_sent (fixture->receiver);
  if (fixture->fail)
    g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_FAILED, "no");
  return !fixture->fail;
}

static void
setup (Fixture *fixture, gconstpointer limits)
{
  g_autoptr (GError) error = NULL;

  fixture->receiver = tribes_receiver_new ();
  g_object_set (fixture->receiver, "address", "127.0.0.1", "port", 0, NULL);
  if (limits)
    tribes_receiver_set_limits (fixture->receiver, limits);
  tribes_receiver_set_callback (fixture->receiver, on_message, fixture);
  g_assert_true (tribes_receiver_start (fixture->receiver, &error));
  g_assert_no_error (error);
}

static void
teardown (Fixture *fixture, gconstpointer limits)
{
  g_assert_finalize_object (fixture->receiver);
}

static GSocket *
connect_to (Fixture *fixture)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address
      = g_inet_socket_address_new_from_string ("127.0.0.1", (guint) tribes_receiver_get_port (
                                                                fixture->receiver));
  g_autoptr (GError) error = NULL;

  g_socket_connect (socket, address, NULL, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (socket, FALSE);
  return g_steal_pointer (&socket);
}

static void
write_to (GSocket *socket, const void *data, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_socket_send (socket, data, size, NULL, &error), ==, (gssize) size);
  g_assert_no_error (error);
}

static void
write_message (GSocket *socket, TribesSendOptions options)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("p", 1);
  g_autoptr (TribesMessage) message = tribes_message_new (member, payload, options, 0);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  tribes_frame_write_message (&writer, message);
  write_to (socket, writer.data, writer.size);
}

/* Runs the loop until @socket has @size bytes or is closed; returns how many it had. */
static gsize
read_from (GSocket *socket, guint8 *data, gsize size)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
  gsize have = 0;

  while (have < size && g_get_monotonic_time () < end)
    {
      gssize n = g_socket_receive (socket, (char *) data + have, size - have, NULL, NULL);

      if (n == 0)
        return have;
      if (n > 0)
        have += (gsize) n;
      else
        g_main_context_iteration (NULL, FALSE);
    }
  return have;
}

static void
wait_for_messages (Fixture *fixture, guint n)
{
  while (fixture->n_messages < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_closed (GSocket *socket)
{
  guint8 byte;

  g_assert_cmpuint (read_from (socket, &byte, 1), ==, 0);
}

static void
test_acks (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = connect_to (fixture);
  guint8 ack[TRIBES_FRAME_ACK_SIZE];

  /* Before the message is processed. */
  write_message (socket, TRIBES_SEND_OPTIONS_USE_ACK);
  g_assert_cmpuint (read_from (socket, ack, sizeof ack), ==, sizeof ack);
  g_assert_cmpmem (ack, sizeof ack, tribes_frame_ack, sizeof ack);
  g_assert_cmpuint (fixture->n_before_ack, ==, 1);
  /* Behind it, with the outcome. */
  write_message (socket, 6);
  g_assert_cmpuint (read_from (socket, ack, sizeof ack), ==, sizeof ack);
  g_assert_cmpmem (ack, sizeof ack, tribes_frame_ack, sizeof ack);
  g_assert_cmpuint (fixture->n_before_ack, ==, 1);
  fixture->fail = TRUE;
  write_message (socket, 6);
  g_assert_cmpuint (read_from (socket, ack, sizeof ack), ==, sizeof ack);
  g_assert_cmpmem (ack, sizeof ack, tribes_frame_fail_ack, sizeof ack);
  /* Alone, the synchronized bit asks for nothing. */
  write_message (socket, TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK);
  wait_for_messages (fixture, 4);
  g_assert_cmpuint (tribes_receiver_get_acks_sent (fixture->receiver), ==, 3);
}

/* Noise costs its own connection; another one goes on, and so does what came before the noise. */
static void
test_noise (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) good = connect_to (fixture);
  g_autoptr (GSocket) bad = connect_to (fixture);

  g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                         "connection from 127.0.0.1:* closed: offset *: frame begin marker: "
                         "expected 464c5432303032, found 474554202f2048");
  write_message (bad, TRIBES_SEND_OPTIONS_NONE);
  write_to (bad, "GET / HTTP/1.1\r\n\r\n", 18);
  assert_closed (bad);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (fixture->n_messages, ==, 1);
  write_message (good, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 2);
  g_assert_cmpuint (tribes_receiver_get_connections_refused (fixture->receiver), ==, 1);
}

/* A flood of bad connections is reported a few times, not each time. */
static void
test_rate_limit (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 5; i++)
    g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE, "connection from *");
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GSocket) bad = connect_to (fixture);

      write_to (bad, "x", 1);
      assert_closed (bad);
    }
  g_test_assert_expected_messages ();
  g_assert_cmpuint (tribes_receiver_get_connections_refused (fixture->receiver), ==, 50);
}

static void
test_trickle (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) slow = connect_to (fixture);

  g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                         "connection from * closed: offset 0: expected a frame of 11 bytes within "
                         "1 ms, found 3 of them");
  write_to (slow, "FLT", 3);
  assert_closed (slow);
  g_test_assert_expected_messages ();
}

/* Unfinished frames may hold so much memory and no more. */
static void
test_pending (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) greedy = connect_to (fixture);
  g_autoptr (GSocket) other = connect_to (fixture);
  g_autofree char *body = g_strnfill (1000000, 'x');

  g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                         "connection from * closed: expected at most 100000 bytes of unfinished "
                         "frames on all connections, found *");
  write_to (greedy, "FLT2002\x0f\xff\xff\xff", 11);
  g_socket_set_blocking (greedy, FALSE);
  for (guint i = 0; i < 20; i++)
    {
      g_socket_send (greedy, body, 20000, NULL, NULL);
      g_main_context_iteration (NULL, FALSE);
      if (tribes_receiver_get_connections_refused (fixture->receiver) > 0)
        break;
    }
  while (tribes_receiver_get_connections_refused (fixture->receiver) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_test_assert_expected_messages ();
  write_message (other, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 1);
}

#ifndef __SANITIZE_ADDRESS__
static guint64
get_virtual_size (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  return g_ascii_strtoull (text, NULL, 10) * (guint64) sysconf (_SC_PAGESIZE);
}

/* Writes to all of them in turn until the receiver has closed one. */
static void
fill_memory (Fixture *fixture, GSocket *const *sockets, guint n, const char *some, gsize size)
{
  guint refused = (guint) tribes_receiver_get_connections_refused (fixture->receiver);

  for (guint i = 0; tribes_receiver_get_connections_refused (fixture->receiver) == refused; i++)
    {
      g_socket_send (sockets[i % n], some, size, NULL, NULL);
      for (guint turn = 0; turn < 8; turn++)
        g_main_context_iteration (NULL, FALSE);
    }
}

/* Half frames for which there is no memory cost the connections they came over. */
static void
test_no_memory (void)
{
  const TribesLimits limits = { .frame_bytes = 256 << 20,
                                .pending_bytes = 512 << 20,
                                .member_bytes = 65536,
                                .unique_id_bytes = 64,
                                .connections = 16,
                                .frame_ms = 60000 };
  Fixture fixture = { 0 };
  g_autofree char *some = NULL;
  GSocket *sockets[3];
  struct rlimit limit;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      g_test_trap_assert_stderr ("*no memory for more than * bytes of a frame of 251658*");
      return;
    }
  setup (&fixture, &limits);
  some = g_strnfill (65536, 'x');
  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    sockets[i] = connect_to (&fixture);
  g_assert_cmpint (getrlimit (RLIMIT_AS, &limit), ==, 0);
  limit.rlim_cur = get_virtual_size () + (64 << 20);
  g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    write_to (sockets[i], "FLT2002\x0f\0\0\0", 11);
  fill_memory (&fixture, sockets, G_N_ELEMENTS (sockets), some, 65536);
  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    g_clear_object (&sockets[i]);
  while (tribes_receiver_get_n_connections (fixture.receiver) > 0)
    g_main_context_iteration (NULL, TRUE);
  sockets[0] = connect_to (&fixture);
  write_message (sockets[0], TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (&fixture, 1);
  g_object_unref (sockets[0]);
  teardown (&fixture, NULL);
}
#endif

/* A newcomer is let in; the connection that was silent longest goes. */
static void
test_connection_limit (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) first = connect_to (fixture);
  g_autoptr (GSocket) second = NULL;
  g_autoptr (GSocket) third = NULL;

  write_message (first, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 1);
  second = connect_to (fixture);
  write_message (second, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 2);
  write_message (first, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 3);
  g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                         "connection from * closed: expected at most 2 connections*");
  third = connect_to (fixture);
  write_message (third, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 4);
  g_test_assert_expected_messages ();
  assert_closed (second);
  write_message (first, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 5);
}

/* One that brought nothing goes before one that did, however long that one is silent. */
static void
test_silent_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) member = connect_to (fixture);
  g_autoptr (GSocket) idle = NULL;
  g_autoptr (GSocket) third = NULL;

  write_message (member, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 1);
  idle = connect_to (fixture);
  while (tribes_receiver_get_n_connections (fixture->receiver) < 2)
    g_main_context_iteration (NULL, TRUE);
  g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                         "connection from * closed: expected at most 2 connections*");
  third = connect_to (fixture);
  assert_closed (idle);
  g_test_assert_expected_messages ();
  write_message (member, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 2);
}

static rlim_t
set_descriptor_limit (rlim_t n)
{
  struct rlimit limit;
  rlim_t before;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  before = limit.rlim_cur;
  limit.rlim_cur = n;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  return before;
}

/* The lowest that is free. */
static rlim_t
next_descriptor (void)
{
  int fd = dup (STDERR_FILENO);

  close (fd);
  return (rlim_t) fd;
}

static void
iterate_for (gint64 us)
{
  gint64 end = g_get_monotonic_time () + us;

  while (g_get_monotonic_time () < end)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

/* Out of descriptors the silent ones make room, and a member keeps its connection. */
static void
test_descriptors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) member = connect_to (fixture);
  GSocket *idle[12];
  rlim_t before;

  write_message (member, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 1);
  for (guint i = 0; i < G_N_ELEMENTS (idle); i++)
    idle[i] = connect_to (fixture);
  for (guint i = 0; i < 5; i++)
    g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                           "connection from * closed: the process has no more file descriptors*");
  before = set_descriptor_limit (next_descriptor () + 4);
  while (tribes_receiver_get_connections_refused (fixture->receiver) < 8)
    g_main_context_iteration (NULL, TRUE);
  iterate_for (50000);
  g_assert_cmpuint (tribes_receiver_get_connections_refused (fixture->receiver), ==, 8);
  g_assert_cmpuint (tribes_receiver_get_n_connections (fixture->receiver), ==, 5);
  g_test_assert_expected_messages ();
  write_message (member, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 2);
  set_descriptor_limit (before);
  for (guint i = 0; i < G_N_ELEMENTS (idle); i++)
    g_object_unref (idle[i]);
}

static void
count_pauses (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  if (g_str_has_prefix (message, "cannot accept connections"))
    (*(guint *) data)++;
}

/* With nothing to close it waits, says so a few times, and goes on when there are some again. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = connect_to (fixture);
  guint n_lines = 0;
  guint handler
      = g_log_set_handler ("tribes-transport", G_LOG_LEVEL_MESSAGE, count_pauses, &n_lines);
  rlim_t before = set_descriptor_limit (next_descriptor ());

  iterate_for (1500000);
  g_assert_cmpuint (n_lines, ==, 5);
  set_descriptor_limit (before);
  write_message (socket, TRIBES_SEND_OPTIONS_NONE);
  wait_for_messages (fixture, 1);
  g_log_remove_handler ("tribes-transport", handler);
}

/* What the process may have is known when the receiver starts. */
static void
test_descriptor_limit (void)
{
  Fixture fixture = { 0 };
  GSocket *sockets[40];
  rlim_t before = set_descriptor_limit (40);

  setup (&fixture, NULL);
  set_descriptor_limit (before);
  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    sockets[i] = connect_to (&fixture);
  for (guint i = 0; i < 5; i++)
    g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                           "connection from * closed: expected at most 24 connections*");
  while (tribes_receiver_get_connections_refused (fixture.receiver) < 16)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (tribes_receiver_get_n_connections (fixture.receiver), ==, 24);
  g_test_assert_expected_messages ();
  for (guint i = 0; i < G_N_ELEMENTS (sockets); i++)
    g_object_unref (sockets[i]);
  teardown (&fixture, NULL);
}

/* A peer that never reads its acknowledgements cannot make us keep more and more of them. */
static void
test_unread_acks (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("p", 1);
  g_autoptr (TribesMessage) message
      = tribes_message_new (member, payload, TRIBES_SEND_OPTIONS_USE_ACK, 0);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  g_autoptr (GSocket) socket = connect_to (fixture);
  gsize at = 0;

  g_test_expect_message ("tribes-transport", G_LOG_LEVEL_MESSAGE,
                         "connection from * closed: expected it to read its acknowledgements*");
  for (guint i = 0; i < 1000; i++)
    tribes_frame_write_message (&writer, message);
  while (tribes_receiver_get_connections_refused (fixture->receiver) == 0)
    {
      gssize n
          = g_socket_send (socket, (const char *) writer.data + at, writer.size - at, NULL, NULL);

      if (n > 0)
        at = (at + (gsize) n) % writer.size;
      g_main_context_iteration (NULL, FALSE);
    }
  g_test_assert_expected_messages ();
}

static void
stop_receiver (GObject *object, gpointer data)
{
  tribes_receiver_stop (TRIBES_RECEIVER (object));
}

static gboolean
on_message_stop (TribesMessage *message, gpointer data, GError **error)
{
  Fixture *fixture = data;

  fixture->n_messages++;
  stop_receiver (G_OBJECT (fixture->receiver), NULL);
  return TRUE;
}

/* A callback may stop the receiver that calls it. */
static void
test_stop_in_callback (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = connect_to (fixture);

  tribes_receiver_set_callback (fixture->receiver, on_message_stop, fixture);
  write_message (socket, 6);
  write_message (socket, 6);
  wait_for_messages (fixture, 1);
  g_assert_cmpuint (tribes_receiver_get_n_connections (fixture->receiver), ==, 0);
  g_assert_cmpuint (fixture->n_messages, ==, 1);
}

static void
test_bad_address (void)
{
  static const struct
  {
    const char *address;
    const char *message;
  } cases[] = {
    { "no.such.host.invalid", "receiver address \"no.such.host.invalid\": *" },
    { "192.0.2.1", "cannot listen at 192.0.2.1, port 4000: *" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TribesReceiver) receiver = tribes_receiver_new ();
      g_autoptr (GError) error = NULL;

      g_object_set (receiver, "address", cases[i].address, "auto-bind", 0, NULL);
      g_assert_false (tribes_receiver_start (receiver, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
      g_assert_true (g_pattern_match_simple (cases[i].message, error->message));
    }
}

/* More than are taken apart before the first is handed up. */
#define N_PIPED 50

/* @n messages in one write; each carries @tag and its number. */
static void
write_piped (GSocket *socket, char tag, guint n, TribesSendOptions options)
{
  g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", 4000, NULL, NULL);
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("%c%03u", tag, i);
      g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
      g_autoptr (TribesMessage) message = tribes_message_new (member, payload, options, 0);

      tribes_frame_write_message (&writer, message);
    }
  write_to (socket, writer.data, writer.size);
}

static void
append_payload (GString *all, TribesMessage *message)
{
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);

  g_string_append_len (all, (const char *) payload, (gssize) size);
}

typedef struct
{
  GString *from_a, *from_b;
  guint n_b_wanted;
} Nested;

/* The first message of one connection waits for all of another's. */
static gboolean
on_nested_message (TribesMessage *message, gpointer data, GError **error)
{
  Nested *nested = data;
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);
  gboolean is_first = payload[0] == 'a' && nested->from_a->len == 0;

  append_payload (payload[0] == 'a' ? nested->from_a : nested->from_b, message);
  while (is_first && nested->from_b->len < 4 * nested->n_b_wanted)
    g_main_context_iteration (NULL, TRUE);
  return TRUE;
}

static char *
expected_payloads (char tag, guint n)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (all, "%c%03u", tag, i);
  return g_string_free (all, FALSE);
}

/* What was read for one connection stays what it was while a callback reads from another. */
static void
test_nested (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) a = connect_to (fixture);
  g_autoptr (GSocket) b = connect_to (fixture);
  g_autoptr (GString) from_a = g_string_new (NULL);
  g_autoptr (GString) from_b = g_string_new (NULL);
  g_autofree char *expected_a = expected_payloads ('a', N_PIPED);
  g_autofree char *expected_b = expected_payloads ('b', N_PIPED);
  Nested nested = { from_a, from_b, N_PIPED };

  tribes_receiver_set_callback (fixture->receiver, on_nested_message, &nested);
  while (tribes_receiver_get_n_connections (fixture->receiver) < 2)
    g_main_context_iteration (NULL, TRUE);
  /* Both lie ready before either is read. */
  write_piped (a, 'a', N_PIPED, TRIBES_SEND_OPTIONS_NONE);
  write_piped (b, 'b', N_PIPED, TRIBES_SEND_OPTIONS_NONE);
  while (from_a->len < strlen (expected_a))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (from_a->str, ==, expected_a);
  g_assert_cmpstr (from_b->str, ==, expected_b);
}

static gboolean
fail_every_third (TribesMessage *message, gpointer data, GError **error)
{
  guint *n = data;

  if (++*n % 3 != 0)
    return TRUE;
  g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_FAILED, "a third one");
  return FALSE;
}

/* Acknowledgements that leave together are in the order of their messages. */
static void
test_piped_acks (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = connect_to (fixture);
  guint8 acks[N_PIPED][TRIBES_FRAME_ACK_SIZE];
  guint n = 0;

  tribes_receiver_set_callback (fixture->receiver, fail_every_third, &n);
  write_piped (socket, 'a', N_PIPED, 6);
  g_assert_cmpuint (read_from (socket, acks[0], sizeof acks), ==, sizeof acks);
  for (guint i = 0; i < N_PIPED; i++)
    g_assert_cmpmem (acks[i], TRIBES_FRAME_ACK_SIZE,
                     (i + 1) % 3 == 0 ? tribes_frame_fail_ack : tribes_frame_ack,
                     TRIBES_FRAME_ACK_SIZE);
}

typedef struct
{
  TribesReceiver *receiver;
  TribesHeldAck *held; /* (nullable): of the first message that came */
  guint n;
  guint n_kept;
} Keeper;

static gboolean
keep_first (TribesMessage *message, gpointer data, GError **error)
{
  Keeper *keeper = data;
  TribesHeldAck *held = tribes_receiver_hold_ack (keeper->receiver, 60000);

  keeper->n_kept += held != NULL;
  g_assert_null (tribes_receiver_hold_ack (keeper->receiver, 60000));
  if (keeper->n++ == 0)
    keeper->held = g_steal_pointer (&held);
  g_clear_pointer (&held, tribes_held_ack_free);
  return TRUE;
}

static void
wait_for_kept (Keeper *keeper, guint n)
{
  while (keeper->n < n)
    g_main_context_iteration (NULL, TRUE);
}

/* What is acknowledged later keeps back what comes behind it, and nobody else. */
static void
test_held (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = connect_to (fixture);
  g_autoptr (GSocket) other = connect_to (fixture);
  guint8 acks[3][TRIBES_FRAME_ACK_SIZE];
  Keeper keeper = { .receiver = fixture->receiver };

  tribes_receiver_set_callback (fixture->receiver, keep_first, &keeper);
  write_message (socket, 6);
  wait_for_kept (&keeper, 1);
  write_message (socket, 6);
  write_message (socket, TRIBES_SEND_OPTIONS_USE_ACK);
  wait_for_kept (&keeper, 3);
  write_message (other, 6);
  g_assert_cmpuint (read_from (other, acks[0], sizeof acks[0]), ==, sizeof acks[0]);
  g_assert_cmpuint (tribes_receiver_get_acks_sent (fixture->receiver), ==, 1);
  /* Nobody waits for what is done where it is acknowledged when it arrives. */
  g_assert_cmpuint (keeper.n_kept, ==, 3);
  tribes_held_ack_free (keeper.held);
  g_assert_cmpuint (read_from (socket, acks[0], sizeof acks), ==, sizeof acks);
}

/* Who waits may be gone, and so may the receiver. */
static void
test_held_for_nobody (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocket) socket = connect_to (fixture);
  Keeper keeper = { .receiver = fixture->receiver };

  tribes_receiver_set_callback (fixture->receiver, keep_first, &keeper);
  write_message (socket, 6);
  wait_for_kept (&keeper, 1);
  tribes_receiver_stop (fixture->receiver);
  g_assert_false (tribes_held_ack_is_held (keeper.held));
  tribes_held_ack_free (keeper.held);
}

#define ADD(name, limits, func)                                                                    \
  g_test_add ("/transport/receiver/" name, Fixture, limits, setup, func, teardown)

int
main (int argc, char *argv[])
{
  TribesLimits impatient = *tribes_limits_get_default ();
  TribesLimits narrow = impatient;
  TribesLimits few = impatient;

  impatient.frame_ms = 1;
  narrow.pending_bytes = 100000;
  few.connections = 2;
  g_test_init (&argc, &argv, NULL);
  ADD ("acks", NULL, test_acks);
  ADD ("noise", NULL, test_noise);
  ADD ("rate-limit", NULL, test_rate_limit);
  ADD ("trickle", &impatient, test_trickle);
  ADD ("pending", &narrow, test_pending);
  ADD ("connection-limit", &few, test_connection_limit);
  ADD ("silent-first", &few, test_silent_first);
  ADD ("unread-acks", NULL, test_unread_acks);
  ADD ("piped-acks", NULL, test_piped_acks);
  ADD ("held", NULL, test_held);
  ADD ("held-for-nobody", NULL, test_held_for_nobody);
  ADD ("nested", NULL, test_nested);
  ADD ("stop-in-callback", NULL, test_stop_in_callback);
  /* Valgrind does not hold a process to the limits that it sets itself. */
  if (!g_getenv ("TRIBES_TEST_VALGRIND"))
    {
      ADD ("descriptors", NULL, test_descriptors);
      ADD ("pause", NULL, test_pause);
      g_test_add_func ("/transport/receiver/descriptor-limit", test_descriptor_limit);
#ifndef __SANITIZE_ADDRESS__
      g_test_add_func ("/transport/receiver/no-memory", test_no_memory);
#endif
    }
  g_test_add_func ("/transport/receiver/bad-address", test_bad_address);
  return g_test_run ();
}
