/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-log-private.h"

#include <string.h>

static void
on_entry (const CatalinaLogEntry *entry, gpointer user_data)
{
  GString *found = user_data;

  g_string_append_printf (found, "%" G_GINT64_FORMAT "+%" G_GINT64_FORMAT " %s %s %s|%s|%s|%s|",
                          entry->time_us / 1000, (entry->last_us + 1 - entry->time_us) / 1000,
                          entry->level, entry->class_name, entry->message,
                          entry->exception ? entry->exception : "",
                          entry->reason ? entry->reason : "", entry->cause ? entry->cause : "");
  for (const char *at = entry->stack; at && *at != '\0'; at++)
    g_string_append_c (found, *at == '\n' ? ';' : *at);
  g_string_append_c (found, '\n');
}

static char *
read_in (const char *text, gsize step, const char *zone_name)
{
  GString *found = g_string_new (NULL);
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  g_autoptr (CatalinaLog) log = NULL;
  gsize size = strlen (text);

  g_assert_nonnull (zone);
  log = catalina_log_new (zone, on_entry, found);
  for (gsize at = 0; at < size; at += step)
    catalina_log_feed (log, text + at, MIN (step, size - at));
  catalina_log_flush (log);
  return g_string_free (found, FALSE);
}

static void
assert_entries (const char *text, const char *expected)
{
  for (gsize step = 1; step < 100; step += 30)
    {
      g_autofree char *found = read_in (text, step, "UTC");

      g_assert_cmpstr (found, ==, expected);
    }
}

#define MANAGER "org.apache.catalina.ha.session.DeltaManager"
#define EXEC    " [http-nio-8080-exec-1] "

static void
test_one_line (void)
{
  assert_entries (
      "26-Nov-2026 00:00:01.002 INFO [main] " MANAGER ".start nothing\n"
      "26-Nov-2026 00:00:01.003 SEVERE" EXEC MANAGER ".requestCompleted No delta [1]\n"
      "\tjava.io.NotSerializableException: a.Cart\n"
      "\t\tat a.B.c(B.java:1)\n\t\tat a.B.d(B.java:2)\n"
      "\tCaused by: a.X: why\n\t\tat a.B.e(B.java:3)\n\tCaused by: a.Y\n"
      "26-Nov-2026 00:00:01.004 WARNING [Tribes-Task-Receiver[C]-1] "
      "org.apache.catalina.tribes.io.X.y lost\n"
      "26-Nov-2026 00:00:01.005 SEVERE [x] org.apache.catalina.core.StandardContext.z other\n"
      "26-Nov-2026 00:00:01.006 SCHWERWIEGEND [x] " MANAGER ".z wichtig\r\nund mehr\r\n",
      "1795651201003+1 SEVERE " MANAGER " No delta [1]|java.io.NotSerializableException|a.Cart|a.Y|"
      "at a.B.c(B.java:1);at a.B.d(B.java:2);at a.B.e(B.java:3);\n"
      "1795651201004+1 WARNING org.apache.catalina.tribes.io.X lost||||\n"
      "1795651201006+1 SEVERE " MANAGER " wichtig und mehr||||\n");
}

/* Morning, noon, afternoon and midnight; the narrow blank of newer Javas. */
static void
test_two_lines (void)
{
  assert_entries ("Nov 26, 2026 12:00:01 AM " MANAGER " load\nSEVERE: night: it is\n"
                  "java.lang.IllegalStateException: x\n\tat a.B.c(B.java:1)\n"
                  "Nov 26, 2026 12:00:01 PM " MANAGER " load\nWARNING: noon\n"
                  "Nov 26, 2026 1:00:01\xe2\x80\xafPM " MANAGER " load\nGRAVE: un\n"
                  "Nov 26, 2026 1:00:02 PM " MANAGER " load\nINFO: nothing\n"
                  "Nov 26, 2026 1:00:03 PM org.example.A load\nSEVERE: nothing\n",
                  "1795651201000+1000 SEVERE " MANAGER
                  " night: it is|java.lang.IllegalStateException|x||at a.B.c(B.java:1);\n"
                  "1795694401000+1000 WARNING " MANAGER " noon||||\n"
                  "1795698001000+1000 SEVERE " MANAGER " un||||\n");
}

