/* SPDX-License-Identifier: Apache-2.0
 *
 * Heartbeats in, members out, without socket and clock. Events are queued and fetched afterwards,
 * so that nobody is called from inside; whatever a datagram says, one costs at most the table's
 * bounded search and two events.
 */
#include "tribes/membership/tribes-mcast-core-private.h"

#include <string.h>

#include "tribes/wire/tribes-datagram-private.h"

/* As many heartbeats may be late or lost before somebody else has taken a member's place. */
#define QUIET_HEARTBEATS 2

#define SERVICES         (TRIBES_SERVICES_MBR_RX | TRIBES_SERVICES_MBR_TX)

void
tribes_mcast_core_init (TribesMcastCore *core, const TribesMcastConfig *config)
{
  memset (core, 0, sizeof *core);
  core->config = *config;
  tribes_member_table_init (&core->table, TRIBES_MEMBER_ORDER_ALIVE_TIME, config->max_members,
                            config->drop_us);
  g_queue_init (&core->events);
  g_queue_init (&core->datagrams);
}

void
tribes_mcast_event_clear (TribesMcastEvent *event)
{
  g_clear_pointer (&event->member, tribes_member_unref);
  g_clear_pointer (&event->frame, g_bytes_unref);
}

static void
clear_events (TribesMcastCore *core)
{
  TribesMcastEvent event = { 0 };

  while (tribes_mcast_core_pop_event (core, &event))
    tribes_mcast_event_clear (&event);
}

void
tribes_mcast_core_clear (TribesMcastCore *core)
{
  clear_events (core);
  g_queue_clear_full (&core->datagrams, (GDestroyNotify) g_bytes_unref);
  tribes_member_table_clear (&core->table);
  g_clear_pointer (&core->local, tribes_member_unref);
}

static void
push_member (TribesMcastCore *core, TribesMcastEventKind kind, TribesMember *member)
{
  TribesMcastEvent *event = g_new0 (TribesMcastEvent, 1);

  event->kind = kind;
  event->member = tribes_member_ref (member);
  g_queue_push_tail (&core->events, event);
}

static void
push_frame (TribesMcastCore *core, const guint8 *data, gsize size)
{
  TribesMcastEvent *event = g_new0 (TribesMcastEvent, 1);

  event->kind = TRIBES_MCAST_MESSAGE;
  event->frame = g_bytes_new (data, size);
  g_queue_push_tail (&core->events, event);
}

static void
push_package (TribesMcastCore *core, gboolean shutdown, gint64 now_us)
{
  TribesMemberFields fields;
  g_autoptr (TribesMember) said = NULL;

  tribes_member_peek_fields (core->local, &fields);
  fields.alive_ms = core->stays_young ? 0 : (now_us - core->started_us) / 1000;
  fields.command = NULL;
  fields.command_size = 0;
  if (shutdown)
    tribes_member_fields_set_shutdown (&fields);
  said = tribes_member_new_from_fields (&fields);
  g_queue_push_tail (&core->datagrams, tribes_member_encode (said));
}

static gboolean
is_announcing (const TribesMcastCore *core)
{
  return (core->services & TRIBES_SERVICES_MBR_TX) != 0;
}

static void
push_heartbeat (TribesMcastCore *core, gint64 now_us)
{
  push_package (core, FALSE, now_us);
  core->heartbeat_us = now_us + core->config.frequency_us;
  core->announced = TRUE;
}

void
tribes_mcast_core_set_local (TribesMcastCore *core, TribesMember *local, gint64 now_us)
{
  tribes_member_ref (local);
  g_clear_pointer (&core->local, tribes_member_unref);
  core->local = local;
  tribes_member_table_set_local (&core->table, local);
  if (is_announcing (core) && !core->recovering)
    push_heartbeat (core, now_us);
}

static void
begin (TribesMcastCore *core, const TribesMcastConfig *config, gint64 now_us)
{
  core->config = *config;
  core->table.max = config->max_members;
  core->table.drop_us = config->drop_us;
  core->started_us = now_us;
  core->failures = 0;
  core->troubled = core->recovering = core->paused = FALSE;
}

void
tribes_mcast_core_start (TribesMcastCore *core,
                         const TribesMcastConfig *config,
                         TribesServices services,
                         gint64 now_us)
{
  services &= SERVICES & ~core->services;
  if (core->services == 0)
    begin (core, config, now_us);
  core->services |= services;
  if ((services & TRIBES_SERVICES_MBR_TX) && !core->recovering)
    push_heartbeat (core, now_us);
}

