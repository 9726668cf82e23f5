/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-backup-local-private.h"

#include "catalina_ha/manager/catalina-attribute-filter-private.h"
#include "catalina_ha/manager/catalina-extras-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/session/catalina-error.h"

typedef enum
{
  WAIT_CHANGE,
  WAIT_CHANGE_ID,
  WAIT_FIND,
  WAIT_TAKE,
} WaitKind;

/* What was asked for and is not done yet. */
typedef struct
{
  WaitKind kind;
  char *id;
  CatalinaDelta *delta; /* nullable */
  char *new_id;         /* nullable */
  guint64 token;
} Wait;

static void
wait_free (gpointer data)
{
  Wait *wait = data;

  g_clear_pointer (&wait->delta, catalina_delta_unref);
  g_free (wait->id);
  g_free (wait->new_id);
  g_free (wait);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wait, wait_free)

void
catalina_backup_local_init (CatalinaBackupLocal *self,
                            CatalinaBackupRooms *rooms,
                            const CatalinaBackupPort *port,
                            gpointer port_data)
{
  *self = (CatalinaBackupLocal){ rooms, port, port_data, G_QUEUE_INIT, FALSE };
}

void
catalina_backup_local_clear (CatalinaBackupLocal *self)
{
  g_queue_clear_full (&self->waiting, wait_free);
}

static void
hold (CatalinaBackupLocal *self,
      WaitKind kind,
      const char *id,
      CatalinaDelta *delta,
      const char *new_id,
      guint64 token)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->kind = kind;
  wait->id = g_strdup (id);
  wait->new_id = g_strdup (new_id);
  wait->token = token;
  if (delta)
    {
      wait->delta = catalina_delta_new ();
      catalina_delta_append (wait->delta, delta);
    }
  g_queue_push_tail (&self->waiting, wait);
}

static CatalinaReplicatedMap *
get_map (CatalinaBackupLocal *self, GError **error)
{
  CatalinaMapDriver *driver = self->rooms->driver;
  CatalinaReplicatedMap *map = driver ? catalina_map_driver_get_map (driver) : NULL;

  if (!map)
    g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_STOPPED, "%s: it is not started yet",
                 self->rooms->outbox.name);
  return map;
}

static gboolean
fail_no_session (CatalinaBackupLocal *self, const char *id, const char *why, GError **error)
{
  g_autofree char *shown = catalina_shown_id (id);

  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_NO_SESSION, "%s: no session %s%s",
               self->rooms->outbox.name, shown, why);
  return FALSE;
}

static gboolean
fail_elsewhere (CatalinaBackupLocal *self, const char *id, GError **error)
{
  g_autofree char *shown = catalina_shown_id (id);

  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_ELSEWHERE,
               "%s: session %s: another member has it", self->rooms->outbox.name, shown);
  return FALSE;
}

/* Saying it */

typedef struct
{
  CatalinaBackupLocal *local;
  guint64 token;
} Request;

/* Nothing is said to whom the map is not known: there may be members all the same. */
static GError *
describe_missing (CatalinaBackupLocal *self)
{
  CatalinaReplicatedMap *map = get_map (self, NULL);
  g_autoptr (GPtrArray) members = map ? catalina_replicated_map_list_members (map) : NULL;

  if (!members || members->len > 0 || self->rooms->outbox.members->len == 0)
    return NULL;
  return g_error_new (CATALINA_ERROR, CATALINA_ERROR_MISSING,
                      "%s: no other member has such a context: the change stands in this one only",
                      self->rooms->outbox.name);
}

/* (nullable) (transfer full): where one did not take the copy another may have. */
static GError *
judge (const GArray *outcomes)
{
  const GError *copy = NULL;
  const GError *other = NULL;

  for (guint i = 0; i < outcomes->len; i++)
    {
      const CatalinaMapOutcome *outcome = &g_array_index (outcomes, CatalinaMapOutcome, i);

      if (outcome->type == CATALINA_MAP_BACKUP || outcome->type == CATALINA_MAP_COPY)
        copy = outcome->cause;
      else if (outcome->cause && outcome->type != CATALINA_MAP_PROXY)
        other = outcome->cause;
    }
  if (!copy && !other)
    return NULL;
  return catalina_report_translate (copy ? copy : other);
}

