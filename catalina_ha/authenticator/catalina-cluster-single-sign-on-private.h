/* SPDX-License-Identifier: Apache-2.0
 *
 * For the cluster that has it.
 */
#pragma once

#include "catalina_ha/authenticator/catalina-cluster-single-sign-on.h"
#include "catalina_ha/tipis/catalina-full-map-private.h"

G_BEGIN_DECLS

/* What a map of those who are logged in is called: the cluster's name in front of it. */
#define CATALINA_SINGLE_SIGN_ON_MAP_SUFFIX "-SSO-cache"

/* What others can make it hold. */
typedef struct
{
  guint max_entries;
  gsize max_bytes;
} CatalinaSingleSignOnBounds;

/* Ends a session of one who has logged out here. */
typedef void (*CatalinaSingleSignOnExpire) (CatalinaSingleSignOnSessionKey *key, gpointer data);

/* @map_name: "Catalina-SSO-cache". Attributes are set as properties before it is started. */
CatalinaClusterSingleSignOn *catalina_cluster_single_sign_on_new (
    CatalinaMaps *maps, const char *map_name, const CatalinaSingleSignOnBounds *bounds);
void catalina_cluster_single_sign_on_set_expire (CatalinaClusterSingleSignOn *self,
                                                 CatalinaSingleSignOnExpire expire,
                                                 gpointer data);
gboolean catalina_cluster_single_sign_on_start (CatalinaClusterSingleSignOn *self,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_cluster_single_sign_on_stop (CatalinaClusterSingleSignOn *self);

/* A session of a context, as it is called within its host, has ended, or has another id: (nullable)
 * @new_id. Other members notice by themselves; who has no session left is logged out where no other
 * member has the map. */
void catalina_cluster_single_sign_on_session_gone (CatalinaClusterSingleSignOn *self,
                                                   const char *context,
                                                   const char *session_id,
                                                   const char *new_id);

G_END_DECLS
