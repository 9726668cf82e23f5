/* Loses a member of three, without a network and in no time. */
#include <tribes/tribes.h>

static void
on_disappeared (TribesChannel *channel, TribesMember *member, gpointer cluster)
{
  g_autofree char *name = tribes_member_to_string (member);

  g_print ("%.1f s: %s is gone\n", tribes_mock_cluster_get_time (cluster) / 1e6, name);
}

int
main (void)
{
  g_autoptr (TribesMockCluster) cluster = tribes_mock_cluster_new (3, 42);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 3; i++)
    g_signal_connect (tribes_mock_cluster_get_channel (cluster, i), "member-disappeared",
                      G_CALLBACK (on_disappeared), cluster);
  if (!tribes_mock_cluster_start (cluster, &error))
    g_error ("%s", error->message);
  tribes_mock_cluster_run (cluster, 2000); /* they have found each other */
  tribes_mock_cluster_kill (cluster, 2);
  tribes_mock_cluster_run (cluster, 60000);
  return 0;
}
