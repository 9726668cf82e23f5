/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_DELTA (catalina_delta_get_type ())

/**
 * CatalinaDeltaType:
 * @CATALINA_DELTA_ATTRIBUTE: an attribute
 * @CATALINA_DELTA_PRINCIPAL: who is logged in
 * @CATALINA_DELTA_IS_NEW: whether the client knows the session
 * @CATALINA_DELTA_MAX_INACTIVE: how long the session lives without being used
 * @CATALINA_DELTA_AUTH_TYPE: how the user logged in
 * @CATALINA_DELTA_LISTENER: a session listener
 * @CATALINA_DELTA_NOTE: a note that the container keeps with the session
 *
 * What an action changes. The numbers go over the wire.
 *
 * Tomcat counterpart: the `TYPE_…` constants of `org.apache.catalina.ha.session.DeltaRequest`.
 *
 * Since: 0.1
 */
typedef enum
{
  CATALINA_DELTA_ATTRIBUTE = 0,
  CATALINA_DELTA_PRINCIPAL = 1,
  CATALINA_DELTA_IS_NEW = 2,
  CATALINA_DELTA_MAX_INACTIVE = 3,
  CATALINA_DELTA_AUTH_TYPE = 4,
  CATALINA_DELTA_LISTENER = 5,
  CATALINA_DELTA_NOTE = 6,
} CatalinaDeltaType;

/**
 * CatalinaDeltaChange:
 * @CATALINA_DELTA_SET: set it to a value
 * @CATALINA_DELTA_REMOVE: take it away
 *
 * What an action does. The numbers go over the wire.
 *
 * Tomcat counterpart: the `ACTION_…` constants of `org.apache.catalina.ha.session.DeltaRequest`.
 *
 * Since: 0.1
 */
typedef enum
{
  CATALINA_DELTA_SET = 0,
  CATALINA_DELTA_REMOVE = 1,
} CatalinaDeltaChange;

/**
 * CatalinaDelta:
 *
 * Changes to one session, collected to be made and replicated at once. Where a name is changed
 * twice, the later change counts.
 *
 * An object that is part of several values stays one object on the other side if it is set in one
 * delta.
 *
 * Tomcat counterpart: `org.apache.catalina.ha.session.DeltaRequest`.
 *
 * Since: 0.1
 */
typedef struct _CatalinaDelta CatalinaDelta;

CATALINA_API
GType catalina_delta_get_type (void) G_GNUC_CONST;

CATALINA_API
CatalinaDelta *catalina_delta_new (void);
CATALINA_API
CatalinaDelta *catalina_delta_ref (CatalinaDelta *delta);
CATALINA_API
void catalina_delta_unref (CatalinaDelta *delta);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaDelta, catalina_delta_unref)

CATALINA_API
void catalina_delta_set_attribute (CatalinaDelta *delta, const char *name, TribesJavaValue *value);
CATALINA_API
void catalina_delta_remove_attribute (CatalinaDelta *delta, const char *name);
CATALINA_API
void catalina_delta_set_max_inactive_interval (CatalinaDelta *delta, int seconds);
CATALINA_API
void
catalina_delta_set_principal (CatalinaDelta *delta, const char *name, const char *const *roles);
CATALINA_API
void catalina_delta_set_auth_type (CatalinaDelta *delta, const char *auth_type);
CATALINA_API
guint catalina_delta_get_n_actions (CatalinaDelta *delta);
CATALINA_API
CatalinaDeltaType catalina_delta_get_action_type (CatalinaDelta *delta, guint index);
CATALINA_API
CatalinaDeltaChange catalina_delta_get_action_change (CatalinaDelta *delta, guint index);
CATALINA_API
const char *catalina_delta_get_action_name (CatalinaDelta *delta, guint index);
CATALINA_API
TribesJavaValue *catalina_delta_get_action_value (CatalinaDelta *delta, guint index);
CATALINA_API
const char *catalina_delta_get_session_id (CatalinaDelta *delta);

CATALINA_API
CatalinaDelta *catalina_delta_decode (GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
