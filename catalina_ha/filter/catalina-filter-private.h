/* SPDX-License-Identifier: Apache-2.0
 *
 * Which events are wanted, as an expression: `event = delta and (size > 64K or latency > 5ms)`. The
 * manual page tribes-filter(7) is its definition. It is compiled once; what is known of an event is
 * then told fact by fact, in any order, and judged, also before all of it is known. Nothing is
 * allocated on the way but the hash of a session's id, where the expression may mean one. Time
 * and memory are linear in the expression and in the facts. Exported for the programs; not API.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

/* An event may have several values of each. */
typedef enum
{
  CATALINA_FILTER_EVENT,
  CATALINA_FILTER_CONTEXT,
  CATALINA_FILTER_SESSION, /* told as the id itself */
  CATALINA_FILTER_FROM,    /* HOST:PORT */
  CATALINA_FILTER_TO,
  CATALINA_FILTER_MEMBER, /* either, of which it needs not be told; or another one */
  CATALINA_FILTER_ATTRIBUTE,
  CATALINA_FILTER_CLASS,
  CATALINA_FILTER_ACK,
  CATALINA_FILTER_SIZE,    /* bytes */
  CATALINA_FILTER_LATENCY, /* microseconds */
  CATALINA_FILTER_TYPE,    /* of a message of a replicated map */
  CATALINA_FILTER_PRIMARY, /* HOST:PORT */
  CATALINA_FILTER_NODE,    /* HOST:PORT */
  CATALINA_FILTER_N_FIELDS,
} CatalinaFilterField;

#define CATALINA_FILTER_BIT(field) (1u << (field))

/* What can be asked of the events of one tool. The strings stay the caller's. */
typedef struct
{
  guint fields;              /* bits: others are refused */
  const char *const *events; /* names, which end with NULL: others are refused */
  const char *const *acks;   /* nullable */
  const char *const *types;  /* nullable */
} CatalinaFilterWords;

/* Of one event; begins with { 0 }. A value: may be kept. */
typedef struct
{
  guint64 matched; /* bits: terms that hold for one of the values */
  guint seen;      /* bits: fields that have a value */
} CatalinaFilterFacts;

typedef enum
{
  CATALINA_FILTER_NO,
  CATALINA_FILTER_MAYBE, /* it depends on what is not known yet */
  CATALINA_FILTER_YES,
} CatalinaFilterVerdict;

typedef struct _CatalinaFilter CatalinaFilter;

/* @offset: (out) (optional): of the byte in @text at which the error is. The error is of
 * TRIBES_ERROR_CONFIG and names the column, what was expected there and what was found. */
CATALINA_API
CatalinaFilter *catalina_filter_new (const char *text,
                                     const CatalinaFilterWords *words,
                                     gsize *offset,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
void catalina_filter_free (CatalinaFilter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaFilter, catalina_filter_free)

/* Whether it makes a difference what is told of this field: facts that are dear to find out need
 * not be told otherwise. */
CATALINA_API
gboolean catalina_filter_asks (const CatalinaFilter *self, CatalinaFilterField field);
/* Whether somebody asks for this event in particular, and not for others only. */
CATALINA_API
gboolean catalina_filter_names_event (const CatalinaFilter *self, const char *event);

/* A value that the event has; @text may be NULL for none. */
CATALINA_API
void catalina_filter_add_text (const CatalinaFilter *self,
                               CatalinaFilterFacts *facts,
                               CatalinaFilterField field,
                               const char *text,
                               gsize size);
CATALINA_API
void catalina_filter_add_number (const CatalinaFilter *self,
                                 CatalinaFilterFacts *facts,
                                 CatalinaFilterField field,
                                 gint64 value);

/* @pending: bits: fields of which values may still be told; without any the verdict is YES or NO.
 */
CATALINA_API
CatalinaFilterVerdict catalina_filter_judge (const CatalinaFilter *self,
                                             const CatalinaFilterFacts *facts,
                                             guint pending) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
