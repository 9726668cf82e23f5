/* SPDX-License-Identifier: Apache-2.0
 *
 * One pass from a signal to a line: nothing is built in between, and after the first lines nothing
 * is allocated for what a delta brings but the hash of its session's id.
 */
#include "catalina_ha/tools/catalina-tool-events-private.h"

#include "catalina_ha/manager/catalina-manager-private.h"
#include "catalina_ha/session/catalina-session-private.h"
#include "catalina_ha/tools/catalina-tool-event-line-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"
#include "tribes/base/tribes-hash-private.h"

/* Up to so many, names are looked for one after the other. */
#define FEW_NAMES 16

static const char *const event_names[] = {
  "node-started",           "coordinator-changed",
  "member-added",
  "member-disappeared",     "context-added",
  "context-removed",        "context-missing",
  "changes-missed",         "sessions-missing",
  "session-created",        "session-changed",
  "session-id-changed",     "session-expired",
  "session-made-primary",   "session-made-backup",
  "session-made-proxy",     "session-published",
  "session-alone",          "session-lost",
  "logged-in",              "login-changed",
  "logged-out",             "context-attribute-set",
  "context-attribute-removed",
  "state-transfer-started", "state-transfer-served",
  "state-transfer-ended",   "deployed",
  "undeployed",             "deploy-failed",
  CATALINA_TOOL_EVENT_LOST,                     "node-stopped",
  NULL,
};

struct _CatalinaToolEvents
{
  CatalinaToolEventLine line;
  CatalinaCluster *cluster;
  CatalinaToolEventMaps *maps;
  TribesInterceptor *elector; /* nullable: that says who leads */
  gboolean transferred;       /* sessions of a state transfer are events */
  TribesMember *from;         /* nullable: that the text is of */
  char *from_text;
};

