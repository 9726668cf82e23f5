/* SPDX-License-Identifier: Apache-2.0
 *
 * Values that others have: those with a copy are asked first, then who answers for the entry. An
 * entry is taken over only with its value in hand, so that nobody becomes its primary with nothing.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

enum
{
  ASK_NODES,
  ASK_PRIMARY,
};

/* But this one itself. (transfer full) */
static GPtrArray *
list_to_ask (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry, guint step)
{
  GPtrArray *to = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; step == ASK_NODES && i < catalina_map_entry_get_n_nodes (entry); i++)
    if (!catalina_map_core_is_local (self, entry->nodes->pdata[i]))
      g_ptr_array_add (to, tribes_member_ref (entry->nodes->pdata[i]));
  if (step == ASK_PRIMARY && entry->primary && !catalina_map_core_is_local (self, entry->primary))
    g_ptr_array_add (to, tribes_member_ref (entry->primary));
  return to;
}

static gboolean
ask (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, guint step, gboolean takes)
{
  GPtrArray *to = list_to_ask (self, entry, step);
  CatalinaMapOutput *output;
  CatalinaMapPending *pending;

  if (to->len == 0)
    {
      g_ptr_array_unref (to);
      return FALSE;
    }
  output = catalina_map_core_say (self, CATALINA_MAP_RETRIEVE_BACKUP, entry->key, NULL, NULL, NULL);
  output->is_question = TRUE;
  output->timeout_ms = self->settings.rpc_timeout_ms;
  pending = catalina_map_core_send (self, output, to, CATALINA_MAP_PENDING_PULL, entry->key);
  pending->tried = step;
  pending->takes = takes;
  entry->pending = output->id;
  self->counters.pulled++;
  return TRUE;
}

void
catalina_map_core_pull (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean takes)
{
  CatalinaMapPending *pending
      = g_hash_table_lookup (self->pending, GUINT_TO_POINTER (entry->pending));

  /* It is on its way. */
  if (entry->pending != 0 && pending && pending->kind == CATALINA_MAP_PENDING_PULL)
    pending->takes |= takes;
  else if (!ask (self, entry, ASK_NODES, takes) && !ask (self, entry, ASK_PRIMARY, takes))
    catalina_map_core_note (self, CATALINA_MAP_EVENT_GOT, entry->key);
}

/* (transfer full) (nullable) */
static gpointer
read_reply (CatalinaReplicatedMap *self,
            const CatalinaMapEntry *entry,
            const CatalinaMapReply *reply)
{
  gpointer value;

  if (!reply->message || !reply->message->value.data)
    return NULL;
  value
      = self->settings.values->read (entry->key, reply->message->value, self->settings.data, NULL);
  self->counters.refused_values += value == NULL;
  return value;
}

/* As Tomcat's get(): who has a copy is told whose it is now, and all others, too. */
static void
take_over (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  TribesMember *local = self->settings.local;

  if (entry->nodes)
    {
      catalina_map_core_tell (self,
                              catalina_map_core_say (self, CATALINA_MAP_NOTIFY_MEMBER, entry->key,
                                                     NULL, local, entry->nodes),
                              g_ptr_array_ref (entry->nodes));
    }
  catalina_map_core_tell (self,
                          catalina_map_core_say (self, CATALINA_MAP_PROXY, entry->key, NULL, local,
                                                 entry->nodes),
                          catalina_map_core_list_members (self, entry->nodes));
  catalina_map_core_make_primary (self, entry);
  if (!entry->nodes)
    catalina_map_core_publish (self, entry);
}

void
catalina_map_core_pulled (CatalinaReplicatedMap *self,
                          guint32 id,
                          CatalinaMapPending *pending,
                          const CatalinaMapReply *replies,
                          guint n_replies)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, pending->key);
  gpointer value = NULL;

  if (entry && entry->pending == id)
    {
      entry->pending = 0;
      for (guint i = 0; i < n_replies && !value; i++)
        value = read_reply (self, entry, &replies[i]);
      if (!value && pending->tried == ASK_NODES && ask (self, entry, ASK_PRIMARY, pending->takes))
        return;
      if (value)
        {
          catalina_map_entry_set_value (&self->entries, entry, value);
          if (pending->takes)
            take_over (self, entry);
        }
    }
  catalina_map_core_note (self, CATALINA_MAP_EVENT_GOT, pending->key);
}
