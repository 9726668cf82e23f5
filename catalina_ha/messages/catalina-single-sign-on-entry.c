/* SPDX-License-Identifier: Apache-2.0
 *
 * The stream an entry came in is kept, and what others get; of what is in it only that is kept
 * beside it which anybody may see. The stream, and what it is read and written by, is wiped.
 */
#include "catalina_ha/messages/catalina-single-sign-on-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-principal-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-secret-private.h"
#include "tribes/java/read/tribes-java-secret-private.h"

struct _CatalinaSingleSignOnEntry
{
  GBytes *stream;
  char *name;
  char **roles;
  char *auth_type;
  char *username;
  gboolean can_reauthenticate;
  GPtrArray *sessions; /* of CatalinaSingleSignOnSessionKey; never changed */
};

G_DEFINE_BOXED_TYPE (CatalinaSingleSignOnEntry,
                     catalina_single_sign_on_entry,
                     catalina_single_sign_on_entry_ref,
                     catalina_single_sign_on_entry_unref)

static CatalinaSingleSignOnEntry *
entry_alloc (void)
{
  CatalinaSingleSignOnEntry *entry = g_atomic_rc_box_new0 (CatalinaSingleSignOnEntry);

  entry->sessions
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_single_sign_on_session_key_unref);
  return entry;
}

/**
 * catalina_single_sign_on_entry_ref:
 * @entry: an entry
 *
 * Returns: (transfer full): @entry
 *
 * Since: 0.1
 */
CatalinaSingleSignOnEntry *
catalina_single_sign_on_entry_ref (CatalinaSingleSignOnEntry *entry)
{
  return g_atomic_rc_box_acquire (entry);
}

static void
entry_clear (gpointer data)
{
  CatalinaSingleSignOnEntry *entry = data;

  g_clear_pointer (&entry->stream, g_bytes_unref);
  g_free (entry->name);
  g_strfreev (entry->roles);
  g_free (entry->auth_type);
  g_free (entry->username);
  g_ptr_array_unref (entry->sessions);
}

/**
 * catalina_single_sign_on_entry_unref:
 * @entry: (transfer full): an entry
 *
 * Gives a reference back; the last one wipes the password.
 *
 * Since: 0.1
 */
void
catalina_single_sign_on_entry_unref (CatalinaSingleSignOnEntry *entry)
{
  g_atomic_rc_box_release_full (entry, entry_clear);
}

/**
 * catalina_single_sign_on_entry_get_name:
 * @entry: an entry
 *
 * Tomcat counterpart: `getPrincipal().getName()`.
 *
 * Returns: (nullable): the name its applications know the user by, or %NULL where the member who
 *   logged him in had a principal that cannot be sent, or is a Tomcat 7.0
 *
 * Since: 0.1
 */
const char *
catalina_single_sign_on_entry_get_name (CatalinaSingleSignOnEntry *entry)
{
  return entry->name;
}

/**
 * catalina_single_sign_on_entry_get_roles:
 * @entry: an entry
 *
 * Returns: (array zero-terminated=1): the user's roles
 *
 * Since: 0.1
 */
const char *const *
catalina_single_sign_on_entry_get_roles (CatalinaSingleSignOnEntry *entry)
{
  return (const char *const *) entry->roles;
}

/**
 * catalina_single_sign_on_entry_get_auth_type:
 * @entry: an entry
 *
 * Returns: (nullable): `BASIC`, `CLIENT_CERT`, `DIGEST` or `FORM`: how the user logged in
 *
 * Since: 0.1
 */
const char *
catalina_single_sign_on_entry_get_auth_type (CatalinaSingleSignOnEntry *entry)
{
  return entry->auth_type;
}

/**
 * catalina_single_sign_on_entry_get_username:
 * @entry: an entry
 *
 * Returns: (nullable): the name the user logged in with
 *
 * Since: 0.1
 */
const char *
catalina_single_sign_on_entry_get_username (CatalinaSingleSignOnEntry *entry)
{
  return entry->username;
}

/**
 * catalina_single_sign_on_entry_get_can_reauthenticate:
 * @entry: an entry
 *
 * Returns: whether Tomcat would log the user in again with the password it has of him
 *
 * Since: 0.1
 */
gboolean
catalina_single_sign_on_entry_get_can_reauthenticate (CatalinaSingleSignOnEntry *entry)
{
  return entry->can_reauthenticate;
}

/**
 * catalina_single_sign_on_entry_list_sessions:
 * @entry: an entry
 *
 * The sessions that end when the user logs out of one of them. A Tomcat tells the others when it
 * adds one, and not when it takes one away: some of them may be gone.
 *
 * Tomcat counterpart: `findSessions()`.
 *
 * Returns: (transfer container) (element-type CatalinaSingleSignOnSessionKey): the user's sessions
 *
 * Since: 0.1
 */
