/* SPDX-License-Identifier: Apache-2.0
 *
 * The names that ${...} may use: definitions (-D) before catalina.properties before the
 * environment. Replacing ends, and its result is bounded, whatever names stand for each other.
 */
#include "xmlconf/xmlconf-properties-private.h"
#include "xmlconf/xmlconf-element-private.h"

#include <string.h>

/* Of what came and went since 9.0 all is known; of the lines before only which classes they have.
 */
#define OLDEST_TOMCAT        0x07000000
#define FIRST_UNKNOWN_TOMCAT 0x0d000000

struct _XmlconfProperties
{
  GHashTable *values;      /* name -> value: what Java would have as system properties */
  GHashTable *environment; /* name -> value */
  char *version_text;
  XmlconfVersion version;
};

/* A value may name another; Tomcat gives up after as many rounds, we stop and leave the rest as it
 * is. The size cap keeps a value that doubles itself in each round from growing to megabytes. */
#define MAX_ROUNDS 20
#define MAX_VALUE  65536

/* catalina.properties is some 10 kB; a line more than this was not written by a person. */
#define MAX_PROPERTIES_BYTES (1024 * 1024)

G_DEFINE_BOXED_TYPE (XmlconfProperties,
                     xmlconf_properties,
                     xmlconf_properties_ref,
                     xmlconf_properties_unref)

static void
properties_clear (gpointer data)
{
  XmlconfProperties *self = data;

  g_hash_table_unref (self->values);
  g_hash_table_unref (self->environment);
  g_free (self->version_text);
}

/**
 * xmlconf_properties_ref:
 * @self: properties
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @self
 *
 * Since: 0.1
 */
