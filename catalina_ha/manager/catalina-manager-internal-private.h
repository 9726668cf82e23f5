/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the shell.
 */
#pragma once

#include "catalina_ha/manager/catalina-manager-private.h"

G_BEGIN_DECLS

/* Sends and tells what the core has left in its queues. */
void catalina_manager_drain (CatalinaManager *self);

/* Takes @outgoing, which is sent when it has its turn. */
void catalina_manager_send (CatalinaManager *self, CatalinaOutgoing *outgoing);
/* What has its turn. */
void catalina_manager_send_lines (CatalinaManager *self);
/* Who waits for the message, @outgoing: (nullable): where it stood in a line, waits for one less.
 * Each may do anything, who is told that it was the last. */
void catalina_manager_release (CatalinaManager *self,
                               const CatalinaOutgoing *outgoing,
                               guint64 token,
                               const GError *error);

/* A random id, with this member's route. Full. */
char *catalina_manager_make_id (CatalinaManager *self);

G_END_DECLS
