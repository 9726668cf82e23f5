/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/membership/tribes-mcast-core-private.h"

#include <string.h>

#include "tribes/wire/tribes-frame-private.h"

#define MS   G_GINT64_CONSTANT (1000)
#define BOTH (TRIBES_SERVICES_MBR_RX | TRIBES_SERVICES_MBR_TX)
#define ID_A "000102030405060708090a0b0c0d0e0f"
#define ID_B "100102030405060708090a0b0c0d0e0f"

static const TribesMcastConfig config = {
  .frequency_us = 500 * MS,
  .drop_us = 3000 * MS,
  .max_members = 4,
  .recovery_enabled = TRUE,
  .recovery_counter = 3,
  .recovery_sleep_us = 5000 * MS,
};

static TribesMember *
member_new (int port, const char *id, gint64 alive_ms)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesMember) young = tribes_member_new ("127.0.0.1", port, id, &error);

  g_assert_no_error (error);
  return tribes_member_with_alive_time (young, alive_ms);
}

static void
core_start (TribesMcastCore *core, TribesServices services, gint64 now_us)
{
  g_autoptr (TribesMember) local = member_new (4000, ID_A, 0);

  tribes_mcast_core_init (core, &config);
  tribes_mcast_core_set_local (core, local, now_us);
  tribes_mcast_core_start (core, &config, services, now_us);
}

static gboolean
core_hear (TribesMcastCore *core, TribesMember *member, gint64 now_us)
{
  g_autoptr (GBytes) package = tribes_member_encode (member);

  return tribes_mcast_core_receive (core, g_bytes_get_data (package, NULL),
                                    g_bytes_get_size (package), now_us, NULL);
}

/* The events that are queued: "+port", "-port", "message". */
static void
assert_events (TribesMcastCore *core, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  TribesMcastEvent event;

  while (tribes_mcast_core_pop_event (core, &event))
    {
      if (text->len > 0)
        g_string_append_c (text, ' ');
      if (event.kind == TRIBES_MCAST_MESSAGE)
        g_string_append (text, "message");
      else
        g_string_append_printf (text, "%c%d", event.kind == TRIBES_MCAST_MEMBER_ADDED ? '+' : '-',
                                tribes_member_get_port (event.member));
      tribes_mcast_event_clear (&event);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

/* The one datagram that is queued. */
static TribesMember *
pop_member (TribesMcastCore *core)
{
  g_autoptr (GBytes) datagram = tribes_mcast_core_pop_datagram (core);
  g_autoptr (GError) error = NULL;
  TribesMember *member;

  g_assert_nonnull (datagram);
  member = tribes_member_decode (datagram, &error);
  g_assert_no_error (error);
  g_assert_null (tribes_mcast_core_pop_datagram (core));
  return member;
}

static void
assert_nothing_sent (TribesMcastCore *core)
{
  g_assert_null (tribes_mcast_core_pop_datagram (core));
}

static void
assert_heartbeat (TribesMcastCore *core, gint64 alive_ms)
{
  g_autoptr (TribesMember) sent = pop_member (core);
  g_autoptr (GBytes) command = tribes_member_dup_command (sent);

  g_assert_cmpint (tribes_member_get_alive_time (sent), ==, alive_ms);
  g_assert_cmpuint (g_bytes_get_size (command), ==, 0);
}

static void
test_heartbeats (void)
{
  g_auto (TribesMcastCore) core;
  gint64 now = 77;

  core_start (&core, BOTH, now);
  assert_heartbeat (&core, 0);
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, now + 500 * MS);
  tribes_mcast_core_tick (&core, now + 500 * MS - 1);
  assert_nothing_sent (&core);
  tribes_mcast_core_tick (&core, now + 500 * MS);
  assert_heartbeat (&core, 500);
  /* Late by several: one, and the next one after a whole interval. */
  tribes_mcast_core_tick (&core, now + 2900 * MS);
  assert_heartbeat (&core, 2900);
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, now + 3400 * MS);
}

/* The last in everybody's order, however long it is there. */
static void
test_stays_young (void)
{
  g_auto (TribesMcastCore) core;

  core_start (&core, BOTH, 77);
  core.stays_young = TRUE;
  assert_heartbeat (&core, 0);
  tribes_mcast_core_tick (&core, 77 + 2900 * MS);
  assert_heartbeat (&core, 0);
}

