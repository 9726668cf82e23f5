/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-event-table-private.h"

const CatalinaEventRow *
catalina_event_table_find (const CatalinaEventRow *rows, CatalinaSessionEvent event)
{
  for (; rows->event; rows++)
    if (rows->event == event)
      return rows;
  return NULL;
}
