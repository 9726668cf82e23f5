/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read is wiped, and read into one place only: no copy of a key is left behind.
 */
#include "catalina_ha/tools/catalina-tool-keys-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalina_ha/messages/catalina-keys-private.h"
#include "catalina_ha/tools/catalina-tools-private.h"
#include "tribes/base/tribes-error.h"

enum
{
  MAX_FILE = 64 * 1024,
};

/* A key that everybody on this machine can read is none. */
static void
warn_of_mode (const char *file, int fd)
{
  struct stat status;

  if (fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && (status.st_mode & 077) != 0)
    (void) catalina_tool_complain (CATALINA_TOOL_OK,
                                   "--key-file %s: others than its owner have access to it "
                                   "(mode %04o; expected 0600)",
                                   file, (guint) status.st_mode & 07777);
}

/* How many bytes; -1 with errno. */
static gssize
read_all (int fd, char *to, gsize room)
{
  gsize size = 0;

  while (size < room)
    {
      gssize n = read (fd, to + size, room - size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      size += (gsize) n;
    }
  return (gssize) size;
}

static TribesKeyRing *
read_keys (const char *file, int fd, GError **error)
{
  char text[MAX_FILE + 1];
  gssize size = read_all (fd, text, sizeof text);
  TribesKeyRing *keys = NULL;

  if (size < 0)
    g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (errno), g_strerror (errno));
  else if (size > MAX_FILE)
    g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                 "expected at most %d bytes of keys, found more", MAX_FILE);
  else
    keys = tribes_key_ring_parse (text, (gsize) size, error);
  explicit_bzero (text, sizeof text);
  return keys;
}

int
catalina_tool_use_key_file (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesKeyRing) keys = NULL;
  int fd;

  if (!file)
    return CATALINA_TOOL_OK;
  fd = open (file, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "--key-file %s: %s", file,
                                   g_strerror (errno));
  warn_of_mode (file, fd);
  keys = read_keys (file, fd, &error);
  (void) close (fd);
  if (!keys)
    return catalina_tool_complain (CATALINA_TOOL_USAGE, "--key-file %s: %s", file, error->message);
  catalina_use_keys (keys);
  return CATALINA_TOOL_OK;
}
