/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-lines-private.h"

#include <errno.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tool-terminal-private.h"

/* Lines leave when there are so many bytes of them. */
#define MAX_OUT 65536
/* Those that a slow reader is yet to take: what a busy minute prints. */
#define MAX_WAITING (32 * 1024 * 1024)
/* What the last lines may take to leave, in milliseconds. */
#define LAST_MS 1000

void
catalina_tool_lines_init (CatalinaToolLines *self, gboolean is_text)
{
  const char *no_colour = g_getenv ("NO_COLOR");

  *self = (CatalinaToolLines){ .out = g_string_sized_new (MAX_OUT), .is_text = is_text };
  if (!is_text || !isatty (STDOUT_FILENO))
    return;
  self->folded = g_string_new (NULL);
  self->has_colour
      = g_log_writer_supports_color (STDOUT_FILENO) && (!no_colour || no_colour[0] == '\0');
}

void
catalina_tool_lines_never_wait (CatalinaToolLines *self,
                                CatalinaToolBrokenFunc broken,
                                gpointer data)
{
  catalina_tool_lines_flush (self);
  self->output = catalina_tool_output_new (STDOUT_FILENO, MAX_WAITING, broken, data);
}

int
catalina_tool_lines_close (CatalinaToolLines *self)
{
  if (self->output)
    return catalina_tool_output_close (g_steal_pointer (&self->output), LAST_MS);
  catalina_tool_lines_flush (self);
  return self->error;
}

void
catalina_tool_lines_clear (CatalinaToolLines *self)
{
  if (self->output)
    (void) catalina_tool_lines_close (self);
  if (self->folded)
    g_string_free (g_steal_pointer (&self->folded), TRUE);
  if (self->out)
    g_string_free (g_steal_pointer (&self->out), TRUE);
}

/* Not by stdio, for which a signal is an error. */
void
catalina_tool_lines_flush (CatalinaToolLines *self)
{
  gsize done = 0;

  while (done < self->out->len && self->error == 0)
    {
      gssize n = write (STDOUT_FILENO, self->out->str + done, self->out->len - done);

      if (n >= 0)
        done += (gsize) n;
      else if (errno != EINTR)
        self->error = errno;
    }
  g_string_truncate (self->out, 0);
}

void
catalina_tool_lines_be_raw (CatalinaToolLines *self)
{
  self->is_raw = TRUE;
  if (self->folded)
    g_string_free (g_steal_pointer (&self->folded), TRUE);
}

static void
hand_over (CatalinaToolLines *self)
{
  if (!catalina_tool_output_write_bytes (self->output, self->out->str, self->out->len))
    self->lost++;
  g_string_truncate (self->out, 0);
}

static void
put (CatalinaToolLines *self, const char *line, gsize size, const char *details)
{
  if (self->folded)
    {
      catalina_tool_terminal_format (self->folded, line, size,
                                     catalina_tool_terminal_get_columns (STDOUT_FILENO),
                                     self->has_colour);
      line = self->folded->str;
      size = self->folded->len;
    }
  g_string_append_len (self->out, line, (gssize) size);
  if (!self->is_raw)
    g_string_append_c (self->out, '\n');
  if (details)
    g_string_append (self->out, details);
  if (self->output)
    hand_over (self);
  else if (self->out->len >= MAX_OUT)
    catalina_tool_lines_flush (self);
}

TribesJson
catalina_tool_lines_open_note (CatalinaToolLines *self, const char *name)
{
  TribesJson json = { .out = g_string_new (NULL),
                      .style = self->is_text ? TRIBES_JSON_LINE : TRIBES_JSON_COMPACT };

  tribes_json_begin_object (&json);
  if (self->is_text)
    {
      g_string_append (json.out, name);
      return json;
    }
  tribes_json_add_int (&json, "v", 1);
  tribes_json_add_string (&json, "event", name);
  return json;
}

void
catalina_tool_lines_close_note (CatalinaToolLines *self, TribesJson *json)
{
  tribes_json_end_object (json);
  if (self->is_text)
    g_printerr ("%s: %s\n", g_get_prgname (), json->out->str);
  else
    put (self, json->out->str, json->out->len, NULL);
  g_string_free (json->out, TRUE);
}

static void
report_lost (CatalinaToolLines *self)
{
  TribesJson json = catalina_tool_lines_open_note (self, "events-lost");

  tribes_json_add_uint (&json, "count", self->lost - self->reported);
  self->reported = self->lost;
  catalina_tool_lines_close_note (self, &json);
}

void
catalina_tool_lines_put (CatalinaToolLines *self, const char *line, gsize size, const char *details)
{
  if (self->lost > self->reported)
    report_lost (self);
  put (self, line, size, details);
}
