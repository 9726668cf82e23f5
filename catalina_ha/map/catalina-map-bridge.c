/* SPDX-License-Identifier: Apache-2.0
 *
 * Tomcats of which neither reads the other's messages, because the class of members that these name
 * has another serialVersionUID, and this member between them. What one says of an entry the others
 * are told in the form that all read: who answers for it, and that it is gone. A question for a
 * value names nobody and is read by all. In a map that all have whole they get the value itself.
 *
 * Who takes an entry over goes on sending what changes to those who have a copy, as it was told.
 * So nobody is ever told of a copy that is with one who would not read that: this member stands in
 * its place, and gets the value from there when it is asked.
 *
 * Where all read each other nothing is said, and this member's own kind, which reads everything, is
 * never told what another said.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

static gboolean
has_several (GHashTable *forms)
{
  const guint64 *first = NULL;
  GHashTableIter iter;
  gpointer form;

  g_hash_table_iter_init (&iter, forms);
  while (g_hash_table_iter_next (&iter, NULL, &form))
    {
      if (first && *first != *(const guint64 *) form)
        return TRUE;
      first = form;
    }
  return FALSE;
}

guint64
catalina_map_core_get_form (const CatalinaReplicatedMap *self, TribesMember *member)
{
  const guint64 *form = g_hash_table_lookup (self->forms, member);

  return form ? *form : 0;
}

guint64
catalina_replicated_map_get_form (const CatalinaReplicatedMap *self, TribesMember *member)
{
  GHashTableIter iter;
  gpointer form;

  if (member)
    return catalina_map_core_get_form (self, member);
  g_hash_table_iter_init (&iter, self->forms);
  return !self->is_mixed && g_hash_table_iter_next (&iter, NULL, &form) ? *(const guint64 *) form
                                                                        : 0;
}

void
catalina_map_core_hear_form (CatalinaReplicatedMap *self,
                             TribesMember *member,
                             const CatalinaMapMessage *message)
{
  TribesMember *known;

  if (message->form == 0 || catalina_map_core_get_form (self, member) == message->form)
    return;
  known = catalina_map_entries_find_member (&self->entries, member);
  if (!known || catalina_map_core_is_local (self, known))
    return;
  g_hash_table_replace (self->forms, tribes_member_ref (known),
                        g_memdup2 (&message->form, sizeof message->form));
  self->is_mixed = has_several (self->forms);
}

void
catalina_map_core_forget_form (CatalinaReplicatedMap *self, TribesMember *member)
{
  if (g_hash_table_remove (self->forms, member))
    self->is_mixed = has_several (self->forms);
}

static gboolean
reads (const CatalinaReplicatedMap *self, guint64 form, TribesMember *other)
{
  guint64 others = catalina_map_core_get_form (self, other);

  return form == 0 || others == 0 || form == others;
}

static gboolean
are_apart (const CatalinaReplicatedMap *self, TribesMember *member, TribesMember *other)
{
  return !reads (self, catalina_map_core_get_form (self, member), other);
}

static gboolean
reads_nodes (const CatalinaReplicatedMap *self, guint64 form, const CatalinaMapEntry *entry)
{
  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (!reads (self, form, entry->nodes->pdata[i]))
      return FALSE;
  /* Whoever answers for it cannot be told that it is taken over, but for by this member. */
  return !entry->primary || reads (self, form, entry->primary);
}

GPtrArray *
catalina_map_core_list_nodes (const CatalinaReplicatedMap *self,
                              const CatalinaMapEntry *entry,
                              guint64 form)
{
  GPtrArray *nodes;

  if (!self->is_mixed || self->settings.kind == CATALINA_MAP_FULL
      || reads_nodes (self, form, entry))
    return entry->nodes ? g_ptr_array_ref (entry->nodes) : NULL;
  nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (catalina_map_core_get_form (self, entry->nodes->pdata[i]) == 0)
      g_ptr_array_add (nodes, tribes_member_ref (entry->nodes->pdata[i]));
  if (nodes->len == 0)
    g_ptr_array_add (nodes, tribes_member_ref (self->settings.local));
  return nodes;
}

/* Takes @to. */
static void
tell (CatalinaReplicatedMap *self,
      const CatalinaMapEntry *entry,
      CatalinaMapPendingKind kind,
      GPtrArray *to)
{
  guint64 form = to->len > 0 ? catalina_map_core_get_form (self, to->pdata[0]) : 0;
  g_autoptr (GPtrArray) nodes = catalina_map_core_list_nodes (self, entry, form);
  CatalinaMapOutput *output
      = catalina_map_core_say_entry (self, CATALINA_MAP_PROXY, entry, NULL, nodes);

  output->is_relay = kind == CATALINA_MAP_PENDING_BRIDGE;
  if (to->len > 0 && kind != CATALINA_MAP_N_PENDING)
    {
      CatalinaMapPending *pending = catalina_map_core_send (self, output, to, kind, entry->key);

      pending->whose = entry->primary ? tribes_member_ref (entry->primary) : NULL;
    }
  else
    catalina_map_core_tell (self, output, to);
}

