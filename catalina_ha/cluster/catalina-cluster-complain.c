/* SPDX-License-Identifier: Apache-2.0
 *
 * Warnings of what others do: a line each, and only some of many.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include "tribes/base/tribes-clock-private.h"

void
catalina_cluster_complain (CatalinaCluster *self, TribesMember *from, const char *problem)
{
  /* It quotes what somebody sent, which is not to look like a line of its own. */
  g_autofree char *line = g_strdelimit (g_strdup (problem), "\r\n", ' ');
  g_autofree char *member = from ? tribes_member_to_string (from) : g_strdup ("this member");
  guint suppressed;

  if (!tribes_rate_limit_allow (&self->complaints, tribes_clock_get_us (), &suppressed))
    return;
  if (suppressed > 0)
    g_warning ("%s: %s (and %u more before)", member, line, suppressed);
  else
    g_warning ("%s: %s", member, line);
}
