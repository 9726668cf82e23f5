/* SPDX-License-Identifier: Apache-2.0
 *
 * Where are the fields of a class with a write method? The stream does not say. Nearly always they
 * come first, so that is how an object is read. Only if that leads to nonsense, or if another
 * reading would make sense too, others are tried: for the latest object that left a choice first,
 * as nonsense shows soon after a wrong choice. Each trial reads the rest of the stream, or a good
 * piece of it. Their number and what they read in all is limited, so the whole stays linear.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

/* A state of the parser one can go back to. */
typedef struct
{
  TribesReader in;
  guint n_handles;
  guint n_roots;
  guint n_classes;
  guint n_type_strings;
  guint n_planned;
  gsize expanded;
} Mark;

static Mark
mark_here (JavaParser *parser)
{
  return (Mark){
    .in = parser->in,
    .n_handles = parser->handles.len,
    .n_roots = parser->roots.len,
    .n_classes = parser->classes.len,
    .n_type_strings = parser->type_strings.len,
    .n_planned = parser->oracle.n_planned,
    .expanded = parser->expanded,
  };
}

static void
go_back (JavaParser *parser, const Mark *mark)
{
  parser->in = mark->in;
  parser->oracle.n_planned = mark->n_planned;
  parser->expanded = mark->expanded;
  java_parser_forget_classes (parser, mark->n_classes, mark->n_type_strings);
  java_parser_forget_roots (parser, mark->n_roots);
  parser->handles.len = mark->n_handles;
  parser->pending.len = 0;
  if (parser->hints)
    g_array_set_size (parser->hints, 0);
  parser->scratch.size = 0;
  parser->oracle.n_asked = 0;
  parser->capture = NULL;
}

/* Counts what was read since the mark. */
static void
charge (JavaParser *parser, const Mark *mark)
{
  gsize spent = (gsize) (parser->in.pos - mark->in.pos);

  if (spent < parser->search_bytes)
    parser->search_bytes -= spent;
  else
    parser->search_bytes = parser->steps = parser->late_steps = 0;
}

static gboolean
probe (JavaParser *parser, const Mark *mark)
{
  gboolean ok;

  go_back (parser, mark);
  ok = java_parser_probe (parser);
  charge (parser, mark);
  return ok;
}

static gboolean
attempt (JavaParser *parser, const Mark *mark)
{
  gboolean ok;

  go_back (parser, mark);
  ok = java_parser_attempt (parser, NULL, NULL);
  charge (parser, mark);
  return ok;
}

/* Looks for choices with which all that follows makes sense or, if there are none, the object. */
static gboolean
search (JavaParser *parser, const Mark *mark, gboolean whole, guint *steps)
{
  while (*steps > 0)
    {
      gboolean ok;

      (*steps)--;
      parser->was_reset = FALSE;
      ok = whole ? probe (parser, mark) : attempt (parser, mark);
      if (ok)
        return TRUE;
      if (parser->was_reset || !java_oracle_turn (&parser->oracle))
        return FALSE;
    }
  return FALSE;
}

/* For the whole rest, with @asks_late also where fields are behind data: these are found by their
 * first byte, unless that looks like a tag. This is rare, and to ask about each tag may cost many
 * steps, so it is done last and has steps of its own. */
static gboolean
find_plan (JavaParser *parser, const Mark *mark, gboolean asks_late)
{
  gboolean ok;

  java_oracle_forget_plan (&parser->oracle);
  parser->oracle.asks_late = asks_late;
  java_oracle_begin (&parser->oracle);
  ok = search (parser, mark, TRUE, asks_late ? &parser->late_steps : &parser->steps);
  if (ok)
    java_oracle_keep_plan (&parser->oracle);
  else
    java_oracle_end (&parser->oracle);
  return ok;
}

/* For the whole rest if possible, else for this object. */
static gboolean
find_choices (JavaParser *parser, const Mark *mark, gboolean asks_late)
{
  if (find_plan (parser, mark, asks_late))
    return TRUE;
  if (parser->was_reset)
    return FALSE;
  java_oracle_begin (&parser->oracle);
  if (search (parser, mark, FALSE, asks_late ? &parser->late_steps : &parser->steps)
      && !parser->was_reset)
    return TRUE;
  java_oracle_end (&parser->oracle);
  return FALSE;
}

