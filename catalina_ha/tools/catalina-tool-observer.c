/* SPDX-License-Identifier: Apache-2.0
 *
 * What arrives goes into a queue and is acknowledged; it is looked at when nothing else is to be
 * done. The queue is bounded.
 */
#include "catalina_ha/tools/catalina-tool-observer-private.h"

#include "catalina_ha/cluster/catalina-cluster-private.h"
#include "tribes/capture/tribes-observed-private.h"
#include "catalina_ha/tools/catalina-tool-config-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/interceptors/tribes-markers-private.h"
#include "tribes/membership/tribes-mcast-service-private.h"

/* Of what waits to be looked at. */
#define MAX_WAITING       65536
#define MAX_WAITING_BYTES (64 * 1024 * 1024)
/* Microseconds that may be spent on it at a time: senders wait for acknowledgements meanwhile. */
#define TURN_US 2000

typedef struct
{
  gint64 time_us;
  TribesMessage *message; /* nullable */
  GBytes *datagram;       /* nullable: in place of a message */
  gsize size;
} Arrival;

struct _CatalinaToolObserver
{
  XmlconfConfig *config;
  CatalinaCluster *cluster;
  const TribesCaptureSink *sink;
  gpointer user_data;
  GQueue waiting; /* of Arrival */
  gsize bytes;    /* of them */
  GSource *idle;  /* nullable: while any wait */
  TribesEndpoint local;
  TribesEndpoint group;
  CatalinaToolObserved counts;
};

void
catalina_tool_join_clear (CatalinaToolJoin *join)
{
  g_clear_pointer (&join->config, g_free);
  g_clear_pointer (&join->receiver, g_free);
  g_clear_pointer (&join->unique_id, g_free);
  g_clear_pointer (&join->cluster, g_free);
  g_clear_pointer (&join->definitions, g_strfreev);
}

static void
arrival_free (gpointer data)
{
  Arrival *arrival = data;

  g_clear_pointer (&arrival->message, tribes_message_unref);
  g_clear_pointer (&arrival->datagram, g_bytes_unref);
  g_free (arrival);
}

static void
look_at (CatalinaToolObserver *self, const Arrival *arrival)
{
  gsize size;
  const guint8 *data;

  if (arrival->message)
    {
      tribes_observed_message (self->sink, self->user_data, ++self->counts.messages,
                               arrival->time_us, arrival->message, &self->local);
      return;
    }
  self->counts.heartbeats++;
  data = g_bytes_get_data (arrival->datagram, &size);
  tribes_observed_datagram (self->sink, self->user_data, arrival->time_us, data, size,
                            &self->group);
}

static void
take_first (CatalinaToolObserver *self)
{
  Arrival *arrival = g_queue_pop_head (&self->waiting);

  self->bytes -= arrival->size;
  look_at (self, arrival);
  arrival_free (arrival);
}

static gboolean
on_idle (gpointer data)
{
  CatalinaToolObserver *self = data;
  gint64 began_us = g_get_monotonic_time ();

  while (self->waiting.length > 0 && g_get_monotonic_time () - began_us < TURN_US)
    take_first (self);
  if (self->waiting.length > 0)
    return G_SOURCE_CONTINUE;
  tribes_source_clear (&self->idle);
  return G_SOURCE_REMOVE;
}

static void
take_in (CatalinaToolObserver *self, TribesMessage *message, const guint8 *datagram, gsize size)
{
  Arrival *arrival;

  if (self->waiting.length >= MAX_WAITING || self->bytes + size > MAX_WAITING_BYTES)
    {
      self->counts.dropped++;
      return;
    }
  arrival = g_new (Arrival, 1);
  *arrival = (Arrival){ g_get_real_time (), message ? tribes_message_ref (message) : NULL,
                        message ? NULL : g_bytes_new (datagram, size), size + sizeof *arrival };
  self->bytes += arrival->size;
  g_queue_push_tail (&self->waiting, arrival);
  if (!self->idle)
    {
      GSource *source = g_idle_source_new ();

      g_source_set_priority (source, G_PRIORITY_DEFAULT_IDLE);
      self->idle = tribes_source_attach (source, "[tribes] observed", on_idle, self);
    }
}

/* What interceptors leave to the application, decrypted and put together. */
static gboolean
on_message (TribesMessage *message, gpointer data)
{
  gsize size;

  (void) tribes_message_peek_payload (message, &size);
  take_in (data, message, NULL, size);
  return FALSE;
}

