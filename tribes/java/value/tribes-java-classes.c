/* SPDX-License-Identifier: Apache-2.0 */
#include "tribes/java/value/tribes-java-classes-private.h"

#include "tribes/java/value/tribes-java-private.h"

static gboolean
spend (guint *budget)
{
  if (*budget == 0)
    return FALSE;
  (*budget)--;
  return TRUE;
}

static gboolean
tell_chain (TribesJavaClass *klass, guint *budget, TribesJavaClassFunc func, gpointer user_data)
{
  for (; klass; klass = klass->super)
    {
      if (!spend (budget))
        return FALSE;
      func (klass, user_data);
    }
  return TRUE;
}

/* Each table costs some of the budget: so it bounds the depth, too. */
gboolean
tribes_java_value_foreach_class (TribesJavaValue *value,
                                 guint *budget,
                                 TribesJavaClassFunc func,
                                 gpointer user_data)
{
  TribesJavaValue *root = java_value_root (value);

  if (root->flags & JAVA_VALUE_TEXT)
    return TRUE;
  if (root->flags & JAVA_VALUE_SMALL)
    return tell_chain (java_value_class (root, java_value_bytes (root)[2]), budget, func,
                       user_data);
  if (root->flags & JAVA_VALUE_BOX)
    return tell_chain (root->box.klass, budget, func, user_data);
  if ((root->flags & JAVA_VALUE_ABORTED) || !spend (budget))
    return FALSE;
  for (guint32 i = 0; i < root->other.n_classes; i++)
    if (!tell_chain (java_value_class (root, i), budget, func, user_data))
      return FALSE;
  for (guint32 i = 0; i < root->other.n_externs; i++)
    if (!tribes_java_value_foreach_class (java_value_extern (root, i), budget, func, user_data))
      return FALSE;
  return TRUE;
}
