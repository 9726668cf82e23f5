/* SPDX-License-Identifier: Apache-2.0
 *
 * Which memberships of Tomcat there are here. Nobody else says so: what is no row of this table is
 * neither made nor offered, and what is one needs to be named nowhere else. One of them asks
 * its likes through a channel, so the table stands above both.
 */
#include "tribes/channel/tribes-memberships.h"

#include "tribes/base/tribes-error.h"

static const struct
{
  const char *class_name;
  GType (*get_type) (void);
} classes[] = {
  { "org.apache.catalina.tribes.membership.McastService", tribes_mcast_service_get_type },
  { "org.apache.catalina.tribes.membership.StaticMembershipService",
    tribes_static_membership_service_get_type },
  { "org.apache.catalina.tribes.membership.cloud.CloudMembershipService",
    tribes_cloud_membership_service_get_type },
};

/**
 * tribes_membership_list_classes:
 *
 * Lists the classes of Tomcat that [func@Tribes.Membership.new_for_class] knows.
 *
 * Returns: (transfer container) (array zero-terminated=1): their names, with the package
 *
 * Since: 0.1
 */
const char **
tribes_membership_list_classes (void)
{
  const char **names = g_new0 (const char *, G_N_ELEMENTS (classes) + 1);

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    names[i] = classes[i].class_name;
  return names;
}

/**
 * tribes_membership_new_for_class:
 * @class_name: the name of a Tomcat class, with its package
 * @error: return location
 *
 * Makes the membership that does what a class of Tomcat does, with its default settings.
 *
 * Errors: %TRIBES_ERROR_UNSUPPORTED where there is none.
 *
 * Returns: (transfer full): the membership, or %NULL with @error set
 *
 * Since: 0.1
 */
TribesMembership *
tribes_membership_new_for_class (const char *class_name, GError **error)
{
  g_return_val_if_fail (class_name != NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (class_name, classes[i].class_name))
      return g_object_new (classes[i].get_type (), NULL);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "no membership for class %s",
               class_name);
  return NULL;
}
