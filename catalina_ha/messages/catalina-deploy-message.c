/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-deploy-message-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/java/value/tribes-java-tags-private.h"

void
catalina_deploy_message_clear (CatalinaDeployMessage *message)
{
  g_clear_pointer (&message->context, g_free);
  g_clear_pointer (&message->file, g_free);
  g_clear_pointer (&message->data, g_bytes_unref);
}

gboolean
catalina_deploy_message_is (GBytes *payload)
{
  static const char *const names[]
      = { CATALINA_FILE_MESSAGE_CLASS, CATALINA_UNDEPLOY_MESSAGE_CLASS };
  /* The head of a stream, then an object with a class that is described here: size and name. */
  static const guint8 head[] = { 0xac, 0xed, 0, 5, TC_OBJECT, TC_CLASSDESC, 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (payload, &size);

  if (size <= sizeof head + 1 || memcmp (data, head, sizeof head) != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (data[sizeof head] == strlen (names[i]) && size - sizeof head - 1 > strlen (names[i])
        && memcmp (data + sizeof head + 1, names[i], strlen (names[i])) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
refuse (const char *field, const char *expected, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "deployment message: field %s: expected %s, found something else", field, expected);
  return FALSE;
}

static gboolean
read_string (TribesJavaValue *object, const char *field, char **out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);
  gsize length = 0;

  *out = value ? tribes_java_value_dup_string (value, &length) : NULL;
  return (*out && strlen (*out) == length) || refuse (field, "a string without NUL", error);
}

static gboolean
read_long (TribesJavaValue *object, const char *field, gint64 *out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);

  return (value && tribes_java_value_get_long (value, out)) || refuse (field, "a long", error);
}

static gboolean
read_int (TribesJavaValue *object, const char *field, gint32 *out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);

  return (value && tribes_java_value_get_int (value, out)) || refuse (field, "an int", error);
}

/* The array is as long as the longest part, and of the last one only a beginning counts. */
static gboolean
read_data (TribesJavaValue *object, GBytes **out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, "data");
  g_autoptr (GBytes) array = value ? tribes_java_value_dup_bytes (value) : NULL;
  gint32 length;

  if (!array)
    return refuse ("data", "an array of bytes", error);
  if (!read_int (object, "dataLength", &length, error))
    return FALSE;
  if (length < 0 || (gsize) length > g_bytes_get_size (array))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "deployment message: field dataLength: expected 0 to %" G_GSIZE_FORMAT
                   ", found %d",
                   g_bytes_get_size (array), length);
      return FALSE;
    }
  *out = g_bytes_new_from_bytes (array, 0, (gsize) length);
  return TRUE;
}

static gboolean
read_part (CatalinaDeployMessage *message, TribesJavaValue *object, GError **error)
{
  message->kind = CATALINA_DEPLOY_PART;
  return read_string (object, "fileName", &message->file, error)
         && read_int (object, "messageNumber", &message->number, error)
         && read_long (object, "totalNrOfMsgs", &message->total, error)
         && read_data (object, &message->data, error);
}

gboolean
catalina_deploy_message_read (CatalinaDeployMessage *message, GBytes *payload, GError **error)
{
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (payload, error);
  g_autoptr (TribesJavaValue) object = reader ? tribes_java_reader_object (reader, error) : NULL;
  const char *class_name = object ? tribes_java_value_get_class_name (object) : NULL;
  gboolean is_part = g_strcmp0 (class_name, CATALINA_FILE_MESSAGE_CLASS) == 0;

  if (!object)
    return FALSE;
  if (tribes_java_value_get_kind (object) != TRIBES_JAVA_KIND_OBJECT
      || (!is_part && g_strcmp0 (class_name, CATALINA_UNDEPLOY_MESSAGE_CLASS) != 0))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                   "expected a message of FarmWarDeployer, found %s",
                   class_name ? class_name : "none");
      return FALSE;
    }
  message->kind = CATALINA_DEPLOY_UNDEPLOY;
  message->serial_version
      = tribes_java_class_get_serial_version_uid (tribes_java_value_get_class (object));
  return read_string (object, "contextName", &message->context, error)
         && read_long (object, "timestamp", &message->timestamp_ms, error)
         && (!is_part || read_part (message, object, error));
}
