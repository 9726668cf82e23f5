/* SPDX-License-Identifier: Apache-2.0
 *
 * The attributes of a web application that all members of a cluster have.
 */
#pragma once

#include <gio/gio.h>

#include "catalina_ha/catalina-visibility.h"
#include "tribes/java/value/tribes-java-value.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_REPLICATED_CONTEXT (catalina_replicated_context_get_type ())

CATALINA_API
G_DECLARE_FINAL_TYPE (
    CatalinaReplicatedContext, catalina_replicated_context, CATALINA, REPLICATED_CONTEXT, GObject)

CATALINA_API
const char *catalina_replicated_context_get_name (CatalinaReplicatedContext *self);
CATALINA_API
char **catalina_replicated_context_list_attribute_names (CatalinaReplicatedContext *self);
CATALINA_API
TribesJavaValue *catalina_replicated_context_get_attribute (CatalinaReplicatedContext *self,
                                                            const char *name);
CATALINA_API
GPtrArray *catalina_replicated_context_list_members (CatalinaReplicatedContext *self);

CATALINA_API
void catalina_replicated_context_set_attribute_async (CatalinaReplicatedContext *self,
                                                      const char *name,
                                                      TribesJavaValue *value,
                                                      GCancellable *cancellable,
                                                      GAsyncReadyCallback callback,
                                                      gpointer user_data);
CATALINA_API
gboolean
catalina_replicated_context_set_attribute_finish (CatalinaReplicatedContext *self,
                                                  GAsyncResult *result,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

CATALINA_API
void catalina_replicated_context_remove_attribute_async (CatalinaReplicatedContext *self,
                                                         const char *name,
                                                         GCancellable *cancellable,
                                                         GAsyncReadyCallback callback,
                                                         gpointer user_data);
CATALINA_API
gboolean
catalina_replicated_context_remove_attribute_finish (CatalinaReplicatedContext *self,
                                                     GAsyncResult *result,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
