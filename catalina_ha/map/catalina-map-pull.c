/* SPDX-License-Identifier: Apache-2.0
 *
 * Values that others have: those with a copy are asked first, then who answers for the entry; for
 * a copy of its own, a vault asks the other way around. An entry is taken over only with its value
 * in hand, so that nobody becomes its primary with nothing.
 *
 * What is wanted is asked for when its turn comes, a few at a time. What changes while it is asked
 * for is asked for again: it may or may not have been in the answer.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

enum
{
  ASK_NODES,
  ASK_PRIMARY,
  /* Those that should have it are gone: somebody may have it of whom this member has not heard. */
  ASK_ALL,
  N_ASKED,
};

static guint
get_step (guint tried, gboolean from_nodes)
{
  return from_nodes || tried >= ASK_ALL ? tried : ASK_PRIMARY - tried;
}

/* But this one itself. (transfer full) */
static GPtrArray *
list_named (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry, guint step)
{
  GPtrArray *to = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; step == ASK_NODES && i < catalina_map_entry_get_n_nodes (entry); i++)
    if (!catalina_map_core_is_local (self, entry->nodes->pdata[i]))
      g_ptr_array_add (to, tribes_member_ref (entry->nodes->pdata[i]));
  if (step == ASK_PRIMARY && entry->primary && !catalina_map_core_is_local (self, entry->primary))
    g_ptr_array_add (to, tribes_member_ref (entry->primary));
  return to;
}

/* (transfer full) */
static GPtrArray *
list_to_ask (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry, guint step)
{
  if (step == ASK_ALL)
    return catalina_map_core_list_members (self, NULL);
  return list_named (self, entry, step);
}
/* From the @tried-th on; FALSE: nobody is left. */
static gboolean
ask (CatalinaReplicatedMap *self,
     CatalinaMapEntry *entry,
     guint tried,
     gboolean from_nodes,
     gboolean takes)
{
  CatalinaMapOutput *output;
  CatalinaMapPending *pending;
  GPtrArray *to;

  if (tried >= N_ASKED)
    return FALSE;
  to = list_to_ask (self, entry, get_step (tried, from_nodes));
  if (to->len == 0)
    {
      g_ptr_array_unref (to);
      return ask (self, entry, tried + 1, from_nodes, takes);
    }
  output = catalina_map_core_say (self, CATALINA_MAP_RETRIEVE_BACKUP, entry->key, NULL, NULL, NULL);
  output->is_question = TRUE;
  output->wants_all = tried == ASK_ALL;
  output->timeout_ms
      = output->wants_all ? self->settings.access_timeout_ms : self->settings.rpc_timeout_ms;
  pending = catalina_map_core_send (self, output, to, CATALINA_MAP_PENDING_PULL, entry->key);
  pending->tried = tried;
  pending->from_nodes = from_nodes;
  pending->takes = takes;
  entry->pending = output->id;
  self->counters.pulled++;
  return TRUE;
}

CatalinaMapPending *
catalina_map_core_find_pull (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  CatalinaMapPending *pending
      = g_hash_table_lookup (self->pending, GUINT_TO_POINTER (entry->pending));

  return entry->pending != 0 && pending
                 && (pending->kind == CATALINA_MAP_PENDING_PULL
                     || pending->kind == CATALINA_MAP_PENDING_FOLLOW)
             ? pending
             : NULL;
}

static void
answer_relay (CatalinaReplicatedMap *self, const CatalinaMapRelay *relay, CatalinaMapEntry *entry)
{
  g_autoptr (GBytes) object = entry ? catalina_map_core_write_value (self, entry) : NULL;
  CatalinaMapOutput *output
      = catalina_map_core_say (self, CATALINA_MAP_RETRIEVE_BACKUP, relay->key, object, NULL, NULL);

  output->id = relay->id;
  output->is_answer = TRUE;
  output->is_null = object == NULL;
  g_queue_push_tail (&self->outputs, output);
}

static gboolean
has_relay (const CatalinaReplicatedMap *self, const char *key)
{
  for (guint i = 0; i < self->relays->len; i++)
    if (g_str_equal (g_array_index (self->relays, CatalinaMapRelay, i).key, key))
      return TRUE;
  return FALSE;
}

/* What was waited for has come, or never will. */
static void
got (CatalinaReplicatedMap *self, const char *key)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, key);

  for (guint i = self->relays->len; i > 0; i--)
    {
      CatalinaMapRelay *relay = &g_array_index (self->relays, CatalinaMapRelay, i - 1);

      if (!g_str_equal (relay->key, key))
        continue;
      answer_relay (self, relay, entry);
      g_array_remove_index_fast (self->relays, i - 1);
    }
  catalina_map_core_note (self, CATALINA_MAP_EVENT_GOT, key);
}

