/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-token-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tribes/base/tribes-error.h"
#include "tribes/cloud/tribes-cloud-api-private.h"

#define SCHEME "Bearer "

void
tribes_cloud_token_wipe (const char *header)
{
  if (header)
    explicit_bzero ((char *) header, strlen (header));
}

void
tribes_cloud_token_free (char *header)
{
  tribes_cloud_token_wipe (header);
  g_free (header);
}

static gboolean
refuse (const char *file, const char *found, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_FAILED,
               "token of the service account: expected one in %s, found %s", file, found);
  return FALSE;
}

/* @size: of @text; the bytes read in the end. */
static gboolean
read_file (const char *file, char *text, gsize *size, GError **error)
{
  int fd = open (file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  gsize used = 0;
  gssize n = 1;
  struct stat info;

  if (fd < 0)
    return refuse (file, g_strerror (errno), error);
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    {
      close (fd);
      return refuse (file, "no ordinary file", error);
    }
  while (used < *size && (n = read (fd, text + used, *size - used)) > 0)
    used += (gsize) n;
  close (fd);
  *size = used;
  return n >= 0 || refuse (file, g_strerror (errno), error);
}

static gboolean
check (const char *file, const char *text, gsize size, GError **error)
{
  if (size == 0)
    return refuse (file, "nothing", error);
  if (size > TRIBES_CLOUD_TOKEN_MAX)
    return refuse (file, "too much", error);
  /* In a header a line feed would begin another one. */
  for (gsize i = 0; i < size; i++)
    if (!g_ascii_isgraph (text[i]))
      return refuse (file, "bytes that no token has", error);
  return TRUE;
}

char *
tribes_cloud_token_read (const char *file, GError **error)
{
  const gsize head = sizeof SCHEME - 1;
  gsize size = TRIBES_CLOUD_TOKEN_MAX + 1;
  char *header = g_malloc0 (head + size + 1);
  gboolean good;

  memcpy (header, SCHEME, head);
  good = read_file (file, header + head, &size, error);
  while (good && size > 0 && g_ascii_isspace (header[head + size - 1]))
    header[head + --size] = '\0';
  if (good && check (file, header + head, size, error))
    return header;
  explicit_bzero (header, head + TRIBES_CLOUD_TOKEN_MAX + 2);
  g_free (header);
  return NULL;
}
