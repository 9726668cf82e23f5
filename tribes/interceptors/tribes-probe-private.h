/* SPDX-License-Identifier: Apache-2.0
 *
 * One look at whether a member's receiver takes a connection.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef struct
{
  guint connect_timeout_ms;
  guint read_timeout_ms;
  gboolean send_test; /* send @frame over the connection */
  gboolean read_test; /* and wait for an answer */
  GBytes *frame;
} TribesProbeSettings;

/* Finds out whether @member's receiver takes a connection. Its error says why not. */
void tribes_probe_async (TribesMember *member,
                         const TribesProbeSettings *settings,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer data);
gboolean tribes_probe_finish (GAsyncResult *result, GError **error);

G_END_DECLS
