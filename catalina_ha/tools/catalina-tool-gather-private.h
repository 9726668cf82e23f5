/* SPDX-License-Identifier: Apache-2.0
 *
 * All sessions of a running Tomcat, got by asking it once, as a member that starts would ask.
 */
#pragma once

#include <stdio.h>

#include "catalina_ha/messages/catalina-session-state-private.h"
#include "catalina_ha/tools/catalina-tool-visitor-private.h"

G_BEGIN_DECLS

/* What a member said of one context. */
typedef struct
{
  char *name;
  GPtrArray *states; /* of GBytes: session states, as they came */
  gint64 timestamp;  /* of its answer, in milliseconds of its clock */
  gboolean is_complete; /* it said that this is all */
} CatalinaToolContext;

typedef struct
{
  TribesMember *member; /* (nullable): as it calls itself */
  GPtrArray *contexts;  /* of CatalinaToolContext, by name */
  gsize size;           /* bytes of all states */
  guint version;        /* of the messages that it writes: 1 is Tomcat 7.0; 0 for nothing heard */
  /* By how much its clock is before this one's, in milliseconds: not less and not more. */
  gint64 clock_min_ms;
  gint64 clock_max_ms;
} CatalinaToolGathered;

CatalinaToolGathered *catalina_tool_gathered_new (void);
/* @asked_ms, @heard_ms: of this machine's clock; the member's said @timestamp in between. */
void catalina_tool_gathered_note_clock (CatalinaToolGathered *gathered,
                                        gint64 timestamp,
                                        gint64 asked_ms,
                                        gint64 heard_ms);
/* (nullable): none of that name */
CatalinaToolContext *catalina_tool_gathered_peek (const CatalinaToolGathered *gathered,
                                                  const char *name);
/* (nullable): one that is made where there is room for it */
CatalinaToolContext *catalina_tool_gathered_find (CatalinaToolGathered *gathered, const char *name);
/* FALSE: it is too much. */
gboolean catalina_tool_gathered_add (CatalinaToolGathered *gathered,
                                     CatalinaToolContext *context,
                                     GBytes *state) G_GNUC_WARN_UNUSED_RESULT;
/* By name. */
void catalina_tool_gathered_sort (CatalinaToolGathered *gathered);
void catalina_tool_gathered_free (CatalinaToolGathered *gathered);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolGathered, catalina_tool_gathered_free)

/* Asks @member, for @context or for all there are. It answers with a state transfer, which costs it
 * what a starting node costs it. Fails where that does not come to its end.
 * @context: (nullable) */
CatalinaToolGathered *catalina_tool_gather (const CatalinaToolVisit *visit,
                                            TribesMember *member,
                                            const char *context,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What was written by catalina_tool_gathered_write(), or is in frames that somebody recorded. */
CatalinaToolGathered *catalina_tool_gather_from_bytes (GBytes *bytes,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
CatalinaToolGathered *catalina_tool_gather_from_file (const char *file,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From a file of that name, or from a member. */
CatalinaToolGathered *catalina_tool_gather_any (const CatalinaToolVisit *visit,
                                                const char *source,
                                                const char *context,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* As frames, each with the answer as it came: exactly, and for `tribes decode`. What says that a
 * context is complete comes last of all, so that a file that was cut off shows it. */
gboolean catalina_tool_gathered_write (const CatalinaToolGathered *gathered,
                                       FILE *out) G_GNUC_WARN_UNUSED_RESULT;

/* One session of a context. */
typedef struct
{
  const char *context;
  const CatalinaSessionState *state;
  gsize size;         /* that it has in the state */
  const gsize *sizes; /* of the attributes' values, one for each */
} CatalinaToolSession;

typedef void (*CatalinaToolSessionFunc) (const CatalinaToolSession *session, gpointer data);

/* Calls @func with each; a state that breaks in the middle has its first ones. Returns the number
 * of states that broke; @error says the first reason. */
guint catalina_tool_gathered_each (const CatalinaToolGathered *gathered,
                                   CatalinaToolSessionFunc func,
                                   gpointer data,
                                   GError **error);

G_END_DECLS