static void
test_listener_is_silent (void)
{
  g_auto (TribesMcastCore) core;

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  tribes_mcast_core_tick (&core, 9000 * MS);
  tribes_mcast_core_stop (&core, TRIBES_SERVICES_DEFAULT, 9000 * MS);
  assert_nothing_sent (&core);
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, G_MAXINT64);
}

static void
test_announcer_is_deaf (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) other = member_new (4001, ID_B, 0);

  core_start (&core, TRIBES_SERVICES_MBR_TX, 0);
  g_assert_true (core_hear (&core, other, 0));
  assert_events (&core, "");
}

static void
test_join_refresh_expire (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) first = member_new (4001, ID_B, 0);
  g_autoptr (TribesMember) later = member_new (4001, ID_B, 500);

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  g_assert_true (core_hear (&core, first, 10 * MS));
  assert_events (&core, "+4001");
  g_assert_true (core_hear (&core, later, 510 * MS));
  assert_events (&core, "");
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, 3510 * MS + 1);
  tribes_mcast_core_tick (&core, 3510 * MS);
  assert_events (&core, "");
  tribes_mcast_core_tick (&core, 3510 * MS + 1);
  assert_events (&core, "-4001");
  g_assert_true (core_hear (&core, later, 3600 * MS));
  assert_events (&core, "+4001");
}

static void
test_shutdown (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) other = member_new (4001, ID_B, 0);
  g_autoptr (GBytes) command = g_bytes_new_static ("BABY-ALEX", 9);
  g_autoptr (GBytes) misspelt = g_bytes_new_static ("BABY-ALEXA", 10);
  g_autoptr (TribesMember) goodbye = tribes_member_with_command (other, command);
  g_autoptr (TribesMember) hello = tribes_member_with_command (other, misspelt);

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  g_assert_true (core_hear (&core, hello, 0));
  g_assert_true (core_hear (&core, goodbye, 1));
  assert_events (&core, "+4001 -4001");
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, G_MAXINT64);
  /* Whoever is not listed may still be a member to a failure detector. */
  g_assert_true (core_hear (&core, goodbye, 2));
  assert_events (&core, "-4001");
}

static void
test_restart_with_new_id (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) killed = member_new (4001, ID_A, 9000);
  g_autoptr (TribesMember) started = member_new (4001, ID_B, 0);
  g_autoptr (GPtrArray) members = NULL;

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  g_assert_true (core_hear (&core, killed, 0));
  g_assert_true (core_hear (&core, started, 1000 * MS));
  assert_events (&core, "+4001 +4001");
  members = tribes_member_table_list_members (&core.table);
  g_assert_true (tribes_member_equal (members->pdata[0], killed));
  tribes_mcast_core_tick (&core, 3001 * MS);
  assert_events (&core, "-4001");
  g_assert_nonnull (tribes_member_table_find (&core.table, started));
  g_assert_null (tribes_member_table_find (&core.table, killed));
}

/* One that is heard again and again at the place of one that is not has taken it. */
static void
test_replaced_within_drop_time (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) killed = member_new (4001, ID_A, 9000);
  g_autoptr (TribesMember) started = member_new (4001, ID_B, 0);
  g_autoptr (TribesMember) other = member_new (4002, ID_B, 0);

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  g_assert_true (core_hear (&core, killed, 0));
  g_assert_true (core_hear (&core, other, 0));
  g_assert_true (core_hear (&core, started, 400 * MS));
  g_assert_true (core_hear (&core, started, 900 * MS));
  assert_events (&core, "+4001 +4002 +4001");
  g_assert_true (core_hear (&core, started, 1400 * MS));
  assert_events (&core, "-4001");
  g_assert_null (tribes_member_table_find (&core.table, killed));
  g_assert_nonnull (tribes_member_table_find (&core.table, started));
  g_assert_nonnull (tribes_member_table_find (&core.table, other));
}

/* Whoever invents a member at the place of one that is there takes nothing from it. */
static void
test_not_replaced (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) real = member_new (4001, ID_A, 9000);
  g_autoptr (TribesMember) invented = member_new (4001, ID_B, 0);

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  for (gint64 now = 0; now < 20000 * MS; now += 500 * MS)
    {
      g_assert_true (core_hear (&core, real, now));
      g_assert_true (core_hear (&core, invented, now + 1));
      g_assert_true (core_hear (&core, invented, now + 499 * MS));
    }
  assert_events (&core, "+4001 +4001");
}

