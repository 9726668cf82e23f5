/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around tribes-mcast-core: a socket and a timer. It decides nothing; signals are emitted
 * only when the core has returned, from its queue, one at a time, so a handler may do anything,
 * stopping or dropping the service included.
 */
#include "tribes/membership/tribes-mcast-service-private.h"

#include <gio/gio.h>

#include "tribes/membership/tribes-mcast-core-private.h"
#include "tribes/membership/tribes-mcast-settings-private.h"
#include "tribes/membership/tribes-mcast-socket-private.h"
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-network-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/wire/tribes-datagram-private.h"

/* Read in one go: more than a receive buffer of the default size holds, so that after a pause every
 * heartbeat that has arrived is heard before anyone expires; bounded, so that a flood cannot keep
 * the main loop. */
#define READS_PER_DISPATCH 512

#define BUFFER_SIZE        65536

struct _TribesMcastService
{
  GObject parent;

  TribesMcastSettings settings;
  TribesMcastCore core;
  TribesMember *local;         /* as the channel said, without the domain; (nullable) */
  TribesMcastGroup group;      /* as it was at start */
  GSocketAddress *destination; /* (nullable): where there is no socket */
  GSocket *socket;             /* (nullable) */
  TribesMailbox *mailbox;      /* (nullable): in its place, on a network in memory */
  GSource *reader;             /* (nullable) */
  GSource *timer;              /* (nullable) */
  GMainContext *context;       /* (nullable) */
  guint8 *buffer;              /* (nullable) */
  TribesRateLimit noise_limit;
  guint64 refused;
  gboolean draining;
  TribesMcastTap tap; /* (nullable) */
  gpointer tap_data;
};

static void membership_init (TribesMembershipInterface *iface);
static void mcast_service_pump (TribesMcastService *self);

/**
 * TribesMcastService:
 *
 * Members that announce themselves by multicast: each sends a heartbeat every
 * [property@McastService:frequency] milliseconds and is gone when it says so or when nothing was
 * heard of it for [property@McastService:drop-time]. Members are listed oldest first.
 *
 * Settings are those of Tomcat's `<Membership>` element and take effect when the service is started
 * from standstill, [property@McastService:domain] at once. Tomcat's `soTimeout` has no counterpart:
 * there it is how often expiry is looked for, here members expire on time.
 *
 * Members of another domain are members like any other; keeping domains apart is the domain filter
 * interceptor's work, as in Tomcat.
 *
 * A socket that fails is opened anew after [property@McastService:recovery-counter] failures in a
 * row, then every [property@McastService:recovery-sleep-time] until it works; there is a warning
 * when trouble begins and a message when it is over. Datagrams that make no sense cost a line in
 * the log, a few lines per ten seconds at most, and nothing else.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.membership.McastService`. Other than there an
 * alive time survives a recovery.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE_WITH_CODE (TribesMcastService,
                               tribes_mcast_service,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TRIBES_TYPE_MEMBERSHIP, membership_init))

/* Sources */

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  tribes_clock_set_ready_time (source, -1);
  return callback (data);
}

static GSourceFuncs timer_funcs = { .dispatch = timer_dispatch };

static void
close_socket (TribesMcastService *self)
{
  tribes_source_clear (&self->reader);
  if (self->socket)
    g_socket_close (self->socket, NULL);
  g_clear_object (&self->socket);
  g_clear_object (&self->destination);
  g_clear_pointer (&self->mailbox, tribes_mailbox_close);
}

static gboolean
is_open (TribesMcastService *self)
{
  return self->socket || self->mailbox;
}

static gboolean
open_mailbox (TribesMcastService *self, TribesNetwork *network, gboolean join, GError **error)
{
  GMainContext *context = self->context ? self->context : g_main_context_get_thread_default ();
  TribesHost *host = tribes_network_find_host (network, context);
  g_autofree char *group = g_strdup_printf ("%s:%d", self->settings.address, self->settings.port);

  if (!host)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                           "multicast membership: this main context is no member's of the network "
                           "in memory");
      return FALSE;
    }
  self->mailbox = tribes_mailbox_open (host, group);
  if (join)
    tribes_mailbox_join (self->mailbox);
  return TRUE;
}

