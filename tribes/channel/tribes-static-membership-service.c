/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around tribes-static-core: it asks through an RPC channel of its own, and answers. It
 * answers at once, whatever it is asked and by whom: a Tomcat holds up everything it does at a
 * heartbeat for a member that does not.
 */
#include "tribes/channel/tribes-static-membership-service.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/channel/tribes-dissect-java.h"
#include "tribes/channel/tribes-member-message-private.h"
#include "tribes/channel/tribes-rpc-channel-private.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/wire/tribes-member-private.h"

/* Without an acknowledgement, as Tomcat: an answer is one. Not asynchronous, as Tomcat is: nobody
 * waits here, and so it is known at once that nobody is there to be asked. */
#define SEND_OPTIONS TRIBES_SEND_OPTIONS_NONE

#define BOTH         (TRIBES_SERVICES_MBR_RX | TRIBES_SERVICES_MBR_TX)

struct _TribesStaticMembershipService
{
  GObject parent_instance;

  gint64 expiration_time;
  int connect_timeout;
  gint64 rpc_timeout;
  gint64 ping_interval;
  gboolean use_thread;
  GBytes *local_id;     /* (nullable): what a LocalMember says */
  GBytes *local_domain; /* (nullable) */

  TribesChannel *channel; /* (nullable), weak */
  TribesMember *local;    /* (nullable) */
  TribesStaticCore core;
  TribesServices services;
  TribesRpcChannel *rpc; /* (nullable): while it is started */
  GBytes *id;            /* (nullable): of those who ask each other */
  GBytes *prefix;        /* of messages that are no questions */
  GSource *first;        /* (nullable) */
  GSource *pinger;       /* (nullable) */
  gint64 started_us;
  guint64 refused;
  TribesRateLimit noise;
};

static void membership_init (TribesMembershipInterface *iface);

/**
 * TribesStaticMembershipService:
 *
 * Members that are listed, and asked at each heartbeat of the channel whether they are there. One
 * is gone when it says so, when nobody is there to be asked, or when it does not answer and was not
 * heard for longer than [property@StaticMembershipService:expiration-time]. Who is not listed here
 * but lists this process is a member, too, as long as it asks.
 *
 * Each member is asked for itself, so one that does not answer holds up nothing. Tomcats of 9.0 and
 * of 10.1 do not understand each other, as their member classes differ; this one is understood by
 * all of them, and understands them all.
 *
 * Those who ask each other have the name of their channel in common
 * ([method@Channel.set_name]).
 *
 * Settings are those of Tomcat's `<Membership>` element and take effect when the service is
 * started.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.membership.StaticMembershipService` and its
 * `StaticMembershipProvider`.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE_WITH_CODE (TribesStaticMembershipService,
                               tribes_static_membership_service,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TRIBES_TYPE_MEMBERSHIP, membership_init))

static void
complain (TribesStaticMembershipService *self, TribesMember *source, const GError *error)
{
  g_autofree char *name = NULL;
  guint more;

  self->refused++;
  if (!tribes_rate_limit_allow (&self->noise, tribes_clock_get_us (), &more))
    return;
  name = tribes_member_to_string (source);
  g_message ("static membership: message of %s refused: %s (%u more not shown)", name,
             error->message, more);
}

/* (transfer full): this process as it is now */
static TribesMember *
dup_local (TribesStaticMembershipService *self)
{
  return tribes_member_with_alive_time (self->local,
                                        (tribes_clock_get_us () - self->started_us) / 1000);
}

/* Handlers may do anything. */
static void
hand_out_events (TribesStaticMembershipService *self)
{
  TribesStaticEvent event;

  g_object_ref (self);
  while (tribes_static_core_pop_event (&self->core, &event))
    {
      if (event.added)
        tribes_membership_emit_member_added (TRIBES_MEMBERSHIP (self), event.member);
      else
        tribes_membership_emit_member_disappeared (TRIBES_MEMBERSHIP (self), event.member);
      tribes_member_unref (event.member);
    }
  g_object_unref (self);
}

