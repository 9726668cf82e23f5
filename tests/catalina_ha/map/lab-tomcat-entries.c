/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of an entry: by what others say, and by what a request does.
 */
#include "tests/catalina_ha/map/lab-tomcat-private.h"

static LabTomcatEntry *
find (LabTomcat *self, const char *key)
{
  LabTomcatEntry *entry = g_hash_table_lookup (self->entries, key);

  return entry ? lab_tomcat_entry_ref (entry) : NULL;
}

/* (transfer none) */
static LabTomcatEntry *
find_or_add (LabTomcat *self, const char *key)
{
  LabTomcatEntry *entry = g_hash_table_lookup (self->entries, key);

  if (entry)
    return entry;
  entry = lab_tomcat_entry_new (self);
  g_hash_table_insert (self->entries, g_strdup (key), entry);
  return entry;
}

static void
on_backup (LabTomcat *self, const char *key, const CatalinaMapMessage *message)
{
  LabTomcatEntry *entry = find_or_add (self, key);

  lab_tomcat_entry_set_role (entry, message->type == CATALINA_MAP_BACKUP ? CATALINA_MAP_ROLE_BACKUP
                                                                         : CATALINA_MAP_ROLE_COPY);
  lab_tomcat_entry_set (entry, message->primary, message->nodes);
  if (!message->is_diff)
    lab_tomcat_entry_set_value (self, entry, message->value);
  else if (entry->value)
    (void) self->settings.values->apply (key, &entry->value, message->diff, NULL, NULL);
}

static void
on_entry (LabTomcat *self, const char *key, const CatalinaMapMessage *message)
{
  LabTomcatEntry *entry;

  switch (message->type)
    {
    case CATALINA_MAP_PROXY:
      entry = find_or_add (self, key);
      lab_tomcat_entry_set_role (entry, CATALINA_MAP_ROLE_PROXY);
      lab_tomcat_entry_set (entry, message->primary, message->nodes);
      break;
    case CATALINA_MAP_REMOVE:
      g_hash_table_remove (self->entries, key);
      break;
    case CATALINA_MAP_BACKUP:
    case CATALINA_MAP_COPY:
      on_backup (self, key, message);
      break;
    case CATALINA_MAP_ACCESS:
    case CATALINA_MAP_NOTIFY_MEMBER:
      entry = g_hash_table_lookup (self->entries, key);
      if (entry)
        lab_tomcat_entry_set (entry, message->primary, message->nodes);
      break;
    default:
      break;
    }
}

void
lab_tomcat_message_received (LabTomcat *self, const CatalinaMapMessage *message)
{
  g_autofree char *key = catalina_map_message_dup_key (message);

  if (message->type == CATALINA_MAP_START)
    lab_tomcat_map_member_added (self, message->primary);
  else if (message->type == CATALINA_MAP_STOP)
    lab_tomcat_member_disappeared (self, message->primary);
  else if (key)
    on_entry (self, key, message);
}

static void
add_member (LabTomcat *self, LabThread *thread)
{
  lab_tomcat_map_member_added (self, thread->member);
}

static void
see_alive (LabTomcat *self, LabThread *thread)
{
  lab_tomcat_member_alive (self, thread->member);
}

void
lab_tomcat_left_over (LabTomcat *self, const CatalinaMapMessage *message)
{
  CatalinaMapState state;

  if (!message->primary)
    return;
  if (message->type == CATALINA_MAP_START)
    lab_thread_run (self, lab_thread_new (add_member, NULL, message->primary));
  else if (message->type == CATALINA_MAP_INIT
           || (message->type == CATALINA_MAP_PING
               && catalina_map_message_get_state (message, &state, NULL)
               && state == CATALINA_MAP_STATE_INITIALIZED))
    lab_thread_run (self, lab_thread_new (see_alive, NULL, message->primary));
}

/* Who asks waits until the new member has what it is to have. */
static void
answer_start (LabTomcat *self, LabThread *thread)
{
  CatalinaMapOutput *output;

  lab_tomcat_map_member_added (self, thread->member);
  output = lab_tomcat_say (self, CATALINA_MAP_START, NULL, NULL, self->settings.local, NULL);
  output->id = thread->question;
  output->is_answer = TRUE;
  g_queue_push_tail (&self->outputs, output);
}

static GBytes *
write_list (LabTomcat *self, gboolean is_copy)
{
  CatalinaMapListWriter *writer = catalina_map_list_writer_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key, value;
  GBytes *list;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const LabTomcatEntry *entry = value;
      g_auto (CatalinaMapPacket) packet = { 0 };
      g_autoptr (GBytes) object = is_copy ? lab_tomcat_write (self, entry) : NULL;

      lab_tomcat_fill (self, &packet, is_copy ? CATALINA_MAP_COPY : CATALINA_MAP_PROXY, key,
                       object);
      packet.message.primary = entry->primary ? tribes_member_ref (entry->primary) : NULL;
      packet.message.nodes = entry->nodes ? g_ptr_array_ref (entry->nodes) : NULL;
      g_assert_true (catalina_map_list_writer_add (writer, &packet.message));
    }
  list = catalina_map_list_writer_finish (writer);
  catalina_map_list_writer_free (writer);
  return list;
}

static CatalinaMapAnswer
answer_value (LabTomcat *self, const CatalinaMapMessage *question, CatalinaMapPacket *answer)
{
  g_autofree char *key = catalina_map_message_dup_key (question);
  const LabTomcatEntry *entry = key ? lab_tomcat_look (self, key) : NULL;
  g_autoptr (GBytes) value = entry ? lab_tomcat_write (self, entry) : NULL;

  if (!entry)
    return CATALINA_MAP_ANSWER_NULL;
  lab_tomcat_fill (self, answer, CATALINA_MAP_RETRIEVE_BACKUP, key, value);
  return CATALINA_MAP_ANSWER_NOW;
}

