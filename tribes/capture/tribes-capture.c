/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of conversations. A packet moves its own to the front; those at the back go first where
 * there are too many, or where all together hold too much.
 */
#include "tribes/capture/tribes-capture-private.h"

#include "tribes/base/tribes-hash-private.h"
#include "tribes/capture/tribes-conversation-private.h"

enum
{
  /* Each takes some 500 bytes. */
  DEFAULT_CONVERSATIONS = 16384,
  DEFAULT_HELD = 64 * 1024 * 1024,
  /* A state transfer of 100,000 small sessions has 13 MB. */
  DEFAULT_FRAME = 32 * 1024 * 1024,
  /* Whatever is asked for: the head of a frame and of what is in it. */
  MIN_FRAME = 4096,
};

struct _TribesCapture
{
  TribesConversations all;
  GHashTable *table; /* TribesConversationKey of a TribesConversation to it; owns it */
  GQueue used;       /* of the same, the last one used in front */
  gsize held;
  TribesFragments *fragments; /* of IP packets */
};

void
tribes_capture_limits_init (TribesCaptureLimits *limits)
{
  *limits = (TribesCaptureLimits){ DEFAULT_CONVERSATIONS, DEFAULT_HELD, DEFAULT_FRAME };
}

static guint
key_hash (gconstpointer key)
{
  return tribes_hash_bytes (key, sizeof (TribesConversationKey));
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (TribesConversationKey)) == 0;
}

TribesCapture *
tribes_capture_new (const TribesCaptureLimits *limits,
                    const TribesCaptureSink *sink,
                    gpointer user_data)
{
  TribesCapture *self = g_new0 (TribesCapture, 1);

  G_STATIC_ASSERT (sizeof (TribesConversationKey) == 36);

  if (limits)
    self->all.limits = *limits;
  else
    tribes_capture_limits_init (&self->all.limits);
  self->all.limits.conversations = MAX (self->all.limits.conversations, 1);
  self->all.limits.frame_bytes = MAX (self->all.limits.frame_bytes, MIN_FRAME);
  self->all.sink = sink;
  self->all.user_data = user_data;
  self->table = g_hash_table_new_full (key_hash, key_equal, NULL,
                                       (GDestroyNotify) tribes_conversation_free);
  g_queue_init (&self->used);
  self->fragments
      = tribes_fragments_new (self->all.limits.held_bytes / 8, &self->all.counts.fragments);
  return self;
}

void
tribes_capture_free (TribesCapture *self)
{
  g_hash_table_unref (self->table);
  tribes_fragments_free (self->fragments);
  g_free (self);
}

const TribesCaptureCounts *
tribes_capture_get_counts (const TribesCapture *self)
{
  return &self->all.counts;
}

gsize
tribes_capture_get_held (const TribesCapture *self)
{
  return self->held + tribes_fragments_get_held (self->fragments);
}

static void
forget (TribesCapture *self, TribesConversation *conversation)
{
  self->all.counts.forgotten += conversation->held > 0;
  self->held -= conversation->held;
  tribes_conversation_end (conversation);
  g_queue_unlink (&self->used, &conversation->link);
  g_hash_table_remove (self->table, &conversation->key);
}

static TribesConversation *
add_conversation (TribesCapture *self, const TribesConversationKey *key, const TribesPacket *packet)
{
  TribesConversation *conversation;

  /* The last packets of one that was forgotten, or of one that was over before we came. */
  if (packet->payload_size + packet->missing == 0 && (packet->flags & TRIBES_TCP_SYN) == 0)
    return NULL;
  while (g_hash_table_size (self->table) >= self->all.limits.conversations)
    forget (self, g_queue_peek_tail (&self->used));
  conversation = tribes_conversation_new (&self->all, key);
  g_hash_table_insert (self->table, &conversation->key, conversation);
  g_queue_push_head_link (&self->used, &conversation->link);
  self->all.counts.conversations++;
  self->all.counts.joined += (packet->flags & TRIBES_TCP_SYN) == 0;
  return conversation;
}

static TribesConversation *
find_conversation (TribesCapture *self, const TribesConversationKey *key)
{
  TribesConversation *last = g_queue_peek_head (&self->used);

  return last && key_equal (&last->key, key) ? last : g_hash_table_lookup (self->table, key);
}

