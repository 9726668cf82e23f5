/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a cluster by what its members were seen to say: members, contexts, and sessions
 * with their attributes, as far as they were spoken of. Memory is bounded: sessions of which nobody
 * has spoken longest are forgotten, and counted.
 */
#pragma once

#include "catalina_ha/catalina-visibility.h"
#include "catalina_ha/monitor/catalina-series-private.h"
#include "catalina_ha/monitor/catalina-unwrap-private.h"
#include "tribes/capture/tribes-capture-private.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/* Messages whose copies are known; a power of two. */
#define CATALINA_SIGHT_COPIES 16384

typedef struct
{
  TribesEndpoint endpoint;
  guint8 unique_id[TRIBES_MEMBER_ID_SIZE];
  gboolean is_named; /* it has sent something, and so told its id */
  char *domain;      /* nullable */
  gint64 alive_ms;   /* by its last heartbeat; negative: there was none */
  gint64 last_us;    /* when it was seen last */
  gboolean left;     /* it said goodbye */
  guint64 heartbeats;
  guint64 messages; /* from it */
  guint64 bytes;
  guint64 fates[TRIBES_N_FATES]; /* of messages to it */
  gint64 ack_us;                 /* of those that were acknowledged, in all */
} CatalinaSeenMember;

typedef struct
{
  char *name;
  char *class_name; /* nullable: it is null, or was not looked at */
  gsize bytes;
  char *value; /* nullable: JSON */
} CatalinaSeenAttribute;

typedef struct
{
  char *name;
  GHashTable *sessions; /* id -> CatalinaSeenSession */
  GQueue used;          /* of the same, the last one used in front */
  gsize bytes;          /* of the values of them all */
  guint64 messages;
  guint64 created;
  guint64 ended;
} CatalinaSeenContext;

typedef struct
{
  CatalinaSeenContext *context;
  char *id; /* as it is shown */
  GList link;
  GList age;              /* in all contexts */
  GHashTable *attributes; /* name -> CatalinaSeenAttribute */
  gsize bytes;            /* of their values */
  gsize held;             /* of memory */
  gint64 first_us;
  gint64 last_us;
  guint64 deltas;
  gboolean is_whole; /* it was seen to begin, or came whole: there are no other attributes */
  /* Of the entry of a replicated map. */
  char *primary;  /* nullable: who answers for it */
  GStrv backups;  /* nullable: who has a copy, the first ones */
  gsize in_names; /* memory of both */
} CatalinaSeenSession;

typedef struct
{
  gboolean show_values;
  guint max_sessions;
  GPtrArray *members;    /* of CatalinaSeenMember */
  GHashTable *endpoints; /* TribesEndpoint of a member -> the member */
  GPtrArray *contexts;   /* of CatalinaSeenContext */
  GHashTable *by_name;   /* the same */
  GQueue ages;           /* of CatalinaSeenSession, the last one used in front */
  gsize held;
  guint64 forgotten; /* sessions for which there was no room */
  guint64 broken;    /* state transfers that could not be read to their end */
  guint64 messages;
  guint64 bytes;
  gint64 first_us;
  gint64 last_us;
  /* Over the time of all that was seen. */
  CatalinaSeries in_messages;
  CatalinaSeries in_bytes;
  CatalinaSeries in_created;
  CatalinaSeries in_acks;
  CatalinaSeries in_ack_us;
  TribesDissector *dissector;
  CatalinaUnwrap unwrap;
  guint64 *copies; /* of messages whose copies for other members may come; by their ids */
} CatalinaSight;

/* Exported for the programs; not API. */
CATALINA_API
void catalina_sight_init (CatalinaSight *self, gboolean show_values);
CATALINA_API
void catalina_sight_clear (CatalinaSight *self);
/* For a capture, with the sight as its data. */
CATALINA_API
const TribesCaptureSink *catalina_sight_get_sink (void);

/* catalina-sight-sessions.c: what a message says of sessions. */
void catalina_sight_take (CatalinaSight *self, const TribesCapturedMessage *message);
CATALINA_API
CatalinaSeenSession *catalina_sight_find (CatalinaSight *self, const char *context, const char *id);
void catalina_sight_clear_sessions (CatalinaSight *self);

G_END_DECLS
