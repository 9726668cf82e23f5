/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/messages/catalina-delta-private.h"

#include "catalina_ha/messages/catalina-text-private.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/java/build/tribes-java-build.h"

#define NAME_PRINCIPAL    "__SET__PRINCIPAL__"
#define NAME_MAX_INACTIVE "__SET__MAXINTERVAL__"
#define NAME_IS_NEW       "__SET__ISNEW__"
#define NAME_AUTH_TYPE    "__SET__AUTHTYPE__"

/* From so many on, whether an action has the name of one that is added is looked up. */
#define MANY_ACTIONS 16

G_DEFINE_BOXED_TYPE (CatalinaDelta, catalina_delta, catalina_delta_ref, catalina_delta_unref)

static void
action_clear (gpointer data)
{
  CatalinaDeltaAction *action = data;

  g_free (action->name);
  g_clear_pointer (&action->value, tribes_java_value_unref);
}

static void
delta_clear (gpointer data)
{
  CatalinaDelta *delta = data;

  g_clear_pointer (&delta->names, g_hash_table_unref);
  g_array_unref (delta->actions);
  g_free (delta->session_id);
}

/**
 * catalina_delta_new:
 *
 * Makes an empty set of changes.
 *
 * Returns: (transfer full): the changes
 *
 * Since: 0.1
 */
CatalinaDelta *
catalina_delta_new (void)
{
  CatalinaDelta *delta = g_atomic_rc_box_new0 (CatalinaDelta);

  /* Room for what a request usually changes. */
  delta->actions = g_array_sized_new (FALSE, FALSE, sizeof (CatalinaDeltaAction), 4);
  g_array_set_clear_func (delta->actions, action_clear);
  return delta;
}

/**
 * catalina_delta_ref:
 * @delta: changes
 *
 * Takes a reference.
 *
 * Returns: (transfer full): @delta
 *
 * Since: 0.1
 */
CatalinaDelta *
catalina_delta_ref (CatalinaDelta *delta)
{
  return g_atomic_rc_box_acquire (delta);
}

/**
 * catalina_delta_unref:
 * @delta: (transfer full): changes
 *
 * Gives a reference back.
 *
 * Since: 0.1
 */
void
catalina_delta_unref (CatalinaDelta *delta)
{
  g_atomic_rc_box_release_full (delta, delta_clear);
}

static gboolean
may_have (CatalinaDelta *delta, const char *name)
{
  if (delta->actions->len < MANY_ACTIONS)
    return TRUE;
  if (!delta->names)
    {
      delta->names = g_hash_table_new (tribes_str_hash, g_str_equal);
      for (guint i = 0; i < delta->actions->len; i++)
        g_hash_table_add (delta->names,
                          g_array_index (delta->actions, CatalinaDeltaAction, i).name);
    }
  return g_hash_table_contains (delta->names, name);
}

static void
remove_named (CatalinaDelta *delta, const char *name)
{
  for (guint i = 0; i < delta->actions->len; i++)
    if (strcmp (g_array_index (delta->actions, CatalinaDeltaAction, i).name, name) == 0)
      {
        if (delta->names)
          g_hash_table_remove (delta->names, name);
        g_array_remove_index (delta->actions, i);
        break;
      }
}

void
catalina_delta_add (
    CatalinaDelta *delta, gint32 type, gint32 action, const char *name, TribesJavaValue *value)
{
  CatalinaDeltaAction added = { type, action, g_strdup (name), NULL };

  if (value && !tribes_java_value_is_null (value))
    added.value = tribes_java_value_ref (value);
  if (may_have (delta, name))
    remove_named (delta, name);
  g_array_append_val (delta->actions, added);
  if (delta->names)
    g_hash_table_add (delta->names, added.name);
}

void
catalina_delta_append (CatalinaDelta *delta, CatalinaDelta *other)
{
  for (guint i = 0; i < other->actions->len; i++)
    {
      CatalinaDeltaAction *action = &g_array_index (other->actions, CatalinaDeltaAction, i);

      catalina_delta_add (delta, action->type, action->action, action->name, action->value);
    }
}

/**
 * catalina_delta_set_attribute:
 * @delta: changes
 * @name: name of an attribute
 * @value: (nullable): its value; %NULL or Java's null removes the attribute
 *
 * Sets an attribute.
 *
 * Since: 0.1
 */
void
catalina_delta_set_attribute (CatalinaDelta *delta, const char *name, TribesJavaValue *value)
{
  gboolean removes = !value || tribes_java_value_is_null (value);

  g_return_if_fail (delta && name);
  catalina_delta_add (delta, CATALINA_DELTA_ATTRIBUTE,
                      removes ? CATALINA_DELTA_REMOVE : CATALINA_DELTA_SET, name, value);
}

