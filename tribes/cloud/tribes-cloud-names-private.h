/* SPDX-License-Identifier: Apache-2.0
 *
 * The members that stand behind one name of DNS.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/cloud/tribes-cloud-entry-private.h"

G_BEGIN_DECLS

/* As many addresses as one name may have here; what comes behind them is not listed. */
#define TRIBES_CLOUD_NAMES_MAX 1024

/* The members at @addresses (element-type GInetAddress). */
GArray *tribes_cloud_names_to_entries (const GList *addresses);

/* The task's result is a GArray of TribesCloudEntry: nobody where there is no such name. Any other
 * trouble is an error: it says nothing of the members. */
void tribes_cloud_names_list_async (const char *name,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data);

G_END_DECLS
