/* SPDX-License-Identifier: Apache-2.0
 *
 * What the actions of a delta do to a session. An action of an unknown type, or with a value of the
 * wrong class, is left out and the others are applied: the sender is another version, not an enemy.
 */
#include "catalina_ha/session/catalina-session-private.h"

/* Takes @name, which must be interned: the same name is the same pointer then. */
static guint
find (GArray *values, const char *name)
{
  guint i = 0;

  while (values && i < values->len && g_array_index (values, CatalinaNamedValue, i).name != name)
    i++;
  return i;
}

/* NULL as @value removes. */
static gboolean
set_named (GArray **values, const char *name, TribesJavaValue *value, guint max)
{
  g_autoptr (GRefString) interned = g_ref_string_new_intern (name);
  guint len = *values ? (*values)->len : 0;
  guint at = find (*values, interned);

  if (!value)
    {
      if (at < len)
        g_array_remove_index (*values, at);
      return TRUE;
    }
  if (at < len)
    {
      CatalinaNamedValue *named = &g_array_index (*values, CatalinaNamedValue, at);
      g_autoptr (TribesJavaValue) old = named->value;

      named->value = tribes_java_value_ref (value);
      return TRUE;
    }
  if (len >= max)
    return FALSE;
  if (!*values)
    *values = catalina_named_values_new ();
  g_array_append_vals (*values,
                       &(CatalinaNamedValue){ g_steal_pointer (&interned),
                                              tribes_java_value_ref (value) },
                       1);
  return TRUE;
}

static gboolean
set_note (CatalinaSession *session, const char *name, TribesJavaValue *value, guint max)
{
  TribesJavaValue **note = NULL;

  if (strcmp (name, CATALINA_NOTE_SESSION_ID) == 0)
    note = &session->state.session_id_note;
  else if (strcmp (name, CATALINA_NOTE_REQUEST) == 0)
    note = &session->state.request_note;
  if (!note)
    return set_named (&session->notes, name, value, max);
  g_clear_pointer (note, tribes_java_value_unref);
  *note = value ? tribes_java_value_ref (value) : NULL;
  return TRUE;
}

static gboolean
set_principal (CatalinaSession *session, TribesJavaValue *value)
{
  g_clear_pointer (&session->state.principal, catalina_principal_unref);
  if (value)
    session->state.principal = catalina_principal_new_for_value (value);
  return TRUE;
}

static gboolean
set_auth_type (CatalinaSession *session, TribesJavaValue *value)
{
  g_autofree char *auth_type = value ? tribes_java_value_dup_string (value, NULL) : NULL;

  if (value && !auth_type)
    return FALSE;
  g_free (session->auth_type);
  session->auth_type = g_steal_pointer (&auth_type);
  return TRUE;
}

static gboolean
change_listeners (CatalinaSession *session, TribesJavaValue *value, gboolean removes, guint max)
{
  GPtrArray **listeners = &session->state.listeners;

  if (!value)
    return FALSE;
  if (!removes)
    {
      if (!*listeners)
        *listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
      if ((*listeners)->len >= max)
        return FALSE;
      g_ptr_array_add (*listeners, tribes_java_value_ref (value));
      return TRUE;
    }
  for (guint i = 0; *listeners && i < (*listeners)->len; i++)
    if (tribes_java_value_equal ((*listeners)->pdata[i], value))
      {
        g_ptr_array_remove_index (*listeners, i);
        break;
      }
  return TRUE;
}

static gboolean
set_is_new (CatalinaSession *session, TribesJavaValue *value)
{
  return value && tribes_java_value_get_boolean (value, &session->state.is_new);
}

static gboolean
set_max_inactive (CatalinaSession *session, TribesJavaValue *value)
{
  return value && tribes_java_value_get_int (value, &session->state.max_inactive_interval);
}

static gboolean
apply_action (CatalinaSession *session, const CatalinaDeltaAction *action, guint max)
{
  gboolean removes = action->action != CATALINA_DELTA_SET;
  TribesJavaValue *value = removes ? NULL : action->value;

  if (value && tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_ABORTED)
    return FALSE;
  switch (action->type)
    {
    case CATALINA_DELTA_ATTRIBUTE:
      return set_named (&session->state.attributes, action->name, value, max);
    case CATALINA_DELTA_PRINCIPAL:
      return set_principal (session, value);
    case CATALINA_DELTA_IS_NEW:
      return set_is_new (session, action->value);
    case CATALINA_DELTA_MAX_INACTIVE:
      return set_max_inactive (session, action->value);
    case CATALINA_DELTA_AUTH_TYPE:
      return set_auth_type (session, value);
    case CATALINA_DELTA_LISTENER:
      return change_listeners (session, action->value, removes, max);
    case CATALINA_DELTA_NOTE:
      return set_note (session, action->name, value, max);
    default:
      return FALSE;
    }
}

/* What the values of a delta cost, before it is known which of them replace others. */
static gsize
values_size (CatalinaDelta *delta)
{
  gsize size = 0;

  for (guint i = 0; i < delta->actions->len; i++)
    {
      CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);

      if (action->value)
        size += sizeof (CatalinaNamedValue) + tribes_java_value_get_storage_size (action->value);
    }
  return size;
}

CatalinaApplyResult
catalina_session_apply (CatalinaSession *session,
                        CatalinaDelta *delta,
                        const CatalinaLimits *limits,
                        GStrvBuilder *names)
{
  CatalinaApplyResult result = CATALINA_APPLY_OK;

  if (values_size (delta) > limits->session_bytes - MIN (session->size, limits->session_bytes))
    return CATALINA_APPLY_OVER_LIMIT;
  for (guint i = 0; i < delta->actions->len; i++)
    {
      CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);

      if (!apply_action (session, action, limits->session_attributes))
        result = CATALINA_APPLY_ODD;
      else if (names && action->type == CATALINA_DELTA_ATTRIBUTE)
        g_strv_builder_add (names, action->name);
    }
  catalina_session_update_size (session);
  return result;
}