/**
 * catalina_delta_remove_attribute:
 * @delta: changes
 * @name: name of an attribute
 *
 * Removes an attribute.
 *
 * Since: 0.1
 */
void
catalina_delta_remove_attribute (CatalinaDelta *delta, const char *name)
{
  catalina_delta_set_attribute (delta, name, NULL);
}

/**
 * catalina_delta_set_max_inactive_interval:
 * @delta: changes
 * @seconds: how long the session lives without being used, in seconds; 0 or less: for ever
 *
 * Sets when the session ends by itself.
 *
 * Since: 0.1
 */
void
catalina_delta_set_max_inactive_interval (CatalinaDelta *delta, int seconds)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_int (seconds);

  g_return_if_fail (delta);
  catalina_delta_add (delta, CATALINA_DELTA_MAX_INACTIVE, CATALINA_DELTA_SET, NAME_MAX_INACTIVE,
                      value);
}

void
catalina_delta_set_new (CatalinaDelta *delta, gboolean is_new)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_boolean (is_new);

  catalina_delta_add (delta, CATALINA_DELTA_IS_NEW, CATALINA_DELTA_SET, NAME_IS_NEW, value);
}

void
catalina_delta_set_principal_value (CatalinaDelta *delta, TribesJavaValue *value)
{
  catalina_delta_add (delta, CATALINA_DELTA_PRINCIPAL,
                      value ? CATALINA_DELTA_SET : CATALINA_DELTA_REMOVE, NAME_PRINCIPAL, value);
}

/**
 * catalina_delta_set_principal:
 * @delta: changes
 * @name: (nullable): name of a user; %NULL logs out
 * @roles: (nullable) (array zero-terminated=1): the user's roles
 *
 * Says who is logged in.
 *
 * Since: 0.1
 */
void
catalina_delta_set_principal (CatalinaDelta *delta, const char *name, const char *const *roles)
{
  g_autoptr (TribesJavaValue) value = name ? catalina_principal_build (name, roles) : NULL;

  g_return_if_fail (delta);
  catalina_delta_set_principal_value (delta, value);
}

/**
 * catalina_delta_set_auth_type:
 * @delta: changes
 * @auth_type: (nullable): how the user logged in, such as `FORM` or `BASIC`
 *
 * Says how the user logged in.
 *
 * Since: 0.1
 */
void
catalina_delta_set_auth_type (CatalinaDelta *delta, const char *auth_type)
{
  g_autoptr (TribesJavaValue) value = auth_type ? tribes_java_value_new_string (auth_type) : NULL;

  g_return_if_fail (delta);
  catalina_delta_add (delta, CATALINA_DELTA_AUTH_TYPE,
                      value ? CATALINA_DELTA_SET : CATALINA_DELTA_REMOVE, NAME_AUTH_TYPE, value);
}

/**
 * catalina_delta_get_n_actions:
 * @delta: changes
 *
 * How many changes there are.
 *
 * Returns: their number
 *
 * Since: 0.1
 */
guint
catalina_delta_get_n_actions (CatalinaDelta *delta)
{
  return delta->actions->len;
}

static const CatalinaDeltaAction *
get_action (CatalinaDelta *delta, guint index)
{
  static const CatalinaDeltaAction none;

  g_return_val_if_fail (index < delta->actions->len, &none);
  return &g_array_index (delta->actions, CatalinaDeltaAction, index);
}

/**
 * catalina_delta_get_action_type:
 * @delta: changes
 * @index: number of an action
 *
 * Returns: what it changes. A number that a newer Tomcat sends may be none of
 *   [enum@CatalinaHa.DeltaType].
 *
 * Since: 0.1
 */
CatalinaDeltaType
catalina_delta_get_action_type (CatalinaDelta *delta, guint index)
{
  return (CatalinaDeltaType) get_action (delta, index)->type;
}

/**
 * catalina_delta_get_action_change:
 * @delta: changes
 * @index: number of an action
 *
 * Returns: whether it sets or removes
 *
 * Since: 0.1
 */
CatalinaDeltaChange
catalina_delta_get_action_change (CatalinaDelta *delta, guint index)
{
  return (CatalinaDeltaChange) get_action (delta, index)->action;
}

/**
 * catalina_delta_get_action_name:
 * @delta: changes
 * @index: number of an action
 *
 * Returns: (transfer none): the name of the attribute or note; else a word that says what it is
 *
 * Since: 0.1
 */
const char *
catalina_delta_get_action_name (CatalinaDelta *delta, guint index)
{
  return get_action (delta, index)->name;
}

