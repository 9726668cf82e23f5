/* SPDX-License-Identifier: Apache-2.0 */
#include "xmlconf/xmlconf-element-private.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

/* The XML reader: line numbers, comments, and everything hostile. */

static XmlconfElement *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return xmlconf_element_parse (bytes, "f.xml", error);
}

static void
test_lines (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root = parse ("<?xml version='1.0'?>\n"
                                           "<Server>\n"
                                           "  <Engine name='a &lt; b'\n"
                                           "          jvmRoute = \"x='\n"
                                           "y\"\n"
                                           "\n"
                                           "          defaultHost='z'/>\n"
                                           "  <Host/></Server>\n",
                                           &error);
  XmlconfElement *engine;

  g_assert_no_error (error);
  g_assert_cmpuint (xmlconf_element_get_line (root), ==, 2);
  g_assert_cmpuint (xmlconf_element_get_n_children (root), ==, 2);
  engine = xmlconf_element_get_child (root, 0);
  g_assert_cmpuint (xmlconf_element_get_line (engine), ==, 3);
  g_assert_cmpuint (xmlconf_element_get_n_attributes (engine), ==, 3);
  g_assert_cmpuint (xmlconf_element_get_attribute_line (engine, 0), ==, 3);
  g_assert_cmpuint (xmlconf_element_get_attribute_line (engine, 1), ==, 4);
  g_assert_cmpuint (xmlconf_element_get_attribute_line (engine, 2), ==, 7);
  g_assert_cmpstr (xmlconf_element_get_attribute (engine, "name"), ==, "a < b");
  g_assert_cmpstr (xmlconf_element_get_attribute (engine, "jvmRoute"), ==, "x=' y");
  g_assert_null (xmlconf_element_get_attribute (engine, "none"));
  g_assert_cmpuint (xmlconf_element_get_line (xmlconf_element_find (root, "Host")), ==, 8);
}

static void
test_text_and_comments (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root
      = parse ("<!-- top --><a> x <!-- one --><b><!-- in b --></b><!-- two --><c/> y "
               "<![CDATA[<z>]]><!-- end --></a>",
               &error);

  g_assert_no_error (error);
  g_assert_cmpstr (xmlconf_element_get_text (root), ==, "x  y <z>");
  g_assert_cmpstr (xmlconf_element_get_comment (root), ==, " top \n end ");
  g_assert_cmpstr (xmlconf_element_get_comment (xmlconf_element_find (root, "b")), ==,
                   " one \n in b ");
  g_assert_cmpstr (xmlconf_element_get_comment (xmlconf_element_find (root, "c")), ==, " two ");
  g_assert_null (xmlconf_element_get_text (xmlconf_element_find (root, "c")));
}

