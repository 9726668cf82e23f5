/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is logged in to all applications of a cluster.
 */
#pragma once

#include <gio/gio.h>

#include "catalina_ha/messages/catalina-single-sign-on-entry.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_CLUSTER_SINGLE_SIGN_ON (catalina_cluster_single_sign_on_get_type ())

CATALINA_API
G_DECLARE_FINAL_TYPE (CatalinaClusterSingleSignOn,
                      catalina_cluster_single_sign_on,
                      CATALINA,
                      CLUSTER_SINGLE_SIGN_ON,
                      GObject)

CATALINA_API
const char *catalina_cluster_single_sign_on_get_name (CatalinaClusterSingleSignOn *self);
CATALINA_API
guint catalina_cluster_single_sign_on_get_n_entries (CatalinaClusterSingleSignOn *self);
CATALINA_API
char **catalina_cluster_single_sign_on_list_ids (CatalinaClusterSingleSignOn *self);
CATALINA_API
CatalinaSingleSignOnEntry *
catalina_cluster_single_sign_on_lookup (CatalinaClusterSingleSignOn *self, const char *id);
CATALINA_API
GPtrArray *catalina_cluster_single_sign_on_list_members (CatalinaClusterSingleSignOn *self);

CATALINA_API
void catalina_cluster_single_sign_on_register_async (CatalinaClusterSingleSignOn *self,
                                                     const char *id,
                                                     CatalinaSingleSignOnEntry *entry,
                                                     GCancellable *cancellable,
                                                     GAsyncReadyCallback callback,
                                                     gpointer user_data);
CATALINA_API
gboolean catalina_cluster_single_sign_on_register_finish (CatalinaClusterSingleSignOn *self,
                                                          GAsyncResult *result,
                                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

CATALINA_API
void catalina_cluster_single_sign_on_associate_async (CatalinaClusterSingleSignOn *self,
                                                      const char *id,
                                                      CatalinaSingleSignOnSessionKey *key,
                                                      GCancellable *cancellable,
                                                      GAsyncReadyCallback callback,
                                                      gpointer user_data);
CATALINA_API
gboolean
catalina_cluster_single_sign_on_associate_finish (CatalinaClusterSingleSignOn *self,
                                                  GAsyncResult *result,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

CATALINA_API
void catalina_cluster_single_sign_on_deregister_async (CatalinaClusterSingleSignOn *self,
                                                       const char *id,
                                                       GCancellable *cancellable,
                                                       GAsyncReadyCallback callback,
                                                       gpointer user_data);
CATALINA_API
gboolean
catalina_cluster_single_sign_on_deregister_finish (CatalinaClusterSingleSignOn *self,
                                                   GAsyncResult *result,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
