/* Joins the cluster of a server.xml, answers one request of a browser, and leaves. */
#include <catalina-ha/catalina-ha.h>

static GMainLoop *loop;

static void
on_end (GObject *object, GAsyncResult *result, gpointer request)
{
  g_autoptr (GError) error = NULL;

  if (!catalina_request_end_finish (request, result, &error))
    g_printerr ("not everybody has it: %s\n", error->message);
  g_print ("Set-Cookie: JSESSIONID=%s\n", catalina_request_get_session_id (request));
  g_main_loop_quit (loop);
}

static void
on_begun (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (TribesJavaValue) item = tribes_java_value_new_string ("pears");
  g_autoptr (TribesJavaValue) count = tribes_java_value_new_int (3);
  g_autoptr (GError) error = NULL;
  g_autoptr (CatalinaRequest) request
      = catalina_manager_begin_request_finish (CATALINA_MANAGER (object), result, &error);

  if (!request || !catalina_request_create_session (request, &error)
      || !catalina_request_login (request, "ada", (const char *[]){ "reader", NULL }, "FORM",
                                  &error)
      || !catalina_request_set_attribute (request, "item", item, &error)
      || !catalina_request_set_attribute (request, "count", count, &error))
    g_error ("%s", error->message);
  catalina_request_end_async (request, NULL, on_end, request);
}

static void
answer (CatalinaCluster *cluster, CatalinaManager *manager, gboolean found, const char *cookie)
{
  catalina_manager_begin_request_async (manager, cookie, "/shop/login", NULL, on_begun, NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (XmlconfProperties) none = xmlconf_properties_new (NULL, NULL, NULL, NULL, &error);
  g_autoptr (XmlconfConfig) config = xmlconf_config_load (argv[1], none, &error);
  XmlconfCluster *element = config ? xmlconf_config_require_cluster (config, &error) : NULL;
  g_autoptr (CatalinaCluster) cluster
      = element ? catalina_cluster_new_from_config (element, &error) : NULL;

  loop = g_main_loop_new (NULL, FALSE);
  if (cluster)
    g_signal_connect (cluster, "transfer-ended", G_CALLBACK (answer), argv[2]);
  if (!cluster || !catalina_cluster_start (cluster, &error))
    g_error ("%s", error->message);
  g_main_loop_run (loop);
  catalina_cluster_stop (cluster);
  return 0;
}
