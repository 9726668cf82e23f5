/* SPDX-License-Identifier: Apache-2.0
 *
 * Members and files that have sessions: who they are, and what each said last.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-copies-private.h"
#include "tribes/base/tribes-json-writer-private.h"

G_BEGIN_DECLS

/* Bits of a guint64 name them. */
#define CATALINA_TOOL_SOURCES_MAX 64

typedef struct
{
  char *name;                     /* as on the command line */
  TribesMember *member;           /* NULL for a file */
  CatalinaToolGathered *gathered; /* nullable: what it said last */
  gint64 clock_min_ms;            /* of a member, as it was then: see CatalinaToolGathered */
  gint64 clock_max_ms;
} CatalinaToolSource;

typedef struct
{
  const CatalinaToolVisit *visit;
  const char *context; /* nullable: all */
  GPtrArray *all;      /* of CatalinaToolSource */
  /* A member that does not have @context has no session; otherwise that is an error. */
  gboolean may_lack_context;
} CatalinaToolSources;

/* @visit and @context stay the caller's, and are there as long as these are. */
CatalinaToolSources *catalina_tool_sources_new (const CatalinaToolVisit *visit,
                                                const char *context);
void catalina_tool_sources_free (CatalinaToolSources *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolSources, catalina_tool_sources_free)

/* A file of a snapshot, which is read here, or a member: a name is looked up. */
gboolean catalina_tool_sources_add_file (CatalinaToolSources *self,
                                         const char *file,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_tool_sources_add_member (CatalinaToolSources *self,
                                           const char *address,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What there is of that name. */
gboolean catalina_tool_sources_add_any (CatalinaToolSources *self,
                                        const char *name,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All members of the cluster in a server.xml, where it lists them. */
gboolean catalina_tool_sources_add_config (CatalinaToolSources *self,
                                           const char *file,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

CatalinaToolSource *catalina_tool_sources_at (const CatalinaToolSources *self, guint source);

/* Asks all members, one after the other; a file is as it was. @keep: what they said is wanted, and
 * not only how it compares.
 * NULL: somebody could not be asked, or something of what he said not be read. */
CatalinaToolCopies *catalina_tool_sources_ask (CatalinaToolSources *self,
                                               gboolean keep,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The names of @sources, one behind the other, or in an array. */
char *catalina_tool_sources_list (const CatalinaToolSources *self, guint64 sources);
void catalina_tool_sources_add_json (TribesJson *json,
                                     const char *name,
                                     const CatalinaToolSources *self,
                                     guint64 sources);

/* How the time of a copy is shown: UTC. */
char *catalina_tool_format_time (gint64 ms);

G_END_DECLS
