/* SPDX-License-Identifier: Apache-2.0
 *
 * Entities as Tomcat's reader has them: text, and files of this host. All that they bring into a
 * document is counted, so that few bytes never become many, and nothing but regular files is
 * opened: no socket, no device.
 */
#include "xmlconf/xmlconf-entities-private.h"

#include <string.h>

/* A document with more declarations is not a configuration. */
#define MAX_DECLARED 256

/* Text that names text that names text. */
#define MAX_DEPTH 16

#define OPEN      "<" XMLCONF_PART_ELEMENT ">"
#define CLOSE     "</" XMLCONF_PART_ELEMENT ">"

void
xmlconf_entities_init (XmlconfEntities *self, XmlconfEntityMode mode, gsize room)
{
  *self = (XmlconfEntities){ .mode = mode, .room = room };
}

void
xmlconf_entities_clear (XmlconfEntities *self)
{
  g_clear_pointer (&self->declared, xmlFreeDoc);
}

void
xmlconf_part_clear (XmlconfPart *part)
{
  g_clear_pointer (&part->text, g_free);
  g_clear_pointer (&part->encoding, g_free);
}

static gboolean
take_room (XmlconfEntities *self, gsize size, GError **error)
{
  if (size <= self->room)
    {
      self->room -= size;
      return TRUE;
    }
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_LIMIT,
               "entities bring in more than a configuration may have");
  return FALSE;
}

/* A path that is not absolute counts from the folder of the file that names it. */
static char *
resolve (const char *file, const char *system_id, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *scheme = g_uri_parse_scheme (system_id);
  g_autofree char *path = NULL;

  if (!scheme)
    path = g_uri_unescape_string (system_id, "/");
  else if (g_ascii_strcasecmp (scheme, "file") == 0)
    {
      g_autoptr (GUri) uri = g_uri_parse (system_id, G_URI_FLAGS_NONE, NULL);
      const char *host = uri ? g_uri_get_host (uri) : NULL;

      if (uri && (!host || host[0] == '\0' || strcmp (host, "localhost") == 0))
        path = g_strdup (g_uri_get_path (uri));
    }
  if (path && path[0] != '\0')
    return g_path_is_absolute (path) ? g_steal_pointer (&path)
                                     : g_build_filename (folder, path, NULL);
  g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_FORBIDDEN,
               "\"%s\" is no file of this host, and nothing else is read", system_id);
  return NULL;
}

static gboolean
may_declare (XmlconfEntities *self, const char *name, int type, GError **error)
{
  const char *problem = NULL;

  if (self->mode == XMLCONF_ENTITIES_NONE)
    problem = "entities are not read, neither from other files nor from this one; write the text "
              "where it is used";
  else if (type != XML_INTERNAL_GENERAL_ENTITY && type != XML_EXTERNAL_GENERAL_PARSED_ENTITY)
    problem = "entities for declarations, with a % before the name, are not read";
  else if (type == XML_EXTERNAL_GENERAL_PARSED_ENTITY && self->mode != XMLCONF_ENTITIES_FILES)
    problem = "entities are not read from other files here; write the text where it is used";
  if (problem)
    g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_FORBIDDEN, "declares the entity \"%s\": %s",
                 name, problem);
  else if (++self->n_declared > MAX_DECLARED)
    g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_LIMIT, "declares more than %u entities",
                 MAX_DECLARED);
  else
    return TRUE;
  return FALSE;
}

gboolean
xmlconf_entities_declare (XmlconfEntities *self,
                          const char *file,
                          const char *name,
                          int type,
                          const char *system_id,
                          const char *content,
                          GError **error)
{
  g_autofree char *path = NULL;

  if (!may_declare (self, name, type, error))
    return FALSE;
  if (type == XML_EXTERNAL_GENERAL_PARSED_ENTITY
      && !(path = resolve (file, system_id ? system_id : "", error)))
    return FALSE;
  if (!self->declared)
    {
      self->declared = xmlNewDoc ((const xmlChar *) "1.0");
      xmlCreateIntSubset (self->declared, (const xmlChar *) "entities", NULL, NULL);
    }
  /* Of two declarations the first counts, which is what this does. */
  xmlAddDocEntity (self->declared, (const xmlChar *) name, type, NULL, (const xmlChar *) path,
                   (const xmlChar *) content);
  return TRUE;
}

xmlEntityPtr
xmlconf_entities_find (XmlconfEntities *self, const char *name)
{
  return self->declared ? xmlGetDocEntity (self->declared, (const xmlChar *) name) : NULL;
}

const char *
xmlconf_entities_get_path (XmlconfEntities *self, const char *name)
{
  xmlEntityPtr entity = xmlconf_entities_find (self, name);

  return entity && entity->etype == XML_EXTERNAL_GENERAL_PARSED_ENTITY
             ? (const char *) entity->SystemID
             : NULL;
}

