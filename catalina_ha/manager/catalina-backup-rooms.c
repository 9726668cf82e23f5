/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-backup-rooms-private.h"

#include <string.h>

#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/manager/catalina-extras-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"

/* The serialVersionUID of MemberImpl of a Tomcat 7.0. */
#define FORM_7_0 ((guint64) -5400603719024120549)

/* What the map has for a value: sessions are copied when they are written. What another answers for
 * and has the copy of is none of this member's sessions, however good for the case that all others
 * go. */
typedef struct
{
  CatalinaBackupRooms *rooms;
  CatalinaSession *session; /* nullable: of the store; another has taken its place */
  CatalinaSession *shelved; /* nullable: instead; owned */
} Cell;

/* Nothing about sessions goes by session messages, but whoever asks for them by one is told so. */
static const CatalinaEventRow rows[] = {
  { .event = CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER,
    .received = CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER,
    .sent = CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER },
  { 0 },
};

void
catalina_backup_rooms_init (CatalinaBackupRooms *self,
                            const char *name,
                            const CatalinaManagerSettings *settings,
                            const CatalinaLimits *limits)
{
  *self = (CatalinaBackupRooms){ .settings = settings, .limits = limits };
  self->store = catalina_session_store_new (limits);
  catalina_outbox_init (&self->outbox, name, rows);
  g_queue_init (&self->extras);
}

void
catalina_backup_rooms_clear (CatalinaBackupRooms *self)
{
  catalina_session_store_free (self->store);
  catalina_outbox_clear (&self->outbox);
  g_clear_pointer (&self->left, catalina_session_unref);
  g_queue_clear_full (&self->extras, g_free);
}

CatalinaSession *
catalina_backup_rooms_lookup (const CatalinaBackupRooms *self, const char *id)
{
  return catalina_session_store_lookup (self->store, id);
}

static const CatalinaMapEntry *
look (CatalinaBackupRooms *self, const char *id)
{
  CatalinaReplicatedMap *map = self->driver ? catalina_map_driver_get_map (self->driver) : NULL;

  return map ? catalina_replicated_map_look (map, id) : NULL;
}

/* (nullable) */
static Cell *
find_cell (CatalinaBackupRooms *self, const char *id)
{
  const CatalinaMapEntry *entry = look (self, id);

  return entry ? entry->value : NULL;
}

static void
begin_cause (CatalinaBackupRooms *self)
{
  self->outbox.cause = self->driver
                           ? catalina_map_driver_get_cause (self->driver, &self->outbox.cause_bytes)
                           : NULL;
}

static void
tell (CatalinaBackupRooms *self,
      CatalinaCoreEventKind kind,
      CatalinaSession *session,
      char **names,
      gboolean transferred)
{
  begin_cause (self);
  self->outbox.cause_is_transfer = transferred;
  catalina_outbox_tell_session (&self->outbox, kind, session, NULL, names);
  self->outbox.cause = NULL;
  self->outbox.cause_bytes = 0;
  self->outbox.cause_is_transfer = FALSE;
}

gpointer
catalina_backup_value_new (CatalinaBackupRooms *self, CatalinaSession *session)
{
  Cell *cell = g_new0 (Cell, 1);
  Cell *before = find_cell (self, session->state.id);

  /* The store lets the other go. */
  if (before)
    before->session = NULL;
  cell->rooms = self;
  cell->session = catalina_session_store_add (self->store, session);
  return cell;
}

static void
free_value (gpointer value)
{
  Cell *cell = value;
  CatalinaBackupRooms *self = cell->rooms;

  if (cell->session)
    {
      g_clear_pointer (&self->left, catalina_session_unref);
      self->left = catalina_session_ref (cell->session);
      catalina_session_store_remove (self->store, cell->session);
    }
  g_clear_pointer (&cell->shelved, catalina_session_unref);
  g_free (cell);
}

static gboolean
is_here (const CatalinaBackupRooms *self, CatalinaMapRole role)
{
  return role != CATALINA_MAP_ROLE_PROXY || self->settings->vault != CATALINA_VAULT_NONE;
}

void
catalina_backup_rooms_settle (CatalinaBackupRooms *self, const char *id)
{
  const CatalinaMapEntry *entry = look (self, id);
  Cell *cell = entry ? entry->value : NULL;

  if (!cell)
    return;
  if (is_here (self, (CatalinaMapRole) entry->role) && cell->shelved)
    {
      cell->session = catalina_session_store_add (self->store, g_steal_pointer (&cell->shelved));
      catalina_outbox_count (&self->outbox, CATALINA_COUNTER_SESSIONS_CREATED);
      tell (self, CATALINA_CORE_SESSION_CREATED, cell->session, NULL, TRUE);
    }
  else if (!is_here (self, (CatalinaMapRole) entry->role) && cell->session)
    {
      cell->shelved = catalina_session_ref (cell->session);
      catalina_session_store_remove (self->store, cell->session);
      cell->session = NULL;
    }
}

