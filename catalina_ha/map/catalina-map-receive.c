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
  CatalinaMapEntry *entry = catalina_map_core_find (self, key);

  return entry ? entry : catalina_map_core_add (self, key);
}

/* Somebody who is there answers for it, or has a copy. */
static gboolean
is_elsewhere (const CatalinaReplicatedMap *self, const CatalinaMapMessage *message)
{
  if (message->primary && catalina_map_core_find_member (self, message->primary))
    return TRUE;
  for (guint i = 0; message->nodes && i < message->nodes->len; i++)
    if (catalina_map_core_find_member (self, message->nodes->pdata[i]))
      return TRUE;
  return FALSE;
}

/* It is not this member's any more. Whoever waits for its value goes on waiting. */
static void
demote (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, CatalinaMapRole role)
{
  if (!catalina_map_core_find_pull (self, entry))
    entry->pending = 0;
  if (role == CATALINA_MAP_ROLE_BACKUP && entry->role != role)
    catalina_map_core_note (self, CATALINA_MAP_EVENT_MADE_BACKUP, entry->key);
  entry->role = role;
}

/* A vault does not stand among those that have a copy. */
static void
follow_again (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if (self->settings.vault == CATALINA_MAP_VAULT_PULLS
          ? entry->role == CATALINA_MAP_ROLE_PROXY
          : self->settings.vault == CATALINA_MAP_VAULT_FOLLOWS
                && !catalina_map_entry_has_node (entry, self->settings.local))
    catalina_map_core_want (self, entry);
}

/* Who answers for the entry counts on this member, and is told that another does by somebody else:
 * what is here may not be the newest. */
static gboolean
is_counted_on (CatalinaReplicatedMap *self,
               const CatalinaMapEntry *entry,
               const CatalinaMapMessage *message)
{
  if (catalina_map_version_read (message) == 0 || !message->nodes)
    return FALSE;
  return g_ptr_array_find_with_equal_func (message->nodes, self->settings.local,
                                           (GEqualFunc) tribes_member_equal, NULL);
}

static void
count_on (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapMessage *message)
{
  CatalinaMapRole role = self->settings.kind == CATALINA_MAP_FULL ? CATALINA_MAP_ROLE_COPY
                                                                  : CATALINA_MAP_ROLE_BACKUP;
  gboolean is_known = entry->role == role && entry->version == catalina_map_version_read (message);

  demote (self, entry, role);
  catalina_map_core_set_members (self, entry, message->primary, message->nodes);
  if (is_known)
    return;
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_STALE, TRUE);
  catalina_map_core_want (self, entry);
}

/* As Tomcat, what this member has of it is kept: two that take it over at once tell each other, and
 * all others, that they have it. It is the first to go where there is no room. */
static void
on_proxy (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = get_or_add (self, key);

  if (!entry || (entry->value && !is_elsewhere (self, message)))
    return;
  /* Whoever was told something old says whose it is. */
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY && message->primary
      && catalina_map_core_is_local (self, message->primary))
    return;
  if (is_counted_on (self, entry, message))
    {
      count_on (self, entry, message);
      return;
    }
  if (entry->role != CATALINA_MAP_ROLE_PROXY || !entry->primary || !message->primary
      || !tribes_member_equal (entry->primary, message->primary))
    catalina_map_core_note (self, CATALINA_MAP_EVENT_MADE_PROXY, key);
  demote (self, entry, CATALINA_MAP_ROLE_PROXY);
  catalina_map_core_set_members (self, entry, message->primary, message->nodes);
  follow_again (self, entry);
}

/* FALSE: there is nothing to apply it to, or it does not fit. A proxy's is an old one, and that of
 * who answered for it may be, too. */
static gboolean
apply_diff (CatalinaReplicatedMap *self,
            CatalinaMapEntry *entry,
            CatalinaMapRole before,
            CatalinaMapBytes diff)
{
  gboolean ok = entry->value && diff.data && !(entry->flags & CATALINA_MAP_ENTRY_STALE)
                && (before == CATALINA_MAP_ROLE_BACKUP || before == CATALINA_MAP_ROLE_COPY);

  if (!ok)
    return FALSE;
  if (self->settings.values->apply (entry->key, &entry->value, diff, self->settings.data, NULL))
    {
      catalina_map_entry_set_size (&self->entries, entry, entry->size + diff.size);
      return TRUE;
    }
  self->counters.refused_values++;
  return FALSE;
}

static gboolean
read_whole (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, CatalinaMapBytes object)
{
  gpointer value = catalina_map_core_read_value (self, entry, object);

  if (!value)
    return FALSE;
  catalina_map_entry_set_value (&self->entries, entry, value, object.size);
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_STALE, FALSE);
  return TRUE;
}

