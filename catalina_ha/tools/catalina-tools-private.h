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
int catalina_tool_diff (int argc, char **argv);
int catalina_tool_monitor (int argc, char **argv);
int catalina_tool_node (int argc, char **argv);
int catalina_tool_probe (int argc, char **argv);
int catalina_tool_report (int argc, char **argv);
int catalina_tool_restore (int argc, char **argv);
int catalina_tool_snapshot (int argc, char **argv);
int catalina_tool_top (int argc, char **argv);

/* The arguments, with definitions as GOption takes them. */
char **catalina_tool_split_definitions (int argc, char **argv);

/* One line on standard error, after `tribes SUBCOMMAND: `. Returns @code. */
int catalina_tool_complain (int code, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Log messages to standard error; @verbosity and TRIBES_DEBUG say which domains tell everything.
 * Fails on a word in TRIBES_DEBUG that is none. */
gboolean catalina_tool_set_up_log (guint verbosity, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Which these are, as G_MESSAGES_DEBUG has them. @debug, @already: (nullable): TRIBES_DEBUG and
 * G_MESSAGES_DEBUG. */
char *catalina_tool_choose_log_domains (guint verbosity,
                                        const char *debug,
                                        const char *already,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
