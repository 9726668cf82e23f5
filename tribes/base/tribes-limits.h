/* SPDX-License-Identifier: Apache-2.0
 *
 * How much others can make this process hold. No code that reads what they sent has a bound of its
 * own that is not here.
 */
#pragma once

#include <glib-object.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

#define TRIBES_TYPE_LIMITS (tribes_limits_get_type ())

/**
 * TribesLimits:
 * @frame_bytes: largest frame body accepted from a connection, in bytes. A state transfer is one
 *   frame per context (13 MB for 100,000 small sessions), so this is generous; memory is taken as
 *   the bytes arrive, not when they are announced.
 * @pending_bytes: unfinished input kept for all connections of a receiver together, in bytes. What
 *   would exceed it costs the connection that holds most.
 * @member_bytes: largest member package, in bytes. It travels in one datagram.
 * @unique_id_bytes: largest message id, in bytes. Tomcat writes 16.
 * @connections: connections one receiver holds at a time. A Tomcat opens one per concurrent send
 *   (25 by default) and one for each failure check. There are fewer where the process may not have
 *   so many file descriptors when the receiver starts; it keeps a quarter of them, at most 256, for
 *   other things.
 * @frame_ms: time a peer has to finish a frame it began, in milliseconds, before its connection is
 *   closed; a new 64 KiB of it starts the time anew, so that a large frame over a slow link is
 *   fine and a byte a second is not.
 *
 * Bounds on what others can make this process hold. Every loop over received data is bounded by
 * one of them or by the bytes at hand.
 *
 * Since: 0.1
 */
typedef struct
{
  gsize frame_bytes;
  gsize pending_bytes;
  gsize member_bytes;
  gsize unique_id_bytes;
  guint connections;
  guint frame_ms;
} TribesLimits;

TRIBES_API
GType tribes_limits_get_type (void) G_GNUC_CONST;

TRIBES_API
const TribesLimits *tribes_limits_get_default (void);
TRIBES_API
TribesLimits *tribes_limits_dup_default (void) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
TribesLimits *tribes_limits_copy (const TribesLimits *limits) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_limits_free (TribesLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesLimits, tribes_limits_free)

G_END_DECLS
