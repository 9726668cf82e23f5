/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters in Prometheus' text format: one table of names and meanings, in which nothing that is
 * counted is missing.
 */
#include "catalina_ha/tools/catalina-tool-metrics-private.h"

#include "catalina_ha/cluster/catalina-cluster-private.h"
#include "tribes/tribes-version.h"

#include <string.h>

/* A family of counters of a context; those whose names begin with @prefix, if there is one, differ
 * by a label. */
typedef struct
{
  const char *name;
  const char *help;
  CatalinaCounter first, last;
  const char *prefix;
} Family;

#define ONE(counter) CATALINA_COUNTER_##counter, CATALINA_COUNTER_##counter

static const Family families[] = {
  { "tribes_session_messages_received_total", "Session messages received, by event.",
    CATALINA_COUNTER_RECEIVED_CREATED, CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER, "received-" },
  { "tribes_session_messages_sent_total", "Session messages sent, by event.",
    CATALINA_COUNTER_SENT_CREATED, CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER, "sent-" },
  { "tribes_session_received_bytes_total", "What the messages received carried.",
    ONE (RECEIVED_BYTES) },
  { "tribes_session_sent_bytes_total", "What the messages sent carried.", ONE (SENT_BYTES) },
  { "tribes_session_send_failures_total", "Messages that at least one member did not get.",
    ONE (SEND_FAILURES) },
  { "tribes_early_messages_kept_total", "Messages kept because their session was not known yet.",
    ONE (EARLY_KEPT) },
  { "tribes_early_messages_applied_total", "Kept messages whose session came in time.",
    ONE (EARLY_APPLIED) },
  { "tribes_early_messages_dropped_total", "Kept messages given up.", ONE (EARLY_DROPPED) },
  { "tribes_stale_messages_dropped_total",
    "Messages older than the state transfer they waited for.", ONE (STALE_DROPPED) },
  { "tribes_ended_sessions_refused_total", "Sessions of state transfers that had ended here.",
    ONE (ENDED_REFUSED) },
  { "tribes_overtaken_deltas_total", "Deltas that a later one overtook.",
    ONE (OVERTAKEN) },
  { "tribes_changes_missed_total", "Changes of sessions that no member had told of.",
    ONE (CHANGES_MISSED) },
  { "tribes_malformed_messages_total", "Messages that were not what they should be.",
    ONE (MALFORMED) },
  { "tribes_over_limit_total", "Sessions or messages refused because of a limit.",
    ONE (OVER_LIMIT) },
  { "tribes_writes_held_total", "Changes that waited for the end of a member's request.",
    ONE (WRITES_HELD) },
  { "tribes_requests_total", "Requests of this process that have ended.", ONE (REQUESTS) },
  { "tribes_requests_filtered_total", "Requests that told nothing because of their path.",
    ONE (REQUESTS_FILTERED) },
  { "tribes_sessions_moved_total", "Sessions whose id got this node's route.",
    ONE (SESSIONS_MOVED) },
  { "tribes_sessions_created_total", "Sessions that came to be here.", ONE (SESSIONS_CREATED) },
  { "tribes_sessions_expired_total", "Sessions that ended here.", ONE (SESSIONS_EXPIRED) },
  { "tribes_sessions_timed_out_total", "Sessions ended here because nobody used them.",
    ONE (SESSIONS_TIMED_OUT) },
  { "tribes_sessions_replaced_total", "Sessions of which a state transfer brought a newer copy.",
    ONE (SESSIONS_REPLACED) },
  { "tribes_sessions_placed_total", "What became of sessions that not all members have, by event.",
    CATALINA_COUNTER_SESSIONS_MADE_PRIMARY, CATALINA_COUNTER_SESSIONS_LOST, "sessions-" },
  { "tribes_state_transfers_received_total", "State transfers to this node that ended well.",
    ONE (TRANSFERS_RECEIVED) },
  { "tribes_state_transfers_failed_total", "Members asked in vain for their sessions.",
    ONE (TRANSFERS_FAILED) },
  { "tribes_state_transfers_served_total", "State transfers from this node.",
    ONE (TRANSFERS_SERVED) },
};

static void
append_head (GString *text, const char *name, const char *help, const char *type)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_plain (GString *text, const char *name, const char *help, const char *type, guint64 value)
{
  append_head (text, name, help, type);
  g_string_append_printf (text, "%s %" G_GUINT64_FORMAT "\n", name, value);
}

/* `{context="…"`, still open. */
static void
append_context (GString *text, const char *name, CatalinaManager *manager)
{
  g_string_append_printf (text, "%s{context=\"", name);
  for (const char *p = catalina_manager_get_name (manager); *p != '\0'; p++)
    {
      if (*p == '\n')
        g_string_append (text, "\\n");
      else if (*p == '"' || *p == '\\')
        g_string_append_printf (text, "\\%c", *p);
      else
        g_string_append_c (text, *p);
    }
  g_string_append_c (text, '"');
}

