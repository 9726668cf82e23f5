/* SPDX-License-Identifier: Apache-2.0
 *
 * An object with three fields; a Tomcat of any version writes the same but for its member.
 */
#include "tribes/channel/tribes-member-message-private.h"

#include <string.h>

#include "tribes/base/tribes-error.h"
#include "tribes/channel/tribes-java-member-private.h"
#include "tribes/java/build/tribes-java-build.h"

#define MESSAGE_UID 1

/* Names of the Service, the Engine and the Channel, and a bit more. */
#define MAX_ID 4096

static gboolean
read_member (TribesJavaValue *value, TribesMemberMessage *message, GError **error)
{
  g_autoptr (TribesJavaValue) member = tribes_java_value_dup_field (value, "member");

  if (!member)
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                           "member message: expected a member, found no such field");
      return FALSE;
    }
  message->member = tribes_member_from_java (member, error);
  return message->member != NULL;
}

gboolean
tribes_member_message_read (TribesJavaValue *value, TribesMemberMessage *message, GError **error)
{
  const char *name = tribes_java_value_get_class_name (value);
  g_autoptr (TribesJavaValue) kind = NULL;
  g_autoptr (TribesJavaValue) id = NULL;
  gint32 number;

  if (tribes_java_value_get_kind (value) != TRIBES_JAVA_KIND_OBJECT
      || g_strcmp0 (name, TRIBES_MEMBER_MESSAGE_CLASS) != 0)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "expected a member message, found %s", name ? name : "null");
      return FALSE;
    }
  kind = tribes_java_value_dup_field (value, "msgtype");
  id = tribes_java_value_dup_field (value, "membershipId");
  if (!kind || !id || !tribes_java_value_get_int (kind, &number)
      || !(message->id = tribes_java_value_dup_bytes (id)))
    {
      g_set_error_literal (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                           "member message: expected an int and a byte[], found other fields");
      return FALSE;
    }
  message->kind = (TribesStaticKind) number;
  return read_member (value, message, error);
}

const char *
tribes_member_message_kind_to_string (TribesStaticKind kind)
{
  static const char *const names[] = {
    [TRIBES_STATIC_START] = "start",
    [TRIBES_STATIC_STOP] = "stop",
    [TRIBES_STATIC_PING] = "ping",
  };

  return kind >= TRIBES_STATIC_START && kind <= TRIBES_STATIC_PING ? names[kind] : NULL;
}

char *
tribes_member_message_dup_id (const TribesMemberMessage *message)
{
  gsize size;
  const char *id = g_bytes_get_data (message->id, &size);

  if (size == 0 || size > MAX_ID || memchr (id, '\0', size))
    return NULL;
  return g_convert (id, (gssize) size, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
}

void
tribes_member_message_clear (TribesMemberMessage *message)
{
  g_clear_pointer (&message->id, g_bytes_unref);
  g_clear_pointer (&message->member, tribes_member_unref);
}

TribesJavaValue *
tribes_member_message_write (TribesStaticKind kind, GBytes *id, TribesMember *member)
{
  static const TribesJavaField fields[] = {
    { "msgtype", "I" },
    { "member", "Lorg/apache/catalina/tribes/Member;" },
    { "membershipId", "[B" },
  };
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new (TRIBES_MEMBER_MESSAGE_CLASS, MESSAGE_UID,
                               TRIBES_JAVA_CLASS_SERIALIZABLE, fields, G_N_ELEMENTS (fields), NULL);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  gsize size;
  const guint8 *bytes = g_bytes_get_data (id, &size);
  g_autoptr (TribesJavaValue) id_value = tribes_java_value_new_bytes (bytes, size);
  g_autoptr (TribesJavaValue) member_value = tribes_member_to_java (member);

  tribes_java_builder_set_int (builder, "msgtype", (gint32) kind);
  tribes_java_builder_set (builder, "member", member_value);
  tribes_java_builder_set (builder, "membershipId", id_value);
  return tribes_java_builder_finish (builder);
}
