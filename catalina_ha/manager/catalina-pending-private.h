/* SPDX-License-Identifier: Apache-2.0
 *
 * What the application asks of a manager while it is under way: over when all that was asked for is
 * done and its messages have been sent, or could not be.
 */
#pragma once

#include "catalina_ha/manager/catalina-report-private.h"
#include "catalina_ha/session/catalina-session.h"

G_BEGIN_DECLS

typedef struct
{
  guint64 token;
  GTask *task;            /* nullable: nobody waits for it yet, or any more */
  guint holds;            /* of whoever asks, of what is to be done, and of messages */
  char *id;               /* what the task returns, if it is not just a boolean */
  CatalinaSession *found; /* the same */
  GError *error;          /* the first */
  CatalinaReport *report;
} CatalinaPending;

/* token -> CatalinaPending */
GHashTable *catalina_pendings_new (void);

/* With one hold. @task: (transfer full) (nullable) */
CatalinaPending *catalina_pending_new (GHashTable *pendings, guint64 token, GTask *task);
/* NULL if it is over. */
CatalinaPending *catalina_pending_find (GHashTable *pendings, guint64 token);
void catalina_pending_hold (CatalinaPending *self);
/* (transfer full) (nullable) @error. The first counts; but that somebody has not answered yet, who
 * may still get it, does not hide that somebody does not. */
void catalina_pending_note (CatalinaPending *self, GError *error);
/* The same, and one hold less: the last one answers the task, whose callback may do anything. */
void catalina_pending_release (GHashTable *pendings, CatalinaPending *self, GError *error);
/* All at once. */
void catalina_pendings_fail (GHashTable *pendings, const GError *error);

G_END_DECLS
