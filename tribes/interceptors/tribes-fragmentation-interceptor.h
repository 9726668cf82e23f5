/* SPDX-License-Identifier: Apache-2.0
 *
 * Large messages in pieces, as Tomcat's FragmentationInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_FRAGMENTATION_INTERCEPTOR (tribes_fragmentation_interceptor_get_type ())

/**
 * TribesFragmentationInterceptor:
 *
 * Sends a message larger than [property@FragmentationInterceptor:max-size] in pieces, between which
 * others get through, and puts together what it receives. A mark is behind every message, so all
 * members need it, at the same place.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.FragmentationInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesFragmentationInterceptor,
                      tribes_fragmentation_interceptor,
                      TRIBES,
                      FRAGMENTATION_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_fragmentation_interceptor_new (void);

G_END_DECLS