static void
test_own_datagrams (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (GBytes) heartbeat = NULL;
  g_autoptr (TribesMember) goodbye = NULL;

  core_start (&core, BOTH, 0);
  heartbeat = tribes_mcast_core_pop_datagram (&core);
  g_assert_true (tribes_mcast_core_receive (&core, g_bytes_get_data (heartbeat, NULL),
                                            g_bytes_get_size (heartbeat), 1, NULL));
  tribes_mcast_core_stop (&core, BOTH, 1200 * MS);
  goodbye = pop_member (&core);
  g_assert_cmpint (tribes_member_get_alive_time (goodbye), ==, 1200);
  tribes_mcast_core_start (&core, &config, TRIBES_SERVICES_MBR_RX, 1250 * MS);
  g_assert_true (core_hear (&core, goodbye, 1300 * MS));
  assert_events (&core, "");
}

/* As in Tomcat: who stops announcing is not gone as long as it listens. */
static void
test_goodbye_is_last (void)
{
  const TribesServices orders[][2] = { { TRIBES_SERVICES_MBR_TX, TRIBES_SERVICES_MBR_RX },
                                       { TRIBES_SERVICES_MBR_RX, TRIBES_SERVICES_MBR_TX } };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_auto (TribesMcastCore) core;
      g_autoptr (TribesMember) goodbye = NULL;

      core_start (&core, BOTH, 0);
      assert_heartbeat (&core, 0);
      tribes_mcast_core_stop (&core, orders[i][0], 100 * MS);
      g_assert_null (tribes_mcast_core_pop_datagram (&core));
      tribes_mcast_core_stop (&core, orders[i][1], 200 * MS);
      goodbye = pop_member (&core);
      g_assert_cmpint (tribes_member_get_alive_time (goodbye), ==, 200);
      g_assert_null (tribes_mcast_core_pop_datagram (&core));
    }
}

static void
test_only_who_announced_says_goodbye (void)
{
  g_auto (TribesMcastCore) core;

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  tribes_mcast_core_stop (&core, BOTH, 100 * MS);
  g_assert_null (tribes_mcast_core_pop_datagram (&core));
}

static void
test_stop_forgets (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) other = member_new (4001, ID_B, 0);
  g_autoptr (TribesMember) goodbye = NULL;
  g_autoptr (GBytes) command = NULL;

  core_start (&core, BOTH, 0);
  assert_heartbeat (&core, 0);
  g_assert_true (core_hear (&core, other, 0));
  tribes_mcast_core_stop (&core, TRIBES_SERVICES_DEFAULT, 100 * MS);
  goodbye = pop_member (&core);
  command = tribes_member_dup_command (goodbye);
  g_assert_cmpmem (g_bytes_get_data (command, NULL), g_bytes_get_size (command), "BABY-ALEX", 9);
  assert_events (&core, "");
  g_assert_cmpuint (tribes_member_table_size (&core.table), ==, 0);
  /* From standstill the alive time begins anew. */
  tribes_mcast_core_start (&core, &config, BOTH, 900 * MS);
  assert_heartbeat (&core, 0);
}

static void
test_new_payload_is_told_at_once (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) local = member_new (4000, ID_A, 0);
  g_autoptr (GBytes) text = g_bytes_new_static ("news", 4);
  g_autoptr (TribesMember) changed = tribes_member_with_payload (local, text);
  g_autoptr (TribesMember) sent = NULL;
  g_autoptr (GBytes) payload = NULL;

  core_start (&core, BOTH, 0);
  assert_heartbeat (&core, 0);
  tribes_mcast_core_set_local (&core, changed, 200 * MS);
  sent = pop_member (&core);
  payload = tribes_member_dup_payload (sent);
  g_assert_true (g_bytes_equal (payload, text));
  g_assert_cmpint (tribes_member_get_alive_time (sent), ==, 200);
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, 700 * MS);
}