/* What they keep for themselves. */
static void
on_arrival (TribesMessage *message, gpointer data)
{
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);

  for (TribesMarker marker = TRIBES_MARKER_MEMBER_START; marker <= TRIBES_MARKER_PING; marker++)
    {
      gsize marker_size;
      const guint8 *bytes = tribes_marker_peek (marker, &marker_size);

      if (size == marker_size && memcmp (payload, bytes, size) == 0)
        {
          take_in (data, message, NULL, size);
          return;
        }
    }
}

static void
on_datagram (const guint8 *data, gsize size, gpointer user_data)
{
  take_in (user_data, NULL, data, size);
}

static void
watch (CatalinaToolObserver *self)
{
  TribesChannel *channel = catalina_cluster_get_channel (self->cluster);
  TribesMembership *membership = tribes_channel_get_membership (channel);
  g_autofree char *address = NULL;
  g_autoptr (TribesMember) group = NULL;
  int port;

  tribes_channel_add_listener (channel, on_message, self);
  tribes_channel_set_tap (channel, on_arrival, self);
  if (!TRIBES_IS_MCAST_SERVICE (membership))
    return;
  tribes_mcast_service_set_tap (TRIBES_MCAST_SERVICE (membership), on_datagram, self);
  g_object_get (membership, "address", &address, "port", &port, NULL);
  group = tribes_member_new (address, port, NULL, NULL);
  if (group)
    self->group = tribes_observed_endpoint (group);
}

static CatalinaCluster *
build (CatalinaToolObserver *self, const CatalinaToolJoin *join, GPtrArray *notes, GError **error)
{
  const CatalinaToolOptions options = { .cluster = join->cluster,
                                        .receiver = { .text = join->receiver },
                                        .unique_id = join->unique_id };

  self->config = catalina_tool_load_config (join->config, join->definitions, NULL, NULL, error);
  return self->config ? catalina_tool_build_cluster (self->config, &options, notes, error) : NULL;
}

CatalinaToolObserver *
catalina_tool_observer_new (const CatalinaToolJoin *join,
                            const TribesCaptureSink *sink,
                            gpointer user_data,
                            GPtrArray *notes,
                            GError **error)
{
  g_autoptr (CatalinaToolObserver) self = g_new0 (CatalinaToolObserver, 1);

  self->sink = sink;
  self->user_data = user_data;
  g_queue_init (&self->waiting);
  self->cluster = build (self, join, notes, error);
  if (!self->cluster)
    return NULL;
  catalina_cluster_observe (self->cluster);
  watch (self);
  return g_steal_pointer (&self);
}

gboolean
catalina_tool_observer_start (CatalinaToolObserver *self, GError **error)
{
  TribesChannel *channel = catalina_cluster_get_channel (self->cluster);
  g_autoptr (TribesMember) local = NULL;

  if (!catalina_cluster_start (self->cluster, error))
    return FALSE;
  local = tribes_channel_dup_local_member (channel);
  if (local)
    self->local = tribes_observed_endpoint (local);
  return TRUE;
}

void
catalina_tool_observer_stop (CatalinaToolObserver *self)
{
  catalina_cluster_stop (self->cluster);
  while (self->waiting.length > 0)
    take_first (self);
  tribes_source_clear (&self->idle);
}

void
catalina_tool_observer_free (CatalinaToolObserver *self)
{
  if (self->cluster)
    {
      TribesChannel *channel = catalina_cluster_get_channel (self->cluster);
      TribesMembership *membership = tribes_channel_get_membership (channel);

      catalina_cluster_stop (self->cluster);
      tribes_channel_remove_listener (channel, on_message, self);
      tribes_channel_set_tap (channel, NULL, NULL);
      if (TRIBES_IS_MCAST_SERVICE (membership))
        tribes_mcast_service_set_tap (TRIBES_MCAST_SERVICE (membership), NULL, NULL);
    }
  tribes_source_clear (&self->idle);
  g_queue_clear_full (&self->waiting, arrival_free);
  g_clear_object (&self->cluster);
  g_clear_pointer (&self->config, xmlconf_config_unref);
  g_free (self);
}

CatalinaCluster *
catalina_tool_observer_get_cluster (CatalinaToolObserver *self)
{
  return self->cluster;
}

gboolean
catalina_tool_observer_announces (CatalinaToolObserver *self)
{
  TribesServices services;

  g_object_get (self->cluster, "channel-start-options", &services, NULL);
  return (services & TRIBES_SERVICES_MBR_TX) != 0;
}

void
catalina_tool_observer_count (CatalinaToolObserver *self, CatalinaToolObserved *counts)
{
  *counts = self->counts;
  catalina_cluster_get_relayed (self->cluster, &counts->passed_on, &counts->refused);
}
