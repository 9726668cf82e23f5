/* SPDX-License-Identifier: Apache-2.0
 *
 * Goes over the bytes of a value, which this library made, so that they are trusted. Without
 * recursion, as the parser: what could be read can be walked over. Nobody else knows how the parts
 * of an object follow each other.
 */
#include "tribes/java/value/tribes-java-walk-private.h"

typedef enum
{
  STATE_LEVEL,
  STATE_FIELDS,
  STATE_CONTENTS,
  STATE_LATE,
  STATE_ELEMENTS,
  STATE_RETURN, /* back to the root this one was entered from */
} JavaState;

static JavaWalkFrame *
top (JavaWalk *walk)
{
  return &walk->frames.items[walk->frames.len - 1];
}

static void
push (JavaWalk *walk, JavaWalkFrame frame)
{
  *java_array_push (&walk->frames) = frame;
}

static void
end_object (JavaWalk *walk)
{
  if (walk->sink && walk->sink->end)
    walk->sink->end (walk);
}

static void
pop (JavaWalk *walk)
{
  gboolean is_object = top (walk)->is_object;

  walk->frames.len--;
  if (is_object)
    end_object (walk);
}

void
java_walk_flush (JavaWalk *walk)
{
  if (walk->sink && walk->sink->bytes && walk->pos > walk->copied)
    walk->sink->bytes (walk, walk->copied, (gsize) (walk->pos - walk->copied));
  walk->copied = walk->pos;
}

/* Leaves out what was walked over since the last flush. */
static void
drop (JavaWalk *walk)
{
  walk->copied = walk->pos;
}

static void
begin_object (JavaWalk *walk, TribesJavaClass *klass)
{
  if (walk->sink && walk->sink->object)
    walk->sink->object (walk, klass);
  walk->number++;
}

/* An object of this or another root, behind the tag of a reference to it. */
static TribesJavaValue *
read_reference (TribesJavaValue *root, guint8 tag, const guint8 **pos, guint32 *number)
{
  TribesJavaValue *other;

  if (tag == TC_REFERENCE)
    {
      *number = tribes_peek_u32 (*pos);
      *pos += 4;
      return root;
    }
  other = java_value_extern (root, java_read_number (pos));
  *number = java_read_number (pos);
  return other;
}

/* Learns which strings of the value are those a class has as types. */
static void
walk_hints (JavaWalk *walk)
{
  guint32 n_hints;

  walk->pos++;
  n_hints = java_read_number (&walk->pos);
  for (guint32 i = 0; i < n_hints; i++)
    {
      guint8 tag = *walk->pos++;
      guint32 number;
      TribesJavaValue *root = read_reference (walk->root, tag, &walk->pos, &number);

      if (walk->sink && walk->sink->hint)
        walk->sink->hint (walk, root, number);
    }
  drop (walk);
}

/* A class or null, behind a tag that was walked over. */
static TribesJavaClass *
walk_class (JavaWalk *walk)
{
  TribesJavaClass *klass;

  if (*walk->pos == TC_NULL)
    {
      walk->pos++;
      return NULL;
    }
  java_walk_flush (walk);
  if (*walk->pos == CODE_HINTS)
    walk_hints (walk);
  walk->pos++;
  klass = java_value_class (walk->root, java_read_number (&walk->pos));
  if (walk->sink && walk->sink->klass)
    walk->sink->klass (walk, klass);
  drop (walk);
  return klass;
}

static void
walk_reference (JavaWalk *walk)
{
  guint8 tag = *walk->pos;
  TribesJavaValue *root;
  const guint8 *target;
  guint32 number;

  java_walk_flush (walk);
  walk->pos++;
  root = read_reference (walk->root, tag, &walk->pos, &number);
  drop (walk);
  target = walk->sink && walk->sink->refer ? walk->sink->refer (walk, root, number) : NULL;
  if (!target)
    return;
  push (walk, (JavaWalkFrame){ .state = STATE_RETURN,
                               .root = walk->root,
                               .pos = walk->pos,
                               .number = walk->number,
                               .left = 1 });
  walk->root = root;
  walk->pos = walk->copied = target;
  walk->number = number;
}

static void
walk_string (JavaWalk *walk)
{
  begin_object (walk, NULL);
  if (*walk->pos == TC_STRING)
    walk->pos += 3u + tribes_peek_u16 (walk->pos + 1);
  else
    walk->pos += 9u + tribes_peek_u64 (walk->pos + 1);
  end_object (walk);
}

static void
walk_object (JavaWalk *walk)
{
  TribesJavaClass *klass;

  walk->pos++;
  klass = walk_class (walk);
  begin_object (walk, klass);
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    push (walk, (JavaWalkFrame){ .state = STATE_CONTENTS, .is_object = TRUE });
  else if (klass->n_levels > 0)
    push (walk, (JavaWalkFrame){ .klass = klass, .state = STATE_LEVEL, .is_object = TRUE });
  else
    end_object (walk);
}

