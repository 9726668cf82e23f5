/* SPDX-License-Identifier: Apache-2.0
 *
 * Configured members, as Tomcat's StaticMembershipInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_STATIC_MEMBERSHIP_INTERCEPTOR (tribes_static_membership_interceptor_get_type ())

/**
 * TribesStaticMembershipInterceptor:
 *
 * Knows members that nobody announces. Tells them when this process starts and stops, and is told
 * so by them. Takes members by [method@Tribes.Interceptor.add_static_member].
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.StaticMembershipInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesStaticMembershipInterceptor,
                      tribes_static_membership_interceptor,
                      TRIBES,
                      STATIC_MEMBERSHIP_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_static_membership_interceptor_new (void);
TRIBES_API
void tribes_static_membership_interceptor_add_unresolved (TribesStaticMembershipInterceptor *self,
                                                          const char *host,
                                                          TribesMember *member);

G_END_DECLS
