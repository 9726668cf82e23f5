/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/map/lab-trace.h"

#include <stdarg.h>

static const char *
get_key (void)
{
  return g_getenv ("MAP_TRACE");
}

gboolean
lab_trace_is_on (const char *key)
{
  const char *traced = get_key ();

  return traced && (!key || g_str_equal (key, traced));
}

void
lab_trace (LabNet *net, const char *key, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (!lab_trace_is_on (key))
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("%" G_GINT64_FORMAT ": %s\n", net->now_us / 1000, text);
}

static void
append_member (GString *line, LabNet *net, TribesMember *member)
{
  guint index = member ? lab_net_index_of (net, member) : LAB_MAX;

  if (!member)
    g_string_append (line, " nobody");
  else if (index < LAB_MAX)
    g_string_append_printf (line, " %u", index);
  else
    g_string_append (line, " gone");
}

void
lab_trace_message (
    LabNet *net, const char *what, guint from, guint to, const CatalinaMapMessage *message)
{
  g_autofree char *key = get_key () ? catalina_map_message_dup_key (message) : NULL;
  g_autoptr (GString) line = NULL;

  if (!lab_trace_is_on (key) || message->type == CATALINA_MAP_PING)
    return;
  line = g_string_new (catalina_map_message_type_to_string (message->type));
  g_string_append (line, message->is_diff ? ", a diff," : message->value.data ? ", a value," : ",");
  append_member (line, net, message->primary);
  g_string_append (line, " /");
  for (guint i = 0; message->nodes && i < message->nodes->len; i++)
    append_member (line, net, message->nodes->pdata[i]);
  lab_trace (net, key, "%u -> %u %s %s", from, to, what, line->str);
}
