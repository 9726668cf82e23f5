/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/channel/tribes-state-directory-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hex-private.h"

#define LOCK     "lock"
#define FILENAME "unique-id"
/* While it is being written. */
#define NEW_FILENAME "unique-id.new"

/* 16 bytes in hex, and the end of the line. */
#define TEXT_SIZE (2 * TRIBES_MEMBER_ID_SIZE + 1)

struct _TribesStateDirectory
{
  char *path;
  int fd;
  int lock; /* held as long as it is open */
};

/* Always FALSE. */
static gboolean G_GNUC_PRINTF (4, 5)
    fail (TribesStateDirectory *self, const char *name, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "%s%s%s: %s", self->path, name ? "/" : "",
               name ? name : "", text);
  return FALSE;
}

static gboolean
fail_errno (TribesStateDirectory *self, const char *name, GError **error)
{
  return fail (self, name, error, "%s", g_strerror (errno));
}

/* Whether nobody but this user, and the superuser, can have written it. */
static gboolean
check_owner (TribesStateDirectory *self,
             const char *name,
             const struct stat *status,
             GError **error)
{
  if (status->st_uid != geteuid ())
    return fail (self, name, error, "expected to own it, found owner %u", (guint) status->st_uid);
  if ((status->st_mode & 022) != 0)
    return fail (self, name, error, "expected that nobody else can write to it, found mode %04o",
                 (guint) status->st_mode & 07777);
  return TRUE;
}

static gboolean
open_folder (TribesStateDirectory *self, GError **error)
{
  struct stat status;

  if (g_mkdir (self->path, 0700) != 0 && errno != EEXIST)
    return fail_errno (self, NULL, error);
  self->fd = open (self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->fd < 0 || fstat (self->fd, &status) != 0)
    return fail_errno (self, NULL, error);
  return check_owner (self, NULL, &status, error);
}

/* The kernel gives it back when the process ends, however that happens. */
static gboolean
take_lock (TribesStateDirectory *self, GError **error)
{
  self->lock
      = openat (self->fd, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (self->lock < 0)
    return fail_errno (self, LOCK, error);
  if (flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno == EWOULDBLOCK)
    return fail (self, NULL, error, "another process is using it, and has its unique id");
  return fail_errno (self, LOCK, error);
}

TribesStateDirectory *
tribes_state_directory_open (const char *path, GError **error)
{
  g_autoptr (TribesStateDirectory) self = g_new0 (TribesStateDirectory, 1);

  self->path = g_strdup (path);
  self->fd = self->lock = -1;
  return open_folder (self, error) && take_lock (self, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
tribes_state_directory_is (TribesStateDirectory *self, const char *path)
{
  return strcmp (self->path, path) == 0;
}

void
tribes_state_directory_free (TribesStateDirectory *self)
{
  if (self->lock >= 0)
    close (self->lock);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self);
}

static gboolean
read_text (TribesStateDirectory *self, int fd, char *text, GError **error)
{
  struct stat status;
  gssize size;

  if (fstat (fd, &status) != 0)
    return fail_errno (self, FILENAME, error);
  if (!S_ISREG (status.st_mode))
    return fail (self, FILENAME, error, "expected a regular file");
  if (!check_owner (self, FILENAME, &status, error))
    return FALSE;
  size = read (fd, text, TEXT_SIZE + 1);
  if (size < 0)
    return fail_errno (self, FILENAME, error);
  if (size != TEXT_SIZE || text[TEXT_SIZE - 1] != '\n')
    return fail (self, FILENAME, error, "expected 32 hex digits and the end of the line, found %s",
                 size > TEXT_SIZE ? "more" : "something else");
  text[TEXT_SIZE - 1] = '\0';
  return TRUE;
}

/* @found: whether there is one. */
static gboolean
load (TribesStateDirectory *self, guint8 *unique_id, gboolean *found, GError **error)
{
  int fd = openat (self->fd, FILENAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char text[TEXT_SIZE + 1];
  gboolean good;

  *found = FALSE;
  if (fd < 0)
    return errno == ENOENT || fail_errno (self, FILENAME, error);
  good = read_text (self, fd, text, error);
  close (fd);
  if (!good)
    return FALSE;
  if (!tribes_hex_parse (text, unique_id, TRIBES_MEMBER_ID_SIZE))
    return fail (self, FILENAME, error, "expected 32 hex digits, found something else");
  *found = TRUE;
  return TRUE;
}

static gboolean
write_text (int fd, const char *text)
{
  return write (fd, text, TEXT_SIZE) == TEXT_SIZE && fsync (fd) == 0;
}

static gboolean
save (TribesStateDirectory *self, const guint8 *unique_id, GError **error)
{
  g_autofree char *hex = tribes_hex_dup (unique_id, TRIBES_MEMBER_ID_SIZE);
  g_autofree char *text = g_strconcat (hex, "\n", NULL);
  gboolean good;
  int fd;

  /* Of one that was interrupted. */
  if (unlinkat (self->fd, NEW_FILENAME, 0) != 0 && errno != ENOENT)
    return fail_errno (self, NEW_FILENAME, error);
  fd = openat (self->fd, NEW_FILENAME, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail_errno (self, NEW_FILENAME, error);
  good = write_text (fd, text);
  good = close (fd) == 0 && good;
  if (!good || renameat (self->fd, NEW_FILENAME, self->fd, FILENAME) != 0 || fsync (self->fd) != 0)
    return fail_errno (self, FILENAME, error);
  return TRUE;
}

gboolean
tribes_state_directory_keep_unique_id (TribesStateDirectory *self,
                                       guint8 *unique_id,
                                       GError **error)
{
  gboolean found;

  return load (self, unique_id, &found, error) && (found || save (self, unique_id, error));
}
