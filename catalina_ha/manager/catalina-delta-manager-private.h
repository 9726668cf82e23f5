/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cluster has to do with its managers.
 */
#pragma once

#include "catalina_ha/manager/catalina-delta-core-private.h"
#include "catalina_ha/manager/catalina-delta-manager.h"

G_BEGIN_DECLS

/* The way out of a manager. */
typedef struct
{
  /* Sends; answers with catalina_delta_manager_sent() if there is a token, later or at once. */
  void (*send) (gpointer owner, CatalinaDeltaManager *manager, const CatalinaOutgoing *outgoing);
  /* There is work, or the deadline has changed. */
  void (*wake) (gpointer owner, CatalinaDeltaManager *manager);
  /* Another member sent something that makes no sense. */
  void (*problem) (gpointer owner,
                   CatalinaDeltaManager *manager,
                   TribesMember *from,
                   const char *problem);
} CatalinaManagerPort;

/* @port and @limits must outlive it. */
CatalinaDeltaManager *catalina_delta_manager_new (const char *name,
                                                  const CatalinaManagerSettings *settings,
                                                  const CatalinaLimits *limits,
                                                  const CatalinaManagerPort *port,
                                                  gpointer owner);
/* The owner goes: no calls to it any more, and requests fail. */
void catalina_delta_manager_disown (CatalinaDeltaManager *self);

CatalinaNow catalina_now (void);

void catalina_delta_manager_set_members (CatalinaDeltaManager *self, GPtrArray *members);
void
catalina_delta_manager_start (CatalinaDeltaManager *self, guint settle_ms, TribesMember *named_by);
/* Says what there is to say at the end. */
void catalina_delta_manager_stop (CatalinaDeltaManager *self);
void catalina_delta_manager_receive (CatalinaDeltaManager *self,
                                     CatalinaSessionMessage *message,
                                     TribesMember *from);
void catalina_delta_manager_sent (CatalinaDeltaManager *self, guint64 token, const GError *error);
gboolean catalina_delta_manager_step (CatalinaDeltaManager *self);
gint64 catalina_delta_manager_get_deadline (CatalinaDeltaManager *self);

G_END_DECLS