/* Gives the message for which @value was taken, or 0. */
static TribesStaticKind
hear (TribesStaticMembershipService *self, TribesJavaValue *value, TribesMember *source)
{
  g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;
  g_autoptr (GError) error = NULL;

  if (!tribes_member_message_read (value, &message, &error)
      || !tribes_static_core_hear (&self->core, message.kind, message.member, source,
                                   tribes_clock_get_us (), &error))
    complain (self, source, error);
  return message.kind;
}

/* Answering */

static gboolean
on_request (TribesRpcRequest *request, gpointer data)
{
  TribesStaticMembershipService *self = data;
  g_autoptr (TribesMember) local = dup_local (self);
  g_autoptr (TribesJavaValue) answer = NULL;
  g_autoptr (GError) error = NULL;
  TribesStaticKind kind = hear (self, tribes_rpc_request_get_message (request),
                                tribes_rpc_request_get_source (request));

  if (kind == TRIBES_STATIC_START || kind == TRIBES_STATIC_PING)
    answer = tribes_member_message_write (kind, self->id, local);
  if (!tribes_rpc_request_reply (request, answer, &error))
    g_debug ("static membership: %s", error->message);
  hand_out_events (self);
  return TRUE;
}

static void
on_left_over (TribesJavaValue *value, TribesMember *source, gpointer data)
{
  TribesStaticMembershipService *self = data;

  hear (self, value, source);
  hand_out_events (self);
}

/* What is no question: who stops does not wait. */
static gboolean
on_message (TribesMessage *message, gpointer data)
{
  TribesStaticMembershipService *self = data;
  gsize size, prefix_size;
  const guint8 *bytes = tribes_message_peek_payload (message, &size);
  const guint8 *prefix = g_bytes_get_data (self->prefix, &prefix_size);
  g_autoptr (TribesMember) source = NULL;
  g_autoptr (TribesJavaValue) value = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;

  if (size < prefix_size || memcmp (bytes, prefix, prefix_size) != 0)
    return FALSE;
  source = tribes_message_dup_address (message);
  payload = tribes_message_dup_payload (message);
  value = tribes_java_value_deserialize (payload, &error);
  if (value)
    hear (self, value, source);
  else
    complain (self, source, error);
  hand_out_events (self);
  return TRUE;
}

/* Asking */

typedef struct
{
  TribesStaticMembershipService *self;
  TribesMember *member;
} Ask;

static void
ask_free (Ask *ask)
{
  g_object_unref (ask->self);
  tribes_member_unref (ask->member);
  g_free (ask);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ask, ask_free)

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Ask) ask = data;
  TribesStaticMembershipService *self = ask->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) responses
      = tribes_rpc_channel_send_finish (TRIBES_RPC_CHANNEL (source), result, &error);
  TribesStaticOutcome outcome = TRIBES_STATIC_SILENT;

  /* It has been stopped. */
  if (TRIBES_RPC_CHANNEL (source) != self->rpc)
    return;
  if (!responses)
    outcome = TRIBES_STATIC_UNREACHABLE;
  else if (responses->len > 0
           && hear (self, tribes_rpc_response_get_message (responses->pdata[0]),
                    tribes_rpc_response_get_source (responses->pdata[0])))
    outcome = TRIBES_STATIC_ANSWERED;
  tribes_static_core_asked (&self->core, ask->member, outcome, tribes_clock_get_us ());
  hand_out_events (self);
}

/* There may be no connection to who was not there: making one has a time of its own. */
static gint64
get_timeout (TribesStaticMembershipService *self, gboolean is_known)
{
  return MIN (self->rpc_timeout, G_MAXINT32) + (is_known ? 0 : self->connect_timeout);
}

static void
ask_all (TribesStaticMembershipService *self)
{
  TribesStaticAsk next;

  while (self->rpc && tribes_static_core_pop_ask (&self->core, &next))
    {
      Ask *ask = g_new (Ask, 1);
      g_autoptr (GPtrArray) destinations
          = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
      g_autoptr (TribesMember) local = dup_local (self);
      g_autoptr (TribesJavaValue) message
          = tribes_member_message_write (next.kind, self->id, local);

      *ask = (Ask){ g_object_ref (self), next.member };
      g_ptr_array_add (destinations, tribes_member_ref (next.member));
      tribes_rpc_channel_send_async (self->rpc, destinations, message, TRIBES_RPC_OPTIONS_ALL_REPLY,
                                     SEND_OPTIONS, get_timeout (self, next.is_known), NULL,
                                     on_asked, ask);
    }
}

