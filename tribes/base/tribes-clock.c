/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock of a thread: GLib's, unless a virtual one was made in it. A source that waits for a
 * virtual time has no ready time of its own; the clock gives it one when it gets there.
 */
#include "tribes/base/tribes-clock-private.h"

/* A source that waits. */
typedef struct
{
  GSource *source; /* owned: it may be destroyed meanwhile */
  gint64 us;
  guint64 serial; /* who waits longer for the same time is first */
} Waiting;

struct _TribesVirtualClock
{
  gint64 us;
  gint64 wall_ahead_us; /* of the clock on the wall */
  guint64 serial;
  GTree *by_time;        /* of Waiting, owned */
  GHashTable *by_source; /* the same, borrowed */
  void (*step) (gpointer);
  gpointer step_data;
};

static _Thread_local TribesVirtualClock *current;

gint64
tribes_clock_get_us (void)
{
  return current ? current->us : g_get_monotonic_time ();
}

gint64
tribes_clock_get_wall_ms (void)
{
  return (current ? current->us + current->wall_ahead_us : g_get_real_time ()) / 1000;
}

static void
stop_waiting (TribesVirtualClock *self, GSource *source)
{
  Waiting *waiting = g_hash_table_lookup (self->by_source, source);

  if (!waiting)
    return;
  g_hash_table_remove (self->by_source, source);
  g_tree_remove (self->by_time, waiting);
}

void
tribes_clock_set_ready_time (GSource *source, gint64 us)
{
  Waiting *waiting;

  if (!current)
    {
      g_source_set_ready_time (source, us);
      return;
    }
  stop_waiting (current, source);
  if (us <= current->us)
    {
      g_source_set_ready_time (source, MIN (us, 0));
      return;
    }
  g_source_set_ready_time (source, -1);
  waiting = g_new0 (Waiting, 1);
  *waiting = (Waiting){ g_source_ref (source), us, current->serial++ };
  g_tree_insert (current->by_time, waiting, waiting);
  g_hash_table_insert (current->by_source, source, waiting);
}

typedef struct
{
  GSource source;
  gint64 interval_us;
  gint64 next_us;
} Timeout;

/* Like GLib's, it counts from when it was called, and falls behind rather than be called twice. */
static gboolean
timeout_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  Timeout *timeout = (Timeout *) source;

  if (!callback || callback (data) == G_SOURCE_REMOVE)
    return G_SOURCE_REMOVE;
  timeout->next_us = tribes_clock_get_us () + timeout->interval_us;
  tribes_clock_set_ready_time (source, timeout->next_us);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timeout_funcs = { .dispatch = timeout_dispatch };

GSource *
tribes_clock_timeout_new (guint interval_ms)
{
  Timeout *timeout;

  if (!current)
    return g_timeout_source_new (interval_ms);
  timeout = (Timeout *) g_source_new (&timeout_funcs, sizeof (Timeout));
  timeout->interval_us = (gint64) interval_ms * 1000;
  timeout->next_us = current->us + timeout->interval_us;
  tribes_clock_set_ready_time (&timeout->source, timeout->next_us);
  return &timeout->source;
}

static int
compare_waiting (gconstpointer a, gconstpointer b, gpointer data)
{
  const Waiting *x = a, *y = b;

  if (x->us != y->us)
    return x->us < y->us ? -1 : 1;
  return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void
waiting_free (gpointer data)
{
  Waiting *waiting = data;

  g_source_unref (waiting->source);
  g_free (waiting);
}

TribesVirtualClock *
tribes_virtual_clock_new (gint64 us, gint64 wall_ms)
{
  TribesVirtualClock *self;

  g_return_val_if_fail (!current, NULL);
  self = g_new0 (TribesVirtualClock, 1);
  self->us = us;
  self->wall_ahead_us = wall_ms * 1000 - us;
  self->by_time = g_tree_new_full (compare_waiting, NULL, NULL, waiting_free);
  self->by_source = g_hash_table_new (NULL, NULL);
  current = self;
  return self;
}

void
tribes_virtual_clock_free (TribesVirtualClock *self)
{
  g_return_if_fail (current == self);
  current = NULL;
  g_hash_table_unref (self->by_source);
  g_tree_unref (self->by_time);
  g_free (self);
}

/* The first of those that wait and are still there; NULL if there is none. */
static Waiting *
first_waiting (TribesVirtualClock *self)
{
  GTreeNode *node;

  while ((node = g_tree_node_first (self->by_time)))
    {
      Waiting *waiting = g_tree_node_key (node);

      if (!g_source_is_destroyed (waiting->source))
        return waiting;
      stop_waiting (self, waiting->source);
    }
  return NULL;
}

gint64
tribes_virtual_clock_get_deadline (TribesVirtualClock *self)
{
  Waiting *waiting = first_waiting (self);

  return waiting ? waiting->us : G_MAXINT64;
}

void
tribes_virtual_clock_advance (TribesVirtualClock *self, gint64 us)
{
  Waiting *waiting;

  self->us = MAX (self->us, us);
  while ((waiting = first_waiting (self)) && waiting->us <= self->us)
    {
      g_source_set_ready_time (waiting->source, 0);
      stop_waiting (self, waiting->source);
    }
}

void
tribes_virtual_clock_set_step (TribesVirtualClock *self, void (*step) (gpointer), gpointer data)
{
  self->step = step;
  self->step_data = data;
}

void
tribes_clock_iterate (GMainContext *context)
{
  gint64 deadline;

  if (!current)
    g_main_context_iteration (context, TRUE);
  if (!current || g_main_context_iteration (context, FALSE))
    return;
  deadline = tribes_virtual_clock_get_deadline (current);
  if (current->step)
    current->step (current->step_data);
  else if (deadline < G_MAXINT64)
    tribes_virtual_clock_advance (current, deadline);
}
