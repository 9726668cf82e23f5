/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request makes, changes and ends.
 */
#include "tests/catalina_ha/map/lab-tomcat-private.h"

/* An old one tells it even where there is nothing. */
static void
do_remove (LabTomcat *self, LabThread *thread)
{
  gboolean any = g_hash_table_remove (self->entries, thread->key);
  GPtrArray *to = lab_tomcat_list_without (self->members, NULL);

  if (to->len > 0 && (any || self->settings.version < 9))
    (void) lab_tomcat_send (
        self, lab_tomcat_say (self, CATALINA_MAP_REMOVE, thread->key, NULL, NULL, NULL), to);
  else
    g_ptr_array_unref (to);
}

/* The others have it before it is here. */
static void
do_put (LabTomcat *self, LabThread *thread)
{
  LabTomcatEntry *entry = lab_tomcat_entry_new (self);
  g_autoptr (GPtrArray) backup = NULL;
  g_autoptr (GBytes) value = NULL;

  entry->value = g_steal_pointer (&thread->value);
  if (g_hash_table_contains (self->entries, thread->key))
    do_remove (self, thread);
  value = lab_tomcat_write (self, entry);
  backup = lab_tomcat_publish (self, thread->key, value);
  lab_tomcat_entry_set (entry, self->settings.local, backup);
  g_hash_table_insert (self->entries, g_strdup (thread->key), entry);
}

void
lab_tomcat_put (LabTomcat *self, const char *key, gpointer value)
{
  LabThread *thread = lab_thread_new (do_put, key, NULL);

  thread->value = value;
  lab_thread_run (self, thread);
}

void
lab_tomcat_remove (LabTomcat *self, const char *key)
{
  lab_thread_run (self, lab_thread_new (do_remove, key, NULL));
}

static void
do_replicate (LabTomcat *self, LabThread *thread)
{
  const LabTomcatEntry *entry = lab_tomcat_look (self, thread->key);
  CatalinaMapOutput *output;
  CatalinaMapMessage *message;

  if (!entry || lab_tomcat_entry_get_role (entry) != CATALINA_MAP_ROLE_PRIMARY || !entry->nodes
      || entry->nodes->len == 0)
    return;
  output = lab_tomcat_say (self,
                           self->settings.kind == CATALINA_MAP_FULL ? CATALINA_MAP_COPY
                                                                    : CATALINA_MAP_BACKUP,
                           thread->key, NULL, entry->primary, entry->nodes);
  message = &output->packet.message;
  output->packet.bytes[2] = g_bytes_ref (thread->owner);
  message->is_diff = TRUE;
  message->diff.data = g_bytes_get_data (thread->owner, &message->diff.size);
  /* What becomes of it is written into a log. */
  (void) lab_tomcat_send (self, output, g_ptr_array_ref (entry->nodes));
}

void
lab_tomcat_replicate (LabTomcat *self, const char *key, GBytes *diff)
{
  LabThread *thread = lab_thread_new (do_replicate, key, NULL);

  thread->owner = g_bytes_ref (diff);
  lab_thread_run (self, thread);
}
