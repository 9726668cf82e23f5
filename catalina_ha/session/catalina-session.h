/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_SESSION (catalina_session_get_type ())

/**
 * CatalinaSession:
 *
 * A session as it was when somebody asked: what happens to it later does not show in it. Attribute
 * values are kept as received and interpreted only when looked at.
 *
 * Tomcat counterpart: `org.apache.catalina.ha.session.DeltaSession`, and what a web application
 * sees of it as `HttpSession`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaSession CatalinaSession;

CATALINA_API
GType catalina_session_get_type (void) G_GNUC_CONST;

CATALINA_API
CatalinaSession *catalina_session_ref (CatalinaSession *session);
CATALINA_API
void catalina_session_unref (CatalinaSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSession, catalina_session_unref)

CATALINA_API
const char *catalina_session_get_id (CatalinaSession *session);
CATALINA_API
gint64 catalina_session_get_creation_time (CatalinaSession *session);
CATALINA_API
gint64 catalina_session_get_last_accessed_time (CatalinaSession *session);
CATALINA_API
gint64 catalina_session_get_this_accessed_time (CatalinaSession *session);
CATALINA_API
int catalina_session_get_max_inactive_interval (CatalinaSession *session);
CATALINA_API
gboolean catalina_session_is_new (CatalinaSession *session);
CATALINA_API
gboolean catalina_session_is_valid (CatalinaSession *session);
CATALINA_API
gboolean catalina_session_is_primary (CatalinaSession *session);
CATALINA_API
gboolean catalina_session_is_stale (CatalinaSession *session);
CATALINA_API
const char *catalina_session_get_auth_type (CatalinaSession *session);
CATALINA_API
char *catalina_session_dup_principal_name (CatalinaSession *session);
CATALINA_API
char **catalina_session_dup_roles (CatalinaSession *session);
CATALINA_API
TribesJavaValue *catalina_session_get_principal (CatalinaSession *session);
CATALINA_API
char *catalina_session_dup_saved_uri (CatalinaSession *session);
CATALINA_API
guint catalina_session_get_n_attributes (CatalinaSession *session);
CATALINA_API
char **catalina_session_list_attributes (CatalinaSession *session);
CATALINA_API
TribesJavaValue *catalina_session_get_attribute (CatalinaSession *session, const char *name);
CATALINA_API
gsize catalina_session_get_storage_size (CatalinaSession *session);
CATALINA_API
char *catalina_session_to_json (CatalinaSession *session) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
