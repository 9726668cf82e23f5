/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-principal-private.h"

#include "catalina_ha/messages/catalina-text-private.h"
#include "tribes/java/build/tribes-java-build.h"

#define PRINCIPAL_CLASS_7_0 "org.apache.catalina.ha.session.SerializablePrincipal"

#define PRINCIPAL_CLASS     "org.apache.catalina.realm.GenericPrincipal$SerializablePrincipal"

struct _CatalinaPrincipal
{
  TribesJavaValue *value;
  /* Tomcat 7.0 only. */
  char *name;
  char *password;
  char **roles;
  TribesJavaValue *user_principal;
};

static CatalinaPrincipal *
principal_alloc (void)
{
  return g_atomic_rc_box_new0 (CatalinaPrincipal);
}

CatalinaPrincipal *
catalina_principal_new_for_value (TribesJavaValue *value)
{
  CatalinaPrincipal *principal = principal_alloc ();

  principal->value = tribes_java_value_ref (value);
  return principal;
}

CatalinaPrincipal *
catalina_principal_ref (CatalinaPrincipal *principal)
{
  return g_atomic_rc_box_acquire (principal);
}

static void
principal_clear (gpointer data)
{
  CatalinaPrincipal *principal = data;

  g_clear_pointer (&principal->value, tribes_java_value_unref);
  g_clear_pointer (&principal->user_principal, tribes_java_value_unref);
  g_free (principal->name);
  g_free (principal->password);
  g_strfreev (principal->roles);
}

void
catalina_principal_unref (CatalinaPrincipal *principal)
{
  g_atomic_rc_box_release_full (principal, principal_clear);
}

TribesJavaValue *
catalina_principal_get_value (CatalinaPrincipal *principal)
{
  return principal->value;
}

char *
catalina_principal_dup_name (CatalinaPrincipal *principal)
{
  g_autoptr (TribesJavaValue) name = NULL;

  if (!principal->value)
    return g_strdup (principal->name);
  name = tribes_java_value_dup_field (principal->value, "name");
  return name ? tribes_java_value_dup_string (name, NULL) : NULL;
}

char **
catalina_principal_dup_roles (CatalinaPrincipal *principal)
{
  g_autoptr (TribesJavaValue) roles = NULL;
  g_autoptr (GPtrArray) elements = NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (!principal->value)
    return g_strdupv (principal->roles);
  roles = tribes_java_value_dup_field (principal->value, "roles");
  elements = roles ? tribes_java_value_dup_elements (roles) : NULL;
  for (guint i = 0; elements && i < elements->len; i++)
    {
      g_autofree char *name = tribes_java_value_dup_string (elements->pdata[i], NULL);

      if (name)
        g_strv_builder_add (names, name);
    }
  return g_strv_builder_end (names);
}

gsize
catalina_principal_get_storage_size (CatalinaPrincipal *principal)
{
  gsize size = sizeof *principal;

  if (principal->value)
    size += tribes_java_value_get_storage_size (principal->value);
  if (principal->user_principal)
    size += tribes_java_value_get_storage_size (principal->user_principal);
  for (guint i = 0; principal->roles && principal->roles[i]; i++)
    size += sizeof (char *) + strlen (principal->roles[i]) + 1;
  return size;
}

static TribesJavaValue *
build_roles (const char *const *roles)
{
  g_autoptr (GPtrArray) items
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);

  for (guint i = 0; roles && roles[i]; i++)
    g_ptr_array_add (items, tribes_java_value_new_string (roles[i]));
  return tribes_java_value_new_array ("[Ljava.lang.String;", (TribesJavaValue **) items->pdata,
                                      items->len);
}

TribesJavaValue *
catalina_principal_build (const char *name, const char *const *roles)
{
  static const TribesJavaField fields[] = {
    { "attributes", "Ljava/util/Map;" },
    { "name", "Ljava/lang/String;" },
    { "principal", "Ljava/security/Principal;" },
    { "roles", "[Ljava/lang/String;" },
  };
  g_autoptr (TribesJavaClass) klass
      = tribes_java_class_new (PRINCIPAL_CLASS, 1, TRIBES_JAVA_CLASS_SERIALIZABLE, fields,
                               G_N_ELEMENTS (fields), NULL);
  g_autoptr (TribesJavaBuilder) builder = tribes_java_builder_new (klass);
  g_autoptr (TribesJavaValue) array = build_roles (roles);

  tribes_java_builder_set_string (builder, "name", name);
  tribes_java_builder_set (builder, "roles", array);
  return tribes_java_builder_finish (builder);
}

static CatalinaPrincipal *
as_object (CatalinaPrincipal *principal)
{
  g_autoptr (TribesJavaValue) value
      = catalina_principal_build (principal->name, (const char *const *) principal->roles);

  return catalina_principal_new_for_value (value);
}

/* The object of a delta: of Tomcat 7.0, whose fields are all that is written, or of a later one,
 * which has no password. */
