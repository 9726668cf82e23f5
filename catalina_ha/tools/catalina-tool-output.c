/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-output-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct _CatalinaToolOutput
{
  gatomicrefcount references; /* the owner's and the thread's */
  int fd;
  gsize max_bytes;

  GMutex mutex;
  GCond changed;
  GQueue lines;
  gsize bytes; /* of the lines, and of the one being written */
  gboolean closing;
  gboolean broken; /* nobody reads any more */
};

static void
output_unref (CatalinaToolOutput *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_queue_clear_full (&self->lines, g_free);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  g_free (self);
}

static gboolean
write_all (int fd, const char *data, gsize size)
{
  while (size > 0)
    {
      gssize written = write (fd, data, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return FALSE;
      data += written;
      size -= (gsize) written;
    }
  return TRUE;
}

/* The next line, or NULL at the end. */
static char *
wait_for_line (CatalinaToolOutput *self)
{
  while (g_queue_is_empty (&self->lines) && !self->closing)
    g_cond_wait (&self->changed, &self->mutex);
  return g_queue_pop_head (&self->lines);
}

static gpointer
run (gpointer data)
{
  CatalinaToolOutput *self = data;
  char *line;

  g_mutex_lock (&self->mutex);
  while ((line = wait_for_line (self)))
    {
      gsize size = strlen (line);
      gboolean written;

      g_mutex_unlock (&self->mutex);
      /* With its end in one go: readers of a pipe then see whole lines. */
      line[size] = '\n';
      written = write_all (self->fd, line, size + 1);
      g_free (line);
      g_mutex_lock (&self->mutex);
      self->bytes -= size + 1;
      self->broken |= !written;
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
  output_unref (self);
  return NULL;
}

CatalinaToolOutput *
catalina_tool_output_new (int fd, gsize max_bytes)
{
  CatalinaToolOutput *self = g_new0 (CatalinaToolOutput, 1);

  g_atomic_ref_count_init (&self->references);
  g_atomic_ref_count_inc (&self->references);
  self->fd = fd;
  self->max_bytes = max_bytes;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  g_thread_unref (g_thread_new ("output", run, self));
  return self;
}

void
catalina_tool_output_close (CatalinaToolOutput *self, guint wait_ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) wait_ms * 1000;

  g_mutex_lock (&self->mutex);
  while (self->bytes > 0 && !self->broken && g_cond_wait_until (&self->changed, &self->mutex, end))
    ;
  self->closing = TRUE;
  g_queue_clear_full (&self->lines, g_free);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  output_unref (self);
}

gboolean
catalina_tool_output_write (CatalinaToolOutput *self, char *line)
{
  gsize size = strlen (line) + 1;
  gboolean room;

  g_mutex_lock (&self->mutex);
  room = !self->broken && self->bytes + size <= self->max_bytes;
  if (room)
    {
      self->bytes += size;
      g_queue_push_tail (&self->lines, line);
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
  if (!room)
    g_free (line);
  return room;
}
