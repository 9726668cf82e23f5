/* SPDX-License-Identifier: Apache-2.0
 *
 * What is said to a member so that it has a session as somebody else has it. Values are written as
 * they were read, byte for byte.
 *
 * A session that it does not have goes to it as in a state transfer, which no member refuses and
 * after which nobody sees it half made; one in each message, as a Tomcat gives up a message at the
 * first value that it cannot read. Of a session that it has, a delta says what is to be otherwise:
 * a transfer would put another object in its place, and a request that is at work on the first one
 * would end in nothing.
 */
#pragma once

#include "catalina_ha/tools/catalina-tool-copies-private.h"

G_BEGIN_DECLS

/* Payloads of messages for a member that writes @version of them.
 * NULL: something cannot be written. */
GBytes *catalina_tool_put_whole (const char *context,
                                 const CatalinaSessionState *state,
                                 guint version,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For the same, behind it: the notes of a login, which stand in a state only where it is known that
 * they can be read. NULL without an error: there are none. */
GBytes *catalina_tool_put_notes (const char *context,
                                 const CatalinaSessionState *state,
                                 guint version,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @state: as source @from has it, for source @to of the same @copy, which has another. */
GBytes *catalina_tool_put_difference (const CatalinaToolCopy *copy,
                                      guint from,
                                      guint to,
                                      const CatalinaSessionState *state,
                                      guint version,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
