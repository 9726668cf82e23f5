/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-alert-limit-private.h"

#include <string.h>

#include "tribes/base/tribes-rate-limit-private.h"

enum
{
  MAX_SOURCES = 4096,
  /* Of the detail of one that was held back. */
  MAX_DETAIL = 160,
};

typedef struct
{
  TribesRateLimit limit;
  guint64 held;
  CatalinaAlert last; /* that was held back; its detail is below */
  char detail[MAX_DETAIL];
} Source;

void
catalina_alert_limit_init (CatalinaAlertLimit *self, CatalinaAlertFunc func, gpointer user_data)
{
  *self = (CatalinaAlertLimit){ .func = func, .user_data = user_data };
  catalina_tally_init (&self->sources, sizeof (Source), MAX_SOURCES);
}

void
catalina_alert_limit_clear (CatalinaAlertLimit *self)
{
  catalina_tally_clear (&self->sources);
}

static void
count (CatalinaAlertLimit *self, const CatalinaAlert *alert)
{
  CatalinaAlertCount *sum = &self->counts[alert->kind];

  if (sum->n == 0)
    sum->first_us = alert->time_us;
  sum->n += alert->count;
}

static void
hold (CatalinaAlertLimit *self, Source *source, const CatalinaAlert *alert)
{
  const char *end;

  self->suppressed += alert->count;
  source->held += alert->count;
  source->last = *alert;
  g_strlcpy (source->detail, alert->detail, sizeof source->detail);
  /* No half of a letter. */
  if (!g_utf8_validate (source->detail, -1, &end))
    source->detail[end - source->detail] = '\0';
}

void
catalina_alert_limit_raise (CatalinaAlertLimit *self, const CatalinaAlert *alert)
{
  const guint8 kind = (guint8) alert->kind;
  CatalinaAlert told = *alert;
  gboolean may_be_told;
  Source *source;
  guint before;

  count (self, alert);
  if (!self->func)
    return;
  source = catalina_tally_get (&self->sources, &kind, sizeof kind, alert->from.address,
                               sizeof alert->from.address);
  may_be_told
      = !self->holds_back && tribes_rate_limit_allow (&source->limit, alert->time_us, &before);
  self->holds_back = FALSE;
  if (!may_be_told)
    {
      hold (self, source, alert);
      return;
    }
  told.count += source->held;
  source->held = 0;
  self->func (&told, self->user_data);
}

void
catalina_alert_limit_hold_back (CatalinaAlertLimit *self)
{
  self->holds_back = TRUE;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 one = (*(const Source *const *) a)->last.time_us;
  gint64 other = (*(const Source *const *) b)->last.time_us;

  return one < other ? -1 : one > other;
}

static void
tell_held (CatalinaAlertLimit *self, Source *source)
{
  g_autofree char *detail = g_strconcat ("more like these, the last: ", source->detail, NULL);
  CatalinaAlert alert = source->last;

  alert.is_held_back = TRUE;
  alert.packet = 0;
  alert.offset = 0;
  alert.count = source->held;
  alert.detail = detail;
  source->held = 0;
  self->func (&alert, self->user_data);
}

void
catalina_alert_limit_advance (CatalinaAlertLimit *self, gint64 now_us)
{
  g_autoptr (GPtrArray) sources = NULL;

  if (!self->func || now_us < self->next_sweep_us)
    return;
  self->next_sweep_us = now_us == G_MAXINT64 ? 0 : now_us + TRIBES_RATE_LIMIT_INTERVAL_US;
  sources = catalina_tally_sort (&self->sources, compare_times);
  for (guint i = 0; i < sources->len; i++)
    {
      Source *source = sources->pdata[i];

      if (source->held > 0
          && (now_us == G_MAXINT64
              || now_us - source->last.time_us > TRIBES_RATE_LIMIT_INTERVAL_US))
        tell_held (self, source);
    }
}
