/* SPDX-License-Identifier: Apache-2.0
 *
 * What other maps of the same name say.
 */
#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"

/* (nullable): a new one only where there is room. */
static CatalinaMapEntry *
get_or_add (CatalinaReplicatedMap *self, const char *key)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  if (entry)
    return entry;
  if (g_hash_table_size (self->entries.table) >= self->settings.max_entries)
    {
      self->counters.refused_entries++;
      return NULL;
    }
  return catalina_map_entries_add (&self->entries, key);
}

static void
set_members (CatalinaReplicatedMap *self,
             CatalinaMapEntry *entry,
             const CatalinaMapMessage *message)
{
  catalina_map_entry_set_nodes (&self->entries, entry, message->nodes);
  catalina_map_entry_set_primary (&self->entries, entry, message->primary);
}

static void
on_proxy (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = get_or_add (self, key);

  if (!entry)
    return;
  /* Whoever waits for its value goes on waiting. */
  if (entry->role != CATALINA_MAP_ROLE_PROXY)
    entry->pending = 0;
  entry->role = CATALINA_MAP_ROLE_PROXY;
  catalina_map_entry_set_value (&self->entries, entry, NULL);
  set_members (self, entry, message);
}

/* FALSE: there is nothing to apply it to, or it does not fit. */
static gboolean
apply_diff (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, CatalinaMapBytes diff)
{
  return entry->value && diff.data
         && self->settings.values->apply (entry->key, &entry->value, diff, self->settings.data,
                                          NULL);
}

static gboolean
read_whole (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, CatalinaMapBytes object)
{
  gpointer value = self->settings.values->read (entry->key, object, self->settings.data, NULL);

  if (value)
    catalina_map_entry_set_value (&self->entries, entry, value);
  return value != NULL;
}

/* Whole, or what changed; where that does not do, all of it is asked for, so that what this member
 * is counted on for is there. */
static void
on_backup (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = get_or_add (self, key);
  gboolean ok = TRUE;

  if (!entry)
    return;
  entry->pending = 0;
  entry->role
      = message->type == CATALINA_MAP_COPY ? CATALINA_MAP_ROLE_COPY : CATALINA_MAP_ROLE_BACKUP;
  set_members (self, entry, message);
  if (message->is_diff)
    ok = apply_diff (self, entry, message->diff);
  else if (message->value.data)
    ok = read_whole (self, entry, message->value);
  self->counters.refused_values += !ok;
  if (!ok)
    catalina_map_core_pull (self, entry, FALSE);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_CHANGED, key);
}

static void
on_access (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  if (!entry)
    return;
  set_members (self, entry, message);
  /* Another answers for it from now on: whoever works with it here has to take it over again. */
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY && self->settings.kind == CATALINA_MAP_FULL
      && entry->primary && !catalina_map_core_is_local (self, entry->primary))
    entry->role = CATALINA_MAP_ROLE_COPY;
  catalina_map_core_note (self, CATALINA_MAP_EVENT_ACCESSED, key);
}

static void
on_remove (CatalinaReplicatedMap *self, const char *key)
{
  if (!catalina_map_entries_get (&self->entries, key))
    return;
  catalina_map_entries_remove (&self->entries, key);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_REMOVED, key);
}

static void
on_entry (CatalinaReplicatedMap *self, const CatalinaMapMessage *message)
{
  g_autofree char *key = catalina_map_message_dup_key (message);

  /* Keys of other kinds are nobody's here. */
  if (!key)
    return;
  switch (message->type)
    {
    case CATALINA_MAP_PROXY:
      on_proxy (self, key, message);
      break;
    case CATALINA_MAP_REMOVE:
      on_remove (self, key);
      break;
    case CATALINA_MAP_BACKUP:
    case CATALINA_MAP_COPY:
      on_backup (self, key, message);
      break;
    case CATALINA_MAP_ACCESS:
    case CATALINA_MAP_NOTIFY_MEMBER:
      on_access (self, key, message);
      break;
    default:
      break;
    }
}

static gboolean
is_ours (const CatalinaReplicatedMap *self, const CatalinaMapMessage *message)
{
  return self->state != CATALINA_MAP_STATE_DESTROYED && message->map.data
         && message->map.size == strlen (self->settings.name)
         && memcmp (message->map.data, self->settings.name, message->map.size) == 0;
}

