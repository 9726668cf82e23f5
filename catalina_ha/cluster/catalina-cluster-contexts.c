/* SPDX-License-Identifier: Apache-2.0
 *
 * The managers of contexts: of the kind that the configuration says, or the members have.
 */
#include "catalina_ha/cluster/catalina-cluster-internal-private.h"

#include <string.h>

#include "catalina_ha/manager/catalina-backup-manager.h"
#include "tribes/channel/tribes-channel-private.h"

/* What Tomcat appends to the name of a context for that of its map. */
#define MAP_SUFFIX "-map"

void
catalina_own_manager_free (gpointer data)
{
  CatalinaOwnManager *own = data;

  catalina_manager_settings_free (own->settings);
  g_free (own);
}

gboolean
catalina_cluster_read_own_manager (CatalinaCluster *self,
                                   XmlconfCluster *config,
                                   XmlconfContext *context,
                                   const char *name,
                                   gboolean *clustered,
                                   GError **error)
{
  XmlconfNode *node = xmlconf_context_get_manager (context);
  GType type = node ? catalina_manager_type_from_config (node, NULL) : G_TYPE_NONE;
  g_autoptr (CatalinaManagerSettings) settings = NULL;
  CatalinaOwnManager *own;

  *clustered = type != G_TYPE_INVALID;
  if (!node || !*clustered)
    return TRUE;
  if (!(settings = catalina_settings_from_config (config, node, error)))
    return FALSE;
  own = g_new (CatalinaOwnManager, 1);
  *own = (CatalinaOwnManager){ type, g_steal_pointer (&settings) };
  g_hash_table_insert (self->own, g_strdup (name), own);
  return TRUE;
}

void
catalina_cluster_start_manager (CatalinaCluster *self,
                                CatalinaManager *manager,
                                guint settle,
                                TribesMember *named_by)
{
  g_autoptr (GPtrArray) members = tribes_channel_list_members (self->channel);
  g_autoptr (CatalinaManager) kept = g_object_ref (manager);

  catalina_manager_set_members (manager, members);
  if (!named_by)
    catalina_cluster_expect_found (self, manager);
  catalina_manager_start (manager, settle, named_by);
}

static gboolean
has_manager (CatalinaCluster *self, CatalinaManager *manager)
{
  return g_hash_table_lookup (self->by_name, catalina_manager_get_name (manager)) == manager;
}

GType
catalina_cluster_get_kind (CatalinaCluster *self, const char *name)
{
  const CatalinaOwnManager *own = g_hash_table_lookup (self->own, name);

  return own ? own->type : self->manager_type;
}

CatalinaManager *
catalina_cluster_add_manager (CatalinaCluster *self,
                              const char *name,
                              GType type,
                              TribesMember *named_by)
{
  const CatalinaOwnManager *own = g_hash_table_lookup (self->own, name);
  g_autoptr (CatalinaManagerSettings) settings
      = catalina_manager_settings_copy (own ? own->settings : self->settings);
  g_autoptr (CatalinaManager) manager = NULL;
  gpointer timeout;

  settings->vault = self->settings->vault;
  if (g_hash_table_lookup_extended (self->timeouts, name, NULL, &timeout))
    settings->session_timeout = GPOINTER_TO_INT (timeout);
  manager = catalina_manager_new (type, name, settings, &self->limits, self->ended, self->budget,
                                  &catalina_cluster_port, self);
  g_ptr_array_add (self->managers, g_object_ref (manager));
  g_hash_table_insert (self->by_name, (gpointer) catalina_manager_get_name (manager), manager);
  g_signal_emit (self, catalina_cluster_signals[CATALINA_CLUSTER_CONTEXT_ADDED],
                 g_quark_try_string (name), manager);
  if (self->started && has_manager (self, manager))
    catalina_cluster_start_manager (self, manager,
                                    named_by ? 0 : catalina_cluster_get_left_to_settle_ms (self),
                                    named_by);
  /* Borrowed from the cluster, if it still has it. */
  return has_manager (self, manager) ? manager : NULL;
}

/* A session of a BackupManager's, or the question whether its map is here; and so for the maps that
 * all members have. */
void
catalina_cluster_heard_map (const char *map, TribesMember *from, gpointer data)
{
  g_autoptr (CatalinaCluster) self = g_object_ref (data);
  g_autofree char *name = NULL;

  if (!self->started || self->observes || !catalina_cluster_is_member (self, from))
    return;
  if (!g_str_has_suffix (map, MAP_SUFFIX))
    {
      catalina_cluster_heard_full_map (self, map, from);
      return;
    }
  name = g_strndup (map, strlen (map) - strlen (MAP_SUFFIX));
  /* The same context with a manager of another kind is what its server.xml says. */
  if (g_hash_table_contains (self->by_name, name))
    return;
  if (!catalina_cluster_make_room (self))
    catalina_cluster_complain (self, from, "names one context too many");
  else if (self->started)
    catalina_cluster_add_manager (self, name, CATALINA_TYPE_BACKUP_MANAGER, from);
}
