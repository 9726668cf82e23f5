/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Subcommands of `tribes`. Each gets its own name as argv[0] and returns the exit code: 0 for
 * success, 1 if what it was asked to do failed, 2 for wrong usage or configuration. */
typedef int (*CatalinaToolFunc) (int argc, char **argv);

enum
{
  CATALINA_TOOL_OK = 0,
  CATALINA_TOOL_FAILED = 1,
  CATALINA_TOOL_USAGE = 2,
};

int catalina_tool_check (int argc, char **argv);
int catalina_tool_decode (int argc, char **argv);

G_END_DECLS
