/* SPDX-License-Identifier: Apache-2.0
 *
 * The base class: everything is passed on, down to the next interceptor or up to the previous one.
 */
#include "tribes/channel/tribes-interceptor-private.h"

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-field-private.h"

typedef struct
{
  TribesInterceptor *next;     /* not owned */
  TribesInterceptor *previous; /* not owned */
  guint option_flag;
} TribesInterceptorPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (TribesInterceptor, tribes_interceptor, G_TYPE_OBJECT)

static TribesInterceptor *
next_of (TribesInterceptor *self)
{
  return ((TribesInterceptorPrivate *) tribes_interceptor_get_instance_private (self))->next;
}

static TribesInterceptor *
previous_of (TribesInterceptor *self)
{
  return ((TribesInterceptorPrivate *) tribes_interceptor_get_instance_private (self))->previous;
}

void
tribes_interceptor_link (TribesInterceptor *self, TribesInterceptor *next)
{
  TribesInterceptorPrivate *above = tribes_interceptor_get_instance_private (self);
  TribesInterceptorPrivate *below = tribes_interceptor_get_instance_private (next);

  above->next = next;
  below->previous = self;
}

void
tribes_interceptor_unlink (TribesInterceptor *self)
{
  TribesInterceptorPrivate *priv = tribes_interceptor_get_instance_private (self);

  priv->next = priv->previous = NULL;
}

static gboolean
default_start (TribesInterceptor *self, TribesServices services, GError **error)
{
  TribesInterceptor *next = next_of (self);

  return !next || tribes_interceptor_start (next, services, error);
}

static void
default_stop (TribesInterceptor *self, TribesServices services)
{
  TribesInterceptor *next = next_of (self);

  if (next)
    tribes_interceptor_stop (next, services);
}

static void
default_send_message (TribesInterceptor *self, TribesDelivery *delivery)
{
  TribesInterceptor *next = next_of (self);

  if (next)
    {
      tribes_interceptor_send_message (next, delivery);
    }
  else
    {
      g_autoptr (GError) error = g_error_new_literal (TRIBES_ERROR, TRIBES_ERROR_CLOSED,
                                                      "the interceptor is in no channel");
      tribes_delivery_complete_all (delivery, error);
    }
}

static gboolean
default_message_received (TribesInterceptor *self, TribesMessage *message, GError **error)
{
  TribesInterceptor *previous = previous_of (self);

  return !previous
         || TRIBES_INTERCEPTOR_GET_CLASS (previous)->message_received (previous, message, error);
}

static void
default_member_added (TribesInterceptor *self, TribesMember *member)
{
  TribesInterceptor *previous = previous_of (self);

  if (previous)
    tribes_interceptor_member_added (previous, member);
}

static void
default_member_disappeared (TribesInterceptor *self, TribesMember *member)
{
  TribesInterceptor *previous = previous_of (self);

  if (previous)
    tribes_interceptor_member_disappeared (previous, member);
}

static GPtrArray *
default_list_members (TribesInterceptor *self)
{
  TribesInterceptor *next = next_of (self);

  return next ? tribes_interceptor_list_members (next)
              : g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
}

static TribesMember *
default_dup_local_member (TribesInterceptor *self)
{
  TribesInterceptor *next = next_of (self);

  return next ? tribes_interceptor_dup_local_member (next) : NULL;
}

static void
default_heartbeat (TribesInterceptor *self)
{
  TribesInterceptor *next = next_of (self);

  if (next)
    tribes_interceptor_heartbeat (next);
}

static gboolean
refuse_member (TribesInterceptor *self, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "%s takes no members",
               G_OBJECT_TYPE_NAME (self));
  return FALSE;
}

static gboolean
default_add_static_member (TribesInterceptor *self, TribesMember *member, GError **error)
{
  return refuse_member (self, error);
}

static gboolean
default_set_local_identity (TribesInterceptor *self,
                            GBytes *unique_id,
                            GBytes *domain,
                            GError **error)
{
  return refuse_member (self, error);
}

void
tribes_interceptor_send_own (TribesInterceptor *self,
                             GPtrArray *destinations,
                             const guint8 *payload,
                             gsize size,
                             guint options)
{
  g_autoptr (TribesMember) local = tribes_interceptor_dup_local_member (self);
  g_autoptr (GBytes) bytes = g_bytes_new_static (payload, size);
  g_autoptr (TribesMessage) message = NULL;
  g_autoptr (TribesDelivery) delivery = NULL;

  if (!local || destinations->len == 0)
    return;
  message
      = tribes_message_new (local, bytes, (TribesSendOptions) options, tribes_clock_get_wall_ms ());
  delivery = tribes_delivery_new (message, destinations);
  default_send_message (self, delivery);
}

