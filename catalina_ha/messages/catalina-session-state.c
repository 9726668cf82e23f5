/* SPDX-License-Identifier: Apache-2.0
 *
 * Every part of a session is an object in the stream but the flag that says whether there is a
 * principal, which is a block of data of one byte.
 */
#include "catalina_ha/messages/catalina-session-state-private.h"

#include "catalina_ha/messages/catalina-text-private.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/java/build/tribes-java-build.h"

/* What a replicated map has. */
#define SESSION_CLASS "org.apache.catalina.ha.session.DeltaSession"
#define SESSION_UID   296450023228352885
#define UID_7_0       3130975136276510241
#define BASE_CLASS    "org.apache.catalina.session.StandardSession"

struct _CatalinaStateReader
{
  TribesJavaReader *stream;
  guint left;
  gint64 uid;                     /* of the class of an object; 0 without one */
  CatalinaStateObserver observer; /* nullable */
  gpointer user_data;
};

/* Integer.valueOf() and Long.valueOf() give the same object each time for these. */
#define BOX_CACHE_MIN  (-128)
#define BOX_CACHE_SIZE 256

struct _CatalinaStateWriter
{
  TribesJavaWriter *stream;
  CatalinaStateForm form;
  gboolean is_object; /* that ends with the session */
  /* What Java boxes to the same object each time, and so writes once. */
  TribesJavaValue *booleans[2];
  TribesJavaValue *ints[BOX_CACHE_SIZE];
  TribesJavaValue *longs[BOX_CACHE_SIZE];
  TribesJavaValue *null;
  /* Attribute name -> TribesJavaValue: literals in the application, hence one object. */
  GHashTable *names;
};

static void
named_value_clear (gpointer data)
{
  CatalinaNamedValue *named = data;

  g_clear_pointer (&named->name, g_ref_string_release);
  g_clear_pointer (&named->value, tribes_java_value_unref);
}

GArray *
catalina_named_values_new (void)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (CatalinaNamedValue));

  g_array_set_clear_func (array, named_value_clear);
  return array;
}

void
catalina_session_state_clear (CatalinaSessionState *state)
{
  g_clear_pointer (&state->id, g_free);
  g_clear_pointer (&state->principal, catalina_principal_unref);
  g_clear_pointer (&state->session_id_note, tribes_java_value_unref);
  g_clear_pointer (&state->request_note, tribes_java_value_unref);
  g_clear_pointer (&state->attributes, g_array_unref);
  g_clear_pointer (&state->listeners, g_ptr_array_unref);
  *state = (CatalinaSessionState){ 0 };
}

static gboolean
refuse (CatalinaStateReader *self, const char *what, const char *expected, GError **error)
{
  g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
               "session state: offset %" G_GSIZE_FORMAT ": %s: expected %s, found something else",
               tribes_java_reader_get_offset (self->stream), what, expected);
  return FALSE;
}

static void
observe (CatalinaStateReader *self, const char *what, gsize offset, TribesJavaValue *value)
{
  if (self->observer)
    self->observer (what, offset, tribes_java_reader_get_offset (self->stream), value,
                    self->user_data);
}

static TribesJavaValue *
read_object (CatalinaStateReader *self, const char *what, GError **error)
{
  gsize offset = tribes_java_reader_get_offset (self->stream);
  TribesJavaValue *value = tribes_java_reader_object (self->stream, error);

  if (value)
    observe (self, what, offset, value);
  return value;
}

static gboolean
read_long (CatalinaStateReader *self, const char *what, gint64 *out, GError **error)
{
  g_autoptr (TribesJavaValue) value = read_object (self, what, error);

  if (!value)
    return FALSE;
  return tribes_java_value_get_long (value, out) || refuse (self, what, "a Long", error);
}

static gboolean
read_int (CatalinaStateReader *self, const char *what, gint32 *out, GError **error)
{
  g_autoptr (TribesJavaValue) value = read_object (self, what, error);

  if (!value)
    return FALSE;
  return tribes_java_value_get_int (value, out) || refuse (self, what, "an Integer", error);
}

static gboolean
read_boolean (CatalinaStateReader *self, const char *what, gboolean *out, GError **error)
{
  g_autoptr (TribesJavaValue) value = read_object (self, what, error);

  if (!value)
    return FALSE;
  return tribes_java_value_get_boolean (value, out) || refuse (self, what, "a Boolean", error);
}

