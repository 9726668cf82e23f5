/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of Tomcat 7.0 and of later ones: each is spoken to as it speaks.
 */
#include "catalina_ha/cluster/catalina-dialects-private.h"

static void
test_members (void)
{
  g_autoptr (CatalinaDialects) dialects = catalina_dialects_new ();
  g_autoptr (TribesMember) old = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);
  g_autoptr (TribesMember) new = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (TribesMember) silent = tribes_member_new ("127.0.0.2", 4001, NULL, NULL);

  catalina_dialects_heard (dialects, new, 2);
  catalina_dialects_heard (dialects, old, 1);
  catalina_dialects_heard (dialects, new, 2);
  g_assert_cmpuint (catalina_dialects_get (dialects, old), ==, 1);
  g_assert_cmpuint (catalina_dialects_get (dialects, new), ==, 2);
  g_assert_cmpuint (catalina_dialects_get (dialects, silent), ==, 2);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, old, 0), ==, 1);

  /* The same Tomcat, upgraded. */
  catalina_dialects_forget (dialects, old);
  g_assert_cmpuint (catalina_dialects_get (dialects, old), ==, 2);
  catalina_dialects_heard (dialects, old, 1);
  catalina_dialects_heard (dialects, old, 2);
  g_assert_cmpuint (catalina_dialects_get (dialects, old), ==, 2);
}

/* Who has not said anything yet speaks as all others do, those that are gone, too. */
static void
test_silent (void)
{
  g_autoptr (CatalinaDialects) dialects = catalina_dialects_new ();
  g_autoptr (TribesMember) old = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);
  g_autoptr (TribesMember) silent = tribes_member_new ("127.0.0.2", 4001, NULL, NULL);
  g_autoptr (TribesMember) new = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);

  g_assert_cmpuint (catalina_dialects_get (dialects, silent), ==, 2);
  g_assert_true (catalina_dialects_heard (dialects, old, 1));
  g_assert_false (catalina_dialects_heard (dialects, old, 1));
  g_assert_cmpuint (catalina_dialects_get (dialects, silent), ==, 1);
  catalina_dialects_forget (dialects, old);
  g_assert_cmpuint (catalina_dialects_get (dialects, old), ==, 1);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, old, 100), ==, 1);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, old, 10000), ==, 2);
  g_assert_true (catalina_dialects_heard (dialects, old, 1));

  g_assert_true (catalina_dialects_heard (dialects, new, 2));
  g_assert_cmpuint (catalina_dialects_get (dialects, silent), ==, 2);
  catalina_dialects_forget (dialects, new);
  g_assert_cmpuint (catalina_dialects_get (dialects, silent), ==, 2);
  /* A Tomcat 7.0 at the place of the only other one. */
  g_assert_true (catalina_dialects_heard (dialects, new, 1));
  g_assert_cmpuint (catalina_dialects_get (dialects, silent), ==, 1);
}

/* Several contexts ask at once; after silence they ask in the other form. */
static void
test_questions (void)
{
  g_autoptr (CatalinaDialects) dialects = catalina_dialects_new ();
  g_autoptr (TribesMember) silent = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);

  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, silent, 100), ==, 2);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, silent, 110), ==, 2);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, silent, 10000), ==, 1);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, silent, 10001), ==, 1);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, silent, 20000), ==, 2);
  g_assert_cmpuint (catalina_dialects_get (dialects, silent), ==, 2);
  catalina_dialects_heard (dialects, silent, 1);
  g_assert_cmpuint (catalina_dialects_get_to_ask (dialects, silent, 30000), ==, 1);
}

/* Strangers fill it; it does not grow. */
static void
test_many (void)
{
  g_autoptr (CatalinaDialects) dialects = catalina_dialects_new ();

  for (int i = 1; i < 10000; i++)
    {
      g_autoptr (TribesMember) member = tribes_member_new ("127.0.0.1", i, NULL, NULL);

      catalina_dialects_heard (dialects, member, 1);
      g_assert_cmpuint (catalina_dialects_get (dialects, member), ==, 1);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cluster/dialects/members", test_members);
  g_test_add_func ("/cluster/dialects/silent", test_silent);
  g_test_add_func ("/cluster/dialects/questions", test_questions);
  g_test_add_func ("/cluster/dialects/many", test_many);
  return g_test_run ();
}
