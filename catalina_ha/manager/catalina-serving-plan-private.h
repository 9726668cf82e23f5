/* SPDX-License-Identifier: Apache-2.0
 *
 * Which sessions stand in a message together. A Tomcat gives up a message at the first value that
 * it cannot read, and with it all sessions that stand behind; it does not tell, and asks nobody
 * else. So
 *  - only sessions that need the same classes share a message: a class that the other side lacks
 *    costs nobody but those who need it;
 *  - where reading may depend on the object, not only on its class, a message is small;
 *  - what is known to be odd stands alone;
 *  - what everybody can read, and after that what most sessions have in common, comes first.
 * That costs time in proportion to the sessions and no more than some thousand messages.
 */
#pragma once

#include "catalina_ha/manager/catalina-extras-private.h"

G_BEGIN_DECLS

typedef struct _CatalinaServingPlan CatalinaServingPlan;

/* Sessions of one message, borrowed from the plan. */
typedef struct
{
  CatalinaSession **sessions;
  guint n;
} CatalinaBatch;

/* Takes @sessions, an array that owns references. @failed: (nullable): ids of sessions that
 * somebody did not take; must outlive the plan's last step. */
CatalinaServingPlan *catalina_serving_plan_new (GPtrArray *sessions, GHashTable *failed);
void catalina_serving_plan_free (CatalinaServingPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaServingPlan, catalina_serving_plan_free)

guint catalina_serving_plan_get_n (CatalinaServingPlan *self);
/* Looks at some of the sessions; whether there are more. Before the first batch. */
gboolean catalina_serving_plan_step (CatalinaServingPlan *self);
gboolean catalina_serving_plan_has_more (CatalinaServingPlan *self);
/* The sessions of the next message, @max at most; FALSE at the end. */
gboolean catalina_serving_plan_next (CatalinaServingPlan *self, guint max, CatalinaBatch *batch);
/* The sessions that have something that stands in no state transfer; borrowed from the plan. */
GPtrArray *catalina_serving_plan_get_extras (CatalinaServingPlan *self);
/* The last @n of the last batch are to come again, as the next. */
void catalina_serving_plan_put_back (CatalinaServingPlan *self, guint n);

G_END_DECLS