/* One of them may be who answered for it until now. */
static void
notify_nodes (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  CatalinaMapOutput *output
      = catalina_map_core_say_entry (self, CATALINA_MAP_NOTIFY_MEMBER, entry, NULL, entry->nodes);
  TribesMember *claimed = g_hash_table_lookup (self->claims, entry->key);

  if (claimed && catalina_map_entry_has_node (entry, claimed))
    (void) catalina_map_core_send (self, output, g_ptr_array_ref (entry->nodes),
                                   CATALINA_MAP_PENDING_CLAIM, entry->key);
  else
    catalina_map_core_tell (self, output, g_ptr_array_ref (entry->nodes));
}

/* As Tomcat's get(): who has a copy is told whose it is now, and all others, too. */
static void
take_over (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean is_old)
{
  guint64 version = entry->version;
  g_autoptr (GPtrArray) nodes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (catalina_map_core_find_member (self, entry->nodes->pdata[i]))
      g_ptr_array_add (nodes, tribes_member_ref (entry->nodes->pdata[i]));
  catalina_map_core_claim (self, entry);
  if (is_old)
    {
      entry->version = version;
      catalina_map_core_resort_version (self, entry);
    }
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
  if (!entry->nodes)
    {
      catalina_map_core_publish (self, entry);
      return;
    }
  notify_nodes (self, entry);
  catalina_map_core_tell_others (self, entry);
}

/* Nobody else has it. An old value is better than none, but not while one that has the newest only
 * does not answer. */
static void
end (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean takes, gboolean silent)
{
  if (takes && silent && !entry->primary)
    catalina_map_core_set_orphan (self, entry, TRUE);
  else if (takes && entry->value && !silent)
    take_over (self, entry, catalina_map_core_is_old (self, entry));
  got (self, entry->key);
}

void
catalina_map_core_pull (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean takes)
{
  CatalinaMapPending *pending = catalina_map_core_find_pull (self, entry);

  /* It is on its way. */
  if (pending)
    pending->takes |= takes;
  else if (!ask (self, entry, 0, takes, takes))
    end (self, entry, takes, FALSE);
}

/* Where others are being asked already, or who asks is the one to ask, waiting might never end. */
gboolean
catalina_map_core_relay (CatalinaReplicatedMap *self,
                         TribesMember *asker,
                         CatalinaMapEntry *entry,
                         guint32 *later)
{
  CatalinaMapRelay relay = { NULL, 0 };
  gboolean is_asker = entry->primary && tribes_member_equal (entry->primary, asker);

  if (!catalina_map_core_is_old (self, entry) || catalina_map_core_find_pull (self, entry)
      || is_asker || self->relays->len >= CATALINA_MAP_MAX_ASKERS
      || !ask (self, entry, 0, FALSE, FALSE))
    return FALSE;
  relay.key = g_strdup (entry->key);
  relay.id = *later = catalina_map_core_next_id (self);
  g_array_append_val (self->relays, relay);
  return TRUE;
}

/* TRUE: a new list that is to be told. */
static gboolean
is_to_follow (const CatalinaReplicatedMap *self, const CatalinaMapEntry *entry)
{
  return self->settings.vault == CATALINA_MAP_VAULT_FOLLOWS
         && self->settings.kind == CATALINA_MAP_LAZY && entry->primary
         && catalina_map_core_find_member (self, entry->primary)
         && !catalina_map_entry_has_node (entry, self->settings.local);
}

/* Who answers for the entry hears that this member has it, too, and only then is asked for it: so
 * nothing that changes after the answer is missed. */
static void
follow (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, gboolean takes)
{
  g_autoptr (GPtrArray) nodes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  CatalinaMapOutput *output;
  CatalinaMapPending *pending;

  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (catalina_map_core_is_known (self, entry->nodes->pdata[i]))
      g_ptr_array_add (nodes, tribes_member_ref (entry->nodes->pdata[i]));
  g_ptr_array_add (nodes, tribes_member_ref (self->settings.local));
  output = catalina_map_core_say_entry (self, CATALINA_MAP_NOTIFY_MEMBER, entry, NULL, nodes);
  pending = catalina_map_core_send (self, output, catalina_map_list_of (entry->primary),
                                    CATALINA_MAP_PENDING_FOLLOW, entry->key);
  pending->node = tribes_member_ref (entry->primary);
  pending->takes = takes;
  entry->pending = output->id;
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
  catalina_map_core_insist (self, entry->key);
}

/* This member is none of those that have a copy, so far as others are told. */
static void
unfollow (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();

  for (guint i = 0; i < catalina_map_entry_get_n_nodes (entry); i++)
    if (!catalina_map_core_is_local (self, entry->nodes->pdata[i]))
      g_ptr_array_add (nodes, entry->nodes->pdata[i]);
  catalina_map_entry_set_nodes (&self->entries, entry, nodes);
}