static void
walk_array (JavaWalk *walk)
{
  TribesJavaClass *klass;
  guint32 length;
  guint size;

  walk->pos++;
  klass = walk_class (walk);
  begin_object (walk, klass);
  length = tribes_peek_u32 (walk->pos);
  walk->pos += 4;
  size = java_type_size (klass->element);
  if (size > 0)
    {
      walk->pos += (gsize) length * size;
      end_object (walk);
    }
  else
    push (walk, (JavaWalkFrame){ .state = STATE_ELEMENTS, .left = length, .is_object = TRUE });
}

static void
walk_raw (JavaWalk *walk)
{
  guint32 size = tribes_peek_u32 (walk->pos + 1);

  java_walk_flush (walk);
  walk->pos += 5;
  drop (walk);
  walk->pos += size;
  java_walk_flush (walk);
  walk->stopped = TRUE;
}

static void
walk_exception (JavaWalk *walk)
{
  walk->pos++;
  java_walk_flush (walk);
  walk->stopped = TRUE;
  if (walk->sink && walk->sink->exception)
    walk->sink->exception (walk,
                           java_value_extern (walk->root, java_value_n_externs (walk->root) - 1));
}

static void
unmute (JavaWalk *walk)
{
  walk->sink = g_steal_pointer (&walk->muted);
  drop (walk);
}

/* An object whose contents the sink may want nothing of. */
static void
walk_object_at (JavaWalk *walk)
{
  guint8 tag = *walk->pos;

  if (walk->sink && walk->sink->begin && !walk->sink->begin (walk))
    {
      walk->muted = g_steal_pointer (&walk->sink);
      walk->muted_depth = walk->frames.len;
    }
  if (tag == TC_STRING || tag == TC_LONGSTRING)
    walk_string (walk);
  else if (tag == TC_OBJECT)
    walk_object (walk);
  else if (tag == TC_ARRAY)
    walk_array (walk);
  else
    {
      g_assert (tag == TC_CLASS || tag == TC_ENUM);
      walk->pos++;
      begin_object (walk, walk_class (walk));
      /* The constant's name is a string, or a reference to one. */
      if (tag == TC_ENUM)
        push (walk, (JavaWalkFrame){ .state = STATE_ELEMENTS, .left = 1, .is_object = TRUE });
      else
        end_object (walk);
    }
}

static void
walk_token (JavaWalk *walk)
{
  switch (*walk->pos)
    {
    case TC_NULL:
      walk->pos++;
      break;
    case TC_REFERENCE:
    case CODE_EXTERN:
      walk_reference (walk);
      break;
    case CODE_CLASS:
    case CODE_HINTS:
      (void) walk_class (walk);
      break;
    case TC_EXCEPTION:
      walk_exception (walk);
      break;
    case CODE_RAW:
      walk_raw (walk);
      break;
    default:
      walk_object_at (walk);
    }
}

static void
enter_fields (JavaWalk *walk, JavaWalkFrame *frame, JavaState state)
{
  const TribesJavaClass *klass = frame->klass->levels[frame->level];

  frame->state = state;
  frame->left = klass->n_objects;
  walk->pos += klass->n_primitive_bytes;
}

static void
step_level (JavaWalk *walk, JavaWalkFrame *frame)
{
  TribesJavaClass *klass;
  JavaMode mode = JAVA_MODE_FIELDS;

  if (frame->level == frame->klass->n_levels)
    {
      pop (walk);
      return;
    }
  klass = frame->klass->levels[frame->level];
  if (java_class_has_mode (klass))
    {
      java_walk_flush (walk);
      mode = (JavaMode) *walk->pos++;
      drop (walk);
    }
  if (mode == JAVA_MODE_DATA)
    frame->state = STATE_CONTENTS;
  else
    enter_fields (walk, frame, STATE_FIELDS);
}

static void
next_level (JavaWalkFrame *frame)
{
  frame->level++;
  frame->state = STATE_LEVEL;
}

static void
step_contents (JavaWalk *walk, JavaWalkFrame *frame)
{
  guint8 tag = *walk->pos;

  if (tag == TC_ENDBLOCKDATA)
    {
      walk->pos++;
      if (frame->klass)
        next_level (frame);
      else
        pop (walk);
    }
  else if (tag == TC_BLOCKDATA)
    walk->pos += 2u + walk->pos[1];
  else if (tag == TC_BLOCKDATALONG)
    walk->pos += 5 + (gsize) tribes_peek_u32 (walk->pos + 1);
  else if (tag == CODE_LATE_FIELDS)
    {
      java_walk_flush (walk);
      walk->pos++;
      drop (walk);
      enter_fields (walk, frame, STATE_LATE);
    }
  else
    walk_token (walk);
}

