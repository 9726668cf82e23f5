/* SPDX-License-Identifier: Apache-2.0
 *
 * Map messages in place: one stream with one message, or with a list of them. Only what such
 * messages consist of is taken, in whatever way Java may write it: byte arrays, members, arrays of
 * members, and references to any of these that came before. Time is linear in the bytes, and so is
 * memory; nothing is copied but the names of members.
 */
#include "catalina_ha/messages/catalina-map-message-private.h"

#include <string.h>

#include "tribes/base/tribes-reader-private.h"
#include "tribes/java/value/tribes-java-tags-private.h"

#define MEMBER_PACKAGE "org.apache.catalina.tribes.membership."
#define LIST_CLASS     "java.util.ArrayList"

#define FIRST_HANDLE   0x7e0000
/* Descriptors of one stream: a message needs six. */
#define MAX_CLASSES 32
#define MAX_FIELDS  32
/* Of a chain of super classes. */
#define MAX_SUPER      4
/* What a message with a primary and one other member has, so that nothing grows. */
#define USUAL_HANDLES 64
#define USUAL_CLASSES 8
#define EXTERNALIZABLE (TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA)
#define LIST_FLAGS     (TRIBES_JAVA_CLASS_SERIALIZABLE | TRIBES_JAVA_CLASS_WRITE_METHOD)

typedef enum
{
  CLASS_OTHER,
  CLASS_MESSAGE,
  CLASS_MEMBER,
  CLASS_BYTES,
  CLASS_NODES,
  CLASS_LIST,
} ClassKind;

typedef enum
{
  FIELD_OTHER,
  FIELD_DIFF,
  FIELD_TYPE,
  FIELD_DIFF_VALUE,
  FIELD_KEY,
  FIELD_MAP,
  FIELD_NODES,
  FIELD_PRIMARY,
  FIELD_VALUE,
} FieldKind;

static const struct
{
  const char *name;
  guint8 type;
  FieldKind kind;
} field_names[] = {
  { "diff", 'Z', FIELD_DIFF },
  { "msgtype", 'I', FIELD_TYPE },
  { "diffvalue", '[', FIELD_DIFF_VALUE },
  { "keydata", '[', FIELD_KEY },
  { "mapId", '[', FIELD_MAP },
  { "nodes", '[', FIELD_NODES },
  { "primary", 'L', FIELD_PRIMARY },
  { "valuedata", '[', FIELD_VALUE },
};

typedef struct
{
  guint8 type;
  guint8 kind; /* FieldKind */
} MapField;

typedef struct
{
  ClassKind kind;
  guint8 flags;
  gboolean has_super;
  guint n_fields;
  MapField fields[MAX_FIELDS];
} MapClass;

typedef enum
{
  VALUE_NULL, /* or what is of no use here */
  VALUE_CLASS,
  VALUE_BYTES,
  VALUE_NODES,
  VALUE_MEMBER,
} ValueKind;

/* What a handle stands for; members and nodes are the handle's. */
typedef struct
{
  ValueKind kind;
  union
  {
    guint klass; /* index */
    CatalinaMapBytes bytes;
    GPtrArray *nodes;
    TribesMember *member;
  };
} Value;

struct _CatalinaMapReader
{
  TribesReader in;
  GArray *handles; /* of Value */
  GArray *classes; /* of MapClass */
  guint64 form;    /* the version of the members' class */
  guint left;
};

static void
value_clear (gpointer data)
{
  Value *value = data;

  if (value->kind == VALUE_NODES)
    g_clear_pointer (&value->nodes, g_ptr_array_unref);
  else if (value->kind == VALUE_MEMBER)
    g_clear_pointer (&value->member, tribes_member_unref);
}

static gboolean
refuse (CatalinaMapReader *self, const char *expected, const char *found, GError **error)
{
  return tribes_reader_refuse (&self->in, TRIBES_ERROR_MALFORMED, error,
                               "map message: expected %s, found %s", expected, found);
}