static gboolean
join_group (TribesMcastService *self, GError **error)
{
  if (self->socket)
    return tribes_mcast_socket_join (self->socket, &self->group, error);
  /* Without a socket one is being opened anew; that will join. */
  if (self->mailbox)
    tribes_mailbox_join (self->mailbox);
  return TRUE;
}

static gboolean
open_socket (TribesMcastService *self, gboolean join, GError **error)
{
  TribesNetwork *network = tribes_network_get_current ();
  g_autoptr (GSocketAddress) destination = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (network)
    return open_mailbox (self, network, join, error);
  destination = tribes_mcast_group_get_destination (&self->group, error);
  if (!destination)
    return FALSE;
  socket = tribes_mcast_socket_open (&self->group, error);
  if (!socket || (join && !tribes_mcast_socket_join (socket, &self->group, error)))
    return FALSE;
  self->socket = g_steal_pointer (&socket);
  self->destination = g_steal_pointer (&destination);
  return TRUE;
}

/* Reading */

static void
refuse (TribesMcastService *self, const char *peer, const GError *error, guint suppressed)
{
  if (suppressed > 0)
    g_message ("%u more datagrams were refused and not shown", suppressed);
  g_message ("datagram from %s refused: %s", peer, error->message);
}

static void
receive_datagram (TribesMcastService *self, gsize size, GSocketAddress *from)
{
  gint64 now_us = tribes_clock_get_us ();
  g_autoptr (GError) error = NULL;
  TribesRateLimit limit = self->noise_limit; /* a good datagram must not use it up */
  g_autofree char *peer = NULL;
  guint suppressed;
  /* Under a flood not even the reason is put into words. */
  gboolean aloud = tribes_rate_limit_allow (&limit, now_us, &suppressed);

  if (self->tap)
    self->tap (self->buffer, size, self->tap_data);
  if (tribes_mcast_core_receive (&self->core, self->buffer, size, now_us, aloud ? &error : NULL))
    return;
  self->refused++;
  self->noise_limit = limit;
  if (!aloud)
    return;
  peer = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (from));
  refuse (self, peer, error, suppressed);
}

static void
read_failed (TribesMcastService *self, const GError *error)
{
  if (tribes_mcast_core_read_failed (&self->core, tribes_clock_get_us ()))
    g_warning ("reading multicast: %s", error->message);
  else
    g_debug ("reading multicast: %s", error->message);
}

/* As the socket would give it. */
static gssize
take_letter (TribesMcastService *self, GSocketAddress **from, GError **error)
{
  guint number = 0;
  g_autoptr (GBytes) letter = tribes_mailbox_take (self->mailbox, &number);
  gsize size;

  if (!letter)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "no datagram");
      return -1;
    }
  *from = g_inet_socket_address_new_from_string (
      tribes_network_get_host_address (tribes_network_get_current (), number),
      (guint) self->settings.port);
  memcpy (self->buffer, g_bytes_get_data (letter, &size), g_bytes_get_size (letter));
  return (gssize) size;
}

static gssize
receive_from (TribesMcastService *self, GSocketAddress **from, GError **error)
{
  if (self->mailbox)
    return take_letter (self, from, error);
  return g_socket_receive_from (self->socket, from, (char *) self->buffer, BUFFER_SIZE, NULL,
                                error);
}