static void
append_family (GString *text, const Family *family, GPtrArray *managers)
{
  append_head (text, family->name, family->help, "counter");
  for (guint i = 0; i < managers->len; i++)
    {
      CatalinaManager *manager = g_ptr_array_index (managers, i);

      for (CatalinaCounter counter = family->first; counter <= family->last; counter++)
        {
          const char *event = catalina_counter_to_string (counter);

          append_context (text, family->name, manager);
          if (family->prefix && g_str_has_prefix (event, family->prefix))
            g_string_append_printf (text, ",event=\"%s\"", event + strlen (family->prefix));
          g_string_append_printf (text, "} %" G_GUINT64_FORMAT "\n",
                                  catalina_manager_get_counter (manager, counter));
        }
    }
}

static void
append_gauges (GString *text, GPtrArray *managers)
{
  append_head (text, "tribes_sessions", "Sessions held.", "gauge");
  for (guint i = 0; i < managers->len; i++)
    {
      append_context (text, "tribes_sessions", g_ptr_array_index (managers, i));
      g_string_append_printf (text, "} %u\n",
                              catalina_manager_get_n_sessions (g_ptr_array_index (managers, i)));
    }
  append_head (text, "tribes_sessions_bytes", "Memory that the sessions take.", "gauge");
  for (guint i = 0; i < managers->len; i++)
    {
      append_context (text, "tribes_sessions_bytes", g_ptr_array_index (managers, i));
      g_string_append_printf (text, "} %" G_GSIZE_FORMAT "\n",
                              catalina_manager_get_storage_size (g_ptr_array_index (managers, i)));
    }
}

static void
append_duration (
    GString *text, const char *name, const char *help, CatalinaCounter counter, GPtrArray *managers)
{
  append_head (text, name, help, "gauge");
  for (guint i = 0; i < managers->len; i++)
    {
      CatalinaManager *manager = g_ptr_array_index (managers, i);
      guint64 milliseconds = catalina_manager_get_counter (manager, counter);

      append_context (text, name, manager);
      g_string_append_printf (text, "} %" G_GUINT64_FORMAT ".%03u\n", milliseconds / 1000,
                              (guint) (milliseconds % 1000));
    }
}

static guint
count_slow (CatalinaCluster *cluster, GPtrArray *members)
{
  guint n = 0;

  for (guint i = 0; i < members->len; i++)
    n += catalina_cluster_is_slow (cluster, members->pdata[i]) ? 1 : 0;
  return n;
}

/* What waits for something, in all contexts together. */
static void
append_held (GString *text, CatalinaCluster *cluster)
{
  static const char *const names[] = {
    [CATALINA_BUDGET_EARLY] = "early",     [CATALINA_BUDGET_RENAMED] = "renamed",
    [CATALINA_BUDGET_REPLAY] = "replay",   [CATALINA_BUDGET_RECENT] = "recent",
    [CATALINA_BUDGET_LOADING] = "loading",
  };
  const CatalinaBudget *budget = catalina_cluster_get_budget (cluster);

  append_head (text, "tribes_held_bytes", "Memory of what waits for something, by what it is.",
               "gauge");
  for (guint i = 0; i < CATALINA_BUDGET_N_KINDS; i++)
    g_string_append_printf (text, "tribes_held_bytes{kind=\"%s\"} %" G_GSIZE_FORMAT "\n", names[i],
                            catalina_budget_get_bytes (budget, (CatalinaBudgetKind) i));
}

