/* SPDX-License-Identifier: Apache-2.0
 *
 * Ids of sessions are hashed and values are left away unless they are asked for, in the trees, too.
 */
#include "catalina_ha/monitor/catalina-monitor-lines-private.h"

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "catalina_ha/messages/catalina-shown-id-private.h"
#include "catalina_ha/monitor/catalina-monitor-names-private.h"
#include "catalina_ha/monitor/catalina-monitor-objects-private.h"
#include "tribes/base/tribes-hex-private.h"
#include "tribes/java/show/tribes-java-json.h"
#include "tribes/wire/tribes-dissection-private.h"

/* Of a number of an event's format, which the manual tells. */
#define SCHEMA_VERSION 1

/* Nodes of a tree that are printed. */
#define MAX_TREE_NODES  2000

#define MAX_VALUE_BYTES 4096

static const char *const type_names[] = {
  [CATALINA_DELTA_ATTRIBUTE] = "attribute", [CATALINA_DELTA_PRINCIPAL] = "principal",
  [CATALINA_DELTA_IS_NEW] = "is-new",       [CATALINA_DELTA_MAX_INACTIVE] = "max-inactive",
  [CATALINA_DELTA_AUTH_TYPE] = "auth-type", [CATALINA_DELTA_LISTENER] = "listener",
  [CATALINA_DELTA_NOTE] = "note",
};

typedef struct
{
  const CatalinaMonitorOptions *options;
  TribesJson *json;
  GString *details;
  CatalinaDelta *decoded; /* nullable: for values */
  guint n;
} Actions;

void
catalina_monitor_append_time (GString *text, gint64 time_us)
{
  gint64 seconds = time_us >= 0 ? time_us / G_USEC_PER_SEC : -1;
  g_autoptr (GDateTime) time = seconds < 0 ? NULL : g_date_time_new_from_unix_utc (seconds);
  g_autofree char *formatted = time ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%S") : NULL;

  g_string_append_printf (text, "%s.%06dZ", formatted ? formatted : "1970-01-01T00:00:00",
                          formatted ? (int) (time_us % G_USEC_PER_SEC) : 0);
}

/* Whether it is told what a line for people leaves away. */
static gboolean
is_full (const TribesJson *json)
{
  return json->style != TRIBES_JSON_LINE || json->members;
}

/* What begins an event, for a template. */
static void
add_members (TribesJson *json, CatalinaSeen seen, gint64 time_us)
{
  tribes_json_add_string (json, "event", catalina_seen_to_string (seen));
  tribes_json_key (json, "time");
  tribes_json_begin_value (json);
  catalina_monitor_append_time (json->out, time_us);
  tribes_json_key (json, "timestamp");
  tribes_json_begin_value (json);
  g_string_append_printf (json->out, "%" G_GINT64_FORMAT ".%06d", MAX (time_us, 0) / G_USEC_PER_SEC,
                          (int) (MAX (time_us, 0) % G_USEC_PER_SEC));
}

void
catalina_monitor_open_event (TribesJson *json, CatalinaSeen seen, gint64 time_us)
{
  tribes_json_begin_object (json);
  if (json->members)
    {
      add_members (json, seen, time_us);
      return;
    }
  if (json->style == TRIBES_JSON_LINE)
    {
      catalina_monitor_append_time (json->out, time_us);
      g_string_append_c (json->out, ' ');
      g_string_append (json->out, catalina_seen_to_string (seen));
      return;
    }
  tribes_json_add_int (json, "v", SCHEMA_VERSION);
  tribes_json_add_string (json, "event", catalina_seen_to_string (seen));
  tribes_json_key (json, "time");
  tribes_json_begin_value (json);
  g_string_append_c (json->out, '"');
  catalina_monitor_append_time (json->out, time_us);
  g_string_append_c (json->out, '"');
}

static void
add_endpoint (TribesJson *json, const char *name, const TribesEndpoint *endpoint)
{
  g_autofree char *text = tribes_endpoint_to_string (endpoint);

  tribes_json_add_string (json, name, text);
}

static void
add_span (TribesJson *json, const char *name, CatalinaSpan span)
{
  if (!span.text)
    return;
  tribes_json_key (json, name);
  tribes_json_string_sized (json, span.text, span.size);
}

static void
add_domain (TribesJson *json, const TribesMemberFields *member)
{
  if (member->domain_size > 0)
    add_span (json, "domain", (CatalinaSpan){ (const char *) member->domain, member->domain_size });
}

static void
add_id (TribesJson *json, const char *name, CatalinaSpan span)
{
  g_autofree char *id = NULL;

  if (!span.text)
    return;
  id = g_strndup (span.text, span.size);
  if (!catalina_whole_ids_are_shown ())
    {
      g_autofree char *hash = catalina_hash_id (id);

      tribes_json_add_string (json, name, hash);
      return;
    }
  tribes_json_add_string (json, name, id);
}