CatalinaMapAnswer
lab_tomcat_answer (LabTomcat *self,
                   TribesMember *sender,
                   const CatalinaMapMessage *question,
                   CatalinaMapPacket *answer,
                   guint32 *later)
{
  CatalinaMapMessageType type = (CatalinaMapMessageType) question->type;
  g_autoptr (GBytes) value = NULL;
  LabThread *thread;

  switch (type)
    {
    case CATALINA_MAP_START:
      thread = lab_thread_new (answer_start, NULL, sender);
      *later = thread->question = ++self->last_id;
      lab_thread_run (self, thread);
      return CATALINA_MAP_ANSWER_LATER;
    case CATALINA_MAP_RETRIEVE_BACKUP:
      return answer_value (self, question, answer);
    case CATALINA_MAP_STATE:
    case CATALINA_MAP_STATE_COPY:
      value = write_list (self, type == CATALINA_MAP_STATE_COPY);
      lab_tomcat_fill (self, answer, type, NULL, value);
      return CATALINA_MAP_ANSWER_NOW;
    case CATALINA_MAP_INIT:
    case CATALINA_MAP_PING:
      value = type == CATALINA_MAP_PING ? catalina_map_state_encode (self->state) : NULL;
      lab_tomcat_fill (self, answer, type, NULL, value);
      answer->message.primary = tribes_member_ref (self->settings.local);
      return CATALINA_MAP_ANSWER_NOW;
    default:
      return CATALINA_MAP_ANSWER_NULL;
    }
}

static gboolean
tell (
    LabTomcat *self, CatalinaMapMessageType type, const char *key, GPtrArray *nodes, GPtrArray *to)
{
  if (!to || to->len == 0)
    return TRUE;
  return lab_tomcat_send (self, lab_tomcat_say (self, type, key, NULL, self->settings.local, nodes),
                          g_ptr_array_ref (to));
}

/* FALSE: it is not to be had. */
static gboolean
retrieve (LabTomcat *self, LabThread *thread, LabTomcatEntry *entry, GPtrArray *backup)
{
  g_auto (CatalinaMapMessage) message = { 0 };
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GPtrArray) others = NULL;
  const guint8 *data;
  gsize size;

  /* RpcChannel has no destination, or ends at once. */
  if (!backup || backup->len == 0
      || !lab_tomcat_ask (self,
                          lab_tomcat_say (self, CATALINA_MAP_RETRIEVE_BACKUP, thread->key, NULL,
                                          NULL, NULL),
                          g_ptr_array_ref (backup), FALSE)
      || thread->answers->len == 0 || !thread->answers->pdata[0])
    return FALSE;
  answer = g_bytes_ref (thread->answers->pdata[0]);
  data = g_bytes_get_data (answer, &size);
  g_assert_true (catalina_map_message_decode (data, size, &message, NULL));
  lab_tomcat_entry_set_value (self, entry, message.value);
  if (!tell (self, CATALINA_MAP_NOTIFY_MEMBER, thread->key, backup, backup))
    return FALSE;
  others = lab_tomcat_list_without (self->members, backup);
  return tell (self, CATALINA_MAP_PROXY, thread->key, backup, others);
}

static void
do_get (LabTomcat *self, LabThread *thread)
{
  g_autoptr (LabTomcatEntry) entry = find (self, thread->key);
  g_autoptr (GPtrArray) backup = NULL;
  CatalinaMapRole role = entry ? lab_tomcat_entry_get_role (entry) : CATALINA_MAP_ROLE_PRIMARY;
  gboolean ok = entry != NULL;

  if (role == CATALINA_MAP_ROLE_BACKUP)
    {
      g_autoptr (GBytes) value = lab_tomcat_write (self, entry);

      backup = lab_tomcat_publish (self, thread->key, value);
    }
  else if (role == CATALINA_MAP_ROLE_PROXY)
    {
      backup = entry->nodes ? g_ptr_array_ref (entry->nodes) : NULL;
      ok = retrieve (self, thread, entry, backup);
    }
  else if (role == CATALINA_MAP_ROLE_COPY)
    {
      backup = lab_tomcat_list_without (self->members, NULL);
      ok = tell (self, CATALINA_MAP_NOTIFY_MEMBER, thread->key, backup, backup);
    }
  if (ok && role != CATALINA_MAP_ROLE_PRIMARY)
    {
      lab_tomcat_entry_set (entry, self->settings.local, backup);
      lab_tomcat_entry_set_role (entry, CATALINA_MAP_ROLE_PRIMARY);
    }
  g_hash_table_insert (self->requests, g_strdup (thread->key),
                       GINT_TO_POINTER (ok && entry->value ? CATALINA_MAP_FOUND
                                                           : CATALINA_MAP_NONE));
}

void
lab_tomcat_get (LabTomcat *self, const char *key)
{
  g_hash_table_insert (self->requests, g_strdup (key), GINT_TO_POINTER (CATALINA_MAP_WAIT));
  lab_thread_run (self, lab_thread_new (do_get, key, NULL));
}

CatalinaMapFinding
lab_tomcat_get_finding (LabTomcat *self, const char *key)
{
  return (CatalinaMapFinding) GPOINTER_TO_INT (g_hash_table_lookup (self->requests, key));
}
