/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a regular expression is one of Java's. GRegex knows nearly the same language. Where the
 * two differ: what only Java has is taken as right without a look; a brace that quantifies nothing,
 * which GRegex takes for itself, and groups and escapes that only GRegex has are wrong in Java.
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
  /* Of a group that is not there Java says that it never matches. */
  for (const char *p = strchr (text, '\\'); p; p = strchr (p + 1 + (p[1] != '\0'), '\\'))
    if (p[1] >= '1' && p[1] <= '9')
      return TRUE;
  return FALSE;
}

/* Letters that Java has after a backslash; of the others none may stand there. */
#define JAVA_ESCAPES "tnrfaecxu0123456789dDsSwWhHvVRXbBAGZzpPkQEN"

static const char *
find_foreign_escape (const char *text)
{
  for (const char *p = strchr (text, '\\'); p && p[1] != '\0'; p = strchr (p + 2, '\\'))
    {
      if (p[1] == 'Q' && !(p = strstr (p + 2, "\\E")))
        return NULL;
      if (g_ascii_isalpha (p[1]) && !strchr (JAVA_ESCAPES, p[1]))
        return p;
    }
  return NULL;
}

/* What may follow "(?": a group without a number, a look, an independent or a named group, flags.
 */
static gboolean
is_java_group (const char *text)
{
  gsize flags = strspn (text, "idmsuxU-");

  if (text[0] == '<' && g_ascii_isalpha (text[1]))
    return text[1 + strspn (text + 1, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS)] == '>';
  return strchr (":=!>", text[0]) || g_str_has_prefix (text, "<=") || g_str_has_prefix (text, "<!")
         || text[flags] == ':' || text[flags] == ')';
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

/* The first brace or group outside of quotations and classes that is none of Java's, or NULL. */
static const char *
find_foreign_sign (const char *text)
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
        {
          p++;
          /* "\p{L}", "\x{41}": what is in the brace is a name or a number. */
          if (strchr ("pPxN", *p) && p[1] == '{' && strchr (p, '}'))
            p = strchr (p, '}');
        }
      else if (*p == '[')
        depth++;
      else if (*p == ']' && depth > 0)
        depth--;
      else if (*p == '{' && depth == 0 && !is_quantifier (p))
        return p;
      else if (depth == 0
               && (g_str_has_prefix (p, "(*")
                   || (g_str_has_prefix (p, "(?") && p[2] != '\0' && !is_java_group (p + 2))))
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
  const char *foreign, *place;

  if (strlen (text) > MAX_LENGTH)
    return TRUE;
  foreign = find_foreign_sign (text);
  if (foreign)
    return refuse (problem,
                   g_strdup_printf (*foreign == '{' ? "the brace at character %ld repeats nothing"
                                                    : "Java has no group as at character %ld",
                                    g_utf8_pointer_to_offset (text, foreign) + 1));
  foreign = find_foreign_escape (text);
  if (foreign)
    return refuse (problem, g_strdup_printf ("Java has no \\%c as at character %ld", foreign[1],
                                             g_utf8_pointer_to_offset (text, foreign) + 1));
  if (is_java_only (text))
    return TRUE;
  regex = g_regex_new (text, G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, &error);
  if (regex)
    return TRUE;
  /* GLib's message repeats the whole expression first. */
  place = g_strrstr (error->message, " at char ");
  return refuse (problem, g_strdup (place ? place + 1 : error->message));
}
