/* SPDX-License-Identifier: Apache-2.0
 *
 * A member that holds the sessions and listens to nothing: what an application pays that only looks
 * at them when it needs one. bench_delta.py measures it.
 *
 *   bench-peer SERVER.XML
 */
#include <stdio.h>

#include "catalina_ha/cluster/catalina-cluster.h"

static CatalinaCluster *
build (const char *path, GError **error)
{
  static const char *const nothing[] = { NULL };
  g_autoptr (XmlconfProperties) properties
      = xmlconf_properties_new (nothing, NULL, nothing, NULL, error);
  g_autoptr (XmlconfConfig) file
      = properties ? xmlconf_config_load (path, properties, error) : NULL;
  XmlconfCluster *config = file ? xmlconf_config_require_cluster (file, error) : NULL;

  return config ? catalina_cluster_new_from_config (config, error) : NULL;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (CatalinaCluster) cluster = NULL;
  g_autoptr (GError) error = NULL;

  if (argc != 2)
    {
      fprintf (stderr, "usage: %s SERVER.XML\n", argv[0]);
      return 2;
    }
  cluster = build (argv[1], &error);
  if (!cluster || !catalina_cluster_start (cluster, &error))
    {
      fprintf (stderr, "%s\n", error->message);
      return 1;
    }
  g_main_loop_run (loop);
  return 0;
}
