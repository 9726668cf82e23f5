/* SPDX-License-Identifier: Apache-2.0
 *
 * The shell around tribes-cloud-core: one question at a time, and what its answer means. It decides
 * nothing; signals are emitted only when the core has returned, from its queue, one at a time, so a
 * handler may do anything, stopping or dropping the service included.
 */
#include "tribes/membership/tribes-cloud-membership-service.h"

#include <gio/gio.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"
#include "tribes/base/tribes-host-private.h"
#include "tribes/base/tribes-source-private.h"
#include "tribes/cloud/tribes-cloud-list-private.h"
#include "tribes/membership/tribes-cloud-core-private.h"
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/wire/tribes-member-private.h"

/* Until there was an answer nobody knows of anybody, and the next heartbeat may be far. */
#define FIRST_ANSWER_RETRY_MS 1000

struct _TribesCloudMembershipService
{
  GObject parent;

  char *provider; /* (nullable) */
  guint connect_timeout_ms;
  guint read_timeout_ms;
  gint64 expiration_ms;

  TribesCloudCore core;
  TribesCloudEnvironment environment; /* while it is started */
  TribesMember *local;                /* as the channel said; (nullable) */
  GCancellable *question;             /* (nullable): while one is asked */
  GSource *retry;                     /* (nullable) */
  gint64 asked_us;
  gint64 started_ms; /* wall clock */
  gboolean started;
  gboolean troubled; /* since a failure that was said aloud */
  gboolean crowded;  /* since a list was found too long */
  gboolean draining;
};

static void membership_init (TribesMembershipInterface *iface);
static void ask (TribesCloudMembershipService *self);

/**
 * TribesCloudMembershipService:
 *
 * Members that somebody else lists: with
 * [property@CloudMembershipService:membership-provider-class-name] `kubernetes` the API server of a
 * Kubernetes cluster, whose pods of one namespace that run are the members, and with `dns` the
 * addresses of one name. All members listen on the same port. The list is asked for at the start
 * and with each heartbeat of the channel; a member that it does not have any more stays for
 * [property@CloudMembershipService:expiration-time].
 *
 * Where to ask is said by the environment variables that a Tomcat reads, at the start: for DNS
 * `DNS_MEMBERSHIP_SERVICE_NAME`, else `KUBERNETES_NAMESPACE`; for Kubernetes
 * `KUBERNETES_NAMESPACE`, `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`,
 * `KUBERNETES_MASTER_PROTOCOL`, `KUBERNETES_API_VERSION`, `KUBERNETES_LABELS` (a label selector),
 * `KUBERNETES_CA_CERTIFICATE_FILE`, `SA_TOKEN_FILE`, or `KUBERNETES_CLIENT_CERTIFICATE_FILE` and
 * `KUBERNETES_CLIENT_KEY_FILE`, most of them with `OPENSHIFT_KUBE_PING_` names that come first.
 * Expected in the pod's own container is what Kubernetes puts there.
 *
 * Ids are those that a Tomcat gives to its members, the MD5 of the pod's uid or of the address as
 * text, and the local member has the one that others think of.
 *
 * With DNS whoever sends a message is a member, as with Tomcat: a list may be old. So the port must
 * not be open to strangers, or an `EncryptInterceptor` has to tell who is none.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.membership.cloud.CloudMembershipService`. Other
 * than there nobody waits for an answer, and while there is none, as the server is down, refuses or
 * answers nonsense, those who are known stay members; Tomcat drops them all.
 *
 * Since: 0.1
 */
G_DEFINE_FINAL_TYPE_WITH_CODE (TribesCloudMembershipService,
                               tribes_cloud_membership_service,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TRIBES_TYPE_MEMBERSHIP, membership_init))

/* Events */

static void
emit_event (TribesCloudMembershipService *self, TribesCloudEvent *event)
{
  TribesMembership *membership = TRIBES_MEMBERSHIP (self);
  g_autoptr (GBytes) id = NULL;

  switch (event->kind)
    {
    case TRIBES_CLOUD_MEMBER_ADDED:
      tribes_membership_emit_member_added (membership, event->member);
      break;
    case TRIBES_CLOUD_MEMBER_DISAPPEARED:
      tribes_membership_emit_member_disappeared (membership, event->member);
      break;
    case TRIBES_CLOUD_IDENTIFIED:
      id = g_bytes_new (event->unique_id, sizeof event->unique_id);
      tribes_membership_emit_identified (membership, id);
      break;
    }
}

