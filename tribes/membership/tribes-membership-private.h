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
void tribes_membership_emit_identified (TribesMembership *self, GBytes *unique_id);

/* Whether a member was looked for where it says it is, and nobody was found: it may have to make
 * room for others. Where no room is short this does nothing. */
void
tribes_membership_set_doubtful (TribesMembership *self, TribesMember *member, gboolean doubtful);

/* What a channel tells it. */
void tribes_membership_heartbeat (TribesMembership *self);
/* @channel: (nullable): a TribesChannel, which is above; one that asks its likes does so there. */
void tribes_membership_set_channel (TribesMembership *self, GObject *channel);
void tribes_membership_heard (TribesMembership *self, TribesMember *sender);

/* Exported for libcatalina-ha; not API. */

/* Whether it could start, as far as its settings and the environment tell. */
TRIBES_API
gboolean
tribes_membership_check (TribesMembership *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Milliseconds it usually takes from the start until those are listed who are there. */
TRIBES_API
guint tribes_membership_get_settle_ms (TribesMembership *self);

G_END_DECLS