static void
read_datagrams (TribesMcastService *self)
{
  for (int i = 0;
       i < READS_PER_DISPATCH && is_open (self) && tribes_mcast_core_may_read (&self->core); i++)
    {
      g_autoptr (GSocketAddress) from = NULL;
      g_autoptr (GError) error = NULL;
      gssize size = receive_from (self, &from, &error);

      if (size >= 0)
        receive_datagram (self, (gsize) size, from);
      else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        return;
      else
        read_failed (self, error);
    }
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer data)
{
  TribesMcastService *self = data;

  read_datagrams (self);
  mcast_service_pump (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_letter (gpointer data)
{
  return on_readable (NULL, G_IO_IN, data);
}

static GSource *
reader_new (TribesMcastService *self)
{
  GSource *source;

  if (self->mailbox)
    return tribes_source_attach_to (tribes_mailbox_create_source (self->mailbox), self->context,
                                    "[tribes] multicast", on_letter, self);
  source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  return tribes_source_attach_to (source, self->context, "[tribes] multicast",
                                  G_SOURCE_FUNC (on_readable), self);
}

/* Sending */

static gboolean
put_datagram (TribesMcastService *self, const guint8 *data, gsize size, GError **error)
{
  if (!self->mailbox)
    return g_socket_send_to (self->socket, self->destination, (const char *) data, size, NULL,
                             error)
           >= 0;
  tribes_mailbox_send (self->mailbox, data, size);
  return TRUE;
}

static gboolean
send_datagram (TribesMcastService *self, GBytes *datagram, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gint64 now_us = tribes_clock_get_us ();
  gsize size;
  gconstpointer data = g_bytes_get_data (datagram, &size);

  if (!is_open (self))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                   "multicast to %s: the socket failed and is being opened anew",
                   self->settings.address);
      return FALSE;
    }
  if (put_datagram (self, data, size, &local_error))
    {
      if (tribes_mcast_core_sent (&self->core, now_us))
        g_message ("sending multicast works again");
      return TRUE;
    }
  if (tribes_mcast_core_send_failed (&self->core, now_us))
    g_warning ("sending multicast: %s", local_error->message);
  else
    g_debug ("sending multicast: %s", local_error->message);
  g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static void
flush_datagrams (TribesMcastService *self)
{
  GBytes *datagram;

  while ((datagram = tribes_mcast_core_pop_datagram (&self->core)))
    {
      /* What failed was logged; the next heartbeat is the next attempt. */
      send_datagram (self, datagram, NULL);
      g_bytes_unref (datagram);
    }
}

/* The pump: what follows every change of the core. Signals are emitted last, and nobody may touch
 * the service after it. */

static void
reopen_if_wanted (TribesMcastService *self)
{
  g_autoptr (GError) error = NULL;
  gint64 now_us = tribes_clock_get_us ();
  gboolean success;

  if (!tribes_mcast_core_wants_reopen (&self->core, now_us))
    return;
  close_socket (self);
  success = open_socket (self, (self->core.services & TRIBES_SERVICES_MBR_RX) != 0, &error);
  if (success)
    g_debug ("multicast socket opened anew");
  else
    g_debug ("multicast socket not opened anew, will try again: %s", error->message);
  tribes_mcast_core_reopened (&self->core, success, now_us);
}

static void
update_sources (TribesMcastService *self)
{
  gint64 deadline = tribes_mcast_core_next_deadline (&self->core);

  if (!is_open (self) || !tribes_mcast_core_may_read (&self->core))
    tribes_source_clear (&self->reader);
  else if (!self->reader)
    self->reader = reader_new (self);
  if (self->timer)
    tribes_clock_set_ready_time (self->timer, deadline == G_MAXINT64 ? -1 : deadline);
}

static void
emit_event (TribesMcastService *self, TribesMcastEvent *event)
{
  TribesMembership *membership = TRIBES_MEMBERSHIP (self);

  switch (event->kind)
    {
    case TRIBES_MCAST_MEMBER_ADDED:
      tribes_membership_emit_member_added (membership, event->member);
      break;
    case TRIBES_MCAST_MEMBER_DISAPPEARED:
      tribes_membership_emit_member_disappeared (membership, event->member);
      break;
    case TRIBES_MCAST_MESSAGE:
      tribes_membership_emit_message_received (membership, event->frame);
      break;
    }
}

static void
drain_events (TribesMcastService *self)
{
  TribesMcastEvent event;

  /* A handler that causes events does not see them before others have seen this one. */
  if (self->draining)
    return;
  self->draining = TRUE;
  while (tribes_mcast_core_pop_event (&self->core, &event))
    {
      emit_event (self, &event);
      tribes_mcast_event_clear (&event);
    }
  self->draining = FALSE;
}

static void
mcast_service_pump (TribesMcastService *self)
{
  G_GNUC_UNUSED g_autoptr (TribesMcastService) alive = g_object_ref (self);

  reopen_if_wanted (self);
  flush_datagrams (self);
  update_sources (self);
  drain_events (self);
}

static gboolean
on_timer (gpointer data)
{
  TribesMcastService *self = data;

  read_datagrams (self);
  tribes_mcast_core_tick (&self->core, tribes_clock_get_us ());
  mcast_service_pump (self);
  return G_SOURCE_CONTINUE;
}

void
tribes_mcast_service_stay_young (TribesMcastService *self)
{
  self->core.stays_young = TRUE;
}

void
tribes_mcast_service_set_tap (TribesMcastService *self, TribesMcastTap tap, gpointer user_data)
{
  self->tap = tap;
  self->tap_data = user_data;
}

/* TribesMembership */

static gboolean
check_settings (TribesMcastService *self, GError **error)
{
  self->group.port = (guint16) self->settings.port;
  self->group.ttl = self->settings.ttl;
  self->group.loopback = !self->settings.local_loopback_disabled;
  return tribes_mcast_group_parse (&self->group, self->settings.address, self->settings.bind,
                                   error);
}

static gboolean
check_local (TribesMcastService *self, GError **error)
{
  if (self->core.local)
    return TRUE;
  g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                       "multicast membership: expected a local member to announce, found none");
  return FALSE;
}

