/* SPDX-License-Identifier: Apache-2.0
 *
 * One line for what an interceptor could not make sense of, and never more than a few: whoever
 * sends it may send a million.
 */
#pragma once

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/wire/tribes-message-private.h"

G_BEGIN_DECLS

/* @what: what @message could not be, as "decompressed". */
G_GNUC_UNUSED static inline void
tribes_complain (TribesRateLimit *limit,
                 TribesMessage *message,
                 const char *what,
                 const GError *error)
{
  g_autofree char *from = NULL;
  guint suppressed;

  if (!tribes_rate_limit_allow (limit, tribes_clock_get_us (), &suppressed))
    return;
  if (suppressed > 0)
    g_message ("%u more messages could not be %s", suppressed, what);
  from = tribes_member_to_string (tribes_message_peek_address (message));
  g_message ("message from %s could not be %s: %s", from, what, error->message);
}

G_END_DECLS
