/* SPDX-License-Identifier: Apache-2.0
 *
 * Map messages, byte for byte as Tomcat writes them. How a member is written is told by who knows
 * the version of whom it goes to.
 */
#include "catalina_ha/messages/catalina-map-message-private.h"

#include "tribes/channel/tribes-java-member-private.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/write/tribes-java-list-private.h"

#define NODES_CLASS "[Lorg.apache.catalina.tribes.Member;"
#define STATE_CLASS "org.apache.catalina.tribes.tipis.AbstractReplicatedMap$State"

static const char *const state_constants[] = {
  [CATALINA_MAP_STATE_NEW] = "NEW",
  [CATALINA_MAP_STATE_TRANSFERRED] = "STATETRANSFERRED",
  [CATALINA_MAP_STATE_INITIALIZED] = "INITIALIZED",
  [CATALINA_MAP_STATE_DESTROYED] = "DESTROYED",
};

typedef struct
{
  TribesJavaClass *klass;
  GHashTable *members; /* TribesMember -> TribesJavaValue */
  CatalinaMapMemberFunc member;
  gpointer user_data;
  TribesJavaValue *map; /* (nullable): the last one's name, which may be the next one's, too */
  CatalinaMapBytes map_bytes;
} Build;

static TribesJavaClass *
make_class (void)
{
  static const TribesJavaField fields[] = {
    { "diff", "Z" },
    { "msgtype", "I" },
    { "diffvalue", "[B" },
    { "keydata", "[B" },
    { "mapId", "[B" },
    { "nodes", "[Lorg/apache/catalina/tribes/Member;" },
    { "primary", "Lorg/apache/catalina/tribes/Member;" },
    { "valuedata", "[B" },
  };

  return tribes_java_class_new (CATALINA_MAP_MESSAGE_CLASS, 1, TRIBES_JAVA_CLASS_SERIALIZABLE,
                                fields, G_N_ELEMENTS (fields), NULL);
}

/* What every Tomcat reads. */
static TribesJavaValue *
write_member (TribesMember *member, gpointer user_data)
{
  return tribes_member_to_java (member);
}

static void
build_init (Build *build, CatalinaMapMemberFunc member, gpointer user_data)
{
  build->klass = make_class ();
  /* By what they are, not by who they are: one who has become older is to be written anew. */
  build->members = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) tribes_member_unref,
                                          (GDestroyNotify) tribes_java_value_unref);
  build->member = member ? member : write_member;
  build->user_data = user_data;
}

