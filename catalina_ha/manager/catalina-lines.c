/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-lines-private.h"

#include "catalina_ha/messages/catalina-delta-private.h"
#include "tribes/base/tribes-hash-private.h"

static void
free_outgoing (gpointer outgoing)
{
  catalina_outgoing_free (outgoing);
}

void
catalina_lines_init (CatalinaLines *self, CatalinaOutbox *outbox)
{
  *self = (CatalinaLines){ .outbox = outbox, .next_ms = G_MAXINT64 };
  self->messages = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_outgoing);
  /* The ids are the messages' own. */
  self->last = g_hash_table_new (tribes_str_hash, g_str_equal);
  g_queue_init (&self->ready);
}

void
catalina_lines_clear (CatalinaLines *self)
{
  g_queue_clear (&self->ready);
  g_clear_pointer (&self->last, g_hash_table_unref);
  g_clear_pointer (&self->messages, g_hash_table_unref);
}

gboolean
catalina_lines_is_for (const CatalinaOutgoing *outgoing)
{
  if (outgoing->destination || outgoing->options != CATALINA_OPTIONS_DEFAULT
      || !catalina_session_message_get_session_id (outgoing->message))
    return FALSE;
  switch (catalina_session_message_get_event (outgoing->message))
    {
    case CATALINA_SESSION_EVENT_CREATED:
    case CATALINA_SESSION_EVENT_DELTA:
    case CATALINA_SESSION_EVENT_ACCESSED:
    case CATALINA_SESSION_EVENT_CHANGE_ID:
    case CATALINA_SESSION_EVENT_EXPIRED:
      return TRUE;
    default:
      return FALSE;
    }
}

static const char *
get_id (const CatalinaOutgoing *outgoing)
{
  return catalina_session_message_get_session_id (outgoing->message);
}

static gboolean
is_delta (const CatalinaOutgoing *outgoing)
{
  return catalina_session_message_get_event (outgoing->message) == CATALINA_SESSION_EVENT_DELTA;
}

static CatalinaDelta *
read_delta (const CatalinaOutgoing *outgoing)
{
  GBytes *data = catalina_session_message_get_data (outgoing->message);

  return data ? catalina_delta_decode (data, NULL) : NULL;
}

static gsize
get_size (const CatalinaOutgoing *outgoing)
{
  return g_bytes_get_size (catalina_session_message_get_data (outgoing->message));
}

/* Takes @outgoing, if it can become a part of @before, which still waits. */
static gboolean
join (CatalinaLines *self, CatalinaOutgoing *before, CatalinaOutgoing *outgoing)
{
  CatalinaLine *line = &before->line;
  g_autoptr (CatalinaDelta) delta = NULL;

  if (line->n_before == 0 || !is_delta (before) || !is_delta (outgoing)
      || !g_str_equal (get_id (before), get_id (outgoing)))
    return FALSE;
  delta = read_delta (outgoing);
  if (!line->delta)
    line->delta = delta ? read_delta (before) : NULL;
  if (!delta || !line->delta)
    return FALSE;
  catalina_delta_append (line->delta, delta);
  self->outbox->counters[CATALINA_COUNTER_SENT_DELTA]--;
  self->outbox->counters[CATALINA_COUNTER_SENT_BYTES] -= get_size (outgoing);
  if (!line->tokens)
    line->tokens = g_array_new (FALSE, FALSE, sizeof outgoing->token);
  if (outgoing->token != 0)
    g_array_append_val (line->tokens, outgoing->token);
  /* It is as old as the last change. */
  line->size = line->size > 0 ? line->size : get_size (before);
  g_hash_table_replace (self->last, (char *) get_id (outgoing), before);
  catalina_session_message_unref (before->message);
  before->message = g_steal_pointer (&outgoing->message);
  catalina_outgoing_free (outgoing);
  return TRUE;
}

/* Behind what was said of @id before, if that is not over. */
static void
stand (CatalinaLines *self, CatalinaOutgoing *outgoing, const char *id)
{
  CatalinaOutgoing *before = self->hurries ? NULL : g_hash_table_lookup (self->last, id);

  g_hash_table_replace (self->last, (char *) id, outgoing);
  if (!before || before == outgoing)
    return;
  before->line.behind = g_slist_append (before->line.behind, outgoing);
  self->n_waiting += outgoing->line.n_before++ == 0;
  if (before->line.until_ms > 0)
    self->next_ms = MIN (self->next_ms, before->line.until_ms);
}

void
catalina_lines_add (CatalinaLines *self, CatalinaOutgoing *outgoing)
{
  CatalinaLine *line = &outgoing->line;
  CatalinaOutgoing *before = g_hash_table_lookup (self->last, get_id (outgoing));

  if (before && join (self, before, outgoing))
    return;
  line->number = catalina_outbox_new_token (self->outbox);
  g_hash_table_insert (self->messages, &line->number, outgoing);
  stand (self, outgoing, get_id (outgoing));
  if (catalina_session_message_get_event (outgoing->message) == CATALINA_SESSION_EVENT_CHANGE_ID)
    {
      line->new_id
          = catalina_new_id_decode (catalina_session_message_get_data (outgoing->message), NULL);
      if (line->new_id)
        stand (self, outgoing, line->new_id);
    }
  if (line->n_before == 0)
    g_queue_push_tail (&self->ready, outgoing);
}