void
tribes_mcast_core_stop (TribesMcastCore *core, TribesServices services, gint64 now_us)
{
  services &= core->services;
  core->services &= ~services;
  /* Who only stops announcing is not gone: with a failure detector the others keep it. */
  if (core->services == 0 && core->announced)
    {
      push_package (core, TRUE, now_us);
      core->announced = FALSE;
    }
  if (services & TRIBES_SERVICES_MBR_RX)
    {
      tribes_member_table_reset (&core->table);
      clear_events (core);
    }
}

/* Anyone can invent as many members as there is room for: those that were looked for in vain make
 * room for the next. */
static void
make_room_for (TribesMcastCore *core, TribesMember *member)
{
  g_autoptr (TribesMember) gone = NULL;

  if (tribes_member_table_find (&core->table, member))
    return;
  gone = tribes_member_table_make_room (&core->table);
  if (gone)
    push_member (core, TRIBES_MCAST_MEMBER_DISAPPEARED, gone);
}

/* A process that was killed and started again is a new member at the place of the old one, where
 * others would find it alive. Two cannot listen there: which of them does shows in who announces
 * itself; whoever invents another cannot make the real one silent. */
static void
drop_replaced (TribesMcastCore *core, TribesMember *member, gint64 now_us)
{
  gint64 since_us = now_us - QUIET_HEARTBEATS * core->config.frequency_us;
  TribesMember *gone;

  while ((gone = tribes_member_table_pop_replaced (&core->table, member, since_us)))
    {
      push_member (core, TRIBES_MCAST_MEMBER_DISAPPEARED, gone);
      tribes_member_unref (gone);
    }
}

static gboolean
heard_member (
    TribesMcastCore *core, TribesMember *member, gboolean leaves, gint64 now_us, GError **error)
{
  if (tribes_member_table_is_local (&core->table, member))
    return TRUE;
  if (leaves)
    {
      /* Also of one that is not listed: a failure detector above may have kept it. */
      tribes_member_table_remove (&core->table, member);
      push_member (core, TRIBES_MCAST_MEMBER_DISAPPEARED, member);
      return TRUE;
    }
  make_room_for (core, member);
  switch (tribes_member_table_heard (&core->table, member, now_us))
    {
    case TRIBES_MEMBER_HEARD_ADDED:
      push_member (core, TRIBES_MCAST_MEMBER_ADDED, member);
      return TRUE;
    case TRIBES_MEMBER_HEARD_FULL:
      if (error)
        {
          g_autofree char *text = tribes_member_to_string (member);

          g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                       "member %s: expected at most %u members, found one more", text,
                       core->table.max);
        }
      return FALSE;
    case TRIBES_MEMBER_HEARD_REFRESHED:
      drop_replaced (core, member, now_us);
      return TRUE;
    default:
      return TRUE;
    }
}

static gboolean
receive_member (
    TribesMcastCore *core, const guint8 *data, gsize size, gint64 now_us, GError **error)
{
  g_autoptr (TribesMember) member = NULL;
  TribesMemberFields fields;
  TribesReader reader;

  tribes_reader_init (&reader, data, size);
  if (!tribes_member_parse (&reader, &fields, error))
    return FALSE;
  if (fields.host_size != 4 && fields.host_size != 16)
    return tribes_reader_refuse (&reader, TRIBES_ERROR_MALFORMED, error,
                                 "member host: expected 4 or 16 bytes, found %" G_GSIZE_FORMAT,
                                 fields.host_size);
  member = tribes_member_new_from_fields (&fields);
  return heard_member (core, member, tribes_member_fields_say_shutdown (&fields), now_us, error);
}

static gboolean
is_from_local (const TribesMcastCore *core, const TribesMessageFields *message)
{
  g_autoptr (TribesMember) sender = NULL;
  TribesMemberFields fields;
  TribesReader reader;

  if (!core->local)
    return FALSE;
  tribes_reader_init (&reader, message->address, message->address_size);
  if (!tribes_member_parse (&reader, &fields, NULL))
    return FALSE;
  sender = tribes_member_new_from_fields (&fields);
  return tribes_member_equal (core->local, sender);
}

/* One datagram may hold several frames; those before a bad one count. */
static gboolean
receive_frames (TribesMcastCore *core, const guint8 *data, gsize size, GError **error)
{
  TribesReader reader;

  tribes_reader_init (&reader, data, size);
  do
    {
      TribesMessageFields message;
      TribesFrame frame = { 0 };
      const guint8 *begin = reader.pos;

      if (!tribes_datagram_next (&reader, &frame, &message, error))
        return FALSE;
      if (!is_from_local (core, &message))
        push_frame (core, begin, frame.size);
    }
  while (tribes_reader_left (&reader) > 0);
  return TRUE;
}

