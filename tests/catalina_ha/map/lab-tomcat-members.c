/* SPDX-License-Identifier: Apache-2.0
 *
 * Members that come and go, and who gets a copy.
 */
#include <string.h>

#include "tests/catalina_ha/map/lab-tomcat-private.h"

static gboolean
has (const GPtrArray *list, TribesMember *member)
{
  return list
         && g_ptr_array_find_with_equal_func ((GPtrArray *) list, member,
                                              (GEqualFunc) tribes_member_equal, NULL);
}

static void
drop (GPtrArray *list, TribesMember *member)
{
  guint index;

  if (g_ptr_array_find_with_equal_func (list, member, (GEqualFunc) tribes_member_equal, &index))
    g_ptr_array_remove_index (list, index);
}

GPtrArray *
lab_tomcat_list_without (const GPtrArray *list, const GPtrArray *except)
{
  GPtrArray *left = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < list->len; i++)
    if (!has (except, list->pdata[i]))
      g_ptr_array_add (left, tribes_member_ref (list->pdata[i]));
  return left;
}

static GPtrArray *
list_of (TribesMember *member)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tribes_member_unref);

  g_ptr_array_add (list, tribes_member_ref (member));
  return list;
}

static guint
next_backup_index (LabTomcat *self)
{
  guint node = self->current_node++;

  if (node >= self->members->len)
    {
      node = 0;
      self->current_node = 1;
    }
  return node;
}

static GPtrArray *
publish_lazy (LabTomcat *self, const char *key, GBytes *value)
{
  g_autoptr (GPtrArray) members = lab_tomcat_list_without (self->members, NULL);
  guint first = members->len > 0 ? next_backup_index (self) : 0;
  guint next = first;
  GPtrArray *backup = NULL;

  while (members->len > 0 && !backup)
    {
      g_autoptr (GPtrArray) nodes = list_of (members->pdata[next]);
      g_autoptr (GPtrArray) proxies = NULL;

      next = next + 1 < members->len ? next + 1 : 0;
      if (!lab_tomcat_send (self,
                            lab_tomcat_say (self, CATALINA_MAP_BACKUP, key, value,
                                            self->settings.local, nodes),
                            g_ptr_array_ref (nodes)))
        {
          if (next == first)
            break;
          continue;
        }
      backup = g_steal_pointer (&nodes);
      proxies = lab_tomcat_list_without (self->members, backup);
      if (proxies->len > 0)
        (void) lab_tomcat_send (self,
                                lab_tomcat_say (self, CATALINA_MAP_PROXY, key, NULL,
                                                self->settings.local, backup),
                                g_steal_pointer (&proxies));
    }
  return backup ? backup : g_ptr_array_new ();
}

/* NULL: ChannelException, as where an old one reaches nobody; or Java's null. */
static GPtrArray *
publish_full (LabTomcat *self, const char *key, GBytes *value)
{
  GPtrArray *backup = lab_tomcat_list_without (self->members, NULL);
  CatalinaMapOutput *output;

  if (backup->len == 0)
    {
      if (self->settings.version < 9)
        g_clear_pointer (&backup, g_ptr_array_unref);
      return backup;
    }
  output = lab_tomcat_say (self, CATALINA_MAP_COPY, key, value, self->settings.local, backup);
  if (!lab_tomcat_send (self, output, g_ptr_array_ref (backup)))
    {
      GPtrArray *reached = lab_tomcat_list_without (backup, self->thread->failed);

      g_ptr_array_unref (backup);
      backup = reached;
    }
  if (backup->len == 0 && self->settings.version < 9)
    g_clear_pointer (&backup, g_ptr_array_unref);
  return backup;
}

GPtrArray *
lab_tomcat_publish (LabTomcat *self, const char *key, GBytes *value)
{
  if (!value)
    return g_ptr_array_new ();
  return self->settings.kind == CATALINA_MAP_FULL ? publish_full (self, key, value)
                                                  : publish_lazy (self, key, value);
}

static void
publish_anew (LabTomcat *self, const char *key, LabTomcatEntry *entry)
{
  g_autoptr (GBytes) value = lab_tomcat_write (self, entry);
  g_autoptr (GPtrArray) backup = lab_tomcat_publish (self, key, value);

  lab_tomcat_entry_set (entry, self->settings.local, backup);
}

static gboolean
is_primary (const LabTomcatEntry *entry)
{
  return !entry->is_proxy && !entry->is_backup && !entry->is_copy;
}

static void
notify_all (LabTomcat *self, const char *key, LabTomcatEntry *entry)
{
  g_autoptr (GPtrArray) backup = lab_tomcat_list_without (self->members, NULL);

  if (backup->len > 0
      && !lab_tomcat_send (self,
                           lab_tomcat_say (self, CATALINA_MAP_NOTIFY_MEMBER, key, NULL,
                                           self->settings.local, backup),
                           g_ptr_array_ref (backup)))
    return;
  lab_tomcat_entry_set (entry, self->settings.local, backup);
}

