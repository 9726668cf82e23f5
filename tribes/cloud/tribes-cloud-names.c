/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-names-private.h"

GArray *
tribes_cloud_names_to_entries (const GList *addresses)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (TribesCloudEntry));

  for (const GList *l = addresses; l && entries->len < TRIBES_CLOUD_NAMES_MAX; l = l->next)
    {
      /* How long they have been there DNS does not know, and Tomcat writes -1. */
      TribesCloudEntry entry = { .alive_ms = -1 };

      tribes_cloud_entry_set_bytes (&entry, g_inet_address_to_bytes (l->data),
                                    g_inet_address_get_native_size (l->data));
      tribes_cloud_id_of_address (entry.host, entry.host_size, entry.unique_id);
      g_array_append_val (entries, entry);
    }
  return entries;
}

static void
on_addresses (GObject *resolver, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);

  if (error && !g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, tribes_cloud_names_to_entries (addresses),
                           (GDestroyNotify) g_array_unref);
  g_resolver_free_addresses (addresses);
}

void
tribes_cloud_names_list_async (const char *name,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  g_task_set_source_tag (task, tribes_cloud_names_list_async);
  g_resolver_lookup_by_name_async (resolver, name, cancellable, on_addresses, task);
}
