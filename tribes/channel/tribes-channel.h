/* SPDX-License-Identifier: Apache-2.0
 *
 * The way into a cluster, for applications: send, receive, and know who is there.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"
#include "tribes/membership/tribes-membership.h"
#include "tribes/transport/tribes-receiver.h"
#include "tribes/transport/tribes-sender.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_CHANNEL (tribes_channel_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesChannel, tribes_channel, TRIBES, CHANNEL, TribesInterceptor)

TRIBES_API
TribesChannel *tribes_channel_new (void);

TRIBES_API
void tribes_channel_add_interceptor (TribesChannel *self, TribesInterceptor *interceptor);
TRIBES_API
void tribes_channel_set_name (TribesChannel *self, const char *name);
TRIBES_API
const char *tribes_channel_get_name (TribesChannel *self);
TRIBES_API
void tribes_channel_set_receiver (TribesChannel *self, TribesReceiver *receiver);
TRIBES_API
TribesReceiver *tribes_channel_get_receiver (TribesChannel *self);
TRIBES_API
void tribes_channel_set_sender (TribesChannel *self, TribesSender *sender);
TRIBES_API
TribesSender *tribes_channel_get_sender (TribesChannel *self);
TRIBES_API
void tribes_channel_set_membership (TribesChannel *self, TribesMembership *membership);
TRIBES_API
TribesMembership *tribes_channel_get_membership (TribesChannel *self);
TRIBES_API
gboolean tribes_channel_set_unique_id (TribesChannel *self,
                                       const char *unique_id,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
gboolean
tribes_channel_keep_unique_id (TribesChannel *self, const char *directory, GError **error);
TRIBES_API
void tribes_channel_set_domain (TribesChannel *self, GBytes *domain);
TRIBES_API
void tribes_channel_set_payload (TribesChannel *self, GBytes *payload);

TRIBES_API
gboolean tribes_channel_start (TribesChannel *self,
                               TribesServices services,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_channel_stop (TribesChannel *self, TribesServices services);
TRIBES_API
gboolean tribes_channel_is_started (TribesChannel *self);

TRIBES_API
GPtrArray *tribes_channel_list_members (TribesChannel *self);
TRIBES_API
TribesMember *tribes_channel_dup_local_member (TribesChannel *self);

TRIBES_API
void tribes_channel_send_async (TribesChannel *self,
                                GPtrArray *destinations,
                                GBytes *payload,
                                TribesSendOptions options,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer data);
TRIBES_API
gboolean tribes_channel_send_finish (TribesChannel *self, GAsyncResult *result, GError **error);
TRIBES_API
void tribes_channel_heartbeat (TribesChannel *self);

G_END_DECLS
