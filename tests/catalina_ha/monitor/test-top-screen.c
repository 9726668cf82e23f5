/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/monitor/top-lab.h"

#include <string.h>

typedef struct
{
  TopLab lab;
  CatalinaTopScreen screen;
} Fixture;

static void
fixture_init (Fixture *fixture)
{
  top_lab_init (&fixture->lab);
  catalina_top_screen_init (&fixture->screen, "lo", TRUE);
  fixture->screen.window_us = G_USEC_PER_SEC;
}

static void
fixture_clear (Fixture *fixture)
{
  catalina_top_screen_clear (&fixture->screen);
  top_lab_clear (&fixture->lab);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
press (Fixture *fixture, gunichar key)
{
  catalina_top_screen_press (&fixture->screen, key);
  catalina_top_screen_take (&fixture->screen, fixture->lab.top);
}

/* What stands on the screen, line by line; all is within, and nothing steers. */
static char *
draw (Fixture *fixture, guint lines, guint columns)
{
  g_autoptr (GArray) pieces = catalina_top_screen_draw (&fixture->screen, lines, columns);
  g_autofree gunichar *grid = g_new (gunichar, (lines + 1) * (columns + 1));
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < lines * columns; i++)
    grid[i] = ' ';
  for (guint i = 0; i < pieces->len; i++)
    {
      const CatalinaTopPiece *piece = &g_array_index (pieces, CatalinaTopPiece, i);
      guint column = piece->column;

      g_assert_cmpuint (piece->line, <, lines);
      g_assert_true (g_utf8_validate (piece->text, -1, NULL));
      for (const char *at = piece->text; *at; at = g_utf8_next_char (at))
        {
          gunichar c = g_utf8_get_char (at);

          g_assert_false (tribes_char_steers (c));
          if (g_unichar_iszerowidth (c))
            continue;
          g_assert_cmpuint (column, <, columns);
          grid[piece->line * columns + column++] = c;
          if (g_unichar_iswide (c))
            grid[piece->line * columns + column++] = 0;
          g_assert_cmpuint (column, <=, columns);
        }
    }
  for (guint i = 0; i < lines * columns; i++)
    {
      if (grid[i] != 0)
        g_string_append_unichar (out, grid[i]);
      if (i % columns == columns - 1)
        g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}

#define assert_shows(fixture, text)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *shown_ = draw (fixture, 24, 80);                                              \
    if (!strstr (shown_, text))                                                                    \
      g_error ("\"%s\" is not on\n%s", text, shown_);                                              \
  }                                                                                                \
  G_STMT_END

static void
say_all (Fixture *fixture)
{
  static const char *const attributes[] = { "page", "user", NULL };
  TopLab *lab = &fixture->lab;

  for (guint i = 0; i < 30; i++)
    {
      g_autofree char *context = g_strdup_printf ("localhost#/app-%02u", i);

      for (guint n = 0; n <= i; n++)
        top_lab_tell (lab, top_lab_say (lab, 1, 2, context, "A", attributes),
                      TRIBES_FATE_ACKNOWLEDGED, 1500);
    }
  top_lab_tell (lab, top_lab_say (lab, 2, 1, "localhost#/app-00", "A", attributes),
                TRIBES_FATE_FAILED, 2500);
  top_lab_advance (lab, G_USEC_PER_SEC);
  catalina_top_screen_take (&fixture->screen, lab->top);
}

static void
test_table (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  catalina_top_screen_take (&fixture.screen, fixture.lab.top);
  assert_shows (&fixture, "Nothing yet.");
  say_all (&fixture);
  assert_shows (&fixture, "tribes top  lo  2023-11-14 22:13:21 UTC, 1.0 s ");
  assert_shows (&fixture, "466 messages/s, 466K bytes/s; all: 466 messages, 466K bytes");
  assert_shows (&fixture, "acks: p50 1.53 ms, p95 1.53, p99 1.53; 0 missing, 1 failed");
  assert_shows (&fixture, " last 1.0 s\nMSG/S   B/S  MSGS   P50   P95   P99 MISS FAIL FROM > TO");
  assert_shows (&fixture,
                "\n  465  465K   465  1.50  1.50  1.50    0    0 10.0.0.1:4000 > 10.0.0.2:4000");
  assert_shows (&fixture,
                "\n 1.00  1000     1  2.50  2.50  2.50    0    1 10.0.0.2:4000 > 10.0.0.1:4000");
  press (&fixture, '2');
  assert_shows (&fixture, " CONTEXT  ");
  assert_shows (&fixture, "localhost#/app-29");
  assert_shows (&fixture, "1-18 of 30 \n");
}

