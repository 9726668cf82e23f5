/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-budget-private.h"

typedef struct
{
  guint max_n;
  gsize max_bytes;
  gsize bytes;
  GQueue by_age; /* of CatalinaCharge */
} Pool;

struct _CatalinaBudget
{
  Pool pools[CATALINA_BUDGET_N_KINDS];
};

static void
set_limit (CatalinaBudget *self, CatalinaBudgetKind kind, guint max_n, gsize max_bytes)
{
  self->pools[kind].max_n = max_n;
  self->pools[kind].max_bytes = max_bytes;
}

void
catalina_budget_set_limits (CatalinaBudget *self, const CatalinaLimits *limits)
{
  set_limit (self, CATALINA_BUDGET_EARLY, limits->early_messages, limits->early_bytes);
  set_limit (self, CATALINA_BUDGET_RENAMED, limits->early_messages, limits->early_bytes / 4);
  set_limit (self, CATALINA_BUDGET_REPLAY, limits->replay_messages, limits->replay_bytes);
  set_limit (self, CATALINA_BUDGET_RECENT, limits->replay_messages, limits->early_bytes / 4);
  set_limit (self, CATALINA_BUDGET_LOADING, G_MAXUINT, limits->loading_bytes);
}

CatalinaBudget *
catalina_budget_new (const CatalinaLimits *limits)
{
  CatalinaBudget *self = g_rc_box_new0 (CatalinaBudget);

  for (guint i = 0; i < CATALINA_BUDGET_N_KINDS; i++)
    g_queue_init (&self->pools[i].by_age);
  catalina_budget_set_limits (self, limits);
  return self;
}

CatalinaBudget *
catalina_budget_ref (CatalinaBudget *self)
{
  return g_rc_box_acquire (self);
}

void
catalina_budget_unref (CatalinaBudget *self)
{
  g_rc_box_release (self);
}

static gboolean
is_over (const Pool *pool)
{
  return pool->by_age.length > pool->max_n || pool->bytes > pool->max_bytes;
}

static void
charge_to (Pool *pool, CatalinaCharge *charge)
{
  charge->link = (GList){ .data = charge };
  g_queue_push_tail_link (&pool->by_age, &charge->link);
  pool->bytes += charge->bytes;
}

void
catalina_budget_add (CatalinaBudget *self, CatalinaCharge *charge)
{
  Pool *pool = &self->pools[charge->kind];

  charge_to (pool, charge);
  while (is_over (pool) && pool->by_age.length > 0)
    {
      CatalinaCharge *oldest = g_queue_peek_head (&pool->by_age);

      oldest->drop (oldest->owner, oldest);
    }
}

gboolean
catalina_budget_try (CatalinaBudget *self, CatalinaCharge *charge)
{
  Pool *pool = &self->pools[charge->kind];

  if (charge->bytes > pool->max_bytes || pool->bytes > pool->max_bytes - charge->bytes)
    return FALSE;
  charge_to (pool, charge);
  return TRUE;
}

void
catalina_budget_remove (CatalinaBudget *self, CatalinaCharge *charge)
{
  Pool *pool = &self->pools[charge->kind];

  g_queue_unlink (&pool->by_age, &charge->link);
  pool->bytes -= charge->bytes;
}

gsize
catalina_budget_get_bytes (const CatalinaBudget *self, CatalinaBudgetKind kind)
{
  return self->pools[kind].bytes;
}

guint
catalina_budget_get_n (const CatalinaBudget *self, CatalinaBudgetKind kind)
{
  return self->pools[kind].by_age.length;
}
