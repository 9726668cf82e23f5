/* SPDX-License-Identifier: Apache-2.0
 *
 * Nearly everything that is sent is a session message, and is known without asking the dissector.
 */
#include "catalina_ha/monitor/catalina-monitor-names-private.h"

#include "tribes/interceptors/tribes-markers-private.h"

/* Of interceptors around a message. */
#define MAX_LAYERS 4

/* Markers have the same order here as there. */
G_STATIC_ASSERT (CATALINA_SEEN_PING - CATALINA_SEEN_MEMBER_START
                 == TRIBES_MARKER_PING - TRIBES_MARKER_MEMBER_START);

static const struct
{
  const char *name;
  const char *layer; /* nullable: of the dissector, that knows it */
  gint event;        /* of a session message; 0: none */
  gboolean has_session;
} seen_kinds[CATALINA_N_SEEN] = {
  [CATALINA_SEEN_CREATED] = { "created", NULL, CATALINA_SESSION_EVENT_CREATED, TRUE },
  [CATALINA_SEEN_EXPIRED] = { "expired", NULL, CATALINA_SESSION_EVENT_EXPIRED, TRUE },
  [CATALINA_SEEN_ACCESSED] = { "accessed", NULL, CATALINA_SESSION_EVENT_ACCESSED, TRUE },
  [CATALINA_SEEN_GET_ALL] = { "get-all", NULL, CATALINA_SESSION_EVENT_GET_ALL, FALSE },
  [CATALINA_SEEN_ALL_DATA] = { "all-data", NULL, CATALINA_SESSION_EVENT_ALL_DATA, FALSE },
  [CATALINA_SEEN_DELTA] = { "delta", NULL, CATALINA_SESSION_EVENT_DELTA, TRUE },
  [CATALINA_SEEN_TRANSFER_COMPLETE]
  = { "transfer-complete", NULL, CATALINA_SESSION_EVENT_TRANSFER_COMPLETE, FALSE },
  [CATALINA_SEEN_CHANGE_ID] = { "change-id", NULL, CATALINA_SESSION_EVENT_CHANGE_ID, TRUE },
  [CATALINA_SEEN_NO_CONTEXT_MANAGER]
  = { "no-context-manager", NULL, CATALINA_SESSION_EVENT_NO_CONTEXT_MANAGER, FALSE },
  [CATALINA_SEEN_OTHER_SESSION_EVENT] = { "other-session-event", NULL, 0, TRUE },
  [CATALINA_SEEN_MEMBER_START] = { "member-start", "member-start", 0, FALSE },
  [CATALINA_SEEN_MEMBER_STOP] = { "member-stop", "member-stop", 0, FALSE },
  [CATALINA_SEEN_FAIL_DETECT] = { "fail-detect", "fail-detect", 0, FALSE },
  [CATALINA_SEEN_PING] = { "ping", "ping", 0, FALSE },
  [CATALINA_SEEN_COORDINATION] = { "coordination", "coordination", 0, FALSE },
  [CATALINA_SEEN_COMMIT] = { "commit", "commit", 0, FALSE },
  [CATALINA_SEEN_RPC] = { "rpc", "rpc", 0, TRUE },
  [CATALINA_SEEN_MAP] = { "map", "map", 0, TRUE },
  [CATALINA_SEEN_MEMBER_MESSAGE] = { "member-message", "member", 0, FALSE },
  [CATALINA_SEEN_JAVA] = { "java", "java", 0, FALSE },
  [CATALINA_SEEN_FRAGMENT] = { "fragment", "fragment", 0, FALSE },
  [CATALINA_SEEN_COMPRESSED] = { "compressed", "gzip", 0, FALSE },
  [CATALINA_SEEN_RANDOM] = { "encrypted-or-unknown", "random", 0, FALSE },
  [CATALINA_SEEN_UNKNOWN] = { "unknown", NULL, 0, FALSE },
  [CATALINA_SEEN_CUT] = { "cut", NULL, 0, FALSE },
  [CATALINA_SEEN_BROKEN] = { "broken", NULL, 0, FALSE },
  [CATALINA_SEEN_HEARTBEAT] = { "heartbeat", NULL, 0, FALSE },
  [CATALINA_SEEN_MEMBER_LEAVES] = { "member-leaves", NULL, 0, FALSE },
  [CATALINA_SEEN_LOG] = { "log", NULL, 0, FALSE },
};

const char *
catalina_seen_to_string (CatalinaSeen seen)
{
  return seen_kinds[seen].name;
}

