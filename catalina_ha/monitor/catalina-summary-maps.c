/* SPDX-License-Identifier: Apache-2.0
 *
 * Who goes leaves a time, and no trace in the entries: an entry is compared with that when somebody
 * speaks of it again, or at the end, so that it costs nothing to come and go.
 */
#include "catalina_ha/monitor/catalina-summary-maps-private.h"

#include <string.h>

#include "tribes/wire/tribes-member-private.h"

enum
{
  MAX_MAPS = 64,
  MAX_ENTRIES = 65536,
};

/* Who loses a backup gives the entry to another at once; one that was stopped does within this. */
#define COPY_US (10 * G_USEC_PER_SEC)

/* A message about one map. */
typedef struct
{
  CatalinaSummaryMaps *maps;
  CatalinaMapTally *map;
  gint64 time_us;
  guint from; /* CATALINA_MAP_NOBODY: one too many */
  guint to;
  /* Entries of one list may share them, at the cost of a few bytes each. */
  const GPtrArray *nodes;
  guint64 bits;
} Told;

void
catalina_summary_maps_init (CatalinaSummaryMaps *self)
{
  catalina_tally_init (&self->maps, sizeof (CatalinaMapTally), MAX_MAPS);
  catalina_tally_init (&self->entries, sizeof (CatalinaEntryTally), MAX_ENTRIES);
}

void
catalina_summary_maps_clear (CatalinaSummaryMaps *self)
{
  catalina_tally_clear (&self->maps);
  catalina_tally_clear (&self->entries);
}

static guint
find_member (const CatalinaSummaryMaps *self, const TribesEndpoint *endpoint)
{
  for (guint i = 0; i < self->n_members; i++)
    if (memcmp (&self->members[i], endpoint, sizeof *endpoint) == 0)
      return i;
  return CATALINA_MAP_NOBODY;
}

static guint
add_member (CatalinaSummaryMaps *self, const TribesEndpoint *endpoint)
{
  guint index = find_member (self, endpoint);

  if (index != CATALINA_MAP_NOBODY || self->n_members == CATALINA_MAP_MEMBERS)
    return index;
  self->members[self->n_members] = *endpoint;
  return self->n_members++;
}

static guint
add_named (CatalinaSummaryMaps *self, const TribesMember *member)
{
  TribesMemberFields fields;
  TribesEndpoint endpoint;

  if (!member)
    return CATALINA_MAP_NOBODY;
  tribes_member_peek_fields (member, &fields);
  return tribes_endpoint_of_member (&fields, &endpoint) ? add_member (self, &endpoint)
                                                        : CATALINA_MAP_NOBODY;
}

void
catalina_summary_maps_leave (CatalinaSummaryMaps *self,
                             const TribesEndpoint *member,
                             gint64 time_us)
{
  guint index = find_member (self, member);

  if (index != CATALINA_MAP_NOBODY)
    self->gone_us[index] = MAX (self->gone_us[index], time_us);
}

/* Whether what was told of the member then still holds. */
static gboolean
is_there (const CatalinaSummaryMaps *self, const CatalinaMapTally *map, guint member, gint64 us)
{
  return member != CATALINA_MAP_NOBODY && us > self->gone_us[member]
         && us > map->members[member].gone_us;
}

/* What is left of it. */
static CatalinaHolding
settle (const CatalinaSummaryMaps *self, CatalinaMapTally *map, const CatalinaHolding *then)
{
  CatalinaHolding now = *then;

  if (!is_there (self, map, now.primary, now.time_us))
    now.primary = CATALINA_MAP_NOBODY;
  for (guint i = 0; i < self->n_members; i++)
    if ((now.nodes >> i & 1) != 0 && !is_there (self, map, i, now.time_us))
      now.nodes &= ~(G_GUINT64_CONSTANT (1) << i);
  if (then->nodes != 0 && now.nodes == 0)
    map->bereft += now.primary != CATALINA_MAP_NOBODY;
  return now;
}

static void
note_step (CatalinaEntryTally *entry, const CatalinaHolding *now)
{
  entry->now = *now;
  entry->history[entry->n_history++ % CATALINA_MAP_HISTORY] = *now;
}

/* Another one answers for it than before, whether that one is still there or not. */
static void
note_primary (const Told *told, CatalinaEntryTally *entry, guint primary)
{
  gboolean is_first = entry->n_history == 0 || entry->now.removed;

  if (is_first || primary == CATALINA_MAP_NOBODY || entry->now.primary == CATALINA_MAP_NOBODY
      || primary == entry->now.primary)
    return;
  entry->changes++;
  told->map->history++;
  told->map->members[primary].take_overs++;
}

static CatalinaEntryTally *
find_entry (const Told *told, const CatalinaSkim *skim)
{
  gsize map_size;
  const char *map = catalina_tally_peek_name (told->map, NULL, &map_size);
  CatalinaEntryTally *entry = catalina_tally_get (&told->maps->entries, map, map_size,
                                                  skim->session.text, skim->session.size);

  if (entry->n_history == 0)
    {
      entry->map = catalina_tally_get_ref (told->map);
      entry->has_sessions = skim->map->has_sessions;
      entry->now.primary = CATALINA_MAP_NOBODY;
    }
  return entry;
}

