/* SPDX-License-Identifier: Apache-2.0
 *
 * Which messages were there before. A state machine without a clock: the time is an argument.
 *
 * One for all senders, as in Tomcat: who a frame says it is from is not encrypted, and a copy of it
 * may say otherwise. Bounded by the number of messages; what was forgotten for want of room is
 * refused, not taken again.
 */
#pragma once

#include <glib.h>

#include "tribes/tribes-visibility.h"

G_BEGIN_DECLS

typedef enum
{
  TRIBES_REPLAY_NEW,
  TRIBES_REPLAY_SEEN,      /* the same message again */
  TRIBES_REPLAY_STALE,     /* older than the window */
  TRIBES_REPLAY_AHEAD,     /* as far in the future */
  TRIBES_REPLAY_FORGOTTEN, /* as old as messages that are not remembered any more */
} TribesReplayVerdict;

typedef struct _TribesReplayWindow TribesReplayWindow;

/* Messages of before that came in the last @window_ms are not told from new ones: they are refused.
 */
TRIBES_API
TribesReplayWindow *tribes_replay_window_new (gint64 window_ms, guint max_messages, gint64 now_ms);
TRIBES_API
void tribes_replay_window_free (TribesReplayWindow *window);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TribesReplayWindow, tribes_replay_window_free)

/* A message with what only it has (at most 16 bytes), made at @made_ms; remembers a new one. */
TRIBES_API
TribesReplayVerdict tribes_replay_window_check (TribesReplayWindow *window,
                                                const guint8 *nonce,
                                                gsize nonce_size,
                                                gint64 made_ms,
                                                gint64 now_ms);
/* The same of one that does not say when it was made; not to be mixed with the others. Only the
 * last ones are known, and what is new or forgotten is new. */
TRIBES_API
gboolean tribes_replay_window_check_undated (TribesReplayWindow *window,
                                             const guint8 *nonce,
                                             gsize nonce_size);

TRIBES_API
guint tribes_replay_window_get_size (TribesReplayWindow *window);

G_END_DECLS
