/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks the API server of a Kubernetes cluster for the pods of a namespace.
 */
#pragma once

#include "tribes/cloud/tribes-cloud-list-private.h"

G_BEGIN_DECLS

/* A token of a service account has 1 to 2 KiB. */
#define TRIBES_CLOUD_TOKEN_MAX 16384

/* How long a whole answer may take, however often the server says something. */
#define TRIBES_CLOUD_ANSWER_S 30

/* The task's result is a GArray of TribesCloudEntry. */
void tribes_cloud_api_list_async (const TribesCloudEnvironment *environment,
                                  const TribesCloudAsking *asking,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer data);

G_END_DECLS
