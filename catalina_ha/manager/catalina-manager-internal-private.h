/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the shell.
 */
#pragma once

#include "catalina_ha/manager/catalina-manager-private.h"

G_BEGIN_DECLS

/* Sends and tells what the core has left in its queues. */
void catalina_manager_drain (CatalinaManager *self);

/* A random id, with this member's route. Full. */
char *catalina_manager_make_id (CatalinaManager *self);

G_END_DECLS
