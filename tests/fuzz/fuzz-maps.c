/* SPDX-License-Identifier: Apache-2.0
 *
 * What a member says, each message behind its size in two bytes, reaches a cluster with sessions of
 * a backup manager, with those who are logged in and with a context's attributes, all the way from
 * the channel: whatever it is, it is taken in or refused, and what is held can be looked at.
 *
 * A cluster costs more than a message: it stays for some, so that they meet what came before.
 */
#include <string.h>

#include "catalina_ha/cluster/catalina-cluster.h"
#include "catalina_ha/manager/catalina-backup-manager.h"
#include "catalina_ha/manager/catalina-places-private.h"
#include "catalina_ha/messages/catalina-map-message-private.h"
#include "tests/fuzz/fuzz-target.h"
#include "tribes/java/build/tribes-java-build.h"
#include "tribes/membership/tribes-mcast-service.h"
#include "tribes/mock/tribes-mock-cluster.h"

/* Messages that one cluster gets. */
#define MESSAGES 512
#define SHOP     "localhost#/shop"

typedef struct
{
  TribesMockCluster *mock; /* nullable: begin anew */
  CatalinaCluster *cluster;
  TribesChannel *other;
  guint n;
} Lab;

static Lab lab;

static void
on_log (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

static TribesChannel *
make_channel (guint member)
{
  TribesChannel *channel;
  g_autoptr (TribesMcastService) membership = NULL;

  tribes_mock_cluster_enter (lab.mock, member);
  channel = tribes_channel_new ();
  membership = tribes_mcast_service_new ();
  tribes_channel_set_membership (channel, TRIBES_MEMBERSHIP (membership));
  return channel;
}

static void
begin (void)
{
  g_autoptr (TribesChannel) channel = NULL;

  /* What makes no sense is told. */
  g_log_set_default_handler (on_log, NULL);
  g_log_set_always_fatal ((GLogLevelFlags) (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  lab = (Lab){ .mock = tribes_mock_cluster_new (2, 1) };
  channel = make_channel (0);
  lab.cluster = catalina_cluster_new (channel);
  g_object_set (lab.cluster, "manager-type", CATALINA_TYPE_BACKUP_MANAGER, NULL);
  g_assert_nonnull (catalina_cluster_add_context (lab.cluster, SHOP, NULL));
  g_assert_nonnull (catalina_cluster_add_single_sign_on (lab.cluster, "Catalina", NULL));
  g_assert_nonnull (catalina_cluster_add_replicated_context (lab.cluster, "/shop", NULL));
  g_assert_true (catalina_cluster_start (lab.cluster, NULL));
  tribes_mock_cluster_leave (lab.mock);
  lab.other = make_channel (1);
  g_assert_true (tribes_channel_start (lab.other, TRIBES_SERVICES_DEFAULT, NULL));
  tribes_mock_cluster_leave (lab.mock);
  tribes_mock_cluster_run (lab.mock, 20000);
}

static void
end (void)
{
  tribes_mock_cluster_kill (lab.mock, 0);
  tribes_mock_cluster_kill (lab.mock, 1);
  g_clear_object (&lab.cluster);
  g_clear_object (&lab.other);
  g_clear_object (&lab.mock);
}

static void
look (void)
{
  CatalinaManager *manager = catalina_cluster_get_manager (lab.cluster, SHOP);
  g_autoptr (CatalinaPlaces) places = catalina_manager_list_places (manager, 0, 100);
  g_autoptr (GPtrArray) sign_ons = catalina_cluster_list_single_sign_ons (lab.cluster);
  g_autoptr (GPtrArray) sessions = catalina_manager_list_sessions (manager);

  g_assert_cmpuint (places->places->len, <=, places->total);
  for (guint i = 0; i < sessions->len; i++)
    {
      g_autofree char *json = catalina_session_to_json (sessions->pdata[i]);

      g_assert_true (g_utf8_validate (json, -1, NULL));
    }
  for (guint i = 0; i < sign_ons->len; i++)
    {
      g_auto (GStrv) ids = catalina_cluster_single_sign_on_list_ids (sign_ons->pdata[i]);

      for (guint n = 0; ids[n]; n++)
        catalina_single_sign_on_entry_unref (
            catalina_cluster_single_sign_on_lookup (sign_ons->pdata[i], ids[n]));
    }
}

static void
say (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GPtrArray) members = NULL;

  tribes_mock_cluster_enter (lab.mock, 1);
  members = tribes_channel_list_members (lab.other);
  g_assert_cmpuint (members->len, ==, 1);
  tribes_channel_send_async (lab.other, members, bytes, TRIBES_SEND_OPTIONS_ASYNCHRONOUS, NULL,
                             NULL, NULL);
  tribes_mock_cluster_leave (lab.mock);
  tribes_mock_cluster_run (lab.mock, 1);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  while (size > 2)
    {
      gsize length = MIN ((gsize) data[0] << 8 | data[1], size - 2);

      if (!lab.mock)
        begin ();
      say (data + 2, length);
      look ();
      data += 2 + length;
      size -= 2 + length;
      if (++lab.n >= MESSAGES)
        end ();
    }
  return 0;
}
