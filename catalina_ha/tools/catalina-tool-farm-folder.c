/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-farm-folder-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"

#define UNFINISHED ".tribes"
/* What nobody has written to for so long nobody will finish: Tomcat's maxValidTime, twice. */
#define LEFT_OVER_S 600
/* Files that may be taken away again: of more, those that came first stay. */
#define MAX_RECEIVED 1024
#define MODE         0640

struct _CatalinaToolFarmFolder
{
  char *path; /* for errors */
  int fd;
  GHashTable *files;    /* id -> File */
  GHashTable *received; /* name -> struct stat */
};

typedef struct
{
  CatalinaToolFarmFolder *folder;
  guint64 id;
  char *name;
  char *unfinished;
  int fd;
  guint64 size;
} File;

static gboolean
fail (CatalinaToolFarmFolder *self, const char *name, const char *what, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_FAILED, "%s/%s: %s: %s", self->path, name, what,
               g_strerror (errno));
  return FALSE;
}

static void
file_free (gpointer data)
{
  File *file = data;

  if (file->fd >= 0)
    {
      close (file->fd);
      unlinkat (file->folder->fd, file->unfinished, 0);
    }
  g_free (file->name);
  g_free (file->unfinished);
  g_free (file);
}

/* Only what looks as we make it, is a plain file and old. */
static void
clean_up (CatalinaToolFarmFolder *self)
{
  int fd = openat (self->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;
  struct stat found;

  if (!entries)
    {
      if (fd >= 0)
        close (fd);
      return;
    }
  while ((entry = readdir (entries)))
    if (entry->d_name[0] == '.' && g_str_has_suffix (entry->d_name, UNFINISHED)
        && strstr (entry->d_name, ".war.")
        && fstatat (self->fd, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0
        && S_ISREG (found.st_mode) && found.st_mtime < time (NULL) - LEFT_OVER_S)
      unlinkat (self->fd, entry->d_name, 0);
  closedir (entries);
}

CatalinaToolFarmFolder *
catalina_tool_farm_folder_open (const char *path, GError **error)
{
  CatalinaToolFarmFolder *self;
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0 || faccessat (fd, ".", W_OK | X_OK, 0) != 0)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "%s: %s", path, g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  self = g_new0 (CatalinaToolFarmFolder, 1);
  self->path = g_strdup (path);
  self->fd = fd;
  self->files = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, file_free);
  self->received = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, g_free);
  clean_up (self);
  return self;
}

void
catalina_tool_farm_folder_free (CatalinaToolFarmFolder *self)
{
  g_hash_table_unref (self->files);
  g_hash_table_unref (self->received);
  close (self->fd);
  g_free (self->path);
  g_free (self);
}

gboolean
catalina_tool_farm_folder_begin (CatalinaToolFarmFolder *self,
                                 guint64 id,
                                 const char *name,
                                 GError **error)
{
  File *file = g_new0 (File, 1);

  file->folder = self;
  file->id = id;
  file->name = g_strdup (name);
  file->unfinished
      = g_strdup_printf (".%s.%08x%08x" UNFINISHED, name, g_random_int (), g_random_int ());
  file->fd = openat (self->fd, file->unfinished,
                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MODE);
  if (file->fd < 0)
    {
      fail (self, name, "open", error);
      file_free (file);
      return FALSE;
    }
  g_hash_table_insert (self->files, &file->id, file);
  return TRUE;
}

gboolean
catalina_tool_farm_folder_write (
    CatalinaToolFarmFolder *self, guint64 id, const guint8 *data, gsize size, GError **error)
{
  File *file = g_hash_table_lookup (self->files, &id);

  if (!file)
    return FALSE;
  while (size > 0)
    {
      gssize written = write (file->fd, data, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        {
          fail (self, file->name, "write", error);
          g_hash_table_remove (self->files, &id);
          return FALSE;
        }
      data += written;
      size -= (gsize) written;
      file->size += (guint64) written;
    }
  return TRUE;
}

/* What a link of that name points to is not touched: the link is replaced. */
static gboolean
put_in_place (CatalinaToolFarmFolder *self, File *file, struct stat *found, GError **error)
{
  if (fsync (file->fd) != 0 || fstat (file->fd, found) != 0)
    return fail (self, file->name, "write", error);
  if (renameat (self->fd, file->unfinished, self->fd, file->name) != 0)
    return fail (self, file->name, "rename", error);
  close (file->fd);
  file->fd = -1;
  /* Without this a power failure may bring the old one back, but no half of one. */
  if (fsync (self->fd) != 0)
    return fail (self, file->name, "folder", error);
  return TRUE;
}

gboolean
catalina_tool_farm_folder_finish (CatalinaToolFarmFolder *self,
                                  guint64 id,
                                  guint64 *size,
                                  GError **error)
{
  File *file = g_hash_table_lookup (self->files, &id);
  struct stat found;
  gboolean good;

  if (!file)
    return FALSE;
  *size = file->size;
  good = put_in_place (self, file, &found, error);
  if (good && g_hash_table_size (self->received) < MAX_RECEIVED)
    g_hash_table_replace (self->received, g_strdup (file->name),
                          g_memdup2 (&found, sizeof found));
  g_hash_table_remove (self->files, &id);
  return good;
}

void
catalina_tool_farm_folder_drop (CatalinaToolFarmFolder *self, guint64 id)
{
  g_hash_table_remove (self->files, &id);
}

gboolean
catalina_tool_farm_folder_remove (CatalinaToolFarmFolder *self, const char *name, GError **error)
{
  const struct stat *ours = g_hash_table_lookup (self->received, name);
  struct stat found;
  gboolean same;

  if (!ours)
    return FALSE;
  same = fstatat (self->fd, name, &found, AT_SYMLINK_NOFOLLOW) == 0 && found.st_ino == ours->st_ino
         && found.st_dev == ours->st_dev;
  g_hash_table_remove (self->received, name);
  if (!same)
    return FALSE;
  return unlinkat (self->fd, name, 0) == 0 || fail (self, name, "remove", error);
}