static void
assert_error (const char *text, XmlconfError code, const char *prefix)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root = parse (text, &error);

  g_assert_null (root);
  g_assert_error (error, XMLCONF_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_true (g_str_has_prefix (error->message, prefix));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_not_well_formed (void)
{
  assert_error ("", XMLCONF_ERROR_SYNTAX, "f.xml:1: ");
  assert_error ("\n\n", XMLCONF_ERROR_SYNTAX, "f.xml:");
  assert_error ("plain", XMLCONF_ERROR_SYNTAX, "f.xml:1: column ");
  assert_error ("<a>\n<b>\n</a>", XMLCONF_ERROR_SYNTAX, "f.xml:3: column ");
  assert_error ("<a x='1'\n x='2'/>", XMLCONF_ERROR_SYNTAX, "f.xml:2: column ");
  assert_error ("<a x='<'/>", XMLCONF_ERROR_SYNTAX, "f.xml:1: column ");
  assert_error ("<a/><b/>", XMLCONF_ERROR_SYNTAX, "f.xml:1: column ");
  assert_error ("<a>\n", XMLCONF_ERROR_SYNTAX, "f.xml:2: column ");
  assert_error ("<a>\x01</a>", XMLCONF_ERROR_SYNTAX, "f.xml:1: column ");
}

/* Mistakes that people make, in words that say which. */
static void
test_usual_mistakes (void)
{
  assert_error ("<a>\n<b x=\xe2\x80\x9dy\xe2\x80\x9d/></a>", XMLCONF_ERROR_SYNTAX,
                "f.xml:2: column 6: a typographic quotation mark around a value: write \" or '");
  assert_error ("<a x=\xe2\x80\x98y\xe2\x80\x99/>", XMLCONF_ERROR_SYNTAX,
                "f.xml:1: column 6: a typographic quotation mark");
  assert_error ("<a x=y/>", XMLCONF_ERROR_SYNTAX, "f.xml:1: column 6: AttValue: ");
  assert_error ("<a>\n<b x='y'\n  <!-- z -->\n z='1'/></a>", XMLCONF_ERROR_SYNTAX,
                "f.xml:3: column 3: a comment inside a tag: put it before the tag or behind it");
  assert_error ("<a><b x='y' <c/></a>", XMLCONF_ERROR_SYNTAX, "f.xml:1: column 13: error parsing");
}

static void
test_entities (void)
{
  assert_error ("<!DOCTYPE a [\n<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
                XMLCONF_ERROR_FORBIDDEN, "f.xml:2: ");
  assert_error ("<!DOCTYPE a [<!ENTITY e 'x'>]><a/>", XMLCONF_ERROR_FORBIDDEN, "f.xml:1: ");
  assert_error ("<!DOCTYPE a [<!ENTITY % e SYSTEM 'http://127.0.0.1:1/'> %e;]><a/>",
                XMLCONF_ERROR_FORBIDDEN, "f.xml:1: ");
  assert_error ("<!DOCTYPE l [<!ENTITY l0 'lol'><!ENTITY l1 '&l0;&l0;'>]><l>&l1;</l>",
                XMLCONF_ERROR_FORBIDDEN, "f.xml:1: ");
  assert_error ("<a>&unknown;</a>", XMLCONF_ERROR_SYNTAX, "f.xml:1: ");
  assert_error ("<!DOCTYPE a SYSTEM 'x.dtd'><a>\n&unknown;</a>", XMLCONF_ERROR_FORBIDDEN,
                "f.xml:2: ");
}

static void
test_doctype_is_skipped (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root
      = parse ("<!DOCTYPE web-app PUBLIC '-//Sun//DTD 2.3//EN' 'http://127.0.0.1:1/w.dtd'>"
               "<web-app><distributable/>&amp;&#65;</web-app>",
               &error);

  g_assert_no_error (error);
  g_assert_nonnull (xmlconf_element_find (root, "distributable"));
  g_assert_cmpstr (xmlconf_element_get_text (root), ==, "&A");
}

static void
test_xinclude_is_an_element (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root = parse ("<Server xmlns:xi='http://www.w3.org/2001/XInclude'>"
                                           "<xi:include href='/etc/passwd' parse='text'/></Server>",
                                           &error);

  g_assert_no_error (error);
  g_assert_cmpuint (xmlconf_element_get_n_children (root), ==, 1);
  g_assert_cmpstr (xmlconf_element_get_name (xmlconf_element_get_child (root, 0)), ==,
                   "xi:include");
  g_assert_null (xmlconf_element_get_text (root));
}

static void
test_limits (void)
{
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GString) wide = g_string_new ("<a");
  g_autoptr (GString) many = g_string_new ("<a>");
  g_autoptr (GString) large = g_string_new ("<a>");

  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, "<a>\n");
  for (guint i = 0; i < 300; i++)
    g_string_append_printf (wide, "\nb%u='1'", i);
  g_string_append (wide, "/>");
  for (guint i = 0; i < 60000; i++)
    g_string_append (many, "<b/>\n");
  g_string_append (many, "</a>");
  g_string_set_size (large, 5 * 1024 * 1024);
  memset (large->str + 3, ' ', large->len - 3);
  assert_error (deep->str, XMLCONF_ERROR_LIMIT, "f.xml:65: ");
  assert_error (wide->str, XMLCONF_ERROR_LIMIT, "f.xml:301: ");
  assert_error (many->str, XMLCONF_ERROR_LIMIT, "f.xml:50000: ");
  assert_error (large->str, XMLCONF_ERROR_LIMIT, "f.xml:1: ");
}

