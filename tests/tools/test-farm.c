/* SPDX-License-Identifier: Apache-2.0
 *
 * Web applications in parts: what members may send, and what then is in the folder.
 */
#include "catalina_ha/tools/catalina-tool-farm-folder-private.h"
#include "catalina_ha/tools/catalina-tool-farm-private.h"
#include "tribes/base/tribes-error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const CatalinaToolFarmLimits small = {
  .file_bytes = 100,
  .all_bytes = 150,
  .waiting_bytes = 1000,
  .files = 2,
  .max_valid_us = 300,
};

typedef struct
{
  CatalinaToolFarm *farm;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->farm = catalina_tool_farm_new (data ? data : &catalina_tool_farm_limits);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  catalina_tool_farm_free (fixture->farm);
}

static gboolean
send_part (Fixture *fixture,
      const char *sender,
      const char *file,
      gint32 number,
      gint64 total,
      const char *data,
      gint64 now_us,
      GError **error)
{
  g_auto (CatalinaDeployMessage) part = { .kind = CATALINA_DEPLOY_PART,
                                          .context = g_strdup ("/shop"),
                                          .file = g_strdup (file),
                                          .number = number,
                                          .total = total,
                                          .data = g_bytes_new (data, strlen (data)) };

  return catalina_tool_farm_receive (fixture->farm, &part, sender, now_us, error);
}

static void
give (Fixture *fixture, gint32 number, gint64 total, const char *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (send_part (fixture, "a", "shop.war", number, total, data, 0, &error));
  g_assert_no_error (error);
}

