/* SPDX-License-Identifier: Apache-2.0
 *
 * Listed members that are asked: who is there, who is gone, and who may say so.
 */
#include "tribes/membership/tribes-static-core-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-member-private.h"

#define EXPIRATION_US 5000000
#define SECOND        G_USEC_PER_SEC

typedef struct
{
  TribesStaticCore core;
  TribesMember *local;
  TribesMember *a;
  TribesMember *b;
} Fixture;

static TribesMember *
make (int port, const char *id)
{
  return tribes_member_new ("10.0.0.1", port, id, NULL);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->local = make (4000, "{9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9}");
  fixture->a = make (4001, "{1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}");
  fixture->b = make (4002, NULL);
  tribes_static_core_init (&fixture->core);
  tribes_static_core_add (&fixture->core, fixture->local);
  tribes_static_core_add (&fixture->core, fixture->a);
  tribes_static_core_add (&fixture->core, fixture->b);
  tribes_static_core_set_local (&fixture->core, fixture->local);
  tribes_static_core_start (&fixture->core, EXPIRATION_US);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  tribes_static_core_clear (&fixture->core);
  tribes_member_unref (fixture->local);
  tribes_member_unref (fixture->a);
  tribes_member_unref (fixture->b);
}

/* What is asked now, as "START 4001?": the mark says that nobody was known there. */
static void
assert_asks (Fixture *fixture, const char *expected)
{
  static const char *const kinds[] = { "", "START", "STOP", "PING" };
  g_autoptr (GString) found = g_string_new (NULL);
  TribesStaticAsk ask;

  while (tribes_static_core_pop_ask (&fixture->core, &ask))
    {
      g_string_append_printf (found, "%s%s %d%s", found->len > 0 ? " " : "", kinds[ask.kind],
                              tribes_member_get_port (ask.member), ask.is_known ? "" : "?");
      tribes_member_unref (ask.member);
    }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
assert_events (Fixture *fixture, const char *expected)
{
  g_autoptr (GString) found = g_string_new (NULL);
  TribesStaticEvent event;

  while (tribes_static_core_pop_event (&fixture->core, &event))
    {
      g_string_append_printf (found, "%s%c%d", found->len > 0 ? " " : "", event.added ? '+' : '-',
                              tribes_member_get_port (event.member));
      tribes_member_unref (event.member);
    }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
hear (Fixture *fixture, TribesStaticKind kind, TribesMember *member, gint64 now_us)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tribes_static_core_hear (&fixture->core, kind, member, member, now_us, &error));
  g_assert_no_error (error);
}

static void
answers (Fixture *fixture, TribesMember *member, gint64 now_us)
{
  hear (fixture, TRIBES_STATIC_PING, member, now_us);
  tribes_static_core_asked (&fixture->core, member, TRIBES_STATIC_ANSWERED, now_us);
}

static void
silent (Fixture *fixture, TribesMember *member, gint64 now_us)
{
  tribes_static_core_asked (&fixture->core, member, TRIBES_STATIC_SILENT, now_us);
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  assert_asks (fixture, "START 4001? START 4002?");
  answers (fixture, fixture->a, 1);
  assert_events (fixture, "+4001");
  /* One that has not answered yet is not asked again, and holds up nobody. */
  tribes_static_core_ping (&fixture->core, 5 * SECOND);
  assert_asks (fixture, "PING 4001");
  answers (fixture, fixture->a, 5 * SECOND);
  tribes_static_core_asked (&fixture->core, fixture->b, TRIBES_STATIC_UNREACHABLE, 6 * SECOND);
  assert_events (fixture, "");
  tribes_static_core_ping (&fixture->core, 10 * SECOND);
  assert_asks (fixture, "PING 4001 START 4002?");
  hear (fixture, TRIBES_STATIC_START, fixture->b, 10 * SECOND);
  assert_events (fixture, "+4002");
  answers (fixture, fixture->b, 10 * SECOND);
  hear (fixture, TRIBES_STATIC_STOP, fixture->b, 11 * SECOND);
  hear (fixture, TRIBES_STATIC_STOP, fixture->b, 11 * SECOND);
  assert_events (fixture, "-4002");
}

/* Stopped, a process takes questions and does not answer. It is gone by the first question without
 * an answer whose end is later than the time after the last answer. */