static gsize
count_held (const TribesConversation *conversation)
{
  gsize held = 0;

  for (guint i = 0; i < G_N_ELEMENTS (conversation->directions); i++)
    held += tribes_frames_get_held (&conversation->directions[i].frames)
            + conversation->directions[i].segments.held_bytes;
  return held;
}

static void
add_tcp (TribesCapture *self, const TribesPacket *packet)
{
  gboolean is_low = memcmp (&packet->from, &packet->to, sizeof packet->from) <= 0;
  TribesConversationKey key
      = { is_low ? packet->from : packet->to, is_low ? packet->to : packet->from };
  TribesConversation *conversation = find_conversation (self, &key);

  if (!conversation && !(conversation = add_conversation (self, &key, packet)))
    return;
  if (self->used.head != &conversation->link)
    {
      g_queue_unlink (&self->used, &conversation->link);
      g_queue_push_head_link (&self->used, &conversation->link);
    }
  tribes_conversation_add (conversation, is_low ? 0 : 1, packet);
  self->held -= conversation->held;
  conversation->held = count_held (conversation);
  self->held += conversation->held;
  while (tribes_capture_get_held (self) > self->all.limits.held_bytes && self->used.length > 1)
    forget (self, g_queue_peek_tail (&self->used));
}

typedef struct
{
  TribesCapture *capture;
  const TribesPacket *packet;
} Datagram;

static void
on_datagram_frame (const TribesCapturedFrame *frame, gpointer user_data)
{
  Datagram *datagram = user_data;
  gboolean wants_ack;

  (void) tribes_conversations_tell (&datagram->capture->all, frame, &datagram->packet->from,
                                    &datagram->packet->to, TRUE, &wants_ack);
}

static void
add_heartbeat (TribesCapture *self, const TribesPacket *packet)
{
  TribesMemberFields fields;
  TribesReader in;
  gboolean ok;

  self->all.counts.heartbeats++;
  tribes_reader_init (&in, packet->payload, packet->payload_size);
  ok = tribes_member_parse (&in, &fields, NULL);
  self->all.sink->heartbeat (self->all.now_us, &packet->from, &packet->to, packet->payload,
                             packet->payload_size, ok ? &fields : NULL, self->all.user_data);
}

static void
add_udp (TribesCapture *self, const TribesPacket *packet)
{
  Datagram datagram = { self, packet };
  TribesFrames frames = { 0 };

  if (packet->payload_size >= sizeof tribes_member_begin
      && memcmp (packet->payload, tribes_member_begin, sizeof tribes_member_begin) == 0)
    {
      add_heartbeat (self, packet);
      return;
    }
  tribes_frames_feed (&frames, packet->payload, packet->payload_size, self->all.limits.frame_bytes,
                      on_datagram_frame, &datagram);
  tribes_frames_skip (&frames, G_MAXSIZE, on_datagram_frame, &datagram);
  tribes_frames_clear (&frames);
  self->all.counts.foreign_datagrams += frames.n_frames == 0;
}

void
tribes_capture_add (TribesCapture *self,
                    gint64 time_us,
                    guint link_type,
                    const guint8 *data,
                    gsize size,
                    gsize sent)
{
  TribesPacket packet;

  self->all.now_us = time_us;
  self->all.counts.packets++;
  self->all.counts.bytes += MAX (size, sent);
  self->all.counts.kinds[tribes_packet_parse (link_type, data, size, sent, &packet)]++;
  self->all.counts.snapped += size < sent;
  if (packet.kind == TRIBES_PACKET_FRAGMENT)
    (void) tribes_fragments_add (self->fragments, time_us, &packet);
  if (packet.kind == TRIBES_PACKET_TCP)
    add_tcp (self, &packet);
  else if (packet.kind == TRIBES_PACKET_UDP)
    add_udp (self, &packet);
}

void
tribes_capture_finish (TribesCapture *self)
{
  TribesConversation *conversation;

  tribes_fragments_finish (self->fragments);
  /* Those that were silent longest are told about first. */
  while ((conversation = g_queue_peek_tail (&self->used)))
    {
      conversation->held = 0;
      forget (self, conversation);
    }
  self->held = 0;
}