static void
assert_encoded (const char *bytes, gsize size, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = g_bytes_new (bytes, size);
  g_autoptr (XmlconfElement) root = xmlconf_element_parse (content, "f.xml", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (xmlconf_element_get_attribute (root, "n"), ==, expected);
  g_assert_cmpuint (xmlconf_element_get_line (root), ==, 1);
}

static void
test_encodings (void)
{
  static const char utf8[] = "\xef\xbb\xbf<a n='\xc3\xa9'/>";
  static const char latin1[] = "<?xml version='1.0' encoding='ISO-8859-1'?><a n='\xe9'/>";
  static const char utf16[] = "\xff\xfe<\0a\0 \0n\0=\0'\0\xe9\0'\0/\0>\0";

  assert_encoded (utf8, sizeof utf8 - 1, "\xc3\xa9");
  assert_encoded (utf16, sizeof utf16 - 1, "\xc3\xa9");
  assert_encoded (latin1, sizeof latin1 - 1, "\xc3\xa9");
  assert_error ("<a n='\xe9'/>", XMLCONF_ERROR_SYNTAX, "f.xml:1: column ");
  assert_error ("<?xml version='1.0' encoding='UTF-7'?>\n<a n='+2AA-'/>", XMLCONF_ERROR_SYNTAX,
                "f.xml:");
  assert_error ("<?xml version='1.0' encoding='no-such'?><a/>", XMLCONF_ERROR_SYNTAX, "f.xml:1: ");
  assert_error ("<?xml version='1.0' encoding='UTF-16'?><a n='\xff'/>", XMLCONF_ERROR_SYNTAX,
                "f.xml:1: ");
}

static void
assert_unreadable (const char *path, const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfElement) root = xmlconf_element_load (path, &error);
  g_autofree char *prefix = g_strconcat (path, ":1: ", NULL);

  g_assert_null (root);
  g_assert_nonnull (error);
  g_assert_true (g_str_has_prefix (error->message, prefix));
  g_assert_nonnull (strstr (error->message, what));
}

static void
test_not_a_file (void)
{
  g_autofree char *dir = g_dir_make_tmp ("xmlconf-XXXXXX", NULL);
  g_autofree char *fifo = g_build_filename (dir, "fifo", NULL);
  g_autofree char *large = g_build_filename (dir, "large", NULL);
  g_autofree char *secret = g_build_filename (dir, "secret", NULL);
  g_autofree char *missing = g_build_filename (dir, "missing", NULL);
  FILE *file = fopen (large, "w");

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  g_assert_nonnull (file);
  /* A hole: 100 MB that take no place on the disk. */
  g_assert_cmpint (fseek (file, 100 * 1024 * 1024, SEEK_SET), ==, 0);
  g_assert_cmpint (fputc ('x', file), ==, 'x');
  g_assert_cmpint (fclose (file), ==, 0);
  g_assert_true (g_file_set_contents (secret, "<Server/>", -1, NULL));
  g_assert_cmpint (g_chmod (secret, 0), ==, 0);

  assert_unreadable (dir, "is a directory");
  assert_unreadable (fifo, "not a regular file");
  assert_unreadable ("/dev/zero", "not a regular file");
  assert_unreadable (missing, g_strerror (ENOENT));
  assert_unreadable (large, "larger than");
  if (g_access (secret, R_OK) != 0) /* the superuser may read all */
    assert_unreadable (secret, g_strerror (EACCES));

  g_unlink (fifo);
  g_unlink (large);
  g_unlink (secret);
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xmlconf/element/lines", test_lines);
  g_test_add_func ("/xmlconf/element/text-and-comments", test_text_and_comments);
  g_test_add_func ("/xmlconf/element/not-well-formed", test_not_well_formed);
  g_test_add_func ("/xmlconf/element/usual-mistakes", test_usual_mistakes);
  g_test_add_func ("/xmlconf/element/entities", test_entities);
  g_test_add_func ("/xmlconf/element/doctype-is-skipped", test_doctype_is_skipped);
  g_test_add_func ("/xmlconf/element/xinclude-is-an-element", test_xinclude_is_an_element);
  g_test_add_func ("/xmlconf/element/limits", test_limits);
  g_test_add_func ("/xmlconf/element/encodings", test_encodings);
  g_test_add_func ("/xmlconf/element/not-a-file", test_not_a_file);
  return g_test_run ();
}
