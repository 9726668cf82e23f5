/* SPDX-License-Identifier: Apache-2.0
 *
 * A session message is a serialized object of one class. Fields are looked up by name, so that what
 * Tomcat 7.0 wrote (serialVersionUID 1) and what 8.5 and later write (2) are read alike.
 */
#include "catalina_ha/messages/catalina-session-message-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-session-message-template-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-peek-private.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/write/tribes-java-writer.h"

#define MESSAGE_CLASS "org.apache.catalina.ha.session.SessionMessageImpl"
#define BASE_CLASS    "org.apache.catalina.ha.ClusterMessageBase"

/* A state transfer may have hundreds of megabytes: from this size on what a message carries stays
 * where it is, and keeps the payload alive. Below, copying is cheaper than keeping. */
#define DETACH_BYTES 65536

struct _CatalinaSessionMessage
{
  gint event; /* not the enum: Tomcat 7.0 and whatever comes may know others */
  guint serial_version;
  gint64 timestamp;
  char *context_name;
  char *session_id;
  char *unique_id;
  GBytes *data;
  gsize payload_size; /* that @data is a part of; 0: it stands for itself */
};

G_DEFINE_BOXED_TYPE (CatalinaSessionMessage,
                     catalina_session_message,
                     catalina_session_message_ref,
                     catalina_session_message_unref)

G_DEFINE_ENUM_TYPE (CatalinaSessionEvent,
                    catalina_session_event,
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_CREATED, "created"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_EXPIRED, "expired"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_ACCESSED, "accessed"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_GET_ALL, "get-all"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_ALL_DATA, "all-data"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_DELTA, "delta"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_TRANSFER_COMPLETE,
                                         "transfer-complete"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_CHANGE_ID, "change-id"),
                    G_DEFINE_ENUM_VALUE (CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER,
                                         "no-context-manager"))

/**
 * catalina_session_event_to_string:
 * @event: an event
 *
 * Names an event, for people and logs.
 *
 * Tomcat counterpart: `SessionMessageImpl.getEventTypeString()`, which names some of them
 * otherwise.
 *
 * Returns: a short lower-case name; `unknown` for a number that is none
 *
 * Since: 0.1
 */
const char *
catalina_session_event_to_string (CatalinaSessionEvent event)
{
  g_autoptr (GEnumClass) events = g_type_class_ref (CATALINA_TYPE_SESSION_EVENT);
  const GEnumValue *value = g_enum_get_value (events, (gint) event);

  return value ? value->value_nick : "unknown";
}

/**
 * catalina_session_event_is_answer:
 * @event: an event
 *
 * Whether an event answers %CATALINA_SESSION_EVENT_GET_ALL: it then says nothing to a member that
 * did not ask.
 *
 * Returns: whether it is an answer
 *
 * Since: 0.1
 */
gboolean
catalina_session_event_is_answer (CatalinaSessionEvent event)
{
  switch (event)
    {
    case CATALINA_SESSION_EVENT_ALL_DATA:
    case CATALINA_SESSION_EVENT_TRANSFER_COMPLETE:
    case CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER:
      return TRUE;
    case CATALINA_SESSION_EVENT_CREATED:
    case CATALINA_SESSION_EVENT_EXPIRED:
    case CATALINA_SESSION_EVENT_ACCESSED:
    case CATALINA_SESSION_EVENT_GET_ALL:
    case CATALINA_SESSION_EVENT_DELTA:
    case CATALINA_SESSION_EVENT_CHANGE_ID:
    default:
      return FALSE;
    }
}

static CatalinaSessionMessage *
message_alloc (void)
{
  return g_atomic_rc_box_new0 (CatalinaSessionMessage);
}

/**
 * catalina_session_message_new:
 * @event: what it says
 * @context_name: (nullable): the context, as `HOST#/path` or `/path`; %NULL means every context
 * @session_id: (nullable): the session
 * @unique_id: (nullable): name of the message, for logs
 * @timestamp: when it happened, in milliseconds since 1970; 0 for a message without time stamp
 * @data: (nullable): what the event carries: a delta, sessions, a new id
 *
 * Makes a message.
 *
 * Returns: (transfer full): the message
 *
 * Since: 0.1
 */
