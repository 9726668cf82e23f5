/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the core.
 *
 * catalina-delta-core.c       life, queues, what the shell asks
 * catalina-delta-receive.c    messages about single sessions
 * catalina-delta-request.c    what this member's own application does
 * catalina-transfer-receive.c sessions that others have, at start
 * catalina-transfer-serve.c   sessions that others ask for
 */
#pragma once

#include "catalina_ha/manager/catalina-delta-core-private.h"
#include "catalina_ha/manager/catalina-held-private.h"
#include "catalina_ha/session/catalina-session-store-private.h"

G_BEGIN_DECLS

/* A step does at most this much, so that its end can be waited for. */
#define CATALINA_STEP_SESSIONS 32
#define CATALINA_STEP_BYTES    (256 * 1024)
/* A message of a state transfer holds no more than this, even if all sessions are to be sent at
 * once: Tomcat takes any number of messages, and none of ours is then so large that writing it
 * holds up anything. One of fewer sessions is one message, as Tomcat's. */
#define CATALINA_BATCH_BYTES (1024 * 1024)
/* Looking whether a session has timed out costs less than moving one. */
#define CATALINA_STEP_CHECKS 1024

/* How long a member that asks for sessions waits for our own state transfer to end, in
 * milliseconds. By default it would give up after 60 s. */
#define CATALINA_DEFER_MS 20000

/* When to ask again if nobody has answered, in milliseconds. */
#define CATALINA_RETRY_MS 10000

/* Members that wait for our sessions at a time; each is one entry, however often it asks. */
#define CATALINA_MAX_ASKERS 1024

typedef enum
{
  CATALINA_TRANSFER_IDLE,     /* nobody to ask yet, or nothing asked for */
  CATALINA_TRANSFER_SETTLING, /* waiting for the members to become known */
  CATALINA_TRANSFER_ASKING,   /* waiting for, or loading, the sessions of one */
  CATALINA_TRANSFER_DONE,
} CatalinaTransferState;

typedef struct
{
  CatalinaTransferState state;
  gboolean transferred; /* once from anybody */
  guint32 number;       /* of the transfer, for CatalinaSession.transfer */
  guint settle_ms;
  gint64 began_ms;
  gint64 deadline_ms; /* of settling or asking; G_MAXINT64 for none */
  GPtrArray *tried;   /* members that were asked, or that need not be */
  TribesMember *asked;
  guint64 token; /* of the question */
  gboolean named_by_asker;
  gboolean heard;    /* anything of what was asked for */
  gboolean complete; /* the other has sent everything */
  gboolean got_data; /* sessions, even if none */
  gboolean doubted;  /* asked a second time, because there was an end and nothing before it */
  gboolean silence;  /* somebody who was asked did not answer */
  GQueue data;       /* of CatalinaSessionMessage: still to be loaded */
  gsize data_bytes;  /* of all in it */
  CatalinaStateReader *reader;
  gint64 timestamp;     /* of what is being loaded */
  CatalinaHeld *replay; /* what came during the transfer; NULL otherwise */
} CatalinaTransfer;

typedef enum
{
  CATALINA_SERVING_BUILD,
  CATALINA_SERVING_SEND, /* the last batch is under way */
  CATALINA_SERVING_WAIT, /* between two batches */
} CatalinaServingState;

typedef struct
{
  CatalinaServingState state;
  TribesMember *to;
  GPtrArray *sessions;
  guint next;
  guint batch_end;
  CatalinaStateWriter *writer;
  gint64 timestamp; /* of the snapshot */
  gint64 began_ms;
  gint64 resume_ms;
  guint64 token;
} CatalinaServing;

typedef struct
{
  char *old_id;
  char *new_id;
  gint64 until_ms;
} CatalinaRenamed;

typedef struct
{
  char *id;
  TribesMember *creator; /* nullable */
} CatalinaAppeared;

/* Somebody asked for the sessions. */
typedef struct
{
  TribesMember *member;
  gint64 deadline_ms;
} CatalinaAsker;

struct _CatalinaDeltaCore
{
  char *name;
  CatalinaManagerSettings *settings;
  const CatalinaLimits *limits;
  CatalinaSessionStore *store;
  GPtrArray *members;
  guint64 counters[CATALINA_N_COUNTERS];
  GQueue outgoing;
  GQueue events;
  guint64 last_token;
  gboolean stopped;

