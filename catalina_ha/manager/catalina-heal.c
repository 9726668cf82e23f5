/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-heal-private.h"

#include "catalina_ha/manager/catalina-members-private.h"
#include "tribes/base/tribes-hash-private.h"

/* After this member has come, so long until it knows who was there before it. */
#define ACQUAINTANCE_MS 15000

/* A Tomcat is a member before its applications start, and asks when they do. */
#define GRACE_MS 10000

/* Several members of this kind do not give at the same moment: whoever is later finds that all is
 * there. */
#define SPREAD_MS 4000

/* One in a state transfer of its own, which may take a minute, forgets that it was asked. */
#define ANSWER_MS 65000

/* When to ask again one that did not have the context yet, or did not answer: twice as long each
 * time. */
#define RETRY_MS  20000
#define MAX_TRIES 8

/* After somebody who was cut off has come back, so long nobody gets anything. */
#define CUT_MS (2 * 3600 * 1000)

/* What is on its way to us when sessions are sent is here after that. */
#define AFTER_MS 5000

/* Processes that are remembered. */
#define MAX_ENTRIES 1024

static void
newcomer_clear (gpointer data)
{
  CatalinaNewcomer *entry = data;

  g_clear_pointer (&entry->member, tribes_member_unref);
}

void
catalina_heal_init (CatalinaHeal *self, CatalinaRooms *rooms)
{
  self->rooms = rooms;
  self->began_ms = G_MININT64;
  self->deadline_ms = G_MAXINT64;
  self->entries = g_array_new (FALSE, FALSE, sizeof (CatalinaNewcomer));
  g_array_set_clear_func (self->entries, newcomer_clear);
  g_queue_init (&self->answer);
  self->pushed = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) catalina_session_unref, NULL);
}

static void
rest (CatalinaHeal *self)
{
  self->state = CATALINA_HEAL_IDLE;
  self->deadline_ms = G_MAXINT64;
  g_clear_pointer (&self->member, tribes_member_unref);
  g_clear_pointer (&self->reader, catalina_state_reader_free);
  g_queue_clear_full (&self->answer, (GDestroyNotify) g_bytes_unref);
  g_hash_table_remove_all (self->pushed);
}

void
catalina_heal_clear (CatalinaHeal *self)
{
  rest (self);
  g_clear_pointer (&self->entries, g_array_unref);
  g_clear_pointer (&self->pushed, g_hash_table_unref);
}

static CatalinaNewcomer *
at (CatalinaHeal *self, guint index)
{
  return &g_array_index (self->entries, CatalinaNewcomer, index);
}

static CatalinaNewcomer *
find (CatalinaHeal *self, TribesMember *member)
{
  for (guint i = 0; member && i < self->entries->len; i++)
    if (tribes_member_equal (at (self, i)->member, member))
      return at (self, i);
  return NULL;
}

static void
come (CatalinaHeal *self, CatalinaNewcomer *entry, gboolean is_new, CatalinaNow now)
{
  /* Another one in each process. */
  gint64 spread_ms = tribes_str_hash (self->rooms->outbox.name) % SPREAD_MS;

  entry->present = TRUE;
  entry->is_new = is_new;
  entry->settled = !is_new;
  entry->n_lacking = 0;
  entry->tries = 0;
  entry->came_ms = now.mono_ms;
  entry->came_wall_ms = now.wall_ms;
  entry->due_ms = now.mono_ms + GRACE_MS + spread_ms;
}

static void
member_is_there (CatalinaHeal *self, TribesMember *member, CatalinaNow now)
{
  CatalinaNewcomer *entry = find (self, member);
  CatalinaNewcomer added = { 0 };

  if (entry && !entry->present)
    {
      come (self, entry, FALSE, now);
      entry->returned = TRUE;
    }
  if (entry)
    return;
  if (self->entries->len >= MAX_ENTRIES)
    {
      self->forgot = TRUE;
      return;
    }
  added.member = tribes_member_ref (member);
  come (self, &added, !self->forgot && now.mono_ms - self->began_ms > ACQUAINTANCE_MS, now);
  g_array_append_val (self->entries, added);
}

void
catalina_heal_begin (CatalinaHeal *self, CatalinaNow now)
{
  if (self->began_ms == G_MININT64)
    self->began_ms = now.mono_ms;
}

