/* SPDX-License-Identifier: Apache-2.0
 *
 * No member can be asked for one session, only for all of a context; that costs it something. So a
 * round of writing takes as long as asking did, and at least ROUND_MS: half of the time is asking
 * at most, and nothing is written of which we have not heard for longer than that.
 */
#include "catalina_ha/tools/catalina-tool-writer-private.h"

#include <string.h>

#include "catalina_ha/tools/catalina-tool-put-private.h"
#include "tribes/base/tribes-hash-private.h"

#define ROUND_MS     1000
#define VERSION      2
#define SEND_OPTIONS (TRIBES_SEND_OPTIONS_USE_ACK | TRIBES_SEND_OPTIONS_SYNCHRONIZED_ACK)

CatalinaToolWrite *
catalina_tool_write_new (const CatalinaToolCopy *copy, guint from, guint64 to)
{
  CatalinaToolWrite *write = g_new0 (CatalinaToolWrite, 1);

  write->context = g_strdup (copy->context);
  write->id = g_strdup (copy->id);
  write->from = from;
  write->to = to;
  write->mark = catalina_tool_copy_get_mark (copy);
  return write;
}

void
catalina_tool_write_free (CatalinaToolWrite *write)
{
  g_free (write->context);
  g_free (write->id);
  g_free (write);
}

const char *
catalina_tool_outcome_to_string (CatalinaToolOutcome outcome)
{
  static const char *const words[] = {
    [CATALINA_TOOL_WRITE_PENDING] = "pending", [CATALINA_TOOL_WRITE_DONE] = "written",
    [CATALINA_TOOL_WRITE_CHANGED] = "changed", [CATALINA_TOOL_WRITE_BROKEN] = "broken",
    [CATALINA_TOOL_WRITE_OTHER] = "other",
  };

  return words[outcome];
}

typedef struct
{
  CatalinaToolSources *sources;
  GHashTable *pending; /* `CONTEXT\nID` -> CatalinaToolWrite: not this writer's */
  /* Of a round. */
  TribesChannel *channel;
  CatalinaToolCopies *copies;
  guint from;
  gint64 until_us;
  guint n_looked_at;
  GError *error; /* nullable: why it ends */
} Writer;

static char *
make_key (const char *context, const char *id)
{
  return g_strconcat (context, "\n", id, NULL);
}

static gboolean
send (Writer *self, CatalinaToolSource *to, GBytes *payload)
{
  if (catalina_tool_visit_send (self->channel, to->member, payload, SEND_OPTIONS,
                                self->sources->visit->timeout, NULL, &self->error))
    return TRUE;
  g_prefix_error (&self->error, "%s: ", to->name);
  return FALSE;
}

/* FALSE: it is over, or there is nothing that could be sent. */
static gboolean
send_whole (Writer *self,
            CatalinaToolSource *to,
            const CatalinaToolCopy *copy,
            const CatalinaSessionState *state,
            guint version)
{
  g_autoptr (GBytes) whole = catalina_tool_put_whole (copy->context, state, version, NULL);
  g_autoptr (GBytes) notes = catalina_tool_put_notes (copy->context, state, version, NULL);

  return whole && send (self, to, whole) && (!notes || send (self, to, notes));
}

static gboolean
write_to (Writer *self, const CatalinaToolCopy *copy, guint to, const CatalinaSessionState *state)
{
  CatalinaToolSource *member = catalina_tool_sources_at (self->sources, to);
  guint version = member->gathered->version > 0 ? member->gathered->version : VERSION;
  g_autoptr (GBytes) difference = NULL;

  if (!catalina_tool_has (copy->present, to))
    return send_whole (self, member, copy, state, version);
  difference = catalina_tool_put_difference (copy, self->from, to, state, version, NULL);
  return difference && send (self, member, difference);
}

static CatalinaToolOutcome
write_session (Writer *self, const CatalinaToolWrite *write, const CatalinaSessionState *state)
{
  const CatalinaToolCopy *copy
      = catalina_tool_copies_find (self->copies, write->context, write->id);

  if (!copy || catalina_tool_copy_get_mark (copy) != write->mark)
    return CATALINA_TOOL_WRITE_CHANGED;
  for (guint i = 0; i < copy->n_sources; i++)
    {
      if (catalina_tool_has (write->to, i) && !write_to (self, copy, i, state))
        return self->error ? CATALINA_TOOL_WRITE_PENDING : CATALINA_TOOL_WRITE_BROKEN;
    }
  return CATALINA_TOOL_WRITE_DONE;
}

