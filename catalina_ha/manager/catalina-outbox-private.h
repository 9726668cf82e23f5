/* SPDX-License-Identifier: Apache-2.0
 *
 * What a manager leaves behind when it has done something: messages to be sent, events to be told,
 * counts. Nobody hears of anything before the manager is done; whoever then pops may call it again.
 */
#pragma once

#include "catalina_ha/manager/catalina-event-table-private.h"
#include "catalina_ha/manager/catalina-placement.h"
#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/wire/tribes-message.h"

G_BEGIN_DECLS

/* Send options of the cluster. */
#define CATALINA_OPTIONS_DEFAULT (-1)

/* Where a message stands, see catalina-lines-private.h. */
typedef struct
{
  guint64 number;       /* that it is sent under; 0: it is in no line */
  char *new_id;         /* nullable: that its session gets */
  guint n_before;       /* for which it waits */
  GSList *behind;       /* of CatalinaOutgoing: those that wait for it */
  gint64 until_ms;      /* as long as they do; 0: it has not been sent */
  CatalinaDelta *delta; /* nullable: it and what was added to it */
  GArray *tokens;       /* nullable: of what was added */
  gsize size;           /* that was counted for it before */
} CatalinaLine;

typedef struct
{
  CatalinaSessionMessage *message; /* NULL: no further message has this token */
  TribesMember *destination;       /* NULL: everybody */
  int options;                     /* of TribesSendOptions, or CATALINA_OPTIONS_DEFAULT */
  gboolean in_order;               /* what follows must not be there before it is done */
  guint64 token;                   /* not 0: the manager is to be told when it has been sent */
  GError *error;          /* nullable, without message: why what was asked for was not done */
  CatalinaSession *found; /* nullable, without message: that was asked for */
  CatalinaLine line;
} CatalinaOutgoing;

void catalina_outgoing_free (CatalinaOutgoing *outgoing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaOutgoing, catalina_outgoing_free)

typedef enum
{
  CATALINA_CORE_SESSION_CREATED,
  CATALINA_CORE_SESSION_CHANGED,
  CATALINA_CORE_SESSION_EXPIRED,
  CATALINA_CORE_SESSION_ID_CHANGED,
  CATALINA_CORE_SESSION_PLACED,
  CATALINA_CORE_TRANSFER_STARTED,
  CATALINA_CORE_TRANSFER_ENDED,
  CATALINA_CORE_TRANSFER_SERVED,
  CATALINA_CORE_CONTEXT_MISSING,
  CATALINA_CORE_CHANGES_MISSED,
  CATALINA_CORE_SESSIONS_MISSING,
  CATALINA_CORE_PROBLEM,
} CatalinaCoreEventKind;

typedef struct
{
  CatalinaCoreEventKind kind;
  CatalinaSession *session; /* as it is then, or was last */
  char *old_id;
  char *id; /* nullable: of a session that may be elsewhere */
  CatalinaPlacement placement;
  char **names;         /* attributes that were set or removed */
  gboolean found;       /* whether a state transfer ended well, or nobody had anything */
  char *problem;        /* what was wrong */
  TribesMember *from;   /* with what this member sent; of a transfer: who is on its other side */
  guint n_sessions;     /* that a transfer carried */
  gsize bytes;          /* that the message carried which is the cause */
  gboolean transferred; /* the session came with a state transfer */
} CatalinaCoreEvent;

void catalina_core_event_free (CatalinaCoreEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaCoreEvent, catalina_core_event_free)

typedef struct
{
  char *name;                   /* of the context */
  GPtrArray *members;           /* the others, in the order in which Tomcat sorts them */
  const CatalinaEventRow *rows; /* says what counts as what */
  GQueue messages;              /* of CatalinaOutgoing */
  GQueue events;                /* of CatalinaCoreEvent */
  guint64 last_token;
  guint64 counters[CATALINA_N_COUNTERS];
  GHashTable *open_requests; /* nullable, not owned: they follow their sessions at once */
  /* What events about sessions come from at the moment; set by who applies it. */
  TribesMember *cause; /* nullable, not owned: who sent it */
  gsize cause_bytes;
  gboolean cause_is_transfer;
} CatalinaOutbox;

void catalina_outbox_init (CatalinaOutbox *self, const char *name, const CatalinaEventRow *rows);
void catalina_outbox_clear (CatalinaOutbox *self);

guint64 catalina_outbox_new_token (CatalinaOutbox *self);
void catalina_outbox_count (CatalinaOutbox *self, CatalinaCounter counter);
void catalina_outbox_count_received (CatalinaOutbox *self,
                                     const CatalinaEventRow *row,
                                     CatalinaSessionMessage *message);

/* To @destination: (nullable): or to everybody, if there is anybody. */
void catalina_outbox_send (CatalinaOutbox *self,
                           CatalinaSessionMessage *message,
                           TribesMember *destination,
                           int options,
                           guint64 token);
/* All that there is to be sent of what the application asked for has been given above. @error:
 * (nullable): nothing was done. */
void catalina_outbox_done (CatalinaOutbox *self, guint64 token, const GError *error);
/* The same where a session was asked for. */
void catalina_outbox_found (CatalinaOutbox *self, guint64 token, CatalinaSession *session);

/* Takes @names. */
void catalina_outbox_tell_session (CatalinaOutbox *self,
                                   CatalinaCoreEventKind kind,
                                   CatalinaSession *session,
                                   const char *old_id,
                                   char **names);
/* Counts it, too. */
void catalina_outbox_tell_placement (CatalinaOutbox *self,
                                     const char *id,
                                     CatalinaPlacement placement);
/* With @member: who was asked for its sessions, or who got those of this member. */
void catalina_outbox_tell_transfer (CatalinaOutbox *self,
                                    CatalinaCoreEventKind kind,
                                    TribesMember *member,
                                    guint n_sessions);
void catalina_outbox_tell_transfer_ended (CatalinaOutbox *self, gboolean found);
/* No other member has the context. */
void catalina_outbox_tell_missing (CatalinaOutbox *self);
/* @member came up without these sessions that are here. */
void catalina_outbox_tell_lacking (CatalinaOutbox *self, TribesMember *member, guint n_sessions);
/* Something from @from: (nullable): makes no sense. */
void
catalina_outbox_tell_problem (CatalinaOutbox *self, TribesMember *from, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

CatalinaOutgoing *catalina_outbox_pop_message (CatalinaOutbox *self);
CatalinaCoreEvent *catalina_outbox_pop_event (CatalinaOutbox *self);

G_END_DECLS
