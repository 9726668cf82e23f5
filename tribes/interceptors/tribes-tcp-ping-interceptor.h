/* SPDX-License-Identifier: Apache-2.0
 *
 * A look at the members now and then, as Tomcat's TcpPingInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_TCP_PING_INTERCEPTOR (tribes_tcp_ping_interceptor_get_type ())

/**
 * TribesTcpPingInterceptor:
 *
 * Looks after the members regularly: through the TcpFailureDetector below it where there is one,
 * else by sending each of them a message.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.TcpPingInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesTcpPingInterceptor,
                      tribes_tcp_ping_interceptor,
                      TRIBES,
                      TCP_PING_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_tcp_ping_interceptor_new (void);

G_END_DECLS
