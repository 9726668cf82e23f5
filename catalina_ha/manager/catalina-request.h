/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/manager/catalina-manager.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_REQUEST (catalina_request_get_type ())

/**
 * CatalinaRequest:
 *
 * A request that a browser makes of an application: what it changes in its session is told to the
 * other members at its end, in one message.
 *
 * [method@CatalinaHa.Manager.begin_request_async] begins one, with the session id that the browser
 * sent, or [method@CatalinaHa.Manager.begin_request] where all members have all sessions.
 * Whatever is changed is so at once for all who look at the session here, and belongs to the
 * session from then on: of several requests for one session that run at the same time the first
 * that ends tells what all of them have changed so far. One that is dropped without an end has
 * failed: what it changed goes with the next request for the session that ends here, or when this
 * member leaves the cluster.
 *
 * What another member changes meanwhile is in the session at once, too. Where both change the same,
 * the later counts.
 *
 * ```c
 * g_autoptr (CatalinaRequest) request
 *     = catalina_manager_begin_request (manager, cookie, "/shop/buy", &error);
 *
 * if (!catalina_request_get_session_id (request)
 *     && !catalina_request_create_session (request, &error))
 *   return FALSE;
 * if (!catalina_request_set_attribute (request, "item", value, &error))
 *   return FALSE;
 * catalina_request_end_async (request, NULL, on_end, NULL);
 * ```
 *
 * Tomcat counterpart: what `org.apache.catalina.ha.tcp.ReplicationValve` does around a request.
 *
 * Since: 0.1
 */
CATALINA_API
G_DECLARE_FINAL_TYPE (CatalinaRequest, catalina_request, CATALINA, REQUEST, GObject)

CATALINA_API
CatalinaManager *catalina_request_get_manager (CatalinaRequest *self);
CATALINA_API
const char *catalina_request_get_session_id (CatalinaRequest *self);
CATALINA_API
const char *catalina_request_get_original_session_id (CatalinaRequest *self);
CATALINA_API
gboolean catalina_request_is_primary (CatalinaRequest *self);
CATALINA_API
gboolean catalina_request_is_filtered (CatalinaRequest *self);
CATALINA_API
CatalinaSession *catalina_request_lookup_session (CatalinaRequest *self);

CATALINA_API
gboolean catalina_request_create_session (CatalinaRequest *self, GError **error);
CATALINA_API
gboolean catalina_request_change (CatalinaRequest *self, CatalinaDelta *delta, GError **error);
CATALINA_API
gboolean catalina_request_set_attribute (CatalinaRequest *self,
                                         const char *name,
                                         TribesJavaValue *value,
                                         GError **error);
CATALINA_API
gboolean
catalina_request_remove_attribute (CatalinaRequest *self, const char *name, GError **error);
CATALINA_API
gboolean catalina_request_change_session_id (CatalinaRequest *self, GError **error);
CATALINA_API
gboolean catalina_request_login (CatalinaRequest *self,
                                 const char *name,
                                 const char *const *roles,
                                 const char *auth_type,
                                 GError **error);
CATALINA_API
gboolean catalina_request_logout (CatalinaRequest *self, GError **error);
CATALINA_API
char *catalina_request_take_saved_uri (CatalinaRequest *self, GError **error);
CATALINA_API
gboolean catalina_request_invalidate_session (CatalinaRequest *self, GError **error);

CATALINA_API
void catalina_request_end_async (CatalinaRequest *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
CATALINA_API
gboolean catalina_request_end_finish (CatalinaRequest *self, GAsyncResult *result, GError **error);

G_END_DECLS
