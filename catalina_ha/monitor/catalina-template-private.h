/* SPDX-License-Identifier: Apache-2.0
 *
 * How an event is written, as a text with directives in it: `%t %e %c %{newSession}\n`. The manual
 * of the monitor lists them; each stands for a member of the event as a line for people has it,
 * with the same quotes and escapes. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaTemplate CatalinaTemplate;

/* @offset: (out) (optional): of the byte in @text at which the error is, which names the column,
 * what was expected and what was found. */
CATALINA_API
CatalinaTemplate *
catalina_template_new (const char *text, gsize *offset, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
void catalina_template_free (CatalinaTemplate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaTemplate, catalina_template_free)

/* Whether a directive stands for this member. */
gboolean catalina_template_asks (const CatalinaTemplate *self, const char *member);
/* @event: a line with an index of its members. What it does not have is a hyphen. */
CATALINA_API
void catalina_template_append (const CatalinaTemplate *self, GString *out, const TribesJson *event);

G_END_DECLS
