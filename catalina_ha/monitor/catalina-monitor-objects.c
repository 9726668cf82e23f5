/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields that an object lacks are left away: another version may have others.
 */
#include "catalina_ha/monitor/catalina-monitor-objects-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-map-message-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/channel/tribes-java-member-private.h"
#include "tribes/channel/tribes-rpc-private.h"
#include "tribes/channel/tribes-wrapping-private.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/read/tribes-java-template-private.h"
#include "tribes/java/write/tribes-java-writer.h"

#define RPC_CLASS    "org.apache.catalina.tribes.group.RpcMessage"
#define NOBODY_CLASS RPC_CLASS "$NoRpcChannelReply"
#define MEMBER_CLASS "org.apache.catalina.tribes.membership.StaticMembershipProvider$MemberMessage"

/* The name of a context and a bit more. */
#define MAX_ID 4096

/* Of StaticMembershipProvider.MemberMessage, from 1. */
static const char *const member_types[] = { NULL, "start", "stop", "ping" };

static void
add_type (TribesJson *json,
          TribesJavaValue *message,
          const char *field,
          const char *const *names,
          gsize n_names)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (message, field);
  gint32 type;

  if (!value || !tribes_java_value_get_int (value, &type))
    return;
  if (type > 0 && (gsize) type < n_names)
    tribes_json_add_string (json, "type", names[type]);
  else
    tribes_json_add_int (json, "type", type);
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
add_bytes (TribesJson *json, const char *name, TribesJavaValue *message, const char *field)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (message, field);
  g_autoptr (GBytes) bytes = value ? tribes_java_value_dup_bytes (value) : NULL;

  if (!bytes || g_bytes_get_size (bytes) > MAX_ID)
    return;
  add_text (json, name, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* Of whom it tells: it need not be who sent it. */
static void
add_member (TribesJson *json, TribesJavaValue *message)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (message, "member");
  g_autoptr (TribesMember) member = value ? tribes_member_from_java (value, NULL) : NULL;
  g_autofree char *name = member ? tribes_member_to_string (member) : NULL;

  if (name)
    tribes_json_add_string (json, "of", name);
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

/* Ids of sessions, and of those who are logged in, which are as good as a password. */
static void
add_key (TribesJson *json, const CatalinaMapMessage *message, const char *map)
{
  g_autofree char *key = catalina_map_message_dup_key (message);
  g_autofree char *hash = key && !catalina_whole_ids_are_shown () ? catalina_hash_id (key) : NULL;

  if (key)
    tribes_json_add_string (json, map && g_str_has_suffix (map, "-map") ? "session" : "key",
                            hash ? hash : key);
}

/* The class of the object that a stream begins with. */
static void
add_class (TribesJson *json, CatalinaMapBytes value)
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5, TC_OBJECT, TC_CLASSDESC };
  JavaTemplate in = { NULL, value.data, value.size };
  const guint8 *start = java_template_take (&in, sizeof head);
  const guint8 *name = NULL;
  guint64 size;

  if (start && memcmp (start, head, sizeof head) == 0 && java_template_number (&in, 2, &size))
    name = java_template_take (&in, (gsize) size);
  if (name && java_template_is_plain (name, (gsize) size))
    {
      tribes_json_key (json, "object");
      tribes_json_string_sized (json, (const char *) name, (gsize) size);
    }
  tribes_json_add_uint (json, "objectBytes", value.size);
}

static void
add_value (TribesJson *json, const CatalinaMapMessage *message)
{
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
      add_class (json, message->value);
      return;
    }
  list = catalina_map_reader_new_for_list (message->value.data, message->value.size, NULL);
  if (list)
    tribes_json_add_uint (json, "entries", catalina_map_reader_get_left (list));
}

/* @is_carried: by a question or an answer: nothing has been told of it yet. */
static void
add_map (TribesJson *json, const CatalinaMapMessage *message, gboolean is_carried)
{
  const char *type = catalina_map_message_type_to_string (message->type);
  g_autofree char *map = catalina_map_message_dup_map (message);

  if (type)
    tribes_json_add_string (json, "type", type);
  else
    tribes_json_add_int (json, "type", message->type);
  if (map)
    tribes_json_add_string (json, "map", map);
  if (is_carried || !map || !g_str_has_suffix (map, "-map"))
    add_key (json, message, map);
  add_members (json, message);
  add_value (json, message);
}

/* What is carried refers to what it is carried in, and is written anew. */
static void
add_carried_map (TribesJson *json, TribesJavaValue *carried)
{
  g_autoptr (GBytes) bytes = tribes_java_value_serialize (carried, NULL);
  g_auto (CatalinaMapMessage) message = { 0 };

  if (bytes
      && catalina_map_message_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                                      &message, NULL))
    add_map (json, &message, TRUE);
}

/* Of static membership. */
static void
add_member_message (TribesJson *json, TribesJavaValue *message)
{
  add_type (json, message, "msgtype", member_types, G_N_ELEMENTS (member_types));
  add_bytes (json, "membership", message, "membershipId");
  add_member (json, message);
}

static const char *
name_of_carried (const char *class_name)
{
  return g_strcmp0 (class_name, CATALINA_MAP_MESSAGE_CLASS) == 0 ? "map"
         : g_strcmp0 (class_name, MEMBER_CLASS) == 0             ? "member-message"
         : class_name                                            ? class_name
                                                                 : "null";
}

/* Whether it answers, who ask each other, and what. */
static void
add_rpc (TribesJson *json, GBytes *bytes)
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
  else if ((carried = tribes_rpc_read (bytes, NULL)))
    {
      class_name = tribes_java_value_get_class_name (carried);
      tribes_json_add_string (json, "carries", name_of_carried (class_name));
      if (g_strcmp0 (class_name, CATALINA_MAP_MESSAGE_CLASS) == 0)
        add_carried_map (json, carried);
      else if (g_strcmp0 (class_name, MEMBER_CLASS) == 0)
        add_member_message (json, carried);
    }
  add_text (json, "channel", ids->id, ids->id_size);
}

static void
add_java (TribesJson *json, const guint8 *payload, gsize size)
{
  /* A copy: what is read may keep a part of it. */
  g_autoptr (GBytes) bytes = g_bytes_new (payload, size);
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  g_autoptr (TribesJavaValue) message = reader ? tribes_java_reader_object (reader, NULL) : NULL;
  const char *class_name = message ? tribes_java_value_get_class_name (message) : NULL;

  if (!class_name)
    return;
  if (g_str_equal (class_name, RPC_CLASS) || g_str_equal (class_name, NOBODY_CLASS))
    add_rpc (json, bytes);
  else if (g_str_equal (class_name, MEMBER_CLASS))
    add_member_message (json, message);
}

void
catalina_monitor_add_object (TribesJson *json, const guint8 *payload, gsize size)
{
  g_auto (CatalinaMapMessage) message = { 0 };
  /* Interceptors may have put something behind it. */
  gsize end = tribes_wrapping_measure_java (payload, size);

  if (catalina_map_message_decode (payload, end, &message, NULL))
    add_map (json, &message, FALSE);
  else
    add_java (json, payload, size);
}