static gboolean
has_claimed (const CatalinaReplicatedMap *self, const char *key, const GPtrArray *to)
{
  TribesMember *claimed = g_hash_table_lookup (self->claims, key);

  return claimed
         && g_ptr_array_find_with_equal_func ((GPtrArray *) to, claimed,
                                              (GEqualFunc) tribes_member_equal, NULL);
}

/* Those of @to who cannot use all that is true, which stay in a list of their own. (transfer full)
 */
static GPtrArray *
split (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry, GPtrArray *to)
{
  GPtrArray *apart = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = to->len; self->is_mixed && i > 0; i--)
    {
      TribesMember *member = to->pdata[i - 1];

      if (reads_nodes (self, catalina_map_core_get_form (self, member), entry))
        continue;
      g_ptr_array_add (apart, tribes_member_ref (member));
      g_ptr_array_remove_index (to, i - 1);
    }
  return apart;
}

void
catalina_map_core_tell_proxy (CatalinaReplicatedMap *self,
                              const CatalinaMapEntry *entry,
                              GPtrArray *to)
{
  GPtrArray *apart = split (self, entry, to);
  gboolean is_claim = g_hash_table_contains (self->claims, entry->key);
  gboolean is_theirs = has_claimed (self, entry->key, apart);

  tell (self, entry, is_claim && !is_theirs ? CATALINA_MAP_PENDING_CLAIM : CATALINA_MAP_N_PENDING,
        to);
  tell (self, entry, is_theirs ? CATALINA_MAP_PENDING_CLAIM : CATALINA_MAP_N_PENDING, apart);
}

/* (transfer full) */
static GPtrArray *
list_apart (const CatalinaReplicatedMap *self, TribesMember *from, gboolean only_new)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  guint64 form = catalina_map_core_get_form (self, from);

  for (guint i = 0; i < self->members->len; i++)
    {
      const CatalinaMapMember *known = &g_array_index (self->members, CatalinaMapMember, i);

      if ((known->is_new || !only_new) && !reads (self, form, known->member))
        g_ptr_array_add (list, tribes_member_ref (known->member));
    }
  return list;
}

/* In a full map all have the value, which is this member's so far as these are told. Takes @to. */
static void
give (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, GPtrArray *to)
{
  g_autoptr (GPtrArray) held = to;
  g_autoptr (GPtrArray) nodes = catalina_map_list_of (self->settings.local);
  g_autoptr (GBytes) object = to->len > 0 ? catalina_map_core_write_value (self, entry) : NULL;
  CatalinaMapOutput *output;

  if (!object)
    return;
  output = catalina_map_core_say (self, CATALINA_MAP_COPY, entry->key, object, self->settings.local,
                                  nodes);
  output->is_relay = TRUE;
  (void) catalina_map_core_send (self, output, g_ptr_array_ref (to), CATALINA_MAP_PENDING_BRIDGE,
                                 entry->key);
}

void
catalina_map_core_bridge (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean only_new)
{
  if (!self->is_mixed || !entry->primary)
    return;
  if (self->settings.kind == CATALINA_MAP_FULL)
    give (self, entry, list_apart (self, entry->primary, only_new));
  else
    tell (self, entry, CATALINA_MAP_PENDING_BRIDGE, list_apart (self, entry->primary, only_new));
}

/* One that said meanwhile that it answers for the entry did not know what it was told, or does not
 * any more what it said. */
void
catalina_map_core_bridged (CatalinaReplicatedMap *self, const CatalinaMapPending *pending)
{
  const CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, pending->key);

  if (!entry || !entry->primary)
    return;
  catalina_map_core_dispute_told (self, pending->key);
  if (pending->whose && are_apart (self, pending->whose, entry->primary))
    catalina_map_core_dispute (self, entry);
}

void
catalina_map_core_bridge_taken (CatalinaReplicatedMap *self,
                                TribesMember *before,
                                const CatalinaMapEntry *entry)
{
  if (catalina_map_core_was_told (self, entry->key) && are_apart (self, before, entry->primary))
    catalina_map_core_dispute (self, entry);
}

void
catalina_map_core_bridge_remove (CatalinaReplicatedMap *self, TribesMember *sender, const char *key)
{
  CatalinaMapOutput *output
      = catalina_map_core_say (self, CATALINA_MAP_REMOVE, key, NULL, NULL, NULL);

  output->is_relay = TRUE;
  catalina_map_core_tell (self, output, list_apart (self, sender, FALSE));
}

gboolean
catalina_map_core_bridge_is_old (CatalinaReplicatedMap *self,
                                 TribesMember *sender,
                                 const char *key,
                                 const CatalinaMapMessage *message)
{
  const CatalinaMapEntry *entry;

  if (!self->is_mixed || self->settings.kind == CATALINA_MAP_FULL
      || (!message->is_diff && message->type != CATALINA_MAP_ACCESS))
    return FALSE;
  entry = catalina_map_entries_get (&self->entries, key);
  if (!entry || !entry->primary || !catalina_map_core_find_member (self, entry->primary)
      || reads (self, catalina_map_core_get_form (self, sender), entry->primary))
    return FALSE;
  tell (self, entry, CATALINA_MAP_N_PENDING, catalina_map_list_of (sender));
  catalina_map_core_dispute_told (self, key);
  return TRUE;
}
