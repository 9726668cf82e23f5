/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/cluster/catalina-strangers-private.h"

static TribesMember *
member (int port, const char *id)
{
  return tribes_member_new ("127.0.0.1", port, id, NULL);
}

static void
speak (CatalinaStrangers *strangers, TribesMember *from, const char *context, gint64 now_ms)
{
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, context, "GET-ALL", "test", 0,
                                      NULL);

  catalina_strangers_add (strangers, message, from, now_ms);
}

static void
assert_context (CatalinaStranger *stranger, const char *context)
{
  g_autoptr (CatalinaStranger) owned = stranger;

  g_assert_nonnull (stranger);
  g_assert_cmpstr (catalina_session_message_get_context_name (stranger->message), ==, context);
}

static void
test_becomes_member (void)
{
  CatalinaStrangers strangers;
  g_autoptr (TribesMember) a = member (4001, "000102030405060708090a0b0c0d0e0f");
  g_autoptr (TribesMember) a_listed = member (4001, NULL);
  g_autoptr (TribesMember) b = member (4002, NULL);

  catalina_strangers_init (&strangers);
  speak (&strangers, a, "/1", 0);
  speak (&strangers, b, "/2", 1);
  speak (&strangers, a, "/3", 2);
  assert_context (catalina_strangers_take (&strangers, a_listed), "/1");
  assert_context (catalina_strangers_take (&strangers, a_listed), "/3");
  g_assert_null (catalina_strangers_take (&strangers, a_listed));
  g_assert_cmpint (catalina_strangers_get_deadline (&strangers), ==, 2001);
  g_assert_null (catalina_strangers_pop (&strangers, 2000));
  assert_context (catalina_strangers_pop (&strangers, 2001), "/2");
  g_assert_cmpint (catalina_strangers_get_deadline (&strangers), ==, G_MAXINT64);
  g_assert_cmpuint (strangers.bytes, ==, 0);
}

/* Whoever invents senders and contexts makes it hold no more. */
static void
test_bounded (void)
{
  CatalinaStrangers strangers;
  g_autofree char *name = g_strnfill (50000, 'c');
  guint popped = 0;

  catalina_strangers_init (&strangers);
  for (int i = 0; i < 1000; i++)
    {
      g_autoptr (TribesMember) from = member (4000 + i, NULL);
      CatalinaStranger *over;

      speak (&strangers, from, i < 500 ? "/" : name, 0);
      for (; (over = catalina_strangers_pop (&strangers, 0)); popped++)
        catalina_stranger_free (over);
      g_assert_cmpuint (strangers.waiting.length, <=, 64);
      g_assert_cmpuint (strangers.bytes, <=, 1024 * 1024);
    }
  g_assert_cmpuint (popped + strangers.waiting.length, ==, 1000);
  catalina_strangers_clear (&strangers);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/strangers/becomes-member", test_becomes_member);
  g_test_add_func ("/strangers/bounded", test_bounded);
  return g_test_run ();
}
