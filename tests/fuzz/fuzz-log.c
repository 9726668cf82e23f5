/* SPDX-License-Identifier: Apache-2.0
 *
 * A log of whatever: in one piece and byte by byte the same entries come of it, each of bounded
 * size, with a level and a class that somebody asked for.
 */
#include "catalina_ha/monitor/catalina-log-private.h"
#include "tests/fuzz/fuzz-target.h"

#include <string.h>

static gsize
measure (const char *text)
{
  return text ? strlen (text) : 0;
}

static void
on_entry (const CatalinaLogEntry *entry, gpointer user_data)
{
  g_assert_true (g_str_equal (entry->level, "SEVERE") || g_str_equal (entry->level, "WARNING"));
  g_assert_true (g_str_has_prefix (entry->class_name, "org.apache.catalina."));
  g_assert_cmpint (entry->last_us, >=, entry->time_us);
  g_assert_cmpuint (entry->line, >, 0);
  g_assert_cmpuint (measure (entry->message) + measure (entry->reason) + measure (entry->cause)
                        + measure (entry->stack) + measure (entry->exception),
                    <, 10000);
  g_string_append_printf (user_data, "%" G_GINT64_FORMAT " %s %s|%s|%s|%s|%s\n", entry->time_us,
                          entry->class_name, entry->message, entry->exception, entry->reason,
                          entry->cause, entry->stack);
}

static char *
run (const uint8_t *data, size_t size, gsize step)
{
  GString *found = g_string_new (NULL);
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  g_autoptr (CatalinaLog) log = catalina_log_new (zone, on_entry, found);

  for (gsize at = 0; at < size; at += step)
    catalina_log_feed (log, (const char *) data + at, MIN (step, size - at));
  catalina_log_feed (log, "\n", 1);
  catalina_log_flush (log);
  return g_string_free (found, FALSE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *whole = run (data, size, MAX (size, 1));
  g_autofree char *pieces = run (data, size, 1);

  g_assert_cmpstr (whole, ==, pieces);
  return 0;
}
