/* SPDX-License-Identifier: Apache-2.0
 *
 * For the cluster that has it.
 */
#pragma once

#include "catalina_ha/context/catalina-replicated-context.h"
#include "catalina_ha/tipis/catalina-full-map-private.h"

G_BEGIN_DECLS

typedef struct
{
  guint max_entries;
  gsize max_bytes;
} CatalinaReplicatedContextBounds;

/* @name: "/shop", as the context is called within its host. The attribute is set as a property
 * before it is started. */
CatalinaReplicatedContext *catalina_replicated_context_new (
    CatalinaMaps *maps, const char *name, const CatalinaReplicatedContextBounds *bounds);
gboolean catalina_replicated_context_start (CatalinaReplicatedContext *self,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_replicated_context_stop (CatalinaReplicatedContext *self);

G_END_DECLS
