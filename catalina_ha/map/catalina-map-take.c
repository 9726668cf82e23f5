/* SPDX-License-Identifier: Apache-2.0
 *
 * The entries of others, taken in piece by piece: when the map starts, and later whenever some may
 * be missing. Such a list is old when it is here, so that what has come by itself meanwhile, or
 * what this member has itself, stays as it is.
 */
#include "catalina_ha/map/catalina-map-core-private.h"
#include "tribes/base/tribes-hash-private.h"

static GHashTable *
new_keys (void)
{
  return g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);
}

void
catalina_map_taking_init (CatalinaMapTaking *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->removed); i++)
    self->removed[i] = new_keys ();
  self->audits = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
}

void
catalina_map_taking_clear (CatalinaMapTaking *self)
{
  g_clear_pointer (&self->reader, catalina_map_reader_free);
  g_clear_pointer (&self->owner, g_bytes_unref);
  g_clear_pointer (&self->donor, tribes_member_unref);
  g_clear_pointer (&self->heard, g_hash_table_unref);
  g_clear_pointer (&self->audits, g_ptr_array_unref);
  for (guint i = 0; i < G_N_ELEMENTS (self->removed); i++)
    g_clear_pointer (&self->removed[i], g_hash_table_unref);
}

void
catalina_map_taking_age (CatalinaMapTaking *self)
{
  g_hash_table_unref (self->removed[1]);
  self->removed[1] = self->removed[0];
  self->removed[0] = new_keys ();
}

static void
ask (CatalinaReplicatedMap *self, TribesMember *donor, CatalinaMapPendingKind kind, guint tried)
{
  CatalinaMapMessageType type
      = self->settings.kind == CATALINA_MAP_FULL ? CATALINA_MAP_STATE_COPY : CATALINA_MAP_STATE;
  CatalinaMapOutput *output = catalina_map_core_say (self, type, NULL, NULL, NULL, NULL);
  CatalinaMapPending *pending;

  output->is_question = TRUE;
  output->timeout_ms = self->settings.rpc_timeout_ms;
  pending = catalina_map_core_send (self, output, catalina_map_list_of (donor), kind, NULL);
  pending->tried = tried;
  pending->node = tribes_member_ref (donor);
  if (!self->taking.heard)
    self->taking.heard = new_keys ();
}

void
catalina_map_core_transfer (CatalinaReplicatedMap *self, guint tried)
{
  if (tried < self->members->len)
    ask (self, g_array_index (self->members, CatalinaMapMember, tried).member,
         CATALINA_MAP_PENDING_TRANSFER, tried);
  else
    self->taking.is_done = TRUE;
}

void
catalina_map_core_audit (CatalinaReplicatedMap *self, TribesMember *member)
{
  if (!g_ptr_array_find_with_equal_func (self->taking.audits, member,
                                         (GEqualFunc) tribes_member_equal, NULL))
    g_ptr_array_add (self->taking.audits, tribes_member_ref (member));
}

static void
end (CatalinaReplicatedMap *self)
{
  CatalinaMapTaking *taking = &self->taking;

  g_clear_pointer (&taking->reader, catalina_map_reader_free);
  g_clear_pointer (&taking->owner, g_bytes_unref);
  g_clear_pointer (&taking->donor, tribes_member_unref);
  g_clear_pointer (&taking->heard, g_hash_table_unref);
}

/* What was asked for when this member knew that it had stood still. */
static void
settle_doubt (CatalinaReplicatedMap *self, CatalinaMapDoubtOf doubt)
{
  CatalinaMapMember *donor = catalina_map_core_find_member (self, self->taking.donor);

  if (donor && donor->doubt == CATALINA_MAP_DOUBT_ASKED)
    donor->doubt = doubt;
}

static void
succeed (CatalinaReplicatedMap *self)
{
  settle_doubt (self, CATALINA_MAP_DOUBT_NONE);
  catalina_map_core_settled (self, self->taking.donor);
  if (self->taking.is_transfer)
    self->transferred = self->taking.is_done = TRUE;
  else
    catalina_map_core_audited (self, self->taking.donor, TRUE);
  end (self);
}

