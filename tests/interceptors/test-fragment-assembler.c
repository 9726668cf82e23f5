/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces in any order, of anybody, with any numbers.
 */
#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/interceptors/tribes-fragment-assembler-private.h"

#define SECOND G_USEC_PER_SEC

typedef struct
{
  TribesFragmentAssembler *assembler;
  TribesMember *member;
  gint64 now_us;
} Lab;

static void
setup (Lab *lab, gconstpointer data)
{
  const TribesFragmentLimits limits = { 1000, 4000, 10000, 60 * SECOND };

  lab->assembler = tribes_fragment_assembler_new (&limits);
  lab->member = tribes_member_new ("127.0.0.1", 4001, NULL, NULL);
}

static void
teardown (Lab *lab, gconstpointer data)
{
  tribes_fragment_assembler_free (lab->assembler);
  tribes_member_unref (lab->member);
}

static TribesFragmentResult
take (Lab *lab,
      TribesMember *from,
      const char *id,
      guint32 number,
      guint32 count,
      const char *text,
      GBytes **whole,
      GError **error)
{
  /* Not a byte more. */
  g_autofree char *data = g_memdup2 (text, strlen (text));
  const TribesMessagePiece piece = { .sender = from,
                                 .unique_id = (const guint8 *) id,
                                 .unique_id_size = strlen (id),
                                 .data = (const guint8 *) data,
                                 .size = strlen (text),
                                 .number = number,
                                 .count = count };

  return tribes_fragment_assembler_take (lab->assembler, &piece, lab->now_us, whole, error);
}

static void
assert_kept (Lab *lab, const char *id, guint32 number, guint32 count, const char *text)
{
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (take (lab, lab->member, id, number, count, text, &whole, &error), ==,
                   TRIBES_FRAGMENT_KEPT);
  g_assert_no_error (error);
  g_assert_null (whole);
}

static void
assert_complete (
    Lab *lab, const char *id, guint32 number, guint32 count, const char *text, const char *expected)
{
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (take (lab, lab->member, id, number, count, text, &whole, &error), ==,
                   TRIBES_FRAGMENT_COMPLETE);
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (whole, NULL), g_bytes_get_size (whole), expected,
                   strlen (expected));
}