CatalinaSession *
catalina_backup_rooms_get (CatalinaBackupRooms *self, const char *id)
{
  const Cell *cell = find_cell (self, id);

  return !cell ? NULL : cell->session ? cell->session : cell->shelved;
}

CatalinaSession *
catalina_backup_rooms_take_left (CatalinaBackupRooms *self, const char *id)
{
  return self->left && g_str_equal (self->left->state.id, id) ? g_steal_pointer (&self->left)
                                                              : NULL;
}

CatalinaSession *
catalina_backup_rooms_edit (CatalinaBackupRooms *self, CatalinaSession *session)
{
  Cell *cell = find_cell (self, session->state.id);

  session = catalina_session_store_edit (self->store, session);
  if (cell)
    cell->session = session;
  return session;
}

void
catalina_backup_rooms_edited (CatalinaBackupRooms *self, CatalinaSession *session)
{
  catalina_session_store_edited (self->store, session);
}

static void
refuse (CatalinaBackupRooms *self, CatalinaCounter counter, const char *key, const char *reason)
{
  g_autofree char *shown = catalina_shown_id (key);

  catalina_outbox_count (&self->outbox, counter);
  begin_cause (self);
  catalina_outbox_tell_problem (&self->outbox, self->outbox.cause, "%s: session %s: %s",
                                self->outbox.name, shown, reason);
  self->outbox.cause = NULL;
}

/* Of @member, or, with NULL, of all; see catalina_replicated_map_get_form(). */
static guint64
form_of (CatalinaBackupRooms *self, TribesMember *member)
{
  return self->driver
             ? catalina_replicated_map_get_form (catalina_map_driver_get_map (self->driver), member)
             : 0;
}

/* Others of this kind write what they have heard themselves. */
static void
hear_uid (CatalinaBackupRooms *self, const char *key, gint64 uid)
{
  const CatalinaMapEntry *entry = look (self, key);

  if (entry && entry->primary && form_of (self, entry->primary) != 0)
    self->uid = uid;
}

static CatalinaSession *
read_session (CatalinaBackupRooms *self, const char *key, CatalinaMapBytes object, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (object.data, object.size);
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (bytes, error);
  g_auto (CatalinaSessionState) state = { 0 };

  if (!reader || !catalina_state_reader_next (reader, &state, error))
    return NULL;
  if (!state.id || !g_str_equal (state.id, key))
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "map message: the session is not the one that is named");
      return NULL;
    }
  hear_uid (self, key, catalina_state_reader_get_uid (reader));
  return catalina_session_new_take_state (&state);
}

/* The old one, (nullable), does not count: it goes. */
static gboolean
has_room (CatalinaBackupRooms *self, CatalinaSession *session, CatalinaSession *before)
{
  gsize freed = before ? before->size : 0;

  if (!before)
    return catalina_session_store_has_room (self->store, session);
  return catalina_session_get_n_attributes (session) <= self->limits->session_attributes
         && session->size <= self->limits->session_bytes
         && catalina_session_store_get_bytes (self->store) - freed + session->size
                <= self->limits->context_bytes;
}

/* To be looked at, or until it is taken over. */
static gpointer
shelve (CatalinaBackupRooms *self, CatalinaSession *session)
{
  Cell *cell = g_new0 (Cell, 1);

  cell->rooms = self;
  cell->shelved = session;
  return cell;
}

/* As a Tomcat's own: what came by itself is used now, what was asked for is as old as it is. */
static gpointer
take_session (CatalinaBackupRooms *self, CatalinaSession *taken, CatalinaMapRole role)
{
  g_autoptr (CatalinaSession) session = taken;
  CatalinaSession *before = catalina_backup_rooms_lookup (self, session->state.id);
  CatalinaSession *had = catalina_backup_rooms_get (self, session->state.id);
  gboolean asked_for = role == CATALINA_MAP_ROLE_PROXY;

  /* A request that has lost it to another member is not over. */
  if (had)
    catalina_session_keep_unsent (session, had, self->limits);
  if (!has_room (self, session, before))
    {
      refuse (self, CATALINA_COUNTER_OVER_LIMIT, session->state.id, "too many or too large");
      return NULL;
    }
  if (before)
    catalina_session_keep_unsaid (session, before);
  session->is_primary = FALSE;
  if (!is_here (self, role))
    return shelve (self, g_steal_pointer (&session));
  if (!asked_for)
    catalina_session_touch (session, tribes_clock_get_wall_ms ());
  if (!before)
    catalina_outbox_count (&self->outbox, CATALINA_COUNTER_SESSIONS_CREATED);
  tell (self, before ? CATALINA_CORE_SESSION_CHANGED : CATALINA_CORE_SESSION_CREATED, session,
        before ? catalina_session_list_attributes (session) : NULL, asked_for);
  return catalina_backup_value_new (self, g_steal_pointer (&session));
}