static CatalinaPrincipal *
as_primitives (CatalinaPrincipal *principal)
{
  g_autofree char *name = catalina_principal_dup_name (principal);
  g_autoptr (TribesJavaValue) password = NULL;
  g_autoptr (TribesJavaValue) user = NULL;
  CatalinaPrincipal *converted;

  if (!name)
    return NULL;
  password = tribes_java_value_dup_field (principal->value, "password");
  user = tribes_java_value_dup_field (principal->value, "userPrincipal");
  converted = principal_alloc ();
  converted->name = g_steal_pointer (&name);
  converted->password = password ? tribes_java_value_dup_string (password, NULL) : NULL;
  converted->roles = catalina_principal_dup_roles (principal);
  if (user && !tribes_java_value_is_null (user))
    converted->user_principal = g_steal_pointer (&user);
  return converted;
}

CatalinaPrincipal *
catalina_principal_in_form (CatalinaPrincipal *principal, gboolean as_7_0)
{
  if (as_7_0 == (principal->value == NULL))
    return catalina_principal_ref (principal);
  return as_7_0 ? as_primitives (principal) : as_object (principal);
}

TribesJavaValue *
catalina_principal_build_7_0 (CatalinaPrincipal *principal)
{
  static const TribesJavaField fields[] = {
    { "name", "Ljava/lang/String;" },
    { "password", "Ljava/lang/String;" },
    { "roles", "[Ljava/lang/String;" },
    { "userPrincipal", "Ljava/security/Principal;" },
  };
  g_autoptr (CatalinaPrincipal) old = catalina_principal_in_form (principal, TRUE);
  g_autoptr (TribesJavaClass) klass = NULL;
  g_autoptr (TribesJavaBuilder) builder = NULL;
  g_autoptr (TribesJavaValue) roles = NULL;

  if (!old)
    return NULL;
  klass = tribes_java_class_new (PRINCIPAL_CLASS_7_0, 1, TRIBES_JAVA_CLASS_SERIALIZABLE, fields,
                                 G_N_ELEMENTS (fields), NULL);
  builder = tribes_java_builder_new (klass);
  roles = build_roles ((const char *const *) old->roles);
  tribes_java_builder_set_string (builder, "name", old->name);
  if (old->password)
    tribes_java_builder_set_string (builder, "password", old->password);
  tribes_java_builder_set (builder, "roles", roles);
  if (old->user_principal)
    tribes_java_builder_set (builder, "userPrincipal", old->user_principal);
  return tribes_java_builder_finish (builder);
}

/* A role takes two bytes at least, so their number is bounded by what has arrived. */
static gboolean
read_legacy_roles (CatalinaPrincipal *principal, TribesJavaReader *reader, GError **error)
{
  g_autoptr (GStrvBuilder) roles = g_strv_builder_new ();
  gint32 n_roles;

  if (!tribes_java_reader_int (reader, &n_roles, error))
    return FALSE;
  for (gint32 i = 0; i < n_roles; i++)
    {
      g_autofree char *role = catalina_read_utf (reader, "role", error);

      if (!role)
        return FALSE;
      g_strv_builder_add (roles, role);
    }
  principal->roles = g_strv_builder_end (roles);
  return TRUE;
}

static gboolean
read_legacy (CatalinaPrincipal *principal, TribesJavaReader *reader, GError **error)
{
  gboolean has_password;
  gboolean has_user;

  if (!(principal->name = catalina_read_utf (reader, "principal", error))
      || !tribes_java_reader_boolean (reader, &has_password, error))
    return FALSE;
  if (has_password && !(principal->password = catalina_read_utf (reader, "password", error)))
    return FALSE;
  if (!read_legacy_roles (principal, reader, error)
      || !tribes_java_reader_boolean (reader, &has_user, error))
    return FALSE;
  if (has_user)
    principal->user_principal = tribes_java_reader_object (reader, error);
  return !has_user || principal->user_principal;
}

CatalinaPrincipal *
catalina_principal_read (TribesJavaReader *reader, GError **error)
{
  g_autoptr (CatalinaPrincipal) principal = principal_alloc ();

  /* Either an object follows, or more of the block of data in which the flag stood. */
  if (tribes_java_reader_get_data_left (reader) > 0)
    {
      if (!read_legacy (principal, reader, error))
        return NULL;
    }
  else if (!(principal->value = tribes_java_reader_object (reader, error)))
    return NULL;
  return g_steal_pointer (&principal);
}

static gboolean
write_legacy (CatalinaPrincipal *principal, TribesJavaWriter *writer, GError **error)
{
  guint n_roles = g_strv_length (principal->roles);

  if (!tribes_java_writer_utf (writer, principal->name, error))
    return FALSE;
  tribes_java_writer_boolean (writer, principal->password != NULL);
  if (principal->password && !tribes_java_writer_utf (writer, principal->password, error))
    return FALSE;
  tribes_java_writer_int (writer, (gint32) n_roles);
  for (guint i = 0; i < n_roles; i++)
    if (!tribes_java_writer_utf (writer, principal->roles[i], error))
      return FALSE;
  tribes_java_writer_boolean (writer, principal->user_principal != NULL);
  return !principal->user_principal
         || tribes_java_writer_object (writer, principal->user_principal, error);
}

gboolean
catalina_principal_write (CatalinaPrincipal *principal, TribesJavaWriter *writer, GError **error)
{
  if (principal->value)
    return tribes_java_writer_object (writer, principal->value, error);
  return write_legacy (principal, writer, error);
}
