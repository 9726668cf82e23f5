/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of nonces and a heap with the oldest message on top. Every message costs a step of the
 * heap's depth, whatever times its sender gives.
 */
#include "tribes/interceptors/tribes-replay-window-private.h"

#include <string.h>

#include "tribes/base/tribes-hash-private.h"

#define MAX_NONCE_SIZE 16

typedef struct
{
  gint64 made_ms;
  guint8 nonce[MAX_NONCE_SIZE]; /* zeros behind a shorter one: all of a window have one size */
} Seen;

struct _TribesReplayWindow
{
  gint64 window_ms;
  guint max_messages;
  gint64 forgotten_ms; /* the latest of those that are not known any more */
  gint64 n_undated;
  GHashTable *nonces; /* (element-type Seen) */
  GPtrArray *heap;    /* (element-type Seen): of @nonces */
};

static guint
seen_hash (gconstpointer key)
{
  return tribes_hash_bytes (((const Seen *) key)->nonce, MAX_NONCE_SIZE);
}

static gboolean
seen_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (((const Seen *) a)->nonce, ((const Seen *) b)->nonce, MAX_NONCE_SIZE) == 0;
}

TribesReplayWindow *
tribes_replay_window_new (gint64 window_ms, guint max_messages, gint64 now_ms)
{
  TribesReplayWindow *window = g_new0 (TribesReplayWindow, 1);

  window->window_ms = window_ms;
  window->max_messages = max_messages;
  window->forgotten_ms = now_ms - MIN (window_ms, now_ms);
  window->nonces = g_hash_table_new_full (seen_hash, seen_equal, g_free, NULL);
  window->heap = g_ptr_array_new ();
  return window;
}

void
tribes_replay_window_free (TribesReplayWindow *window)
{
  g_hash_table_unref (window->nonces);
  g_ptr_array_unref (window->heap);
  g_free (window);
}

static gint64
at (TribesReplayWindow *window, guint i)
{
  return ((const Seen *) window->heap->pdata[i])->made_ms;
}

static void
swap (TribesReplayWindow *window, guint i, guint j)
{
  gpointer seen = window->heap->pdata[i];

  window->heap->pdata[i] = window->heap->pdata[j];
  window->heap->pdata[j] = seen;
}

static void
push (TribesReplayWindow *window, Seen *seen)
{
  guint i = window->heap->len;

  g_ptr_array_add (window->heap, seen);
  for (; i > 0 && at (window, (i - 1) / 2) > at (window, i); i = (i - 1) / 2)
    swap (window, i, (i - 1) / 2);
}

static Seen *
pop_oldest (TribesReplayWindow *window)
{
  Seen *oldest = g_ptr_array_remove_index_fast (window->heap, 0);
  guint n = window->heap->len;

  for (guint i = 0, child; (child = 2 * i + 1) < n; i = child)
    {
      if (child + 1 < n && at (window, child + 1) < at (window, child))
        child++;
      if (at (window, i) <= at (window, child))
        break;
      swap (window, i, child);
    }
  return oldest;
}

/* Whether it is new; then it is remembered, and the oldest one is not where there are too many. */
static gboolean
remember (TribesReplayWindow *window, const guint8 *nonce, gsize nonce_size, gint64 made_ms)
{
  Seen key = { .made_ms = made_ms };
  Seen *seen;

  g_return_val_if_fail (nonce_size <= MAX_NONCE_SIZE, FALSE);

  memcpy (key.nonce, nonce, nonce_size);
  if (g_hash_table_contains (window->nonces, &key))
    return FALSE;
  seen = g_memdup2 (&key, sizeof key);
  g_hash_table_add (window->nonces, seen);
  push (window, seen);
  while (window->heap->len > window->max_messages)
    {
      Seen *oldest = pop_oldest (window);

      window->forgotten_ms = MAX (window->forgotten_ms, oldest->made_ms);
      g_hash_table_remove (window->nonces, oldest);
    }
  return TRUE;
}

TribesReplayVerdict
tribes_replay_window_check (TribesReplayWindow *window,
                            const guint8 *nonce,
                            gsize nonce_size,
                            gint64 made_ms,
                            gint64 now_ms)
{
  /* Both are written so that they do not overflow for times that nobody has. */
  if (made_ms < now_ms && (guint64) now_ms - (guint64) made_ms > (guint64) window->window_ms)
    return TRIBES_REPLAY_STALE;
  if (made_ms > now_ms && (guint64) made_ms - (guint64) now_ms > (guint64) window->window_ms)
    return TRIBES_REPLAY_AHEAD;
  if (made_ms <= window->forgotten_ms)
    return TRIBES_REPLAY_FORGOTTEN;
  return remember (window, nonce, nonce_size, made_ms) ? TRIBES_REPLAY_NEW : TRIBES_REPLAY_SEEN;
}

gboolean
tribes_replay_window_check_undated (TribesReplayWindow *window,
                                    const guint8 *nonce,
                                    gsize nonce_size)
{
  return remember (window, nonce, nonce_size, window->n_undated++);
}

guint
tribes_replay_window_get_size (TribesReplayWindow *window)
{
  return window->heap->len;
}
