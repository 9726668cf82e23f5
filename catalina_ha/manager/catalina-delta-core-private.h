/* SPDX-License-Identifier: Apache-2.0
 *
 * The delta manager without its surroundings: takes messages, requests and the time, and leaves
 * messages to be sent and events to be told in queues. It knows no channel, no clock and no main
 * loop.
 *
 * Long work is done in pieces: as long as catalina_delta_core_step() says that there is more, call
 * it again when there is nothing more urgent.
 */
#pragma once

#include "catalina_ha/manager/catalina-counter.h"
#include "catalina_ha/messages/catalina-session-message.h"
#include "catalina_ha/session/catalina-session-private.h"
#include "tribes/wire/tribes-message.h"

G_BEGIN_DECLS

/* Sessions live by the clock on the wall, as their time stamps travel between machines; waiting is
 * done by one that nobody sets. */
typedef struct
{
  gint64 wall_ms;
  gint64 mono_ms;
} CatalinaNow;

/* Tomcat's attributes of <Manager>, where a member without web applications has use for them. */
typedef struct
{
  int session_timeout;             /* seconds; of a context that does not say otherwise: 1800 */
  int state_transfer_timeout;      /* seconds; -1: for ever; 0: ask and do not wait */
  gboolean state_timestamp_drop;   /* whether what is older than a state transfer is dropped */
  gboolean send_all_sessions;      /* in one message */
  guint send_all_sessions_size;    /* otherwise: sessions in a message */
  guint send_all_sessions_wait_ms; /* and time between two */
  gboolean expire_sessions_on_shutdown;
  gboolean record_all_actions;
  guint expire_interval_ms; /* between two looks for sessions that have ended */
  guint session_id_bytes;
  char *jvm_route; /* nullable */
} CatalinaManagerSettings;

void catalina_manager_settings_init (CatalinaManagerSettings *settings);
CatalinaManagerSettings *catalina_manager_settings_copy (const CatalinaManagerSettings *settings);
void catalina_manager_settings_free (CatalinaManagerSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaManagerSettings, catalina_manager_settings_free)

/* Send options of the cluster. */
#define CATALINA_OPTIONS_DEFAULT (-1)

typedef struct
{
  CatalinaSessionMessage *message;
  TribesMember *destination; /* NULL: everybody */
  int options;               /* of TribesSendOptions, or CATALINA_OPTIONS_DEFAULT */
  guint64 token;             /* not 0: tell catalina_delta_core_sent() when it has been sent */
} CatalinaOutgoing;

void catalina_outgoing_free (CatalinaOutgoing *outgoing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaOutgoing, catalina_outgoing_free)

typedef enum
{
  CATALINA_CORE_SESSION_CREATED,
  CATALINA_CORE_SESSION_CHANGED,
  CATALINA_CORE_SESSION_EXPIRED,
  CATALINA_CORE_SESSION_ID_CHANGED,
  CATALINA_CORE_TRANSFER_STARTED,
  CATALINA_CORE_TRANSFER_ENDED,
  CATALINA_CORE_TRANSFER_SERVED,
  CATALINA_CORE_PROBLEM,
} CatalinaCoreEventKind;

typedef struct
{
  CatalinaCoreEventKind kind;
  CatalinaSession *session; /* as it is then, or was last */
  char *old_id;
  char **names;       /* attributes that were set or removed */
  gboolean found;     /* whether a state transfer ended well, or nobody had anything */
  char *problem;      /* what was wrong */
  TribesMember *from; /* with what this member sent; of a transfer: who is on its other side */
  guint n_sessions;   /* that a transfer carried */
} CatalinaCoreEvent;

void catalina_core_event_free (CatalinaCoreEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaCoreEvent, catalina_core_event_free)

typedef struct _CatalinaDeltaCore CatalinaDeltaCore;

/* @limits must outlive it. */
CatalinaDeltaCore *catalina_delta_core_new (const char *name,
                                            const CatalinaManagerSettings *settings,
                                            const CatalinaLimits *limits);
void catalina_delta_core_free (CatalinaDeltaCore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CatalinaDeltaCore, catalina_delta_core_free)

const char *catalina_delta_core_get_name (CatalinaDeltaCore *self);
guint64 catalina_delta_core_get_counter (CatalinaDeltaCore *self, CatalinaCounter counter);
void catalina_delta_core_count (CatalinaDeltaCore *self, CatalinaCounter counter, guint64 by);
gboolean catalina_delta_core_is_transferring (CatalinaDeltaCore *self);
gboolean catalina_delta_core_is_transferred (CatalinaDeltaCore *self);
gsize catalina_delta_core_get_bytes (CatalinaDeltaCore *self);
guint catalina_delta_core_get_n_sessions (CatalinaDeltaCore *self);
/* Borrowed. */
CatalinaSession *catalina_delta_core_get_session_at (CatalinaDeltaCore *self, guint index);
CatalinaSession *catalina_delta_core_lookup (CatalinaDeltaCore *self, const char *id);

/* The other members, in the order in which Tomcat sorts them. */
void catalina_delta_core_set_members (CatalinaDeltaCore *self, GPtrArray *members, CatalinaNow now);
/* Asks the members for their sessions, @settle_ms after there is one. @named_by: (nullable): the
 * member that named the context by asking for its sessions, and so has none. */
void catalina_delta_core_start (CatalinaDeltaCore *self,
                                guint settle_ms,
                                TribesMember *named_by,
                                CatalinaNow now);
void catalina_delta_core_stop (CatalinaDeltaCore *self, CatalinaNow now);

void catalina_delta_core_receive (CatalinaDeltaCore *self,
                                  CatalinaSessionMessage *message,
                                  TribesMember *sender,
                                  CatalinaNow now);
void catalina_delta_core_sent (CatalinaDeltaCore *self,
                               guint64 token,
                               gboolean success,
                               CatalinaNow now);

/* Does a piece of the work that is waiting; whether there is more. */
gboolean catalina_delta_core_step (CatalinaDeltaCore *self, CatalinaNow now);
/* The time, by the monotonic clock, at which to call catalina_delta_core_step() in any case. */
gint64 catalina_delta_core_get_deadline (CatalinaDeltaCore *self);

CatalinaOutgoing *catalina_delta_core_pop_outgoing (CatalinaDeltaCore *self);
CatalinaCoreEvent *catalina_delta_core_pop_event (CatalinaDeltaCore *self);

/* What a web application would do. @token is that of the messages, of which there may be none. */
guint64 catalina_delta_core_new_token (CatalinaDeltaCore *self);
gboolean catalina_delta_core_create (CatalinaDeltaCore *self,
                                     const char *id,
                                     CatalinaDelta *initial,
                                     guint64 token,
                                     CatalinaNow now,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_delta_core_change (CatalinaDeltaCore *self,
                                     const char *id,
                                     CatalinaDelta *delta,
                                     guint64 token,
                                     CatalinaNow now,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_delta_core_access (CatalinaDeltaCore *self,
                                     const char *id,
                                     guint64 token,
                                     CatalinaNow now,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_delta_core_change_id (CatalinaDeltaCore *self,
                                        const char *id,
                                        const char *new_id,
                                        guint64 token,
                                        CatalinaNow now,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean catalina_delta_core_invalidate (CatalinaDeltaCore *self,
                                         const char *id,
                                         guint64 token,
                                         CatalinaNow now,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
