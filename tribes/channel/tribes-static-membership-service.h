/* SPDX-License-Identifier: Apache-2.0
 *
 * Listed members that ask each other whether they are there.
 */
#pragma once

#include "tribes/membership/tribes-membership.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_STATIC_MEMBERSHIP_SERVICE (tribes_static_membership_service_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesStaticMembershipService,
                      tribes_static_membership_service,
                      TRIBES,
                      STATIC_MEMBERSHIP_SERVICE,
                      GObject)

TRIBES_API
TribesStaticMembershipService *tribes_static_membership_service_new (void);

G_END_DECLS