const char *
catalina_fate_to_string (TribesFate fate)
{
  static const char *const names[TRIBES_N_FATES] = {
    [TRIBES_FATE_ACKNOWLEDGED] = "ok",
    [TRIBES_FATE_FAILED] = "failed",
    [TRIBES_FATE_MISSING] = "missing",
    [TRIBES_FATE_UNKNOWN] = "unknown",
  };

  return names[fate];
}

gboolean
catalina_fate_has_latency (TribesFate fate)
{
  return fate == TRIBES_FATE_ACKNOWLEDGED || fate == TRIBES_FATE_FAILED;
}

gboolean
catalina_seen_has_session (CatalinaSeen seen)
{
  return seen_kinds[seen].has_session;
}

static CatalinaSeen
seen_for_event (gint event)
{
  for (guint i = 0; i < CATALINA_N_SEEN; i++)
    if (event != 0 && seen_kinds[i].event == event)
      return (CatalinaSeen) i;
  return CATALINA_SEEN_OTHER_SESSION_EVENT;
}

gboolean
catalina_seen_has_delta (CatalinaSeen seen, const CatalinaSkim *skim)
{
  return skim->data && skim->data_size == skim->data_full_size
         && (seen == CATALINA_SEEN_DELTA || skim->map);
}

gboolean
catalina_seen_is_opaque (CatalinaSeen seen)
{
  return seen == CATALINA_SEEN_FRAGMENT || seen == CATALINA_SEEN_COMPRESSED
         || seen == CATALINA_SEEN_RANDOM || seen == CATALINA_SEEN_UNKNOWN;
}

static CatalinaSeen
seen_for_layer (const char *layer)
{
  for (guint i = 0; layer && i < CATALINA_N_SEEN; i++)
    if (g_strcmp0 (seen_kinds[i].layer, layer) == 0)
      return (CatalinaSeen) i;
  if (g_strcmp0 (layer, "rpc-no-reply") == 0)
    return CATALINA_SEEN_RPC;
  /* Until it is opened. */
  if (g_strcmp0 (layer, "encrypted") == 0)
    return CATALINA_SEEN_RANDOM;
  /* The others that the dissector knows are Java objects of some class. */
  return layer ? CATALINA_SEEN_JAVA : CATALINA_SEEN_UNKNOWN;
}

static const char *
find_layer (TribesDissector *dissector, const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);

  return tribes_dissector_recognize (dissector, bytes);
}

/* What interceptors say themselves is always the same, and may have something behind it as well. */
static void
read_behind_marker (const TribesMessageFields *fields, CatalinaSeen seen, TribesWrapping *wrapping)
{
  gsize end;

  if (seen < CATALINA_SEEN_MEMBER_START || seen > CATALINA_SEEN_PING)
    return;
  (void) tribes_marker_peek ((TribesMarker) (seen - CATALINA_SEEN_MEMBER_START), &end);
  (void) tribes_wrapping_read (fields->payload, fields->payload_size, end, wrapping);
}

/* What is no session message. */
static CatalinaSeen
recognize_other (const TribesMessageFields *fields, TribesDissector *dissector, CatalinaSkim *skim)
{
  const char *layer = find_layer (dissector, fields->payload, fields->payload_size);
  gsize end = fields->payload_size;

  if (g_strcmp0 (layer, "trailed") == 0)
    {
      end = tribes_wrapping_measure_java (fields->payload, fields->payload_size);
      (void) tribes_wrapping_read (fields->payload, fields->payload_size, end, &skim->wrapping);
      layer = find_layer (dissector, fields->payload, end);
    }
  else if (g_strcmp0 (layer, "fragment") == 0)
    (void) tribes_wrapping_read_fragment (fields->payload, fields->payload_size, &skim->wrapping);
  if (g_strcmp0 (layer, "map") == 0)
    (void) catalina_skim_map (fields->payload, end, skim);
  else if (seen_for_layer (layer) == CATALINA_SEEN_RPC)
    (void) catalina_skim_rpc (fields->payload, end, skim);
  read_behind_marker (fields, seen_for_layer (layer), &skim->wrapping);
  return seen_for_layer (layer);
}

/* The first piece of one begins as the whole does. */
static gboolean
is_first_piece (const TribesMessageFields *fields, CatalinaSkim *skim)
{
  TribesWrapping wrapping;

  if (!tribes_wrapping_read_fragment (fields->payload, fields->payload_size, &wrapping)
      || tribes_wrapping_measure_java (fields->payload, fields->payload_size) > 0)
    return FALSE;
  catalina_skim_clear (skim);
  memset (skim, 0, sizeof *skim);
  skim->wrapping = wrapping;
  return TRUE;
}