static void
on_sent (const GArray *outcomes, gpointer data)
{
  Request *request = data;
  CatalinaBackupLocal *self = request->local;
  g_autoptr (GError) error = outcomes->len > 0 ? judge (outcomes) : describe_missing (self);

  for (guint i = 0; i < outcomes->len; i++)
    {
      const CatalinaMapOutcome *outcome = &g_array_index (outcomes, CatalinaMapOutcome, i);

      if (!outcome->cause || error)
        self->port->told (self->port_data, request->token, outcome->member,
                          outcome->cause ? CATALINA_OUTCOME_FAILED : CATALINA_OUTCOME_SENT);
      if (outcome->cause)
        catalina_outbox_count (&self->rooms->outbox, CATALINA_COUNTER_SEND_FAILURES);
    }
  catalina_outbox_done (&self->rooms->outbox, request->token, error);
  if (!self->saying)
    self->port->wake (self->port_data);
}

void
catalina_backup_local_send_extras (CatalinaBackupLocal *self)
{
  CatalinaReplicatedMap *map = get_map (self, NULL);
  char *next;

  while ((next = g_queue_pop_head (&self->rooms->extras)))
    {
      g_autofree char *id = next;

      for (guint part = 0; map && part < CATALINA_N_EXTRAS; part++)
        {
          g_autoptr (GBytes) diff = catalina_backup_rooms_write_extras (self->rooms, id, part);

          if (diff)
            catalina_replicated_map_replicate (map, id, diff, FALSE);
        }
    }
}

/* @token: 0: nobody waits for it */
static void
say (CatalinaBackupLocal *self, guint64 token)
{
  Request request = { self, token };
  gboolean within = self->saying;

  self->saying = TRUE;
  catalina_backup_local_send_extras (self);
  catalina_map_driver_flush (self->rooms->driver, token != 0 ? on_sent : NULL,
                             token != 0 ? g_memdup2 (&request, sizeof request) : NULL, g_free);
  self->saying = within;
}

/* Doing it */

static gboolean
refuse_size (CatalinaBackupLocal *self, const char *id, GError **error)
{
  g_autofree char *shown = catalina_shown_id (id);

  catalina_outbox_count (&self->rooms->outbox, CATALINA_COUNTER_OVER_LIMIT);
  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT,
               "%s: session %s: too many or too large", self->rooms->outbox.name, shown);
  return FALSE;
}

/* As in Tomcat: whoever has it from others keeps it, however many. */
static gboolean
has_place (CatalinaBackupLocal *self, GError **error)
{
  int max = self->rooms->settings->max_active_sessions;

  if (max < 0 || catalina_session_store_get_n (self->rooms->store) < (guint) max)
    return TRUE;
  g_set_error (error, CATALINA_ERROR, CATALINA_ERROR_OVER_LIMIT,
               "%s: maxActiveSessions: there are %d sessions, and no more are made here",
               self->rooms->outbox.name, max);
  return FALSE;
}

/* What the codec says, as an error of this domain. */
static GBytes *
encode (CatalinaBackupLocal *self, CatalinaDelta *delta, const char *id, GError **error)
{
  g_autoptr (CatalinaDelta) sent = NULL;
  g_autoptr (GError) cause = NULL;
  GBytes *data;

  delta->record_all = self->rooms->settings->record_all_actions;
  sent = catalina_attribute_filter_delta (self->rooms->settings, delta);
  data = catalina_backup_rooms_write_delta (self->rooms, id, sent, &cause);
  if (!data)
    g_set_error_literal (error, CATALINA_ERROR, CATALINA_ERROR_INVALID, cause->message);
  return data;
}

