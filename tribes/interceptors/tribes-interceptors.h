/* SPDX-License-Identifier: Apache-2.0
 *
 * The interceptors by the names of Tomcat's classes.
 */
#pragma once

#include "tribes/interceptors/tribes-domain-filter-interceptor.h"
#include "tribes/interceptors/tribes-encrypt-interceptor.h"
#include "tribes/interceptors/tribes-fragmentation-interceptor.h"
#include "tribes/interceptors/tribes-gzip-interceptor.h"
#include "tribes/interceptors/tribes-message-dispatch-interceptor.h"
#include "tribes/interceptors/tribes-non-blocking-coordinator.h"
#include "tribes/interceptors/tribes-order-interceptor.h"
#include "tribes/interceptors/tribes-simple-coordinator.h"
#include "tribes/interceptors/tribes-static-membership-interceptor.h"
#include "tribes/interceptors/tribes-tcp-failure-detector.h"
#include "tribes/interceptors/tribes-tcp-ping-interceptor.h"
#include "tribes/interceptors/tribes-throughput-interceptor.h"
#include "tribes/interceptors/tribes-two-phase-commit-interceptor.h"

G_BEGIN_DECLS

TRIBES_API
const char **tribes_interceptor_list_classes (void) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
TribesInterceptor *tribes_interceptor_new_for_class (const char *class_name,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
