/* SPDX-License-Identifier: Apache-2.0
 *
 * A Tomcat's replicated map, as its classes of 7.0 to 12 behave, faults included: others are told
 * before an entry is there, or as it was told; a copy goes on only where its list of copies is
 * itself alone; one that stood still goes on as it was; nothing has a version.
 *
 * Tomcat counterparts: `AbstractReplicatedMap`, `LazyReplicatedMap`, `ReplicatedMap`.
 */
#pragma once

#include "catalina_ha/map/catalina-replicated-map-private.h"

G_BEGIN_DECLS

typedef struct
{
  gpointer value; /* (nullable) */
  TribesMember *primary;
  GPtrArray *nodes; /* (nullable): of TribesMember */
  gboolean is_proxy;
  gboolean is_backup;
  gboolean is_copy;
  GDestroyNotify free_value;
} LabTomcatEntry;

typedef struct
{
  const char *name;
  TribesMember *local;
  CatalinaMapKind kind;
  guint version; /* 7, 8 ... 12 */
  gint64 access_timeout_ms;
  gint64 rpc_timeout_ms;
  const CatalinaMapValues *values;
} LabTomcatSettings;

typedef struct _LabTomcat LabTomcat;

LabTomcat *lab_tomcat_new (const LabTomcatSettings *settings);
void lab_tomcat_free (LabTomcat *self);
/* @members: (element-type TribesMember): of the channel. */
void lab_tomcat_start (LabTomcat *self, GPtrArray *members, gint64 now_us);
/* Whether the map has started; @is_broken: (out): whether it never will. */
gboolean lab_tomcat_is_started (const LabTomcat *self, gboolean *is_broken);
void lab_tomcat_set_time (LabTomcat *self, gint64 now_us);
void lab_tomcat_member_added (LabTomcat *self, TribesMember *member);
void lab_tomcat_member_gone (LabTomcat *self, TribesMember *member);
void lab_tomcat_heartbeat (LabTomcat *self);

void lab_tomcat_receive (LabTomcat *self, const CatalinaMapMessage *message, GBytes *owner);
void lab_tomcat_left_over (LabTomcat *self, const CatalinaMapMessage *message);
CatalinaMapAnswer lab_tomcat_answer (LabTomcat *self,
                                     TribesMember *sender,
                                     const CatalinaMapMessage *question,
                                     CatalinaMapPacket *answer,
                                     guint32 *later);
CatalinaMapOutput *lab_tomcat_pop_output (LabTomcat *self);
void lab_tomcat_sent (LabTomcat *self, guint32 id, const GPtrArray *failed);
void lab_tomcat_replied (LabTomcat *self,
                         guint32 id,
                         const CatalinaMapReply *replies,
                         guint n_replies,
                         const GPtrArray *failed);

/* What a request does; get() and put() take a while. */
void lab_tomcat_get (LabTomcat *self, const char *key);
/* What became of get(). */
CatalinaMapFinding lab_tomcat_get_finding (LabTomcat *self, const char *key);
void lab_tomcat_put (LabTomcat *self, const char *key, gpointer value);
void lab_tomcat_remove (LabTomcat *self, const char *key);
void lab_tomcat_replicate (LabTomcat *self, const char *key, GBytes *diff);
/* (nullable) */
const LabTomcatEntry *lab_tomcat_look (LabTomcat *self, const char *key);
CatalinaMapRole lab_tomcat_entry_get_role (const LabTomcatEntry *entry);
/* Something of what it does waits. */
gboolean lab_tomcat_is_busy (const LabTomcat *self);

G_END_DECLS
