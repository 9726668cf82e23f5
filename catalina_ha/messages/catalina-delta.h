/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_DELTA (catalina_delta_get_type ())

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

G_END_DECLS