static void
test_full (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) one_more = member_new (5000, ID_B, 0);
  g_autoptr (GBytes) package = tribes_member_encode (one_more);
  g_autoptr (GError) error = NULL;

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  for (int port = 4001; port <= 4004; port++)
    {
      g_autoptr (TribesMember) member = member_new (port, ID_B, 0);
      g_assert_true (core_hear (&core, member, 0));
    }
  assert_events (&core, "+4001 +4002 +4003 +4004");
  g_assert_false (tribes_mcast_core_receive (&core, g_bytes_get_data (package, NULL),
                                             g_bytes_get_size (package), 1, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==,
                   "member 127.0.0.1:5000{10010203}: expected at most 4 members, found one more");
  g_assert_false (core_hear (&core, one_more, 1));
  assert_events (&core, "");
}

static void
test_noise (void)
{
  static const struct
  {
    const char *bytes;
    gsize size;
    int code;
    const char *message;
  } cases[] = {
    { "", 0, TRIBES_ERROR_TRUNCATED,
      "offset 0: datagram: expected 11 bytes, found the end after 0" },
    { "hello", 5, TRIBES_ERROR_MALFORMED,
      "offset 0: frame begin marker: expected 464c543230, found 68656c6c6f" },
    { "TRIBES-B\1", 9, TRIBES_ERROR_MALFORMED,
      "offset 0: frame begin marker: expected 464c5432303032, found 5452494245532d" },
    { "TRIBES-B\1\0\xff\xff\xff\xff", 14, TRIBES_ERROR_MALFORMED,
      "offset 10: member body: expected a length, found -1" },
    { "TRIBES-B\0\0\0\2..TRIBES-E", 22, TRIBES_ERROR_UNSUPPORTED,
      "offset 0: member begin marker: expected version 1.0, found none: Tomcat 6 writes it so, and "
      "cannot be in one cluster with later ones" },
    { "FLT2002\0\0\0\7", 11, TRIBES_ERROR_TRUNCATED,
      "offset 0: frame: expected 25 bytes, found the end after 11" },
    { "FLT2002\0\0\0\3\6\2\3TLF2003", 21, TRIBES_ERROR_MALFORMED,
      "offset 0: frame: expected a message, found an acknowledgement" },
    { "FLT2002\0\0\0\0TLF2003", 18, TRIBES_ERROR_TRUNCATED,
      "offset 11: message options: expected 4 bytes, found the end after 0" },
  };
  g_auto (TribesMcastCore) core;

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (tribes_mcast_core_receive (&core, (const guint8 *) cases[i].bytes,
                                                 cases[i].size, 0, &error));
      g_assert_error (error, TRIBES_ERROR, cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].message);
    }
  assert_events (&core, "");
}

/* A host nobody can connect to is no member. */
static void
test_strange_host (void)
{
  g_auto (TribesMcastCore) core;
  guint8 id[TRIBES_MEMBER_ID_SIZE] = { 0 };
  TribesMemberFields fields
      = { .port = 4001, .host = (const guint8 *) "abcde", .host_size = 5, .unique_id = id };
  g_autoptr (TribesMember) member = tribes_member_new_from_fields (&fields);

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  g_assert_false (core_hear (&core, member, 0));
  assert_events (&core, "");
}

static void
assert_every_prefix_refused (TribesMcastCore *core, const guint8 *data, gsize size)
{
  for (gsize n = 0; n < size; n++)
    {
      /* A copy of its own: reading over its end is found by the sanitizers. */
      g_autofree guint8 *exact = g_memdup2 (data, n);

      g_assert_false (tribes_mcast_core_receive (core, exact, n, 0, NULL));
    }
}

static TribesMessage *
message_from (int port)
{
  g_autoptr (TribesMember) sender = member_new (port, ID_A, 0);
  g_autoptr (GBytes) payload = g_bytes_new_static ("payload", 7);

  return tribes_message_new (sender, payload, TRIBES_SEND_OPTIONS_MULTICAST, 1700000000000);
}

static void
test_every_prefix (void)
{
  g_auto (TribesMcastCore) core;
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  g_autoptr (TribesMember) other = member_new (4001, ID_B, 0);
  g_autoptr (GBytes) package = tribes_member_encode (other);
  g_autoptr (TribesMessage) message = message_from (4001);

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  assert_every_prefix_refused (&core, g_bytes_get_data (package, NULL), g_bytes_get_size (package));
  tribes_frame_write_message (&writer, message);
  assert_every_prefix_refused (&core, writer.data, writer.size);
  assert_events (&core, "");
}

