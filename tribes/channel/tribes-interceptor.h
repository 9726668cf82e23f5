/* SPDX-License-Identifier: Apache-2.0
 *
 * The base class of what stands between the application and the wire. A subclass implements what it
 * changes; all else passes.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/channel/tribes-delivery.h"
#include "tribes/membership/tribes-membership.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_INTERCEPTOR (tribes_interceptor_get_type ())

TRIBES_API
G_DECLARE_DERIVABLE_TYPE (TribesInterceptor, tribes_interceptor, TRIBES, INTERCEPTOR, GObject)

/**
 * TribesInterceptorClass:
 * @parent_class: the parent
 * @start: starts services; the default passes it on to the next interceptor
 * @stop: stops services; the default passes it on to the next interceptor
 * @send_message: sends a message down; the default passes it on to the next interceptor
 * @message_received: takes a message up; the default passes it on to the previous interceptor
 * @member_added: a member is there; the default passes it on to the previous interceptor
 * @member_disappeared: a member is gone; the default passes it on to the previous interceptor
 * @list_members: (transfer container): the members as seen from above; the default asks the next
 *   interceptor
 * @dup_local_member: (transfer full) (nullable): this process; the default asks the next
 * interceptor
 * @heartbeat: called regularly; the default passes it on to the next interceptor
 * @add_static_member: takes a `<Member>` of the file; the default refuses it
 * @set_local_identity: takes what `<LocalMember>` of the file says; the default refuses it
 *
 * What an interceptor may do differently. An implementation calls its parent's to pass on. Its
 * properties that can be read and not written are among a node's metrics: one of 64 bits without
 * sign is a counter, an unsigned int is what there is right now.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.ChannelInterceptorBase`.
 *
 * Since: 0.1
 */
struct _TribesInterceptorClass
{
  GObjectClass parent_class;

  gboolean (*start) (TribesInterceptor *self, TribesServices services, GError **error);
  void (*stop) (TribesInterceptor *self, TribesServices services);
  void (*send_message) (TribesInterceptor *self, TribesDelivery *delivery);
  gboolean (*message_received) (TribesInterceptor *self, TribesMessage *message, GError **error);
  void (*member_added) (TribesInterceptor *self, TribesMember *member);
  void (*member_disappeared) (TribesInterceptor *self, TribesMember *member);
  GPtrArray *(*list_members) (TribesInterceptor *self);
  TribesMember *(*dup_local_member) (TribesInterceptor *self);
  void (*heartbeat) (TribesInterceptor *self);
  gboolean (*add_static_member) (TribesInterceptor *self, TribesMember *member, GError **error);
  gboolean (*set_local_identity) (TribesInterceptor *self,
                                  GBytes *unique_id,
                                  GBytes *domain,
                                  GError **error);

  /*< private >*/
  gpointer padding[5];
};

TRIBES_API
gboolean tribes_interceptor_start (TribesInterceptor *self,
                                   TribesServices services,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_interceptor_stop (TribesInterceptor *self, TribesServices services);
TRIBES_API
void tribes_interceptor_send_message (TribesInterceptor *self, TribesDelivery *delivery);
TRIBES_API
gboolean tribes_interceptor_message_received (TribesInterceptor *self,
                                              TribesMessage *message,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_interceptor_member_added (TribesInterceptor *self, TribesMember *member);
TRIBES_API
void tribes_interceptor_member_disappeared (TribesInterceptor *self, TribesMember *member);
TRIBES_API
GPtrArray *tribes_interceptor_list_members (TribesInterceptor *self);
TRIBES_API
TribesMember *tribes_interceptor_dup_local_member (TribesInterceptor *self);
TRIBES_API
void tribes_interceptor_heartbeat (TribesInterceptor *self);

TRIBES_API
guint tribes_interceptor_get_option_flag (TribesInterceptor *self);
TRIBES_API
gboolean tribes_interceptor_ok_to_process (TribesInterceptor *self, TribesSendOptions options);
TRIBES_API
TribesInterceptor *tribes_interceptor_get_next (TribesInterceptor *self);
TRIBES_API
TribesInterceptor *tribes_interceptor_get_previous (TribesInterceptor *self);
TRIBES_API
gboolean tribes_interceptor_add_static_member (TribesInterceptor *self,
                                               TribesMember *member,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
gboolean tribes_interceptor_set_local_identity (TribesInterceptor *self,
                                                GBytes *unique_id,
                                                GBytes *domain,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