/* The next is asked. */
static void
fail (CatalinaReplicatedMap *self)
{
  gboolean is_transfer = self->taking.is_transfer;

  settle_doubt (self, CATALINA_MAP_DOUBT_TO_ASK);
  if (!is_transfer)
    catalina_map_core_audited (self, self->taking.donor, FALSE);
  catalina_map_core_unsettled (self);
  end (self);
  if (is_transfer)
    catalina_map_core_transfer (self, self->taking.tried + 1);
}

static void
open_list (CatalinaMapTaking *taking, const CatalinaMapReply *reply)
{
  CatalinaMapBytes list = reply->message->value;

  if (reply->owner)
    taking->owner = g_bytes_ref (reply->owner);
  else
    {
      taking->owner = g_bytes_new (list.data, list.size);
      list.data = g_bytes_get_data (taking->owner, &list.size);
    }
  taking->reader = catalina_map_reader_new_for_list (list.data, list.size, NULL);
}

void
catalina_map_core_got_list (CatalinaReplicatedMap *self,
                            const CatalinaMapPending *pending,
                            const CatalinaMapReply *replies,
                            guint n_replies)
{
  CatalinaMapTaking *taking = &self->taking;

  taking->is_transfer = pending->kind == CATALINA_MAP_PENDING_TRANSFER;
  taking->tried = pending->tried;
  taking->donor = tribes_member_ref (pending->node);
  if (n_replies > 0 && replies[0].message && replies[0].message->value.data)
    open_list (taking, &replies[0]);
  if (!taking->reader)
    fail (self);
  else if (catalina_map_reader_get_left (taking->reader) == 0)
    {
      self->doubt.has_empty |= self->doubt.counts;
      succeed (self);
    }
}

static void
set_copy (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapMessage *message)
{
  gpointer value = catalina_map_core_read_value (self, entry, message->value);

  entry->role = CATALINA_MAP_ROLE_COPY;
  if (value)
    catalina_map_entry_set_value (&self->entries, entry, value, message->value.size);
}

static void
reclaim (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  catalina_map_entry_set_primary (&self->entries, entry, NULL);
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_TAKEN, TRUE);
  catalina_map_core_want (self, entry);
}

void
catalina_map_core_reclaim (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if (entry->role != CATALINA_MAP_ROLE_PRIMARY && entry->primary
      && catalina_map_core_is_local (self, entry->primary))
    reclaim (self, entry);
}

/* Another says that this member has a copy: likewise. Only who answers for it knows that it counts
 * on this one, and may be a Tomcat, which gives the copy to nobody else. */
static void
resume (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  if (!entry->primary || entry->value || !catalina_map_entry_has_node (entry, self->settings.local))
    return;
  if (tribes_member_equal (entry->primary, self->taking.donor))
    catalina_map_core_want (self, entry);
  else
    catalina_map_core_audit (self, entry->primary);
}

static void
take_new (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_core_add (self, key);

  if (!entry)
    return;
  if (message->type == CATALINA_MAP_COPY)
    set_copy (self, entry, message);
  catalina_map_core_set_members (self, entry, message->primary, message->nodes);
  resume (self, entry);
  if (message->primary && catalina_map_core_is_local (self, message->primary))
    catalina_map_core_reclaim (self, entry);
  else if (!entry->value
           && (entry->role == CATALINA_MAP_ROLE_COPY
               || self->settings.vault != CATALINA_MAP_VAULT_NONE))
    catalina_map_core_want (self, entry);
  catalina_map_core_bridge (self, entry, FALSE);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_CHANGED, key);
}

/* Who answers for an entry knows best who has it. */
static void
correct (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapMessage *message)
{
  gboolean is_vault = self->settings.vault != CATALINA_MAP_VAULT_NONE;
  gboolean is_news = !entry->primary || !tribes_member_equal (entry->primary, message->primary);
  gboolean has_local;

  catalina_map_core_set_members (self, entry, message->primary, message->nodes);
  if (is_news)
    catalina_map_core_bridge (self, entry, FALSE);
  has_local = catalina_map_entry_has_node (entry, self->settings.local);
  if (entry->role == CATALINA_MAP_ROLE_COPY && message->type == CATALINA_MAP_COPY)
    set_copy (self, entry, message);
  else if (entry->role == CATALINA_MAP_ROLE_BACKUP && !has_local)
    {
      entry->role = CATALINA_MAP_ROLE_PROXY;
      catalina_map_core_note (self, CATALINA_MAP_EVENT_MADE_PROXY, entry->key);
    }
  if (entry->role == CATALINA_MAP_ROLE_PROXY ? is_vault || has_local : has_local && !entry->value)
    catalina_map_core_want (self, entry);
}

