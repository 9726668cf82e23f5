/* SPDX-License-Identifier: Apache-2.0
 *
 * From the attributes of an element to the properties of an object. What the text means is decided
 * in xmlconf alone, as Java has it; here values only change their width, and one that does not fit
 * is an error with its place, never another value.
 */
#include "catalina_ha/cluster/catalina-cluster-private.h"

#include "tribes/base/tribes-error.h"

gboolean
catalina_config_fail_at (XmlconfNode *node, const char *attribute, GError **error)
{
  guint line = attribute ? xmlconf_node_get_attribute_line (node, attribute) : 0;

  g_prefix_error (error, "%s:%u: ", xmlconf_node_get_file (node),
                  line > 0 ? line : xmlconf_node_get_line (node));
  return FALSE;
}

char *
catalina_attribute_to_property (const char *attribute)
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

static gboolean
get_number (const GValue *value, gint64 *number)
{
  if (G_VALUE_HOLDS_INT (value))
    *number = g_value_get_int (value);
  else if (G_VALUE_HOLDS_INT64 (value))
    *number = g_value_get_int64 (value);
  else
    return FALSE;
  return TRUE;
}

static gboolean
take_number (GValue *to, gint64 number)
{
  if (G_VALUE_HOLDS_INT (to) && number == (gint) number)
    g_value_set_int (to, (gint) number);
  else if (G_VALUE_HOLDS_UINT (to) && number == (guint) number)
    g_value_set_uint (to, (guint) number);
  else if (G_VALUE_HOLDS_INT64 (to))
    g_value_set_int64 (to, number);
  else if (G_VALUE_HOLDS_UINT64 (to) && number >= 0)
    g_value_set_uint64 (to, (guint64) number);
  else
    return FALSE;
  return TRUE;
}

static gboolean
convert (const GValue *from, GValue *to)
{
  gint64 number;

  if (get_number (from, &number))
    return take_number (to, number);
  if (!g_value_type_compatible (G_VALUE_TYPE (from), G_VALUE_TYPE (to)))
    return FALSE;
  g_value_copy (from, to);
  return TRUE;
}

static char *
describe_range (GParamSpec *property)
{
  if (G_IS_PARAM_SPEC_INT (property))
    return g_strdup_printf ("%d to %d", G_PARAM_SPEC_INT (property)->minimum,
                            G_PARAM_SPEC_INT (property)->maximum);
  if (G_IS_PARAM_SPEC_UINT (property))
    return g_strdup_printf ("%u to %u", G_PARAM_SPEC_UINT (property)->minimum,
                            G_PARAM_SPEC_UINT (property)->maximum);
  if (G_IS_PARAM_SPEC_INT64 (property))
    return g_strdup_printf ("%" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                            G_PARAM_SPEC_INT64 (property)->minimum,
                            G_PARAM_SPEC_INT64 (property)->maximum);
  return g_strdup_printf ("a %s", g_type_name (property->value_type));
}

static gboolean
set_attribute (
    GObject *object, GParamSpec *property, XmlconfNode *node, const char *attribute, GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) converted = G_VALUE_INIT;
  g_autofree char *expected = NULL;

  if (!xmlconf_node_get_value (node, attribute, &value))
    return TRUE;
  g_value_init (&converted, property->value_type);
  /* g_param_value_validate() reports that it had to change the value: it was out of range. */
  if (convert (&value, &converted) && !g_param_value_validate (property, &converted))
    {
      g_object_set_property (object, property->name, &converted);
      return TRUE;
    }
  expected = describe_range (property);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "%s=\"%s\" of <%s>: expected %s",
               attribute, xmlconf_node_get_string (node, attribute), xmlconf_node_get_name (node),
               expected);
  return catalina_config_fail_at (node, attribute, error);
}

gboolean
catalina_object_set_attributes (GObject *object, XmlconfNode *node, GError **error)
{
  g_auto (GStrv) names = xmlconf_node_list_attributes (node);

  for (guint i = 0; names[i]; i++)
    {
      g_autofree char *name = catalina_attribute_to_property (names[i]);
      GParamSpec *property = g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);

      if (!property || !(property->flags & G_PARAM_WRITABLE)
          || !xmlconf_node_is_set (node, names[i]))
        continue;
      if (!set_attribute (object, property, node, names[i], error))
        return FALSE;
    }
  return TRUE;
}
