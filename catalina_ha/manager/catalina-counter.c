/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/manager/catalina-counter.h"

#define VALUE(name, nick) G_DEFINE_ENUM_VALUE (CATALINA_COUNTER_##name, nick)

G_DEFINE_ENUM_TYPE (CatalinaCounter,
                    catalina_counter,
                    VALUE (RECEIVED_CREATED, "received-created"),
                    VALUE (RECEIVED_EXPIRED, "received-expired"),
                    VALUE (RECEIVED_ACCESSED, "received-accessed"),
                    VALUE (RECEIVED_GET_ALL, "received-get-all"),
                    VALUE (RECEIVED_ALL_DATA, "received-all-data"),
                    VALUE (RECEIVED_DELTA, "received-delta"),
                    VALUE (RECEIVED_TRANSFER_COMPLETE, "received-transfer-complete"),
                    VALUE (RECEIVED_CHANGE_ID, "received-change-id"),
                    VALUE (RECEIVED_NO_CONTEXT_MANAGER, "received-no-context-manager"),
                    VALUE (SENT_CREATED, "sent-created"),
                    VALUE (SENT_EXPIRED, "sent-expired"),
                    VALUE (SENT_ACCESSED, "sent-accessed"),
                    VALUE (SENT_GET_ALL, "sent-get-all"),
                    VALUE (SENT_ALL_DATA, "sent-all-data"),
                    VALUE (SENT_DELTA, "sent-delta"),
                    VALUE (SENT_TRANSFER_COMPLETE, "sent-transfer-complete"),
                    VALUE (SENT_CHANGE_ID, "sent-change-id"),
                    VALUE (SENT_NO_CONTEXT_MANAGER, "sent-no-context-manager"),
                    VALUE (RECEIVED_BYTES, "received-bytes"),
                    VALUE (SENT_BYTES, "sent-bytes"),
                    VALUE (SEND_FAILURES, "send-failures"),
                    VALUE (EARLY_KEPT, "early-kept"),
                    VALUE (EARLY_APPLIED, "early-applied"),
                    VALUE (EARLY_DROPPED, "early-dropped"),
                    VALUE (STALE_DROPPED, "stale-dropped"),
                    VALUE (ENDED_REFUSED, "ended-refused"),
                    VALUE (OVERTAKEN, "overtaken"),
                    VALUE (CHANGES_MISSED, "changes-missed"),
                    VALUE (MALFORMED, "malformed"),
                    VALUE (OVER_LIMIT, "over-limit"),
                    VALUE (WRITES_HELD, "writes-held"),
                    VALUE (REQUESTS, "requests"),
                    VALUE (REQUESTS_FILTERED, "requests-filtered"),
                    VALUE (SESSIONS_MOVED, "sessions-moved"),
                    VALUE (SESSIONS_CREATED, "sessions-created"),
                    VALUE (SESSIONS_EXPIRED, "sessions-expired"),
                    VALUE (SESSIONS_TIMED_OUT, "sessions-timed-out"),
                    VALUE (SESSIONS_REPLACED, "sessions-replaced"),
                    VALUE (SESSIONS_MADE_PRIMARY, "sessions-made-primary"),
                    VALUE (SESSIONS_MADE_BACKUP, "sessions-made-backup"),
                    VALUE (SESSIONS_MADE_PROXY, "sessions-made-proxy"),
                    VALUE (SESSIONS_PUBLISHED, "sessions-published"),
                    VALUE (SESSIONS_ALONE, "sessions-alone"),
                    VALUE (SESSIONS_LOST, "sessions-lost"),
                    VALUE (TRANSFERS_RECEIVED, "transfers-received"),
                    VALUE (TRANSFERS_FAILED, "transfers-failed"),
                    VALUE (TRANSFERS_SERVED, "transfers-served"),
                    VALUE (TRANSFER_RECEIVED_MS, "transfer-received-ms"),
                    VALUE (TRANSFER_SERVED_MS, "transfer-served-ms"))

/**
 * catalina_counter_to_string:
 * @counter: a counter
 *
 * Names a counter, in lower case with hyphens, as in `received-delta`.
 *
 * Returns: the name
 *
 * Since: 0.1
 */
const char *
catalina_counter_to_string (CatalinaCounter counter)
{
  g_autoptr (GEnumClass) counters = g_type_class_ref (CATALINA_TYPE_COUNTER);
  const GEnumValue *value = g_enum_get_value (counters, (gint) counter);

  return value ? value->value_nick : "unknown";
}