static char *
read_string (CatalinaStateReader *self, const char *what, GError **error)
{
  g_autoptr (TribesJavaValue) value = read_object (self, what, error);
  g_autofree char *text = NULL;
  gsize length;

  if (!value)
    return NULL;
  text = tribes_java_value_dup_string (value, &length);
  if (!text || strlen (text) != length)
    {
      refuse (self, what, "a String without NUL", error);
      return NULL;
    }
  return g_steal_pointer (&text);
}

CatalinaStateReader *
catalina_state_reader_new (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaStateReader) self = g_new0 (CatalinaStateReader, 1);
  gint32 count;

  self->stream = tribes_java_reader_new (bytes, error);
  if (!self->stream || !read_int (self, "number of sessions", &count, error))
    return NULL;
  if (count < 0)
    {
      refuse (self, "number of sessions", "a number that is not negative", error);
      return NULL;
    }
  self->left = (guint) count;
  return g_steal_pointer (&self);
}

/* The object that is all there is in a stream; NULL with the error set. */
static TribesJavaValue *
read_session_object (GBytes *bytes, GError **error)
{
  g_autoptr (TribesJavaReader) stream = tribes_java_reader_new (bytes, error);
  g_autoptr (TribesJavaValue) object = stream ? tribes_java_reader_object (stream, error) : NULL;
  const char *class_name;

  if (!object)
    return NULL;
  class_name = tribes_java_value_get_class_name (object);
  if (tribes_java_value_get_kind (object) != TRIBES_JAVA_KIND_OBJECT
      || !g_str_equal (class_name, SESSION_CLASS) || !tribes_java_reader_at_end (stream))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_UNSUPPORTED,
                   "session: offset %" G_GSIZE_FORMAT ": expected one object of " SESSION_CLASS
                   ", found %s",
                   tribes_java_reader_get_offset (stream), class_name);
      return NULL;
    }
  return g_steal_pointer (&object);
}

CatalinaStateReader *
catalina_state_reader_new_for_session (GBytes *bytes, GError **error)
{
  g_autoptr (CatalinaStateReader) self = g_new0 (CatalinaStateReader, 1);
  g_autoptr (TribesJavaValue) object = read_session_object (bytes, error);

  if (object)
    self->stream = tribes_java_reader_new_for_value (object, error);
  if (!self->stream)
    return NULL;
  self->uid = tribes_java_class_get_serial_version_uid (tribes_java_value_get_class (object));
  self->left = 1;
  return g_steal_pointer (&self);
}

void
catalina_state_reader_set_observer (CatalinaStateReader *self,
                                    CatalinaStateObserver observer,
                                    gpointer user_data)
{
  self->observer = observer;
  self->user_data = user_data;
}

gsize
catalina_state_reader_get_offset (CatalinaStateReader *self)
{
  return tribes_java_reader_get_offset (self->stream);
}

void
catalina_state_reader_free (CatalinaStateReader *self)
{
  g_clear_pointer (&self->stream, tribes_java_reader_unref);
  g_free (self);
}

gboolean
catalina_state_reader_release (CatalinaStateReader *self)
{
  return tribes_java_reader_release (self->stream, 4096);
}

gint64
catalina_state_reader_get_uid (const CatalinaStateReader *self)
{
  return self->uid;
}

guint
catalina_state_reader_get_left (CatalinaStateReader *self)
{
  return self->left;
}

static gboolean
read_scalars (CatalinaStateReader *self, CatalinaSessionState *state, GError **error)
{
  gboolean has_principal;
  gsize offset;

  if (!read_long (self, "creation time", &state->creation_time, error)
      || !read_long (self, "last accessed time", &state->last_accessed_time, error)
      || !read_int (self, "max inactive interval", &state->max_inactive_interval, error)
      || !read_boolean (self, "is new", &state->is_new, error)
      || !read_boolean (self, "is valid", &state->is_valid, error)
      || !read_long (self, "this accessed time", &state->this_accessed_time, error)
      || !read_long (self, "version", &state->version, error)
      || !tribes_java_reader_boolean (self->stream, &has_principal, error))
    return FALSE;
  offset = tribes_java_reader_get_offset (self->stream);
  if (has_principal && !(state->principal = catalina_principal_read (self->stream, error)))
    return FALSE;
  if (has_principal)
    observe (self, "principal", offset, catalina_principal_get_value (state->principal));
  state->id = read_string (self, "id", error);
  return state->id != NULL;
}