void
catalina_map_core_followed (CatalinaReplicatedMap *self,
                            guint32 id,
                            const CatalinaMapPending *pending,
                            const GPtrArray *failed)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, pending->key);

  if (!entry || entry->pending != id)
    return;
  entry->pending = 0;
  if (failed && failed->len > 0)
    unfollow (self, entry);
  if (!ask (self, entry, 0, FALSE, pending->takes))
    end (self, entry, pending->takes, FALSE);
}

void
catalina_map_core_want (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_WANTED, TRUE);
  self->idle = 0;
}

void
catalina_map_core_insist_step (CatalinaReplicatedMap *self)
{
  g_autoptr (GPtrArray) due = catalina_map_core_list_due (self);

  for (guint i = 0; due && i < due->len; i++)
    {
      CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, due->pdata[i]);

      if (!entry || entry->role == CATALINA_MAP_ROLE_PRIMARY)
        {
          catalina_map_core_insisted (self, due->pdata[i], TRUE);
          continue;
        }
      if (entry->pending == 0)
        unfollow (self, entry);
      catalina_map_core_want (self, entry);
    }
}

/* What was asked for is here, or came by itself meanwhile. */
static void
keep (CatalinaReplicatedMap *self,
      CatalinaMapEntry *entry,
      const CatalinaMapPending *pending,
      gboolean is_old)
{
  if (entry->role == CATALINA_MAP_ROLE_PROXY
      && catalina_map_entry_has_node (entry, self->settings.local))
    {
      entry->role = CATALINA_MAP_ROLE_BACKUP;
      /* A vault asks for them all. */
      if (self->settings.vault == CATALINA_MAP_VAULT_NONE)
        catalina_map_core_note (self, CATALINA_MAP_EVENT_MADE_BACKUP, entry->key);
    }
  if (pending->takes)
    take_over (self, entry, is_old);
  else if (pending->again)
    {
      catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_STALE, TRUE);
      catalina_map_core_want (self, entry);
    }
  got (self, entry->key);
}

/* Ours say whether it is the newest. */
static gboolean
is_sure (const CatalinaMapReply *reply)
{
  return reply->message && reply->message->primary
         && tribes_member_equal (reply->message->primary, reply->source);
}

static gboolean
read_reply (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapReply *reply)
{
  gpointer value
      = reply->message ? catalina_map_core_read_value (self, entry, reply->message->value) : NULL;

  if (!value)
    return FALSE;
  catalina_map_entry_set_value (&self->entries, entry, value, reply->message->value.size);
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_STALE, FALSE);
  return TRUE;
}

/* Whether what others have of it who do not know whether it is the newest, and are asked because
 * nobody else is left, may be newer than what is here. */
static gboolean
has_doubtful (const CatalinaMapEntry *entry)
{
  return !entry->value || entry->role == CATALINA_MAP_ROLE_PROXY
         || (entry->flags & CATALINA_MAP_ENTRY_STALE);
}