static gboolean
is_sole (const LabTomcatEntry *entry, TribesMember *member)
{
  return entry->nodes && entry->nodes->len == 1 && has (entry->nodes, member);
}

static void
relocate_lazy (LabTomcat *self, const char *key, LabTomcatEntry *entry, TribesMember *member)
{
  if (is_primary (entry) && has (entry->nodes, member))
    publish_anew (self, key, entry);
  else if (entry->primary && tribes_member_equal (entry->primary, member))
    g_clear_pointer (&entry->primary, tribes_member_unref);
  if (entry->is_proxy && !entry->primary && is_sole (entry, member))
    g_hash_table_remove (self->entries, key);
  else if (!entry->primary && entry->is_backup && is_sole (entry, self->settings.local))
    {
      entry->primary = tribes_member_ref (self->settings.local);
      entry->is_backup = entry->is_proxy = entry->is_copy = FALSE;
      publish_anew (self, key, entry);
    }
}

static void
relocate_full (LabTomcat *self, const char *key, LabTomcatEntry *entry, TribesMember *member)
{
  if (is_primary (entry))
    notify_all (self, key, entry);
  else if (entry->primary && tribes_member_equal (entry->primary, member))
    g_clear_pointer (&entry->primary, tribes_member_unref);
  if (entry->primary || !entry->is_copy || !entry->nodes || entry->nodes->len == 0
      || !tribes_member_equal (entry->nodes->pdata[0], self->settings.local))
    return;
  entry->primary = tribes_member_ref (self->settings.local);
  entry->is_backup = entry->is_proxy = entry->is_copy = FALSE;
  notify_all (self, key, entry);
}

/* The keys that are there now; what comes meanwhile need not be seen. (transfer full) */
static GPtrArray *
list_keys (LabTomcat *self)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, g_strdup (key));
  return keys;
}

void
lab_tomcat_member_disappeared (LabTomcat *self, TribesMember *member)
{
  g_autoptr (TribesMember) gone = tribes_member_ref (member);
  g_autoptr (GPtrArray) keys = NULL;

  if (!has (self->members, gone))
    return;
  drop (self->members, gone);
  g_hash_table_remove (self->seen, gone);
  keys = list_keys (self);
  for (guint i = 0; i < keys->len && !self->is_dead; i++)
    {
      LabTomcatEntry *found = g_hash_table_lookup (self->entries, keys->pdata[i]);
      g_autoptr (LabTomcatEntry) entry = found ? lab_tomcat_entry_ref (found) : NULL;

      if (entry && self->settings.kind == CATALINA_MAP_FULL)
        relocate_full (self, keys->pdata[i], entry, gone);
      else if (entry)
        relocate_lazy (self, keys->pdata[i], entry, gone);
    }
}

static void
note_seen (LabTomcat *self, TribesMember *member)
{
  g_hash_table_replace (self->seen, tribes_member_ref (member),
                        g_memdup2 (&self->now_us, sizeof self->now_us));
}

/* As a Java HashMap has them: in the same order at all. */
static int
compare (gconstpointer a, gconstpointer b)
{
  guint first = tribes_member_hash (*(TribesMember *const *) a);
  guint second = tribes_member_hash (*(TribesMember *const *) b);

  return (first > second) - (first < second);
}

static void
added (LabTomcat *self, TribesMember *member, LabTomcatEntry *entry, const char *key)
{
  if (!is_primary (entry))
    return;
  if (self->settings.kind == CATALINA_MAP_LAZY && (!entry->nodes || entry->nodes->len == 0))
    publish_anew (self, key, entry);
  else if (self->settings.kind == CATALINA_MAP_FULL && !has (entry->nodes, member))
    {
      g_autoptr (GPtrArray) all = lab_tomcat_list_without (self->members, NULL);

      lab_tomcat_entry_set (entry, entry->primary, all);
    }
}

void
lab_tomcat_map_member_added (LabTomcat *self, TribesMember *new_member)
{
  g_autoptr (TribesMember) member = tribes_member_ref (new_member);
  g_autoptr (GPtrArray) keys = NULL;

  if (tribes_member_equal (member, self->settings.local) || has (self->members, member)
      || (self->settings.kind == CATALINA_MAP_LAZY && !has (self->channel, member)))
    return;
  g_ptr_array_add (self->members, tribes_member_ref (member));
  g_ptr_array_sort (self->members, compare);
  note_seen (self, member);
  keys = list_keys (self);
  for (guint i = 0; i < keys->len && !self->is_dead; i++)
    {
      LabTomcatEntry *found = g_hash_table_lookup (self->entries, keys->pdata[i]);
      g_autoptr (LabTomcatEntry) entry = found ? lab_tomcat_entry_ref (found) : NULL;

      if (entry)
        added (self, member, entry, keys->pdata[i]);
    }
}

void
lab_tomcat_member_alive (LabTomcat *self, TribesMember *member)
{
  lab_tomcat_map_member_added (self, member);
  if (has (self->members, member))
    note_seen (self, member);
}
