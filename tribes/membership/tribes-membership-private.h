/* SPDX-License-Identifier: Apache-2.0
 *
 * For those who implement a membership.
 */
#pragma once

#include "tribes/membership/tribes-membership.h"

G_BEGIN_DECLS

/* What implementations emit their signals through. */
void tribes_membership_emit_member_added (TribesMembership *self, TribesMember *member);
void tribes_membership_emit_member_disappeared (TribesMembership *self, TribesMember *member);
void tribes_membership_emit_message_received (TribesMembership *self, GBytes *frame);

G_END_DECLS
