/* SPDX-License-Identifier: Apache-2.0 */
#include "catalina_ha/tipis/catalina-maps-private.h"

#include <string.h>

#include "tribes/base/tribes-clock-private.h"
#include "tribes/base/tribes-error.h"
#include "tribes/base/tribes-hash-private.h"
#include "tribes/base/tribes-rate-limit-private.h"
#include "tribes/channel/tribes-channel-private.h"
#include "tribes/java/read/tribes-java-peek-private.h"

typedef struct
{
  const CatalinaMapsListener *listener;
  gpointer data;
} Entry;

struct _CatalinaMaps
{
  TribesChannel *channel;
  GHashTable *by_name;             /* name -> Entry */
  CatalinaMapsUnknownFunc unknown; /* (nullable) */
  gpointer unknown_data;
  TribesRateLimit complaints;
};

static void
complain (CatalinaMaps *self, TribesMember *from, const GError *error)
{
  g_autofree char *name = NULL;
  guint more;

  if (!tribes_rate_limit_allow (&self->complaints, tribes_clock_get_us (), &more))
    return;
  name = tribes_member_to_string (from);
  g_warning ("%s: %s (%u more not shown)", name, error->message, more);
}

static void
tell_unknown (CatalinaMaps *self, const guint8 *name, gsize size, TribesMember *from)
{
  const CatalinaMapMessage named = { .map = { name, size } };
  g_autofree char *text = self->unknown ? catalina_map_message_dup_map (&named) : NULL;

  if (text && strlen (text) > 0)
    self->unknown (text, from, self->unknown_data);
}

static const Entry *
find (CatalinaMaps *self, CatalinaMapBytes name)
{
  g_autofree char *text = g_strndup ((const char *) name.data, name.size);

  return strlen (text) == name.size ? g_hash_table_lookup (self->by_name, text) : NULL;
}

/* One that says that it leaves, or what has gone, is no reason to have it here. */
static gboolean
names_map (const CatalinaMapMessage *message)
{
  return message->map.data && message->type != CATALINA_MAP_STOP
         && message->type != CATALINA_MAP_REMOVE;
}

static gboolean
on_map_message (CatalinaMaps *self, const guint8 *data, gsize size, TribesMember *from)
{
  g_auto (CatalinaMapMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  const Entry *entry;

  if (!catalina_map_message_decode (data, size, &message, &error))
    {
      complain (self, from, error);
      return TRUE;
    }
  if (message.map.data && (entry = find (self, message.map)))
    entry->listener->receive (entry->data, from, &message, size);
  else if (names_map (&message))
    tell_unknown (self, message.map.data, message.map.size, from);
  return TRUE;
}

/* One that somebody here has an answer for does not come here. */
static void
on_question (CatalinaMaps *self, const guint8 *data, gsize size, TribesMember *from)
{
  TribesRpcIds ids;

  if (tribes_rpc_parse (data, size, &ids) == TRIBES_RPC_QUESTION)
    tell_unknown (self, ids.id, ids.id_size, from);
}

static gboolean
on_message (TribesMessage *message, gpointer data)
{
  g_autoptr (CatalinaMaps) self = catalina_maps_ref (data);
  g_autoptr (TribesMember) from = NULL;
  gsize size;
  const guint8 *payload = tribes_message_peek_payload (message, &size);
  gboolean is_map = tribes_java_peek_is (payload, size, CATALINA_MAP_MESSAGE_CLASS);

  if ((tribes_message_get_options (message) & TRIBES_SEND_OPTIONS_BYTE_MESSAGE)
      || (!is_map && !self->unknown))
    return FALSE;
  from = tribes_message_dup_address (message);
  if (is_map)
    return on_map_message (self, payload, size, from);
  on_question (self, payload, size, from);
  return FALSE;
}

/* Those that are there now; each may be gone when it is its turn. */
static void
tell_all (CatalinaMaps *self,
          TribesMember *member,
          void (*tell) (const Entry *entry, TribesMember *member))
{
  g_autoptr (CatalinaMaps) kept = catalina_maps_ref (self);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->by_name);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < names->len; i++)
    {
      const Entry *entry = g_hash_table_lookup (self->by_name, names->pdata[i]);

      if (entry)
        tell (entry, member);
    }
}

static void
tell_added (const Entry *entry, TribesMember *member)
{
  entry->listener->member_added (entry->data, member);
}

static void
tell_gone (const Entry *entry, TribesMember *member)
{
  entry->listener->member_gone (entry->data, member);
}

static void
tell_heartbeat (const Entry *entry, TribesMember *member)
{
  entry->listener->heartbeat (entry->data);
}

static void
on_member_added (TribesChannel *channel, TribesMember *member, gpointer data)
{
  tell_all (data, member, tell_added);
}

static void
on_member_disappeared (TribesChannel *channel, TribesMember *member, gpointer data)
{
  tell_all (data, member, tell_gone);
}

static void
on_heartbeat (gpointer data)
{
  tell_all (data, NULL, tell_heartbeat);
}

CatalinaMaps *
catalina_maps_new (TribesChannel *channel)
{
  CatalinaMaps *self = g_rc_box_new0 (CatalinaMaps);

  self->channel = g_object_ref (channel);
  self->by_name = g_hash_table_new_full (tribes_str_hash, g_str_equal, g_free, g_free);
  tribes_channel_add_listener (channel, on_message, self);
  tribes_channel_add_heartbeat (channel, on_heartbeat, self);
  g_signal_connect (channel, "member-added", G_CALLBACK (on_member_added), self);
  g_signal_connect (channel, "member-disappeared", G_CALLBACK (on_member_disappeared), self);
  return self;
}

CatalinaMaps *
catalina_maps_ref (CatalinaMaps *self)
{
  return g_rc_box_acquire (self);
}

static void
maps_clear (gpointer data)
{
  CatalinaMaps *self = data;

  g_signal_handlers_disconnect_by_data (self->channel, self);
  tribes_channel_remove_heartbeat (self->channel, self);
  tribes_channel_remove_listener (self->channel, on_message, self);
  g_hash_table_unref (self->by_name);
  g_object_unref (self->channel);
}

void
catalina_maps_unref (CatalinaMaps *self)
{
  g_rc_box_release_full (self, maps_clear);
}

TribesChannel *
catalina_maps_get_channel (CatalinaMaps *self)
{
  return self->channel;
}

void
catalina_maps_set_unknown (CatalinaMaps *self, CatalinaMapsUnknownFunc func, gpointer data)
{
  self->unknown = func;
  self->unknown_data = data;
}

gboolean
catalina_maps_add (CatalinaMaps *self,
                   const char *name,
                   const CatalinaMapsListener *listener,
                   gpointer data)
{
  const Entry added = { listener, data };

  if (g_hash_table_contains (self->by_name, name))
    return FALSE;
  g_hash_table_insert (self->by_name, g_strdup (name), g_memdup2 (&added, sizeof added));
  return TRUE;
}

void
catalina_maps_remove (CatalinaMaps *self, const char *name)
{
  g_hash_table_remove (self->by_name, name);
}
