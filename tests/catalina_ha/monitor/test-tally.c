/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-tally-private.h"

#include <string.h>

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaTally, catalina_tally_clear)

static guint *
get (CatalinaTally *tally, const char *first, const char *second)
{
  return catalina_tally_get (tally, first, strlen (first), second, strlen (second));
}

/* Where the border of the two parts is matters. */
static void
test_names (void)
{
  g_auto (CatalinaTally) tally;
  const char *name;
  gsize first_size, size;

  catalina_tally_init (&tally, sizeof (guint), 10);
  *get (&tally, "ab", "c") = 1;
  *get (&tally, "a", "bc") = 2;
  *get (&tally, "", "abc") = 3;
  g_assert_cmpuint (*get (&tally, "ab", "c"), ==, 1);
  g_assert_cmpuint (*get (&tally, "a", "bc"), ==, 2);
  g_assert_cmpuint (*get (&tally, "", "abc"), ==, 3);
  g_assert_cmpuint (*get (&tally, "abc", ""), ==, 0);
  g_assert_null (catalina_tally_find (&tally, "x", 1, NULL, 0));
  name = catalina_tally_peek_name (get (&tally, "ab", "c"), &first_size, &size);
  g_assert_cmpmem (name, size, "abc", 3);
  g_assert_cmpuint (first_size, ==, 2);
}

static void
test_bounds (void)
{
  g_auto (CatalinaTally) tally;

  catalina_tally_init (&tally, sizeof (guint), 10);
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      *get (&tally, name, "") = i;
      /* Used all the time, so never the oldest. */
      *get (&tally, "always", "") += 1;
      g_assert_cmpuint (g_hash_table_size (tally.table), <=, 10);
    }
  g_assert_cmpuint (*get (&tally, "always", ""), ==, 1000);
  g_assert_cmpuint (*get (&tally, "999", ""), ==, 999);
  g_assert_null (catalina_tally_find (&tally, "5", 1, NULL, 0));
  g_assert_cmpuint (tally.forgotten, ==, 1001 - 10);
}

/* What was forgotten is not taken for who has its place now. */
static void
test_refs (void)
{
  g_auto (CatalinaTally) tally;
  CatalinaTallyRef first, second;

  catalina_tally_init (&tally, sizeof (guint), 2);
  *get (&tally, "a", "") = 1;
  first = catalina_tally_get_ref (get (&tally, "a", ""));
  *get (&tally, "b", "") = 2;
  second = catalina_tally_get_ref (get (&tally, "b", ""));
  g_assert_cmpuint (*(guint *) catalina_tally_follow (&tally, first), ==, 1);
  *get (&tally, "a much longer name", "of two parts") = 3;
  g_assert_null (catalina_tally_follow (&tally, first));
  g_assert_cmpuint (*(guint *) catalina_tally_follow (&tally, second), ==, 2);
  *get (&tally, "c", "") = 4;
  g_assert_null (catalina_tally_follow (&tally, second));
  g_assert_null (catalina_tally_follow (&tally, (CatalinaTallyRef){ 7, 0 }));
  g_assert_cmpuint (*get (&tally, "a much longer name", "of two parts"), ==, 3);
  g_assert_cmpuint (catalina_tally_get_n (&tally), ==, 2);
  g_assert_cmpuint (*(guint *) catalina_tally_peek (&tally, 0)
                        + *(guint *) catalina_tally_peek (&tally, 1),
                    ==, 7);
}

static void
test_long_names (void)
{
  g_auto (CatalinaTally) tally;
  g_autofree char *longer = g_strnfill (100000, 'x');
  gsize size;

  catalina_tally_init (&tally, 3, 10);
  *(guint8 *) get (&tally, longer, longer) = 7;
  g_assert_cmpuint (*(guint8 *) get (&tally, longer, longer), ==, 7);
  (void) catalina_tally_peek_name (get (&tally, longer, longer), NULL, &size);
  g_assert_cmpuint (size, <=, 1024);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return (int) **(const guint *const *) a - (int) **(const guint *const *) b;
}

static void
test_sorted (void)
{
  g_auto (CatalinaTally) tally;
  g_autoptr (GPtrArray) values = NULL;

  catalina_tally_init (&tally, sizeof (guint), 10);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      *get (&tally, name, "") = i * 7 % 10;
    }
  values = catalina_tally_sort (&tally, compare);
  g_assert_cmpuint (values->len, ==, 10);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpuint (*(guint *) values->pdata[i], ==, i);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tally/names", test_names);
  g_test_add_func ("/tally/bounds", test_bounds);
  g_test_add_func ("/tally/refs", test_refs);
  g_test_add_func ("/tally/long-names", test_long_names);
  g_test_add_func ("/tally/sorted", test_sorted);
  return g_test_run ();
}
