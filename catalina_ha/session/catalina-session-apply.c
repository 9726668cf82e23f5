/* SPDX-License-Identifier: Apache-2.0
 *
 * What the actions of a delta do to a session. An action of an unknown type, or with a value of the
 * wrong class, is left out and the others are applied: the sender is another version, not an enemy.
 * The work grows with the delta and with the session, not with their product.
 */
#include "catalina_ha/session/catalina-session-private.h"

#include "catalina_ha/messages/catalina-text-private.h"
#include "tribes/base/tribes-hash-private.h"

/* Up to so many actions look for a name from the beginning; more have an index. */
#define FEW_ACTIONS 8

/* What the removals of listeners in one delta may compare, in bytes. */
#define COMPARED_BYTES (16 * 1024 * 1024)

/* Values by name, while they are changed. What is removed leaves a hole until all is done. */
typedef struct
{
  GArray **values;   /* of CatalinaNamedValue; a hole has no value */
  GHashTable *index; /* name -> place + 1; NULL where few are looked for */
  gboolean has_holes;
} NamedTable;

/* A session that a delta is being applied to. */
typedef struct
{
  CatalinaSession *session;
  NamedTable attributes;
  NamedTable notes;
  gsize compared;
} Applying;

static void
table_init (NamedTable *table, GArray **values, gboolean indexed)
{
  *table = (NamedTable){ .values = values };
  if (!indexed)
    return;
  table->index = g_hash_table_new (tribes_str_hash, g_str_equal);
  for (guint i = 0; *values && i < (*values)->len; i++)
    g_hash_table_insert (table->index, g_array_index (*values, CatalinaNamedValue, i).name,
                         GUINT_TO_POINTER (i + 1));
}

/* Closes the holes. */
static void
table_finish (NamedTable *table)
{
  g_autoptr (GArray) old = NULL;

  g_clear_pointer (&table->index, g_hash_table_unref);
  if (!table->has_holes)
    return;
  old = *table->values;
  *table->values = catalina_named_values_new ();
  for (guint i = 0; i < old->len; i++)
    {
      CatalinaNamedValue *named = &g_array_index (old, CatalinaNamedValue, i);

      if (!named->value)
        continue;
      g_array_append_val (*table->values, *named);
      *named = (CatalinaNamedValue){ 0 };
    }
}

static CatalinaNamedValue *
table_find (NamedTable *table, const char *name)
{
  GArray *values = *table->values;
  guint place;

  if (table->index)
    {
      place = GPOINTER_TO_UINT (g_hash_table_lookup (table->index, name));
      return place > 0 ? &g_array_index (values, CatalinaNamedValue, place - 1) : NULL;
    }
  for (guint i = 0; values && i < values->len; i++)
    if (strcmp (g_array_index (values, CatalinaNamedValue, i).name, name) == 0)
      return &g_array_index (values, CatalinaNamedValue, i);
  return NULL;
}

/* NULL as @value removes. */
static gboolean
table_set (NamedTable *table, const char *name, TribesJavaValue *value)
{
  CatalinaNamedValue *named = table_find (table, name);
  CatalinaNamedValue added;

  if (named)
    {
      g_clear_pointer (&named->value, tribes_java_value_unref);
      named->value = value ? tribes_java_value_ref (value) : NULL;
      table->has_holes |= !value;
      return TRUE;
    }
  if (!value)
    return TRUE;
  if (!*table->values)
    *table->values = catalina_named_values_new ();
  added = (CatalinaNamedValue){ catalina_share_name (name), tribes_java_value_ref (value) };
  g_array_append_val (*table->values, added);
  if (table->index)
    g_hash_table_insert (table->index, added.name, GUINT_TO_POINTER ((*table->values)->len));
  return TRUE;
}