GPtrArray *
catalina_single_sign_on_entry_list_sessions (CatalinaSingleSignOnEntry *entry)
{
  return g_ptr_array_ref (entry->sessions);
}

static gboolean
refuse (const char *field, const char *expected, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "single sign-on: field %s: expected %s, found something else", field, expected);
  return FALSE;
}

static gboolean
read_string (TribesJavaValue *object, const char *field, char **out, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);
  gsize length = 0;

  *out = NULL;
  if (value && tribes_java_value_is_null (value))
    return TRUE;
  *out = value ? tribes_java_value_dup_string (value, &length) : NULL;
  return (*out && strlen (*out) == length)
         || refuse (field, "a string without NUL, or null", error);
}

static gboolean
read_key (CatalinaSingleSignOnEntry *entry, TribesJavaValue *value, GError **error)
{
  g_autofree char *session_id = NULL;
  g_autofree char *context_name = NULL;
  g_autofree char *host_name = NULL;

  if (!read_string (value, "sessionId", &session_id, error)
      || !read_string (value, "contextName", &context_name, error)
      || !read_string (value, "hostName", &host_name, error))
    return FALSE;
  if (!session_id || !context_name || !host_name)
    return refuse ("sessionKeys", "a session, its context and host", error);
  g_ptr_array_add (entry->sessions,
                   catalina_single_sign_on_session_key_new (session_id, context_name, host_name));
  return TRUE;
}

