/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-log-json-private.h"

#include <string.h>

static const char *
skip_blanks (const char *at)
{
  while (g_ascii_isspace (*at))
    at++;
  return at;
}

/* "u20ac" or what else is behind a backslash. Returns what is behind that. */
static const char *
read_escape (const char *at, GString *text)
{
  static const char letters[] = "bfnrt";
  static const char meant[] = "\b\f\n\r\t";
  const char *letter = *at != '\0' ? strchr (letters, *at) : NULL;
  gunichar code = 0;

  if (letter)
    g_string_append_c (text, meant[letter - letters]);
  else if (*at != 'u' && *at != '\0')
    g_string_append_c (text, *at);
  if (*at != 'u')
    return *at != '\0' ? at + 1 : at;
  for (guint i = 1; i <= 4; i++)
    {
      if (!g_ascii_isxdigit (at[i]))
        return at + i;
      code = code << 4 | (gunichar) g_ascii_xdigit_value (at[i]);
    }
  /* Halves of pairs are not put together: these are names and messages. */
  g_string_append_unichar (text, code >= 0xd800 && code < 0xe000 ? 0xfffd : MAX (code, 1));
  return at + 5;
}

/* Returns what is behind the text; NULL: there is none. */
static const char *
read_text (const char *at, GString *text)
{
  g_string_truncate (text, 0);
  if (*at != '"')
    return NULL;
  at++;
  while (*at != '"')
    {
      gsize plain = strcspn (at, "\"\\");

      g_string_append_len (text, at, (gssize) plain);
      at += plain;
      if (*at == '\0')
        return NULL;
      if (*at == '\\')
        at = read_escape (at + 1, text);
    }
  return at + 1;
}

void
catalina_log_json_each (const char *line, CatalinaLogJsonFunc func, gpointer user_data)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  const char *at = skip_blanks (line);

  while (*at == '{' || *at == ',')
    {
      gboolean is_list;

      at = read_text (skip_blanks (at + 1), name);
      at = at ? skip_blanks (at) : NULL;
      if (!at || *at != ':')
        return;
      at = skip_blanks (at + 1);
      is_list = *at == '[';
      do
        {
          at = read_text (is_list ? skip_blanks (at + 1) : at, text);
          if (!at)
            return;
          func (name->str, text->str, text->len, user_data);
          at = skip_blanks (at);
        }
      while (is_list && *at == ',');
      if (is_list && *at == ']')
        at = skip_blanks (at + 1);
    }
}

typedef struct
{
  const char *name;
  char *text;
} Wanted;

static void
pick (const char *name, const char *text, gsize size, gpointer user_data)
{
  Wanted *wanted = user_data;

  if (!wanted->text && strcmp (name, wanted->name) == 0)
    wanted->text = g_strndup (text, size);
}

char *
catalina_log_json_dup (const char *line, const char *name)
{
  Wanted wanted = { name, NULL };

  catalina_log_json_each (line, pick, &wanted);
  return wanted.text;
}