gboolean
catalina_backup_local_create (CatalinaBackupLocal *self,
                              const char *id,
                              CatalinaDelta *initial,
                              guint64 token,
                              CatalinaNow now,
                              GError **error)
{
  CatalinaBackupRooms *rooms = self->rooms;
  CatalinaReplicatedMap *map = get_map (self, error);
  g_autoptr (CatalinaDelta) delta = catalina_delta_new ();
  g_autoptr (CatalinaSession) session
      = catalina_session_new (id, now.wall_ms, rooms->settings->session_timeout);
  g_autoptr (GBytes) data = NULL;

  if (!map || !has_place (self, error))
    return FALSE;
  catalina_delta_set_new (delta, TRUE);
  if (initial)
    catalina_delta_append (delta, initial);
  /* It goes whole, but what cannot be written is refused here and now. */
  if (!(data = encode (self, delta, id, error)))
    return FALSE;
  if (catalina_session_apply (session, delta, rooms->limits, NULL) == CATALINA_APPLY_OVER_LIMIT
      || !catalina_session_store_has_room (rooms->store, session))
    return refuse_size (self, id, error);
  session->is_primary = TRUE;
  session->last_replicated = now.wall_ms;
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_SESSIONS_CREATED);
  catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_CREATED, session, NULL, NULL);
  catalina_replicated_map_put (map, id,
                               catalina_backup_value_new (rooms, g_steal_pointer (&session)));
  say (self, token);
  return TRUE;
}

/* The session is this member's from now on. */
static CatalinaSession *
take_over (CatalinaBackupLocal *self, const char *id, CatalinaNow now)
{
  CatalinaSession *session = catalina_backup_rooms_lookup (self->rooms, id);

  session = catalina_backup_rooms_edit (self->rooms, session);
  session->is_primary = TRUE;
  session->is_stale = FALSE;
  catalina_session_touch (session, now.wall_ms);
  catalina_backup_rooms_edited (self->rooms, session);
  return session;
}

/* As Tomcat's isAccessReplicate(). */
static void
access_session (CatalinaBackupLocal *self,
                CatalinaReplicatedMap *map,
                const char *id,
                CatalinaNow now)
{
  CatalinaSession *session = take_over (self, id, now);
  int max_inactive = session->state.max_inactive_interval;

  if (max_inactive < 0 || now.wall_ms - session->last_replicated <= max_inactive * (gint64) 1000)
    return;
  session->last_replicated = now.wall_ms;
  catalina_replicated_map_replicate (map, id, NULL, FALSE);
}

static gboolean
apply_change (CatalinaBackupLocal *self,
              CatalinaReplicatedMap *map,
              const char *id,
              CatalinaDelta *delta,
              CatalinaNow now,
              GError **error)
{
  CatalinaBackupRooms *rooms = self->rooms;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (CatalinaDelta) whole
      = catalina_session_with_unsent (catalina_backup_rooms_lookup (rooms, id), delta);
  g_autoptr (GBytes) data = encode (self, whole, id, error);
  CatalinaSession *session;
  CatalinaApplyResult result;

  if (!data)
    return FALSE;
  session = catalina_backup_rooms_edit (rooms, catalina_backup_rooms_lookup (rooms, id));
  result = catalina_session_apply (session, delta, rooms->limits, names);
  if (result != CATALINA_APPLY_OVER_LIMIT)
    catalina_session_forget_unsent (session);
  catalina_backup_rooms_edited (rooms, session);
  if (result == CATALINA_APPLY_OVER_LIMIT)
    return refuse_size (self, id, error);
  session = take_over (self, id, now);
  session->last_replicated = now.wall_ms;
  catalina_replicated_map_replicate (map, id, data, FALSE);
  catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                                g_strv_builder_end (names));
  return TRUE;
}

/* Whether it is to be done now; else it waits, or there is none. */
static gboolean
fetch (CatalinaBackupLocal *self,
       CatalinaReplicatedMap *map,
       const char *id,
       gboolean *waits,
       GError **error)
{
  gpointer value;

  *waits = FALSE;
  switch (catalina_replicated_map_get (map, id, &value))
    {
    case CATALINA_MAP_FOUND:
      catalina_backup_rooms_settle (self->rooms, id);
      return TRUE;
    case CATALINA_MAP_WAIT:
      *waits = TRUE;
      return FALSE;
    case CATALINA_MAP_NONE:
    default:
      return fail_no_session (self, id, "", error);
    }
}

