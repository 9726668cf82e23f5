/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/capture/tribes-segments-private.h"

#include <string.h>

typedef struct
{
  TribesSegments segments;
  TribesSegmentCounts counts;
  GString *text; /* what came; "[N]" for N bytes that are missing */
} Fixture;

static void
on_bytes (const guint8 *data, gsize size, gpointer user_data)
{
  Fixture *self = user_data;

  if (data)
    g_string_append_len (self->text, (const char *) data, (gssize) size);
  else if (size == G_MAXSIZE)
    g_string_append (self->text, "[?]");
  else
    g_string_append_printf (self->text, "[%" G_GSIZE_FORMAT "]", size);
}

static void
fixture_init (Fixture *self)
{
  *self = (Fixture){ .text = g_string_new (NULL) };
  tribes_segments_init (&self->segments, &self->counts, on_bytes, self);
}

static void
fixture_clear (Fixture *self)
{
  tribes_segments_clear (&self->segments);
  g_string_free (self->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
say (Fixture *self, guint32 sequence, const char *text)
{
  gsize size = strlen (text);
  g_autofree guint8 *exact = g_memdup2 (text, size);

  tribes_segments_add (&self->segments, sequence, exact, size, 0, 0);
}

static void
test_order (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  say (&self, 106, "gh");
  say (&self, 102, "cd");
  say (&self, 104, "ef");
  g_assert_cmpstr (self.text->str, ==, "");
  say (&self, 100, "ab");
  g_assert_cmpstr (self.text->str, ==, "abcdefgh");
  g_assert_cmpuint (self.counts.reordered, ==, 3);
  g_assert_cmpuint (self.counts.missing, ==, 0);
}

static void
test_again (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  say (&self, 100, "abcd");
  say (&self, 100, "abcd");
  /* A keep-alive. */
  say (&self, 103, "d");
  say (&self, 102, "cdef");
  say (&self, 100, "abcdefgh");
  g_assert_cmpstr (self.text->str, ==, "abcdefgh");
  g_assert_cmpuint (self.counts.retransmitted, ==, 4 + 1 + 2 + 6);
}

/* What came first counts, also while it is held. */
static void
test_overlap (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  say (&self, 104, "efgh");
  say (&self, 104, "EFGH");
  say (&self, 105, "FG");
  say (&self, 106, "GHij");
  say (&self, 102, "cdEF");
  say (&self, 100, "ab");
  g_assert_cmpstr (self.text->str, ==, "abcdEFghij");
  g_assert_cmpuint (self.segments.held_bytes, ==, 0);
}

static void
test_wrap (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 0xfffffffc);
  say (&self, 1, "ef");
  say (&self, 0xfffffffd, "abcd");
  say (&self, 3, "gh");
  say (&self, 0xffffffff, "cdef");
  g_assert_cmpstr (self.text->str, ==, "abcdefgh");
}

static void
test_joined (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  say (&self, 5000, "ab");
  say (&self, 5002, "cd");
  say (&self, 4998, "xy");
  g_assert_cmpstr (self.text->str, ==, "abcd");
}

/* The receiver has what we have not: it does not come any more. */
static void
test_acknowledged_gap (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  tribes_segments_add (&self.segments, 104, (const guint8 *) "ef", 2, 0, 1000);
  tribes_segments_acknowledge (&self.segments, 106, 2000);
  g_assert_cmpstr (self.text->str, ==, "");
  tribes_segments_acknowledge (&self.segments, 106, 1000 + 201000);
  g_assert_cmpstr (self.text->str, ==, "[4]ef");
  g_assert_cmpuint (self.counts.missing, ==, 4);
  g_assert_cmpuint (self.counts.n_gaps, ==, 1);
}

/* Nobody acknowledged it, so it may come. */
static void
test_patience (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  tribes_segments_add (&self.segments, 104, (const guint8 *) "ef", 2, 0, 1000);
  tribes_segments_acknowledge (&self.segments, 100, 3 * G_USEC_PER_SEC);
  g_assert_cmpstr (self.text->str, ==, "");
  tribes_segments_add (&self.segments, 106, (const guint8 *) "gh", 2, 0, 6 * G_USEC_PER_SEC);
  g_assert_cmpstr (self.text->str, ==, "[4]efgh");
}

static void
test_bounds (void)
{
  g_auto (Fixture) self;
  guint8 big[65536] = { 0 };

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  /* One byte each, the last one first. */
  for (guint32 i = 5000; i > 0; i--)
    {
      tribes_segments_add (&self.segments, 100 + 2 * i, (const guint8 *) "x", 1, 0, 0);
      g_assert_cmpuint (self.segments.held ? self.segments.held->len : 0, <=, 1024);
    }
  for (guint32 i = 0; i < 100; i++)
    {
      tribes_segments_add (&self.segments, 100000 + 100000 * i, big, sizeof big, 0, 0);
      g_assert_cmpuint (self.segments.held_bytes, <=, 2 * 1024 * 1024);
    }
}

static void
test_snapped (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  tribes_segments_add (&self.segments, 100, (const guint8 *) "ab", 2, 8, 0);
  tribes_segments_add (&self.segments, 120, (const guint8 *) "yz", 2, 3, 0);
  tribes_segments_add (&self.segments, 110, (const guint8 *) "cd", 2, 8, 0);
  g_assert_cmpstr (self.text->str, ==, "ab[8]cd[8]yz[3]");
  /* Sent again, and with more of it this time: too late. */
  tribes_segments_add (&self.segments, 110, (const guint8 *) "cdefghijkl", 10, 0, 0);
  say (&self, 125, "!");
  g_assert_cmpstr (self.text->str, ==, "ab[8]cd[8]yz[3]!");
}

static void
test_end (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  say (&self, 100, "ab");
  tribes_segments_finish (&self.segments, 106);
  g_assert_false (tribes_segments_is_finished (&self.segments));
  say (&self, 104, "ef");
  tribes_segments_flush (&self.segments);
  g_assert_cmpstr (self.text->str, ==, "ab[2]ef");
  g_assert_true (tribes_segments_is_finished (&self.segments));
}

/* The last packets were not captured, but acknowledged. */
static void
test_lost_end (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  say (&self, 100, "ab");
  tribes_segments_acknowledge (&self.segments, 110, 0);
  tribes_segments_flush (&self.segments);
  g_assert_cmpstr (self.text->str, ==, "ab[8]");
}

static void
test_jump (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  tribes_segments_start (&self.segments, 99);
  say (&self, 100, "ab");
  say (&self, 0x40000000, "cd");
  say (&self, 0x40000002, "ef");
  g_assert_cmpstr (self.text->str, ==, "ab[?]cdef");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/segments/order", test_order);
  g_test_add_func ("/segments/again", test_again);
  g_test_add_func ("/segments/overlap", test_overlap);
  g_test_add_func ("/segments/wrap", test_wrap);
  g_test_add_func ("/segments/joined", test_joined);
  g_test_add_func ("/segments/acknowledged-gap", test_acknowledged_gap);
  g_test_add_func ("/segments/patience", test_patience);
  g_test_add_func ("/segments/bounds", test_bounds);
  g_test_add_func ("/segments/snapped", test_snapped);
  g_test_add_func ("/segments/end", test_end);
  g_test_add_func ("/segments/lost-end", test_lost_end);
  g_test_add_func ("/segments/jump", test_jump);
  return g_test_run ();
}
