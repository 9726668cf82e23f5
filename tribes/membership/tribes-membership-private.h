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

/* Whether a member was looked for where it says it is, and nobody was found: it may have to make
 * room for others. Where no room is short this does nothing. */
void
tribes_membership_set_doubtful (TribesMembership *self, TribesMember *member, gboolean doubtful);

G_END_DECLS
