/* SPDX-License-Identifier: Apache-2.0
 *
 * What is found in web applications, unpacked and packed.
 */
#include "tests/xmlconf/check-lab.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

static void
write_file (const char *dir, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, content, -1, NULL));
}

static void
remove_tree (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static void
test_web_applications (void)
{
  g_autofree char *base = g_dir_make_tmp ("xmlconf-XXXXXX", NULL);
  g_autofree char *conf = g_build_filename (base, "conf", "server.xml", NULL);
  g_autoptr (XmlconfConfig) config = NULL;
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *ids = NULL;
  XmlconfCluster *cluster;

  write_file (base, "webapps/shop##2/WEB-INF/web.xml",
              "<web-app><session-config><session-timeout> 5 </session-timeout></session-config>"
              "<distributable/></web-app>");
  write_file (base, "webapps/ROOT/WEB-INF/web.xml", "<web-app/>");
  write_file (base, "webapps/broken/WEB-INF/web.xml", "<web-app>");
  write_file (base, "webapps/own#v1/WEB-INF/web.xml", "<web-app><distributable/></web-app>");
  write_file (base, "webapps/own#v1/META-INF/context.xml", "<Context><Manager/></Context>");
  write_file (base, "webapps/none/index.html", "no web application");
  write_file (base, "conf/server.xml", SOUND_STATIC);

  config = check_lab_parse (SOUND_STATIC, conf, NULL);
  cluster = xmlconf_config_get_cluster (config, 0);
  g_assert_cmpuint (xmlconf_cluster_get_n_contexts (cluster), ==, 4);
  for (guint i = 0; i < 4; i++)
    {
      XmlconfContext *context = xmlconf_cluster_get_context (cluster, i);
      static const char *const paths[] = { "", "/broken", "/own/v1", "/shop" };
      static const int timeouts[] = { 30, 30, 30, 5 };

      g_assert_cmpstr (xmlconf_context_get_path (context), ==, paths[i]);
      g_assert_cmpint (xmlconf_context_get_session_timeout (context), ==, timeouts[i]);
      g_assert_cmpint (xmlconf_context_is_distributable (context), ==, i >= 2);
    }
  findings = xmlconf_check (config);
  ids = check_lab_dup_ids (findings);
  g_assert_cmpstr (ids, ==, "not-distributable context-unreadable own-manager");
  remove_tree (base);
}

/* An archive in memory of @n names, each followed by its content; a size of -1 stands for text. */
typedef struct
{
  const char *name;
  const char *content;
  gssize size;
} Entry;

static GBytes *
make_zip (const Entry *entries, guint n)
{
  static char buffer[65536];
  struct archive *archive = archive_write_new ();
  size_t used = 0;

  g_assert_cmpint (archive_write_set_format_zip (archive), ==, ARCHIVE_OK);
  g_assert_cmpint (archive_write_open_memory (archive, buffer, sizeof buffer, &used), ==,
                   ARCHIVE_OK);
  for (guint i = 0; i < n; i++)
    {
      struct archive_entry *entry = archive_entry_new ();
      gsize size = entries[i].size >= 0 ? (gsize) entries[i].size : strlen (entries[i].content);

      archive_entry_set_pathname (entry, entries[i].name);
      archive_entry_set_filetype (entry, AE_IFREG);
      archive_entry_set_perm (entry, 0644);
      archive_entry_set_size (entry, (la_int64_t) size);
      g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
      g_assert_cmpint (archive_write_data (archive, entries[i].content, size), ==, (gssize) size);
      archive_entry_free (entry);
    }
  g_assert_cmpint (archive_write_free (archive), ==, ARCHIVE_OK);
  return g_bytes_new (buffer, used);
}

static void
write_bytes (const char *dir, const char *name, GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
}

#define DISTRIBUTABLE "<web-app><distributable/></web-app>"
#define FRAGMENT      "META-INF/web-fragment.xml"

static void
write_applications (const char *base)
{
  static const Entry bad[] = { { "a", "a", -1 },
                               { FRAGMENT,
                                 "<web-fragment><name>m</name>"
                                 "</web-fragment>",
                                 -1 } };
  static const Entry good[] = { { FRAGMENT, "<web-fragment><distributable/></web-fragment>", -1 } };
  static const Entry plain[] = { { "Class.class", "\xca\xfe", -1 } };
  static const Entry sound[] = { { "WEB-INF/web.xml", DISTRIBUTABLE, -1 } };
  static const Entry bare[] = { { "index.html", "hello", -1 } };
  static const Entry unsound[] = { { "WEB-INF/web.xml", "<web-app>", -1 } };
  g_autoptr (GBytes) bad_jar = make_zip (bad, 2);
  g_autoptr (GBytes) good_jar = make_zip (good, 1);
  g_autoptr (GBytes) plain_jar = make_zip (plain, 1);
  g_autoptr (GBytes) sound_war = make_zip (sound, 1);
  g_autoptr (GBytes) bare_war = make_zip (bare, 1);
  g_autoptr (GBytes) unsound_war = make_zip (unsound, 1);
  Entry mixed[] = { { "WEB-INF/web.xml", DISTRIBUTABLE, -1 },
                    { "WEB-INF/lib/m.jar", g_bytes_get_data (bad_jar, NULL),
                      (gssize) g_bytes_get_size (bad_jar) },
                    { "META-INF/context.xml", "<Context sessionTimeout='7'/>", -1 } };
  g_autoptr (GBytes) mixed_war = make_zip (mixed, 3);

  write_file (base, "conf/web.xml",
              "<web-app><distributable/><session-config><session-timeout>12</session-timeout>"
              "</session-config></web-app>");
  write_file (base, "webapps/a/WEB-INF/web.xml", DISTRIBUTABLE);
  write_bytes (base, "webapps/a/WEB-INF/lib/good.jar", good_jar);
  write_bytes (base, "webapps/a/WEB-INF/lib/plain.jar", plain_jar);
  write_file (base, "webapps/b/WEB-INF/web.xml", DISTRIBUTABLE);
  write_bytes (base, "webapps/b/WEB-INF/lib/bad.jar", bad_jar);
  write_file (base, "webapps/c/WEB-INF/web.xml",
              "<web-app metadata-complete='true'><distributable/></web-app>");
  write_bytes (base, "webapps/c/WEB-INF/lib/bad.jar", bad_jar);
  write_file (base, "webapps/d/WEB-INF/web.xml",
              "<web-app><distributable/><absolute-ordering><name>x</name></absolute-ordering>"
              "</web-app>");
  write_bytes (base, "webapps/d/WEB-INF/lib/bad.jar", bad_jar);
  write_file (base, "webapps/e/WEB-INF/web.xml",
              "<web-app><distributable/><absolute-ordering><name>m</name></absolute-ordering>"
              "</web-app>");
  write_bytes (base, "webapps/e/WEB-INF/lib/bad.jar", bad_jar);
  /* Unpacked, the folder counts. */
  write_bytes (base, "webapps/a.war", bare_war);
  write_bytes (base, "webapps/f#g##1.war", sound_war);
  write_bytes (base, "webapps/h.war", mixed_war);
  write_bytes (base, "webapps/i.war", bare_war);
  write_bytes (base, "webapps/j.war", unsound_war);
  write_file (base, "webapps/k.war", "no archive");
  write_file (base, "webapps/n/WEB-INF/web.xml", DISTRIBUTABLE);
  write_file (base, "webapps/n/WEB-INF/lib/none.jar", "no archive");
  write_file (base, "webapps/o/WEB-INF/web.xml", DISTRIBUTABLE);
  write_file (base, "webapps/o/WEB-INF/lib/empty.jar", "");
  /* Neither annotations nor a <Context> can say it. */
  write_file (base, "webapps/p/WEB-INF/classes/A.class", "");
  write_file (base, "webapps/q/WEB-INF/web.xml", "<web-app/>");
  write_file (base, "webapps/q/META-INF/context.xml", "<Context distributable='true'/>");
  write_bytes (base, "elsewhere/app.war", sound_war);
  write_file (base, "elsewhere/folder/WEB-INF/web.xml", "<web-app/>");
  write_file (base, "conf/E/h/l.xml", "<Context docBase='../elsewhere/app.war'/>");
  write_file (base, "conf/E/h/m.xml", "<Context docBase='../elsewhere/folder'/>");
  write_file (base, "conf/E/h/i.xml", "<Context sessionTimeout='3'/>");
}

/* Archives, jars with a say, descriptors, and what holds for all applications. */
static void
test_archives (void)
{
  static const struct
  {
    const char *path;
    gboolean known, distributable;
    int timeout;
  } expected[] = {
    { "/l", TRUE, TRUE, 12 },  { "/m", TRUE, FALSE, 12 },  { "/a", TRUE, TRUE, 12 },
    { "/b", TRUE, FALSE, 12 }, { "/c", TRUE, TRUE, 12 },   { "/d", TRUE, TRUE, 12 },
    { "/e", TRUE, FALSE, 12 }, { "/f/g", TRUE, TRUE, 12 }, { "/h", TRUE, FALSE, 7 },
    { "/i", TRUE, FALSE, 3 },  { "/j", TRUE, FALSE, 12 },  { "/k", FALSE, FALSE, 12 },
    { "/n", TRUE, TRUE, 12 },  { "/o", TRUE, TRUE, 12 },   { "/p", TRUE, FALSE, 12 },
    { "/q", TRUE, FALSE, 12 },
  };
  g_autofree char *base = g_dir_make_tmp ("xmlconf-XXXXXX", NULL);
  g_autofree char *conf = g_build_filename (base, "conf", "server.xml", NULL);
  g_autoptr (XmlconfConfig) config = NULL;
  g_autoptr (GPtrArray) findings = NULL;
  g_autofree char *ids = NULL;
  XmlconfCluster *cluster;

  write_applications (base);
  config = check_lab_parse (SOUND_STATIC, conf, NULL);
  cluster = xmlconf_config_get_cluster (config, 0);
  g_assert_cmpuint (xmlconf_cluster_get_n_contexts (cluster), ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      XmlconfContext *context = xmlconf_cluster_get_context (cluster, i);

      g_test_message ("%s in %s", xmlconf_context_get_path (context),
                      xmlconf_context_get_file (context));
      g_assert_cmpstr (xmlconf_context_get_path (context), ==, expected[i].path);
      g_assert_cmpint (xmlconf_context_is_known (context), ==, expected[i].known);
      g_assert_cmpint (xmlconf_context_is_distributable (context), ==, expected[i].distributable);
      g_assert_cmpint (xmlconf_context_get_session_timeout (context), ==, expected[i].timeout);
    }
  findings = xmlconf_check (config);
  ids = check_lab_dup_ids (findings);
  g_assert_cmpstr (ids, ==,
                   "not-distributable fragment-not-distributable fragment-not-distributable "
                   "fragment-not-distributable not-distributable context-unreadable "
                   "context-unreadable context-unreadable context-unreadable not-distributable "
                   "context-distributable not-distributable");
  remove_tree (base);
}

void
check_lab_add_applications (void)
{
  g_test_add_func ("/xmlconf/check/web-applications", test_web_applications);
  g_test_add_func ("/xmlconf/check/archives", test_archives);
}
