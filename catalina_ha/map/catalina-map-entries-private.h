/* SPDX-License-Identifier: Apache-2.0
 *
 * The entries of a replicated map: by key, each with the member that answers for it and those that
 * have a copy. Keys come from outside, so the hash is keyed; members and lists of members are kept
 * once, whoever names them, so that an entry of which another has the value costs little more than
 * its key.
 */
#pragma once

#include "catalina_ha/messages/catalina-map-message-private.h"

G_BEGIN_DECLS

/* What this member has of an entry. */
typedef enum
{
  CATALINA_MAP_ROLE_PRIMARY,
  CATALINA_MAP_ROLE_BACKUP,
  CATALINA_MAP_ROLE_PROXY, /* knows only who has it */
  CATALINA_MAP_ROLE_COPY,
} CatalinaMapRole;

typedef enum
{
  CATALINA_MAP_ENTRY_STALE = 1 << 0,  /* the value is not the newest */
  CATALINA_MAP_ENTRY_WANTED = 1 << 1, /* to be asked for, when its turn comes */
  CATALINA_MAP_ENTRY_TAKEN = 1 << 2,  /* and taken over */
  CATALINA_MAP_ENTRY_ORPHAN = 1 << 3, /* who answers for it is gone, and others are to act first */
  CATALINA_MAP_ENTRY_FOLLOWED = 1 << 4, /* who answers for it was told that this member has it */
  CATALINA_MAP_ENTRY_KNOWN = 1 << 5,    /* who was away needs not be told of it */
  CATALINA_MAP_ENTRY_REFUSED = 1 << 6,  /* what one that was away said of it, and all were told */
  CATALINA_MAP_ENTRY_NAMED = 1 << 7,    /* somebody spoke of it since this member stood still */
} CatalinaMapEntryFlags;

/* Of others' entries there are many: nothing in here may grow lightly. */
typedef struct
{
  gpointer value;        /* (nullable): the owner's. A proxy's may be an old one */
  TribesMember *primary; /* (nullable) */
  GPtrArray *nodes;      /* (nullable): of TribesMember; shared, never changed */
  guint64 version;       /* of what is known of it; 0: a Tomcat said it */
  guint32 pending;       /* what is under way for it; 0: nothing */
  guint32 index;         /* among all */
  guint32 size;          /* of the value, as bytes */
  guint32 gone;          /* members that were gone when it was looked at last */
  guint32 used;          /* here: one more than members were gone then; 0: never */
  guint32 due_s;         /* of an orphan: when it is this member's turn; 0: not known yet */
  guint8 role;           /* CatalinaMapRole */
  guint8 flags;          /* CatalinaMapEntryFlags */
  char key[];
} CatalinaMapEntry;

enum
{
  CATALINA_MAP_REMEMBERED = 16,
};

typedef struct
{
  GHashTable *table; /* key -> CatalinaMapEntry, which owns it */
  GPtrArray *order;  /* the same, by their index: the last one takes the place of one that goes, so
                      * that who goes over all from the end misses none */
  gsize bytes;       /* of all values */
  guint n_wanted;
  guint n_orphans;
  GDestroyNotify free_value;
  GPtrArray *known; /* (element-type TribesMember): of the channel, and this one itself */
  GPtrArray *told;  /* the same, as the channel has them: some without an id */
  /* Named lately and no member of the channel; and lists of members. */
  TribesMember *others[CATALINA_MAP_REMEMBERED];
  GPtrArray *lists[CATALINA_MAP_REMEMBERED];
  guint next_other;
  guint next_list;
} CatalinaMapEntries;

void catalina_map_entries_init (CatalinaMapEntries *self, GDestroyNotify free_value);
void catalina_map_entries_clear (CatalinaMapEntries *self);

CatalinaMapEntry *catalina_map_entries_get (const CatalinaMapEntries *self, const char *key);
/* A new one, a proxy of nobody's, in the place of one there may be. */
CatalinaMapEntry *catalina_map_entries_add (CatalinaMapEntries *self, const char *key);
void catalina_map_entries_remove (CatalinaMapEntries *self, const char *key);
/* The keys that are there now; they stay while their entries do. (transfer container) */
GPtrArray *catalina_map_entries_list (const CatalinaMapEntries *self);

/* A member that is told from here on, instead of others that are equal. */
void catalina_map_entries_know (CatalinaMapEntries *self, TribesMember *member);
/* (transfer full) (nullable): as it was known. */
TribesMember *catalina_map_entries_forget (CatalinaMapEntries *self, TribesMember *member);
/* @sender, who speaks himself, may be a member that the channel knows without its id. (transfer
 * full) (nullable): who was at its place before. */
TribesMember *catalina_map_entries_meet (CatalinaMapEntries *self, TribesMember *sender);
/* (nullable): as it is known; NULL: not at all. */
TribesMember *catalina_map_entries_find_member (const CatalinaMapEntries *self,
                                                TribesMember *member);

/* @value: (transfer full) (nullable). @size: about as many bytes as it is */
void catalina_map_entry_set_value (CatalinaMapEntries *self,
                                   CatalinaMapEntry *entry,
                                   gpointer value,
                                   gsize size);
void catalina_map_entry_set_size (CatalinaMapEntries *self, CatalinaMapEntry *entry, gsize size);
void catalina_map_entry_set_flags (CatalinaMapEntries *self,
                                   CatalinaMapEntry *entry,
                                   guint flags,
                                   gboolean set);
void catalina_map_entry_set_primary (CatalinaMapEntries *self,
                                     CatalinaMapEntry *entry,
                                     TribesMember *primary);
void
catalina_map_entry_set_nodes (CatalinaMapEntries *self, CatalinaMapEntry *entry, GPtrArray *nodes);
/* Whether it is one of those that have a copy. */
gboolean catalina_map_entry_has_node (const CatalinaMapEntry *entry, TribesMember *member);
/* Whether it is those; (nullable): nobody. */
gboolean catalina_map_entry_has_nodes (const CatalinaMapEntry *entry, const GPtrArray *nodes);
guint catalina_map_entry_get_n_nodes (const CatalinaMapEntry *entry);

G_END_DECLS
