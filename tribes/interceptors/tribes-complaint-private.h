/* SPDX-License-Identifier: Apache-2.0
 *
 * One line for what an interceptor could not make sense of, and never more than a few: whoever
 * sends it may send a million.
 */
#pragma once

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/channel/tribes-interceptor.h"
#include "tribes/wire/tribes-message-private.h"

G_BEGIN_DECLS

/* @what: what a message from @sender could not be, as "decompressed"; why not follows. */
void tribes_complain_of (TribesRateLimit *limit,
                         TribesMember *sender,
                         const char *what,
                         const char *format,
                         ...) G_GNUC_PRINTF (4, 5);
void tribes_complain (TribesRateLimit *limit,
                      TribesMessage *message,
                      const char *what,
                      const GError *error);

/* Of an attribute in milliseconds, whatever it is. */
static inline gint64
tribes_expire_us (gint64 milliseconds)
{
  return milliseconds > G_MAXINT64 / 2000 ? G_MAXINT64 / 2 : milliseconds * 1000;
}

G_END_DECLS
