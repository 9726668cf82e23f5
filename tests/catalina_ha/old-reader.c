/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/old-reader.h"

#include "catalina_ha/messages/catalina-text-private.h"
#include "tribes/java/read/tribes-java-reader.h"

static TribesJavaValue *
cast (TribesJavaReader *reader, const char *class_name, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_reader_object (reader, error);
  g_autofree char *found = NULL;

  if (!value)
    return NULL;
  if (tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_STRING)
    found = g_strdup ("java.lang.String");
  else
    found = g_strdup (tribes_java_value_get_class_name (value));
  if (g_strcmp0 (found, class_name) == 0)
    return g_steal_pointer (&value);
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED, "expected %s, found %s", class_name,
               found ? found : "null");
  return NULL;
}

static gboolean
skip (TribesJavaReader *reader, const char *class_name, GError **error)
{
  g_autoptr (TribesJavaValue) value = cast (reader, class_name, error);

  return value != NULL;
}

static char *
read_string (TribesJavaReader *reader, GError **error)
{
  g_autoptr (TribesJavaValue) value = cast (reader, "java.lang.String", error);

  return value ? tribes_java_value_dup_string (value, NULL) : NULL;
}

static gboolean
read_int (TribesJavaReader *reader, gint32 *out, GError **error)
{
  g_autoptr (TribesJavaValue) value = cast (reader, "java.lang.Integer", error);

  return value && tribes_java_value_get_int (value, out);
}

/* SerializablePrincipal.readPrincipal() of 7.0. */
static char *
read_primitive_principal (TribesJavaReader *reader, GError **error)
{
  g_autofree char *name = catalina_read_utf (reader, "name", error);
  gboolean has = FALSE;
  gint32 n_roles;

  if (!name || !tribes_java_reader_boolean (reader, &has, error))
    return NULL;
  if (has)
    {
      g_autofree char *password = catalina_read_utf (reader, "password", error);

      if (!password)
        return NULL;
    }
  if (!tribes_java_reader_int (reader, &n_roles, error))
    return NULL;
  for (gint32 i = 0; i < n_roles; i++)
    {
      g_autofree char *role = catalina_read_utf (reader, "role", error);

      if (!role)
        return NULL;
    }
  if (!tribes_java_reader_boolean (reader, &has, error))
    return NULL;
  g_assert_false (has);
  return g_steal_pointer (&name);
}

static char *
read_principal (OldReader version, TribesJavaReader *reader, GError **error)
{
  g_autoptr (TribesJavaValue) value = NULL;
  g_autoptr (TribesJavaValue) name = NULL;

  if (version == OLD_READER_7_0)
    return read_primitive_principal (reader, error);
  value = cast (reader, "org.apache.catalina.realm.GenericPrincipal$SerializablePrincipal", error);
  name = value ? tribes_java_value_dup_field (value, "name") : NULL;
  return name ? tribes_java_value_dup_string (name, NULL) : NULL;
}

static gboolean
read_scalars (OldReader version, TribesJavaReader *reader, char **user, GError **error)
{
  static const char *const classes[]
      = { "java.lang.Long",    "java.lang.Long", "java.lang.Integer", "java.lang.Boolean",
          "java.lang.Boolean", "java.lang.Long", "java.lang.Long" };
  gboolean has_principal;

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    if (!skip (reader, classes[i], error))
      return FALSE;
  if (!tribes_java_reader_boolean (reader, &has_principal, error))
    return FALSE;
  *user = has_principal ? read_principal (version, reader, error) : g_strdup ("-");
  return *user != NULL;
}

static char *
read_session (OldReader version, TribesJavaReader *reader, GError **error)
{
  g_autofree char *user = NULL;
  g_autofree char *id = NULL;
  g_autofree char *joined = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gint32 n;

  if (!read_scalars (version, reader, &user, error) || !(id = read_string (reader, error))
      || !read_int (reader, &n, error))
    return NULL;
  for (gint32 i = 0; i < n; i++)
    {
      char *name = read_string (reader, error);
      g_autoptr (TribesJavaValue) value = name ? tribes_java_reader_object (reader, error) : NULL;

      if (!value)
        return NULL;
      g_ptr_array_add (names, name);
    }
  if (!read_int (reader, &n, error))
    return NULL;
  g_assert_cmpint (n, ==, 0);
  g_ptr_array_add (names, NULL);
  joined = g_strjoinv (",", (char **) names->pdata);
  return g_strdup_printf ("%s %s %s", id, user, joined);
}

GPtrArray *
old_reader_read (OldReader version, GBytes *state, GError **error)
{
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (state, error);
  g_autoptr (GPtrArray) sessions = g_ptr_array_new_with_free_func (g_free);
  gint32 n;

  if (!reader || !read_int (reader, &n, error))
    return NULL;
  for (gint32 i = 0; i < n; i++)
    {
      char *session = read_session (version, reader, error);

      if (!session)
        return NULL;
      g_ptr_array_add (sessions, session);
    }
  g_assert_true (tribes_java_reader_at_end (reader));
  return g_steal_pointer (&sessions);
}