/* As a request that asks for the session takes it over in a Tomcat. What is elsewhere cannot be
 * changed at once. */
gboolean
catalina_backup_local_apply (CatalinaBackupLocal *self,
                             const char *id,
                             CatalinaDelta *delta,
                             CatalinaNow now,
                             GError **error)
{
  CatalinaBackupRooms *rooms = self->rooms;
  CatalinaReplicatedMap *map = get_map (self, error);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (GBytes) data = NULL;
  CatalinaSession *session;
  CatalinaApplyResult result;
  gboolean waits;

  if (!map || !(data = encode (self, delta, id, error)))
    return FALSE;
  if (!fetch (self, map, id, &waits, error))
    {
      say (self, 0);
      return waits && fail_elsewhere (self, id, error);
    }
  session = catalina_backup_rooms_edit (rooms, catalina_backup_rooms_lookup (rooms, id));
  result = catalina_session_change (session, delta, rooms->limits, names);
  session->state.this_accessed_time = now.wall_ms;
  catalina_backup_rooms_edited (rooms, session);
  say (self, 0);
  if (result == CATALINA_APPLY_OVER_LIMIT)
    return refuse_size (self, id, error);
  if (delta->actions->len > 0)
    catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_CHANGED, session, NULL,
                                  g_strv_builder_end (names));
  return TRUE;
}

gboolean
catalina_backup_local_change (CatalinaBackupLocal *self,
                              const char *id,
                              CatalinaDelta *delta,
                              guint64 token,
                              CatalinaNow now,
                              GError **error)
{
  CatalinaReplicatedMap *map = get_map (self, error);
  gboolean waits;
  gboolean done = TRUE;

  if (!map)
    return FALSE;
  if (!fetch (self, map, id, &waits, error))
    {
      if (waits)
        {
          hold (self, WAIT_CHANGE, id, delta, NULL, token);
          say (self, 0);
        }
      return waits;
    }
  if (delta->actions->len == 0 && !catalina_backup_rooms_lookup (self->rooms, id)->unsent)
    access_session (self, map, id, now);
  else
    done = apply_change (self, map, id, delta, now, error);
  /* It may have been taken over in any case. */
  say (self, done ? token : 0);
  return done;
}

/* The new one first: one that is without a copy for a moment may be lost in it. */
gboolean
catalina_backup_local_change_id (CatalinaBackupLocal *self,
                                 const char *id,
                                 const char *new_id,
                                 guint64 token,
                                 CatalinaNow now,
                                 GError **error)
{
  CatalinaBackupRooms *rooms = self->rooms;
  CatalinaReplicatedMap *map = get_map (self, error);
  g_autoptr (GBytes) encoded = catalina_new_id_encode (new_id, error);
  g_autoptr (CatalinaSession) before = NULL;
  CatalinaSession *renamed;
  gboolean waits;

  if (!map || !encoded)
    return FALSE;
  if (!fetch (self, map, id, &waits, error))
    {
      if (waits)
        {
          hold (self, WAIT_CHANGE_ID, id, NULL, new_id, token);
          say (self, 0);
        }
      return waits;
    }
  before = catalina_session_copy (take_over (self, id, now));
  renamed = catalina_session_copy (before);
  g_free (renamed->state.id);
  renamed->state.id = g_strdup (new_id);
  catalina_session_update_size (renamed);
  catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_ID_CHANGED, renamed, id,
                                NULL);
  catalina_replicated_map_put (map, new_id, catalina_backup_value_new (rooms, renamed));
  catalina_replicated_map_remove (map, before->state.id, TRUE);
  g_clear_pointer (&rooms->left, catalina_session_unref);
  say (self, token);
  return TRUE;
}

