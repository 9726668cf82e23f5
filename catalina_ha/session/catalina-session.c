/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/session/catalina-session-private.h"

G_DEFINE_BOXED_TYPE (CatalinaSession,
                     catalina_session,
                     catalina_session_ref,
                     catalina_session_unref)

static CatalinaSession *
session_alloc (void)
{
  CatalinaSession *session = g_new0 (CatalinaSession, 1);

  session->ref_count = 1;
  return session;
}

CatalinaSession *
catalina_session_new (const char *id, gint64 creation_time, int max_inactive)
{
  CatalinaSession *session = session_alloc ();

  session->state.id = g_strdup (id);
  session->state.creation_time = creation_time;
  session->state.last_accessed_time = creation_time;
  session->state.this_accessed_time = creation_time;
  session->state.max_inactive_interval = max_inactive;
  session->state.is_valid = TRUE;
  catalina_session_update_size (session);
  return session;
}

CatalinaSession *
catalina_session_new_take_state (CatalinaSessionState *state)
{
  CatalinaSession *session = session_alloc ();

  session->state = *state;
  *state = (CatalinaSessionState){ 0 };
  catalina_session_update_size (session);
  return session;
}

static GArray *
copy_named_values (GArray *values)
{
  GArray *copy;

  if (!values)
    return NULL;
  copy = catalina_named_values_new ();
  g_array_append_vals (copy, values->data, values->len);
  for (guint i = 0; i < copy->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (copy, CatalinaNamedValue, i);

      g_ref_string_acquire (named->name);
      tribes_java_value_ref (named->value);
    }
  return copy;
}

static gpointer
copy_value (gconstpointer value, gpointer unused)
{
  return tribes_java_value_ref ((TribesJavaValue *) value);
}

CatalinaSession *
catalina_session_copy (CatalinaSession *session)
{
  CatalinaSession *copy = session_alloc ();
  CatalinaSessionState *state = &copy->state;

  *copy = *session;
  copy->ref_count = 1;
  state->id = g_strdup (state->id);
  copy->auth_type = g_strdup (copy->auth_type);
  if (state->principal)
    catalina_principal_ref (state->principal);
  if (state->session_id_note)
    tribes_java_value_ref (state->session_id_note);
  if (state->request_note)
    tribes_java_value_ref (state->request_note);
  if (state->listeners)
    state->listeners = g_ptr_array_copy (state->listeners, copy_value, NULL);
  state->attributes = copy_named_values (state->attributes);
  copy->notes = copy_named_values (copy->notes);
  if (copy->unsent)
    {
      copy->unsent = catalina_delta_new ();
      catalina_delta_append (copy->unsent, session->unsent);
    }
  return copy;
}

/**
 * catalina_session_ref:
 * @session: a session
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @session
 *
 * Since: 0.1
 */
CatalinaSession *
catalina_session_ref (CatalinaSession *session)
{
  g_atomic_int_inc (&session->ref_count);
  return session;
}

/**
 * catalina_session_unref:
 * @session: (transfer full): a session
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
catalina_session_unref (CatalinaSession *session)
{
  if (!g_atomic_int_dec_and_test (&session->ref_count))
    return;
  catalina_session_state_clear (&session->state);
  g_clear_pointer (&session->notes, g_array_unref);
  g_clear_pointer (&session->unsent, catalina_delta_unref);
  g_free (session->auth_type);
  g_free (session);
}

gsize
catalina_named_value_size (const char *name, TribesJavaValue *value)
{
  /* Short names are nearly always shared. */
  gsize length = strlen (name);

  return sizeof (CatalinaNamedValue) + tribes_java_value_get_storage_size (value)
         + (length > 64 ? length : 0);
}

static gsize
named_values_size (GArray *values)
{
  gsize size = 0;

  if (!values)
    return 0;
  size = sizeof *values;
  for (guint i = 0; i < values->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (values, CatalinaNamedValue, i);

      size += catalina_named_value_size (named->name, named->value);
    }
  return size;
}

void
catalina_session_keep_unsaid (CatalinaSession *session, CatalinaSession *before)
{
  if (!session->auth_type)
    session->auth_type = g_strdup (before->auth_type);
  if (!session->notes)
    session->notes = copy_named_values (before->notes);
  catalina_session_update_size (session);
}

/* The values are those of the session. */
static gsize
unsent_size (CatalinaDelta *unsent)
{
  gsize size = 0;

  for (guint i = 0; unsent && i < unsent->actions->len; i++)
    size += sizeof (CatalinaDeltaAction)
            + strlen (g_array_index (unsent->actions, CatalinaDeltaAction, i).name) + 1;
  return size;
}

