/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-alerts-private.h"

#include "catalina_ha/monitor/catalina-monitor-lines-private.h"

/* Of a number of an alert's format, which the manual tells. */
#define SCHEMA_VERSION 1

static const struct
{
  const char *name;
  const char *severity;
} kinds[CATALINA_N_ALERTS] = {
  [CATALINA_ALERT_OUTSIDER] = { "outsider", "high" },
  [CATALINA_ALERT_PLAINTEXT] = { "plaintext", "high" },
  [CATALINA_ALERT_ANSWERED] = { "answered", "critical" },
  [CATALINA_ALERT_FOREIGN_OBJECT] = { "foreign-object", "medium" },
  [CATALINA_ALERT_GADGET] = { "gadget", "critical" },
  [CATALINA_ALERT_UNKNOWN_CLASS] = { "unknown-class", "medium" },
  [CATALINA_ALERT_PROBE] = { "probe", "medium" },
};

const char *
catalina_alert_kind_to_string (CatalinaAlertKind kind)
{
  return kinds[kind].name;
}

const char *
catalina_alert_kind_get_severity (CatalinaAlertKind kind)
{
  return kinds[kind].severity;
}

static void
add_endpoint (TribesJson *json, const char *name, const TribesEndpoint *endpoint)
{
  g_autofree char *text = tribes_endpoint_to_string (endpoint);

  tribes_json_add_string (json, name, text);
}

void
catalina_alert_write (const CatalinaAlert *alert, TribesJson *json)
{
  tribes_json_begin_object (json);
  if (json->style == TRIBES_JSON_LINE)
    {
      catalina_monitor_append_time (json->out, alert->time_us);
      g_string_append_printf (json->out, " %s %s", kinds[alert->kind].severity,
                              kinds[alert->kind].name);
    }
  else
    {
      tribes_json_add_int (json, "v", SCHEMA_VERSION);
      tribes_json_add_string (json, "event", "alert");
      tribes_json_key (json, "time");
      tribes_json_begin_value (json);
      g_string_append_c (json->out, '"');
      catalina_monitor_append_time (json->out, alert->time_us);
      g_string_append_c (json->out, '"');
      tribes_json_add_string (json, "severity", kinds[alert->kind].severity);
      tribes_json_add_string (json, "kind", kinds[alert->kind].name);
    }
  add_endpoint (json, "from", &alert->from);
  if (alert->has_sender)
    add_endpoint (json, "sender", &alert->sender);
  add_endpoint (json, "to", &alert->to);
  if (alert->packet > 0)
    tribes_json_add_uint (json, "packet", alert->packet);
  if (!alert->is_held_back)
    tribes_json_add_uint (json, "offset", alert->offset);
  tribes_json_add_string (json, "detail", alert->detail);
  if (alert->count > 1 || json->style != TRIBES_JSON_LINE)
    tribes_json_add_uint (json, "count", alert->count);
  tribes_json_end_object (json);
}
