/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/map/catalina-map-core-private.h"

#include <string.h>

enum
{
  SLOT_KEY,
  SLOT_OBJECT,
  SLOT_DIFF,
};

void
catalina_map_packet_clear (CatalinaMapPacket *packet)
{
  catalina_map_message_clear (&packet->message);
  for (guint i = 0; i < G_N_ELEMENTS (packet->bytes); i++)
    g_clear_pointer (&packet->bytes[i], g_bytes_unref);
}

void
catalina_map_output_free (CatalinaMapOutput *output)
{
  catalina_map_packet_clear (&output->packet);
  g_clear_pointer (&output->to, g_ptr_array_unref);
  g_free (output);
}

void
catalina_map_event_free (CatalinaMapEvent *event)
{
  g_free (event->key);
  g_free (event);
}

void
catalina_map_pending_free (gpointer data)
{
  CatalinaMapPending *pending = data;

  g_free (pending->key);
  g_clear_pointer (&pending->node, tribes_member_unref);
  g_free (pending);
}

/* Takes @bytes. */
static CatalinaMapBytes
hold (CatalinaMapPacket *packet, guint slot, GBytes *bytes)
{
  CatalinaMapBytes held = { NULL, 0 };

  packet->bytes[slot] = bytes;
  held.data = g_bytes_get_data (bytes, &held.size);
  return held;
}

void
catalina_map_core_fill (CatalinaReplicatedMap *self,
                        CatalinaMapPacket *packet,
                        CatalinaMapMessageType type,
                        const char *key,
                        GBytes *object)
{
  packet->message.type = type;
  packet->message.map.data = (const guint8 *) self->settings.name;
  packet->message.map.size = strlen (self->settings.name);
  if (key)
    packet->message.key = hold (packet, SLOT_KEY, catalina_map_key_encode (key));
  if (object)
    packet->message.value = hold (packet, SLOT_OBJECT, g_bytes_ref (object));
}

CatalinaMapOutput *
catalina_map_core_say (CatalinaReplicatedMap *self,
                       CatalinaMapMessageType type,
                       const char *key,
                       GBytes *object,
                       TribesMember *primary,
                       GPtrArray *nodes)
{
  CatalinaMapOutput *output = g_new0 (CatalinaMapOutput, 1);

  catalina_map_core_fill (self, &output->packet, type, key, object);
  output->packet.message.primary = primary ? tribes_member_ref (primary) : NULL;
  output->packet.message.nodes = nodes ? g_ptr_array_ref (nodes) : NULL;
  return output;
}

void
catalina_map_core_tell (CatalinaReplicatedMap *self, CatalinaMapOutput *output, GPtrArray *to)
{
  output->to = to;
  if (to->len > 0)
    g_queue_push_tail (&self->outputs, output);
  else
    catalina_map_output_free (output);
}

CatalinaMapPending *
catalina_map_core_send (CatalinaReplicatedMap *self,
                        CatalinaMapOutput *output,
                        GPtrArray *to,
                        CatalinaMapPendingKind kind,
                        const char *key)
{
  CatalinaMapPending *pending = g_new0 (CatalinaMapPending, 1);

  /* 0 means none, also after many. */
  output->id = ++self->last_id > 0 ? self->last_id : ++self->last_id;
  pending->kind = kind;
  pending->key = g_strdup (key);
  g_hash_table_insert (self->pending, GUINT_TO_POINTER (output->id), pending);
  output->to = to;
  g_queue_push_tail (&self->outputs, output);
  return pending;
}

void
catalina_map_core_note (CatalinaReplicatedMap *self, CatalinaMapEventKind kind, const char *key)
{
  CatalinaMapEvent *event = g_new0 (CatalinaMapEvent, 1);

  event->kind = kind;
  event->key = g_strdup (key);
  g_queue_push_tail (&self->events, event);
}

GPtrArray *
catalina_map_list_of (TribesMember *member)
{
  GPtrArray *list = g_ptr_array_new_full (1, (GDestroyNotify) tribes_member_unref);

  g_ptr_array_add (list, tribes_member_ref (member));
  return list;
}

GPtrArray *
catalina_map_core_list_members (const CatalinaReplicatedMap *self, const GPtrArray *except)
{
  GPtrArray *list = g_ptr_array_new_full (self->members->len, (GDestroyNotify) tribes_member_unref);

  for (guint i = 0; i < self->members->len; i++)
    {
      TribesMember *member = g_array_index (self->members, CatalinaMapMember, i).member;

      if (!except
          || !g_ptr_array_find_with_equal_func ((GPtrArray *) except, member,
                                                (GEqualFunc) tribes_member_equal, NULL))
        g_ptr_array_add (list, tribes_member_ref (member));
    }
  return list;
}

CatalinaMapMember *
catalina_map_core_find_member (const CatalinaReplicatedMap *self, TribesMember *member)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      CatalinaMapMember *known = &g_array_index (self->members, CatalinaMapMember, i);

      if (tribes_member_equal (known->member, member))
        return known;
    }
  return NULL;
}

gboolean
catalina_map_core_is_local (const CatalinaReplicatedMap *self, TribesMember *member)
{
  return tribes_member_equal (self->settings.local, member);
}