void
catalina_session_update_size (CatalinaSession *session)
{
  CatalinaSessionState *state = &session->state;
  gsize size = sizeof *session + strlen (state->id) + 1;

  size += named_values_size (state->attributes) + named_values_size (session->notes);
  if (state->principal)
    size += catalina_principal_get_storage_size (state->principal);
  if (state->session_id_note)
    size += tribes_java_value_get_storage_size (state->session_id_note);
  if (state->request_note)
    size += tribes_java_value_get_storage_size (state->request_note);
  for (guint i = 0; state->listeners && i < state->listeners->len; i++)
    size += tribes_java_value_get_storage_size (state->listeners->pdata[i]);
  session->size = size + unsent_size (session->unsent);
}

void
catalina_session_touch (CatalinaSession *session, gint64 now_ms)
{
  session->state.this_accessed_time = now_ms;
  session->state.last_accessed_time = now_ms;
  session->state.is_new = FALSE;
  session->clock_lacks_ms = 0;
}

gint64
catalina_session_get_used (CatalinaSession *session)
{
  gint64 used_ms;

  /* What somebody sent may be anything. */
  if (__builtin_add_overflow (session->state.last_accessed_time, session->clock_lacks_ms, &used_ms))
    return session->state.last_accessed_time;
  return used_ms;
}

gint64
catalina_session_get_end (CatalinaSession *session)
{
  const CatalinaSessionState *state = &session->state;
  /* Whoever has the session ends it in time. Another waits as long again: if it is still here then,
   * the one who had it is gone, and nobody asked for it since. */
  gint64 times = session->is_primary ? 1 : 2;

  if (state->max_inactive_interval <= 0)
    return G_MAXINT64;
  return state->this_accessed_time + times * state->max_inactive_interval * 1000;
}

/**
 * catalina_session_get_id:
 * @session: a session
 *
 * The id that the browser has in a cookie.
 *
 * Returns: the id
 *
 * Since: 0.1
 */
const char *
catalina_session_get_id (CatalinaSession *session)
{
  return session->state.id;
}

/**
 * catalina_session_get_creation_time:
 * @session: a session
 *
 * When the session was made.
 *
 * Returns: milliseconds since 1970
 *
 * Since: 0.1
 */
gint64
catalina_session_get_creation_time (CatalinaSession *session)
{
  return session->state.creation_time;
}

/**
 * catalina_session_get_last_accessed_time:
 * @session: a session
 *
 * When the last but one use of the session began, or, while nobody uses it, the last ended.
 *
 * Returns: milliseconds since 1970
 *
 * Since: 0.1
 */
gint64
catalina_session_get_last_accessed_time (CatalinaSession *session)
{
  return session->state.last_accessed_time;
}

/**
 * catalina_session_get_this_accessed_time:
 * @session: a session
 *
 * When the session was last used, or came here with a state transfer. Counts for when it ends.
 *
 * Returns: milliseconds since 1970
 *
 * Since: 0.1
 */
gint64
catalina_session_get_this_accessed_time (CatalinaSession *session)
{
  return session->state.this_accessed_time;
}

/**
 * catalina_session_get_max_inactive_interval:
 * @session: a session
 *
 * How long the session lives without being used.
 *
 * Returns: seconds; 0 or less: for ever
 *
 * Since: 0.1
 */
int
catalina_session_get_max_inactive_interval (CatalinaSession *session)
{
  return session->state.max_inactive_interval;
}

/**
 * catalina_session_is_new:
 * @session: a session
 *
 * Whether the session was made and not used since.
 *
 * Returns: whether it is new
 *
 * Since: 0.1
 */
gboolean
catalina_session_is_new (CatalinaSession *session)
{
  return session->state.is_new;
}

/**
 * catalina_session_is_valid:
 * @session: a session
 *
 * Whether the session had not ended when this view of it was taken.
 *
 * Returns: whether it is valid
 *
 * Since: 0.1
 */
gboolean
catalina_session_is_valid (CatalinaSession *session)
{
  return session->state.is_valid;
}

/**
 * catalina_session_is_primary:
 * @session: a session
 *
 * Whether this member was the last to use the session, as far as it knows. It then ends the session
 * when its time has come, and tells the others.
 *
 * Returns: whether it is this member's
 *
 * Since: 0.1
 */
gboolean
catalina_session_is_primary (CatalinaSession *session)
{
  return session->is_primary;
}

/**
 * catalina_session_is_stale:
 * @session: a session
 *
 * Whether a change of the session was refused here because it would have exceeded a limit of
 * [struct@CatalinaHa.Limits]. Such a session is not handed to members that ask for all sessions,
 * until a state transfer brings it again.
 *
 * Returns: whether others know it better
 *
 * Since: 0.1
 */
