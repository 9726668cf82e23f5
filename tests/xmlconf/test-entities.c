/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-element-private.h"

#include <string.h>
#include <glib/gstdio.h>

/* Entities of documents that are files: text, other files, and everything hostile. */

typedef struct
{
  char *dir;
  GPtrArray *files; /* of char, the paths that were written */
} Folder;

static void
setup (Folder *folder, gconstpointer data)
{
  folder->dir = g_dir_make_tmp ("xmlconf-XXXXXX", NULL);
  folder->files = g_ptr_array_new_with_free_func (g_free);
  g_assert_nonnull (folder->dir);
}

static void
teardown (Folder *folder, gconstpointer data)
{
  for (guint i = 0; i < folder->files->len; i++)
    g_unlink (folder->files->pdata[i]);
  g_ptr_array_unref (folder->files);
  g_assert_cmpint (g_rmdir (folder->dir), ==, 0);
  g_free (folder->dir);
}

static const char *
put (Folder *folder, const char *name, const char *content, gssize size)
{
  char *path = g_build_filename (folder->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, content, size, NULL));
  g_ptr_array_add (folder->files, path);
  return path;
}

static XmlconfElement *
load (Folder *folder, const char *document)
{
  g_autoptr (GError) error = NULL;
  XmlconfElement *root = xmlconf_element_load (put (folder, "main.xml", document, -1), &error);

  g_assert_no_error (error);
  return root;
}

/* @where: the end of the file's name and the line */
static void
assert_refused (Folder *folder, const char *document, XmlconfError code, const char *where)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root
      = xmlconf_element_load (put (folder, "main.xml", document, -1), &error);

  g_assert_null (root);
  g_test_message ("%s", error ? error->message : "no error");
  g_assert_error (error, XMLCONF_ERROR, (int) code);
  g_assert_true (g_str_has_prefix (error->message, folder->dir));
  g_assert_true (g_str_has_prefix (error->message + strlen (folder->dir) + 1, where));
}

static void
test_file (Folder *folder, gconstpointer data)
{
  g_autoptr (XmlconfElement) root = NULL;
  XmlconfElement *cluster;

  put (folder, "part.xml",
       "<?xml version='1.0' encoding='ISO-8859-1'?>\n<!-- for all -->\n"
       "<Cluster\n name='\xe9'><Manager/></Cluster>text<Valve/>\n",
       -1);
  root = load (folder, "<!DOCTYPE s [\n<!ENTITY part SYSTEM 'part.xml'>\n]>\n"
                       "<Server><Engine>\n&part;<Host/></Engine>&part;</Server>");
  g_assert_cmpuint (xmlconf_element_get_n_children (root), ==, 3);
  for (guint i = 0; i < 2; i++)
    {
      XmlconfElement *parent = i == 0 ? xmlconf_element_find (root, "Engine") : root;

      cluster = xmlconf_element_find (parent, "Cluster");
      g_assert_nonnull (cluster);
      g_assert_true (g_str_has_suffix (xmlconf_element_get_file (cluster), "/part.xml"));
      g_assert_cmpuint (xmlconf_element_get_line (cluster), ==, 3);
      g_assert_cmpuint (xmlconf_element_get_attribute_line (cluster, 0), ==, 4);
      g_assert_cmpstr (xmlconf_element_get_attribute (cluster, "name"), ==, "\xc3\xa9");
      g_assert_cmpstr (xmlconf_element_get_comment (cluster), ==, " for all ");
      g_assert_nonnull (xmlconf_element_find (cluster, "Manager"));
      g_assert_nonnull (xmlconf_element_find (parent, "Valve"));
      g_assert_cmpstr (xmlconf_element_get_text (parent), ==, "text");
    }
  cluster = xmlconf_element_find (xmlconf_element_find (root, "Engine"), "Host");
  g_assert_cmpuint (xmlconf_element_get_line (cluster), ==, 5);
  g_assert_true (g_str_has_suffix (xmlconf_element_get_file (cluster), "/main.xml"));
}

