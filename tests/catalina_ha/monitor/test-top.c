/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/monitor/top-lab.h"

#include <math.h>
#include <string.h>

#include "catalina_ha/monitor/catalina-monitor-filter-private.h"

#define SECOND G_USEC_PER_SEC

static CatalinaTopTable *
take (const TopLab *lab, CatalinaTopView view, gboolean whole)
{
  CatalinaTopTable *table = catalina_top_take (lab->top, view, whole);

  catalina_top_table_sort (table, CATALINA_TOP_RATE, FALSE);
  return table;
}

static const CatalinaTopRow *
row (const CatalinaTopTable *table, guint index)
{
  g_assert_cmpuint (index, <, table->rows->len);
  return &g_array_index (table->rows, CatalinaTopRow, index);
}

static void
test_views (void)
{
  static const char *const attributes[] = { "page", "user", "page", NULL };
  g_auto (TopLab) lab;
  CatalinaTopTable *tables[CATALINA_TOP_N_VIEWS];

  top_lab_init (&lab);
  (void) top_lab_say (&lab, 1, 2, "localhost#/shop", "A", attributes);
  (void) top_lab_say (&lab, 1, 3, "localhost#/shop", "A", attributes);
  top_lab_advance (&lab, SECOND);
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    tables[i] = take (&lab, (CatalinaTopView) i, FALSE);
  g_assert_cmpuint (tables[CATALINA_TOP_PAIRS]->rows->len, ==, 2);
  g_assert_cmpstr (row (tables[CATALINA_TOP_PAIRS], 1)->first, ==, "10.0.0.1:4000");
  g_assert_cmpstr (row (tables[CATALINA_TOP_PAIRS], 1)->second, ==, "10.0.0.3:4000");
  g_assert_cmpstr (row (tables[CATALINA_TOP_CONTEXTS], 0)->first, ==, "localhost#/shop");
  g_assert_null (row (tables[CATALINA_TOP_CONTEXTS], 0)->second);
  g_assert_cmpuint (row (tables[CATALINA_TOP_CONTEXTS], 0)->bytes, ==, 2000);
  /* A hash. */
  g_assert_cmpuint (strlen (row (tables[CATALINA_TOP_SESSIONS], 0)->second), ==, 10);
  g_assert_cmpuint (tables[CATALINA_TOP_ATTRIBUTES]->rows->len, ==, 2);
  /* A message counts once for what it has twice. */
  g_assert_cmpuint (row (tables[CATALINA_TOP_ATTRIBUTES], 0)->messages, ==, 2);
  g_assert_cmpstr (row (tables[CATALINA_TOP_CLASSES], 0)->first, ==, "java.lang.String");
  g_assert_cmpuint (row (tables[CATALINA_TOP_CLASSES], 0)->messages, ==, 2);
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    {
      g_assert_cmpuint (tables[i]->all.messages, ==, 2);
      g_assert_cmpfloat (tables[i]->all.rate, ==, 2);
      catalina_top_table_free (tables[i]);
    }
}

/* A rate is that of the last second, wherever one looks from. */
static void
test_window (void)
{
  g_auto (TopLab) lab;

  top_lab_init (&lab);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (CatalinaTopTable) table = NULL;

      (void) top_lab_say_something (&lab);
      top_lab_advance (&lab, SECOND / 10);
      table = take (&lab, CATALINA_TOP_PAIRS, FALSE);
      g_assert_cmpfloat (fabs (row (table, 0)->rate - 10), <, 1);
      g_assert_cmpfloat (fabs (table->all.byte_rate - 10000), <, 1000);
      g_assert_cmpuint (table->all.messages, ==, i + 1);
    }
  top_lab_advance (&lab, 2 * SECOND);
  {
    g_autoptr (CatalinaTopTable) lately = take (&lab, CATALINA_TOP_PAIRS, FALSE);
    g_autoptr (CatalinaTopTable) whole = take (&lab, CATALINA_TOP_PAIRS, TRUE);

    g_assert_cmpfloat (row (lately, 0)->rate, ==, 0);
    g_assert_cmpfloat (fabs (row (whole, 0)->rate - 100.0 / 12), <, 0.01);
    g_assert_true (whole->is_whole);
    g_assert_cmpint (whole->rate_us, ==, 12 * SECOND);
  }
}

static void
test_nothing (void)
{
  g_autoptr (CatalinaTop) top = catalina_top_new (SECOND, SECOND);
  g_autoptr (CatalinaTopTable) table = catalina_top_take (top, CATALINA_TOP_PAIRS, FALSE);

  g_assert_cmpint (table->now_us, ==, 0);
  g_assert_cmpuint (table->rows->len, ==, 0);
  g_assert_true (isnan (table->all.rate));
  g_assert_cmpint (table->all.p50_us, ==, -1);
}

