/* SPDX-License-Identifier: Apache-2.0
 *
 * One question to whoever lists the members, whichever way it is asked.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/cloud/tribes-cloud-entry-private.h"
#include "tribes/cloud/tribes-cloud-environment-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint connect_timeout_ms; /* 0 for none */
  guint read_timeout_ms;    /* 0 for none */
  gint64 started_ms;        /* of this process's membership, wall clock: alive times refer to it */
} TribesCloudAsking;

/* @environment and @asking need not live longer than the call. */
void tribes_cloud_list_async (const TribesCloudEnvironment *environment,
                              const TribesCloudAsking *asking,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
/* (transfer full) (element-type TribesCloudEntry): an answer, or an error, which says nothing of
 * the members */
GArray *tribes_cloud_list_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
