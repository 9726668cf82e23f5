/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of sessions that several members have, and in what they differ. When a session was used is
 * no difference: that travels with the next request.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-gather-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolCopies CatalinaToolCopies;

/* @n_sources: of whom there can be a copy; 64 at most. */
CatalinaToolCopies *catalina_tool_copies_new (guint n_sources);
void catalina_tool_copies_free (CatalinaToolCopies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolCopies, catalina_tool_copies_free)

/* The sessions of source number @source. FALSE where some of them cannot be read: the others count.
 */
gboolean catalina_tool_copies_add (CatalinaToolCopies *self,
                                   guint source,
                                   const CatalinaToolGathered *gathered,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
guint64 catalina_tool_copies_count (CatalinaToolCopies *self);

/* In what a session differs: who lacks it, or something of it that is not the same everywhere. */
typedef struct
{
  char *context;
  char *id;
  char *what;        /* "session", or what of it: "attribute cart", "principal", ... */
  guint64 missing;   /* bits of the sources that do not have it */
  guint64 different; /* bits of the sources that have something else than the newest */
  guint newest;      /* the source that used the session last, of those that have it */
  gint64 newest_ms;  /* when that was, in milliseconds since 1970 */
} CatalinaToolDifference;

/* @difference: (nullable) */
void catalina_tool_difference_free (CatalinaToolDifference *difference);
/* In the order of the list below; 0: both name the same thing of the same session. */
int catalina_tool_difference_compare (const CatalinaToolDifference *a,
                                      const CatalinaToolDifference *b);

/* (element-type CatalinaToolDifference): by context, id and what. */
GPtrArray *catalina_tool_copies_compare (CatalinaToolCopies *self);

G_END_DECLS