static void
begin (TribesMcastService *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->buffer = g_malloc (BUFFER_SIZE);
  self->timer = tribes_source_attach_to (g_source_new (&timer_funcs, sizeof (GSource)),
                                         self->context, "[tribes] multicast timer", on_timer, self);
}

static void
finish (TribesMcastService *self)
{
  close_socket (self);
  tribes_source_clear (&self->timer);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->buffer, g_free);
}

static gboolean
mcast_service_start (TribesMembership *membership, TribesServices services, GError **error)
{
  TribesMcastService *self = TRIBES_MCAST_SERVICE (membership);
  TribesMcastConfig config = tribes_mcast_settings_get_config (&self->settings);
  gboolean join;

  services &= (TRIBES_SERVICES_MBR_RX | TRIBES_SERVICES_MBR_TX) & ~self->core.services;
  if (services == 0)
    return TRUE;
  join = (services & TRIBES_SERVICES_MBR_RX) != 0;
  if ((services & TRIBES_SERVICES_MBR_TX) && !check_local (self, error))
    return FALSE;
  if (self->core.services == 0)
    {
      if (!check_settings (self, error) || !open_socket (self, join, error))
        return FALSE;
      begin (self);
    }
  else if (join && !join_group (self, error))
    return FALSE;
  tribes_mcast_core_start (&self->core, &config, services, tribes_clock_get_us ());
  mcast_service_pump (self);
  return TRUE;
}

static void
mcast_service_set_doubtful (TribesMembership *membership, TribesMember *member, gboolean doubtful)
{
  tribes_member_table_set_doubtful (&TRIBES_MCAST_SERVICE (membership)->core.table, member,
                                    doubtful);
}

static void
mcast_service_stop (TribesMembership *membership, TribesServices services)
{
  TribesMcastService *self = TRIBES_MCAST_SERVICE (membership);

  if ((self->core.services & services) == 0)
    return;
  tribes_mcast_core_stop (&self->core, services, tribes_clock_get_us ());
  flush_datagrams (self);
  update_sources (self);
  if (self->core.services == 0)
    finish (self);
}

/* The goodbye has to fit, too. */
static gboolean
fits_datagram (TribesMcastService *self)
{
  g_autoptr (GBytes) package = tribes_member_encode (self->local);
  gsize size = g_bytes_get_size (package) + TRIBES_MEMBER_SHUTDOWN_SIZE
               + (self->settings.domain ? g_bytes_get_size (self->settings.domain) : 0);

  if (size <= TRIBES_DATAGRAM_MAX_IPV4)
    return TRUE;
  g_warning ("local member not announced: expected at most %d bytes with payload and domain, "
             "found %" G_GSIZE_FORMAT,
             TRIBES_DATAGRAM_MAX_IPV4, size);
  return FALSE;
}

/* What is announced is what the channel said, and our domain. */
static void
announce_local (TribesMcastService *self)
{
  g_autoptr (TribesMember) member = NULL;

  if (!self->local)
    return;
  if (!fits_datagram (self))
    return;
  member = self->settings.domain ? tribes_member_with_domain (self->local, self->settings.domain)
                                 : tribes_member_ref (self->local);
  tribes_mcast_core_set_local (&self->core, member, tribes_clock_get_us ());
  mcast_service_pump (self);
}