static void
ping (TribesStaticMembershipService *self)
{
  tribes_static_core_ping (&self->core, tribes_clock_get_us ());
  ask_all (self);
  hand_out_events (self);
}

static gboolean
on_first (gpointer data)
{
  TribesStaticMembershipService *self = data;

  tribes_source_clear (&self->first);
  ask_all (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_ping (gpointer data)
{
  ping (data);
  return G_SOURCE_CONTINUE;
}

/* Who is told does not answer, and his acknowledgement nobody waits for. */
static void
say_goodbye (TribesStaticMembershipService *self)
{
  g_autoptr (GPtrArray) members = tribes_member_table_list_members (&self->core.table);
  g_autoptr (TribesMember) alive = dup_local (self);
  g_autoptr (TribesMember) leaving = tribes_member_with_shutdown (alive);
  g_autoptr (TribesJavaValue) value
      = tribes_member_message_write (TRIBES_STATIC_STOP, self->id, leaving);
  g_autoptr (GBytes) payload = tribes_java_value_serialize (value, NULL);
  g_autoptr (TribesMessage) message = NULL;
  g_autoptr (TribesDelivery) delivery = NULL;

  if (members->len == 0 || !payload || !self->channel)
    return;
  message = tribes_message_new (leaving, payload, SEND_OPTIONS, tribes_clock_get_wall_ms ());
  delivery = tribes_delivery_new (message, members);
  tribes_interceptor_send_message (TRIBES_INTERCEPTOR (self->channel), delivery);
}

/* TribesMembership */

static gboolean
open_channel (TribesStaticMembershipService *self, GError **error)
{
  const char *name = self->channel ? tribes_channel_get_name (self->channel) : NULL;
  g_autofree char *id = g_strconcat (name ? name : "null", "-StaticMembership", NULL);

  if (!self->channel || !self->local)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                           "static membership: expected a channel with a receiver, found none");
      return FALSE;
    }
  g_clear_pointer (&self->id, g_bytes_unref);
  self->id = g_bytes_new (id, strlen (id));
  self->rpc = tribes_rpc_channel_new (self->channel, self->id, error);
  if (!self->rpc)
    return FALSE;
  g_object_set (self->rpc, "reply-message-options", (guint) SEND_OPTIONS, NULL);
  tribes_rpc_channel_set_handler (self->rpc, on_request, on_left_over, self);
  tribes_channel_add_listener (self->channel, on_message, self);
  self->started_us = tribes_clock_get_us ();
  return TRUE;
}

/* What is above the membership is not started yet, and may have to send first. */
static void
begin (TribesStaticMembershipService *self)
{
  tribes_static_core_start (&self->core, MIN (self->expiration_time, G_MAXINT32) * 1000);
  self->first = tribes_source_attach (tribes_clock_timeout_new (0), "[tribes] static start",
                                      on_first, self);
  if (self->use_thread)
    self->pinger = tribes_source_attach (tribes_clock_timeout_new (
                                             (guint) MIN (self->ping_interval, G_MAXINT32)),
                                         "[tribes] static ping", on_ping, self);
}

static gboolean
service_start (TribesMembership *membership, TribesServices services, GError **error)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (membership);

  services &= BOTH & ~self->services;
  if (services == 0)
    return TRUE;
  if (!self->rpc && !open_channel (self, error))
    return FALSE;
  self->services |= services;
  if (self->services == BOTH)
    begin (self);
  return TRUE;
}

static void
service_stop (TribesMembership *membership, TribesServices services)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (membership);
  g_autoptr (TribesRpcChannel) rpc = NULL;

  self->services &= ~services;
  if (self->services != 0 || !self->rpc)
    return;
  tribes_source_clear (&self->first);
  tribes_source_clear (&self->pinger);
  rpc = g_steal_pointer (&self->rpc);
  tribes_rpc_channel_close (rpc);
  say_goodbye (self);
  if (self->channel)
    tribes_channel_remove_listener (self->channel, on_message, self);
  tribes_static_core_stop (&self->core);
}