/**
 * tribes_interceptor_start:
 * @self: an interceptor
 * @services: what to start
 * @error: return location
 *
 * Starts this interceptor and those below it. For the channel and for interceptors.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_interceptor_start (TribesInterceptor *self, TribesServices services, GError **error)
{
  g_return_val_if_fail (TRIBES_IS_INTERCEPTOR (self), FALSE);
  return TRIBES_INTERCEPTOR_GET_CLASS (self)->start (self, services, error);
}

/**
 * tribes_interceptor_stop:
 * @self: an interceptor
 * @services: what to stop
 *
 * Stops this interceptor and those below it. For the channel and for interceptors.
 *
 * Since: 0.1
 */
void
tribes_interceptor_stop (TribesInterceptor *self, TribesServices services)
{
  g_return_if_fail (TRIBES_IS_INTERCEPTOR (self));
  TRIBES_INTERCEPTOR_GET_CLASS (self)->stop (self, services);
}

/**
 * tribes_interceptor_send_message:
 * @self: an interceptor
 * @delivery: what to send
 *
 * Sends a message through this interceptor and those below it. The end of each destination is told
 * through @delivery.
 *
 * Tomcat counterpart: `ChannelInterceptor.sendMessage`.
 *
 * Since: 0.1
 */
void
tribes_interceptor_send_message (TribesInterceptor *self, TribesDelivery *delivery)
{
  g_return_if_fail (TRIBES_IS_INTERCEPTOR (self));
  TRIBES_INTERCEPTOR_GET_CLASS (self)->send_message (self, delivery);
}

/**
 * tribes_interceptor_message_received:
 * @self: an interceptor
 * @message: what has arrived
 * @error: return location
 *
 * Takes a message up through this interceptor and those above it.
 *
 * Tomcat counterpart: `ChannelInterceptor.messageReceived`; %FALSE is its `RemoteProcessException`.
 *
 * Returns: %TRUE, or %FALSE with @error set where it could not be processed
 *
 * Since: 0.1
 */
gboolean
tribes_interceptor_message_received (TribesInterceptor *self,
                                     TribesMessage *message,
                                     GError **error)
{
  g_return_val_if_fail (TRIBES_IS_INTERCEPTOR (self), FALSE);
  return TRIBES_INTERCEPTOR_GET_CLASS (self)->message_received (self, message, error);
}

/**
 * tribes_interceptor_member_added:
 * @self: an interceptor
 * @member: who is there
 *
 * Tells this interceptor and those above it of a member.
 *
 * Tomcat counterpart: `MembershipListener.memberAdded`.
 *
 * Since: 0.1
 */
void
tribes_interceptor_member_added (TribesInterceptor *self, TribesMember *member)
{
  g_return_if_fail (TRIBES_IS_INTERCEPTOR (self));
  TRIBES_INTERCEPTOR_GET_CLASS (self)->member_added (self, member);
}

/**
 * tribes_interceptor_member_disappeared:
 * @self: an interceptor
 * @member: who is gone; with the shutdown command where it said so itself
 *
 * Tells this interceptor and those above it that a member is gone.
 *
 * Tomcat counterpart: `MembershipListener.memberDisappeared`.
 *
 * Since: 0.1
 */
void
tribes_interceptor_member_disappeared (TribesInterceptor *self, TribesMember *member)
{
  g_return_if_fail (TRIBES_IS_INTERCEPTOR (self));
  TRIBES_INTERCEPTOR_GET_CLASS (self)->member_disappeared (self, member);
}

/**
 * tribes_interceptor_list_members:
 * @self: an interceptor
 *
 * Tomcat counterpart: `ChannelInterceptor.getMembers`.
 *
 * Returns: (transfer container) (element-type TribesMember): the members as this interceptor sees them
 *
 * Since: 0.1
 */
GPtrArray *
tribes_interceptor_list_members (TribesInterceptor *self)
{
  g_return_val_if_fail (TRIBES_IS_INTERCEPTOR (self), NULL);
  return TRIBES_INTERCEPTOR_GET_CLASS (self)->list_members (self);
}

/**
 * tribes_interceptor_dup_local_member:
 * @self: an interceptor
 *
 * Tomcat counterpart: `ChannelInterceptor.getLocalMember`.
 *
 * Returns: (transfer full) (nullable): this process as this interceptor presents it; %NULL until
 * the receiver listens
 *
 * Since: 0.1
 */
TribesMember *
tribes_interceptor_dup_local_member (TribesInterceptor *self)
{
  g_return_val_if_fail (TRIBES_IS_INTERCEPTOR (self), NULL);
  return TRIBES_INTERCEPTOR_GET_CLASS (self)->dup_local_member (self);
}

/**
 * tribes_interceptor_heartbeat:
 * @self: an interceptor
 *
 * Lets this interceptor and those below it do what they do regularly.
 *
 * Tomcat counterpart: `ChannelInterceptor.heartbeat`.
 *
 * Since: 0.1
 */