/**
 * catalina_delta_get_action_value:
 * @delta: changes
 * @index: number of an action
 *
 * Returns: (transfer none) (nullable): what it sets; %NULL for Java's null and where it removes
 *
 * Since: 0.1
 */
TribesJavaValue *
catalina_delta_get_action_value (CatalinaDelta *delta, guint index)
{
  return get_action (delta, index)->value;
}

/**
 * catalina_delta_get_session_id:
 * @delta: changes
 *
 * Returns: (transfer none) (nullable): the session it says it is about, if it was received
 *
 * Since: 0.1
 */
const char *
catalina_delta_get_session_id (CatalinaDelta *delta)
{
  return delta->session_id;
}

gboolean
catalina_delta_keep (CatalinaDelta *delta,
                     gboolean (*keeps) (const CatalinaDeltaAction *action, gpointer data),
                     gpointer data)
{
  guint n = delta->actions->len, kept = 0;

  for (guint i = 0; i < n; i++)
    {
      CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);
      CatalinaDeltaAction *place = &g_array_index (delta->actions, CatalinaDeltaAction, kept);
      CatalinaDeltaAction swapped = *place;

      if (!keeps (action, data))
        continue;
      *place = *action;
      *action = swapped;
      kept++;
    }
  /* An index of the names would be wrong now. */
  g_clear_pointer (&delta->names, g_hash_table_unref);
  g_array_set_size (delta->actions, kept);
  return kept < n;
}

static gboolean
read_action (CatalinaDelta *delta, TribesJavaReader *reader, GError **error)
{
  CatalinaDeltaAction action = { .offset = tribes_java_reader_get_offset (reader) };
  CatalinaDeltaAction *added;
  gboolean has_value;

  if (!tribes_java_reader_int (reader, &action.type, error)
      || !tribes_java_reader_int (reader, &action.action, error)
      || !(action.name = catalina_read_utf (reader, "delta action", error)))
    return FALSE;
  /* From here on the delta owns the name. */
  g_array_append_val (delta->actions, action);
  added = &g_array_index (delta->actions, CatalinaDeltaAction, delta->actions->len - 1);
  if (!tribes_java_reader_boolean (reader, &has_value, error))
    return FALSE;
  added->value_offset = tribes_java_reader_get_offset (reader);
  if (has_value)
    {
      TribesJavaValue *value = tribes_java_reader_object (reader, error);

      if (!value)
        return FALSE;
      if (tribes_java_value_is_null (value))
        g_clear_pointer (&value, tribes_java_value_unref);
      added->value = value;
    }
  added->end = tribes_java_reader_get_offset (reader);
  return TRUE;
}

static gboolean
expect_end (TribesJavaReader *reader, const char *what, GError **error)
{
  if (tribes_java_reader_at_end (reader))
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "%s: offset %" G_GSIZE_FORMAT ": expected the end, found more", what,
               tribes_java_reader_get_offset (reader));
  return FALSE;
}

/* All before the actions. */
static gboolean
read_head (CatalinaDelta *delta, TribesJavaReader *reader, gint32 *n_actions, GError **error)
{
  if (!(delta->session_id = catalina_read_utf (reader, "delta", error))
      || !tribes_java_reader_boolean (reader, &delta->record_all, error)
      || !tribes_java_reader_int (reader, n_actions, error))
    return FALSE;
  if (*n_actions >= 0)
    return TRUE;
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "delta: expected a number of actions, found %d", *n_actions);
  return FALSE;
}

gboolean
catalina_delta_read (CatalinaDelta *delta, TribesJavaReader *reader, GError **error)
{
  gint32 n_actions;

  if (!read_head (delta, reader, &n_actions, error))
    return FALSE;
  /* Bounded by the bytes at hand: an action has eleven at least. */
  for (gint32 i = 0; i < n_actions; i++)
    if (!read_action (delta, reader, error))
      return FALSE;
  return expect_end (reader, "delta", error);
}

struct _CatalinaDeltaReader
{
  TribesJavaReader *stream;
  CatalinaDelta *head; /* without actions */
  gint32 left;
};

