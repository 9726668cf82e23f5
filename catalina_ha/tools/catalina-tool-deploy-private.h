/* SPDX-License-Identifier: Apache-2.0
 *
 * Web applications that a FarmWarDeployer sends to all members, into a folder. Files are written by
 * a thread of their own, so that no disk holds the cluster up; one that is slower than the sender
 * costs the file.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_TOOL_DEPLOYED,
  CATALINA_TOOL_UNDEPLOYED,
  CATALINA_TOOL_DEPLOY_FAILED,
} CatalinaToolDeployKind;

typedef struct
{
  CatalinaToolDeployKind kind;
  const char *file;
  const char *context;
  const char *from;
  guint64 bytes;
  const char *reason; /* of a failure */
} CatalinaToolDeployed;

typedef void (*CatalinaToolDeployFunc) (const CatalinaToolDeployed *deployed, gpointer data);

typedef struct _CatalinaToolDeploy CatalinaToolDeploy;

/* Listens to what the members of @cluster send; tells @func, in the context that is the thread's
 * default now. */
CatalinaToolDeploy *catalina_tool_deploy_new (CatalinaCluster *cluster,
                                              const char *folder,
                                              CatalinaToolDeployFunc func,
                                              gpointer data,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is complete is put in its place, the rest goes. */
void catalina_tool_deploy_free (CatalinaToolDeploy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolDeploy, catalina_tool_deploy_free)

G_END_DECLS
