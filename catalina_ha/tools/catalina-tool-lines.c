/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-lines-private.h"

#include <errno.h>
#include <unistd.h>

#include "catalina_ha/tools/catalina-tool-terminal-private.h"

/* Lines leave when there are so many bytes of them. */
#define MAX_OUT 65536

void
catalina_tool_lines_init (CatalinaToolLines *self, gboolean is_text)
{
  const char *no_colour = g_getenv ("NO_COLOR");

  *self = (CatalinaToolLines){ .out = g_string_sized_new (MAX_OUT) };
  if (!is_text || !isatty (STDOUT_FILENO))
    return;
  self->folded = g_string_new (NULL);
  self->has_colour
      = g_log_writer_supports_color (STDOUT_FILENO) && (!no_colour || no_colour[0] == '\0');
}

void
catalina_tool_lines_clear (CatalinaToolLines *self)
{
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
catalina_tool_lines_put (CatalinaToolLines *self, const char *line, gsize size, const char *details)
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
  g_string_append_c (self->out, '\n');
  if (details)
    g_string_append (self->out, details);
  if (self->out->len >= MAX_OUT)
    catalina_tool_lines_flush (self);
}
