/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields that an object lacks are left away: another version may have others.
 */
#include "catalina_ha/monitor/catalina-monitor-objects-private.h"

#include "tribes/channel/tribes-java-member-private.h"
#include "tribes/channel/tribes-rpc-private.h"
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
      add_bytes (json, "membership", message, "membershipId");
      add_member (json, message);
      return TRUE;
    }
  return FALSE;
}

static const char *
name_of_carried (const char *class_name)
{
  return g_strcmp0 (class_name, MAP_CLASS) == 0      ? "map"
         : g_strcmp0 (class_name, MEMBER_CLASS) == 0 ? "member-message"
         : class_name                                ? class_name
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
      (void) add_message (json, carried, class_name);
    }
  add_text (json, "channel", ids->id, ids->id_size);
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
  if (g_str_equal (class_name, RPC_CLASS) || g_str_equal (class_name, NOBODY_CLASS))
    add_rpc (json, bytes);
  else
    (void) add_message (json, message, class_name);
}