gboolean
catalina_backup_local_invalidate (CatalinaBackupLocal *self,
                                  const char *id,
                                  guint64 token,
                                  GError **error)
{
  CatalinaBackupRooms *rooms = self->rooms;
  CatalinaReplicatedMap *map = get_map (self, error);
  g_autofree char *ended = g_strdup (id);
  g_autoptr (CatalinaSession) session = NULL;

  if (!map)
    return FALSE;
  if (!catalina_replicated_map_look (map, id))
    return fail_no_session (self, id, "", error);
  catalina_replicated_map_remove (map, ended, TRUE);
  catalina_outbox_count (&rooms->outbox, CATALINA_COUNTER_SESSIONS_EXPIRED);
  /* What it was is known only where it was. */
  if ((session = catalina_backup_rooms_take_left (rooms, ended)))
    catalina_outbox_tell_session (&rooms->outbox, CATALINA_CORE_SESSION_EXPIRED, session, NULL,
                                  NULL);
  say (self, token);
  return TRUE;
}

gboolean
catalina_backup_local_find (CatalinaBackupLocal *self,
                            const char *id,
                            guint64 token,
                            GError **error)
{
  CatalinaReplicatedMap *map = get_map (self, error);
  gpointer value;

  if (!map)
    return FALSE;
  switch (catalina_replicated_map_peek (map, id, &value))
    {
    case CATALINA_MAP_FOUND:
      catalina_outbox_found (&self->rooms->outbox, token,
                             catalina_backup_rooms_get (self->rooms, id));
      return TRUE;
    case CATALINA_MAP_WAIT:
      hold (self, WAIT_FIND, id, NULL, NULL, token);
      say (self, 0);
      return TRUE;
    case CATALINA_MAP_NONE:
    default:
      return fail_no_session (self, id, "", error);
    }
}

gboolean
catalina_backup_local_take (CatalinaBackupLocal *self,
                            const char *id,
                            guint64 token,
                            GError **error)
{
  CatalinaReplicatedMap *map = get_map (self, error);
  gboolean waits;
  gboolean done;

  if (!map)
    return FALSE;
  done = fetch (self, map, id, &waits, error);
  if (done)
    catalina_outbox_done (&self->rooms->outbox, token, NULL);
  else if (waits)
    hold (self, WAIT_TAKE, id, NULL, NULL, token);
  say (self, 0);
  return done || waits;
}

/* What was waited for */

static gboolean
go_on (CatalinaBackupLocal *self, const Wait *wait, CatalinaNow now, GError **error)
{
  CatalinaReplicatedMap *map = get_map (self, error);
  const CatalinaMapEntry *entry = map ? catalina_replicated_map_look (map, wait->id) : NULL;

  if (!map)
    return FALSE;
  if (!entry || !entry->value)
    return fail_no_session (self, wait->id,
                            entry ? ": those who have it do not answer, or have it no more" : "",
                            error);
  if (wait->kind == WAIT_FIND)
    {
      catalina_outbox_found (&self->rooms->outbox, wait->token,
                             catalina_backup_rooms_get (self->rooms, wait->id));
      return TRUE;
    }
  /* Another has taken it over meanwhile, again and again: nobody waits for ever. */
  if (entry->role == CATALINA_MAP_ROLE_PROXY)
    return fail_elsewhere (self, wait->id, error);
  if (wait->kind == WAIT_TAKE)
    return catalina_backup_local_take (self, wait->id, wait->token, error);
  if (wait->kind == WAIT_CHANGE)
    return catalina_backup_local_change (self, wait->id, wait->delta, wait->token, now, error);
  return catalina_backup_local_change_id (self, wait->id, wait->new_id, wait->token, now, error);
}

void
catalina_backup_local_got (CatalinaBackupLocal *self, const char *id, CatalinaNow now)
{
  g_autoptr (GPtrArray) ready = g_ptr_array_new_with_free_func (wait_free);

  for (GList *at = self->waiting.head, *next; at; at = next)
    {
      Wait *wait = at->data;

      next = at->next;
      if (!g_str_equal (wait->id, id))
        continue;
      g_queue_delete_link (&self->waiting, at);
      g_ptr_array_add (ready, wait);
    }
  for (guint i = 0; i < ready->len; i++)
    {
      const Wait *wait = ready->pdata[i];
      g_autoptr (GError) error = NULL;

      if (!go_on (self, wait, now, &error))
        catalina_outbox_done (&self->rooms->outbox, wait->token, error);
    }
}
