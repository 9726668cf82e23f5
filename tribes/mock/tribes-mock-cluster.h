/* SPDX-License-Identifier: Apache-2.0
 *
 * A cluster in one process, for tests: real channels on a network in memory, by a clock that is
 * moved.
 */
#pragma once

#include "tribes/channel/tribes-channel.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

/**
 * TRIBES_MOCK_ALL:
 *
 * Stands for every member where a pair of them is named.
 *
 * Since: 0.1
 */
#define TRIBES_MOCK_ALL          -1

#define TRIBES_TYPE_MOCK_CLUSTER (tribes_mock_cluster_get_type ())

TRIBES_API
G_DECLARE_FINAL_TYPE (TribesMockCluster, tribes_mock_cluster, TRIBES, MOCK_CLUSTER, GObject)

/**
 * TribesMockTraceFunc:
 * @line: when, from whom, to whom and what
 * @user_data: what was given with the function
 *
 * Is told of one thing that travelled.
 *
 * Since: 0.1
 */
typedef void (*TribesMockTraceFunc) (const char *line, gpointer user_data);

TRIBES_API
TribesMockCluster *tribes_mock_cluster_new (guint n_members, guint seed);
TRIBES_API
guint tribes_mock_cluster_get_n_members (TribesMockCluster *self);
TRIBES_API
TribesChannel *tribes_mock_cluster_get_channel (TribesMockCluster *self, guint member);
TRIBES_API
char *tribes_mock_cluster_dup_address (TribesMockCluster *self, guint member);
TRIBES_API
gboolean tribes_mock_cluster_start (TribesMockCluster *self,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
void tribes_mock_cluster_enter (TribesMockCluster *self, guint member);
TRIBES_API
void tribes_mock_cluster_leave (TribesMockCluster *self);

TRIBES_API
void tribes_mock_cluster_run (TribesMockCluster *self, guint duration_ms);
TRIBES_API
gint64 tribes_mock_cluster_get_time (TribesMockCluster *self);

TRIBES_API
void tribes_mock_cluster_set_delay (
    TribesMockCluster *self, int a, int b, guint delay_us, guint jitter_us);
TRIBES_API
void tribes_mock_cluster_set_loss (TribesMockCluster *self, int a, int b, double loss);
TRIBES_API
void tribes_mock_cluster_set_reorder (TribesMockCluster *self, int a, int b, double reorder);
TRIBES_API
void tribes_mock_cluster_cut (TribesMockCluster *self, int a, int b);
TRIBES_API
void tribes_mock_cluster_cut_one_way (TribesMockCluster *self, int from, int to);
TRIBES_API
void tribes_mock_cluster_heal (TribesMockCluster *self, int a, int b);
TRIBES_API
void tribes_mock_cluster_pause (TribesMockCluster *self, guint member);
TRIBES_API
void tribes_mock_cluster_resume (TribesMockCluster *self, guint member);
TRIBES_API
void tribes_mock_cluster_kill (TribesMockCluster *self, guint member);
TRIBES_API
gboolean tribes_mock_cluster_restart (TribesMockCluster *self,
                                      guint member,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
TRIBES_API
gboolean tribes_mock_cluster_is_alive (TribesMockCluster *self, guint member);

TRIBES_API
guint64 tribes_mock_cluster_get_frames (TribesMockCluster *self);
TRIBES_API
guint64 tribes_mock_cluster_get_bytes (TribesMockCluster *self);
TRIBES_API
guint64 tribes_mock_cluster_get_dropped (TribesMockCluster *self);
TRIBES_API
void tribes_mock_cluster_set_trace (TribesMockCluster *self,
                                    TribesDissector *dissector,
                                    TribesMockTraceFunc func,
                                    gpointer user_data,
                                    GDestroyNotify destroy);

G_END_DECLS
