/* SPDX-License-Identifier: Apache-2.0
 *
 * Membership by asking a cloud who is there.
 */
#pragma once

#include "tribes/membership/tribes-membership.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_CLOUD_MEMBERSHIP_SERVICE (tribes_cloud_membership_service_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesCloudMembershipService,
                      tribes_cloud_membership_service,
                      TRIBES,
                      CLOUD_MEMBERSHIP_SERVICE,
                      GObject)

TRIBES_API
TribesCloudMembershipService *tribes_cloud_membership_service_new (void);

G_END_DECLS
