/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/cloud/tribes-cloud-list-private.h"

#include "tribes/cloud/tribes-cloud-api-private.h"
#include "tribes/cloud/tribes-cloud-names-private.h"

void
tribes_cloud_list_async (const TribesCloudEnvironment *environment,
                         const TribesCloudAsking *asking,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  if (environment->provider == TRIBES_CLOUD_DNS)
    tribes_cloud_names_list_async (environment->name, cancellable, callback, data);
  else
    tribes_cloud_api_list_async (environment, asking, cancellable, callback, data);
}

GArray *
tribes_cloud_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
