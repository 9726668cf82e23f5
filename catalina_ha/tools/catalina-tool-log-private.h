/* SPDX-License-Identifier: Apache-2.0
 *
 * Logs of Tomcats beside a capture: read from their beginning beside a file, followed from their end
 * on beside an interface, also where they are rotated meanwhile.
 */
#pragma once

#include "catalina_ha/monitor/catalina-log-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolLogs CatalinaToolLogs;

/* What the command line says about them. */
typedef struct
{
  char **files; /* nullable */
  char *zone;   /* nullable: that of this machine */
} CatalinaToolLogOptions;

/* For a GOptionEntry table. */
#define CATALINA_TOOL_LOG_ENTRIES(options)                                                         \
  { "log",                                                                                         \
    'l',                                                                                           \
    0,                                                                                             \
    G_OPTION_ARG_FILENAME_ARRAY,                                                                   \
    &(options)->files,                                                                             \
    "what this log of a Tomcat says about its cluster, too; may be given again",                   \
    "catalina.out" },                                                                              \
  {                                                                                                \
    "log-zone", 0, 0, G_OPTION_ARG_STRING, &(options)->zone,                                       \
        "time zone of logs that say none, as Europe/Berlin or +02:00 (this machine's)", "ZONE"     \
  }

void catalina_tool_log_options_clear (CatalinaToolLogOptions *self);

/* @file: the log's name, as it was given. */
typedef void (*CatalinaToolLogFunc) (const char *file,
                                     const CatalinaLogEntry *entry,
                                     gpointer user_data);

/* @is_live: only what is written from now on. */
CatalinaToolLogs *catalina_tool_logs_open (const CatalinaToolLogOptions *options,
                                           gboolean is_live,
                                           CatalinaToolLogFunc func,
                                           gpointer user_data,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_tool_logs_close (CatalinaToolLogs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolLogs, catalina_tool_logs_close)

/* A packet of this time comes. Beside a file: tells what was logged before it. */
void catalina_tool_logs_advance (CatalinaToolLogs *self, gint64 time_us);
/* Some time is over on an interface, it is @now_us: tells what has been written. */
void catalina_tool_logs_poll (CatalinaToolLogs *self, gint64 now_us);
/* No more packets come. Complains of files in which nothing was understood. */
void catalina_tool_logs_finish (CatalinaToolLogs *self);

/* Into an object that has begun: entries that were told, and those of other times than the
 * capture's. */
void catalina_tool_logs_add_counts (const CatalinaToolLogs *self, TribesJson *json);

G_END_DECLS
