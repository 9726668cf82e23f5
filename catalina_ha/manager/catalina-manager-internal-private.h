/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the shell.
 */
#pragma once

#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/manager/catalina-report-private.h"

G_BEGIN_DECLS

/* A request of the application whose messages are on their way. */
typedef struct
{
  guint64 token;
  GTask *task;
  guint pending;          /* messages */
  char *id;               /* what the task returns, if it is not just a boolean */
  CatalinaSession *found; /* the same */
  GError *error;          /* the first */
  CatalinaReport *report;
} CatalinaRequest;

/* Sends and tells what the core has left in its queues. */
void catalina_manager_drain (CatalinaManager *self);
/* All messages of the request have been sent, or could not be. */
void catalina_request_return (CatalinaManager *self, CatalinaRequest *request);

G_END_DECLS
