/* SPDX-License-Identifier: Apache-2.0
 *
 * A map begins by saying that it is there, takes the entries over from the first that answers, and
 * says that it has them; from then on it asks who is still alive.
 */
#include "catalina_ha/map/catalina-replicated-map-private.h"

#include <string.h>

#include "catalina_ha/map/catalina-map-core-private.h"
#include "tribes/base/tribes-hash-private.h"

static void
member_clear (gpointer data)
{
  g_clear_pointer (&((CatalinaMapMember *) data)->member, tribes_member_unref);
}

static void
relay_clear (gpointer data)
{
  g_clear_pointer (&((CatalinaMapRelay *) data)->key, g_free);
}

CatalinaReplicatedMap *
catalina_replicated_map_new (const CatalinaMapSettings *settings)
{
  CatalinaReplicatedMap *self = g_new0 (CatalinaReplicatedMap, 1);

  self->settings = *settings;
  self->settings.name = g_strdup (settings->name);
  self->settings.local = tribes_member_ref (settings->local);
  catalina_map_entries_init (&self->entries, settings->values->free_value);
  catalina_map_entries_know (&self->entries, settings->local);
  self->members = g_array_new (FALSE, FALSE, sizeof (CatalinaMapMember));
  g_array_set_clear_func (self->members, member_clear);
  self->pending
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) catalina_map_pending_free);
  self->claims = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify) tribes_member_unref);
  self->forms
      = g_hash_table_new_full ((GHashFunc) tribes_member_hash, (GEqualFunc) tribes_member_equal,
                               (GDestroyNotify) tribes_member_unref, g_free);
  self->relays = g_array_new (FALSE, FALSE, sizeof (CatalinaMapRelay));
  g_array_set_clear_func (self->relays, relay_clear);
  self->sweep.gone = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  catalina_map_serving_init (&self->serving);
  catalina_map_taking_init (&self->taking);
  catalina_map_doubt_init (&self->doubt);
  catalina_map_returning_init (&self->returning);
  catalina_map_insist_init (&self->insist);
  catalina_map_dispute_init (&self->dispute);
  g_queue_init (&self->outputs);
  g_queue_init (&self->events);
  return self;
}

void
catalina_replicated_map_free (CatalinaReplicatedMap *self)
{
  catalina_map_entries_clear (&self->entries);
  g_array_unref (self->members);
  g_hash_table_unref (self->pending);
  g_hash_table_unref (self->claims);
  g_hash_table_unref (self->forms);
  g_array_unref (self->relays);
  g_ptr_array_unref (self->sweep.gone);
  catalina_map_serving_clear (&self->serving);
  catalina_map_taking_clear (&self->taking);
  catalina_map_doubt_clear (&self->doubt);
  catalina_map_returning_clear (&self->returning);
  catalina_map_insist_clear (&self->insist);
  catalina_map_dispute_clear (&self->dispute);
  g_queue_clear_full (&self->outputs, (GDestroyNotify) catalina_map_output_free);
  g_queue_clear_full (&self->events, (GDestroyNotify) catalina_map_event_free);
  tribes_member_unref (self->settings.local);
  g_free ((char *) self->settings.name);
  g_free (self);
}

/* All members of the channel but this one. (transfer full) */
static GPtrArray *
list_channel (const CatalinaReplicatedMap *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < self->entries.known->len; i++)
    if (!catalina_map_core_is_local (self, self->entries.known->pdata[i]))
      g_ptr_array_add (list, tribes_member_ref (self->entries.known->pdata[i]));
  return list;
}

/* FALSE: there is nobody. */
static gboolean
ask_all (CatalinaReplicatedMap *self, CatalinaMapMessageType type, CatalinaMapPendingKind kind)
{
  GPtrArray *to = list_channel (self);
  CatalinaMapOutput *output;

  if (to->len == 0)
    {
      g_ptr_array_unref (to);
      return FALSE;
    }
  output = catalina_map_core_say (self, type, NULL, NULL, self->settings.local, NULL);
  output->is_question = TRUE;
  output->wants_all = type == CATALINA_MAP_PING;
  output->timeout_ms
      = output->wants_all ? self->settings.access_timeout_ms : self->settings.rpc_timeout_ms;
  (void) catalina_map_core_send (self, output, to, kind, NULL);
  return TRUE;
}

static void
finish_start (CatalinaReplicatedMap *self)
{
  self->state = CATALINA_MAP_STATE_INITIALIZED;
  /* What happened while this member was not one of the map's yet, and what the one that gave the
   * entries did not know: each knows best what it answers for. */
  for (guint i = 0; i < self->members->len; i++)
    catalina_map_core_audit (self, g_array_index (self->members, CatalinaMapMember, i).member);
  catalina_map_core_note (self, CATALINA_MAP_EVENT_STARTED, NULL);
}

