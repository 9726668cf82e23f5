/* SPDX-License-Identifier: Apache-2.0
 *
 * Session messages and what they carry, for a TribesDissector. What these are made of is known to
 * their decoders alone; here it is only named. What a decoder refuses is shown as the Java stream
 * that it is, with the reason.
 */
#include "catalina_ha/messages/catalina-dissector.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-dissect-deploy-private.h"
#include "catalina_ha/messages/catalina-dissect-map-private.h"
#include "catalina_ha/messages/catalina-dissect-session-id-private.h"
#include "catalina_ha/messages/catalina-dissect-state-private.h"
#include "catalina_ha/messages/catalina-keys-private.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "tribes/channel/tribes-dissect-java.h"
#include "tribes/channel/tribes-wrapping-private.h"
#include "tribes/interceptors/tribes-markers.h"

/* Names of what changed that one line has room for. */
#define SHOWN_ACTIONS 6

/* What a session state begins with: the number of sessions. */
#define COUNT_CLASS           "java.lang.Integer"

#define SESSION_MESSAGE_CLASS "org.apache.catalina.ha.session.SessionMessageImpl"

static const char *const type_names[] = {
  [CATALINA_DELTA_ATTRIBUTE] = "attribute",
  [CATALINA_DELTA_PRINCIPAL] = "principal",
  [CATALINA_DELTA_IS_NEW] = "is new",
  [CATALINA_DELTA_MAX_INACTIVE] = "max inactive",
  [CATALINA_DELTA_AUTH_TYPE] = "authentication",
  [CATALINA_DELTA_LISTENER] = "listener",
  [CATALINA_DELTA_NOTE] = "note",
};

static const char *
name_of_type (gint32 type)
{
  return type >= 0 && type < (gint32) G_N_ELEMENTS (type_names) ? type_names[type] : "unknown";
}

static const char *
name_of_change (gint32 change)
{
  return change == CATALINA_DELTA_SET      ? "set"
         : change == CATALINA_DELTA_REMOVE ? "remove"
                                           : "unknown";
}

/* "2 actions: set a, remove b" */
static char *
describe_delta (CatalinaDelta *delta)
{
  guint n = delta->actions->len;
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%u action%s", n, n == 1 ? "" : "s");
  for (guint i = 0; i < MIN (n, SHOWN_ACTIONS); i++)
    {
      CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);

      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : ": ", name_of_change (action->action),
                              action->name);
    }
  g_string_append (text, n > SHOWN_ACTIONS ? ", …" : "");
  return g_string_free (text, FALSE);
}

static void
add_action (TribesDissection *dissection, const CatalinaDeltaAction *action, gsize size)
{
  /* One whose reading failed has no end. */
  gsize end = action->end > 0 ? action->end : size;
  gsize head = action->value_offset > 0 ? action->value_offset : end;
  g_autofree char *meaning = g_strdup_printf ("%s %s %s", name_of_change (action->action),
                                              name_of_type (action->type), action->name);

  tribes_dissection_begin (dissection, "action", action->offset, end - action->offset);
  head -= MIN (head, action->offset);
  tribes_dissection_add_number (dissection, "type", action->offset, head, action->type,
                                name_of_type (action->type));
  tribes_dissection_add_number (dissection, "change", action->offset, head, action->action,
                                name_of_change (action->action));
  tribes_dissection_add_text (dissection, "name", action->offset, head, action->name, -1, NULL);
  if (action->value)
    tribes_dissection_add_java_value (dissection, "value", action->value_offset,
                                      end - action->value_offset, action->value);
  tribes_dissection_end (dissection, meaning);
}

static void
add_rest (TribesDissection *dissection, gsize offset, gsize size, const GError *error)
{
  tribes_dissection_add_problem (dissection, offset, size - MIN (size, offset), error->message);
}

static void
dissect_delta (TribesDissection *dissection,
               GBytes *bytes,
               TribesSendOptions options,
               gpointer user_data)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, &error);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autofree char *meaning = NULL;
  gsize head;

  if (reader)
    (void) !catalina_delta_read (delta, reader, &error);
  head = delta->actions->len > 0 ? g_array_index (delta->actions, CatalinaDeltaAction, 0).offset
                                 : size;
  tribes_dissection_begin (dissection, "delta", 0, size);
  if (delta->session_id)
    {
      tribes_dissection_add_text (dissection, "session id", 0, head, delta->session_id, -1, NULL);
      tribes_dissection_add_boolean (dissection, "record all", 0, head, delta->record_all, NULL);
    }
  for (guint i = 0; i < delta->actions->len && !tribes_dissection_is_full (dissection); i++)
    add_action (dissection, &g_array_index (delta->actions, CatalinaDeltaAction, i), size);
  if (error)
    add_rest (dissection, reader ? tribes_java_reader_get_offset (reader) : 0, size, error);
  meaning = describe_delta (delta);
  tribes_dissection_end (dissection, meaning);
}

static gboolean
is_delta (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (CatalinaDelta) delta = catalina_delta_decode (bytes, NULL);

  return delta != NULL;
}

/* Whether one session can be read, or there is none. */
static gboolean
is_state (const guint8 *data, gsize size, TribesSendOptions options, gpointer user_data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, NULL);
  g_auto (CatalinaSessionState) state = { 0 };

  if (reader && catalina_state_reader_get_left (reader) == 0)
    return catalina_state_reader_get_offset (reader) == size;
  return reader && catalina_state_reader_next (reader, &state, NULL);
}

static void
dissect_new_id (TribesDissection *dissection,
                GBytes *bytes,
                TribesSendOptions options,
                gpointer user_data)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GError) error = NULL;
  g_autofree char *id = catalina_new_id_decode (bytes, &error);

  if (id)
    tribes_dissection_add_text (dissection, "new id", 0, size, id, -1, NULL);
  else
    add_rest (dissection, 0, size, error);
}

