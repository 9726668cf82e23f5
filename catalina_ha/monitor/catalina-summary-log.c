/* SPDX-License-Identifier: Apache-2.0
 *
 * What is logged again and again is one entry: the same exception of the same class, or the same
 * message where there is none.
 */
#include "catalina_ha/monitor/catalina-summary-data-private.h"

#include <string.h>

/* As much as there is room for, in whole letters. */
static void
copy (char *to, gsize size, const char *text)
{
  const char *end;

  g_strlcpy (to, text, size);
  if (!g_utf8_validate (to, -1, &end))
    to[end - to] = '\0';
}

void
catalina_summary_add_log (CatalinaSummary *self, const CatalinaLogEntry *entry)
{
  const char *what = entry->exception ? entry->exception : entry->message;
  CatalinaLogTally *tally = catalina_tally_get (&self->log, entry->class_name,
                                                strlen (entry->class_name), what, strlen (what));

  if (tally->n++ > 0)
    return;
  tally->first_us = entry->time_us;
  copy (tally->level, sizeof tally->level, entry->level);
  copy (tally->message, sizeof tally->message, entry->message);
  if (entry->exception)
    {
      g_autofree char *whole = g_strconcat (entry->exception, entry->reason ? ": " : "",
                                            entry->reason ? entry->reason : "", NULL);

      copy (tally->exception, sizeof tally->exception, whole);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 one = (*(const CatalinaLogTally *const *) a)->first_us;
  gint64 other = (*(const CatalinaLogTally *const *) b)->first_us;

  return one < other ? -1 : one > other;
}

GPtrArray *
catalina_summary_list_log (const CatalinaSummary *self)
{
  return catalina_tally_sort (&self->log, compare);
}
