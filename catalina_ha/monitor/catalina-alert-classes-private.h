/* SPDX-License-Identifier: Apache-2.0
 *
 * The classes in a message against those that are used here, and those that nobody should use.
 */
#pragma once

#include "catalina_ha/monitor/catalina-classes-private.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaClasses *baseline; /* nullable */
  CatalinaClasses *learned;  /* nullable; borrowed: where they go instead */
  CatalinaClasses *told;     /* of those that are not in the baseline */
} CatalinaAlertClasses;

/* Classes of one kind in one message. */
typedef struct
{
  GString *names; /* nullable: of the first ones */
  gsize offset;   /* of the first */
  guint n;
  guint n_named;
} CatalinaFoundClasses;

void catalina_found_classes_clear (CatalinaFoundClasses *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CatalinaFoundClasses, catalina_found_classes_clear)

void catalina_alert_classes_init (CatalinaAlertClasses *self);
void catalina_alert_classes_clear (CatalinaAlertClasses *self);

/* Returns whether one of @unknown was not met before. */
gboolean catalina_alert_classes_look (CatalinaAlertClasses *self,
                                      const guint8 *data,
                                      gsize size,
                                      CatalinaFoundClasses *gadgets,
                                      CatalinaFoundClasses *unknown);

G_END_DECLS
