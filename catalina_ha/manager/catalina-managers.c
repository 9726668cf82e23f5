/* SPDX-License-Identifier: Apache-2.0
 *
 * All kinds of managers. Nobody else says which there are: what is no row of this table is neither
 * made nor offered, and what is one needs to be named nowhere else.
 */
#include <string.h>

#include "catalina_ha/manager/catalina-backup-manager.h"
#include "catalina_ha/manager/catalina-delta-manager.h"
#include "catalina_ha/manager/catalina-manager-private.h"

#include "tribes/base/tribes-error.h"

static const struct
{
  const char *class_name;
  GType (*get_type) (void);
} classes[] = {
  { "org.apache.catalina.ha.session.BackupManager", catalina_backup_manager_get_type },
  { "org.apache.catalina.ha.session.DeltaManager", catalina_delta_manager_get_type },
};

void
catalina_manager_add_classes (GPtrArray *names)
{
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    g_ptr_array_add (names, (gpointer) classes[i].class_name);
}

GType
catalina_manager_type_for_class (const char *class_name, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (class_name, classes[i].class_name))
      return classes[i].get_type ();
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "no manager of class %s", class_name);
  return G_TYPE_INVALID;
}

const char *
catalina_manager_get_kind_name (CatalinaManager *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (G_OBJECT_TYPE (self) == classes[i].get_type ())
      return strrchr (classes[i].class_name, '.') + 1;
  g_return_val_if_reached ("");
}
