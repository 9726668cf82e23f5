/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-neighbours-private.h"

#include "catalina_ha/manager/catalina-members-private.h"

#define MINUTE 60000
#define HOUR   3600000
/* The wall clock of whoever is asked, when the tests begin. */
#define WALL 1700000000000

typedef struct
{
  CatalinaNeighbours neighbours;
  TribesMember *a;
  TribesMember *b;
  CatalinaNow now;
} Fixture;

static void
set_members (Fixture *self, TribesMember *first, TribesMember *second)
{
  g_autoptr (GPtrArray) members = catalina_members_new ();

  if (first)
    catalina_members_add (members, first);
  if (second)
    catalina_members_add (members, second);
  catalina_neighbours_set_members (&self->neighbours, members, self->now);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->a = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);
  self->b = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  self->now = (CatalinaNow){ WALL, 0 };
  catalina_neighbours_init (&self->neighbours);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  catalina_neighbours_clear (&self->neighbours);
  tribes_member_unref (self->a);
  tribes_member_unref (self->b);
}

static void
hear (Fixture *self, TribesMember *from, CatalinaSessionEvent event)
{
  catalina_neighbours_heard (&self->neighbours, event, from, self->now);
}

static void
pass (Fixture *self, gint64 ms)
{
  self->now.mono_ms += ms;
  self->now.wall_ms += ms;
}

/* Passes the time until somebody is asked; returns how long that was. */
static gint64
wait_for_question (Fixture *self, TribesMember *expected)
{
  gint64 began = self->now.mono_ms;
  gint64 due = catalina_neighbours_get_deadline (&self->neighbours);
  TribesMember *asked;

  g_assert_cmpint (due, <, G_MAXINT64);
  pass (self, due - began - 1);
  g_assert_null (catalina_neighbours_begin (&self->neighbours, self->now));
  pass (self, 1);
  asked = catalina_neighbours_begin (&self->neighbours, self->now);
  g_assert_nonnull (asked);
  g_assert_true (tribes_member_equal (asked, expected));
  return self->now.mono_ms - began;
}

/* The end of an asking in which @n sessions showed that nobody had told of. */
static TribesMember *
end (Fixture *self, guint n, gint64 took_ms)
{
  for (guint i = 0; i < n; i++)
    catalina_neighbours_count_missed (&self->neighbours);
  return catalina_neighbours_end (&self->neighbours, TRUE, took_ms, self->now);
}

static void
test_missing (Fixture *self, gconstpointer data)
{
  CatalinaNeighbours *neighbours = &self->neighbours;

  /* Alone: nobody said so. */
  g_assert_false (catalina_neighbours_nobody_has (neighbours));
  set_members (self, self->a, self->b);
  g_assert_false (catalina_neighbours_nobody_has (neighbours));
  hear (self, self->a, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER);
  g_assert_true (catalina_neighbours_is_lacking (neighbours, self->a));
  g_assert_false (catalina_neighbours_nobody_has (neighbours));
  hear (self, self->b, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER);
  g_assert_true (catalina_neighbours_nobody_has (neighbours));
  g_assert_true (catalina_neighbours_tell_nobody (neighbours));
  g_assert_false (catalina_neighbours_tell_nobody (neighbours));
  /* What is known of one survives the coming of another. */
  set_members (self, self->b, self->a);
  g_assert_true (catalina_neighbours_nobody_has (neighbours));
  /* Deployed. */
  hear (self, self->b, CATALINA_SESSION_EVENT_DELTA);
  g_assert_false (catalina_neighbours_nobody_has (neighbours));
  hear (self, self->b, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER);
  g_assert_true (catalina_neighbours_tell_nobody (neighbours));
  /* Somebody who comes back may have it. */
  set_members (self, self->a, NULL);
  g_assert_true (catalina_neighbours_nobody_has (neighbours));
  set_members (self, self->a, self->b);
  g_assert_false (catalina_neighbours_nobody_has (neighbours));
}

