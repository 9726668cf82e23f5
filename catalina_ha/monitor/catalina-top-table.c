/* SPDX-License-Identifier: Apache-2.0
 *
 * A table is a copy, so that it can be shown, sorted and kept while others go on counting. Equal
 * rows are in the order of their numbers of messages and then of their names: lines do not jump.
 */
#include "catalina_ha/monitor/catalina-top-data-private.h"

#include <math.h>
#include <stdlib.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/capture/tribes-packet-private.h"

/* So long a failure is new. */
#define FAILS_US (60 * G_USEC_PER_SEC)

static gint64
get_rate_time (const CatalinaTop *self, gboolean whole)
{
  return whole ? self->now_us : catalina_window_length (catalina_top_get_step (self), self->now_us);
}

/* Latencies of the two periods that are not too long ago. */
static CatalinaHistogram
get_recent (const CatalinaTop *self, const CatalinaTopCount *count)
{
  gint64 period = self->now_us / self->period_us;
  CatalinaHistogram sum = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (count->recent); i++)
    if (count->period - (gint64) i >= period - 1)
      catalina_histogram_merge (&sum, &count->recent[i]);
  return sum;
}

static gint64
get_percentile (const CatalinaHistogram *latency, double percent)
{
  return latency->n > 0 ? catalina_histogram_percentile (latency, percent) : -1;
}

static CatalinaTopRow
make_row (const CatalinaTop *self, const CatalinaTopCount *count, gboolean whole)
{
  CatalinaAmount amount
      = whole ? count->amount
              : catalina_window_sum (&count->window, catalina_top_get_step (self), self->now_us);
  CatalinaHistogram latency = whole ? count->latency : get_recent (self, count);
  double seconds = (double) get_rate_time (self, whole) / G_USEC_PER_SEC;

  return (CatalinaTopRow){
    .rate = seconds > 0 ? (double) amount.messages / seconds : NAN,
    .byte_rate = seconds > 0 ? (double) amount.bytes / seconds : NAN,
    .messages = count->amount.messages,
    .bytes = count->amount.bytes,
    .acks = latency.n,
    .p50_us = get_percentile (&latency, 50),
    .p95_us = get_percentile (&latency, 95),
    .p99_us = get_percentile (&latency, 99),
    .missing = count->missing,
    .failed = count->failed,
    .fails = count->failed_us > 0 && self->now_us - count->failed_us < FAILS_US,
  };
}

static const char *
keep_endpoint (CatalinaTopTable *table, const char *name)
{
  TribesEndpoint endpoint;
  g_autofree char *text = NULL;

  memcpy (&endpoint, name, sizeof endpoint);
  text = tribes_endpoint_to_string (&endpoint);
  return g_string_chunk_insert_const (table->names, text);
}

static const char *
keep_id (CatalinaTopTable *table, const char *name, gsize size)
{
  g_autofree char *id = g_strndup (name, size);
  g_autofree char *hash = catalina_whole_ids_are_shown () ? NULL : catalina_hash_id (id);

  return g_string_chunk_insert (table->names, hash ? hash : id);
}

static void
name_row (CatalinaTopTable *table, CatalinaTopRow *row, const CatalinaTopCount *count)
{
  gsize first_size, size;
  const char *name = catalina_tally_peek_name (count, &first_size, &size);

  if (table->view == CATALINA_TOP_PAIRS)
    {
      row->first = keep_endpoint (table, name);
      row->second = keep_endpoint (table, name + first_size);
      return;
    }
  row->first = g_string_chunk_insert_len (table->names, name, (gssize) first_size);
  if (table->view == CATALINA_TOP_SESSIONS)
    row->second = keep_id (table, name + first_size, size - first_size);
  else if (table->view == CATALINA_TOP_ATTRIBUTES)
    row->second
        = g_string_chunk_insert_len (table->names, name + first_size, (gssize) (size - first_size));
}

CatalinaTopTable *
catalina_top_take (const CatalinaTop *self, CatalinaTopView view, gboolean whole)
{
  const CatalinaTally *tally = &self->tables[view];
  guint n = catalina_tally_get_n (tally);
  CatalinaTopTable *table = g_new0 (CatalinaTopTable, 1);

  table->view = view;
  table->is_whole = whole;
  table->since_us = self->start_us;
  table->now_us = self->start_us + self->now_us;
  table->rate_us = get_rate_time (self, whole);
  table->forgotten = tally->forgotten;
  table->is_filtered = self->filter != NULL;
  table->filtered = self->filtered;
  table->all = make_row (self, &self->all, whole);
  table->rows = g_array_sized_new (FALSE, FALSE, sizeof (CatalinaTopRow), n);
  table->names = g_string_chunk_new (4096);
  for (guint i = 0; i < n; i++)
    {
      const CatalinaTopCount *count = catalina_tally_peek (tally, i);
      CatalinaTopRow row;

      /* Nobody knows yet whether it is to be counted. */
      if (count->amount.messages == 0)
        continue;
      row = make_row (self, count, whole);
      name_row (table, &row, count);
      g_array_append_val (table->rows, row);
    }
  return table;
}

void
catalina_top_table_free (CatalinaTopTable *self)
{
  g_array_unref (self->rows);
  g_string_chunk_free (self->names);
  g_free (self);
}

/* No number is less than any. */
static double
get_number (const CatalinaTopRow *row, CatalinaTopColumn column)
{
  switch (column)
    {
    case CATALINA_TOP_RATE:
      return isnan (row->rate) ? -1 : row->rate;
    case CATALINA_TOP_BYTE_RATE:
      return isnan (row->byte_rate) ? -1 : row->byte_rate;
    case CATALINA_TOP_MESSAGES:
      return (double) row->messages;
    case CATALINA_TOP_BYTES:
      return (double) row->bytes;
    case CATALINA_TOP_P50:
      return (double) row->p50_us;
    case CATALINA_TOP_P95:
      return (double) row->p95_us;
    case CATALINA_TOP_P99:
      return (double) row->p99_us;
    case CATALINA_TOP_MISSING:
      return (double) row->missing;
    case CATALINA_TOP_FAILED:
      return (double) row->failed;
    case CATALINA_TOP_NAME:
    case CATALINA_TOP_N_COLUMNS:
      break;
    }
  return 0;
}

static int
compare_numbers (double a, double b)
{
  return a > b ? -1 : a < b;
}

static int
compare_names (const CatalinaTopRow *a, const CatalinaTopRow *b)
{
  int order = strcmp (a->first, b->first);

  return order == 0 && a->second && b->second ? strcmp (a->second, b->second) : order;
}

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const CatalinaTopTable *table = user_data;
  int order = table->column == CATALINA_TOP_NAME
                  ? compare_names (a, b)
                  : compare_numbers (get_number (a, table->column), get_number (b, table->column));

  if (order != 0)
    return table->reversed ? -order : order;
  order = compare_numbers (get_number (a, CATALINA_TOP_MESSAGES),
                           get_number (b, CATALINA_TOP_MESSAGES));
  return order == 0 ? compare_names (a, b) : order;
}

void
catalina_top_table_sort (CatalinaTopTable *self, CatalinaTopColumn column, gboolean reversed)
{
  self->column = column;
  self->reversed = reversed;
  g_array_sort_with_data (self->rows, compare, self);
}