/* With all that was added to it. */
static void
write_joined (CatalinaLines *self, CatalinaOutgoing *outgoing)
{
  CatalinaSessionMessage *last = outgoing->message;
  const char *id = get_id (outgoing);
  g_autoptr (GBytes) data = catalina_delta_encode (outgoing->line.delta, id, NULL);

  /* Each of them could be written. */
  g_return_if_fail (data);
  outgoing->message
      = catalina_session_message_new (CATALINA_SESSION_EVENT_DELTA,
                                      catalina_session_message_get_context_name (last), id,
                                      catalina_session_message_get_unique_id (last),
                                      catalina_session_message_get_timestamp (last), data);
  if (g_hash_table_lookup (self->last, id) == outgoing)
    g_hash_table_replace (self->last, (char *) get_id (outgoing), outgoing);
  catalina_session_message_unref (last);
  self->outbox->counters[CATALINA_COUNTER_SENT_BYTES] += get_size (outgoing) - outgoing->line.size;
  g_clear_pointer (&outgoing->line.delta, catalina_delta_unref);
}

CatalinaOutgoing *
catalina_lines_pop (CatalinaLines *self, gint64 now_ms)
{
  CatalinaOutgoing *outgoing = g_queue_pop_head (&self->ready);

  if (!outgoing)
    return NULL;
  if (outgoing->line.delta)
    write_joined (self, outgoing);
  outgoing->line.until_ms = now_ms + CATALINA_LINES_HOLD_MS;
  if (outgoing->line.behind)
    self->next_ms = MIN (self->next_ms, outgoing->line.until_ms);
  return outgoing;
}

CatalinaOutgoing *
catalina_lines_find (const CatalinaLines *self, guint64 number)
{
  return g_hash_table_lookup (self->messages, &number);
}

static void
forget (CatalinaLines *self, const CatalinaOutgoing *outgoing, const char *id)
{
  if (id && g_hash_table_lookup (self->last, id) == outgoing)
    g_hash_table_remove (self->last, id);
}

/* Nobody waits for it any more. */
static void
let_go (CatalinaLines *self, CatalinaOutgoing *outgoing)
{
  forget (self, outgoing, get_id (outgoing));
  forget (self, outgoing, outgoing->line.new_id);
  for (GSList *at = outgoing->line.behind; at; at = at->next)
    {
      CatalinaOutgoing *next = at->data;

      if (--next->line.n_before > 0)
        continue;
      self->n_waiting--;
      g_queue_push_tail (&self->ready, next);
    }
  g_clear_pointer (&outgoing->line.behind, g_slist_free);
}

CatalinaOutgoing *
catalina_lines_take (CatalinaLines *self, guint64 number)
{
  CatalinaOutgoing *outgoing = catalina_lines_find (self, number);

  if (!outgoing)
    return NULL;
  let_go (self, outgoing);
  g_hash_table_steal (self->messages, &number);
  return outgoing;
}

void
catalina_lines_step (CatalinaLines *self, gint64 now_ms)
{
  g_autoptr (GPtrArray) held_up = NULL;
  GHashTableIter iter;
  gpointer value;

  if (self->n_waiting == 0 || now_ms < self->next_ms)
    return;
  held_up = g_ptr_array_new ();
  self->next_ms = G_MAXINT64;
  g_hash_table_iter_init (&iter, self->messages);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const CatalinaLine *line = &((CatalinaOutgoing *) value)->line;

      if (!line->behind || line->until_ms == 0)
        continue;
      if (line->until_ms <= now_ms)
        g_ptr_array_add (held_up, value);
      else
        self->next_ms = MIN (self->next_ms, line->until_ms);
    }
  for (guint i = 0; i < held_up->len; i++)
    let_go (self, held_up->pdata[i]);
}

gint64
catalina_lines_get_deadline (const CatalinaLines *self)
{
  return self->n_waiting > 0 ? self->next_ms : G_MAXINT64;
}

gboolean
catalina_lines_is_waiting (const CatalinaLines *self)
{
  return self->n_waiting > 0;
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const CatalinaOutgoing *first = *(CatalinaOutgoing *const *) a;
  const CatalinaOutgoing *second = *(CatalinaOutgoing *const *) b;

  return first->line.number < second->line.number ? -1 : 1;
}

void
catalina_lines_flush (CatalinaLines *self)
{
  g_autoptr (GPtrArray) waiting = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  self->hurries = TRUE;
  self->n_waiting = 0;
  g_hash_table_remove_all (self->last);
  g_hash_table_iter_init (&iter, self->messages);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      CatalinaLine *line = &((CatalinaOutgoing *) value)->line;

      if (line->n_before > 0)
        g_ptr_array_add (waiting, value);
      line->n_before = 0;
      g_clear_pointer (&line->behind, g_slist_free);
    }
  g_ptr_array_sort (waiting, compare_numbers);
  for (guint i = 0; i < waiting->len; i++)
    g_queue_push_tail (&self->ready, waiting->pdata[i]);
}