/* What a LocalMember says, or who is listed where this process listens. */
static void
identify (TribesStaticMembershipService *self)
{
  TribesMember *listed = tribes_static_core_find_listed (&self->core, self->local);
  g_autoptr (GBytes) domain = self->local_domain ? g_bytes_ref (self->local_domain) : NULL;
  g_autoptr (GBytes) now = tribes_member_dup_domain (self->local);
  const guint8 *id = self->local_id ? g_bytes_get_data (self->local_id, NULL) : NULL;

  if (listed && !id)
    id = tribes_member_get_unique_id (listed);
  if (listed && !domain)
    domain = tribes_member_dup_domain (listed);
  if (!self->channel)
    return;
  if (domain && !g_bytes_equal (domain, now))
    tribes_channel_set_domain (self->channel, domain);
  if (id && memcmp (id, tribes_member_get_unique_id (self->local), TRIBES_MEMBER_ID_SIZE) != 0)
    tribes_channel_set_unique_id_bytes (self->channel, id);
}

static void
service_set_local_member (TribesMembership *membership, TribesMember *member)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (membership);

  tribes_member_ref (member);
  g_clear_pointer (&self->local, tribes_member_unref);
  self->local = member;
  tribes_static_core_set_local (&self->core, member);
  /* The channel tells again what becomes of that. */
  identify (self);
}

static GPtrArray *
service_list_members (TribesMembership *membership)
{
  return tribes_member_table_list_members (
      &TRIBES_STATIC_MEMBERSHIP_SERVICE (membership)->core.table);
}

static gboolean
service_add_static_member (TribesMembership *membership, TribesMember *member, GError **error)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (membership);

  if (self->core.listed->len >= TRIBES_MEMBER_TABLE_MAX)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "static membership: expected at most %d members, found one more",
                   TRIBES_MEMBER_TABLE_MAX);
      return FALSE;
    }
  tribes_static_core_add (&self->core, member);
  return TRUE;
}

static gboolean
service_set_local_identity (TribesMembership *membership,
                            GBytes *unique_id,
                            GBytes *domain,
                            GError **error)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (membership);

  if (unique_id && g_bytes_get_size (unique_id) != TRIBES_MEMBER_ID_SIZE)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "local member: expected a unique id of %d bytes, found %" G_GSIZE_FORMAT,
                   TRIBES_MEMBER_ID_SIZE, g_bytes_get_size (unique_id));
      return FALSE;
    }
  g_clear_pointer (&self->local_id, g_bytes_unref);
  g_clear_pointer (&self->local_domain, g_bytes_unref);
  self->local_id = unique_id ? g_bytes_ref (unique_id) : NULL;
  self->local_domain = domain ? g_bytes_ref (domain) : NULL;
  return TRUE;
}

static void
service_set_doubtful (TribesMembership *membership, TribesMember *member, gboolean doubtful)
{
  tribes_member_table_set_doubtful (&TRIBES_STATIC_MEMBERSHIP_SERVICE (membership)->core.table,
                                    member, doubtful);
}

static void
service_heartbeat (TribesMembership *membership)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (membership);

  if (!self->use_thread)
    ping (self);
}

static void
service_set_channel (TribesMembership *membership, GObject *channel)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (membership);

  if (self->rpc)
    service_stop (membership, self->services);
  g_set_weak_pointer (&self->channel, TRIBES_CHANNEL (channel));
}

static void
membership_init (TribesMembershipInterface *iface)
{
  iface->start = service_start;
  iface->stop = service_stop;
  iface->set_local_member = service_set_local_member;
  iface->list_members = service_list_members;
  iface->add_static_member = service_add_static_member;
  iface->set_local_identity = service_set_local_identity;
  iface->set_doubtful = service_set_doubtful;
  iface->heartbeat = service_heartbeat;
  iface->set_channel = service_set_channel;
}

/* GObject */

static void
tribes_static_membership_service_init (TribesStaticMembershipService *self)
{
  tribes_static_core_init (&self->core);
  self->prefix = tribes_java_class_dup_stream_prefix (TRIBES_MEMBER_MESSAGE_CLASS);
}

