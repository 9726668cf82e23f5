/* SPDX-License-Identifier: Apache-2.0
 *
 * How the map starts, what it hears and answers, and what a request does with an entry.
 */
#include <string.h>

#include "tests/catalina_ha/map/lab-tomcat-private.h"

static void
entry_clear (gpointer data)
{
  LabTomcatEntry *entry = data;

  if (entry->value)
    entry->free_value (entry->value);
  g_clear_pointer (&entry->primary, tribes_member_unref);
  g_clear_pointer (&entry->nodes, g_ptr_array_unref);
}

LabTomcatEntry *
lab_tomcat_entry_ref (LabTomcatEntry *entry)
{
  return g_rc_box_acquire (entry);
}

void
lab_tomcat_entry_unref (gpointer entry)
{
  g_rc_box_release_full (entry, entry_clear);
}

LabTomcatEntry *
lab_tomcat_entry_new (LabTomcat *self)
{
  LabTomcatEntry *entry = g_rc_box_new0 (LabTomcatEntry);

  entry->free_value = self->settings.values->free_value;
  return entry;
}

void
lab_tomcat_entry_set (LabTomcatEntry *entry, TribesMember *primary, GPtrArray *nodes)
{
  g_autoptr (TribesMember) before = entry->primary;
  g_autoptr (GPtrArray) nodes_before = entry->nodes;

  entry->primary = primary ? tribes_member_ref (primary) : NULL;
  entry->nodes = nodes ? g_ptr_array_ref (nodes) : NULL;
}

void
lab_tomcat_entry_set_role (LabTomcatEntry *entry, CatalinaMapRole role)
{
  entry->is_proxy = role == CATALINA_MAP_ROLE_PROXY;
  entry->is_backup = role == CATALINA_MAP_ROLE_BACKUP;
  entry->is_copy = role == CATALINA_MAP_ROLE_COPY;
}

CatalinaMapRole
lab_tomcat_entry_get_role (const LabTomcatEntry *entry)
{
  return entry->is_proxy    ? CATALINA_MAP_ROLE_PROXY
         : entry->is_backup ? CATALINA_MAP_ROLE_BACKUP
         : entry->is_copy   ? CATALINA_MAP_ROLE_COPY
                            : CATALINA_MAP_ROLE_PRIMARY;
}

const LabTomcatEntry *
lab_tomcat_look (LabTomcat *self, const char *key)
{
  return g_hash_table_lookup (self->entries, key);
}

GBytes *
lab_tomcat_write (LabTomcat *self, const LabTomcatEntry *entry)
{
  return entry->value ? self->settings.values->write (NULL, entry->value, NULL) : NULL;
}

void
lab_tomcat_entry_set_value (LabTomcat *self, LabTomcatEntry *entry, CatalinaMapBytes object)
{
  gpointer value = object.data ? self->settings.values->read (NULL, object, NULL, NULL) : NULL;

  if (!value)
    return;
  if (entry->value)
    entry->free_value (entry->value);
  entry->value = value;
}

void
lab_tomcat_fill (LabTomcat *self,
                 CatalinaMapPacket *packet,
                 CatalinaMapMessageType type,
                 const char *key,
                 GBytes *value)
{
  CatalinaMapMessage *message = &packet->message;

  message->type = type;
  message->map
      = (CatalinaMapBytes){ (const guint8 *) self->settings.name, strlen (self->settings.name) };
  if (key)
    {
      packet->bytes[0] = catalina_map_key_encode (key);
      message->key.data = g_bytes_get_data (packet->bytes[0], &message->key.size);
    }
  if (value)
    {
      packet->bytes[1] = g_bytes_ref (value);
      message->value.data = g_bytes_get_data (value, &message->value.size);
    }
}

CatalinaMapOutput *
lab_tomcat_say (LabTomcat *self,
                CatalinaMapMessageType type,
                const char *key,
                GBytes *value,
                TribesMember *primary,
                GPtrArray *nodes)
{
  CatalinaMapOutput *output = g_new0 (CatalinaMapOutput, 1);

  lab_tomcat_fill (self, &output->packet, type, key, value);
  output->packet.message.primary = primary ? tribes_member_ref (primary) : NULL;
  output->packet.message.nodes = nodes ? g_ptr_array_ref (nodes) : NULL;
  return output;
}