static void
test_messages (void)
{
  g_auto (TribesMcastCore) core;
  g_auto (TribesWriter) writer = TRIBES_WRITER_INIT;
  g_autoptr (TribesMessage) foreign = message_from (4001);
  g_autoptr (TribesMessage) own = message_from (4000);
  TribesMcastEvent event;
  gsize size;

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  tribes_frame_write_message (&writer, foreign);
  size = writer.size;
  tribes_frame_write_message (&writer, own);
  tribes_frame_write_message (&writer, foreign);
  g_assert_true (tribes_mcast_core_receive (&core, writer.data, writer.size, 0, NULL));
  g_assert_true (tribes_mcast_core_pop_event (&core, &event));
  g_assert_cmpint (event.kind, ==, TRIBES_MCAST_MESSAGE);
  g_assert_cmpmem (g_bytes_get_data (event.frame, NULL), g_bytes_get_size (event.frame),
                   writer.data, size);
  tribes_mcast_event_clear (&event);
  assert_events (&core, "message");
  /* What follows a good frame costs the rest of the datagram only. */
  g_assert_false (tribes_mcast_core_receive (&core, writer.data, size + 3, 0, NULL));
  assert_events (&core, "message");
}

static void
test_recovery (void)
{
  g_auto (TribesMcastCore) core;

  core_start (&core, BOTH, 0);
  assert_heartbeat (&core, 0);
  g_assert_true (tribes_mcast_core_send_failed (&core, 0));
  g_assert_false (tribes_mcast_core_send_failed (&core, 500 * MS));
  g_assert_false (tribes_mcast_core_wants_reopen (&core, 500 * MS));
  g_assert_false (tribes_mcast_core_send_failed (&core, 1000 * MS));
  g_assert_true (tribes_mcast_core_wants_reopen (&core, 1000 * MS));
  g_assert_false (tribes_mcast_core_may_read (&core));
  tribes_mcast_core_reopened (&core, FALSE, 1000 * MS);
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, 6000 * MS);
  /* As often as it takes. */
  for (gint64 at = 6000 * MS; at < 600000 * MS; at += 5000 * MS)
    {
      tribes_mcast_core_tick (&core, at - 1);
      g_assert_false (tribes_mcast_core_wants_reopen (&core, at - 1));
      g_assert_true (tribes_mcast_core_wants_reopen (&core, at));
      tribes_mcast_core_reopened (&core, FALSE, at);
    }
  assert_nothing_sent (&core);
  tribes_mcast_core_reopened (&core, TRUE, 700000 * MS);
  assert_heartbeat (&core, 700000);
  g_assert_true (tribes_mcast_core_may_read (&core));
  g_assert_true (tribes_mcast_core_sent (&core, 700000 * MS));
  g_assert_false (tribes_mcast_core_sent (&core, 700500 * MS));
  g_assert_false (tribes_mcast_core_wants_reopen (&core, 700500 * MS));
}

/* Sending that works again after it failed: the group may be lost, so it is joined anew. */
static void
test_rejoins_after_failure (void)
{
  g_auto (TribesMcastCore) core;

  core_start (&core, BOTH, 0);
  g_assert_true (tribes_mcast_core_send_failed (&core, 0));
  g_assert_true (tribes_mcast_core_sent (&core, 500 * MS));
  g_assert_true (tribes_mcast_core_wants_reopen (&core, 500 * MS));
  tribes_mcast_core_reopened (&core, TRUE, 500 * MS);
  g_assert_false (tribes_mcast_core_sent (&core, 500 * MS));
  g_assert_false (tribes_mcast_core_wants_reopen (&core, 500 * MS));
}

static void
test_recovery_disabled (void)
{
  g_auto (TribesMcastCore) core;
  TribesMcastConfig without = config;

  without.recovery_enabled = FALSE;
  tribes_mcast_core_init (&core, &without);
  tribes_mcast_core_start (&core, &without, TRIBES_SERVICES_MBR_RX, 0);
  g_assert_true (tribes_mcast_core_read_failed (&core, 0));
  for (int i = 0; i < 20; i++)
    g_assert_false (tribes_mcast_core_read_failed (&core, 0));
  g_assert_false (tribes_mcast_core_wants_reopen (&core, 60000 * MS));
}