/* Takes @value. */
static void
set_note (TribesJavaValue **note, TribesJavaValue *value)
{
  if (tribes_java_value_is_null (value))
    tribes_java_value_unref (value);
  else
    *note = value;
}

/* Two notes may stand between the id and the number of attributes, or not: what is no Integer is
 * the first note. */
static gboolean
read_notes (CatalinaStateReader *self, CatalinaSessionState *state, gint32 *n, GError **error)
{
  gsize offset = tribes_java_reader_get_offset (self->stream);
  g_autoptr (TribesJavaValue) value = tribes_java_reader_object (self->stream, error);
  TribesJavaValue *request;

  if (!value)
    return FALSE;
  if (tribes_java_value_get_int (value, n))
    {
      observe (self, "number of attributes", offset, value);
      return TRUE;
    }
  observe (self, "session id note", offset, value);
  set_note (&state->session_id_note, g_steal_pointer (&value));
  request = read_object (self, "request note", error);
  if (!request)
    return FALSE;
  set_note (&state->request_note, request);
  return read_int (self, "number of attributes", n, error);
}

static gboolean
read_attribute (CatalinaStateReader *self, CatalinaSessionState *state, GError **error)
{
  g_autofree char *name = read_string (self, "attribute name", error);
  g_autoptr (TribesJavaValue) value = NULL;
  CatalinaNamedValue named;

  if (!name || !(value = read_object (self, "attribute", error)))
    return FALSE;
  /* What could not be serialized left an exception here; the session goes on without it. */
  if (tribes_java_value_get_kind (value) == TRIBES_JAVA_KIND_ABORTED
      || tribes_java_value_is_null (value))
    return TRUE;
  if (!state->attributes)
    state->attributes = catalina_named_values_new ();
  named.name = catalina_share_name (name);
  named.value = g_steal_pointer (&value);
  g_array_append_val (state->attributes, named);
  return TRUE;
}

/* Of few, without a table: there may be a million sessions. */
static gboolean
are_few_and_different (GArray *values)
{
  if (values->len > 8)
    return FALSE;
  for (guint i = 1; i < values->len; i++)
    for (guint j = 0; j < i; j++)
      if (strcmp (g_array_index (values, CatalinaNamedValue, i).name,
                  g_array_index (values, CatalinaNamedValue, j).name)
          == 0)
        return FALSE;
  return TRUE;
}

/* No Tomcat writes a name twice; where somebody does, the last one counts, as in Java's map. */
static void
drop_repeated (CatalinaSessionState *state)
{
  g_autoptr (GHashTable) last = NULL;
  g_autoptr (GArray) all = NULL;
  GArray *named = state->attributes;

  if (!named || are_few_and_different (named))
    return;
  last = g_hash_table_new (tribes_str_hash, g_str_equal);
  for (guint i = 0; i < named->len; i++)
    g_hash_table_insert (last, g_array_index (named, CatalinaNamedValue, i).name,
                         GUINT_TO_POINTER (i + 1));
  if (g_hash_table_size (last) == named->len)
    return;
  all = g_steal_pointer (&state->attributes);
  state->attributes = catalina_named_values_new ();
  for (guint i = 0; i < all->len; i++)
    {
      CatalinaNamedValue *value = &g_array_index (all, CatalinaNamedValue, i);

      if (GPOINTER_TO_UINT (g_hash_table_lookup (last, value->name)) != i + 1)
        continue;
      g_array_append_val (state->attributes, *value);
      *value = (CatalinaNamedValue){ g_ref_string_acquire (value->name), NULL };
    }
}