static void
test_paths (Folder *folder, gconstpointer data)
{
  const char *path = put (folder, "a b.xml", "\xef\xbb\xbf<Valve/>", -1);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  const char *const names[] = { "a%20b.xml", "./a%20b.xml", uri };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *document
          = g_strdup_printf ("<!DOCTYPE s [<!ENTITY e SYSTEM '%s'>]><s>&e;</s>", names[i]);
      g_autoptr (XmlconfElement) root = load (folder, document);

      g_assert_nonnull (xmlconf_element_find (root, "Valve"));
    }
}

static void
test_nested (Folder *folder, gconstpointer data)
{
  g_autoptr (XmlconfElement) root = NULL;

  put (folder, "one.xml", "<a>&two;</a>", -1);
  put (folder, "two.xml", "<b/>&three;", -1);
  root = load (folder, "<!DOCTYPE s [<!ENTITY one SYSTEM 'one.xml'><!ENTITY two SYSTEM 'two.xml'>"
                       "<!ENTITY three 'x &amp; y'>]><s>&one;<c/></s>");
  g_assert_cmpuint (xmlconf_element_get_n_children (root), ==, 2);
  g_assert_nonnull (xmlconf_element_find (xmlconf_element_find (root, "a"), "b"));
  g_assert_cmpstr (xmlconf_element_get_text (xmlconf_element_find (root, "a")), ==, "x & y");
}

static void
test_text (Folder *folder, gconstpointer data)
{
  g_autoptr (XmlconfElement) root
      = load (folder, "<!DOCTYPE s [<!ENTITY port '4000'><!ENTITY h 'a&#38;amp;b'>"
                      "<!ENTITY both '&port; on &h;'><!ENTITY v '<Valve n=\"&port;\"/>'>]>\n"
                      "<s a='&port;' b='x&both;y' c='&lt;&amp;&#65;&#x42;&quot;'>&v;&v;</s>");

  g_assert_cmpstr (xmlconf_element_get_attribute (root, "a"), ==, "4000");
  g_assert_cmpstr (xmlconf_element_get_attribute (root, "b"), ==, "x4000 on a&by");
  g_assert_cmpstr (xmlconf_element_get_attribute (root, "c"), ==, "<&AB\"");
  g_assert_cmpuint (xmlconf_element_get_n_children (root), ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpstr (xmlconf_element_get_attribute (xmlconf_element_get_child (root, i), "n"), ==,
                     "4000");
}

#define DECLARE(name, value) "<!ENTITY " name " " value ">"
#define TEN(x)               x x x x x x x x x x

static void
assert_bomb (Folder *folder, const char *document)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (xmlconf_element_load (put (folder, "main.xml", document, -1), &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
}

static void
test_nested_bombs (Folder *folder, gconstpointer data)
{
  static const char laughs[]
      = "<!DOCTYPE s [" DECLARE ("a", "'" TEN ("lol") "'") DECLARE ("b", "'" TEN ("&a;") "'")
          DECLARE ("c", "'" TEN ("&b;") "'") DECLARE ("d", "'" TEN ("&c;") "'")
              DECLARE ("e", "'" TEN ("&d;") "'") DECLARE ("f", "'" TEN ("&e;") "'")
                  DECLARE ("g", "'" TEN ("&f;") "'") DECLARE ("h", "'" TEN ("&g;") "'") "]>";
  g_autofree char *in_text = g_strconcat (laughs, "<s>&h;</s>", NULL);
  g_autofree char *in_value = g_strconcat (laughs, "<s a='&h;'/>", NULL);

  assert_bomb (folder, in_text);
  assert_bomb (folder, in_value);
}

/* One large text, often: no nesting that would give it away. */
static void
test_flat_bombs (Folder *folder, gconstpointer data)
{
  static const char *const texts[][3] = {
    { "", "&a;", "" },
    { "", "<b c='&a;'/>", "" },
    { "<!--", "&a;", "-->" },
    { "<b c=\"", "&a;", "\"/>" },
  };
  g_autofree char *large = g_strnfill (100000, 'x');

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GString) document = g_string_new ("<!DOCTYPE s [<!ENTITY a '");

      g_string_append_printf (document, "%s%s%s'>]>\n<s>", texts[i][0], large, texts[i][2]);
      for (guint j = 0; j < 30000; j++)
        g_string_append (document, texts[i][1]);
      g_string_append (document, "</s>");
      assert_bomb (folder, document->str);
    }
}