CatalinaSessionMessage *
catalina_session_message_new (CatalinaSessionEvent event,
                              const char *context_name,
                              const char *session_id,
                              const char *unique_id,
                              gint64 timestamp,
                              GBytes *data)
{
  CatalinaSessionMessage *message = message_alloc ();

  message->event = (gint) event;
  message->serial_version = 2;
  message->timestamp = timestamp;
  message->context_name = g_strdup (context_name);
  message->session_id = g_strdup (session_id);
  message->unique_id = g_strdup (unique_id);
  message->data = data ? g_bytes_ref (data) : NULL;
  return message;
}

/**
 * catalina_session_message_ref:
 * @message: a message
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @message
 *
 * Since: 0.1
 */
CatalinaSessionMessage *
catalina_session_message_ref (CatalinaSessionMessage *message)
{
  return g_atomic_rc_box_acquire (message);
}

static void
message_clear (gpointer data)
{
  CatalinaSessionMessage *message = data;

  g_free (message->context_name);
  g_free (message->session_id);
  g_free (message->unique_id);
  g_clear_pointer (&message->data, g_bytes_unref);
}

/**
 * catalina_session_message_unref:
 * @message: (transfer full): a message
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
catalina_session_message_unref (CatalinaSessionMessage *message)
{
  g_atomic_rc_box_release_full (message, message_clear);
}

static gsize
text_size (const char *text)
{
  return text ? strlen (text) + 1 : 0;
}

gsize
catalina_session_message_get_weight (CatalinaSessionMessage *message)
{
  gsize data = message->data ? g_bytes_get_size (message->data) : 0;

  return sizeof *message + text_size (message->context_name) + text_size (message->session_id)
         + text_size (message->unique_id) + MAX (data, message->payload_size);
}

/**
 * catalina_session_message_get_event:
 * @message: a message
 *
 * What the message says. A number that a newer Tomcat sends may be none of
 * [enum@CatalinaHa.SessionEvent].
 *
 * Returns: the event
 *
 * Since: 0.1
 */
CatalinaSessionEvent
catalina_session_message_get_event (CatalinaSessionMessage *message)
{
  return (CatalinaSessionEvent) message->event;
}

/**
 * catalina_session_message_get_context_name:
 * @message: a message
 *
 * The context: `HOST#/path` where the sender's `<Cluster>` stands in the Engine, `/path` where it
 * stands in the Host.
 *
 * Returns: (nullable): the name; %NULL means every context
 *
 * Since: 0.1
 */
const char *
catalina_session_message_get_context_name (CatalinaSessionMessage *message)
{
  return message->context_name;
}

/**
 * catalina_session_message_get_session_id:
 * @message: a message
 *
 * The session the message is about, or a word that says that it is about all.
 *
 * Returns: (nullable): the id
 *
 * Since: 0.1
 */
const char *
catalina_session_message_get_session_id (CatalinaSessionMessage *message)
{
  return message->session_id;
}

/**
 * catalina_session_message_get_unique_id:
 * @message: a message
 *
 * The sender's name for the message. In spite of the word it need not be unique.
 *
 * Returns: (nullable): the name
 *
 * Since: 0.1
 */
const char *
catalina_session_message_get_unique_id (CatalinaSessionMessage *message)
{
  return message->unique_id;
}

/**
 * catalina_session_message_get_timestamp:
 * @message: a message
 *
 * When it happened, by the sender's clock.
 *
 * Returns: milliseconds since 1970, or 0
 *
 * Since: 0.1
 */
gint64
catalina_session_message_get_timestamp (CatalinaSessionMessage *message)
{
  return message->timestamp;
}

/**
 * catalina_session_message_get_data:
 * @message: a message
 *
 * What the event carries, itself a Java stream.
 *
 * Returns: (transfer none) (nullable): the bytes
 *
 * Since: 0.1
 */
GBytes *
catalina_session_message_get_data (CatalinaSessionMessage *message)
{
  return message->data;
}

/**
 * catalina_session_message_get_serial_version:
 * @message: a message
 *
 * The `serialVersionUID` of the sender's class: 1 in Tomcat 7.0, 2 from 8.5 on. A Tomcat refuses
 * every message but those of its own.
 *
 * Returns: the number
 *
 * Since: 0.1
 */
guint
catalina_session_message_get_serial_version (CatalinaSessionMessage *message)
{
  return message->serial_version;
}

/**
 * catalina_session_message_to_string:
 * @message: a message
 *
 * Describes a message in one line, with a hash for the session's id: the text is for a log.
 *
 * Returns: (transfer full): the text
 *
 * Since: 0.1
 */