/* As "begin shop.war, write x, finish". */
static void
assert_steps (Fixture *fixture, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);
  CatalinaToolFarmStep next;

  while (catalina_tool_farm_pop (fixture->farm, &next))
    {
      g_auto (CatalinaToolFarmStep) step = next;

      if (text->len > 0)
        g_string_append (text, ", ");
      if (step.kind == CATALINA_TOOL_FARM_BEGIN)
        g_string_append_printf (text, "begin %s", step.name);
      else if (step.kind == CATALINA_TOOL_FARM_WRITE)
        g_string_append_printf (text, "write %.*s", (int) g_bytes_get_size (step.data),
                                (const char *) g_bytes_get_data (step.data, NULL));
      else if (step.kind == CATALINA_TOOL_FARM_FINISH)
        g_string_append_printf (text, "finish");
      else
        g_string_append_printf (text, "drop: %s", step.reason);
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_any_order (Fixture *fixture, gconstpointer data)
{
  give (fixture, 3, 4, "c");
  give (fixture, 1, 4, "a");
  give (fixture, 3, 4, "C");
  give (fixture, 1, 4, "A");
  assert_steps (fixture, "begin shop.war, write a");
  give (fixture, 4, 4, "d");
  give (fixture, 2, 4, "b");
  assert_steps (fixture, "write b, write c, write d, finish");
  g_assert_cmpint (catalina_tool_farm_deadline (fixture->farm), ==, G_MAXINT64);
  /* The same application once more. */
  give (fixture, 1, 1, "new");
  assert_steps (fixture, "begin shop.war, write new, finish");
}

/* Two members that deploy the same file do not mix their parts. */
static void
test_two_senders (Fixture *fixture, gconstpointer data)
{
  g_assert_true (send_part (fixture, "a", "shop.war", 1, 2, "a1", 0, NULL));
  g_assert_true (send_part (fixture, "b", "shop.war", 1, 2, "b1", 0, NULL));
  g_assert_true (send_part (fixture, "a", "shop.war", 2, 2, "a2", 0, NULL));
  assert_steps (fixture, "begin shop.war, write a1, begin shop.war, write b1, write a2, finish");
  catalina_tool_farm_sender_gone (fixture->farm, "b");
  assert_steps (fixture, "drop: its sender has gone");
}

static void
test_names (void)
{
  static const char *const bad[]
      = { "",           ".war",       "..war",          "../x.war",  "a/b.war",   "/etc/passwd",
          "x.WAR",      "x.war.",     "x.jar",          ".x.war",    "-x.war",    "x\n.war",
          "\xc3\xa4.war", "a\\b.war", "a b.war",        "a;b.war",   "a%2fb.war", "x.war/" };
  static const char *const good[]
      = { "a.war", "ROOT.war", "a#b##7.war", "A_b-c.1.war", "ROOT##001.war", "#.war" };
  g_autofree char *longest = g_strnfill (196, 'x');
  g_autofree char *fits = g_strconcat (longest, ".war", NULL);
  g_autofree char *too_long = g_strconcat ("x", fits, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (catalina_tool_farm_is_name (bad[i]));
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (catalina_tool_farm_is_name (good[i]));
  g_assert_true (catalina_tool_farm_is_name (fits));
  g_assert_false (catalina_tool_farm_is_name (too_long));
}

static void
test_contexts (void)
{
  static const char *const names[][2] = {
    { "", "ROOT.war" },        { "/", "ROOT.war" },     { "##2", "ROOT##2.war" },
    { "/shop", "shop.war" },   { "/a/b", "a#b.war" },   { "/a/b##7", "a#b##7.war" },
    { "/../x", NULL },         { "/a b", NULL },        { "/.hidden", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = catalina_tool_farm_name_of (names[i][0]);

      g_assert_cmpstr (name, ==, names[i][1]);
    }
}

static void
assert_refused (Fixture *fixture, const char *file, gint32 number, gint64 total, const char *data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (send_part (fixture, "a", file, number, total, data, 0, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
}

static void
test_hostile (Fixture *fixture, gconstpointer data)
{
  assert_refused (fixture, "../shop.war", 1, 1, "x");
  assert_refused (fixture, "shop.war", 0, 1, "x");
  assert_refused (fixture, "shop.war", -1, 1, "x");
  assert_refused (fixture, "shop.war", 2, 1, "x");
  assert_refused (fixture, "shop.war", 1, 0, "x");
  assert_refused (fixture, "shop.war", G_MAXINT32, G_MAXINT32, "x");
  assert_refused (fixture, "shop.war", 1, G_MAXINT64, "x");
  assert_steps (fixture, "");
}

/* Of one file, of all together, of what comes before its turn, and how many at once. */
static void
test_limits (Fixture *fixture, gconstpointer data)
{
  g_autofree char *sixty = g_strnfill (60, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_true (send_part (fixture, "a", "a.war", 1, 1, "x", 0, NULL));
  g_assert_true (send_part (fixture, "a", "b.war", 1, 1, "x", 0, NULL));
  assert_steps (fixture, "begin a.war, write x, finish, begin b.war, write x, finish");
  catalina_tool_farm_free (fixture->farm);
  fixture->farm = catalina_tool_farm_new (&(CatalinaToolFarmLimits){
      .file_bytes = 30720, .all_bytes = 100, .waiting_bytes = 300, .files = 2, .max_valid_us = 1 });
  g_assert_true (send_part (fixture, "a", "a.war", 1, 3, sixty, 0, NULL));
  g_assert_true (send_part (fixture, "a", "b.war", 2, 3, sixty, 0, NULL));
  g_assert_false (send_part (fixture, "a", "c.war", 1, 3, "x", 0, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (send_part (fixture, "a", "a.war", 2, 3, sixty, 0, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_clear_error (&error);
  /* Said once; and the rest of it is nothing any more. */
  g_assert_false (send_part (fixture, "a", "a.war", 1, 3, sixty, 0, &error));
  g_assert_no_error (error);
  g_assert_false (send_part (fixture, "a", "b.war", 3, 3, sixty, 0, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT);
  g_assert_nonnull (strstr (error->message, "while part 1 is missing"));
}

static void
test_expiry (Fixture *fixture, gconstpointer data)
{
  g_assert_true (send_part (fixture, "a", "a.war", 1, 1, "", 0, NULL));
  assert_steps (fixture, "begin a.war, write , finish");
  catalina_tool_farm_free (fixture->farm);
  fixture->farm = catalina_tool_farm_new (&(CatalinaToolFarmLimits){
      .file_bytes = 30720, .all_bytes = 100, .waiting_bytes = 300, .files = 2,
      .max_valid_us = 300 });
  g_assert_true (send_part (fixture, "a", "a.war", 1, 3, "1", 1000, NULL));
  g_assert_true (send_part (fixture, "a", "a.war", 2, 3, "2", 1200, NULL));
  /* What came before makes it no younger. */
  g_assert_true (send_part (fixture, "a", "a.war", 2, 3, "2", 1400, NULL));
  g_assert_cmpint (catalina_tool_farm_deadline (fixture->farm), ==, 1500);
  catalina_tool_farm_expire (fixture->farm, 1499);
  assert_steps (fixture, "begin a.war, write 1, write 2");
  catalina_tool_farm_expire (fixture->farm, 1500);
  assert_steps (fixture, "drop: no part has come for long");
  g_assert_cmpint (catalina_tool_farm_deadline (fixture->farm), ==, G_MAXINT64);
}

static void
test_disk_failed (Fixture *fixture, gconstpointer data)
{
  g_auto (CatalinaToolFarmStep) step = { 0 };

  give (fixture, 1, 2, "x");
  g_assert_true (catalina_tool_farm_pop (fixture->farm, &step));
  catalina_tool_farm_failed (fixture->farm, step.id);
  assert_steps (fixture, "write x");
  g_assert_false (send_part (fixture, "a", "shop.war", 2, 2, "y", 0, NULL));
  assert_steps (fixture, "");
  give (fixture, 1, 2, "x");
  assert_steps (fixture, "begin shop.war, write x");
}

/* The folder */

typedef struct
{
  char *path;
  CatalinaToolFarmFolder *folder;
} Place;

static void
set_up_place (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  place->path = g_dir_make_tmp ("farm-XXXXXX", NULL);
  place->folder = catalina_tool_farm_folder_open (place->path, &error);
  g_assert_no_error (error);
}

static guint
count_files (Place *place)
{
  GDir *dir = g_dir_open (place->path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n;
}

static char *
path_of (Place *place, const char *name)
{
  return g_build_filename (place->path, name, NULL);
}

static void
tear_down_place (Place *place, gconstpointer data)
{
  GDir *dir;
  const char *name;

  catalina_tool_farm_folder_free (place->folder);
  dir = g_dir_open (place->path, 0, NULL);
  while ((name = g_dir_read_name (dir)))
    {
      g_autofree char *path = path_of (place, name);

      g_assert_false (g_str_has_suffix (name, ".tribes"));
      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_dir_close (dir);
  g_assert_cmpint (g_rmdir (place->path), ==, 0);
  g_free (place->path);
}

static void
put (Place *place, guint64 id, const char *name, const char *data)
{
  g_autoptr (GError) error = NULL;
  gboolean good = catalina_tool_farm_folder_begin (place->folder, id, name, &error)
                  && catalina_tool_farm_folder_write (place->folder, id, (const guint8 *) data,
                                                      strlen (data), &error);
  guint64 size = 0;

  g_assert_no_error (error);
  good = good && catalina_tool_farm_folder_finish (place->folder, id, &size, &error);
  g_assert_no_error (error);
  g_assert_true (good);
  g_assert_cmpuint (size, ==, strlen (data));
}

static void
assert_content (Place *place, const char *name, const char *expected)
{
  g_autofree char *path = path_of (place, name);
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected);
}

static void
test_folder (Place *place, gconstpointer data)
{
  g_autofree char *path = path_of (place, "a.war");
  struct stat found;

  put (place, 1, "a.war", "first");
  assert_content (place, "a.war", "first");
  g_assert_cmpint (stat (path, &found), ==, 0);
  g_assert_cmpuint (found.st_mode & 0137, ==, 0);
  /* Until the new one is complete the old one is there. */
  g_assert_true (catalina_tool_farm_folder_begin (place->folder, 2, "a.war", NULL));
  g_assert_true (catalina_tool_farm_folder_write (place->folder, 2, (const guint8 *) "x", 1, NULL));
  assert_content (place, "a.war", "first");
  catalina_tool_farm_folder_drop (place->folder, 2);
  g_assert_cmpuint (count_files (place), ==, 1);
  put (place, 3, "a.war", "second");
  assert_content (place, "a.war", "second");
  /* An unfinished one goes with the folder's end. */
  g_assert_true (catalina_tool_farm_folder_begin (place->folder, 4, "b.war", NULL));
}

/* Where a link stands the link goes, and what it points to stays. */
static void
test_link (Place *place, gconstpointer data)
{
  g_autofree char *target = path_of (place, "target");
  g_autofree char *link = path_of (place, "a.war");

  g_assert_true (g_file_set_contents (target, "mine", -1, NULL));
  g_assert_cmpint (symlink ("target", link), ==, 0);
  put (place, 1, "a.war", "theirs");
  assert_content (place, "target", "mine");
  assert_content (place, "a.war", "theirs");
  g_assert_false (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
}

static void
test_removal (Place *place, gconstpointer data)
{
  g_autofree char *mine = path_of (place, "mine.war");
  g_autofree char *b = path_of (place, "b.war");
  g_autofree char *moved = path_of (place, "moved");
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (mine, "mine", -1, NULL));
  g_assert_false (catalina_tool_farm_folder_remove (place->folder, "mine.war", &error));
  g_assert_no_error (error);
  put (place, 1, "a.war", "a");
  g_assert_true (catalina_tool_farm_folder_remove (place->folder, "a.war", &error));
  g_assert_no_error (error);
  g_assert_false (catalina_tool_farm_folder_remove (place->folder, "a.war", &error));
  /* Somebody has put another one there. */
  put (place, 2, "b.war", "b");
  g_assert_cmpint (g_rename (b, moved), ==, 0);
  g_assert_true (g_file_set_contents (b, "mine", -1, NULL));
  g_assert_false (catalina_tool_farm_folder_remove (place->folder, "b.war", &error));
  g_assert_no_error (error);
  assert_content (place, "b.war", "mine");
  assert_content (place, "mine.war", "mine");
}

static void
test_in_the_way (Place *place, gconstpointer data)
{
  g_autofree char *path = path_of (place, "a.war");
  g_autoptr (GError) error = NULL;
  guint64 size;

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_true (catalina_tool_farm_folder_begin (place->folder, 1, "a.war", NULL));
  g_assert_false (catalina_tool_farm_folder_finish (place->folder, 1, &size, &error));
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_FAILED);
  g_assert_cmpuint (count_files (place), ==, 1);
  /* After that there is nothing more to do for it. */
  g_clear_error (&error);
  g_assert_false (catalina_tool_farm_folder_finish (place->folder, 1, &size, &error));
  g_assert_no_error (error);
}

/* What a process that was killed left behind: not what is young, nor what looks otherwise. */
static void
test_left_over (Place *place, gconstpointer data)
{
  static const char *const names[]
      = { ".a.war.0123456789abcdef.tribes", ".b.war.0123456789abcdef.tribes", ".old.war" };
  g_autofree char *path = path_of (place, names[0]);
  g_autofree char *other = path_of (place, names[2]);
  struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = path_of (place, names[i]);

      g_assert_true (g_file_set_contents (file, "x", -1, NULL));
    }
  g_assert_cmpint (utimensat (-1, path, times, 0), ==, 0);
  g_assert_cmpint (utimensat (-1, other, times, 0), ==, 0);
  catalina_tool_farm_folder_free (place->folder);
  place->folder = catalina_tool_farm_folder_open (place->path, NULL);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_files (place), ==, 2);
  g_free (path);
  path = path_of (place, names[1]);
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
test_no_folder (void)
{
  g_autoptr (GError) error = NULL;
  CatalinaToolFarmFolder *folder = catalina_tool_farm_folder_open ("/nonexistent", &error);

  g_assert_null (folder);
  g_assert_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG);
}

static void
add (const char *path, gconstpointer limits, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, limits, setup, test, teardown);
}

static void
add_place (const char *path, void (*test) (Place *, gconstpointer))
{
  g_test_add (path, Place, NULL, set_up_place, test, tear_down_place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/farm/names", test_names);
  g_test_add_func ("/farm/contexts", test_contexts);
  add ("/farm/any-order", NULL, test_any_order);
  add ("/farm/two-senders", NULL, test_two_senders);
  add ("/farm/hostile", NULL, test_hostile);
  add ("/farm/limits", &small, test_limits);
  add ("/farm/expiry", &small, test_expiry);
  add ("/farm/disk-failed", NULL, test_disk_failed);
  add_place ("/farm/folder", test_folder);
  add_place ("/farm/link", test_link);
  add_place ("/farm/removal", test_removal);
  add_place ("/farm/in-the-way", test_in_the_way);
  add_place ("/farm/left-over", test_left_over);
  g_test_add_func ("/farm/no-folder", test_no_folder);
  return g_test_run ();
}
