/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cluster has to do with its managers, and what a kind of manager has to be able to do. The
 * base knows the time, the application's requests and its signals; a kind knows the sessions and
 * leaves in the outbox what is to be sent and told.
 */
#pragma once

#include "catalina_ha/manager/catalina-budget-private.h"
#include "catalina_ha/manager/catalina-ended-private.h"
#include "catalina_ha/manager/catalina-lines-private.h"
#include "catalina_ha/manager/catalina-manager-settings-private.h"
#include "catalina_ha/manager/catalina-manager.h"
#include "catalina_ha/manager/catalina-neighbours-private.h"
#include "catalina_ha/manager/catalina-outbox-private.h"
#include "catalina_ha/manager/catalina-report-private.h"
#include "catalina_ha/map/catalina-replicated-map-private.h"
#include "catalina_ha/tipis/catalina-maps-private.h"

G_BEGIN_DECLS

/* The way out of a manager. */
typedef struct
{
  /* Sends; answers with catalina_manager_sent() if there is a token, later or at once. */
  void (*send) (gpointer owner, CatalinaManager *manager, const CatalinaOutgoing *outgoing);
  /* There is work, or the deadline has changed. */
  void (*wake) (gpointer owner, CatalinaManager *manager);
  /* Something happened. The owner may be gone afterwards, or have disowned the manager. */
  void (*tell) (gpointer owner, CatalinaManager *manager, const CatalinaCoreEvent *event);
  /* The maps of the channel. */
  CatalinaMaps *(*get_maps) (gpointer owner);
} CatalinaManagerPort;

struct _CatalinaManager
{
  GObject parent_instance;

  char *name;
  CatalinaManagerSettings *settings;
  CatalinaLimits limits;
  CatalinaEnded *ended;   /* of all contexts */
  CatalinaBudget *budget; /* the same */
  CatalinaOutbox *outbox; /* the kind's own */
  const CatalinaManagerPort *port;
  gpointer owner;
  GHashTable *pendings; /* token -> CatalinaPending */
  CatalinaLines lines;
  gboolean sending;
  GHashTable *open_requests; /* see catalina-open-requests-private.h */
  gboolean draining;
  gboolean change_id_on_authentication;
  /* The owner's: */
  gboolean is_configured;         /* named by this process, not by another member */
  guint64 spoken_of;              /* the number of the last message of another member about it */
  const CatalinaCoreEvent *event; /* nullable: that is being told of */
};

struct _CatalinaManagerClass
{
  GObjectClass parent_class;

  /* Makes what the kind needs, with name, settings and limits, and sets the outbox. */
  void (*setup) (CatalinaManager *self);

  void (*set_members) (CatalinaManager *self, GPtrArray *members, CatalinaNow now);
  void (*member_starts) (CatalinaManager *self, TribesMember *member, CatalinaNow now);
  guint (*get_lacking) (CatalinaManager *self, TribesMember *member);
  void (*start) (CatalinaManager *self, guint settle_ms, TribesMember *named_by, CatalinaNow now);
  /* @member was asked for the sessions of all contexts it has. */
  void (*expect) (CatalinaManager *self, TribesMember *member, CatalinaNow now);
  /* It has taken that question, or answers it in another context. */
  void (*member_lives) (CatalinaManager *self, TribesMember *member, CatalinaNow now);
  void (*stop) (CatalinaManager *self, CatalinaNow now);
  /* Whether somebody is still being given sessions; then steps go on behind the stop. */
  gboolean (*is_serving) (CatalinaManager *self);
  /* No longer. */
  void (*break_off) (CatalinaManager *self);
  void (*receive) (CatalinaManager *self,
                   CatalinaSessionMessage *message,
                   TribesMember *from,
                   CatalinaNow now);
  void (*sent) (CatalinaManager *self, guint64 token, gboolean success, CatalinaNow now);
  gboolean (*step) (CatalinaManager *self, CatalinaNow now);
  gint64 (*get_deadline) (CatalinaManager *self);

  gboolean (*get_state_transferred) (CatalinaManager *self);
  const CatalinaNeighbours *(*get_neighbours) (CatalinaManager *self);
  gsize (*get_storage_size) (CatalinaManager *self);
  guint (*get_n_sessions) (CatalinaManager *self);
  /* Borrowed. */
  CatalinaSession *(*get_session_at) (CatalinaManager *self, guint index);
  CatalinaSession *(*lookup) (CatalinaManager *self, const char *id);
  /* Nullable: whether there is such a session, here or elsewhere. */
  gboolean (*knows) (CatalinaManager *self, const char *id);