/* Where @data is in @bytes: a part of them, or a copy of it. */
static gsize
offset_of_data (GBytes *bytes, GBytes *data)
{
  gsize size, data_size;
  const guint8 *start = g_bytes_get_data (bytes, &size);
  const guint8 *at = g_bytes_get_data (data, &data_size);

  if (!(at >= start && at <= start + size))
    at = data_size > 0 ? memmem (start, size, at, data_size) : NULL;
  return at ? (gsize) (at - start) : size;
}

static void
add_data (TribesDissection *dissection, GBytes *bytes, CatalinaSessionMessage *message)
{
  GBytes *data = catalina_session_message_get_data (message);
  gsize size = data ? g_bytes_get_size (data) : 0;
  const char *layer = NULL;
  gsize offset;

  if (!data)
    return;
  offset = offset_of_data (bytes, data);
  if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_DELTA)
    layer = "delta";
  else if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_ALL_DATA)
    layer = "state";
  else if (catalina_session_message_get_event (message) == CATALINA_SESSION_EVENT_CHANGE_ID)
    layer = "new-id";
  if (layer)
    tribes_dissection_add_payload_as (dissection, layer, "data", offset, size,
                                      TRIBES_SEND_OPTIONS_NONE);
  else
    tribes_dissection_add_payload (dissection, "data", offset, size, TRIBES_SEND_OPTIONS_NONE);
}

static void
add_string (TribesDissection *dissection, const char *name, gsize size, const char *text)
{
  if (text)
    tribes_dissection_add_text (dissection, name, 0, size, text, -1, NULL);
}

static void
dissect_message (TribesDissection *dissection,
                 GBytes *bytes,
                 TribesSendOptions options,
                 gpointer user_data)
{
  gsize size = g_bytes_get_size (bytes);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaSessionMessage) message = catalina_session_message_decode (bytes, &error);
  g_autofree char *meaning = NULL;

  tribes_dissection_begin (dissection, "session message", 0, size);
  if (message)
    {
      CatalinaSessionEvent event = catalina_session_message_get_event (message);

      tribes_dissection_add_number (dissection, "event", 0, size, event,
                                    catalina_session_event_to_string (event));
      add_string (dissection, "context", size, catalina_session_message_get_context_name (message));
      add_string (dissection, "session id", size,
                  catalina_session_message_get_session_id (message));
      add_string (dissection, "unique id", size, catalina_session_message_get_unique_id (message));
      tribes_dissection_add_time (dissection, "time stamp", 0, size,
                                  catalina_session_message_get_timestamp (message), NULL);
      tribes_dissection_add_number (dissection, "serial version", 0, size,
                                    catalina_session_message_get_serial_version (message), NULL);
      add_data (dissection, bytes, message);
      meaning = catalina_session_message_to_string (message);
    }
  else
    {
      guint n_problems = tribes_dissection_get_n_problems (dissection);

      tribes_dissection_add_payload_as (dissection, "java", "data", 0, size, options);
      if (tribes_dissection_get_n_problems (dissection) == n_problems)
        add_rest (dissection, 0, 0, error);
    }
  tribes_dissection_end (dissection, meaning);
}

/**
 * catalina_dissector_add_messages:
 * @dissector: a registry with the layer `java`
 *
 * Adds the layers `message` (a session message), `delta`, `state` and `new-id` (what such messages
 * carry), `session-id-message` (what Tomcat 7.0 says of a session that moves), `map` (what replicated
 * maps say to each other), `file-message` and `undeploy-message` (what
 * a FarmWarDeployer sends).
 *
 * Since: 0.1
 */
void
catalina_dissector_add_messages (TribesDissector *dissector)
{
  g_autoptr (GBytes) count = tribes_java_class_dup_stream_prefix (COUNT_CLASS);
  g_autoptr (GBytes) head = g_bytes_new_from_bytes (count, 0, 4);

  tribes_dissector_add_layer (dissector, "new-id", NULL, TRIBES_SEND_OPTIONS_NONE, NULL,
                              dissect_new_id, NULL, NULL);
  tribes_dissector_add_layer (dissector, "delta", head, TRIBES_SEND_OPTIONS_NONE, is_delta,
                              dissect_delta, NULL, NULL);
  tribes_dissector_add_layer (dissector, "state", count, TRIBES_SEND_OPTIONS_NONE, is_state,
                              catalina_dissect_state, NULL, NULL);
  tribes_dissector_add_java_class (dissector, "map", CATALINA_MAP_MESSAGE_CLASS,
                                   catalina_dissect_map, NULL, NULL);
  tribes_dissector_add_java_class (dissector, "message", SESSION_MESSAGE_CLASS, dissect_message,
                                   NULL, NULL);
  catalina_dissector_add_session_id (dissector);
  catalina_dissector_add_deployment (dissector);
}

/**
 * catalina_dissector_new:
 *
 * Makes a registry with all layers of Tribes and of this library. More can be added.
 *
 * Returns: (transfer full): the registry
 *
 * Since: 0.1
 */
TribesDissector *
catalina_dissector_new (void)
{
  TribesDissector *dissector = tribes_dissector_new ();

  tribes_dissector_add_wrappings (dissector);
  if (catalina_get_keys ())
    tribes_dissector_add_keys (dissector, catalina_get_keys ());
  tribes_dissector_add_wire (dissector);
  tribes_dissector_add_java (dissector);
  tribes_dissector_add_markers (dissector);
  catalina_dissector_add_messages (dissector);
  tribes_dissector_add_trailed (dissector);
  return dissector;
}
