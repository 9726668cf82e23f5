/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-template-private.h"

#include "catalina_ha/filter/catalina-filter-error-private.h"

#include <string.h>

#define MAX_BYTES 4096

static const struct
{
  char letter; /* 0: by its name only */
  const char *name;
} directives[] = {
  { 't', "time" },   { 'T', "timestamp" }, { 'e', "event" },   { 'f', "from" },
  { 'o', "to" },     { 'd', "domain" },    { 'c', "context" }, { 's', "session" },
  { 'a', "set" },    { 'r', "removed" },   { 'C', "classes" }, { 'v', "values" },
  { 'b', "bytes" },  { 'k', "ack" },       { 'l', "latency" }, { 'O', "options" },
  { 'p', "packet" }, { 0, "id" },          { 0, "transport" }, { 0, "newSession" },
  { 0, "sessions" }, { 0, "number" },      { 0, "alive" },     { 0, "captured" },
  { 0, "summary" },  { 0, "order" },       { 0, "fragment" },  { 0, "type" },
  { 0, "reply" },    { 0, "carries" },     { 0, "map" },       { 0, "level" },
  { 0, "class" },    { 0, "message" },     { 0, "exception" }, { 0, "reason" },
  { 0, "cause" },    { 0, "file" },        { 0, "line" },      { 0, "key" },
  { 0, "primary" },  { 0, "nodes" },       { 0, "entries" },   { 0, "state" },
  { 0, "object" },   { 0, "objectBytes" }, { 0, "channel" },   { 0, "membership" },
  { 0, "of" },       { 0, "compressed" },  { 0, "encrypted" }, { 0, "keyLine" },
};

typedef struct
{
  GString *text;      /* nullable: as it is */
  const char *member; /* nullable: or this */
} Part;

struct _CatalinaTemplate
{
  GArray *parts;
};

typedef struct
{
  CatalinaTemplate *template;
  const char *text;
  gsize *offset;
  GError **error;
} Parser;

static void
part_clear (gpointer data)
{
  Part *part = data;

  if (part->text)
    g_string_free (part->text, TRUE);
}

void
catalina_template_free (CatalinaTemplate *self)
{
  g_array_unref (self->parts);
  g_free (self);
}

static void
add_char (Parser *self, char c)
{
  GArray *parts = self->template->parts;
  Part added = { NULL };

  if (parts->len == 0 || !g_array_index (parts, Part, parts->len - 1).text)
    {
      added.text = g_string_new (NULL);
      g_array_append_val (parts, added);
    }
  g_string_append_c (g_array_index (parts, Part, parts->len - 1).text, c);
}

static gboolean
fail (Parser *self, gsize at, gsize size, const char *expected)
{
  gsize left = strlen (self->text + at);

  return catalina_filter_set_error (self->text, at, MIN (size, left), expected, self->offset,
                                    self->error);
}

static gboolean
fail_directive (Parser *self, gsize at, gsize size)
{
  g_autoptr (GString) expected = g_string_new ("a directive (%%");

  for (guint i = 0; i < G_N_ELEMENTS (directives); i++)
    if (directives[i].letter)
      g_string_append_printf (expected, ", %%%c %s", directives[i].letter, directives[i].name);
    else
      g_string_append_printf (expected, ", %%{%s}", directives[i].name);
  g_string_append_c (expected, ')');
  return fail (self, at, size, expected->str);
}

/* The bytes of the character at @at, for what was found. */
static gsize
count_character (const Parser *self, gsize at)
{
  return self->text[at] == '\0' ? 0 : (gsize) g_utf8_skip[(guint8) self->text[at]];
}

static gboolean
take_directive (Parser *self, gsize *at)
{
  const char *begin = self->text + *at;
  const char *end = begin[1] == '{' ? strchr (begin, '}') : NULL;
  gsize size = end ? (gsize) (end - begin) + 1 : 1 + count_character (self, *at + 1);

  if (begin[1] == '{' && !end)
    return fail (self, strlen (self->text), 0, "a } behind %{");
  for (guint i = 0; i < G_N_ELEMENTS (directives); i++)
    {
      const Part part = { NULL, directives[i].name };

      if (end ? strlen (part.member) != size - 3 || memcmp (begin + 2, part.member, size - 3) != 0
              : begin[1] == '\0' || begin[1] != directives[i].letter)
        continue;
      g_array_append_val (self->template->parts, part);
      *at += size;
      return TRUE;
    }
  return fail_directive (self, *at, size);
}

