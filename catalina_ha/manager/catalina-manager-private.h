/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cluster has to do with its managers.
 */
#pragma once

#include "catalina_ha/manager/catalina-delta-core-private.h"
#include "catalina_ha/manager/catalina-manager.h"
#include "catalina_ha/manager/catalina-report-private.h"

G_BEGIN_DECLS

/* The way out of a manager. */
typedef struct
{
  /* Sends; answers with catalina_manager_sent() if there is a token, later or at once. */
  void (*send) (gpointer owner, CatalinaManager *manager, const CatalinaOutgoing *outgoing);
  /* There is work, or the deadline has changed. */
  void (*wake) (gpointer owner, CatalinaManager *manager);
  /* Another member sent something that makes no sense. */
  void (*problem) (gpointer owner,
                   CatalinaManager *manager,
                   TribesMember *from,
                   const char *problem);
} CatalinaManagerPort;

/* @port and @limits must outlive it. */
CatalinaManager *catalina_manager_new (const char *name,
                                       const CatalinaManagerSettings *settings,
                                       const CatalinaLimits *limits,
                                       const CatalinaManagerPort *port,
                                       gpointer owner);
/* The owner goes: no calls to it any more, and requests fail. */
void catalina_manager_disown (CatalinaManager *self);

/* What a signal about a session is about. */
typedef struct
{
  TribesMember *from;   /* nullable, not owned: who sent it; NULL: this member did it */
  gsize bytes;          /* that its message carried */
  gboolean transferred; /* it is one session of a state transfer */
} CatalinaCause;

/* While a signal is being emitted. Exported for the programs; not API. */
CATALINA_API
CatalinaCause catalina_manager_get_cause (CatalinaManager *self);

CatalinaNow catalina_now (void);

void catalina_manager_set_members (CatalinaManager *self, GPtrArray *members);
void catalina_manager_start (CatalinaManager *self, guint settle_ms, TribesMember *named_by);
/* Says what there is to say at the end. */
void catalina_manager_stop (CatalinaManager *self);
void catalina_manager_receive (CatalinaManager *self,
                               CatalinaSessionMessage *message,
                               TribesMember *from);
/* What became of the message of @token with one of the members; before it has been sent. */
void catalina_manager_told (CatalinaManager *self,
                            guint64 token,
                            TribesMember *member,
                            CatalinaOutcome outcome);
/* Not everybody is waited for: what the request of @token will return. */
void catalina_manager_failed (CatalinaManager *self, guint64 token, const GError *error);
void catalina_manager_sent (CatalinaManager *self, guint64 token, const GError *error);
gboolean catalina_manager_step (CatalinaManager *self);
gint64 catalina_manager_get_deadline (CatalinaManager *self);

G_END_DECLS