gboolean
catalina_session_is_stale (CatalinaSession *session)
{
  return session->is_stale;
}

/**
 * catalina_session_get_auth_type:
 * @session: a session
 *
 * How the user logged in, such as `FORM` or `BASIC`. A state transfer does not carry it; a member of
 * this kind sends it behind one.
 *
 * Returns: (nullable): the type
 *
 * Since: 0.1
 */
const char *
catalina_session_get_auth_type (CatalinaSession *session)
{
  return session->auth_type;
}

/**
 * catalina_session_dup_principal_name:
 * @session: a session
 *
 * Who is logged in.
 *
 * Returns: (transfer full) (nullable): the user's name; %NULL for nobody
 *
 * Since: 0.1
 */
char *
catalina_session_dup_principal_name (CatalinaSession *session)
{
  CatalinaPrincipal *principal = session->state.principal;

  return principal ? catalina_principal_dup_name (principal) : NULL;
}

/**
 * catalina_session_dup_roles:
 * @session: a session
 *
 * The roles of who is logged in.
 *
 * Returns: (transfer full) (nullable) (array zero-terminated=1): the roles; %NULL if nobody is
 *
 * Since: 0.1
 */
char **
catalina_session_dup_roles (CatalinaSession *session)
{
  CatalinaPrincipal *principal = session->state.principal;

  return principal ? catalina_principal_dup_roles (principal) : NULL;
}

/**
 * catalina_session_get_principal:
 * @session: a session
 *
 * Who is logged in, as the Java object that was received.
 *
 * Returns: (transfer none) (nullable): the object
 *
 * Since: 0.1
 */
TribesJavaValue *
catalina_session_get_principal (CatalinaSession *session)
{
  CatalinaPrincipal *principal = session->state.principal;

  return principal ? catalina_principal_get_value (principal) : NULL;
}

/* (nullable): a field that has to be a string */
static char *
dup_text (TribesJavaValue *object, const char *field)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_dup_field (object, field);

  return value ? tribes_java_value_dup_string (value, NULL) : NULL;
}

/**
 * catalina_session_dup_saved_uri:
 * @session: a session
 *
 * What the browser had asked for when a member has shown it a login form: where it is to be
 * redirected to when the user is logged in. It never names another host.
 *
 * Tomcat counterpart: `FormAuthenticator.savedRequestURL()`
 *
 * Returns: (transfer full) (nullable): path and query; %NULL if nothing is saved
 *
 * Since: 0.1
 */
char *
catalina_session_dup_saved_uri (CatalinaSession *session)
{
  TribesJavaValue *saved = session->state.request_note;
  g_autofree char *path = saved ? dup_text (saved, "requestURI") : NULL;
  g_autofree char *query = path ? dup_text (saved, "queryString") : NULL;
  const char *begin = path;

  if (!path)
    return NULL;
  /* Two slashes would begin with a host. */
  while (begin[0] != '\0' && begin[1] == '/')
    begin++;
  return query ? g_strconcat (begin, "?", query, NULL) : g_strdup (begin);
}

/**
 * catalina_session_get_n_attributes:
 * @session: a session
 *
 * How many attributes there are.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
catalina_session_get_n_attributes (CatalinaSession *session)
{
  return session->state.attributes ? session->state.attributes->len : 0;
}

/**
 * catalina_session_list_attributes:
 * @session: a session
 *
 * The names of the attributes, in the order in which they came.
 *
 * Returns: (transfer full) (array zero-terminated=1): the names
 *
 * Since: 0.1
 */
char **
catalina_session_list_attributes (CatalinaSession *session)
{
  guint n = catalina_session_get_n_attributes (session);
  char **names = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    names[i] = g_strdup (g_array_index (session->state.attributes, CatalinaNamedValue, i).name);
  return names;
}

/**
 * catalina_session_get_attribute:
 * @session: a session
 * @name: name of an attribute
 *
 * The value of an attribute.
 *
 * Returns: (transfer none) (nullable): the value; %NULL if there is none
 *
 * Since: 0.1
 */
TribesJavaValue *
catalina_session_get_attribute (CatalinaSession *session, const char *name)
{
  guint n = catalina_session_get_n_attributes (session);

  g_return_val_if_fail (name, NULL);
  for (guint i = 0; i < n; i++)
    {
      CatalinaNamedValue *named = &g_array_index (session->state.attributes, CatalinaNamedValue, i);

      if (strcmp (named->name, name) == 0)
        return named->value;
    }
  return NULL;
}

/**
 * catalina_session_get_storage_size:
 * @session: a session
 *
 * What the session costs.
 *
 * Returns: bytes
 *
 * Since: 0.1
 */
gsize
catalina_session_get_storage_size (CatalinaSession *session)
{
  return session->size;
}
