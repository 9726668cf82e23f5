/* SPDX-License-Identifier: Apache-2.0
 *
 * Java streams, taken apart: what is at the top level with its place, the fields of objects with
 * their values. Reads each stream once, however long it is and wherever it breaks.
 */
#include "tribes/channel/tribes-dissect-java.h"

#include <string.h>

#include "tribes/channel/tribes-dissect-rpc-private.h"
#include "tribes/channel/tribes-java-member-private.h"
#include "tribes/channel/tribes-member-message-private.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/show/tribes-java-json.h"
#include "tribes/wire/tribes-dissection-private.h"

enum
{
  /* Reading a field goes through the object from its beginning, so what has many fields or is long
   * is shown as one value. */
  MAX_FIELDS = 64,
  MAX_FIELDS_BYTES = 65536,
  JSON_DEPTH = 64,
  /* What a member is looked for in. */
  MAX_MEMBER_BYTES = 16384,
};

/* What a stream begins with. */
static const guint8 stream_head[] = { 0xac, 0xed, 0, 5 };

static const char *
name_of_kind (TribesJavaKind kind)
{
  switch (kind)
    {
    case TRIBES_JAVA_KIND_ENUM:
      return "enum constant of ";
    case TRIBES_JAVA_KIND_CLASS:
    case TRIBES_JAVA_KIND_CLASS_DESCRIPTOR:
      return "class ";
    case TRIBES_JAVA_KIND_ABORTED:
      return "could not be written: ";
    case TRIBES_JAVA_KIND_NULL:
    case TRIBES_JAVA_KIND_OBJECT:
    case TRIBES_JAVA_KIND_STRING:
    case TRIBES_JAVA_KIND_ARRAY:
    default:
      return "";
    }
}

/* (transfer full) (nullable) */
static char *
describe_value (TribesJavaValue *value)
{
  const char *class_name = tribes_java_value_get_class_name (value);

  return class_name && !tribes_java_value_is_null (value)
             ? g_strconcat (name_of_kind (tribes_java_value_get_kind (value)), class_name, NULL)
             : NULL;
}

/* A member is more than the bytes that its class writes. */
static gboolean
add_member (TribesDissection *dissection,
            const char *name,
            gsize offset,
            gsize size,
            TribesJavaValue *value)
{
  g_autoptr (GBytes) package = NULL;

  /* The same one may be there as often as there are references to it: each is looked for in so much
   * and no more. */
  if (size > MAX_MEMBER_BYTES)
    return FALSE;
  package = tribes_java_member_dup_package (value, size);
  return package && tribes_dissection_add_member (dissection, name, offset, size, package);
}

/**
 * tribes_dissection_add_java_value:
 * @dissection: a dissection that is being built
 * @name: what it is
 * @offset: where it is in the bytes of the layer
 * @size: its size in bytes
 * @value: the value
 *
 * Adds a Java value, with its class as the meaning; one of Tomcat's members as the tree that a
 * member package has.
 *
 * Since: 0.1
 */
void
tribes_dissection_add_java_value (TribesDissection *dissection,
                                  const char *name,
                                  gsize offset,
                                  gsize size,
                                  TribesJavaValue *value)
{
  gsize room = tribes_dissection_get_value_room (dissection);
  g_autofree char *meaning = describe_value (value);
  g_autofree char *json = NULL;

  if (tribes_dissection_is_full (dissection) || add_member (dissection, name, offset, size, value))
    return;
  if (room > 0)
    json = tribes_java_value_to_json_full (value, JSON_DEPTH, room);
  tribes_dissection_add_json (dissection, name, offset, size, json, meaning);
}

/* Whether nothing but fields is in objects of a class, few enough to be shown one by one. */
static gboolean
is_all_fields (TribesJavaValue *value)
{
  gsize n_fields = 0;

  if (tribes_java_value_get_kind (value) != TRIBES_JAVA_KIND_OBJECT
      || tribes_java_value_get_storage_size (value) > MAX_FIELDS_BYTES)
    return FALSE;
  for (TribesJavaClass *klass = tribes_java_value_get_class (value); klass;
       klass = tribes_java_class_get_super (klass))
    {
      const char *name = tribes_java_class_get_name (klass);

      /* Java's own look as one expects: numbers, dates, collections. */
      if (!name || g_str_has_prefix (name, "java.")
          || tribes_java_class_get_flags (klass) != TRIBES_JAVA_CLASS_SERIALIZABLE)
        return FALSE;
      n_fields += tribes_java_class_get_n_fields (klass);
    }
  return n_fields > 0 && n_fields <= MAX_FIELDS;
}