static const char *
name_of_type (gint32 type)
{
  return type >= 0 && type < (gint32) G_N_ELEMENTS (type_names) ? type_names[type] : "unknown";
}

static gboolean
is_removal (const CatalinaSkimAction *action)
{
  return action->change == CATALINA_DELTA_REMOVE;
}

/* The value as JSON; NULL unless it is to be shown. (transfer full) */
static char *
dup_value (const Actions *self)
{
  TribesJavaValue *value = self->decoded && self->n < catalina_delta_get_n_actions (self->decoded)
                               ? catalina_delta_get_action_value (self->decoded, self->n)
                               : NULL;

  return value ? tribes_java_value_to_json_full (value, 16, MAX_VALUE_BYTES) : NULL;
}

static void
add_action (const CatalinaSkimAction *action, gpointer user_data)
{
  Actions *self = user_data;
  TribesJson *json = self->json;
  g_autofree char *value = dup_value (self);

  self->n++;
  tribes_json_begin_object (json);
  tribes_json_add_string (json, "change", is_removal (action) ? "remove" : "set");
  tribes_json_add_string (json, "type", name_of_type (action->type));
  add_span (json, "name", action->name);
  add_span (json, "class", action->class_name);
  if (action->value)
    tribes_json_add_uint (json, "bytes", action->value_size);
  if (value)
    {
      tribes_json_key (json, "value");
      tribes_json_raw (json, value);
    }
  tribes_json_end_object (json);
}

/* For lists of what is set or removed. */
static void
add_set (const CatalinaSkimAction *action, gpointer user_data)
{
  if (action->type == CATALINA_DELTA_ATTRIBUTE && !is_removal (action))
    tribes_json_string_sized (((Actions *) user_data)->json, action->name.text, action->name.size);
}

static void
add_removed (const CatalinaSkimAction *action, gpointer user_data)
{
  if (action->type == CATALINA_DELTA_ATTRIBUTE && is_removal (action))
    tribes_json_string_sized (((Actions *) user_data)->json, action->name.text, action->name.size);
}

/* The class and the value of each that is set, whether they are known or not. */
static void
add_class (const CatalinaSkimAction *action, gpointer user_data)
{
  if (action->type == CATALINA_DELTA_ATTRIBUTE && !is_removal (action))
    tribes_json_string_sized (((Actions *) user_data)->json,
                              action->class_name.text ? action->class_name.text : "?",
                              action->class_name.text ? action->class_name.size : 1);
}

static void
add_value (const CatalinaSkimAction *action, gpointer user_data)
{
  Actions *self = user_data;
  g_autofree char *value = dup_value (self);

  self->n++;
  if (action->type == CATALINA_DELTA_ATTRIBUTE && !is_removal (action))
    tribes_json_raw (self->json, value ? value : "?");
}

static void
add_list (Actions *self, const char *name, const CatalinaSkim *skim, CatalinaSkimActionFunc func)
{
  gsize before = self->json->out->len;
  gsize opened;
  TribesJson saved = *self->json;
  guint members = saved.members ? saved.members->len : 0;

  tribes_json_key (self->json, name);
  tribes_json_begin_array (self->json);
  opened = self->json->out->len;
  self->n = 0;
  (void) catalina_skim_delta (skim->data, skim->data_size, func, self);
  if (self->json->out->len == opened)
    {
      g_string_truncate (self->json->out, before);
      *self->json = saved;
      if (saved.members)
        g_array_set_size (saved.members, members);
      return;
    }
  tribes_json_end_array (self->json);
}

static void
append_action (const CatalinaSkimAction *action, gpointer user_data)
{
  Actions *self = user_data;
  TribesJson json = { .out = self->details, .style = TRIBES_JSON_LINE };
  g_autofree char *value = dup_value (self);

  self->n++;
  g_string_append_printf (self->details, "    %-6s %s ", is_removal (action) ? "remove" : "set",
                          name_of_type (action->type));
  tribes_json_string_sized (&json, action->name.text, action->name.size);
  if (action->class_name.text)
    {
      g_string_append_c (self->details, ' ');
      json.place = TRIBES_JSON_AT_START;
      tribes_json_string_sized (&json, action->class_name.text, action->class_name.size);
    }
  if (action->value)
    g_string_append_printf (self->details, ", %" G_GSIZE_FORMAT " bytes", action->value_size);
  if (value)
    g_string_append_printf (self->details, ": %s", value);
  g_string_append_c (self->details, '\n');
}

