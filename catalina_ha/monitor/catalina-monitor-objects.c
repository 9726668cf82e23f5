/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields that an object lacks are left away: another version may have others.
 */
#include "catalina_ha/monitor/catalina-monitor-objects-private.h"

#include "tribes/java/read/tribes-java-reader.h"

#define RPC_CLASS    "org.apache.catalina.tribes.group.RpcMessage"
#define NOBODY_CLASS RPC_CLASS "$NoRpcChannelReply"
#define MAP_CLASS    "org.apache.catalina.tribes.tipis.AbstractReplicatedMap$MapMessage"
#define MEMBER_CLASS "org.apache.catalina.tribes.membership.StaticMembershipProvider$MemberMessage"

/* The name of a context and a bit more. */
#define MAX_ID 4096

/* Of AbstractReplicatedMap.MapMessage, from 1. */
static const char *const map_types[] = {
  NULL,   "backup", "retrieve-backup", "proxy",  "remove",        "state", "start", "stop",
  "init", "copy",   "state-copy",      "access", "notify-member", "ping",
};

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
add_bytes (TribesJson *json, const char *name, TribesJavaValue *message, const char *field)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (message, field);
  g_autoptr (GBytes) bytes = value ? tribes_java_value_dup_bytes (value) : NULL;
  g_autofree char *text = NULL;

  if (!bytes || g_bytes_get_size (bytes) > MAX_ID)
    return;
  text = g_convert (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), "UTF-8",
                    "ISO-8859-1", NULL, NULL, NULL);
  if (text)
    tribes_json_add_string (json, name, text);
}

/* Returns whether it is one of a class that is known. */
static gboolean
add_message (TribesJson *json, TribesJavaValue *message, const char *class_name)
{
  if (g_strcmp0 (class_name, MAP_CLASS) == 0)
    {
      add_type (json, message, "msgtype", map_types, G_N_ELEMENTS (map_types));
      add_bytes (json, "map", message, "mapId");
      return TRUE;
    }
  if (g_strcmp0 (class_name, MEMBER_CLASS) == 0)
    {
      add_type (json, message, "msgtype", member_types, G_N_ELEMENTS (member_types));
      return TRUE;
    }
  return FALSE;
}

static gboolean
skip_id (TribesJavaReader *reader)
{
  guint8 id[MAX_ID];
  gint32 size;

  return tribes_java_reader_int (reader, &size, NULL) && size >= 0 && size <= MAX_ID
         && tribes_java_reader_bytes (reader, id, (gsize) size, NULL);
}

static const char *
name_of_carried (const char *class_name)
{
  return g_strcmp0 (class_name, MAP_CLASS) == 0      ? "map"
         : g_strcmp0 (class_name, MEMBER_CLASS) == 0 ? "member-message"
         : class_name                                ? class_name
                                                     : "null";
}

/* Externalizable: whether it answers, the ids of the question and of those who ask, the object. */
static void
add_rpc (TribesJson *json, TribesJavaValue *message)
{
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new_for_value (message, NULL);
  g_autoptr (TribesJavaValue) carried = NULL;
  const char *class_name;
  gboolean is_reply;

  if (!reader || !tribes_java_reader_boolean (reader, &is_reply, NULL))
    return;
  tribes_json_add_boolean (json, "reply", is_reply);
  if (!skip_id (reader) || !skip_id (reader)
      || !(carried = tribes_java_reader_object (reader, NULL)))
    return;
  class_name = tribes_java_value_get_class_name (carried);
  tribes_json_add_string (json, "carries", name_of_carried (class_name));
  (void) add_message (json, carried, class_name);
}

void
catalina_monitor_add_object (TribesJson *json, const guint8 *payload, gsize size)
{
  /* A copy: what is read may keep a part of it. */
  g_autoptr (GBytes) bytes = g_bytes_new (payload, size);
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, NULL);
  g_autoptr (TribesJavaValue) message = reader ? tribes_java_reader_object (reader, NULL) : NULL;
  const char *class_name = message ? tribes_java_value_get_class_name (message) : NULL;

  if (!class_name)
    return;
  if (g_str_equal (class_name, RPC_CLASS))
    add_rpc (json, message);
  else if (g_str_equal (class_name, NOBODY_CLASS))
    {
      tribes_json_add_boolean (json, "reply", TRUE);
      tribes_json_add_string (json, "carries", "nobody");
    }
  else
    (void) add_message (json, message, class_name);
}
