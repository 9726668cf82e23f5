/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages in the order they were sent, as Tomcat's OrderInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_ORDER_INTERCEPTOR (tribes_order_interceptor_get_type ())

/**
 * TribesOrderInterceptor:
 *
 * Numbers what it sends, for each member by itself, and hands on what it receives in the order of
 * the numbers: a Tomcat sends on many connections, on which one message may overtake another. A
 * number is behind every message, so all members need it, at the same place.
 *
 * A message whose turn has not come is acknowledged when it arrives, and waits for those before it
 * for [property@OrderInterceptor:expire] at most; what comes after its turn is handed on at once.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.OrderInterceptor`. There a
 * message that has waited long enough is handed on when the next one of its sender comes; here when
 * the time is over.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (
    TribesOrderInterceptor, tribes_order_interceptor, TRIBES, ORDER_INTERCEPTOR, TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_order_interceptor_new (void);

G_END_DECLS