static void
finish_transfer (CatalinaReplicatedMap *self)
{
  self->state = CATALINA_MAP_STATE_TRANSFERRED;
  if (!ask_all (self, CATALINA_MAP_START, CATALINA_MAP_PENDING_START))
    finish_start (self);
}

/* The list of entries is here, or nobody has one. */
static void
go_on (CatalinaReplicatedMap *self)
{
  if (!self->taking.is_done)
    return;
  self->taking.is_done = FALSE;
  finish_transfer (self);
}

void
catalina_replicated_map_start (CatalinaReplicatedMap *self, GPtrArray *members)
{
  g_return_if_fail (self->state == CATALINA_MAP_STATE_NEW);
  for (guint i = 0; i < members->len; i++)
    catalina_map_entries_know (&self->entries, members->pdata[i]);
  if (ask_all (self, CATALINA_MAP_INIT, CATALINA_MAP_PENDING_INIT))
    return;
  self->transferred = TRUE;
  finish_transfer (self);
}

void
catalina_replicated_map_stop (CatalinaReplicatedMap *self)
{
  if (self->state == CATALINA_MAP_STATE_DESTROYED)
    return;
  self->state = CATALINA_MAP_STATE_DESTROYED;
  catalina_map_core_serve_nothing (self);
  g_hash_table_remove_all (self->pending);
  memset (self->n_pending, 0, sizeof self->n_pending);
  catalina_map_core_tell (self,
                          catalina_map_core_say (self, CATALINA_MAP_STOP, NULL, NULL,
                                                 self->settings.local, NULL),
                          list_channel (self));
  g_array_set_size (self->members, 0);
  catalina_map_taking_clear (&self->taking);
  self->taking = (CatalinaMapTaking){ 0 };
  catalina_map_taking_init (&self->taking);
  catalina_map_doubt_clear (&self->doubt);
  self->doubt = (CatalinaMapDoubt){ 0 };
  catalina_map_doubt_init (&self->doubt);
  catalina_map_returning_clear (&self->returning);
  self->returning = (CatalinaMapReturning){ 0 };
  catalina_map_returning_init (&self->returning);
  catalina_map_insist_clear (&self->insist);
  catalina_map_insist_init (&self->insist);
  catalina_map_dispute_clear (&self->dispute);
  self->dispute = (CatalinaMapDispute){ 0 };
  catalina_map_dispute_init (&self->dispute);
  g_hash_table_remove_all (self->claims);
  g_ptr_array_set_size (self->sweep.gone, 0);
  self->sweep.left = self->sweep.orphans_left = 0;
  catalina_map_entries_clear (&self->entries);
  catalina_map_entries_init (&self->entries, self->settings.values->free_value);
  self->transferred = FALSE;
}

CatalinaMapState
catalina_replicated_map_get_state (const CatalinaReplicatedMap *self)
{
  return self->state;
}

gboolean
catalina_replicated_map_is_transferred (const CatalinaReplicatedMap *self)
{
  return self->transferred;
}

void
catalina_replicated_map_member_added (CatalinaReplicatedMap *self, TribesMember *member)
{
  catalina_map_entries_know (&self->entries, member);
}

void
catalina_replicated_map_member_gone (CatalinaReplicatedMap *self, TribesMember *member)
{
  g_autoptr (TribesMember) known = catalina_map_entries_forget (&self->entries, member);

  catalina_map_core_lose (self, known ? known : member);
}

void
catalina_replicated_map_heartbeat (CatalinaReplicatedMap *self)
{
  if (self->state != CATALINA_MAP_STATE_INITIALIZED)
    return;
  if (self->n_pending[CATALINA_MAP_PENDING_PING] == 0)
    (void) ask_all (self, CATALINA_MAP_PING, CATALINA_MAP_PENDING_PING);
  catalina_map_taking_age (&self->taking);
  /* What nobody took is offered again. */
  catalina_map_core_sweep (self);
}

void
catalina_replicated_map_leave (CatalinaReplicatedMap *self)
{
  self->is_leaving = TRUE;
  catalina_map_core_sweep (self);
}

/* Nothing is under way to others any more. */
static void
leave_step (CatalinaReplicatedMap *self)
{
  /* What may be another's by now is not given away, and whoever has it has a copy. */
  if (!self->is_leaving
      || (!self->doubt.holds
          && (self->sweep.left > 0 || self->n_pending[CATALINA_MAP_PENDING_PUBLISH] > 0
              || self->n_pending[CATALINA_MAP_PENDING_REPLICATE] > 0)))
    return;
  self->is_leaving = FALSE;
  catalina_map_core_note (self, CATALINA_MAP_EVENT_LEFT, NULL);
}

