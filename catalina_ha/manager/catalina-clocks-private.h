/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether what a member said came late. Its own time stamps tell, whatever its clock is set to:
 * what took much longer than what it said before was held up, as by a connection that was cut and
 * healed, and is older than it looks. A clock that was set back looks the same at first, but stays
 * so while time goes on. No time of one clock is ever compared with one of another.
 */
#pragma once

#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

/* What is later than this is a clock that was set back: connections do not live so long without an
 * answer. In milliseconds. */
#define CATALINA_CLOCKS_MAX_LATE_MS (5 * 60 * 1000)

typedef struct
{
  GArray *entries; /* of Clock */
} CatalinaClocks;

void catalina_clocks_init (CatalinaClocks *self);
void catalina_clocks_clear (CatalinaClocks *self);

/* By how much a message is later than others of its sender, in milliseconds; 0 where it is no later
 * than they may be. @timestamp: when it was sent, by the sender's clock. @now_ms: monotonic. */
gint64
catalina_clocks_heard (CatalinaClocks *self, TribesMember *from, gint64 timestamp, gint64 now_ms);
/* Another message of @from, which may have taken long to be made, or be about an earlier time. */
void
catalina_clocks_told (CatalinaClocks *self, TribesMember *from, gint64 timestamp, gint64 now_ms);

G_END_DECLS
