/* SPDX-License-Identifier: Apache-2.0
 *
 * Where members come from, whichever way they are found.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/**
 * TribesServices:
 * @TRIBES_SERVICES_NONE: nothing
 * @TRIBES_SERVICES_SND_RX: the receiver of messages
 * @TRIBES_SERVICES_SND_TX: the sender of messages
 * @TRIBES_SERVICES_MBR_RX: the membership listener
 * @TRIBES_SERVICES_MBR_TX: the membership announcer
 * @TRIBES_SERVICES_DEFAULT: all of them
 *
 * Which parts of a channel are started or stopped.
 *
 * Tomcat counterpart: `Channel.SND_RX_SEQ` and its siblings; the attribute `channelStartOptions` is
 * a sum of them.
 *
 * Since: 0.1
 */
typedef enum /*< flags >*/
{
  TRIBES_SERVICES_NONE = 0,
  TRIBES_SERVICES_SND_RX = 1,
  TRIBES_SERVICES_SND_TX = 2,
  TRIBES_SERVICES_MBR_RX = 4,
  TRIBES_SERVICES_MBR_TX = 8,
  TRIBES_SERVICES_DEFAULT = 15,
} TribesServices;

#define TRIBES_TYPE_MEMBERSHIP (tribes_membership_get_type ())

TRIBES_API
G_DECLARE_INTERFACE (TribesMembership, tribes_membership, TRIBES, MEMBERSHIP, GObject)

/**
 * TribesMembershipInterface:
 * @g_iface: the parent
 * @start: see [method@Membership.start]
 * @stop: see [method@Membership.stop]
 * @set_local_member: see [method@Membership.set_local_member]
 * @list_members: see [method@Membership.list_members]
 * @broadcast: see [method@Membership.broadcast]; optional
 * @add_static_member: see [method@Membership.add_static_member]; optional
 * @set_local_identity: see [method@Membership.set_local_identity]; optional
 * @set_doubtful: a member was looked for where it says it is, and nobody was found, or it was;
 *   optional
 * @check: whether it could start, as far as its settings and the environment tell; optional
 * @heartbeat: a heartbeat of the channel; optional
 * @heard: somebody sent a message that went all the way up the channel; optional
 * @get_settle_ms: milliseconds it usually takes until those are listed who are there; optional
 * @set_channel: (nullable): the channel that it finds members for, a [class@Channel], which it does
 *   not keep alive; optional
 *
 * What a source of members implements.
 *
 * Since: 0.1
 */
struct _TribesMembershipInterface
{
  GTypeInterface g_iface;

  gboolean (*start) (TribesMembership *self, TribesServices services, GError **error);
  void (*stop) (TribesMembership *self, TribesServices services);
  void (*set_local_member) (TribesMembership *self, TribesMember *member);
  GPtrArray *(*list_members) (TribesMembership *self);
  gboolean (*broadcast) (TribesMembership *self, GBytes *frame, GError **error);
  gboolean (*add_static_member) (TribesMembership *self, TribesMember *member, GError **error);
  gboolean (*set_local_identity) (TribesMembership *self,
                                  GBytes *unique_id,
                                  GBytes *domain,
                                  GError **error);
  void (*set_doubtful) (TribesMembership *self, TribesMember *member, gboolean doubtful);
  gboolean (*check) (TribesMembership *self, GError **error);
  void (*heartbeat) (TribesMembership *self);
  void (*heard) (TribesMembership *self, TribesMember *sender);
  guint (*get_settle_ms) (TribesMembership *self);
  void (*set_channel) (TribesMembership *self, GObject *channel);
};

TRIBES_API
gboolean tribes_membership_start (TribesMembership *self, TribesServices services, GError **error);
TRIBES_API
void tribes_membership_stop (TribesMembership *self, TribesServices services);
TRIBES_API
void tribes_membership_set_local_member (TribesMembership *self, TribesMember *member);
TRIBES_API
GPtrArray *tribes_membership_list_members (TribesMembership *self);
TRIBES_API
gboolean tribes_membership_broadcast (TribesMembership *self, GBytes *frame, GError **error);
TRIBES_API
gboolean tribes_membership_add_static_member (TribesMembership *self,
                                              TribesMember *member,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
gboolean tribes_membership_set_local_identity (TribesMembership *self,
                                               GBytes *unique_id,
                                               GBytes *domain,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
