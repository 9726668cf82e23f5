/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists and what becomes of them; time is an argument.
 */
#include "tribes/membership/tribes-cloud-core-private.h"

#include "tribes/base/tribes-hex-private.h"
#include "tribes/wire/tribes-member-private.h"

#define SECOND G_USEC_PER_SEC

static void
core_new (TribesCloudCore *core)
{
  static const guint8 host[] = { 10, 0, 0, 1 };

  tribes_cloud_core_init (core);
  tribes_cloud_core_set_place (core, host, sizeof host, 4000);
  tribes_cloud_core_start (core, 5 * SECOND);
}

static TribesCloudEntry
entry_of (const char *word)
{
  g_auto (GStrv) parts = g_strsplit (word, "/", 3);
  TribesCloudEntry entry = { .alive_ms = -1 };

  g_assert_true (tribes_cloud_entry_set_host (&entry, parts[0]));
  if (parts[1])
    tribes_cloud_id_of_text (parts[1], entry.unique_id);
  else
    tribes_cloud_id_of_address (entry.host, entry.host_size, entry.unique_id);
  if (parts[1] && parts[2])
    entry.alive_ms = g_ascii_strtoll (parts[2], NULL, 10);
  return entry;
}

/* @list: ADDRESS[/UID[/ALIVE]] ... */
static void
list (TribesCloudCore *core, const char *text, gint64 now_us)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 0);
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (TribesCloudEntry));

  for (guint i = 0; words[i]; i++)
    if (*words[i])
      {
        TribesCloudEntry entry = entry_of (words[i]);

        g_array_append_val (entries, entry);
      }
  tribes_cloud_core_listed (core, entries, now_us);
}

static void
assert_events (TribesCloudCore *core, const char *expected)
{
  g_autoptr (GString) events = g_string_new (NULL);
  TribesCloudEvent event;

  while (tribes_cloud_core_pop_event (core, &event))
    {
      if (event.kind == TRIBES_CLOUD_IDENTIFIED)
        {
          g_string_append (events, "!");
          tribes_hex_append (events, event.unique_id, 2);
        }
      else
        {
          g_autofree char *host = tribes_member_dup_host (event.member);

          g_string_append_printf (events, "%s%s:%d",
                                  event.kind == TRIBES_CLOUD_MEMBER_ADDED ? "+" : "-", host,
                                  tribes_member_get_port (event.member));
        }
      g_string_append_c (events, ' ');
      tribes_cloud_event_clear (&event);
    }
  g_assert_cmpstr (g_strchomp (events->str), ==, expected);
}

static void
assert_members (TribesCloudCore *core, const char *expected)
{
  g_autoptr (GPtrArray) members = tribes_member_table_list_members (&core->table);
  g_autoptr (GString) hosts = g_string_new (NULL);

  for (guint i = 0; i < members->len; i++)
    {
      g_autofree char *host = tribes_member_dup_host (members->pdata[i]);

      g_string_append_printf (hosts, "%s%s", i > 0 ? " " : "", host);
    }
  g_assert_cmpstr (hosts->str, ==, expected);
}

static void
test_list (void)
{
  g_auto (TribesCloudCore) core;

  core_new (&core);
  list (&core, "10.0.0.2 10.0.0.1 fd00::1", 0);
  /* md5sum of 10.0.0.1 */
  assert_events (&core, "+10.0.0.2:4000 !190d +fd00::1:4000");
  list (&core, "10.0.0.2 10.0.0.1 fd00::1 10.0.0.3", 5 * SECOND);
  assert_events (&core, "+10.0.0.3:4000");
  list (&core, "10.0.0.1 10.0.0.3", 10 * SECOND);
  assert_events (&core, "");
  list (&core, "10.0.0.1 10.0.0.3", 10 * SECOND + 1);
  assert_events (&core, "-10.0.0.2:4000 -fd00::1:4000");
  list (&core, "", 16 * SECOND);
  assert_events (&core, "-10.0.0.3:4000");
  assert_members (&core, "");
}

