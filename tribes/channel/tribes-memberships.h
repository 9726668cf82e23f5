/* SPDX-License-Identifier: Apache-2.0
 *
 * The kinds of membership by the names of Tomcat's classes.
 */
#pragma once

#include "tribes/channel/tribes-static-membership-service.h"
#include "tribes/membership/tribes-cloud-membership-service.h"
#include "tribes/membership/tribes-mcast-service.h"
#include "tribes/membership/tribes-membership.h"

G_BEGIN_DECLS

TRIBES_API
const char **tribes_membership_list_classes (void) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
TribesMembership *tribes_membership_new_for_class (const char *class_name,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