char *
catalina_session_message_to_string (CatalinaSessionMessage *message)
{
  g_autofree char *id = message->session_id ? catalina_shown_id (message->session_id) : NULL;

  return g_strdup_printf ("%s %s %s (%" G_GSIZE_FORMAT " bytes, time %" G_GINT64_FORMAT ")",
                          catalina_session_event_to_string ((CatalinaSessionEvent) message->event),
                          message->context_name ? message->context_name : "*", id ? id : "-",
                          message->data ? g_bytes_get_size (message->data) : 0, message->timestamp);
}

static gboolean
refuse (GError **error, const char *field, const char *expected)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "session message: field %s: expected %s, found something else or nothing", field,
               expected);
  return FALSE;
}

static gboolean
read_string (TribesJavaValue *object, const char *field, char **out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);
  gsize length;

  if (value && tribes_java_value_is_null (value))
    return TRUE;
  *out = value ? tribes_java_value_dup_string (value, &length) : NULL;
  /* A NUL inside would make two ids look the same. */
  if (!*out || strlen (*out) != length)
    return refuse (error, field, "a string without NUL");
  return TRUE;
}

static gboolean
read_data (TribesJavaValue *object, GPtrArray *detached, GBytes **out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, "mSession");

  if (value && tribes_java_value_is_null (value))
    return TRUE;
  *out = value ? tribes_java_value_dup_bytes (value) : NULL;
  if (*out && g_bytes_get_size (*out) == 0 && detached->len > 0)
    {
      g_bytes_unref (*out);
      *out = detached->len == 1 ? g_bytes_ref (detached->pdata[0]) : NULL;
    }
  return *out ? TRUE : refuse (error, "mSession", "byte[]");
}

static gboolean
read_numbers (TribesJavaValue *object, CatalinaSessionMessage *message, GError **error)
{
  g_autoptr (TribesJavaValue) event = tribes_java_value_dup_field (object, "mEvtType");
  g_autoptr (TribesJavaValue) timestamp
      = tribes_java_value_dup_field (object, "serializationTimestamp");

  if (!event || !tribes_java_value_get_int (event, &message->event))
    return refuse (error, "mEvtType", "int");
  if (!timestamp || !tribes_java_value_get_long (timestamp, &message->timestamp))
    return refuse (error, "serializationTimestamp", "long");
  return TRUE;
}

static TribesJavaValue *
read_object (GBytes *payload, GPtrArray **detached, GError **error)
{
  g_autoptr (TribesJavaReader) reader = NULL;
  g_autoptr (TribesJavaValue) object = NULL;
  const char *class_name;

  if (!tribes_java_peek_expect (payload, MESSAGE_CLASS, error)
      || !(reader = tribes_java_reader_new (payload, error)))
    return NULL;
  tribes_java_reader_set_detach (reader, DETACH_BYTES);
  object = tribes_java_reader_object (reader, error);
  if (!object)
    return NULL;
  *detached = tribes_java_reader_dup_detached (reader);
  class_name = tribes_java_value_get_class_name (object);
  if (tribes_java_value_get_kind (object) != TRIBES_JAVA_KIND_OBJECT
      || g_strcmp0 (class_name, MESSAGE_CLASS) != 0)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                   "expected an object of " MESSAGE_CLASS ", found %s",
                   class_name ? class_name : "none");
      return NULL;
    }
  if (!tribes_java_reader_at_end (reader))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "session message: offset %" G_GSIZE_FORMAT ": expected the end, found more",
                   tribes_java_reader_get_offset (reader));
      return NULL;
    }
  return g_steal_pointer (&object);
}

/* Taken from a message without any object in it. */
GBytes *
catalina_session_message_peek_prefix (guint serial_version)
{
  static GBytes *prefixes[2];
  guint which = serial_version == 1;

  if (g_once_init_enter (&prefixes[which]))
    {
      g_autoptr (CatalinaSessionMessage) empty = message_alloc ();
      g_autoptr (GBytes) bytes
          = catalina_session_message_encode (empty, serial_version == 1 ? 1 : 2);

      g_once_init_leave (&prefixes[which],
                         g_bytes_new_from_bytes (bytes, 0,
                                                 g_bytes_get_size (bytes)
                                                     - CATALINA_SESSION_TEMPLATE_FIELDS));
    }
  return prefixes[which];
}