/* Latencies of lately are forgotten, those of all the time are not. */
static void
test_latency (void)
{
  g_auto (TopLab) lab;

  top_lab_init (&lab);
  for (guint i = 0; i < 100; i++)
    top_lab_tell (&lab, top_lab_say_something (&lab), TRIBES_FATE_ACKNOWLEDGED,
                  i < 98 ? 1000 : SECOND);
  {
    g_autoptr (CatalinaTopTable) table = take (&lab, CATALINA_TOP_SESSIONS, FALSE);

    g_assert_cmpuint (row (table, 0)->acks, ==, 100);
    g_assert_cmpint (row (table, 0)->p50_us, <, 1250);
    g_assert_cmpint (row (table, 0)->p95_us, <, 1250);
    g_assert_cmpint (row (table, 0)->p99_us, >, SECOND * 3 / 4);
  }
  top_lab_advance (&lab, 70 * SECOND);
  top_lab_tell (&lab, top_lab_say_something (&lab), TRIBES_FATE_ACKNOWLEDGED, 50);
  {
    g_autoptr (CatalinaTopTable) lately = take (&lab, CATALINA_TOP_SESSIONS, FALSE);
    g_autoptr (CatalinaTopTable) whole = take (&lab, CATALINA_TOP_SESSIONS, TRUE);

    g_assert_cmpuint (lately->all.acks, ==, 1);
    g_assert_cmpint (row (lately, 0)->p99_us, ==, 50);
    g_assert_cmpuint (row (whole, 0)->acks, ==, 101);
    g_assert_cmpint (row (whole, 0)->p99_us, >, SECOND * 3 / 4);
  }
}

/* Who waits too long is missing, until it turns out not to be. */
static void
test_missing (void)
{
  g_auto (TopLab) lab;
  guint tags[4];

  top_lab_init (&lab);
  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    tags[i] = top_lab_say_something (&lab);
  top_lab_tell (&lab, tags[0], TRIBES_FATE_FAILED, 1000);
  top_lab_tell (&lab, tags[1], TRIBES_FATE_MISSING, 2000);
  top_lab_advance (&lab, 4 * SECOND);
  {
    g_autoptr (CatalinaTopTable) table = take (&lab, CATALINA_TOP_ATTRIBUTES, FALSE);

    g_assert_cmpuint (row (table, 0)->failed, ==, 1);
    g_assert_cmpuint (row (table, 0)->missing, ==, 3);
    g_assert_cmpuint (table->all.missing, ==, 3);
    g_assert_true (row (table, 0)->fails);
  }
  top_lab_tell (&lab, tags[2], TRIBES_FATE_ACKNOWLEDGED, 4 * SECOND);
  top_lab_tell (&lab, tags[3], TRIBES_FATE_MISSING, 4 * SECOND);
  top_lab_advance (&lab, 61 * SECOND);
  {
    g_autoptr (CatalinaTopTable) table = take (&lab, CATALINA_TOP_ATTRIBUTES, TRUE);

    g_assert_cmpuint (row (table, 0)->missing, ==, 2);
    g_assert_cmpuint (row (table, 0)->acks, ==, 2);
    g_assert_false (row (table, 0)->fails);
  }
}

/* More names than there is room for: the least used go, and who waited for them finds nobody. */
static void
test_bounds (void)
{
  g_auto (TopLab) lab;
  guint first;

  top_lab_init (&lab);
  first = top_lab_say (&lab, 1, 2, "/", "0", NULL);
  for (guint i = 1; i < 10000; i++)
    {
      g_autofree char *session = g_strdup_printf ("%u", i);

      (void) top_lab_say (&lab, 1, 2 + i % 2000, "/", session, NULL);
      (void) top_lab_say (&lab, 1, 2, "/", "busy", NULL);
    }
  top_lab_tell (&lab, first, TRIBES_FATE_FAILED, 1000);
  {
    g_autoptr (CatalinaTopTable) table = take (&lab, CATALINA_TOP_SESSIONS, FALSE);
    g_autoptr (CatalinaTopTable) pairs = take (&lab, CATALINA_TOP_PAIRS, FALSE);

    g_assert_cmpuint (table->rows->len, ==, 8192);
    g_assert_cmpuint (table->forgotten, ==, 10001 - 8192);
    g_assert_cmpuint (row (table, 0)->messages, ==, 9999);
    for (guint i = 0; i < table->rows->len; i++)
      g_assert_cmpuint (row (table, i)->failed, ==, 0);
    g_assert_cmpuint (pairs->rows->len, ==, 1024);
  }
}

