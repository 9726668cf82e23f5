/* SPDX-License-Identifier: Apache-2.0
 *
 * Says where the fields of a class with a write method are, as the stream does not: by what the
 * class was found to do before, by the plan of a search, or by a choice that the search may turn.
 * Knows nothing of the grammar but that data begin with a tag.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

enum
{
  /* The latest are turned first, and not many of them: what comes behind so many stays as it is. */
  MAX_CHOICES = 65536,
};

/* Descriptors are compared by what they say: an attempt may see others than the one before it. They
 * may be long, and are asked about at each object. */
static guint
modes_hash (gconstpointer data)
{
  return (guint) ((const TribesJavaClass *) data)->content_hash;
}

static gboolean
modes_equal (gconstpointer a, gconstpointer b)
{
  const TribesJavaClass *left = a;
  const TribesJavaClass *right = b;

  return left->size == right->size && left->content_hash == right->content_hash;
}

void
java_oracle_prefer (JavaOracle *oracle, TribesJavaClass *klass, JavaMode mode)
{
  if (!oracle->modes)
    oracle->modes = g_hash_table_new_full (modes_hash, modes_equal,
                                           (GDestroyNotify) tribes_java_class_unref, NULL);
  g_hash_table_insert (oracle->modes, tribes_java_class_ref (klass),
                       GUINT_TO_POINTER ((guint) mode));
}

static JavaMode
fields_first (const TribesJavaClass *klass)
{
  return klass->n_primitive_bytes == 0 ? JAVA_MODE_EITHER : JAVA_MODE_FIELDS;
}

gboolean
java_oracle_preferred (JavaOracle *oracle, TribesJavaClass *klass, JavaMode *mode)
{
  gpointer found;

  *mode = fields_first (klass);
  if (!oracle->modes || !g_hash_table_lookup_extended (oracle->modes, klass, NULL, &found))
    return FALSE;
  *mode = (JavaMode) GPOINTER_TO_UINT (found);
  return TRUE;
}

static gboolean
has_plan (const JavaOracle *oracle)
{
  return oracle->plan && oracle->n_planned < oracle->plan->len;
}

static JavaMode
next_planned (JavaOracle *oracle)
{
  return (JavaMode) g_array_index (oracle->plan, guint8, oracle->n_planned++);
}

/* What this attempt has for a choice; the first that comes to it takes it as it is. */
static JavaMode
ask (JavaOracle *oracle, JavaChoice choice)
{
  if (oracle->n_asked == MAX_CHOICES)
    return choice.mode;
  if (oracle->n_asked == oracle->choices->len)
    {
      tribes_java_class_ref (choice.klass);
      g_array_append_val (oracle->choices, choice);
    }
  return g_array_index (oracle->choices, JavaChoice, oracle->n_asked++).mode;
}

JavaMode
java_oracle_mode (JavaOracle *oracle, const TribesReader *in, TribesJavaClass *klass)
{
  const guint8 *pos = in->pos;
  JavaChoice choice = { .klass = klass };
  gboolean is_decided;

  if (!klass->is_ambiguous)
    return JAVA_MODE_FIELDS;
  is_decided = java_oracle_preferred (oracle, klass, &choice.mode);
  /* Data begins with a tag: without one here the fields come first. */
  if (pos == in->end || *pos < TC_NULL || *pos > TC_ENUM || *pos == TC_RESET)
    return fields_first (klass);
  if (!oracle->choices && has_plan (oracle))
    return next_planned (oracle);
  if (!oracle->choices)
    {
      oracle->open |= !is_decided && klass->n_primitive_bytes > 0;
      return choice.mode;
    }
  return ask (oracle, choice);
}

gboolean
java_oracle_is_late (JavaOracle *oracle, TribesJavaClass *klass)
{
  JavaChoice choice = { .klass = klass, .mode = JAVA_MODE_DATA, .is_about_late = TRUE };

  if (klass->n_primitive_bytes == 0)
    return FALSE;
  if (oracle->choices)
    return ask (oracle, choice) == JAVA_MODE_LATE;
  return has_plan (oracle) && next_planned (oracle) == JAVA_MODE_LATE;
}

static void
clear_choice (gpointer data)
{
  tribes_java_class_unref (((JavaChoice *) data)->klass);
}

void
java_oracle_begin (JavaOracle *oracle)
{
  oracle->choices = g_array_new (FALSE, FALSE, sizeof (JavaChoice));
  g_array_set_clear_func (oracle->choices, clear_choice);
  oracle->n_asked = 0;
}

/* Turns the latest choice that has an alternative. */
gboolean
java_oracle_turn (JavaOracle *oracle)
{
  GArray *choices = oracle->choices;
  JavaChoice *choice;

  g_array_set_size (choices, MIN (choices->len, oracle->n_asked));
  while (choices->len > 0 && g_array_index (choices, JavaChoice, choices->len - 1).is_final)
    g_array_set_size (choices, choices->len - 1);
  if (choices->len == 0)
    return FALSE;
  choice = &g_array_index (choices, JavaChoice, choices->len - 1);
  choice->is_final = TRUE;
  if (choice->is_about_late)
    choice->mode = JAVA_MODE_LATE;
  else
    {
      choice->mode = choice->mode == JAVA_MODE_DATA ? fields_first (choice->klass) : JAVA_MODE_DATA;
      java_oracle_prefer (oracle, choice->klass, choice->mode);
    }
  return TRUE;
}

void
java_oracle_end (JavaOracle *oracle)
{
  g_clear_pointer (&oracle->choices, g_array_unref);
}

/* The whole rest made sense with these choices, and they may differ between objects of one class:
 * so they are kept for the objects to come, not only for the one at hand. */
void
java_oracle_keep_plan (JavaOracle *oracle)
{
  g_clear_pointer (&oracle->plan, g_array_unref);
  oracle->plan = g_array_sized_new (FALSE, FALSE, sizeof (guint8), oracle->n_asked);
  for (guint i = 0; i < oracle->n_asked; i++)
    {
      guint8 mode = (guint8) g_array_index (oracle->choices, JavaChoice, i).mode;

      g_array_append_val (oracle->plan, mode);
    }
}

void
java_oracle_forget_plan (JavaOracle *oracle)
{
  g_clear_pointer (&oracle->plan, g_array_unref);
  oracle->n_planned = 0;
  oracle->asks_late = FALSE;
}

void
java_oracle_clear (JavaOracle *oracle)
{
  java_oracle_end (oracle);
  java_oracle_forget_plan (oracle);
  g_clear_pointer (&oracle->modes, g_hash_table_unref);
}
