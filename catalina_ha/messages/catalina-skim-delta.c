/* SPDX-License-Identifier: Apache-2.0
 *
 * A delta in place: its own fields in blocks of primitive data, and between them strings, objects
 * that consist of numbers, and arrays of bytes, which is what most attributes are. To step over
 * them their descriptors are measured, and remembered by their handles for what refers to them.
 * Anything else makes the whole delta one for the codec.
 */
#include "catalina_ha/messages/catalina-skim-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "tribes/java/read/tribes-java-template-private.h"

/* Descriptors of one delta that are remembered, and how long a chain of super classes may be. */
#define MAX_CLASSES 16
#define MAX_SUPER   4
/* Actions that are put aside until the whole delta is known to be of this kind. */
#define MAX_ACTIONS  32

#define FIRST_HANDLE 0x7e0000
/* A class whose objects are their fields and nothing else. */
#define PLAIN_FLAGS 0x02

typedef struct
{
  guint32 handle;
  gsize instance; /* bytes of an object of it, without the tag and the descriptor */
  CatalinaSpan name;
} Class;

typedef struct
{
  JavaTemplate in;
  gsize block; /* left of the block of primitive data that is read */
  guint32 n_handles;
  Class classes[MAX_CLASSES];
  guint n_classes;
} Walk;

static const guint8 *
take_primitive (Walk *walk, gsize size)
{
  const guint8 *head;

  if (walk->block == 0)
    {
      head = java_template_take (&walk->in, 2);
      if (!head || head[0] != TC_BLOCKDATA)
        return NULL;
      walk->block = head[1];
    }
  if (walk->block < size)
    return NULL;
  walk->block -= size;
  return java_template_take (&walk->in, size);
}

