/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/catalina_ha/map/lab-node.h"

#include "catalina_ha/map/catalina-map-core-private.h"

gboolean
lab_node_is_alive (const LabNode *node)
{
  return node->map || node->tomcat;
}

void
lab_node_kill (LabNode *node)
{
  g_clear_pointer (&node->map, catalina_replicated_map_free);
  g_clear_pointer (&node->tomcat, lab_tomcat_free);
  g_hash_table_remove_all (node->asked);
  node->is_paused = FALSE;
}

void
lab_node_start (LabNode *node, GPtrArray *members, gint64 now_us)
{
  if (node->map)
    catalina_replicated_map_start (node->map, members);
  else
    lab_tomcat_start (node->tomcat, members, now_us);
}

void
lab_node_set_time (LabNode *node, gint64 now_us)
{
  if (node->map)
    catalina_replicated_map_notice (node->map, now_us);
  else if (node->tomcat)
    lab_tomcat_set_time (node->tomcat, now_us);
}

void
lab_node_member_added (LabNode *node, TribesMember *member)
{
  if (node->map)
    catalina_replicated_map_member_added (node->map, member);
  else if (node->tomcat)
    lab_tomcat_member_added (node->tomcat, member);
}

void
lab_node_member_gone (LabNode *node, TribesMember *member)
{
  if (node->map)
    catalina_replicated_map_member_gone (node->map, member);
  else if (node->tomcat)
    lab_tomcat_member_gone (node->tomcat, member);
}

void
lab_node_heartbeat (LabNode *node)
{
  if (node->map)
    catalina_replicated_map_heartbeat (node->map);
  else if (node->tomcat)
    lab_tomcat_heartbeat (node->tomcat);
}

CatalinaMapOutput *
lab_node_pop_output (LabNode *node)
{
  if (node->map)
    return catalina_replicated_map_pop_output (node->map);
  return node->tomcat ? lab_tomcat_pop_output (node->tomcat) : NULL;
}

void
lab_node_receive (LabNode *node,
                  TribesMember *sender,
                  const CatalinaMapMessage *message,
                  GBytes *owner,
                  gint64 now_us)
{
  if (node->map)
    catalina_replicated_map_receive (node->map, sender, message, now_us);
  else
    lab_tomcat_receive (node->tomcat, message, owner);
}

void
lab_node_left_over (LabNode *node, const CatalinaMapMessage *message, gint64 now_us)
{
  if (node->map)
    catalina_replicated_map_left_over (node->map, message, now_us);
  else
    lab_tomcat_left_over (node->tomcat, message);
}

CatalinaMapAnswer
lab_node_answer (LabNode *node,
                 TribesMember *sender,
                 const CatalinaMapMessage *question,
                 CatalinaMapPacket *answer,
                 guint32 *later,
                 gint64 now_us)
{
  if (node->map)
    return catalina_replicated_map_answer (node->map, sender, question, answer, later, now_us);
  return lab_tomcat_answer (node->tomcat, sender, question, answer, later);
}

void
lab_node_sent (LabNode *node, guint32 id, const GPtrArray *failed)
{
  if (node->map)
    catalina_replicated_map_sent (node->map, id, failed);
  else
    lab_tomcat_sent (node->tomcat, id, failed);
}

void
lab_node_replied (LabNode *node,
                  guint32 id,
                  const CatalinaMapReply *replies,
                  guint n_replies,
                  const GPtrArray *failed,
                  gint64 now_us)
{
  if (node->map)
    catalina_replicated_map_replied (node->map, id, replies, n_replies, now_us);
  else
    lab_tomcat_replied (node->tomcat, id, replies, n_replies, failed);
}

gboolean
lab_node_look (LabNode *node, const char *key, CatalinaMapRole *role, gpointer *value)
{
  const CatalinaMapEntry *entry = node->map ? catalina_replicated_map_look (node->map, key) : NULL;
  const LabTomcatEntry *other = node->tomcat ? lab_tomcat_look (node->tomcat, key) : NULL;

  *value = entry ? entry->value : other ? other->value : NULL;
  *role = entry   ? (CatalinaMapRole) entry->role
          : other ? lab_tomcat_entry_get_role (other)
                  : CATALINA_MAP_ROLE_PROXY;
  return entry || other;
}

CatalinaMapFinding
lab_node_get (LabNode *node, const char *key)
{
  gpointer value;

  if (node->map)
    return catalina_replicated_map_get (node->map, key, &value);
  lab_tomcat_get (node->tomcat, key);
  return lab_tomcat_get_finding (node->tomcat, key);
}

CatalinaMapFinding
lab_node_get_finding (LabNode *node, const char *key)
{
  const CatalinaMapEntry *entry;

  if (!node->map)
    return lab_tomcat_get_finding (node->tomcat, key);
  entry = catalina_replicated_map_look (node->map, key);
  return entry && entry->role == CATALINA_MAP_ROLE_PRIMARY
                 && !catalina_replicated_map_is_in_doubt (node->map)
             ? CATALINA_MAP_FOUND
             : CATALINA_MAP_WAIT;
}

void
lab_node_put (LabNode *node, const char *key, gpointer value)
{
  if (node->map)
    catalina_replicated_map_put (node->map, key, value);
  else
    lab_tomcat_put (node->tomcat, key, value);
}

void
lab_node_remove (LabNode *node, const char *key)
{
  if (node->map)
    catalina_replicated_map_remove (node->map, key, TRUE);
  else
    lab_tomcat_remove (node->tomcat, key);
}

void
lab_node_replicate (LabNode *node, const char *key, GBytes *diff)
{
  if (node->map)
    catalina_replicated_map_replicate (node->map, key, diff, FALSE);
  else
    lab_tomcat_replicate (node->tomcat, key, diff);
}

gboolean
lab_node_is_ready (const LabNode *node)
{
  gboolean is_broken;

  if (node->tomcat)
    return lab_tomcat_is_started (node->tomcat, &is_broken);
  return node->map && node->map->taking.audits->len == 0
         && catalina_replicated_map_get_state (node->map) == CATALINA_MAP_STATE_INITIALIZED;
}

gboolean
lab_node_is_broken (const LabNode *node)
{
  gboolean is_broken = FALSE;

  if (node->tomcat)
    (void) lab_tomcat_is_started (node->tomcat, &is_broken);
  return is_broken;
}
