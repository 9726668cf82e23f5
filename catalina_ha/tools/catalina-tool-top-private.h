/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two faces of `tribes top`, tables that are printed and a screen, have in common: where
 * messages come from.
 */
#pragma once

#include "catalina_ha/monitor/catalina-top-private.h"
#include "catalina_ha/tools/catalina-tool-capture-private.h"
#include "catalina_ha/tools/catalina-tool-observer-private.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_TOOL_TOP_FILE,      /* has an end, and time is that of its packets */
  CATALINA_TOOL_TOP_PIPE,      /* time is that of its packets, and goes on behind the last */
  CATALINA_TOOL_TOP_INTERFACE, /* time is that of the clock */
  CATALINA_TOOL_TOP_CLUSTER,   /* as a member, by the clock */
} CatalinaToolTopKind;

typedef struct
{
  CatalinaToolTopKind kind;
  const char *file;             /* nullable: elsewhere */
  const char *interface;        /* nullable: elsewhere */
  const char *packets;          /* nullable: all */
  const CatalinaToolJoin *join; /* of a cluster */
  const char *name;             /* for people */
  const char *filter;           /* nullable: as it was written; it is right */
  CatalinaTopView view;
  CatalinaTopColumn column;
  gint64 interval_us; /* 0: one table of all */
  gint64 count;       /* of tables; 0: as many as there are */
  guint top;          /* rows of a table */
  gboolean json;
} CatalinaToolTopOptions;

/* Counts from the beginning what @options name. */
CatalinaTop *catalina_tool_top_new (const CatalinaToolTopOptions *options, gint64 period_us);
CatalinaToolCapture *catalina_tool_top_open (const CatalinaToolTopOptions *options,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Messages that are counted in a thread of their own, whoever waits for whom. */
typedef struct _CatalinaToolTopSource CatalinaToolTopSource;

/* What may be waited for by a person is opened, with signals as they are. */
CatalinaToolTopSource *catalina_tool_top_source_new (const CatalinaToolTopOptions *options,
                                                     gint64 period_us,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Waits until nothing is read any more, or a cluster has been left. */
void catalina_tool_top_source_free (CatalinaToolTopSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolTopSource, catalina_tool_top_source_free)

/* Signals that the caller holds back do not reach the thread. @notes: (element-type utf8): gets
 * lines for people. */
gboolean catalina_tool_top_source_start (CatalinaToolTopSource *self,
                                         GPtrArray *notes,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Becomes readable when it has ended. */
int catalina_tool_top_source_get_fd (const CatalinaToolTopSource *self);

/* What it counts into, as of now, with what is known besides; until it is unlocked. */
typedef struct
{
  CatalinaTop *top;
  guint64 dropped; /* packets or messages */
  gboolean has_ended;
  const char *problem; /* nullable: with which */
} CatalinaToolTopState;

CatalinaToolTopState catalina_tool_top_source_lock (CatalinaToolTopSource *self);
void catalina_tool_top_source_unlock (CatalinaToolTopSource *self);

/* Counts anew, only what @filter (nullable, transfer full) holds for: of a file all of it, else
 * what comes. */
gboolean catalina_tool_top_source_filter (CatalinaToolTopSource *self,
                                          CatalinaFilter *filter,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Exit codes. */
int catalina_tool_top_run_batch (const CatalinaToolTopOptions *options);
int catalina_tool_top_run_screen (const CatalinaToolTopOptions *options);

G_END_DECLS
