/* SPDX-License-Identifier: Apache-2.0
 *
 * On top of what a backup manager does: life, what the map tells, and sessions whose time is over.
 */
#include "catalina_ha/manager/catalina-backup-core-private.h"

#include "catalina_ha/manager/catalina-members-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "tribes/base/tribes-clock-private.h"

/* Sessions that one step looks at. */
#define STEP_CHECKS 1024
/* How soon sessions are looked at again that may be another's. */
#define IN_DOUBT_MS 1000

/* How often a vault asks what has changed: what it is told of a session that is elsewhere is only
 * who has it. */
#define AUDIT_MS 60000

typedef enum
{
  STATE_NEW,
  STATE_SETTLING, /* until the members are known */
  STATE_RUNNING,
  STATE_LEAVING,
  STATE_STOPPED,
} State;

struct _CatalinaBackupCore
{
  CatalinaBackupRooms rooms; /* first: the map's data is these */
  CatalinaBackupLocal local;
  CatalinaMaps *maps;
  State state;
  gint64 start_ms;
  gint64 next_expire_ms;
  guint expire_left; /* sessions still to be checked in this round */
  const CatalinaBackupPort *port;
  gpointer port_data;
};

static CatalinaNow
now (void)
{
  return (CatalinaNow){ tribes_clock_get_wall_ms (), tribes_clock_get_us () / 1000 };
}

CatalinaReplicatedMap *
catalina_backup_core_get_map (CatalinaBackupCore *self)
{
  return self->rooms.driver ? catalina_map_driver_get_map (self->rooms.driver) : NULL;
}

/* What the map tells */

static void
on_started (CatalinaBackupCore *self)
{
  catalina_outbox_tell_transfer_ended (&self->rooms.outbox,
                                       catalina_backup_core_is_transferred (self));
}

/* As Tomcat's objectMadePrimary(): somebody may still come for it. */
static void
on_made_primary (CatalinaBackupCore *self, const char *id)
{
  CatalinaSession *session = catalina_backup_rooms_lookup (&self->rooms, id);

  catalina_outbox_tell_placement (&self->rooms.outbox, id, CATALINA_PLACEMENT_MADE_PRIMARY);
  if (!session || session->is_primary)
    return;
  session = catalina_backup_rooms_edit (&self->rooms, session);
  session->is_primary = TRUE;
  catalina_session_touch (session, now ().wall_ms);
  catalina_backup_rooms_edited (&self->rooms, session);
}

static void
on_accessed (CatalinaBackupCore *self, const char *id)
{
  CatalinaSession *session = catalina_backup_rooms_lookup (&self->rooms, id);
  const CatalinaMapEntry *entry = catalina_backup_core_look (self, id);

  if (!session || !entry)
    return;
  session = catalina_backup_rooms_edit (&self->rooms, session);
  session->is_primary = entry->role == CATALINA_MAP_ROLE_PRIMARY;
  catalina_session_touch (session, now ().wall_ms);
  catalina_backup_rooms_edited (&self->rooms, session);
}

static void
on_removed (CatalinaBackupCore *self, const char *id)
{
  g_autoptr (CatalinaSession) session = catalina_backup_rooms_take_left (&self->rooms, id);

  if (!session)
    return;
  catalina_outbox_count (&self->rooms.outbox, CATALINA_COUNTER_SESSIONS_EXPIRED);
  catalina_outbox_tell_session (&self->rooms.outbox, CATALINA_CORE_SESSION_EXPIRED, session, NULL,
                                NULL);
}

static void
on_lost (CatalinaBackupCore *self, const char *id)
{
  g_autofree char *shown = catalina_shown_id (id);

  catalina_outbox_tell_problem (&self->rooms.outbox, NULL,
                                "session %s is lost: all members that had it are gone", shown);
  catalina_outbox_tell_placement (&self->rooms.outbox, id, CATALINA_PLACEMENT_LOST);
}

