/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-event-line-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"

/* Bytes for a line that stay for the next one: there are sessions with very many attributes. */
#define MAX_KEPT 65536

void
catalina_tool_event_line_init (CatalinaToolEventLine *self,
                               gboolean json,
                               CatalinaToolLineFunc write,
                               gpointer data)
{
  *self = (CatalinaToolEventLine){ .style = json ? TRIBES_JSON_COMPACT : TRIBES_JSON_LINE,
                                   .line = g_string_new (NULL),
                                   .second = -1,
                                   .write = write,
                                   .data = data };
}

void
catalina_tool_event_line_clear (CatalinaToolEventLine *self)
{
  g_string_free (self->line, TRUE);
  g_strfreev (self->names);
}

/* A calendar is asked once a second, however many events there are in it. */
static void
append_time (CatalinaToolEventLine *self)
{
  gint64 now_ms = g_get_real_time () / 1000;
  gint64 second = now_ms / 1000;
  guint rest = (guint) (now_ms % 1000);
  char fraction[] = { '.', (char) ('0' + rest / 100), (char) ('0' + rest / 10 % 10),
                      (char) ('0' + rest % 10), 'Z' };

  if (second != self->second)
    {
      g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (second);
      g_autofree char *text = time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;

      g_strlcpy (self->second_text, text ? text : "?", sizeof self->second_text);
      self->second = second;
    }
  g_string_append (self->line, self->second_text);
  g_string_append_len (self->line, fraction, sizeof fraction);
}

gboolean
catalina_tool_event_line_ask (const CatalinaToolEventLine *self, CatalinaFilterField field)
{
  return self->filter && catalina_filter_asks (self->filter, field);
}

void
catalina_tool_event_line_tell (CatalinaToolEventLine *self,
                               CatalinaFilterField field,
                               const char *text)
{
  if (self->filter)
    catalina_filter_add_text (self->filter, &self->facts, field, text, text ? strlen (text) : 0);
}

/* Whether it may pass, as far as its name says. What was lost is told of whatever is wanted. */
static gboolean
begin_facts (CatalinaToolEventLine *self, const char *name)
{
  self->facts = (CatalinaFilterFacts){ 0 };
  catalina_tool_event_line_tell (self, CATALINA_FILTER_EVENT, name);
  return !self->filter || strcmp (name, CATALINA_TOOL_EVENT_LOST) == 0
         || catalina_filter_judge (self->filter, &self->facts,
                                   ~CATALINA_FILTER_BIT (CATALINA_FILTER_EVENT))
                != CATALINA_FILTER_NO;
}

/* A line with its beginning, `TIME EVENT` or an object with these two. Nothing is written of an
 * event that nobody wants. */
TribesJson
catalina_tool_event_line_open (CatalinaToolEventLine *self, const char *name)
{
  TribesJson json = { .out = g_string_truncate (self->line, 0), .style = self->style };

  if ((self->names && !g_strv_contains ((const char *const *) self->names, name))
      || !begin_facts (self, name))
    json.out = NULL;
  tribes_json_begin_object (&json);
  if (!json.out)
    return json;
  if (self->style == TRIBES_JSON_LINE)
    {
      append_time (self);
      g_string_append_c (self->line, ' ');
      g_string_append (self->line, name);
      return json;
    }
  tribes_json_add_string (&json, "event", name);
  tribes_json_key (&json, "time");
  tribes_json_begin_value (&json);
  g_string_append_c (self->line, '"');
  append_time (self);
  g_string_append_c (self->line, '"');
  return json;
}

static gboolean
write_line (CatalinaToolEventLine *self)
{
  return self->write (self->line->str, self->line->len, self->data);
}

/* What was lost is told before what comes next. */
static void
report_lost (CatalinaToolEventLine *self)
{
  GString *held = self->line;
  TribesJson json;

  self->line = g_string_new (NULL);
  json = catalina_tool_event_line_open (self, CATALINA_TOOL_EVENT_LOST);
  tribes_json_add_uint (&json, "count", self->lost - self->reported);
  tribes_json_end_object (&json);
  if (write_line (self))
    self->reported = self->lost;
  g_string_free (self->line, TRUE);
  self->line = held;
}

void
catalina_tool_event_line_close (CatalinaToolEventLine *self, TribesJson *json)
{
  tribes_json_end_object (json);
  if (!json->out
      || (self->filter
          && catalina_filter_judge (self->filter, &self->facts, 0) != CATALINA_FILTER_YES))
    return;
  if (self->lost > self->reported)
    report_lost (self);
  if (!write_line (self))
    self->lost++;
  if (self->line->allocated_len > MAX_KEPT)
    {
      g_string_free (self->line, TRUE);
      self->line = g_string_new (NULL);
    }
}

void
catalina_tool_event_line_add_member (CatalinaToolEventLine *self,
                                     TribesJson *json,
                                     TribesMember *member)
{
  g_autofree char *address = catalina_tool_event_line_ask (self, CATALINA_FILTER_MEMBER)
                                 ? catalina_tool_dup_address (member)
                                 : NULL;

  catalina_tool_event_line_tell (self, CATALINA_FILTER_MEMBER, address);
  catalina_tool_json_add_member (json, member);
}

void
catalina_tool_event_line_add_context (CatalinaToolEventLine *self,
                                      TribesJson *json,
                                      const char *name)
{
  tribes_json_add_string (json, "context", name);
  catalina_tool_event_line_tell (self, CATALINA_FILTER_CONTEXT, name);
}

void
catalina_tool_event_line_add_id (CatalinaToolEventLine *self,
                                 TribesJson *json,
                                 const char *name,
                                 const char *id)
{
  g_autofree char *hash = catalina_whole_ids_are_shown () ? NULL : catalina_hash_id (id);

  tribes_json_add_string (json, name, hash ? hash : id);
  catalina_tool_event_line_tell (self, CATALINA_FILTER_SESSION, id);
}
