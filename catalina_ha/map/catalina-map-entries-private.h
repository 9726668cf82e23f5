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

typedef struct
{
  gpointer value;        /* (nullable): the owner's */
  TribesMember *primary; /* (nullable) */
  GPtrArray *nodes;      /* (nullable): of TribesMember; shared, never changed */
  guint32 pending;       /* what is under way for it; 0: nothing */
  guint8 role;           /* CatalinaMapRole */
  char key[];
} CatalinaMapEntry;

enum
{
  CATALINA_MAP_REMEMBERED = 16,
};

typedef struct
{
  GHashTable *table; /* key -> CatalinaMapEntry, which owns it */
  GDestroyNotify free_value;
  GPtrArray *known; /* (element-type TribesMember): of the channel, and this one itself */
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
void catalina_map_entries_forget (CatalinaMapEntries *self, TribesMember *member);
/* (nullable): as it is known; NULL: not at all. */
TribesMember *catalina_map_entries_find_member (const CatalinaMapEntries *self,
                                                TribesMember *member);

/* @value: (transfer full) (nullable) */
void catalina_map_entry_set_value (const CatalinaMapEntries *self,
                                   CatalinaMapEntry *entry,
                                   gpointer value);
void catalina_map_entry_set_primary (CatalinaMapEntries *self,
                                     CatalinaMapEntry *entry,
                                     TribesMember *primary);
void
catalina_map_entry_set_nodes (CatalinaMapEntries *self, CatalinaMapEntry *entry, GPtrArray *nodes);
/* Whether it is one of those that have a copy. */
gboolean catalina_map_entry_has_node (const CatalinaMapEntry *entry, TribesMember *member);
guint catalina_map_entry_get_n_nodes (const CatalinaMapEntry *entry);

G_END_DECLS
