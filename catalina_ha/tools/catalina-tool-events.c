/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tools/catalina-tool-events-private.h"

#include <string.h>

#include "catalina_ha/tools/catalina-tool-json-private.h"

/* What a member says about itself when it leaves in order. */
#define SHUTDOWN_COMMAND "BABY-ALEX"

struct _CatalinaToolEvents
{
  CatalinaCluster *cluster;
  gboolean json;
  CatalinaToolLineFunc write;
  gpointer data;
  guint64 lost;     /* lines, in all */
  guint64 reported; /* of these, told about */
};

/* An object with its first members; close_event() writes it. */
static JsonBuilder *
open_event (const char *name)
{
  JsonBuilder *builder = json_builder_new_immutable ();
  g_autofree char *time = catalina_tool_format_time (g_get_real_time () / 1000);

  json_builder_begin_object (builder);
  catalina_tool_json_add_string (builder, "event", name);
  catalina_tool_json_add_string (builder, "time", time);
  return builder;
}

static gboolean
is_plain (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '"' || c == '=' || c == '\\' || !g_unichar_isgraph (c))
        return FALSE;
    }
  return text[0] != '\0';
}

static void
append_value (GString *line, JsonNode *node)
{
  g_autofree char *json = NULL;

  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        {
          if (i > 0)
            g_string_append_c (line, ',');
          append_value (line, json_array_get_element (array, i));
        }
      return;
    }
  if (json_node_get_value_type (node) == G_TYPE_STRING && is_plain (json_node_get_string (node)))
    {
      g_string_append (line, json_node_get_string (node));
      return;
    }
  json = json_to_string (node, FALSE);
  g_string_append (line, json);
}

/* `TIME EVENT name=value...` */
static char *
format_text (JsonNode *root)
{
  JsonObject *object = json_node_get_object (root);
  g_autoptr (GList) names = json_object_get_members (object);
  GString *line = g_string_new (json_object_get_string_member (object, "time"));

  g_string_append_printf (line, " %s", json_object_get_string_member (object, "event"));
  for (GList *name = names; name; name = name->next)
    {
      JsonNode *node = json_object_get_member (object, name->data);

      if (strcmp (name->data, "time") == 0 || strcmp (name->data, "event") == 0)
        continue;
      g_string_append_printf (line, " %s=", (const char *) name->data);
      append_value (line, node);
    }
  return g_string_free (line, FALSE);
}

static gboolean
write_object (CatalinaToolEvents *self, JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return self->write (self->json ? json_to_string (root, FALSE) : format_text (root), self->data);
}

/* Takes @builder. */
static void
close_event (CatalinaToolEvents *self, JsonBuilder *builder)
{
  g_autoptr (JsonBuilder) owned = builder;

  if (self->lost > self->reported)
    {
      g_autoptr (JsonBuilder) gap = open_event ("events-lost");

      catalina_tool_json_add_int (gap, "count", (gint64) (self->lost - self->reported));
      if (write_object (self, gap))
        self->reported = self->lost;
    }
  if (!write_object (self, owned))
    self->lost++;
}

static void
on_member_added (CatalinaCluster *cluster, TribesMember *member, CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_event ("member-added");

  catalina_tool_json_add_member (builder, member);
  close_event (self, builder);
}

static gboolean
said_goodbye (TribesMember *member)
{
  g_autoptr (GBytes) command = tribes_member_dup_command (member);
  gsize size;
  const guint8 *data = g_bytes_get_data (command, &size);

  return size == strlen (SHUTDOWN_COMMAND) && memcmp (data, SHUTDOWN_COMMAND, size) == 0;
}

static void
on_member_disappeared (CatalinaCluster *cluster, TribesMember *member, CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_event ("member-disappeared");

  catalina_tool_json_add_member (builder, member);
  catalina_tool_json_add_string (builder, "reason", said_goodbye (member) ? "shutdown" : "failure");
  close_event (self, builder);
}

static JsonBuilder *
open_session_event (const char *name, CatalinaManager *manager, CatalinaSession *session)
{
  JsonBuilder *builder = open_event (name);

  catalina_tool_json_add_string (builder, "context", catalina_manager_get_name (manager));
  catalina_tool_json_add_string (builder, "session", catalina_session_get_id (session));
  return builder;
}

static void
on_session_created (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    CatalinaSession *session,
                    CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_session_event ("session-created", manager, session);
  g_auto (GStrv) names = catalina_session_list_attributes (session);

  catalina_tool_json_add_strings (builder, "attributes", (const char *const *) names);
  close_event (self, builder);
}

static void
on_session_changed (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    CatalinaSession *session,
                    char **names,
                    CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_session_event ("session-changed", manager, session);
  g_autoptr (GPtrArray) set = g_ptr_array_new_null_terminated (8, NULL, TRUE);
  g_autoptr (GPtrArray) removed = g_ptr_array_new_null_terminated (8, NULL, TRUE);

  for (guint i = 0; names && names[i]; i++)
    g_ptr_array_add (catalina_session_get_attribute (session, names[i]) ? set : removed, names[i]);
  catalina_tool_json_add_strings (builder, "set", (const char *const *) set->pdata);
  catalina_tool_json_add_strings (builder, "removed", (const char *const *) removed->pdata);
  close_event (self, builder);
}