/* Both loops are bounded by the bytes at hand: every turn reads some. */
static gboolean
read_lists (CatalinaStateReader *self, CatalinaSessionState *state, gint32 n, GError **error)
{
  for (gint32 i = 0; i < n; i++)
    if (!read_attribute (self, state, error))
      return FALSE;
  drop_repeated (state);
  if (!read_int (self, "number of listeners", &n, error))
    return FALSE;
  for (gint32 i = 0; i < n; i++)
    {
      TribesJavaValue *listener = read_object (self, "listener", error);

      if (!listener)
        return FALSE;
      if (!state->listeners)
        state->listeners
            = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_java_value_unref);
      g_ptr_array_add (state->listeners, listener);
    }
  return TRUE;
}

gboolean
catalina_state_reader_next (CatalinaStateReader *self, CatalinaSessionState *state, GError **error)
{
  gint32 n_attributes;

  g_return_val_if_fail (self->left > 0, FALSE);
  self->left--;
  if (!read_scalars (self, state, error) || !read_notes (self, state, &n_attributes, error)
      || !read_lists (self, state, n_attributes, error))
    return FALSE;
  if (self->left == 0 && !tribes_java_reader_at_end (self->stream))
    return refuse (self, "last session", "the end", error);
  return TRUE;
}

static gboolean
write_value (CatalinaStateWriter *self, TribesJavaValue *value, GError **error)
{
  return tribes_java_writer_object (self->stream, value ? value : self->null, error);
}

static gboolean
is_cached (gint64 number)
{
  return number >= BOX_CACHE_MIN && number < BOX_CACHE_MIN + BOX_CACHE_SIZE;
}

static gboolean
write_long (CatalinaStateWriter *self, gint64 number, GError **error)
{
  g_autoptr (TribesJavaValue) value = NULL;

  if (is_cached (number))
    {
      TribesJavaValue **cached = &self->longs[number - BOX_CACHE_MIN];

      if (!*cached)
        *cached = tribes_java_value_new_long (number);
      return write_value (self, *cached, error);
    }
  value = tribes_java_value_new_long (number);
  return write_value (self, value, error);
}

static gboolean
write_int (CatalinaStateWriter *self, gint32 number, GError **error)
{
  g_autoptr (TribesJavaValue) value = NULL;

  if (is_cached (number))
    {
      TribesJavaValue **cached = &self->ints[number - BOX_CACHE_MIN];

      if (!*cached)
        *cached = tribes_java_value_new_int (number);
      return write_value (self, *cached, error);
    }
  value = tribes_java_value_new_int (number);
  return write_value (self, value, error);
}

static gboolean
write_id (CatalinaStateWriter *self, const char *id, GError **error)
{
  g_autoptr (TribesJavaValue) value = tribes_java_value_new_string (id);

  return write_value (self, value, error);
}

static gboolean
write_name (CatalinaStateWriter *self, char *name, GError **error)
{
  TribesJavaValue *value = g_hash_table_lookup (self->names, name);

  if (!value)
    {
      value = tribes_java_value_new_string (name);
      g_hash_table_insert (self->names, g_ref_string_acquire (name), value);
    }
  return write_value (self, value, error);
}

static CatalinaStateWriter *
writer_new (CatalinaStateForm form)
{
  CatalinaStateWriter *self = g_new0 (CatalinaStateWriter, 1);

  self->stream = tribes_java_writer_new ();
  self->form = form;
  self->booleans[FALSE] = tribes_java_value_new_boolean (FALSE);
  self->booleans[TRUE] = tribes_java_value_new_boolean (TRUE);
  self->null = tribes_java_value_new_null ();
  self->names
      = g_hash_table_new_full (tribes_str_hash, g_str_equal, (GDestroyNotify) g_ref_string_release,
                               (GDestroyNotify) tribes_java_value_unref);
  return self;
}

CatalinaStateWriter *
catalina_state_writer_new (guint n_sessions, CatalinaStateForm form)
{
  CatalinaStateWriter *self = writer_new (form);

  if (!write_int (self, (gint32) n_sessions, NULL))
    g_warn_if_reached ();
  return self;
}

