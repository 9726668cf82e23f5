/* SPDX-License-Identifier: Apache-2.0
 *
 * What a replicated map consists of, for its own files: what it knows, what it says, and what it
 * waits for.
 */
#pragma once

#include "catalina_ha/map/catalina-replicated-map-private.h"

G_BEGIN_DECLS

typedef struct
{
  TribesMember *member;
  gint64 seen_us;
} CatalinaMapMember;

typedef enum
{
  CATALINA_MAP_PENDING_INIT,
  CATALINA_MAP_PENDING_TRANSFER,
  CATALINA_MAP_PENDING_START,
  CATALINA_MAP_PENDING_PING,
  CATALINA_MAP_PENDING_PUBLISH,
  CATALINA_MAP_PENDING_PULL,
} CatalinaMapPendingKind;

typedef struct
{
  CatalinaMapPendingKind kind;
  char *key;          /* nullable */
  TribesMember *node; /* nullable: who was asked, or told */
  guint tried;        /* how many were, for this */
  gboolean takes;     /* the entry over, once it is there */
} CatalinaMapPending;

struct _CatalinaReplicatedMap
{
  CatalinaMapSettings settings; /* name and member are its own */
  CatalinaMapState state;
  gboolean transferred;
  CatalinaMapEntries entries;
  GArray *members; /* of CatalinaMapMember, in the order in which they came */
  guint next_backup;
  GHashTable *pending; /* id -> CatalinaMapPending */
  guint32 last_id;
  GQueue outputs;
  GQueue events;
  CatalinaMapCounters counters;
};

/* What is said. The key and the object may be NULL; @nodes, too. */
CatalinaMapOutput *catalina_map_core_say (CatalinaReplicatedMap *self,
                                          CatalinaMapMessageType type,
                                          const char *key,
                                          GBytes *object,
                                          TribesMember *primary,
                                          GPtrArray *nodes);
/* Fills in a message of this map. */
void catalina_map_core_fill (CatalinaReplicatedMap *self,
                             CatalinaMapPacket *packet,
                             CatalinaMapMessageType type,
                             const char *key,
                             GBytes *object);
/* Takes @output and @to; the number is the output's. */
CatalinaMapPending *catalina_map_core_send (CatalinaReplicatedMap *self,
                                            CatalinaMapOutput *output,
                                            GPtrArray *to,
                                            CatalinaMapPendingKind kind,
                                            const char *key);
/* The same where nobody asks what became of it. */
void catalina_map_core_tell (CatalinaReplicatedMap *self, CatalinaMapOutput *output, GPtrArray *to);
void
catalina_map_core_note (CatalinaReplicatedMap *self, CatalinaMapEventKind kind, const char *key);
void catalina_map_pending_free (gpointer data);

/* Those that have such a map, but for those in @except. (transfer full) */
GPtrArray *catalina_map_core_list_members (const CatalinaReplicatedMap *self,
                                           const GPtrArray *except);
CatalinaMapMember *catalina_map_core_find_member (const CatalinaReplicatedMap *self,
                                                  TribesMember *member);
gboolean catalina_map_core_is_local (const CatalinaReplicatedMap *self, TribesMember *member);
/* One member. (transfer full) */
GPtrArray *catalina_map_list_of (TribesMember *member);

/* Gives the entry, for which this member answers, to those that shall have a copy. */
void catalina_map_core_publish (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);
/* A copy was sent. */
void catalina_map_core_published (CatalinaReplicatedMap *self,
                                  guint32 id,
                                  CatalinaMapPending *pending,
                                  const GPtrArray *failed);
void catalina_map_core_make_primary (CatalinaReplicatedMap *self, CatalinaMapEntry *entry);

/* A member has such a map, from now on or no longer. */
void catalina_map_core_map_member_added (CatalinaReplicatedMap *self,
                                         TribesMember *member,
                                         gint64 now_us);
void catalina_map_core_map_member_gone (CatalinaReplicatedMap *self, TribesMember *member);

/* Asks those that have the entry for its value. */
void catalina_map_core_pull (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean takes);
void catalina_map_core_pulled (CatalinaReplicatedMap *self,
                               guint32 id,
                               CatalinaMapPending *pending,
                               const CatalinaMapReply *replies,
                               guint n_replies);

G_END_DECLS
