/* SPDX-License-Identifier: Apache-2.0
 *
 * A sorted array. Whoever is not in one is found where it would be.
 */
#include "tribes/interceptors/tribes-member-set-private.h"

GPtrArray *
tribes_member_set_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
}

/* Where @member is, or would be. */
static guint
find (GPtrArray *set, TribesMember *member, gboolean *found)
{
  guint low = 0, high = set->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (tribes_member_compare_order (set->pdata[middle], member) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  *found = low < set->len && tribes_member_equal (set->pdata[low], member);
  return low;
}

gboolean
tribes_member_set_add (GPtrArray *set, TribesMember *member)
{
  gboolean found;
  guint at = find (set, member, &found);

  if (!found)
    g_ptr_array_insert (set, (gint) at, tribes_member_ref (member));
  return !found;
}

gboolean
tribes_member_set_remove (GPtrArray *set, TribesMember *member)
{
  gboolean found;
  guint at = find (set, member, &found);

  if (found)
    g_ptr_array_remove_index (set, at);
  return found;
}

gboolean
tribes_member_set_has (GPtrArray *set, TribesMember *member)
{
  gboolean found;

  find (set, member, &found);
  return found;
}

gboolean
tribes_member_set_equal (GPtrArray *a, GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    if (!tribes_member_equal (a->pdata[i], b->pdata[i]))
      return FALSE;
  return TRUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return tribes_member_compare_order (*(TribesMember *const *) a, *(TribesMember *const *) b);
}

GPtrArray *
tribes_member_set_union (GPtrArray *a, GPtrArray *b)
{
  g_autoptr (GPtrArray) all = g_ptr_array_sized_new (a->len + b->len);
  GPtrArray *set = tribes_member_set_new ();

  for (guint i = 0; i < a->len; i++)
    g_ptr_array_add (all, a->pdata[i]);
  for (guint i = 0; i < b->len; i++)
    g_ptr_array_add (all, b->pdata[i]);
  g_ptr_array_sort (all, compare);
  for (guint i = 0; i < all->len; i++)
    if (i == 0 || !tribes_member_equal (all->pdata[i - 1], all->pdata[i]))
      g_ptr_array_add (set, tribes_member_ref (all->pdata[i]));
  return set;
}

GPtrArray *
tribes_member_set_ring (GPtrArray *set, TribesMember *member)
{
  GPtrArray *ring = tribes_member_set_new ();
  gboolean found;
  guint at = find (set, member, &found);

  for (guint i = found ? 1 : 0; i < set->len; i++)
    g_ptr_array_add (ring, tribes_member_ref (set->pdata[(at + i) % set->len]));
  return ring;
}