void
catalina_heal_set_members (CatalinaHeal *self, GPtrArray *members, CatalinaNow now)
{
  catalina_heal_begin (self, now);
  for (guint i = 0; i < self->entries->len; i++)
    if (!catalina_members_have (members, at (self, i)->member))
      at (self, i)->present = FALSE;
  for (guint i = 0; i < members->len; i++)
    member_is_there (self, members->pdata[i], now);
  if (self->member && !catalina_members_have (members, self->member))
    rest (self);
}

void
catalina_heal_member_starts (CatalinaHeal *self, TribesMember *member, CatalinaNow now)
{
  CatalinaNewcomer *entry = find (self, member);

  if (!entry)
    {
      member_is_there (self, member, now);
      entry = find (self, member);
    }
  if (!entry)
    return;
  if (self->member && tribes_member_equal (self->member, member))
    rest (self);
  come (self, entry, TRUE, now);
  entry->returned = FALSE;
}

void
catalina_heal_asked_us (CatalinaHeal *self, TribesMember *member)
{
  CatalinaNewcomer *entry = find (self, member);

  if (entry)
    entry->settled = TRUE;
  if (entry && self->state == CATALINA_HEAL_ASKED && tribes_member_equal (self->member, member))
    rest (self);
}

/* Whether it may have got from somebody else what it did not ask this member for. */
static gboolean
has_donor (CatalinaHeal *self, const CatalinaNewcomer *newcomer)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const CatalinaNewcomer *entry = at (self, i);

      if (entry != newcomer && entry->present && entry->settled && entry->n_lacking == 0
          && !catalina_neighbours_is_lacking (&self->rooms->neighbours, entry->member))
        return TRUE;
    }
  return FALSE;
}

static gboolean
was_cut (CatalinaHeal *self, CatalinaNow now)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (at (self, i)->returned && now.mono_ms - at (self, i)->came_ms < CUT_MS)
      return TRUE;
  return FALSE;
}

static gboolean
is_older (const CatalinaNewcomer *entry, CatalinaSession *session)
{
  return !session->is_stale && session->state.creation_time < entry->came_wall_ms;
}

/* Sessions that were here before it came, and were not sent to it as they are now. */
static GPtrArray *
list_older (CatalinaHeal *self, const CatalinaNewcomer *entry)
{
  CatalinaSessionStore *store = self->rooms->store;
  GPtrArray *older = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_session_unref);

  for (guint i = 0; i < catalina_session_store_get_n (store); i++)
    {
      CatalinaSession *session = catalina_session_store_get_at (store, i);

      if (is_older (entry, session) && !g_hash_table_contains (self->pushed, session))
        g_ptr_array_add (older, catalina_session_ref (session));
    }
  return older;
}

static void
ask (CatalinaHeal *self, CatalinaNewcomer *entry, CatalinaNow now)
{
  CatalinaOutbox *outbox = &self->rooms->outbox;
  g_autofree char *unique_id = g_strdup_printf ("GET-ALL-%s", outbox->name);
  g_autoptr (CatalinaSessionMessage) message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_GET_ALL, outbox->name, "GET-ALL",
                                      unique_id, now.wall_ms, NULL);

  self->state = CATALINA_HEAL_ASKED;
  self->member = tribes_member_ref (entry->member);
  self->deadline_ms = now.mono_ms + ANSWER_MS;
  self->answered = FALSE;
  self->knows = FALSE;
  self->answer_bytes = 0;
  self->round = 0;
  entry->due_ms = now.mono_ms + ((gint64) RETRY_MS << entry->tries);
  entry->settled = ++entry->tries >= MAX_TRIES;
  catalina_outbox_send (outbox, message, entry->member, TRIBES_SEND_OPTIONS_NONE, 0);
}

/* Looks for somebody to be asked. */
static void
look_for_newcomer (CatalinaHeal *self, gboolean asking, CatalinaNow now)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      CatalinaNewcomer *entry = at (self, i);
      g_autoptr (GPtrArray) older = NULL;

      if (!entry->present || entry->settled || entry->due_ms > now.mono_ms)
        continue;
      older = list_older (self, entry);
      entry->settled = older->len == 0 || (!self->rooms->settings->heal && has_donor (self, entry));
      if (entry->settled)
        continue;
      if (!asking)
        {
          ask (self, entry, now);
          return;
        }
      entry->due_ms = now.mono_ms + GRACE_MS;
    }
}

