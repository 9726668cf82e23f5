/* SPDX-License-Identifier: Apache-2.0
 *
 * The interface and its signals. Adding members, naming the local one and broadcasting may be left
 * out by an implementation; the answer then is an error.
 */
#include "tribes/membership/tribes-membership-private.h"
#include "tribes/base/tribes-error.h"

/**
 * TribesMembership:
 *
 * Who else is in the cluster. A channel starts it, tells it who the local member is and listens to
 * its signals; where the members come from (multicast, a list) is the implementation's business.
 *
 * Everything happens in the thread-default main context of the thread that called
 * [method@Membership.start], and nothing blocks: members that are already there appear through
 * [signal@Membership::member-added] as they are heard.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.MembershipService`.
 *
 * Since: 0.1
 */
G_DEFINE_INTERFACE (TribesMembership, tribes_membership, G_TYPE_OBJECT)

enum
{
  MEMBER_ADDED,
  MEMBER_DISAPPEARED,
  MESSAGE_RECEIVED,
  IDENTIFIED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
tribes_membership_default_init (TribesMembershipInterface *iface)
{
  /**
   * TribesMembership::member-added:
   * @self: the membership
   * @member: who was heard for the first time
   *
   * A member joined. The list that [method@Membership.list_members] returns contains it already.
   *
   * Tomcat counterpart: `MembershipListener.memberAdded`.
   *
   * Since: 0.1
   */
  signals[MEMBER_ADDED] = g_signal_new ("member-added", TRIBES_TYPE_MEMBERSHIP, G_SIGNAL_RUN_LAST,
                                        0, NULL, NULL, NULL, G_TYPE_NONE, 1, TRIBES_TYPE_MEMBER);
  /**
   * TribesMembership::member-disappeared:
   * @self: the membership
   * @member: who is gone. Its command is `BABY-ALEX` where it said so itself, and whatever it said
   *   last where it fell silent.
   *
   * A member left. It is also emitted where somebody announces its shutdown who is not in the list
   * (any more): a failure detector may have kept a silent member that still answered.
   *
   * Tomcat counterpart: `MembershipListener.memberDisappeared`.
   *
   * Since: 0.1
   */
  signals[MEMBER_DISAPPEARED]
      = g_signal_new ("member-disappeared", TRIBES_TYPE_MEMBERSHIP, G_SIGNAL_RUN_LAST, 0, NULL,
                      NULL, NULL, G_TYPE_NONE, 1, TRIBES_TYPE_MEMBER);
  /**
   * TribesMembership::message-received:
   * @self: the membership
   * @frame: one whole, checked channel frame
   *
   * Another member broadcast a message ([method@Membership.broadcast]).
   *
   * Tomcat counterpart: `MessageListener.messageReceived` as `McastService` calls it.
   *
   * Since: 0.1
   */
  signals[MESSAGE_RECEIVED]
      = g_signal_new ("message-received", TRIBES_TYPE_MEMBERSHIP, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
  /**
   * TribesMembership::identified:
   * @self: the membership
   * @unique_id: 16 bytes
   *
   * The others know this process by @unique_id, whatever id it had: the channel sends with it from
   * now on.
   *
   * Tomcat counterpart: `MemberImpl.setUniqueId` of the local member.
   *
   * Since: 0.1
   */
  signals[IDENTIFIED] = g_signal_new ("identified", TRIBES_TYPE_MEMBERSHIP, G_SIGNAL_RUN_LAST, 0,
                                      NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
}

/**
 * tribes_membership_start:
 * @self: a membership
 * @services: what to start: %TRIBES_SERVICES_MBR_RX to learn of members, %TRIBES_SERVICES_MBR_TX to
 *   be one; other flags, and what runs already, are ignored
 * @error: return location
 *
 * Starts listening, announcing or both. Returns at once, while Tomcat waits twice the heartbeat
 * interval for the members to show up.
 *
 * Errors: %TRIBES_ERROR_CONFIG where a setting makes no sense or the local member was not set,
 * otherwise those of the sockets. Nothing of @services runs then.
 *
 * Tomcat counterpart: `MembershipService.start(int)`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_membership_start (TribesMembership *self, TribesServices services, GError **error)
{
  g_return_val_if_fail (TRIBES_IS_MEMBERSHIP (self), FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  return TRIBES_MEMBERSHIP_GET_IFACE (self)->start (self, services, error);
}

/**
 * tribes_membership_stop:
 * @self: a membership
 * @services: what to stop: %TRIBES_SERVICES_MBR_TX says goodbye to the other members,
 *   %TRIBES_SERVICES_MBR_RX forgets them; other flags, and what does not run, are ignored
 *
 * Stops listening, announcing or both. No signal is emitted for the members that are forgotten.
 *
 * Tomcat counterpart: `MembershipService.stop(int)`; it says goodbye once both are stopped.
 *
 * Since: 0.1
 */
void
tribes_membership_stop (TribesMembership *self, TribesServices services)
{
  g_return_if_fail (TRIBES_IS_MEMBERSHIP (self));

  TRIBES_MEMBERSHIP_GET_IFACE (self)->stop (self, services);
}

/**
 * tribes_membership_set_local_member:
 * @self: a membership
 * @member: this process as the others shall see it, payload included
 *
 * Says who the local member is: before it is announced, and again whenever what it says of itself
 * changes, which the others are told at once. One that does not fit the implementation's packets
 * (64 KiB with multicast) is refused with a warning, and the one before stays.
 *
 * Tomcat counterpart: `MembershipService.setLocalMemberProperties` and `setPayload`.
 *
 * Since: 0.1
 */
void
tribes_membership_set_local_member (TribesMembership *self, TribesMember *member)
{
  g_return_if_fail (TRIBES_IS_MEMBERSHIP (self));
  g_return_if_fail (member != NULL);

  TRIBES_MEMBERSHIP_GET_IFACE (self)->set_local_member (self, member);
}

void
tribes_membership_set_doubtful (TribesMembership *self, TribesMember *member, gboolean doubtful)
{
  TribesMembershipInterface *iface = TRIBES_MEMBERSHIP_GET_IFACE (self);

  if (iface->set_doubtful)
    iface->set_doubtful (self, member, doubtful);
}

void
tribes_membership_set_channel (TribesMembership *self, GObject *channel)
{
  TribesMembershipInterface *iface = TRIBES_MEMBERSHIP_GET_IFACE (self);

  if (iface->set_channel)
    iface->set_channel (self, channel);
}

/**
 * tribes_membership_list_members:
 * @self: a membership
 *
 * Who else is in the cluster, in the order Tomcat's counterpart of the implementation keeps.
 *
 * Tomcat counterpart: `MembershipService.getMembers()`.
 *
 * Returns: (transfer container) (element-type TribesMember): the members, without the local one
 *
 * Since: 0.1
 */
GPtrArray *
tribes_membership_list_members (TribesMembership *self)
{
  g_return_val_if_fail (TRIBES_IS_MEMBERSHIP (self), NULL);

  return TRIBES_MEMBERSHIP_GET_IFACE (self)->list_members (self);
}

/**
 * tribes_membership_broadcast:
 * @self: a membership
 * @frame: a whole channel frame
 * @error: return location
 *
 * Sends a message to all members at once, unacknowledged: they get it, or do not.
 *
 * Errors: %TRIBES_ERROR_UNSUPPORTED where the implementation has no way to do so,
 * %TRIBES_ERROR_CLOSED where the announcer does not run, %TRIBES_ERROR_LIMIT where @frame does not
 * fit, otherwise those of the sockets.
 *
 * Tomcat counterpart: `MembershipService.broadcast(ChannelMessage)`.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_membership_broadcast (TribesMembership *self, GBytes *frame, GError **error)
{
  TribesMembershipInterface *iface;

  g_return_val_if_fail (TRIBES_IS_MEMBERSHIP (self), FALSE);
  g_return_val_if_fail (frame != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  iface = TRIBES_MEMBERSHIP_GET_IFACE (self);
  if (iface->broadcast)
    return iface->broadcast (self, frame, error);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED, "%s cannot broadcast messages",
               G_OBJECT_TYPE_NAME (self));
  return FALSE;
}

void
tribes_membership_emit_member_added (TribesMembership *self, TribesMember *member)
{
  g_signal_emit (self, signals[MEMBER_ADDED], 0, member);
}

void
tribes_membership_emit_member_disappeared (TribesMembership *self, TribesMember *member)
{
  g_signal_emit (self, signals[MEMBER_DISAPPEARED], 0, member);
}

void
tribes_membership_emit_message_received (TribesMembership *self, GBytes *frame)
{
  g_signal_emit (self, signals[MESSAGE_RECEIVED], 0, frame);
}

void
tribes_membership_emit_identified (TribesMembership *self, GBytes *unique_id)
{
  g_signal_emit (self, signals[IDENTIFIED], 0, unique_id);
}

gboolean
tribes_membership_check (TribesMembership *self, GError **error)
{
  TribesMembershipInterface *iface = TRIBES_MEMBERSHIP_GET_IFACE (self);

  return !iface->check || iface->check (self, error);
}

void
tribes_membership_heartbeat (TribesMembership *self)
{
  TribesMembershipInterface *iface = TRIBES_MEMBERSHIP_GET_IFACE (self);

  if (iface->heartbeat)
    iface->heartbeat (self);
}

void
tribes_membership_heard (TribesMembership *self, TribesMember *sender)
{
  TribesMembershipInterface *iface = TRIBES_MEMBERSHIP_GET_IFACE (self);

  if (iface->heard)
    iface->heard (self, sender);
}

guint
tribes_membership_get_settle_ms (TribesMembership *self)
{
  TribesMembershipInterface *iface = TRIBES_MEMBERSHIP_GET_IFACE (self);

  return iface->get_settle_ms ? iface->get_settle_ms (self) : 0;
}

static gboolean
refuse_member (TribesMembership *self, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_CONFIG, "%s takes no members",
               G_OBJECT_TYPE_NAME (self));
  return FALSE;
}

/**
 * tribes_membership_add_static_member:
 * @self: a membership that is not started
 * @member: another process
 * @error: return location
 *
 * Adds a member that the configuration lists.
 *
 * Errors: %TRIBES_ERROR_CONFIG where the implementation takes no members.
 *
 * Tomcat counterpart: `addStaticMember`, which the element `Member` of a membership calls.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_membership_add_static_member (TribesMembership *self, TribesMember *member, GError **error)
{
  TribesMembershipInterface *iface;

  g_return_val_if_fail (TRIBES_IS_MEMBERSHIP (self), FALSE);
  g_return_val_if_fail (member != NULL, FALSE);

  iface = TRIBES_MEMBERSHIP_GET_IFACE (self);
  return iface->add_static_member ? iface->add_static_member (self, member, error)
                                  : refuse_member (self, error);
}

/**
 * tribes_membership_set_local_identity:
 * @self: a membership that is not started
 * @unique_id: (nullable): the 16 bytes the others know this process by
 * @domain: (nullable): its membership domain
 * @error: return location
 *
 * Says what this process is among the members that the configuration lists.
 *
 * Errors: %TRIBES_ERROR_CONFIG where the implementation takes no members.
 *
 * Tomcat counterpart: `setLocalMember`, which the element `LocalMember` of a membership calls.
 *
 * Returns: %TRUE, or %FALSE with @error set
 *
 * Since: 0.1
 */
gboolean
tribes_membership_set_local_identity (TribesMembership *self,
                                      GBytes *unique_id,
                                      GBytes *domain,
                                      GError **error)
{
  TribesMembershipInterface *iface;

  g_return_val_if_fail (TRIBES_IS_MEMBERSHIP (self), FALSE);

  iface = TRIBES_MEMBERSHIP_GET_IFACE (self);
  return iface->set_local_identity ? iface->set_local_identity (self, unique_id, domain, error)
                                   : refuse_member (self, error);
}