/* The object could not be read. */
static gboolean
read_otherwise (JavaParser *parser, const Mark *mark, TribesJavaValue **value)
{
  gboolean ok = find_choices (parser, mark, FALSE)
                || (!parser->was_reset && find_choices (parser, mark, TRUE));

  if (ok)
    {
      go_back (parser, mark);
      ok = java_parser_attempt (parser, value, NULL);
      /* The choices were asked this time, not the plan that was made of them. */
      parser->oracle.n_planned = parser->oracle.plan ? parser->oracle.n_asked : 0;
      java_oracle_end (&parser->oracle);
    }
  parser->oracle.asks_late &= parser->oracle.plan != NULL;
  return ok;
}

/* Whether everything that follows fits if all objects of a class are read in this mode. */
static gboolean
fits_with (JavaParser *parser, const Mark *mark, TribesJavaClass *klass, JavaMode mode)
{
  java_oracle_prefer (&parser->oracle, klass, mode);
  g_array_set_size (parser->oracle.choices, 0);
  return probe (parser, mark);
}

/* Where only data would fit, the rest does not with what is said here, and a plan is looked for. */
static JavaMode
decide (JavaParser *parser, const Mark *mark, TribesJavaClass *klass)
{
  return fits_with (parser, mark, klass, JAVA_MODE_DATA)
                 && fits_with (parser, mark, klass, JAVA_MODE_FIELDS)
             ? JAVA_MODE_OPAQUE
             : JAVA_MODE_FIELDS;
}

/* The classes that leave the question open from here on, those asked about before left out. */
static GPtrArray *
open_classes (JavaParser *parser, const Mark *mark)
{
  GPtrArray *classes = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_class_unref);
  JavaMode mode;

  (void) probe (parser, mark);
  for (guint i = 0; i < parser->oracle.choices->len && classes->len < parser->steps; i++)
    {
      TribesJavaClass *klass = g_array_index (parser->oracle.choices, JavaChoice, i).klass;

      if (java_oracle_preferred (&parser->oracle, klass, &mode) || klass->n_primitive_bytes == 0)
        continue;
      java_oracle_prefer (&parser->oracle, klass, JAVA_MODE_FIELDS);
      g_ptr_array_add (classes, tribes_java_class_ref (klass));
    }
  return classes;
}

/* The object was read, but could perhaps be read otherwise as well, or leaves a rest that makes no
 * sense. */
static void
settle (JavaParser *parser, const Mark *mark)
{
  g_autoptr (GPtrArray) classes = NULL;
  gboolean has_new_plan = FALSE;

  parser->oracle.asks_late = FALSE;
  java_oracle_begin (&parser->oracle);
  classes = open_classes (parser, mark);
  for (guint i = 0; i < classes->len && parser->steps > 0; i++)
    {
      parser->steps--;
      java_oracle_prefer (&parser->oracle, classes->pdata[i],
                          decide (parser, mark, classes->pdata[i]));
    }
  java_oracle_end (&parser->oracle);
  if (!probe (parser, mark))
    {
      has_new_plan = find_plan (parser, mark, FALSE) || find_plan (parser, mark, TRUE);
      parser->oracle.asks_late &= has_new_plan;
      java_oracle_end (&parser->oracle);
    }
  go_back (parser, mark);
  if (has_new_plan)
    parser->oracle.n_planned = 0;
}

gboolean
java_parser_object (JavaParser *parser, TribesJavaValue **value, GError **error)
{
  GError *reason = NULL;
  TribesReader at;
  Mark mark;

  if (G_UNLIKELY (parser->detached))
    g_array_set_size (parser->detached, 0);
  if (java_parser_leaf (parser, value))
    return TRUE;
  if (parser->in.pos < parser->in.end
      && (*parser->in.pos == TC_REFERENCE || *parser->in.pos == TC_NULL))
    return java_parser_attempt (parser, value, error);
  mark = mark_here (parser);
  parser->oracle.open = FALSE;
  parser->was_reset = FALSE;
  if (G_LIKELY (java_parser_attempt (parser, value, &reason)))
    {
      if (G_LIKELY (!parser->oracle.open || parser->was_reset || parser->steps == 0))
        return TRUE;
      if (value)
        g_clear_pointer (value, tribes_java_value_unref);
      settle (parser, &mark);
      if (java_parser_attempt (parser, value, &reason))
        return TRUE;
    }
  at = parser->in;
  if (!parser->was_reset && read_otherwise (parser, &mark, value))
    {
      g_error_free (reason);
      return TRUE;
    }
  parser->in = at;
  g_propagate_error (error, reason);
  return FALSE;
}
