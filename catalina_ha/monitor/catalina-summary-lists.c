/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-summary-data-private.h"

#include "catalina_ha/messages/catalina-shown-id-private.h"

static int
compare (guint64 a, guint64 b)
{
  return a > b ? -1 : a < b;
}

static int
compare_pairs (gconstpointer a, gconstpointer b)
{
  return compare ((*(const CatalinaPair *const *) a)->amount.bytes,
                  (*(const CatalinaPair *const *) b)->amount.bytes);
}

static int
compare_contexts (gconstpointer a, gconstpointer b)
{
  return compare ((*(const CatalinaContextTally *const *) a)->amount.bytes,
                  (*(const CatalinaContextTally *const *) b)->amount.bytes);
}

static int
compare_sessions (gconstpointer a, gconstpointer b)
{
  return compare ((*(const CatalinaSessionTally *const *) a)->amount.bytes,
                  (*(const CatalinaSessionTally *const *) b)->amount.bytes);
}

static int
compare_attributes (gconstpointer a, gconstpointer b)
{
  return compare ((*(const CatalinaAttributeTally *const *) a)->bytes,
                  (*(const CatalinaAttributeTally *const *) b)->bytes);
}

static int
compare_classes (gconstpointer a, gconstpointer b)
{
  return compare ((*(const CatalinaClassTally *const *) a)->bytes,
                  (*(const CatalinaClassTally *const *) b)->bytes);
}

GPtrArray *
catalina_summary_list_pairs (const CatalinaSummary *self)
{
  GPtrArray *pairs = g_ptr_array_new ();

  for (guint i = 0; i < self->pairs->len; i++)
    if (((const CatalinaPair *) self->pairs->pdata[i])->amount.messages > 0)
      g_ptr_array_add (pairs, self->pairs->pdata[i]);
  g_ptr_array_sort (pairs, compare_pairs);
  return pairs;
}

GPtrArray *
catalina_summary_list_contexts (const CatalinaSummary *self)
{
  return catalina_tally_sort (&self->contexts, compare_contexts);
}

GPtrArray *
catalina_summary_list_sessions (const CatalinaSummary *self)
{
  return catalina_tally_sort (&self->sessions, compare_sessions);
}

GPtrArray *
catalina_summary_list_attributes (const CatalinaSummary *self)
{
  return catalina_tally_sort (&self->attributes, compare_attributes);
}

GPtrArray *
catalina_summary_list_classes (const CatalinaSummary *self)
{
  return catalina_tally_sort (&self->classes, compare_classes);
}

char *
catalina_summary_dup_name (gconstpointer value, gboolean first)
{
  gsize first_size, size;
  const char *name = catalina_tally_peek_name (value, &first_size, &size);

  return first ? g_strndup (name, first_size) : g_strndup (name + first_size, size - first_size);
}

char *
catalina_summary_dup_id (gconstpointer tally)
{
  g_autofree char *id = catalina_summary_dup_name (tally, FALSE);

  return catalina_whole_ids_are_shown () ? g_steal_pointer (&id) : catalina_hash_id (id);
}