#define JSON(time, level, rest)                                                                    \
  "{\"time\": \"" time "\", \"level\": \"" level "\", \"thread\": \"x\", \"class\": \"" MANAGER    \
  "\", \"method\": \"m\", " rest "}\n"

static void
test_json (void)
{
  assert_entries (JSON ("2026-11-26T01:00:01.003+01", "SEVERE",
                        "\"message\": \"a \\\"b\\\" \\u00e9\\n\", \"throwable\": [\"a.X: why\",\" "
                        "a.B.c(B.java:1)\","
                        "\"a.Y\",\" a.B.d(B.java:2)\"]") JSON ("2026-11-26T00:00:01.004Z",
                                                               "WARNING", "\"message\": \"z\"")
                      JSON ("2026-11-25T19:30:01.005-04:30", "INFO", "\"message\": \"z\"")
                          JSON ("2026-11-25T19:30:01.005-04:30", "SEVERE", "\"message\": \"w\""),
                  "1795651201003+1 SEVERE " MANAGER
                  " a \"b\" \xc3\xa9\n|a.X|why|a.Y|at a.B.c(B.java:1);at a.B.d(B.java:2);\n"
                  "1795651201004+1 WARNING " MANAGER " z||||\n"
                  "1795651201005+1 SEVERE " MANAGER " w||||\n");
}

/* Local time, on both sides of the change; and stamps that somebody has set. */
static void
test_zones (void)
{
  static const char text[] = "26-Nov-2026 01:00:01.000 SEVERE [x] " MANAGER ".m a\n"
                             "26-Jul-2026 02:00:01.000 SEVERE [x] " MANAGER ".m b\n"
                             "2026-11-26 00:00:01,5Z SEVERE [x] " MANAGER ".m c\n"
                             "2026-11-26T01:00:01 SEVERE [x] " MANAGER ".m d\n";
  g_autofree char *found = read_in (text, 7, "Europe/Berlin");

  g_assert_cmpstr (found, ==,
                   "1795651201000+1 SEVERE " MANAGER " a||||\n"
                   "1785024001000+1 SEVERE " MANAGER " b||||\n"
                   "1795651201500+100 SEVERE " MANAGER " c||||\n"
                   "1795651201000+1000 SEVERE " MANAGER " d||||\n");
}

/* What looks like a stamp and is none belongs to the entry before. */
static void
test_no_stamps (void)
{
  assert_entries ("31-Feb-2026 00:00:01.002 SEVERE [x] " MANAGER ".m a\n"
                  "26-Foo-2026 00:00:01.002 SEVERE [x] " MANAGER ".m a\n"
                  "26-Nov-2026 25:00:01.002 SEVERE [x] " MANAGER ".m a\n"
                  "26-Nov-2026 00:00:01.002\n26-Nov-2026 00:00:01.002 \n"
                  "Nov 26, 2026 1:00:01 XM " MANAGER " m\nSEVERE: a\n{}\n{\"time\": 5}\n",
                  "");
}

/* A line without an end costs no more than it may, nor do many. */
static void
test_long (void)
{
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  g_autoptr (CatalinaLog) log = catalina_log_new (zone, on_entry, found);
  static const char head[] = "26-Nov-2026 00:00:01.002 SEVERE [x] " MANAGER ".m ";
  g_autofree char *piece = g_strnfill (65536, 'x');

  catalina_log_feed (log, head, strlen (head));
  for (guint i = 0; i < 100; i++)
    catalina_log_feed (log, piece, 65536);
  for (guint i = 0; i < 10000; i++)
    catalina_log_feed (log, "\nand more", 9);
  catalina_log_feed (log, "\n", 1);
  catalina_log_flush (log);
  g_assert_cmpuint (found->len, >, 2000);
  g_assert_cmpuint (found->len, <, 3000);
  g_assert_cmpuint (catalina_log_get_counts (log)->cut, ==, 1);
  g_assert_cmpuint (catalina_log_get_counts (log)->lines, ==, 10001);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/one-line", test_one_line);
  g_test_add_func ("/log/two-lines", test_two_lines);
  g_test_add_func ("/log/json", test_json);
  g_test_add_func ("/log/zones", test_zones);
  g_test_add_func ("/log/no-stamps", test_no_stamps);
  g_test_add_func ("/log/long", test_long);
  return g_test_run ();
}
