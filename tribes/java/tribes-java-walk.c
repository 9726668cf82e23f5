/* SPDX-License-Identifier: Apache-2.0
 *
 * Goes over the bytes of a value, which this library made, and writes them into a stream on the
 * way: references renumbered, class descriptors where they are first needed. Without recursion, as
 * the parser: what could be read can be written.
 */
#include "tribes/java/tribes-java-walk-private.h"

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

/* Books the bytes since the last call on whom they belong to. */
static void
count_bytes (JavaWalk *walk, JavaTally *next)
{
  if (walk->owner)
    walk->owner->n_bytes += (guint64) (walk->pos - walk->counted);
  walk->counted = walk->pos;
  walk->owner = next;
}

static void
count_object (JavaWalk *walk, TribesJavaClass *klass)
{
  JavaTally *tally = g_hash_table_lookup (walk->tallies, klass);

  if (!tally)
    {
      tally = g_new0 (JavaTally, 1);
      tally->klass = klass;
      g_hash_table_insert (walk->tallies, klass, tally);
    }
  tally->n_objects++;
  walk->owner = tally;
}

static void
push (JavaWalk *walk, JavaWalkFrame frame)
{
  frame.owner = walk->owner;
  *java_array_push (&walk->frames) = frame;
}

static void
pop (JavaWalk *walk)
{
  walk->frames.len--;
  if (walk->tallies)
    count_bytes (walk, walk->frames.len > 0 ? top (walk)->owner : NULL);
}

static void
flush (JavaWalk *walk)
{
  if (walk->writer)
    tribes_writer_bytes (&walk->writer->out, walk->copied, (gsize) (walk->pos - walk->copied));
  walk->copied = walk->pos;
}

/* Leaves out what was walked over since the last flush. */
static void
drop (JavaWalk *walk)
{
  walk->copied = walk->pos;
}

/* Handle + 1 of an object of the root, 0 if it is not in the stream. */
static guint32 *
handle_of (JavaWalk *walk, guint32 number)
{
  return java_writer_handle (walk->writer, walk->root->id + number);
}

static void
begin_object (JavaWalk *walk, TribesJavaClass *klass)
{
  if (walk->tallies)
    count_object (walk, klass);
  if (walk->writer)
    *handle_of (walk, walk->number) = ++walk->writer->next_handle;
  walk->number++;
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
      guint8 code = *walk->pos++;
      TribesJavaValue *root = walk->root;
      guint32 number = 0;

      if (code == CODE_EXTERN)
        {
          root = java_value_extern (walk->root, java_read_number (&walk->pos));
          number = java_read_number (&walk->pos);
        }
      else
        {
          number = tribes_peek_u32 (walk->pos);
          walk->pos += 4;
        }
      if (walk->writer)
        java_writer_hint (walk->writer, root, number);
    }
  drop (walk);
}

/* A class or null, behind a tag that was walked over. */
static TribesJavaClass *
walk_class (JavaWalk *walk)
{
  guint n_hints = walk->writer ? java_writer_get_n_hints (walk->writer) : 0;
  TribesJavaClass *klass;

  if (*walk->pos == TC_NULL)
    {
      walk->pos++;
      return NULL;
    }
  flush (walk);
  if (*walk->pos == CODE_HINTS)
    walk_hints (walk);
  walk->pos++;
  klass = java_value_class (walk->root, java_read_number (&walk->pos));
  if (walk->writer)
    {
      java_writer_class (walk->writer, klass);
      java_writer_end_hints (walk->writer, n_hints);
    }
  drop (walk);
  return klass;
}

static void
enter_extern (JavaWalk *walk, TribesJavaValue *root, guint32 number)
{
  TribesJavaWriter *writer = walk->writer;
  guint32 handle;

  if (root->flags & JAVA_VALUE_INTERNED)
    {
      java_writer_value (writer, root);
      return;
    }
  handle = *java_writer_handle (writer, root->id + number);
  if (handle > 0)
    {
      java_writer_reference (writer, handle - 1);
      return;
    }
  push (walk, (JavaWalkFrame){ .state = STATE_RETURN,
                               .root = walk->root,
                               .pos = walk->pos,
                               .number = walk->number,
                               .left = 1 });
  walk->root = root;
  walk->pos = java_value_bytes (root);
  if (number > 0 || (root->flags & JAVA_VALUE_CONTENTS))
    walk->pos += java_writer_offsets (writer, root)[number];
  walk->copied = walk->pos;
  walk->number = number;
}

static void
walk_extern (JavaWalk *walk)
{
  guint32 slot, number;

  flush (walk);
  walk->pos++;
  slot = java_read_number (&walk->pos);
  number = java_read_number (&walk->pos);
  drop (walk);
  if (walk->writer)
    enter_extern (walk, java_value_extern (walk->root, slot), number);
}

static void
walk_reference (JavaWalk *walk)
{
  guint32 number = tribes_peek_u32 (walk->pos + 1);

  flush (walk);
  walk->pos += 5;
  drop (walk);
  if (!walk->writer)
    return;
  if (*handle_of (walk, number) > 0)
    java_writer_reference (walk->writer, *handle_of (walk, number) - 1);
  else
    enter_extern (walk, walk->root, number);
}

