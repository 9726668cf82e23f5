/* SPDX-License-Identifier: Apache-2.0
 *
 * What a membership of listed members that are asked does, without a channel and without a clock:
 * whom to ask and when, who is there, and who is gone. Each member is asked for itself: one that
 * does not answer costs the others nothing.
 *
 * After every call that changes something, whoever drives it sends what
 * tribes_static_core_pop_ask() yields, and hands out what tribes_static_core_pop_event() yields.
 */
#pragma once

#include "tribes/membership/tribes-member-table-private.h"

G_BEGIN_DECLS

/* As they stand in a message. */
typedef enum
{
  TRIBES_STATIC_START = 1, /* somebody has started */
  TRIBES_STATIC_STOP = 2,  /* he stops */
  TRIBES_STATIC_PING = 3,  /* he is there */
} TribesStaticKind;

typedef enum
{
  TRIBES_STATIC_ANSWERED,
  TRIBES_STATIC_SILENT, /* nothing was heard in time, or somebody answered that knows nothing */
  TRIBES_STATIC_UNREACHABLE, /* nobody was there to be asked */
} TribesStaticOutcome;

typedef struct
{
  TribesStaticKind kind;
  TribesMember *member; /* owned; as it is listed */
  gboolean is_known;    /* it was there, as far as one knows */
} TribesStaticAsk;

typedef struct
{
  gboolean added;       /* else it has disappeared */
  TribesMember *member; /* owned */
} TribesStaticEvent;

typedef struct
{
  TribesMemberTable table;
  GArray *listed; /* of Listed */
  GQueue events;  /* of TribesStaticEvent */
  gint64 expiration_us;
  gboolean is_running;
} TribesStaticCore;

TRIBES_API
void tribes_static_core_init (TribesStaticCore *core);
TRIBES_API
void tribes_static_core_clear (TribesStaticCore *core);

/* Before the start; one that is listed already has this identity from now on. */
TRIBES_API
void tribes_static_core_add (TribesStaticCore *core, TribesMember *member);
/* (transfer none) (nullable): as the member that listens where @member does is listed */
TRIBES_API
TribesMember *tribes_static_core_find_listed (const TribesStaticCore *core, TribesMember *member);
/* Whoever is listed at its place is never asked. */
TRIBES_API
void tribes_static_core_set_local (TribesStaticCore *core, TribesMember *member);

/* All are to be told. @expiration_us: silent for longer, a member that does not answer is gone. */
TRIBES_API
void tribes_static_core_start (TribesStaticCore *core, gint64 expiration_us);
/* All are forgotten, without events. */
TRIBES_API
void tribes_static_core_stop (TribesStaticCore *core);

/* Time to ask: all of whom no answer is due. Who is not listed and has not been heard for thrice
 * the time is gone: he may ask as seldom as he likes, but has to. */
TRIBES_API
void tribes_static_core_ping (TribesStaticCore *core, gint64 now_us);
TRIBES_API
gboolean tribes_static_core_pop_ask (TribesStaticCore *core, TribesStaticAsk *ask);
/* What came of one. @member: as it is in the ask */
TRIBES_API
void tribes_static_core_asked (TribesStaticCore *core,
                               TribesMember *member,
                               TribesStaticOutcome outcome,
                               gint64 now_us);

/* @source says something of @member, by itself or as an answer. He may speak for himself only. */
TRIBES_API
gboolean tribes_static_core_hear (TribesStaticCore *core,
                                  TribesStaticKind kind,
                                  TribesMember *member,
                                  TribesMember *source,
                                  gint64 now_us,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

TRIBES_API
gboolean tribes_static_core_pop_event (TribesStaticCore *core, TribesStaticEvent *event);

G_END_DECLS
