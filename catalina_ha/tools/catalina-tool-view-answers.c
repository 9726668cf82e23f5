/* SPDX-License-Identifier: Apache-2.0
 *
 * As a node answers, as far as that can be known; and what was seen over time.
 */
#include "catalina_ha/tools/catalina-tool-view-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/tools/catalina-tool-metrics-private.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/tribes-version.h"

static guint64
count_fates (const CatalinaSeenMember *member)
{
  guint64 n = 0;

  for (guint i = 0; i < TRIBES_N_FATES; i++)
    n += member->fates[i];
  return n;
}

static void
add_place (TribesJson *json, const TribesEndpoint *endpoint)
{
  g_autofree char *text = tribes_endpoint_to_string (endpoint);
  char *colon = strrchr (text, ':');
  char *host = text;

  *colon = '\0';
  if (host[0] == '[')
    {
      colon[-1] = '\0';
      host++;
    }
  tribes_json_add_string (json, "host", host);
  tribes_json_add_uint (json, "port", endpoint->port);
}

static void
add_member (TribesJson *json, const CatalinaSeenMember *member)
{
  g_autoptr (GString) id = g_string_new (NULL);
  guint64 acknowledged = member->fates[TRIBES_FATE_ACKNOWLEDGED];

  tribes_json_begin_object (json);
  add_place (json, &member->endpoint);
  tribes_hex_append (id, member->unique_id, sizeof member->unique_id);
  tribes_json_add_string (json, "uniqueId", member->is_named ? id->str : NULL);
  tribes_json_add_string (json, "domain", member->domain);
  if (member->alive_ms >= 0)
    tribes_json_add_int (json, "aliveTime", member->alive_ms);
  if (member->last_us > 0)
    tribes_json_add_int (json, "lastSeen", member->last_us / 1000);
  tribes_json_add_boolean (json, "left", member->left);
  tribes_json_add_uint (json, "heartbeats", member->heartbeats);
  tribes_json_add_uint (json, "messages", member->messages);
  tribes_json_add_uint (json, "bytes", member->bytes);
  tribes_json_add_uint (json, "sent", count_fates (member));
  tribes_json_add_uint (json, "failed", member->fates[TRIBES_FATE_FAILED]);
  tribes_json_add_uint (json, "missing", member->fates[TRIBES_FATE_MISSING]);
  if (acknowledged > 0)
    {
      tribes_json_key (json, "ackMilliseconds");
      tribes_json_double (json, (double) (member->ack_us / (gint64) acknowledged) / 1000);
    }
  tribes_json_end_object (json);
}

void
catalina_tool_view_add_members (TribesJson *json, const CatalinaSight *sight)
{
  tribes_json_key (json, "members");
  tribes_json_begin_array (json);
  for (guint i = 0; i < sight->members->len; i++)
    add_member (json, g_ptr_array_index (sight->members, i));
  tribes_json_end_array (json);
}