static void
on_member_added (CatalinaCluster *cluster, TribesMember *member, CatalinaToolEvents *self)
{
  TribesJson json = catalina_tool_event_line_open (&self->line, "member-added");

  catalina_tool_event_line_add_member (&self->line, &json, member);
  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_member_disappeared (CatalinaCluster *cluster, TribesMember *member, CatalinaToolEvents *self)
{
  TribesJson json = catalina_tool_event_line_open (&self->line, "member-disappeared");

  catalina_tool_event_line_add_member (&self->line, &json, member);
  tribes_json_add_string (&json, "reason",
                          tribes_member_is_shutdown (member) ? "shutdown" : "failure");
  catalina_tool_event_line_close (&self->line, &json);
}

/* There is none once the channel is stopped: that is an event already. */
static void
on_coordinator_changed (TribesInterceptor *elector, GParamSpec *spec, CatalinaToolEvents *self)
{
  g_autoptr (TribesMember) coordinator = NULL;
  TribesJson json;

  g_object_get (elector, "coordinator", &coordinator, NULL);
  if (!coordinator)
    return;
  json = catalina_tool_event_line_open (&self->line, "coordinator-changed");
  catalina_tool_event_line_add_member (&self->line, &json, coordinator);
  catalina_tool_event_line_close (&self->line, &json);
}

static TribesJson
open_context_event (CatalinaToolEvents *self, const char *name, CatalinaManager *manager)
{
  TribesJson json = catalina_tool_event_line_open (&self->line, name);

  catalina_tool_event_line_add_context (&self->line, &json, catalina_manager_get_name (manager));
  return json;
}

static TribesJson
open_session_event (CatalinaToolEvents *self,
                    const char *name,
                    CatalinaManager *manager,
                    CatalinaSession *session)
{
  TribesJson json = open_context_event (self, name, manager);

  catalina_tool_event_line_add_id (&self->line, &json, "session", catalina_session_get_id (session));
  return json;
}

/* Who sent it, from a text that is kept: most events have the same as the one before. */
static void
add_cause (CatalinaToolEvents *self, TribesJson *json, CatalinaManager *manager)
{
  CatalinaCause cause = catalina_manager_get_cause (manager);

  if (!cause.from)
    return;
  if (cause.from != self->from)
    {
      g_clear_pointer (&self->from, tribes_member_unref);
      g_free (self->from_text);
      self->from = tribes_member_ref (cause.from);
      self->from_text = catalina_tool_dup_address (cause.from);
    }
  tribes_json_add_string (json, "from", self->from_text);
  catalina_tool_event_line_tell (&self->line, CATALINA_FILTER_FROM, self->from_text);
  if (cause.transferred)
    return;
  tribes_json_add_uint (json, "bytes", cause.bytes);
  if (self->line.filter)
    catalina_filter_add_number (self->line.filter, &self->line.facts, CATALINA_FILTER_SIZE,
                                (gint64) cause.bytes);
}

/* One of the many of a state transfer, which is an event itself. */
static gboolean
is_one_of_many (CatalinaToolEvents *self, CatalinaManager *manager)
{
  return !self->transferred && catalina_manager_get_cause (manager).transferred;
}

/* @value: (nullable): it has been removed. */
static void
tell_attribute (CatalinaToolEvents *self, const char *name, TribesJavaValue *value)
{
  catalina_tool_event_line_tell (&self->line, CATALINA_FILTER_ATTRIBUTE, name);
  if (value)
    catalina_tool_event_line_tell (&self->line, CATALINA_FILTER_CLASS, tribes_java_value_get_class_name (value));
}

static void
tell_attributes (CatalinaToolEvents *self, CatalinaSession *session)
{
  GArray *attributes = session->state.attributes;

  for (guint i = 0; self->line.filter && attributes && i < attributes->len; i++)
    {
      const CatalinaNamedValue *named = &g_array_index (attributes, CatalinaNamedValue, i);

      tell_attribute (self, named->name, named->value);
    }
}

static void
on_session_created (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    CatalinaSession *session,
                    CatalinaToolEvents *self)
{
  g_auto (GStrv) names = NULL;
  TribesJson json;

  if (is_one_of_many (self, manager))
    return;
  json = open_session_event (self, "session-created", manager, session);
  names = catalina_session_list_attributes (session);
  tribes_json_add_strings (&json, "attributes", (const char *const *) names);
  tell_attributes (self, session);
  add_cause (self, &json, manager);
  catalina_tool_event_line_close (&self->line, &json);
}

static GHashTable *
index_attributes (CatalinaSession *session)
{
  GArray *attributes = session->state.attributes;
  GHashTable *names = g_hash_table_new (tribes_str_hash, g_str_equal);

  for (guint i = 0; attributes && i < attributes->len; i++)
    {
      const CatalinaNamedValue *named = &g_array_index (attributes, CatalinaNamedValue, i);

      g_hash_table_insert (names, named->name, named->value);
    }
  return names;
}

static void
on_session_changed (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    CatalinaSession *session,
                    char **names,
                    CatalinaToolEvents *self)
{
  g_autoptr (GHashTable) index = NULL;
  g_autoptr (GPtrArray) removed = NULL; /* there hardly ever is one */
  TribesJson json;

  if (is_one_of_many (self, manager))
    return;
  if (names && g_strv_length (names) > FEW_NAMES)
    index = index_attributes (session);
  json = open_session_event (self, "session-changed", manager, session);
  tribes_json_key (&json, "set");
  tribes_json_begin_array (&json);
  for (guint i = 0; names && names[i]; i++)
    {
      TribesJavaValue *value = index ? g_hash_table_lookup (index, names[i])
                                     : catalina_session_get_attribute (session, names[i]);

      tell_attribute (self, names[i], value);
      if (value)
        {
          tribes_json_string (&json, names[i]);
          continue;
        }
      if (!removed)
        removed = g_ptr_array_new_null_terminated (8, NULL, TRUE);
      g_ptr_array_add (removed, names[i]);
    }
  tribes_json_end_array (&json);
  tribes_json_add_strings (&json, "removed", removed ? (const char *const *) removed->pdata : NULL);
  add_cause (self, &json, manager);
  catalina_tool_event_line_close (&self->line, &json);
}

/* Nothing on the wire tells a session that timed out from one that was invalidated. */
static void
on_session_expired (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    CatalinaSession *session,
                    CatalinaToolEvents *self)
{
  TribesJson json = open_session_event (self, "session-expired", manager, session);

  add_cause (self, &json, manager);
  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_session_id_changed (CatalinaCluster *cluster,
                       CatalinaManager *manager,
                       CatalinaSession *session,
                       const char *old_id,
                       CatalinaToolEvents *self)
{
  TribesJson json = open_session_event (self, "session-id-changed", manager, session);

  catalina_tool_event_line_add_id (&self->line, &json, "oldSession", old_id);
  add_cause (self, &json, manager);
  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_transfer_started (CatalinaCluster *cluster,
                     CatalinaManager *manager,
                     TribesMember *member,
                     CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "state-transfer-started", manager);

  catalina_tool_event_line_add_member (&self->line, &json, member);
  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_transfer_served (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    TribesMember *member,
                    guint n_sessions,
                    CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "state-transfer-served", manager);
  guint64 took = catalina_manager_get_counter (manager, CATALINA_COUNTER_TRANSFER_SERVED_MS);

  catalina_tool_event_line_add_member (&self->line, &json, member);
  tribes_json_add_int (&json, "sessions", n_sessions);
  tribes_json_add_int (&json, "milliseconds", (gint64) took);
  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_transfer_ended (CatalinaCluster *cluster,
                   CatalinaManager *manager,
                   gboolean found,
                   CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "state-transfer-ended", manager);
  guint64 took = catalina_manager_get_counter (manager, CATALINA_COUNTER_TRANSFER_RECEIVED_MS);

  tribes_json_add_boolean (&json, "received", found);
  tribes_json_add_int (&json, "sessions", catalina_manager_get_n_sessions (manager));
  tribes_json_add_int (&json, "milliseconds", found ? (gint64) took : 0);
  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_context_added (CatalinaCluster *cluster, CatalinaManager *manager, CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "context-added", manager);

  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_changes_missed (CatalinaCluster *cluster,
                   CatalinaManager *manager,
                   TribesMember *member,
                   guint n_sessions,
                   CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "changes-missed", manager);

  catalina_tool_event_line_add_member (&self->line, &json, member);
  tribes_json_add_uint (&json, "sessions", n_sessions);
  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_context_removed (CatalinaCluster *cluster, CatalinaManager *manager, CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "context-removed", manager);

  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_context_missing (CatalinaCluster *cluster, CatalinaManager *manager, CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "context-missing", manager);

  catalina_tool_event_line_close (&self->line, &json);
}

static void
on_sessions_missing (CatalinaCluster *cluster,
                     CatalinaManager *manager,
                     TribesMember *member,
                     guint n_sessions,
                     CatalinaToolEvents *self)
{
  TribesJson json = open_context_event (self, "sessions-missing", manager);

  catalina_tool_event_line_add_member (&self->line, &json, member);
  tribes_json_add_int (&json, "sessions", n_sessions);
  catalina_tool_event_line_close (&self->line, &json);
}

CatalinaToolEvents *
catalina_tool_events_new (CatalinaCluster *cluster,
                          gboolean json,
                          CatalinaToolLineFunc write,
                          gpointer data)
{
  CatalinaToolEvents *self = g_new0 (CatalinaToolEvents, 1);

  self->cluster = g_object_ref (cluster);
  catalina_tool_event_line_init (&self->line, json, write, data);
  self->maps = catalina_tool_event_maps_new (cluster, &self->line);
  g_object_connect (cluster, "signal::member-added", on_member_added, self,
                    "signal::member-disappeared", on_member_disappeared, self,
                    "signal::context-added", on_context_added, self, "signal::context-removed",
                    on_context_removed, self, "signal::context-missing", on_context_missing, self,
                    "signal::changes-missed", on_changes_missed, self, "signal::sessions-missing",
                    on_sessions_missing, self, "signal::session-created", on_session_created, self,
                    "signal::session-changed", on_session_changed, self, "signal::session-expired",
                    on_session_expired, self, "signal::session-id-changed", on_session_id_changed,
                    self, "signal::transfer-started", on_transfer_started, self,
                    "signal::transfer-served", on_transfer_served, self, "signal::transfer-ended",
                    on_transfer_ended, self, NULL);
  self->elector = catalina_tool_find_coordinator (catalina_cluster_get_channel (cluster));
  if (self->elector)
    {
      g_object_ref (self->elector);
      g_signal_connect (self->elector, "notify::coordinator", G_CALLBACK (on_coordinator_changed),
                        self);
    }
  return self;
}

void
catalina_tool_events_free (CatalinaToolEvents *self)
{
  catalina_tool_event_maps_free (self->maps);
  if (self->elector)
    g_signal_handlers_disconnect_by_data (self->elector, self);
  g_clear_object (&self->elector);
  g_signal_handlers_disconnect_by_data (self->cluster, self);
  g_object_unref (self->cluster);
  catalina_tool_event_line_clear (&self->line);
  g_clear_pointer (&self->from, tribes_member_unref);
  g_free (self->from_text);
  g_free (self);
}

/* Adds the names that @word means. */
static gboolean
add_names (GPtrArray *names, const char *word)
{
  gboolean any = FALSE;

  for (guint i = 0; event_names[i]; i++)
    {
      if (!g_pattern_match_simple (word, event_names[i]))
        continue;
      g_ptr_array_add (names, g_strdup (event_names[i]));
      any = TRUE;
    }
  return any;
}

char **
catalina_tool_events_parse (const char *list, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_null_terminated (8, g_free, TRUE);
  g_auto (GStrv) words = g_strsplit (list, ",", -1);

  for (guint i = 0; i == 0 || words[i]; i++)
    {
      g_autofree char *known = NULL;

      if (words[i] && add_names (names, words[i]))
        continue;
      known = g_strjoinv (", ", (char **) event_names);
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--events: expected names of %s, or session-* and the like; found \"%s\"", known,
                   words[i] ? words[i] : "");
      return NULL;
    }
  g_ptr_array_add (names, g_strdup (CATALINA_TOOL_EVENT_LOST));
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

void
catalina_tool_events_choose (CatalinaToolEvents *self,
                             const char *const *names,
                             gboolean transferred)
{
  g_strfreev (self->line.names);
  self->line.names = g_strdupv ((char **) names);
  self->transferred = transferred;
}

const CatalinaFilterWords *
catalina_tool_events_get_filter_words (void)
{
  static const CatalinaFilterWords words = {
    .fields
    = CATALINA_FILTER_BIT (CATALINA_FILTER_EVENT) | CATALINA_FILTER_BIT (CATALINA_FILTER_CONTEXT)
      | CATALINA_FILTER_BIT (CATALINA_FILTER_SESSION) | CATALINA_FILTER_BIT (CATALINA_FILTER_FROM)
      | CATALINA_FILTER_BIT (CATALINA_FILTER_ATTRIBUTE)
      | CATALINA_FILTER_BIT (CATALINA_FILTER_CLASS) | CATALINA_FILTER_BIT (CATALINA_FILTER_SIZE)
      | CATALINA_FILTER_BIT (CATALINA_FILTER_PRIMARY) | CATALINA_FILTER_BIT (CATALINA_FILTER_NODE),
    .events = event_names,
  };

  return &words;
}

void
catalina_tool_events_set_filter (CatalinaToolEvents *self, const CatalinaFilter *filter)
{
  self->line.filter = filter;
}

void
catalina_tool_events_started (CatalinaToolEvents *self, const char *http)
{
  TribesJson json = catalina_tool_event_line_open (&self->line, "node-started");
  g_auto (GStrv) contexts = catalina_cluster_list_contexts (self->cluster);
  TribesChannel *channel = catalina_cluster_get_channel (self->cluster);
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (channel);

  if (local)
    catalina_tool_event_line_add_member (&self->line, &json, local);
  tribes_json_add_string (&json, "http", http);
  tribes_json_add_strings (&json, "contexts", (const char *const *) contexts);
  catalina_tool_event_line_close (&self->line, &json);
}

void
catalina_tool_events_stopped (CatalinaToolEvents *self)
{
  TribesJson json = catalina_tool_event_line_open (&self->line, "node-stopped");

  catalina_tool_event_line_close (&self->line, &json);
}

void
catalina_tool_events_deployed (CatalinaToolEvents *self, const CatalinaToolDeployed *deployed)
{
  static const char *const names[] = { [CATALINA_TOOL_DEPLOYED] = "deployed",
                                       [CATALINA_TOOL_UNDEPLOYED] = "undeployed",
                                       [CATALINA_TOOL_DEPLOY_FAILED] = "deploy-failed" };
  TribesJson json = catalina_tool_event_line_open (&self->line, names[deployed->kind]);

  tribes_json_add_string (&json, "file", deployed->file);
  tribes_json_add_string (&json, "context", deployed->context);
  catalina_tool_event_line_tell (&self->line, CATALINA_FILTER_CONTEXT, deployed->context);
  tribes_json_add_string (&json, "from", deployed->from);
  catalina_tool_event_line_tell (&self->line, CATALINA_FILTER_FROM, deployed->from);
  if (deployed->kind == CATALINA_TOOL_DEPLOYED)
    tribes_json_add_uint (&json, "bytes", deployed->bytes);
  if (deployed->reason)
    tribes_json_add_string (&json, "reason", deployed->reason);
  catalina_tool_event_line_close (&self->line, &json);
}

guint64
catalina_tool_events_get_lost (CatalinaToolEvents *self)
{
  return self->line.lost;
}
