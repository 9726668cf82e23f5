/* SPDX-License-Identifier: Apache-2.0
 *
 * What sends messages to the other members.
 */
#pragma once

#include <gio/gio.h>

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_SENDER (tribes_sender_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesSender, tribes_sender, TRIBES, SENDER, GObject)

TRIBES_API
TribesSender *tribes_sender_new (void);

TRIBES_API
guint64 tribes_sender_get_frames_sent (TribesSender *self);
TRIBES_API
guint64 tribes_sender_get_bytes_sent (TribesSender *self);
TRIBES_API
guint64 tribes_sender_get_sends_failed (TribesSender *self);
TRIBES_API
gsize tribes_sender_get_queued_bytes (TribesSender *self);

TRIBES_API
guint64 tribes_sender_get_datagrams_lost (TribesSender *self);

G_END_DECLS