/* Time that goes back, or far ahead, and a tag that nobody gave. */
static void
test_odd (void)
{
  g_auto (TopLab) lab;

  top_lab_init (&lab);
  top_lab_advance (&lab, 100 * SECOND);
  lab.now_us -= 50 * SECOND;
  (void) top_lab_say_something (&lab);
  lab.now_us = -SECOND;
  (void) top_lab_say_something (&lab);
  top_lab_tell (&lab, 12345, TRIBES_FATE_MISSING, 0);
  {
    g_autoptr (CatalinaTopTable) table = take (&lab, CATALINA_TOP_PAIRS, FALSE);

    g_assert_cmpint (table->now_us, ==, TOP_LAB_START + 100 * SECOND);
    g_assert_cmpuint (table->all.messages, ==, 2);
    g_assert_cmpuint (table->all.missing, ==, 0);
  }
  lab.now_us = 0;
  top_lab_advance (&lab, G_MAXINT64 / 2);
  (void) top_lab_say_something (&lab);
  {
    g_autoptr (CatalinaTopTable) table = take (&lab, CATALINA_TOP_PAIRS, FALSE);

    g_assert_cmpfloat (fabs (row (table, 0)->rate - 1), <, 0.2);
    g_assert_cmpuint (table->all.missing, ==, 2);
  }
}

static void
set_filter (TopLab *lab, const char *text)
{
  g_autoptr (GError) error = NULL;
  CatalinaFilter *filter
      = catalina_filter_new (text, catalina_monitor_get_filter_words (), NULL, &error);

  g_assert_no_error (error);
  catalina_top_set_filter (lab->top, filter);
  catalina_top_advance (lab->top, TOP_LAB_START + lab->now_us);
}

/* Nothing of before is left, also not what was waited for. */
static void
test_filter (void)
{
  static const char *const attributes[] = { "page", NULL };
  g_auto (TopLab) lab;
  g_autoptr (CatalinaTopTable) table = NULL;
  guint before, other, this;

  top_lab_init (&lab);
  before = top_lab_say_something (&lab);
  set_filter (&lab, "context = /a");
  other = top_lab_say (&lab, 1, 2, "localhost#/b", "A", attributes);
  this = top_lab_say (&lab, 1, 2, "localhost#/a", "A", attributes);
  top_lab_tell (&lab, before, TRIBES_FATE_FAILED, 1000);
  top_lab_tell (&lab, other, TRIBES_FATE_FAILED, 1000);
  top_lab_tell (&lab, this, TRIBES_FATE_ACKNOWLEDGED, 1000);
  top_lab_advance (&lab, 4 * SECOND);
  table = take (&lab, CATALINA_TOP_CONTEXTS, FALSE);
  g_assert_cmpuint (table->rows->len, ==, 1);
  g_assert_cmpstr (row (table, 0)->first, ==, "localhost#/a");
  g_assert_cmpuint (table->all.messages, ==, 1);
  g_assert_cmpuint (table->all.acks, ==, 1);
  g_assert_cmpuint (table->all.failed + table->all.missing, ==, 0);
  g_assert_cmpuint (table->filtered, ==, 1);
  g_assert_true (table->is_filtered);
}

/* What depends on the acknowledgement counts when it comes, or does not. */
static void
test_filter_fates (void)
{
  static const char *const attributes[] = { "page", "page", "user", NULL };
  g_auto (TopLab) lab;
  guint tags[4];

  top_lab_init (&lab);
  set_filter (&lab, "latency > 5ms or ack = missing");
  for (guint i = 0; i < G_N_ELEMENTS (tags); i++)
    tags[i] = top_lab_say (&lab, 1, 2, "/", "A", attributes);
  {
    g_autoptr (CatalinaTopTable) table = take (&lab, CATALINA_TOP_PAIRS, FALSE);

    g_assert_cmpuint (table->rows->len, ==, 0);
    g_assert_cmpuint (table->all.messages, ==, 0);
  }
  top_lab_tell (&lab, tags[0], TRIBES_FATE_ACKNOWLEDGED, 1000);
  top_lab_tell (&lab, tags[1], TRIBES_FATE_ACKNOWLEDGED, 6000);
  top_lab_tell (&lab, tags[2], TRIBES_FATE_FAILED, 7000);
  top_lab_advance (&lab, 4 * SECOND);
  top_lab_tell (&lab, tags[3], TRIBES_FATE_MISSING, 4 * SECOND);
  for (guint i = 0; i < CATALINA_TOP_N_VIEWS; i++)
    {
      g_autoptr (CatalinaTopTable) table = take (&lab, (CatalinaTopView) i, TRUE);
      guint64 bytes = i == CATALINA_TOP_CLASSES || i == CATALINA_TOP_ATTRIBUTES ? 12 : 1000;

      g_assert_cmpuint (row (table, 0)->messages, ==, 3);
      g_assert_cmpuint (row (table, 0)->acks, ==, 2);
      g_assert_cmpuint (row (table, 0)->failed, ==, 1);
      g_assert_cmpuint (row (table, 0)->missing, ==, 1);
      g_assert_cmpuint (row (table, 0)->bytes, >=, 3 * bytes);
      g_assert_cmpuint (table->all.bytes, ==, 3000);
      g_assert_cmpuint (table->filtered, ==, 1);
    }
}

