/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/monitor/catalina-monitor-filter-private.h"

#include <string.h>

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-state-private.h"

/* Of an entry; a list has many entries, which may share theirs. */
#define MAX_NODES 64

typedef struct
{
  const CatalinaFilter *filter;
  CatalinaFilterFacts *facts;
} Told;

const CatalinaFilterWords *
catalina_monitor_get_filter_words (void)
{
  static const char *events[CATALINA_N_SEEN + 1];
  static const char *fates[TRIBES_N_FATES + 1];
  static const char *types[CATALINA_MAP_PING + 1];
  static const CatalinaFilterWords words
      = { (1u << CATALINA_FILTER_N_FIELDS) - 1, events, fates, types };

  for (guint i = 0; i < CATALINA_N_SEEN; i++)
    events[i] = catalina_seen_to_string ((CatalinaSeen) i);
  for (guint i = 0; i < TRIBES_N_FATES; i++)
    fates[i] = catalina_fate_to_string ((TribesFate) i);
  for (gint32 i = CATALINA_MAP_BACKUP; i <= CATALINA_MAP_PING; i++)
    types[i - 1] = catalina_map_message_type_to_string (i);
  return &words;
}

static void
tell (const Told *told, CatalinaFilterField field, const char *text)
{
  catalina_filter_add_text (told->filter, told->facts, field, text, text ? strlen (text) : 0);
}

static void
tell_span (const Told *told, CatalinaFilterField field, CatalinaSpan span)
{
  catalina_filter_add_text (told->filter, told->facts, field, span.text, span.size);
}

static void
tell_endpoint (const Told *told, CatalinaFilterField field, const TribesEndpoint *endpoint)
{
  g_autofree char *text
      = catalina_filter_asks (told->filter, field) ? tribes_endpoint_to_string (endpoint) : NULL;

  tell (told, field, text);
}

static void
tell_action (const CatalinaSkimAction *action, gpointer user_data)
{
  const Told *told = user_data;

  tell_span (told, CATALINA_FILTER_CLASS, action->class_name);
  if (action->type == CATALINA_DELTA_ATTRIBUTE)
    tell_span (told, CATALINA_FILTER_ATTRIBUTE, action->name);
}

static void
tell_member (const Told *told, CatalinaFilterField field, TribesMember *member)
{
  g_autofree char *text = catalina_filter_asks (told->filter, field) && member
                              ? catalina_map_dup_endpoint (member)
                              : NULL;

  tell (told, field, text);
}

/* Who has the entry of a map. */
static void
tell_holders (const Told *told, const CatalinaMapMessage *message)
{
  tell_member (told, CATALINA_FILTER_PRIMARY, message->primary);
  for (guint i = 0; message->nodes && i < MIN (message->nodes->len, MAX_NODES); i++)
    tell_member (told, CATALINA_FILTER_NODE, message->nodes->pdata[i]);
}

static void
tell_state (const Told *told, const CatalinaSessionState *state)
{
  tell (told, CATALINA_FILTER_SESSION, state->id);
  for (guint i = 0; state->attributes && i < state->attributes->len; i++)
    {
      const CatalinaNamedValue *named = &g_array_index (state->attributes, CatalinaNamedValue, i);

      tell (told, CATALINA_FILTER_ATTRIBUTE, named->name);
      tell (told, CATALINA_FILTER_CLASS, tribes_java_value_get_class_name (named->value));
    }
}

/* The sessions of a state transfer. */
static void
tell_states (const Told *told, GBytes *bytes)
{
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new (bytes, NULL);

  while (reader && catalina_state_reader_get_left (reader) > 0)
    {
      g_auto (CatalinaSessionState) state = { 0 };

      if (!catalina_state_reader_next (reader, &state, NULL))
        break;
      tell_state (told, &state);
    }
}

/* The session that a replicated map has for its entry. */
static void
tell_object (const Told *told, const CatalinaSkim *skim)
{
  g_autoptr (GBytes) bytes = g_bytes_new (skim->object, skim->object_size);
  g_autoptr (CatalinaStateReader) reader = catalina_state_reader_new_for_session (bytes, NULL);
  g_auto (CatalinaSessionState) state = { 0 };

  if (reader && catalina_state_reader_next (reader, &state, NULL))
    tell_state (told, &state);
}

static gboolean
asks_for_content (const CatalinaFilter *filter)
{
  return catalina_filter_asks (filter, CATALINA_FILTER_ATTRIBUTE)
         || catalina_filter_asks (filter, CATALINA_FILTER_CLASS);
}

/* Of the answer for a whole map. */
static void
tell_entry (const CatalinaSkim *entry, gpointer user_data)
{
  const Told *told = user_data;

  tell_span (told, CATALINA_FILTER_SESSION, entry->session);
  tell_span (told, CATALINA_FILTER_CLASS, entry->map->class_name);
  tell_holders (told, &entry->map->message);
  if (entry->object && asks_for_content (told->filter))
    tell_object (told, entry);
}

