/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages of replicated maps as if they were about sessions: where a message is alone it stays in
 * place; what a question or an answer carries is written anew, and the map keeps that.
 */
#include "catalina_ha/messages/catalina-skim-private.h"

#include <string.h>

#include "tribes/java/read/tribes-java-template-private.h"
#include "tribes/java/write/tribes-java-writer.h"

/* Of the map of a BackupManager. */
#define SUFFIX "-map"

/* The class of what is carried stands behind the ids, whose size is bounded. */
#define CARRIED_BYTES (TRIBES_RPC_MAX_UUID + TRIBES_RPC_MAX_ID + 512)

void
catalina_skim_map_free (CatalinaSkimMap *map)
{
  catalina_map_message_clear (&map->message);
  g_clear_pointer (&map->owner, g_bytes_unref);
  g_free (map->name);
  g_free (map->key);
  g_free (map);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaSkimMap, catalina_skim_map_free)

static gboolean
has_entries (const CatalinaMapMessage *message)
{
  return message->type == CATALINA_MAP_STATE || message->type == CATALINA_MAP_STATE_COPY;
}

static void
take_key (CatalinaSkim *skim, CatalinaSkimMap *map)
{
  if (catalina_map_message_peek_key (&map->message, &skim->session.text, &skim->session.size))
    return;
  map->key = catalina_map_message_dup_key (&map->message);
  skim->session = (CatalinaSpan){ map->key, map->key ? strlen (map->key) : 0 };
}

/* The class of the object that the stream begins with. */
static CatalinaSpan
peek_class (CatalinaMapBytes value)
{
  static const guint8 head[] = { 0xac, 0xed, 0, 5, TC_OBJECT, TC_CLASSDESC };
  JavaTemplate in = { NULL, value.data, value.size };
  const guint8 *start = java_template_take (&in, sizeof head);
  const guint8 *name = NULL;
  guint64 size = 0;

  if (start && memcmp (start, head, sizeof head) == 0 && java_template_number (&in, 2, &size))
    name = java_template_take (&in, (gsize) size);
  if (!name || !java_template_is_plain (name, (gsize) size))
    return (CatalinaSpan){ NULL, 0 };
  return (CatalinaSpan){ (const char *) name, (gsize) size };
}

static void
take_object (CatalinaSkim *skim, CatalinaSkimMap *map)
{
  const CatalinaMapMessage *message = &map->message;

  if (!message->value.data || has_entries (message) || message->type == CATALINA_MAP_PING)
    return;
  map->class_name = peek_class (message->value);
  if (!map->has_sessions)
    return;
  skim->object = message->value.data;
  skim->object_size = message->value.size;
}

/* Takes @map. */
static void
take_map (CatalinaSkim *skim, CatalinaSkimMap *map)
{
  gsize size = map->name ? strlen (map->name) : 0;

  skim->map = map;
  map->has_sessions = size > strlen (SUFFIX) && g_str_has_suffix (map->name, SUFFIX);
  skim->context = (CatalinaSpan){ map->name, map->has_sessions ? size - strlen (SUFFIX) : size };
  take_key (skim, map);
  take_object (skim, map);
  if (!map->has_sessions)
    return;
  skim->data = map->message.diff.data;
  skim->data_size = skim->data_full_size = map->message.diff.size;
}

/* @owner: (nullable): of @payload, where that does not stay. */
static gboolean
take_message (
    const guint8 *payload, gsize size, TribesRpcKind rpc, GBytes *owner, CatalinaSkim *skim)
{
  g_autoptr (CatalinaSkimMap) map = g_new0 (CatalinaSkimMap, 1);

  if (!catalina_map_message_decode (payload, size, &map->message, NULL))
    return FALSE;
  map->rpc = rpc;
  map->owner = owner ? g_bytes_ref (owner) : NULL;
  map->name = catalina_map_message_dup_map (&map->message);
  take_map (skim, g_steal_pointer (&map));
  return TRUE;
}

gboolean
catalina_skim_map (const guint8 *payload, gsize size, CatalinaSkim *skim)
{
  return take_message (payload, size, TRIBES_RPC_NONE, NULL, skim);
}

/* Who asks each other in the name of a map of sessions is told that there is none, or nothing. */
static gboolean
take_nothing (const TribesRpcIds *ids, TribesRpcKind kind, CatalinaSkim *skim)
{
  const CatalinaMapMessage asked = { .map = { ids->id, ids->id_size } };
  CatalinaSkimMap *map;
  g_autofree char *name = catalina_map_message_dup_map (&asked);

  if (!name || !g_str_has_suffix (name, SUFFIX))
    return FALSE;
  map = g_new0 (CatalinaSkimMap, 1);
  map->rpc = kind;
  map->name = g_steal_pointer (&name);
  take_map (skim, map);
  return TRUE;
}

gboolean
catalina_skim_rpc (const guint8 *payload, gsize size, CatalinaSkim *skim)
{
  g_autofree TribesRpcIds *ids = g_new (TribesRpcIds, 1);
  TribesRpcKind kind = tribes_rpc_parse (payload, size, ids);
  g_autoptr (TribesJavaValue) carried = NULL;
  g_autoptr (GBytes) whole = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (kind == TRIBES_RPC_NO_CHANNEL)
    return take_nothing (ids, kind, skim);
  /* What else is asked may be long, and is of no use here. */
  if (kind == TRIBES_RPC_NONE
      || (size > CARRIED_BYTES
          && !memmem (payload, CARRIED_BYTES, CATALINA_MAP_MESSAGE_CLASS,
                      strlen (CATALINA_MAP_MESSAGE_CLASS))))
    return FALSE;
  /* A copy: what is read may keep a part of it. */
  whole = g_bytes_new (payload, size);
  carried = tribes_rpc_read (whole, NULL);
  if (carried && tribes_java_value_get_kind (carried) == TRIBES_JAVA_KIND_NULL)
    return take_nothing (ids, kind, skim);
  /* It refers to what it is carried in. */
  bytes = carried ? tribes_java_value_serialize (carried, NULL) : NULL;
  return bytes
         && take_message (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), kind, bytes,
                          skim);
}

gboolean
catalina_skim_has_entries (const CatalinaSkim *skim)
{
  return skim->map && skim->map->message.value.data && has_entries (&skim->map->message);
}

gboolean
catalina_skim_entries (const CatalinaSkim *skim, CatalinaSkimEntryFunc func, gpointer user_data)
{
  const CatalinaMapBytes *list = &skim->map->message.value;
  g_autoptr (CatalinaMapReader) reader
      = catalina_map_reader_new_for_list (list->data, list->size, NULL);

  while (reader && catalina_map_reader_get_left (reader) > 0)
    {
      g_autoptr (CatalinaSkimMap) map = g_new0 (CatalinaSkimMap, 1);
      g_auto (CatalinaSkim) entry = { 0 };

      if (!catalina_map_reader_next (reader, &map->message, NULL))
        return FALSE;
      /* It is one of this map, whatever it says itself. */
      map->name = g_strdup (skim->map->name);
      take_map (&entry, g_steal_pointer (&map));
      func (&entry, user_data);
    }
  return reader != NULL;
}
