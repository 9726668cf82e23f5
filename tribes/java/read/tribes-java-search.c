/* SPDX-License-Identifier: Apache-2.0
 *
 * Where are the fields of a class with a write method? The stream does not say. Nearly always they
 * come first, so that is how an object is read. Only if that leads to nonsense, or if another
 * reading would make sense too, others are tried: for the latest object that left a choice first,
 * as nonsense shows soon after a wrong choice. Each trial reads the rest of the stream, or a good
 * piece of it. Their number and what they read in all is limited, so the whole stays linear.
 */
#include "tribes/java/read/tribes-java-parse-private.h"

enum
{
  /* The latest are turned first, and not many of them: what comes behind so many stays as it is. */
  MAX_CHOICES = 65536,
};

typedef struct
{
  TribesJavaClass *klass;
  JavaMode mode;
  gboolean is_final;      /* the other mode was tried before */
  gboolean is_about_late; /* not about where fields are, but whether they are here */
} JavaChoice;

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

static void
prefer (JavaParser *parser, TribesJavaClass *klass, JavaMode mode)
{
  if (!parser->modes)
    parser->modes = g_hash_table_new_full (modes_hash, modes_equal,
                                           (GDestroyNotify) tribes_java_class_unref, NULL);
  g_hash_table_insert (parser->modes, tribes_java_class_ref (klass),
                       GUINT_TO_POINTER ((guint) mode));
}

static JavaMode
fields_first (const TribesJavaClass *klass)
{
  return klass->n_primitive_bytes == 0 ? JAVA_MODE_EITHER : JAVA_MODE_FIELDS;
}

static gboolean
preferred (JavaParser *parser, TribesJavaClass *klass, JavaMode *mode)
{
  gpointer found;

  *mode = fields_first (klass);
  if (!parser->modes || !g_hash_table_lookup_extended (parser->modes, klass, NULL, &found))
    return FALSE;
  *mode = (JavaMode) GPOINTER_TO_UINT (found);
  return TRUE;
}

static gboolean
has_plan (const JavaParser *parser)
{
  return parser->plan && parser->n_planned < parser->plan->len;
}

static JavaMode
next_planned (JavaParser *parser)
{
  return (JavaMode) g_array_index (parser->plan, guint8, parser->n_planned++);
}

/* What this attempt has for a choice; the first that comes to it takes it as it is. */
static JavaMode
ask (JavaParser *parser, JavaChoice choice)
{
  if (parser->n_asked == MAX_CHOICES)
    return choice.mode;
  if (parser->n_asked == parser->choices->len)
    {
      tribes_java_class_ref (choice.klass);
      g_array_append_val (parser->choices, choice);
    }
  return g_array_index (parser->choices, JavaChoice, parser->n_asked++).mode;
}

JavaMode
java_parser_mode (JavaParser *parser, TribesJavaClass *klass)
{
  const guint8 *pos = parser->in.pos;
  JavaChoice choice = { .klass = klass };
  gboolean is_decided;

  if (!klass->is_ambiguous)
    return JAVA_MODE_FIELDS;
  is_decided = preferred (parser, klass, &choice.mode);
  /* Data begins with a tag: without one here the fields come first. */
  if (pos == parser->in.end || *pos < TC_NULL || *pos > TC_ENUM || *pos == TC_RESET)
    return fields_first (klass);
  if (!parser->choices && has_plan (parser))
    return next_planned (parser);
  if (!parser->choices)
    {
      parser->open |= !is_decided && klass->n_primitive_bytes > 0;
      return choice.mode;
    }
  return ask (parser, choice);
}

gboolean
java_parser_is_late (JavaParser *parser, TribesJavaClass *klass)
{
  JavaChoice choice = { .klass = klass, .mode = JAVA_MODE_DATA, .is_about_late = TRUE };

  if (klass->n_primitive_bytes == 0)
    return FALSE;
  if (parser->choices)
    return ask (parser, choice) == JAVA_MODE_LATE;
  return has_plan (parser) && next_planned (parser) == JAVA_MODE_LATE;
}

static Mark
mark_here (JavaParser *parser)
{
  return (Mark){
    .in = parser->in,
    .n_handles = parser->handles.len,
    .n_roots = parser->roots.len,
    .n_classes = parser->classes.len,
    .n_type_strings = parser->type_strings.len,
    .n_planned = parser->n_planned,
    .expanded = parser->expanded,
  };
}

static void
go_back (JavaParser *parser, const Mark *mark)
{
  parser->in = mark->in;
  parser->n_planned = mark->n_planned;
  parser->expanded = mark->expanded;
  java_parser_forget_classes (parser, mark->n_classes, mark->n_type_strings);
  java_parser_forget_roots (parser, mark->n_roots);
  parser->handles.len = mark->n_handles;
  parser->pending.len = 0;
  if (parser->hints)
    g_array_set_size (parser->hints, 0);
  parser->scratch.size = 0;
  parser->n_asked = 0;
  parser->capture = NULL;
}

