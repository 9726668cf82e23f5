/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-session-id-message-private.h"

#include "catalina_ha/messages/catalina-delta-private.h"
#include "tribes/java/read/tribes-java-peek-private.h"
#include "tribes/java/read/tribes-java-reader.h"

void
catalina_session_id_message_clear (CatalinaSessionIdMessage *message)
{
  g_clear_pointer (&message->old_id, g_free);
  g_clear_pointer (&message->new_id, g_free);
  g_clear_pointer (&message->host, g_free);
  g_clear_pointer (&message->context, g_free);
}

static gboolean
read_field (TribesJavaValue *object, const char *field, char **out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);
  gsize length;

  *out = value ? tribes_java_value_dup_string (value, &length) : NULL;
  if (*out && strlen (*out) == length)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "session id message: field %s: expected a string without NUL, found something else",
               field);
  return FALSE;
}

gboolean
catalina_session_id_message_read (CatalinaSessionIdMessage *message,
                                  GBytes *payload,
                                  GError **error)
{
  g_autoptr (TribesJavaReader) reader
      = tribes_java_peek_expect (payload, CATALINA_SESSION_ID_MESSAGE_CLASS, error)
            ? tribes_java_reader_new (payload, error)
            : NULL;
  g_autoptr (TribesJavaValue) object = reader ? tribes_java_reader_object (reader, error) : NULL;
  const char *class_name = object ? tribes_java_value_get_class_name (object) : NULL;

  if (!object)
    return FALSE;
  if (tribes_java_value_get_kind (object) != TRIBES_JAVA_KIND_OBJECT
      || g_strcmp0 (class_name, CATALINA_SESSION_ID_MESSAGE_CLASS) != 0)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                   "expected an object of " CATALINA_SESSION_ID_MESSAGE_CLASS ", found %s",
                   class_name ? class_name : "none");
      return FALSE;
    }
  /* The first name is spelled as Tomcat spells it. */
  return read_field (object, "orignalSessionID", &message->old_id, error)
         && read_field (object, "backupSessionID", &message->new_id, error)
         && read_field (object, "host", &message->host, error)
         && read_field (object, "contextName", &message->context, error);
}

CatalinaSessionMessage *
catalina_session_id_message_convert (const CatalinaSessionIdMessage *message,
                                     gboolean in_host,
                                     gint64 timestamp,
                                     GError **error)
{
  g_autoptr (GBytes) new_id = catalina_new_id_encode (message->new_id, error);
  g_autofree char *name = in_host ? g_strdup (message->context)
                                  : g_strconcat (message->host, "#", message->context, NULL);

  return new_id
             ? catalina_session_message_new (CATALINA_SESSION_EVENT_CHANGE_ID, name,
                                             message->old_id, "SESSIONID-UPDATE", timestamp, new_id)
             : NULL;
}