static void
on_told (CatalinaMapDriver *driver, const CatalinaMapEvent *event, gpointer data)
{
  CatalinaBackupCore *self = data;
  CatalinaOutbox *outbox = &self->rooms.outbox;

  if (event->key)
    catalina_backup_rooms_settle (&self->rooms, event->key);
  switch (event->kind)
    {
    case CATALINA_MAP_EVENT_STARTED:
      on_started (self);
      break;
    case CATALINA_MAP_EVENT_MADE_PRIMARY:
      on_made_primary (self, event->key);
      break;
    case CATALINA_MAP_EVENT_MADE_BACKUP:
      catalina_outbox_tell_placement (outbox, event->key, CATALINA_PLACEMENT_MADE_BACKUP);
      break;
    case CATALINA_MAP_EVENT_MADE_PROXY:
      catalina_outbox_tell_placement (outbox, event->key, CATALINA_PLACEMENT_MADE_PROXY);
      break;
    case CATALINA_MAP_EVENT_PUBLISHED:
      catalina_outbox_tell_placement (outbox, event->key, CATALINA_PLACEMENT_PUBLISHED);
      break;
    case CATALINA_MAP_EVENT_ALONE:
      catalina_outbox_tell_placement (outbox, event->key, CATALINA_PLACEMENT_ALONE);
      break;
    case CATALINA_MAP_EVENT_ACCESSED:
      on_accessed (self, event->key);
      break;
    case CATALINA_MAP_EVENT_REMOVED:
      on_removed (self, event->key);
      break;
    case CATALINA_MAP_EVENT_LOST:
      on_lost (self, event->key);
      break;
    case CATALINA_MAP_EVENT_GOT:
      catalina_backup_local_got (&self->local, event->key, now ());
      break;
    case CATALINA_MAP_EVENT_LEFT:
      catalina_backup_core_break_off (self);
      break;
    case CATALINA_MAP_EVENT_CHANGED:
    default:
      break;
    }
  if (!self->local.saying)
    self->port->wake (self->port_data);
}

/* Life */

CatalinaBackupCore *
catalina_backup_core_new (const char *name,
                          const CatalinaManagerSettings *settings,
                          const CatalinaLimits *limits,
                          CatalinaMaps *maps,
                          const CatalinaBackupPort *port,
                          gpointer port_data)
{
  CatalinaBackupCore *self = g_new0 (CatalinaBackupCore, 1);

  catalina_backup_rooms_init (&self->rooms, name, settings, limits);
  self->maps = catalina_maps_ref (maps);
  self->port = port;
  self->port_data = port_data;
  catalina_backup_local_init (&self->local, &self->rooms, port, port_data);
  return self;
}

/* As what the settings say when it starts. */
static CatalinaMapDriver *
make_driver (CatalinaBackupCore *self)
{
  static const CatalinaMapVault vaults[] = {
    [CATALINA_VAULT_NONE] = CATALINA_MAP_VAULT_NONE,
    [CATALINA_VAULT_PULL] = CATALINA_MAP_VAULT_PULLS,
    [CATALINA_VAULT_FOLLOW] = CATALINA_MAP_VAULT_FOLLOWS,
  };
  const CatalinaManagerSettings *settings = self->rooms.settings;
  g_autofree char *name = g_strconcat (self->rooms.outbox.name, "-map", NULL);
  const CatalinaMapDriverSettings driver = {
    .name = name,
    .kind = CATALINA_MAP_LAZY,
    .vault = vaults[settings->vault],
    .audit_ms = AUDIT_MS,
    .max_bytes = self->rooms.limits->context_bytes,
    .send_options = settings->map_send_options,
    .rpc_timeout_ms = settings->rpc_timeout_ms,
    .access_timeout_ms = settings->access_timeout_ms,
    .max_entries = self->rooms.limits->sessions,
    .values = &catalina_backup_values,
    .told = on_told,
    .data = &self->rooms,
  };

  return catalina_map_driver_new (self->maps, &driver);
}

void
catalina_backup_core_free (CatalinaBackupCore *self)
{
  g_clear_pointer (&self->rooms.driver, catalina_map_driver_free);
  catalina_maps_unref (self->maps);
  catalina_backup_local_clear (&self->local);
  catalina_backup_rooms_clear (&self->rooms);
  g_free (self);
}

CatalinaOutbox *
catalina_backup_core_get_outbox (CatalinaBackupCore *self)
{
  return &self->rooms.outbox;
}

void
catalina_backup_core_set_members (CatalinaBackupCore *self, GPtrArray *members)
{
  GPtrArray *list = self->rooms.outbox.members;

  g_ptr_array_set_size (list, 0);
  for (guint i = 0; i < members->len; i++)
    catalina_members_add (list, members->pdata[i]);
}

void
catalina_backup_core_start (CatalinaBackupCore *self, guint settle_ms, CatalinaNow at)
{
  g_clear_pointer (&self->rooms.driver, catalina_map_driver_free);
  self->state = STATE_SETTLING;
  self->start_ms = at.mono_ms + settle_ms;
  self->next_expire_ms = at.mono_ms + self->rooms.settings->expire_interval_ms;
}

static void
begin (CatalinaBackupCore *self)
{
  g_autoptr (GError) error = NULL;

  self->state = STATE_RUNNING;
  self->rooms.driver = make_driver (self);
  if (!catalina_map_driver_start (self->rooms.driver, &error))
    catalina_outbox_tell_problem (&self->rooms.outbox, NULL, "%s", error->message);
}