static void
add_fields (TribesDissection *dissection,
            gsize offset,
            gsize size,
            TribesJavaValue *value,
            TribesJavaClass *klass)
{
  TribesJavaClass *super = tribes_java_class_get_super (klass);

  if (super)
    add_fields (dissection, offset, size, value, super);
  for (gsize i = 0; i < tribes_java_class_get_n_fields (klass); i++)
    {
      g_autofree char *name = tribes_java_class_dup_field_name (klass, i);
      g_autoptr (TribesJavaValue) field = tribes_java_value_dup_field (value, name);

      if (field)
        tribes_dissection_add_java_value (dissection, name, offset, size, field);
    }
}

static void
add_object (TribesDissection *dissection, gsize offset, gsize size, TribesJavaValue *value)
{
  if (is_all_fields (value))
    {
      g_autofree char *meaning = describe_value (value);

      tribes_dissection_begin (dissection, "object", offset, size);
      add_fields (dissection, offset, size, value, tribes_java_value_get_class (value));
      tribes_dissection_end (dissection, meaning);
    }
  else
    tribes_dissection_add_java_value (dissection, "object", offset, size, value);
}

static gboolean
read_data (TribesDissection *dissection, TribesJavaReader *reader, gsize base, GError **error)
{
  gsize at = tribes_java_reader_get_offset (reader);
  gsize size = tribes_java_reader_get_data_left (reader);
  guint8 skipped[1024];

  /* Blocks are in one piece. */
  for (gsize left = size; left > 0; left -= MIN (left, sizeof skipped))
    if (!tribes_java_reader_bytes (reader, skipped, MIN (left, sizeof skipped), error))
      return FALSE;
  tribes_dissection_add_bytes (dissection, "data", base + at, size, NULL);
  return TRUE;
}

static gboolean
read_object (TribesDissection *dissection,
             TribesJavaReader *reader,
             gsize base,
             char **meaning,
             GError **error)
{
  gsize at = tribes_java_reader_get_offset (reader);
  g_autoptr (TribesJavaValue) value = tribes_java_reader_object (reader, error);

  if (!value)
    return FALSE;
  add_object (dissection, base + at, tribes_java_reader_get_offset (reader) - at, value);
  if (!*meaning)
    *meaning = describe_value (value);
  return TRUE;
}

static gboolean
is_next_stream (GBytes *bytes, gsize at)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return at > 0 && size - at >= sizeof stream_head
         && memcmp (data + at, stream_head, sizeof stream_head) == 0;
}

/* FALSE with the error set, or at the end of the stream or the beginning of the next one. */
static gboolean
read_item (TribesDissection *dissection,
           TribesJavaReader *reader,
           GBytes *bytes,
           gsize base,
           char **meaning,
           GError **error)
{
  TribesJavaToken token;

  if (tribes_dissection_is_full (dissection) || !tribes_java_reader_peek (reader, &token, error)
      || token == TRIBES_JAVA_TOKEN_END)
    return FALSE;
  if (token == TRIBES_JAVA_TOKEN_DATA)
    return read_data (dissection, reader, base, error);
  if (is_next_stream (bytes, tribes_java_reader_get_offset (reader)))
    return FALSE;
  return read_object (dissection, reader, base, meaning, error);
}

/* One stream, from @base on. Returns where it ends: at the end, or where another one begins. */
static gsize
dissect_stream (TribesDissection *dissection, GBytes *bytes, gsize base, const char *name)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GBytes) rest = g_bytes_new_from_bytes (bytes, base, size - base);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (rest, &error);
  g_autofree char *meaning = NULL;
  gsize end = size;

  tribes_dissection_begin (dissection, name, base, size - base);
  while (reader && read_item (dissection, reader, rest, base, &meaning, &error))
    ;
  if (error)
    {
      gsize at = reader ? tribes_java_reader_get_offset (reader) : 0;

      tribes_dissection_add_problem (dissection, base + at, size - base - at, error->message);
    }
  else if (is_next_stream (rest, tribes_java_reader_get_offset (reader)))
    end = base + tribes_java_reader_get_offset (reader);
  tribes_dissection_trim (dissection, end);
  tribes_dissection_end (dissection, meaning);
  return end;
}

static void
dissect_streams (TribesDissection *dissection,
                 GBytes *bytes,
                 TribesSendOptions options,
                 gpointer user_data)
{
  gsize end = 0;

  do
    end = dissect_stream (dissection, bytes, end, user_data);
  while (end < g_bytes_get_size (bytes) && !tribes_dissection_is_full (dissection));
}