static gpointer
read_value (const char *key, CatalinaMapBytes object, gpointer data, GError **error)
{
  CatalinaBackupRooms *self = data;
  const CatalinaMapEntry *entry = look (self, key);
  g_autoptr (GError) problem = NULL;
  CatalinaSession *session = read_session (self, key, object, &problem);

  if (session)
    return take_session (self, session,
                         entry ? (CatalinaMapRole) entry->role : CATALINA_MAP_ROLE_PROXY);
  refuse (self, CATALINA_COUNTER_MALFORMED, key, problem->message);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

static CatalinaDelta *
read_delta (const char *key, CatalinaMapBytes diff, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (diff.data, diff.size);
  g_autoptr (CatalinaDelta) delta = catalina_delta_decode (bytes, error);

  if (delta && strcmp (delta->session_id, key) != 0)
    {
      g_set_error (error, TRIBES_ERROR, TRIBES_ERROR_MALFORMED,
                   "map message: the delta is another session's");
      return NULL;
    }
  return g_steal_pointer (&delta);
}

/* FALSE: all of it has to be asked for. */
static gboolean
apply_delta (CatalinaBackupRooms *self, Cell *cell, CatalinaDelta *delta)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  CatalinaSession *session = cell->session
      = catalina_session_store_edit (self->store, cell->session);
  CatalinaApplyResult result = catalina_session_apply_told (session, delta, self->limits, names);

  session->is_primary = FALSE;
  catalina_session_touch (session, tribes_clock_get_wall_ms ());
  catalina_session_store_edited (self->store, session);
  if (result == CATALINA_APPLY_OVER_LIMIT)
    {
      refuse (self, CATALINA_COUNTER_OVER_LIMIT, session->state.id,
              "the session would become too large");
      session->is_stale = TRUE;
      return FALSE;
    }
  if (result == CATALINA_APPLY_ODD)
    refuse (self, CATALINA_COUNTER_MALFORMED, session->state.id,
            "an action of the delta makes no sense");
  tell (self, CATALINA_CORE_SESSION_CHANGED, session, g_strv_builder_end (names), FALSE);
  return TRUE;
}

static gboolean
apply_value (const char *key, gpointer *value, CatalinaMapBytes diff, gpointer data, GError **error)
{
  CatalinaBackupRooms *self = data;
  g_autoptr (GError) problem = NULL;
  g_autoptr (CatalinaDelta) delta = read_delta (key, diff, &problem);

  catalina_backup_rooms_settle (self, key);
  if (delta && ((Cell *) *value)->session)
    return apply_delta (self, *value, delta);
  if (delta)
    return FALSE;
  refuse (self, CATALINA_COUNTER_MALFORMED, key, problem->message);
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Without the two notes, which not all Tomcats read there: see catalina-extras-private.h. As the
 * others write it: of two that write it in another way neither could read the other. */
static GBytes *
write_value (const char *key, gpointer value, gpointer data)
{
  CatalinaBackupRooms *self = data;
  const Cell *cell = value;
  CatalinaSession *session = cell->session ? cell->session : cell->shelved;
  CatalinaStateForm form
      = form_of (self, NULL) == FORM_7_0 ? CATALINA_STATE_7_0 : CATALINA_STATE_WITHOUT_NOTES;
  g_autoptr (CatalinaStateWriter) writer = catalina_state_writer_new_for_session (form, self->uid);
  CatalinaSessionState state = session->state;
  g_autoptr (GArray) kept = NULL;
  g_autoptr (GError) error = NULL;

  state.attributes = kept = catalina_attribute_filter_values (self->settings, state.attributes);
  if (!catalina_state_writer_add (writer, &state, &error))
    {
      refuse (self, CATALINA_COUNTER_MALFORMED, key, error->message);
      return NULL;
    }
  session->last_replicated = tribes_clock_get_wall_ms ();
  if (catalina_session_has_extras (session))
    g_queue_push_tail (&self->extras, g_strdup (key));
  return catalina_state_writer_finish (writer);
}

GBytes *
catalina_backup_rooms_write_extras (CatalinaBackupRooms *self, const char *id, guint part)
{
  CatalinaSession *session = catalina_backup_rooms_lookup (self, id);
  g_autoptr (CatalinaDelta) delta = session ? catalina_extras_delta (session, part, TRUE) : NULL;

  return delta ? catalina_backup_rooms_write_delta (self, id, delta, NULL) : NULL;
}

GBytes *
catalina_backup_rooms_write_delta (CatalinaBackupRooms *self,
                                   const char *id,
                                   CatalinaDelta *delta,
                                   GError **error)
{
  g_autoptr (GBytes) data = catalina_delta_encode (delta, id, error);

  if (data && form_of (self, NULL) == FORM_7_0)
    return catalina_delta_translate_to_7_0 (data);
  return g_steal_pointer (&data);
}

const CatalinaMapValues catalina_backup_values
    = { read_value, apply_value, write_value, free_value };