XmlconfProperties *
xmlconf_properties_ref (XmlconfProperties *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * xmlconf_properties_unref:
 * @self: (transfer full): properties
 *
 * Drops a reference.
 *
 * Since: 0.1
 */
void
xmlconf_properties_unref (XmlconfProperties *self)
{
  g_atomic_rc_box_release_full (self, properties_clear);
}

/* "name=value"; without '=' the value is empty, as with Java's -D. */
static void
add_definition (GHashTable *values, const char *definition)
{
  const char *equals = strchr (definition, '=');

  if (!equals)
    g_hash_table_replace (values, g_strdup (definition), g_strdup (""));
  else
    g_hash_table_replace (values, g_strndup (definition, (gsize) (equals - definition)),
                          g_strdup (equals + 1));
}

/* One character after a backslash in a .properties file. */
static void
append_escape (GString *to, const char **text)
{
  const char *p = *text;

  switch (*p)
    {
    case 't':
      g_string_append_c (to, '\t');
      break;
    case 'n':
      g_string_append_c (to, '\n');
      break;
    case 'r':
      g_string_append_c (to, '\r');
      break;
    case 'f':
      g_string_append_c (to, '\f');
      break;
    case 'u':
      if (strspn (p + 1, "0123456789abcdefABCDEF") >= 4)
        {
          g_autofree char *digits = g_strndup (p + 1, 4);
          gunichar c = (gunichar) g_ascii_strtoull (digits, NULL, 16);

          if (g_unichar_validate (c) && c != 0)
            g_string_append_unichar (to, c);
          p += 4;
          break;
        }
      G_GNUC_FALLTHROUGH;
    default:
      g_string_append_c (to, *p);
      break;
    }
  *text = p + 1;
}

static const char *
read_word (const char *p, const char *stop, GString *word)
{
  while (*p != '\0' && !strchr (stop, *p))
    {
      if (*p == '\\' && p[1] != '\0')
        {
          p++;
          append_escape (word, &p);
        }
      else
        g_string_append_c (word, *p++);
    }
  return p;
}

static void
add_property_line (GHashTable *values, const char *line)
{
  g_autoptr (GString) name = g_string_new (NULL);
  g_autoptr (GString) value = g_string_new (NULL);
  const char *p = line + strspn (line, " \t\f");

  if (*p == '\0' || *p == '#' || *p == '!')
    return;
  p = read_word (p, "=: \t\f", name);
  p += strspn (p, " \t\f");
  if (*p == '=' || *p == ':')
    p++;
  p += strspn (p, " \t\f");
  read_word (p, "", value);
  g_hash_table_replace (values, g_string_free (g_steal_pointer (&name), FALSE),
                        g_string_free (g_steal_pointer (&value), FALSE));
}

/* A line that ends in an odd number of backslashes goes on in the next one. */
static gboolean
continues (const GString *line)
{
  gsize slashes = 0;

  while (slashes < line->len && line->str[line->len - 1 - slashes] == '\\')
    slashes++;
  return slashes % 2 == 1;
}

static gboolean
add_properties_file (GHashTable *values, const char *filename, GError **error)
{
  g_autoptr (GBytes) bytes = xmlconf_read_file (filename, MAX_PROPERTIES_BYTES, error);
  g_autoptr (GString) line = g_string_new (NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize size;
  const char *data;

  if (!bytes)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  /* .properties files are ISO 8859-1 by definition. */
  text = g_convert (data, (gssize) size, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
  lines = g_strsplit (text ? text : "", "\n", -1);
  for (guint i = 0; lines[i]; i++)
    {
      const char *start = line->len > 0 ? lines[i] + strspn (lines[i], " \t\f") : lines[i];

      g_string_append (line, g_strchomp ((char *) start));
      if (continues (line) && lines[i + 1])
        {
          g_string_truncate (line, line->len - 1);
          continue;
        }
      add_property_line (values, line->str);
      g_string_truncate (line, 0);
    }
  return TRUE;
}

/**
 * xmlconf_properties_new:
 * @definitions: (nullable) (array zero-terminated=1): `name=value` strings, as Java's `-D` takes
 * them
 * @catalina_properties: (nullable) (type filename): path of a `catalina.properties`
 * @environment: (nullable) (array zero-terminated=1): `name=value` strings, as from g_get_environ()
 * @tomcat_version: (nullable): the Tomcat whose rules apply, `9.0.70` or `10.1` for the newest of a
 *   line; %NULL for 10.1.60
 * @error: return location for an error of %XMLCONF_ERROR
 *
 * Collects what `${...}` can stand for. A name in @definitions wins over one in
 * @catalina_properties, which wins over the @environment.
 *
 * Returns: (transfer full): the properties
 *
 * Since: 0.1
 */
XmlconfProperties *
xmlconf_properties_new (const char *const *definitions,
                        const char *catalina_properties,
                        const char *const *environment,
                        const char *tomcat_version,
                        GError **error)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) environment_values
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *version_text = tomcat_version ? tomcat_version : XMLCONF_DEFAULT_TOMCAT;
  XmlconfProperties *self;
  XmlconfVersion version;

  if (!xmlconf_version_parse (version_text, &version) || version < OLDEST_TOMCAT
      || version >= FIRST_UNKNOWN_TOMCAT)
    {
      g_set_error (error, XMLCONF_ERROR, XMLCONF_ERROR_INVALID,
                   "--tomcat:1: \"%s\" is no Tomcat version that can be checked for: 7.0.x to "
                   "12.0.x",
                   version_text);
      return NULL;
    }
  for (guint i = 0; environment && environment[i]; i++)
    add_definition (environment_values, environment[i]);
  if (catalina_properties && !add_properties_file (values, catalina_properties, error))
    return NULL;
  for (guint i = 0; definitions && definitions[i]; i++)
    add_definition (values, definitions[i]);
  self = g_atomic_rc_box_new0 (XmlconfProperties);
  self->values = g_steal_pointer (&values);
  self->environment = g_steal_pointer (&environment_values);
  self->version = version;
  self->version_text = g_strdup (version_text);
  return self;
}

/**
 * xmlconf_properties_lookup:
 * @self: properties
 * @name: a name, without `${` and `}`
 *
 * Looks one name up.
 *
 * Returns: (nullable): the value, in which other names may stand, or %NULL if @name is not known
 *
 * Since: 0.1
 */
const char *
xmlconf_properties_lookup (XmlconfProperties *self, const char *name)
{
  const char *value = g_hash_table_lookup (self->values, name);

  return value ? value : g_hash_table_lookup (self->environment, name);
}

const char *
xmlconf_properties_lookup_system (XmlconfProperties *self, const char *name)
{
  return g_hash_table_lookup (self->values, name);
}

/* Tomcat reads the environment only if told to. */
static gboolean
tomcat_reads_environment (XmlconfProperties *self)
{
  const char *source
      = xmlconf_properties_lookup_system (self, "org.apache.tomcat.util.digester.PROPERTY_SOURCE");

  return source && strstr (source, "EnvironmentPropertySource");
}

char *
xmlconf_properties_from_environment (XmlconfProperties *self, const char *text)
{
  const char *p = text;

  if (tomcat_reads_environment (self))
    return NULL;
  while ((p = strstr (p, "${")) != NULL)
    {
      gsize length = strcspn (p + 2, "}:");
      g_autofree char *name = g_strndup (p + 2, length);

      if (p[2 + length] != '\0' && !g_hash_table_contains (self->values, name)
          && g_hash_table_contains (self->environment, name))
        return g_steal_pointer (&name);
      p += 2;
    }
  return NULL;
}

/**
 * xmlconf_properties_get_tomcat_version:
 * @self: properties
 *
 * Gets the version of Tomcat whose rules apply.
 *
 * Returns: the version as it was given
 *
 * Since: 0.1
 */
const char *
xmlconf_properties_get_tomcat_version (XmlconfProperties *self)
{
  return self->version_text;
}

XmlconfVersion
xmlconf_properties_get_version (XmlconfProperties *self)
{
  return self->version;
}

/* `name` or `name:-otherwise`; NULL if neither gives a value. */
static char *
lookup_with_default (XmlconfProperties *self, const char *name, gsize length)
{
  g_autofree char *whole = g_strndup (name, length);
  const char *value = xmlconf_properties_lookup (self, whole);
  char *otherwise;

  if (value)
    return g_strdup (value);
  otherwise = strstr (whole, ":-");
  if (!otherwise)
    return NULL;
  *otherwise = '\0';
  value = xmlconf_properties_lookup (self, whole);
  return g_strdup (value ? value : otherwise + 2);
}

static char *
substitute_once (XmlconfProperties *self, const char *text, char **unresolved)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *p = text;

  while (*p != '\0')
    {
      const char *end = p[0] == '$' && p[1] == '{' ? strchr (p, '}') : NULL;
      g_autofree char *value = NULL;

      if (!end)
        {
          g_string_append_c (out, *p++);
          continue;
        }
      value = lookup_with_default (self, p + 2, (gsize) (end - p - 2));
      if (value)
        g_string_append (out, value);
      else
        {
          g_string_append_len (out, p, end + 1 - p);
          if (unresolved && !*unresolved)
            *unresolved = g_strndup (p + 2, (gsize) (end - p - 2));
        }
      p = end + 1;
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/**
 * xmlconf_properties_substitute:
 * @self: properties
 * @text: text with `${name}` or `${name:-otherwise}` in it
 * @unresolved: (out) (optional) (nullable) (transfer full): the first name for which there is no
 *   value
 *
 * Replaces each `${name}` by its value, again until nothing changes; one without a value stays as
 * it is, as in Tomcat.
 *
 * Tomcat counterpart: `org.apache.tomcat.util.IntrospectionUtils.replaceProperties()`.
 *
 * Returns: (transfer full): the text with values
 *
 * Since: 0.1
 */
char *
xmlconf_properties_substitute (XmlconfProperties *self, const char *text, char **unresolved)
{
  g_autofree char *current = g_strdup (text);

  if (unresolved)
    *unresolved = NULL;
  for (guint round = 0; round < MAX_ROUNDS && strchr (current, '$'); round++)
    {
      g_autofree char *next = NULL;

      if (unresolved)
        g_clear_pointer (unresolved, g_free);
      next = substitute_once (self, current, unresolved);
      if (strcmp (next, current) == 0 || strlen (next) > MAX_VALUE)
        break;
      g_free (current);
      current = g_steal_pointer (&next);
    }
  return g_steal_pointer (&current);
}
