/* SPDX-License-Identifier: Apache-2.0
 *
 * Members whose receiver answers, as Tomcat's TcpFailureDetector.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_TCP_FAILURE_DETECTOR (tribes_tcp_failure_detector_get_type ())

/**
 * TribesTcpFailureDetector:
 *
 * Believes neither a missing heartbeat nor a failed send before it has tried to connect to the
 * member itself, and reports a member only once that has worked.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.TcpFailureDetector`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesTcpFailureDetector,
                      tribes_tcp_failure_detector,
                      TRIBES,
                      TCP_FAILURE_DETECTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_tcp_failure_detector_new (void);
TRIBES_API
void tribes_tcp_failure_detector_check_members (TribesTcpFailureDetector *self, gboolean all);

G_END_DECLS