static void
test_keys (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  say_all (&fixture);
  assert_shows (&fixture, "10.0.0.1");
  press (&fixture, '\t');
  press (&fixture, CATALINA_TOP_KEY_END);
  assert_shows (&fixture, "13-30 of 30 \n");
  press (&fixture, CATALINA_TOP_KEY_UP);
  assert_shows (&fixture, "12-29 of 30 \n");
  press (&fixture, CATALINA_TOP_KEY_PAGE_UP);
  assert_shows (&fixture, "1-18 of 30 \n");
  press (&fixture, CATALINA_TOP_KEY_PAGE_DOWN);
  assert_shows (&fixture, "13-30 of 30 \n");
  /* By name, the last one in front; BYTES is not there to be sorted by. */
  press (&fixture, CATALINA_TOP_KEY_LEFT);
  g_assert_cmpint (fixture.screen.places[CATALINA_TOP_CONTEXTS].column, ==, CATALINA_TOP_NAME);
  assert_shows (&fixture, "1-18 of 30 \n");
  assert_shows (&fixture, "localhost#/app-00");
  press (&fixture, 'r');
  assert_shows (&fixture, "localhost#/app-29");
  for (guint i = 0; i < 4; i++)
    press (&fixture, '>');
  g_assert_cmpint (fixture.screen.places[CATALINA_TOP_CONTEXTS].column, ==, CATALINA_TOP_P50);
  press (&fixture, CATALINA_TOP_KEY_PREVIOUS_VIEW);
  press (&fixture, CATALINA_TOP_KEY_PREVIOUS_VIEW);
  assert_shows (&fixture, "java.lang.String");
  press (&fixture, '?');
  assert_shows (&fixture, "Any key goes back.");
  press (&fixture, '2');
  g_assert_cmpint (fixture.screen.view, ==, CATALINA_TOP_CLASSES);
  press (&fixture, 't');
  assert_shows (&fixture, "all the time\n");
  press (&fixture, CATALINA_TOP_KEY_OTHER);
  press (&fixture, 'q');
  g_assert_true (fixture.screen.is_done);
}

/* What is shown stays what it was, from all sides. */
static void
test_pause (void)
{
  g_auto (Fixture) fixture;
  g_autofree char *before = NULL;

  fixture_init (&fixture);
  say_all (&fixture);
  press (&fixture, 'p');
  before = draw (&fixture, 24, 80);
  assert_shows (&fixture, " paused ");
  for (guint i = 0; i < 50; i++)
    (void) top_lab_say_something (&fixture.lab);
  top_lab_advance (&fixture.lab, 10 * G_USEC_PER_SEC);
  press (&fixture, '4');
  assert_shows (&fixture, "466 messages/s");
  press (&fixture, 't');
  assert_shows (&fixture, "all: 466 messages");
  press (&fixture, 't');
  press (&fixture, '1');
  {
    g_autofree char *after = draw (&fixture, 24, 80);

    g_assert_cmpstr (before, ==, after);
  }
  press (&fixture, ' ');
  assert_shows (&fixture, "all: 516 messages");
}

static void
test_end (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  say_all (&fixture);
  fixture.screen.has_ended = TRUE;
  fixture.screen.problem = g_strdup ("behind packet 7: what a\npity");
  fixture.screen.dropped = 12;
  assert_shows (&fixture, " ended \n");
  assert_shows (&fixture, "\nbehind packet 7: what a\\u000apity");
  assert_shows (&fixture, "; 12 packets dropped");
}

static void
type (Fixture *fixture, const char *text)
{
  for (; *text; text = g_utf8_next_char (text))
    press (fixture, g_utf8_get_char (text));
}

