/* SPDX-License-Identifier: Apache-2.0
 *
 * Members as JSON.
 */
#include "catalina_ha/tools/catalina-tool-json-private.h"

#include <string.h>

void
catalina_tool_json_add_member (TribesJson *json, TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);
  g_autofree char *unique_id = tribes_member_dup_unique_id (member);
  g_autoptr (GBytes) domain = tribes_member_dup_domain (member);
  gsize size;
  const char *data = g_bytes_get_data (domain, &size);

  tribes_json_add_string (json, "host", host);
  tribes_json_add_int (json, "port", tribes_member_get_port (member));
  tribes_json_add_string (json, "uniqueId", unique_id);
  if (size > 0)
    {
      tribes_json_key (json, "domain");
      tribes_json_string_sized (json, data, size);
    }
}

char *
catalina_tool_dup_address (TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);

  return g_strdup_printf (strchr (host, ':') ? "[%s]:%d" : "%s:%d", host,
                          tribes_member_get_port (member));
}

TribesInterceptor *
catalina_tool_find_coordinator (TribesChannel *channel)
{
  TribesInterceptor *interceptor = TRIBES_INTERCEPTOR (channel);

  while (interceptor
         && !g_object_class_find_property (G_OBJECT_GET_CLASS (interceptor), "coordinator"))
    interceptor = tribes_interceptor_get_next (interceptor);
  return interceptor;
}
