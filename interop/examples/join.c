/* Joins the cluster of a server.xml, prints what changes in sessions, and leaves a word in each. */
#include <catalina-ha/catalina-ha.h>

static void
on_set (GObject *manager, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!catalina_manager_set_attribute_finish (CATALINA_MANAGER (manager), result, &error))
    g_printerr ("not everybody has it: %s\n", error->message);
}

static void
on_changed (CatalinaCluster *cluster,
            CatalinaManager *manager,
            CatalinaSession *session,
            char **names)
{
  const char *id = catalina_session_get_id (session);
  g_autofree char *changed = g_strjoinv (", ", names);
  g_autoptr (TribesJavaValue) greeting = tribes_java_value_new_string ("Hello from C");

  g_print ("%s %s: %s\n", catalina_manager_get_name (manager), id, changed);
  if (!catalina_session_get_attribute (session, "greeting"))
    catalina_manager_set_attribute_async (manager, id, "greeting", greeting, NULL, on_set, NULL);
}

static CatalinaCluster *
join (const char *file, const char *receiver, GError **error)
{
  g_autoptr (XmlconfProperties) properties = xmlconf_properties_new (NULL, NULL, NULL, NULL, error);
  g_autoptr (XmlconfConfig) config = xmlconf_config_load (file, properties, error);
  XmlconfCluster *element = config ? xmlconf_config_require_cluster (config, error) : NULL;
  CatalinaCluster *cluster
      = element ? catalina_cluster_new_borrowing (element, receiver, NULL, error) : NULL;

  if (!cluster)
    return NULL;
  g_signal_connect (cluster, "session-changed", G_CALLBACK (on_changed), NULL);
  if (!catalina_cluster_start (cluster, error))
    g_clear_object (&cluster);
  return cluster;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaCluster) cluster
      = join (argc > 1 ? argv[1] : "server.xml", argc > 2 ? argv[2] : NULL, &error);

  if (!cluster)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  g_main_loop_run (loop);
}
