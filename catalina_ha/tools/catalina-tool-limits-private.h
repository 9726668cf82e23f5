/* SPDX-License-Identifier: Apache-2.0
 *
 * The limits of the libraries by name, for `tribes node --limit`.
 */
#pragma once

#include "catalina_ha/session/catalina-limits.h"
#include "tribes/base/tribes-limits.h"

G_BEGIN_DECLS

typedef struct
{
  TribesLimits channel;
  CatalinaLimits sessions;
} CatalinaToolLimits;

void catalina_tool_limits_init (CatalinaToolLimits *limits);

/* @text: `NAME=VALUE`, where the value may end in K, M or G. */
gboolean catalina_tool_limits_set (CatalinaToolLimits *limits,
                                   const char *text,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A line for each, with its unit, default and meaning. */
char *catalina_tool_limits_describe (void);

G_END_DECLS