static void
clear_choice (gpointer data)
{
  tribes_java_class_unref (((JavaChoice *) data)->klass);
}

static void
search_begin (JavaParser *parser)
{
  parser->choices = g_array_new (FALSE, FALSE, sizeof (JavaChoice));
  g_array_set_clear_func (parser->choices, clear_choice);
  parser->n_asked = 0;
}

/* Turns the latest choice that has an alternative. */
static gboolean
next_choice (JavaParser *parser)
{
  GArray *choices = parser->choices;
  JavaChoice *choice;

  g_array_set_size (choices, MIN (choices->len, parser->n_asked));
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
      prefer (parser, choice->klass, choice->mode);
    }
  return TRUE;
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
      if (parser->was_reset || !next_choice (parser))
        return FALSE;
    }
  return FALSE;
}

static void
search_end (JavaParser *parser)
{
  g_clear_pointer (&parser->choices, g_array_unref);
}

/* The whole rest made sense with these choices, and they may differ between objects of one class:
 * so they are kept for the objects to come, not only for the one at hand. */
static void
make_plan (JavaParser *parser)
{
  g_clear_pointer (&parser->plan, g_array_unref);
  parser->plan = g_array_sized_new (FALSE, FALSE, sizeof (guint8), parser->n_asked);
  for (guint i = 0; i < parser->n_asked; i++)
    {
      guint8 mode = (guint8) g_array_index (parser->choices, JavaChoice, i).mode;

      g_array_append_val (parser->plan, mode);
    }
}

static void
forget_plan (JavaParser *parser)
{
  g_clear_pointer (&parser->plan, g_array_unref);
  parser->n_planned = 0;
  parser->asks_late = FALSE;
}

/* For the whole rest, with @asks_late also where fields are behind data: these are found by their
 * first byte, unless that looks like a tag. This is rare, and to ask about each tag may cost many
 * steps, so it is done last and has steps of its own. */
static gboolean
find_plan (JavaParser *parser, const Mark *mark, gboolean asks_late)
{
  gboolean ok;

  forget_plan (parser);
  parser->asks_late = asks_late;
  search_begin (parser);
  ok = search (parser, mark, TRUE, asks_late ? &parser->late_steps : &parser->steps);
  if (ok)
    make_plan (parser);
  else
    search_end (parser);
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
  search_begin (parser);
  if (search (parser, mark, FALSE, asks_late ? &parser->late_steps : &parser->steps)
      && !parser->was_reset)
    return TRUE;
  search_end (parser);
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
      parser->n_planned = parser->plan ? parser->n_asked : 0;
      search_end (parser);
    }
  parser->asks_late &= parser->plan != NULL;
  return ok;
}

/* Whether everything that follows fits if all objects of a class are read in this mode. */
static gboolean
fits_with (JavaParser *parser, const Mark *mark, TribesJavaClass *klass, JavaMode mode)
{
  prefer (parser, klass, mode);
  g_array_set_size (parser->choices, 0);
  return probe (parser, mark);
}

static JavaMode
decide (JavaParser *parser, const Mark *mark, TribesJavaClass *klass)
{
  gboolean data = fits_with (parser, mark, klass, JAVA_MODE_DATA);
  gboolean fields = fits_with (parser, mark, klass, JAVA_MODE_FIELDS);

  if (data && fields)
    return JAVA_MODE_OPAQUE;
  return data ? JAVA_MODE_DATA : JAVA_MODE_FIELDS;
}

/* The classes that leave the question open from here on, those asked about before left out. */
static GPtrArray *
open_classes (JavaParser *parser, const Mark *mark)
{
  GPtrArray *classes = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_class_unref);
  JavaMode mode;

  (void) probe (parser, mark);
  for (guint i = 0; i < parser->choices->len && classes->len < parser->steps; i++)
    {
      TribesJavaClass *klass = g_array_index (parser->choices, JavaChoice, i).klass;

      if (preferred (parser, klass, &mode) || klass->n_primitive_bytes == 0)
        continue;
      prefer (parser, klass, JAVA_MODE_FIELDS);
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

  parser->asks_late = FALSE;
  search_begin (parser);
  classes = open_classes (parser, mark);
  for (guint i = 0; i < classes->len && parser->steps > 0; i++)
    {
      parser->steps--;
      prefer (parser, classes->pdata[i], decide (parser, mark, classes->pdata[i]));
    }
  search_end (parser);
  if (!probe (parser, mark))
    {
      has_new_plan = find_plan (parser, mark, FALSE) || find_plan (parser, mark, TRUE);
      parser->asks_late &= has_new_plan;
      search_end (parser);
    }
  go_back (parser, mark);
  if (has_new_plan)
    parser->n_planned = 0;
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
  parser->open = FALSE;
  parser->was_reset = FALSE;
  if (G_LIKELY (java_parser_attempt (parser, value, &reason)))
    {
      if (G_LIKELY (!parser->open || parser->was_reset || parser->steps == 0))
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