/* The same messages make the same numbers, counted at once or later. */
static void
test_filter_equal (void)
{
  static const char *const attributes[] = { "page", "user", "page", NULL };
  static const char *const filters[] = { NULL, "size = 1000 and not latency > 1s" };

  for (guint view = 0; view < CATALINA_TOP_N_VIEWS; view++)
    {
      char *texts[2] = { NULL, NULL };

      for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
        {
          g_auto (TopLab) lab;
          g_autoptr (CatalinaTopTable) table = NULL;

          top_lab_init (&lab);
          if (filters[i])
            set_filter (&lab, filters[i]);
          for (guint n = 0; n < 20; n++)
            top_lab_tell (&lab, top_lab_say (&lab, n % 3, 4, "/", "A", attributes),
                          TRIBES_FATE_ACKNOWLEDGED, 1000 + n);
          top_lab_advance (&lab, SECOND);
          table = take (&lab, (CatalinaTopView) view, FALSE);
          texts[i] = catalina_top_table_to_text (table, 10, TRUE);
        }
      g_assert_cmpstr (texts[0], ==, texts[1]);
      g_free (texts[0]);
      g_free (texts[1]);
    }
}

static void
test_sorted (void)
{
  static const char *const names[] = { "b", "c", "a" };
  g_auto (TopLab) lab;
  g_autoptr (CatalinaTopTable) table = NULL;

  top_lab_init (&lab);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint n = 0; n < 3 - i; n++)
      top_lab_tell (&lab, top_lab_say (&lab, 1, 2, names[i], "A", NULL), TRIBES_FATE_ACKNOWLEDGED,
                    1000 * (i + 1));
  top_lab_advance (&lab, SECOND);
  table = catalina_top_take (lab.top, CATALINA_TOP_CONTEXTS, FALSE);
  for (guint i = 0; i < CATALINA_TOP_N_COLUMNS; i++)
    {
      const char *expected = i == CATALINA_TOP_NAME                           ? "a"
                             : i >= CATALINA_TOP_P50 && i <= CATALINA_TOP_P99 ? "a"
                                                                              : "b";

      catalina_top_table_sort (table, (CatalinaTopColumn) i, FALSE);
      g_assert_cmpstr (row (table, 0)->first, ==, expected);
      catalina_top_table_sort (table, (CatalinaTopColumn) i, TRUE);
      /* Where all are equal numbers of messages decide, whatever was asked for. */
      if (i != CATALINA_TOP_MISSING && i != CATALINA_TOP_FAILED)
        g_assert_cmpstr (row (table, 2)->first, ==, expected);
    }
}

static void
assert_number (double rate, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);

  catalina_top_append_rate (out, rate);
  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_numbers (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  assert_number (0, "0");
  assert_number (NAN, "-");
  assert_number (0.001, "0.00");
  assert_number (9.994, "9.99");
  assert_number (9.996, "10.0");
  assert_number (99.96, "100");
  assert_number (99999, "99999");
  assert_number (99999.6, "100K");
  assert_number (999600, "1.00M");
  assert_number (1e20, "100E");
  catalina_top_append_count (out, G_MAXUINT64);
  catalina_top_append_ms (out, -1);
  catalina_top_append_ms (out, 1500);
  catalina_top_append_ms (out, 200 * 1000 * 1000);
  g_assert_cmpstr (out->str, ==, "18.4E-1.50200s");
  for (double number = 0.001; number < 1e18; number *= 1.37)
    {
      g_string_truncate (out, 0);
      catalina_top_append_count (out, (guint64) number);
      g_assert_cmpuint (out->len, <=, 5);
      g_string_truncate (out, 0);
      catalina_top_append_rate (out, number);
      g_assert_cmpuint (out->len, <=, 5);
      g_string_truncate (out, 0);
      catalina_top_append_ms (out, number < 4e9 ? (gint64) number : 4000000000);
      g_assert_cmpuint (out->len, <=, 5);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/top/views", test_views);
  g_test_add_func ("/top/window", test_window);
  g_test_add_func ("/top/nothing", test_nothing);
  g_test_add_func ("/top/latency", test_latency);
  g_test_add_func ("/top/missing", test_missing);
  g_test_add_func ("/top/bounds", test_bounds);
  g_test_add_func ("/top/odd", test_odd);
  g_test_add_func ("/top/filter", test_filter);
  g_test_add_func ("/top/filter-fates", test_filter_fates);
  g_test_add_func ("/top/filter-equal", test_filter_equal);
  g_test_add_func ("/top/sorted", test_sorted);
  g_test_add_func ("/top/numbers", test_numbers);
  return g_test_run ();
}
