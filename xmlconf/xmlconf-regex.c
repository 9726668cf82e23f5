/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a regular expression is one of Java's. GRegex knows nearly the same language. Where the
 * two differ: what only Java has is taken as right without a look, and a brace that quantifies
 * nothing, which GRegex takes for itself, is wrong in Java.
 */
#include "xmlconf/xmlconf-value-private.h"

#include <string.h>

/* Longer ones are nobody's filter, and compile in time and memory of their own. */
#define MAX_LENGTH 4096

/* Of properties of characters, flags, escapes and looks behind each has its own. */
static gboolean
is_java_only (const char *text)
{
  static const char *const parts[] = { "\\p", "\\P",  "\\u",  "\\x{", "\\X", "\\N", "\\0",
                                       "&&",  "(?<=", "(?<!", "(?d",  "(?u", "(?U" };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (text, parts[i]))
      return TRUE;
  return FALSE;
}

/* "{2}", "{2,}" or "{2,3}" */
static gboolean
is_quantifier (const char *brace)
{
  const char *p = brace + 1 + strspn (brace + 1, "0123456789");

  if (p == brace + 1)
    return FALSE;
  if (*p == ',')
    p += 1 + strspn (p + 1, "0123456789");
  return *p == '}';
}

/* The first brace outside of quotations and classes that counts nothing, or NULL. */
static const char *
find_lone_brace (const char *text)
{
  guint depth = 0;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (g_str_has_prefix (p, "\\Q"))
        {
          p = strstr (p, "\\E");
          if (!p)
            return NULL;
          p++;
        }
      else if (*p == '\\' && p[1] != '\0')
        p++;
      else if (*p == '[')
        depth++;
      else if (*p == ']' && depth > 0)
        depth--;
      else if (*p == '{' && depth == 0 && !is_quantifier (p))
        return p;
    }
  return NULL;
}

static gboolean
refuse (char **problem, char *text)
{
  if (problem)
    *problem = text;
  else
    g_free (text);
  return FALSE;
}

gboolean
xmlconf_regex_compiles (const char *text, char **problem)
{
  g_autoptr (GRegex) regex = NULL;
  g_autoptr (GError) error = NULL;
  const char *brace, *place;

  if (strlen (text) > MAX_LENGTH || is_java_only (text))
    return TRUE;
  brace = find_lone_brace (text);
  if (brace)
    return refuse (problem, g_strdup_printf ("the brace at character %ld repeats nothing",
                                             g_utf8_pointer_to_offset (text, brace) + 1));
  regex = g_regex_new (text, G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, &error);
  if (regex)
    return TRUE;
  /* GLib's message repeats the whole expression first. */
  place = g_strrstr (error->message, " at char ");
  return refuse (problem, g_strdup (place ? place + 1 : error->message));
}