static void
test_many_files (Folder *folder, gconstpointer data)
{
  g_autofree char *large = g_strnfill (1024 * 1024, ' ');

  put (folder, "large.xml", large, -1);
  put (folder, "self.xml", "<a/>\n&e;", -1);
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM 'self.xml'>]><s>&e;</s>",
                  XMLCONF_ERROR_LIMIT, "self.xml:2: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM 'large.xml'>]><s>&e;&e;&e;&e;\n&e;</s>",
                  XMLCONF_ERROR_LIMIT, "main.xml:2: ");
}

static void
test_refused (Folder *folder, gconstpointer data)
{
  put (folder, "open.xml", "<a>\n<b>\n</b>", -1);
  put (folder, "close.xml", "<a/></xmlconf-part><xmlconf-part>", -1);
  put (folder, "wide.xml", "<\0a\0/\0>\0", 8);
  assert_refused (folder, "<!DOCTYPE s [\n<!ENTITY e SYSTEM 'http://127.0.0.1:1/x'>]><s>&e;</s>",
                  XMLCONF_ERROR_FORBIDDEN, "main.xml:2: ");
  assert_refused (folder, "<!DOCTYPE s [\n<!ENTITY e SYSTEM 'file://host.invalid/x'>]><s>&e;</s>",
                  XMLCONF_ERROR_FORBIDDEN, "main.xml:2: ");
  assert_refused (folder, "<!DOCTYPE s [\n<!ENTITY % e SYSTEM 'open.xml'> %e;]><s/>",
                  XMLCONF_ERROR_FORBIDDEN, "main.xml:2: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM 'missing.xml'>]>\n<s>\n&e;</s>",
                  XMLCONF_ERROR_IO, "main.xml:3: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM '/dev/zero'>]>\n<s>\n&e;</s>",
                  XMLCONF_ERROR_IO, "main.xml:3: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM 'open.xml'>]><s>&e;</s>",
                  XMLCONF_ERROR_SYNTAX, "open.xml:3: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM 'close.xml'>]><s>&e;</s>",
                  XMLCONF_ERROR_SYNTAX, "close.xml:1: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM 'wide.xml'>]><s>&e;</s>",
                  XMLCONF_ERROR_SYNTAX, "wide.xml:1: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e SYSTEM 'close.xml'>]><s\na='&e;'/>",
                  XMLCONF_ERROR_SYNTAX, "main.xml:2: ");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e '&f;'><!ENTITY f '&e;'>]>\n<s>&e;</s>",
                  XMLCONF_ERROR_SYNTAX, "main.xml:");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e '<a>'>]>\n<s>&e;</s>", XMLCONF_ERROR_SYNTAX,
                  "main.xml:");
  assert_refused (folder, "<!DOCTYPE s [<!ENTITY e 'x'>]>\n<s>&f;</s>", XMLCONF_ERROR_SYNTAX,
                  "main.xml:2: ");
}

/* A reader that is handed text, and a web.xml, open nothing. */
static void
test_modes (Folder *folder, gconstpointer data)
{
  static const char text[] = "<!DOCTYPE s [<!ENTITY e 'x'>]><s>&e;</s>";
  static const char file[] = "<!DOCTYPE s [<!ENTITY e SYSTEM 'f'>]><s>&e;</s>";
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root
      = xmlconf_element_load_as (put (folder, "main.xml", text, -1), XMLCONF_ENTITIES_TEXT, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (xmlconf_element_get_text (root), ==, "x");
  g_assert_null (
      xmlconf_element_load_as (put (folder, "main.xml", file, -1), XMLCONF_ENTITIES_TEXT, &error));
  g_assert_error (error, XMLCONF_ERROR, XMLCONF_ERROR_FORBIDDEN);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/xmlconf/entities/" name, Folder, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("file", test_file);
  ADD ("paths", test_paths);
  ADD ("nested", test_nested);
  ADD ("text", test_text);
  ADD ("nested-bombs", test_nested_bombs);
  ADD ("flat-bombs", test_flat_bombs);
  ADD ("many-files", test_many_files);
  ADD ("refused", test_refused);
  ADD ("modes", test_modes);
  return g_test_run ();
}