static void
mcast_service_set_local_member (TribesMembership *membership, TribesMember *member)
{
  TribesMcastService *self = TRIBES_MCAST_SERVICE (membership);

  tribes_member_ref (member);
  g_clear_pointer (&self->local, tribes_member_unref);
  self->local = member;
  announce_local (self);
}

/* Everybody has had the time for two heartbeats. */
static guint
mcast_service_get_settle_ms (TribesMembership *membership)
{
  return 2 * MIN (TRIBES_MCAST_SERVICE (membership)->settings.frequency_ms, 5000) + 200;
}

static GPtrArray *
mcast_service_list_members (TribesMembership *membership)
{
  return tribes_member_table_list_members (&TRIBES_MCAST_SERVICE (membership)->core.table);
}

static gboolean
mcast_service_broadcast (TribesMembership *membership, GBytes *frame, GError **error)
{
  TribesMcastService *self = TRIBES_MCAST_SERVICE (membership);
  gboolean sent;

  if (!(self->core.services & TRIBES_SERVICES_MBR_TX))
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                           "multicast: expected a started announcer to send with, found none");
      return FALSE;
    }
  if (!tribes_datagram_fits (g_bytes_get_size (frame), TRIBES_DATAGRAM_MAX_IPV4, error))
    return FALSE;
  sent = send_datagram (self, frame, error);
  update_sources (self);
  return sent;
}

static void
membership_init (TribesMembershipInterface *iface)
{
  iface->start = mcast_service_start;
  iface->stop = mcast_service_stop;
  iface->set_local_member = mcast_service_set_local_member;
  iface->list_members = mcast_service_list_members;
  iface->broadcast = mcast_service_broadcast;
  iface->set_doubtful = mcast_service_set_doubtful;
  iface->get_settle_ms = mcast_service_get_settle_ms;
}

/* GObject */

static void
tribes_mcast_service_init (TribesMcastService *self)
{
  TribesMcastConfig config = tribes_mcast_settings_get_config (&self->settings);

  tribes_mcast_core_init (&self->core, &config);
}

static void
tribes_mcast_service_dispose (GObject *object)
{
  mcast_service_stop (TRIBES_MEMBERSHIP (object), TRIBES_SERVICES_DEFAULT);
  G_OBJECT_CLASS (tribes_mcast_service_parent_class)->dispose (object);
}

static void
tribes_mcast_service_finalize (GObject *object)
{
  TribesMcastService *self = TRIBES_MCAST_SERVICE (object);

  tribes_mcast_core_clear (&self->core);
  tribes_mcast_group_clear (&self->group);
  g_clear_pointer (&self->local, tribes_member_unref);
  tribes_mcast_settings_clear (&self->settings);
  G_OBJECT_CLASS (tribes_mcast_service_parent_class)->finalize (object);
}

static void
tribes_mcast_service_set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  tribes_field_set_property (object, id, value, spec);
  if (g_str_equal (spec->name, "domain"))
    announce_local (TRIBES_MCAST_SERVICE (object));
}

static void
tribes_mcast_service_class_init (TribesMcastServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const TribesField refused = {
    /**
     * TribesMcastService:refused:
     *
     * Number of datagrams that were refused since the service was made.
     *
     * Since: 0.1
     */
    g_param_spec_uint64 ("refused", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),
    G_STRUCT_OFFSET (TribesMcastService, refused),
  };

  object_class->dispose = tribes_mcast_service_dispose;
  object_class->finalize = tribes_mcast_service_finalize;
  tribes_mcast_settings_install (object_class, G_STRUCT_OFFSET (TribesMcastService, settings));
  tribes_field_install (object_class, &refused, 1);
  object_class->set_property = tribes_mcast_service_set_property;
}

/**
 * tribes_mcast_service_new:
 *
 * Makes a membership with Tomcat's default settings.
 *
 * Returns: (transfer full): the service
 *
 * Since: 0.1
 */
TribesMcastService *
tribes_mcast_service_new (void)
{
  return g_object_new (TRIBES_TYPE_MCAST_SERVICE, NULL);
}
