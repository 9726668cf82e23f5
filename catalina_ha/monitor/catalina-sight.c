/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-sight-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-dissector.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/wire/tribes-member-private.h"

/* Anyone can invent as many. */
#define MAX_MEMBERS  256
#define MAX_SESSIONS 50000

static guint
endpoint_hash (gconstpointer key)
{
  return tribes_hash_bytes (key, sizeof (TribesEndpoint));
}

static gboolean
endpoint_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (TribesEndpoint)) == 0;
}

static void
member_free (gpointer data)
{
  CatalinaSeenMember *member = data;

  g_free (member->domain);
  g_free (member);
}

void
catalina_sight_init (CatalinaSight *self, gboolean show_values)
{
  *self = (CatalinaSight){ .show_values = show_values, .max_sessions = MAX_SESSIONS };
  self->members = g_ptr_array_new_with_free_func (member_free);
  self->endpoints = g_hash_table_new (endpoint_hash, endpoint_equal);
  self->contexts = g_ptr_array_new ();
  self->by_name = g_hash_table_new (tribes_str_hash, g_str_equal);
  g_queue_init (&self->ages);
  self->dissector = catalina_dissector_new ();
  catalina_unwrap_init (&self->unwrap);
  self->copies = g_new0 (guint64, CATALINA_SIGHT_COPIES);
}

void
catalina_sight_clear (CatalinaSight *self)
{
  catalina_sight_clear_sessions (self);
  g_clear_pointer (&self->endpoints, g_hash_table_unref);
  g_clear_pointer (&self->members, g_ptr_array_unref);
  g_clear_pointer (&self->by_name, g_hash_table_unref);
  g_clear_pointer (&self->contexts, g_ptr_array_unref);
  g_clear_pointer (&self->dissector, tribes_dissector_unref);
  catalina_unwrap_clear (&self->unwrap);
  g_clear_pointer (&self->copies, g_free);
}

/* NULL: there is no room for it. */
static CatalinaSeenMember *
find_member (CatalinaSight *self, const TribesEndpoint *endpoint)
{
  CatalinaSeenMember *member = g_hash_table_lookup (self->endpoints, endpoint);

  if (member || self->members->len >= MAX_MEMBERS)
    return member;
  member = g_new0 (CatalinaSeenMember, 1);
  member->endpoint = *endpoint;
  member->alive_ms = -1;
  g_ptr_array_add (self->members, member);
  g_hash_table_insert (self->endpoints, &member->endpoint, member);
  return member;
}

static CatalinaSeenMember *
see_member (CatalinaSight *self, const TribesMemberFields *fields, gint64 time_us)
{
  TribesEndpoint endpoint;
  CatalinaSeenMember *member
      = tribes_endpoint_of_member (fields, &endpoint) ? find_member (self, &endpoint) : NULL;

  if (!member)
    return NULL;
  member->is_named = TRUE;
  member->left = FALSE;
  member->last_us = time_us;
  memcpy (member->unique_id, fields->unique_id, sizeof member->unique_id);
  g_clear_pointer (&member->domain, g_free);
  if (fields->domain_size > 0)
    member->domain
        = g_utf8_make_valid ((const char *) fields->domain, (gssize) fields->domain_size);
  return member;
}

static void
see_time (CatalinaSight *self, gint64 time_us)
{
  if (self->first_us == 0)
    self->first_us = time_us;
  self->last_us = MAX (self->last_us, time_us);
}

/* Returns the member that has to acknowledge it. */
static guint
on_message (const TribesCapturedMessage *message, gboolean wants_ack, gpointer user_data)
{
  CatalinaSight *self = user_data;
  CatalinaSeenMember *from
      = message->has_sender ? see_member (self, &message->sender, message->time_us) : NULL;
  CatalinaSeenMember *to = message->is_udp ? NULL : find_member (self, message->to);
  guint index = G_MAXUINT;

  see_time (self, message->time_us);
  self->messages++;
  self->bytes += message->full_size;
  catalina_series_add (&self->in_messages, message->time_us, 1);
  catalina_series_add (&self->in_bytes, message->time_us, message->full_size);
  if (from)
    {
      from->messages++;
      from->bytes += message->full_size;
    }
  catalina_sight_take (self, message);
  if (!to || !wants_ack || !g_ptr_array_find (self->members, to, &index))
    return G_MAXUINT;
  return index;
}

static void
on_fate (guint tag, TribesFate fate, gint64 latency_us, gpointer user_data)
{
  CatalinaSight *self = user_data;
  CatalinaSeenMember *member;

  if (tag >= self->members->len)
    return;
  member = g_ptr_array_index (self->members, tag);
  member->fates[fate]++;
  if (fate != TRIBES_FATE_ACKNOWLEDGED)
    return;
  member->ack_us += latency_us;
  catalina_series_add (&self->in_acks, self->last_us, 1);
  catalina_series_add (&self->in_ack_us, self->last_us, (guint64) MAX (latency_us, 0));
}

static void
on_heartbeat (gint64 time_us,
              const TribesEndpoint *from,
              const TribesEndpoint *to,
              const guint8 *data,
              gsize size,
              const TribesMemberFields *fields,
              gpointer user_data)
{
  CatalinaSight *self = user_data;
  CatalinaSeenMember *member = fields ? see_member (self, fields, time_us) : NULL;

  see_time (self, time_us);
  if (!member)
    return;
  member->heartbeats++;
  member->alive_ms = fields->alive_ms;
  member->left = tribes_member_fields_say_shutdown (fields);
}

const TribesCaptureSink *
catalina_sight_get_sink (void)
{
  static const TribesCaptureSink sink = { on_message, on_fate, on_heartbeat };

  return &sink;
}
