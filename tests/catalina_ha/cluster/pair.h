/* SPDX-License-Identifier: Apache-2.0
 *
 * Two clusters over real channels on loopback, each the other's member.
 */
#pragma once

#include "catalina_ha/cluster/catalina-cluster.h"
#include "tribes/channel/tribes-channel.h"

G_BEGIN_DECLS

#define PAIR_CONTEXT "localhost#/shop"
/* For a machine that is busy; everything takes milliseconds. */
#define PAIR_PATIENCE_MS 60000

int pair_free_port (void);
/* From a static configuration for two; @index is 0 or 1. */
CatalinaCluster *pair_cluster_new (const int *ports, guint index);
gboolean pair_on_impatience (gpointer data);
/* Leaves a reference in @data, which is of a GAsyncResult. */
void pair_on_result (GObject *source, GAsyncResult *result, gpointer data);
/* Whether the session's attribute "number" is this. */
gboolean pair_has_number (CatalinaManager *manager, const char *id, int expected);
guint pair_count_members (CatalinaCluster *cluster);
/* Waits for it; (transfer full): its id. */
char *pair_make_session (CatalinaManager *manager, int number);
void pair_count_calls (guint *calls);
/* To all, and waits until they have acknowledged it. */
void pair_send_payload (TribesChannel *channel, GBytes *payload);
/* A handler of "message-received": adds what is a #CatalinaSessionMessage. */
void pair_on_message (TribesChannel *channel, TribesMessage *message, GPtrArray *received);

#define pair_wait_until(condition)                                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint impatience_ = g_timeout_add (PAIR_PATIENCE_MS, pair_on_impatience, NULL);                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (impatience_);                                                                 \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
