/* SPDX-License-Identifier: Apache-2.0
 *
 * Events of what is in replicated maps. Of a login there is no more than who it is: its password is
 * in no event.
 */
#include "catalina_ha/manager/catalina-places-private.h"
#include "catalina_ha/tools/catalina-tool-event-line-private.h"
#include "catalina_ha/tools/catalina-tool-json-private.h"

struct _CatalinaToolEventMaps
{
  CatalinaCluster *cluster;
  CatalinaToolEventLine *line;
  GPtrArray *watched; /* of what the cluster has beside the sessions */
};

/* As it is by now, which may be another already than when it came to be so. */
static void
add_place (CatalinaToolEventLine *line, TribesJson *json, const CatalinaPlace *place)
{
  g_autofree char *primary = place->primary ? catalina_tool_dup_address (place->primary) : NULL;

  tribes_json_add_string (json, "primary", primary);
  catalina_tool_event_line_tell (line, CATALINA_FILTER_PRIMARY, primary);
  tribes_json_key (json, "backups");
  tribes_json_begin_array (json);
  for (guint i = 0; place->backups && i < place->backups->len; i++)
    {
      g_autofree char *backup = catalina_tool_dup_address (place->backups->pdata[i]);

      tribes_json_string (json, backup);
      catalina_tool_event_line_tell (line, CATALINA_FILTER_NODE, backup);
    }
  tribes_json_end_array (json);
}

static void
on_placed (CatalinaCluster *cluster,
           CatalinaManager *manager,
           const char *id,
           CatalinaPlacement placement,
           CatalinaToolEventMaps *self)
{
  static const char *const names[] = {
    [CATALINA_PLACEMENT_MADE_PRIMARY] = "session-made-primary",
    [CATALINA_PLACEMENT_MADE_BACKUP] = "session-made-backup",
    [CATALINA_PLACEMENT_MADE_PROXY] = "session-made-proxy",
    [CATALINA_PLACEMENT_PUBLISHED] = "session-published",
    [CATALINA_PLACEMENT_ALONE] = "session-alone",
    [CATALINA_PLACEMENT_LOST] = "session-lost",
  };
  TribesJson json = catalina_tool_event_line_open (self->line, names[placement]);
  g_auto (CatalinaPlace) place = { 0 };

  catalina_tool_event_line_add_context (self->line, &json, catalina_manager_get_name (manager));
  catalina_tool_event_line_add_id (self->line, &json, "session", id);
  if (placement != CATALINA_PLACEMENT_LOST && json.out
      && catalina_manager_find_place (manager, id, &place))
    add_place (self->line, &json, &place);
  catalina_tool_event_line_close (self->line, &json);
}

/* Logins */

static TribesJson
open_login (CatalinaToolEventMaps *self,
            const char *name,
            const char *id,
            CatalinaSingleSignOnEntry *entry)
{
  TribesJson json = catalina_tool_event_line_open (self->line, name);

  catalina_tool_event_line_add_id (self->line, &json, "login", id);
  tribes_json_add_string (&json, "name", catalina_single_sign_on_entry_get_name (entry));
  tribes_json_add_string (&json, "authType", catalina_single_sign_on_entry_get_auth_type (entry));
  return json;
}

static void
tell_login (CatalinaToolEventMaps *self,
            const char *name,
            const char *id,
            CatalinaSingleSignOnEntry *entry)
{
  TribesJson json = open_login (self, name, id, entry);
  g_autoptr (GPtrArray) sessions = catalina_single_sign_on_entry_list_sessions (entry);

  tribes_json_add_uint (&json, "sessions", sessions->len);
  for (guint i = 0; i < sessions->len; i++)
    {
      CatalinaSingleSignOnSessionKey *key = sessions->pdata[i];

      catalina_tool_event_line_tell (self->line, CATALINA_FILTER_SESSION,
                                     catalina_single_sign_on_session_key_get_session_id (key));
      catalina_tool_event_line_tell (self->line, CATALINA_FILTER_CONTEXT,
                                     catalina_single_sign_on_session_key_get_context_name (key));
    }
  catalina_tool_event_line_close (self->line, &json);
}

static void
on_logged_in (CatalinaClusterSingleSignOn *sign_on,
              const char *id,
              CatalinaSingleSignOnEntry *entry,
              CatalinaToolEventMaps *self)
{
  tell_login (self, "logged-in", id, entry);
}

