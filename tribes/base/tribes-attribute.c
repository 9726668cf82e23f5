/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-attribute.h"

#include "tribes/base/tribes-error.h"

static char *
property_name (const char *attribute)
{
  GString *name = g_string_new (NULL);

  for (const char *c = attribute; *c; c++)
    {
      if (g_ascii_isupper (*c) && name->len > 0)
        g_string_append_c (name, '-');
      g_string_append_c (name, g_ascii_tolower (*c));
    }
  return g_string_free (name, FALSE);
}

/* As java.lang.Boolean does it, but for what is neither: a typo must not quietly mean "false". */
static gboolean
parse_boolean (const char *text, GValue *value)
{
  gboolean is_true = g_ascii_strcasecmp (text, "true") == 0 || g_ascii_strcasecmp (text, "yes") == 0
                     || g_ascii_strcasecmp (text, "on") == 0;

  if (!is_true && g_ascii_strcasecmp (text, "false") != 0 && g_ascii_strcasecmp (text, "no") != 0
      && g_ascii_strcasecmp (text, "off") != 0)
    return FALSE;
  g_value_set_boolean (value, is_true);
  return TRUE;
}

static gboolean
parse_value (const char *text, GValue *value)
{
  gint64 number;

  if (G_VALUE_HOLDS_STRING (value))
    {
      g_value_set_string (value, text);
      return TRUE;
    }
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return parse_boolean (text, value);
  if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return FALSE;
  if (G_VALUE_HOLDS_INT64 (value))
    g_value_set_int64 (value, number);
  else if (G_VALUE_HOLDS_INT (value) && number == (gint) number)
    g_value_set_int (value, (gint) number);
  else if (G_VALUE_HOLDS_UINT (value) && number == (guint) number)
    g_value_set_uint (value, (guint) number);
  else if (G_VALUE_HOLDS_UINT64 (value) && number >= 0)
    g_value_set_uint64 (value, (guint64) number);
  else
    return FALSE;
  return TRUE;
}

/**
 * tribes_object_has_attribute:
 * @object: a receiver, sender, membership service, interceptor or channel
 * @name: an attribute as server.xml has it
 *
 * Whether an attribute of Tomcat's class is a property here. Those that make no difference to this
 * implementation, such as sizes of thread pools, are none.
 *
 * Returns: %TRUE if so
 *
 * Since: 0.1
 */
gboolean
tribes_object_has_attribute (GObject *object, const char *name)
{
  g_autofree char *property = property_name (name);

  return g_object_class_find_property (G_OBJECT_GET_CLASS (object), property) != NULL;
}

/**
 * tribes_object_set_attribute:
 * @object: a receiver, sender, membership service, interceptor or channel
 * @name: an attribute as server.xml has it; `dropTime` is the property `drop-time`
 * @text: its value as text
 * @error: return location
 *
 * Sets the property that goes with an attribute of Tomcat's class.
 *
 * Errors: %TRIBES_ERROR_CONFIG for a name that @object does not have, and for text of the wrong
 * type or out of range.
 *
 * Tomcat counterpart: what the Digester does with the attributes of an element.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_object_set_attribute (GObject *object, const char *name, const char *text, GError **error)
{
  g_autofree char *property = property_name (name);
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (object), property);
  g_auto (GValue) value = G_VALUE_INIT;

  if (!spec || !(spec->flags & G_PARAM_WRITABLE))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "%s has no attribute \"%s\"",
                   G_OBJECT_TYPE_NAME (object), name);
      return FALSE;
    }
  g_value_init (&value, spec->value_type);
  /* g_param_value_validate() reports that it had to change the value: it was out of range. */
  if (!parse_value (text, &value) || g_param_value_validate (spec, &value))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "%s=\"%s\" of %s: not a value of type %s, or out of range", name, text,
                   G_OBJECT_TYPE_NAME (object), g_type_name (spec->value_type));
      return FALSE;
    }
  g_object_set_property (object, property, &value);
  return TRUE;
}
