/* SPDX-License-Identifier: Apache-2.0
 *
 * State transfers by what is said about them: who asks, data, the end. An answer belongs to the
 * last question of its receiver to its sender about its context.
 */
#include "catalina_ha/monitor/catalina-summary-data-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-session-state-private.h"

#define MAX_TRANSFERS 1000
/* How far back the question of an answer is looked for. */
#define MAX_OPEN 64

const char *
catalina_transfer_to_string (CatalinaTransferState state)
{
  static const char *const names[] = {
    [CATALINA_TRANSFER_ASKED] = "unanswered",
    [CATALINA_TRANSFER_RUNS] = "unfinished",
    [CATALINA_TRANSFER_COMPLETE] = "complete",
    [CATALINA_TRANSFER_REFUSED] = "refused",
  };

  return names[state];
}

static gboolean
is_of_context (const CatalinaTransfer *transfer, CatalinaSpan context)
{
  /* Who asked for all contexts is answered for each. */
  if (!transfer->context || !context.text)
    return TRUE;
  return strlen (transfer->context) == context.size
         && memcmp (transfer->context, context.text, context.size) == 0;
}

static CatalinaTransfer *
find (CatalinaSummary *self,
      const TribesEndpoint *asker,
      const TribesEndpoint *donor,
      CatalinaSpan context)
{
  guint n = self->transfers->len;

  for (guint i = n; i > n - MIN (n, MAX_OPEN); i--)
    {
      CatalinaTransfer *transfer = &g_array_index (self->transfers, CatalinaTransfer, i - 1);

      if (memcmp (&transfer->asker, asker, sizeof *asker) == 0
          && memcmp (&transfer->donor, donor, sizeof *donor) == 0
          && is_of_context (transfer, context))
        return transfer;
    }
  return NULL;
}

static CatalinaTransfer *
add (CatalinaSummary *self,
     const TribesEndpoint *asker,
     const TribesEndpoint *donor,
     CatalinaSpan context)
{
  CatalinaTransfer transfer = { .asker = *asker, .donor = *donor };

  if (self->transfers->len == MAX_TRANSFERS)
    {
      self->more_transfers++;
      return NULL;
    }
  transfer.context = context.text ? g_strndup (context.text, context.size) : NULL;
  g_array_append_val (self->transfers, transfer);
  return &g_array_index (self->transfers, CatalinaTransfer, self->transfers->len - 1);
}

/* NULL: there is no room for it. */
static CatalinaTransfer *
ask (CatalinaSummary *self,
     const TribesCapturedMessage *message,
     CatalinaSpan context,
     const TribesEndpoint *from)
{
  const CatalinaTransfer *before = find (self, from, message->to, context);
  CatalinaTransfer *transfer;

  /* A member that was started again has another connection, and asked once. */
  if (before && before->state != CATALINA_TRANSFER_COMPLETE
      && message->time_us - before->end_us < 60 * G_USEC_PER_SEC)
    catalina_summary_note (self, CATALINA_ANOMALY_REPEATED_TRANSFER, message->time_us);
  transfer = add (self, from, message->to, context);
  if (transfer)
    transfer->asked_us = transfer->end_us = message->time_us;
  return transfer;
}

static guint
count_sessions (const CatalinaSkim *skim)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (CatalinaStateReader) reader = NULL;

  if (!skim->data || skim->data_size < skim->data_full_size)
    return 0;
  bytes = g_bytes_new_static (skim->data, skim->data_size);
  reader = catalina_state_reader_new (bytes, NULL);
  return reader ? catalina_state_reader_get_left (reader) : 0;
}

/* A sender whose connection turns out to be dead sends the message again on another one. */
static gboolean
is_sent_again (CatalinaTransfer *transfer, const TribesMessageFields *fields)
{
  gboolean again = transfer->parts > 0 && fields->unique_id_size == sizeof transfer->last_id
                   && memcmp (fields->unique_id, transfer->last_id, sizeof transfer->last_id) == 0;

  if (fields->unique_id_size == sizeof transfer->last_id)
    memcpy (transfer->last_id, fields->unique_id, sizeof transfer->last_id);
  return again;
}

