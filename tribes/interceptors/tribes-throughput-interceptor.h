/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts what passes, as Tomcat's ThroughputInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_THROUGHPUT_INTERCEPTOR (tribes_throughput_interceptor_get_type ())

/**
 * TribesThroughputInterceptor:
 *
 * Counts messages and bytes where it stands in the chain and writes a report to the log now and
 * then; its counters are properties.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.ThroughputInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesThroughputInterceptor,
                      tribes_throughput_interceptor,
                      TRIBES,
                      THROUGHPUT_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_throughput_interceptor_new (void);

G_END_DECLS