static gboolean
set_note (Applying *self, const char *name, TribesJavaValue *value)
{
  TribesJavaValue **note = NULL;

  if (strcmp (name, CATALINA_NOTE_SESSION_ID) == 0)
    note = &self->session->state.session_id_note;
  else if (strcmp (name, CATALINA_NOTE_REQUEST) == 0)
    note = &self->session->state.request_note;
  if (!note)
    return table_set (&self->notes, name, value);
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

static gsize
listener_size (TribesJavaValue *listener)
{
  return sizeof (gpointer) + tribes_java_value_get_storage_size (listener);
}

/* FALSE where finding it would take too long. */
static gboolean
remove_listener (Applying *self, GPtrArray *listeners, TribesJavaValue *value)
{
  for (guint i = 0; i < listeners->len; i++)
    {
      self->compared += MIN (listener_size (listeners->pdata[i]), listener_size (value));
      if (self->compared > COMPARED_BYTES)
        return FALSE;
      if (tribes_java_value_equal (listeners->pdata[i], value))
        {
          g_ptr_array_remove_index (listeners, i);
          break;
        }
    }
  return TRUE;
}

static gboolean
change_listeners (Applying *self, TribesJavaValue *value, gboolean removes)
{
  GPtrArray **listeners = &self->session->state.listeners;

  if (!value)
    return FALSE;
  if (removes)
    return !*listeners || remove_listener (self, *listeners, value);
  if (!*listeners)
    *listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
  g_ptr_array_add (*listeners, tribes_java_value_ref (value));
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
apply_action (Applying *self, const CatalinaDeltaAction *action)
{
  CatalinaSession *session = self->session;
  gboolean removes = action->action != CATALINA_DELTA_SET;
  TribesJavaValue *value = removes ? NULL : action->value;

  if (value && tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_ABORTED)
    return FALSE;
  switch (action->type)
    {
    case CATALINA_DELTA_ATTRIBUTE:
      return table_set (&self->attributes, action->name, value);
    case CATALINA_DELTA_PRINCIPAL:
      return set_principal (session, value);
    case CATALINA_DELTA_IS_NEW:
      return set_is_new (session, action->value);
    case CATALINA_DELTA_MAX_INACTIVE:
      return set_max_inactive (session, action->value);
    case CATALINA_DELTA_AUTH_TYPE:
      return set_auth_type (session, value);
    case CATALINA_DELTA_LISTENER:
      return change_listeners (self, action->value, removes);
    case CATALINA_DELTA_NOTE:
      return set_note (self, action->name, value);
    default:
      return FALSE;
    }
}

static const CatalinaDeltaAction *
action_at (CatalinaDelta *delta, guint index)
{
  return &g_array_index (delta->actions, CatalinaDeltaAction, index);
}

static gboolean
sets (const CatalinaDeltaAction *action)
{
  return action->action == CATALINA_DELTA_SET && action->value;
}

/* What the values of a delta cost, before it is known which of them replace others. */
static gsize
values_size (CatalinaDelta *delta)
{
  gsize size = 0;

  for (guint i = 0; i < delta->actions->len; i++)
    {
      const CatalinaDeltaAction *action = action_at (delta, i);

      if (action->value)
        size += catalina_named_value_size (action->name, action->value);
    }
  return size;
}

/* How many of these there would be behind @delta. */
static guint
count_names (GArray *values, CatalinaDelta *delta, CatalinaDeltaType type)
{
  g_autoptr (GHashTable) names = g_hash_table_new (tribes_str_hash, g_str_equal);

  for (guint i = 0; values && i < values->len; i++)
    g_hash_table_add (names, g_array_index (values, CatalinaNamedValue, i).name);
  for (guint i = 0; i < delta->actions->len; i++)
    {
      const CatalinaDeltaAction *action = action_at (delta, i);

      if (action->type != (gint32) type)
        continue;
      if (sets (action))
        g_hash_table_add (names, action->name);
      else
        g_hash_table_remove (names, action->name);
    }
  return g_hash_table_size (names);
}

static gboolean
fits (guint n, GArray *values, CatalinaDelta *delta, CatalinaDeltaType type, guint max)
{
  /* Each may be another's name; only then it is worth counting. */
  for (guint i = 0; i < delta->actions->len && n <= max; i++)
    n += action_at (delta, i)->type == (gint32) type && sets (action_at (delta, i));
  return n <= max || (type != CATALINA_DELTA_LISTENER && count_names (values, delta, type) <= max);
}

static gboolean
all_fits (CatalinaSession *session, CatalinaDelta *delta, const CatalinaLimits *limits)
{
  GArray *attributes = session->state.attributes;
  GPtrArray *listeners = session->state.listeners;
  guint max = limits->session_attributes;

  return values_size (delta) <= limits->session_bytes - MIN (session->size, limits->session_bytes)
         && fits (attributes ? attributes->len : 0, attributes, delta, CATALINA_DELTA_ATTRIBUTE,
                  max)
         && fits (session->notes ? session->notes->len : 0, session->notes, delta,
                  CATALINA_DELTA_NOTE, max)
         && fits (listeners ? listeners->len : 0, NULL, delta, CATALINA_DELTA_LISTENER, max);
}

/* Each name once. */
static void
tell_names (CatalinaDelta *delta, GStrvBuilder *names)
{
  g_autoptr (GHashTable) told = g_hash_table_new (tribes_str_hash, g_str_equal);

  for (guint i = 0; i < delta->actions->len; i++)
    {
      const CatalinaDeltaAction *action = action_at (delta, i);

      if (action->type == CATALINA_DELTA_ATTRIBUTE
          && !(sets (action)
               && tribes_java_value_get_kind (action->value) == TRIBES_JAVA_KIND_ABORTED)
          && g_hash_table_add (told, action->name))
        g_strv_builder_add (names, action->name);
    }
}

CatalinaApplyResult
catalina_session_apply (CatalinaSession *session,
                        CatalinaDelta *delta,
                        const CatalinaLimits *limits,
                        GStrvBuilder *names)
{
  gboolean indexed = delta->actions->len > FEW_ACTIONS;
  CatalinaApplyResult result = CATALINA_APPLY_OK;
  Applying self = { .session = session };

  if (!all_fits (session, delta, limits))
    return CATALINA_APPLY_OVER_LIMIT;
  table_init (&self.attributes, &session->state.attributes, indexed);
  table_init (&self.notes, &session->notes, indexed);
  for (guint i = 0; i < delta->actions->len; i++)
    if (!apply_action (&self, action_at (delta, i)))
      result = CATALINA_APPLY_ODD;
  table_finish (&self.attributes);
  table_finish (&self.notes);
  catalina_session_update_size (session);
  if (names)
    tell_names (delta, names);
  return result;
}
