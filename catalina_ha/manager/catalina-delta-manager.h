/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "catalina_ha/manager/catalina-counter.h"
#include "catalina_ha/session/catalina-limits.h"
#include "catalina_ha/messages/catalina-delta.h"
#include "catalina_ha/session/catalina-session.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_DELTA_MANAGER (catalina_delta_manager_get_type ())

/**
 * CatalinaDeltaManager:
 *
 * All sessions of one context (web application), the same on every member of the cluster.
 *
 * A manager belongs to a [class@CatalinaHa.Cluster], which feeds it with messages; use it from the
 * thread in which the cluster was started.
 *
 * Tomcat counterpart: `org.apache.catalina.ha.session.DeltaManager`.
 *
 * Since: 0.1
 */
CATALINA_API
G_DECLARE_FINAL_TYPE (
    CatalinaDeltaManager, catalina_delta_manager, CATALINA, DELTA_MANAGER, GObject)

CATALINA_API
const char *catalina_delta_manager_get_name (CatalinaDeltaManager *self);
CATALINA_API
gboolean catalina_delta_manager_get_state_transferred (CatalinaDeltaManager *self);
CATALINA_API
guint64 catalina_delta_manager_get_counter (CatalinaDeltaManager *self, CatalinaCounter counter);
CATALINA_API
gsize catalina_delta_manager_get_storage_size (CatalinaDeltaManager *self);

CATALINA_API
guint catalina_delta_manager_get_n_sessions (CatalinaDeltaManager *self);
CATALINA_API
char **catalina_delta_manager_list_ids (CatalinaDeltaManager *self);
CATALINA_API
CatalinaSession *catalina_delta_manager_lookup (CatalinaDeltaManager *self, const char *id);

CATALINA_API
void catalina_delta_manager_create_session_async (CatalinaDeltaManager *self,
                                                  CatalinaDelta *initial,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback,
                                                  gpointer user_data);
CATALINA_API
char *catalina_delta_manager_create_session_finish (CatalinaDeltaManager *self,
                                                    GAsyncResult *result,
                                                    GError **error);

CATALINA_API
void catalina_delta_manager_change_async (CatalinaDeltaManager *self,
                                          const char *id,
                                          CatalinaDelta *delta,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
CATALINA_API
gboolean catalina_delta_manager_change_finish (CatalinaDeltaManager *self,
                                               GAsyncResult *result,
                                               GError **error);

CATALINA_API
void catalina_delta_manager_set_attribute_async (CatalinaDeltaManager *self,
                                                 const char *id,
                                                 const char *name,
                                                 TribesJavaValue *value,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
CATALINA_API
gboolean catalina_delta_manager_set_attribute_finish (CatalinaDeltaManager *self,
                                                      GAsyncResult *result,
                                                      GError **error);

CATALINA_API
void catalina_delta_manager_remove_attribute_async (CatalinaDeltaManager *self,
                                                    const char *id,
                                                    const char *name,
                                                    GCancellable *cancellable,
                                                    GAsyncReadyCallback callback,
                                                    gpointer user_data);
CATALINA_API
gboolean catalina_delta_manager_remove_attribute_finish (CatalinaDeltaManager *self,
                                                         GAsyncResult *result,
                                                         GError **error);

CATALINA_API
void catalina_delta_manager_access_async (CatalinaDeltaManager *self,
                                          const char *id,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
CATALINA_API
gboolean catalina_delta_manager_access_finish (CatalinaDeltaManager *self,
                                               GAsyncResult *result,
                                               GError **error);

CATALINA_API
void catalina_delta_manager_change_id_async (CatalinaDeltaManager *self,
                                             const char *id,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer user_data);
CATALINA_API
char *catalina_delta_manager_change_id_finish (CatalinaDeltaManager *self,
                                               GAsyncResult *result,
                                               GError **error);

CATALINA_API
void catalina_delta_manager_invalidate_async (CatalinaDeltaManager *self,
                                              const char *id,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback,
                                              gpointer user_data);
CATALINA_API
gboolean catalina_delta_manager_invalidate_finish (CatalinaDeltaManager *self,
                                                   GAsyncResult *result,
                                                   GError **error);

G_END_DECLS
