/* SPDX-License-Identifier: Apache-2.0
 *
 * A member's package as the data of an object that writes itself.
 */
#include "tribes/channel/tribes-java-member-private.h"

#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-limits.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/java/read/tribes-java-reader.h"
#include "tribes/wire/tribes-member-private.h"

#define PACKAGE      "org.apache.catalina.tribes.membership."
#define STATIC_CLASS PACKAGE "StaticMember"
#define IMPL_CLASS   PACKAGE "MemberImpl"
/* StaticMember names none; this is what Java computes for it from 7.0 to 12. */
#define STATIC_UID -6690656311635953503

static gboolean
is_member (TribesJavaValue *value)
{
  const char *name = tribes_java_value_get_class_name (value);

  return tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_OBJECT
         && (g_strcmp0 (name, STATIC_CLASS) == 0 || g_strcmp0 (name, IMPL_CLASS) == 0);
}

static GBytes *
read_package (TribesJavaReader *reader, gsize cap, GError **error)
{
  g_autofree guint8 *package = NULL;
  gint32 size;

  if (!tribes_java_reader_int (reader, &size, error))
    return NULL;
  if (size < 0 || (gsize) size > cap)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
                   "member, offset %" G_GSIZE_FORMAT ": expected at most %" G_GSIZE_FORMAT
                   " bytes, found %d",
                   tribes_java_reader_get_offset (reader), cap, size);
      return NULL;
    }
  package = g_malloc ((gsize) size);
  if (!tribes_java_reader_bytes (reader, package, (gsize) size, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&package), (gsize) size);
}

static GBytes *
read_object (TribesJavaValue *value, gsize max_size, GError **error)
{
  gsize cap = MIN (max_size, tribes_limits_get_default ()->member_bytes);
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new_for_value (value, error);

  return reader ? read_package (reader, cap, error) : NULL;
}

GBytes *
tribes_java_member_dup_package (TribesJavaValue *value, gsize max_size)
{
  return is_member (value) ? read_object (value, max_size, NULL) : NULL;
}

TribesMember *
tribes_member_from_java (TribesJavaValue *value, GError **error)
{
  g_autoptr (GBytes) package = NULL;

  if (!is_member (value))
    {
      const char *name = tribes_java_value_get_class_name (value);

      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED, "expected a member, found %s",
                   name ? name : "null");
      return NULL;
    }
  package = read_object (value, G_MAXSIZE, error);
  return package ? tribes_member_decode (package, error) : NULL;
}

TribesJavaValue *
tribes_member_to_java (TribesMember *member)
{
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new (STATIC_CLASS, STATIC_UID,
                               TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                               NULL, 0, NULL);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  gsize size;
  const guint8 *package = tribes_member_peek_package (member, &size);
  const guint8 head[]
      = { (guint8) (size >> 24), (guint8) (size >> 16), (guint8) (size >> 8), (guint8) size };

  tribes_java_builder_add_data (builder, head, sizeof head);
  tribes_java_builder_add_data (builder, package, size);
  return tribes_java_builder_finish (builder);
}
