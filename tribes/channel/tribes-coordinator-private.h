/* SPDX-License-Identifier: Apache-2.0
 *
 * The bottom of the chain: what goes down leaves through the sender, what comes from receiver and
 * membership goes up. Tomcat counterpart: ChannelCoordinator.
 */
#pragma once

#include "tribes/channel/tribes-interceptor-private.h"
#include "tribes/membership/tribes-membership.h"
#include "tribes/transport/tribes-receiver.h"
#include "tribes/transport/tribes-sender.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_COORDINATOR (tribes_coordinator_get_type ())

G_DECLARE_FINAL_TYPE (TribesCoordinator, tribes_coordinator, TRIBES, COORDINATOR, TribesInterceptor)

TribesCoordinator *tribes_coordinator_new (void);

/* Replace a part; only while nothing is started. */
void tribes_coordinator_set_receiver (TribesCoordinator *self, TribesReceiver *receiver);
void tribes_coordinator_set_sender (TribesCoordinator *self, TribesSender *sender);
void tribes_coordinator_set_membership (TribesCoordinator *self, TribesMembership *membership);

TribesReceiver *tribes_coordinator_get_receiver (TribesCoordinator *self);
TribesSender *tribes_coordinator_get_sender (TribesCoordinator *self);
TribesMembership *tribes_coordinator_get_membership (TribesCoordinator *self);
TribesServices tribes_coordinator_get_started (TribesCoordinator *self);

/* What somebody in the chain of @interceptor found out by looking for a member: see
 * tribes_membership_set_doubtful(). */
void tribes_coordinator_set_doubtful (TribesInterceptor *interceptor,
                                      TribesMember *member,
                                      gboolean doubtful);

/* Who this process says it is; host and port come from the receiver. */
void tribes_coordinator_get_unique_id (TribesCoordinator *self, guint8 *unique_id);
void tribes_coordinator_set_unique_id (TribesCoordinator *self, const guint8 *unique_id);
void tribes_coordinator_set_domain (TribesCoordinator *self, GBytes *domain);
void tribes_coordinator_set_payload (TribesCoordinator *self, GBytes *payload);

/* (nullable): is shown each message as it has arrived. */
void tribes_coordinator_set_tap (TribesCoordinator *self,
                                 void (*tap) (TribesMessage *message, gpointer data),
                                 gpointer data);

G_END_DECLS