void
catalina_backup_core_break_off (CatalinaBackupCore *self)
{
  if (self->state == STATE_STOPPED)
    return;
  self->state = STATE_STOPPED;
  if (self->rooms.driver)
    catalina_map_driver_stop (self->rooms.driver);
}

/* What requests have changed without an end, or with one after which nothing is told, waits for
 * the next request here; there will be none. */
static void
tell_unsent (CatalinaBackupCore *self, CatalinaNow at)
{
  CatalinaSessionStore *store = self->rooms.store;
  g_autoptr (CatalinaDelta) nothing = catalina_delta_new ();

  for (guint i = 0; i < catalina_session_store_get_n (store); i++)
    {
      CatalinaSession *session = catalina_session_store_get_at (store, i);
      g_autofree char *id = session->unsent ? g_strdup (session->state.id) : NULL;
      g_autoptr (GError) error = NULL;

      if (id && !catalina_backup_local_change (&self->local, id, nothing, 0, at, &error))
        g_debug ("%s: what was not sent: %s", self->rooms.outbox.name, error->message);
    }
}

void
catalina_backup_core_stop (CatalinaBackupCore *self, CatalinaNow at)
{
  CatalinaReplicatedMap *map = catalina_backup_core_get_map (self);

  self->state = map ? STATE_LEAVING : STATE_STOPPED;
  if (!map)
    return;
  tell_unsent (self, at);
  catalina_replicated_map_leave (map);
  catalina_map_driver_flush (self->rooms.driver, NULL, NULL, NULL);
}

gboolean
catalina_backup_core_is_leaving (CatalinaBackupCore *self)
{
  return self->state == STATE_LEAVING;
}

void
catalina_backup_core_disown (CatalinaBackupCore *self)
{
  self->state = STATE_STOPPED;
  g_clear_pointer (&self->rooms.driver, catalina_map_driver_free);
}

/* A member whose context has a manager of another kind is not to wait for sessions from here. */
void
catalina_backup_core_receive (CatalinaBackupCore *self,
                              CatalinaSessionMessage *message,
                              TribesMember *from)
{
  CatalinaOutbox *outbox = &self->rooms.outbox;
  g_autofree char *unique_id = g_strdup_printf ("NO-CONTEXT-MANAGER-%s", outbox->name);
  g_autoptr (CatalinaSessionMessage) answer = NULL;

  if (catalina_session_message_get_event (message) != CATALINA_SESSION_EVENT_GET_ALL)
    return;
  answer = catalina_session_message_new (CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, outbox->name,
                                         "NO-CONTEXT-MANAGER", unique_id, 0, NULL);
  catalina_outbox_send (outbox, answer, from, CATALINA_OPTIONS_DEFAULT, 0);
}

/* Time */

/* Who answers for a session ends it in time. Who has the copy does only where nobody does, after as
 * long again. */
static gboolean
is_over (CatalinaBackupCore *self, CatalinaSession *session, CatalinaNow at)
{
  const CatalinaMapEntry *entry;
  g_autoptr (GPtrArray) members = NULL;

  if (catalina_session_get_end (session) > at.wall_ms)
    return FALSE;
  entry = catalina_backup_core_look (self, session->state.id);
  if (!entry || entry->role == CATALINA_MAP_ROLE_PRIMARY)
    return entry != NULL;
  if (entry->role == CATALINA_MAP_ROLE_PROXY)
    return FALSE;
  members = catalina_replicated_map_list_members (catalina_backup_core_get_map (self));
  return !entry->primary || !catalina_members_have (members, entry->primary);
}

/* Goes through the sessions downwards: a session that ends is replaced by one already seen. */
static gboolean
expire_step (CatalinaBackupCore *self, CatalinaNow at)
{
  CatalinaSessionStore *store = self->rooms.store;
  CatalinaReplicatedMap *map = catalina_backup_core_get_map (self);

  if (self->expire_left == 0 && at.mono_ms < self->next_expire_ms)
    return FALSE;
  /* After standing still, a session may be another's and in use there. */
  catalina_replicated_map_notice (map, tribes_clock_get_us ());
  if (catalina_replicated_map_is_in_doubt (map))
    {
      self->expire_left = 0;
      self->next_expire_ms = at.mono_ms + IN_DOUBT_MS;
      return FALSE;
    }
  if (self->expire_left == 0)
    {
      self->next_expire_ms = at.mono_ms + self->rooms.settings->expire_interval_ms;
      self->expire_left = catalina_session_store_get_n (store);
    }
  self->expire_left = MIN (self->expire_left, catalina_session_store_get_n (store));
  for (guint i = 0; i < STEP_CHECKS && self->expire_left > 0; i++)
    {
      CatalinaSession *session = catalina_session_store_get_at (store, --self->expire_left);

      if (!is_over (self, session, at))
        continue;
      catalina_outbox_count (&self->rooms.outbox, CATALINA_COUNTER_SESSIONS_TIMED_OUT);
      (void) catalina_backup_local_invalidate (&self->local, session->state.id, 0, NULL);
    }
  return self->expire_left > 0;
}