void
tribes_interceptor_heartbeat (TribesInterceptor *self)
{
  g_return_if_fail (TRIBES_IS_INTERCEPTOR (self));
  TRIBES_INTERCEPTOR_GET_CLASS (self)->heartbeat (self);
}

/**
 * tribes_interceptor_get_option_flag:
 * @self: an interceptor
 *
 * Returns: the option bits that select this interceptor; 0 for every message
 *
 * Since: 0.1
 */
guint
tribes_interceptor_get_option_flag (TribesInterceptor *self)
{
  return ((TribesInterceptorPrivate *) tribes_interceptor_get_instance_private (self))->option_flag;
}

/**
 * tribes_interceptor_ok_to_process:
 * @self: an interceptor
 * @options: the options of a message
 *
 * Tomcat counterpart: `ChannelInterceptorBase.okToProcess`.
 *
 * Returns: whether a message with @options concerns this interceptor
 *
 * Since: 0.1
 */
gboolean
tribes_interceptor_ok_to_process (TribesInterceptor *self, TribesSendOptions options)
{
  guint flag = tribes_interceptor_get_option_flag (self);

  return (options & flag) == flag;
}

/**
 * tribes_interceptor_get_next:
 * @self: an interceptor
 *
 * Returns: (transfer none) (nullable): the interceptor below
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_interceptor_get_next (TribesInterceptor *self)
{
  return next_of (self);
}

/**
 * tribes_interceptor_get_previous:
 * @self: an interceptor
 *
 * Returns: (transfer none) (nullable): the interceptor above
 *
 * Since: 0.1
 */
TribesInterceptor *
tribes_interceptor_get_previous (TribesInterceptor *self)
{
  return previous_of (self);
}

/**
 * tribes_interceptor_add_static_member:
 * @self: an interceptor of a channel that is not started
 * @member: another process, or this one, which does no harm
 * @error: return location
 *
 * Adds a member that the configuration lists. One without unique id (16 zero bytes) is whoever
 * listens at its address.
 *
 * Errors: %TRIBES_ERROR_CONFIG where the interceptor takes no members.
 *
 * Tomcat counterpart: `addStaticMember`, which the element `Member` of an interceptor calls.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_interceptor_add_static_member (TribesInterceptor *self, TribesMember *member, GError **error)
{
  g_return_val_if_fail (TRIBES_IS_INTERCEPTOR (self), FALSE);
  g_return_val_if_fail (member != NULL, FALSE);
  return TRIBES_INTERCEPTOR_GET_CLASS (self)->add_static_member (self, member, error);
}

/**
 * tribes_interceptor_set_local_identity:
 * @self: an interceptor of a channel that is not started
 * @unique_id: (nullable): the 16 bytes the others know this process by
 * @domain: (nullable): its membership domain
 * @error: return location
 *
 * Says what this process is among the members that the configuration lists. Its host and port are
 * the receiver's.
 *
 * Errors: %TRIBES_ERROR_CONFIG where the interceptor takes no members, and for an id of another
 * size.
 *
 * Tomcat counterpart: `setLocalMember`, which the element `LocalMember` of an interceptor calls.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_interceptor_set_local_identity (TribesInterceptor *self,
                                       GBytes *unique_id,
                                       GBytes *domain,
                                       GError **error)
{
  g_return_val_if_fail (TRIBES_IS_INTERCEPTOR (self), FALSE);

  if (unique_id && g_bytes_get_size (unique_id) != TRIBES_MEMBER_ID_SIZE)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG,
                   "unique id: expected %d bytes, found %" G_GSIZE_FORMAT, TRIBES_MEMBER_ID_SIZE,
                   g_bytes_get_size (unique_id));
      return FALSE;
    }
  return TRIBES_INTERCEPTOR_GET_CLASS (self)->set_local_identity (self, unique_id, domain, error);
}

static void
tribes_interceptor_class_init (TribesInterceptorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const TribesField option_flag = {
    /**
     * TribesInterceptor:option-flag:
     *
     * The option bits that select this interceptor; 0 for every message.
     * Tomcat counterpart: `optionFlag`.
     *
     * Since: 0.1
     */
    g_param_spec_uint ("option-flag", NULL, NULL, 0, G_MAXINT32, 0,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS),
    G_PRIVATE_OFFSET (TribesInterceptor, option_flag),
  };

  klass->start = default_start;
  klass->stop = default_stop;
  klass->send_message = default_send_message;
  klass->message_received = default_message_received;
  klass->member_added = default_member_added;
  klass->member_disappeared = default_member_disappeared;
  klass->list_members = default_list_members;
  klass->dup_local_member = default_dup_local_member;
  klass->heartbeat = default_heartbeat;
  klass->add_static_member = default_add_static_member;
  klass->set_local_identity = default_set_local_identity;
  tribes_field_install (object_class, &option_flag, 1);
}

static void
tribes_interceptor_init (TribesInterceptor *self)
{
}
