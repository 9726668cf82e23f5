/* SPDX-License-Identifier: Apache-2.0
 *
 * What deltas set: by attribute, by class, and whether it was so before. Of each attribute of a
 * session a hash of the last value is known, as long as no other attribute takes its place: what
 * was sent for nothing is counted too low, never too high.
 */
#include "catalina_ha/monitor/catalina-summary-data-private.h"

#include "catalina_ha/messages/catalina-delta.h"
#include "tribes/base/tribes-hash-private.h"

typedef struct
{
  CatalinaSummary *report;
  const CatalinaSkim *skim;
  guint64 session_key;
  guint member;
} DeltaWalk;

/* Whether the attribute already had this value. */
static gboolean
is_same_value (DeltaWalk *walk, const CatalinaSkimAction *action)
{
  guint64 key = tribes_hash_bytes64 (action->name.text, action->name.size, walk->session_key);
  guint64 value = tribes_hash_bytes64 (action->value, action->value_size, 1);
  CatalinaLastValue *last = &walk->report->last_values[key & (CATALINA_LAST_VALUES - 1)];
  gboolean is_same = last->key == key && last->value == value;

  last->key = key;
  last->value = value;
  return is_same;
}

/* A reference to another value of the delta says nothing about what that is. */
static gboolean
is_told (const CatalinaSkimAction *action)
{
  return action->value && action->value_size > 5;
}

static void
add_class (DeltaWalk *walk, const CatalinaSkimAction *action)
{
  CatalinaClassTally *tally;

  if (!action->class_name.text)
    return;
  tally = catalina_tally_get (&walk->report->classes, action->class_name.text,
                              action->class_name.size, NULL, 0);
  tally->values++;
  tally->bytes += action->value_size;
  if (walk->member < 64)
    tally->senders |= G_GUINT64_CONSTANT (1) << walk->member;
}

static void
add_action (const CatalinaSkimAction *action, gpointer user_data)
{
  DeltaWalk *walk = user_data;
  CatalinaSummary *report = walk->report;
  CatalinaAttributeTally *tally;

  add_class (walk, action);
  if (action->type != CATALINA_DELTA_ATTRIBUTE)
    return;
  tally = catalina_tally_get (&report->attributes, walk->skim->context.text,
                              walk->skim->context.size, action->name.text, action->name.size);
  if (!action->value)
    {
      tally->removes++;
      return;
    }
  tally->sets++;
  tally->bytes += action->value_size;
  tally->max_bytes = MAX (tally->max_bytes, action->value_size);
  report->set_bytes += action->value_size;
  if (!is_told (action) || !is_same_value (walk, action))
    return;
  tally->same++;
  tally->same_bytes += action->value_size;
  report->same++;
  report->same_bytes += action->value_size;
}

void
catalina_summary_add_delta (CatalinaSummary *self, const CatalinaSkim *skim, guint member)
{
  DeltaWalk walk = { .report = self, .skim = skim, .member = member };

  if (!skim->data || skim->data_size < skim->data_full_size)
    return;
  walk.session_key = tribes_hash_bytes64 (skim->session.text, skim->session.size, 2);
  walk.session_key = tribes_hash_bytes64 (skim->context.text, skim->context.size, walk.session_key);
  if (!catalina_skim_delta (skim->data, skim->data_size, add_action, &walk))
    catalina_summary_note (self, CATALINA_ANOMALY_BROKEN_DELTA, self->last_us);
}