void
catalina_tool_view_add_contexts (TribesJson *json, const CatalinaSight *sight)
{
  tribes_json_key (json, "contexts");
  tribes_json_begin_array (json);
  for (guint i = 0; i < sight->contexts->len; i++)
    {
      const CatalinaSeenContext *context = g_ptr_array_index (sight->contexts, i);

      tribes_json_begin_object (json);
      tribes_json_add_string (json, "name", context->name);
      tribes_json_add_uint (json, "sessions", context->used.length);
      tribes_json_add_uint (json, "bytes", context->bytes);
      tribes_json_add_uint (json, "messages", context->messages);
      tribes_json_add_uint (json, "created", context->created);
      tribes_json_add_uint (json, "ended", context->ended);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

/* Of an id that is not shown its hash stands for both. */
static void
add_summary (TribesJson *json, const CatalinaSeenSession *session)
{
  g_autofree char *hash
      = catalina_whole_ids_are_shown () ? catalina_hash_id (session->id) : g_strdup (session->id);

  tribes_json_add_string (json, "id", session->id);
  tribes_json_add_string (json, "hash", hash);
  tribes_json_add_int (json, "lastAccessedTime", session->last_us / 1000);
  tribes_json_add_uint (json, "attributeCount", g_hash_table_size (session->attributes));
  tribes_json_add_uint (json, "bytes", session->bytes);
  if (!session->backups)
    return;
  tribes_json_add_string (json, "primary", session->primary);
  tribes_json_key (json, "backups");
  tribes_json_begin_array (json);
  for (guint i = 0; session->backups[i]; i++)
    tribes_json_string (json, session->backups[i]);
  tribes_json_end_array (json);
}

void
catalina_tool_view_add_sessions (TribesJson *json,
                                 const CatalinaSeenContext *context,
                                 guint offset,
                                 guint limit)
{
  GList *link = g_queue_peek_nth_link ((GQueue *) &context->used, offset);

  tribes_json_add_string (json, "context", context->name);
  tribes_json_add_uint (json, "total", context->used.length);
  tribes_json_add_uint (json, "offset", offset);
  tribes_json_add_uint (json, "limit", limit);
  tribes_json_key (json, "sessions");
  tribes_json_begin_array (json);
  for (guint i = 0; link && i < limit; i++, link = link->next)
    {
      tribes_json_begin_object (json);
      add_summary (json, link->data);
      tribes_json_end_object (json);
    }
  tribes_json_end_array (json);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
add_attribute (TribesJson *json, const CatalinaSeenAttribute *attribute)
{
  tribes_json_key (json, attribute->name);
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "class", attribute->class_name);
  tribes_json_add_uint (json, "bytes", attribute->bytes);
  if (attribute->value)
    {
      tribes_json_key (json, "value");
      tribes_json_raw (json, attribute->value);
    }
  tribes_json_end_object (json);
}

void
catalina_tool_view_add_session (TribesJson *json, const CatalinaSeenSession *session)
{
  g_autoptr (GList) names
      = g_list_sort (g_hash_table_get_keys (session->attributes), compare_names);

  add_summary (json, session);
  tribes_json_add_int (json, "creationTime", session->first_us / 1000);
  tribes_json_add_boolean (json, "isWhole", session->is_whole);
  tribes_json_add_uint (json, "deltas", session->deltas);
  tribes_json_key (json, "attributes");
  tribes_json_begin_object (json);
  for (GList *link = names; link; link = link->next)
    add_attribute (json, g_hash_table_lookup (session->attributes, link->data));
  tribes_json_end_object (json);
}

/* In the steps of that of messages, which began first and so is the longest. */
static void
add_values (TribesJson *json,
            const char *name,
            const CatalinaSeries *all,
            const CatalinaSeries *series,
            const CatalinaSeries *divisor)
{
  gint64 values[CATALINA_SERIES_STEPS] = { 0 };
  gint64 divisors[CATALINA_SERIES_STEPS] = { 0 };

  catalina_series_align (all, series, values);
  if (divisor)
    catalina_series_align (all, divisor, divisors);
  tribes_json_key (json, name);
  tribes_json_begin_array (json);
  for (guint i = 0; i < all->n; i++)
    tribes_json_double (json, !divisor ? (double) values[i]
                              : divisors[i] == 0
                                  ? 0.0
                                  : (double) values[i] / (double) divisors[i] / 1000);
  tribes_json_end_array (json);
}

void
catalina_tool_view_add_series (TribesJson *json, const CatalinaSight *sight)
{
  const CatalinaSeries *all = &sight->in_messages;

  tribes_json_add_int (json, "start", all->start_us / 1000);
  tribes_json_key (json, "step");
  tribes_json_double (json, (double) all->step_us / 1000);
  add_values (json, "messages", all, all, NULL);
  add_values (json, "bytes", all, &sight->in_bytes, NULL);
  add_values (json, "created", all, &sight->in_created, NULL);
  add_values (json, "ackMilliseconds", all, &sight->in_ack_us, &sight->in_acks);
}

static void
append (GString *text, const char *name, const char *help, const char *type, guint64 value)
{
  g_string_append_printf (text, "# HELP %s %s\n# TYPE %s %s\n%s %" G_GUINT64_FORMAT "\n", name,
                          help, name, type, name, value);
}

char *
catalina_tool_view_format_metrics (const CatalinaSight *sight)
{
  GString *text = g_string_new (NULL);
  guint64 fates[TRIBES_N_FATES] = { 0 };
  gint64 ack_us = 0;

  for (guint i = 0; i < sight->members->len; i++)
    {
      const CatalinaSeenMember *member = g_ptr_array_index (sight->members, i);

      for (guint fate = 0; fate < TRIBES_N_FATES; fate++)
        fates[fate] += member->fates[fate];
      ack_us += member->ack_us;
    }
  g_string_append (text, "# HELP tribes_info Version of the program.\n# TYPE tribes_info gauge\n"
                         "tribes_info{version=\"" TRIBES_VERSION_STRING "\"} 1\n");
  append (text, "tribes_seen_members", "Members that were seen.", "gauge", sight->members->len);
  append (text, "tribes_seen_contexts", "Contexts that were spoken of.", "gauge",
          sight->contexts->len);
  append (text, "tribes_seen_sessions", "Sessions that were spoken of and have not ended.", "gauge",
          sight->ages.length);
  append (text, "tribes_seen_sessions_forgotten_total", "Sessions for which there was no room.",
          "counter", sight->forgotten);
  append (text, "tribes_seen_messages_total", "Messages that were seen.", "counter",
          sight->messages);
  append (text, "tribes_seen_bytes_total", "What they had, in bytes of frames.", "counter",
          sight->bytes);
  append (text, "tribes_seen_acks_total", "Messages that were acknowledged.", "counter",
          fates[TRIBES_FATE_ACKNOWLEDGED]);
  append (text, "tribes_seen_failed_acks_total", "Messages that a receiver could not process.",
          "counter", fates[TRIBES_FATE_FAILED]);
  append (text, "tribes_seen_missing_acks_total", "Messages whose acknowledgement did not come.",
          "counter", fates[TRIBES_FATE_MISSING]);
  g_string_append_printf (
      text,
      "# HELP tribes_seen_ack_seconds_total What acknowledgements took, together.\n"
      "# TYPE tribes_seen_ack_seconds_total counter\n"
      "tribes_seen_ack_seconds_total %" G_GINT64_FORMAT ".%06d\n",
      ack_us / G_USEC_PER_SEC, (int) (ack_us % G_USEC_PER_SEC));
  catalina_tool_metrics_add_process (text);
  return g_string_free (text, FALSE);
}