static gboolean
is_doubted (const CatalinaReplicatedMap *self)
{
  const CatalinaMapMember *donor = catalina_map_core_find_member (self, self->taking.donor);

  return donor && donor->doubt == CATALINA_MAP_DOUBT_ASKED;
}

/* While this member stood still another has taken it over, or has changed that of which it has a
 * copy. What is here is kept as an old value; what it lacks is asked for where it is counted on. */
static void
yield (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapMessage *message)
{
  gboolean was_ours = entry->role == CATALINA_MAP_ROLE_PRIMARY;

  if (!catalina_map_core_find_pull (self, entry))
    entry->pending = 0;
  if (was_ours)
    {
      entry->role = self->settings.kind == CATALINA_MAP_FULL ? CATALINA_MAP_ROLE_COPY
                                                             : CATALINA_MAP_ROLE_BACKUP;
      catalina_map_core_note (self, CATALINA_MAP_EVENT_CHANGED, entry->key);
    }
  correct (self, entry, message);
  if (entry->role != CATALINA_MAP_ROLE_BACKUP)
    return;
  if (was_ours)
    catalina_map_core_note (self, CATALINA_MAP_EVENT_MADE_BACKUP, entry->key);
  catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_STALE, TRUE);
  catalina_map_core_want (self, entry);
}

/* Whoever answers for it may not know who had a copy from this member. */
static void
yield_to_newer (CatalinaReplicatedMap *self,
                CatalinaMapEntry *entry,
                const CatalinaMapMessage *message)
{
  g_autoptr (GPtrArray) former = entry->role == CATALINA_MAP_ROLE_PRIMARY && entry->nodes
                                         && self->settings.kind == CATALINA_MAP_LAZY
                                     ? g_ptr_array_ref (entry->nodes)
                                     : NULL;

  yield (self, entry, message);
  catalina_map_core_tell_former (self, entry, former);
}

/* One that was gone for a while may still take itself for the one that answers for an entry, as a
 * Tomcat does that stood still. Whoever else is there and was known to answer for it says which. */
static void
hear_claim (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapMessage *message)
{
  CatalinaMapMember *known
      = entry->primary ? catalina_map_core_find_member (self, entry->primary) : NULL;

  if (known && !tribes_member_equal (known->member, self->taking.donor))
    catalina_map_core_audit (self, known->member);
  else
    correct (self, entry, message);
}

static void
give_way (CatalinaReplicatedMap *self, CatalinaMapEntry *entry, const CatalinaMapMessage *message)
{
  g_autoptr (GPtrArray) others = NULL;

  yield (self, entry, message);
  /* It gives a copy to somebody as soon as it sees others, and tells all. */
  if (!entry->nodes)
    return;
  others = catalina_map_core_list_members (self, entry->nodes);
  g_ptr_array_remove_fast (others,
                           catalina_map_core_find_member (self, self->taking.donor)->member);
  catalina_map_core_tell_proxy (self, entry, g_steal_pointer (&others));
}

/* What one that was away says of an entry of this member's. TRUE: no more is to be done. One of
 * ours says how old it is, which decides unless it is in use here. */
static gboolean
hear_rival (CatalinaReplicatedMap *self,
            CatalinaMapEntry *entry,
            const CatalinaMapMessage *message,
            CatalinaMapAge age)
{
  CatalinaMapMember *donor = catalina_map_core_find_member (self, self->taking.donor);
  gboolean is_donors = message->primary && tribes_member_equal (message->primary, donor->member);
  gboolean is_known = message->primary && catalina_map_core_is_local (self, message->primary)
                      && catalina_map_entry_has_nodes (entry, message->nodes);
  gboolean is_used
      = is_donors ? catalina_map_core_is_used (donor, entry)
                  : message->primary && catalina_map_core_knows_old (self, message->primary, entry);
  /* Who stood still itself decides nothing, and tells nothing yet. */
  gboolean may_decide = self->doubt.until_us == 0;
  gboolean keeps = may_decide && is_used && !catalina_map_version_is_use (message, entry);
  gboolean gives = may_decide && is_donors && !keeps && age == CATALINA_MAP_AGE_UNKNOWN;

  if ((may_decide && is_known) || keeps || gives)
    catalina_map_entry_set_flags (&self->entries, entry, CATALINA_MAP_ENTRY_KNOWN, TRUE);
  if (keeps)
    catalina_map_core_keep (self, entry);
  else if (gives)
    give_way (self, entry, message);
  return keeps || gives;
}