/* Tomcat gives the ids, and the oldest one is the first to be asked. */
static void
test_ids_and_order (void)
{
  g_auto (TribesCloudCore) core;
  g_autoptr (GPtrArray) members = NULL;
  g_autofree char *id = NULL;

  core_new (&core);
  list (&core, "10.0.0.2/b/-500 10.0.0.3/29cc7dec-cc8d-11e8-943e-02ec8e61afcf/700 10.0.0.4/d/0", 0);
  assert_members (&core, "10.0.0.3 10.0.0.4 10.0.0.2");
  members = tribes_member_table_list_members (&core.table);
  id = tribes_hex_dup (tribes_member_get_unique_id (members->pdata[0]), TRIBES_MEMBER_ID_SIZE);
  g_assert_cmpstr (id, ==, "d978e1ac86f3b45cf52ad45f3a88c050");
  g_assert_cmpint (tribes_member_get_alive_time (members->pdata[0]), ==, 700);
  g_assert_cmpint (tribes_member_get_secure_port (members->pdata[0]), ==, -1);
  g_assert_cmpint (tribes_member_get_udp_port (members->pdata[0]), ==, -1);
}

/* The id of the local member is the first that a list gave it. */
static void
test_identified_once (void)
{
  g_auto (TribesCloudCore) core;

  core_new (&core);
  list (&core, "10.0.0.2/b", 0);
  assert_events (&core, "+10.0.0.2:4000");
  list (&core, "10.0.0.2/b 10.0.0.1/29cc7dec-cc8d-11e8-943e-02ec8e61afcf", SECOND);
  assert_events (&core, "!d978");
  list (&core, "10.0.0.2/b 10.0.0.1/other", 2 * SECOND);
  assert_events (&core, "");
}

/* A pod that takes over an address is another member, and the old one is gone at once. */
static void
test_replaced (void)
{
  g_auto (TribesCloudCore) core;

  core_new (&core);
  list (&core, "10.0.0.2/b 10.0.0.3/c", 0);
  assert_events (&core, "+10.0.0.2:4000 +10.0.0.3:4000");
  list (&core, "10.0.0.2/new 10.0.0.3/c", SECOND);
  assert_events (&core, "-10.0.0.2:4000 +10.0.0.2:4000");
  assert_members (&core, "10.0.0.3 10.0.0.2");
}

/* Two lines with one address, as a list may have while one pod follows another: both stay, as with
 * Tomcat, until the list has one of them only. */
static void
test_twice (void)
{
  g_auto (TribesCloudCore) core;

  core_new (&core);
  list (&core, "10.0.0.2/b 10.0.0.2/c 10.0.0.2/b", 0);
  assert_events (&core, "+10.0.0.2:4000 +10.0.0.2:4000");
  list (&core, "10.0.0.2/b 10.0.0.2/c", SECOND);
  assert_events (&core, "");
}

static void
hear (TribesCloudCore *core, const char *host, int port, gint64 now_us)
{
  g_autoptr (TribesMember) sender
      = tribes_member_new (host, port, "000102030405060708090a0b0c0d0e0f", NULL);

  tribes_cloud_core_heard (core, sender, now_us);
}

static void
test_heard (void)
{
  g_auto (TribesCloudCore) core;
  g_autoptr (GPtrArray) members = NULL;
  g_autofree char *id = NULL;

  core_new (&core);
  hear (&core, "10.0.0.1", 4000, 0);
  assert_events (&core, "");
  hear (&core, "10.0.0.2", 4001, 0);
  assert_events (&core, "+10.0.0.2:4001");
  members = tribes_member_table_list_members (&core.table);
  id = tribes_hex_dup (tribes_member_get_unique_id (members->pdata[0]), TRIBES_MEMBER_ID_SIZE);
  /* md5sum of 10.0.0.2, whatever it says its id is */
  g_assert_cmpstr (id, ==, "98a2cd7efa1ba950d42e42af495c4248");
  /* One that goes on sending stays, listed or not; nobody expires without an answer. */
  hear (&core, "10.0.0.2", 4001, 4 * SECOND);
  list (&core, "10.0.0.1", 8 * SECOND);
  assert_events (&core, "!190d");
  list (&core, "10.0.0.1", 10 * SECOND);
  assert_events (&core, "-10.0.0.2:4001");
}