static gboolean
append_character (GString *out, const char *digits)
{
  gboolean hex = digits[0] == 'x';
  guint64 number = g_ascii_strtoull (digits + hex, NULL, hex ? 16 : 10);

  if (number == 0 || number > 0x10ffff)
    return FALSE;
  g_string_append_unichar (out, (gunichar) number);
  return TRUE;
}

static gboolean expand_into (
    XmlconfEntities *self, GString *out, const char *text, gsize size, guint depth, GError **error);

/* @name: between & and ;. libxml2 has looked at it before: what is unknown, or a file, cannot stand
 * in an attribute. */
static gboolean
append_reference (
    XmlconfEntities *self, GString *out, const char *name, guint depth, GError **error)
{
  xmlEntityPtr entity;

  if (name[0] == '#' && append_character (out, name + 1))
    return TRUE;
  entity = xmlGetPredefinedEntity ((const xmlChar *) name);
  if (entity)
    {
      g_string_append (out, (const char *) entity->content);
      return TRUE;
    }
  entity = xmlconf_entities_find (self, name);
  if (entity && entity->content && depth < MAX_DEPTH)
    return take_room (self, strlen ((const char *) entity->content), error)
           && expand_into (self, out, (const char *) entity->content,
                           strlen ((const char *) entity->content), depth + 1, error);
  g_set_error (error, XMLCONF_ERROR, depth < MAX_DEPTH ? XMLCONF_ERROR_SYNTAX : XMLCONF_ERROR_LIMIT,
               "&%s; cannot stand in the value of an attribute", name);
  return FALSE;
}

static gboolean
expand_into (
    XmlconfEntities *self, GString *out, const char *text, gsize size, guint depth, GError **error)
{
  const char *end = text + size;

  while (text < end)
    {
      const char *reference = memchr (text, '&', (gsize) (end - text));
      const char *stop = reference ? memchr (reference, ';', (gsize) (end - reference)) : NULL;
      g_autofree char *name = NULL;

      if (!stop)
        break;
      g_string_append_len (out, text, reference - text);
      name = g_strndup (reference + 1, (gsize) (stop - reference - 1));
      if (!append_reference (self, out, name, depth, error))
        return FALSE;
      text = stop + 1;
    }
  g_string_append_len (out, text, end - text);
  return TRUE;
}

char *
xmlconf_entities_expand (XmlconfEntities *self, const char *value, gsize size, GError **error)
{
  g_autoptr (GString) out = NULL;

  if (!memchr (value, '&', size))
    return g_strndup (value, size);
  out = g_string_sized_new (size);
  if (!expand_into (self, out, value, size, 0, error))
    return NULL;
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The name after encoding= in "<?xml ... ?>", or NULL. */
static char *
dup_encoding (const char *declaration, gsize size)
{
  g_autofree char *text = g_strndup (declaration, size);
  const char *p = strstr (text, "encoding");
  const char *quote = p ? strpbrk (p, "\"'") : NULL;
  const char *end = quote ? strchr (quote + 1, *quote) : NULL;

  return end ? g_strndup (quote + 1, (gsize) (end - quote - 1)) : NULL;
}

/* The declaration at the beginning of a file becomes blank, since it is not the beginning of the
 * document any more; lines stay where they are. */
static void
blank_declaration (XmlconfPart *part, char *text, gsize size)
{
  char *end;

  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      memset (text, ' ', 3);
      text += 3;
      size -= 3;
    }
  if (size < 6 || memcmp (text, "<?xml", 5) != 0 || !g_ascii_isspace (text[5]))
    return;
  end = g_strstr_len (text, (gssize) size, "?>");
  if (!end)
    return;
  part->encoding = dup_encoding (text, (gsize) (end - text));
  for (char *p = text; p < end + 2; p++)
    if (*p != '\n')
      *p = ' ';
}

gboolean
xmlconf_entities_read (XmlconfEntities *self, const char *path, XmlconfPart *part, GError **error)
{
  g_autoptr (GBytes) bytes = xmlconf_read_file (path, xmlconf_default_limits.bytes, error);
  g_autoptr (GByteArray) text = NULL;
  gsize size;
  const guint8 *data;

  if (!bytes)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  if (!take_room (self, size, error))
    return FALSE;
  text = g_byte_array_sized_new ((guint) (size + strlen (OPEN CLOSE) + 1));
  g_byte_array_append (text, (const guint8 *) OPEN, strlen (OPEN));
  if (size > 0)
    g_byte_array_append (text, data, (guint) size);
  g_byte_array_append (text, (const guint8 *) CLOSE, strlen (CLOSE));
  part->size = text->len;
  blank_declaration (part, (char *) text->data + strlen (OPEN), size);
  part->text = (char *) g_byte_array_free (g_steal_pointer (&text), FALSE);
  return TRUE;
}
