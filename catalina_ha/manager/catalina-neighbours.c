/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-neighbours-private.h"

/* How long nothing is heard of a member before it is asked again, in milliseconds; twice as long
 * after each time. */
#define QUIET_MS     (60 * 1000)
#define MAX_PAUSE_MS (60 * 60 * 1000)
/* The same, where something was changed here and so must be known to whom it went. */
#define DOUBT_MS 10000
/* So many times longer than an answer takes is the time until the next. */
#define COST_FACTOR 200
/* What is younger may still be under way, in milliseconds. */
#define UNDER_WAY_MS 5000
/* A member that has just come may not know this one yet: as long as three heartbeats of Tomcat's
 * channel. */
#define ACQUAINTANCE_MS 15000

static void
neighbour_clear (gpointer data)
{
  tribes_member_unref (((CatalinaNeighbour *) data)->member);
}

static GArray *
new_entries (void)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (CatalinaNeighbour));

  g_array_set_clear_func (entries, neighbour_clear);
  return entries;
}

void
catalina_neighbours_init (CatalinaNeighbours *self)
{
  self->entries = new_entries ();
  self->complete_ms = G_MININT64;
}

void
catalina_neighbours_clear (CatalinaNeighbours *self)
{
  g_clear_pointer (&self->entries, g_array_unref);
  g_clear_pointer (&self->asked, tribes_member_unref);
}

static CatalinaNeighbour *
at (const CatalinaNeighbours *self, guint index)
{
  return &g_array_index (self->entries, CatalinaNeighbour, index);
}

static CatalinaNeighbour *
find (const CatalinaNeighbours *self, TribesMember *member)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (tribes_member_equal (at (self, i)->member, member))
      return at (self, i);
  return NULL;
}

void
catalina_neighbours_set_members (CatalinaNeighbours *self, GPtrArray *members, CatalinaNow now)
{
  g_autoptr (GArray) before = self->entries;

  self->entries = new_entries ();
  for (guint i = 0; i < members->len; i++)
    {
      CatalinaNeighbour entry = { .added_ms = now.mono_ms,
                                  .heard_ms = now.mono_ms,
                                  .asked_ms = now.mono_ms,
                                  .pause_ms = QUIET_MS };

      for (guint j = 0; j < before->len; j++)
        {
          CatalinaNeighbour *known = &g_array_index (before, CatalinaNeighbour, j);

          if (tribes_member_equal (known->member, members->pdata[i]))
            entry = *known;
        }
      entry.member = tribes_member_ref (members->pdata[i]);
      g_array_append_val (self->entries, entry);
    }
}

void
catalina_neighbours_heard (CatalinaNeighbours *self,
                           CatalinaSessionEvent event,
                           TribesMember *from,
                           CatalinaNow now)
{
  CatalinaNeighbour *entry = find (self, from);

  if (!entry)
    return;
  entry->lacks = event == CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER && !entry->gives;
  if (catalina_session_event_is_answer (event))
    entry->gives = event == CATALINA_SESSION_EVENT_ALL_DATA;
  if (!entry->lacks)
    self->told_nobody = FALSE;
  if (catalina_session_event_is_answer (event))
    {
      entry->asked_ms = now.mono_ms;
      return;
    }
  /* A question is no change: two that are idle would ask each other for ever. */
  if (event == CATALINA_SESSION_EVENT_GET_ALL)
    return;
  entry->heard_ms = now.mono_ms;
  entry->pause_ms = QUIET_MS;
  entry->wanted = FALSE;
  entry->missed = FALSE;
}

void
catalina_neighbours_written (CatalinaNeighbours *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    at (self, i)->wanted = TRUE;
}

gboolean
catalina_neighbours_is_lacking (const CatalinaNeighbours *self, TribesMember *member)
{
  const CatalinaNeighbour *entry = find (self, member);

  return entry && entry->lacks;
}

gboolean
catalina_neighbours_has_missed (const CatalinaNeighbours *self, TribesMember *member)
{
  const CatalinaNeighbour *entry = find (self, member);

  return entry && entry->missed;
}

gboolean
catalina_neighbours_nobody_has (const CatalinaNeighbours *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (!at (self, i)->lacks)
      return FALSE;
  return self->entries->len > 0;
}

gboolean
catalina_neighbours_tell_nobody (CatalinaNeighbours *self)
{
  if (self->told_nobody || !catalina_neighbours_nobody_has (self))
    return FALSE;
  self->told_nobody = TRUE;
  return TRUE;
}

static gint64
due_ms (const CatalinaNeighbours *self, const CatalinaNeighbour *entry)
{
  gint64 cost_ms = COST_FACTOR * self->cost_ms;

  if (entry->wanted)
    return MAX (entry->heard_ms + DOUBT_MS, entry->asked_ms + MAX (DOUBT_MS, cost_ms));
  /* One without the context has nothing to tell, and writes a line to its log when it is asked. */
  if (entry->lacks)
    return entry->asked_ms + MAX_PAUSE_MS;
  return MAX (entry->heard_ms + QUIET_MS, entry->asked_ms + MAX (entry->pause_ms, cost_ms));
}

TribesMember *
catalina_neighbours_begin (CatalinaNeighbours *self, CatalinaNow now)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      CatalinaNeighbour *entry = at (self, i);

      if (due_ms (self, entry) > now.mono_ms)
        continue;
      if (!entry->wanted)
        entry->pause_ms = MIN (entry->pause_ms * 2, MAX_PAUSE_MS);
      entry->asked_ms = now.mono_ms;
      entry->wanted = FALSE;
      g_clear_pointer (&self->asked, tribes_member_unref);
      self->asked = tribes_member_ref (entry->member);
      self->n_missed = 0;
      return self->asked;
    }
  return NULL;
}

gint64
catalina_neighbours_get_deadline (const CatalinaNeighbours *self)
{
  gint64 deadline = G_MAXINT64;

  for (guint i = 0; i < self->entries->len; i++)
    deadline = MIN (deadline, due_ms (self, at (self, i)));
  return deadline;
}

gboolean
catalina_neighbours_was_missed (const CatalinaNeighbours *self,
                                gint64 changed_ms,
                                gint64 snapshot_ms,
                                CatalinaNow now)
{
  const CatalinaNeighbour *entry = self->asked ? find (self, self->asked) : NULL;
  gint64 since_ms;

  if (!entry || self->complete_ms == G_MININT64)
    return FALSE;
  since_ms = MAX (self->complete_ms, entry->added_ms + ACQUAINTANCE_MS);
  return changed_ms > snapshot_ms - (now.mono_ms - since_ms)
         && changed_ms < snapshot_ms - UNDER_WAY_MS;
}

void
catalina_neighbours_count_missed (CatalinaNeighbours *self)
{
  self->n_missed++;
}

TribesMember *
catalina_neighbours_end (CatalinaNeighbours *self, gboolean found, gint64 cost_ms, CatalinaNow now)
{
  g_autoptr (TribesMember) asked = g_steal_pointer (&self->asked);
  CatalinaNeighbour *entry = asked ? find (self, asked) : NULL;

  if (found || catalina_neighbours_nobody_has (self))
    {
      self->complete_ms = now.mono_ms;
      self->cost_ms = cost_ms;
    }
  if (!entry || self->n_missed == 0)
    return NULL;
  /* It may not tell of the next, either. */
  entry->pause_ms = QUIET_MS;
  if (entry->missed)
    return NULL;
  entry->missed = TRUE;
  return g_steal_pointer (&asked);
}
