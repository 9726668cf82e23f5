/* SPDX-License-Identifier: Apache-2.0
 *
 * The options --filter and --template of several subcommands: mistakes are one line on standard
 * error, and on a terminal the text and where in it they are.
 */
#pragma once

#include "catalina_ha/filter/catalina-filter-private.h"
#include "catalina_ha/monitor/catalina-template-private.h"

G_BEGIN_DECLS

/* NULL: it makes no sense, which has been said. */
CatalinaFilter *catalina_tool_filter_new (const char *text, const CatalinaFilterWords *words)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same. */
CatalinaTemplate *catalina_tool_template_new (const char *text) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