static void
add_delta (TribesJson *json,
           GString *details,
           const CatalinaMonitorOptions *options,
           const CatalinaSkim *skim)
{
  g_autoptr (CatalinaDelta) decoded = NULL;
  Actions actions = { .options = options, .json = json, .details = details };

  if (options->show_values)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (skim->data, skim->data_size);

      actions.decoded = decoded = catalina_delta_decode (bytes, NULL);
    }
  if (json->style == TRIBES_JSON_LINE)
    {
      add_list (&actions, "set", skim, add_set);
      add_list (&actions, "removed", skim, add_removed);
      if (options->template && catalina_template_asks (options->template, "classes"))
        add_list (&actions, "classes", skim, add_class);
      if (decoded && options->template && catalina_template_asks (options->template, "values"))
        add_list (&actions, "values", skim, add_value);
      actions.n = 0;
      if (options->verbosity > 0 && !is_full (json))
        (void) catalina_skim_delta (skim->data, skim->data_size, append_action, &actions);
      return;
    }
  tribes_json_key (json, "actions");
  tribes_json_begin_array (json);
  (void) catalina_skim_delta (skim->data, skim->data_size, add_action, &actions);
  tribes_json_end_array (json);
}

/* The session that a replicated map has for its entry: what it has, as if it were set now. */
static void
add_object_names (TribesJson *json, const CatalinaSkim *skim)
{
  g_autoptr (GBytes) bytes = g_bytes_new (skim->object, skim->object_size);
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (bytes, NULL);
  g_auto (CatalinaSessionState) state = { 0 };

  if (!reader || !catalina_state_reader_next (reader, &state, NULL) || !state.attributes)
    return;
  tribes_json_key (json, "set");
  tribes_json_begin_array (json);
  for (guint i = 0; i < state.attributes->len; i++)
    tribes_json_string (json, g_array_index (state.attributes, CatalinaNamedValue, i).name);
  tribes_json_end_array (json);
}

static void
add_data (TribesJson *json,
          GString *details,
          const CatalinaMonitorOptions *options,
          CatalinaSeen seen,
          const CatalinaSkim *skim)
{
  g_autoptr (GBytes) bytes = NULL;

  if (skim->object)
    add_object_names (json, skim);
  if (!skim->data || skim->data_size < skim->data_full_size)
    return;
  bytes = g_bytes_new_static (skim->data, skim->data_size);
  if (catalina_seen_has_delta (seen, skim))
    add_delta (json, details, options, skim);
  else if (seen == CATALINA_SEEN_ALL_DATA)
    {
      g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, NULL);

      if (reader)
        tribes_json_add_uint (json, "sessions", catalina_state_reader_get_left (reader));
    }
  else if (seen == CATALINA_SEEN_CHANGE_ID)
    {
      g_autofree char *id = catalina_new_id_decode (bytes, NULL);

      if (id)
        add_id (json, "newSession", (CatalinaSpan){ id, strlen (id) });
    }
}

/* A session's id is the value of a node that says so, and the key of a replicated map; a session's
 * part has it in its meaning, too. */
static gboolean
is_id (TribesDissection *tree, guint node)
{
  static const char *const names[] = { "session id", "unique id", "new id", "id", "key", NULL };

  return tribes_dissection_get_kind (tree, node) == TRIBES_DISSECTION_KIND_TEXT
         && g_strv_contains (names, tribes_dissection_get_name (tree, node));
}

static void
hide_ids (TribesDissection *tree, guint node, char **value, char **meaning)
{
  if (catalina_whole_ids_are_shown ())
    return;
  if (is_id (tree, node) && *value)
    {
      char *hash = catalina_hash_id (*value);

      g_free (*value);
      *value = hash;
    }
  if (g_str_equal (tribes_dissection_get_name (tree, node), "session"))
    g_clear_pointer (meaning, g_free);
}

static void
append_tree (GString *out, TribesDissector *dissector, const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, bytes);

  tribes_dissection_append_text (tree, out, "    ", MAX_TREE_NODES, hide_ids);
}

/* What is no session message, in a few words. */
static void
add_summary (TribesJson *json, TribesDissector *dissector, const TribesMessageFields *fields)
{
  g_autoptr (GBytes) bytes = g_bytes_new (fields->payload, fields->payload_size);
  g_autoptr (TribesDissection) tree = tribes_dissector_dissect (dissector, bytes);
  g_autofree char *summary = tribes_dissection_to_summary (tree);

  tribes_json_add_string (json, "summary", summary);
}