static gboolean
take_int (Walk *walk, gint32 *number)
{
  const guint8 *bytes = take_primitive (walk, 4);

  if (!bytes)
    return FALSE;
  *number = (gint32) ((guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8
                      | bytes[3]);
  return TRUE;
}

static gboolean
take_name (Walk *walk, CatalinaSpan *name)
{
  const guint8 *head = take_primitive (walk, 2);

  if (!head)
    return FALSE;
  name->size = (gsize) (head[0] << 8 | head[1]);
  name->text = (const char *) take_primitive (walk, name->size);
  return name->text && java_template_is_plain ((const guint8 *) name->text, name->size);
}

static gsize
size_of_primitive (guint8 type)
{
  switch (type)
    {
    case 'B':
    case 'Z':
      return 1;
    case 'C':
    case 'S':
      return 2;
    case 'I':
    case 'F':
      return 4;
    case 'J':
    case 'D':
      return 8;
    default:
      return 0;
    }
}

static gboolean
take_fields (Walk *walk, guint64 n_fields, gsize *instance)
{
  for (guint64 i = 0; i < n_fields; i++)
    {
      const guint8 *type = java_template_take (&walk->in, 1);
      gsize size = type ? size_of_primitive (*type) : 0;
      guint64 length;

      if (size == 0 || !java_template_number (&walk->in, 2, &length)
          || !java_template_take (&walk->in, (gsize) length))
        return FALSE;
      *instance += size;
    }
  return TRUE;
}

static const Class *
take_reference (Walk *walk)
{
  guint64 handle;

  if (!java_template_number (&walk->in, 4, &handle))
    return NULL;
  for (guint i = 0; i < walk->n_classes; i++)
    if (walk->classes[i].handle == handle)
      return &walk->classes[i];
  return NULL;
}

/* The descriptor whose tag was read, and those of its super classes. */
static const Class *
take_description (Walk *walk, guint8 tag, guint depth)
{
  Class *class;
  const Class *super = NULL;
  const guint8 *flags, *end;
  guint64 size, n_fields;

  if (tag == TC_REFERENCE)
    return take_reference (walk);
  if (tag != TC_CLASSDESC || walk->n_classes == MAX_CLASSES || depth == MAX_SUPER
      || !java_template_number (&walk->in, 2, &size))
    return NULL;
  class = &walk->classes[walk->n_classes++];
  *class = (Class){ .handle = FIRST_HANDLE + walk->n_handles++ };
  class->name.text = (const char *) java_template_take (&walk->in, (gsize) size);
  class->name.size = (gsize) size;
  if (!class->name.text || !java_template_is_plain ((const guint8 *) class->name.text, size)
      || !java_template_take (&walk->in, 8) || !(flags = java_template_take (&walk->in, 1))
      || *flags != PLAIN_FLAGS || !java_template_number (&walk->in, 2, &n_fields)
      || !take_fields (walk, n_fields, &class->instance)
      || !(end = java_template_take (&walk->in, 2)) || end[0] != TC_ENDBLOCKDATA)
    return NULL;
  if (end[1] != TC_NULL && !(super = take_description (walk, end[1], depth + 1)))
    return NULL;
  class->instance += super ? super->instance : 0;
  return class;
}

static gboolean
take_instance (Walk *walk, guint8 tag, CatalinaSpan *class_name)
{
  const guint8 *next = java_template_take (&walk->in, 1);
  const Class *class = next ? take_description (walk, *next, 0) : NULL;
  gboolean is_bytes;
  guint64 n = 0;

  if (!class)
    return FALSE;
  is_bytes = class->name.size == 2 && memcmp (class->name.text, "[B", 2) == 0;
  if (is_bytes != (tag == TC_ARRAY) || (is_bytes && !java_template_number (&walk->in, 4, &n)))
    return FALSE;
  walk->n_handles++;
  *class_name = class->name;
  return java_template_take (&walk->in, class->instance + (gsize) n) != NULL;
}

static gboolean
take_value (Walk *walk, CatalinaSkimAction *action)
{
  static const char string_class[] = "java.lang.String";
  const guint8 *start = walk->in.at;
  const guint8 *tag = java_template_take (&walk->in, 1);
  guint64 size = 0;
  gboolean ok = FALSE;

  if (walk->block != 0 || !tag)
    return FALSE;
  switch (*tag)
    {
    case TC_NULL:
      return TRUE;
    case TC_STRING:
      walk->n_handles++;
      action->class_name = (CatalinaSpan){ string_class, sizeof string_class - 1 };
      ok = java_template_number (&walk->in, 2, &size)
           && java_template_take (&walk->in, (gsize) size);
      break;
    case TC_OBJECT:
    case TC_ARRAY:
      ok = take_instance (walk, *tag, &action->class_name);
      break;
    default:
      break;
    }
  action->value = start;
  action->value_size = (gsize) (walk->in.at - start);
  return ok;
}

static gboolean
take_action (Walk *walk, CatalinaSkimAction *action)
{
  const guint8 *has_value;

  *action = (CatalinaSkimAction){ 0 };
  return take_int (walk, &action->type) && take_int (walk, &action->change)
         && take_name (walk, &action->name) && (has_value = take_primitive (walk, 1))
         && (*has_value == 0 || take_value (walk, action));
}

/* How many actions there are; -1: it is not of this kind. */
static gint32
skim_usual (const guint8 *data, gsize size, CatalinaSkimAction actions[MAX_ACTIONS])
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5 };
  Walk walk = { .in = { NULL, data, size } };
  const guint8 *magic = java_template_take (&walk.in, sizeof head);
  CatalinaSpan session_id;
  gint32 n = 0;

  if (!magic || memcmp (magic, head, sizeof head) != 0 || !take_name (&walk, &session_id)
      || !take_primitive (&walk, 1) || !take_int (&walk, &n) || n < 0 || n > MAX_ACTIONS)
    return -1;
  for (gint32 i = 0; i < n; i++)
    if (!take_action (&walk, &actions[i]))
      return -1;
  return walk.in.left == 0 ? n : -1;
}

static void
tell_action (const guint8 *data,
             const CatalinaDeltaAction *read,
             CatalinaSkimActionFunc func,
             gpointer user_data)
{
  CatalinaSkimAction action
      = { read->type, read->action, .name = { read->name, strlen (read->name) } };
  const char *class_name = read->value ? tribes_java_value_get_class_name (read->value) : NULL;

  if (read->value)
    {
      action.value = data + read->value_offset;
      action.value_size = read->end - read->value_offset;
    }
  if (class_name)
    action.class_name = (CatalinaSpan){ class_name, strlen (class_name) };
  func (&action, user_data);
}

gboolean
catalina_skim_delta_slowly (const guint8 *data,
                            gsize size,
                            CatalinaSkimActionFunc func,
                            gpointer user_data)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  gboolean ok = reader && catalina_delta_read (delta, reader, NULL);

  for (guint i = 0; i < delta->actions->len; i++)
    {
      const CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);

      /* One whose reading failed has no end. */
      if (action->end > 0)
        tell_action (data, action, func, user_data);
    }
  return ok;
}

gboolean
catalina_skim_delta (const guint8 *data,
                     gsize size,
                     CatalinaSkimActionFunc func,
                     gpointer user_data)
{
  CatalinaSkimAction actions[MAX_ACTIONS];
  gint32 n = skim_usual (data, size, actions);

  for (gint32 i = 0; i < n; i++)
    func (&actions[i], user_data);
  return n >= 0 || catalina_skim_delta_slowly (data, size, func, user_data);
}