  CatalinaHeld *early;
  GHashTable *renamed;   /* old id -> CatalinaRenamed, for messages that come late */
  GQueue renamed_by_age; /* of the same */
  GQueue appeared;       /* of CatalinaAppeared */

  CatalinaTransfer transfer;
  CatalinaServing *serving;
  GQueue askers; /* of CatalinaAsker */

  GQueue garbage; /* of CatalinaStateReader: done, to be freed piece by piece */
  gint64 next_expire_ms;
  guint expire_left; /* sessions still to be checked in this round */
};

/* catalina-delta-core.c */
TribesMember *catalina_core_resolve (CatalinaDeltaCore *self, TribesMember *from);
void catalina_core_send (CatalinaDeltaCore *self,
                         CatalinaSessionMessage *message,
                         TribesMember *destination,
                         int options,
                         guint64 token);
void catalina_core_tell (CatalinaDeltaCore *self,
                         CatalinaCoreEventKind kind,
                         CatalinaSession *session,
                         const char *old_id,
                         char **names);

/* With @member: who was asked for its sessions, or who got those of this member. */
void catalina_core_tell_transfer (CatalinaDeltaCore *self,
                                  CatalinaCoreEventKind kind,
                                  TribesMember *member,
                                  guint n_sessions);
/* Takes @problem. */
void catalina_core_tell_problem (CatalinaDeltaCore *self, TribesMember *from, char *problem);

/* catalina-delta-receive.c */
void catalina_core_receive (CatalinaDeltaCore *self,
                            CatalinaSessionMessage *message,
                            TribesMember *from,
                            CatalinaNow now);
/* A session came to be here: what waited for it is applied by catalina_core_settle(). @creator: the
 * member that made it, if that is how it came. */
void catalina_core_appeared (CatalinaDeltaCore *self, const char *id, TribesMember *creator);
void catalina_core_settle (CatalinaDeltaCore *self, CatalinaNow now);
void catalina_core_expire (CatalinaDeltaCore *self, CatalinaSession *session, gboolean quiet);
CatalinaSession *catalina_core_rename (CatalinaDeltaCore *self,
                                       CatalinaSession *session,
                                       const char *new_id,
                                       gboolean quiet,
                                       CatalinaNow now);
void catalina_core_drop_old (CatalinaDeltaCore *self, CatalinaNow now);
gint64 catalina_core_get_oldest (CatalinaDeltaCore *self);

/* catalina-delta-request.c */
void catalina_core_send_expired (CatalinaDeltaCore *self,
                                 const char *id,
                                 guint64 token,
                                 CatalinaNow now);

/* catalina-transfer-receive.c */
void catalina_transfer_clear (CatalinaTransfer *transfer);
void catalina_transfer_members_changed (CatalinaDeltaCore *self, CatalinaNow now);
void catalina_transfer_receive (CatalinaDeltaCore *self,
                                CatalinaSessionMessage *message,
                                TribesMember *from,
                                CatalinaNow now);
gboolean catalina_transfer_step (CatalinaDeltaCore *self, CatalinaNow now);
gint64 catalina_transfer_get_deadline (CatalinaDeltaCore *self);
void catalina_transfer_sent (CatalinaDeltaCore *self, gboolean success, CatalinaNow now);
/* Whether the sessions of another member are still to come, this one among them. */
gboolean catalina_transfer_wants (CatalinaDeltaCore *self, const char *id);
void catalina_transfer_keep (CatalinaDeltaCore *self,
                             CatalinaSessionMessage *message,
                             TribesMember *from,
                             gboolean applied,
                             CatalinaNow now);

/* catalina-transfer-serve.c */
void catalina_serving_free (CatalinaServing *serving);
void catalina_asker_free (CatalinaAsker *asker);
void catalina_serve_asked (CatalinaDeltaCore *self, TribesMember *from, CatalinaNow now);
void
catalina_serve_sent (CatalinaDeltaCore *self, guint64 token, gboolean success, CatalinaNow now);
gboolean catalina_serve_step (CatalinaDeltaCore *self, CatalinaNow now);
gint64 catalina_serve_get_deadline (CatalinaDeltaCore *self);

G_END_DECLS