static gboolean
asks_for_entries (const CatalinaFilter *filter)
{
  return catalina_filter_asks (filter, CATALINA_FILTER_SESSION)
         || catalina_filter_asks (filter, CATALINA_FILTER_PRIMARY)
         || catalina_filter_asks (filter, CATALINA_FILTER_NODE) || asks_for_content (filter);
}

/* What is inside: of what was not captured whole, nothing. */
static void
tell_data (const Told *told, CatalinaSeen seen, const CatalinaSkim *skim)
{
  gboolean asks_session = catalina_filter_asks (told->filter, CATALINA_FILTER_SESSION);
  gboolean asks_content = asks_for_content (told->filter);
  g_autoptr (GBytes) bytes = NULL;

  if (skim->object && asks_content)
    tell_object (told, skim);
  if (!skim->data || skim->data_size < skim->data_full_size || (!asks_session && !asks_content))
    return;
  if (catalina_seen_has_delta (seen, skim) && asks_content)
    (void) catalina_skim_delta (skim->data, skim->data_size, tell_action, (gpointer) told);
  if (seen != CATALINA_SEEN_ALL_DATA && seen != CATALINA_SEEN_CHANGE_ID)
    return;
  bytes = g_bytes_new_static (skim->data, skim->data_size);
  if (seen == CATALINA_SEEN_ALL_DATA)
    tell_states (told, bytes);
  else if (asks_session)
    {
      g_autofree char *id = catalina_new_id_decode (bytes, NULL);

      tell (told, CATALINA_FILTER_SESSION, id);
    }
}

void
catalina_monitor_filter_message (const CatalinaFilter *filter,
                                 CatalinaFilterFacts *facts,
                                 const TribesCapturedMessage *message,
                                 CatalinaSeen seen,
                                 const CatalinaSkim *skim)
{
  const Told told = { filter, facts };
  g_autofree char *sender = catalina_filter_asks (filter, CATALINA_FILTER_FROM)
                                ? catalina_seen_dup_sender (message)
                                : NULL;

  tell (&told, CATALINA_FILTER_EVENT, catalina_seen_to_string (seen));
  tell (&told, CATALINA_FILTER_FROM, sender);
  tell_endpoint (&told, CATALINA_FILTER_TO, message->to);
  tell_span (&told, CATALINA_FILTER_CONTEXT, skim->context);
  if (catalina_seen_has_session (seen))
    tell_span (&told, CATALINA_FILTER_SESSION, skim->session);
  catalina_filter_add_number (filter, facts, CATALINA_FILTER_SIZE, (gint64) message->full_size);
  if (skim->map)
    {
      tell (&told, CATALINA_FILTER_TYPE,
            catalina_map_message_type_to_string (skim->map->message.type));
      tell_span (&told, CATALINA_FILTER_CLASS, skim->map->class_name);
      tell_holders (&told, &skim->map->message);
    }
  if (catalina_skim_has_entries (skim) && asks_for_entries (filter))
    (void) catalina_skim_entries (skim, tell_entry, (gpointer) &told);
  tell_data (&told, seen, skim);
}

void
catalina_monitor_filter_fate (const CatalinaFilter *filter,
                              CatalinaFilterFacts *facts,
                              TribesFate fate,
                              gint64 latency_us)
{
  const Told told = { filter, facts };

  tell (&told, CATALINA_FILTER_ACK, catalina_fate_to_string (fate));
  if (catalina_fate_has_latency (fate))
    catalina_filter_add_number (filter, facts, CATALINA_FILTER_LATENCY, latency_us);
}

void
catalina_monitor_filter_heartbeat (const CatalinaFilter *filter,
                                   CatalinaFilterFacts *facts,
                                   CatalinaSeen seen,
                                   const TribesEndpoint *to,
                                   gsize size,
                                   const TribesMemberFields *fields)
{
  const Told told = { filter, facts };
  TribesEndpoint member;

  tell (&told, CATALINA_FILTER_EVENT, catalina_seen_to_string (seen));
  if (fields && tribes_endpoint_of_member (fields, &member))
    tell_endpoint (&told, CATALINA_FILTER_FROM, &member);
  tell_endpoint (&told, CATALINA_FILTER_TO, to);
  catalina_filter_add_number (filter, facts, CATALINA_FILTER_SIZE, (gint64) size);
}

void
catalina_monitor_filter_log (const CatalinaFilter *filter,
                             CatalinaFilterFacts *facts,
                             const CatalinaLogEntry *entry)
{
  const Told told = { filter, facts };

  tell (&told, CATALINA_FILTER_EVENT, catalina_seen_to_string (CATALINA_SEEN_LOG));
  tell (&told, CATALINA_FILTER_CLASS, entry->class_name);
  tell (&told, CATALINA_FILTER_CLASS, entry->exception);
}