/* An idle cluster is asked more and more rarely, and one that has no such context hardly ever. */
static void
test_pauses (Fixture *self, gconstpointer data)
{
  gint64 total = 0;

  set_members (self, self->a, NULL);
  g_assert_cmpint (wait_for_question (self, self->a), ==, MINUTE);
  for (gint64 pause = 2 * MINUTE; pause < HOUR; pause *= 2)
    {
      g_assert_null (end (self, 0, 1));
      g_assert_cmpint (wait_for_question (self, self->a), ==, pause);
    }
  for (guint i = 0; i < 5; i++)
    {
      g_assert_null (end (self, 0, 1));
      total = wait_for_question (self, self->a);
    }
  g_assert_cmpint (total, ==, HOUR);
  hear (self, self->a, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER);
  g_assert_cmpint (wait_for_question (self, self->a), ==, HOUR);
  /* Whoever speaks is not asked for as long as it does. */
  hear (self, self->a, CATALINA_SESSION_EVENT_CREATED);
  for (guint i = 0; i < 100; i++)
    {
      pass (self, MINUTE / 2);
      g_assert_null (catalina_neighbours_begin (&self->neighbours, self->now));
      hear (self, self->a, CATALINA_SESSION_EVENT_DELTA);
    }
  g_assert_cmpint (wait_for_question (self, self->a), ==, MINUTE);
}

/* A Tomcat with many sessions needs seconds to give them. */
static void
test_cost (Fixture *self, gconstpointer data)
{
  set_members (self, self->a, NULL);
  wait_for_question (self, self->a);
  g_assert_null (end (self, 0, 30000));
  g_assert_cmpint (wait_for_question (self, self->a), ==, 6000000);
  g_assert_null (end (self, 0, 2400));
  catalina_neighbours_written (&self->neighbours);
  g_assert_cmpint (wait_for_question (self, self->a), ==, 480000);
}

/* Whoever changes something wants to know who has it. */
static void
test_written (Fixture *self, gconstpointer data)
{
  set_members (self, self->a, NULL);
  hear (self, self->a, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER);
  for (guint i = 0; i < 10; i++)
    {
      catalina_neighbours_written (&self->neighbours);
      g_assert_cmpint (wait_for_question (self, self->a), ==, 10000);
      g_assert_null (end (self, 0, 1));
    }
  g_assert_cmpint (wait_for_question (self, self->a), ==, HOUR);
}

static gboolean
was_missed (Fixture *self, gint64 ago_ms)
{
  /* The other's clock is a day behind. */
  gint64 snapshot_ms = self->now.wall_ms - 24 * HOUR;

  return catalina_neighbours_was_missed (&self->neighbours, snapshot_ms - ago_ms, snapshot_ms,
                                         self->now);
}

/* Only what is neither under way nor older than what this member can know of counts. */
static void
test_missed (Fixture *self, gconstpointer data)
{
  TribesMember *told;

  set_members (self, self->a, NULL);
  g_assert_null (catalina_neighbours_end (&self->neighbours, TRUE, 1, self->now));
  wait_for_question (self, self->a);
  g_assert_true (was_missed (self, 30000));
  g_assert_false (was_missed (self, 4000));
  /* It may not have known this member yet. */
  g_assert_false (was_missed (self, 46000));
  told = end (self, 2, 1);
  g_assert_true (told == self->a);
  tribes_member_unref (told);
  g_assert_true (catalina_neighbours_has_missed (&self->neighbours, self->a));
  /* Before that everything was known. */
  g_assert_cmpint (wait_for_question (self, self->a), ==, MINUTE);
  g_assert_true (was_missed (self, 59000));
  g_assert_false (was_missed (self, 61000));
  /* Said once, until it is heard. */
  g_assert_null (end (self, 1, 1));
  hear (self, self->a, CATALINA_SESSION_EVENT_DELTA);
  g_assert_false (catalina_neighbours_has_missed (&self->neighbours, self->a));
  wait_for_question (self, self->a);
  told = end (self, 1, 1);
  g_assert_nonnull (told);
  tribes_member_unref (told);
}

/* Without a whole state nothing can be compared, nor with what came from somebody else. */
static void
test_not_missed (Fixture *self, gconstpointer data)
{
  set_members (self, self->a, NULL);
  wait_for_question (self, self->a);
  g_assert_false (was_missed (self, 30000));
  g_assert_null (catalina_neighbours_end (&self->neighbours, TRUE, 1, self->now));
  pass (self, MINUTE);
  g_assert_false (was_missed (self, 30000));
  /* Gone while it was asked. */
  wait_for_question (self, self->a);
  catalina_neighbours_count_missed (&self->neighbours);
  set_members (self, NULL, NULL);
  g_assert_null (catalina_neighbours_end (&self->neighbours, FALSE, 1, self->now));
  g_assert_cmpint (catalina_neighbours_get_deadline (&self->neighbours), ==, G_MAXINT64);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/neighbours/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("missing", test_missing);
  ADD ("pauses", test_pauses);
  ADD ("cost", test_cost);
  ADD ("written", test_written);
  ADD ("missed", test_missed);
  ADD ("not-missed", test_not_missed);
  return g_test_run ();
}
