/* SPDX-License-Identifier: Apache-2.0
 *
 * Asynchronous sending with a bound, as Tomcat's MessageDispatchInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_MESSAGE_DISPATCH_INTERCEPTOR (tribes_message_dispatch_interceptor_get_type ())

/**
 * TribesMessageDispatchInterceptor:
 *
 * Lets the sender of a message with %TRIBES_SEND_OPTIONS_ASYNCHRONOUS go on at once while it is
 * delivered, as long as not too much is under way.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.MessageDispatchInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesMessageDispatchInterceptor,
                      tribes_message_dispatch_interceptor,
                      TRIBES,
                      MESSAGE_DISPATCH_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_message_dispatch_interceptor_new (void);
TRIBES_API
gint64
tribes_message_dispatch_interceptor_get_current_size (TribesMessageDispatchInterceptor *self);

G_END_DECLS
