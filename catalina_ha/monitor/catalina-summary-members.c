/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is there, by heartbeats and by what members say. Silence means something only of those that
 * send heartbeats.
 */
#include "catalina_ha/monitor/catalina-summary-data-private.h"

#include <string.h>

enum
{
  MAX_MEMBERS = 256,
  MAX_EVENTS = 1000,
};

/* McastService's default dropTime. */
#define SILENT_US (3 * G_USEC_PER_SEC)
/* Less is a capture's own doing. */
#define SKEW_MS 1000

/* GzipInterceptor's default option flag: small messages stay as they are, and have none. */
#define GZIP_OPTION 0x0100

static void
add_event (CatalinaSummary *self, guint member, gint64 time_us, const char *what, gint64 silent_us)
{
  const CatalinaMemberEvent event = { time_us, member, what, silent_us };

  if (self->member_events->len == MAX_EVENTS)
    self->more_member_events++;
  else
    g_array_append_val (self->member_events, event);
}

static guint
find (CatalinaSummary *self, const TribesMemberFields *fields, gint64 time_us)
{
  CatalinaMember added = { .first_us = time_us };

  if (!tribes_endpoint_of_member (fields, &added.endpoint))
    return G_MAXUINT;
  for (guint i = 0; i < self->members->len; i++)
    {
      const CatalinaMember *member = &g_array_index (self->members, CatalinaMember, i);

      if (memcmp (&member->endpoint, &added.endpoint, sizeof added.endpoint) == 0)
        return i;
    }
  if (self->members->len == MAX_MEMBERS)
    return G_MAXUINT;
  memcpy (added.unique_id, fields->unique_id, sizeof added.unique_id);
  g_array_append_val (self->members, added);
  add_event (self, self->members->len - 1, time_us, "appeared", 0);
  return self->members->len - 1;
}

/* A random id that is another one is that of another process. */
static void
check_restart (CatalinaSummary *self, guint index, const TribesMemberFields *fields, gint64 time_us)
{
  CatalinaMember *member = &g_array_index (self->members, CatalinaMember, index);

  if (memcmp (member->unique_id, fields->unique_id, sizeof member->unique_id) == 0)
    return;
  memcpy (member->unique_id, fields->unique_id, sizeof member->unique_id);
  member->restarts++;
  member->left = FALSE;
  member->last_heartbeat_us = 0;
  catalina_summary_maps_leave (&self->maps, &member->endpoint, time_us);
  add_event (self, index, time_us, "restarted", 0);
}

static guint
note_member (CatalinaSummary *self, const TribesMemberFields *fields, gint64 time_us)
{
  guint index = find (self, fields, time_us);

  if (index == G_MAXUINT)
    return index;
  check_restart (self, index, fields, time_us);
  g_array_index (self->members, CatalinaMember, index).last_us = time_us;
  return index;
}

static void
leave (CatalinaSummary *self, guint index, gint64 time_us)
{
  CatalinaMember *member = &g_array_index (self->members, CatalinaMember, index);

  /* It says so more than once. */
  if (!member->left)
    add_event (self, index, time_us, "left", 0);
  catalina_summary_maps_leave (&self->maps, &member->endpoint, time_us);
  member->left = TRUE;
}

static void
note_skew (CatalinaMember *member, gint64 skew_ms)
{
  /* On the way it can only get older: the largest is nearest to the truth. */
  if (!member->has_skew || skew_ms > member->skew_ms)
    member->skew_ms = skew_ms;
  member->has_skew = TRUE;
}

/* What stands below an interceptor does not go through it: only what an application says counts. */
static gboolean
is_said_by_application (CatalinaSeen seen)
{
  return seen <= CATALINA_SEEN_OTHER_SESSION_EVENT || seen == CATALINA_SEEN_RPC
         || seen == CATALINA_SEEN_MAP || seen == CATALINA_SEEN_JAVA;
}

static void
note_wrapping (CatalinaMember *member,
               CatalinaSeen seen,
               guint32 options,
               const TribesWrapping *wrapping)
{
  member->opaque += catalina_seen_is_opaque (seen);
  if (wrapping->is_compressed || seen == CATALINA_SEEN_COMPRESSED)
    {
      member->compressed++;
      member->packed += (options & GZIP_OPTION) == 0;
      return;
    }
  member->encrypted += seen == CATALINA_SEEN_RANDOM || seen == CATALINA_SEEN_UNKNOWN;
  if (!is_said_by_application (seen))
    return;
  member->readable++;
  member->ordered += wrapping->has_order;
  member->marked += wrapping->has_mark;
}