static CatalinaSessionMessage *
decode_usual (GBytes *payload)
{
  CatalinaSessionMessage *message;
  CatalinaSessionTemplate usual;

  if (!catalina_session_template_read (payload, catalina_session_message_peek_prefix (2), &usual))
    return NULL;
  message = message_alloc ();
  message->serial_version = 2;
  message->event = usual.event;
  message->timestamp = usual.timestamp;
  message->context_name = usual.context_name;
  message->session_id = usual.session_id;
  message->unique_id = usual.unique_id;
  message->data = usual.data;
  return message;
}

static CatalinaSessionMessage *
decode_any (GBytes *payload, GError **error)
{
  g_autoptr (CatalinaSessionMessage) message = NULL;
  g_autoptr (GPtrArray) detached = NULL;
  g_autoptr (TribesJavaValue) object = read_object (payload, &detached, error);

  if (!object)
    return NULL;
  message = message_alloc ();
  message->serial_version
      = (guint) tribes_java_class_get_serial_version_uid (tribes_java_value_get_class (object));
  if (!read_numbers (object, message, error)
      || !read_string (object, "mContextName", &message->context_name, error)
      || !read_string (object, "mSessionID", &message->session_id, error)
      || !read_string (object, "uniqueId", &message->unique_id, error)
      || !read_data (object, detached, &message->data, error))
    return NULL;
  return g_steal_pointer (&message);
}

/**
 * catalina_session_message_decode:
 * @payload: what a channel message carries
 * @error: return location for an error
 *
 * Reads a message. A payload that is another object than a session message is refused with
 * %TRIBES_ERROR_UNSUPPORTED.
 *
 * Returns: (transfer full): the message, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaSessionMessage *
catalina_session_message_decode (GBytes *payload, GError **error)
{
  CatalinaSessionMessage *message = decode_usual (payload);

  if (!message)
    message = decode_any (payload, error);
  if (message && message->data)
    message->payload_size = g_bytes_get_size (payload);
  return message;
}

static TribesJavaClass *
message_class (guint serial_version)
{
  static const TribesJavaField base_fields[] = { { "timestamp", "J" } };
  static const TribesJavaField fields[] = {
    { "mEvtType", "I" },
    { "serializationTimestamp", "J" },
    { "timestampSet", "Z" },
    { "mContextName", "Ljava/lang/String;" },
    { "mSession", "[B" },
    { "mSessionID", "Ljava/lang/String;" },
    { "uniqueId", "Ljava/lang/String;" },
  };
  g_autoptr (TribesJavaClass) base
      = tribes_java_class_new (BASE_CLASS, 1, TRIBES_JAVA_CLASS_SERIALIZABLE, base_fields,
                               G_N_ELEMENTS (base_fields), NULL);

  return tribes_java_class_new (MESSAGE_CLASS, serial_version, TRIBES_JAVA_CLASS_SERIALIZABLE,
                                fields, G_N_ELEMENTS (fields), base);
}

static void
set_string (TribesJavaBuilder *builder, const char *field, const char *text)
{
  if (text)
    tribes_java_builder_set_string (builder, field, text);
}

/**
 * catalina_session_message_encode:
 * @message: a message
 * @serial_version: 2; 1 for Tomcat 7.0
 *
 * Writes a message as Tomcat does, as the payload of a channel message.
 *
 * Returns: (transfer full): the bytes
 *
 * Since: 0.1
 */
GBytes *
catalina_session_message_encode (CatalinaSessionMessage *message, guint serial_version)
{
  g_autoptr (TribesJavaClass) klass = message_class (serial_version);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();
  g_autoptr (TribesJavaValue) object = NULL;

  tribes_java_builder_set_int (builder, "mEvtType", message->event);
  tribes_java_builder_set_long (builder, "serializationTimestamp", message->timestamp);
  tribes_java_builder_set_boolean (builder, "timestampSet", message->timestamp != 0);
  set_string (builder, "mContextName", message->context_name);
  set_string (builder, "mSessionID", message->session_id);
  set_string (builder, "uniqueId", message->unique_id);
  if (message->data)
    {
      gsize size;
      const guint8 *bytes = g_bytes_get_data (message->data, &size);
      g_autoptr (TribesJavaValue) data = tribes_java_value_new_bytes (bytes, size);

      tribes_java_builder_set (builder, "mSession", data);
    }
  object = tribes_java_builder_finish (builder);
  /* Cannot fail: a message's own strings and bytes are within what a stream can hold. */
  if (!tribes_java_writer_object (writer, object, NULL))
    g_return_val_if_reached (g_bytes_new (NULL, 0));
  return tribes_java_writer_finish (writer);
}