/* An error that lasts must not keep the processor busy. */
static void
test_reading_pauses (void)
{
  g_auto (TribesMcastCore) core;

  core_start (&core, TRIBES_SERVICES_MBR_RX, 0);
  g_assert_true (tribes_mcast_core_may_read (&core));
  g_assert_true (tribes_mcast_core_read_failed (&core, 10));
  g_assert_false (tribes_mcast_core_may_read (&core));
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, 10 + TRIBES_MCAST_PAUSE_US);
  tribes_mcast_core_tick (&core, 10 + TRIBES_MCAST_PAUSE_US);
  g_assert_true (tribes_mcast_core_may_read (&core));
  g_assert_cmpint (tribes_mcast_core_next_deadline (&core), ==, G_MAXINT64);
}

/* Members that were looked for in vain make room, one for each that is new; the others stay. */
static void
test_doubtful (void)
{
  g_auto (TribesMcastCore) core;
  g_autoptr (TribesMember) fifth = member_new (4105, ID_B, 0);
  g_autoptr (TribesMember) sixth = member_new (4106, ID_B, 0);
  g_autoptr (TribesMember) doubtful = member_new (4102, ID_B, 0);
  g_autoptr (TribesMember) back = member_new (4103, ID_B, 0);

  core_start (&core, BOTH, 0);
  for (int port = 4101; port <= 4104; port++)
    {
      g_autoptr (TribesMember) member = member_new (port, ID_B, 0);

      g_assert_true (core_hear (&core, member, 0));
    }
  assert_events (&core, "+4101 +4102 +4103 +4104");
  g_assert_false (core_hear (&core, fifth, 0));
  tribes_member_table_set_doubtful (&core.table, doubtful, TRUE);
  tribes_member_table_set_doubtful (&core.table, back, TRUE);
  tribes_member_table_set_doubtful (&core.table, back, FALSE);
  /* Nobody goes for one that is listed. */
  g_assert_true (core_hear (&core, doubtful, 0));
  assert_events (&core, "");
  g_assert_true (core_hear (&core, fifth, 0));
  assert_events (&core, "-4102 +4105");
  g_assert_false (core_hear (&core, sixth, 0));
  assert_events (&core, "");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/membership/mcast-core/doubtful", test_doubtful);
  g_test_add_func ("/membership/core/heartbeats", test_heartbeats);
  g_test_add_func ("/membership/core/stays-young", test_stays_young);
  g_test_add_func ("/membership/core/listener-is-silent", test_listener_is_silent);
  g_test_add_func ("/membership/core/announcer-is-deaf", test_announcer_is_deaf);
  g_test_add_func ("/membership/core/join-refresh-expire", test_join_refresh_expire);
  g_test_add_func ("/membership/core/goodbye-is-last", test_goodbye_is_last);
  g_test_add_func ("/membership/core/no-goodbye", test_only_who_announced_says_goodbye);
  g_test_add_func ("/membership/core/shutdown", test_shutdown);
  g_test_add_func ("/membership/core/restart-with-new-id", test_restart_with_new_id);
  g_test_add_func ("/membership/core/replaced-within-drop-time", test_replaced_within_drop_time);
  g_test_add_func ("/membership/core/not-replaced", test_not_replaced);
  g_test_add_func ("/membership/core/own-datagrams", test_own_datagrams);
  g_test_add_func ("/membership/core/stop-forgets", test_stop_forgets);
  g_test_add_func ("/membership/core/new-payload-is-told-at-once",
                   test_new_payload_is_told_at_once);
  g_test_add_func ("/membership/core/full", test_full);
  g_test_add_func ("/membership/core/noise", test_noise);
  g_test_add_func ("/membership/core/strange-host", test_strange_host);
  g_test_add_func ("/membership/core/every-prefix", test_every_prefix);
  g_test_add_func ("/membership/core/messages", test_messages);
  g_test_add_func ("/membership/core/recovery", test_recovery);
  g_test_add_func ("/membership/core/rejoins-after-failure", test_rejoins_after_failure);
  g_test_add_func ("/membership/core/recovery-disabled", test_recovery_disabled);
  g_test_add_func ("/membership/core/reading-pauses", test_reading_pauses);
  return g_test_run ();
}
