/* SPDX-License-Identifier: Apache-2.0
 *
 * An attribute that a filter keeps back stays in the session here and is neither sent nor handed
 * over. What others send is taken whatever it is, as by Tomcat.
 */
#include "catalina_ha/manager/catalina-attribute-filter-private.h"

GRegex *
catalina_attribute_filter_new (const char *pattern, GError **error)
{
  g_autofree char *whole = NULL;

  if (!pattern || pattern[0] == '\0')
    return NULL;
  whole = g_strdup_printf ("\\A(?:%s)\\z", pattern);
  return g_regex_new (whole, G_REGEX_OPTIMIZE, G_REGEX_MATCH_DEFAULT, error);
}

static gboolean
passes (const CatalinaManagerSettings *settings, const char *name, TribesJavaValue *value)
{
  const char *class_name
      = settings->value_class_filter && value && !tribes_java_value_is_null (value)
            ? tribes_java_value_get_class_name (value)
            : NULL;

  if (settings->name_filter && !g_regex_match (settings->name_filter, name, 0, NULL))
    return FALSE;
  return !class_name || g_regex_match (settings->value_class_filter, class_name, 0, NULL);
}

CatalinaDelta *
catalina_attribute_filter_delta (const CatalinaManagerSettings *settings, CatalinaDelta *delta)
{
  CatalinaDelta *filtered;

  if (!settings->name_filter && !settings->value_class_filter)
    return catalina_delta_ref (delta);
  filtered = catalina_delta_new ();
  filtered->record_all = delta->record_all;
  for (guint i = 0; i < delta->actions->len; i++)
    {
      const CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);

      if (action->type != CATALINA_DELTA_ATTRIBUTE
          || passes (settings, action->name, action->value))
        catalina_delta_add (filtered, action->type, action->action, action->name, action->value);
    }
  return filtered;
}

GArray *
catalina_attribute_filter_values (const CatalinaManagerSettings *settings, GArray *attributes)
{
  GArray *filtered;

  if (!attributes || (!settings->name_filter && !settings->value_class_filter))
    return attributes ? g_array_ref (attributes) : NULL;
  filtered = g_array_new (FALSE, FALSE, sizeof (CatalinaNamedValue));
  for (guint i = 0; i < attributes->len; i++)
    {
      CatalinaNamedValue named = g_array_index (attributes, CatalinaNamedValue, i);

      if (passes (settings, named.name, named.value))
        g_array_append_val (filtered, named);
    }
  return filtered;
}