static void
on_login_changed (CatalinaClusterSingleSignOn *sign_on,
                  const char *id,
                  CatalinaSingleSignOnEntry *entry,
                  CatalinaToolEventMaps *self)
{
  tell_login (self, "login-changed", id, entry);
}

static void
on_logged_out (CatalinaClusterSingleSignOn *sign_on,
               const char *id,
               CatalinaSingleSignOnEntry *entry,
               CatalinaToolEventMaps *self)
{
  tell_login (self, "logged-out", id, entry);
}

static void
on_sign_on_added (CatalinaCluster *cluster,
                  CatalinaClusterSingleSignOn *sign_on,
                  CatalinaToolEventMaps *self)
{
  g_ptr_array_add (self->watched, g_object_ref (sign_on));
  g_signal_connect (sign_on, "logged-in", G_CALLBACK (on_logged_in), self);
  g_signal_connect (sign_on, "changed", G_CALLBACK (on_login_changed), self);
  g_signal_connect (sign_on, "logged-out", G_CALLBACK (on_logged_out), self);
}

/* Attributes of contexts */

static TribesJson
open_attribute (CatalinaToolEventMaps *self,
                const char *name,
                CatalinaReplicatedContext *context,
                const char *attribute)
{
  TribesJson json = catalina_tool_event_line_open (self->line, name);

  catalina_tool_event_line_add_context (self->line, &json,
                                        catalina_replicated_context_get_name (context));
  tribes_json_add_string (&json, "attribute", attribute);
  catalina_tool_event_line_tell (self->line, CATALINA_FILTER_ATTRIBUTE, attribute);
  return json;
}

static void
on_attribute_changed (CatalinaReplicatedContext *context,
                      const char *attribute,
                      TribesJavaValue *value,
                      CatalinaToolEventMaps *self)
{
  TribesJson json = open_attribute (self, "context-attribute-set", context, attribute);

  catalina_tool_event_line_tell (self->line, CATALINA_FILTER_CLASS,
                                 tribes_java_value_get_class_name (value));
  catalina_tool_event_line_close (self->line, &json);
}

static void
on_attribute_removed (CatalinaReplicatedContext *context,
                      const char *attribute,
                      CatalinaToolEventMaps *self)
{
  TribesJson json = open_attribute (self, "context-attribute-removed", context, attribute);

  catalina_tool_event_line_close (self->line, &json);
}

static void
on_context_added (CatalinaCluster *cluster,
                  CatalinaReplicatedContext *context,
                  CatalinaToolEventMaps *self)
{
  g_ptr_array_add (self->watched, g_object_ref (context));
  g_signal_connect (context, "attribute-changed", G_CALLBACK (on_attribute_changed), self);
  g_signal_connect (context, "attribute-removed", G_CALLBACK (on_attribute_removed), self);
}

CatalinaToolEventMaps *
catalina_tool_event_maps_new (CatalinaCluster *cluster, CatalinaToolEventLine *line)
{
  CatalinaToolEventMaps *self = g_new0 (CatalinaToolEventMaps, 1);
  g_autoptr (GPtrArray) sign_ons = catalina_cluster_list_single_sign_ons (cluster);
  g_autoptr (GPtrArray) contexts = catalina_cluster_list_replicated_contexts (cluster);

  self->cluster = g_object_ref (cluster);
  self->line = line;
  self->watched = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < sign_ons->len; i++)
    on_sign_on_added (cluster, sign_ons->pdata[i], self);
  for (guint i = 0; i < contexts->len; i++)
    on_context_added (cluster, contexts->pdata[i], self);
  g_object_connect (cluster, "signal::session-placed", on_placed, self,
                    "signal::single-sign-on-added", on_sign_on_added, self,
                    "signal::replicated-context-added", on_context_added, self, NULL);
  return self;
}

void
catalina_tool_event_maps_free (CatalinaToolEventMaps *self)
{
  for (guint i = 0; i < self->watched->len; i++)
    g_signal_handlers_disconnect_by_data (self->watched->pdata[i], self);
  g_ptr_array_unref (self->watched);
  g_signal_handlers_disconnect_by_data (self->cluster, self);
  g_object_unref (self->cluster);
  g_free (self);
}
