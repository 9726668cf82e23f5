/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <gio/gio.h>

#include "catalina_ha/manager/catalina-counter.h"
#include "catalina_ha/manager/catalina-placement.h"
#include "catalina_ha/session/catalina-error.h"
#include "catalina_ha/session/catalina-limits.h"
#include "catalina_ha/messages/catalina-delta.h"
#include "catalina_ha/session/catalina-session.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_MANAGER (catalina_manager_get_type ())

/**
 * CatalinaManager:
 *
 * All sessions of one context (web application), as this member has them. How they get from member
 * to member is the matter of the class below, as in Tomcat.
 *
 * A manager belongs to a [class@CatalinaHa.Cluster], which feeds it with messages; use it from the
 * thread in which the cluster was started.
 *
 * Tomcat counterpart: `org.apache.catalina.ha.session.ClusterManagerBase`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaManager CatalinaManager;
typedef struct _CatalinaManagerClass CatalinaManagerClass;

#define CATALINA_MANAGER(object)                                                                   \
  (G_TYPE_CHECK_INSTANCE_CAST ((object), CATALINA_TYPE_MANAGER, CatalinaManager))
#define CATALINA_IS_MANAGER(object) (G_TYPE_CHECK_INSTANCE_TYPE ((object), CATALINA_TYPE_MANAGER))

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaManager, g_object_unref)

typedef struct _CatalinaRequest CatalinaRequest;

CATALINA_API
GType catalina_manager_get_type (void);

CATALINA_API
const char *catalina_manager_get_name (CatalinaManager *self);
CATALINA_API
gboolean catalina_manager_get_state_transferred (CatalinaManager *self);
CATALINA_API
gboolean catalina_manager_is_missing (CatalinaManager *self);
CATALINA_API
gboolean catalina_manager_has_missed_changes (CatalinaManager *self, TribesMember *member);
CATALINA_API
guint64 catalina_manager_get_counter (CatalinaManager *self, CatalinaCounter counter);
CATALINA_API
gsize catalina_manager_get_storage_size (CatalinaManager *self);

CATALINA_API
guint catalina_manager_get_n_sessions (CatalinaManager *self);
CATALINA_API
char **catalina_manager_list_ids (CatalinaManager *self);
CATALINA_API
GPtrArray *catalina_manager_list_sessions (CatalinaManager *self);
CATALINA_API
CatalinaSession *catalina_manager_lookup (CatalinaManager *self, const char *id);

CATALINA_API
CatalinaRequest *catalina_manager_begin_request (CatalinaManager *self,
                                                 const char *session_id,
                                                 const char *uri,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
void catalina_manager_begin_request_async (CatalinaManager *self,
                                           const char *session_id,
                                           const char *uri,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
CATALINA_API
CatalinaRequest *
catalina_manager_begin_request_finish (CatalinaManager *self,
                                       GAsyncResult *result,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
void catalina_manager_find_session_async (CatalinaManager *self,
                                          const char *id,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
CATALINA_API
CatalinaSession *catalina_manager_find_session_finish (CatalinaManager *self,
                                                       GAsyncResult *result,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

CATALINA_API
void catalina_manager_create_session_async (CatalinaManager *self,
                                            CatalinaDelta *initial,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback,
                                            gpointer user_data);
CATALINA_API
char *catalina_manager_create_session_finish (CatalinaManager *self,
                                              GAsyncResult *result,
                                              GError **error);

CATALINA_API
void catalina_manager_change_async (CatalinaManager *self,
                                    const char *id,
                                    CatalinaDelta *delta,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
CATALINA_API
gboolean
catalina_manager_change_finish (CatalinaManager *self, GAsyncResult *result, GError **error);

CATALINA_API
void catalina_manager_set_attribute_async (CatalinaManager *self,
                                           const char *id,
                                           const char *name,
                                           TribesJavaValue *value,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
CATALINA_API
gboolean
catalina_manager_set_attribute_finish (CatalinaManager *self, GAsyncResult *result, GError **error);

CATALINA_API
void catalina_manager_remove_attribute_async (CatalinaManager *self,
                                              const char *id,
                                              const char *name,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback,
                                              gpointer user_data);
CATALINA_API
gboolean catalina_manager_remove_attribute_finish (CatalinaManager *self,
                                                   GAsyncResult *result,
                                                   GError **error);

CATALINA_API
void catalina_manager_access_async (CatalinaManager *self,
                                    const char *id,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
CATALINA_API
gboolean
catalina_manager_access_finish (CatalinaManager *self, GAsyncResult *result, GError **error);

CATALINA_API
void catalina_manager_change_id_async (CatalinaManager *self,
                                       const char *id,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data);
CATALINA_API
char *
catalina_manager_change_id_finish (CatalinaManager *self, GAsyncResult *result, GError **error);

CATALINA_API
void catalina_manager_invalidate_async (CatalinaManager *self,
                                        const char *id,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
CATALINA_API
gboolean
catalina_manager_invalidate_finish (CatalinaManager *self, GAsyncResult *result, GError **error);

G_END_DECLS
