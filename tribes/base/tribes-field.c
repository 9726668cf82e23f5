/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/base/tribes-field-private.h"

void
tribes_field_get (GObject *object, gsize offset, GValue *value)
{
  gpointer field = (guint8 *) object + offset;

  if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, *(gboolean *) field);
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, *(int *) field);
  else if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, *(guint *) field);
  else if (G_VALUE_HOLDS_INT64 (value))
    g_value_set_int64 (value, *(gint64 *) field);
  else if (G_VALUE_HOLDS_STRING (value))
    g_value_set_string (value, *(char **) field);
  else
    g_return_if_reached ();
}

void
tribes_field_set (GObject *object, gsize offset, const GValue *value)
{
  gpointer field = (guint8 *) object + offset;

  if (G_VALUE_HOLDS_BOOLEAN (value))
    *(gboolean *) field = g_value_get_boolean (value);
  else if (G_VALUE_HOLDS_INT (value))
    *(int *) field = g_value_get_int (value);
  else if (G_VALUE_HOLDS_UINT (value))
    *(guint *) field = g_value_get_uint (value);
  else if (G_VALUE_HOLDS_INT64 (value))
    *(gint64 *) field = g_value_get_int64 (value);
  else if (G_VALUE_HOLDS_STRING (value))
    {
      g_free (*(char **) field);
      *(char **) field = g_value_dup_string (value);
    }
  else
    g_return_if_reached ();
}