/* Whatever they had said before they answer is here by then. */
static void
ping_in_doubt (CatalinaReplicatedMap *self)
{
  if (!self->doubt.asks || self->n_pending[CATALINA_MAP_PENDING_PING] > 0)
    return;
  self->doubt.asks = FALSE;
  (void) ask_all (self, CATALINA_MAP_PING, CATALINA_MAP_PENDING_PING);
}

void
catalina_replicated_map_notice (CatalinaReplicatedMap *self, gint64 now_us)
{
  catalina_map_core_notice (self, now_us);
}

gboolean
catalina_replicated_map_is_in_doubt (const CatalinaReplicatedMap *self)
{
  return self->doubt.holds;
}

gboolean
catalina_replicated_map_step (CatalinaReplicatedMap *self, gint64 now_us)
{
  gboolean more;

  catalina_map_core_notice (self, now_us);
  if (self->state == CATALINA_MAP_STATE_DESTROYED)
    return FALSE;
  more = catalina_map_core_take_step (self);
  catalina_map_doubt_step (self);
  ping_in_doubt (self);
  go_on (self);
  catalina_map_core_insist_step (self);
  more |= catalina_map_core_sweep_step (self);
  more |= !self->doubt.holds && catalina_map_core_return_step (self);
  more |= catalina_map_core_end_step (self);
  more |= catalina_map_core_pull_step (self);
  more |= catalina_map_core_serve_step (self);
  leave_step (self);
  return more;
}

gint64
catalina_replicated_map_get_deadline (const CatalinaReplicatedMap *self)
{
  gint64 sweep_us = catalina_map_core_get_sweep_deadline (self);
  gint64 take_us = catalina_map_core_get_take_deadline (self);

  return self->state == CATALINA_MAP_STATE_DESTROYED
             ? G_MAXINT64
             : MIN (MIN (MIN (sweep_us, take_us),
                         MIN (self->insist.due_us, self->dispute.due_us)),
                    MIN (catalina_map_core_get_return_deadline (self),
                         catalina_map_doubt_get_deadline (self)));
}

GPtrArray *
catalina_replicated_map_list_members (const CatalinaReplicatedMap *self)
{
  return catalina_map_core_list_members (self, NULL);
}

CatalinaMapOutput *
catalina_replicated_map_pop_output (CatalinaReplicatedMap *self)
{
  return g_queue_pop_head (&self->outputs);
}

CatalinaMapEvent *
catalina_replicated_map_pop_event (CatalinaReplicatedMap *self)
{
  return g_queue_pop_head (&self->events);
}

/* (nullable): what was waited for, of an entry that is as it should be. */
static CatalinaMapPending *
take_pending (CatalinaReplicatedMap *self, guint32 id)
{
  CatalinaMapPending *pending = catalina_map_core_take_pending (self, id);

  if (pending && pending->key)
    (void) catalina_map_core_find (self, pending->key);
  return pending;
}

void
catalina_replicated_map_sent (CatalinaReplicatedMap *self, guint32 id, const GPtrArray *failed)
{
  g_autoptr (CatalinaMapPending) pending = NULL;

  for (guint i = 0; failed && i < failed->len; i++)
    catalina_map_core_not_reached (self, failed->pdata[i]);
  pending = take_pending (self, id);
  if (!pending)
    return;
  if (pending->kind == CATALINA_MAP_PENDING_PUBLISH)
    catalina_map_core_published (self, id, pending, failed);
  else if (pending->kind == CATALINA_MAP_PENDING_REPLICATE)
    catalina_map_core_replicated (self, pending, failed);
  else if (pending->kind == CATALINA_MAP_PENDING_CLAIM)
    g_hash_table_remove (self->claims, pending->key);
  else if (pending->kind == CATALINA_MAP_PENDING_FOLLOW)
    catalina_map_core_followed (self, id, pending, failed);
  else if (pending->kind == CATALINA_MAP_PENDING_BRIDGE)
    {
      catalina_map_core_bridged (self, pending);
      catalina_map_core_told (self, pending);
    }
}

static void
on_greeted (CatalinaReplicatedMap *self, const CatalinaMapReply *replies, guint n, gint64 now_us)
{
  for (guint i = 0; i < n; i++)
    if (replies[i].message)
      catalina_map_core_map_member_added (self, replies[i].source, now_us);
}

