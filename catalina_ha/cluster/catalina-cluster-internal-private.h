/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of the cluster.
 */
#pragma once

#include "catalina_ha/authenticator/catalina-cluster-single-sign-on-private.h"
#include "catalina_ha/cluster/catalina-cluster-private.h"
#include "catalina_ha/cluster/catalina-dialects-private.h"
#include "catalina_ha/cluster/catalina-finding-private.h"
#include "catalina_ha/cluster/catalina-peers-private.h"
#include "catalina_ha/cluster/catalina-relay-private.h"
#include "catalina_ha/cluster/catalina-strangers-private.h"
#include "catalina_ha/context/catalina-replicated-context-private.h"
#include "tribes/base/tribes-rate-limit-private.h"

G_BEGIN_DECLS

/* What a context has that is not the cluster's. */
typedef struct
{
  GType type;
  CatalinaManagerSettings *settings;
} CatalinaOwnManager;

void catalina_own_manager_free (gpointer data);

struct _CatalinaCluster
{
  GObject parent_instance;

  TribesChannel *channel;
  CatalinaMaps *maps; /* on the channel */
  GType manager_type;
  GHashTable *own; /* name of a context -> CatalinaOwnManager, where it has one */
  CatalinaManagerSettings *settings;
  CatalinaLimits limits;
  CatalinaEnded *ended;
  CatalinaBudget *budget;
  guint send_options;
  guint start_options;
  GHashTable *timeouts; /* name of a context -> its session timeout in seconds */
  GHashTable *by_name;  /* name -> CatalinaManager */
  GPtrArray *managers;  /* the same, in the order in which they came */
  guint turn;           /* whose turn is first */
  GSource *worker;
  gint64 ready_ms; /* when the worker is to run */
  gboolean started;
  gboolean stopping; /* those who are being served still are */
  GQueue questions;  /* for sessions, that are put off until all has been read */
  CatalinaFinding finding;
  CatalinaDialects *dialects; /* in which the others write session messages */
  guint in_flight;
  CatalinaPeers peers;
  CatalinaStrangers strangers;
  guint64 n_spoken; /* messages in contexts */
  guint64 foreign;
  GPtrArray *notes;      /* what a person may want to know */
  gboolean is_elsewhere; /* listens at an address that is not the file's */
  gboolean observes;     /* holds no sessions */
  CatalinaRelay relay;   /* questions that it is asked all the same */
  TribesRateLimit complaints;
  GPtrArray *sign_ons; /* of CatalinaClusterSingleSignOn */
  GPtrArray *contexts; /* of CatalinaReplicatedContext */
};

enum
{
  CATALINA_CLUSTER_CONTEXT_ADDED,
  CATALINA_CLUSTER_MEMBER_ADDED,
  CATALINA_CLUSTER_MEMBER_DISAPPEARED,
  CATALINA_CLUSTER_SESSION_CREATED,
  CATALINA_CLUSTER_SESSION_CHANGED,
  CATALINA_CLUSTER_SESSION_EXPIRED,
  CATALINA_CLUSTER_SESSION_ID_CHANGED,
  CATALINA_CLUSTER_SESSION_PLACED,
  CATALINA_CLUSTER_TRANSFER_STARTED,
  CATALINA_CLUSTER_TRANSFER_ENDED,
  CATALINA_CLUSTER_TRANSFER_SERVED,
  CATALINA_CLUSTER_CONTEXT_REMOVED,
  CATALINA_CLUSTER_CONTEXT_MISSING,
  CATALINA_CLUSTER_CHANGES_MISSED,
  CATALINA_CLUSTER_SESSIONS_MISSING,
  CATALINA_CLUSTER_SINGLE_SIGN_ON_ADDED,
  CATALINA_CLUSTER_REPLICATED_CONTEXT_ADDED,
  CATALINA_CLUSTER_N_SIGNALS,
};

extern guint catalina_cluster_signals[CATALINA_CLUSTER_N_SIGNALS];
/* Of the class. */
void catalina_cluster_install_signals (void);

void catalina_cluster_watch_channel (CatalinaCluster *self);
/* Hears of static members that start; when all interceptors are there. */
void catalina_cluster_watch_starts (CatalinaCluster *self);
/* Behind it the channel knows the cluster no more. */
void catalina_cluster_leave_channel (CatalinaCluster *self);
/* Makes the manager of a context that has none, and starts it if the cluster is started; NULL if
 * those who were told of it have stopped the cluster. @type: of what the one who named it has. */
CatalinaManager *catalina_cluster_add_manager (CatalinaCluster *self,
                                               const char *name,
                                               GType type,
                                               TribesMember *named_by);
/* A <Manager> of a context's own is not that of the cluster. @clustered: whether it is one whose
 * sessions go to other members. */