static void
drain_events (TribesCloudMembershipService *self)
{
  G_GNUC_UNUSED g_autoptr (TribesCloudMembershipService) alive = g_object_ref (self);
  TribesCloudEvent event;

  /* A handler that causes events does not see them before others have seen this one. */
  if (self->draining)
    return;
  self->draining = TRUE;
  while (tribes_cloud_core_pop_event (&self->core, &event))
    {
      emit_event (self, &event);
      tribes_cloud_event_clear (&event);
    }
  self->draining = FALSE;
}

/* Questions and answers */

static gboolean
on_retry (gpointer data)
{
  TribesCloudMembershipService *self = data;

  tribes_source_clear (&self->retry);
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
say_failure (TribesCloudMembershipService *self, const GError *error)
{
  if (self->troubled)
    g_debug ("members of %s: %s", self->environment.name, error->message);
  else
    g_warning ("members of %s: %s; those who are known stay", self->environment.name,
               error->message);
  self->troubled = TRUE;
  if (!self->core.answered && !self->retry)
    self->retry = tribes_source_attach (tribes_clock_timeout_new (FIRST_ANSWER_RETRY_MS),
                                        "[tribes] cloud membership", on_retry, self);
}

static void
say_success (TribesCloudMembershipService *self)
{
  if (self->troubled)
    g_message ("members of %s: the list is answered again", self->environment.name);
  self->troubled = FALSE;
  if (self->core.n_refused > 0 && !self->crowded)
    g_warning ("members of %s: %u are listed, more than the %d that can be members",
               self->environment.name, self->core.n_listed + self->core.n_refused,
               TRIBES_MEMBER_TABLE_MAX);
  self->crowded = self->core.n_refused > 0;
}

static void
on_list (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TribesCloudMembershipService) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) entries = tribes_cloud_list_finish (result, &error);

  /* One that was stopped meanwhile, and perhaps started again, asked for this no more. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->question);
  if (!entries)
    {
      say_failure (self, error);
      return;
    }
  tribes_cloud_core_listed (&self->core, entries, tribes_clock_get_us ());
  say_success (self);
  drain_events (self);
}

static void
ask (TribesCloudMembershipService *self)
{
  const TribesCloudAsking asking = {
    .connect_timeout_ms = self->connect_timeout_ms,
    .read_timeout_ms = self->read_timeout_ms,
    .started_ms = self->started_ms,
  };

  self->asked_us = tribes_clock_get_us ();
  self->question = g_cancellable_new ();
  tribes_cloud_list_async (&self->environment, &asking, self->question, on_list,
                           g_object_ref (self));
}

static void
cloud_heartbeat (TribesMembership *membership)
{
  TribesCloudMembershipService *self = TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership);
  g_autoptr (GError) error = NULL;

  if (!self->started)
    return;
  if (!self->question)
    {
      tribes_source_clear (&self->retry);
      ask (self);
      return;
    }
  g_set_error (&error, TRIBES_ERROR, TRIBES_ERROR_TIMED_OUT, "no answer for %.1f s",
               (double) (tribes_clock_get_us () - self->asked_us) / G_USEC_PER_SEC);
  say_failure (self, error);
}

/* TribesMembership */

static gboolean
read_environment (TribesCloudMembershipService *self,
                  TribesCloudEnvironment *environment,
                  GError **error)
{
  TribesCloudProvider provider;

  return tribes_cloud_provider_parse (self->provider, &provider, error)
         && tribes_cloud_environment_read (environment, provider, g_getenv, error);
}

static gboolean
cloud_check (TribesMembership *membership, GError **error)
{
  g_auto (TribesCloudEnvironment) environment = { 0 };

  return read_environment (TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership), &environment, error);
}

/* The list has this process, too. It is where its receiver listens; one that listens everywhere is
 * where this host's name says, as for a Tomcat. */