/* Letters are letters while one types, and what makes no sense is said where it can be mended. */
static void
test_filter (void)
{
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  say_all (&fixture);
  type (&fixture, "/context = q\033x");
  assert_shows (&fixture, "\nFilter: context = qx  ");
  press (&fixture, CATALINA_TOP_KEY_BACKSPACE);
  press (&fixture, CATALINA_TOP_KEY_LEFT);
  type (&fixture, "\xc3\xa4 )");
  press (&fixture, CATALINA_TOP_KEY_ENTER);
  assert_shows (&fixture, "\nFilter: context = q\xc3\xa4 )  ");
  g_assert_false (fixture.screen.wants_a_filter);
  g_assert_nonnull (fixture.screen.mistake);
  press (&fixture, CATALINA_TOP_KEY_BACKSPACE);
  g_assert_null (fixture.screen.mistake);
  press (&fixture, CATALINA_TOP_KEY_ENTER);
  g_assert_true (fixture.screen.wants_a_filter);
  catalina_top_set_filter (fixture.lab.top, g_steal_pointer (&fixture.screen.wanted));
  catalina_top_screen_answer (&fixture.screen, NULL);
  press (&fixture, '2');
  assert_shows (&fixture, "\nFilter: context = q\xc3\xa4  ");
  assert_shows (&fixture, "Nothing yet.");
  /* One that cannot be had changes nothing. */
  type (&fixture, "/\025event = delta");
  press (&fixture, CATALINA_TOP_KEY_ENTER);
  catalina_top_screen_answer (&fixture.screen, "it has ended");
  assert_shows (&fixture, "\nit has ended");
  assert_shows (&fixture, "\nFilter: context = q\xc3\xa4  ");
  /* Nor does who thinks better of it; an empty one is none. */
  type (&fixture, "/q");
  press (&fixture, CATALINA_TOP_KEY_ESCAPE);
  assert_shows (&fixture, "\nFilter: context = q\xc3\xa4  ");
  type (&fixture, "/\025 ");
  press (&fixture, CATALINA_TOP_KEY_ENTER);
  g_assert_true (fixture.screen.wants_a_filter);
  g_assert_null (fixture.screen.wanted);
  catalina_top_screen_answer (&fixture.screen, NULL);
  g_assert_null (fixture.screen.filter);
  for (guint i = 0; i < 2000; i++)
    type (&fixture, "/long");
  assert_shows (&fixture, "\xe2\x80\xa6");
  g_assert_false (fixture.screen.is_done);
}

/* Whatever the size and the names. */
static void
test_fits (void)
{
  static const char *const names[]
      = { "localhost#/\033[2J\nbell\a", "localhost#/\xe3\x82\xab\xe3\x83\xbc\xe3\x83\x88",
          "localhost#/e\xcc\x81\xcc\x81\xcc\x81",
          "localhost#/a-very-long-path-that-goes-on-and-on-and-on-until-the-end" };
  static const char *const attributes[]
      = { "\xe6\xb0\xb4\xe6\xb0\xb4\xe6\xb0\xb4\xe6\xb0\xb4\xe6\xb0\xb4\xe6\xb0\xb4\xe6\xb0\xb4",
          "x\xe2\x80\xaey", "com.example.shop.model.AttributeWithALongName", NULL };
  g_auto (Fixture) fixture;

  fixture_init (&fixture);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    (void) top_lab_say (&fixture.lab, 1, 2, names[i], "A", attributes);
  top_lab_advance (&fixture.lab, G_USEC_PER_SEC);
  for (guint utf8 = 0; utf8 < 2; utf8++)
    for (guint key = '1'; key <= '6'; key++)
      {
        fixture.screen.utf8 = utf8 > 0;
        press (&fixture, key == '6' ? 'h' : key);
        for (guint columns = 1; columns < 130; columns += columns < 20 ? 1 : 5)
          for (guint lines = 1; lines < 30; lines += 7)
            {
              g_autofree char *shown = draw (&fixture, lines, columns);

              g_assert_true (utf8 || g_str_is_ascii (shown));
            }
        if (key == '6')
          press (&fixture, 'h');
      }
  fixture.screen.utf8 = TRUE;
  press (&fixture, '2');
  assert_shows (&fixture, "\xe2\x80\xa6"
                          "alhost#/\\u001b[2J\\u000abell\\u0007");
  assert_shows (&fixture, "\xe2\x80\xa6"
                          "es-on-and-on-and-on-until-the-end");
  press (&fixture, '4');
  assert_shows (&fixture, "\xe2\x80\xa6"
                          "n-until-the-end \xe2\x80\xa6uteWithALongName");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/top-screen/table", test_table);
  g_test_add_func ("/top-screen/keys", test_keys);
  g_test_add_func ("/top-screen/pause", test_pause);
  g_test_add_func ("/top-screen/end", test_end);
  g_test_add_func ("/top-screen/filter", test_filter);
  g_test_add_func ("/top-screen/fits", test_fits);
  return g_test_run ();
}