/* Of what is assigned now; its index in the handles. */
static guint
add_handle (CatalinaMapReader *self, ValueKind kind)
{
  Value value = { .kind = kind };

  g_array_append_val (self->handles, value);
  return self->handles->len - 1;
}

static Value *
get_handle (CatalinaMapReader *self, guint index)
{
  return &g_array_index (self->handles, Value, index);
}

static gboolean
read_reference (CatalinaMapReader *self, ValueKind expected, Value *value, GError **error)
{
  guint32 handle;

  if (!tribes_reader_u32 (&self->in, "reference", &handle, error))
    return FALSE;
  if (handle < FIRST_HANDLE || handle - FIRST_HANDLE >= self->handles->len)
    return refuse (self, "a reference to what came before", "another one", error);
  *value = *get_handle (self, handle - FIRST_HANDLE);
  if (expected != VALUE_NULL && value->kind != expected)
    return refuse (self, "a reference to a class", "one to something else", error);
  return TRUE;
}

static gboolean
read_name (
    CatalinaMapReader *self, const char *what, const guint8 **text, gsize *size, GError **error)
{
  guint16 length;

  if (!tribes_reader_u16 (&self->in, what, &length, error)
      || !tribes_reader_bytes (&self->in, what, length, text, error))
    return FALSE;
  *size = length;
  return TRUE;
}

static gboolean
is_name (const guint8 *text, gsize size, const char *name)
{
  return strlen (name) == size && memcmp (text, name, size) == 0;
}

static ClassKind
kind_of_class (const guint8 *name, gsize size)
{
  if (is_name (name, size, CATALINA_MAP_MESSAGE_CLASS))
    return CLASS_MESSAGE;
  if (is_name (name, size, "[B"))
    return CLASS_BYTES;
  if (is_name (name, size, "[Lorg.apache.catalina.tribes.Member;"))
    return CLASS_NODES;
  if (is_name (name, size, LIST_CLASS))
    return CLASS_LIST;
  if (is_name (name, size, MEMBER_PACKAGE "MemberImpl")
      || is_name (name, size, MEMBER_PACKAGE "StaticMember"))
    return CLASS_MEMBER;
  return CLASS_OTHER;
}

/* The type of a field that is an object: a string, which later ones refer to. */
static gboolean
read_field_type (CatalinaMapReader *self, GError **error)
{
  const guint8 *text;
  Value ignored;
  gsize size;
  guint8 tag;

  if (!tribes_reader_u8 (&self->in, "type of a field", &tag, error))
    return FALSE;
  if (tag == TC_REFERENCE)
    return read_reference (self, VALUE_NULL, &ignored, error);
  if (tag != TC_STRING)
    return refuse (self, "the type of a field", "something else", error);
  (void) add_handle (self, VALUE_NULL);
  return read_name (self, "type of a field", &text, &size, error);
}

static gboolean
read_field (CatalinaMapReader *self, MapField *field, GError **error)
{
  const guint8 *name;
  gsize size;

  if (!tribes_reader_u8 (&self->in, "field", &field->type, error)
      || !read_name (self, "name of a field", &name, &size, error))
    return FALSE;
  if (!memchr ("BCDFIJSZ[L", field->type, 10))
    return refuse (self, "a type of a field", "something else", error);
  for (guint i = 0; i < G_N_ELEMENTS (field_names); i++)
    if (field->type == field_names[i].type && is_name (name, size, field_names[i].name))
      field->kind = (guint8) field_names[i].kind;
  return (field->type != '[' && field->type != 'L') || read_field_type (self, error);
}