gboolean catalina_cluster_read_own_manager (CatalinaCluster *self,
                                            XmlconfCluster *config,
                                            XmlconfContext *context,
                                            const char *name,
                                            gboolean *clustered,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The kind of manager that a context has here. */
GType catalina_cluster_get_kind (CatalinaCluster *self, const char *name);
void catalina_cluster_start_manager (CatalinaCluster *self,
                                     CatalinaManager *manager,
                                     guint settle_ms,
                                     TribesMember *named_by);
/* The way out of all managers. */
extern const CatalinaManagerPort catalina_cluster_port;
/* The members have changed. */
void catalina_cluster_update_finding (CatalinaCluster *self);
/* Asks whoever is to be asked for whatever contexts he has. */
void catalina_cluster_find (CatalinaCluster *self);
/* Those who were asked so need not be asked by @manager. */
void catalina_cluster_expect_found (CatalinaCluster *self, CatalinaManager *manager);
/* @from has a map that is not here: that names a context, too. @data: the cluster */
void catalina_cluster_heard_map (const char *map, TribesMember *from, gpointer data);
/* Whether @from was asked so; whoever waits for it knows that it answers. */
gboolean catalina_cluster_heard_answer (CatalinaCluster *self, TribesMember *from);
/* @from is known to write this form of session messages from now on. */
void catalina_cluster_heard_version (CatalinaCluster *self, TribesMember *from, guint version);
/* @from, a member, asks for the sessions of a context that has no place here. */
void catalina_cluster_refuse (CatalinaCluster *self, const char *context, TribesMember *from);
/* Until that question is asked first; 0: it has been, or will not be. */
guint catalina_cluster_get_left_to_settle_ms (CatalinaCluster *self);
/* How long it takes until the members are known, in milliseconds. */
guint catalina_cluster_get_settle_ms (CatalinaCluster *self);
/* Lets every manager that is due do a piece; whether there is more. */
gboolean catalina_cluster_work_round (CatalinaCluster *self, gint64 now_ms);
/* Warns of what @from: (nullable): sent; of too many only how many they are. */
void catalina_cluster_complain (CatalinaCluster *self, TribesMember *from, const char *problem);

/* catalina-cluster-maps.c: logins, and attributes of contexts. */
void catalina_cluster_init_maps (CatalinaCluster *self);
/* @from, which is a member, has a map that is not here, and that is none of sessions. */
void catalina_cluster_heard_full_map (CatalinaCluster *self, const char *name, TribesMember *from);
void catalina_cluster_clear_maps (CatalinaCluster *self);
/* Those that a server.xml has. */
gboolean catalina_cluster_configure_maps (CatalinaCluster *self,
                                          XmlconfCluster *config,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void catalina_cluster_start_maps (CatalinaCluster *self);
void catalina_cluster_stop_maps (CatalinaCluster *self);
/* A session has ended, or has another id: (nullable) @new_id. */
void catalina_cluster_tell_maps (CatalinaCluster *self,
                                 CatalinaManager *manager,
                                 const char *session_id,
                                 const char *new_id);

/* catalina-cluster-observe.c: what a member does that only looks on. */
void
catalina_cluster_relay (CatalinaCluster *self, CatalinaSessionMessage *message, TribesMember *from);
void catalina_cluster_relay_step (CatalinaCluster *self);
void catalina_cluster_relay_forget (CatalinaCluster *self, TribesMember *member);

/* catalina-cluster-questions.c: whether a question is not to be answered now, as something that
 * came with it has not been read. */
gboolean catalina_cluster_put_off (CatalinaCluster *self,
                                   CatalinaSessionMessage *message,
                                   TribesMember *from);
/* When to look; G_MAXINT64: there are none. */
gint64 catalina_cluster_get_questions_deadline (CatalinaCluster *self);
typedef void (*CatalinaClusterReceiveFunc) (CatalinaCluster *self,
                                            CatalinaSessionMessage *message,
                                            TribesMember *from);
/* Gives those that need not wait any more to @receive, or @all. */
void catalina_cluster_take_questions (CatalinaCluster *self,
                                      gboolean all,
                                      CatalinaClusterReceiveFunc receive);
void catalina_cluster_forget_questions (CatalinaCluster *self);
/* Nobody waits for an answer that never comes. */
void catalina_cluster_answer_all (CatalinaCluster *self);

/* Whether @from is one of the other members, or at the address of one. */
gboolean catalina_cluster_is_member (CatalinaCluster *self, TribesMember *from);
/* Keeps a message about a context that is not known, of one who is no member. */
void catalina_cluster_hold_stranger (CatalinaCluster *self,
                                     CatalinaSessionMessage *message,
                                     TribesMember *from);
/* Those who did not become members. */
void catalina_cluster_dismiss_strangers (CatalinaCluster *self);
/* Whether there is room for one more context; the least useful one goes, if need be. */
gboolean catalina_cluster_make_room (CatalinaCluster *self);
/* The worker's function. */
gboolean catalina_cluster_work (gpointer data);

G_END_DECLS
