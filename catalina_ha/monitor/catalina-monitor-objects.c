/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields that an object lacks are left away: another version may have others.
 */
#include "catalina_ha/monitor/catalina-monitor-objects-private.h"

#include "tribes/channel/tribes-member-message-private.h"
#include "tribes/java/read/tribes-java-reader.h"

#define RPC_CLASS    "org.apache.catalina.tribes.group.RpcMessage"
#define NOBODY_CLASS RPC_CLASS "$NoRpcChannelReply"

/* @name: NULL for a number that nobody knows. */
static void
add_type (TribesJson *json, const char *name, gint32 number)
{
  if (name)
    tribes_json_add_string (json, "type", name);
  else
    tribes_json_add_int (json, "type", number);
}

/* A text in ISO-8859-1. */
static void
add_text (TribesJson *json, const char *name, const guint8 *data, gsize size)
{
  g_autofree char *text
      = g_convert ((const char *) data, (gssize) size, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);

  if (text)
    tribes_json_add_string (json, name, text);
}

static void
add_endpoint (TribesJson *json, TribesMember *member)
{
  g_autofree char *endpoint = catalina_map_dup_endpoint (member);

  tribes_json_string (json, endpoint);
}

/* Who has the entry. */
static void
add_members (TribesJson *json, const CatalinaMapMessage *message)
{
  if (message->primary)
    {
      tribes_json_key (json, "primary");
      add_endpoint (json, message->primary);
    }
  if (!message->nodes)
    return;
  tribes_json_key (json, "nodes");
  tribes_json_begin_array (json);
  for (guint i = 0; i < message->nodes->len; i++)
    add_endpoint (json, message->nodes->pdata[i]);
  tribes_json_end_array (json);
}

static void
add_value (TribesJson *json, const CatalinaSkimMap *map)
{
  const CatalinaMapMessage *message = &map->message;
  g_autoptr (CatalinaMapReader) list = NULL;
  CatalinaMapState state;

  if (!message->value.data)
    return;
  if (message->type == CATALINA_MAP_PING)
    {
      if (catalina_map_message_get_state (message, &state, NULL))
        tribes_json_add_string (json, "state", catalina_map_state_to_string (state));
      return;
    }
  if (message->type != CATALINA_MAP_STATE && message->type != CATALINA_MAP_STATE_COPY)
    {
      if (map->class_name.text)
        {
          tribes_json_key (json, "object");
          tribes_json_string_sized (json, map->class_name.text, map->class_name.size);
        }
      tribes_json_add_uint (json, "objectBytes", message->value.size);
      return;
    }
  list = catalina_map_reader_new_for_list (message->value.data, message->value.size, NULL);
  if (list)
    tribes_json_add_uint (json, "entries", catalina_map_reader_get_left (list));
}

static void
add_map (TribesJson *json, const CatalinaSkimMap *map)
{
  add_type (json, catalina_map_message_type_to_string (map->message.type), map->message.type);
  if (map->name)
    tribes_json_add_string (json, "map", map->name);
  add_members (json, &map->message);
  add_value (json, map);
}

/* Of static membership: of whom it tells need not be who sent it. */
static void
add_member_message (TribesJson *json, TribesJavaValue *value)
{
  g_auto (TribesMemberMessage) message = TRIBES_MEMBER_MESSAGE_INIT;
  g_autofree char *id = NULL;
  g_autofree char *member = NULL;

  if (!tribes_member_message_read (value, &message, NULL))
    return;
  add_type (json, tribes_member_message_kind_to_string (message.kind), message.kind);
  id = tribes_member_message_dup_id (&message);
  member = tribes_member_to_string (message.member);
  if (id)
    tribes_json_add_string (json, "membership", id);
  tribes_json_add_string (json, "of", member);
}

static const char *
name_of_carried (const char *class_name)
{
  return g_strcmp0 (class_name, TRIBES_MEMBER_MESSAGE_CLASS) == 0 ? "member-message"
         : class_name                                             ? class_name
                                                                  : "null";
}

/* Whether it answers, who ask each other, and what. */
static void
add_rpc (TribesJson *json, GBytes *bytes, const CatalinaSkimMap *map)
{
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  g_autoptr (TribesJavaValue) carried = NULL;
  const char *class_name;
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  TribesRpcKind kind = tribes_rpc_parse (data, size, ids);

  if (kind == TRIBES_RPC_NONE)
    return;
  tribes_json_add_boolean (json, "reply", kind != TRIBES_RPC_QUESTION);
  if (kind == TRIBES_RPC_NO_CHANNEL)
    tribes_json_add_string (json, "carries", "nobody");
  else if (map && map->message.type != 0)
    {
      tribes_json_add_string (json, "carries", "map");
      add_map (json, map);
    }
  else if ((carried = tribes_rpc_read (bytes, NULL)))
    {
      class_name = tribes_java_value_get_class_name (carried);
      tribes_json_add_string (json, "carries", name_of_carried (class_name));
      if (g_strcmp0 (class_name, TRIBES_MEMBER_MESSAGE_CLASS) == 0)
        add_member_message (json, carried);
    }
  add_text (json, "channel", ids->id, ids->id_size);
}

static void
add_java (TribesJson *json, const guint8 *payload, gsize size, const CatalinaSkimMap *map)
{
  /* A copy: what is read may keep a part of it. */
  g_autoptr (GBytes) bytes = g_bytes_new (payload, size);
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  g_autoptr (TribesJavaValue) message = reader ? tribes_java_reader_object (reader, NULL) : NULL;
  const char *class_name = message ? tribes_java_value_get_class_name (message) : NULL;

  if (!class_name)
    return;
  if (g_str_equal (class_name, RPC_CLASS) || g_str_equal (class_name, NOBODY_CLASS))
    add_rpc (json, bytes, map);
  else if (g_str_equal (class_name, TRIBES_MEMBER_MESSAGE_CLASS))
    add_member_message (json, message);
}

void
catalina_monitor_add_object (TribesJson *json,
                             const guint8 *payload,
                             gsize size,
                             const CatalinaSkimMap *map)
{
  if (map && map->rpc == TRIBES_RPC_NONE)
    add_map (json, map);
  else
    add_java (json, payload, size, map);
}