/* The first ones, as further ones have no bits. */
static guint64
find_nodes (Told *told, const GPtrArray *nodes)
{
  if (!nodes || nodes == told->nodes)
    return nodes ? told->bits : 0;
  told->nodes = nodes;
  told->bits = 0;
  for (guint i = 0; i < MIN (nodes->len, CATALINA_MAP_MEMBERS); i++)
    {
      guint node = add_named (told->maps, nodes->pdata[i]);

      if (node != CATALINA_MAP_NOBODY)
        told->bits |= G_GUINT64_CONSTANT (1) << node;
    }
  return told->bits;
}

/* Who has the entry now. */
static void
take_holders (Told *told, const CatalinaMapMessage *message, CatalinaEntryTally *entry)
{
  CatalinaHolding now = { .time_us = told->time_us };

  now.primary = (guint8) add_named (told->maps, message->primary);
  now.nodes = find_nodes (told, message->nodes);
  (void) settle (told->maps, told->map, &entry->now);
  note_primary (told, entry, now.primary);
  if (entry->n_history == 0 || entry->now.removed || now.primary != entry->now.primary
      || now.nodes != entry->now.nodes)
    note_step (entry, &now);
  /* As of now, so that who has left and come back has it again. */
  entry->now.time_us = now.time_us;
}

static void
take_removal (const Told *told, CatalinaEntryTally *entry)
{
  const CatalinaHolding gone
      = { .time_us = told->time_us, .primary = CATALINA_MAP_NOBODY, .removed = TRUE };

  if (!entry->now.removed)
    note_step (entry, &gone);
}

static gboolean
tells_holders (gint32 type)
{
  return type == CATALINA_MAP_BACKUP || type == CATALINA_MAP_PROXY || type == CATALINA_MAP_COPY
         || type == CATALINA_MAP_ACCESS || type == CATALINA_MAP_NOTIFY_MEMBER;
}

static gboolean
tells_of_entry (const CatalinaSkim *skim)
{
  gint32 type = skim->map->message.type;

  return skim->session.text && (tells_holders (type) || type == CATALINA_MAP_REMOVE);
}

static void
take_entry (const CatalinaSkim *skim, gpointer user_data)
{
  Told *told = user_data;

  if (!tells_of_entry (skim))
    return;
  if (skim->map->message.type == CATALINA_MAP_REMOVE)
    take_removal (told, find_entry (told, skim));
  else
    take_holders (told, &skim->map->message, find_entry (told, skim));
}

static CatalinaMapMember *
peek_member (const Told *told, guint index)
{
  return index == CATALINA_MAP_NOBODY ? NULL : &told->map->members[index];
}

/* What is asked for, and how it is answered. */
static void
take_rpc (const Told *told, const CatalinaSkimMap *map)
{
  CatalinaMapMember *from = peek_member (told, told->from);
  CatalinaMapMember *to = peek_member (told, told->to);
  gint32 type = map->message.type;

  if (map->rpc == TRIBES_RPC_QUESTION)
    {
      if (from && type == CATALINA_MAP_RETRIEVE_BACKUP)
        from->pulls++;
      if (to && type == CATALINA_MAP_PING)
        to->pings++;
      return;
    }
  if (from && type == CATALINA_MAP_PING)
    from->pongs++;
  /* Only who is asked for an entry answers with nothing at all. */
  if (to && map->rpc == TRIBES_RPC_REPLY && type == 0)
    to->missed++;
  if (to && type == CATALINA_MAP_RETRIEVE_BACKUP)
    {
      to->pulled += map->message.value.data != NULL;
      to->missed += map->message.value.data == NULL;
    }
}

static void
take_stop (const Told *told, const CatalinaMapMessage *message)
{
  CatalinaMapMember *member
      = peek_member (told,
                     message->primary ? add_named (told->maps, message->primary) : told->from);

  if (member)
    member->gone_us = MAX (member->gone_us, told->time_us);
}

void
catalina_summary_maps_add (CatalinaSummaryMaps *self,
                           const TribesCapturedMessage *message,
                           const CatalinaSkim *skim,
                           const TribesEndpoint *from)
{
  const CatalinaSkimMap *map = skim->map;
  gint32 type = map->message.type;
  Told told = { .maps = self, .time_us = message->time_us };

  if (!map->name)
    return;
  self->last_us = message->time_us;
  told.map = catalina_tally_get (&self->maps, map->name, strlen (map->name), NULL, 0);
  told.from = add_member (self, from);
  told.to = add_member (self, message->to);
  catalina_amount_add (&told.map->amount, 1, message->full_size);
  told.map->types[type > 0 && type < CATALINA_MAP_TYPES ? type : 0]++;
  /* Everybody is asked whether he has the map. */
  if (told.from != CATALINA_MAP_NOBODY && map->rpc != TRIBES_RPC_NO_CHANNEL)
    {
      told.map->members[told.from].is_there = TRUE;
      told.map->members[told.from].seen_us = message->time_us;
    }
  if (told.to != CATALINA_MAP_NOBODY)
    told.map->members[told.to].is_there |= map->rpc == TRIBES_RPC_NONE;
  if (type == CATALINA_MAP_STOP)
    take_stop (&told, &map->message);
  if (map->rpc != TRIBES_RPC_NONE)
    take_rpc (&told, map);
  else if (tells_of_entry (skim))
    {
      take_entry (skim, &told);
      catalina_amount_add (&find_entry (&told, skim)->amount, 1, message->full_size);
    }
  if (catalina_skim_has_entries (skim))
    (void) catalina_skim_entries (skim, take_entry, &told);
}