/* Whether the donor, so far as is known here, answers for it and says that another does. */
static gboolean
is_given_up (const CatalinaReplicatedMap *self,
             const CatalinaMapEntry *entry,
             const CatalinaMapMessage *message)
{
  return entry->primary && tribes_member_equal (entry->primary, self->taking.donor)
         && message->primary && catalina_map_core_find_member (self, message->primary);
}

/* Each of both takes the other for the one that answers for it: they took it over at the same time.
 */
static gboolean
is_handed_back (const CatalinaReplicatedMap *self,
                const CatalinaMapEntry *entry,
                const CatalinaMapMessage *message)
{
  return self->settings.kind == CATALINA_MAP_LAZY && entry->primary
         && tribes_member_equal (entry->primary, self->taking.donor) && message->primary
         && catalina_map_core_is_local (self, message->primary);
}

/* Whether what the donor knows of this member's entries may be old. */
static gboolean
is_back (const CatalinaReplicatedMap *self)
{
  const CatalinaMapMember *donor = catalina_map_core_find_member (self, self->taking.donor);

  return donor && donor->lacks && self->settings.kind == CATALINA_MAP_LAZY;
}

static void
take_one (CatalinaReplicatedMap *self, const char *key, const CatalinaMapMessage *message)
{
  CatalinaMapEntry *entry = catalina_map_core_find (self, key);
  gboolean is_donors
      = message->primary && tribes_member_equal (message->primary, self->taking.donor);

  CatalinaMapAge age
      = entry ? catalina_map_core_get_age (self, entry, message) : CATALINA_MAP_AGE_UNKNOWN;

  if (entry && entry->role == CATALINA_MAP_ROLE_PRIMARY && is_back (self)
      && hear_rival (self, entry, message, age))
    return;
  if (age == CATALINA_MAP_AGE_OLDER)
    return;
  if (!entry)
    take_new (self, key, message);
  else if (age == CATALINA_MAP_AGE_NEWER)
    yield_to_newer (self, entry, message);
  else if (catalina_map_core_settle (self, entry, self->taking.donor, message))
    return;
  else if (is_donors && is_doubted (self) && !g_hash_table_contains (self->claims, key))
    yield_to_newer (self, entry, message);
  else if (entry->role == CATALINA_MAP_ROLE_PRIMARY)
    return;
  else if (is_donors)
    hear_claim (self, entry, message);
  else if (is_handed_back (self, entry, message))
    reclaim (self, entry);
  else if (is_given_up (self, entry, message))
    correct (self, entry, message);
}

static gboolean
is_known_better (const CatalinaReplicatedMap *self, const char *key)
{
  return g_hash_table_contains (self->taking.heard, key)
         || g_hash_table_contains (self->taking.removed[0], key)
         || g_hash_table_contains (self->taking.removed[1], key);
}

/* Whether the donor says it for the second time after this member stood still. */
static gboolean
is_counted (const CatalinaReplicatedMap *self)
{
  return self->doubt.counts && self->doubt.again_us == 0 && is_doubted (self);
}

/* FALSE: it cannot be read. */
static gboolean
take_next (CatalinaReplicatedMap *self)
{
  g_auto (CatalinaMapMessage) message = { 0 };
  g_autofree char *key = NULL;

  if (!catalina_map_reader_next (self->taking.reader, &message, NULL))
    return FALSE;
  key = message.type == CATALINA_MAP_PROXY || message.type == CATALINA_MAP_COPY
            ? catalina_map_message_dup_key (&message)
            : NULL;
  if (key && is_counted (self))
    catalina_map_core_name (self, key);
  if (key)
    self->version = MAX (self->version, catalina_map_version_read (&message));
  if (!key || is_known_better (self, key))
    return TRUE;
  take_one (self, key, &message);
  catalina_map_core_keep_version (self, key, &message);
  return TRUE;
}