/* FALSE: this member does not have the newest value now. */
static gboolean
update (CatalinaReplicatedMap *self,
        CatalinaMapEntry *entry,
        CatalinaMapRole before,
        const CatalinaMapMessage *message)
{
  if (message->is_diff)
    return apply_diff (self, entry, before, message->diff);
  if (message->value.data)
    return read_whole (self, entry, message->value);
  return entry->value && before != CATALINA_MAP_ROLE_PROXY;
}

/* What changed of an entry that has been removed: whoever says it did not know that. */
static gboolean
is_late (const CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  return message->is_diff && !catalina_map_entries_get (&self->entries, key)
         && (g_hash_table_contains (self->taking.removed[0], key)
             || g_hash_table_contains (self->taking.removed[1], key));
}

/* Whole, or what changed; where that does not do, all of it is asked for, so that what this member
 * is counted on for is there. What it has is kept until then. */
static void
on_backup (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = is_late (self, key, message) ? NULL : get_or_add (self, key);
  CatalinaMapPending *pull;
  CatalinaMapRole before;
  gboolean ok;

  if (!entry)
    return;
  before = entry->role;
  if (!message->is_diff && message->primary && entry->primary
      && !tribes_member_equal (message->primary, entry->primary))
    catalina_map_core_has_taken (self, message->primary);
  demote (self, entry,
          message->type == CATALINA_MAP_COPY ? CATALINA_MAP_ROLE_COPY : CATALINA_MAP_ROLE_BACKUP);
  catalina_map_core_set_members (self, entry, message->primary, message->nodes);
  ok = update (self, entry, before, message);
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_STALE, !ok);
  pull = catalina_map_core_find_pull (self, entry);
  if (pull)
    {
      pull->came = ok;
      pull->again = !ok;
    }
  else if (!ok)
    catalina_map_core_want (self, entry);
  follow_again (self, entry);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_CHANGED, key);
}

/* Whoever wants a copy may not know who has one by now. */
static void
add_nodes (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const GPtrArray *nodes)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();

  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    g_ptr_array_add (all, entry->nodes->pdata[i]);
  for (guint i = 0; nodes && i < nodes->len; i++)
    if (catalina_map_core_find_member (self, nodes->pdata[i])
        && !catalina_map_entry_has_node (entry, nodes->pdata[i]))
      g_ptr_array_add (all, nodes->pdata[i]);
  catalina_map_entry_set_nodes (&self->entries, entry, all);
}

/* Another answers for it from now on: whoever works with it here has to take it over again. */
static void
on_access (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_core_find (self, key);
  gboolean is_ours = message->primary && catalina_map_core_is_local (self, message->primary);

  if (!entry
      || (entry->role == CATALINA_MAP_ROLE_PRIMARY && !is_ours && !is_elsewhere (self, message)))
    return;
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY)
    {
      /* A vault that wants a copy, too. */
      if (is_ours)
        {
          add_nodes (self, entry, message->nodes);
          return;
        }
      demote (self, entry,
              self->settings.kind == CATALINA_MAP_FULL ? CATALINA_MAP_ROLE_COPY
                                                       : CATALINA_MAP_ROLE_BACKUP);
    }
  catalina_map_core_set_members (self, entry, message->primary, message->nodes);
  if ((!entry->value || entry->role == CATALINA_MAP_ROLE_PROXY)
      && catalina_map_entry_has_node (entry, self->settings.local))
    catalina_map_core_want (self, entry);
  catalina_map_core_reclaim (self, entry);
  follow_again (self, entry);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_ACCESSED, key);
}

static void
on_remove (CatalinaReplicatedMap *self, const char *key)
{
  catalina_map_core_hear_removed (self, key);
  if (!catalina_map_entries_get (&self->entries, key))
    return;
  catalina_map_entries_remove (&self->entries, key);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_REMOVED, key);
}

/* It was taken from who speaks of it, who does not know that yet. */
static gboolean
is_outdated (CatalinaReplicatedMap *self,
             const char *key,
             TribesMember *sender,
             const CatalinaMapMessage *message)
{
  const CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);
  TribesMember *claimed = g_hash_table_lookup (self->claims, key);

  if (!claimed || !tribes_member_equal (claimed, sender) || message->type == CATALINA_MAP_REMOVE)
    return FALSE;
  if (!message->primary || !catalina_map_core_is_local (self, message->primary))
    return entry && entry->role == CATALINA_MAP_ROLE_PRIMARY;
  g_hash_table_remove (self->claims, key);
  return FALSE;
}