static gboolean
set_place (TribesCloudMembershipService *self, GError **error)
{
  TribesMemberFields fields;
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GError) reason = NULL;

  if (!self->local)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                           "cloud membership: expected a local member with the port of all, found "
                           "none");
      return FALSE;
    }
  tribes_member_peek_fields (self->local, &fields);
  address
      = g_inet_address_new_from_bytes (fields.host, fields.host_size == 16 ? G_SOCKET_FAMILY_IPV6
                                                                           : G_SOCKET_FAMILY_IPV4);
  if (g_inet_address_get_is_any (address))
    {
      g_object_unref (address);
      address = tribes_host_look_up (g_get_host_name (), &reason);
    }
  if (address)
    {
      tribes_cloud_core_set_place (&self->core, g_inet_address_to_bytes (address),
                                   g_inet_address_get_native_size (address), fields.port);
      return TRUE;
    }
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
               "cloud membership: the receiver listens everywhere, and where this is the host's "
               "name does not tell: %s",
               reason->message);
  return FALSE;
}

/* The id that others give to this process. The uid of a pod is known when it was listed; until then
 * a Tomcat has 16 zero bytes. */
static void
identify (TribesCloudMembershipService *self)
{
  guint8 unique_id[TRIBES_MEMBER_ID_SIZE] = { 0 };
  g_autoptr (GBytes) id = NULL;

  if (self->environment.provider == TRIBES_CLOUD_DNS)
    tribes_cloud_id_of_address (self->core.host, self->core.host_size, unique_id);
  id = g_bytes_new (unique_id, sizeof unique_id);
  tribes_membership_emit_identified (TRIBES_MEMBERSHIP (self), id);
}

static gboolean
cloud_start (TribesMembership *membership, TribesServices services, GError **error)
{
  TribesCloudMembershipService *self = TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership);
  g_auto (TribesCloudEnvironment) environment = { 0 };

  /* There is nothing to announce: the list does that. */
  if (!(services & TRIBES_SERVICES_MBR_RX) || self->started)
    return TRUE;
  if (!read_environment (self, &environment, error) || !set_place (self, error))
    return FALSE;
  self->environment = environment;
  environment = (TribesCloudEnvironment){ 0 };
  if (self->environment.namespace_assumed)
    g_message ("cloud membership: no environment variable names a namespace: taking \"%s\", as "
               "Tomcat does",
               self->environment.name);
  self->started = TRUE;
  self->troubled = self->crowded = FALSE;
  self->started_ms = tribes_clock_get_wall_ms ();
  tribes_cloud_core_start (&self->core, self->expiration_ms * 1000);
  identify (self);
  ask (self);
  return TRUE;
}

static void
cloud_stop (TribesMembership *membership, TribesServices services)
{
  TribesCloudMembershipService *self = TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership);

  if (!(services & TRIBES_SERVICES_MBR_RX) || !self->started)
    return;
  self->started = FALSE;
  if (self->question)
    g_cancellable_cancel (self->question);
  g_clear_object (&self->question);
  tribes_source_clear (&self->retry);
  tribes_cloud_core_stop (&self->core);
  tribes_cloud_environment_clear (&self->environment);
}

static void
cloud_set_local_member (TribesMembership *membership, TribesMember *member)
{
  TribesCloudMembershipService *self = TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership);

  tribes_member_ref (member);
  g_clear_pointer (&self->local, tribes_member_unref);
  self->local = member;
  tribes_member_table_set_local (&self->core.table, member);
}

static GPtrArray *
cloud_list_members (TribesMembership *membership)
{
  return tribes_member_table_list_members (
      &TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership)->core.table);
}

static void
cloud_set_doubtful (TribesMembership *membership, TribesMember *member, gboolean doubtful)
{
  tribes_member_table_set_doubtful (&TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership)->core.table,
                                    member, doubtful);
}

static void
cloud_heard (TribesMembership *membership, TribesMember *sender)
{
  TribesCloudMembershipService *self = TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership);

  if (!self->started || self->environment.provider != TRIBES_CLOUD_DNS)
    return;
  tribes_cloud_core_heard (&self->core, sender, tribes_clock_get_us ());
  drain_events (self);
}

/* As long as a list may take that comes in time. */
static guint
cloud_get_settle_ms (TribesMembership *membership)
{
  TribesCloudMembershipService *self = TRIBES_CLOUD_MEMBERSHIP_SERVICE (membership);

  return MIN (self->connect_timeout_ms, 5000) + MIN (self->read_timeout_ms, 5000);
}