/* Nothing on the wire tells a session that timed out from one that was invalidated. */
static void
on_session_expired (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    CatalinaSession *session,
                    CatalinaToolEvents *self)
{
  close_event (self, open_session_event ("session-expired", manager, session));
}

static void
on_session_id_changed (CatalinaCluster *cluster,
                       CatalinaManager *manager,
                       CatalinaSession *session,
                       const char *old_id,
                       CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_session_event ("session-id-changed", manager, session);

  catalina_tool_json_add_string (builder, "oldSession", old_id);
  close_event (self, builder);
}

static void
on_transfer_started (CatalinaCluster *cluster,
                     CatalinaManager *manager,
                     TribesMember *member,
                     CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_event ("state-transfer-started");

  catalina_tool_json_add_string (builder, "context", catalina_manager_get_name (manager));
  catalina_tool_json_add_member (builder, member);
  close_event (self, builder);
}

static void
on_transfer_served (CatalinaCluster *cluster,
                    CatalinaManager *manager,
                    TribesMember *member,
                    guint n_sessions,
                    CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_event ("state-transfer-served");
  guint64 took = catalina_manager_get_counter (manager, CATALINA_COUNTER_TRANSFER_SERVED_MS);

  catalina_tool_json_add_string (builder, "context", catalina_manager_get_name (manager));
  catalina_tool_json_add_member (builder, member);
  catalina_tool_json_add_int (builder, "sessions", n_sessions);
  catalina_tool_json_add_int (builder, "milliseconds", (gint64) took);
  close_event (self, builder);
}

static void
on_transfer_ended (CatalinaCluster *cluster,
                   CatalinaManager *manager,
                   gboolean found,
                   CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_event ("state-transfer-ended");
  guint64 took = catalina_manager_get_counter (manager, CATALINA_COUNTER_TRANSFER_RECEIVED_MS);

  catalina_tool_json_add_string (builder, "context", catalina_manager_get_name (manager));
  catalina_tool_json_add_boolean (builder, "received", found);
  catalina_tool_json_add_int (builder, "sessions", catalina_manager_get_n_sessions (manager));
  catalina_tool_json_add_int (builder, "milliseconds", found ? (gint64) took : 0);
  close_event (self, builder);
}

static void
on_context_added (CatalinaCluster *cluster, CatalinaManager *manager, CatalinaToolEvents *self)
{
  JsonBuilder *builder = open_event ("context-added");

  catalina_tool_json_add_string (builder, "context", catalina_manager_get_name (manager));
  close_event (self, builder);
}

CatalinaToolEvents *
catalina_tool_events_new (CatalinaCluster *cluster,
                          gboolean json,
                          CatalinaToolLineFunc write,
                          gpointer data)
{
  CatalinaToolEvents *self = g_new0 (CatalinaToolEvents, 1);

  self->cluster = g_object_ref (cluster);
  self->json = json;
  self->write = write;
  self->data = data;
  g_object_connect (cluster, "signal::member-added", on_member_added, self,
                    "signal::member-disappeared", on_member_disappeared, self,
                    "signal::context-added", on_context_added, self, "signal::session-created",
                    on_session_created, self, "signal::session-changed", on_session_changed, self,
                    "signal::session-expired", on_session_expired, self,
                    "signal::session-id-changed", on_session_id_changed, self,
                    "signal::transfer-started", on_transfer_started, self,
                    "signal::transfer-served", on_transfer_served, self, "signal::transfer-ended",
                    on_transfer_ended, self, NULL);
  return self;
}

void
catalina_tool_events_free (CatalinaToolEvents *self)
{
  g_signal_handlers_disconnect_by_data (self->cluster, self);
  g_object_unref (self->cluster);
  g_free (self);
}

void
catalina_tool_events_started (CatalinaToolEvents *self, const char *http)
{
  JsonBuilder *builder = open_event ("node-started");
  g_auto (GStrv) contexts = catalina_cluster_list_contexts (self->cluster);
  TribesChannel *channel = catalina_cluster_get_channel (self->cluster);
  g_autoptr (TribesMember) local = tribes_channel_dup_local_member (channel);

  if (local)
    catalina_tool_json_add_member (builder, local);
  catalina_tool_json_add_string (builder, "http", http);
  catalina_tool_json_add_strings (builder, "contexts", (const char *const *) contexts);
  close_event (self, builder);
}

void
catalina_tool_events_stopped (CatalinaToolEvents *self)
{
  close_event (self, open_event ("node-stopped"));
}

guint64
catalina_tool_events_get_lost (CatalinaToolEvents *self)
{
  return self->lost;
}