/* It has not left, or has come back. */
static gboolean
takes_part (const CatalinaSummaryMaps *self, const CatalinaMapMember *member, guint i)
{
  gint64 gone_us = MAX (member->gone_us, self->gone_us[i]);

  return member->is_there && (gone_us == 0 || member->seen_us > gone_us);
}

/* Everybody in a map knows of each of its entries. */
static void
count_holders (CatalinaSummaryMaps *self, CatalinaMapTally *map, const CatalinaHolding *now)
{
  for (guint i = 0; i < self->n_members; i++)
    {
      CatalinaMapMember *member = &map->members[i];

      if (now->primary == i)
        member->primary++;
      else if ((now->nodes >> i & 1) != 0)
        member->backup++;
      else if (takes_part (self, member, i))
        member->proxy++;
    }
}

static void
note_fault (CatalinaMapFault *fault, const CatalinaHolding *now)
{
  if (fault->n++ == 0 || now->time_us < fault->first_us)
    fault->first_us = now->time_us;
}

/* Where nobody else is there, as when a cluster is stopped, that is how it has to be; and of an
 * entry of which only members were named that there was no room for, nothing is known. */
static void
look_for_faults (CatalinaSummaryMaps *self,
                 CatalinaMapTally *map,
                 const CatalinaHolding *then,
                 const CatalinaHolding *now)
{
  gboolean was_known = then->primary != CATALINA_MAP_NOBODY || then->nodes != 0;
  gboolean has_others = FALSE;

  for (guint i = 0; i < self->n_members && !has_others; i++)
    has_others = i != now->primary && takes_part (self, &map->members[i], i);
  if (!has_others || now->nodes != 0 || !was_known)
    return;
  if (now->primary == CATALINA_MAP_NOBODY)
    note_fault (&self->lost, now);
  else if (self->last_us - now->time_us > COPY_US)
    note_fault (&self->single, now);
}

static void
finish_entry (CatalinaSummaryMaps *self, CatalinaEntryTally *entry)
{
  CatalinaMapTally *map = catalina_tally_follow (&self->maps, entry->map);
  CatalinaHolding now;

  if (!map || entry->n_history == 0)
    return;
  map->entries++;
  map->removed += entry->now.removed;
  if (entry->now.removed)
    return;
  now = settle (self, map, &entry->now);
  map->alone += now.primary != CATALINA_MAP_NOBODY
                    ? now.nodes == 0
                    : now.nodes != 0 && (now.nodes & (now.nodes - 1)) == 0;
  map->lost += now.primary == CATALINA_MAP_NOBODY && now.nodes == 0;
  count_holders (self, map, &now);
  look_for_faults (self, map, &entry->now, &now);
  /* As far as it differs from what was said: nobody said when. */
  entry->now = now;
}

void
catalina_summary_maps_finish (CatalinaSummaryMaps *self)
{
  for (guint i = 0; i < catalina_tally_get_n (&self->entries); i++)
    finish_entry (self, catalina_tally_peek (&self->entries, i));
}

static int
compare_maps (gconstpointer a, gconstpointer b)
{
  const CatalinaMapTally *one = *(const CatalinaMapTally *const *) a;
  const CatalinaMapTally *other = *(const CatalinaMapTally *const *) b;

  return one->amount.bytes > other->amount.bytes ? -1 : one->amount.bytes < other->amount.bytes;
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const CatalinaEntryTally *one = *(const CatalinaEntryTally *const *) a;
  const CatalinaEntryTally *other = *(const CatalinaEntryTally *const *) b;

  if (one->changes != other->changes)
    return one->changes > other->changes ? -1 : 1;
  return one->n_history > other->n_history ? -1 : one->n_history < other->n_history;
}

GPtrArray *
catalina_summary_maps_list (const CatalinaSummaryMaps *self)
{
  return catalina_tally_sort (&self->maps, compare_maps);
}

GPtrArray *
catalina_summary_maps_list_entries (const CatalinaSummaryMaps *self)
{
  return catalina_tally_sort (&self->entries, compare_entries);
}

guint
catalina_summary_maps_get_n_steps (const CatalinaEntryTally *entry)
{
  return (guint) MIN (entry->n_history, CATALINA_MAP_HISTORY);
}

const CatalinaHolding *
catalina_summary_maps_get_step (const CatalinaEntryTally *entry, guint i)
{
  guint64 first = entry->n_history - catalina_summary_maps_get_n_steps (entry);

  return &entry->history[(first + i) % CATALINA_MAP_HISTORY];
}