guint
catalina_summary_add_sender (CatalinaSummary *self,
                             const TribesCapturedMessage *message,
                             CatalinaSeen seen,
                             const TribesWrapping *wrapping)
{
  CatalinaMember *member;
  guint index
      = message->has_sender ? note_member (self, &message->sender, message->time_us) : G_MAXUINT;

  if (index == G_MAXUINT)
    return index;
  member = &g_array_index (self->members, CatalinaMember, index);
  member->messages++;
  note_wrapping (member, seen, message->fields.options, wrapping);
  note_skew (member, message->fields.timestamp_ms - message->time_us / 1000);
  if (seen == CATALINA_SEEN_MEMBER_STOP)
    leave (self, index, message->time_us);
  else if (seen == CATALINA_SEEN_MEMBER_START && member->left)
    {
      member->left = FALSE;
      add_event (self, index, message->time_us, "came back", 0);
    }
  return index;
}

void
catalina_summary_add_heartbeat (CatalinaSummary *self,
                                gint64 time_us,
                                const TribesMemberFields *fields,
                                gsize size)
{
  CatalinaSeen seen = catalina_seen_of_heartbeat (fields);
  guint index = fields ? note_member (self, fields, time_us) : G_MAXUINT;
  CatalinaMember *member;

  self->seen[seen].messages++;
  self->seen[seen].bytes += size;
  if (index == G_MAXUINT)
    return;
  member = &g_array_index (self->members, CatalinaMember, index);
  member->heartbeats++;
  if (member->last_heartbeat_us > 0 && time_us - member->last_heartbeat_us > SILENT_US)
    {
      member->flaps++;
      add_event (self, index, time_us, "came back", time_us - member->last_heartbeat_us);
      catalina_summary_note (self, CATALINA_ANOMALY_FLAP, time_us);
    }
  member->last_heartbeat_us = time_us;
  if (seen == CATALINA_SEEN_MEMBER_LEAVES)
    leave (self, index, time_us);
}

static gboolean
is_silent (const CatalinaSummary *self, const CatalinaMember *member)
{
  return !member->left && member->last_heartbeat_us > 0
         && self->last_us - member->last_heartbeat_us > SILENT_US;
}

static int
compare_events (gconstpointer a, gconstpointer b)
{
  const CatalinaMemberEvent *one = a;
  const CatalinaMemberEvent *other = b;

  return one->time_us < other->time_us ? -1 : one->time_us > other->time_us;
}

/* Whether some members wrap and others do not. Of those that do some messages may be plain: options
 * decide, or the size. */
static gboolean
is_mixed (const CatalinaSummary *self, gsize offset)
{
  guint with = 0;
  guint without = 0;

  for (guint i = 0; i < self->members->len; i++)
    {
      const CatalinaMember *member = &g_array_index (self->members, CatalinaMember, i);
      guint64 wrapped = *(const guint64 *) ((const guint8 *) member + offset);

      with += wrapped > 0;
      without += wrapped == 0 && member->readable > 0;
    }
  return with > 0 && without > 0;
}

static void
check_interceptors (CatalinaSummary *self)
{
  if (is_mixed (self, G_STRUCT_OFFSET (CatalinaMember, packed))
      || is_mixed (self, G_STRUCT_OFFSET (CatalinaMember, ordered))
      || is_mixed (self, G_STRUCT_OFFSET (CatalinaMember, marked)))
    catalina_summary_note (self, CATALINA_ANOMALY_MIXED_INTERCEPTORS, self->first_us);
}

void
catalina_summary_finish_members (CatalinaSummary *self)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      CatalinaMember *member = &g_array_index (self->members, CatalinaMember, i);

      if (is_silent (self, member))
        {
          add_event (self, i, member->last_heartbeat_us, "fell silent", 0);
          catalina_summary_maps_leave (&self->maps, &member->endpoint, member->last_heartbeat_us);
        }
      if (member->has_skew && ABS (member->skew_ms) > SKEW_MS)
        catalina_summary_note (self, CATALINA_ANOMALY_CLOCK_SKEW, member->first_us);
    }
  g_array_sort (self->member_events, compare_events);
  check_interceptors (self);
}