/* A map in which each key is its own value. */
static gboolean
read_sessions (CatalinaSingleSignOnEntry *entry, TribesJavaValue *object, GError **error)
{
  g_autoptr (TribesJavaValue) map = tribes_java_value_dup_field (object, "sessionKeys");
  g_autoptr (GPtrArray) elements = map ? tribes_java_value_dup_elements (map) : NULL;

  if (!elements)
    return refuse ("sessionKeys", "a map", error);
  for (guint i = 0; i + 1 < elements->len; i += 2)
    if (!read_key (entry, elements->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* A flag, and then an object of whatever class the realm has. NULL in @out: none. */
static gboolean
read_principal (TribesJavaValue *object, TribesJavaValue **out, GError **error)
{
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new_for_value (object, error);
  gboolean has_principal;

  *out = NULL;
  if (!reader || !tribes_java_reader_boolean (reader, &has_principal, error))
    return FALSE;
  if (has_principal)
    *out = tribes_java_reader_object (reader, error);
  return !has_principal || *out;
}

static gboolean
read_object (CatalinaSingleSignOnEntry *entry, TribesJavaValue *object, GError **error)
{
  g_autoptr (TribesJavaValue) can = tribes_java_value_dup_field (object, "canReauthenticate");
  g_autoptr (TribesJavaValue) value = NULL;
  g_autoptr (CatalinaPrincipal) principal = NULL;

  if (tribes_java_value_get_kind (object) != TRIBES_JAVA_KIND_OBJECT
      || g_strcmp0 (tribes_java_value_get_class_name (object), CATALINA_SINGLE_SIGN_ON_ENTRY_CLASS)
             != 0)
    return refuse ("class", CATALINA_SINGLE_SIGN_ON_ENTRY_CLASS, error);
  if (!can || !tribes_java_value_get_boolean (can, &entry->can_reauthenticate))
    return refuse ("canReauthenticate", "a boolean", error);
  if (!read_string (object, "authType", &entry->auth_type, error)
      || !read_string (object, "username", &entry->username, error)
      || !read_sessions (entry, object, error) || !read_principal (object, &value, error))
    return FALSE;
  if (value)
    principal = catalina_principal_new_for_value (value);
  entry->name = principal ? catalina_principal_dup_name (principal) : NULL;
  entry->roles = principal ? catalina_principal_dup_roles (principal) : g_new0 (char *, 1);
  return TRUE;
}

static gboolean
check_size (gsize size, GError **error)
{
  if (size <= CATALINA_SINGLE_SIGN_ON_MAX_SIZE)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_LIMIT,
               "single sign-on: expected at most %d bytes, found %" G_GSIZE_FORMAT,
               CATALINA_SINGLE_SIGN_ON_MAX_SIZE, size);
  return FALSE;
}

/* @stream: (transfer full) (nullable) */
static CatalinaSingleSignOnEntry *
new_for_stream (GBytes *stream, GError **error)
{
  g_autoptr (CatalinaSingleSignOnEntry) entry = entry_alloc ();
  g_autoptr (TribesJavaValue) object = NULL;

  entry->stream = stream;
  if (!stream || !check_size (g_bytes_get_size (stream), error))
    return NULL;
  object = tribes_java_value_deserialize_secret (stream, error);
  if (!object || !read_object (entry, object, error))
    return NULL;
  return g_steal_pointer (&entry);
}

CatalinaSingleSignOnEntry *
catalina_single_sign_on_entry_read (const guint8 *data, gsize size, GError **error)
{
  if (!check_size (size, error))
    return NULL;
  return new_for_stream (tribes_secret_bytes_new (data, size), error);
}

GBytes *
catalina_single_sign_on_entry_get_stream (CatalinaSingleSignOnEntry *entry)
{
  return entry->stream;
}

gsize
catalina_single_sign_on_entry_get_storage_size (CatalinaSingleSignOnEntry *entry)
{
  /* What is beside the stream is in it, too, and is most of it where there is much. */
  return sizeof *entry + 2 * g_bytes_get_size (entry->stream);
}

/**
 * catalina_single_sign_on_entry_new:
 * @name: the name applications shall know the user by
 * @roles: (nullable) (array zero-terminated=1): the user's roles
 * @auth_type: `BASIC`, `CLIENT_CERT`, `DIGEST` or `FORM`
 * @username: (nullable): the name the user logged in with
 * @password: (nullable): the password; only members with `requireReauthentication` need it
 *
 * One who has logged in, without a session yet. The password is copied; what it stands in here is
 * the caller's to wipe.
 *
 * Returns: (transfer full) (nullable): the entry, or %NULL where a text is too long for one
 *
 * Since: 0.1
 */
CatalinaSingleSignOnEntry *
catalina_single_sign_on_entry_new (const char *name,
                                   const char *const *roles,
                                   const char *auth_type,
                                   const char *username,
                                   const char *password)
{
  g_autoptr (TribesJavaValue) principal = catalina_principal_build (name, roles);
  g_autoptr (TribesJavaValue) secret
      = password ? tribes_java_value_new_secret_string (password) : NULL;
  g_autoptr (GPtrArray) sessions = g_ptr_array_new ();
  g_autoptr (TribesJavaValue) object
      = catalina_single_sign_on_build (auth_type, secret, username, sessions, principal);

  return new_for_stream (tribes_java_value_serialize_secret (object, NULL), NULL);
}

/* The same user with other sessions; whatever else is in the stream stays. */
static CatalinaSingleSignOnEntry *
with_sessions (CatalinaSingleSignOnEntry *entry, GPtrArray *sessions)
{
  g_autoptr (TribesJavaValue) old = tribes_java_value_deserialize_secret (entry->stream, NULL);
  g_autoptr (TribesJavaValue) password = NULL;
  g_autoptr (TribesJavaValue) principal = NULL;
  g_autoptr (TribesJavaValue) object = NULL;

  if (!old || !read_principal (old, &principal, NULL))
    return NULL;
  password = tribes_java_value_dup_field (old, "password");
  object = catalina_single_sign_on_build (entry->auth_type, password, entry->username, sessions,
                                          principal);
  return new_for_stream (tribes_java_value_serialize_secret (object, NULL), NULL);
}

static GPtrArray *
list_others (CatalinaSingleSignOnEntry *entry, CatalinaSingleSignOnSessionKey *key)
{
  GPtrArray *others
      = g_ptr_array_new_with_free_func ((GDestroyNotify) catalina_single_sign_on_session_key_unref);

  for (guint i = 0; i < entry->sessions->len; i++)
    if (!catalina_single_sign_on_session_key_equal (entry->sessions->pdata[i], key))
      g_ptr_array_add (others, catalina_single_sign_on_session_key_ref (entry->sessions->pdata[i]));
  return others;
}

/**
 * catalina_single_sign_on_entry_add_session:
 * @entry: an entry
 * @key: a session
 *
 * Returns: (transfer full) (nullable): the same user with this session, too, or %NULL where the
 *   entry would be too long
 *
 * Since: 0.1
 */
CatalinaSingleSignOnEntry *
catalina_single_sign_on_entry_add_session (CatalinaSingleSignOnEntry *entry,
                                           CatalinaSingleSignOnSessionKey *key)
{
  g_autoptr (GPtrArray) sessions = list_others (entry, key);

  if (sessions->len < entry->sessions->len)
    return catalina_single_sign_on_entry_ref (entry);
  g_ptr_array_add (sessions, catalina_single_sign_on_session_key_ref (key));
  return with_sessions (entry, sessions);
}

/**
 * catalina_single_sign_on_entry_remove_session:
 * @entry: an entry
 * @key: a session
 *
 * Returns: (transfer full) (nullable): the same user without this session
 *
 * Since: 0.1
 */
CatalinaSingleSignOnEntry *
catalina_single_sign_on_entry_remove_session (CatalinaSingleSignOnEntry *entry,
                                              CatalinaSingleSignOnSessionKey *key)
{
  g_autoptr (GPtrArray) sessions = list_others (entry, key);

  if (sessions->len == entry->sessions->len)
    return catalina_single_sign_on_entry_ref (entry);
  return with_sessions (entry, sessions);
}
