/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-map-message-private.h"

#include <string.h>

#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/read/tribes-java-template-private.h"

#define STATE_CLASS "org.apache.catalina.tribes.tipis.AbstractReplicatedMap$State"

/* The name of a context and a bit more. */
#define MAX_MAP_NAME 4096

/* Of the types, from 1. */
static const char *const type_names[] = {
  [CATALINA_MAP_BACKUP] = "backup", [CATALINA_MAP_RETRIEVE_BACKUP] = "retrieve-backup",
  [CATALINA_MAP_PROXY] = "proxy",   [CATALINA_MAP_REMOVE] = "remove",
  [CATALINA_MAP_STATE] = "state",   [CATALINA_MAP_START] = "start",
  [CATALINA_MAP_STOP] = "stop",     [CATALINA_MAP_INIT] = "init",
  [CATALINA_MAP_COPY] = "copy",     [CATALINA_MAP_STATE_COPY] = "state-copy",
  [CATALINA_MAP_ACCESS] = "access", [CATALINA_MAP_NOTIFY_MEMBER] = "notify-member",
  [CATALINA_MAP_PING] = "ping",
};

static const struct
{
  const char *constant; /* Tomcat's */
  const char *name;
} states[] = {
  [CATALINA_MAP_STATE_NEW] = { "NEW", "new" },
  [CATALINA_MAP_STATE_TRANSFERRED] = { "STATETRANSFERRED", "transferred" },
  [CATALINA_MAP_STATE_INITIALIZED] = { "INITIALIZED", "initialized" },
  [CATALINA_MAP_STATE_DESTROYED] = { "DESTROYED", "destroyed" },
};

void
catalina_map_message_clear (CatalinaMapMessage *message)
{
  g_clear_pointer (&message->nodes, g_ptr_array_unref);
  g_clear_pointer (&message->primary, tribes_member_unref);
  *message = (CatalinaMapMessage){ 0 };
}

const char *
catalina_map_message_type_to_string (gint32 type)
{
  return type > 0 && type < (gint32) G_N_ELEMENTS (type_names) ? type_names[type] : NULL;
}

const char *
catalina_map_state_to_string (CatalinaMapState state)
{
  return states[state].name;
}

char *
catalina_map_dup_endpoint (TribesMember *member)
{
  g_autofree char *host = tribes_member_dup_host (member);
  int port = tribes_member_get_port (member);

  return strchr (host, ':') ? g_strdup_printf ("[%s]:%d", host, port)
                            : g_strdup_printf ("%s:%d", host, port);
}

char *
catalina_map_message_dup_map (const CatalinaMapMessage *message)
{
  if (!message->map.data || message->map.size > MAX_MAP_NAME)
    return NULL;
  return g_convert ((const char *) message->map.data, (gssize) message->map.size, "UTF-8",
                    "ISO-8859-1", NULL, NULL, NULL);
}

static TribesJavaValue *
read_stream (CatalinaMapBytes stream, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (stream.data, stream.size);

  return tribes_java_value_deserialize (bytes, error);
}

gboolean
catalina_map_message_peek_key (const CatalinaMapMessage *message, const char **key, gsize *size)
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5 };
  JavaTemplate in = { NULL, message->key.data, message->key.size };
  const guint8 *start;

  if (!message->key.data || !(start = java_template_take (&in, sizeof head))
      || memcmp (start, head, sizeof head) != 0)
    return FALSE;
  return java_template_text (&in, key, size) && *key && in.left == 0;
}

char *
catalina_map_message_dup_key (const CatalinaMapMessage *message)
{
  g_autoptr (TribesJavaValue) value = NULL;
  g_autofree char *key = NULL;
  const char *plain;
  gsize length;

  if (catalina_map_message_peek_key (message, &plain, &length))
    return g_strndup (plain, length);
  if (!message->key.data || !(value = read_stream (message->key, NULL))
      || tribes_java_value_get_kind (value) != TRIBES_JAVA_KIND_STRING)
    return NULL;
  key = tribes_java_value_dup_string (value, &length);
  return key && strlen (key) == length ? g_steal_pointer (&key) : NULL;
}

gboolean
catalina_map_message_get_state (const CatalinaMapMessage *message,
                                CatalinaMapState *state,
                                GError **error)
{
  g_autoptr (TribesJavaValue) value
      = message->value.data ? read_stream (message->value, error) : NULL;
  g_autofree char *constant = NULL;

  if (message->value.data && !value)
    return FALSE;
  if (value && tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_ENUM
      && g_str_equal (tribes_java_value_get_class_name (value), STATE_CLASS))
    constant = tribes_java_value_dup_string (value, NULL);
  for (guint i = 0; constant && i < G_N_ELEMENTS (states); i++)
    if (g_str_equal (states[i].constant, constant))
      {
        *state = (CatalinaMapState) i;
        return TRUE;
      }
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "map message: expected the state of a map, found %s",
               constant ? constant
               : value  ? tribes_java_value_get_class_name (value)
                        : "none");
  return FALSE;
}
