/* SPDX-License-Identifier: Apache-2.0
 *
 * What all contexts of a cluster together hold for others: messages and ids that wait for
 * something, and sessions that came and are still to be taken in. Each kind has a bound in number
 * and in bytes, whatever the number of contexts; where there is no room the oldest of the kind
 * goes, of whichever context it is, and its memory with it. Sessions that came are never dropped
 * for others: those that find no room are refused.
 */
#pragma once

#include "catalina_ha/session/catalina-limits.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_BUDGET_EARLY,   /* messages whose session is not known yet */
  CATALINA_BUDGET_RENAMED, /* ids that sessions had a moment ago */
  CATALINA_BUDGET_REPLAY,  /* messages that a state transfer is to be followed by */
  CATALINA_BUDGET_RECENT,  /* what deltas of the last seconds have changed */
  CATALINA_BUDGET_LOADING, /* batches of sessions */
  CATALINA_BUDGET_N_KINDS,
} CatalinaBudgetKind;

typedef struct _CatalinaBudget CatalinaBudget;
typedef struct _CatalinaCharge CatalinaCharge;

/* What something costs that is held; a part of it. */
struct _CatalinaCharge
{
  GList link; /* among those of its kind, oldest first */
  CatalinaBudgetKind kind;
  gsize bytes;
  gpointer owner;
  /* Frees what it costs, and so takes the charge back. */
  void (*drop) (gpointer owner, CatalinaCharge *charge);
};

CatalinaBudget *catalina_budget_new (const CatalinaLimits *limits);
CatalinaBudget *catalina_budget_ref (CatalinaBudget *self);
void catalina_budget_unref (CatalinaBudget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaBudget, catalina_budget_unref)

void catalina_budget_set_limits (CatalinaBudget *self, const CatalinaLimits *limits);
/* @charge: with kind, bytes, owner and drop set. It may be dropped itself, if there is no other. */
void catalina_budget_add (CatalinaBudget *self, CatalinaCharge *charge);
/* The same for what nothing is dropped for; FALSE: there is no room. */
gboolean catalina_budget_try (CatalinaBudget *self,
                              CatalinaCharge *charge) G_GNUC_WARN_UNUSED_RESULT;
void catalina_budget_remove (CatalinaBudget *self, CatalinaCharge *charge);

/* Exported for the programs; not API. */
CATALINA_API
gsize catalina_budget_get_bytes (const CatalinaBudget *self, CatalinaBudgetKind kind);
guint catalina_budget_get_n (const CatalinaBudget *self, CatalinaBudgetKind kind);

G_END_DECLS