CatalinaSeen
catalina_seen_of_heartbeat (const TribesMemberFields *fields)
{
  if (!fields)
    return CATALINA_SEEN_BROKEN;
  return tribes_member_fields_say_shutdown (fields) ? CATALINA_SEEN_MEMBER_LEAVES
                                                    : CATALINA_SEEN_HEARTBEAT;
}

/* Of a @payload that is as it is. */
static CatalinaSeen
recognize_payload (const TribesMessageFields *fields,
                   gboolean is_cut,
                   TribesDissector *dissector,
                   CatalinaSkim *skim)
{
  if (fields->payload && catalina_skim (fields->payload, fields->payload_size, skim))
    {
      /* What is behind the cut nobody knows. */
      if (is_cut)
        memset (&skim->wrapping, 0, sizeof skim->wrapping);
      else if (is_first_piece (fields, skim))
        return CATALINA_SEEN_FRAGMENT;
      return seen_for_event (skim->event);
    }
  if (is_cut)
    return tribes_wrapping_is_gzip (fields->payload, fields->payload_size)
               ? CATALINA_SEEN_COMPRESSED
               : CATALINA_SEEN_CUT;
  return recognize_other (fields, dissector, skim);
}

/* What was found further in is told with what is around it. */
static void
add_outer (TribesWrapping *wrapping, const TribesWrapping *outer)
{
  if (!wrapping->has_order && outer->has_order)
    {
      wrapping->has_order = TRUE;
      wrapping->order = outer->order;
    }
  if (!wrapping->n_fragments && outer->has_mark)
    {
      wrapping->has_mark = TRUE;
      wrapping->fragment = outer->fragment;
      wrapping->n_fragments = outer->n_fragments;
    }
  wrapping->is_compressed |= outer->is_compressed;
  if (!wrapping->generation)
    {
      wrapping->generation = outer->generation;
      wrapping->key_line = outer->key_line;
    }
}

/* Takes one layer off; NULL: nothing more can be. */
static GBytes *
unwrap_once (const TribesCapturedMessage *message,
             const TribesMessageFields *fields,
             CatalinaUnwrap *unwrap,
             CatalinaSeen seen,
             TribesWrapping *wrapping)
{
  gboolean is_kept;

  if (seen == CATALINA_SEEN_FRAGMENT)
    return catalina_unwrap_join (unwrap, message, fields, wrapping, &is_kept);
  if (seen == CATALINA_SEEN_RANDOM)
    return catalina_unwrap_open (unwrap, fields, wrapping);
  if (seen != CATALINA_SEEN_COMPRESSED)
    return NULL;
  wrapping->is_compressed = TRUE;
  return catalina_unwrap_expand (unwrap, fields, wrapping);
}

CatalinaSeen
catalina_seen_recognize (const TribesCapturedMessage *message,
                         TribesDissector *dissector,
                         CatalinaUnwrap *unwrap,
                         CatalinaSkim *skim,
                         CatalinaSeen *outer)
{
  TribesMessageFields fields = message->fields;
  CatalinaSeen seen;
  GBytes *inner;

  memset (skim, 0, sizeof *skim);
  seen = message->is_broken ? CATALINA_SEEN_BROKEN
                            : recognize_payload (&fields, message->is_cut, dissector, skim);
  if (outer)
    *outer = seen;
  for (guint depth = 0; depth < MAX_LAYERS && !message->is_broken && !message->is_cut
                        && (inner = unwrap_once (message, &fields, unwrap, seen, &skim->wrapping));
       depth++)
    {
      TribesWrapping around = skim->wrapping;
      g_autoptr (GBytes) before = g_steal_pointer (&skim->unwrapped);

      catalina_skim_clear (skim);
      memset (skim, 0, sizeof *skim);
      fields.payload = g_bytes_get_data (inner, &fields.payload_size);
      seen = recognize_payload (&fields, FALSE, dissector, skim);
      skim->unwrapped = inner;
      add_outer (&skim->wrapping, &around);
    }
  return seen;
}

char *
catalina_seen_dup_sender (const TribesCapturedMessage *message)
{
  TribesEndpoint sender = *message->from;

  if (!message->has_sender)
    return tribes_endpoint_to_string (&sender);
  return tribes_endpoint_of_member (&message->sender, &sender) ? tribes_endpoint_to_string (&sender)
                                                               : g_strdup ("?");
}