CatalinaDeltaReader *
catalina_delta_reader_new (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaDeltaReader) self = g_new0 (CatalinaDeltaReader, 1);

  self->head = catalina_delta_new ();
  self->stream = tribes_java_reader_new (bytes, error);
  if (!self->stream || !read_head (self->head, self->stream, &self->left, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
catalina_delta_reader_free (CatalinaDeltaReader *self)
{
  g_clear_pointer (&self->stream, tribes_java_reader_unref);
  catalina_delta_unref (self->head);
  g_free (self);
}

gboolean
catalina_delta_reader_release (CatalinaDeltaReader *self)
{
  return tribes_java_reader_release (self->stream, 4096);
}

const char *
catalina_delta_reader_get_session_id (CatalinaDeltaReader *self)
{
  return self->head->session_id;
}

guint
catalina_delta_reader_get_left (CatalinaDeltaReader *self)
{
  return (guint) self->left;
}

CatalinaDelta *
catalina_delta_reader_next (CatalinaDeltaReader *self,
                            guint max_actions,
                            gsize max_bytes,
                            GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  gsize begin = tribes_java_reader_get_offset (self->stream);

  for (guint i = 0; i < max_actions && self->left > 0
                    && tribes_java_reader_get_offset (self->stream) - begin < max_bytes;
       i++, self->left--)
    if (!read_action (delta, self->stream, error))
      return NULL;
  if (self->left == 0 && !expect_end (self->stream, "delta", error))
    return NULL;
  return g_steal_pointer (&delta);
}

/**
 * catalina_delta_decode:
 * @bytes: what a session message of %CATALINA_SESSION_EVENT_DELTA carries
 * @error: return location for an error
 *
 * Reads changes that a Tomcat made.
 *
 * Errors: %TRIBES_ERROR_TRUNCATED, %TRIBES_ERROR_MALFORMED or %TRIBES_ERROR_LIMIT.
 *
 * Returns: (transfer full): the changes, or %NULL with @error set
 *
 * Since: 0.1
 */
CatalinaDelta *
catalina_delta_decode (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, error);

  return reader && catalina_delta_read (delta, reader, error) ? g_steal_pointer (&delta) : NULL;
}

GBytes *
catalina_delta_encode (CatalinaDelta *delta, const char *session_id, GError **error)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  if (!tribes_java_writer_utf (writer, session_id, error))
    return NULL;
  tribes_java_writer_boolean (writer, delta->record_all);
  tribes_java_writer_int (writer, (gint32) delta->actions->len);
  for (guint i = 0; i < delta->actions->len; i++)
    {
      CatalinaDeltaAction *action = &g_array_index (delta->actions, CatalinaDeltaAction, i);

      tribes_java_writer_int (writer, action->type);
      tribes_java_writer_int (writer, action->action);
      if (!tribes_java_writer_utf (writer, action->name, error))
        return NULL;
      tribes_java_writer_boolean (writer, action->value != NULL);
      if (action->value && !tribes_java_writer_object (writer, action->value, error))
        return NULL;
    }
  return tribes_java_writer_finish (writer);
}

/* Whether there was anything to be done. */
static gboolean
translate_action (CatalinaDeltaAction *action)
{
  g_autoptr (CatalinaPrincipal) principal = NULL;
  TribesJavaValue *value;

  if (action->type != CATALINA_DELTA_PRINCIPAL || !action->value)
    return FALSE;
  principal = catalina_principal_new_for_value (action->value);
  value = catalina_principal_build_7_0 (principal);
  if (!value)
    return FALSE;
  tribes_java_value_unref (action->value);
  action->value = value;
  return TRUE;
}

/* It refuses an action that it does not know, and all behind it. */
static gboolean
is_of_7_0 (const CatalinaDeltaAction *action, gpointer unused)
{
  return action->type >= CATALINA_DELTA_ATTRIBUTE && action->type <= CATALINA_DELTA_LISTENER;
}

GBytes *
catalina_delta_translate_to_7_0 (GBytes *bytes)
{
  g_autoptr (CatalinaDelta) delta = catalina_delta_decode (bytes, NULL);
  GBytes *translated = NULL;
  gboolean any = FALSE;

  any = delta && catalina_delta_keep (delta, is_of_7_0, NULL);
  for (guint i = 0; delta && i < delta->actions->len; i++)
    any |= translate_action (&g_array_index (delta->actions, CatalinaDeltaAction, i));
  if (any)
    translated = catalina_delta_encode (delta, delta->session_id, NULL);
  return translated ? translated : g_bytes_ref (bytes);
}

GBytes *
catalina_new_id_encode (const char *id, GError **error)
{
  g_autoptr (TribesJavaWriter) writer = tribes_java_writer_new ();

  return tribes_java_writer_utf (writer, id, error) ? tribes_java_writer_finish (writer) : NULL;
}

char *
catalina_new_id_decode (GBytes *bytes, GError **error)
{
  g_autoptr (TribesJavaReader) reader = tribes_java_reader_new (bytes, error);
  g_autofree char *id = reader ? catalina_read_utf (reader, "new session id", error) : NULL;

  return id && expect_end (reader, "new session id", error) ? g_steal_pointer (&id) : NULL;
}
