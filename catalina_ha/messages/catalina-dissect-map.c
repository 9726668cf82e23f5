/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-dissect-map-private.h"

#include "catalina_ha/messages/catalina-dissect-state-private.h"
#include "tribes/channel/tribes-dissect-java.h"
#include "tribes/java/read/tribes-java-reader.h"

#define SESSION_CLASS "org.apache.catalina.ha.session.DeltaSession"
#define SIGN_ON_CLASS "org.apache.catalina.authenticator.SingleSignOnEntry"

/* Where an entry is: one of a list is anywhere in it. */
typedef struct
{
  TribesDissection *dissection;
  const guint8 *start; /* of the bytes of the layer */
  gsize offset;        /* of what the message is in */
  gsize size;
  gboolean is_alone; /* so that its parts have their place */
} Place;

static void add_message (const Place *place, const CatalinaMapMessage *message);

static gsize
offset_of (const Place *place, CatalinaMapBytes bytes)
{
  return place->is_alone ? (gsize) (bytes.data - place->start) : place->offset;
}

static gsize
size_of (const Place *place, CatalinaMapBytes bytes)
{
  return place->is_alone ? bytes.size : place->size;
}

static void
add_text (const Place *place, const char *name, const char *text)
{
  tribes_dissection_add_text (place->dissection, name, place->offset, place->size, text, -1, NULL);
}

static void
add_member (const Place *place, const char *name, TribesMember *member)
{
  g_autofree char *text = catalina_map_dup_endpoint (member);

  add_text (place, name, text);
}

static void
add_nodes (const Place *place, GPtrArray *nodes)
{
  g_autofree char *meaning
      = g_strdup_printf ("%u member%s", nodes->len, nodes->len == 1 ? "" : "s");

  tribes_dissection_begin (place->dissection, "nodes", place->offset, place->size);
  for (guint i = 0; i < nodes->len && !tribes_dissection_is_full (place->dissection); i++)
    add_member (place, "node", nodes->pdata[i]);
  tribes_dissection_end (place->dissection, meaning);
}

static void
add_field (const Place *place,
           CatalinaMapBytes bytes,
           TribesJavaValue *object,
           const char *field,
           const char *name)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);

  if (value)
    tribes_dissection_add_java_value (place->dissection, name, offset_of (place, bytes),
                                      size_of (place, bytes), value);
}

/* Field by field, and neither the password nor what the realm says of the user. */
static void
add_sign_on (const Place *place, CatalinaMapBytes bytes, TribesJavaValue *entry)
{
  g_autoptr (TribesJavaValue) keys = tribes_java_value_dup_field (entry, "sessionKeys");
  gsize n = 0;

  tribes_dissection_begin (place->dissection, "single sign-on", offset_of (place, bytes),
                           size_of (place, bytes));
  add_field (place, bytes, entry, "username", "user");
  add_field (place, bytes, entry, "authType", "authentication");
  add_field (place, bytes, entry, "canReauthenticate", "can log in again");
  if (keys && tribes_java_value_get_n_elements (keys, &n))
    tribes_dissection_add_number (place->dissection, "sessions", offset_of (place, bytes),
                                  size_of (place, bytes), (gint64) (n / 2), NULL);
  tribes_dissection_end (place->dissection, SIGN_ON_CLASS);
}

static void
add_problem (const Place *place, CatalinaMapBytes bytes, const GError *error)
{
  tribes_dissection_add_problem (place->dissection, offset_of (place, bytes),
                                 size_of (place, bytes), error->message);
}

static void
add_state (const Place *place, const CatalinaMapMessage *message)
{
  CatalinaMapState state;
  g_autoptr (GError) error = NULL;

  if (catalina_map_message_get_state (message, &state, &error))
    add_text (place, "state", catalina_map_state_to_string (state));
  else
    add_problem (place, message->value, error);
}

