/* SPDX-License-Identifier: Apache-2.0
 *
 * What is to be known of one session of which there are copies.
 */
#include <string.h>

#include "catalina_ha/tools/catalina-tool-copies-private.h"
#include "tribes/base/tribes-hash-private.h"

guint
catalina_tool_copy_find_newest (const CatalinaToolCopy *copy)
{
  guint newest = G_MAXUINT;

  for (guint i = 0; i < copy->n_sources; i++)
    {
      if (catalina_tool_has (copy->present, i)
          && (newest == G_MAXUINT || copy->uses[i].used_ms > copy->uses[newest].used_ms))
        newest = i;
    }
  return newest;
}

gboolean
catalina_tool_part_differs (const CatalinaToolPart *part, guint a, guint b)
{
  gboolean has = catalina_tool_has (part->present, a);

  return has != catalina_tool_has (part->present, b)
         || (has && memcmp (part->digests[a], part->digests[b], sizeof *part->digests) != 0);
}

gboolean
catalina_tool_copy_is_same (const CatalinaToolCopy *copy, guint a, guint b)
{
  if (!catalina_tool_has (copy->present, a) || !catalina_tool_has (copy->present, b))
    return FALSE;
  for (guint i = 0; i < copy->parts->len; i++)
    {
      if (catalina_tool_part_differs (g_ptr_array_index (copy->parts, i), a, b))
        return FALSE;
    }
  return TRUE;
}

/* The first digits of what is a digest already are as good as any. */
static guint64
mark_part (const CatalinaToolPart *part, guint source)
{
  guint64 digits;

  memcpy (&digits, part->digests[source], sizeof digits);
  return digits ^ ((guint64) tribes_str_hash (part->what) << 20);
}

/* Attributes are in no order, so neither is the sum. */
guint64
catalina_tool_copy_get_mark (const CatalinaToolCopy *copy)
{
  guint64 sum = copy->present;

  for (guint i = 0; i < copy->n_sources; i++)
    {
      guint64 own = 0;

      if (!catalina_tool_has (copy->present, i))
        continue;
      own += (guint64) copy->uses[i].used_ms * 31 + (guint64) copy->uses[i].touched_ms;
      for (guint j = 0; j < copy->parts->len; j++)
        {
          const CatalinaToolPart *part = g_ptr_array_index (copy->parts, j);

          if (catalina_tool_has (part->present, i))
            own += mark_part (part, i);
        }
      sum = sum * 1099511628211U + own;
    }
  return sum;
}
