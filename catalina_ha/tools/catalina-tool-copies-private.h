/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of sessions that several members have, and in what they differ. When a session was used is
 * no difference: that travels with the next request.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-gather-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaToolCopies CatalinaToolCopies;

/* @n_sources: of whom there can be a copy; 64 at most. @context: (nullable): of which alone there
 * are to be some. */
CatalinaToolCopies *catalina_tool_copies_new (guint n_sources, const char *context);
void catalina_tool_copies_free (CatalinaToolCopies *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaToolCopies, catalina_tool_copies_free)

/* The sessions of source number @source. FALSE where some of them cannot be read: the others count.
 */
gboolean catalina_tool_copies_add (CatalinaToolCopies *self,
                                   guint source,
                                   const CatalinaToolGathered *gathered,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
guint64 catalina_tool_copies_count (CatalinaToolCopies *self);

/* When a copy was used, in milliseconds since 1970 of the clock of whoever has it. */
typedef struct
{
  gint64 used_ms;    /* when the last request ended: a state transfer leaves it as it is */
  gint64 touched_ms; /* the same, or when a request began, or when it was given to a member */
  gint64 created_ms;
  gint32 max_inactive_s;
  gboolean is_valid;
} CatalinaToolUse;

#define CATALINA_TOOL_DIGEST_SIZE 16

/* Something of a session, or another thing of it: a digest for each source. */
typedef struct
{
  char *what;      /* "attribute cart", "principal", ...; the same pointer in all sessions */
  guint64 present; /* bits of the sources that have it */
  guint8 (*digests)[CATALINA_TOOL_DIGEST_SIZE];
} CatalinaToolPart;

/* One session, and who has a copy. */
typedef struct
{
  char *context;
  char *id;
  guint n_sources;
  guint64 present;       /* bits of the sources that have it */
  CatalinaToolUse *uses; /* one for each source */
  GPtrArray *parts;      /* of CatalinaToolPart */
} CatalinaToolCopy;

#define CATALINA_TOOL_ATTRIBUTE    "attribute "
#define CATALINA_TOOL_PRINCIPAL    "principal"
#define CATALINA_TOOL_MAX_INACTIVE "max inactive interval"

/* (nullable) */
const CatalinaToolCopy *
catalina_tool_copies_find (CatalinaToolCopies *self, const char *context, const char *id);
/* (element-type CatalinaToolCopy) (transfer container): by context and id. */
GPtrArray *catalina_tool_copies_list (CatalinaToolCopies *self);

/* Of those that have it, who used it last. */
guint catalina_tool_copy_find_newest (const CatalinaToolCopy *copy);
/* Whether both have it, and the same of it. */
gboolean catalina_tool_copy_is_same (const CatalinaToolCopy *copy, guint a, guint b);
/* Whether one has it and the other has not, or another. */
gboolean catalina_tool_part_differs (const CatalinaToolPart *part, guint a, guint b);
/* The same as long as nobody uses the session or changes it. */
guint64 catalina_tool_copy_get_mark (const CatalinaToolCopy *copy);

static inline gboolean
catalina_tool_has (guint64 sources, guint source)
{
  return (sources >> source & 1) != 0;
}

static inline guint64
catalina_tool_bit (guint source)
{
  return G_GUINT64_CONSTANT (1) << source;
}

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
