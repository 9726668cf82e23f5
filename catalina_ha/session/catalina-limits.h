/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_LIMITS (catalina_limits_get_type ())

/**
 * CatalinaLimits:
 * @contexts: contexts one cluster holds. Each is picked up when first heard of, so without a bound
 *   a peer could name new ones for ever; the largest Tomcats host some hundred.
 * @sessions: sessions of one context. Tomcat has no such limit by default (`maxActiveSessions`);
 *   ten times what its own state transfer was seen to manage.
 * @session_bytes: what one session may occupy, in bytes. A state transfer of many such sessions
 *   must still fit a frame.
 * @session_attributes: attributes, notes or listeners of one session. Web applications have tens;
 *   this many are a mistake, or an attack.
 * @context_bytes: what all sessions of a context may occupy, in bytes.
 * @early_messages: messages kept because their session is not known yet. The two messages that
 *   race are milliseconds apart, so this is what a busy cluster sends in a few seconds.
 * @early_bytes: what these may occupy, in bytes, in all contexts together, as the messages are
 *   counted; a quarter of it more for the ids that sessions had before.
 * @early_ms: how long they are kept, in milliseconds: longer than the retry of a sender
 *   whose connection broke (3 s), shorter than anybody waits for a page.
 * @ended_ids: ids of sessions that ended, or that have another id now, remembered in all contexts so
 *   that no state transfer of a member that was cut off brings them back. This is what ends in an
 *   hour at 20 a second.
 * @ended_bytes: what these may occupy, in bytes.
 * @ended_ms: how long they are remembered, in milliseconds: as long as anybody leaves a cluster in two
 *   parts.
 * @replay_messages: messages kept during a state transfer, to be applied again to what it brought.
 *   Tomcat queues without a bound; this is what 3,000 changes a second make in 20 seconds.
 * @replay_bytes: what these may occupy, in bytes, in all contexts together, as the messages are
 *   counted.
 * @loading_bytes: what sessions that came from others may occupy until they are taken in, in bytes,
 *   in all contexts together. They are while more come: this is four messages of the largest kind.
 *
 * Bounds on what the other members can make this process hold in sessions.
 *
 * Since: 0.1
 */
typedef struct
{
  guint contexts;
  guint sessions;
  gsize session_bytes;
  guint session_attributes;
  gsize context_bytes;
  guint early_messages;
  gsize early_bytes;
  guint early_ms;
  guint ended_ids;
  gsize ended_bytes;
  guint ended_ms;
  guint replay_messages;
  gsize replay_bytes;
  gsize loading_bytes;
} CatalinaLimits;

CATALINA_API
GType catalina_limits_get_type (void) G_GNUC_CONST;

CATALINA_API
const CatalinaLimits *catalina_limits_get_default (void);
CATALINA_API
CatalinaLimits *catalina_limits_dup_default (void) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
CatalinaLimits *catalina_limits_copy (const CatalinaLimits *limits) G_GNUC_WARN_UNUSED_RESULT;
CATALINA_API
void catalina_limits_free (CatalinaLimits *limits);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaLimits, catalina_limits_free)

G_END_DECLS
