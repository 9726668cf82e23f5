/* SPDX-License-Identifier: Apache-2.0
 *
 * The only file that knows libarchive. Nothing but zip is understood, nothing is written, and an
 * entry takes as much memory as its reader allows, whatever it says of its size.
 */
#include "xmlconf/xmlconf-archive-private.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

/* A web application with more is none that anybody checks. */
#define MAX_ENTRIES 100000

typedef struct archive Archive;

static void
archive_close (Archive *archive)
{
  (void) archive_read_free (archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_close)

static GBytes *
read_entry (Archive *archive, gsize max_bytes)
{
  g_autoptr (GByteArray) content = g_byte_array_new ();
  guint8 chunk[16384];

  for (;;)
    {
      la_ssize_t n = archive_read_data (archive, chunk, sizeof chunk);

      if (n == 0)
        return g_byte_array_free_to_bytes (g_steal_pointer (&content));
      if (n < 0 || content->len + (gsize) n > max_bytes)
        return NULL;
      g_byte_array_append (content, chunk, (guint) n);
    }
}

static gboolean
open_archive (Archive *archive, const char *filename, GBytes *bytes)
{
  gsize size;
  const void *data;

  archive_read_support_format_zip (archive);
  if (filename)
    return archive_read_open_filename (archive, filename, 65536) == ARCHIVE_OK;
  data = g_bytes_get_data (bytes, &size);
  if (size == 0)
    return FALSE;
  return archive_read_open_memory (archive, data, size) == ARCHIVE_OK;
}

/* A FIFO in the place of an archive would make us wait, and an empty file is none for Java. */
static gboolean
is_regular (const char *filename)
{
  struct stat st;

  return stat (filename, &st) == 0 && S_ISREG (st.st_mode) && st.st_size > 0;
}

gboolean
xmlconf_archive_walk (const char *filename,
                      GBytes *bytes,
                      XmlconfWantFunc want,
                      XmlconfEntryFunc func,
                      gpointer data,
                      GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();
  struct archive_entry *entry;
  int result = ARCHIVE_FATAL;

  if ((!filename || is_regular (filename)) && open_archive (archive, filename, bytes))
    for (guint i = 0; i < MAX_ENTRIES; i++)
      {
        const char *name;
        gsize wanted;
        g_autoptr (GBytes) content = NULL;

        result = archive_read_next_header (archive, &entry);
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
          break;
        name = archive_entry_pathname_utf8 (entry);
        wanted = name ? want (name, data) : 0;
        content = wanted > 0 ? read_entry (archive, wanted) : NULL;
        if (content)
          func (name, content, data);
      }
  if (result == ARCHIVE_EOF || result == ARCHIVE_OK || result == ARCHIVE_WARN)
    return TRUE;
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_SYNTAX, "%s:1: cannot be read as an archive",
               filename ? filename : "archive");
  return FALSE;
}
