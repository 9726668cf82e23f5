/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread that writes; whoever hands lines over never waits for it.
 */
#include "catalina_ha/tools/catalina-tool-output-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum
{
  /* Written at once at most: as much as a pipe takes, so that room is given back soon. */
  MAX_WRITE = 65536,
  /* A larger buffer is freed: it was needed while nobody read. */
  MAX_KEPT = 4 * MAX_WRITE,
  /* Lines that come this soon after others wait for more, and save a switch between threads each.
   */
  REST_US = 1000,
};

struct _CatalinaToolOutput
{
  gatomicrefcount references; /* the owner's and the thread's */
  int fd;
  gsize max_bytes;

  GMutex mutex;
  GCond filled;
  GCond drained;
  gint64 written_us;   /* when the last lines went, in monotonic time */
  GString *lines;      /* that nobody writes yet */
  gsize bytes;         /* of them, and of those being written */
  gboolean is_waiting; /* the thread, for lines */
  gboolean closing;
  int error; /* an errno: nothing can be written any more */

  GMainContext *context; /* the owner's */
  CatalinaToolBrokenFunc broken;
  gpointer data;
};

static void
output_unref (CatalinaToolOutput *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_string_free (self->lines, TRUE);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->filled);
  g_cond_clear (&self->drained);
  g_main_context_unref (self->context);
  g_free (self);
}

/* Another process may have made a terminal or a pipe that is shared with it non-blocking. */
static void
wait_for_room (int fd)
{
  GPollFD room = { .fd = fd, .events = G_IO_OUT };

  (void) g_poll (&room, 1, -1);
}

/* Writes some of it. Returns how much, or 0 with @error set to an errno. */
static gsize
write_some (int fd, const char *data, gsize size, int *error)
{
  for (;;)
    {
      gssize written = write (fd, data, MIN (size, MAX_WRITE));

      if (written > 0)
        return (gsize) written;
      if (written < 0 && errno == EAGAIN)
        wait_for_room (fd);
      else if (written == 0 || errno != EINTR)
        {
          *error = written == 0 ? EIO : errno;
          return 0;
        }
    }
}

/* In the owner's thread, as closing is. */
static gboolean
tell_broken (gpointer data)
{
  CatalinaToolOutput *self = data;
  gboolean closing;

  g_mutex_lock (&self->mutex);
  closing = self->closing;
  g_mutex_unlock (&self->mutex);
  if (!closing)
    self->broken (self->error, self->data);
  return G_SOURCE_REMOVE;
}

static void
set_broken (CatalinaToolOutput *self, int error)
{
  g_autoptr (GSource) source = NULL;

  self->error = error;
  if (!self->broken)
    return;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_atomic_ref_count_inc (&self->references);
  g_source_set_callback (source, tell_broken, self, (GDestroyNotify) output_unref);
  g_source_attach (source, self->context);
}

static void
rest (CatalinaToolOutput *self)
{
  gint64 end = self->written_us + REST_US;

  while (!self->closing && g_get_monotonic_time () < end)
    g_cond_wait_until (&self->filled, &self->mutex, end);
}

/* Takes the lines that are there. FALSE at the end. */
static gboolean
wait_for_lines (CatalinaToolOutput *self, GString **batch)
{
  GString *lines;

  while (self->lines->len == 0 && !self->closing)
    {
      self->is_waiting = TRUE;
      g_cond_wait (&self->filled, &self->mutex);
    }
  self->is_waiting = FALSE;
  rest (self);
  if (self->closing)
    return FALSE;
  lines = self->lines;
  if ((*batch)->allocated_len > MAX_KEPT)
    {
      g_string_free (*batch, TRUE);
      *batch = g_string_new (NULL);
    }
  self->lines = g_string_truncate (*batch, 0);
  *batch = lines;
  return TRUE;
}

/* Under a load many lines go with one call; a single one goes at once. */
static gpointer
run (gpointer data)
{
  CatalinaToolOutput *self = data;
  GString *batch = g_string_new (NULL);

  g_mutex_lock (&self->mutex);
  while (wait_for_lines (self, &batch))
    for (gsize at = 0; at < batch->len && !self->error;)
      {
        gsize written;
        int error = 0;

        g_mutex_unlock (&self->mutex);
        written = write_some (self->fd, batch->str + at, batch->len - at, &error);
        g_mutex_lock (&self->mutex);
        self->written_us = g_get_monotonic_time ();
        at += written;
        self->bytes -= written;
        if (written == 0)
          set_broken (self, error);
        g_cond_signal (&self->drained);
      }
  g_mutex_unlock (&self->mutex);
  g_string_free (batch, TRUE);
  output_unref (self);
  return NULL;
}

CatalinaToolOutput *
catalina_tool_output_new (int fd, gsize max_bytes, CatalinaToolBrokenFunc broken, gpointer data)
{
  CatalinaToolOutput *self = g_new0 (CatalinaToolOutput, 1);

  g_atomic_ref_count_init (&self->references);
  g_atomic_ref_count_inc (&self->references);
  self->fd = fd;
  self->max_bytes = max_bytes;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->filled);
  g_cond_init (&self->drained);
  self->lines = g_string_new (NULL);
  self->context = g_main_context_ref_thread_default ();
  self->broken = broken;
  self->data = data;
  g_thread_unref (g_thread_new ("output", run, self));
  return self;
}

int
catalina_tool_output_close (CatalinaToolOutput *self, guint wait_ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) wait_ms * 1000;
  int error;

  g_mutex_lock (&self->mutex);
  while (self->bytes > 0 && !self->error && g_cond_wait_until (&self->drained, &self->mutex, end))
    ;
  self->closing = TRUE;
  error = self->error;
  g_cond_signal (&self->filled);
  g_mutex_unlock (&self->mutex);
  output_unref (self);
  return error;
}

static gboolean
take (CatalinaToolOutput *self, const char *bytes, gsize size, const char *end)
{
  gsize end_size = strlen (end);
  gboolean room;

  g_mutex_lock (&self->mutex);
  room = !self->error && self->bytes + size + end_size <= self->max_bytes;
  if (room)
    {
      self->bytes += size + end_size;
      g_string_append_len (self->lines, bytes, (gssize) size);
      g_string_append (self->lines, end);
      if (self->is_waiting)
        g_cond_signal (&self->filled);
    }
  g_mutex_unlock (&self->mutex);
  return room;
}

gboolean
catalina_tool_output_write_bytes (CatalinaToolOutput *self, const char *bytes, gsize size)
{
  return take (self, bytes, size, "");
}

gboolean
catalina_tool_output_write (CatalinaToolOutput *self, const char *line, gsize size)
{
  return take (self, line, size, "\n");
}