/* FALSE: there is none that can be read. */
static gboolean
read_replies (CatalinaReplicatedMap *self,
              CatalinaMapEntry *entry,
              const CatalinaMapPending *pending,
              const CatalinaMapReply *replies,
              guint n_replies)
{
  for (guint i = 0; i < n_replies; i++)
    if (is_sure (&replies[i]) && read_reply (self, entry, &replies[i]))
      return TRUE;
  if (pending->tried == ASK_ALL && (pending->silent || !has_doubtful (entry)))
    return FALSE;
  for (guint i = 0; i < n_replies; i++)
    if (!is_sure (&replies[i]) && read_reply (self, entry, &replies[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_from_primary (const CatalinaMapPending *pending)
{
  return get_step (pending->tried, pending->from_nodes) == ASK_PRIMARY;
}

/* A Tomcat that was back before anybody saw it going has nothing of what it is counted on for, and
 * what changes would not help it: whoever takes the entry over gives it away anew. */
static void
doubt_nodes (CatalinaReplicatedMap *self,
             CatalinaMapEntry *entry,
             const CatalinaMapPending *pending)
{
  if (pending->takes && get_step (pending->tried, pending->from_nodes) == ASK_NODES)
    catalina_map_entry_set_nodes (&self->entries, entry, NULL);
}

/* Whether none of those that were asked by their names has answered, although one is there: it may
 * stand still, and has what nobody else has. */
static gboolean
is_silent (const CatalinaReplicatedMap *self,
           const CatalinaMapEntry *entry,
           const CatalinaMapPending *pending,
           guint n_replies)
{
  g_autoptr (GPtrArray) named
      = list_named (self, entry, get_step (pending->tried, pending->from_nodes));

  for (guint i = 0; n_replies == 0 && i < named->len; i++)
    if (catalina_map_core_is_known (self, named->pdata[i]))
      return TRUE;
  return FALSE;
}

static gboolean
ask_next (CatalinaReplicatedMap *self,
          CatalinaMapEntry *entry,
          const CatalinaMapPending *pending,
          gboolean silent)
{
  CatalinaMapPending *next;

  if (!ask (self, entry, pending->tried + 1, pending->from_nodes, pending->takes))
    return FALSE;
  next = g_hash_table_lookup (self->pending, GUINT_TO_POINTER (entry->pending));
  next->silent = silent;
  return TRUE;
}

/* All who are there say that they do not have it, even who is said to answer for it, and nobody is
 * left who could. */
static gboolean
is_lost (const CatalinaReplicatedMap *self,
         const CatalinaMapEntry *entry,
         const CatalinaMapPending *pending,
         guint n_replies)
{
  return pending->takes && pending->tried == ASK_ALL && !entry->value
         && n_replies >= self->members->len
         && (!entry->primary || catalina_map_core_find_member (self, entry->primary)
             || !catalina_map_core_is_known (self, entry->primary));
}

static void
lose (CatalinaReplicatedMap *self, const char *key)
{
  catalina_map_core_note (self, CATALINA_MAP_EVENT_LOST, key);
  catalina_map_entries_remove (&self->entries, key);
  got (self, key);
}

/* Nobody was left but who had it once. */
static gboolean
is_doubtful (const CatalinaMapPending *pending, const CatalinaMapReply *replies, guint n_replies)
{
  for (guint i = 0; i < n_replies; i++)
    if (is_sure (&replies[i]))
      return FALSE;
  return pending->tried == ASK_ALL && !pending->came;
}

void
catalina_map_core_pulled (CatalinaReplicatedMap *self,
                          guint32 id,
                          const CatalinaMapPending *pending,
                          const CatalinaMapReply *replies,
                          guint n_replies)
{
  CatalinaMapEntry *entry = catalina_map_entries_get (&self->entries, pending->key);
  gboolean silent;

  /* It is another by now, or is not waited for any more. */
  if (!entry || entry->pending != id)
    {
      catalina_map_core_insisted (self, pending->key, TRUE);
      got (self, pending->key);
      return;
    }
  entry->pending = 0;
  if (pending->came || read_replies (self, entry, pending, replies, n_replies))
    {
      if (is_from_primary (pending))
        catalina_map_core_insisted (self, entry->key, TRUE);
      keep (self, entry, pending, is_doubtful (pending, replies, n_replies));
      return;
    }
  if (is_from_primary (pending))
    catalina_map_core_insisted (self, entry->key, n_replies == 0);
  silent = pending->silent || is_silent (self, entry, pending, n_replies);
  if (!silent && is_lost (self, entry, pending, n_replies))
    {
      lose (self, pending->key);
      return;
    }
  /* Where nobody answers nothing is known of what they have. */
  if (n_replies > 0)
    doubt_nodes (self, entry, pending);
  /* Others that are asked would ask all again. */
  if ((has_relay (self, entry->key) && !pending->takes && pending->tried + 1 == ASK_ALL)
      || !ask_next (self, entry, pending, silent))
    end (self, entry, pending->takes, silent);
}

static void
start_wanted (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  gboolean takes = (entry->flags & CATALINA_MAP_ENTRY_TAKEN) != 0;

  catalina_map_entry_set_flags (&self->entries, entry,
                                CATALINA_MAP_ENTRY_WANTED | CATALINA_MAP_ENTRY_TAKEN, FALSE);
  if (is_to_follow (self, entry))
    follow (self, entry, takes);
  else
    catalina_map_core_pull (self, entry, takes);
}

/* Whether there is one that can be started: not while it waits for something else. */
gboolean
catalina_map_core_pull_step (CatalinaReplicatedMap *self)
{
  CatalinaMapEntries *entries = &self->entries;

  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES && entries->n_wanted > 0; i++)
    {
      CatalinaMapEntry *entry;

      if (self->n_pending[CATALINA_MAP_PENDING_PULL] + self->n_pending[CATALINA_MAP_PENDING_FOLLOW]
          >= CATALINA_MAP_MAX_PULLING)
        return FALSE;
      if (self->idle >= entries->order->len)
        return FALSE;
      if (self->wanted_at >= entries->order->len)
        self->wanted_at = 0;
      entry = entries->order->pdata[self->wanted_at++];
      self->idle++;
      if ((entry->flags & CATALINA_MAP_ENTRY_WANTED) && entry->pending == 0)
        {
          self->idle = 0;
          start_wanted (self, entry);
        }
    }
  return entries->n_wanted > 0;
}
