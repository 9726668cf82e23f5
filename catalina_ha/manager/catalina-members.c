/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-members-private.h"

GPtrArray *
catalina_members_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
}

void
catalina_members_add (GPtrArray *members, TribesMember *member)
{
  g_ptr_array_add (members, tribes_member_ref (member));
}

static TribesMember *
find (GPtrArray *members, TribesMember *member)
{
  for (guint i = 0; i < members->len; i++)
    if (tribes_member_equal (members->pdata[i], member))
      return members->pdata[i];
  return NULL;
}

gboolean
catalina_members_have (GPtrArray *members, TribesMember *member)
{
  return find (members, member) != NULL;
}

static TribesMember *
find_by_address (GPtrArray *members, TribesMember *member)
{
  g_autoptr (GBytes) host = tribes_member_dup_host_bytes (member);

  for (guint i = 0; i < members->len; i++)
    {
      TribesMember *other = members->pdata[i];
      g_autoptr (GBytes) other_host = tribes_member_dup_host_bytes (other);

      if (tribes_member_get_port (other) == tribes_member_get_port (member)
          && g_bytes_equal (host, other_host))
        return other;
    }
  return NULL;
}

TribesMember *
catalina_members_resolve (GPtrArray *members, TribesMember *member)
{
  TribesMember *found = find (members, member);

  if (!found)
    found = find_by_address (members, member);
  return found ? found : member;
}
