/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/channel/tribes-state-directory-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-channel.h"

typedef struct
{
  char *base;
  char *path;
  char *file;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->base = g_dir_make_tmp ("tribes-state-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->base, "state", NULL);
  self->file = g_build_filename (self->path, "unique-id", NULL);
}

static void
empty (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      if (g_remove (file) != 0)
        empty (file);
      g_remove (file);
    }
  g_remove (path);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  empty (self->base);
  g_free (self->base);
  g_free (self->path);
  g_free (self->file);
}

static TribesStateDirectory *
open_directory (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  TribesStateDirectory *directory = tribes_state_directory_open (self->path, &error);

  g_assert_no_error (error);
  return directory;
}

static void
assert_kept (Fixture *self, guint8 offered, guint8 expected)
{
  g_autoptr (TribesStateDirectory) directory = open_directory (self);
  g_autoptr (GError) error = NULL;
  guint8 id[TRIBES_MEMBER_ID_SIZE];

  memset (id, offered, sizeof id);
  g_assert_true (tribes_state_directory_keep_unique_id (directory, id, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < sizeof id; i++)
    g_assert_cmpuint (id[i], ==, expected);
}

/* What is said of the file that is there; it stays as it is. */
static void
assert_refused (Fixture *self, const char *expected)
{
  g_autoptr (TribesStateDirectory) directory = open_directory (self);
  g_autoptr (GError) error = NULL;
  guint8 id[TRIBES_MEMBER_ID_SIZE] = { 0 };

  g_assert_false (tribes_state_directory_keep_unique_id (directory, id, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, expected));
  g_assert_nonnull (strstr (error->message, self->file));
}

static void
write_file (Fixture *self, const char *text, gssize size)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (self->file, text, size, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static void
test_kept (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;
  GStatBuf status;

  assert_kept (self, 7, 7);
  assert_kept (self, 8, 7);
  g_assert_cmpint (g_stat (self->path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0700);
  g_assert_cmpint (g_stat (self->file, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0600);
  g_assert_true (g_file_get_contents (self->file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "07070707070707070707070707070707\n");
}

/* One that was interrupted while it wrote left no half of an id. */
static void
test_interrupted (Fixture *self, gconstpointer data)
{
  g_autofree char *rest = g_strconcat (self->file, ".new", NULL);

  tribes_state_directory_free (open_directory (self));
  g_assert_true (g_file_set_contents (rest, "0707", 4, NULL));
  assert_kept (self, 9, 9);
  g_assert_false (g_file_test (rest, G_FILE_TEST_EXISTS));
}

/* Of a child that dies with it; stored although nobody reads it, or it would be a leak. */
static TribesStateDirectory *volatile held;

static void
test_one_process (Fixture *self, gconstpointer data)
{
  g_autoptr (TribesStateDirectory) directory = open_directory (self);
  g_autoptr (GError) error = NULL;
  pid_t child;
  int status;

  g_assert_null (tribes_state_directory_open (self->path, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
  g_assert_nonnull (strstr (error->message, "another process"));
  /* Who dies without a word gives it back. */
  g_clear_pointer (&directory, tribes_state_directory_free);
  child = fork ();
  if (child == 0)
    {
      held = tribes_state_directory_open (self->path, NULL);
      _exit (held ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  assert_kept (self, 1, 1);
}

static void
test_hostile (Fixture *self, gconstpointer data)
{
  static const char *const texts[] = { "",
                                       "\n",
                                       "0",
                                       "07070707070707070707070707070707",
                                       "0707070707070707070707070707070\n",
                                       "070707070707070707070707070707070\n",
                                       "07070707070707070707070707070707\n\n",
                                       "0707070707070707070707070707070x\n",
                                       " 7070707070707070707070707070707\n" };
  g_autofree char *other = g_build_filename (self->base, "other", NULL);
  g_autofree char *large = g_strnfill (1 << 20, '0');

  tribes_state_directory_free (open_directory (self));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      write_file (self, texts[i], -1);
      assert_refused (self, "32 hex digits");
    }
  write_file (self, large, 1 << 20);
  assert_refused (self, "found more");
  write_file (self, "07070707070707070707070707070707\n", -1);
  g_assert_cmpint (g_chmod (self->file, 0666), ==, 0);
  assert_refused (self, "mode 0666");
  /* Nobody's link is followed, nobody's pipe waited for. */
  g_assert_true (g_file_set_contents (other, "07070707070707070707070707070707\n", -1, NULL));
  g_remove (self->file);
  g_assert_cmpint (symlink (other, self->file), ==, 0);
  assert_refused (self, "");
  g_remove (self->file);
  g_assert_cmpint (mkfifo (self->file, 0600), ==, 0);
  assert_refused (self, "regular file");
  g_remove (self->file);
  g_assert_cmpint (g_mkdir (self->file, 0700), ==, 0);
  assert_refused (self, "regular file");
}

static void
test_directory (Fixture *self, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (self->base, "missing", "state", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (self->path, 0700), ==, 0);
  g_assert_cmpint (g_chmod (self->path, 0777), ==, 0);
  g_assert_null (tribes_state_directory_open (self->path, &error));
  g_assert_nonnull (strstr (error->message, "mode 0777"));
  g_clear_error (&error);
  g_assert_null (tribes_state_directory_open (missing, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
}

/* As an application has it. */
static void
test_channel (Fixture *self, gconstpointer data)
{
  g_autofree char *first = NULL;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TribesChannel) channel = tribes_channel_new ();
      g_autoptr (TribesChannel) other = tribes_channel_new ();
      g_autoptr (TribesMember) local = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *id = NULL;

      g_object_set (tribes_channel_get_receiver (channel), "address", "127.0.0.1", "port", 0,
                    "auto-bind", 0, NULL);
      g_assert_true (tribes_channel_keep_unique_id (channel, self->path, &error));
      /* Again is the same. */
      g_assert_true (tribes_channel_keep_unique_id (channel, self->path, &error));
      g_assert_false (tribes_channel_keep_unique_id (other, self->path, NULL));
      g_assert_true (tribes_channel_start (channel, TRIBES_SERVICES_SND_RX, &error));
      g_assert_no_error (error);
      local = tribes_channel_dup_local_member (channel);
      id = tribes_member_dup_unique_id (local);
      if (first)
        g_assert_cmpstr (id, ==, first);
      else
        first = g_strdup (id);
      tribes_channel_stop (channel, TRIBES_SERVICES_DEFAULT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test)                                                                            \
  g_test_add ("/channel/state-directory/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("kept", test_kept);
  ADD ("interrupted", test_interrupted);
  ADD ("one-process", test_one_process);
  ADD ("hostile", test_hostile);
  ADD ("directory", test_directory);
  ADD ("channel", test_channel);
  return g_test_run ();
}
