/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib-object.h>

#include "catalina_ha/catalina-visibility.h"

G_BEGIN_DECLS

#define CATALINA_TYPE_COUNTER (catalina_counter_get_type ())

/**
 * CatalinaCounter:
 * @CATALINA_COUNTER_RECEIVED_CREATED: "session made" messages received
 * @CATALINA_COUNTER_RECEIVED_EXPIRED: "session ended" messages received
 * @CATALINA_COUNTER_RECEIVED_ACCESSED: "session used" messages received
 * @CATALINA_COUNTER_RECEIVED_GET_ALL: requests for all sessions received
 * @CATALINA_COUNTER_RECEIVED_ALL_DATA: batches of sessions received
 * @CATALINA_COUNTER_RECEIVED_DELTA: deltas received
 * @CATALINA_COUNTER_RECEIVED_TRANSFER_COMPLETE: ends of state transfers received
 * @CATALINA_COUNTER_RECEIVED_CHANGE_ID: changes of id received
 * @CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER: refusals of a state transfer received
 * @CATALINA_COUNTER_SENT_CREATED: "session made" messages sent
 * @CATALINA_COUNTER_SENT_EXPIRED: "session ended" messages sent
 * @CATALINA_COUNTER_SENT_ACCESSED: "session used" messages sent
 * @CATALINA_COUNTER_SENT_GET_ALL: requests for all sessions sent
 * @CATALINA_COUNTER_SENT_ALL_DATA: batches of sessions sent
 * @CATALINA_COUNTER_SENT_DELTA: deltas sent
 * @CATALINA_COUNTER_SENT_TRANSFER_COMPLETE: ends of state transfers sent
 * @CATALINA_COUNTER_SENT_CHANGE_ID: changes of id sent
 * @CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER: refusals of a state transfer sent
 * @CATALINA_COUNTER_RECEIVED_BYTES: bytes of what the messages received carried
 * @CATALINA_COUNTER_SENT_BYTES: bytes of what the messages sent carried
 * @CATALINA_COUNTER_SEND_FAILURES: messages that at least one destination did not get
 * @CATALINA_COUNTER_EARLY_KEPT: messages kept because their session was not known yet
 * @CATALINA_COUNTER_EARLY_APPLIED: kept messages whose session came in time
 * @CATALINA_COUNTER_EARLY_DROPPED: kept messages given up: too old or too many
 * @CATALINA_COUNTER_STALE_DROPPED: messages older than the state transfer that they waited for
 * @CATALINA_COUNTER_ENDED_REFUSED: sessions of state transfers that had ended here before
 * @CATALINA_COUNTER_OVERTAKEN: deltas of which a later one of the same member has said a part
 * @CATALINA_COUNTER_CHANGES_MISSED: changes of sessions found by asking, that nobody had told of
 * @CATALINA_COUNTER_MALFORMED: messages whose content was not what it should be
 * @CATALINA_COUNTER_OVER_LIMIT: sessions or messages refused because a limit was reached
 * @CATALINA_COUNTER_WRITES_HELD: changes by this process that waited for another member's request
 * @CATALINA_COUNTER_REQUESTS: requests of this process that have ended
 * @CATALINA_COUNTER_REQUESTS_FILTERED: of these, such that told nothing because of their path
 * @CATALINA_COUNTER_SESSIONS_MOVED: sessions whose id got this member's route
 * @CATALINA_COUNTER_SESSIONS_CREATED: sessions that came to be here, by whichever way
 * @CATALINA_COUNTER_SESSIONS_EXPIRED: sessions that ended here, by whichever way
 * @CATALINA_COUNTER_SESSIONS_TIMED_OUT: of these, ended by this member because nobody used them
 * @CATALINA_COUNTER_SESSIONS_REPLACED: sessions of which a state transfer brought a newer copy
 * @CATALINA_COUNTER_SESSIONS_MADE_PRIMARY: sessions for which this member came to answer, where
 *   not all members have all
 * @CATALINA_COUNTER_SESSIONS_MADE_BACKUP: sessions of which it came to have the copy
 * @CATALINA_COUNTER_SESSIONS_MADE_PROXY: sessions for which another member came to answer, that
 *   others have
 * @CATALINA_COUNTER_SESSIONS_PUBLISHED: sessions of this member of which another got a copy
 * @CATALINA_COUNTER_SESSIONS_ALONE: sessions of this member of which no other has a copy
 * @CATALINA_COUNTER_SESSIONS_LOST: sessions of which all members that had them are gone
 * @CATALINA_COUNTER_TRANSFERS_RECEIVED: state transfers to this member that ended well
 * @CATALINA_COUNTER_TRANSFERS_FAILED: members asked for their sessions who had none, were silent, or
 *   gave what could not be taken in as a whole
 * @CATALINA_COUNTER_TRANSFERS_SERVED: state transfers from this member
 * @CATALINA_COUNTER_TRANSFER_RECEIVED_MS: milliseconds that the last state transfer received took
 * @CATALINA_COUNTER_TRANSFER_SERVED_MS: milliseconds that the last state transfer served took
 *
 * What a manager counts. All but the last two only grow.
 *
 * Tomcat counterpart: the statistics of `DeltaManager` (`counterReceive_EVT_…`).
 *
 * Since: 0.1
 */
