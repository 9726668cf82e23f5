/* SPDX-License-Identifier: Apache-2.0
 *
 * The option --filter of several subcommands.
 */
#pragma once

#include "catalina_ha/filter/catalina-filter-private.h"

G_BEGIN_DECLS

/* NULL: it makes no sense, which has been said. */
CatalinaFilter *catalina_tool_filter_new (const char *text, const CatalinaFilterWords *words)
    G_GNUC_WARN_UNUSED_RESULT;
/* One line on standard error, and on a terminal @text and where in it the mistake is. */
void catalina_tool_filter_complain (const char *option,
                                    const char *text,
                                    gsize offset,
                                    const GError *error);

G_END_DECLS
