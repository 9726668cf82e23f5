/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of a command line that the environment gives, as containers are configured: --http-key
 * is TRIBES_HTTP_KEY.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char **catalina_tool_environment_arguments (const GOptionEntry *entries,
                                            const char *const *environment,
                                            const char *const *arguments,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