/* The one that is answered, or that nobody was seen to ask for. */
static CatalinaTransfer *
find_answered (CatalinaSummary *self,
               const TribesCapturedMessage *message,
               CatalinaSpan context,
               const TribesEndpoint *from)
{
  CatalinaTransfer *transfer = find (self, message->to, from, context);

  if (!transfer || transfer->state >= CATALINA_TRANSFER_COMPLETE)
    transfer = add (self, message->to, from, context);
  if (transfer)
    transfer->end_us = message->time_us;
  return transfer;
}

static guint
count_entries (const CatalinaSkim *skim)
{
  const CatalinaMapBytes *list = &skim->map->message.value;
  g_autoptr (CatalinaMapReader) reader
      = list->data ? catalina_map_reader_new_for_list (list->data, list->size, NULL) : NULL;

  return reader ? catalina_map_reader_get_left (reader) : 0;
}

/* @transfer: (nullable): what was not answered yet is not going to be. */
static void
refuse (CatalinaSummary *self, CatalinaTransfer *transfer, gint64 time_us)
{
  if (!transfer || transfer->state != CATALINA_TRANSFER_ASKED)
    return;
  transfer->state = CATALINA_TRANSFER_REFUSED;
  transfer->end_us = time_us;
  catalina_summary_note (self, CATALINA_ANOMALY_REFUSED_TRANSFER, time_us);
}

/* A replicated map is asked for in one question, and answered for in one answer. */
static void
add_map (CatalinaSummary *self,
         const TribesCapturedMessage *message,
         const CatalinaSkim *skim,
         const TribesEndpoint *from)
{
  gint32 type = skim->map->message.type;
  CatalinaTransfer *transfer;

  if (skim->map->rpc == TRIBES_RPC_NO_CHANNEL)
    refuse (self, find (self, message->to, from, skim->context), message->time_us);
  if ((type != CATALINA_MAP_STATE && type != CATALINA_MAP_STATE_COPY)
      || skim->map->rpc == TRIBES_RPC_NONE)
    return;
  if (skim->map->rpc == TRIBES_RPC_QUESTION)
    transfer = ask (self, message, skim->context, from);
  else
    transfer = find_answered (self, message, skim->context, from);
  if (!transfer)
    return;
  transfer->is_map = TRUE;
  if (skim->map->rpc == TRIBES_RPC_QUESTION)
    return;
  transfer->first_us = message->time_us;
  transfer->parts++;
  transfer->bytes += message->full_size;
  transfer->sessions += count_entries (skim);
  transfer->state = CATALINA_TRANSFER_COMPLETE;
}

void
catalina_summary_add_transfer (CatalinaSummary *self,
                               const TribesCapturedMessage *message,
                               CatalinaSeen seen,
                               const CatalinaSkim *skim,
                               const TribesEndpoint *from)
{
  CatalinaTransfer *transfer;

  if (skim->map)
    add_map (self, message, skim, from);
  if (seen == CATALINA_SEEN_GET_ALL)
    (void) ask (self, message, skim->context, from);
  if (seen != CATALINA_SEEN_ALL_DATA && seen != CATALINA_SEEN_TRANSFER_COMPLETE
      && seen != CATALINA_SEEN_NO_CONTEXT_MANAGER)
    return;
  transfer = find_answered (self, message, skim->context, from);
  if (!transfer)
    return;
  if (seen == CATALINA_SEEN_ALL_DATA && is_sent_again (transfer, &message->fields))
    {
      transfer->repeats++;
      return;
    }
  transfer->bytes += message->full_size;
  if (seen == CATALINA_SEEN_ALL_DATA)
    {
      if (transfer->parts++ == 0)
        transfer->first_us = message->time_us;
      transfer->sessions += count_sessions (skim);
      transfer->state = CATALINA_TRANSFER_RUNS;
    }
  else if (seen == CATALINA_SEEN_TRANSFER_COMPLETE)
    transfer->state = CATALINA_TRANSFER_COMPLETE;
  else
    {
      transfer->state = CATALINA_TRANSFER_REFUSED;
      catalina_summary_note (self, CATALINA_ANOMALY_REFUSED_TRANSFER, message->time_us);
    }
}

void
catalina_summary_finish_transfers (CatalinaSummary *self)
{
  for (guint i = 0; i < self->transfers->len; i++)
    {
      const CatalinaTransfer *transfer = &g_array_index (self->transfers, CatalinaTransfer, i);

      if (transfer->state < CATALINA_TRANSFER_COMPLETE)
        catalina_summary_note (self, CATALINA_ANOMALY_UNFINISHED_TRANSFER, transfer->end_us);
    }
}
