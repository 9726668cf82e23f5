/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-monitor-log-private.h"

#include <string.h>

#include "catalina_ha/monitor/catalina-monitor-lines-private.h"
#include "tribes/base/tribes-printable-private.h"

static void
append_details (GString *details, const CatalinaLogEntry *entry)
{
  g_auto (GStrv) lines = g_strsplit (entry->stack ? entry->stack : "", "\n", -1);

  for (guint i = 0; lines[i]; i++)
    if (lines[i][0] != '\0')
      {
        g_autofree char *shown = tribes_dup_printable (lines[i]);

        g_string_append_printf (details, "    %s\n", shown);
      }
}

static void
add_optional (TribesJson *json, const char *name, const char *text)
{
  if (text)
    tribes_json_add_string (json, name, text);
}

void
catalina_monitor_open_log (TribesJson *json,
                           GString *details,
                           const char *file,
                           const CatalinaLogEntry *entry)
{
  catalina_monitor_open_event (json, CATALINA_SEEN_LOG, entry->time_us);
  tribes_json_add_string (json, "level", entry->level);
  tribes_json_add_string (json, "class", entry->class_name);
  tribes_json_add_string (json, "message", entry->message);
  add_optional (json, "exception", entry->exception);
  add_optional (json, "reason", entry->reason);
  add_optional (json, "cause", entry->cause);
  if (json->style == TRIBES_JSON_LINE && !json->members)
    append_details (details, entry);
  else if (entry->stack && json->style != TRIBES_JSON_LINE)
    {
      g_auto (GStrv) lines = g_strsplit (entry->stack, "\n", -1);

      tribes_json_key (json, "stack");
      tribes_json_begin_array (json);
      for (guint i = 0; lines[i] && lines[i][0] != '\0'; i++)
        tribes_json_string (json, lines[i]);
      tribes_json_end_array (json);
    }
  tribes_json_add_string (json, "file", file);
  tribes_json_add_uint (json, "line", entry->line);
}