static void
tribes_static_membership_service_dispose (GObject *object)
{
  service_set_channel (TRIBES_MEMBERSHIP (object), NULL);
  G_OBJECT_CLASS (tribes_static_membership_service_parent_class)->dispose (object);
}

static void
tribes_static_membership_service_finalize (GObject *object)
{
  TribesStaticMembershipService *self = TRIBES_STATIC_MEMBERSHIP_SERVICE (object);

  tribes_static_core_clear (&self->core);
  g_clear_pointer (&self->local, tribes_member_unref);
  g_clear_pointer (&self->local_id, g_bytes_unref);
  g_clear_pointer (&self->local_domain, g_bytes_unref);
  g_clear_pointer (&self->id, g_bytes_unref);
  g_clear_pointer (&self->prefix, g_bytes_unref);
  G_OBJECT_CLASS (tribes_static_membership_service_parent_class)->finalize (object);
}

static void
install_times (GObjectClass *klass)
{
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesStaticMembershipService:expiration-time:
     *
     * Milliseconds after which a member that does not answer is gone. Tomcat counterpart:
     * `expirationTime`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("expiration-time", NULL, NULL, 1, G_MAXINT64, 5000, flags),
      G_STRUCT_OFFSET (TribesStaticMembershipService, expiration_time) },
    /**
     * TribesStaticMembershipService:connect-timeout:
     *
     * Milliseconds that an answer of somebody who was not there may take longer, as there has to be
     * a connection first. Tomcat counterpart: `connectTimeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_int ("connect-timeout", NULL, NULL, 0, G_MAXINT32, 500, flags),
      G_STRUCT_OFFSET (TribesStaticMembershipService, connect_timeout) },
    /**
     * TribesStaticMembershipService:rpc-timeout:
     *
     * Milliseconds to wait for an answer. Tomcat counterpart: `rpcTimeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("rpc-timeout", NULL, NULL, 1, G_MAXINT64, 3000, flags),
      G_STRUCT_OFFSET (TribesStaticMembershipService, rpc_timeout) },
    /**
     * TribesStaticMembershipService:ping-interval:
     *
     * Milliseconds between two questions, where [property@StaticMembershipService:use-thread] is
     * set. Tomcat counterpart: `pingInterval`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("ping-interval", NULL, NULL, 1, G_MAXINT64, 1000, flags),
      G_STRUCT_OFFSET (TribesStaticMembershipService, ping_interval) },
  };

  tribes_field_install (klass, fields, G_N_ELEMENTS (fields));
}

static void
tribes_static_membership_service_class_init (TribesStaticMembershipServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const TribesField fields[] = {
    /**
     * TribesStaticMembershipService:use-thread:
     *
     * Whether members are asked every [property@StaticMembershipService:ping-interval], and not at
     * each heartbeat of the channel. There is no thread. Tomcat counterpart: `useThread`.
     *
     * Since: 0.1
     */
    { g_param_spec_boolean ("use-thread", NULL, NULL, FALSE, TRIBES_FIELD_FLAGS),
      G_STRUCT_OFFSET (TribesStaticMembershipService, use_thread) },
    /**
     * TribesStaticMembershipService:refused:
     *
     * Number of messages that were refused since the service was made: such as announce somebody
     * else, or could not be read.
     *
     * Since: 0.1
     */
    { g_param_spec_uint64 ("refused", NULL, NULL, 0, G_MAXUINT64, 0,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS),
      G_STRUCT_OFFSET (TribesStaticMembershipService, refused) },
  };

  object_class->dispose = tribes_static_membership_service_dispose;
  object_class->finalize = tribes_static_membership_service_finalize;
  install_times (object_class);
  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

/**
 * tribes_static_membership_service_new:
 *
 * Makes a membership with Tomcat's default settings.
 *
 * Returns: (transfer full): the service
 *
 * Since: 0.1
 */
TribesStaticMembershipService *
tribes_static_membership_service_new (void)
{
  return g_object_new (TRIBES_TYPE_STATIC_MEMBERSHIP_SERVICE, NULL);
}
