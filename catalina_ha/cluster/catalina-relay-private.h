/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions for sessions, put to a member that holds none: it asks others in its place, one after
 * the other, and passes on what they answer, word for word. Whoever asked is refused only when all
 * others have refused or, for some time, been silent; a Tomcat that is refused starts empty.
 *
 * Whoever asks for a context himself is asked for it last: a Tomcat that fetches its sessions
 * answers nobody. One question is asked at a time in each context, so an answer belongs to it.
 * Bounded in number and bytes.
 */
#pragma once

#include "catalina_ha/messages/catalina-session-message.h"
#include "tribes/wire/tribes-member.h"

G_BEGIN_DECLS

typedef enum
{
  CATALINA_RELAYED_QUESTION,
  CATALINA_RELAYED_ANSWER,
  CATALINA_RELAYED_REFUSAL, /* has no payload */
} CatalinaRelayedKind;

/* What is to be sent. */
typedef struct
{
  CatalinaRelayedKind kind;
  TribesMember *to;
  char *context;
  GBytes *payload;
} CatalinaRelayed;

void catalina_relayed_free (CatalinaRelayed *relayed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaRelayed, catalina_relayed_free)

typedef struct
{
  GQueue questions;  /* see the .c file; in the order in which they came */
  GQueue out;        /* of CatalinaRelayed */
  gsize bytes;       /* of these */
  GPtrArray *busy;   /* of TribesMember: those to whom something is on its way */
  guint64 passed_on; /* answers */
  guint64 refused;   /* questions */
} CatalinaRelay;

void catalina_relay_init (CatalinaRelay *self);
void catalina_relay_clear (CatalinaRelay *self);

/* @asker asks for the sessions of @context with @payload. @members: all others, in the order in
 * which they are to be asked. */
void catalina_relay_ask (CatalinaRelay *self,
                         const char *context,
                         GBytes *payload,
                         TribesMember *asker,
                         GPtrArray *members,
                         gint64 now_ms);
/* @from answers in @context. FALSE: nobody waits for that. */
gboolean catalina_relay_answer (CatalinaRelay *self,
                                CatalinaSessionEvent event,
                                const char *context,
                                GBytes *payload,
                                TribesMember *from,
                                gint64 now_ms);
/* @member is gone. */
void catalina_relay_forget (CatalinaRelay *self, TribesMember *member, gint64 now_ms);
void catalina_relay_step (CatalinaRelay *self, gint64 now_ms);
/* When that is due; G_MAXINT64 for never. */
gint64 catalina_relay_get_deadline (const CatalinaRelay *self);
/* (transfer full) (nullable): what is to be sent now: to each member one thing at a time. */
CatalinaRelayed *catalina_relay_pop (CatalinaRelay *self);
/* How that ended. @arrived: FALSE where nobody was there; whether a question that was not
 * acknowledged in time has arrived shows in the answer. */
void catalina_relay_sent (CatalinaRelay *self,
                          const CatalinaRelayed *relayed,
                          gboolean arrived,
                          gint64 now_ms);
/* Whether somebody waits. */
gboolean catalina_relay_is_busy (const CatalinaRelay *self);

G_END_DECLS
