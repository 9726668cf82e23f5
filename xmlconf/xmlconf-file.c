/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a file whole, never more than the cap, and never waits: a FIFO or a device in the place of
 * a server.xml is refused, not read.
 */
#include "xmlconf/xmlconf-element-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_io_error (GError **error, const char *filename, const char *what)
{
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_IO, "%s:1: %s", filename, what);
}

static void
set_limit_error (GError **error, const char *filename, gsize max_bytes)
{
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_LIMIT,
               "%s:1: file is larger than %" G_GSIZE_FORMAT
               " bytes, the most a configuration may have",
               filename, max_bytes);
}

static int
open_regular (const char *filename, gsize max_bytes, GError **error)
{
  struct stat st;
  int fd = open (filename, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

  if (fd < 0)
    {
      set_io_error (error, filename, g_strerror (errno));
      return -1;
    }
  if (fstat (fd, &st) == 0 && S_ISREG (st.st_mode) && (guint64) st.st_size <= max_bytes)
    return fd;
  if (S_ISDIR (st.st_mode))
    set_io_error (error, filename, "is a directory, not a file");
  else if (!S_ISREG (st.st_mode))
    set_io_error (error, filename, "is not a regular file");
  else
    set_limit_error (error, filename, max_bytes);
  close (fd);
  return -1;
}

/* The size of a file may change under us: what counts is what read() gives. */
static gboolean
read_all (int fd, GByteArray *into, const char *filename, gsize max_bytes, GError **error)
{
  guint8 chunk[16384];

  for (;;)
    {
      gssize n = read (fd, chunk, sizeof chunk);

      if (n == 0)
        return TRUE;
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          set_io_error (error, filename, g_strerror (errno));
          return FALSE;
        }
      if (into->len + (gsize) n > max_bytes)
        {
          set_limit_error (error, filename, max_bytes);
          return FALSE;
        }
      g_byte_array_append (into, chunk, (guint) n);
    }
}

GBytes *
xmlconf_read_file (const char *filename, gsize max_bytes, GError **error)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  int fd = open_regular (filename, max_bytes, error);
  gboolean ok;

  if (fd < 0)
    return NULL;
  ok = read_all (fd, content, filename, max_bytes, error);
  close (fd);
  return ok ? g_byte_array_free_to_bytes (g_steal_pointer (&content)) : NULL;
}
