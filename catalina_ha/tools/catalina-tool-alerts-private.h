/* SPDX-License-Identifier: Apache-2.0
 *
 * `tribes monitor --alerts`: only what should alarm who looks after the cluster.
 */
#pragma once

#include "catalina_ha/monitor/catalina-alerts-private.h"
#include "catalina_ha/tools/catalina-tool-capture-private.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean wanted;
  char *members;  /* nullable: HOST:PORT,... */
  char *config;   /* nullable: a server.xml */
  char *baseline; /* nullable: a file of classes */
  char *learn;    /* nullable: the same, to be written */
  char *keep;     /* nullable: a capture, to be written */
  double keep_mb;
} CatalinaToolAlertOptions;

#define CATALINA_TOOL_ALERT_ENTRIES(options)                                                       \
  { "alerts",                                                                                      \
    'a',                                                                                           \
    0,                                                                                             \
    G_OPTION_ARG_NONE,                                                                             \
    &(options)->wanted,                                                                            \
    "show only what should alarm who looks after the cluster; exit 1 if there was any",            \
    NULL },                                                                                        \
      { "members",                                                                                 \
        'm',                                                                                       \
        0,                                                                                         \
        G_OPTION_ARG_STRING,                                                                       \
        &(options)->members,                                                                       \
        "who belongs to the cluster, for --alerts",                                                \
        "HOST:PORT,..." },                                                                         \
      { "config",                                                                                  \
        'c',                                                                                       \
        0,                                                                                         \
        G_OPTION_ARG_FILENAME,                                                                     \
        &(options)->config,                                                                        \
        "the same from the static members of a server.xml",                                        \
        "FILE" },                                                                                  \
      { "baseline",                                                                                \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_FILENAME,                                                                     \
        &(options)->baseline,                                                                      \
        "classes that are used here, a name a line; others raise an alert",                        \
        "FILE" },                                                                                  \
      { "learn",                                                                                   \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_FILENAME,                                                                     \
        &(options)->learn,                                                                         \
        "add the classes that are met to such a file",                                             \
        "FILE" },                                                                                  \
      { "keep",                                                                                    \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_FILENAME,                                                                     \
        &(options)->keep,                                                                          \
        "keep the packets around each alert, as a capture that only its owner can read",           \
        "FILE.pcapng" },                                                                           \
  {                                                                                                \
    "keep-size", 0, 0, G_OPTION_ARG_DOUBLE, &(options)->keep_mb,                                   \
        "megabytes that it has at most (64)", "MB"                                                 \
  }

void catalina_tool_alert_options_init (CatalinaToolAlertOptions *self);
void catalina_tool_alert_options_clear (CatalinaToolAlertOptions *self);
/* NULL: they make sense. */
const char *catalina_tool_alert_options_find_mistake (const CatalinaToolAlertOptions *self);

/* Reads @source to its end, or for @duration_s. @is_live: lines are not to wait. Returns an exit
 * code, which is 1 if there were alerts and 2 where that cannot be said. */
int catalina_tool_alerts_run (const CatalinaToolAlertOptions *options,
                              CatalinaToolCapture *source,
                              gboolean is_live,
                              gboolean is_json,
                              double duration_s);

G_END_DECLS