static void
test_silent (Fixture *fixture, gconstpointer data)
{
  assert_asks (fixture, "START 4001? START 4002?");
  answers (fixture, fixture->a, 1);
  answers (fixture, fixture->b, 1);
  assert_events (fixture, "+4001 +4002");
  tribes_static_core_ping (&fixture->core, SECOND);
  assert_asks (fixture, "PING 4001 PING 4002");
  silent (fixture, fixture->a, 4 * SECOND);
  assert_events (fixture, "");
  tribes_static_core_ping (&fixture->core, 5 * SECOND + 2);
  assert_asks (fixture, "START 4001");
  /* The end of the other's question says nothing of this one. */
  answers (fixture, fixture->b, 5 * SECOND + 3);
  assert_events (fixture, "");
  silent (fixture, fixture->a, 8 * SECOND);
  assert_events (fixture, "-4001");
  tribes_static_core_ping (&fixture->core, 10 * SECOND);
  assert_asks (fixture, "START 4001? PING 4002");
  answers (fixture, fixture->a, 10 * SECOND);
  assert_events (fixture, "+4001");
}

static void
test_unreachable (Fixture *fixture, gconstpointer data)
{
  assert_asks (fixture, "START 4001? START 4002?");
  answers (fixture, fixture->a, 1);
  assert_events (fixture, "+4001");
  tribes_static_core_ping (&fixture->core, 2);
  assert_asks (fixture, "PING 4001");
  tribes_static_core_asked (&fixture->core, fixture->a, TRIBES_STATIC_UNREACHABLE, 3);
  assert_events (fixture, "-4001");
}

/* A new process where the old one was. */
static void
test_restarted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TribesMember) again = make (4001, "{2,2,2,2,2,2,2,2,2,2,2,2,2,2,2,2}");
  g_autoptr (GPtrArray) members = NULL;

  hear (fixture, TRIBES_STATIC_START, fixture->a, 1);
  hear (fixture, TRIBES_STATIC_START, again, 2);
  assert_events (fixture, "+4001 -4001 +4001");
  members = tribes_member_table_list_members (&fixture->core.table);
  g_assert_cmpuint (members->len, ==, 1);
  g_assert_true (tribes_member_equal (members->pdata[0], again));
}

/* Nobody speaks for anybody else, and nobody for us. */
static void
test_forged (Fixture *fixture, gconstpointer data)
{
  const TribesStaticKind kinds[] = { TRIBES_STATIC_START, TRIBES_STATIC_STOP, TRIBES_STATIC_PING };

  hear (fixture, TRIBES_STATIC_START, fixture->a, 1);
  assert_events (fixture, "+4001");
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (
          tribes_static_core_hear (&fixture->core, kinds[i], fixture->a, fixture->b, 2, &error));
      g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED);
      g_assert_true (
          tribes_static_core_hear (&fixture->core, kinds[i], fixture->local, fixture->b, 2, NULL));
    }
  g_assert_false (tribes_static_core_hear (&fixture->core, 77, fixture->a, fixture->a, 2, NULL));
  assert_events (fixture, "");
}

/* Who is not listed is a member as long as he says so; there is room for those who are listed. */
static void
test_strangers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint taken = 0;

  for (int port = 5000; port < 5000 + 2 * TRIBES_MEMBER_TABLE_MAX; port++)
    {
      g_autoptr (TribesMember) stranger = make (port, NULL);

      g_clear_error (&error);
      if (tribes_static_core_hear (&fixture->core, TRIBES_STATIC_PING, stranger, stranger, 1,
                                   &error))
        taken++;
      else
        g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
    }
  g_assert_cmpuint (taken, ==, TRIBES_MEMBER_TABLE_MAX - 3);
  hear (fixture, TRIBES_STATIC_PING, fixture->a, 1);
  hear (fixture, TRIBES_STATIC_PING, fixture->b, 1);
  assert_asks (fixture, "START 4001 START 4002");
  tribes_static_core_ping (&fixture->core, 3 * EXPIRATION_US);
  g_assert_cmpuint (tribes_member_table_size (&fixture->core.table), ==, taken + 2);
  tribes_static_core_ping (&fixture->core, 3 * EXPIRATION_US + 2);
  g_assert_cmpuint (tribes_member_table_size (&fixture->core.table), ==, 2);
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  hear (fixture, TRIBES_STATIC_START, fixture->a, 1);
  tribes_static_core_stop (&fixture->core);
  assert_events (fixture, "");
  g_assert_cmpuint (tribes_member_table_size (&fixture->core.table), ==, 0);
  hear (fixture, TRIBES_STATIC_PING, fixture->a, 2);
  tribes_static_core_ping (&fixture->core, 3);
  assert_asks (fixture, "");
  assert_events (fixture, "");
  tribes_static_core_start (&fixture->core, EXPIRATION_US);
  assert_asks (fixture, "START 4001? START 4002?");
}

static void
add (const char *name, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_autofree char *path = g_strconcat ("/membership/static-core/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  add ("life", test_life);
  add ("silent", test_silent);
  add ("unreachable", test_unreachable);
  add ("restarted", test_restarted);
  add ("forged", test_forged);
  add ("strangers", test_strangers);
  add ("stop", test_stop);
  return g_test_run ();
}
