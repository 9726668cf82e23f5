/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-placement.h"

#define VALUE(name, nick) G_DEFINE_ENUM_VALUE (CATALINA_PLACEMENT_##name, nick)

G_DEFINE_ENUM_TYPE (CatalinaPlacement,
                    catalina_placement,
                    VALUE (MADE_PRIMARY, "made-primary"),
                    VALUE (MADE_BACKUP, "made-backup"),
                    VALUE (MADE_PROXY, "made-proxy"),
                    VALUE (PUBLISHED, "published"),
                    VALUE (ALONE, "alone"),
                    VALUE (LOST, "lost"))

/**
 * catalina_placement_to_string:
 * @placement: what became of a session
 *
 * Names it, in lower case with hyphens, as in `made-primary`.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
catalina_placement_to_string (CatalinaPlacement placement)
{
  g_autoptr (GEnumClass) placements = g_type_class_ref (CATALINA_TYPE_PLACEMENT);
  const GEnumValue *value = g_enum_get_value (placements, (gint) placement);

  return value ? value->value_nick : "unknown";
}