static gboolean
read_fields (CatalinaMapReader *self, MapClass *klass, GError **error)
{
  guint16 n;

  if (!tribes_reader_u8 (&self->in, "flags of a class", &klass->flags, error)
      || !tribes_reader_u16 (&self->in, "number of fields", &n, error))
    return FALSE;
  if (n > MAX_FIELDS)
    return refuse (self, "a class with few fields", "one with many", error);
  klass->n_fields = n;
  for (guint i = 0; i < n; i++)
    if (!read_field (self, &klass->fields[i], error))
      return FALSE;
  return TRUE;
}

static gboolean read_class (CatalinaMapReader *self, guint depth, guint *index, GError **error);

static gboolean
read_super (CatalinaMapReader *self, guint depth, gboolean *has_super, GError **error)
{
  guint8 end, tag;
  guint ignored;

  if (!tribes_reader_u8 (&self->in, "end of a class", &end, error))
    return FALSE;
  if (end != TC_ENDBLOCKDATA)
    return refuse (self, "the end of a class", "something else", error);
  if (!tribes_reader_u8 (&self->in, "super class", &tag, error))
    return FALSE;
  *has_super = tag != TC_NULL;
  if (!*has_super)
    return TRUE;
  self->in.pos--;
  return read_class (self, depth + 1, &ignored, error);
}

/* Behind its tag. */
static gboolean
read_descriptor (CatalinaMapReader *self, guint depth, guint *index, GError **error)
{
  MapClass klass = { .kind = CLASS_OTHER };
  const guint8 *name;
  gsize size;
  guint64 version;

  if (depth >= MAX_SUPER || self->classes->len >= MAX_CLASSES)
    return refuse (self, "few classes", "many", error);
  if (!read_name (self, "name of a class", &name, &size, error)
      || !tribes_reader_u64 (&self->in, "serialVersionUID", &version, error))
    return FALSE;
  klass.kind = kind_of_class (name, size);
  if (klass.kind == CLASS_MESSAGE && version != 1)
    return refuse (self, "serialVersionUID 1", "another one", error);
  if (is_name (name, size, MEMBER_PACKAGE "MemberImpl"))
    self->form = version;
  *index = self->classes->len;
  get_handle (self, add_handle (self, VALUE_CLASS))->klass = *index;
  g_array_append_val (self->classes, klass);
  if (!read_fields (self, &klass, error) || !read_super (self, depth, &klass.has_super, error))
    return FALSE;
  g_array_index (self->classes, MapClass, *index) = klass;
  return TRUE;
}

static gboolean
read_class (CatalinaMapReader *self, guint depth, guint *index, GError **error)
{
  Value value = { 0 };
  guint8 tag;

  if (!tribes_reader_u8 (&self->in, "class", &tag, error))
    return FALSE;
  if (tag == TC_CLASSDESC)
    return read_descriptor (self, depth, index, error);
  if (tag != TC_REFERENCE)
    return refuse (self, "a class", "something else", error);
  if (!read_reference (self, VALUE_CLASS, &value, error))
    return FALSE;
  *index = value.klass;
  return TRUE;
}

/* One block of data, appended; short ones stand behind each other where the data are long. */
static gboolean
read_block (CatalinaMapReader *self, guint8 tag, GByteArray *data, GError **error)
{
  const guint8 *bytes;
  guint8 short_size;
  gsize size;

  if (tag == TC_BLOCKDATA)
    {
      if (!tribes_reader_u8 (&self->in, "size of data", &short_size, error))
        return FALSE;
      size = short_size;
    }
  else if (tag != TC_BLOCKDATALONG)
    return refuse (self, "data", "something else", error);
  else if (!tribes_reader_length (&self->in, "size of data", G_MAXINT32, &size, error))
    return FALSE;
  if (!tribes_reader_bytes (&self->in, "data", size, &bytes, error))
    return FALSE;
  g_byte_array_append (data, bytes, (guint) size);
  return TRUE;
}

