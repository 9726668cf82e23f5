/* SPDX-License-Identifier: Apache-2.0
 *
 * One event after the other becomes a line, if it is wanted: by its name, and by what a filter is
 * told of it while it is written.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-events-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

#define CATALINA_TOOL_EVENT_LOST "events-lost"

typedef struct
{
  TribesJsonStyle style;
  char **names;                 /* nullable: the only events that are wanted */
  const CatalinaFilter *filter; /* nullable: which of these */
  CatalinaFilterFacts facts;    /* of the event that is open */
  CatalinaToolLineFunc write;
  gpointer data;
  guint64 lost;     /* lines, in all */
  guint64 reported; /* of these, told about */
  GString *line;    /* of one event at a time; keeps its memory */
  gint64 second;    /* that the text is of, since 1970 */
  char second_text[sizeof "2026-02-28T12:30:00"];
} CatalinaToolEventLine;

void catalina_tool_event_line_init (CatalinaToolEventLine *self,
                                    gboolean json,
                                    CatalinaToolLineFunc write,
                                    gpointer data);
void catalina_tool_event_line_clear (CatalinaToolEventLine *self);

/* What is added to an event of this name until it is closed. */
TribesJson catalina_tool_event_line_open (CatalinaToolEventLine *self, const char *name);
void catalina_tool_event_line_close (CatalinaToolEventLine *self, TribesJson *json);

/* Whether the filter wants to know. */
gboolean catalina_tool_event_line_ask (const CatalinaToolEventLine *self,
                                       CatalinaFilterField field);
/* Tells it. @text: (nullable) */
void catalina_tool_event_line_tell (CatalinaToolEventLine *self,
                                    CatalinaFilterField field,
                                    const char *text);
/* What is written is told, too. */
void catalina_tool_event_line_add_member (CatalinaToolEventLine *self,
                                          TribesJson *json,
                                          TribesMember *member);
void catalina_tool_event_line_add_context (CatalinaToolEventLine *self,
                                           TribesJson *json,
                                           const char *name);
/* Of a session, or another that is as good as a password: its hash, unless ids are shown. */
void catalina_tool_event_line_add_id (CatalinaToolEventLine *self,
                                      TribesJson *json,
                                      const char *name,
                                      const char *id);

/* catalina-tool-event-maps.c: who has a session, who is logged in, attributes of contexts. */
typedef struct _CatalinaToolEventMaps CatalinaToolEventMaps;

CatalinaToolEventMaps *catalina_tool_event_maps_new (CatalinaCluster *cluster,
                                                     CatalinaToolEventLine *line);
void catalina_tool_event_maps_free (CatalinaToolEventMaps *self);

G_END_DECLS
