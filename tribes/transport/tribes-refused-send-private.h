/* SPDX-License-Identifier: Apache-2.0
 *
 * A send that fails before it is queued still answers from the main loop.
 */
#pragma once

#include "tribes/transport/tribes-sender-private.h"

G_BEGIN_DECLS

/* @context: (nullable): the thread's default; @error is taken */
void tribes_refused_send_report (GMainContext *context,
                                 TribesSenderCallback callback,
                                 gpointer data,
                                 GError *error);

G_END_DECLS