/* What is no session message. */
static void
add_other (TribesJson *json,
           TribesDissector *dissector,
           CatalinaSeen seen,
           const TribesMessageFields *as_sent,
           const CatalinaSkim *skim)
{
  TribesMessageFields unwrapped_fields = *as_sent;
  const TribesMessageFields *fields = &unwrapped_fields;

  if (skim->unwrapped)
    unwrapped_fields.payload = g_bytes_get_data (skim->unwrapped, &unwrapped_fields.payload_size);
  if (seen == CATALINA_SEEN_RPC || seen == CATALINA_SEEN_MAP
      || seen == CATALINA_SEEN_MEMBER_MESSAGE)
    catalina_monitor_add_object (json, fields->payload, fields->payload_size, skim->map);
  if ((seen == CATALINA_SEEN_RPC && is_full (json)) || seen == CATALINA_SEEN_JAVA
      || seen == CATALINA_SEEN_RANDOM)
    add_summary (json, dissector, fields);
}

/* What interceptors put behind it. */
static void
add_wrapping (TribesJson *json, const TribesWrapping *wrapping)
{
  if (wrapping->has_order)
    tribes_json_add_uint (json, "order", wrapping->order);
  if (wrapping->n_fragments > 0)
    {
      g_autofree char *piece
          = g_strdup_printf ("%u/%u", wrapping->fragment + 1, wrapping->n_fragments);

      tribes_json_add_string (json, "fragment", piece);
    }
  else if (wrapping->has_mark)
    tribes_json_add_string (json, "fragment", "whole");
  if (wrapping->is_compressed)
    tribes_json_add_boolean (json, "compressed", TRUE);
  if (wrapping->generation)
    {
      const char generation[] = { wrapping->generation, '\0' };

      tribes_json_add_string (json, "encrypted", generation);
      tribes_json_add_uint (json, "keyLine", wrapping->key_line);
    }
}

/* For those who look closer. */
static void
add_place (TribesJson *json, const TribesCapturedMessage *message)
{
  if (message->has_options)
    tribes_json_add_uint (json, "options", message->fields.options);
  if (message->fields.unique_id)
    {
      g_autoptr (GString) id = g_string_new (NULL);

      tribes_hex_append (id, message->fields.unique_id, message->fields.unique_id_size);
      tribes_json_add_string (json, "id", id->str);
    }
  tribes_json_add_uint (json, "packet", message->packet);
}

/* The ids of those who are logged in everywhere are as good as a password, and hidden as well. */
static const char *
name_of_key (const CatalinaSkim *skim)
{
  return skim->map && !skim->map->has_sessions ? "key" : "session";
}

void
catalina_monitor_open_message (TribesJson *json,
                               GString *details,
                               const CatalinaMonitorOptions *options,
                               TribesDissector *dissector,
                               const TribesCapturedMessage *message,
                               CatalinaSeen seen,
                               const CatalinaSkim *skim)
{
  g_autofree char *sender = catalina_seen_dup_sender (message);

  catalina_monitor_open_event (json, seen, message->time_us);
  tribes_json_add_string (json, "from", sender);
  add_endpoint (json, "to", message->to);
  if (message->has_sender)
    add_domain (json, &message->sender);
  if (message->is_udp)
    tribes_json_add_string (json, "transport", "udp");
  add_span (json, "context", skim->context);
  if (catalina_seen_has_session (seen))
    add_id (json, name_of_key (skim), skim->session);
  if (seen == CATALINA_SEEN_OTHER_SESSION_EVENT)
    tribes_json_add_int (json, "number", skim->event);
  add_data (json, details, options, seen, skim);
  add_other (json, dissector, seen, &message->fields, skim);
  add_wrapping (json, &skim->wrapping);
  tribes_json_add_uint (json, "bytes", message->full_size);
  if (message->is_cut)
    tribes_json_add_uint (json, "captured", message->size);
  if (is_full (json))
    add_place (json, message);
  if (options->verbosity > 1 && !is_full (json))
    append_tree (details, dissector, message->frame, message->size);
  /* The frame shows only the last piece of it. */
  if (options->verbosity > 1 && !is_full (json) && skim->unwrapped
      && skim->wrapping.n_fragments > 0)
    append_tree (details, dissector, g_bytes_get_data (skim->unwrapped, NULL),
                 g_bytes_get_size (skim->unwrapped));
}

void
catalina_monitor_open_heartbeat (TribesJson *json,
                                 GString *details,
                                 const CatalinaMonitorOptions *options,
                                 TribesDissector *dissector,
                                 gint64 time_us,
                                 const TribesEndpoint *to,
                                 const guint8 *data,
                                 gsize size,
                                 const TribesMemberFields *fields)
{
  TribesEndpoint member;

  catalina_monitor_open_event (json, catalina_seen_of_heartbeat (fields), time_us);
  if (fields && tribes_endpoint_of_member (fields, &member))
    add_endpoint (json, "from", &member);
  add_endpoint (json, "to", to);
  if (fields)
    tribes_json_add_int (json, "alive", fields->alive_ms);
  if (fields)
    add_domain (json, fields);
  tribes_json_add_uint (json, "bytes", size);
  if (options->verbosity > 1 && !is_full (json))
    append_tree (details, dissector, data, size);
}