static void
add_entries (const Place *place, CatalinaMapBytes bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaMapReader) reader
      = catalina_map_reader_new_for_list (bytes.data, bytes.size, &error);
  Place inside = { place->dissection, bytes.data, offset_of (place, bytes), bytes.size, FALSE };
  guint n = reader ? catalina_map_reader_get_left (reader) : 0;
  g_autofree char *meaning = g_strdup_printf ("%u entr%s", n, n == 1 ? "y" : "ies");

  tribes_dissection_begin (place->dissection, "entries", inside.offset, inside.size);
  while (reader && catalina_map_reader_get_left (reader) > 0 && !error
         && !tribes_dissection_is_full (place->dissection))
    {
      g_auto (CatalinaMapMessage) entry = { 0 };

      if (catalina_map_reader_next (reader, &entry, &error))
        add_message (&inside, &entry);
    }
  if (error)
    add_problem (place, bytes, error);
  tribes_dissection_end (place->dissection, meaning);
}

/* The entry itself, whatever the application keeps in its map. */
static void
add_object (const Place *place, CatalinaMapBytes bytes)
{
  g_autoptr (GBytes) copy = g_bytes_new (bytes.data, bytes.size);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaValue) value = tribes_java_value_deserialize (copy, &error);
  const char *class_name = value ? tribes_java_value_get_class_name (value) : NULL;
  gsize offset = offset_of (place, bytes);
  gsize size = size_of (place, bytes);
  gboolean ok = value != NULL;

  if (g_strcmp0 (class_name, SIGN_ON_CLASS) == 0)
    add_sign_on (place, bytes, value);
  else if (g_strcmp0 (class_name, SESSION_CLASS) == 0)
    ok = catalina_dissect_session (place->dissection, copy, offset, size, &error);
  else if (value)
    tribes_dissection_add_java_value (place->dissection, "value", offset, size, value);
  if (!ok)
    tribes_dissection_add_problem (place->dissection, offset, size, error->message);
}

static void
add_value (const Place *place, const CatalinaMapMessage *message)
{
  if (!message->value.data)
    return;
  if (message->type == CATALINA_MAP_PING)
    add_state (place, message);
  else if (message->type != CATALINA_MAP_STATE && message->type != CATALINA_MAP_STATE_COPY)
    add_object (place, message->value);
  /* Those of an entry of a list are somebody's joke, which may be as deep as it is long. */
  else if (place->is_alone)
    add_entries (place, message->value);
}

static void
add_key (const Place *place, const CatalinaMapMessage *message)
{
  g_autofree char *key = catalina_map_message_dup_key (message);

  if (key)
    add_text (place, "key", key);
  else if (message->key.data)
    tribes_dissection_add_bytes (place->dissection, "key", place->offset, place->size, NULL);
}

static void
add_diff (const Place *place, CatalinaMapBytes diff)
{
  if (place->is_alone)
    tribes_dissection_add_payload_as (place->dissection, "delta", "diff", offset_of (place, diff),
                                      diff.size, TRIBES_SEND_OPTIONS_NONE);
  else
    tribes_dissection_add_bytes (place->dissection, "diff", place->offset, place->size, NULL);
}

static void
add_message (const Place *place, const CatalinaMapMessage *message)
{
  const char *type = catalina_map_message_type_to_string (message->type);
  g_autofree char *map = catalina_map_message_dup_map (message);

  tribes_dissection_begin (place->dissection, "map message", place->offset, place->size);
  tribes_dissection_add_number (place->dissection, "type", place->offset, place->size,
                                message->type, type ? type : "unknown");
  if (map)
    add_text (place, "map", map);
  add_key (place, message);
  if (message->primary)
    add_member (place, "primary", message->primary);
  if (message->nodes)
    add_nodes (place, message->nodes);
  if (message->diff.data)
    add_diff (place, message->diff);
  add_value (place, message);
  tribes_dissection_end (place->dissection, type);
}

void
catalina_dissect_map (TribesDissection *dissection,
                      GBytes *bytes,
                      TribesSendOptions options,
                      gpointer user_data)
{
  Place place = { .dissection = dissection, .is_alone = TRUE };
  g_auto (CatalinaMapMessage) message = { 0 };
  g_autoptr (GError) error = NULL;

  place.start = g_bytes_get_data (bytes, &place.size);
  if (catalina_map_message_decode (place.start, place.size, &message, &error))
    {
      add_message (&place, &message);
      return;
    }
  tribes_dissection_begin (dissection, "map message", 0, place.size);
  tribes_dissection_add_problem (dissection, 0, place.size, error->message);
  tribes_dissection_end (dissection, catalina_map_message_type_to_string (message.type));
}
