/* SPDX-License-Identifier: Apache-2.0
 *
 * A Tomcat's own log: what it says to be wrong with its cluster. Bytes go in as they come, in
 * pieces of any size; lines of any length cost no more memory than they may. Exported for the
 * programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"

#include <glib.h>

G_BEGIN_DECLS

/* A line with level SEVERE or WARNING of org.apache.catalina.ha or org.apache.catalina.tribes.
 * Borrowed for the time of the call. */
typedef struct
{
  gint64 time_us;    /* since 1970, as the line has it */
  gint64 last_us;    /* the last one that it can stand for: a stamp has seconds, or milliseconds */
  guint64 line;      /* its number, from 1 */
  const char *level; /* "SEVERE" or "WARNING" */
  const char *class_name;
  const char *message;
  const char *exception; /* nullable: its class */
  const char *reason;    /* nullable: its message */
  const char *cause;     /* nullable: the last "Caused by:", with its message */
  const char *stack;     /* nullable: the first lines of it, with line feeds */
} CatalinaLogEntry;

typedef void (*CatalinaLogFunc) (const CatalinaLogEntry *entry, gpointer user_data);

typedef struct
{
  guint64 lines;
  guint64 entries; /* of these: of whatever level and class */
  guint64 cut;     /* lines too long to be kept whole */
} CatalinaLogCounts;

typedef struct _CatalinaLog CatalinaLog;

/* @zone: of stamps that say none. */
CATALINA_API
CatalinaLog *catalina_log_new (GTimeZone *zone, CatalinaLogFunc func, gpointer user_data);
CATALINA_API
void catalina_log_free (CatalinaLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaLog, catalina_log_free)

CATALINA_API
void catalina_log_feed (CatalinaLog *self, const char *data, gsize size);
/* Nothing follows, or nothing that belongs to what there was: an entry ends where the next begins.
 */
CATALINA_API
void catalina_log_flush (CatalinaLog *self);
/* Another file begins: a line that has not ended is none. */
CATALINA_API
void catalina_log_restart (CatalinaLog *self);
CATALINA_API
const CatalinaLogCounts *catalina_log_get_counts (const CatalinaLog *self);

G_END_DECLS