static void
add_member_message (TribesDissection *dissection,
                    gsize size,
                    TribesJavaValue *value,
                    const TribesMemberMessage *message)
{
  const char *kind = tribes_member_message_kind_to_string (message->kind);
  g_autofree char *id = tribes_member_message_dup_id (message);
  g_autoptr (TribesJavaValue) member = tribes_java_value_dup_field (value, "member");

  tribes_dissection_add_number (dissection, "type", 0, size, message->kind, kind);
  if (id)
    tribes_dissection_add_text (dissection, "membership", 0, size, id, -1, NULL);
  if (member)
    tribes_dissection_add_java_value (dissection, "member", 0, size, member);
}

/* As an object, where it is not as Tomcat's are. */
static void
dissect_member_message (TribesDissection *dissection,
                        GBytes *bytes,
                        TribesSendOptions options,
                        gpointer user_data)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (bytes, NULL);
  g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;
  gsize size = g_bytes_get_size (bytes);

  if (!value || !tribes_member_message_read (value, &message, NULL))
    {
      dissect_streams (dissection, bytes, options, user_data);
      return;
    }
  tribes_dissection_begin (dissection, user_data, 0, size);
  add_member_message (dissection, size, value, &message);
  tribes_dissection_end (dissection, tribes_member_message_kind_to_string (message.kind));
}

/* Messages of the channel that are objects of these classes, and how they are called. */
static const struct
{
  const char *layer;
  const char *name; /* of the node */
  const char *class_name;
  TribesDissectFunc dissect;
} messages[] = {
  { "rpc", "RPC message", "org.apache.catalina.tribes.group.RpcMessage", tribes_dissect_rpc },
  { "rpc-no-reply", "RPC reply of nobody",
    "org.apache.catalina.tribes.group.RpcMessage$NoRpcChannelReply", tribes_dissect_rpc },
  { "member", "member message", TRIBES_MEMBER_MESSAGE_CLASS, dissect_member_message },
};

/**
 * tribes_java_class_dup_stream_prefix:
 * @class_name: name of a class
 *
 * Returns: (transfer full): what a stream begins with whose first object is of that class
 *
 * Since: 0.1
 */
GBytes *
tribes_java_class_dup_stream_prefix (const char *class_name)
{
  /* The tags of an object and of a class descriptor, and the length of the name. */
  static const guint8 tags[] = { 0x73, 0x72 };
  gsize length = strlen (class_name);
  const guint8 size[] = { (guint8) (length >> 8), (guint8) length };
  GByteArray *prefix = g_byte_array_new ();

  g_byte_array_append (prefix, stream_head, sizeof stream_head);
  g_byte_array_append (prefix, tags, sizeof tags);
  g_byte_array_append (prefix, size, sizeof size);
  g_byte_array_append (prefix, (const guint8 *) class_name, (guint) length);
  return g_byte_array_free_to_bytes (prefix);
}

/**
 * tribes_dissector_add_java_class:
 * @dissector: a registry
 * @name: name of the layer
 * @class_name: name of a Java class
 * @dissect: (scope notified) (closure user_data) (destroy destroy): takes streams apart whose first
 *   object is of that class
 * @user_data: for @dissect
 * @destroy: (nullable): frees @user_data
 *
 * Registers a layer for messages that are serialized objects of one class.
 *
 * Since: 0.1
 */
void
tribes_dissector_add_java_class (TribesDissector *dissector,
                                 const char *name,
                                 const char *class_name,
                                 TribesDissectFunc dissect,
                                 gpointer user_data,
                                 GDestroyNotify destroy)
{
  g_autoptr (GBytes) prefix = tribes_java_class_dup_stream_prefix (class_name);

  tribes_dissector_add_layer (dissector, name, prefix, TRIBES_SEND_OPTIONS_NONE, NULL, dissect,
                              user_data, destroy);
}

/**
 * tribes_dissector_add_java:
 * @dissector: a registry
 *
 * Adds the layer `java`, for Java streams of any kind, and those of the messages of the channel's
 * own classes: RPC, static membership.
 *
 * Since: 0.1
 */
void
tribes_dissector_add_java (TribesDissector *dissector)
{
  g_autoptr (GBytes) head = g_bytes_new_static (stream_head, sizeof stream_head);

  tribes_dissector_add_layer (dissector, "java", head, TRIBES_SEND_OPTIONS_NONE, NULL,
                              dissect_streams, (gpointer) "java stream", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (messages); i++)
    tribes_dissector_add_java_class (dissector, messages[i].layer, messages[i].class_name,
                                     messages[i].dissect, (gpointer) messages[i].name, NULL);
}