static void
assert_refused (Lab *lab,
                const char *id,
                guint32 number,
                guint32 count,
                const char *text,
                TribesError code,
                const char *message)
{
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (take (lab, lab->member, id, number, count, text, &whole, &error), ==,
                   TRIBES_FRAGMENT_REFUSED);
  g_assert_error (error, TRIBES_ERROR, (gint) code);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_any_order (Lab *lab, gconstpointer data)
{
  static const guint32 orders[][4] = { { 0, 1, 2, 3 }, { 3, 2, 1, 0 }, { 1, 0, 3, 2 },
                                       { 2, 0, 1, 3 }, { 0, 3, 1, 2 }, { 1, 2, 3, 0 } };
  static const char *const texts[] = { "one ", "", "two ", "three" };

  for (gsize i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      for (guint k = 0; k < 3; k++)
        assert_kept (lab, "id", orders[i][k], 4, texts[orders[i][k]]);
      assert_complete (lab, "id", orders[i][3], 4, texts[orders[i][3]], "one two three");
      g_assert_cmpuint (tribes_fragment_assembler_get_held (lab->assembler), ==, 0);
      g_assert_cmpuint (tribes_fragment_assembler_get_n_messages (lab->assembler), ==, 0);
    }
  assert_complete (lab, "id", 0, 1, "all", "all");
}

/* Whoever else uses the id of a message has no part in it. */
static void
test_who (Lab *lab, gconstpointer data)
{
  g_autoptr (TribesMember) other = tribes_member_new ("127.0.0.1", 4002, NULL, NULL);
  g_autoptr (GBytes) whole = NULL;

  assert_kept (lab, "id", 0, 2, "mine ");
  assert_kept (lab, "other", 1, 2, "not here");
  g_assert_cmpint (take (lab, other, "id", 1, 2, "not mine", &whole, NULL), ==,
                   TRIBES_FRAGMENT_KEPT);
  assert_complete (lab, "id", 1, 2, "too", "mine too");
}

static void
test_repeated (Lab *lab, gconstpointer data)
{
  g_autoptr (GBytes) whole = NULL;

  assert_kept (lab, "id", 0, 3, "a");
  assert_kept (lab, "id", 2, 3, "c");
  g_assert_cmpint (take (lab, lab->member, "id", 0, 3, "x", &whole, NULL), ==,
                   TRIBES_FRAGMENT_REPEATED);
  g_assert_cmpint (take (lab, lab->member, "id", 2, 3, "x", &whole, NULL), ==,
                   TRIBES_FRAGMENT_REPEATED);
  assert_complete (lab, "id", 1, 3, "b", "abc");
}

static void
test_hostile (Lab *lab, gconstpointer data)
{
  assert_refused (lab, "id", 0x7fffffff, 0x7fffffff, "", TRIBES_ERROR_LIMIT,
                  "pieces of a message: expected at most 1048576, found 2147483647");
  assert_refused (lab, "id", 0, 0xffffffff, "", TRIBES_ERROR_LIMIT,
                  "pieces of a message: expected at most 1048576, found 4294967295");
  assert_refused (lab, "id", 0, 0, "", TRIBES_ERROR_LIMIT,
                  "pieces of a message: expected at most 1048576, found 0");
  assert_refused (lab, "id", 2, 2, "", TRIBES_ERROR_MALFORMED,
                  "number of a piece: expected at most 1, found 2");
  assert_refused (lab, "id", 0x80000000, 2, "", TRIBES_ERROR_MALFORMED,
                  "number of a piece: expected at most 1, found 2147483648");
  g_assert_cmpuint (tribes_fragment_assembler_get_held (lab->assembler), ==, 0);
  /* Nothing is taken for what only a number tells of. */
  assert_kept (lab, "id", (1 << 20) - 1, 1 << 20, "x");
  g_assert_cmpuint (tribes_fragment_assembler_get_held (lab->assembler), <, 1000);
  assert_refused (lab, "id", 0, 5, "x", TRIBES_ERROR_MALFORMED,
                  "pieces of a message: expected 1048576 as before, found 5");
}

static guint
count_lost (Lab *lab, guint32 n_pieces, guint32 count)
{
  TribesFragmentLost lost;
  guint n = 0;

  while (tribes_fragment_assembler_pop_lost (lab->assembler, lab->now_us, &lost))
    {
      g_autoptr (TribesMember) sender = lost.sender;

      g_assert_true (tribes_member_is_shutdown (sender) == FALSE);
      g_assert_cmpuint (lost.n_pieces, ==, n_pieces);
      g_assert_cmpuint (lost.count, ==, count);
      n++;
    }
  return n;
}

static void
test_too_large (Lab *lab, gconstpointer data)
{
  g_autofree char *half = g_strnfill (501, 'x');

  assert_kept (lab, "id", 0, 3, half);
  assert_refused (lab, "id", 1, 3, half, TRIBES_ERROR_LIMIT,
                  "bytes of the pieces of a message: expected at most 1000, found 1002");
  g_assert_cmpuint (tribes_fragment_assembler_get_held (lab->assembler), ==, 0);
}

/* What does not become whole makes room for what comes after it, of the same sender first. */
static void
test_room (Lab *lab, gconstpointer data)
{
  g_autofree char *text = g_strnfill (500, 'x');

  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      assert_kept (lab, id, 0, 2, text);
      g_assert_cmpuint (tribes_fragment_assembler_get_held (lab->assembler), <=, 4000);
    }
  g_assert_cmpuint (tribes_fragment_assembler_get_n_messages (lab->assembler), ==, 5);
  g_assert_cmpuint (count_lost (lab, 1, 2), ==, 95);
  for (gint i = 0; i < 5000; i++)
    {
      g_autoptr (TribesMember) invented = tribes_member_new ("127.0.0.2", i + 1, NULL, NULL);
      g_autoptr (GBytes) whole = NULL;

      g_assert_cmpint (take (lab, invented, "id", 0, 2, "x", &whole, NULL), ==,
                       TRIBES_FRAGMENT_KEPT);
      g_assert_cmpuint (tribes_fragment_assembler_get_held (lab->assembler), <=, 10000);
    }
  g_assert_cmpuint (count_lost (lab, 1, 2), >, 0);
}

static void
test_expire (Lab *lab, gconstpointer data)
{
  assert_kept (lab, "one", 0, 3, "a");
  assert_kept (lab, "one", 2, 3, "c");
  lab->now_us += 30 * SECOND;
  assert_kept (lab, "two", 0, 2, "a");
  lab->now_us += 30 * SECOND;
  g_assert_cmpuint (count_lost (lab, 0, 0), ==, 0);
  lab->now_us += 1;
  g_assert_cmpuint (count_lost (lab, 2, 3), ==, 1);
  g_assert_cmpuint (tribes_fragment_assembler_get_n_messages (lab->assembler), ==, 1);
  assert_complete (lab, "two", 1, 2, "b", "ab");
}

int
main (int argc, char **argv)
{
#define ADD(name, func)                                                                            \
  g_test_add ("/interceptors/fragment-assembler/" name, Lab, NULL, setup, func, teardown)
  g_test_init (&argc, &argv, NULL);
  ADD ("any-order", test_any_order);
  ADD ("who", test_who);
  ADD ("repeated", test_repeated);
  ADD ("hostile", test_hostile);
  ADD ("too-large", test_too_large);
  ADD ("room", test_room);
  ADD ("expire", test_expire);
  return g_test_run ();
}