static void
apply (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
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

/* @before: (nullable): who answered for it */
static gboolean
is_news (const CatalinaReplicatedMap *self,
         const CatalinaMapEntry *entry,
         TribesMember *before,
         const GPtrArray *nodes,
         const CatalinaMapMessage *message)
{
  if (self->settings.kind == CATALINA_MAP_FULL)
    return message->type == CATALINA_MAP_COPY;
  return !before || !tribes_member_equal (before, entry->primary) || !catalina_map_entry_has_nodes (entry, nodes);
}

/* Those who cannot read what @sender said hear what has changed by it. */
static void
apply_for_all (CatalinaReplicatedMap *self,
               TribesMember *sender,
               const char *key,
               const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);
  g_autoptr (TribesMember) primary
      = entry && entry->primary ? tribes_member_ref (entry->primary) : NULL;
  g_autoptr (GPtrArray) nodes = entry && entry->nodes ? g_ptr_array_ref (entry->nodes) : NULL;
  gboolean was_ours = entry && entry->role == CATALINA_MAP_ROLE_PRIMARY;

  apply (self, key, message);
  entry = catalina_map_entries_get (&self->entries, key);
  if (message->type == CATALINA_MAP_REMOVE)
    catalina_map_core_bridge_remove (self, sender, key);
  else if (entry && entry->primary && tribes_member_equal (entry->primary, sender)
           && (was_ours || is_news (self, entry, primary, nodes, message)))
    {
      if (primary)
        catalina_map_core_bridge_taken (self, primary, entry);
      catalina_map_core_bridge (self, entry, FALSE);
    }
}

/* Another has taken it over. It may have heard of the change, or not. */
static void
on_older (CatalinaReplicatedMap *self,
          TribesMember *sender,
          const char *key,
          const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  catalina_map_core_tell_newer (self, sender, entry);
  /* Tomcats, which do not know what is older, may have heard it last. */
  if (entry->role == CATALINA_MAP_ROLE_PRIMARY && !message->is_diff
      && self->settings.kind == CATALINA_MAP_LAZY)
    catalina_map_core_say_again (self, key);
  if (!message->is_diff
      || (entry->role != CATALINA_MAP_ROLE_BACKUP && entry->role != CATALINA_MAP_ROLE_COPY))
    return;
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_STALE, TRUE);
  catalina_map_core_want (self, entry);
}

/* (nullable) (transfer full): who has a copy from this member, of which one that was away, and says
 * that the entry is its own, may not know. */
static GPtrArray *
ref_former (const CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  const CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  return entry && entry->role == CATALINA_MAP_ROLE_PRIMARY && entry->nodes && message->primary
                 && self->settings.kind == CATALINA_MAP_LAZY
                 && catalina_map_core_is_doubtful (self, message->primary)
             ? g_ptr_array_ref (entry->nodes)
             : NULL;
}

static void
on_entry (CatalinaReplicatedMap *self, TribesMember *sender, const CatalinaMapMessage *message)
{
  g_autofree char *key = catalina_map_message_dup_key (message);
  g_autoptr (GPtrArray) former = NULL;
  const CatalinaMapEntry *entry;
  CatalinaMapAge age;

  /* Keys of other kinds are nobody's here. */
  if (!key)
    return;
  catalina_map_core_hear (self, key);
  if (catalina_map_core_refuse_old (self, key, message))
    return;
  age = catalina_map_core_hear_version (self, key, message);
  if (age == CATALINA_MAP_AGE_OLDER)
    {
      on_older (self, sender, key, message);
      return;
    }
  if (age == CATALINA_MAP_AGE_UNKNOWN
      && (is_outdated (self, key, sender, message)
          || catalina_map_core_bridge_is_old (self, sender, key, message)))
    return;
  former = ref_former (self, key, message);
  if (self->is_mixed)
    apply_for_all (self, sender, key, message);
  else
    apply (self, key, message);
  entry = catalina_map_entries_get (&self->entries, key);
  if (entry && entry->role != CATALINA_MAP_ROLE_PRIMARY)
    catalina_map_core_tell_former (self, entry, former);
  catalina_map_core_keep_version (self, key, message);
}

static gboolean
is_ours (const CatalinaReplicatedMap *self, const CatalinaMapMessage *message)
{
  return self->state != CATALINA_MAP_STATE_DESTROYED && message->map.data
         && message->map.size == strlen (self->settings.name)
         && memcmp (message->map.data, self->settings.name, message->map.size) == 0;
}

/* One that begins anew has nothing of what it had, if it is known: it was gone for a moment, and
 * nobody has noticed. Likewise one that ends. */
static void
on_begin (CatalinaReplicatedMap *self, TribesMember *member)
{
  catalina_map_core_map_member_gone (self, member);
  catalina_map_core_begins_anew (self, member);
}

static void
on_start (CatalinaReplicatedMap *self, TribesMember *member, gint64 now_us)
{
  catalina_map_core_begins_anew (self, member);
  catalina_map_core_map_member_added (self, member, now_us);
}

