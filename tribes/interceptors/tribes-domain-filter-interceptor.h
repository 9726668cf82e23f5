/* SPDX-License-Identifier: Apache-2.0
 *
 * Members of one domain only, as Tomcat's DomainFilterInterceptor.
 */
#pragma once

#include "tribes/channel/tribes-interceptor.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_DOMAIN_FILTER_INTERCEPTOR (tribes_domain_filter_interceptor_get_type ())

/**
 * TribesDomainFilterInterceptor:
 *
 * Hides members of other domains, and drops what they send. What counts is the domain that a member
 * says it is in; who wants to be in another one only has to say so.
 *
 * Tomcat counterpart: `org.apache.catalina.tribes.group.interceptors.DomainFilterInterceptor`.
 *
 * Since: 0.1
 */
TRIBES_API
G_DECLARE_FINAL_TYPE (TribesDomainFilterInterceptor,
                      tribes_domain_filter_interceptor,
                      TRIBES,
                      DOMAIN_FILTER_INTERCEPTOR,
                      TribesInterceptor)

TRIBES_API
TribesInterceptor *tribes_domain_filter_interceptor_new (void);

G_END_DECLS