/* A member's package with its length, up to the end of the object. */
static TribesMember *
read_package (CatalinaMapReader *self, GError **error)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GBytes) package = NULL;
  guint8 tag;

  for (;;)
    {
      if (!tribes_reader_u8 (&self->in, "member", &tag, error))
        return NULL;
      if (tag == TC_ENDBLOCKDATA)
        break;
      if (!read_block (self, tag, data, error))
        return NULL;
    }
  if (data->len < 4 || tribes_peek_u32 (data->data) != data->len - 4)
    {
      refuse (self, "the package of a member", "another number of bytes", error);
      return NULL;
    }
  package = g_bytes_new (data->data + 4, data->len - 4);
  return tribes_member_decode (package, error);
}

/* Behind the tag of an object. */
static gboolean
read_member (CatalinaMapReader *self, Value *value, GError **error)
{
  guint index, handle;
  const MapClass *klass;

  if (!read_class (self, 0, &index, error))
    return FALSE;
  klass = &g_array_index (self->classes, MapClass, index);
  if (klass->kind != CLASS_MEMBER || klass->flags != EXTERNALIZABLE)
    return refuse (self, "a member", "another object", error);
  handle = add_handle (self, VALUE_NULL);
  value->member = read_package (self, error);
  if (!value->member)
    return FALSE;
  value->kind = VALUE_MEMBER;
  *get_handle (self, handle) = *value;
  return TRUE;
}

static gboolean
read_node (CatalinaMapReader *self, GPtrArray *nodes, GError **error)
{
  Value value = { .kind = VALUE_NULL };
  guint8 tag;

  if (!tribes_reader_u8 (&self->in, "member", &tag, error))
    return FALSE;
  if (tag == TC_OBJECT ? !read_member (self, &value, error)
                       : tag == TC_REFERENCE && !read_reference (self, VALUE_NULL, &value, error))
    return FALSE;
  if (value.kind != VALUE_MEMBER)
    return refuse (self, "a member", "something else", error);
  g_ptr_array_add (nodes, tribes_member_ref (value.member));
  return TRUE;
}

static gboolean
read_nodes (CatalinaMapReader *self, Value *value, guint handle, GError **error)
{
  g_autoptr (GPtrArray) nodes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);
  gsize n;

  if (!tribes_reader_length (&self->in, "number of members", CATALINA_MAP_MAX_NODES, &n, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!read_node (self, nodes, error))
      return FALSE;
  value->kind = VALUE_NODES;
  value->nodes = g_steal_pointer (&nodes);
  *get_handle (self, handle) = *value;
  return TRUE;
}

/* Behind the tag of an array. */
static gboolean
read_array (CatalinaMapReader *self, Value *value, GError **error)
{
  guint index, handle;
  ClassKind kind;

  if (!read_class (self, 0, &index, error))
    return FALSE;
  kind = g_array_index (self->classes, MapClass, index).kind;
  handle = add_handle (self, VALUE_NULL);
  if (kind == CLASS_NODES)
    return read_nodes (self, value, handle, error);
  if (kind != CLASS_BYTES)
    return refuse (self, "an array of bytes or members", "another one", error);
  if (!tribes_reader_length (&self->in, "size of an array", G_MAXINT32, &value->bytes.size, error)
      || !tribes_reader_bytes (&self->in, "array", value->bytes.size, &value->bytes.data, error))
    return FALSE;
  value->kind = VALUE_BYTES;
  *get_handle (self, handle) = *value;
  return TRUE;
}

/* What a field of an object has; belongs to its handle. */
static gboolean
read_value (CatalinaMapReader *self, Value *value, GError **error)
{
  guint8 tag;

  *value = (Value){ .kind = VALUE_NULL };
  if (!tribes_reader_u8 (&self->in, "field", &tag, error))
    return FALSE;
  switch (tag)
    {
    case TC_NULL:
      return TRUE;
    case TC_REFERENCE:
      return read_reference (self, VALUE_NULL, value, error);
    case TC_ARRAY:
      return read_array (self, value, error);
    case TC_OBJECT:
      return read_member (self, value, error);
    default:
      return refuse (self, "an array or a member", "something else", error);
    }
}