gboolean
tribes_mcast_core_receive (
    TribesMcastCore *core, const guint8 *data, gsize size, gint64 now_us, GError **error)
{
  if (!(core->services & TRIBES_SERVICES_MBR_RX))
    return TRUE;
  if (!is_announcing (core))
    core->troubled = FALSE;
  if ((size >= sizeof tribes_member_begin
       && memcmp (data, tribes_member_begin, sizeof tribes_member_begin) == 0)
      || tribes_member_is_of_tomcat_6 (data, size))
    return receive_member (core, data, size, now_us, error);
  return receive_frames (core, data, size, error);
}

void
tribes_mcast_core_tick (TribesMcastCore *core, gint64 now_us)
{
  TribesMember *gone;

  while ((gone = tribes_member_table_pop_expired (&core->table, now_us)))
    {
      push_member (core, TRIBES_MCAST_MEMBER_DISAPPEARED, gone);
      tribes_member_unref (gone);
    }
  /* However late: one. The others need to hear us now, not to be told that they should have. */
  if (is_announcing (core) && !core->recovering && now_us >= core->heartbeat_us)
    push_heartbeat (core, now_us);
  if (core->paused && now_us >= core->read_us)
    core->paused = FALSE;
}

gint64
tribes_mcast_core_next_deadline (const TribesMcastCore *core)
{
  gint64 deadline = tribes_member_table_next_deadline (&core->table);

  if (core->services == 0)
    return G_MAXINT64;
  if (core->recovering)
    return MIN (deadline, core->reopen_us);
  if (is_announcing (core))
    deadline = MIN (deadline, core->heartbeat_us);
  if (core->paused)
    deadline = MIN (deadline, core->read_us);
  return deadline;
}

GBytes *
tribes_mcast_core_pop_datagram (TribesMcastCore *core)
{
  return g_queue_pop_head (&core->datagrams);
}

gboolean
tribes_mcast_core_pop_event (TribesMcastCore *core, TribesMcastEvent *event)
{
  g_autofree TribesMcastEvent *head = g_queue_pop_head (&core->events);

  if (!head)
    return FALSE;
  *event = *head;
  return TRUE;
}

static void
recover (TribesMcastCore *core, gint64 at_us)
{
  core->recovering = TRUE;
  core->reopen_us = at_us;
  core->failures = 0;
}

static gboolean
failed (TribesMcastCore *core, gint64 now_us)
{
  gboolean first = !core->troubled;

  core->troubled = TRUE;
  if (core->failures < G_MAXUINT)
    core->failures++;
  if (core->config.recovery_enabled && core->failures >= core->config.recovery_counter)
    recover (core, now_us);
  return first;
}

gboolean
tribes_mcast_core_send_failed (TribesMcastCore *core, gint64 now_us)
{
  return failed (core, now_us);
}

gboolean
tribes_mcast_core_read_failed (TribesMcastCore *core, gint64 now_us)
{
  core->paused = TRUE;
  core->read_us = now_us + TRIBES_MCAST_PAUSE_US;
  return failed (core, now_us);
}

gboolean
tribes_mcast_core_sent (TribesMcastCore *core, gint64 now_us)
{
  gboolean over = core->troubled;

  core->troubled = FALSE;
  /* An interface that went away and came back has forgotten which groups were joined on it, and no
   * error would ever say so: where sending works again, join anew. */
  if (core->failures > 0 && core->config.recovery_enabled)
    recover (core, now_us);
  core->failures = 0;
  return over;
}

gboolean
tribes_mcast_core_may_read (const TribesMcastCore *core)
{
  return (core->services & TRIBES_SERVICES_MBR_RX) && !core->recovering && !core->paused;
}

gboolean
tribes_mcast_core_wants_reopen (const TribesMcastCore *core, gint64 now_us)
{
  return core->services != 0 && core->recovering && now_us >= core->reopen_us;
}

void
tribes_mcast_core_reopened (TribesMcastCore *core, gboolean success, gint64 now_us)
{
  if (!success)
    {
      core->reopen_us = now_us + core->config.recovery_sleep_us;
      return;
    }
  core->recovering = core->paused = FALSE;
  if (is_announcing (core))
    push_heartbeat (core, now_us);
}
