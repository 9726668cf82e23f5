/* SPDX-License-Identifier: Apache-2.0
 *
 * Tomcat's attributes of <Manager>, where a member without web applications has use for them.
 */
#pragma once

#include <glib.h>

#include "catalina_ha/manager/catalina-vault.h"

G_BEGIN_DECLS

typedef struct
{
  int session_timeout;             /* seconds; of a context that does not say otherwise: 1800 */
  int state_transfer_timeout;      /* seconds; -1: for ever; 0: ask and do not wait */
  gboolean state_timestamp_drop;   /* whether what is older than a state transfer is dropped */
  gboolean send_all_sessions;      /* in one message */
  guint send_all_sessions_size;    /* otherwise: sessions in a message */
  guint send_all_sessions_wait_ms; /* and time between two */
  gboolean expire_sessions_on_shutdown;
  gboolean record_all_actions;
  guint expire_interval_ms; /* between two looks for sessions that have ended */
  guint session_id_bytes;
  char *jvm_route; /* nullable */
  gboolean bind_jvm_route; /* whether a session that moves here gets that route */
  /* What the whole name of an attribute that is replicated matches, and the whole name of its
   * value's class; NULL: any. */
  GRegex *name_filter;
  GRegex *value_class_filter;
  /* What the whole path of a request matches after which nothing is told; NULL: none. */
  GRegex *request_filter;
  guint map_send_options;   /* of a BackupManager, of TribesSendOptions */
  gint64 rpc_timeout_ms;    /* the same: how long a question waits */
  gint64 access_timeout_ms; /* the same: who is silent longer is gone */
  CatalinaVault vault;      /* the same */
  gboolean heal;            /* whether a member that came up without sessions is given them */
  int max_active_sessions;  /* above which this process makes none; -1: no limit */
} CatalinaManagerSettings;

void catalina_manager_settings_init (CatalinaManagerSettings *settings);
CatalinaManagerSettings *catalina_manager_settings_copy (const CatalinaManagerSettings *settings);
void catalina_manager_settings_free (CatalinaManagerSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaManagerSettings, catalina_manager_settings_free)

G_END_DECLS
