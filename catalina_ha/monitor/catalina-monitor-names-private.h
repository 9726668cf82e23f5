/* SPDX-License-Identifier: Apache-2.0
 *
 * What kinds of things members say to each other, as the views call them.
 */
#pragma once

#include "catalina_ha/messages/catalina-skim-private.h"
#include "catalina_ha/monitor/catalina-unwrap-private.h"
#include "tribes/capture/tribes-capture-private.h"
#include "tribes/wire/tribes-dissector.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_SEEN_CREATED,
  CATALINA_SEEN_EXPIRED,
  CATALINA_SEEN_ACCESSED,
  CATALINA_SEEN_GET_ALL,
  CATALINA_SEEN_ALL_DATA,
  CATALINA_SEEN_DELTA,
  CATALINA_SEEN_TRANSFER_COMPLETE,
  CATALINA_SEEN_CHANGE_ID,
  CATALINA_SEEN_NO_CONTEXT_MANAGER,
  CATALINA_SEEN_OTHER_SESSION_EVENT,
  CATALINA_SEEN_MEMBER_START,
  CATALINA_SEEN_MEMBER_STOP,
  CATALINA_SEEN_FAIL_DETECT,
  CATALINA_SEEN_PING,
  CATALINA_SEEN_COORDINATION,
  CATALINA_SEEN_COMMIT,
  CATALINA_SEEN_RPC,
  CATALINA_SEEN_MAP,            /* of a replicated map */
  CATALINA_SEEN_MEMBER_MESSAGE, /* of StaticMembershipService */
  CATALINA_SEEN_JAVA,           /* another Java object */
  CATALINA_SEEN_FRAGMENT,       /* a piece of a message */
  CATALINA_SEEN_COMPRESSED,
  CATALINA_SEEN_RANDOM,  /* bytes as a cipher gives them: encrypted, or of a kind nobody knows */
  CATALINA_SEEN_UNKNOWN, /* whatever else a message can carry */
  CATALINA_SEEN_CUT,     /* a message of which too little was captured to say */
  CATALINA_SEEN_BROKEN,  /* a frame that holds no message */
  CATALINA_SEEN_HEARTBEAT,
  CATALINA_SEEN_MEMBER_LEAVES,
  CATALINA_SEEN_LOG, /* what a member has logged: nothing that was sent */
  CATALINA_N_SEEN,
} CatalinaSeen;

const char *catalina_seen_to_string (CatalinaSeen seen);
/* "ok", "failed", "missing" or "unknown" */
const char *catalina_fate_to_string (TribesFate fate);
/* Whether something came back, and so after a time. */
gboolean catalina_fate_has_latency (TribesFate fate);
/* Whether it is about one session, or can be. */
gboolean catalina_seen_has_session (CatalinaSeen seen);
/* Whether the data of @skim are a delta. */
gboolean catalina_seen_has_delta (CatalinaSeen seen, const CatalinaSkim *skim);
/* Whether nothing of what it says can be read here. */
gboolean catalina_seen_is_opaque (CatalinaSeen seen);

/* What a datagram of the membership is. @fields: (nullable): of what can be read. */
CatalinaSeen catalina_seen_of_heartbeat (const TribesMemberFields *fields);

/* What a message is, without what interceptors did to it; @skim, which the caller clears, says what
 * that was, and more of a session message. @outer: (out) (nullable): what it is as it was sent. */
CatalinaSeen catalina_seen_recognize (const TribesCapturedMessage *message,
                                      TribesDissector *dissector,
                                      CatalinaUnwrap *unwrap,
                                      CatalinaSkim *skim,
                                      CatalinaSeen *outer);

/* "10.0.0.1:4000": the receiver of the member that sent @message; where it does not say, the
 * connection's end. (transfer full) */
char *catalina_seen_dup_sender (const TribesCapturedMessage *message);

G_END_DECLS