static gboolean
set_bytes (CatalinaMapReader *self, CatalinaMapBytes *bytes, const Value *value, GError **error)
{
  if (value->kind != VALUE_BYTES && value->kind != VALUE_NULL)
    return refuse (self, "an array of bytes", "something else", error);
  if (value->kind == VALUE_BYTES)
    *bytes = value->bytes;
  return TRUE;
}

static gboolean
set_nodes (CatalinaMapReader *self, CatalinaMapMessage *message, const Value *value, GError **error)
{
  if (value->kind != VALUE_NODES && value->kind != VALUE_NULL)
    return refuse (self, "an array of members", "something else", error);
  g_clear_pointer (&message->nodes, g_ptr_array_unref);
  if (value->kind == VALUE_NODES)
    message->nodes = g_ptr_array_ref (value->nodes);
  return TRUE;
}

static gboolean
set_primary (CatalinaMapReader *self,
             CatalinaMapMessage *message,
             const Value *value,
             GError **error)
{
  if (value->kind != VALUE_MEMBER && value->kind != VALUE_NULL)
    return refuse (self, "a member", "something else", error);
  g_clear_pointer (&message->primary, tribes_member_unref);
  if (value->kind == VALUE_MEMBER)
    message->primary = tribes_member_ref (value->member);
  return TRUE;
}

static gboolean
set_field (CatalinaMapReader *self,
           CatalinaMapMessage *message,
           FieldKind kind,
           const Value *value,
           GError **error)
{
  switch (kind)
    {
    case FIELD_DIFF_VALUE:
      return set_bytes (self, &message->diff, value, error);
    case FIELD_KEY:
      return set_bytes (self, &message->key, value, error);
    case FIELD_MAP:
      return set_bytes (self, &message->map, value, error);
    case FIELD_VALUE:
      return set_bytes (self, &message->value, value, error);
    case FIELD_NODES:
      return set_nodes (self, message, value, error);
    case FIELD_PRIMARY:
      return set_primary (self, message, value, error);
    case FIELD_OTHER:
    case FIELD_DIFF:
    case FIELD_TYPE:
    default:
      return TRUE;
    }
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
    default:
      return 8;
    }
}

static gboolean
read_message_field (CatalinaMapReader *self,
                    CatalinaMapMessage *message,
                    const MapField *field,
                    GError **error)
{
  const guint8 *bytes;
  Value value;

  if (field->type == '[' || field->type == 'L')
    return read_value (self, &value, error)
           && set_field (self, message, (FieldKind) field->kind, &value, error);
  if (!tribes_reader_bytes (&self->in, "field", size_of_primitive (field->type), &bytes, error))
    return FALSE;
  if (field->kind == FIELD_DIFF)
    message->is_diff = bytes[0] != 0;
  else if (field->kind == FIELD_TYPE)
    message->type = (gint32) tribes_peek_u32 (bytes);
  return TRUE;
}

static gboolean
read_message (CatalinaMapReader *self, CatalinaMapMessage *message, GError **error)
{
  MapClass klass;
  guint8 tag;
  guint index;

  if (!tribes_reader_u8 (&self->in, "map message", &tag, error))
    return FALSE;
  if (tag != TC_OBJECT)
    return refuse (self, "an object", "something else", error);
  if (!read_class (self, 0, &index, error))
    return FALSE;
  /* A copy: reading the fields adds classes. */
  klass = g_array_index (self->classes, MapClass, index);
  if (klass.kind != CLASS_MESSAGE || klass.flags != TRIBES_JAVA_CLASS_SERIALIZABLE
      || klass.has_super)
    return refuse (self, "an object of " CATALINA_MAP_MESSAGE_CLASS, "another one", error);
  (void) add_handle (self, VALUE_NULL);
  for (guint i = 0; i < klass.n_fields; i++)
    if (!read_message_field (self, message, &klass.fields[i], error))
      return FALSE;
  message->form = self->form;
  return TRUE;
}

