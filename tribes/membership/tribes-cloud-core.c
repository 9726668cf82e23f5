/* SPDX-License-Identifier: Apache-2.0
 *
 * The table decides who is new and who has expired; here is what a list means to it. An answer of n
 * lines costs n searches of a table that is bounded, whatever the lines say.
 */
#include "tribes/membership/tribes-cloud-core-private.h"

#include <string.h>

#include "tribes/wire/tribes-member-private.h"

void
tribes_cloud_core_init (TribesCloudCore *core)
{
  memset (core, 0, sizeof *core);
  tribes_member_table_init (&core->table, TRIBES_MEMBER_ORDER_ALIVE_TIME,
                            TRIBES_MEMBER_TABLE_MAX + TRIBES_CLOUD_STRANGERS_MAX, G_MAXINT64);
  g_queue_init (&core->events);
}

void
tribes_cloud_event_clear (TribesCloudEvent *event)
{
  g_clear_pointer (&event->member, tribes_member_unref);
}

static void
clear_events (TribesCloudCore *core)
{
  TribesCloudEvent event;

  while (tribes_cloud_core_pop_event (core, &event))
    tribes_cloud_event_clear (&event);
}

void
tribes_cloud_core_clear (TribesCloudCore *core)
{
  clear_events (core);
  tribes_member_table_clear (&core->table);
}

void
tribes_cloud_core_start (TribesCloudCore *core, gint64 expiration_us)
{
  core->table.drop_us = expiration_us;
  core->answered = core->identified = FALSE;
  core->n_listed = core->n_refused = 0;
}

void
tribes_cloud_core_stop (TribesCloudCore *core)
{
  tribes_member_table_reset (&core->table);
  clear_events (core);
}

void
tribes_cloud_core_set_place (TribesCloudCore *core, const guint8 *host, gsize host_size, int port)
{
  core->host_size = MIN (host_size, sizeof core->host);
  memcpy (core->host, host, core->host_size);
  core->port = port;
}

static void
push (TribesCloudCore *core, TribesCloudEventKind kind, TribesMember *member)
{
  TribesCloudEvent *event = g_new0 (TribesCloudEvent, 1);

  event->kind = kind;
  event->member = tribes_member_ref (member);
  g_queue_push_tail (&core->events, event);
}

static void
identify (TribesCloudCore *core, const TribesCloudEntry *entry)
{
  TribesCloudEvent *event;

  /* Tomcat never changes an id again: the others would take us for one who has just come. */
  if (core->identified)
    return;
  core->identified = TRUE;
  event = g_new0 (TribesCloudEvent, 1);
  event->kind = TRIBES_CLOUD_IDENTIFIED;
  memcpy (event->unique_id, entry->unique_id, sizeof event->unique_id);
  g_queue_push_tail (&core->events, event);
}

static gboolean
is_here (const TribesCloudCore *core, const guint8 *host, gsize host_size)
{
  return host_size == core->host_size && memcmp (host, core->host, host_size) == 0;
}

/* No list tells a port: everybody's is that of this process. */
static TribesMember *
member_of_entry (const TribesCloudEntry *entry, int port)
{
  const TribesMemberFields fields = {
    .alive_ms = entry->alive_ms,
    .port = port,
    .secure_port = -1,
    .udp_port = -1,
    .host = entry->host,
    .host_size = entry->host_size,
    .unique_id = entry->unique_id,
  };

  return tribes_member_new_from_fields (&fields);
}

/* Whoever had the address before is not there any more: nobody needs to wait for it to expire. */
static void
drop_replaced (TribesCloudCore *core, TribesMember *member, gint64 now_us)
{
  TribesMember *replaced;

  while ((replaced = tribes_member_table_pop_replaced (&core->table, member, now_us)))
    {
      push (core, TRIBES_CLOUD_MEMBER_DISAPPEARED, replaced);
      tribes_member_unref (replaced);
    }
}

/* Where there is no room, one goes that somebody looked for in vain. */
static gboolean
make_room (TribesCloudCore *core)
{
  g_autoptr (TribesMember) gone = tribes_member_table_make_room (&core->table);

  if (!gone)
    return FALSE;
  push (core, TRIBES_CLOUD_MEMBER_DISAPPEARED, gone);
  return TRUE;
}

static gboolean
take (TribesCloudCore *core, TribesMember *member, gint64 now_us)
{
  TribesMemberHeard heard = tribes_member_table_heard (&core->table, member, now_us);

  if (heard == TRIBES_MEMBER_HEARD_FULL && make_room (core))
    heard = tribes_member_table_heard (&core->table, member, now_us);
  switch (heard)
    {
    case TRIBES_MEMBER_HEARD_ADDED:
      drop_replaced (core, member, now_us);
      push (core, TRIBES_CLOUD_MEMBER_ADDED, member);
      return TRUE;
    case TRIBES_MEMBER_HEARD_REFRESHED:
    case TRIBES_MEMBER_HEARD_LOCAL:
      return TRUE;
    case TRIBES_MEMBER_HEARD_FULL:
    default:
      return FALSE;
    }
}

static void
expire (TribesCloudCore *core, gint64 now_us)
{
  TribesMember *expired;

  while ((expired = tribes_member_table_pop_expired (&core->table, now_us)))
    {
      push (core, TRIBES_CLOUD_MEMBER_DISAPPEARED, expired);
      tribes_member_unref (expired);
    }
}

void
tribes_cloud_core_listed (TribesCloudCore *core, const GArray *entries, gint64 now_us)
{
  core->answered = TRUE;
  core->n_listed = core->n_refused = 0;
  for (guint i = 0; i < entries->len; i++)
    {
      const TribesCloudEntry *entry = &g_array_index (entries, TribesCloudEntry, i);
      g_autoptr (TribesMember) member = NULL;

      if (is_here (core, entry->host, entry->host_size))
        {
          identify (core, entry);
          continue;
        }
      member = member_of_entry (entry, core->port);
      if (core->n_listed < TRIBES_MEMBER_TABLE_MAX && take (core, member, now_us))
        core->n_listed++;
      else
        core->n_refused++;
    }
  expire (core, now_us);
}

void
tribes_cloud_core_heard (TribesCloudCore *core, TribesMember *sender, gint64 now_us)
{
  g_autoptr (TribesMember) member = NULL;
  TribesMemberFields fields;
  TribesCloudEntry entry = { .alive_ms = -1 };

  tribes_member_peek_fields (sender, &fields);
  if (fields.host_size != 4 && fields.host_size != 16)
    return;
  if (is_here (core, fields.host, fields.host_size) && fields.port == core->port)
    return;
  tribes_cloud_entry_set_bytes (&entry, fields.host, fields.host_size);
  tribes_cloud_id_of_address (entry.host, entry.host_size, entry.unique_id);
  /* It says itself where it listens, and that may be another port. */
  member = member_of_entry (&entry, fields.port);
  if (tribes_member_table_find (&core->table, member)
      || tribes_member_table_size (&core->table) < core->n_listed + TRIBES_CLOUD_STRANGERS_MAX)
    take (core, member, now_us);
}

gboolean
tribes_cloud_core_pop_event (TribesCloudCore *core, TribesCloudEvent *event)
{
  g_autofree TribesCloudEvent *head = g_queue_pop_head (&core->events);

  if (!head)
    return FALSE;
  *event = *head;
  return TRUE;
}
