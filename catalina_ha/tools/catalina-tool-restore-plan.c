/* SPDX-License-Identifier: Apache-2.0
 *
 * Nobody tells of sessions that ended. What can be known: where a member has a session that was
 * made before the snapshot was taken, its web application has lived on since, and one of the file
 * that nobody has there has probably ended, or got another id. Where all are younger, or there are
 * none, the cluster was started anew, and what it lacks it lost.
 */
#include "catalina_ha/tools/catalina-tool-restore-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/base/tribes-hash-private.h"

#define FILE_SOURCE 0

const char *
catalina_tool_verdict_to_string (CatalinaToolVerdict verdict)
{
  static const char *const words[] = {
    [CATALINA_TOOL_RESTORE_CREATE] = "create",   [CATALINA_TOOL_RESTORE_ADD] = "add",
    [CATALINA_TOOL_RESTORE_REPLACE] = "replace", [CATALINA_TOOL_RESTORE_SAME] = "same",
    [CATALINA_TOOL_RESTORE_NEWER] = "newer",     [CATALINA_TOOL_RESTORE_EXPIRED] = "expired",
    [CATALINA_TOOL_RESTORE_ENDED] = "ended",     [CATALINA_TOOL_RESTORE_NO_CONTEXT] = "no-context",
  };

  return words[verdict];
}

typedef struct
{
  const CatalinaToolRestoreRules *rules;
  gint64 now_ms;
  /* Of the context whose sessions are being looked at. */
  const char *context;
  guint64 members; /* who has it */
  gboolean lives_on;
} Planner;

static guint64
find_members (CatalinaToolSources *sources, const char *context)
{
  guint64 members = 0;

  for (guint i = 0; i < sources->all->len; i++)
    {
      if (i != FILE_SOURCE
          && catalina_tool_gathered_peek (catalina_tool_sources_at (sources, i)->gathered, context))
        members |= catalina_tool_bit (i);
    }
  return members;
}

static gboolean
is_from_before (const CatalinaToolCopy *copy, gint64 taken_ms)
{
  for (guint i = 0; i < copy->n_sources; i++)
    {
      if (i != FILE_SOURCE && catalina_tool_has (copy->present, i)
          && copy->uses[i].created_ms <= taken_ms)
        return TRUE;
    }
  return FALSE;
}

/* @copies from @at on: those of the same context come one after the other. */
static void
enter_context (Planner *self, CatalinaToolSources *sources, GPtrArray *copies, guint at)
{
  const CatalinaToolCopy *first = g_ptr_array_index (copies, at);
  const CatalinaToolContext *taken
      = catalina_tool_gathered_peek (catalina_tool_sources_at (sources, FILE_SOURCE)->gathered,
                                     first->context);

  self->context = first->context;
  self->members = find_members (sources, first->context);
  self->lives_on = FALSE;
  for (guint i = at; taken && !self->lives_on && i < copies->len; i++)
    {
      const CatalinaToolCopy *copy = g_ptr_array_index (copies, i);

      if (strcmp (copy->context, first->context) != 0)
        break;
      self->lives_on = is_from_before (copy, taken->timestamp);
    }
}

static gboolean
is_wanted (const Planner *self, const CatalinaToolCopy *copy)
{
  const char *const *sessions = (const char *const *) self->rules->sessions;
  g_autofree char *hash = NULL;

  if (!catalina_tool_has (copy->present, FILE_SOURCE))
    return FALSE;
  if (!sessions || g_strv_contains (sessions, copy->id))
    return TRUE;
  hash = catalina_hash_id (copy->id);
  return g_strv_contains (sessions, hash);
}

/* Where a member has it, that member knows better. */
static gboolean
has_expired (const Planner *self, const CatalinaToolCopy *copy)
{
  const CatalinaToolUse *use = &copy->uses[FILE_SOURCE];
  gint64 idle_ms = self->now_ms - CLAMP (use->touched_ms, 0, self->now_ms);

  return !use->is_valid
         || ((copy->present & self->members) == 0 && use->max_inactive_s > 0
             && idle_ms / 1000 >= use->max_inactive_s);
}

