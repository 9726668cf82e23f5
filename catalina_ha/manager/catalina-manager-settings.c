/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-manager-settings-private.h"

void
catalina_manager_settings_init (CatalinaManagerSettings *settings)
{
  *settings = (CatalinaManagerSettings){
    .session_timeout = 1800,
    .state_transfer_timeout = 60,
    .state_timestamp_drop = TRUE,
    .send_all_sessions = TRUE,
    .send_all_sessions_size = 1000,
    .send_all_sessions_wait_ms = 2000,
    .expire_interval_ms = 10000,
    .session_id_bytes = 16,
    .max_active_sessions = -1,
    .map_send_options = 6,
    .rpc_timeout_ms = 15000,
    .access_timeout_ms = 5000,
    .bind_jvm_route = TRUE,
  };
}

CatalinaManagerSettings *
catalina_manager_settings_copy (const CatalinaManagerSettings *settings)
{
  CatalinaManagerSettings *copy = g_memdup2 (settings, sizeof *settings);

  copy->jvm_route = g_strdup (settings->jvm_route);
  copy->name_filter = settings->name_filter ? g_regex_ref (settings->name_filter) : NULL;
  copy->value_class_filter
      = settings->value_class_filter ? g_regex_ref (settings->value_class_filter) : NULL;
  copy->request_filter = settings->request_filter ? g_regex_ref (settings->request_filter) : NULL;
  return copy;
}

void
catalina_manager_settings_free (CatalinaManagerSettings *settings)
{
  g_free (settings->jvm_route);
  g_clear_pointer (&settings->name_filter, g_regex_unref);
  g_clear_pointer (&settings->value_class_filter, g_regex_unref);
  g_clear_pointer (&settings->request_filter, g_regex_unref);
  g_free (settings);
}
