/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/membership/tribes-static-core-private.h"

#include "tribes/base/tribes-error.h"
#include "tribes/wire/tribes-member-private.h"

typedef struct
{
  TribesMember *member;
  gboolean is_due;   /* to be asked */
  gboolean is_asked; /* and has not answered */
  gboolean is_told;  /* that this one has started */
} Listed;

static void
listed_clear (gpointer data)
{
  tribes_member_unref (((Listed *) data)->member);
}

void
tribes_static_core_init (TribesStaticCore *core)
{
  tribes_member_table_init (&core->table, TRIBES_MEMBER_ORDER_ALIVE_TIME, TRIBES_MEMBER_TABLE_MAX,
                            G_MAXINT64);
  core->listed = g_array_new (FALSE, TRUE, sizeof (Listed));
  g_array_set_clear_func (core->listed, listed_clear);
  g_queue_init (&core->events);
  core->is_running = FALSE;
}

static void
event_free (gpointer data)
{
  TribesStaticEvent *event = data;

  tribes_member_unref (event->member);
  g_free (event);
}

void
tribes_static_core_clear (TribesStaticCore *core)
{
  tribes_member_table_clear (&core->table);
  g_clear_pointer (&core->listed, g_array_unref);
  g_queue_clear_full (&core->events, event_free);
}

static Listed *
find (const TribesStaticCore *core, TribesMember *member)
{
  for (guint i = 0; i < core->listed->len; i++)
    {
      Listed *listed = &g_array_index (core->listed, Listed, i);

      if (tribes_member_is_at (listed->member, member))
        return listed;
    }
  return NULL;
}

void
tribes_static_core_add (TribesStaticCore *core, TribesMember *member)
{
  Listed *before = find (core, member);
  Listed listed = { .member = tribes_member_ref (member) };

  if (!before)
    {
      g_array_append_val (core->listed, listed);
      return;
    }
  tribes_member_unref (before->member);
  before->member = listed.member;
}

TribesMember *
tribes_static_core_find_listed (const TribesStaticCore *core, TribesMember *member)
{
  Listed *listed = find (core, member);

  return listed ? listed->member : NULL;
}

void
tribes_static_core_set_local (TribesStaticCore *core, TribesMember *member)
{
  tribes_member_table_set_local (&core->table, member);
}

static gboolean
is_local (const TribesStaticCore *core, TribesMember *member)
{
  return core->table.local && tribes_member_is_at (core->table.local, member);
}

static void
queue_event (TribesStaticCore *core, gboolean added, TribesMember *member)
{
  const TribesStaticEvent event = { added, tribes_member_ref (member) };

  g_queue_push_tail (&core->events, g_memdup2 (&event, sizeof event));
}

static void
set_all_due (TribesStaticCore *core)
{
  for (guint i = 0; i < core->listed->len; i++)
    {
      Listed *listed = &g_array_index (core->listed, Listed, i);

      listed->is_due = !listed->is_asked && !is_local (core, listed->member);
    }
}

void
tribes_static_core_start (TribesStaticCore *core, gint64 expiration_us)
{
  core->expiration_us = expiration_us;
  core->is_running = TRUE;
  set_all_due (core);
}

void
tribes_static_core_stop (TribesStaticCore *core)
{
  core->is_running = FALSE;
  tribes_member_table_reset (&core->table);
  g_queue_clear_full (&core->events, event_free);
  for (guint i = 0; i < core->listed->len; i++)
    {
      Listed *listed = &g_array_index (core->listed, Listed, i);

      listed->is_due = listed->is_asked = listed->is_told = FALSE;
    }
}

static void
remove_member (TribesStaticCore *core, TribesMember *member)
{
  if (tribes_member_table_remove (&core->table, member))
    queue_event (core, FALSE, member);
}

/* Removes those at the place of @place, or all where it is NULL and they are not listed, that were
 * heard before @since_us. */
static void
remove_silent (TribesStaticCore *core, TribesMember *place, gint64 since_us)
{
  g_autoptr (GPtrArray) members = tribes_member_table_list_members (&core->table);

  for (guint i = 0; i < members->len; i++)
    {
      TribesMember *member = members->pdata[i];

      if ((place ? tribes_member_is_at (member, place) : !find (core, member))
          && tribes_member_table_get_heard_us (&core->table, member) < since_us)
        remove_member (core, member);
    }
}

