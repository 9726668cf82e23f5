/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies between properties and fields. Where the field is goes with the specification, so that
 * ids are nobody's business.
 */
#include "tribes/base/tribes-field-private.h"

static GQuark
offset_quark (void)
{
  return g_quark_from_static_string ("tribes-field-offset");
}

static gpointer
find_field (GObject *object, GParamSpec *spec)
{
  return (guint8 *) object
         + (gssize) GPOINTER_TO_SIZE (g_param_spec_get_qdata (spec, offset_quark ()));
}

void
tribes_field_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  gpointer field = find_field (object, spec);

  if (G_VALUE_HOLDS_BOOLEAN (value))
    g_value_set_boolean (value, *(gboolean *) field);
  else if (G_VALUE_HOLDS_INT (value))
    g_value_set_int (value, *(int *) field);
  else if (G_VALUE_HOLDS_UINT (value))
    g_value_set_uint (value, *(guint *) field);
  else if (G_VALUE_HOLDS_INT64 (value))
    g_value_set_int64 (value, *(gint64 *) field);
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_value_set_uint64 (value, *(guint64 *) field);
  else if (G_VALUE_HOLDS_STRING (value))
    g_value_set_string (value, *(char **) field);
  else if (G_VALUE_HOLDS_OBJECT (value))
    g_value_set_object (value, *(gpointer *) field);
  else
    g_value_set_boxed (value, *(gpointer *) field);
}

static void
set_pointer (gpointer *field, const GValue *value)
{
  if (G_VALUE_HOLDS_STRING (value))
    {
      g_free (*field);
      *field = g_value_dup_string (value);
      return;
    }
  if (G_VALUE_HOLDS_OBJECT (value))
    {
      g_clear_object (field);
      *field = g_value_dup_object (value);
      return;
    }
  if (*field)
    g_boxed_free (G_VALUE_TYPE (value), *field);
  *field = g_value_dup_boxed (value);
}

void
tribes_field_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  gpointer field = find_field (object, spec);

  if (G_VALUE_HOLDS_BOOLEAN (value))
    *(gboolean *) field = g_value_get_boolean (value);
  else if (G_VALUE_HOLDS_INT (value))
    *(int *) field = g_value_get_int (value);
  else if (G_VALUE_HOLDS_UINT (value))
    *(guint *) field = g_value_get_uint (value);
  else if (G_VALUE_HOLDS_INT64 (value))
    *(gint64 *) field = g_value_get_int64 (value);
  else if (G_VALUE_HOLDS_UINT64 (value))
    *(guint64 *) field = g_value_get_uint64 (value);
  else
    set_pointer (field, value);
}

static gboolean
is_supported (GType type)
{
  static const GType types[] = {
    G_TYPE_BOOLEAN, G_TYPE_INT, G_TYPE_UINT, G_TYPE_INT64, G_TYPE_UINT64, G_TYPE_STRING,
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (type == types[i])
      return TRUE;
  return g_type_is_a (type, G_TYPE_BOXED) || g_type_is_a (type, G_TYPE_OBJECT);
}

void
tribes_field_install (GObjectClass *klass, const TribesField *fields, guint n)
{
  klass->get_property = tribes_field_get_property;
  klass->set_property = tribes_field_set_property;
  for (guint i = 0; i < n; i++)
    {
      GParamSpec *spec = fields[i].spec;

      if (!is_supported (spec->value_type))
        g_error ("%s:%s: a field of type %s", G_OBJECT_CLASS_NAME (klass), spec->name,
                 g_type_name (spec->value_type));
      g_param_spec_set_qdata (spec, offset_quark (), GSIZE_TO_POINTER ((gsize) fields[i].offset));
      g_object_class_install_property (klass, i + 1, spec);
    }
}