static gboolean
read_some (CatalinaReplicatedMap *self)
{
  CatalinaMapTaking *taking = &self->taking;
  gsize before = catalina_map_reader_get_offset (taking->reader);

  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES; i++)
    {
      if (catalina_map_reader_get_left (taking->reader) == 0)
        {
          succeed (self);
          return FALSE;
        }
      if (catalina_map_reader_get_offset (taking->reader) - before >= CATALINA_MAP_STEP_BYTES)
        break;
      if (!take_next (self))
        {
          fail (self);
          return FALSE;
        }
    }
  return TRUE;
}

/* All members, once in a while. */
static void
plan_audits (CatalinaReplicatedMap *self)
{
  CatalinaMapTaking *taking = &self->taking;

  if (self->settings.vault == CATALINA_MAP_VAULT_NONE || self->settings.audit_ms <= 0)
    return;
  if (taking->next_us > 0 && self->now_us >= taking->next_us)
    for (guint i = 0; i < self->members->len; i++)
      catalina_map_core_audit (self, g_array_index (self->members, CatalinaMapMember, i).member);
  if (taking->next_us == 0 || self->now_us >= taking->next_us)
    taking->next_us = self->now_us + self->settings.audit_ms * 1000;
}

static void
look_again (CatalinaReplicatedMap *self)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      CatalinaMapMember *known = &g_array_index (self->members, CatalinaMapMember, i);

      if (known->audit_us == 0 || self->now_us < known->audit_us)
        continue;
      known->audit_us = 0;
      catalina_map_core_audit (self, known->member);
    }
}

static void
start_audit (CatalinaReplicatedMap *self)
{
  g_autoptr (TribesMember) member = g_ptr_array_steal_index (self->taking.audits, 0);

  CatalinaMapMember *known = catalina_map_core_find_member (self, member);

  if (!known)
    return;
  if (known->doubt == CATALINA_MAP_DOUBT_TO_ASK && !self->doubt.asks)
    known->doubt = CATALINA_MAP_DOUBT_ASKED;
  ask (self, member, CATALINA_MAP_PENDING_AUDIT, 0);
}

/* One is asked at a time. */
static gboolean
is_audit_possible (const CatalinaReplicatedMap *self)
{
  return self->state == CATALINA_MAP_STATE_INITIALIZED
         && self->n_pending[CATALINA_MAP_PENDING_AUDIT] == 0 && self->returning.left == 0;
}

/* Who is believed to answer for an entry is asked whether it does. */
static void
ask_disputed (CatalinaReplicatedMap *self)
{
  g_autoptr (GPtrArray) keys = catalina_map_core_list_disputed (self);

  for (guint i = 0; keys && i < keys->len; i++)
    {
      CatalinaMapEntry *entry = catalina_map_core_find (self, keys->pdata[i]);
      CatalinaMapMember *known
          = entry && entry->primary ? catalina_map_core_find_member (self, entry->primary) : NULL;

      if (known)
        catalina_map_core_audit (self, known->member);
      else
        catalina_map_core_end_dispute (self, keys->pdata[i], FALSE);
    }
}

gboolean
catalina_map_core_take_step (CatalinaReplicatedMap *self)
{
  CatalinaMapTaking *taking = &self->taking;

  if (taking->reader && read_some (self))
    return TRUE;
  if (!is_audit_possible (self))
    return FALSE;
  ask_disputed (self);
  plan_audits (self);
  look_again (self);
  if (taking->audits->len > 0)
    start_audit (self);
  return taking->audits->len > 0 && self->n_pending[CATALINA_MAP_PENDING_AUDIT] == 0;
}

gint64
catalina_map_core_get_take_deadline (const CatalinaReplicatedMap *self)
{
  gint64 all_us = self->settings.vault != CATALINA_MAP_VAULT_NONE && self->taking.next_us > 0
                      ? self->taking.next_us
                      : G_MAXINT64;

  return is_audit_possible (self) ? MIN (all_us, catalina_map_core_get_next_look (self))
                                  : G_MAXINT64;
}
