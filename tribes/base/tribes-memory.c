/* SPDX-License-Identifier: Apache-2.0
 *
 * What cannot be read limits nothing: an answer is never less than the truth for want of a file.
 */
#include "tribes/base/tribes-memory-private.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static guint64
read_number (const char *path)
{
  g_autofree char *text = NULL;
  guint64 number;

  /* "max" stands for no limit. */
  if (!g_file_get_contents (path, &text, NULL, NULL)
      || !g_ascii_string_to_unsigned (g_strstrip (text), 10, 1, G_MAXUINT64, &number, NULL))
    return G_MAXUINT64;
  return number;
}

/* The path of the process in the hierarchy of version 2, or of the memory controller of version 1;
 * @where is where that one is mounted. */
static char *
find_group (const char *root, const char **where, const char **file)
{
  g_autofree char *list = g_strconcat (root, "/proc/self/cgroup", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (list, &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i]; i++)
    {
      const char *memory = strstr (lines[i], ":memory:");

      *where = memory ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
      *file = memory ? "/memory.limit_in_bytes" : "/memory.max";
      if (memory)
        return g_strdup (memory + strlen (":memory:"));
      if (g_str_has_prefix (lines[i], "0::"))
        return g_strdup (lines[i] + strlen ("0::"));
    }
  return NULL;
}

/* A group has no more than those around it. */
static guint64
read_groups (const char *root)
{
  const char *where, *file;
  g_autofree char *group = find_group (root, &where, &file);
  guint64 least = G_MAXUINT64;

  while (group)
    {
      g_autofree char *path = g_strconcat (root, where, group, file, NULL);
      char *slash = strrchr (group, '/');

      least = MIN (least, read_number (path));
      if (!slash)
        break;
      *slash = '\0';
    }
  return least;
}

static guint64
read_limit (int resource)
{
  struct rlimit limit;

  if (getrlimit (resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return G_MAXUINT64;
  return limit.rlim_cur;
}

guint64
tribes_memory_get_size (const char *root)
{
  long pages = sysconf (_SC_PHYS_PAGES);
  long page_size = sysconf (_SC_PAGESIZE);
  guint64 least = pages > 0 && page_size > 0 ? (guint64) pages * (guint64) page_size : G_MAXUINT64;

  least = MIN (least, read_groups (root));
  least = MIN (least, read_limit (RLIMIT_AS));
  return MIN (least, read_limit (RLIMIT_DATA));
}