/* Those of @members who have another than the file's: older ones and others. */
static void
split (const CatalinaToolCopy *copy, guint64 members, guint64 *older, guint64 *newer)
{
  *older = *newer = 0;
  for (guint i = 0; i < copy->n_sources; i++)
    {
      if (!catalina_tool_has (members & copy->present, i)
          || catalina_tool_copy_is_same (copy, FILE_SOURCE, i))
        continue;
      if (copy->uses[i].used_ms < copy->uses[FILE_SOURCE].used_ms)
        *older |= catalina_tool_bit (i);
      else
        *newer |= catalina_tool_bit (i);
    }
}

static CatalinaToolVerdict
judge (const Planner *self, const CatalinaToolCopy *copy, guint64 *at)
{
  guint64 lacking = self->members & ~copy->present;
  guint64 older, newer;

  split (copy, self->members, &older, &newer);
  *at = 0;
  if (self->members == 0)
    return CATALINA_TOOL_RESTORE_NO_CONTEXT;
  if (newer != 0 && !self->rules->overwrite)
    {
      *at = newer;
      return CATALINA_TOOL_RESTORE_NEWER;
    }
  if ((*at = lacking | older | newer) == 0)
    return CATALINA_TOOL_RESTORE_SAME;
  if (has_expired (self, copy))
    return CATALINA_TOOL_RESTORE_EXPIRED;
  if ((older | newer) != 0)
    return CATALINA_TOOL_RESTORE_REPLACE;
  if (lacking != self->members)
    return CATALINA_TOOL_RESTORE_ADD;
  return self->lives_on && !self->rules->ended ? CATALINA_TOOL_RESTORE_ENDED
                                               : CATALINA_TOOL_RESTORE_CREATE;
}

static gint64
find_latest (const CatalinaToolCopy *copy, guint64 at)
{
  gint64 latest = 0;

  for (guint i = 0; i < copy->n_sources; i++)
    {
      if (catalina_tool_has (at & copy->present, i))
        latest = MAX (latest, copy->uses[i].used_ms);
    }
  return latest;
}

static gboolean
is_written (CatalinaToolVerdict verdict)
{
  return verdict == CATALINA_TOOL_RESTORE_CREATE || verdict == CATALINA_TOOL_RESTORE_ADD
         || verdict == CATALINA_TOOL_RESTORE_REPLACE;
}

static CatalinaToolRestored *
plan (const Planner *self, const CatalinaToolCopy *copy)
{
  CatalinaToolRestored *restored = g_new0 (CatalinaToolRestored, 1);

  restored->copy = copy;
  restored->verdict = judge (self, copy, &restored->at);
  restored->used_ms = copy->uses[FILE_SOURCE].used_ms;
  restored->there_ms = find_latest (copy, restored->at);
  if (is_written (restored->verdict))
    restored->write = catalina_tool_write_new (copy, FILE_SOURCE, restored->at);
  return restored;
}

static void
restored_free (gpointer data)
{
  CatalinaToolRestored *restored = data;

  g_clear_pointer (&restored->write, catalina_tool_write_free);
  g_free (restored);
}

GPtrArray *
catalina_tool_restore_plan (CatalinaToolSources *sources,
                            CatalinaToolCopies *copies,
                            const CatalinaToolRestoreRules *rules,
                            gint64 now_ms)
{
  GPtrArray *planned = g_ptr_array_new_with_free_func (restored_free);
  g_autoptr (GPtrArray) list = catalina_tool_copies_list (copies);
  Planner self = { .rules = rules, .now_ms = now_ms };

  for (guint i = 0; i < list->len; i++)
    {
      const CatalinaToolCopy *copy = g_ptr_array_index (list, i);

      if (!self.context || strcmp (self.context, copy->context) != 0)
        enter_context (&self, sources, list, i);
      if (is_wanted (&self, copy))
        g_ptr_array_add (planned, plan (&self, copy));
    }
  return planned;
}