  /* What the application asks for; what is refused changes nothing. @token is that of the messages,
   * of which there may be none; where it is not refused catalina_outbox_done() follows. */
  /* Tells that there is a session. What @initial sets may be unsent until the next change. */
  gboolean (*create) (CatalinaManager *self,
                      const char *id,
                      CatalinaDelta *initial,
                      guint64 token,
                      CatalinaNow now,
                      GError **error);
  /* Changes the session here only: it is unsent until the next change. Without an action it is the
   * beginning of a use. There is no message. */
  gboolean (*apply) (CatalinaManager *self,
                     const char *id,
                     CatalinaDelta *delta,
                     CatalinaNow now,
                     GError **error);
  /* Changes the session, tells of that and of what is unsent, and makes it this member's. Without
   * anything to tell of it is a use, which is told by the rules of the kind. */
  gboolean (*change) (CatalinaManager *self,
                      const char *id,
                      CatalinaDelta *delta,
                      guint64 token,
                      CatalinaNow now,
                      GError **error);
  gboolean (*change_id) (CatalinaManager *self,
                         const char *id,
                         const char *new_id,
                         guint64 token,
                         CatalinaNow now,
                         GError **error);
  gboolean (*invalidate) (
      CatalinaManager *self, const char *id, guint64 token, CatalinaNow now, GError **error);
  /* Nullable: fetches a session that is elsewhere, to be looked at. */
  gboolean (*find) (CatalinaManager *self, const char *id, guint64 token, GError **error);
  /* Nullable: whether it has to be taken over before it can be worked with here. */
  gboolean (*is_elsewhere) (CatalinaManager *self, const char *id);
  /* Nullable: does that. */
  gboolean (*take) (CatalinaManager *self, const char *id, guint64 token, GError **error);
  /* Nullable: the map whose entries the sessions are, if it is started. */
  CatalinaReplicatedMap *(*get_map) (CatalinaManager *self);
  /* Nullable: the owner is gone. */
  void (*disowned) (CatalinaManager *self);
};

#define CATALINA_MANAGER_GET_CLASS(object)                                                         \
  (G_TYPE_INSTANCE_GET_CLASS ((object), CATALINA_TYPE_MANAGER, CatalinaManagerClass))

/* Of @type. @port must outlive it; @ended and @budget are those of all contexts of the
 * owner. */
CatalinaManager *catalina_manager_new (GType type,
                                       const char *name,
                                       const CatalinaManagerSettings *settings,
                                       const CatalinaLimits *limits,
                                       CatalinaEnded *ended,
                                       CatalinaBudget *budget,
                                       const CatalinaManagerPort *port,
                                       gpointer owner);
/* What the kind has taken from them when it was set up stays. */
void catalina_manager_set_limits (CatalinaManager *self, const CatalinaLimits *limits);
/* Whether a member that came up without sessions is given them. */
void catalina_manager_set_heal (CatalinaManager *self, gboolean heal);
/* Of a backup manager, when it starts. */
void catalina_manager_set_vault (CatalinaManager *self, CatalinaVault vault);
/* The owner goes: no calls to it any more, and requests fail. */
void catalina_manager_disown (CatalinaManager *self);

/* What a signal about a session is about. */
typedef struct
{
  TribesMember *from;   /* nullable, not owned: who sent it; NULL: this member did it */
  gsize bytes;          /* that its message carried */
  gboolean transferred; /* it is one session of a state transfer */
} CatalinaCause;

/* While a signal is being emitted. Exported for the programs; not API. */
CATALINA_API
CatalinaCause catalina_manager_get_cause (CatalinaManager *self);

CatalinaNow catalina_now (void);

void catalina_manager_set_members (CatalinaManager *self, GPtrArray *members);
/* It said that it starts: it has nothing yet. */
void catalina_manager_member_starts (CatalinaManager *self, TribesMember *member);
/* How many sessions that are here @member came up without; 0 if nothing is known. Exported for the
 * programs; not API. */
CATALINA_API
guint catalina_manager_get_lacking (CatalinaManager *self, TribesMember *member);
void catalina_manager_start (CatalinaManager *self, guint settle_ms, TribesMember *named_by);
/* @member was asked for the sessions of all contexts it has, and so need not be asked for these. */
void catalina_manager_expect (CatalinaManager *self, TribesMember *member);
/* It has taken that question, or answers it in another context; changes nothing that anybody is
 * told of. */
void catalina_manager_member_lives (CatalinaManager *self, TribesMember *member);
/* Says what there is to say at the end. */
void catalina_manager_stop (CatalinaManager *self);
/* Whether somebody is still being given sessions, or something waits for its turn to be said. */
gboolean catalina_manager_is_serving (CatalinaManager *self);
/* No longer; what waits is said at once. */
void catalina_manager_break_off (CatalinaManager *self);
void catalina_manager_receive (CatalinaManager *self,
                               CatalinaSessionMessage *message,
                               TribesMember *from);
/* What became of the message of @token with one of the members; before it has been sent. */
void catalina_manager_told (CatalinaManager *self,
                            guint64 token,
                            TribesMember *member,
                            CatalinaOutcome outcome);
/* Whether there is such a session, here or elsewhere. Exported for the programs; not API. */
CATALINA_API
gboolean catalina_manager_knows (CatalinaManager *self, const char *id);
/* Whether @member said that it has no such context. */
gboolean catalina_manager_is_missing_at (CatalinaManager *self, TribesMember *member);
/* Not everybody is waited for: what the request of @token will return. */
void catalina_manager_failed (CatalinaManager *self, guint64 token, const GError *error);
/* Nobody waits for it any more but what follows it. */
void catalina_manager_let_off (CatalinaManager *self, guint64 token);
void catalina_manager_sent (CatalinaManager *self, guint64 token, const GError *error);
gboolean catalina_manager_step (CatalinaManager *self);
gint64 catalina_manager_get_deadline (CatalinaManager *self);

/* The kind that does what a class of Tomcat does. */
GType catalina_manager_type_for_class (const char *class_name,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The name of that class, without its package. Exported for the programs; not API. */
CATALINA_API
const char *catalina_manager_get_kind_name (CatalinaManager *self);
/* The names of the classes that there is a kind for, with the package, behind what is in @names. */
void catalina_manager_add_classes (GPtrArray *names);

G_END_DECLS