static void
take_list (LabTomcat *self, GBytes *answer)
{
  g_auto (CatalinaMapMessage) message = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (answer, &size);
  g_autoptr (CatalinaMapReader) reader = NULL;

  if (!catalina_map_message_decode (data, size, &message, NULL) || !message.value.data)
    return;
  reader = catalina_map_reader_new_for_list (message.value.data, message.value.size, NULL);
  while (reader && catalina_map_reader_get_left (reader) > 0)
    {
      g_auto (CatalinaMapMessage) entry = { 0 };

      if (!catalina_map_reader_next (reader, &entry, NULL))
        return;
      lab_tomcat_message_received (self, &entry);
    }
}

/* FALSE: ChannelException. */
static gboolean
broadcast (LabTomcat *self, LabThread *thread, CatalinaMapMessageType type)
{
  g_autoptr (GPtrArray) sources = NULL;

  if (self->channel->len == 0)
    return TRUE;
  if (!lab_tomcat_ask (self, lab_tomcat_say (self, type, NULL, NULL, self->settings.local, NULL),
                       lab_tomcat_list_without (self->channel, NULL), FALSE))
    return FALSE;
  sources = lab_tomcat_list_without (thread->sources, NULL);
  for (guint i = 0; i < sources->len; i++)
    lab_tomcat_map_member_added (self, sources->pdata[i]);
  return TRUE;
}

static void
transfer_state (LabTomcat *self, LabThread *thread)
{
  CatalinaMapMessageType type
      = self->settings.kind == CATALINA_MAP_FULL ? CATALINA_MAP_STATE_COPY : CATALINA_MAP_STATE;
  g_autoptr (GPtrArray) to = g_ptr_array_new ();

  if (self->members->len == 0)
    return;
  g_ptr_array_add (to, self->members->pdata[0]);
  if (lab_tomcat_ask (self, lab_tomcat_say (self, type, NULL, NULL, NULL, NULL),
                      lab_tomcat_list_without (to, NULL), FALSE)
      && thread->answers->len > 0 && thread->answers->pdata[0])
    {
      g_autoptr (GBytes) answer = g_bytes_ref (thread->answers->pdata[0]);

      take_list (self, answer);
    }
}

void
lab_tomcat_init (LabTomcat *self, LabThread *thread)
{
  self->is_broken = !broadcast (self, thread, CATALINA_MAP_INIT);
  if (self->is_broken)
    return;
  transfer_state (self, thread);
  self->state = CATALINA_MAP_STATE_TRANSFERRED;
  self->is_broken = !broadcast (self, thread, CATALINA_MAP_START);
  if (!self->is_broken)
    self->state = CATALINA_MAP_STATE_INITIALIZED;
}

static void
hear_state (LabTomcat *self, TribesMember *member, GBytes *answer)
{
  g_auto (CatalinaMapMessage) message = { 0 };
  gsize size;
  const guint8 *data = answer ? g_bytes_get_data (answer, &size) : NULL;
  CatalinaMapState state;

  if (!data || !catalina_map_message_decode (data, size, &message, NULL)
      || !catalina_map_message_get_state (&message, &state, NULL))
    return;
  if (state == CATALINA_MAP_STATE_INITIALIZED)
    lab_tomcat_member_alive (self, member);
  else if (state == CATALINA_MAP_STATE_TRANSFERRED && g_hash_table_contains (self->seen, member))
    g_hash_table_replace (self->seen, tribes_member_ref (member),
                          g_memdup2 (&self->now_us, sizeof self->now_us));
}

void
lab_tomcat_ping (LabTomcat *self, LabThread *thread)
{
  gint64 timeout_us = self->settings.access_timeout_ms * 1000;
  g_autoptr (GPtrArray) sources = NULL, answers = NULL, failed = NULL, members = NULL;
  gboolean ok = self->channel->len == 0
                || lab_tomcat_ask (self,
                                   lab_tomcat_say (self, CATALINA_MAP_PING, NULL, NULL,
                                                   self->settings.local, NULL),
                                   lab_tomcat_list_without (self->channel, NULL), TRUE);

  sources = lab_tomcat_list_without (thread->sources, NULL);
  failed = lab_tomcat_list_without (thread->failed, NULL);
  answers = g_steal_pointer (&thread->answers);
  thread->answers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; !ok && i < failed->len; i++)
    lab_tomcat_member_disappeared (self, failed->pdata[i]);
  for (guint i = 0; ok && i < sources->len; i++)
    hear_state (self, sources->pdata[i], answers->pdata[i]);
  members = lab_tomcat_list_without (self->members, NULL);
  for (guint i = 0; ok && i < members->len; i++)
    {
      const gint64 *seen = g_hash_table_lookup (self->seen, members->pdata[i]);

      if (seen && self->now_us - *seen > timeout_us)
        lab_tomcat_member_disappeared (self, members->pdata[i]);
    }
}