void
catalina_replicated_map_receive (CatalinaReplicatedMap *self,
                                 TribesMember *sender,
                                 const CatalinaMapMessage *message,
                                 gint64 now_us)
{
  catalina_map_core_notice (self, now_us);
  if (!is_ours (self, message))
    return;
  catalina_map_core_meet (self, sender);
  catalina_map_core_hear_form (self, sender, message);
  if (message->type == CATALINA_MAP_START)
    on_start (self, message->primary ? message->primary : sender, now_us);
  else if (message->type == CATALINA_MAP_STOP)
    on_begin (self, message->primary ? message->primary : sender);
  else
    on_entry (self, sender, message);
}

void
catalina_replicated_map_left_over (CatalinaReplicatedMap *self,
                                   const CatalinaMapMessage *message,
                                   gint64 now_us)
{
  CatalinaMapState state;

  catalina_map_core_notice (self, now_us);
  if (!is_ours (self, message) || !message->primary)
    return;
  catalina_map_core_meet (self, message->primary);
  catalina_map_core_hear_form (self, message->primary, message);
  if (message->type == CATALINA_MAP_START || message->type == CATALINA_MAP_INIT
      || (message->type == CATALINA_MAP_PING
          && catalina_map_message_get_state (message, &state, NULL)
          && state == CATALINA_MAP_STATE_INITIALIZED))
    {
      /* What it has done since the others gave their entries is not known. */
      if (self->state == CATALINA_MAP_STATE_INITIALIZED
          && !catalina_map_core_find_member (self, message->primary))
        catalina_map_core_audit (self, message->primary);
      catalina_map_core_map_member_added (self, message->primary, now_us);
    }
}

/* Tomcat's answers with whatever it has, old or not, and does not look at the primary that says
 * which of both it is. */
static CatalinaMapAnswer
answer_value (CatalinaReplicatedMap *self,
              TribesMember *sender,
              const CatalinaMapMessage *question,
              CatalinaMapPacket *answer,
              guint32 *later)
{
  g_autofree char *key = catalina_map_message_dup_key (question);
  CatalinaMapEntry *entry = key ? catalina_map_core_find (self, key) : NULL;
  g_autoptr (GBytes) object = NULL;

  if (!entry)
    return CATALINA_MAP_ANSWER_NULL;
  if (catalina_map_core_relay (self, sender, entry, later))
    return CATALINA_MAP_ANSWER_LATER;
  object = catalina_map_core_write_value (self, entry);
  if (!object)
    return CATALINA_MAP_ANSWER_NULL;
  catalina_map_core_fill (self, answer, CATALINA_MAP_RETRIEVE_BACKUP, key, object);
  if (!catalina_map_core_is_old (self, entry) && !self->doubt.holds)
    answer->message.primary = tribes_member_ref (self->settings.local);
  catalina_map_version_stamp (answer, entry->version);
  return CATALINA_MAP_ANSWER_NOW;
}

static CatalinaMapAnswer
answer_with (CatalinaReplicatedMap *self,
             const CatalinaMapMessage *question,
             GBytes *object,
             gboolean names_us,
             CatalinaMapPacket *answer)
{
  catalina_map_core_fill (self, answer, (CatalinaMapMessageType) question->type, NULL, object);
  if (names_us)
    answer->message.primary = tribes_member_ref (self->settings.local);
  return CATALINA_MAP_ANSWER_NOW;
}

CatalinaMapAnswer
catalina_replicated_map_answer (CatalinaReplicatedMap *self,
                                TribesMember *sender,
                                const CatalinaMapMessage *question,
                                CatalinaMapPacket *answer,
                                guint32 *later,
                                gint64 now_us)
{
  g_autoptr (GBytes) object = NULL;

  *answer = (CatalinaMapPacket){ 0 };
  *later = 0;
  catalina_map_core_notice (self, now_us);
  if (!is_ours (self, question))
    return CATALINA_MAP_ANSWER_NULL;
  catalina_map_core_meet (self, sender);
  catalina_map_core_hear_form (self, sender, question);
  switch (question->type)
    {
    case CATALINA_MAP_START:
      on_start (self, sender, now_us);
      return answer_with (self, question, NULL, TRUE, answer);
    case CATALINA_MAP_INIT:
      on_begin (self, sender);
      return answer_with (self, question, NULL, TRUE, answer);
    case CATALINA_MAP_RETRIEVE_BACKUP:
      return answer_value (self, sender, question, answer, later);
    case CATALINA_MAP_STATE:
    case CATALINA_MAP_STATE_COPY:
      return catalina_map_core_serve (self, sender, question->type, answer, later);
    case CATALINA_MAP_PING:
      object = catalina_map_state_encode (self->state);
      return answer_with (self, question, object, TRUE, answer);
    default:
      return CATALINA_MAP_ANSWER_NULL;
    }
}