/* ArrayList: its only field is how many there are, its data how many there is room for. */
static gboolean
read_list_head (CatalinaMapReader *self, GError **error)
{
  static const guint8 room[] = { TC_BLOCKDATA, 4 };
  const MapClass *klass;
  const guint8 *ignored;
  guint8 tag;
  guint index;
  gint32 n;

  if (!tribes_reader_u8 (&self->in, "list", &tag, error))
    return FALSE;
  if (tag != TC_OBJECT)
    return refuse (self, "a list", "something else", error);
  if (!read_class (self, 0, &index, error))
    return FALSE;
  klass = &g_array_index (self->classes, MapClass, index);
  if (klass->kind != CLASS_LIST || klass->flags != LIST_FLAGS || klass->has_super
      || klass->n_fields != 1 || klass->fields[0].type != 'I')
    return refuse (self, "an object of " LIST_CLASS, "another one", error);
  (void) add_handle (self, VALUE_NULL);
  if (!tribes_reader_i32 (&self->in, "size of the list", &n, error)
      || !tribes_reader_expect (&self->in, "list", room, sizeof room, error)
      || !tribes_reader_bytes (&self->in, "list", 4, &ignored, error))
    return FALSE;
  if (n < 0)
    return refuse (self, "a size of the list", "a negative one", error);
  self->left = (guint) n;
  return TRUE;
}

static gboolean
read_list_end (CatalinaMapReader *self, GError **error)
{
  static const guint8 end[] = { TC_ENDBLOCKDATA };

  return tribes_reader_expect (&self->in, "end of the list", end, sizeof end, error)
         && tribes_reader_finish (&self->in, "map message", error);
}

static CatalinaMapReader *
reader_new (const guint8 *data, gsize size, GError **error)
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5 };
  g_autoptr (CatalinaMapReader) self = g_new0 (CatalinaMapReader, 1);

  tribes_reader_init (&self->in, data, size);
  self->handles = g_array_sized_new (FALSE, FALSE, sizeof (Value), USUAL_HANDLES);
  g_array_set_clear_func (self->handles, value_clear);
  self->classes = g_array_sized_new (FALSE, FALSE, sizeof (MapClass), USUAL_CLASSES);
  if (!tribes_reader_expect (&self->in, "Java stream", head, sizeof head, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
catalina_map_reader_free (CatalinaMapReader *self)
{
  g_array_unref (self->handles);
  g_array_unref (self->classes);
  g_free (self);
}

guint
catalina_map_reader_get_left (const CatalinaMapReader *self)
{
  return self->left;
}

gsize
catalina_map_reader_get_offset (const CatalinaMapReader *self)
{
  return tribes_reader_offset (&self->in);
}

CatalinaMapReader *
catalina_map_reader_new_for_list (const guint8 *data, gsize size, GError **error)
{
  g_autoptr (CatalinaMapReader) self = reader_new (data, size, error);

  if (!self || !read_list_head (self, error) || (self->left == 0 && !read_list_end (self, error)))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
catalina_map_reader_next (CatalinaMapReader *self, CatalinaMapMessage *message, GError **error)
{
  *message = (CatalinaMapMessage){ 0 };
  g_return_val_if_fail (self->left > 0, FALSE);
  self->left--;
  return read_message (self, message, error) && (self->left > 0 || read_list_end (self, error));
}

gboolean
catalina_map_message_decode (const guint8 *data,
                             gsize size,
                             CatalinaMapMessage *message,
                             GError **error)
{
  g_autoptr (CatalinaMapReader) self = NULL;

  *message = (CatalinaMapMessage){ 0 };
  self = reader_new (data, size, error);
  return self && read_message (self, message, error)
         && tribes_reader_finish (&self->in, "map message", error);
}