/* What is more than could be here is no answer to compare with. */
static void
keep_answer (CatalinaHeal *self, GBytes *data)
{
  self->answer_bytes += g_bytes_get_size (data);
  self->knows |= self->answer_bytes > self->rooms->limits->context_bytes;
  if (!self->knows)
    g_queue_push_tail (&self->answer, g_bytes_ref (data));
}

gboolean
catalina_heal_take (CatalinaHeal *self,
                    CatalinaSessionMessage *message,
                    TribesMember *from,
                    CatalinaNow now)
{
  GBytes *data = catalina_session_message_get_data (message);

  if (self->state != CATALINA_HEAL_ASKED || !tribes_member_equal (self->member, from)
      || self->answered)
    return FALSE;
  switch (catalina_session_message_get_event (message))
    {
    case CATALINA_SESSION_EVENT_ALL_DATA:
      self->version = catalina_session_message_get_serial_version (message);
      self->deadline_ms = now.mono_ms + ANSWER_MS;
      if (data)
        keep_answer (self, data);
      return TRUE;
    case CATALINA_SESSION_EVENT_TRANSFER_COMPLETE:
      self->version = catalina_session_message_get_serial_version (message);
      self->answered = TRUE;
      return TRUE;
    case CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER:
      rest (self);
      return TRUE;
    default:
      return FALSE;
    }
}

/* In pieces: it may hold a million objects. */
static void
close_answer (CatalinaHeal *self)
{
  if (self->reader && catalina_state_reader_release (self->reader))
    return;
  g_clear_pointer (&self->reader, catalina_state_reader_free);
  g_bytes_unref (g_queue_pop_head (&self->answer));
}

static gboolean
scan_one (CatalinaHeal *self, const CatalinaNewcomer *entry)
{
  g_auto (CatalinaSessionState) state = { 0 };
  CatalinaSession *here;

  if (!catalina_state_reader_next (self->reader, &state, NULL))
    return FALSE;
  here = catalina_session_store_lookup (self->rooms->store, state.id);
  return !here || !is_older (entry, here);
}

/* What cannot be read counts as known: better nothing than twice. */
static void
scan (CatalinaHeal *self, const CatalinaNewcomer *entry)
{
  gsize begin;

  if (!self->reader)
    self->reader = catalina_state_reader_new (g_queue_peek_head (&self->answer), NULL);
  if (!self->reader)
    {
      self->knows = TRUE;
      return;
    }
  begin = catalina_state_reader_get_offset (self->reader);
  for (guint i = 0;
       i < CATALINA_STEP_SESSIONS && !self->knows
       && catalina_state_reader_get_left (self->reader) > 0
       && catalina_state_reader_get_offset (self->reader) - begin < CATALINA_STEP_BYTES;
       i++)
    self->knows = !scan_one (self, entry);
}

static gboolean
is_scanned (CatalinaHeal *self)
{
  return self->knows || (self->reader && catalina_state_reader_get_left (self->reader) == 0);
}

static void
decide (CatalinaHeal *self, CatalinaNewcomer *entry, CatalinaNow now)
{
  g_autoptr (GPtrArray) older = list_older (self, entry);

  entry->settled = TRUE;
  if (self->knows || older->len == 0)
    {
      rest (self);
      return;
    }
  entry->n_lacking = older->len;
  catalina_outbox_tell_lacking (&self->rooms->outbox, entry->member, older->len);
  if (self->rooms->settings->heal && !was_cut (self, now))
    self->state = CATALINA_HEAL_PUSH;
  else
    rest (self);
}

static gboolean
step_asked (CatalinaHeal *self, CatalinaNow now)
{
  CatalinaNewcomer *entry = find (self, self->member);

  if (self->answer.length > 0 && is_scanned (self))
    close_answer (self);
  else if (self->answer.length > 0)
    scan (self, entry);
  else if (self->answered)
    decide (self, entry, now);
  else if (now.mono_ms >= self->deadline_ms)
    rest (self);
  return self->answer.length > 0 || self->answered;
}

static CatalinaSessionMessage *
new_id_message (CatalinaHeal *self, const char *id, const char *new_id, CatalinaNow now)
{
  g_autoptr (GBytes) data = catalina_new_id_encode (new_id, NULL);
  g_autofree char *unique_id = g_strdup_printf ("%s-%" G_GINT64_FORMAT, id, now.wall_ms);

  return data ? catalina_session_message_new (CATALINA_SESSION_EVENT_CHANGE_ID,
                                              self->rooms->outbox.name, id, unique_id, now.wall_ms,
                                              data)
              : NULL;
}