gboolean
catalina_backup_core_step (CatalinaBackupCore *self, CatalinaNow at)
{
  if (self->state == STATE_SETTLING && at.mono_ms >= self->start_ms)
    begin (self);
  if (self->state != STATE_RUNNING || !catalina_backup_core_get_map (self))
    return FALSE;
  if (self->rooms.extras.head)
    {
      catalina_backup_local_send_extras (&self->local);
      catalina_map_driver_flush (self->rooms.driver, NULL, NULL, NULL);
    }
  return expire_step (self, at);
}

gint64
catalina_backup_core_get_deadline (CatalinaBackupCore *self)
{
  switch (self->state)
    {
    case STATE_SETTLING:
      return self->start_ms;
    case STATE_RUNNING:
      return self->expire_left > 0 || self->rooms.extras.head ? 0 : self->next_expire_ms;
    case STATE_NEW:
    case STATE_LEAVING:
    case STATE_STOPPED:
    default:
      return G_MAXINT64;
    }
}

/* What there is */

gboolean
catalina_backup_core_is_transferred (CatalinaBackupCore *self)
{
  CatalinaReplicatedMap *map = catalina_backup_core_get_map (self);
  g_autoptr (GPtrArray) members = map ? catalina_replicated_map_list_members (map) : NULL;

  return members && members->len > 0 && catalina_replicated_map_is_transferred (map);
}

gsize
catalina_backup_core_get_bytes (CatalinaBackupCore *self)
{
  return catalina_session_store_get_bytes (self->rooms.store);
}

guint
catalina_backup_core_get_n_sessions (CatalinaBackupCore *self)
{
  return catalina_session_store_get_n (self->rooms.store);
}

CatalinaSession *
catalina_backup_core_get_session_at (CatalinaBackupCore *self, guint index)
{
  return catalina_session_store_get_at (self->rooms.store, index);
}

CatalinaSession *
catalina_backup_core_lookup (CatalinaBackupCore *self, const char *id)
{
  return catalina_backup_rooms_lookup (&self->rooms, id);
}

const CatalinaMapEntry *
catalina_backup_core_look (CatalinaBackupCore *self, const char *id)
{
  CatalinaReplicatedMap *map = catalina_backup_core_get_map (self);

  return map ? catalina_replicated_map_look (map, id) : NULL;
}

gboolean
catalina_backup_core_create (CatalinaBackupCore *self,
                             const char *id,
                             CatalinaDelta *initial,
                             guint64 token,
                             CatalinaNow at,
                             GError **error)
{
  return catalina_backup_local_create (&self->local, id, initial, token, at, error);
}

gboolean
catalina_backup_core_apply (
    CatalinaBackupCore *self, const char *id, CatalinaDelta *delta, CatalinaNow at, GError **error)
{
  return catalina_backup_local_apply (&self->local, id, delta, at, error);
}

gboolean
catalina_backup_core_change (CatalinaBackupCore *self,
                             const char *id,
                             CatalinaDelta *delta,
                             guint64 token,
                             CatalinaNow at,
                             GError **error)
{
  return catalina_backup_local_change (&self->local, id, delta, token, at, error);
}

gboolean
catalina_backup_core_change_id (CatalinaBackupCore *self,
                                const char *id,
                                const char *new_id,
                                guint64 token,
                                CatalinaNow at,
                                GError **error)
{
  return catalina_backup_local_change_id (&self->local, id, new_id, token, at, error);
}

gboolean
catalina_backup_core_invalidate (CatalinaBackupCore *self,
                                 const char *id,
                                 guint64 token,
                                 GError **error)
{
  return catalina_backup_local_invalidate (&self->local, id, token, error);
}

gboolean
catalina_backup_core_find (CatalinaBackupCore *self, const char *id, guint64 token, GError **error)
{
  return catalina_backup_local_find (&self->local, id, token, error);
}

gboolean
catalina_backup_core_is_elsewhere (CatalinaBackupCore *self, const char *id)
{
  CatalinaReplicatedMap *map = catalina_backup_core_get_map (self);

  return map && catalina_replicated_map_is_elsewhere (map, id);
}

gboolean
catalina_backup_core_take (CatalinaBackupCore *self, const char *id, guint64 token, GError **error)
{
  return catalina_backup_local_take (&self->local, id, token, error);
}