static TribesJavaClass *
make_session_class (gint64 uid)
{
  /* Of the base class only its name and its number count: it is not what writes the object. */
  static const TribesJavaField fields[] = {
    { "creationTime", "J" },
    { "isNew", "Z" },
    { "isValid", "Z" },
    { "lastAccessedTime", "J" },
    { "maxInactiveInterval", "I" },
    { "thisAccessedTime", "J" },
    { "attributes", "Ljava/util/concurrent/ConcurrentMap;" },
    { "id", "Ljava/lang/String;" },
  };
  g_autoptr (TribesJavaClass) base
      = tribes_java_class_new (BASE_CLASS, 1, TRIBES_JAVA_CLASS_SERIALIZABLE, fields,
                               G_N_ELEMENTS (fields), NULL);

  return tribes_java_class_new (SESSION_CLASS, uid,
                                TRIBES_JAVA_CLASS_EXTERNALIZABLE | TRIBES_JAVA_CLASS_BLOCK_DATA,
                                NULL, 0, base);
}

CatalinaStateWriter *
catalina_state_writer_new_for_session (CatalinaStateForm form, gint64 uid)
{
  CatalinaStateWriter *self = writer_new (form);
  gint64 usual = form == CATALINA_STATE_7_0 ? UID_7_0 : SESSION_UID;
  g_autoptr (TribesJavaClass) klass = make_session_class (uid ? uid : usual);

  self->is_object = TRUE;
  tribes_java_writer_begin_external (self->stream, klass);
  return self;
}

void
catalina_state_writer_free (CatalinaStateWriter *self)
{
  g_clear_pointer (&self->stream, tribes_java_writer_unref);
  tribes_java_value_unref (self->booleans[FALSE]);
  tribes_java_value_unref (self->booleans[TRUE]);
  tribes_java_value_unref (self->null);
  for (guint i = 0; i < BOX_CACHE_SIZE; i++)
    {
      g_clear_pointer (&self->ints[i], tribes_java_value_unref);
      g_clear_pointer (&self->longs[i], tribes_java_value_unref);
    }
  g_hash_table_unref (self->names);
  g_free (self);
}

static gboolean
write_principal (CatalinaStateWriter *self, CatalinaPrincipal *principal, GError **error)
{
  g_autoptr (CatalinaPrincipal) written
      = principal ? catalina_principal_in_form (principal, self->form == CATALINA_STATE_7_0) : NULL;

  tribes_java_writer_boolean (self->stream, written != NULL);
  return !written || catalina_principal_write (written, self->stream, error);
}

static gboolean
write_notes (CatalinaStateWriter *self, const CatalinaSessionState *state, GError **error)
{
  if (self->form != CATALINA_STATE_WITH_NOTES)
    return TRUE;
  return write_value (self, state->session_id_note, error)
         && write_value (self, state->request_note, error);
}

static gboolean
write_scalars (CatalinaStateWriter *self, const CatalinaSessionState *state, GError **error)
{
  if (!write_long (self, state->creation_time, error)
      || !write_long (self, state->last_accessed_time, error)
      || !write_int (self, state->max_inactive_interval, error)
      || !write_value (self, self->booleans[state->is_new ? TRUE : FALSE], error)
      || !write_value (self, self->booleans[state->is_valid ? TRUE : FALSE], error)
      || !write_long (self, state->this_accessed_time, error)
      || !write_long (self, state->version, error)
      || !write_principal (self, state->principal, error))
    return FALSE;
  return write_id (self, state->id, error);
}

static gboolean
write_attributes (CatalinaStateWriter *self, const CatalinaSessionState *state, GError **error)
{
  guint n = state->attributes ? state->attributes->len : 0;

  if (!write_int (self, (gint32) n, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, i);

      if (!write_name (self, named->name, error) || !write_value (self, named->value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_listeners (CatalinaStateWriter *self, const CatalinaSessionState *state, GError **error)
{
  guint n = state->listeners ? state->listeners->len : 0;

  if (!write_int (self, (gint32) n, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!write_value (self, state->listeners->pdata[i], error))
      return FALSE;
  return TRUE;
}

gboolean
catalina_state_writer_add (CatalinaStateWriter *self,
                           const CatalinaSessionState *state,
                           GError **error)
{
  return write_scalars (self, state, error) && write_notes (self, state, error)
         && write_attributes (self, state, error) && write_listeners (self, state, error);
}

GBytes *
catalina_state_writer_finish (CatalinaStateWriter *self)
{
  if (self->is_object)
    tribes_java_writer_end_external (self->stream);
  return tribes_java_writer_finish (self->stream);
}