static CatalinaSessionMessage *
end_message (CatalinaHeal *self, const char *id, CatalinaNow now)
{
  g_autofree char *unique_id = g_strdup_printf ("%s-EXPIRED-MSG", id);

  return catalina_session_message_new (CATALINA_SESSION_EVENT_EXPIRED, self->rooms->outbox.name, id,
                                       unique_id, now.wall_ms, NULL);
}

/* What was sent and is not here any more has another id now, or has ended. The member may have been
 * told before it had the session; if not, this is nothing to it. */
static void
send_ends (CatalinaHeal *self, CatalinaNow now)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->pushed);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *id = ((CatalinaSession *) key)->state.id;
      const char *new_id = catalina_waiting_room_get_renamed (&self->rooms->waiting, id);
      g_autoptr (CatalinaSessionMessage) message = NULL;

      if (catalina_session_store_lookup (self->rooms->store, id))
        continue;
      message = new_id ? new_id_message (self, id, new_id, now) : end_message (self, id, now);
      if (message)
        catalina_outbox_send (&self->rooms->outbox, message, self->member, CATALINA_OPTIONS_DEFAULT,
                              0);
    }
}

gboolean
catalina_heal_pop_push (CatalinaHeal *self, CatalinaPush *push)
{
  CatalinaNewcomer *entry = find (self, self->member);

  if (self->state != CATALINA_HEAL_PUSH || !entry)
    return FALSE;
  self->state = CATALINA_HEAL_PUSHING;
  push->to = self->member;
  push->version = self->version;
  push->sessions = list_older (self, entry);
  for (guint i = 0; i < push->sessions->len; i++)
    g_hash_table_add (self->pushed, catalina_session_ref (push->sessions->pdata[i]));
  return TRUE;
}

void
catalina_heal_pushed (CatalinaHeal *self, CatalinaNow now)
{
  CatalinaNewcomer *entry = find (self, self->member);
  g_autoptr (GPtrArray) changed = NULL;

  if (self->state != CATALINA_HEAL_PUSHING || !entry)
    return;
  entry->n_lacking = 0;
  send_ends (self, now);
  changed = list_older (self, entry);
  if (changed->len > 0 && self->round == 0)
    {
      self->round++;
      self->state = CATALINA_HEAL_PUSH;
      return;
    }
  self->state = CATALINA_HEAL_AFTER;
  self->deadline_ms = now.mono_ms + AFTER_MS;
}

gboolean
catalina_heal_step (CatalinaHeal *self, gboolean asking, CatalinaNow now)
{
  switch (self->state)
    {
    case CATALINA_HEAL_IDLE:
      look_for_newcomer (self, asking, now);
      return FALSE;
    case CATALINA_HEAL_ASKED:
      return step_asked (self, now);
    case CATALINA_HEAL_AFTER:
      if (now.mono_ms < self->deadline_ms)
        return FALSE;
      send_ends (self, now);
      rest (self);
      return FALSE;
    case CATALINA_HEAL_PUSH:
    case CATALINA_HEAL_PUSHING:
    default:
      return FALSE;
    }
}

gint64
catalina_heal_get_deadline (CatalinaHeal *self)
{
  gint64 deadline = G_MAXINT64;

  switch (self->state)
    {
    case CATALINA_HEAL_IDLE:
      for (guint i = 0; i < self->entries->len; i++)
        if (at (self, i)->present && !at (self, i)->settled)
          deadline = MIN (deadline, at (self, i)->due_ms);
      return deadline;
    case CATALINA_HEAL_ASKED:
      return self->answer.length > 0 || self->answered ? 0 : self->deadline_ms;
    case CATALINA_HEAL_PUSH:
      return 0;
    case CATALINA_HEAL_AFTER:
      return self->deadline_ms;
    case CATALINA_HEAL_PUSHING:
    default:
      return G_MAXINT64;
    }
}

guint
catalina_heal_get_lacking (CatalinaHeal *self, TribesMember *member)
{
  CatalinaNewcomer *entry = find (self, member);

  return entry ? entry->n_lacking : 0;
}