/* Who has not been heard of for the time of a whole question is gone. */
static void
expire (CatalinaReplicatedMap *self, gint64 now_us)
{
  g_autoptr (GPtrArray) silent
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < self->members->len; i++)
    {
      const CatalinaMapMember *member = &g_array_index (self->members, CatalinaMapMember, i);

      if (now_us - member->seen_us > self->settings.access_timeout_ms * 1000)
        g_ptr_array_add (silent, tribes_member_ref (member->member));
    }
  for (guint i = 0; i < silent->len; i++)
    catalina_map_core_map_member_gone (self, silent->pdata[i]);
}

static void
on_alive (CatalinaReplicatedMap *self, const CatalinaMapReply *reply, gint64 now_us)
{
  CatalinaMapMember *known = catalina_map_core_find_member (self, reply->source);
  CatalinaMapDoubtOf known_doubt = known ? known->doubt : CATALINA_MAP_DOUBT_NONE;
  gboolean lacks = known && known->lacks;
  CatalinaMapState state;

  if (!reply->message || !catalina_map_message_get_state (reply->message, &state, NULL))
    return;
  if (state == CATALINA_MAP_STATE_INITIALIZED)
    {
      catalina_map_core_map_member_added (self, reply->source, now_us);
      /* It has been one all the time, and this member knows nothing of what it has. */
      if (!known || lacks || (known_doubt == CATALINA_MAP_DOUBT_TO_ASK && !self->doubt.asks))
        catalina_map_core_audit (self, reply->source);
    }
  else if (state == CATALINA_MAP_STATE_TRANSFERRED && known)
    known->seen_us = now_us;
}

static void
on_replied (CatalinaReplicatedMap *self,
            guint32 id,
            const CatalinaMapPending *pending,
            const CatalinaMapReply *replies,
            guint n,
            gint64 now_us)
{
  switch (pending->kind)
    {
    case CATALINA_MAP_PENDING_INIT:
      on_greeted (self, replies, n, now_us);
      self->transferred = self->members->len == 0;
      catalina_map_core_transfer (self, 0);
      break;
    case CATALINA_MAP_PENDING_TRANSFER:
    case CATALINA_MAP_PENDING_AUDIT:
      catalina_map_core_got_list (self, pending, replies, n);
      break;
    case CATALINA_MAP_PENDING_START:
      on_greeted (self, replies, n, now_us);
      finish_start (self);
      break;
    case CATALINA_MAP_PENDING_PING:
      for (guint i = 0; i < n; i++)
        on_alive (self, &replies[i], now_us);
      expire (self, now_us);
      break;
    case CATALINA_MAP_PENDING_PULL:
      catalina_map_core_pulled (self, id, pending, replies, n);
      break;
    default:
      break;
    }
}

void
catalina_replicated_map_replied (CatalinaReplicatedMap *self,
                                 guint32 id,
                                 const CatalinaMapReply *replies,
                                 guint n_replies,
                                 gint64 now_us)
{
  g_autoptr (CatalinaMapPending) pending = NULL;

  catalina_map_core_notice (self, now_us);
  for (guint i = 0; i < n_replies; i++)
    catalina_map_core_meet (self, replies[i].source);
  for (guint i = 0; i < n_replies; i++)
    if (replies[i].message)
      catalina_map_core_hear_form (self, replies[i].source, replies[i].message);
  pending = take_pending (self, id);
  if (!pending)
    return;
  on_replied (self, id, pending, replies, n_replies, now_us);
  go_on (self);
}

CatalinaMapFinding
catalina_replicated_map_get (CatalinaReplicatedMap *self, const char *key, gpointer *value)
{
  CatalinaMapEntry *entry = catalina_map_core_find (self, key);

  *value = NULL;
  if (!entry)
    return CATALINA_MAP_NONE;
  if (catalina_map_doubt_hold (self, entry))
    return CATALINA_MAP_WAIT;
  if (catalina_map_core_is_old (self, entry))
    {
      catalina_map_core_pull (self, entry, TRUE);
      return CATALINA_MAP_WAIT;
    }
  if (entry->role == CATALINA_MAP_ROLE_BACKUP)
    {
      catalina_map_core_claim (self, entry);
      catalina_map_core_publish (self, entry);
    }
  else if (entry->role == CATALINA_MAP_ROLE_COPY)
    {
      gboolean is_gone = !entry->primary || !catalina_map_core_find_member (self, entry->primary);

      catalina_map_core_claim (self, entry);
      /* What it said last may not have come to all. */
      if (is_gone)
        catalina_map_core_publish (self, entry);
      else
        catalina_map_core_notify_all (self, entry);
    }
  catalina_map_core_use (self, entry);
  *value = entry->value;
  return CATALINA_MAP_FOUND;
}

