/* SPDX-License-Identifier: Apache-2.0
 *
 * One address for a host name, the one Java would take. Exported for libcatalina-ha; not API.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

/* (transfer full) (nullable): the address of @host, a name or an address already: IPv4 where there
 * is one, so that a name is the same member for everybody. Asks the resolver, and blocks as it
 * does. Errors are GResolver's. */
TRIBES_API
GInetAddress *tribes_host_look_up (const char *host, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same without blocking. */
TRIBES_API
void tribes_host_look_up_async (const char *host,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
/* @resolver: the callback's source object */
TRIBES_API
GInetAddress *tribes_host_look_up_finish (GObject *resolver,
                                          GAsyncResult *result,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