static void
membership_init (TribesMembershipInterface *iface)
{
  iface->check = cloud_check;
  iface->start = cloud_start;
  iface->stop = cloud_stop;
  iface->set_local_member = cloud_set_local_member;
  iface->list_members = cloud_list_members;
  iface->set_doubtful = cloud_set_doubtful;
  iface->heartbeat = cloud_heartbeat;
  iface->heard = cloud_heard;
  iface->get_settle_ms = cloud_get_settle_ms;
}

/* GObject */

static void
tribes_cloud_membership_service_init (TribesCloudMembershipService *self)
{
  tribes_cloud_core_init (&self->core);
}

static void
tribes_cloud_membership_service_dispose (GObject *object)
{
  cloud_stop (TRIBES_MEMBERSHIP (object), TRIBES_SERVICES_DEFAULT);
  G_OBJECT_CLASS (tribes_cloud_membership_service_parent_class)->dispose (object);
}

static void
tribes_cloud_membership_service_finalize (GObject *object)
{
  TribesCloudMembershipService *self = TRIBES_CLOUD_MEMBERSHIP_SERVICE (object);

  tribes_cloud_core_clear (&self->core);
  g_clear_pointer (&self->local, tribes_member_unref);
  g_clear_pointer (&self->provider, g_free);
  G_OBJECT_CLASS (tribes_cloud_membership_service_parent_class)->finalize (object);
}

static void
tribes_cloud_membership_service_class_init (TribesCloudMembershipServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = TRIBES_FIELD_FLAGS;
  const TribesField fields[] = {
    /**
     * TribesCloudMembershipService:membership-provider-class-name:
     *
     * Who lists the members: `kubernetes`, which %NULL is, `dns`, or the name of Tomcat's class
     * with its package.
     *
     * Tomcat counterpart: attribute `membershipProviderClassName`.
     *
     * Since: 0.1
     */
    { g_param_spec_string ("membership-provider-class-name", NULL, NULL, NULL, flags),
      G_STRUCT_OFFSET (TribesCloudMembershipService, provider) },
    /**
     * TribesCloudMembershipService:connect-timeout:
     *
     * Milliseconds to wait for a connection to the API server, 0 for no limit; DNS has limits of
     * its own.
     *
     * Tomcat counterpart: attribute `connectTimeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("connect-timeout", NULL, NULL, 0, G_MAXINT32, 1000, flags),
      G_STRUCT_OFFSET (TribesCloudMembershipService, connect_timeout_ms) },
    /**
     * TribesCloudMembershipService:read-timeout:
     *
     * Milliseconds in which the API server has to say something more, 0 for no limit; a whole
     * answer may take half a minute.
     *
     * Tomcat counterpart: attribute `readTimeout`.
     *
     * Since: 0.1
     */
    { g_param_spec_uint ("read-timeout", NULL, NULL, 0, G_MAXINT32, 1000, flags),
      G_STRUCT_OFFSET (TribesCloudMembershipService, read_timeout_ms) },
    /**
     * TribesCloudMembershipService:expiration-time:
     *
     * Milliseconds after which a member is gone that is listed no more.
     *
     * Tomcat counterpart: attribute `expirationTime`.
     *
     * Since: 0.1
     */
    { g_param_spec_int64 ("expiration-time", NULL, NULL, 1, G_MAXINT64 / 1000, 5000, flags),
      G_STRUCT_OFFSET (TribesCloudMembershipService, expiration_ms) },
  };

  object_class->dispose = tribes_cloud_membership_service_dispose;
  object_class->finalize = tribes_cloud_membership_service_finalize;
  tribes_field_install (object_class, fields, G_N_ELEMENTS (fields));
}

/**
 * tribes_cloud_membership_service_new:
 *
 * Makes a membership with Tomcat's default settings.
 *
 * Returns: (transfer full): the service
 *
 * Since: 0.1
 */
TribesCloudMembershipService *
tribes_cloud_membership_service_new (void)
{
  return g_object_new (TRIBES_TYPE_CLOUD_MEMBERSHIP_SERVICE, NULL);
}
