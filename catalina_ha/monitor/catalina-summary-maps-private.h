/* SPDX-License-Identifier: Apache-2.0
 *
 * Replicated maps, as far as their messages tell: who answers for which entry, who has a copy of it
 * and who knows of it only; who took entries over, pulled them, or lost what stood by. Time is
 * linear in the messages, and memory bounded: entries of which nobody has spoken longest are
 * forgotten, and counted.
 */
#pragma once

#include "catalina_ha/messages/catalina-skim-private.h"
#include "catalina_ha/monitor/catalina-amount-private.h"
#include "catalina_ha/monitor/catalina-tally-private.h"
#include "tribes/capture/tribes-capture-private.h"

G_BEGIN_DECLS

/* Bits of a set. What further ones have is not told. */
#define CATALINA_MAP_MEMBERS 64
/* Of an entry, the last ones. */
#define CATALINA_MAP_HISTORY 6
#define CATALINA_MAP_TYPES   (CATALINA_MAP_PING + 1)
/* Nobody answers for it, or nobody knows who does. */
#define CATALINA_MAP_NOBODY G_MAXUINT8

/* Of a member in one map. */
typedef struct
{
  gboolean is_there; /* it has said something about the map, or was told */
  gint64 seen_us;    /* when it has said something last */
  gint64 gone_us;    /* when it left the map last; 0: never */
  guint64 primary;   /* entries, as below, when all has been seen */
  guint64 backup;
  guint64 proxy;
  guint64 take_overs; /* of entries that another member answered for */
  guint64 pulls;      /* questions for what is in an entry */
  guint64 pulled;     /* answers with it */
  guint64 missed;     /* answers without */
  guint64 pings;      /* that it was asked */
  guint64 pongs;      /* that it answered */
} CatalinaMapMember;

/* Its name: the map. */
typedef struct
{
  CatalinaAmount amount;
  guint64 types[CATALINA_MAP_TYPES]; /* 0: of none that is known */
  guint64 entries;                   /* that were spoken of; as below when all has been seen */
  guint64 removed;
  guint64 alone;   /* of which only one member has a copy */
  guint64 bereft;  /* times that the last backup went while somebody answered for the entry */
  guint64 lost;    /* of which nobody has a copy any more */
  guint64 history; /* changes of who answers for an entry */
  CatalinaMapMember members[CATALINA_MAP_MEMBERS];
} CatalinaMapTally;

typedef struct
{
  gint64 time_us;
  guint64 nodes; /* bits: who has a copy */
  guint8 primary;
  gboolean removed;
} CatalinaHolding;

/* Its name: the map and the key. */
typedef struct
{
  CatalinaAmount amount;
  CatalinaTallyRef map;
  gboolean has_sessions;
  guint64 changes; /* of who answers for it */
  guint64 n_history;
  CatalinaHolding now;
  CatalinaHolding history[CATALINA_MAP_HISTORY]; /* a ring */
} CatalinaEntryTally;

/* Entries that are not as they should be, when all has been seen. */
typedef struct
{
  guint64 n;
  gint64 first_us; /* when the first of them was spoken of last */
} CatalinaMapFault;

typedef struct
{
  TribesEndpoint members[CATALINA_MAP_MEMBERS];
  gint64 gone_us[CATALINA_MAP_MEMBERS]; /* from all maps */
  guint n_members;
  CatalinaTally maps;    /* of CatalinaMapTally */
  CatalinaTally entries; /* of CatalinaEntryTally */
  gint64 last_us;        /* of the last message */
  CatalinaMapFault lost;   /* nobody has one any more, though others take part in the map */
  CatalinaMapFault single; /* who answers for one has given it to none of those for long */
} CatalinaSummaryMaps;

void catalina_summary_maps_init (CatalinaSummaryMaps *self);
void catalina_summary_maps_clear (CatalinaSummaryMaps *self);

/* @from: the receiver of who sent @message, of which @skim tells. */
void catalina_summary_maps_add (CatalinaSummaryMaps *self,
                                const TribesCapturedMessage *message,
                                const CatalinaSkim *skim,
                                const TribesEndpoint *from);
/* The member is gone, with whatever it had. */
void catalina_summary_maps_leave (CatalinaSummaryMaps *self,
                                  const TribesEndpoint *member,
                                  gint64 time_us);
/* Once, when all has been seen. */
void catalina_summary_maps_finish (CatalinaSummaryMaps *self);

/* Lists for those who print: the largest maps, the entries that most members answered for; free
 * with g_ptr_array_unref(). */
GPtrArray *catalina_summary_maps_list (const CatalinaSummaryMaps *self);
GPtrArray *catalina_summary_maps_list_entries (const CatalinaSummaryMaps *self);
/* The step of an entry's history that is to be told as number @i, of so many. */
guint catalina_summary_maps_get_n_steps (const CatalinaEntryTally *entry);
const CatalinaHolding *catalina_summary_maps_get_step (const CatalinaEntryTally *entry, guint i);

G_END_DECLS
