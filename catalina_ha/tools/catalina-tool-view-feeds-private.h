/* SPDX-License-Identifier: Apache-2.0
 *
 * Events of what is seen, for those who ask over HTTP: all of them, and for each filter that
 * somebody asks with those for which it holds, from then on. What is told comes under the lock of
 * who shows it, and so does who asks; feeds are served by the thread of the main loop alone.
 */
#pragma once

#include "catalina_ha/monitor/catalina-monitor-private.h"
#include "catalina_ha/tools/catalina-tool-http-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolViewFeeds CatalinaToolViewFeeds;

/* @options: as all are shown; copied. */
CatalinaToolViewFeeds *catalina_tool_view_feeds_new (const CatalinaMonitorOptions *options);
void catalina_tool_view_feeds_free (CatalinaToolViewFeeds *self);

/* @tag: counts messages, from 0 on. */
void catalina_tool_view_feeds_message (CatalinaToolViewFeeds *self,
                                       guint tag,
                                       const TribesCapturedMessage *message,
                                       gboolean wants_ack);
void catalina_tool_view_feeds_fate (CatalinaToolViewFeeds *self,
                                    guint tag,
                                    TribesFate fate,
                                    gint64 latency_us);
void catalina_tool_view_feeds_heartbeat (CatalinaToolViewFeeds *self,
                                         gint64 time_us,
                                         const TribesEndpoint *from,
                                         const TribesEndpoint *to,
                                         const guint8 *data,
                                         gsize size,
                                         const TribesMemberFields *fields);
void catalina_tool_view_feeds_advance (CatalinaToolViewFeeds *self, gint64 now_us);
void catalina_tool_view_feeds_add_log (CatalinaToolViewFeeds *self,
                                       const char *file,
                                       const CatalinaLogEntry *entry);
void catalina_tool_view_feeds_finish (CatalinaToolViewFeeds *self);
/* Events that nobody fetched in time. */
guint64 catalina_tool_view_feeds_get_lost (const CatalinaToolViewFeeds *self);

/* From now on there are feeds, until the next. */
void catalina_tool_view_feeds_open (CatalinaToolViewFeeds *self);
void catalina_tool_view_feeds_close (CatalinaToolViewFeeds *self);
/* Hands on to the feeds what has been told since. */
void catalina_tool_view_feeds_fetch (CatalinaToolViewFeeds *self);
/* (nullable): that the request asks for; NULL: it makes no sense, and has been answered. */
CatalinaToolFeed *catalina_tool_view_feeds_choose (CatalinaToolViewFeeds *self,
                                                   const CatalinaToolRequest *request);

G_END_DECLS