void
catalina_replicated_map_receive (CatalinaReplicatedMap *self,
                                 TribesMember *sender,
                                 const CatalinaMapMessage *message,
                                 gint64 now_us)
{
  if (!is_ours (self, message))
    return;
  if (message->type == CATALINA_MAP_START)
    catalina_map_core_map_member_added (self, message->primary ? message->primary : sender, now_us);
  else if (message->type == CATALINA_MAP_STOP)
    catalina_map_core_map_member_gone (self, message->primary ? message->primary : sender);
  else
    on_entry (self, message);
}

void
catalina_replicated_map_left_over (CatalinaReplicatedMap *self,
                                   const CatalinaMapMessage *message,
                                   gint64 now_us)
{
  CatalinaMapState state;

  if (!is_ours (self, message) || !message->primary)
    return;
  if (message->type == CATALINA_MAP_START || message->type == CATALINA_MAP_INIT
      || (message->type == CATALINA_MAP_PING
          && catalina_map_message_get_state (message, &state, NULL)
          && state == CATALINA_MAP_STATE_INITIALIZED))
    catalina_map_core_map_member_added (self, message->primary, now_us);
}

/* All entries, as the messages that would make them. */
static GBytes *
write_entries (CatalinaReplicatedMap *self, CatalinaMapMessageType type, gboolean with_values)
{
  g_autoptr (GPtrArray) keys = catalina_map_entries_list (&self->entries);
  g_autofree CatalinaMapPacket *packets = g_new0 (CatalinaMapPacket, keys->len + 1);
  g_autofree CatalinaMapMessage *messages = g_new0 (CatalinaMapMessage, keys->len + 1);
  GBytes *list;
  guint n = 0;

  for (guint i = 0; i < keys->len; i++)
    {
      CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, keys->pdata[i]);
      g_autoptr (GBytes) object
          = with_values && entry->value
                ? self->settings.values->write (entry->key, entry->value, self->settings.data)
                : NULL;

      if (with_values && !object)
        continue;
      catalina_map_core_fill (self, &packets[n], type, entry->key, object);
      messages[n] = packets[n].message;
      messages[n].primary = entry->primary;
      messages[n++].nodes = entry->nodes;
    }
  list = catalina_map_list_encode (messages, n, NULL, NULL);
  for (guint i = 0; i < n; i++)
    catalina_map_packet_clear (&packets[i]);
  return list;
}

static gboolean
answer_value (CatalinaReplicatedMap *self,
              const CatalinaMapMessage *question,
              CatalinaMapPacket *answer)
{
  g_autofree char *key = catalina_map_message_dup_key (question);
  CatalinaMapEntry *entry = key ? catalina_map_entries_get (&self->entries, key) : NULL;
  g_autoptr (GBytes) object
      = entry && entry->value
            ? self->settings.values->write (key, entry->value, self->settings.data)
            : NULL;

  if (!object)
    return FALSE;
  catalina_map_core_fill (self, answer, CATALINA_MAP_RETRIEVE_BACKUP, key, object);
  return TRUE;
}

static gboolean
answer_with (CatalinaReplicatedMap *self,
             const CatalinaMapMessage *question,
             GBytes *object,
             gboolean names_us,
             CatalinaMapPacket *answer)
{
  catalina_map_core_fill (self, answer, (CatalinaMapMessageType) question->type, NULL, object);
  if (names_us)
    answer->message.primary = tribes_member_ref (self->settings.local);
  return TRUE;
}

gboolean
catalina_replicated_map_answer (CatalinaReplicatedMap *self,
                                TribesMember *sender,
                                const CatalinaMapMessage *question,
                                CatalinaMapPacket *answer,
                                gint64 now_us)
{
  g_autoptr (GBytes) object = NULL;

  *answer = (CatalinaMapPacket){ 0 };
  if (!is_ours (self, question))
    return FALSE;
  switch (question->type)
    {
    case CATALINA_MAP_START:
      catalina_map_core_map_member_added (self, sender, now_us);
      return answer_with (self, question, NULL, TRUE, answer);
    case CATALINA_MAP_INIT:
      return answer_with (self, question, NULL, TRUE, answer);
    case CATALINA_MAP_RETRIEVE_BACKUP:
      return answer_value (self, question, answer);
    case CATALINA_MAP_STATE:
      object = write_entries (self, CATALINA_MAP_PROXY, FALSE);
      return answer_with (self, question, object, FALSE, answer);
    case CATALINA_MAP_STATE_COPY:
      object = write_entries (self, CATALINA_MAP_COPY, TRUE);
      return answer_with (self, question, object, FALSE, answer);
    case CATALINA_MAP_PING:
      object = catalina_map_state_encode (self->state);
      return answer_with (self, question, object, TRUE, answer);
    default:
      return FALSE;
    }
}