static void
build_clear (Build *build)
{
  tribes_java_class_unref (build->klass);
  g_hash_table_unref (build->members);
  g_clear_pointer (&build->map, tribes_java_value_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Build, build_clear)

/* (transfer none) (nullable) */
static TribesJavaValue *
build_member (Build *build, TribesMember *member)
{
  TribesJavaValue *value = g_hash_table_lookup (build->members, member);

  if (!value && (value = build->member (member, build->user_data)))
    g_hash_table_insert (build->members, tribes_member_ref (member), value);
  return value;
}

static gboolean
set_members (Build *build, TribesJavaBuilder *builder, const CatalinaMapMessage *message)
{
  guint n = message->nodes ? message->nodes->len : 0;
  g_autofree TribesJavaValue **items = g_new0 (TribesJavaValue *, n + 1);

  for (guint i = 0; i < n; i++)
    if (!(items[i] = build_member (build, message->nodes->pdata[i])))
      return FALSE;
  if (message->nodes)
    {
      g_autoptr (TribesJavaValue) nodes = tribes_java_value_new_array (NODES_CLASS, items, n);

      tribes_java_builder_set (builder, "nodes", nodes);
    }
  if (message->primary)
    {
      TribesJavaValue *primary = build_member (build, message->primary);

      return primary && tribes_java_builder_set (builder, "primary", primary);
    }
  return TRUE;
}

static void
set_bytes (TribesJavaBuilder *builder, const char *field, CatalinaMapBytes bytes)
{
  g_autoptr (TribesJavaValue) value = NULL;

  if (!bytes.data)
    return;
  value = tribes_java_value_new_bytes (bytes.data, bytes.size);
  tribes_java_builder_set (builder, field, value);
}

/* The same bytes, not only equal ones: then Tomcat has one array for both. */
static void
set_map (Build *build, TribesJavaBuilder *builder, CatalinaMapBytes bytes)
{
  if (!bytes.data)
    return;
  if (!build->map || bytes.data != build->map_bytes.data || bytes.size != build->map_bytes.size)
    {
      g_clear_pointer (&build->map, tribes_java_value_unref);
      build->map = tribes_java_value_new_bytes (bytes.data, bytes.size);
      build->map_bytes = bytes;
    }
  tribes_java_builder_set (builder, "mapId", build->map);
}

static TribesJavaValue *
build_message (Build *build, const CatalinaMapMessage *message)
{
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (build->klass);

  tribes_java_builder_set_boolean (builder, "diff", message->is_diff);
  tribes_java_builder_set_int (builder, "msgtype", message->type);
  set_bytes (builder, "diffvalue", message->diff);
  set_bytes (builder, "keydata", message->key);
  set_map (build, builder, message->map);
  set_bytes (builder, "valuedata", message->value);
  if (!set_members (build, builder, message))
    return NULL;
  return tribes_java_builder_finish (builder);
}

TribesJavaValue *
catalina_map_message_build (const CatalinaMapMessage *message,
                            CatalinaMapMemberFunc member,
                            gpointer user_data)
{
  g_auto (Build) build = { 0 };

  build_init (&build, member, user_data);
  return build_message (&build, message);
}

GBytes *
catalina_map_message_encode (const CatalinaMapMessage *message,
                             CatalinaMapMemberFunc member,
                             gpointer user_data)
{
  g_autoptr (TribesJavaValue) value = catalina_map_message_build (message, member, user_data);

  return value ? tribes_java_value_serialize (value, NULL) : NULL;
}

struct _CatalinaMapListWriter
{
  Build build;
  TribesJavaWriter *out;
  gsize begin;
  guint32 n_messages;
};

CatalinaMapListWriter *
catalina_map_list_writer_new (CatalinaMapMemberFunc member, gpointer user_data)
{
  CatalinaMapListWriter *self = g_new0 (CatalinaMapListWriter, 1);

  build_init (&self->build, member, user_data);
  self->out = tribes_java_writer_new ();
  self->begin = tribes_java_writer_begin_list (self->out);
  return self;
}

void
catalina_map_list_writer_free (CatalinaMapListWriter *self)
{
  build_clear (&self->build);
  tribes_java_writer_unref (self->out);
  g_free (self);
}

gboolean
catalina_map_list_writer_add (CatalinaMapListWriter *self, const CatalinaMapMessage *message)
{
  g_autoptr (TribesJavaValue) value = build_message (&self->build, message);

  if (!value || !tribes_java_writer_object (self->out, value, NULL))
    return FALSE;
  self->n_messages++;
  return TRUE;
}

gsize
catalina_map_list_writer_get_size (const CatalinaMapListWriter *self)
{
  return tribes_java_writer_get_size (self->out);
}

GBytes *
catalina_map_list_writer_finish (CatalinaMapListWriter *self)
{
  tribes_java_writer_end_list (self->out, self->begin, self->n_messages);
  return tribes_java_writer_finish (self->out);
}

GBytes *
catalina_map_list_encode (const CatalinaMapMessage *messages,
                          guint n_messages,
                          CatalinaMapMemberFunc member,
                          gpointer user_data)
{
  g_autoptr (CatalinaMapListWriter) writer = catalina_map_list_writer_new (member, user_data);

  for (guint i = 0; i < n_messages; i++)
    if (!catalina_map_list_writer_add (writer, &messages[i]))
      return NULL;
  return catalina_map_list_writer_finish (writer);
}

GBytes *
catalina_map_key_encode (const char *key)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (key);

  return tribes_java_value_serialize (value, NULL);
}

GBytes *
catalina_map_state_encode (CatalinaMapState state)
{
  g_autoptr (TribesJavaValue) value
      = tribes_java_value_new_enum (STATE_CLASS, state_constants[state]);

  return tribes_java_value_serialize (value, NULL);
}
