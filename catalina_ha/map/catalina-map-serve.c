/* SPDX-License-Identifier: Apache-2.0
 *
 * All entries, for who asks: a few at once, many piece by piece. Whoever asks while a list is
 * written gets the next one. Nobody is ever told that there is no list: a Tomcat's map would not
 * start.
 */
#include "catalina_ha/map/catalina-map-core-private.h"

void
catalina_map_serving_init (CatalinaMapServing *self)
{
  self->askers = g_array_new (FALSE, FALSE, sizeof (CatalinaMapAsker));
}

void
catalina_map_serving_clear (CatalinaMapServing *self)
{
  g_array_unref (self->askers);
  g_clear_pointer (&self->writer, catalina_map_list_writer_free);
}

static void
add_entry (CatalinaReplicatedMap *self, CatalinaMapEntry *entry)
{
  gboolean is_copy = self->serving.type == CATALINA_MAP_STATE_COPY;
  g_autoptr (GBytes) object = is_copy ? catalina_map_core_write_value (self, entry) : NULL;
  g_auto (CatalinaMapPacket) packet = { 0 };

  if (is_copy && !object)
    return;
  catalina_map_core_fill (self, &packet, is_copy ? CATALINA_MAP_COPY : CATALINA_MAP_PROXY,
                          entry->key, object);
  packet.message.primary = entry->primary ? tribes_member_ref (entry->primary) : NULL;
  packet.message.nodes = catalina_map_core_list_nodes (self, entry, self->serving.form);
  catalina_map_version_stamp (&packet, entry->version);
  /* It lacks one whose members are odd. */
  (void) !catalina_map_list_writer_add (self->serving.writer, &packet.message);
}

static void
begin (CatalinaReplicatedMap *self, gint32 type, guint64 form)
{
  CatalinaMapServing *serving = &self->serving;

  serving->writer = catalina_map_list_writer_new (NULL, NULL);
  serving->type = type;
  serving->form = form;
  serving->n_served = serving->askers->len;
  serving->left = self->entries.order->len;
}

/* (nullable): all, when the last is written. */
static GBytes *
write_some (CatalinaReplicatedMap *self)
{
  CatalinaMapServing *serving = &self->serving;
  gsize before = catalina_map_list_writer_get_size (serving->writer);
  GBytes *list;

  for (guint i = 0; i < CATALINA_MAP_STEP_ENTRIES; i++)
    {
      CatalinaMapEntry *entry;

      serving->left = MIN (serving->left, self->entries.order->len);
      if (serving->left == 0)
        break;
      if (catalina_map_list_writer_get_size (serving->writer) - before >= CATALINA_MAP_STEP_BYTES)
        return NULL;
      entry = self->entries.order->pdata[--serving->left];
      if (catalina_map_core_catch_up (self, entry))
        add_entry (self, entry);
    }
  if (serving->left > 0)
    return NULL;
  list = catalina_map_list_writer_finish (serving->writer);
  g_clear_pointer (&serving->writer, catalina_map_list_writer_free);
  return list;
}

/* The first @n_asked, of those that asked for @type and read @form. */
static void
answer_askers (CatalinaReplicatedMap *self, GBytes *list, gint32 type, guint64 form, guint n_asked)
{
  GArray *askers = self->serving.askers;

  for (guint i = n_asked; i > 0; i--)
    {
      CatalinaMapAsker asker = g_array_index (askers, CatalinaMapAsker, i - 1);
      CatalinaMapOutput *output;

      if (asker.type != type || asker.form != form)
        continue;
      g_array_remove_index (askers, i - 1);
      output = catalina_map_core_say (self, (CatalinaMapMessageType) type, NULL, list, NULL, NULL);
      output->id = asker.id;
      output->is_answer = TRUE;
      g_queue_push_tail (&self->outputs, output);
    }
}

/* Small ones are written in the same turn, and by whoever asks for values, only the smallest: one
 * may be long. */
static gboolean
is_small (const CatalinaReplicatedMap *self, gint32 type)
{
  guint max = type == CATALINA_MAP_STATE ? CATALINA_MAP_STEP_ENTRIES : 1;

  return self->entries.order->len <= max && self->serving.writer == NULL
         && !catalina_map_doubt_keeps_list (self);
}

CatalinaMapAnswer
catalina_map_core_serve (CatalinaReplicatedMap *self,
                         TribesMember *member,
                         gint32 type,
                         CatalinaMapPacket *answer,
                         guint32 *later)
{
  CatalinaMapServing *serving = &self->serving;
  CatalinaMapAsker asker = { 0, type, catalina_map_core_get_form (self, member) };
  g_autoptr (GBytes) list = NULL;

  if (is_small (self, type))
    {
      begin (self, type, asker.form);
      while (!list)
        list = write_some (self);
    }
  else if (serving->askers->len >= CATALINA_MAP_MAX_ASKERS)
    list = catalina_map_list_encode (NULL, 0, NULL, NULL);
  if (list)
    {
      catalina_map_core_fill (self, answer, (CatalinaMapMessageType) type, NULL, list);
      return CATALINA_MAP_ANSWER_NOW;
    }
  asker.id = *later = catalina_map_core_next_id (self);
  g_array_append_val (serving->askers, asker);
  return CATALINA_MAP_ANSWER_LATER;
}

void
catalina_map_core_serve_nothing (CatalinaReplicatedMap *self)
{
  g_autoptr (GBytes) list = catalina_map_list_encode (NULL, 0, NULL, NULL);

  g_clear_pointer (&self->serving.writer, catalina_map_list_writer_free);
  while (self->serving.askers->len > 0)
    {
      CatalinaMapAsker asker = g_array_index (self->serving.askers, CatalinaMapAsker, 0);

      answer_askers (self, list, asker.type, asker.form, self->serving.askers->len);
    }
}

gboolean
catalina_map_core_serve_step (CatalinaReplicatedMap *self)
{
  CatalinaMapServing *serving = &self->serving;
  g_autoptr (GBytes) list = NULL;

  if ((!serving->writer && serving->askers->len == 0) || catalina_map_doubt_keeps_list (self))
    return FALSE;
  if (!serving->writer)
    {
      CatalinaMapAsker asker = g_array_index (serving->askers, CatalinaMapAsker, 0);

      begin (self, asker.type, asker.form);
    }
  list = write_some (self);
  if (list)
    answer_askers (self, list, serving->type, serving->form, serving->n_served);
  return !list || serving->askers->len > 0;
}