static gboolean
take_escape (Parser *self, gsize *at)
{
  static const char names[] = "nrt0\\";
  static const char meanings[] = { '\n', '\r', '\t', '\0', '\\' };
  char c = self->text[*at + 1];
  const char *name = c ? strchr (names, c) : NULL;

  if (!name)
    return fail (self, *at, 1 + count_character (self, *at + 1), "\\n, \\r, \\t, \\0 or \\\\");
  add_char (self, meanings[name - names]);
  *at += 2;
  return TRUE;
}

static gboolean
take_all (Parser *self)
{
  gsize at = 0;

  while (self->text[at] != '\0')
    {
      if (self->text[at] == '%' && self->text[at + 1] != '%')
        {
          if (!take_directive (self, &at))
            return FALSE;
        }
      else if (self->text[at] == '\\')
        {
          if (!take_escape (self, &at))
            return FALSE;
        }
      else
        {
          add_char (self, self->text[at]);
          at += self->text[at] == '%' ? 2 : 1;
        }
    }
  return TRUE;
}

static gboolean
check_text (Parser *self)
{
  gsize size = strlen (self->text);
  const char *end;

  if (!g_utf8_validate (self->text, (gssize) size, &end))
    return fail (self, (gsize) (end - self->text), 1, "UTF-8");
  if (size <= MAX_BYTES)
    return TRUE;
  end = g_utf8_find_prev_char (self->text, self->text + MAX_BYTES + 1);
  return fail (self, (gsize) (end - self->text), 1, "at most " G_STRINGIFY (MAX_BYTES) " bytes");
}

CatalinaTemplate *
catalina_template_new (const char *text, gsize *offset, GError **error)
{
  g_autoptr (CatalinaTemplate) self = g_new0 (CatalinaTemplate, 1);
  Parser parser = { self, text, offset, error };

  self->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (self->parts, part_clear);
  if (!check_text (&parser) || !take_all (&parser))
    return NULL;
  for (guint i = 0; i < self->parts->len; i++)
    if (g_array_index (self->parts, Part, i).member)
      return g_steal_pointer (&self);
  /* It is the same for every event: `-f json` means another option. */
  (void) fail (&parser, 0, strlen (text), "a text with directives such as %e");
  return NULL;
}

gboolean
catalina_template_asks (const CatalinaTemplate *self, const char *member)
{
  for (guint i = 0; i < self->parts->len; i++)
    if (g_strcmp0 (g_array_index (self->parts, Part, i).member, member) == 0)
      return TRUE;
  return FALSE;
}

/* ` name=value`, up to the next one. */
static gboolean
append_member (GString *out, const TribesJson *event, const char *name)
{
  gsize name_size = strlen (name);

  for (guint i = 0; i < event->members->len; i++)
    {
      gsize begin = g_array_index (event->members, gsize, i) + 1;
      gsize end = i + 1 < event->members->len ? g_array_index (event->members, gsize, i + 1)
                                              : event->out->len;

      if (end - begin <= name_size || event->out->str[begin + name_size] != '='
          || memcmp (event->out->str + begin, name, name_size) != 0)
        continue;
      begin += name_size + 1;
      g_string_append_len (out, event->out->str + begin, (gssize) (end - begin));
      return end > begin;
    }
  return FALSE;
}

void
catalina_template_append (const CatalinaTemplate *self, GString *out, const TribesJson *event)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      const Part *part = &g_array_index (self->parts, Part, i);

      if (part->text)
        g_string_append_len (out, part->text->str, (gssize) part->text->len);
      else if (!append_member (out, event, part->member))
        g_string_append_c (out, '-');
    }
}
