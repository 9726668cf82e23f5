/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the bytes of sessions are: the largest sessions, and all attributes and classes with what
 * they take. Sizes are those on the wire, in the state in which a value came: a class is described
 * once in it, by the first object that has it.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-gather-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolSizes CatalinaToolSizes;

/* @n_largest: of each list, how many are shown. */
CatalinaToolSizes *catalina_tool_sizes_new (guint n_largest);
void catalina_tool_sizes_free (CatalinaToolSizes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolSizes, catalina_tool_sizes_free)

/* A CatalinaToolSessionFunc. */
void catalina_tool_sizes_add (const CatalinaToolSession *session, gpointer self);

/* As text, or as one object of JSON. */
char *catalina_tool_sizes_to_text (CatalinaToolSizes *self);
char *catalina_tool_sizes_to_json (CatalinaToolSizes *self);

G_END_DECLS
