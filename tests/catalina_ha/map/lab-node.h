/* SPDX-License-Identifier: Apache-2.0
 *
 * A member of a lab: a map of ours, or the model of a Tomcat's.
 */
#pragma once

#include "tests/catalina_ha/map/lab-tomcat.h"

G_BEGIN_DECLS

typedef struct
{
  CatalinaReplicatedMap *map; /* NULL: it is not running, or is a Tomcat */
  LabTomcat *tomcat;          /* NULL: it is not running, or is ours */
  TribesMember *member;
  TribesMember *told; /* what the channels of others call it */
  guint life;         /* how often it was started */
  guint64 form;       /* of a Tomcat, which names members as only its own kind can read; else 0 */
  GHashTable *asked;  /* number -> what is answered later */
  gboolean is_paused; /* it stands still: what comes waits */
} LabNode;

gboolean lab_node_is_alive (const LabNode *node);
void lab_node_kill (LabNode *node);
void lab_node_start (LabNode *node, GPtrArray *members, gint64 now_us);
void lab_node_set_time (LabNode *node, gint64 now_us);
void lab_node_member_added (LabNode *node, TribesMember *member);
void lab_node_member_gone (LabNode *node, TribesMember *member);
void lab_node_heartbeat (LabNode *node);
CatalinaMapOutput *lab_node_pop_output (LabNode *node);
void lab_node_receive (LabNode *node,
                       TribesMember *sender,
                       const CatalinaMapMessage *message,
                       GBytes *owner,
                       gint64 now_us);
void lab_node_left_over (LabNode *node, const CatalinaMapMessage *message, gint64 now_us);
CatalinaMapAnswer lab_node_answer (LabNode *node,
                                   TribesMember *sender,
                                   const CatalinaMapMessage *question,
                                   CatalinaMapPacket *answer,
                                   guint32 *later,
                                   gint64 now_us);
void lab_node_sent (LabNode *node, guint32 id, const GPtrArray *failed);
void lab_node_replied (LabNode *node,
                       guint32 id,
                       const CatalinaMapReply *replies,
                       guint n_replies,
                       const GPtrArray *failed,
                       gint64 now_us);

/* What it has of an entry. @value: (out) (transfer none) (nullable); FALSE: nothing. */
gboolean lab_node_look (LabNode *node, const char *key, CatalinaMapRole *role, gpointer *value);
CatalinaMapFinding lab_node_get (LabNode *node, const char *key);
/* After CATALINA_MAP_WAIT. */
CatalinaMapFinding lab_node_get_finding (LabNode *node, const char *key);
void lab_node_put (LabNode *node, const char *key, gpointer value);
void lab_node_remove (LabNode *node, const char *key);
void lab_node_replicate (LabNode *node, const char *key, GBytes *diff);
/* It has started, and asks nobody for what there is. */
gboolean lab_node_is_ready (const LabNode *node);
/* Its map could not start. */
gboolean lab_node_is_broken (const LabNode *node);

G_END_DECLS
