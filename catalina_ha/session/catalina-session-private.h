/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions are shared and copied when written: whoever holds a reference sees the session as it was
 * when he took it. That gives a state transfer its snapshot at the price of a pointer per session,
 * and an application a view that does not change under its feet.
 */
#pragma once

#include "catalina_ha/messages/catalina-delta-private.h"
#include "catalina_ha/messages/catalina-session-state-private.h"
#include "catalina_ha/session/catalina-limits.h"
#include "catalina_ha/session/catalina-session.h"

G_BEGIN_DECLS

/* The notes that a session state carries. */
#define CATALINA_NOTE_SESSION_ID "org.apache.catalina.authenticator.SESSION_ID"
#define CATALINA_NOTE_REQUEST    "org.apache.catalina.authenticator.REQUEST"

struct _CatalinaSession
{
  gint ref_count;
  guint32 index; /* in the store's array */
  /* Number of the state transfer that brought this copy; 0 for none. */
  guint32 transfer;
  /* Whether the last request was here, as far as this member knows. Only then it ends the session
   * when its time has come, and tells the others. */
  gboolean is_primary;
  /* Somebody changed it in a way that was too much for this member: others know it better. */
  gboolean is_stale;
  /* Another member's request is in it until it says what it changed; not after this time, by the
   * monotonic clock. 0 if nothing is known of one. */
  gint64 in_use_until_ms;
  gsize size;
  gint64 last_replicated;
  /* What the clock lacks to this member's by which the last access was told; 0 for its own. */
  gint64 clock_lacks_ms;
  CatalinaSessionState state;
  char *auth_type;
  GArray *notes; /* of CatalinaNamedValue: those that a session state does not carry */
  /* What requests have changed here and nobody was told of yet; NULL: nothing. */
  CatalinaDelta *unsent;
};

/* With one reference: a session as it is when a member makes one. */
CatalinaSession *catalina_session_new (const char *id, gint64 creation_time, int max_inactive);
/* Takes what is in @state and leaves it empty. */
CatalinaSession *catalina_session_new_take_state (CatalinaSessionState *state);
CatalinaSession *catalina_session_copy (CatalinaSession *session);

/* The rest changes a session, so it must be the caller's alone (catalina_session_store_edit()). */

/* Begins and ends a use. */
void catalina_session_touch (CatalinaSession *session, gint64 now_ms);
void catalina_session_update_size (CatalinaSession *session);
/* What a session state does not carry, @session has from the copy that was here before. */
void catalina_session_keep_unsaid (CatalinaSession *session, CatalinaSession *before);
/* What a value under a name costs. */
gsize catalina_named_value_size (const char *name, TribesJavaValue *value);

/* Why a delta was not applied, or what of it. */
typedef enum
{
  CATALINA_APPLY_OK,
  CATALINA_APPLY_ODD,        /* applied but for actions that make no sense */
  CATALINA_APPLY_OVER_LIMIT, /* nothing was changed */
} CatalinaApplyResult;

/* @names: (nullable): gets the names of the attributes that were set or removed. */
CatalinaApplyResult catalina_session_apply (CatalinaSession *session,
                                            CatalinaDelta *delta,
                                            const CatalinaLimits *limits,
                                            GStrvBuilder *names);

/* What a request changes: @session has it, and it is unsent. */
CatalinaApplyResult catalina_session_change (CatalinaSession *session,
                                             CatalinaDelta *delta,
                                             const CatalinaLimits *limits,
                                             GStrvBuilder *names);
/* What another member has changed. It counts for the same names over what is unsent, which was
 * changed before. */
CatalinaApplyResult catalina_session_apply_told (CatalinaSession *session,
                                                 CatalinaDelta *delta,
                                                 const CatalinaLimits *limits,
                                                 GStrvBuilder *names);
/* What this member has told of, again: what is unsent was changed behind it. */
CatalinaApplyResult catalina_session_apply_again (CatalinaSession *session,
                                                  CatalinaDelta *delta,
                                                  const CatalinaLimits *limits,
                                                  GStrvBuilder *names);
/* What is to be sent where @delta is changed now: what is unsent first. Full. */
CatalinaDelta *catalina_session_with_unsent (CatalinaSession *session, CatalinaDelta *delta);
void catalina_session_forget_unsent (CatalinaSession *session);
/* What is unsent in @before is so in @session, the copy that another member gave. */
void catalina_session_keep_unsent (CatalinaSession *session,
                                   CatalinaSession *before,
                                   const CatalinaLimits *limits);

/* When the session was used last, by this member's clock. */
gint64 catalina_session_get_used (CatalinaSession *session);

/* When the session ends by itself, in milliseconds since 1970; G_MAXINT64 for never. */
gint64 catalina_session_get_end (CatalinaSession *session);

G_END_DECLS