static void
leave (JavaWalk *walk, JavaWalkFrame *frame)
{
  const TribesJavaClass *klass;

  if (frame->state == STATE_ELEMENTS)
    {
      pop (walk);
      return;
    }
  if (frame->state == STATE_RETURN)
    {
      java_walk_flush (walk);
      walk->root = frame->root;
      walk->pos = walk->copied = frame->pos;
      walk->number = frame->number;
      pop (walk);
      return;
    }
  klass = frame->klass->levels[frame->level];
  if (frame->state == STATE_LATE || (klass->flags & TRIBES_JAVA_CLASS_WRITE_METHOD))
    frame->state = STATE_CONTENTS;
  else
    next_level (frame);
}

/* Whether an object has been walked over up to this place. */
static gboolean
is_at (const JavaWalkFrame *frame, guint32 place)
{
  if (frame->state == STATE_LEVEL)
    return JAVA_PLACE_LEVEL (frame->level) >= place;
  return frame->state == STATE_CONTENTS && JAVA_PLACE_CONTENTS (frame->level) >= place;
}

/* To the end of all frames, or to a place in the lowest. */
static void
run (JavaWalk *walk, guint32 place)
{
  while (!walk->stopped)
    {
      JavaWalkFrame *frame;

      if (walk->muted && walk->frames.len == walk->muted_depth)
        unmute (walk);
      if (walk->frames.len == 0)
        break;
      frame = top (walk);
      if (walk->frames.len == 1 && is_at (frame, place))
        break;
      if (frame->state == STATE_LEVEL)
        step_level (walk, frame);
      else if (frame->state == STATE_CONTENTS)
        step_contents (walk, frame);
      else if (frame->left > 0)
        {
          frame->left--;
          walk_token (walk);
        }
      else
        leave (walk, frame);
    }
  java_walk_flush (walk);
}

void
java_walk (JavaWalk *walk)
{
  walk->copied = walk->pos;
  walk_token (walk);
  run (walk, JAVA_PLACE_END);
  java_array_clear (&walk->frames);
}

void
java_walk_contents (JavaWalk *walk)
{
  walk->copied = walk->pos;
  push (walk, (JavaWalkFrame){ .state = STATE_CONTENTS });
  run (walk, JAVA_PLACE_END);
  java_array_clear (&walk->frames);
}

const guint8 *
java_skip_places (TribesJavaValue *root,
                  TribesJavaClass *klass,
                  guint32 from,
                  guint32 to,
                  const guint8 *pos,
                  guint32 *number)
{
  gboolean is_external = (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE) != 0;
  JavaWalk walk;

  java_walk_init (&walk, root, pos, NULL, NULL);
  walk.number = *number;
  push (&walk, (JavaWalkFrame){ .klass = is_external ? NULL : klass,
                                .level = from / 2,
                                .state = from % 2 == 1 ? STATE_CONTENTS : STATE_LEVEL });
  run (&walk, to);
  java_array_clear (&walk.frames);
  *number = walk.number;
  return walk.stopped ? NULL : walk.pos;
}

const guint8 *
java_skip (TribesJavaValue *root, const guint8 *pos, guint32 *number)
{
  JavaWalk walk;

  switch (*pos)
    {
    case TC_NULL:
      return pos + 1;
    case TC_REFERENCE:
      return pos + 5;
    case CODE_EXTERN:
      pos++;
      (void) java_read_number (&pos);
      (void) java_read_number (&pos);
      return pos;
    case TC_STRING:
      (*number)++;
      return pos + 3 + tribes_peek_u16 (pos + 1);
    default:
      java_walk_init (&walk, root, pos, NULL, NULL);
      walk.number = *number;
      java_walk (&walk);
      *number = walk.number;
      return walk.stopped ? NULL : walk.pos;
    }
}

static gboolean
index_object (JavaWalk *walk)
{
  guint32 *offsets = walk->data;

  offsets[walk->number] = (guint32) (walk->pos - java_value_bytes (walk->root));
  return TRUE;
}

guint32 *
java_value_index (TribesJavaValue *root)
{
  static const JavaSink sink = { .begin = index_object };
  g_autofree guint32 *offsets = g_new0 (guint32, MAX (java_value_n_objects (root), 1));
  JavaWalk walk;

  java_walk_init (&walk, root, java_value_bytes (root), &sink, offsets);
  if (root->flags & JAVA_VALUE_CONTENTS)
    java_walk_contents (&walk);
  else
    java_walk (&walk);
  return g_steal_pointer (&offsets);
}

TribesJavaClass *
java_read_class (TribesJavaValue *root, const guint8 **pos)
{
  TribesJavaClass *klass;
  JavaWalk walk;

  if (G_LIKELY (**pos == CODE_CLASS))
    {
      (*pos)++;
      return java_value_class (root, java_read_number (pos));
    }
  java_walk_init (&walk, root, *pos, NULL, NULL);
  klass = walk_class (&walk);
  *pos = walk.pos;
  return klass;
}
