/* SPDX-License-Identifier: Apache-2.0
 *
 * A member of a running cluster that only looks on. It answers what a member has to answer, holds
 * no sessions, and never holds up who sends to it: what comes faster than it can be shown is
 * dropped and counted.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/monitor/catalina-monitor-private.h"
#include "catalina_ha/tools/catalina-tool-lines-private.h"
#include "catalina_ha/tools/catalina-tool-options-private.h"
#include "catalina_ha/tools/catalina-tool-web-private.h"
#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

/* What the command line says about joining. */
typedef struct
{
  char *config; /* nullable: a server.xml; nobody is joined without */
  char *receiver;
  char *unique_id;
  char *cluster;
  char **definitions;
} CatalinaToolJoin;

/* For a GOptionEntry table. */
#define CATALINA_TOOL_JOIN_ENTRIES(join)                                                            \
  { "join",                                                                                         \
    0,                                                                                              \
    0,                                                                                              \
    G_OPTION_ARG_FILENAME,                                                                          \
    &(join)->config,                                                                                \
    "be a member of the cluster of this server.xml, and look on",                                   \
    "FILE" },                                                                                       \
      { "receiver",                                                                                 \
        'r',                                                                                        \
        0,                                                                                          \
        G_OPTION_ARG_STRING,                                                                        \
        &(join)->receiver,                                                                          \
        "where that member listens (as the file says)",                                             \
        "HOST:PORT" },                                                                              \
      { "unique-id", 'u', 0, G_OPTION_ARG_STRING, &(join)->unique_id, "its id, as for tribes node", \
        "ID" },                                                                                     \
      { "cluster", 0, 0, G_OPTION_ARG_STRING, &(join)->cluster, "which <Cluster> of several",       \
        "N|NAME" },                                                                                 \
  {                                                                                                 \
    "define", 'D', 0, G_OPTION_ARG_STRING_ARRAY, &(join)->definitions,                              \
        "what ${NAME} stands for in the file", "NAME=VALUE"                                         \
  }

void catalina_tool_join_clear (CatalinaToolJoin *join);

typedef struct
{
  guint64 messages;
  guint64 heartbeats;
  guint64 dropped;   /* messages and heartbeats, as they came too fast */
  guint64 passed_on; /* answers of others to those who asked this member for sessions */
  guint64 refused;   /* questions for sessions that nobody answered */
} CatalinaToolObserved;

typedef struct _CatalinaToolObserver CatalinaToolObserver;

/* Has looked at the file, and joined nobody. @notes: (element-type utf8): gets lines for people.
 * @sink: is told what arrives, from the main loop, and stays the caller's. */
CatalinaToolObserver *catalina_tool_observer_new (const CatalinaToolJoin *join,
                                                  const TribesCaptureSink *sink,
                                                  gpointer user_data,
                                                  GPtrArray *notes,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Says goodbye. */
void catalina_tool_observer_free (CatalinaToolObserver *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolObserver, catalina_tool_observer_free)

gboolean catalina_tool_observer_start (CatalinaToolObserver *self,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Leaves the cluster, and tells what has arrived until then. */
void catalina_tool_observer_stop (CatalinaToolObserver *self);
CatalinaCluster *catalina_tool_observer_get_cluster (CatalinaToolObserver *self);
/* Whether it says by multicast that it is there. */
gboolean catalina_tool_observer_announces (CatalinaToolObserver *self);
void catalina_tool_observer_count (CatalinaToolObserver *self, CatalinaToolObserved *counts);

/* catalina-tool-look-on.c: what arrives goes through @monitor to @lines, until a signal, or for
 * @duration_s, or until the monitor has enough. @view: (nullable): through which it goes first, and
 * is served as @web says. Returns an exit code. */
int catalina_tool_look_on (const CatalinaToolJoin *join,
                           const CatalinaToolWeb *web,
                           CatalinaToolView *view,
                           CatalinaMonitor *monitor,
                           CatalinaToolLines *lines,
                           double duration_s);

G_END_DECLS