static void
on_session (const CatalinaToolSession *session, gpointer data)
{
  Writer *self = data;
  g_autofree char *key = make_key (session->context, session->state->id);
  CatalinaToolWrite *write = g_hash_table_lookup (self->pending, key);

  if (!write || write->from != self->from || self->error
      || (self->n_looked_at > 0 && g_get_monotonic_time () > self->until_us))
    return;
  self->n_looked_at++;
  write->outcome = write_session (self, write, session->state);
  if (write->outcome != CATALINA_TOOL_WRITE_PENDING)
    g_hash_table_remove (self->pending, key);
}

/* Those of which the one who had it has none any more. */
static gboolean
is_gone (gpointer key, gpointer value, gpointer data)
{
  Writer *self = data;
  CatalinaToolWrite *write = value;
  const CatalinaToolCopy *copy
      = catalina_tool_copies_find (self->copies, write->context, write->id);

  if (copy && catalina_tool_copy_get_mark (copy) == write->mark)
    return FALSE;
  write->outcome = CATALINA_TOOL_WRITE_CHANGED;
  return TRUE;
}

static void
write_round (Writer *self)
{
  for (guint i = 0; i < self->sources->all->len && !self->error; i++)
    {
      self->from = i;
      /* It has just been read. */
      (void) catalina_tool_gathered_each (catalina_tool_sources_at (self->sources, i)->gathered,
                                          on_session, self, NULL);
    }
}

static GPtrArray *
list_members (CatalinaToolSources *sources)
{
  GPtrArray *members = g_ptr_array_new ();

  for (guint i = 0; i < sources->all->len; i++)
    {
      CatalinaToolSource *source = catalina_tool_sources_at (sources, i);

      if (source->member)
        g_ptr_array_add (members, source->member);
    }
  return members;
}

static gboolean
begin_round (Writer *self)
{
  g_autoptr (GPtrArray) members = list_members (self->sources);
  gint64 began_us = g_get_monotonic_time ();
  gint64 now_us;

  self->copies = catalina_tool_sources_ask (self->sources, TRUE, &self->error);
  if (!self->copies)
    return FALSE;
  now_us = g_get_monotonic_time ();
  self->until_us = now_us + MAX (now_us - began_us, ROUND_MS * 1000);
  self->n_looked_at = 0;
  g_hash_table_foreach_remove (self->pending, is_gone, self);
  self->channel = catalina_tool_visit_begin (self->sources->visit, members, &self->error);
  return self->channel != NULL;
}

static void
end_round (Writer *self)
{
  g_clear_pointer (&self->channel, catalina_tool_visit_end);
  g_clear_pointer (&self->copies, catalina_tool_copies_free);
}

static gboolean
verify (CatalinaToolSources *sources, GPtrArray *writes, GError **error)
{
  g_autoptr (CatalinaToolCopies) copies = catalina_tool_sources_ask (sources, FALSE, error);

  for (guint i = 0; copies && i < writes->len; i++)
    {
      CatalinaToolWrite *write = g_ptr_array_index (writes, i);
      const CatalinaToolCopy *copy = catalina_tool_copies_find (copies, write->context, write->id);

      if (write->outcome != CATALINA_TOOL_WRITE_DONE)
        continue;
      for (guint j = 0; j < sources->all->len; j++)
        {
          if (catalina_tool_has (write->to, j)
              && (!copy || !catalina_tool_copy_is_same (copy, write->from, j)))
            write->wrong |= catalina_tool_bit (j);
        }
      if (write->wrong != 0)
        write->outcome = CATALINA_TOOL_WRITE_OTHER;
    }
  return copies != NULL;
}

gboolean
catalina_tool_write_all (CatalinaToolSources *sources, GPtrArray *writes, GError **error)
{
  Writer self = { .sources = sources };
  g_autoptr (GHashTable) pending
      = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, NULL);

  self.pending = pending;
  for (guint i = 0; i < writes->len; i++)
    {
      CatalinaToolWrite *write = g_ptr_array_index (writes, i);

      g_hash_table_insert (pending, make_key (write->context, write->id), write);
    }
  while (g_hash_table_size (pending) > 0 && !self.error)
    {
      if (begin_round (&self))
        write_round (&self);
      end_round (&self);
      if (self.n_looked_at == 0)
        break;
    }
  if (self.error)
    {
      /* What was written until now is looked at, where those can be asked who can. */
      (void) verify (sources, writes, NULL);
      g_propagate_error (error, self.error);
      return FALSE;
    }
  return verify (sources, writes, error);
}
