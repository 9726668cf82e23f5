/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens in a cluster as lines, for a person or as one JSON object each. The text of a line
 * is written by the same calls, so that both always say the same.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/filter/catalina-filter-private.h"
#include "catalina_ha/tools/catalina-tool-deploy-private.h"

G_BEGIN_DECLS

/* A line without its line feed, which is gone after the call; FALSE if it was lost. */
typedef gboolean (*CatalinaToolLineFunc) (const char *line, gsize size, gpointer data);

typedef struct _CatalinaToolEvents CatalinaToolEvents;

/* Watches @cluster, whether it is started or not. */
CatalinaToolEvents *catalina_tool_events_new (CatalinaCluster *cluster,
                                              gboolean json,
                                              CatalinaToolLineFunc write,
                                              gpointer data);
void catalina_tool_events_free (CatalinaToolEvents *self);

/* Names of events of a list with commas, where `session-*` stands for several. */
char **catalina_tool_events_parse (const char *list, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @names: (nullable): as above, instead of all events, and copied; events-lost comes in any case.
 * @transferred: each session of a state transfer is an event as well, not only their number. */
void catalina_tool_events_choose (CatalinaToolEvents *self,
                                  const char *const *names,
                                  gboolean transferred);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolEvents, catalina_tool_events_free)

/* What a filter may ask for. */
const CatalinaFilterWords *catalina_tool_events_get_filter_words (void);
/* @filter: (nullable): which of the events above, but for events-lost; stays the caller's. */
void catalina_tool_events_set_filter (CatalinaToolEvents *self, const CatalinaFilter *filter);

/* @http: (nullable): where the HTTP interface is. */
void catalina_tool_events_started (CatalinaToolEvents *self, const char *http);
void catalina_tool_events_stopped (CatalinaToolEvents *self);
void catalina_tool_events_deployed (CatalinaToolEvents *self, const CatalinaToolDeployed *deployed);
/* Lines that the reader was too slow for. */
guint64 catalina_tool_events_get_lost (CatalinaToolEvents *self);

G_END_DECLS