/* Whoever invents senders is given little room, and takes none from those who are listed. */
static void
test_strangers_are_few (void)
{
  g_auto (TribesCloudCore) core;
  g_autoptr (GString) text = g_string_new ("10.0.0.1 10.0.0.2");

  core_new (&core);
  list (&core, "10.0.0.2", 0);
  for (int i = 0; i < 1000; i++)
    hear (&core, "10.9.9.9", 10000 + i, 0);
  g_assert_cmpuint (tribes_member_table_size (&core.table), ==, 1 + TRIBES_CLOUD_STRANGERS_MAX);
  for (int i = 1; i < TRIBES_MEMBER_TABLE_MAX + 10; i++)
    g_string_append_printf (text, " 10.1.%d.%d", i / 250, i % 250);
  list (&core, text->str, SECOND);
  g_assert_cmpuint (core.n_listed, ==, TRIBES_MEMBER_TABLE_MAX);
  g_assert_cmpuint (core.n_refused, ==, 10);
  g_assert_cmpuint (tribes_member_table_size (&core.table), ==,
                    TRIBES_MEMBER_TABLE_MAX + TRIBES_CLOUD_STRANGERS_MAX);
  hear (&core, "10.9.9.8", 4000, SECOND);
  g_assert_cmpuint (tribes_member_table_size (&core.table), ==,
                    TRIBES_MEMBER_TABLE_MAX + TRIBES_CLOUD_STRANGERS_MAX);
}

static void
test_doubtful_make_room (void)
{
  g_auto (TribesCloudCore) core;
  g_autoptr (GString) text = g_string_new ("10.0.0.1");
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (GString) next = g_string_new ("10.0.0.1");

  core_new (&core);
  for (int i = 0; i < TRIBES_MEMBER_TABLE_MAX; i++)
    g_string_append_printf (text, " 10.1.%d.%d", i / 250, i % 250);
  list (&core, text->str, 0);
  members = tribes_member_table_list_members (&core.table);
  for (guint i = 0; i < members->len; i++)
    tribes_member_table_set_doubtful (&core.table, members->pdata[i], TRUE);
  for (int i = 0; i < TRIBES_MEMBER_TABLE_MAX; i++)
    g_string_append_printf (next, " 10.2.%d.%d", i / 250, i % 250);
  list (&core, next->str, 1);
  g_assert_cmpuint (core.n_listed, ==, TRIBES_MEMBER_TABLE_MAX);
}

static void
test_stop_forgets (void)
{
  g_auto (TribesCloudCore) core;

  core_new (&core);
  list (&core, "10.0.0.2", 0);
  tribes_cloud_core_stop (&core);
  assert_events (&core, "");
  assert_members (&core, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/core/list", test_list);
  g_test_add_func ("/cloud/core/ids-and-order", test_ids_and_order);
  g_test_add_func ("/cloud/core/identified-once", test_identified_once);
  g_test_add_func ("/cloud/core/replaced", test_replaced);
  g_test_add_func ("/cloud/core/twice", test_twice);
  g_test_add_func ("/cloud/core/heard", test_heard);
  g_test_add_func ("/cloud/core/strangers-are-few", test_strangers_are_few);
  g_test_add_func ("/cloud/core/doubtful-make-room", test_doubtful_make_room);
  g_test_add_func ("/cloud/core/stop-forgets", test_stop_forgets);
  return g_test_run ();
}
