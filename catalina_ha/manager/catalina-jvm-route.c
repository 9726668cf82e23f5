/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-jvm-route-private.h"

#include <string.h>

char *
catalina_jvm_route_move (const char *id, const char *route)
{
  const char *dot = strchr (id, '.');

  /* All behind the first dot is the route. An id without one is of nobody who has a route. */
  if (!route || !dot || dot == id || strcmp (dot + 1, route) == 0)
    return NULL;
  return g_strdup_printf ("%.*s.%s", (int) (dot - id), id, route);
}
