/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/interceptors/tribes-complaint-private.h"

void
tribes_complain_of (
    TribesRateLimit *limit, TribesMember *sender, const char *what, const char *format, ...)
{
  g_autofree char *from = NULL;
  g_autofree char *why = NULL;
  guint suppressed;
  va_list args;

  if (!tribes_rate_limit_allow (limit, tribes_clock_get_us (), &suppressed))
    return;
  if (suppressed > 0)
    g_message ("%u more messages could not be %s", suppressed, what);
  from = tribes_member_to_string (sender);
  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_message ("message from %s could not be %s: %s", from, what, why);
}

void
tribes_complain (TribesRateLimit *limit,
                 TribesMessage *message,
                 const char *what,
                 const GError *error)
{
  tribes_complain_of (limit, tribes_message_peek_address (message), what, "%s", error->message);
}