void
tribes_static_core_ping (TribesStaticCore *core, gint64 now_us)
{
  if (!core->is_running)
    return;
  set_all_due (core);
  if (core->expiration_us < G_MAXINT64 / 3)
    remove_silent (core, NULL, now_us - 3 * core->expiration_us);
}

static gboolean
is_known (const TribesStaticCore *core, TribesMember *place)
{
  g_autoptr (GPtrArray) members = tribes_member_table_list_members (&core->table);

  for (guint i = 0; i < members->len; i++)
    if (tribes_member_is_at (members->pdata[i], place))
      return TRUE;
  return FALSE;
}

gboolean
tribes_static_core_pop_ask (TribesStaticCore *core, TribesStaticAsk *ask)
{
  for (guint i = 0; i < core->listed->len; i++)
    {
      Listed *listed = &g_array_index (core->listed, Listed, i);

      if (!listed->is_due)
        continue;
      listed->is_due = FALSE;
      listed->is_asked = TRUE;
      ask->kind = listed->is_told ? TRIBES_STATIC_PING : TRIBES_STATIC_START;
      ask->member = tribes_member_ref (listed->member);
      ask->is_known = is_known (core, listed->member);
      return TRUE;
    }
  return FALSE;
}

void
tribes_static_core_asked (TribesStaticCore *core,
                          TribesMember *member,
                          TribesStaticOutcome outcome,
                          gint64 now_us)
{
  Listed *listed = find (core, member);

  if (!core->is_running || !listed)
    return;
  listed->is_asked = FALSE;
  /* One that comes back has not heard of the start. */
  listed->is_told = outcome == TRIBES_STATIC_ANSWERED;
  if (outcome == TRIBES_STATIC_UNREACHABLE)
    remove_silent (core, member, G_MAXINT64);
  else if (outcome == TRIBES_STATIC_SILENT)
    remove_silent (core, member, now_us - core->expiration_us);
}

/* Strangers leave room for those who are listed. */
static gboolean
has_room (const TribesStaticCore *core, TribesMember *member, GError **error)
{
  const guint room = core->table.max - MIN (core->table.max, core->listed->len);

  if (find (core, member) || tribes_member_table_find (&core->table, member)
      || tribes_member_table_size (&core->table) < room)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
               "expected at most %u members that are not listed, found one more", room);
  return FALSE;
}

static gboolean
is_there (TribesStaticCore *core, TribesMember *member, gint64 now_us, GError **error)
{
  TribesMember *replaced;
  TribesMemberHeard heard;

  if (!has_room (core, member, error))
    return FALSE;
  while ((replaced = tribes_member_table_pop_replaced (&core->table, member, G_MAXINT64)))
    {
      queue_event (core, FALSE, replaced);
      tribes_member_unref (replaced);
    }
  heard = tribes_member_table_heard (&core->table, member, now_us);
  if (heard == TRIBES_MEMBER_HEARD_ADDED)
    queue_event (core, TRUE, member);
  return TRUE;
}

gboolean
tribes_static_core_hear (TribesStaticCore *core,
                         TribesStaticKind kind,
                         TribesMember *member,
                         TribesMember *source,
                         gint64 now_us,
                         GError **error)
{
  if (!core->is_running || is_local (core, member))
    return TRUE;
  if (!tribes_member_is_at (member, source))
    {
      g_autofree char *name = tribes_member_to_string (member);

      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "member message: expected the sender's own member, found %s", name);
      return FALSE;
    }
  switch (kind)
    {
    case TRIBES_STATIC_STOP:
      if (tribes_member_table_remove (&core->table, member))
        queue_event (core, FALSE, member);
      return TRUE;
    case TRIBES_STATIC_START:
    case TRIBES_STATIC_PING:
      return is_there (core, member, now_us, error);
    default:
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "member message: expected 1, 2 or 3, found %d", (int) kind);
      return FALSE;
    }
}

gboolean
tribes_static_core_pop_event (TribesStaticCore *core, TribesStaticEvent *event)
{
  TribesStaticEvent *first = g_queue_pop_head (&core->events);

  if (!first)
    return FALSE;
  *event = *first;
  g_free (first);
  return TRUE;
}