static void
append_channel (GString *text, CatalinaCluster *cluster)
{
  TribesChannel *channel = catalina_cluster_get_channel (cluster);
  TribesReceiver *receiver = tribes_channel_get_receiver (channel);
  TribesSender *sender = tribes_channel_get_sender (channel);
  g_autoptr (GPtrArray) members = catalina_cluster_list_members (cluster);

  append_plain (text, "tribes_members", "Other members of the cluster.", "gauge", members->len);
  append_plain (text, "tribes_members_slow", "Of these, who did not answer in time.", "gauge",
                count_slow (cluster, members));
  append_plain (text, "tribes_receiver_frames_total", "Messages that arrived whole.", "counter",
                tribes_receiver_get_frames_received (receiver));
  append_plain (text, "tribes_receiver_bytes_total", "Bytes read from all connections.", "counter",
                tribes_receiver_get_bytes_received (receiver));
  append_plain (text, "tribes_receiver_acks_total", "Acknowledgements written.", "counter",
                tribes_receiver_get_acks_sent (receiver));
  append_plain (text, "tribes_receiver_refused_total",
                "Connections closed for what they sent, or did not.", "counter",
                tribes_receiver_get_connections_refused (receiver));
  append_plain (text, "tribes_receiver_datagrams_total", "Datagrams that arrived.", "counter",
                tribes_receiver_get_datagrams_received (receiver));
  append_plain (text, "tribes_receiver_datagrams_refused_total",
                "Datagrams that were no messages.", "counter",
                tribes_receiver_get_datagrams_refused (receiver));
  append_plain (text, "tribes_receiver_datagrams_lost_total",
                "Datagrams dropped because the receive buffer was full.", "counter",
                tribes_receiver_get_datagrams_lost (receiver));
  append_plain (text, "tribes_receiver_connections", "Connections that are open.", "gauge",
                tribes_receiver_get_n_connections (receiver));
  append_plain (text, "tribes_sender_frames_total", "Messages written.", "counter",
                tribes_sender_get_frames_sent (sender));
  append_plain (text, "tribes_sender_bytes_total", "Bytes written.", "counter",
                tribes_sender_get_bytes_sent (sender));
  append_plain (text, "tribes_sender_failures_total", "Messages that a member did not get.",
                "counter", tribes_sender_get_sends_failed (sender));
  append_plain (text, "tribes_sender_datagrams_lost_total",
                "Datagrams that nobody took, without anybody being told.", "counter",
                tribes_sender_get_datagrams_lost (sender));
  append_plain (text, "tribes_sender_queued_bytes", "Bytes that wait to be written.", "gauge",
                tribes_sender_get_queued_bytes (sender));
  append_held (text, cluster);
  append_plain (text, "tribes_foreign_messages_total", "Messages that were not about sessions.",
                "counter", catalina_cluster_get_foreign_messages (cluster));
}

static void
append_maps (GString *text, CatalinaCluster *cluster)
{
  g_autoptr (GPtrArray) sign_ons = catalina_cluster_list_single_sign_ons (cluster);
  g_autoptr (GPtrArray) contexts = catalina_cluster_list_replicated_contexts (cluster);
  guint n_logins = 0;
  guint n_members = 0;
  guint n_attributes = 0;

  for (guint i = 0; i < sign_ons->len; i++)
    {
      g_autoptr (GPtrArray) members
          = catalina_cluster_single_sign_on_list_members (sign_ons->pdata[i]);

      n_logins += catalina_cluster_single_sign_on_get_n_entries (sign_ons->pdata[i]);
      n_members += members->len;
    }
  for (guint i = 0; i < contexts->len; i++)
    {
      g_auto (GStrv) names
          = catalina_replicated_context_list_attribute_names (contexts->pdata[i]);

      n_attributes += g_strv_length (names);
    }
  append_plain (text, "tribes_logins", "Users that are logged in to all applications.", "gauge",
                n_logins);
  append_plain (text, "tribes_login_members", "Other members that know who is.", "gauge", n_members);
  append_plain (text, "tribes_context_attributes", "Attributes of contexts that all members have.",
                "gauge", n_attributes);
}

char *
catalina_tool_format_metrics (CatalinaCluster *cluster, guint64 lost)
{
  GString *text = g_string_new (NULL);
  g_auto (GStrv) names = catalina_cluster_list_contexts (cluster);
  g_autoptr (GPtrArray) managers = g_ptr_array_new ();

  for (guint i = 0; names[i]; i++)
    g_ptr_array_add (managers, catalina_cluster_get_manager (cluster, names[i]));
  append_head (text, "tribes_info", "Version of the program.", "gauge");
  g_string_append (text, "tribes_info{version=\"" TRIBES_VERSION_STRING "\"} 1\n");
  append_plain (text, "tribes_events_lost_total",
                "Lines of events that their reader was too slow for.", "counter", lost);
  append_channel (text, cluster);
  catalina_tool_metrics_add_members (text, tribes_channel_get_sender (
                                               catalina_cluster_get_channel (cluster)));
  append_maps (text, cluster);
  catalina_tool_metrics_add_interceptors (text, catalina_cluster_get_channel (cluster));
  append_gauges (text, managers);
  for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
    append_family (text, &families[i], managers);
  append_duration (text, "tribes_state_transfer_received_seconds",
                   "What the last state transfer to this node took.",
                   CATALINA_COUNTER_TRANSFER_RECEIVED_MS, managers);
  append_duration (text, "tribes_state_transfer_served_seconds",
                   "What the last state transfer from this node took.",
                   CATALINA_COUNTER_TRANSFER_SERVED_MS, managers);
  catalina_tool_metrics_add_process (text);
  return g_string_free (text, FALSE);
}