CatalinaMapFinding
catalina_replicated_map_peek (CatalinaReplicatedMap *self, const char *key, gpointer *value)
{
  CatalinaMapEntry *entry = catalina_map_core_find (self, key);

  *value = NULL;
  if (!entry)
    return CATALINA_MAP_NONE;
  if (catalina_map_doubt_hold (self, entry))
    return CATALINA_MAP_WAIT;
  if (catalina_map_core_is_old (self, entry))
    {
      catalina_map_core_pull (self, entry, FALSE);
      return CATALINA_MAP_WAIT;
    }
  *value = entry->value;
  return CATALINA_MAP_FOUND;
}

gboolean
catalina_replicated_map_is_elsewhere (CatalinaReplicatedMap *self, const char *key)
{
  const CatalinaMapEntry *entry = catalina_map_core_find (self, key);

  return entry && (self->doubt.holds || catalina_map_core_is_old (self, entry));
}

const CatalinaMapEntry *
catalina_replicated_map_look (CatalinaReplicatedMap *self, const char *key)
{
  return catalina_map_core_find (self, key);
}

void
catalina_replicated_map_put (CatalinaReplicatedMap *self, const char *key, gpointer value)
{
  g_autofree char *name = g_strdup (key);
  CatalinaMapEntry *entry;

  /* Whatever others have by this name is another one. */
  catalina_replicated_map_remove (self, name, TRUE);
  entry = catalina_map_entries_add (&self->entries, name);
  catalina_map_core_name (self, name);
  entry->gone = self->sweep.n_before + self->sweep.gone->len;
  entry->role = CATALINA_MAP_ROLE_PRIMARY;
  catalina_map_entry_set_value (&self->entries, entry, value, 0);
  catalina_map_core_use_version (self, entry);
  catalina_map_core_publish (self, entry);
}

void
catalina_replicated_map_remove (CatalinaReplicatedMap *self, const char *key, gboolean notify)
{
  catalina_map_core_hear_removed (self, key);
  if (!catalina_map_entries_get (&self->entries, key))
    return;
  if (notify)
    catalina_map_core_tell (self,
                            catalina_map_core_say (self, CATALINA_MAP_REMOVE, key, NULL, NULL,
                                                   NULL),
                            catalina_map_core_list_members (self, NULL));
  catalina_map_entries_remove (&self->entries, key);
}

void
catalina_replicated_map_replicate (CatalinaReplicatedMap *self,
                                   const char *key,
                                   GBytes *diff,
                                   gboolean complete)
{
  CatalinaMapEntry *entry = catalina_map_core_find (self, key);
  CatalinaMapMessageType type
      = self->settings.kind == CATALINA_MAP_FULL ? CATALINA_MAP_COPY : CATALINA_MAP_BACKUP;
  g_autoptr (GBytes) object = NULL;
  CatalinaMapOutput *output;

  if (!entry || entry->role != CATALINA_MAP_ROLE_PRIMARY || !entry->nodes
      || catalina_map_doubt_keep_back (self, entry))
    return;
  catalina_map_core_use (self, entry);
  if (!diff && complete)
    object = catalina_map_core_write_value (self, entry);
  output = catalina_map_core_say (self, diff || object ? type : CATALINA_MAP_ACCESS, entry->key,
                                  object, entry->primary, entry->nodes);
  if (!diff)
    catalina_map_version_stamp (&output->packet, entry->version);
  else
    {
      output->packet.message.is_diff = TRUE;
      output->packet.bytes[2] = g_bytes_ref (diff);
      output->packet.message.diff.data = g_bytes_get_data (diff, &output->packet.message.diff.size);
    }
  if (diff || object)
    (void) catalina_map_core_send (self, output, g_ptr_array_ref (entry->nodes),
                                   CATALINA_MAP_PENDING_REPLICATE, entry->key);
  else
    catalina_map_core_tell (self, output, g_ptr_array_ref (entry->nodes));
}

guint
catalina_replicated_map_get_n_entries (const CatalinaReplicatedMap *self)
{
  return self->entries.order->len;
}

const CatalinaMapEntry *
catalina_replicated_map_get_nth (const CatalinaReplicatedMap *self, guint index)
{
  return self->entries.order->pdata[index];
}

GPtrArray *
catalina_replicated_map_list_keys (const CatalinaReplicatedMap *self)
{
  return catalina_map_entries_list (&self->entries);
}

const CatalinaMapCounters *
catalina_replicated_map_get_counters (const CatalinaReplicatedMap *self)
{
  return &self->counters;
}