typedef enum
{
  CATALINA_COUNTER_RECEIVED_CREATED,
  CATALINA_COUNTER_RECEIVED_EXPIRED,
  CATALINA_COUNTER_RECEIVED_ACCESSED,
  CATALINA_COUNTER_RECEIVED_GET_ALL,
  CATALINA_COUNTER_RECEIVED_ALL_DATA,
  CATALINA_COUNTER_RECEIVED_DELTA,
  CATALINA_COUNTER_RECEIVED_TRANSFER_COMPLETE,
  CATALINA_COUNTER_RECEIVED_CHANGE_ID,
  CATALINA_COUNTER_RECEIVED_NO_CONTEXT_MANAGER,
  CATALINA_COUNTER_SENT_CREATED,
  CATALINA_COUNTER_SENT_EXPIRED,
  CATALINA_COUNTER_SENT_ACCESSED,
  CATALINA_COUNTER_SENT_GET_ALL,
  CATALINA_COUNTER_SENT_ALL_DATA,
  CATALINA_COUNTER_SENT_DELTA,
  CATALINA_COUNTER_SENT_TRANSFER_COMPLETE,
  CATALINA_COUNTER_SENT_CHANGE_ID,
  CATALINA_COUNTER_SENT_NO_CONTEXT_MANAGER,
  CATALINA_COUNTER_RECEIVED_BYTES,
  CATALINA_COUNTER_SENT_BYTES,
  CATALINA_COUNTER_SEND_FAILURES,
  CATALINA_COUNTER_EARLY_KEPT,
  CATALINA_COUNTER_EARLY_APPLIED,
  CATALINA_COUNTER_EARLY_DROPPED,
  CATALINA_COUNTER_STALE_DROPPED,
  CATALINA_COUNTER_ENDED_REFUSED,
  CATALINA_COUNTER_OVERTAKEN,
  CATALINA_COUNTER_CHANGES_MISSED,
  CATALINA_COUNTER_MALFORMED,
  CATALINA_COUNTER_OVER_LIMIT,
  CATALINA_COUNTER_WRITES_HELD,
  CATALINA_COUNTER_REQUESTS,
  CATALINA_COUNTER_REQUESTS_FILTERED,
  CATALINA_COUNTER_SESSIONS_MOVED,
  CATALINA_COUNTER_SESSIONS_CREATED,
  CATALINA_COUNTER_SESSIONS_EXPIRED,
  CATALINA_COUNTER_SESSIONS_TIMED_OUT,
  CATALINA_COUNTER_SESSIONS_REPLACED,
  CATALINA_COUNTER_SESSIONS_MADE_PRIMARY,
  CATALINA_COUNTER_SESSIONS_MADE_BACKUP,
  CATALINA_COUNTER_SESSIONS_MADE_PROXY,
  CATALINA_COUNTER_SESSIONS_PUBLISHED,
  CATALINA_COUNTER_SESSIONS_ALONE,
  CATALINA_COUNTER_SESSIONS_LOST,
  CATALINA_COUNTER_TRANSFERS_RECEIVED,
  CATALINA_COUNTER_TRANSFERS_FAILED,
  CATALINA_COUNTER_TRANSFERS_SERVED,
  CATALINA_COUNTER_TRANSFER_RECEIVED_MS,
  CATALINA_COUNTER_TRANSFER_SERVED_MS,
} CatalinaCounter;

/**
 * CATALINA_N_COUNTERS: (skip)
 *
 * Number of counters.
 *
 * Since: 0.1
 */
#define CATALINA_N_COUNTERS (CATALINA_COUNTER_TRANSFER_SERVED_MS + 1)

CATALINA_API
GType catalina_counter_get_type (void);

CATALINA_API
const char *catalina_counter_to_string (CatalinaCounter counter);

G_END_DECLS