static void
walk_string (JavaWalk *walk)
{
  begin_object (walk, NULL);
  if (*walk->pos == TC_STRING)
    walk->pos += 3u + tribes_peek_u16 (walk->pos + 1);
  else
    walk->pos += 9u + tribes_peek_u64 (walk->pos + 1);
}

static void
walk_object (JavaWalk *walk)
{
  TribesJavaClass *klass;

  walk->pos++;
  klass = walk_class (walk);
  begin_object (walk, klass);
  if (klass->flags & TRIBES_JAVA_CLASS_EXTERNALIZABLE)
    push (walk, (JavaWalkFrame){ .state = STATE_CONTENTS });
  else if (klass->n_levels > 0)
    push (walk, (JavaWalkFrame){ .klass = klass, .state = STATE_LEVEL });
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
    walk->pos += (gsize) length * size;
  else
    push (walk, (JavaWalkFrame){ .state = STATE_ELEMENTS, .left = length });
}

static void
walk_raw (JavaWalk *walk)
{
  guint32 size = tribes_peek_u32 (walk->pos + 1);

  flush (walk);
  walk->pos += 5;
  drop (walk);
  walk->pos += size;
  flush (walk);
  walk->stopped = TRUE;
}

static void
walk_exception (JavaWalk *walk)
{
  walk->pos++;
  flush (walk);
  walk->stopped = TRUE;
  if (!walk->writer)
    return;
  java_writer_forget (walk->writer);
  java_writer_value (walk->writer,
                     java_value_extern (walk->root, java_value_n_externs (walk->root) - 1));
  java_writer_forget (walk->writer);
}

static void walk_token (JavaWalk *walk);

/* An object that another value has written already: only a reference now. */
static void
walk_muted (JavaWalk *walk)
{
  flush (walk);
  java_writer_reference (walk->writer, *handle_of (walk, walk->number) - 1);
  walk->muted = g_steal_pointer (&walk->writer);
  walk->muted_depth = walk->frames.len;
  walk_token (walk);
}

static void
unmute (JavaWalk *walk)
{
  walk->writer = g_steal_pointer (&walk->muted);
  drop (walk);
}

static void walk_tag (JavaWalk *walk);

static void
walk_token (JavaWalk *walk)
{
  JavaTally *owner = walk->owner;
  guint depth = walk->frames.len;

  if (!walk->tallies)
    {
      walk_tag (walk);
      return;
    }
  count_bytes (walk, owner);
  walk_tag (walk);
  /* An object that is complete gives the word back; others do so when their frame goes. */
  if (walk->frames.len == depth)
    count_bytes (walk, owner);
}

static void
walk_tag (JavaWalk *walk)
{
  guint8 tag = *walk->pos;

  if (tag == TC_NULL)
    {
      walk->pos++;
      return;
    }
  if (tag == TC_REFERENCE)
    {
      walk_reference (walk);
      return;
    }
  if (tag == CODE_EXTERN)
    {
      walk_extern (walk);
      return;
    }
  if (tag == CODE_CLASS || tag == CODE_HINTS)
    {
      walk_class (walk);
      return;
    }
  if (tag == TC_EXCEPTION)
    {
      walk_exception (walk);
      return;
    }
  if (tag == CODE_RAW)
    {
      walk_raw (walk);
      return;
    }
  if (walk->offsets)
    walk->offsets[walk->number] = (guint32) (walk->pos - java_value_bytes (walk->root));
  if (walk->writer && G_UNLIKELY (*handle_of (walk, walk->number) > 0))
    {
      walk_muted (walk);
      return;
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
        push (walk, (JavaWalkFrame){ .state = STATE_ELEMENTS, .left = 1 });
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
      flush (walk);
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
      flush (walk);
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
      flush (walk);
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

static void
run (JavaWalk *walk)
{
  while (!walk->stopped)
    {
      JavaWalkFrame *frame;

      if (walk->muted && walk->frames.len == walk->muted_depth)
        unmute (walk);
      if (walk->frames.len == 0)
        break;
      frame = top (walk);
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
  flush (walk);
}

void
java_walk (JavaWalk *walk)
{
  walk->copied = walk->pos;
  walk_token (walk);
  run (walk);
  java_array_clear (&walk->frames);
}

void
java_walk_contents (JavaWalk *walk)
{
  walk->copied = walk->pos;
  push (walk, (JavaWalkFrame){ .state = STATE_CONTENTS });
  run (walk);
  java_array_clear (&walk->frames);
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
      java_walk_init (&walk, root, pos);
      walk.number = *number;
      java_walk (&walk);
      *number = walk.number;
      return walk.stopped ? NULL : walk.pos;
    }
}

guint32 *
java_value_index (TribesJavaValue *root)
{
  g_autofree guint32 *offsets = g_new0 (guint32, MAX (java_value_n_objects (root), 1));
  JavaWalk walk;

  java_walk_init (&walk, root, java_value_bytes (root));
  walk.offsets = offsets;
  if (root->flags & JAVA_VALUE_CONTENTS)
    java_walk_contents (&walk);
  else
    java_walk (&walk);
  return g_steal_pointer (&offsets);
}

void
java_value_count (TribesJavaValue *value, GHashTable *tallies)
{
  JavaWalk walk;

  java_walk_init (&walk, value, java_value_bytes (value));
  walk.counted = walk.pos;
  walk.tallies = tallies;
  java_walk (&walk);
}
