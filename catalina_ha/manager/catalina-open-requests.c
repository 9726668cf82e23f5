/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-open-requests-private.h"

#include "tribes/base/tribes-hash-private.h"

GHashTable *
catalina_open_requests_new (void)
{
  return g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free,
                                (GDestroyNotify) g_ptr_array_unref);
}

static void
add (GHashTable *table, CatalinaOpenRequest *request)
{
  GPtrArray *requests = g_hash_table_lookup (table, request->session_id);

  if (!requests)
    {
      requests = g_ptr_array_new ();
      g_hash_table_insert (table, g_strdup (request->session_id), requests);
    }
  g_ptr_array_add (requests, request);
}

void
catalina_open_requests_set (GHashTable *table, CatalinaOpenRequest *request, const char *session_id)
{
  g_autofree char *old_id = g_steal_pointer (&request->session_id);
  GPtrArray *requests = old_id ? g_hash_table_lookup (table, old_id) : NULL;

  if (requests)
    g_ptr_array_remove_fast (requests, request);
  if (requests && requests->len == 0)
    g_hash_table_remove (table, old_id);
  request->session_id = g_strdup (session_id);
  if (session_id)
    add (table, request);
}

void
catalina_open_requests_rename (GHashTable *table, const char *old_id, const char *new_id)
{
  gpointer key, value;
  g_autoptr (GPtrArray) requests = NULL;

  if (!g_hash_table_steal_extended (table, old_id, &key, &value))
    return;
  g_free (key);
  requests = value;
  for (guint i = 0; i < requests->len; i++)
    {
      CatalinaOpenRequest *request = requests->pdata[i];

      g_free (request->session_id);
      request->session_id = g_strdup (new_id);
      add (table, request);
    }
}
