/* SPDX-License-Identifier: Apache-2.0
 *
 * Nearly everything that is sent is a session message, and is known without asking the dissector.
 */
#include "catalina_ha/monitor/catalina-monitor-names-private.h"

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
  [CATALINA_SEEN_RPC] = { "rpc", "rpc", 0, FALSE },
  [CATALINA_SEEN_JAVA] = { "java", "java", 0, FALSE },
  [CATALINA_SEEN_UNKNOWN] = { "unknown", NULL, 0, FALSE },
  [CATALINA_SEEN_CUT] = { "cut", NULL, 0, FALSE },
  [CATALINA_SEEN_BROKEN] = { "broken", NULL, 0, FALSE },
  [CATALINA_SEEN_HEARTBEAT] = { "heartbeat", NULL, 0, FALSE },
  [CATALINA_SEEN_MEMBER_LEAVES] = { "member-leaves", NULL, 0, FALSE },
};

const char *
catalina_seen_to_string (CatalinaSeen seen)
{
  return seen_kinds[seen].name;
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

static CatalinaSeen
seen_for_layer (const char *layer)
{
  for (guint i = 0; layer && i < CATALINA_N_SEEN; i++)
    if (g_strcmp0 (seen_kinds[i].layer, layer) == 0)
      return (CatalinaSeen) i;
  /* The others that the dissector knows are Java objects of some class. */
  return layer ? CATALINA_SEEN_JAVA : CATALINA_SEEN_UNKNOWN;
}

CatalinaSeen
catalina_seen_recognize (const TribesCapturedMessage *message,
                         TribesDissector *dissector,
                         CatalinaSkim *skim)
{
  const TribesMessageFields *fields = &message->fields;
  g_autoptr (GBytes) payload = NULL;

  memset (skim, 0, sizeof *skim);
  if (message->is_broken)
    return CATALINA_SEEN_BROKEN;
  if (fields->payload && catalina_skim (fields->payload, fields->payload_size, skim))
    return seen_for_event (skim->event);
  if (message->is_cut)
    return CATALINA_SEEN_CUT;
  payload = g_bytes_new_static (fields->payload, fields->payload_size);
  return seen_for_layer (tribes_dissector_recognize (dissector, payload));
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
